//! Premiums and the funding that comes of them.
//!
//! The risk price is 200 dollars, 2 000 000 quote atoms per lot; a mark of 201 dollars is a premium of 5 000 ppm. A
//! premium is paid once in eight hours, 7 500 ppm of notional at most; the average premium has a time constant of an
//! hour.

use firebreak::{error::FirebreakError, events::PremiumPosted, instructions::MarketParams, state::Venue};
use firebreak_client::{
    instructions::{add_venue_market, approve_venue, post_premium, settle_pnl, Overlay},
    pda,
};
use firebreak_tests::{
    params::{self, DOLLAR, START_MICROS},
    Trade, Trader, World,
};
use solana_signer::Signer;

use super::record;
use crate::{
    bounds::rehearse,
    chain::edit,
    effect::{acts, emits},
    stage::{Stage, LOT},
};

/// A mark of 201 dollars per token.
const MARK_Q32: u64 = 2_010_000 << 32;
const HOUR: u64 = 3_600;
/// 2^-32 quote atoms in one.
const Q32: f64 = 4_294_967_296.0;

/// Two traders, 1 000 lots between them.
fn pair(world: &mut World) -> [Trader; 2] {
    let pair = [(); 2].map(|()| world.trader(100_000 * DOLLAR, 0));
    world.trade(&Trade::new(&pair[0], &pair[1], 1_000, LOT));
    pair
}

fn earned_q32(world: &World) -> [i128; 2] {
    world.row(0).sides.map(|side| side.earned().0)
}

/// Posts the same mark every hour for so many hours, folding each time.
fn hours(world: &mut World, count: u64, mark_q32: u64) {
    for _ in 0..count {
        world.tick(START_MICROS);
        world.post_premium(mark_q32).expect("a fresh row");
        world.advance(HOUR);
    }
    world.tick(START_MICROS);
}

#[test]
fn a_premium_stands_from_when_it_is_posted_and_counts_for_the_time_it_stood() {
    let mut stage = Stage::calm();
    let Stage { world, .. } = &mut stage;
    let authority = world.venue_authority.insecure_clone();
    let key = pda::venue_market(&world.venue, &world.markets[0].key);
    let now = world.now();
    let instruction = post_premium(&world.place(0), MARK_Q32);
    let meta = acts(world, instruction, &[&authority], |_, chain| {
        record(chain, &key, |record| {
            record.premium_last_ppm = 5_000;
            record.premium_updated_ts = now;
        });
    });
    let event = PremiumPosted {
        group: world.group,
        venue: world.venue,
        row: 2,
        mark_price_q32: MARK_Q32,
        premium_ppm: 5_000,
        premium_average_q16: 0,
        // One fill, and this.
        sequence: 2,
    };
    emits(&meta, event);
    // In the same second a new sample replaces the old one.
    world.post_premium(1_990_000 << 32).expect("a second sample");
    assert_eq!(world.venue_market(0).premium_last_ppm, -5_000);
    world.post_premium(MARK_Q32).expect("a third sample");
    // After one time constant the average is 1 - 1/e of 5 000 ppm: 3 160.603, in 2^-16.
    world.advance(HOUR);
    world.tick(START_MICROS);
    world.post_premium(2_000_000 << 32).expect("no premium");
    let average = world.venue_market(0).premium_average_q16 as f64 / 65_536.0;
    assert!((average - 5_000.0 * (1.0 - (-1.0f64).exp())).abs() < 0.001, "{average}");
    assert_eq!(world.venue_market(0).premium_last_ppm, 0);
}

#[test]
fn a_premium_is_at_most_five_percent_either_way() {
    let mut world = World::new();
    for (mark_q32, ppm) in [
        (u64::MAX, 50_000),
        (2_100_000 << 32, 50_000),
        (2_099_998 << 32, 49_999),
        (2_000_000 << 32, 0),
        // One quantum more is nothing in ppm.
        ((2_000_000 << 32) + 1, 0),
        (1_900_002 << 32, -49_999),
        (1_900_000 << 32, -50_000),
        (1, -50_000),
    ] {
        world.post_premium(mark_q32).expect("a fresh row");
        assert_eq!(world.venue_market(0).premium_last_ppm, ppm, "{mark_q32}");
    }
}

