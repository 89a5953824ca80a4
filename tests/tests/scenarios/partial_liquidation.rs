//! Deposit, fill, crash, partial liquidation, recovery.

use firebreak::{engine::AccountHealth, error::FirebreakError, instructions::LiquidationOutcome};
use firebreak_client::instructions::Overlay;
use firebreak_interface::fill::Refusal;
use firebreak_tests::{params::DOLLAR, Trade, Trader, World};

use super::{dollars, Cast, LOT};

/// 184 dollars: 8 % below the start.
const CRASH_MICROS: u64 = 184_000_000;
const LOT_AFTER: u64 = 1_840_000;

/// A cast whose victim paid a fee of 4 dollars, of which its counterparty got 1 as a rebate.
fn crashed() -> (World, Trader, Trader) {
    let mut world = World::new();
    let victim = world.trader(1_000 * DOLLAR, 0);
    let other = world.trader(100_000 * DOLLAR, 0);
    let keeper = world.trader(100_000 * DOLLAR, 0);
    world.trade(&Trade::new(&victim, &other, 4_000, LOT).with_fees(4 * DOLLAR, -dollars(1)));
    // 3 dollars are left of the fee: a fifth of it for the protocol.
    let protocol_fees: u64 = world.shard_rows(0).iter().map(|row| row.protocol_fees_atoms).sum();
    assert_eq!((protocol_fees, world.venue_market(0).fees_atoms), (600_000, 2_400_000));
    // -4 000 * 2 - 4, and +4 000 * 2 + 1.
    assert_eq!(quote_of(&world, &victim), dollars(-8_004));
    assert_eq!(quote_of(&world, &other), dollars(8_001));
    world.advance(1);
    world.tick(CRASH_MICROS);
    (world, victim, keeper)
}

fn quote_of(world: &World, trader: &Trader) -> i64 {
    world.margin(&trader.account).positions()[0].quote_atoms
}

fn lots_of(world: &World, trader: &Trader) -> i64 {
    world.margin(&trader.account).positions()[0].units >> 16
}

fn equity_and_maintenance(world: &World, trader: &Trader) -> (i128, i128) {
    let AccountHealth { health, .. } = world.health(&trader.account);
    (health.equity, health.maintenance)
}

#[test]
fn a_liquidation_takes_exactly_what_brings_the_account_to_its_target() {
    let (mut world, victim, keeper) = crashed();
    // Equity 1 000 - 8 004 + 4 000 * 1.84 = 356. Maintenance 5 % of 7 360 = 368, rounded up by an atom.
    assert_eq!(equity_and_maintenance(&world, &victim), (356_000_000, 368_000_001));

    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    assert_eq!(outcome, LiquidationOutcome::Completed);
    // No time has passed, so the discount is distress times 2 %: (1 - 356 / 368.000001) * 2 % = 652 ppm.
    // Each lot taken lowers the target requirement by 6 % of 1.84 and equity by 652 ppm of it. 441.6 - 356 = 85.6
    // are missing: 85.6 / (1.84 * (0.06 - 0.000652)) = 783.88, so 784 lots.
    assert_eq!(lots_of(&world, &victim), 4_000 - 784);
    // 784 * 1.84 = 1 442.56, less 652 ppm of it (940 549 atoms, rounded down).
    assert_eq!(quote_of(&world, &victim), dollars(-8_004) + 1_442_560_000 - 940_549);
    assert_eq!((lots_of(&world, &keeper), quote_of(&world, &keeper)), (784, -1_441_619_451));
    // 295.872001 of maintenance, times 1.2 = 355.046402. With 783 lots 355.060651 would face 355.156802.
    assert_eq!(equity_and_maintenance(&world, &victim), (355_059_451, 295_872_001));
    // The budget is charged with the notional at the risk price: ceil(1 442.56 / 5 000 000 * 2^40).
    assert_eq!(world.ledger(0).impact_level_q40, 317_222_299);
    assert_eq!(world.ledger(0).liquidated_atoms, 1_442_560_000);
}

