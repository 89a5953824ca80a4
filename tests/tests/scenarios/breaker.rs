//! The circuit breaker: trips on evidence, lets reductions through, closes by itself.

use anchor_lang::prelude::Clock;
use firebreak::{
    error::FirebreakError,
    instructions::{LiquidationOutcome, MarketParams},
    state::BreakerParams,
};
use firebreak_client::instructions::{recover_breaker, update_market, Overlay};
use firebreak_interface::fill::Refusal;
use firebreak_risk::circuit::State;
use firebreak_tests::{
    params, scenes,
    send::{Failure, Meta},
    Trade, World,
};

use super::{Cast, LOT};
use firebreak_tests::params::DOLLAR;
use solana_signer::Signer;

/// 25 % down, where 12.2 % trip.
const IMPROBABLE_MICROS: u64 = 150_000_000;
const LOT_AFTER: u64 = 1_500_000;

fn state(world: &World) -> State {
    world.row(0).breaker_state_at(world.now())
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
    assert_eq!(state(world), State::ReduceOnly);
}

#[test]
fn two_improbable_readings_trip_it_and_one_does_not() {
    let mut world = World::new();
    world.advance(1);
    world.tick(IMPROBABLE_MICROS);
    assert_eq!(state(&world), State::Normal);
    // The same reading again is no second piece of evidence, however often it is read.
    world.refresh();
    world.refresh();
    assert_eq!(state(&world), State::Normal);
    // A probable one in between starts the count anew.
    world.advance(1);
    world.tick(195_000_000);
    world.advance(1);
    world.tick(IMPROBABLE_MICROS);
    assert_eq!(state(&world), State::Normal);
    world.advance(1);
    world.tick(IMPROBABLE_MICROS);
    assert_eq!(state(&world), State::ReduceOnly);
    assert_eq!(world.row(0).breaker_stay_secs, 0);
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
    assert_eq!(state(&world), State::ReduceOnly, "59 of 60 seconds");
    world.advance(1);
    world.tick(199_000_000);
    assert_eq!(state(&world), State::Recovery);
    world.trade(&Trade::new(&keeper, &other, 1, 1_990_000));
    world.advance(10);
    world.tick(199_000_000);
    assert_eq!(state(&world), State::Normal);
}

/// Time alone ends the longest stay, whatever the price and whether or not anybody calls: 600 s of reduce-only, 60 of
/// recovery and 60 of elevated. In the shortest stay of recovery no restriction begins, so that stays are not strung
/// together.
#[test]
fn it_recovers_after_its_longest_stay_whatever_the_price() {
    let mut world = World::new();
    trip(&mut world);
    world.advance(599);
    world.tick(100_000_000);
    assert_eq!(state(&world), State::ReduceOnly);
    recover(&mut world).expect_err("a second is left").assert_is(FirebreakError::BreakerStays);
    world.advance(1);
    assert_eq!(state(&world), State::Recovery);
    recover(&mut world).expect("it only has to be stored");
    for _ in 0..3 {
        world.advance(1);
        world.tick(100_000_000);
        assert_eq!(state(&world), State::Recovery);
    }
    world.advance(57);
    assert_eq!(state(&world), State::Elevated);
    world.advance(60);
    assert_eq!(state(&world), State::Normal);
    // Two more improbable readings restrict it again.
    for _ in 0..2 {
        world.advance(1);
        world.tick(40_000_000);
    }
    assert_eq!(state(&world), State::ReduceOnly);
}

fn strict() -> World {
    World::with_market(|feed| MarketParams { breaker: params::strict_breaker(), ..params::market(feed) })
}

/// Two readings at this price, a second apart.
fn read_twice(world: &mut World, micros: u64) {
    for _ in 0..2 {
        world.advance(1);
        world.tick(micros);
    }
}

/// One deviation is 0.816 %. 8 % down are ln 0.92 = -0.0834, 10.2 of them: elevated, where opening needs half as much margin
/// again, 15 % instead of 10, of the slow price, which is still near two dollars. 1 000 dollars carry 3 300 lots, which need
/// 990 of 6 600, and would carry 4 000, which need 800 as long as the market is normal.
#[test]
fn elevated_raises_the_margin_of_what_is_opened_and_of_nothing_else() {
    let mut world = strict();
    let rich = world.trader(1_000_000 * DOLLAR, 0);
    let [early, late] = [(); 2].map(|()| world.trader(1_000 * DOLLAR, 0));
    world.trade(&Trade::new(&early, &rich, 100, LOT));
    read_twice(&mut world, 184_000_000);
    assert_eq!(state(&world), State::Elevated);
    let trade = Trade::new(&late, &rich, 4_000, 1_840_000);
    assert_eq!(world.refused(&trade), Refusal::InitialMargin);
    world.trade(&Trade { lots: 3_300, ..trade });
    // Maintenance margin is what it was.
    assert_eq!(world.row(0).maintenance_ppm, 50_000);
    world.trade(&Trade::new(&early, &rich, -100, 1_840_000));
}