#[test]
fn a_premium_needs_a_price_a_fresh_row_and_a_venue_that_is_not_frozen() {
    let mut stage = Stage::calm();
    let Stage { world, .. } = &mut stage;
    let authority = world.venue_authority.insecure_clone();
    let post = |world: &mut World, mark_q32| {
        let instruction = post_premium(&world.place(0), mark_q32);
        rehearse(world, instruction, &[&authority])
    };
    post(world, 0).expect_err("no mark").assert_is(FirebreakError::MarkPrice);
    world.advance(5);
    post(world, 1).expect("five seconds are fresh");
    world.advance(1);
    post(world, 1).expect_err("six seconds are not").assert_is(FirebreakError::StaleRow);
    world.tick(START_MICROS);
    let mut accounts = [(world.venue, world.svm.get_account(&world.venue).expect("the venue"))].into();
    edit::<Venue>(&mut accounts, &world.venue, |venue| venue.is_frozen = 1);
    for (key, account) in accounts {
        world.svm.set_account(key, account).expect("rent exempt");
    }
    post(world, MARK_Q32).expect_err("a frozen venue").assert_is(FirebreakError::VenueFrozen);
}

#[test]
fn longs_pay_shorts_the_average_premium_once_per_window() {
    let mut world = World::new();
    let [long, short] = pair(&mut world);
    hours(&mut world, 12, MARK_Q32);
    // A reference in floating point: average after k hours 5 000 · (1 − e^−k) ppm, each hour charged at its end with an
    // eighth of it. The program rounds to whole ppm toward zero, once per fold.
    let ppm: f64 = (1..=12).map(|hour| (5_000.0 * (1.0 - (-f64::from(hour)).exp())).trunc()).sum();
    let expected = ppm / 8.0 * 2.0;
    let [longs, shorts] = earned_q32(&world);
    assert_eq!(longs, shorts, "shorts hold negative units: the same step is a payment and a receipt");
    let paid = -longs as f64 / Q32;
    assert!((paid - expected).abs() < 1.0, "{paid} of {expected} atoms per lot");
    // 1 000 lots: settled, it is money of the account that pays.
    let before = world.margin(&long.account).atoms_of(0);
    let market = world.markets[0].key;
    for trader in [&long, &short] {
        world.must(&[settle_pnl([&world.group, &market], &trader.account, &Overlay::none())], &[]);
    }
    let settled = before - world.margin(&long.account).atoms_of(0);
    assert!((settled as f64 - 1_000.0 * paid).abs() <= 1.0, "{settled}");
}

#[test]
fn a_negative_premium_is_paid_by_shorts() {
    let mut world = World::new();
    pair(&mut world);
    hours(&mut world, 2, 1_990_000 << 32);
    let [longs, shorts] = earned_q32(&world);
    assert_eq!(longs, shorts);
    assert!(longs > 0, "{longs}");
    // The mirror of a positive one, up to the direction in which whole ppm and steps are rounded.
    let mut mirror = World::new();
    pair(&mut mirror);
    hours(&mut mirror, 2, MARK_Q32);
    assert!((earned_q32(&mirror)[0] + longs).abs() <= 2, "{longs}");
}

#[test]
fn funding_is_at_most_the_bound_of_the_window() {
    // 1 000 ppm per eight hours.
    let mut world =
        World::with_market(|feed| MarketParams { funding_max_ppm: 1_000, ..params::market(feed) });
    pair(&mut world);
    hours(&mut world, 3, u64::MAX);
    // 50 000 ppm average to far more than 1 000 after the first hour: 2 000 000 atoms · 0.001 · 3 / 8 = 750 per lot.
    assert_eq!(earned_q32(&world), [-(750 << 32); 2]);
    // The ledger shows the premium as it is.
    assert!(world.ledger(0).premium_ppm > 40_000, "{}", world.ledger(0).premium_ppm);
}

