//! From the parameter file to the program's arguments.

use anyhow::{Context, Result};
use firebreak::{
    instructions::{
        AddCollateralArgs, CommitteeParams, ConversionParams, CreateGroupArgs, DemandParams,
        DynamicMarginParams, MarketParams, OracleParams, PortfolioParams,
    },
    oracle::SourceKind,
    state::BreakerParams,
};

use super::params::{
    Breaker, Collateral, Committee, Conversion, Demand, Dynamic, Group, Market, Oracle, OracleKind, Portfolio,
};

impl From<OracleKind> for SourceKind {
    fn from(kind: OracleKind) -> Self {
        match kind {
            OracleKind::PythReceiver => SourceKind::PythReceiver,
            OracleKind::PythReceiverCompatible => SourceKind::PythReceiverCompatible,
            OracleKind::SwitchboardOnDemand => SourceKind::SwitchboardOnDemand,
            OracleKind::SwitchboardOnDemandDevnet => SourceKind::SwitchboardOnDemandDevnet,
        }
    }
}

impl Group {
    /// The program's arguments.
    pub fn args(&self) -> CreateGroupArgs {
        CreateGroupArgs {
            id: self.id,
            guardian: self.guardian.0,
            target_buffer_ppm: self.target_buffer_ppm,
            critical_ppm: self.critical_ppm,
            cover_event_ppm: self.cover_event_ppm,
            protocol_fee_share_ppm: self.protocol_fee_share_ppm,
            cover_day_ppm: self.cover_day_ppm,
            insurance_fee_share_ppm: self.insurance_fee_share_ppm,
            unstake_cooldown_secs: self.unstake_cooldown_secs,
            quote_debt_limit_atoms: self.quote_debt_limit_atoms,
            portfolio_floor_ppm: self.portfolio_floor_ppm,
        }
    }
}

impl Collateral {
    /// The program's arguments.
    pub fn args(&self) -> AddCollateralArgs {
        AddCollateralArgs {
            deposit_cap_atoms: self.deposit_cap_atoms,
            maintenance_weight_ppm: self.maintenance_weight_ppm,
            initial_weight_ppm: self.initial_weight_ppm,
            outflow_share_ppm: self.outflow_share_ppm,
            outflow_floor_atoms: self.outflow_floor_atoms,
            outflow_window_secs: self.outflow_window_secs,
            conversion: self.conversion.as_ref().map(Conversion::args),
            oracle: self.oracle.as_ref().map(Oracle::args),
            portfolio: self.portfolio.as_ref().map(Portfolio::args),
        }
    }
}

impl Conversion {
    /// The program's arguments.
    pub fn args(&self) -> ConversionParams {
        ConversionParams {
            depth_atoms: self.depth_atoms,
            impact_cap_ppm: self.impact_cap_ppm,
            impact_decay_secs: self.impact_decay_secs,
            discount_ppm: self.discount_ppm,
            discount_ramp_secs: self.discount_ramp_secs,
        }
    }
}

impl Oracle {
    /// The program's arguments.
    pub fn args(&self) -> OracleParams {
        OracleParams {
            primary_key: self.primary_key.0,
            secondary_key: self.secondary_key.0,
            third_key: Default::default(),
            feed_id: self.feed_id,
            primary_kind: SourceKind::from(self.primary_kind) as u8,
            secondary_kind: SourceKind::from(self.secondary_kind) as u8,
            third_kind: SourceKind::None as u8,
            reading_age_secs: self.reading_age_secs,
            confidence_ppm: self.confidence_ppm,
            deviation_ppm: self.deviation_ppm,
            ema_tau_secs: self.ema_tau_secs,
            ema_move_ppm_per_sec: self.ema_move_ppm_per_sec,
            hourly_sigma_ppm: self.hourly_sigma_ppm,
            variance_fast_secs: self.variance_fast_secs,
            variance_slow_secs: self.variance_slow_secs,
        }
    }
}

impl Portfolio {
    /// The program's arguments.
    pub fn args(&self) -> PortfolioParams {
        PortfolioParams {
            loading_calm_ppm: self.loading_calm_ppm,
            loading_stressed_ppm: self.loading_stressed_ppm,
            beta_milli: self.beta_milli,
            collateral_row: self.collateral_row,
        }
    }
}

impl Dynamic {
    /// The program's arguments.
    pub fn args(&self) -> DynamicMarginParams {
        DynamicMarginParams {
            initial_max_ppm: self.initial_max_ppm,
            initial_z_milli: self.initial_z_milli,
            maintenance_z_milli: self.maintenance_z_milli,
            horizon_secs: self.horizon_secs,
            decay_secs: self.decay_secs,
            ramp_ppm_per_hour: self.ramp_ppm_per_hour,
            stress_sigma_ppm: self.stress_sigma_ppm,
            stress_weight_ppm: self.stress_weight_ppm,
        }
    }
}

