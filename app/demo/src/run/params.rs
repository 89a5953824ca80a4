//! Parameters of the demonstrated group, in one place, as the report shows them.

use firebreak::{
    constants::NOTIONAL_ATOMS_MAX,
    instructions::{
        AddCollateralArgs, ConversionParams, CreateGroupArgs, DemandParams, DynamicMarginParams,
        MarketParams, OracleParams, PortfolioParams,
    },
    oracle::SourceKind,
    state::BreakerParams,
};

use super::oracle::OracleKeys;
use crate::{footprint::Strength, money::dollars, report::Parameter, scenario::Grid};

/// Decimals of the quote mint.
pub const QUOTE_DECIMALS: u8 = 6;
/// Decimals of SOL.
pub const SOL_DECIMALS: u8 = 9;
/// Taker fee of the venue, in ppm.
pub const TAKER_FEE_PPM: u32 = 500;
/// Maker rebate of the venue, in ppm.
pub const MAKER_REBATE_PPM: u32 = 100;
/// Share of the impact cap open to accounts that are not critical, in ppm.
pub const IMPACT_HEALTHY_PPM: u32 = 600_000;
/// Impact cap, in ppm of the log price.
pub const IMPACT_CAP_PPM: u32 = 20_000;
/// Time constant with which impact fades, in seconds.
pub const IMPACT_DECAY_SECS: u32 = 300;
/// Weight of SOL collateral for maintenance, in ppm.
pub const SOL_WEIGHT_PPM: u32 = 850_000;

/// Whether the market prevents: margins that follow volatility, limits that follow liquidation demand and depth, and a breaker
/// that raises margin, answers to R and halts. Everything else is the same, for comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prevention {
    /// It does.
    #[default]
    On,
    /// Margins stay at their floors, nothing but the caps limits open interest, and the breaker only stops new risk.
    Off,
}

/// One dollar in quote atoms.
pub const DOLLAR: u64 = 1_000_000;
/// Standard deviation of SOL's hourly log returns from 2020-08 to 2026-02, in ppm.
const HOURLY_SIGMA_PPM: u32 = 13_300;

/// Oracles of everything that is priced in SOL.
pub fn oracle(keys: &OracleKeys) -> OracleParams {
    OracleParams {
        primary_key: keys.pyth,
        secondary_key: keys.switchboard,
        third_key: Default::default(),
        feed_id: keys.feed_id,
        primary_kind: SourceKind::PythReceiver as u8,
        secondary_kind: SourceKind::SwitchboardOnDemand as u8,
        third_kind: SourceKind::None as u8,
        reading_age_secs: 60,
        confidence_ppm: 10_000,
        deviation_ppm: 10_000,
        ema_tau_secs: 600,
        ema_move_ppm_per_sec: 500,
        hourly_sigma_ppm: HOURLY_SIGMA_PPM,
        variance_fast_secs: 1_800,
        variance_slow_secs: 86_400,
    }
}

/// The group.
pub fn group() -> CreateGroupArgs {
    CreateGroupArgs {
        id: 1,
        guardian: Default::default(),
        target_buffer_ppm: 200_000,
        critical_ppm: 500_000,
        cover_event_ppm: 250_000,
        protocol_fee_share_ppm: 200_000,
        cover_day_ppm: 500_000,
        insurance_fee_share_ppm: 500_000,
        unstake_cooldown_secs: 604_800,
        quote_debt_limit_atoms: 1_000 * DOLLAR,
        portfolio_floor_ppm: 500_000,
    }
}

/// Quote collateral.
pub fn quote_collateral() -> AddCollateralArgs {
    AddCollateralArgs {
        deposit_cap_atoms: u64::MAX >> 8,
        maintenance_weight_ppm: 0,
        initial_weight_ppm: 0,
        outflow_share_ppm: 200_000,
        outflow_floor_atoms: 10_000_000 * DOLLAR,
        outflow_window_secs: 3_600,
        conversion: None,
        oracle: None,
        portfolio: None,
    }
}

