//! The table of directions, written down a second time as what one more and one less does.

use std::collections::BTreeSet;

use super::*;
use Change::{Loosen, Neutral, Tighten};

fn oracle() -> OracleParams {
    OracleParams {
        primary_key: Pubkey::new_from_array([1; 32]),
        secondary_key: Pubkey::new_from_array([2; 32]),
        third_key: Pubkey::default(),
        feed_id: [3; 32],
        primary_kind: 1,
        secondary_kind: 3,
        third_kind: 5,
        reading_age_secs: 30,
        confidence_ppm: 5_000,
        deviation_ppm: 10_000,
        ema_tau_secs: 600,
        ema_move_ppm_per_sec: 1_000,
        hourly_sigma_ppm: 20_000,
        variance_fast_secs: 3_600,
        variance_slow_secs: 86_400,
    }
}

fn conversion() -> ConversionParams {
    ConversionParams {
        depth_atoms: 5_000_000,
        impact_cap_ppm: 20_000,
        impact_decay_secs: 600,
        discount_ppm: 50_000,
        discount_ramp_secs: 60,
    }
}

fn group() -> GroupParams {
    GroupParams {
        target_buffer_ppm: 200_000,
        critical_ppm: 500_000,
        cover_event_ppm: 500_000,
        protocol_fee_share_ppm: 200_000,
        cover_day_ppm: 900_000,
        insurance_fee_share_ppm: 500_000,
        unstake_cooldown_secs: 86_400,
        quote_debt_limit_atoms: 100,
        portfolio_floor_ppm: 500_000,
    }
}

fn collateral() -> AddCollateralArgs {
    AddCollateralArgs {
        deposit_cap_atoms: 1 << 60,
        maintenance_weight_ppm: 800_000,
        initial_weight_ppm: 700_000,
        outflow_share_ppm: 200_000,
        outflow_floor_atoms: 1_000,
        outflow_window_secs: 3_600,
        conversion: Some(conversion()),
        oracle: Some(oracle()),
        portfolio: Some(portfolio()),
    }
}

fn market() -> MarketParams {
    MarketParams {
        name: [b'A'; 16],
        oracle: oracle(),
        base_decimals: 9,
        lot_exponent: 7,
        initial_ppm: 100_000,
        maintenance_ppm: 50_000,
        profit_weight_ppm: 900_000,
        size_free_atoms: 1 << 40,
        price_band_ppm: 50_000,
        breaker: breaker::breaker(),
        depth_atoms: 5_000_000,
        impact_cap_ppm: 20_000,
        impact_healthy_ppm: 600_000,
        impact_decay_secs: 600,
        discount_ppm: 20_000,
        discount_ramp_secs: 60,
        dust_atoms: 10,
        payout_share_ppm: 200_000,
        payout_floor_atoms: 100,
        payout_window_secs: 3_600,
        fee_max_ppm: 1_000,
        open_interest_cap_atoms: 1 << 50,
        position_share_ppm: 500_000,
        funding_window_secs: 28_800,
        funding_max_ppm: 7_500,
        premium_tau_secs: 3_600,
        cover_market_ppm: 900_000,
        dynamic: dynamic(),
        demand: demand(),
        portfolio: portfolio(),
    }
}

fn portfolio() -> PortfolioParams {
    PortfolioParams {
        loading_calm_ppm: 700_000,
        loading_stressed_ppm: 900_000,
        beta_milli: 1_000,
        collateral_row: 1,
    }
}

fn demand() -> DemandParams {
    DemandParams {
        r_start_ppm: 500_000,
        r_stop_ppm: 900_000,
        initial_factor_milli: 2_000,
        depth_ratio_ppm: 16_000_000,
        push_share_ppm: 50_000,
        span_bins: 3,
        register_secs: 3_600,
    }
}

fn dynamic() -> DynamicMarginParams {
    DynamicMarginParams {
        initial_max_ppm: 500_000,
        initial_z_milli: 7_000,
        maintenance_z_milli: 3_600,
        horizon_secs: 3_600,
        decay_secs: 86_400,
        ramp_ppm_per_hour: 10_000,
        stress_sigma_ppm: 40_000,
        stress_weight_ppm: 250_000,
    }
}

