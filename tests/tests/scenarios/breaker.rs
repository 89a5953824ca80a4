//! The circuit breaker: trips on evidence, lets reductions through, closes by itself.

use firebreak::{error::FirebreakError, instructions::LiquidationOutcome};
use firebreak_client::instructions::{recover_breaker, Overlay};
use firebreak_interface::fill::Refusal;
use firebreak_risk::breaker::BreakerState;
use firebreak_tests::{
    send::{Failure, Meta},
    Trade, World,
};

use super::{Cast, LOT};
use firebreak_tests::params::DOLLAR;

/// 25 % down, where 12.2 % trip.
const IMPROBABLE_MICROS: u64 = 150_000_000;
const LOT_AFTER: u64 = 1_500_000;

fn state(world: &World) -> BreakerState {
    world.row(0).breaker().state
}

fn recover(world: &mut World) -> Result<Meta, Failure> {
    let row = world.markets[0].row;
    world.send(&[recover_breaker(&world.group, row)], &[])
}

/// Two improbable readings, a second apart.
fn trip(world: &mut World) {
    for _ in 0..2 {
        world.advance(1);
        world.tick(IMPROBABLE_MICROS);
    }
    assert_eq!(state(world), BreakerState::ReduceOnly);
}

#[test]
fn two_improbable_readings_trip_it_and_one_does_not() {
    let mut world = World::new();
    world.advance(1);
    world.tick(IMPROBABLE_MICROS);
    assert_eq!(state(&world), BreakerState::Normal);
    // The same reading again is no second piece of evidence, however often it is read.
    world.refresh();
    world.refresh();
    assert_eq!(state(&world), BreakerState::Normal);
    // A probable one in between starts the count anew.
    world.advance(1);
    world.tick(195_000_000);
    world.advance(1);
    world.tick(IMPROBABLE_MICROS);
    assert_eq!(state(&world), BreakerState::Normal);
    world.advance(1);
    world.tick(IMPROBABLE_MICROS);
    assert_eq!(state(&world), BreakerState::ReduceOnly);
    assert_eq!(world.row(0).breaker_entered_ts, world.now());
}

#[test]
fn while_tripped_reductions_and_liquidations_pass_and_openings_do_not() {
    let Cast { mut world, other, keeper, .. } = Cast::new();
    let rich = world.trader(100_000 * DOLLAR, 0);
    world.trade(&Trade::new(&rich, &other, 1_000, LOT));
    let doomed = world.trader(1_000 * DOLLAR, 0);
    world.trade(&Trade::new(&doomed, &other, 2_000, LOT));
    trip(&mut world);
    assert_eq!(world.refused(&Trade::new(&rich, &other, 1, LOT_AFTER)), Refusal::ReduceOnly);
    world.trade(&Trade::new(&rich, &other, -400, LOT_AFTER));
    // Money stays in while a position is open, and leaves without one.
    let failure = world.withdraw(&rich, 1, &Overlay::none()).expect_err("a position is open");
    failure.assert_is(FirebreakError::VerdictRefuses);
    world.withdraw(&keeper, 50_000 * DOLLAR, &Overlay::none()).expect("flat");
    world.deposit(&rich, DOLLAR);
    // 1 000 - 2 000 * 0.5 = 0 dollars: bankrupt is below zero, critical it is.
    assert_eq!(world.health(&doomed.account).health.equity, 0);
    let (outcome, _) = world.liquidate(&keeper, &doomed.account, u64::MAX).expect("liquidations pass");
    assert_eq!(outcome, LiquidationOutcome::Completed);
}

#[test]
fn it_recovers_after_its_shortest_stay_when_the_price_is_calm() {
    let Cast { mut world, other, keeper, .. } = Cast::new();
    trip(&mut world);
    world.advance(59);
    world.tick(199_000_000);
    recover(&mut world).expect_err("59 of 60 seconds").assert_is(FirebreakError::BreakerStays);
    world.advance(1);
    world.tick(199_000_000);
    recover(&mut world).expect("calm for long enough");
    assert_eq!(state(&world), BreakerState::Normal);
    world.trade(&Trade::new(&keeper, &other, 1, 1_990_000));
    recover(&mut world).expect_err("it is not tripped").assert_is(FirebreakError::BreakerStays);
}

#[test]
fn an_old_price_is_no_evidence_of_calm() {
    let mut world = World::new();
    trip(&mut world);
    world.advance(60);
    world.tick(199_000_000);
    world.advance(6);
    recover(&mut world).expect_err("the price is six seconds old").assert_is(FirebreakError::BreakerStays);
}

#[test]
fn it_recovers_after_its_longest_stay_whatever_the_price_and_then_cools_down() {
    let mut world = World::new();
    trip(&mut world);
    // A price that falls further keeps its distance from the slow price, which has seen it once.
    world.advance(599);
    world.tick(100_000_000);
    recover(&mut world).expect_err("neither calm nor long").assert_is(FirebreakError::BreakerStays);
    world.advance(1);
    recover(&mut world).expect("the longest stay is over");
    assert_eq!(state(&world), BreakerState::Normal);
    // For 300 s it cannot trip again, so that stays are not strung together.
    for _ in 0..3 {
        world.advance(1);
        world.tick(100_000_000);
    }
    assert_eq!(state(&world), BreakerState::Normal);
    world.advance(297);
    world.tick(50_000_000);
    assert_eq!(state(&world), BreakerState::ReduceOnly);
}
