//! The outflow limiter: how fast a vault may be emptied, by whomever.

use firebreak::{error::FirebreakError, instructions::LiquidationOutcome};
use firebreak_client::instructions::Overlay;
use firebreak_tests::{
    params::{DOLLAR, TOKEN},
    Failure, Meta, Trade, Trader, World,
};

/// Seconds of the outflow window.
const WINDOW: u64 = 3_600;
const LOT: u64 = 2 * DOLLAR;

/// A fifth of the vault per hour, and at least 100 dollars.
fn limited(world: &mut World) {
    let quote = world.quote;
    world.edit_bank(&quote, |bank| {
        bank.outflow_share_ppm = 200_000;
        bank.outflow_floor_atoms = 100 * DOLLAR;
    });
}

/// A world whose deposits are older than a window, so that nothing is credited any more.
fn settled(world: &mut World) {
    limited(world);
    world.advance(WINDOW);
}

fn withdraw(world: &mut World, trader: &Trader, atoms: u64) -> Result<Meta, Failure> {
    world.withdraw(trader, atoms, &Overlay::none())
}

/// Exactly this much leaves now, and not an atom more.
#[track_caller]
fn leaves(world: &mut World, trader: &Trader, atoms: u64) {
    refused(world, trader, atoms + 1, atoms);
    withdraw(world, trader, atoms).expect("within the allowance");
}

/// A withdrawal is refused, and the log says how much would pass.
#[track_caller]
fn refused(world: &mut World, trader: &Trader, atoms: u64, available: u64) {
    let failure = withdraw(world, trader, atoms).expect_err("beyond the allowance");
    failure.assert_is(FirebreakError::OutflowLimit);
    let line = format!("Program log: withdrawing {atoms} atoms, available now {available}");
    assert!(failure.logs.contains(&line), "{:?}", failure.logs);
}

#[test]
fn a_vault_is_emptied_in_the_computed_number_of_windows() {
    let mut world = World::new();
    let owner = world.trader(1_000 * DOLLAR, 0);
    settled(&mut world);
    // A fifth of 1 000, of 800 and so on, until a fifth is less than 100 dollars. Each window frees one allowance.
    let mut left = 1_000_000_000u64;
    for atoms in [200_000_000, 160_000_000, 128_000_000, 102_400_000, 100_000_000, 100_000_000, 100_000_000] {
        leaves(&mut world, &owner, atoms);
        left -= atoms;
        world.advance(WINDOW);
    }
    // 1 000 - 200 - 160 - 128 - 102.4 - 3 * 100 = 109.6: one whole window and a rest, hence nine withdrawals.
    assert_eq!(left, 109_600_000);
    leaves(&mut world, &owner, 100_000_000);
    world.advance(WINDOW);
    withdraw(&mut world, &owner, 9_600_000).expect("the rest");
    assert_eq!(world.bank(&world.quote).deposits_atoms, 0);
}

#[test]
fn the_allowance_comes_back_with_time() {
    let mut world = World::new();
    let owner = world.trader(1_000 * DOLLAR, 0);
    settled(&mut world);
    leaves(&mut world, &owner, 200 * DOLLAR);
    refused(&mut world, &owner, 1, 0);
    // In a quarter of the window a quarter of the cap drains. 150 still count, and a fifth of 800 + 150 is 190.
    world.advance(WINDOW / 4);
    leaves(&mut world, &owner, 40 * DOLLAR);
}

/// Somebody who pays in and out as often as they like takes nothing from the others.
#[test]
fn a_circle_of_deposits_and_withdrawals_leaves_the_allowance_to_the_others() {
    let mut world = World::new();
    let other = world.trader(1_000 * DOLLAR, 0);
    let circling = world.trader(DOLLAR, 0);
    settled(&mut world);
    let before = world.bank(&world.quote);
    for _ in 0..10 {
        world.deposit(&circling, 5_000 * DOLLAR);
        withdraw(&mut world, &circling, 5_000 * DOLLAR).expect("its own deposit");
    }
    let after = world.bank(&world.quote);
    assert_eq!(after.outflow_used_atoms, before.outflow_used_atoms);
    assert_eq!(after.deposits_atoms, before.deposits_atoms);
    // A fifth of 1 001 dollars, as if nothing had happened.
    leaves(&mut world, &other, 200_200_000);
}