/// Raises and lowers each field by one and compares with what is written here; the fields must be all there are.
macro_rules! assert_directions {
    ($base:expr, $type:ident, [$($field:ident: $up:ident $down:ident),+ $(,)?], besides [$($other:ident),* $(,)?]) => {
        let base = $base;
        assert_eq!(base.change(&base), Neutral, stringify!($type));
        $(
            let (mut more, mut less) = (base.clone(), base.clone());
            more.$field += 1;
            less.$field -= 1;
            assert_eq!(base.change(&more), $up, "one more {}", stringify!($field));
            assert_eq!(base.change(&less), $down, "one less {}", stringify!($field));
        )+
        let mut tried = vec![$(stringify!($field)),+, $(stringify!($other)),*];
        let mut known: Vec<&str> = $type::DIRECTIONS.iter().map(|(name, _)| *name).collect();
        tried.sort_unstable();
        known.sort_unstable();
        assert_eq!(tried, known, stringify!($type));
    };
}

#[test]
fn a_parameter_of_the_group_tightens_in_its_direction_and_loosens_in_the_other() {
    assert_directions!(group(), GroupParams, [
        target_buffer_ppm: Loosen Loosen,
        critical_ppm: Loosen Loosen,
        cover_event_ppm: Loosen Tighten,
        protocol_fee_share_ppm: Loosen Loosen,
        cover_day_ppm: Loosen Tighten,
        insurance_fee_share_ppm: Tighten Loosen,
        unstake_cooldown_secs: Loosen Loosen,
        quote_debt_limit_atoms: Loosen Loosen,
        portfolio_floor_ppm: Loosen Loosen,
    ], besides []);
}

#[test]
fn a_parameter_of_a_market_tightens_in_its_direction_and_loosens_in_the_other() {
    assert_directions!(market(), MarketParams, [
        base_decimals: Loosen Loosen,
        lot_exponent: Loosen Loosen,
        initial_ppm: Tighten Loosen,
        maintenance_ppm: Loosen Loosen,
        profit_weight_ppm: Loosen Tighten,
        size_free_atoms: Loosen Loosen,
        price_band_ppm: Loosen Loosen,
        depth_atoms: Loosen Loosen,
        impact_cap_ppm: Loosen Loosen,
        impact_healthy_ppm: Loosen Loosen,
        impact_decay_secs: Loosen Loosen,
        discount_ppm: Loosen Loosen,
        discount_ramp_secs: Loosen Loosen,
        dust_atoms: Loosen Loosen,
        payout_share_ppm: Loosen Tighten,
        payout_floor_atoms: Loosen Tighten,
        payout_window_secs: Tighten Loosen,
        fee_max_ppm: Loosen Loosen,
        open_interest_cap_atoms: Loosen Tighten,
        position_share_ppm: Loosen Tighten,
        funding_window_secs: Loosen Loosen,
        funding_max_ppm: Loosen Loosen,
        premium_tau_secs: Loosen Loosen,
        cover_market_ppm: Loosen Tighten,
    ], besides [name, oracle, breaker, dynamic, demand, portfolio]);
    assert_eq!(market().change(&MarketParams { name: [b'B'; 16], ..market() }), Loosen);
    let oracle = OracleParams { reading_age_secs: 29, ..oracle() };
    assert_eq!(market().change(&MarketParams { oracle, ..market() }), Loosen);
}

#[test]
fn a_parameter_of_a_collateral_tightens_in_its_direction_and_loosens_in_the_other() {
    assert_directions!(collateral(), AddCollateralArgs, [
        deposit_cap_atoms: Loosen Tighten,
        maintenance_weight_ppm: Loosen Loosen,
        initial_weight_ppm: Loosen Tighten,
        outflow_share_ppm: Loosen Tighten,
        outflow_floor_atoms: Loosen Tighten,
        outflow_window_secs: Tighten Loosen,
    ], besides [conversion, oracle, portfolio]);
    assert_directions!(conversion(), ConversionParams, [
        depth_atoms: Loosen Loosen,
        impact_cap_ppm: Loosen Loosen,
        impact_decay_secs: Loosen Loosen,
        discount_ppm: Loosen Loosen,
        discount_ramp_secs: Loosen Loosen,
    ], besides []);
    assert_directions!(portfolio(), PortfolioParams, [
        loading_calm_ppm: Loosen Loosen,
        loading_stressed_ppm: Loosen Loosen,
        beta_milli: Loosen Loosen,
        collateral_row: Loosen Loosen,
    ], besides []);
    let none = AddCollateralArgs { conversion: None, ..collateral() };
    assert_eq!(collateral().change(&none), Loosen);
    assert_eq!(none.change(&collateral()), Loosen);
    assert_eq!(none.change(&none), Neutral);
    let other = ConversionParams { discount_ppm: 49_999, ..conversion() };
    assert_eq!(collateral().change(&AddCollateralArgs { conversion: Some(other), ..collateral() }), Loosen);
}