/// 25 % down are 35 deviations: halted. Nobody is liquidated, nobody is paid, and everybody reduces, deposits and, without
/// positions, leaves. After the halt liquidations go at half.
#[test]
fn halted_liquidates_nobody_and_recovery_at_half() {
    let mut world = strict();
    let [rich, keeper, flat] = [(); 3].map(|()| world.trader(1_000_000 * DOLLAR, 0));
    let doomed = world.trader(1_000 * DOLLAR, 0);
    world.trade(&Trade::new(&doomed, &rich, 2_000, LOT));
    read_twice(&mut world, IMPROBABLE_MICROS);
    assert_eq!(state(&world), State::Halted);
    let failure = world.liquidate(&keeper, &doomed.account, u64::MAX).expect_err("halted");
    failure.assert_is(FirebreakError::VerdictRefuses);
    assert_eq!(world.refused(&Trade::new(&keeper, &rich, 1, LOT_AFTER)), Refusal::ReduceOnly);
    world.trade(&Trade::new(&rich, &doomed, 10, LOT_AFTER));
    world.deposit(&doomed, DOLLAR);
    world.withdraw(&flat, 500_000 * DOLLAR, &Overlay::none()).expect("it holds nothing else");
    // Calm at 199 dollars, 0.6 deviations away; 60 s are the shortest stay.
    world.advance(58);
    world.tick(199_000_000);
    assert_eq!(state(&world), State::Halted);
    world.advance(2);
    world.tick(199_000_000);
    assert_eq!(state(&world), State::Recovery);
    // It is far above maintenance again. At 1.575 dollars the 1 990 lots that it kept have lost 845.75, and the ten others 5:
    // of 1 001 dollars 150.25 are left, of 156.71 that are needed. One such reading restricts nothing.
    world.advance(1);
    world.tick(157_500_000);
    assert_eq!(state(&world), State::Recovery);
    let units = |world: &World| world.margin(&doomed.account).positions()[0].units >> 16;
    let before = units(&world);
    let (outcome, _) = world.liquidate(&keeper, &doomed.account, u64::MAX).expect("at half");
    assert_eq!(outcome, LiquidationOutcome::Partial);
    let taken = before - units(&world);
    // All that was needed would have ended it; asked again at the same reading, nothing more is permitted.
    world.liquidate(&keeper, &doomed.account, u64::MAX).expect("no error");
    assert_eq!((before - units(&world), taken > 0), (taken, true));
}

/// Two accounts near the price make R = 0.889, which raises margin, and a third one 1.33, which stops new risk. It never
/// halts.
#[test]
fn demand_near_the_price_raises_margin_and_never_halts() {
    let mut world = World::with_market(|feed| MarketParams {
        breaker: params::strict_breaker(),
        depth_atoms: 50_000 * DOLLAR,
        impact_cap_ppm: 100_000,
        ..params::market(feed)
    });
    let rich = world.trader(1_000_000 * DOLLAR, 0);
    // Raised to 15 %, 300 dollars and an atom are just enough for 2 000.
    for _ in 0..3 {
        let near = world.trader(300 * DOLLAR + 1, 0);
        world.trade(&Trade::new(&near, &rich, 1_000, LOT));
        world.refresh();
        world.refresh();
        world.advance(1);
        world.tick(200_000_000);
    }
    let row = world.row(0);
    assert!(row.sides[0].reproduction_ppm > 900_000, "{}", row.sides[0].reproduction_ppm);
    assert_eq!((state(&world), row.breaker_cause), (State::ReduceOnly, 1));
    let other = world.trader(1_000_000 * DOLLAR, 0);
    assert_eq!(world.refused(&Trade::new(&other, &rich, 1, LOT)), Refusal::ReduceOnly);
}

