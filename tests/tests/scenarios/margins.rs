//! Margins that follow volatility. An hour's deviation is 2 % usually and in stress, so initial margin starts at seven of
//! them, 14 %, and maintenance margin wants 3.6 of them, 7.2 %, from a floor of 5 %.

use firebreak::{
    instructions::{DynamicMarginParams, MarketParams},
    state::Row,
};
use firebreak_interface::fill::Refusal;
use firebreak_tests::{
    oracle::Quote,
    params::{self, DOLLAR},
    Trade, World,
};

use super::LOT;

fn world() -> World {
    let dynamic = DynamicMarginParams { stress_sigma_ppm: 20_000, ..params::dynamic_margins() };
    let mut world = World::with_market(|feed| MarketParams { dynamic, ..params::market(feed) });
    world.tick(200_000_000);
    world
}

/// A second later the price is 5 % lower.
fn shock(world: &mut World) -> [Row; 2] {
    let before = world.row(0);
    world.advance(1);
    world.tick(190_000_000);
    [before, world.row(0)]
}

#[track_caller]
fn assert_near(found: u32, expected: f64) {
    assert!((f64::from(found) - expected).abs() < 20.0, "{found} instead of {expected}");
}

/// ln(0.95)² = 0.00263100 in one second, of which the fast variance takes 1 - e^(-1/3 600) = 2.77739e-4: per hour 0.0004 +
/// 3 600 * 7.3070e-7 = 0.00303052. With a quarter of the stressed one: sqrt(0.75 * 0.00303052 + 0.25 * 0.0004) = 0.0487124,
/// times seven 0.340987. Maintenance margin gets a second's share of its ramp, 10 000 / 3 600 ppm.
#[test]
fn a_shock_raises_initial_margin_at_once_and_maintenance_margin_along_its_ramp() {
    let mut world = world();
    let [before, after] = shock(&mut world);
    assert_near(before.initial_ppm, 140_000.0);
    assert_near(after.initial_ppm, 340_987.0);
    assert!((50_000..50_900).contains(&before.maintenance_ppm));
    assert!(after.maintenance_q16 - before.maintenance_q16 <= (10_000 << 16) / 3_600);
    assert!(after.maintenance_q16 > before.maintenance_q16);
    // Read again in the same second: nothing new.
    world.refresh();
    let again = world.row(0);
    assert_eq!((again.initial_q16, again.maintenance_q16), (after.initial_q16, after.maintenance_q16));
    assert_eq!(again.volatility(), after.volatility());
}

/// 1 000 dollars carry 7 000 of notional at 14 %, and 2 930 at 34 %. Whoever has the larger position keeps it.
#[test]
fn after_a_shock_new_risk_needs_more_and_positions_stay() {
    let mut world = world();
    let [early, late] = [(); 2].map(|()| world.trader(1_000 * DOLLAR, 0));
    let [maker, keeper] = [(); 2].map(|()| world.trader(1_000_000 * DOLLAR, 0));
    // Short, so that the fall is a gain; 3 000 lots are 6 000 dollars.
    world.trade(&Trade::new(&early, &maker, -3_000, LOT));
    shock(&mut world);
    let price = 1_900_000;
    assert_eq!(world.refused(&Trade::new(&late, &maker, -3_000, price)), Refusal::InitialMargin);
    // 1 200 lots at the slow price of two dollars need 818, and at that price 120 of the 1 000 are lost.
    world.trade(&Trade::new(&late, &maker, -1_200, price));
    let before = world.margin(&early.account).positions()[0].units;
    let (outcome, _) = world.liquidate(&keeper, &early.account, u64::MAX).expect("no error for a keeper");
    assert_eq!(outcome, firebreak::instructions::LiquidationOutcome::NotLiquidatable);
    assert_eq!(world.margin(&early.account).positions()[0].units, before);
}

/// A calm day leaves 1/e of what the shock added, or more: it added 200 987, so at least 73 939 of it stay.
#[test]
fn margins_fall_slowly_to_their_floors_and_no_lower() {
    let mut world = world();
    let [calm, wild] = shock(&mut world);
    for _ in 0..288 {
        world.advance(300);
        world.tick(190_000_000);
    }
    let day = world.row(0);
    let added = f64::from(wild.initial_ppm - calm.initial_ppm);
    assert!(f64::from(day.initial_ppm) > f64::from(calm.initial_ppm) * 0.5 + added / std::f64::consts::E);
    assert!(day.initial_ppm < wild.initial_ppm);
    for _ in 0..3_000 {
        world.advance(300);
        world.set_price(190_000_000);
        let rows = world.oracle_rows();
        world.refresh_rows(&rows[1..]).expect("a refresh");
    }
    let last = world.row(0);
    assert!((100_000..=100_010).contains(&last.initial_ppm), "{}", last.initial_ppm);
    assert!((50_000..=50_002).contains(&last.maintenance_ppm), "{}", last.maintenance_ppm);
}

/// One source may be wrong for hours; it is no evidence of volatility.
#[test]
fn a_single_source_is_no_sample() {
    let mut world = world();
    let before = world.row(0);
    world.advance(31);
    let quote = Quote { price_micros: 150_000_000, confidence_micros: 0, publish_ts: world.now() };
    let feed = world.markets[0].feed;
    world.set_switchboard(&feed, &quote);
    world.refresh();
    let after = world.row(0);
    assert_ne!(after.price_q32, before.price_q32);
    assert_eq!(after.volatility(), before.volatility());
    assert_eq!((after.initial_q16, after.maintenance_q16), (before.initial_q16, before.maintenance_q16));
}