/// Nor does anybody raise what may leave by paying in: a loan would be enough for that.
#[test]
fn a_deposit_does_not_raise_what_others_may_take() {
    let mut world = World::new();
    let other = world.trader(1_000 * DOLLAR, 0);
    let lender = world.trader(DOLLAR, 0);
    settled(&mut world);
    world.deposit(&lender, 1_000_000 * DOLLAR);
    leaves(&mut world, &other, 200_200_000);
    // The lender leaves with what it brought, though the allowance is used up.
    leaves(&mut world, &lender, 1_000_000 * DOLLAR);
}

/// A credit survives what else happens to the balance, and fades within a window.
#[test]
fn a_credit_stays_with_the_balance_and_fades() {
    let mut world = World::new();
    let other = world.trader(1_000 * DOLLAR, 0);
    let owner = world.trader(1_000 * DOLLAR, 0);
    settled(&mut world);
    leaves(&mut world, &other, 400 * DOLLAR);
    world.deposit(&owner, 500 * DOLLAR);
    withdraw(&mut world, &owner, 100 * DOLLAR).expect("a fifth of its credit");
    world.advance(WINDOW / 2);
    // Half of the 400 that are left of the credit: 200. Of the other 1 800 in the vault and the 400 that were used, a fifth
    // is 440 per window, so 220 have drained; a fifth of 1 800 and of the 180 that still count is 396, less those 180.
    refused(&mut world, &owner, 1_400 * DOLLAR, 416_000_000);
    world.advance(WINDOW / 2);
    // Nothing is left of either: a fifth of 2 000.
    leaves(&mut world, &owner, 400 * DOLLAR);
}

#[test]
fn it_binds_accounts_with_positions_too_and_whatever_the_prices() {
    let mut world = World::new();
    let owner = world.trader(100_000 * DOLLAR, 0);
    let other = world.trader(100_000 * DOLLAR, 0);
    world.trade(&Trade::new(&owner, &other, 100, LOT));
    settled(&mut world);
    world.tick(200_000_000);
    leaves(&mut world, &owner, 40_000 * DOLLAR);
    // Without any price, a flat account is bound by the allowance and by nothing else: 1 % of 170 000.
    let flat = world.trader(10_000 * DOLLAR, 0);
    world.edit_bank(&world.quote.clone(), |bank| bank.outflow_share_ppm = 10_000);
    world.advance(WINDOW * 24);
    leaves(&mut world, &flat, 1_700 * DOLLAR);
}

#[test]
fn who_asks_for_more_than_there_is_learns_that_first() {
    let mut world = World::new();
    let owner = world.trader(1_000 * DOLLAR, 0);
    let _other = world.trader(1_000 * DOLLAR, 0);
    settled(&mut world);
    let failure = withdraw(&mut world, &owner, 1_000 * DOLLAR + 1).expect_err("an atom more than it has");
    failure.assert_is(FirebreakError::InsufficientCollateral);
}

#[test]
fn a_used_allowance_stops_neither_deposits_nor_reductions_nor_liquidations() {
    let mut world = World::new();
    let victim = world.trader(1_000 * DOLLAR, 3 * TOKEN);
    let other = world.trader(100_000 * DOLLAR, 0);
    let keeper = world.trader(100_000 * DOLLAR, 0);
    world.trade(&Trade::new(&victim, &other, 4_000, LOT));
    settled(&mut world);
    world.edit_bank(&world.quote.clone(), |bank| bank.outflow_share_ppm = 10_000);
    leaves(&mut world, &keeper, 2_010 * DOLLAR);
    world.tick(170_000_000);
    world.deposit(&keeper, 1);
    world.trade(&Trade::new(&victim, &other, -1, 1_700_000));
    world.convert(&keeper, &victim.account, 1_000_000_000).expect("a conversion moves no token");
    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    assert_eq!(outcome, LiquidationOutcome::Completed);
    world.settle(&victim.account).expect("a loss");
}

#[test]
fn the_limiter_of_one_mint_never_touches_another() {
    let mut world = World::new();
    let owner = world.trader(1_000 * DOLLAR, 1_000 * TOKEN);
    settled(&mut world);
    let quote = world.quote;
    world.edit_bank(&quote, |bank| bank.outflow_floor_atoms = 1);
    leaves(&mut world, &owner, 200 * DOLLAR);
    let before = world.bank(&quote);
    world.withdraw_token(&owner, 999 * TOKEN, &Overlay::none()).expect("another vault");
    world.deposit_token(&owner, 5 * TOKEN);
    assert_eq!(bytemuck::bytes_of(&world.bank(&quote)), bytemuck::bytes_of(&before));
    refused(&mut world, &owner, 1, 0);
}
