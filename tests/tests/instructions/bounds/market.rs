//! `MarketParams`, and the parameters that constrain each other.

use firebreak::{
    constants::SHARD_COUNT,
    error::FirebreakError,
    instructions::{CreateGroupArgs, DemandParams, DynamicMarginParams, MarketParams, OracleParams},
    state::BreakerParams,
};
use firebreak_client::{
    instructions::{add_market, create_group, create_shard, update_market},
    pda,
};
use firebreak_risk::oracle::price_from_decimal;
use firebreak_tests::{params, send::Failure, Meta, World};
use solana_signer::Signer;

use super::{assert_complete, bound, check, fields_of, rehearse, Bound};

const BOUNDS: [Bound<MarketParams>; 56] = [
    bound!(MarketParams, base_decimals, 0, 12, MintDecimals),
    bound!(MarketParams, lot_exponent, 0, 18, LotBounds),
    bound!(MarketParams, initial_ppm, 10_000, 1_000_000, InitialBounds),
    bound!(MarketParams, maintenance_ppm, 5_000, 500_000, MaintenanceBounds),
    bound!(MarketParams, profit_weight_ppm, 0, 950_000, ProfitWeightBounds),
    bound!(MarketParams, size_free_atoms, 1_000_000, 1 << 52, SizeFreeBounds),
    bound!(MarketParams, price_band_ppm, 1_000, 200_000, PriceBandBounds),
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
    bound!(MarketParams, open_interest_cap_atoms, 1_000_000, 1 << 56, OpenInterestCapBounds),
    bound!(MarketParams, position_share_ppm, 1_000, 1_000_000, PositionShareBounds),
    bound!(MarketParams, funding_window_secs, 3_600, 86_400, FundingWindowBounds),
    bound!(MarketParams, funding_max_ppm, 0, 50_000, FundingMaxBounds),
    bound!(MarketParams, premium_tau_secs, 60, 86_400, PremiumTauBounds),
    bound!(MarketParams, cover_market_ppm, 10_000, 1_000_000, CoverMarketBounds),
    bound!(MarketParams, dynamic.initial_max_ppm, 10_000, 1_000_000, InitialMaxBounds),
    bound!(MarketParams, dynamic.initial_z_milli, 0, 20_000, MarginMultipleBounds),
    bound!(MarketParams, dynamic.maintenance_z_milli, 0, 20_000, MarginMultipleBounds),
    bound!(MarketParams, dynamic.horizon_secs, 60, 86_400, MarginHorizonBounds),
    bound!(MarketParams, dynamic.decay_secs, 3_600, 2_592_000, MarginDecayBounds),
    bound!(MarketParams, dynamic.ramp_ppm_per_hour, 100, 50_000, MarginRampBounds),
    bound!(MarketParams, dynamic.stress_sigma_ppm, 500, 200_000, StressBounds),
    bound!(MarketParams, dynamic.stress_weight_ppm, 250_000, 1_000_000, StressBounds),
    bound!(MarketParams, demand.r_start_ppm, 100_000, 900_000, ReproductionBounds),
    bound!(MarketParams, demand.r_stop_ppm, 200_000, 950_000, ReproductionBounds),
    bound!(MarketParams, demand.initial_factor_milli, 1_000, 5_000, InitialFactorBounds),
    bound!(MarketParams, demand.depth_ratio_ppm, 1_000_000, 100_000_000, DepthRatioBounds),
    bound!(MarketParams, demand.push_share_ppm, 1_000, 500_000, PushShareBounds),
    bound!(MarketParams, demand.span_bins, 1, 16, SpanBounds),
    bound!(MarketParams, demand.register_secs, 60, 86_400, RegisterAgeBounds),
    bound!(MarketParams, breaker.positions_share_ppm, 10_000, 500_000, BreakerBudgetBounds),
    bound!(MarketParams, breaker.reading_gap_secs, 10, 14_400, BreakerReadingBounds),
    bound!(MarketParams, breaker.blind_secs, 60, 43_200, BreakerReadingBounds),
    bound!(MarketParams, breaker.elevated_min_secs, 10, 3_600, BreakerStayBounds),
    bound!(MarketParams, breaker.elevated_max_secs, 60, 43_200, BreakerStayBounds),
    bound!(MarketParams, breaker.reduce_min_secs, 10, 3_600, BreakerStayBounds),
    bound!(MarketParams, breaker.reduce_max_secs, 60, 43_200, BreakerStayBounds),
    bound!(MarketParams, breaker.halt_min_secs, 10, 3_600, BreakerStayBounds),
    bound!(MarketParams, breaker.halt_max_secs, 60, 43_200, BreakerStayBounds),
    bound!(MarketParams, breaker.recovery_min_secs, 10, 3_600, BreakerStayBounds),
    bound!(MarketParams, breaker.recovery_max_secs, 60, 43_200, BreakerStayBounds),
    bound!(MarketParams, breaker.cooldown_secs, 0, 14_400, BreakerCooldownBounds),
    bound!(MarketParams, breaker.budget_secs, 600, 43_200, BreakerBudgetBounds),
    bound!(MarketParams, breaker.raised_margin_milli, 1_000, 5_000, RaisedMarginBounds),
    bound!(MarketParams, breaker.hits, 1, 8, BreakerReadingBounds),
    bound!(MarketParams, breaker.readings, 1, 8, BreakerReadingBounds),
    // A second time through the nested struct; all of them are in `bounds::oracle`.
    bound!(MarketParams, oracle.reading_age_secs, 1, 120, ReadingAgeBounds),
];

