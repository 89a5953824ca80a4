//! Parameters of the test group, chosen so that expected values can be worked out by hand.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    instructions::{
        AddCollateralArgs, CommitteeParams, ConversionParams, CreateGroupArgs, DemandParams,
        DynamicMarginParams, MarketParams, OracleParams, PortfolioParams,
    },
    oracle::SourceKind,
    state::BreakerParams,
};

use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::oracle::Feed;

/// Decimals of the quote mint: one quote atom is a millionth of a dollar.
pub const QUOTE_DECIMALS: u8 = 6;
/// Decimals of the collateral mint.
pub const COLLATERAL_DECIMALS: u8 = 9;
/// Quote atoms of one dollar.
pub const DOLLAR: u64 = 1_000_000;
/// Atoms of one whole collateral token.
pub const TOKEN: u64 = 1_000_000_000;
/// Start price in millionths of a dollar. With lots of a hundredth, one lot costs 2 000 000 quote atoms.
pub const START_MICROS: u64 = 200_000_000;
/// Lots of one whole base token.
pub const LOTS_PER_TOKEN: u64 = 100;

/// Group-wide parameters: liquidations end at 1.2 times maintenance, an account is critical below half of it.
pub fn group() -> CreateGroupArgs {
    CreateGroupArgs {
        id: 0,
        guardian: Pubkey::default(),
        target_buffer_ppm: 200_000,
        critical_ppm: 500_000,
        cover_event_ppm: 500_000,
        protocol_fee_share_ppm: 200_000,
        cover_day_ppm: 1_000_000,
        insurance_fee_share_ppm: 500_000,
        unstake_cooldown_secs: 86_400,
        quote_debt_limit_atoms: 100 * DOLLAR,
        // Position by position, so that tests can tell their arithmetic.
        portfolio_floor_ppm: 1_000_000,
    }
}

/// The quote mint.
pub fn quote_collateral() -> AddCollateralArgs {
    AddCollateralArgs {
        deposit_cap_atoms: 1 << 60,
        maintenance_weight_ppm: 0,
        initial_weight_ppm: 0,
        outflow_share_ppm: 1_000_000,
        outflow_floor_atoms: 1 << 60,
        outflow_window_secs: 3_600,
        conversion: None,
        oracle: None,
        portfolio: None,
    }
}

/// The other mint: 80 % of its value for maintenance, 70 % for opening risk.
pub fn token_collateral(feed: &Feed) -> AddCollateralArgs {
    AddCollateralArgs {
        deposit_cap_atoms: 1 << 60,
        maintenance_weight_ppm: 800_000,
        initial_weight_ppm: 700_000,
        outflow_share_ppm: 1_000_000,
        outflow_floor_atoms: 1 << 60,
        outflow_window_secs: 3_600,
        conversion: Some(conversion()),
        oracle: Some(oracle(feed)),
        portfolio: Some(portfolio()),
    }
}

/// Conversions may hold 2 % of the log price: 100 000 dollars at a depth of five million. The discount rises to 5 %
/// within a minute.
pub fn conversion() -> ConversionParams {
    ConversionParams {
        depth_atoms: 5_000_000 * DOLLAR,
        impact_cap_ppm: 20_000,
        impact_decay_secs: 600,
        discount_ppm: 50_000,
        discount_ramp_secs: 60,
    }
}