/// SOL collateral.
pub fn sol_collateral(keys: &OracleKeys) -> AddCollateralArgs {
    AddCollateralArgs {
        deposit_cap_atoms: u64::MAX >> 8,
        maintenance_weight_ppm: SOL_WEIGHT_PPM,
        initial_weight_ppm: 800_000,
        outflow_share_ppm: 200_000,
        outflow_floor_atoms: 1 << 50,
        outflow_window_secs: 3_600,
        conversion: Some(ConversionParams {
            depth_atoms: 100_000_000 * DOLLAR,
            impact_cap_ppm: 10_000,
            impact_decay_secs: 300,
            discount_ppm: 50_000,
            discount_ramp_secs: 300,
        }),
        oracle: Some(oracle(keys)),
        portfolio: Some(portfolio(0)),
    }
}

/// The SOL market, the same every day but for the size of a lot. `depth_atoms` follows from the population.
pub fn market(keys: &OracleKeys, grid: &Grid, depth_atoms: u64, prevention: Prevention) -> MarketParams {
    MarketParams {
        name: *b"SOL-PERP\0\0\0\0\0\0\0\0",
        oracle: oracle(keys),
        base_decimals: SOL_DECIMALS,
        lot_exponent: grid.lot_exponent,
        initial_ppm: 100_000,
        maintenance_ppm: 50_000,
        profit_weight_ppm: 500_000,
        size_free_atoms: size_free_atoms(depth_atoms, prevention),
        price_band_ppm: 30_000,
        breaker: breaker(prevention),
        depth_atoms,
        impact_cap_ppm: IMPACT_CAP_PPM,
        impact_healthy_ppm: IMPACT_HEALTHY_PPM,
        impact_decay_secs: IMPACT_DECAY_SECS,
        discount_ppm: 20_000,
        discount_ramp_secs: 60,
        dust_atoms: 50 * DOLLAR,
        payout_share_ppm: 200_000,
        payout_floor_atoms: 10_000 * DOLLAR,
        payout_window_secs: 3_600,
        fee_max_ppm: 2_000,
        open_interest_cap_atoms: 1 << 50,
        position_share_ppm: 250_000,
        funding_window_secs: 28_800,
        funding_max_ppm: 7_500,
        premium_tau_secs: 3_600,
        cover_market_ppm: 500_000,
        dynamic: margins(prevention),
        demand: demand(prevention),
        portfolio: portfolio(SOL_ROW),
    }
}

/// Row of the SOL collateral: the first after the quote mint.
const SOL_ROW: u16 = 1;

/// SOL moves with all else by 0.8, in stress by 0.95. The market's positions and the collateral are the same asset.
fn portfolio(collateral_row: u16) -> PortfolioParams {
    PortfolioParams {
        loading_calm_ppm: 800_000,
        loading_stressed_ppm: 950_000,
        beta_milli: 1_000,
        collateral_row,
    }
}

/// Margins that follow volatility, or with prevention off stay at their floors. Stress is an hourly deviation of 4 %, three
/// times the usual one.
fn margins(prevention: Prevention) -> DynamicMarginParams {
    let (initial_z_milli, maintenance_z_milli) = match prevention {
        Prevention::On => (7_000, 3_600),
        Prevention::Off => (0, 0),
    };
    DynamicMarginParams {
        initial_max_ppm: 500_000,
        initial_z_milli,
        maintenance_z_milli,
        horizon_secs: 3_600,
        decay_secs: 86_400,
        ramp_ppm_per_hour: 10_000,
        stress_sigma_ppm: 40_000,
        stress_weight_ppm: 250_000,
    }
}

