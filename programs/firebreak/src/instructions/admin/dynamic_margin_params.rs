//! How a market's margins follow its volatility.

use anchor_lang::prelude::*;
use firebreak_risk::{
    hourly::{hourly_sigma_of_variance, variance_of_hourly_sigma},
    margin::Margins,
    units::{Ppm, VarianceRate},
};

use super::MarketParams;
use crate::{constants::*, error::FirebreakError, instructions::require_bounds, state::Row};

/// Parameters of `firebreak_risk::margin`. Its floors are the market's initial and maintenance margin.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct DynamicMarginParams {
    /// Highest initial margin, in ppm of notional.
    pub initial_max_ppm: u32,
    /// Standard deviations that initial margin covers, in thousandths. 0: it stays at its floor.
    pub initial_z_milli: u16,
    /// Standard deviations that maintenance margin covers, in thousandths. 0: it stays at its floor.
    pub maintenance_z_milli: u16,
    /// Time over which a move is covered, in seconds.
    pub horizon_secs: u32,
    /// Time constant with which margins fall, in seconds.
    pub decay_secs: u32,
    /// Fastest rise of maintenance margin, in ppm of notional per hour.
    pub ramp_ppm_per_hour: u32,
    /// Standard deviation of hourly log returns in a stressed market, in ppm.
    pub stress_sigma_ppm: u32,
    /// Weight of the stressed variance, in ppm.
    pub stress_weight_ppm: u32,
}

impl DynamicMarginParams {
    /// Checks every parameter, and those that constrain each other or the rest of the market's.
    ///
    /// # Errors
    /// The bounds error of the first parameter that is out of range.
    pub fn validate(&self, market: &MarketParams) -> Result<()> {
        let multiple = FirebreakError::MarginMultipleBounds;
        let checks = [
            (self.initial_max_ppm, INITIAL_PPM, FirebreakError::InitialMaxBounds),
            (self.initial_z_milli.into(), MARGIN_Z_MILLI, multiple),
            (self.maintenance_z_milli.into(), MARGIN_Z_MILLI, multiple),
            (self.horizon_secs, MARGIN_HORIZON_SECS, FirebreakError::MarginHorizonBounds),
            (self.decay_secs, MARGIN_DECAY_SECS, FirebreakError::MarginDecayBounds),
            (self.ramp_ppm_per_hour, MARGIN_RAMP_PPM_PER_HOUR, FirebreakError::MarginRampBounds),
            (self.stress_sigma_ppm, HOURLY_SIGMA_PPM, FirebreakError::StressBounds),
            (self.stress_weight_ppm, STRESS_WEIGHT_PPM, FirebreakError::StressBounds),
        ];
        for (value, bounds, error) in checks {
            require_bounds(u64::from(value), bounds, error)?;
        }
        ensure!(self.initial_max_ppm >= market.initial_ppm, FirebreakError::InitialMaxBounds);
        // A new position must not be below maintenance when volatility rises alike for both.
        ensure!(self.maintenance_z_milli <= self.initial_z_milli, multiple);
        // Stress that is calmer than usual would lower margins.
        ensure!(self.stress_sigma_ppm >= market.oracle.hourly_sigma_ppm, FirebreakError::StressBounds);
        Ok(())
    }

    /// The parameters of a row as they are.
    pub fn read(row: &Row) -> Self {
        Self {
            initial_max_ppm: row.initial_max_ppm,
            initial_z_milli: row.initial_z_milli,
            maintenance_z_milli: row.maintenance_z_milli,
            horizon_secs: row.margin_horizon_secs,
            decay_secs: row.margin_decay_secs,
            ramp_ppm_per_hour: row.margin_ramp_ppm_per_hour,
            stress_sigma_ppm: hourly_sigma_of_variance(VarianceRate(row.variance_stress_q64)).0,
            stress_weight_ppm: row.stress_weight_ppm,
        }
    }

    /// Copies the parameters into a row.
    pub fn write(&self, row: &mut Row) {
        row.initial_max_ppm = self.initial_max_ppm;
        row.initial_z_milli = self.initial_z_milli;
        row.maintenance_z_milli = self.maintenance_z_milli;
        row.margin_horizon_secs = self.horizon_secs;
        row.margin_decay_secs = self.decay_secs;
        row.margin_ramp_ppm_per_hour = self.ramp_ppm_per_hour;
        row.variance_stress_q64 = variance_of_hourly_sigma(Ppm(self.stress_sigma_ppm)).0;
        row.stress_weight_ppm = self.stress_weight_ppm;
    }
}

/// Replaces a row's floors. Margins that stand at the old ones follow; others stay where volatility has taken them, within
/// the new bounds.
pub fn write_floors(row: &mut Row, initial: Ppm, maintenance: Ppm) {
    let present = row.margins();
    let old = Margins::at(Ppm(row.initial_floor_ppm), Ppm(row.maintenance_floor_ppm), present.updated);
    let new = Margins::at(initial, maintenance, present.updated);
    let moved = |present: u64, old: u64, new: u64| if present > old { present.max(new) } else { new };
    row.initial_floor_ppm = initial.0;
    row.maintenance_floor_ppm = maintenance.0;
    row.set_margins(Margins {
        initial_q16: moved(present.initial_q16, old.initial_q16, new.initial_q16),
        maintenance_q16: moved(present.maintenance_q16, old.maintenance_q16, new.maintenance_q16),
        updated: present.updated,
    });
}