#[test]
fn margins_that_follow_volatility_tighten_for_new_risk_only() {
    assert_directions!(dynamic(), DynamicMarginParams, [
        initial_max_ppm: Loosen Loosen,
        initial_z_milli: Tighten Loosen,
        maintenance_z_milli: Loosen Loosen,
        horizon_secs: Loosen Loosen,
        decay_secs: Loosen Loosen,
        ramp_ppm_per_hour: Loosen Loosen,
        stress_sigma_ppm: Loosen Loosen,
        stress_weight_ppm: Loosen Loosen,
    ], besides []);
    let tighter = DynamicMarginParams { initial_z_milli: 7_001, ..dynamic() };
    assert_eq!(market().change(&MarketParams { dynamic: tighter, ..market() }), Tighten);
}

#[test]
fn limits_that_follow_demand_tighten_in_one_direction() {
    assert_directions!(demand(), DemandParams, [
        r_start_ppm: Loosen Tighten,
        r_stop_ppm: Loosen Tighten,
        initial_factor_milli: Tighten Loosen,
        depth_ratio_ppm: Loosen Tighten,
        push_share_ppm: Loosen Loosen,
        span_bins: Loosen Loosen,
        register_secs: Tighten Loosen,
    ], besides []);
    let tighter = DemandParams { r_stop_ppm: 800_000, ..demand() };
    assert_eq!(market().change(&MarketParams { demand: tighter, ..market() }), Tighten);
}

#[test]
fn any_change_of_an_oracle_loosens() {
    assert_directions!(oracle(), OracleParams, [
        primary_kind: Loosen Loosen,
        secondary_kind: Loosen Loosen,
        third_kind: Loosen Loosen,
        reading_age_secs: Loosen Loosen,
        confidence_ppm: Loosen Loosen,
        deviation_ppm: Loosen Loosen,
        ema_tau_secs: Loosen Loosen,
        ema_move_ppm_per_sec: Loosen Loosen,
        hourly_sigma_ppm: Loosen Loosen,
        variance_fast_secs: Loosen Loosen,
        variance_slow_secs: Loosen Loosen,
    ], besides [primary_key, secondary_key, third_key, feed_id]);
    let key = Pubkey::new_from_array([9; 32]);
    for other in [
        OracleParams { primary_key: key, ..oracle() },
        OracleParams { secondary_key: key, ..oracle() },
        OracleParams { third_key: key, ..oracle() },
        OracleParams { feed_id: [9; 32], ..oracle() },
    ] {
        assert_eq!(oracle().change(&other), Loosen);
    }
}

fn committee() -> CommitteeParams {
    CommitteeParams {
        reporters: vec![Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32])],
        quorum: 2,
        age_max_secs: 60,
        variance_low_milli: 500,
        variance_high_milli: 4_000,
        depth_low_milli: 250,
        depth_high_milli: 2_000,
    }
}

#[test]
fn any_change_of_a_committee_loosens() {
    assert_directions!(committee(), CommitteeParams, [
        quorum: Loosen Loosen,
        age_max_secs: Loosen Loosen,
        variance_low_milli: Loosen Loosen,
        variance_high_milli: Loosen Loosen,
        depth_low_milli: Loosen Loosen,
        depth_high_milli: Loosen Loosen,
    ], besides [reporters]);
    assert_eq!(committee().change(&CommitteeParams { reporters: Vec::new(), ..committee() }), Loosen);
}