/// The breaker: two of three readings at four deviations of half an hour raise margin, at six they allow reductions only, at
/// fifteen nobody is liquidated either. With prevention off it restricts as it did before there were other states: at six
/// deviations, and nothing follows from R or from the insurance.
fn breaker(prevention: Prevention) -> BreakerParams {
    let (raised_margin_milli, halt_enter_milli) = match prevention {
        Prevention::On => (1_500, 15_000),
        Prevention::Off => (1_000, u16::MAX),
    };
    let never = u32::MAX;
    let [r_elevated_enter_ppm, r_reduce_enter_ppm] = match prevention {
        Prevention::On => [700_000, 950_000],
        Prevention::Off => [never - 1, never],
    };
    BreakerParams {
        r_elevated_enter_ppm,
        r_elevated_exit_ppm: 500_000,
        r_reduce_enter_ppm,
        r_reduce_exit_ppm: 700_000,
        runway_enter_secs: 0,
        runway_exit_secs: 1,
        positions_share_ppm: 250_000,
        elevated_enter_milli: 4_000,
        elevated_exit_milli: 2_000,
        reduce_enter_milli: 6_000,
        reduce_exit_milli: 3_000,
        halt_enter_milli,
        halt_exit_milli: 6_000,
        reading_gap_secs: 300,
        blind_secs: 120,
        elevated_min_secs: 60,
        elevated_max_secs: 1_800,
        reduce_min_secs: 120,
        reduce_max_secs: 1_800,
        halt_min_secs: 60,
        halt_max_secs: 300,
        recovery_min_secs: 60,
        recovery_max_secs: 300,
        cooldown_secs: 300,
        budget_secs: 21_600,
        raised_margin_milli,
        hits: 2,
        readings: 3,
    }
}

/// Limits that follow liquidation demand, or with prevention off none but the caps.
fn demand(prevention: Prevention) -> DemandParams {
    let (r_stop_ppm, initial_factor_milli, depth_ratio_ppm) = match prevention {
        Prevention::On => (900_000, 2_000, 16_000_000),
        Prevention::Off => (u32::MAX, 1_000, u32::MAX),
    };
    DemandParams {
        r_start_ppm: 500_000,
        r_stop_ppm,
        initial_factor_milli,
        depth_ratio_ppm,
        push_share_ppm: 100_000,
        span_bins: 3,
        register_secs: 3_600,
    }
}

/// Half a percent of the price, by the depth; without prevention no position is too large.
fn size_free_atoms(depth_atoms: u64, prevention: Prevention) -> u64 {
    match prevention {
        Prevention::On => depth_atoms / 200,
        Prevention::Off => NOTIONAL_ATOMS_MAX,
    }
}

/// Lines of the report.
pub fn described(market: &MarketParams, strength: Strength) -> Vec<Parameter> {
    let share = |ppm: u32| format!("{}.{:02} %", ppm / 10_000, ppm % 10_000 / 100);
    let line = |name: &str, value: String| Parameter { name: name.to_owned(), value };
    vec![
        line("Lowest initial margin", share(market.initial_ppm)),
        line("Lowest maintenance margin", share(market.maintenance_ppm)),
        line("Margins in proportion up to", dollars(market.size_free_atoms.into())),
        line("Margins follow volatility", (market.dynamic.initial_z_milli > 0).to_string()),
        line("Liquidation target above maintenance", share(group().target_buffer_ppm)),
        line("Critical below this share of maintenance", share(group().critical_ppm)),
        line("Impact cap (log price)", share(market.impact_cap_ppm)),
        line("Depth (quote per log price)", dollars(market.depth_atoms.into())),
        line("Impact decay time", format!("{} s", market.impact_decay_secs)),
        line("Keepers' trades move the price, of what depth and decay say", strength.to_string()),
        line("Largest liquidation discount", share(market.discount_ppm)),
        line(
            "Breaker: margin raised, reductions only, halted",
            [
                market.breaker.elevated_enter_milli,
                market.breaker.reduce_enter_milli,
                market.breaker.halt_enter_milli,
            ]
            .map(|milli| format!("{}.{}", milli / 1_000, milli % 1_000 / 100))
            .join(" / ")
                + " standard deviations",
        ),
        line("EMA time constant", format!("{} s", market.oracle.ema_tau_secs)),
        line("Insurance per event", share(group().cover_event_ppm)),
        line("Taker fee / maker rebate", format!("{TAKER_FEE_PPM} / {MAKER_REBATE_PPM} ppm")),
    ]
}
