//! A committee of five that forecasts volatility and depth.
//!
//! An hour's deviation is 2 % as measured and in stress, so initial margin is seven of them, 14 %. What reporters expect
//! enters with three quarters of the weight: 7 sqrt(0.75 v + 0.25 * 0.0004) for a variance v of an hour.

use firebreak::{
    instructions::{CommitteeParams, DemandParams, DynamicMarginParams, ForecastArgs, MarketParams},
    state::Row,
};
use firebreak_risk::{hourly::variance_of_hourly_sigma, units::Ppm};
use firebreak_tests::{
    params::{self, DOLLAR},
    Trade, World,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::LOT;

const SEATS: usize = 5;

/// A market at a depth of 100 000 dollars whose margins follow volatility, with and without a committee. Reporters' keys are
/// made in both, so that both chains have the same addresses.
fn world(has_committee: bool, quorum: u8) -> (World, Vec<Keypair>) {
    let mut world = World::with_market(|feed| MarketParams {
        dynamic: DynamicMarginParams { stress_sigma_ppm: 20_000, ..params::dynamic_margins() },
        demand: DemandParams { depth_ratio_ppm: 100_000_000, ..params::demand() },
        depth_atoms: 100_000 * DOLLAR,
        impact_cap_ppm: 100_000,
        ..params::market(feed)
    });
    let reporters: Vec<Keypair> = (0..SEATS).map(|_| world.new_keypair()).collect();
    if has_committee {
        world.create_committee(0, CommitteeParams { quorum, ..params::committee(&reporters) });
    }
    world.tick(200_000_000);
    (world, reporters)
}

/// Says an hour's deviation in ppm and a depth in dollars.
fn says(world: &mut World, reporter: &Keypair, sigma_ppm: u32, depth_dollars: u64) {
    let variance_q64 = variance_of_hourly_sigma(Ppm(sigma_ppm)).0;
    let args = ForecastArgs { variance_q64, depth_atoms: depth_dollars * DOLLAR };
    world.report(0, reporter, args).expect("a seat");
}

/// The row after a fold of both sides and a refresh.
fn heeded(world: &mut World) -> Row {
    world.fold(0).expect("a fold");
    world.tick(200_000_000);
    world.row(0)
}

#[track_caller]
fn assert_near(found: u32, expected: f64) {
    assert!((f64::from(found) - expected).abs() < 20.0, "{found} instead of {expected}");
}

/// Three of five expect 3, 3 and 5 %: with two voices for the measured 2 % the median is 3 %, 7 sqrt(0.000775) = 0.194872. All
/// five expect 10 %, 25 times the variance; the band ends at four times, 7 sqrt(0.0013) = 0.252389. Maintenance margin never
/// moves.
#[test]
fn reporters_raise_initial_margin_up_to_the_end_of_their_band() {
    let (mut world, reporters) = world(true, 3);
    let before = world.row(0);
    assert_near(before.initial_ppm, 140_000.0);
    for (reporter, sigma) in reporters.iter().zip([30_000, 50_000, 30_000]) {
        says(&mut world, reporter, sigma, 100_000);
    }
    let raised = heeded(&mut world);
    assert_eq!(raised.forecast_variance_q64, variance_of_hourly_sigma(Ppm(30_000)).0);
    assert_near(raised.initial_ppm, 194_872.0);
    for reporter in &reporters {
        says(&mut world, reporter, 100_000, 100_000);
    }
    let most = heeded(&mut world);
    assert_near(most.initial_ppm, 252_389.0);
    assert_eq!(most.maintenance_q16, before.maintenance_q16);
    assert_eq!(most.volatility(), before.volatility());
}

/// Two liars of five say whatever they like. The other three expect 2.2 %: 7 sqrt(0.000463) = 0.150622.
#[test]
fn a_minority_moves_nothing_beyond_what_the_others_say() {
    let (mut world, reporters) = world(true, 3);
    for (reporter, sigma) in reporters.iter().zip([200_000, 200_000, 22_000, 22_000, 22_000]) {
        says(&mut world, reporter, sigma, if sigma == 22_000 { 100_000 } else { 1 });
    }
    let row = heeded(&mut world);
    assert_near(row.initial_ppm, 150_622.0);
    assert_eq!(row.sides[0].growth_cap_atoms, 100_000 * DOLLAR);
}

/// Two of four are enough for more margin and for less depth, and for nothing the other way round: of two middle voices the
/// cautious one counts.
#[test]
fn half_of_a_committee_can_only_be_cautious() {
    let (mut world, reporters) = world(true, 2);
    world.update_committee(0, CommitteeParams { quorum: 2, ..params::committee(&reporters[..4]) });
    for reporter in &reporters[..2] {
        says(&mut world, reporter, 10_000, 200_000);
    }
    let row = heeded(&mut world);
    assert_near(row.initial_ppm, 140_000.0);
    assert_eq!((row.forecast_variance_q64, row.sides[0].growth_cap_atoms), (0, 100_000 * DOLLAR));
    for reporter in &reporters[..2] {
        says(&mut world, reporter, 30_000, 50_000);
    }
    let row = heeded(&mut world);
    assert_near(row.initial_ppm, 194_872.0);
    // A hundred times what moves the price by one per cent.
    assert_eq!(row.sides[0].growth_cap_atoms, 50_000 * DOLLAR);
}

/// A quorum of four is not there with two of five silent: the market is what it is without a committee, to the byte.
#[test]
fn without_a_quorum_the_market_is_what_it_is_without_a_committee() {
    let (mut plain, _) = world(false, 4);
    let (mut world, reporters) = world(true, 4);
    for reporter in &reporters[..3] {
        says(&mut world, reporter, 40_000, 30_000);
    }
    assert_eq!(heeded(&mut world), heeded(&mut plain));
    says(&mut world, &reporters[3], 40_000, 30_000);
    let row = heeded(&mut world);
    assert!(row.initial_ppm > heeded(&mut plain).initial_ppm, "a fourth one makes the quorum");
}

/// Reports count for a minute, and a fold for ten seconds.
#[test]
fn stale_reports_and_stale_folds_leave_the_measured_value() {
    let (mut plain, _) = world(false, 3);
    let (mut world, reporters) = world(true, 3);
    for reporter in &reporters {
        says(&mut world, reporter, 40_000, 30_000);
    }
    for world in [&mut plain, &mut world] {
        world.advance(61);
    }
    assert_eq!(heeded(&mut world), heeded(&mut plain));
    for reporter in &reporters {
        says(&mut world, reporter, 40_000, 30_000);
    }
    let rows = world.oracle_rows();
    let refreshed = |world: &mut World, secs: u64| {
        let before = world.svm.clone();
        world.fold(0).expect("a fold");
        world.advance(secs);
        world.set_price(200_000_000);
        world.refresh_rows(&rows[1..]).expect("a refresh");
        let initial_ppm = world.row(0).initial_ppm;
        world.svm = before;
        initial_ppm
    };
    assert!(refreshed(&mut world, 10) > 240_000);
    assert_near(refreshed(&mut world, 11), 140_000.0);
}

/// Two longs of 2 000 dollars each are triggered within reach: R = 44 444 / 100 000 = 0.444, which tightens nothing. Three of
/// five find half the depth: R = 0.889, and of the room up to 100 D = 50 000 dollars (0.9 - 0.88889) / 0.4 = 2.7777 % is
/// left, 4 000 + 46 000 * 0.027777. All find next to none: a quarter of the depth counts, R = 1.778, and nothing opens.
#[test]
fn less_depth_raises_r_and_lowers_the_growth_cap() {
    let (mut world, reporters) = world(true, 3);
    let other = world.trader(1_000_000 * DOLLAR, 0);
    for _ in 0..2 {
        // 100 dollars are more than maintenance margin, so the trigger is near.
        let trader = world.trader(300 * DOLLAR, 0);
        world.trade(&Trade::new(&trader, &other, 1_000, LOT));
    }
    let both_sides = |world: &mut World| {
        world.fold(0).expect("a fold");
        world.fold(0).expect("a fold");
        world.row(0).sides[0]
    };
    let before = both_sides(&mut world);
    assert_eq!((before.reproduction_ppm, before.growth_cap_atoms), (444_445, 100_000 * DOLLAR));
    for reporter in &reporters[..3] {
        says(&mut world, reporter, 20_000, 50_000);
    }
    let half = both_sides(&mut world);
    assert_eq!((half.reproduction_ppm, half.growth_cap_atoms / DOLLAR), (888_889, 5_277));
    for reporter in &reporters {
        says(&mut world, reporter, 20_000, 1);
    }
    let quarter = both_sides(&mut world);
    assert_eq!((quarter.reproduction_ppm, quarter.growth_cap_atoms), (1_777_778, 4_000 * DOLLAR));
    // The administrator lets the committee fall silent; the depth is the market's again.
    world.update_committee(0, params::committee(&[]));
    assert_eq!(both_sides(&mut world), before);
    assert!(world.committee(0).seat_of(&reporters[0].pubkey()).is_none());
}