#[test]
fn an_account_leaves_liquidation_only_when_it_is_seen_above_its_target() {
    let (mut world, victim, keeper) = crashed();
    world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    let started_ts = world.now();
    assert_eq!(world.margin(&victim.account).liquidation_started_ts, started_ts);
    // Until then it may only reduce.
    let open = Trade::new(&victim, &keeper, 1, LOT_AFTER);
    assert_eq!(world.refused(&open), Refusal::ReduceOnly);
    world
        .withdraw(&victim, 1, &Overlay::none())
        .expect_err("in liquidation")
        .assert_is(FirebreakError::InLiquidation);

    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("above its target");
    assert_eq!(outcome, LiquidationOutcome::Recovered);
    assert_eq!(world.margin(&victim.account).liquidation_started_ts, 0);
    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("healthy");
    assert_eq!(outcome, LiquidationOutcome::NotLiquidatable);

    // Back at 200 dollars it trades again: 1 000 - 6 562.380549 + 3 216 * 2 = 869.619451, of which initial margin
    // needs 643.2 and a lot more 0.2.
    world.advance(1);
    world.tick(200_000_000);
    world.trade(&Trade::new(&victim, &keeper, 1, LOT));
    assert_eq!(world.health(&victim.account).health.equity, 869_619_451);
}

#[test]
fn two_partial_liquidations_continue_one_clock() {
    let (mut world, victim, keeper) = crashed();
    // The keeper takes 300 lots of the 784: 552 less floor(652 ppm of it) = 359 904 atoms.
    let (outcome, _) = world.liquidate(&keeper, &victim.account, 300).expect("below maintenance");
    assert_eq!(outcome, LiquidationOutcome::Partial);
    assert_eq!((lots_of(&world, &victim), quote_of(&world, &victim)), (3_700, -7_452_359_904));
    // That is above maintenance (355.64 against 340.4) but below the target (408.48), so the clock runs on.
    assert_eq!(equity_and_maintenance(&world, &victim), (355_640_096, 340_400_001));
    let started_ts = world.now();

    world.advance(10);
    world.tick(CRASH_MICROS);
    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("below its target");
    assert_eq!(outcome, LiquidationOutcome::Completed);
    assert_eq!(world.margin(&victim.account).liquidation_started_ts, started_ts);
    // Ten of sixty seconds: a sixth of 2 % is 3 333 ppm. 507 lots: 932.88 less 3 109 289 atoms.
    assert_eq!((lots_of(&world, &victim), quote_of(&world, &victim)), (3_193, -6_522_589_193));
    assert_eq!(equity_and_maintenance(&world, &victim), (352_530_807, 293_756_001));
    assert_eq!(lots_of(&world, &keeper), 807);
}

#[test]
fn the_impact_budget_stops_healthy_accounts_at_their_share() {
    let mut world = World::new();
    // Ten times the depth that the budget was made for: 4 000 000 dollars long against 500 000.
    let whale = world.trader(500_000 * DOLLAR, 0);
    let other = world.trader(10_000_000 * DOLLAR, 0);
    let keeper = world.trader(10_000_000 * DOLLAR, 0);
    world.trade(&Trade::new(&whale, &other, 2_000_000, LOT));
    world.advance(1);
    world.tick(CRASH_MICROS);
    // Equity 500 000 - 320 000 = 180 000 of 184 000 that are needed. The budget admits 60 000 dollars: 32 608 lots
    // of 1.84 (room is divided by a lot's price plus one atom) of the tens of thousands that are needed.
    let (outcome, _) = world.liquidate(&keeper, &whale.account, u64::MAX).expect("below maintenance");
    assert_eq!(outcome, LiquidationOutcome::Partial);
    assert_eq!(lots_of(&world, &keeper), 32_608);
    let (outcome, _) = world.liquidate(&keeper, &whale.account, u64::MAX).expect("no error without room");
    assert_eq!(outcome, LiquidationOutcome::BudgetExhausted);
    assert_eq!(lots_of(&world, &keeper), 32_608);

    // After a decay time of 600 s the level has fallen to 1/e: 60 000 * (1 - 1/e) = 37 927 dollars are free again,
    // and what was left over before: 32 608 * 1.84 = 59 998.72, so floor((60 000 - 22 072.3) / 1.84) = 20 612 lots.
    world.advance(600);
    world.tick(CRASH_MICROS);
    let (outcome, _) = world.liquidate(&keeper, &whale.account, u64::MAX).expect("below its target");
    assert_eq!(outcome, LiquidationOutcome::Partial);
    assert_eq!(lots_of(&world, &keeper), 32_608 + 20_612);
}

#[test]
fn a_healthy_account_is_left_alone() {
    let Cast { mut world, victim, keeper, .. } = Cast::new();
    let before = world.accounts_of_group();
    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("no error");
    assert_eq!(outcome, LiquidationOutcome::NotLiquidatable);
    assert_eq!(before, world.accounts_of_group());
}