#[test]
fn one_loosening_among_tightenings_loosens() {
    let tighter = MarketParams { initial_ppm: 110_000, position_share_ppm: 1_000, ..market() };
    assert_eq!(market().change(&tighter), Tighten);
    let mixed = MarketParams { payout_floor_atoms: 101, ..tighter };
    assert_eq!(market().change(&mixed), Loosen);
    assert_eq!(mixed.change(&market()), Loosen);
}

#[test]
fn differences_are_named_one_by_one_with_what_each_does() {
    let oracle = OracleParams { reading_age_secs: 31, ..oracle() };
    let new = MarketParams { initial_ppm: 100_001, payout_floor_atoms: 101, oracle, ..market() };
    let found: Vec<_> = market()
        .differences(&new)
        .into_iter()
        .map(|difference| (difference.name, difference.old, difference.new, difference.change))
        .collect();
    let expected = [
        ("oracle.reading_age_secs", "30", "31", Loosen),
        ("initial_ppm", "100000", "100001", Tighten),
        ("payout_floor_atoms", "100", "101", Loosen),
    ];
    let expected = expected.map(|(name, old, new, change)| (name.into(), old.into(), new.into(), change));
    assert_eq!(found, expected);
    assert_eq!(market().differences(&market()), []);
}

/// Names of the fields of a struct, from its source.
fn fields_of(source: &str, name: &str) -> Vec<String> {
    let body = source.split_once(&format!("pub struct {name} {{")).expect("the struct").1;
    let body = body.split_once("\n}").expect("its end").0;
    let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub "));
    fields.filter_map(|field| Some(field.split_once(':')?.0.to_owned())).collect()
}

#[test]
fn every_field_of_every_set_of_parameters_stands_in_the_table_once() {
    let tables = [
        (include_str!("../group_params.rs"), "GroupParams", GroupParams::DIRECTIONS),
        (include_str!("../market_params.rs"), "MarketParams", MarketParams::DIRECTIONS),
        (include_str!("../add_collateral.rs"), "AddCollateralArgs", AddCollateralArgs::DIRECTIONS),
        (include_str!("../add_collateral.rs"), "ConversionParams", ConversionParams::DIRECTIONS),
        (include_str!("../../../state/breaker_params.rs"), "BreakerParams", BreakerParams::DIRECTIONS),
        (include_str!("../../committee/committee_params.rs"), "CommitteeParams", CommitteeParams::DIRECTIONS),
        (include_str!("../demand_params.rs"), "DemandParams", DemandParams::DIRECTIONS),
        (include_str!("../dynamic_margin_params.rs"), "DynamicMarginParams", DynamicMarginParams::DIRECTIONS),
        (include_str!("../oracle_params.rs"), "OracleParams", OracleParams::DIRECTIONS),
    ];
    for (source, name, table) in tables {
        let listed: Vec<&str> = table.iter().map(|(field, _)| *field).collect();
        let distinct: BTreeSet<&str> = listed.iter().copied().collect();
        assert_eq!(distinct.len(), listed.len(), "{name}");
        assert_eq!(distinct, fields_of(source, name).iter().map(String::as_str).collect(), "{name}");
    }
}

#[test]
fn the_administrator_may_do_anything_and_the_guardian_only_tighten() {
    let [admin, guardian, stranger] = [1, 2, 3].map(|byte| Pubkey::new_from_array([byte; 32]));
    let group = Group { admin, guardian, ..bytemuck::Zeroable::zeroed() };
    let code = |signer: &Pubkey, change| {
        require_may(&group, signer, change).map_err(|error| match error {
            anchor_lang::error::Error::AnchorError(error) => error.error_code_number,
            other => panic!("{other:?}"),
        })
    };
    for change in [Neutral, Tighten, Loosen] {
        assert_eq!(code(&admin, change), Ok(()));
        let not_guardian = Err(FirebreakError::NotGuardian.into());
        assert_eq!(code(&stranger, change), not_guardian, "{change:?}");
    }
    assert_eq!(code(&guardian, Tighten), Ok(()));
    for change in [Neutral, Loosen] {
        assert_eq!(code(&guardian, change), Err(FirebreakError::NotAdmin.into()), "{change:?}");
    }
}

mod breaker;