/// Parameters that leave every single one room for both of its bounds. Only the initial margin's smallest value
/// needs a smaller maintenance margin: 1.2 * 5 000 <= 10 000. Decimals and lots are bounded together by the quantum's
/// exponent, 6 + lot exponent - base decimals, which is -6 to 12 when the lot varies and -6 to 6 when the decimals do.
fn widest(world: &World, field: &str) -> MarketParams {
    MarketParams {
        initial_ppm: if field == "dynamic.initial_max_ppm" { 10_000 } else { 1_000_000 },
        maintenance_ppm: match field {
            "initial_ppm" | "dynamic.initial_max_ppm" => 5_000,
            _ => 100_000,
        },
        price_band_ppm: 1_000,
        breaker: widest_breaker(field),
        discount_ppm: 1_000,
        base_decimals: 12,
        lot_exponent: 0,
        dynamic: widest_dynamic(field),
        demand: widest_demand(field),
        oracle: OracleParams { hourly_sigma_ppm: 500, ..params::oracle(&world.markets[0].feed) },
        ..params::market(&world.markets[0].feed)
    }
}

/// Multiples that bound each other, and a highest margin above every initial one.
fn widest_dynamic(field: &str) -> DynamicMarginParams {
    let initial_z_milli = if field == "dynamic.maintenance_z_milli" { 20_000 } else { 0 };
    DynamicMarginParams {
        initial_max_ppm: 1_000_000,
        initial_z_milli,
        maintenance_z_milli: 0,
        ..params::dynamic_margins()
    }
}

/// Levels of a breaker bound each other, so they have no row of their own: see `levels_of_a_breaker_are_bounded`.
const LEVELS: [&str; 12] = [
    "r_elevated_enter_ppm",
    "r_elevated_exit_ppm",
    "r_reduce_enter_ppm",
    "r_reduce_exit_ppm",
    "runway_enter_secs",
    "runway_exit_secs",
    "elevated_enter_milli",
    "elevated_exit_milli",
    "reduce_enter_milli",
    "reduce_exit_milli",
    "halt_enter_milli",
    "halt_exit_milli",
];

/// Stays and counts that leave every single one room.
fn widest_breaker(field: &str) -> BreakerParams {
    BreakerParams {
        elevated_min_secs: 10,
        elevated_max_secs: 43_200,
        reduce_min_secs: 10,
        reduce_max_secs: 43_200,
        halt_min_secs: 10,
        halt_max_secs: 43_200,
        recovery_min_secs: 10,
        recovery_max_secs: 43_200,
        hits: 1,
        readings: if field == "breaker.hits" { 8 } else { 1 },
        ..params::breaker(15_000)
    }
}

