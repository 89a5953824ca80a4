//! A plain mint of Token-2022 goes in and out like one of SPL Token.

use anchor_spl::token_2022;
use firebreak_client::{
    instructions::{add_collateral, deposit, withdraw, Overlay, Transfer},
    pda,
};
use firebreak_tests::{params, tokens::token_account, World};
use solana_signer::Signer;

use crate::mints::token_2022_mint;

/// 5 of 7 tokens go in, 2 come back out: 4 stay in the wallet, 3 in the vault.
#[test]
fn tokens_of_token_2022_are_deposited_and_withdrawn() {
    const ONE: u64 = 1_000_000_000;
    let mut world = World::new();
    let mint = token_2022_mint(&mut world, 9, false);
    let args = params::token_collateral(&world.markets[0].feed);
    let (admin, group) = (world.admin.pubkey(), world.group);
    world.must(&[add_collateral([&admin, &group], &mint, args)], &[]);

    let trader = world.empty_trader();
    let wallet = world.new_keypair().pubkey();
    let mut account = token_account(mint.mint, trader.owner.pubkey(), 7 * ONE);
    account.owner = token_2022::ID;
    world.svm.set_account(wallet, account).expect("the account is rent exempt");
    let amount = |atoms| Transfer { mint, wallet, atoms };

    world.must(&[deposit(&trader.owner.pubkey(), &trader.keys, &amount(5 * ONE))], &[&trader.owner]);
    world.must(&[withdraw(&trader.keys, &amount(2 * ONE), &Overlay::none())], &[&trader.owner]);
    assert_eq!(world.balance(&wallet), 4 * ONE);
    assert_eq!(world.balance(&pda::bank_vault(&pda::bank(&group, &mint.mint))), 3 * ONE);
    assert_eq!(world.margin(&trader.account).collaterals()[0].atoms, 3_000_000_000);
}
