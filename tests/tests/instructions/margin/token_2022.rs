//! Mints of Token-2022 that are accepted: they go in and out like one of SPL Token, whatever harmless extension they
//! have.

use anchor_lang::prelude::Pubkey;
use anchor_spl::token_2022::{
    self,
    spl_token_2022::{
        extension::{BaseStateWithExtensions, StateWithExtensions},
        state::Mint,
    },
};
use firebreak_client::{
    instructions::{add_collateral, create_group, deposit, withdraw, MintKeys, Overlay, Transfer},
    pda,
};
use firebreak_tests::{params, tokens::token_account, Trader, World};
use solana_signer::Signer;

use crate::mints::{extended_mint, plain_mint, HARMLESS};

const ONE: u64 = 1_000_000_000;

/// A wallet with 7 tokens.
fn wallet(world: &mut World, trader: &Trader, mint: &MintKeys) -> Pubkey {
    let wallet = world.new_keypair().pubkey();
    let mut account = token_account(mint.mint, trader.owner.pubkey(), 7 * ONE);
    account.owner = token_2022::ID;
    world.svm.set_account(wallet, account).expect("the account is rent exempt");
    wallet
}

/// 5 of 7 tokens go in, 2 come back out: 4 stay in the wallet, 3 in the vault.
fn goes_in_and_out(world: &mut World, mint: MintKeys) {
    let args = params::token_collateral(&world.markets[0].feed);
    let (admin, group) = (world.admin.pubkey(), world.group);
    world.must(&[add_collateral([&admin, &group], &mint, args)], &[]);

    let trader = world.empty_trader();
    let wallet = wallet(world, &trader, &mint);
    let amount = |atoms| Transfer { mint, wallet, atoms };
    world.must(&[deposit(&trader.owner.pubkey(), &trader.keys, &amount(5 * ONE))], &[&trader.owner]);
    world.must(&[withdraw(&trader.keys, &amount(2 * ONE), &Overlay::none())], &[&trader.owner]);
    assert_eq!(world.balance(&wallet), 4 * ONE);
    assert_eq!(world.balance(&pda::bank_vault(&pda::bank(&group, &mint.mint))), 3 * ONE);
    assert_eq!(world.margin(&trader.account).collaterals()[0].atoms, 3_000_000_000);
}

#[test]
fn tokens_of_token_2022_are_deposited_and_withdrawn() {
    let mut world = World::new();
    let mint = plain_mint(&mut world, 9);
    goes_in_and_out(&mut world, mint);
}

#[test]
fn tokens_with_a_harmless_extension_are_deposited_and_withdrawn() {
    for extended in HARMLESS {
        let mut world = World::new();
        let mint = extended_mint(&mut world, &extended);
        let data = world.data(&mint.mint);
        let state = StateWithExtensions::<Mint>::unpack(&data).expect("a mint");
        let found = state.get_extension_types().expect("its extensions");
        assert!(found.contains(&extended.extension), "{:?} is not among {found:?}", extended.extension);
        goes_in_and_out(&mut world, mint);
    }
}

/// The quote mint is judged when its group is created.
#[test]
fn a_group_takes_a_quote_mint_with_a_harmless_extension() {
    for extended in HARMLESS {
        let mut world = World::new();
        let mint = extended_mint(&mut world, &extended);
        let admin = world.admin.pubkey();
        let args = firebreak::instructions::CreateGroupArgs { id: 7, ..params::group() };
        world.must(&[create_group(&admin, &mint, args)], &[]);
        let group = pda::group(&admin, 7);
        world.must(&[add_collateral([&admin, &group], &mint, params::quote_collateral())], &[]);
    }
}
