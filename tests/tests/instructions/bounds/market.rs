//! `MarketParams`, and the parameters that constrain each other.

use firebreak::{error::FirebreakError, instructions::MarketParams};
use firebreak_client::instructions::add_market;
use firebreak_tests::{params, send::Failure, Meta, World};
use solana_signer::Signer;

use super::{assert_complete, bound, check, fields_of, rehearse, Bound};

const BOUNDS: [Bound<MarketParams>; 23] = [
    bound!(MarketParams, base_decimals, 0, 12, MintDecimals),
    bound!(MarketParams, lot_exponent, 0, 18, LotBounds),
    bound!(MarketParams, initial_ppm, 10_000, 1_000_000, InitialBounds),
    bound!(MarketParams, maintenance_ppm, 5_000, 500_000, MaintenanceBounds),
    bound!(MarketParams, profit_weight_ppm, 0, 950_000, ProfitWeightBounds),
    bound!(MarketParams, price_band_ppm, 1_000, 200_000, PriceBandBounds),
    bound!(MarketParams, breaker_trip_milli, 3_000, 50_000, BreakerTripBounds),
    bound!(MarketParams, breaker_exit_milli, 1_000, 40_000, BreakerExitBounds),
    bound!(MarketParams, breaker_min_stay_secs, 10, 3_600, BreakerStayBounds),
    bound!(MarketParams, breaker_max_stay_secs, 60, 14_400, BreakerStayBounds),
    bound!(MarketParams, breaker_cooldown_secs, 0, 14_400, BreakerCooldownBounds),
    bound!(MarketParams, depth_atoms, 1_000_000, 1 << 56, DepthBounds),
    bound!(MarketParams, impact_cap_ppm, 500, 100_000, ImpactCapBounds),
    bound!(MarketParams, impact_healthy_ppm, 100_000, 950_000, ImpactHealthyBounds),
    bound!(MarketParams, impact_decay_secs, 5, 86_400, ImpactDecayBounds),
    bound!(MarketParams, discount_ppm, 1_000, 100_000, DiscountBounds),
    bound!(MarketParams, discount_ramp_secs, 10, 3_600, DiscountRampBounds),
    bound!(MarketParams, dust_atoms, 0, 1_000_000_000, DustBounds),
    bound!(MarketParams, payout_share_ppm, 10_000, 1_000_000, PayoutShareBounds),
    bound!(MarketParams, payout_floor_atoms, 0, 10_000_000_000_000, PayoutFloorBounds),
    bound!(MarketParams, payout_window_secs, 60, 604_800, PayoutWindowBounds),
    bound!(MarketParams, fee_max_ppm, 0, 10_000, FeeBounds),
    // A second time through the nested struct; all of them are in `bounds::oracle`.
    bound!(MarketParams, oracle.reading_age_secs, 1, 120, ReadingAgeBounds),
];

/// Parameters that leave every single one room for both of its bounds. Only the initial margin's smallest value
/// needs a smaller maintenance margin: 1.2 * 5 000 <= 10 000.
fn widest(world: &World, field: &str) -> MarketParams {
    MarketParams {
        initial_ppm: 1_000_000,
        maintenance_ppm: if field == "initial_ppm" { 5_000 } else { 100_000 },
        price_band_ppm: 1_000,
        breaker_trip_milli: 50_000,
        breaker_exit_milli: 1_000,
        breaker_min_stay_secs: 10,
        breaker_max_stay_secs: 14_400,
        discount_ppm: 1_000,
        ..params::market(&world.markets[0].feed)
    }
}

fn add(world: &mut World, params: MarketParams) -> Result<Meta, Failure> {
    let (admin, group) = (world.admin.pubkey(), world.group);
    rehearse(world, add_market([&admin, &group], 1, params), &[])
}

#[test]
fn a_market_is_added_within_every_bound_and_not_beyond() {
    let mut world = World::new();
    let templates = World::new();
    check(&BOUNDS, |field| widest(&templates, field), |params| add(&mut world, params));
}

#[test]
fn every_parameter_of_a_market_has_a_row() {
    let source = include_str!("../../../../programs/firebreak/src/instructions/admin/market_params.rs");
    let mut fields = fields_of(source, "MarketParams");
    fields.push("reading_age_secs".to_owned());
    assert_complete(&BOUNDS, fields, &["name", "oracle"]);
}

#[test]
fn parameters_that_constrain_each_other_are_checked_together() {
    let mut world = World::new();
    let base = widest(&World::new(), "");
    let pairs: [(MarketParams, MarketParams, FirebreakError); 5] = [
        (
            // 83 333 * 1.2 = 99 999.6, and one more is 100 000.8.
            MarketParams { initial_ppm: 100_000, maintenance_ppm: 83_333, ..base },
            MarketParams { initial_ppm: 100_000, maintenance_ppm: 83_334, ..base },
            FirebreakError::InitialBounds,
        ),
        (
            MarketParams { initial_ppm: 200_000, price_band_ppm: 199_999, ..base },
            MarketParams { initial_ppm: 200_000, price_band_ppm: 200_000, ..base },
            FirebreakError::PriceBandBounds,
        ),
        (
            MarketParams { breaker_trip_milli: 10_000, breaker_exit_milli: 8_000, ..base },
            MarketParams { breaker_trip_milli: 10_000, breaker_exit_milli: 8_001, ..base },
            FirebreakError::BreakerExitBounds,
        ),
        (
            MarketParams { breaker_min_stay_secs: 59, breaker_max_stay_secs: 60, ..base },
            MarketParams { breaker_min_stay_secs: 60, breaker_max_stay_secs: 60, ..base },
            FirebreakError::BreakerStayBounds,
        ),
        (
            MarketParams { discount_ppm: 5_000, maintenance_ppm: 5_000, ..base },
            MarketParams { discount_ppm: 5_001, maintenance_ppm: 5_000, ..base },
            FirebreakError::DiscountBounds,
        ),
    ];
    for (right, wrong, error) in pairs {
        add(&mut world, right).unwrap_or_else(|failure| panic!("{error:?}: {failure:?}"));
        add(&mut world, wrong).expect_err("beyond the other parameter").assert_is(error);
    }
}