#[test]
fn nothing_accrues_while_a_side_is_empty() {
    let mut world = World::new();
    let [long, short] = pair(&mut world);
    world.trade(&Trade::new(&long, &short, -1_000, LOT));
    hours(&mut world, 3, MARK_Q32);
    assert_eq!(earned_q32(&world), [0; 2]);
    // The time that passed meanwhile is never charged.
    world.trade(&Trade::new(&long, &short, 1_000, LOT));
    world.fold(0).expect("in the same second");
    world.fold(0).expect("once more");
    assert_eq!(earned_q32(&world), [0; 2]);
    assert_eq!(world.ledger(0).funding_updated_ts, world.now());
}

#[test]
fn nothing_accrues_without_a_usable_price() {
    let mut world = World::new();
    pair(&mut world);
    hours(&mut world, 2, MARK_Q32);
    let before = earned_q32(&world);
    world.post_premium(MARK_Q32).expect("a fresh row");
    // The row is 301 seconds old.
    world.advance(301);
    world.fold(0).expect("a fold");
    assert_eq!(earned_q32(&world), before);
    // Sources that have no price for it: the row is young, its verdict is dead.
    world.tick(START_MICROS);
    world.advance(40);
    world.fold(0).expect("a usable price");
    let after = earned_q32(&world);
    assert!(after[0] < before[0], "40 seconds were charged");
    let rows = world.oracle_rows();
    world.refresh_rows(&rows).expect("sources older than 30 seconds");
    world.advance(40);
    world.fold(0).expect("a dead verdict");
    assert_eq!(earned_q32(&world), after);
    // And none of it is made up for.
    world.tick(START_MICROS);
    assert_eq!(earned_q32(&world), after);
}

#[test]
fn a_premium_that_is_an_hour_old_counts_no_longer() {
    let mut world = World::new();
    pair(&mut world);
    hours(&mut world, 2, MARK_Q32);
    let premium = world.ledger(0).premium_ppm;
    assert!(premium > 0, "an hour old");
    world.advance(1);
    world.tick(START_MICROS);
    assert_eq!(world.ledger(0).premium_ppm, 0, "an hour and a second");
}

#[test]
fn venues_count_by_the_open_interest_that_they_opened() {
    let mut world = World::new();
    let admin = world.admin.pubkey();
    let authority = world.venue_authority.pubkey();
    let (first, second) = (world.venue, world.add_venue(1, &authority));
    let market = world.markets[0].key;
    world.must(&[add_venue_market([&admin, &world.group], &second, &market)], &[]);
    let [long, short] = pair(&mut world);
    for trader in [&long, &short] {
        world.must(&[approve_venue(&trader.keys, &second, true)], &[&trader.owner]);
    }
    // Another 3 000 lots at the second venue: three quarters of 4 000.
    world.venue = second;
    world.trade(&Trade::new(&long, &short, 3_000, LOT));
    for _ in 0..30 {
        for (venue, mark_q32) in [(first, 2_008_000 << 32), (second, 1_996_000 << 32)] {
            world.venue = venue;
            world.post_premium(mark_q32).expect("a fresh row");
        }
        world.advance(HOUR);
        world.tick(START_MICROS);
    }
    // A day later both averages stand at their samples: (4 000 · 1 − 2 000 · 3) / 4 = −500 ppm.
    assert_eq!(world.venue_market(0).open_units, 2 * (3_000 << 16));
    assert_eq!(world.ledger(0).premium_ppm, -500);
    // What one venue opened and the other closed counts for neither beyond what is open: 3 000 of 3 000 lots at the
    // first, none at the second.
    world.venue = first;
    world.trade(&Trade::new(&long, &short, 2_000, LOT));
    world.venue = second;
    world.trade(&Trade::new(&long, &short, -3_000, LOT));
    world.fold(0).expect("a fold");
    assert_eq!(world.venue_market(0).open_units, 0);
    assert_eq!(world.row(0).open_interest_units, [3_000 << 16; 2]);
    assert_eq!(world.ledger(0).premium_ppm, 4_000);
    // A venue that stays silent holds the whole market at its share of nothing: the first opened all there is, so
    // without its premium there is none.
    for _ in 0..2 {
        world.venue = second;
        world.post_premium(1_996_000 << 32).expect("a fresh row");
        world.advance(HOUR);
        world.tick(START_MICROS);
    }
    assert_eq!(world.ledger(0).premium_ppm, 0);
}