/// Pyth first, Switchboard second. The slow price follows within ten minutes.
pub fn oracle(feed: &Feed) -> OracleParams {
    OracleParams {
        primary_key: feed.pyth,
        secondary_key: feed.switchboard,
        third_key: Default::default(),
        feed_id: feed.id,
        primary_kind: SourceKind::PythReceiver as u8,
        secondary_kind: SourceKind::SwitchboardOnDemand as u8,
        third_kind: SourceKind::None as u8,
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

/// A market of lots of a hundredth token: 10 % initial and 5 % maintenance margin.
///
/// One standard deviation of the slow price's time constant is 2 % * sqrt(600 / 3600) = 0.816 %, so the breaker
/// trips at 15 * 0.816 % = 12.2 %. Impact may hold 2 % of the log price: 100 000 dollars at a depth of five million,
/// 60 000 of them for accounts that are not critical.
pub fn market(feed: &Feed) -> MarketParams {
    MarketParams {
        name: *b"TOKEN-PERP\0\0\0\0\0\0",
        oracle: oracle(feed),
        base_decimals: COLLATERAL_DECIMALS,
        lot_exponent: 7,
        initial_ppm: 100_000,
        maintenance_ppm: 50_000,
        profit_weight_ppm: 900_000,
        size_free_atoms: 1 << 52,
        price_band_ppm: 50_000,
        breaker: breaker(15_000),
        depth_atoms: 5_000_000 * DOLLAR,
        impact_cap_ppm: 20_000,
        impact_healthy_ppm: 600_000,
        impact_decay_secs: 600,
        discount_ppm: 20_000,
        discount_ramp_secs: 60,
        dust_atoms: 10 * DOLLAR,
        payout_share_ppm: 200_000,
        payout_floor_atoms: 100 * DOLLAR,
        payout_window_secs: 3_600,
        fee_max_ppm: 1_000,
        open_interest_cap_atoms: 1 << 56,
        position_share_ppm: 1_000_000,
        funding_window_secs: 28_800,
        funding_max_ppm: 7_500,
        premium_tau_secs: 3_600,
        cover_market_ppm: 1_000_000,
        dynamic: static_margins(),
        demand: loose_demand(),
        portfolio: portfolio(),
    }
}

/// An asset that moves with all others by 0.7, in stress by 0.9.
pub fn portfolio() -> PortfolioParams {
    PortfolioParams {
        loading_calm_ppm: 700_000,
        loading_stressed_ppm: 900_000,
        beta_milli: 1_000,
        collateral_row: 0,
    }
}

/// A breaker that allows reductions only when two readings in a row are so many thousandths of a deviation away, for one
/// minute to ten, and then is normal again: no margin is raised, nobody's liquidation halts, and R counts for nothing.
pub fn breaker(reduce_enter_milli: u16) -> BreakerParams {
    BreakerParams {
        r_elevated_enter_ppm: u32::MAX - 1,
        r_elevated_exit_ppm: 1_000_000,
        r_reduce_enter_ppm: u32::MAX,
        r_reduce_exit_ppm: 1_000_000,
        runway_enter_secs: 0,
        runway_exit_secs: 1,
        positions_share_ppm: 500_000,
        elevated_enter_milli: reduce_enter_milli - 1,
        elevated_exit_milli: reduce_enter_milli / 2,
        reduce_enter_milli,
        reduce_exit_milli: reduce_enter_milli / 2,
        halt_enter_milli: u16::MAX,
        halt_exit_milli: reduce_enter_milli,
        reading_gap_secs: 14_400,
        blind_secs: 43_200,
        elevated_min_secs: 10,
        elevated_max_secs: 60,
        reduce_min_secs: 60,
        reduce_max_secs: 600,
        halt_min_secs: 60,
        halt_max_secs: 600,
        recovery_min_secs: 10,
        recovery_max_secs: 60,
        cooldown_secs: 0,
        budget_secs: 43_200,
        raised_margin_milli: 1_000,
        hits: 2,
        readings: 2,
    }
}

/// A breaker with all of its states: elevated from eight deviations on, reductions only from fifteen, halted from thirty;
/// half as much margin again where it is raised.
pub fn strict_breaker() -> BreakerParams {
    BreakerParams {
        r_elevated_enter_ppm: 500_000,
        r_elevated_exit_ppm: 300_000,
        r_reduce_enter_ppm: 900_000,
        r_reduce_exit_ppm: 600_000,
        elevated_enter_milli: 8_000,
        elevated_exit_milli: 4_000,
        halt_enter_milli: 30_000,
        halt_exit_milli: 12_000,
        blind_secs: 120,
        raised_margin_milli: 1_500,
        ..breaker(15_000)
    }
}

/// Limits that do not follow demand, so that tests can tell their arithmetic.
pub fn loose_demand() -> DemandParams {
    DemandParams {
        r_stop_ppm: u32::MAX,
        initial_factor_milli: 1_000,
        depth_ratio_ppm: u32::MAX,
        push_share_ppm: 500_000,
        ..demand()
    }
}

/// Limits tighten from R = 0.5 to 0.9; initial margin is doubled there.
pub fn demand() -> DemandParams {
    DemandParams {
        r_start_ppm: 500_000,
        r_stop_ppm: 900_000,
        initial_factor_milli: 2_000,
        depth_ratio_ppm: 16_000_000,
        push_share_ppm: 100_000,
        span_bins: 3,
        register_secs: 3_600,
    }
}

/// Three reports of the last minute are needed; they move the variance to half or four times what is measured, and the depth
/// to a quarter or twice the market's.
pub fn committee(reporters: &[Keypair]) -> CommitteeParams {
    CommitteeParams {
        reporters: reporters.iter().map(Keypair::pubkey).collect(),
        quorum: 3.min(u8::try_from(reporters.len().max(1)).expect("few reporters")),
        age_max_secs: 60,
        variance_low_milli: 500,
        variance_high_milli: 4_000,
        depth_low_milli: 250,
        depth_high_milli: 2_000,
    }
}

/// Margins that stay at their floors, so that tests can tell their arithmetic.
pub fn static_margins() -> DynamicMarginParams {
    DynamicMarginParams { initial_z_milli: 0, maintenance_z_milli: 0, ..dynamic_margins() }
}

/// Initial margin covers seven deviations of an hour, up to half of the notional, maintenance margin 3.6; it rises by 1 % of
/// notional per hour. In stress an hour's deviation is 10 %.
pub fn dynamic_margins() -> DynamicMarginParams {
    DynamicMarginParams {
        initial_max_ppm: 500_000,
        initial_z_milli: 7_000,
        maintenance_z_milli: 3_600,
        horizon_secs: 3_600,
        decay_secs: 86_400,
        ramp_ppm_per_hour: 10_000,
        stress_sigma_ppm: 100_000,
        stress_weight_ppm: 250_000,
    }
}