impl Committee {
    /// The program's arguments.
    pub fn args(&self) -> CommitteeParams {
        CommitteeParams {
            reporters: self.reporters.iter().map(|reporter| reporter.0).collect(),
            quorum: self.quorum,
            age_max_secs: self.age_max_secs,
            variance_low_milli: self.variance_low_milli,
            variance_high_milli: self.variance_high_milli,
            depth_low_milli: self.depth_low_milli,
            depth_high_milli: self.depth_high_milli,
        }
    }
}

impl Demand {
    fn args(&self) -> DemandParams {
        DemandParams {
            r_start_ppm: self.r_start_ppm,
            r_stop_ppm: self.r_stop_ppm,
            initial_factor_milli: self.initial_factor_milli,
            depth_ratio_ppm: self.depth_ratio_ppm,
            push_share_ppm: self.push_share_ppm,
            span_bins: self.span_bins,
            register_secs: self.register_secs,
        }
    }
}

impl Breaker {
    fn args(&self) -> BreakerParams {
        BreakerParams {
            r_elevated_enter_ppm: self.r_elevated_enter_ppm,
            r_elevated_exit_ppm: self.r_elevated_exit_ppm,
            r_reduce_enter_ppm: self.r_reduce_enter_ppm,
            r_reduce_exit_ppm: self.r_reduce_exit_ppm,
            runway_enter_secs: self.runway_enter_secs,
            runway_exit_secs: self.runway_exit_secs,
            positions_share_ppm: self.positions_share_ppm,
            elevated_enter_milli: self.elevated_enter_milli,
            elevated_exit_milli: self.elevated_exit_milli,
            reduce_enter_milli: self.reduce_enter_milli,
            reduce_exit_milli: self.reduce_exit_milli,
            halt_enter_milli: self.halt_enter_milli,
            halt_exit_milli: self.halt_exit_milli,
            reading_gap_secs: self.reading_gap_secs,
            blind_secs: self.blind_secs,
            elevated_min_secs: self.elevated_min_secs,
            elevated_max_secs: self.elevated_max_secs,
            reduce_min_secs: self.reduce_min_secs,
            reduce_max_secs: self.reduce_max_secs,
            halt_min_secs: self.halt_min_secs,
            halt_max_secs: self.halt_max_secs,
            recovery_min_secs: self.recovery_min_secs,
            recovery_max_secs: self.recovery_max_secs,
            cooldown_secs: self.cooldown_secs,
            budget_secs: self.budget_secs,
            raised_margin_milli: self.raised_margin_milli,
            hits: self.hits,
            readings: self.readings,
        }
    }
}

impl Market {
    /// The program's arguments.
    ///
    /// # Errors
    /// When the name is empty or longer than 16 bytes.
    pub fn args(&self) -> Result<MarketParams> {
        Ok(MarketParams {
            name: self.name_bytes()?,
            oracle: self.oracle.args(),
            base_decimals: self.base_decimals,
            lot_exponent: self.lot_exponent,
            initial_ppm: self.initial_ppm,
            maintenance_ppm: self.maintenance_ppm,
            profit_weight_ppm: self.profit_weight_ppm,
            size_free_atoms: self.size_free_atoms,
            price_band_ppm: self.price_band_ppm,
            breaker: self.breaker.args(),
            depth_atoms: self.depth_atoms,
            impact_cap_ppm: self.impact_cap_ppm,
            impact_healthy_ppm: self.impact_healthy_ppm,
            impact_decay_secs: self.impact_decay_secs,
            discount_ppm: self.discount_ppm,
            discount_ramp_secs: self.discount_ramp_secs,
            dust_atoms: self.dust_atoms,
            payout_share_ppm: self.payout_share_ppm,
            payout_floor_atoms: self.payout_floor_atoms,
            payout_window_secs: self.payout_window_secs,
            fee_max_ppm: self.fee_max_ppm,
            open_interest_cap_atoms: self.open_interest_cap_atoms,
            position_share_ppm: self.position_share_ppm,
            funding_window_secs: self.funding_window_secs,
            funding_max_ppm: self.funding_max_ppm,
            premium_tau_secs: self.premium_tau_secs,
            cover_market_ppm: self.cover_market_ppm,
            dynamic: self.dynamic.args(),
            demand: self.demand.args(),
            portfolio: self.portfolio.args(),
        })
    }

    /// The name as the program stores it: padded with zeros.
    ///
    /// # Errors
    /// When it is empty or longer than 16 bytes.
    pub fn name_bytes(&self) -> Result<[u8; 16]> {
        let mut bytes = [0; 16];
        let name = self.name.as_bytes();
        let place = bytes.get_mut(..name.len()).filter(|place| !place.is_empty());
        place
            .with_context(|| format!("market name `{}` must have 1 to 16 bytes", self.name))?
            .copy_from_slice(name);
        Ok(bytes)
    }
}
