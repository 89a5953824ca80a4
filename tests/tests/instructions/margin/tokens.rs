//! Deposits and withdrawals that succeed.

use firebreak::{
    events::{Deposited, Withdrawn},
    state::{Collateral, CollateralBank},
};
use firebreak_client::{
    instructions::{deposit, withdraw, Overlay, Transfer},
    pda,
};
use firebreak_tests::{
    params::{DOLLAR, TOKEN},
    Trader, World,
};
use solana_signer::Signer;

use super::touched;
use crate::{
    chain::{edit, Chain},
    effect::{acts, clock, emits, registered, tokens},
    stage::{overlay, Stage},
};

/// Tokens move between a wallet and the bank's vault (positive: in), and the bank's total follows. In the second in which
/// everything was deposited, all of it is a fresh deposit and can leave as such.
fn moved(world: &World, chain: &mut Chain, transfer: &Transfer, atoms: i64) {
    let key = pda::bank(&world.group, &transfer.mint.mint);
    tokens(chain, &transfer.wallet, -atoms);
    tokens(chain, &pda::bank_vault(&key), atoms);
    edit::<CollateralBank>(chain, &key, |bank| {
        bank.deposits_atoms = bank.deposits_atoms.checked_add_signed(atoms).expect("it fits");
        bank.fresh_atoms = bank.fresh_atoms.checked_add_signed(atoms).expect("it fits");
        bank.fresh_updated_ts = clock(world).unix_timestamp;
        bank.sequence += 1;
    });
}

/// The credit of a collateral that was deposited in this second.
fn credited(world: &World, collateral: &mut Collateral, credit_atoms: u64) {
    collateral.credit_atoms = credit_atoms;
    collateral.credit_updated_ts = clock(world).unix_timestamp.try_into().expect("before 2106");
}

fn quote(world: &World, trader: &Trader, atoms: u64) -> Transfer {
    Transfer { mint: world.quote, wallet: trader.quote_wallet, atoms }
}

#[test]
fn a_deposit_moves_tokens_and_credits_the_account() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let (alice, account) = (&cast.alice, cast.alice.account);
    let transfer = quote(world, alice, 7);
    let instruction = deposit(&alice.owner.pubkey(), &alice.keys, &transfer);
    let meta = acts(world, instruction, &[&alice.owner], |world, chain| {
        moved(world, chain, &transfer, 7);
        registered(world, chain, &account);
        touched(chain, &account, |account| {
            account.collaterals[0].atoms = 1_000_000_007;
            credited(world, &mut account.collaterals[0], 1_000_000_007);
        });
    });
    let event = Deposited {
        group: world.group,
        margin_account: account,
        depositor: alice.owner.pubkey(),
        row: 0,
        atoms: 7,
        balance_atoms: 1_000_000_007,
        // Alice's 1 000 dollars and twice 100 000.
        deposits_atoms: 201_000_000_007,
        // Opened, approved, deposited, traded, and this.
        sequence: 5,
    };
    emits(&meta, event);
}

#[test]
fn anyone_deposits_for_anyone_and_a_new_collateral_takes_the_next_place() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let (bob, account) = (&cast.bob, cast.alice.account);
    let transfer = Transfer { mint: world.token, wallet: bob.token_wallet, atoms: TOKEN };
    let instruction = deposit(&bob.owner.pubkey(), &cast.alice.keys, &transfer);
    let meta = acts(world, instruction, &[&bob.owner], |world, chain| {
        moved(world, chain, &transfer, 1_000_000_000);
        registered(world, chain, &account);
        touched(chain, &account, |account| {
            account.collaterals[1] = Collateral { atoms: 1_000_000_000, row: 1, ..Collateral::default() };
            credited(world, &mut account.collaterals[1], 1_000_000_000);
            account.collateral_count = 2;
        });
    });
    let event = Deposited {
        group: world.group,
        margin_account: account,
        depositor: bob.owner.pubkey(),
        row: 1,
        atoms: 1_000_000_000,
        balance_atoms: 1_000_000_000,
        // Bob's own ten tokens, and this one.
        deposits_atoms: 11_000_000_000,
        sequence: 5,
    };
    emits(&meta, event);
}

#[test]
fn a_withdrawal_debits_the_account_and_moves_tokens() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let (alice, account) = (&cast.alice, cast.alice.account);
    // 8 000 dollars of notional need 800 and an atom; the rest may go, to anybody.
    let transfer = Transfer { wallet: cast.dora.quote_wallet, ..quote(world, alice, 200 * DOLLAR - 1) };
    let instruction = withdraw(&alice.keys, &transfer, &overlay(world));
    let meta = acts(world, instruction, &[&alice.owner], |world, chain| {
        moved(world, chain, &transfer, -199_999_999);
        registered(world, chain, &account);
        touched(chain, &account, |account| {
            account.collaterals[0].atoms = 800_000_001;
            credited(world, &mut account.collaterals[0], 800_000_001);
        });
    });
    let event = Withdrawn {
        group: world.group,
        margin_account: account,
        destination: cast.dora.quote_wallet,
        row: 0,
        atoms: 199_999_999,
        balance_atoms: 800_000_001,
        deposits_atoms: 200_800_000_001,
        sequence: 5,
    };
    emits(&meta, event);
}

#[test]
fn an_emptied_balance_frees_its_place_and_needs_no_price() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let (keeper, account) = (&cast.keeper, cast.keeper.account);
    world.deposit_token(keeper, TOKEN);
    world.advance(100_000);
    let transfer = quote(world, keeper, 100_000 * DOLLAR);
    let instruction = withdraw(&keeper.keys, &transfer, &Overlay::none());
    let meta = acts(world, instruction, &[&keeper.owner], |world, chain| {
        moved(world, chain, &transfer, -100_000_000_000);
        // After more than an hour no deposit is fresh: the allowance is used.
        edit::<CollateralBank>(chain, &pda::bank(&world.group, &world.quote.mint), |bank| {
            bank.fresh_atoms = 201_000_000_000;
            bank.fresh_updated_ts -= 100_000;
            bank.outflow_used_atoms = 100_000_000_000;
            bank.outflow_updated_ts = clock(world).unix_timestamp;
        });
        touched(chain, &account, |account| {
            // The last balance takes the free place.
            account.collaterals[0] = account.collaterals[1];
            account.collaterals[1] = Collateral::default();
            account.collateral_count = 1;
        });
    });
    let event = Withdrawn {
        group: world.group,
        margin_account: account,
        destination: keeper.quote_wallet,
        row: 0,
        atoms: 100_000_000_000,
        balance_atoms: 0,
        deposits_atoms: 101_000_000_000,
        // Opened, approved, deposited twice, and this.
        sequence: 5,
    };
    emits(&meta, event);
}