#[test]
fn levels_of_a_breaker_are_bounded() {
    let mut world = World::new();
    let oracle = params::oracle(&world.markets[0].feed);
    let base = MarketParams { oracle, ..widest(&World::new(), "") };
    let strict = params::strict_breaker();
    let with = |change: fn(&mut BreakerParams)| {
        let mut breaker = strict;
        change(&mut breaker);
        MarketParams { breaker, ..base }
    };
    let (trip, exit) = (FirebreakError::BreakerTripBounds, FirebreakError::BreakerExitBounds);
    let mixed = FirebreakError::BreakerInconsistent;
    let wrong: [(MarketParams, FirebreakError); 16] = [
        (with(|breaker| breaker.elevated_enter_milli = 2_999), trip),
        (with(|breaker| breaker.reduce_enter_milli = 60_001), trip),
        (with(|breaker| breaker.halt_enter_milli = 60_001), trip),
        (with(|breaker| breaker.elevated_exit_milli = 999), exit),
        (with(|breaker| breaker.halt_exit_milli = 59_001), exit),
        (with(|breaker| breaker.r_elevated_enter_ppm = 49_999), trip),
        (with(|breaker| breaker.r_reduce_exit_ppm = 49_999), exit),
        (with(|breaker| breaker.runway_exit_secs = 63_072_001), exit),
        // Entered where it is left, levels that do not rise, a halt that would be left into a restriction.
        (with(|breaker| breaker.elevated_exit_milli = breaker.elevated_enter_milli), mixed),
        (with(|breaker| breaker.elevated_enter_milli = breaker.reduce_enter_milli), mixed),
        (with(|breaker| breaker.halt_enter_milli = breaker.reduce_enter_milli), mixed),
        (with(|breaker| breaker.halt_exit_milli = breaker.reduce_enter_milli + 1), mixed),
        (with(|breaker| breaker.r_elevated_enter_ppm = breaker.r_reduce_enter_ppm), mixed),
        (with(|breaker| breaker.runway_enter_secs = breaker.runway_exit_secs), mixed),
        (with(|breaker| breaker.hits = breaker.readings + 1), mixed),
        (with(|breaker| breaker.halt_min_secs = breaker.halt_max_secs + 1), mixed),
    ];
    add(&mut world, with(|_| {})).expect("consistent");
    for (index, (wrong, error)) in wrong.into_iter().enumerate() {
        let failure = add(&mut world, wrong).map(|_| ()).expect_err(&format!("{index}: {error:?}"));
        failure.assert_is(error);
    }
}

/// A band that leaves both of its ends room, unless it is the other end's turn.
fn widest_demand(field: &str) -> DemandParams {
    let (r_start_ppm, r_stop_ppm) = match field {
        "demand.r_stop_ppm" => (100_000, 950_000),
        _ => (500_000, 950_000),
    };
    DemandParams { r_start_ppm, r_stop_ppm, ..params::demand() }
}

fn add(world: &mut World, params: MarketParams) -> Result<Meta, Failure> {
    let (admin, group) = (world.admin.pubkey(), world.group);
    rehearse(world, add_market([&admin, &group], 1, params), &[])
}

fn update(world: &mut World, params: MarketParams) -> Result<Meta, Failure> {
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    rehearse(world, update_market([&admin, &group], &market, params), &[])
}

#[test]
fn a_market_is_added_within_every_bound_and_not_beyond() {
    let mut world = World::new();
    let templates = World::new();
    check(&BOUNDS, |field| widest(&templates, field), |params| add(&mut world, params));
}

/// What identifies the market and its oracle stay as they are in an update; the rest is checked as at the beginning.
#[test]
fn a_market_is_updated_within_every_bound_and_not_beyond() {
    let mut world = World::new();
    let templates = World::new();
    // The least stress is bounded by the oracle's reference.
    let kept = ["base_decimals", "lot_exponent", "oracle.reading_age_secs", "dynamic.stress_sigma_ppm"];
    let bounds: Vec<_> = BOUNDS.into_iter().filter(|bound| !kept.contains(&bound.field)).collect();
    assert_eq!(bounds.len(), 52);
    let oracle = params::oracle(&world.markets[0].feed);
    let widest =
        |field: &str| MarketParams { base_decimals: 9, lot_exponent: 7, oracle, ..widest(&templates, field) };
    check(&bounds, widest, |params| update(&mut world, params));
}