/// The chain stood still for eight hours, 28 800 seconds on one slot, and the price is 8 % lower: an account with 1 000 dollars
/// lost 640 of them on 4 000 lots, and 360 are left of 368 that are needed. Nobody liquidates it on what the oracles say first:
/// the market is halted for the grace of five minutes, whatever the price. Then its recovery takes over half.
#[test]
fn after_a_halt_of_the_chain_the_market_is_halted_too_and_comes_back_at_half() {
    let mut world = strict();
    let [rich, keeper] = [(); 2].map(|()| world.trader(1_000_000 * DOLLAR, 0));
    let doomed = world.trader(1_000 * DOLLAR, 0);
    world.trade(&Trade::new(&doomed, &rich, 4_000, LOT));
    let clock = world.svm.get_sysvar::<Clock>();
    let resumed =
        Clock { unix_timestamp: clock.unix_timestamp + 28_800, slot: clock.slot + 1, ..clock.clone() };
    world.svm.set_sysvar(&resumed);
    world.tick(184_000_000);
    assert_eq!((state(&world), world.row(0).breaker_cause), (State::Halted, 0));
    let failure = world.liquidate(&keeper, &doomed.account, u64::MAX).expect_err("in the grace");
    failure.assert_is(FirebreakError::GracePeriod);
    world.advance(299);
    world.tick(184_000_000);
    assert_eq!(state(&world), State::Halted, "a second of the grace is left");
    world.advance(1);
    world.tick(184_000_000);
    assert_eq!(state(&world), State::Recovery);
    let (outcome, _) = world.liquidate(&keeper, &doomed.account, u64::MAX).expect("at half");
    assert_eq!(outcome, LiquidationOutcome::Partial);
    world.advance(10);
    world.tick(184_000_000);
    assert_eq!(state(&world), State::Normal);
}

/// A bankruptcy draws more than a tenth of the insurance: the group is tight, and its market elevated because of that alone.
/// What was drawn counts for a day, less and less: at the end of it the group is normal, and so is the market.
#[test]
fn insurance_that_is_drawn_tightens_the_group_for_a_day() {
    let mut scene = scenes::bankruptcy();
    let insured = scene.world.insurance().balance_atoms;
    scene.world.resolve(&scene.victim.account).expect("bankrupt");
    let world = &mut scene.world;
    let drawn = insured - world.insurance().balance_atoms;
    assert!(drawn * 10 >= insured, "{drawn} of {insured}");
    let header = world.snapshot().header;
    assert_eq!(u64::from(header.insurance_drawn_ppm), drawn * 1_000_000 / insured);
    assert_eq!(header.breaker_state, 0, "nobody has looked yet");
    for _ in 0..2 {
        world.advance(1);
        world.tick(199_000_000);
    }
    assert_eq!(world.snapshot().header.breaker_state, 1);
    assert_eq!((state(world), world.row(0).breaker_cause), (State::Elevated, 2));
    // It stays tight below the level at which it became so, down to half of it.
    let entered = world.snapshot().header.insurance_drawn_ts;
    let level = |drawn_ppm: u64| 86_400 - 86_400 * drawn_ppm / u64::from(header.insurance_drawn_ppm);
    let age = |world: &World| u64::try_from(world.now() - entered).expect("later");
    for (drawn_ppm, is_tight) in [(75_000, 1), (49_000, 0)] {
        let wait = level(drawn_ppm) - age(world);
        world.advance(wait);
        world.tick(199_000_000);
        assert_eq!(world.snapshot().header.breaker_state, is_tight, "{drawn_ppm}");
    }
    world.advance(10);
    world.tick(199_000_000);
    assert_eq!(state(world), State::Normal);
}

/// A quarter of the insurance drawn within a day leaves three days of it. A market that answers to five days is elevated for
/// positions' sake, at once, and the snapshot says how long the insurance lasts.
#[test]
fn a_short_runway_elevates_a_market() {
    let mut scene = scenes::bankruptcy();
    let world = &mut scene.world;
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    let breaker = BreakerParams {
        runway_enter_secs: 5 * 86_400,
        runway_exit_secs: 10 * 86_400,
        ..params::breaker(40_000)
    };
    let params = MarketParams { breaker, ..params::market(&world.markets[0].feed) };
    world.must(&[update_market([&admin, &group], &market, params)], &[]);
    world.advance(1);
    world.tick(170_000_000);
    assert_eq!((state(world), world.snapshot().header.runway_secs), (State::Normal, u64::MAX));
    let insured = world.insurance().balance_atoms;
    world.resolve(&scene.victim.account).expect("bankrupt");
    let world = &mut scene.world;
    let drawn_ppm = (insured - world.insurance().balance_atoms) * 1_000_000 / insured;
    world.advance(1);
    world.tick(170_000_000);
    // A second of the day has passed.
    let left_ppm = drawn_ppm * 86_399 / 86_400;
    let runway = 86_400 * (1_000_000 - left_ppm) / left_ppm;
    assert!(runway < 5 * 86_400, "{runway}");
    assert_eq!(world.snapshot().header.runway_secs, runway);
    assert_eq!((state(world), world.row(0).breaker_cause), (State::Elevated, 1));
}