#[test]
fn every_quantum_that_is_admitted_can_be_converted() {
    let mut world = World::new();
    let base = params::market(&world.markets[0].feed);
    // 6 decimals of the quote mint + lot exponent - base decimals: at most 12.
    let lots = |base_decimals, lot_exponent| MarketParams { base_decimals, lot_exponent, ..base };
    for (right, wrong) in [(lots(12, 18), lots(11, 18)), (lots(0, 6), lots(0, 7))] {
        add(&mut world, right).expect("10^12 quote atoms per quantum");
        add(&mut world, wrong).expect_err("10^13").assert_is(FirebreakError::LotBounds);
    }
    // Quote mints without decimals reach the lower bound, which is -10: 0 + 2 - 12.
    let (admin, quote) = (world.admin.pubkey(), world.new_mint(0));
    let group = pda::group(&admin, 7);
    world.is_auditing = false;
    world.must(&[create_group(&admin, &quote, CreateGroupArgs { id: 7, ..params::group() })], &[]);
    for index in 0..SHARD_COUNT {
        world.must(&[create_shard(&admin, &group, index)], &[]);
    }
    let mut attempt = |params| rehearse(&mut world, add_market([&admin, &group], 0, params), &[]);
    attempt(lots(12, 2)).expect("10^-10 quote atoms per quantum");
    attempt(lots(12, 1)).expect_err("10^-11").assert_is(FirebreakError::LotBounds);
    // Switchboard's -18 makes -28, the least that prices are converted with.
    assert!(price_from_decimal(1_000_000_000_000_000_000_000_000, -28).is_ok());
    assert!(price_from_decimal(1_000_000_000_000_000_000_000_000, -29).is_err());
}

#[test]
fn every_parameter_of_a_market_has_a_row() {
    let source = include_str!("../../../../programs/firebreak/src/instructions/admin/market_params.rs");
    let mut fields = fields_of(source, "MarketParams");
    fields.push("reading_age_secs".to_owned());
    let source =
        include_str!("../../../../programs/firebreak/src/instructions/admin/dynamic_margin_params.rs");
    fields.extend(fields_of(source, "DynamicMarginParams"));
    let source = include_str!("../../../../programs/firebreak/src/instructions/admin/demand_params.rs");
    fields.extend(fields_of(source, "DemandParams"));
    let source = include_str!("../../../../programs/firebreak/src/state/breaker_params.rs");
    fields.extend(fields_of(source, "BreakerParams"));
    let besides = [&["name", "oracle", "dynamic", "demand", "breaker", "portfolio"][..], &LEVELS].concat();
    assert_complete(&BOUNDS, fields, &besides);
}

#[test]
fn parameters_that_constrain_each_other_are_checked_together() {
    let mut world = World::new();
    let oracle = params::oracle(&world.markets[0].feed);
    let base = MarketParams { oracle, ..widest(&World::new(), "") };
    let dynamic = |change: fn(&mut DynamicMarginParams)| {
        let mut dynamic = DynamicMarginParams { initial_z_milli: 5_000, ..params::dynamic_margins() };
        change(&mut dynamic);
        MarketParams { initial_ppm: 400_000, dynamic, ..base }
    };
    let demand = |r_start_ppm, r_stop_ppm| MarketParams {
        demand: DemandParams { r_start_ppm, r_stop_ppm, ..params::demand() },
        ..base
    };
    let pairs: [(MarketParams, MarketParams, FirebreakError); 7] = [
        (
            dynamic(|dynamic| dynamic.initial_max_ppm = 400_000),
            dynamic(|dynamic| dynamic.initial_max_ppm = 399_999),
            FirebreakError::InitialMaxBounds,
        ),
        (
            dynamic(|dynamic| dynamic.maintenance_z_milli = 5_000),
            dynamic(|dynamic| dynamic.maintenance_z_milli = 5_001),
            FirebreakError::MarginMultipleBounds,
        ),
        (
            dynamic(|dynamic| dynamic.stress_sigma_ppm = 20_000),
            dynamic(|dynamic| dynamic.stress_sigma_ppm = 19_999),
            FirebreakError::StressBounds,
        ),
        (demand(450_000, 500_000), demand(450_001, 500_000), FirebreakError::ReproductionBounds),
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
            MarketParams { discount_ppm: 5_000, maintenance_ppm: 5_000, ..base },
            MarketParams { discount_ppm: 5_001, maintenance_ppm: 5_000, ..base },
            FirebreakError::DiscountBounds,
        ),
    ];
    for (right, wrong, error) in pairs {
        add(&mut world, right).unwrap_or_else(|failure| panic!("{error:?}: {failure:?}"));
        add(&mut world, wrong).expect_err("beyond the other parameter").assert_is(error);
        let kept = |params| MarketParams { base_decimals: 9, lot_exponent: 7, ..params };
        update(&mut world, kept(right)).unwrap_or_else(|failure| panic!("{error:?}: {failure:?}"));
        update(&mut world, kept(wrong)).expect_err("the whole set is checked").assert_is(error);
    }
}
