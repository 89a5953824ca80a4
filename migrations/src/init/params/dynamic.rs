//! Margins in a parameter file.

use serde::Deserialize;

/// How a market's margins follow its volatility.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dynamic {
    /// Highest initial margin.
    pub initial_max_ppm: u32,
    /// Standard deviations that initial margin covers, in thousandths.
    pub initial_z_milli: u16,
    /// Standard deviations that maintenance margin covers, in thousandths.
    pub maintenance_z_milli: u16,
    /// Time over which a move is covered.
    pub horizon_secs: u32,
    /// Time constant with which margins fall.
    pub decay_secs: u32,
    /// Fastest rise of maintenance margin per hour.
    pub ramp_ppm_per_hour: u32,
    /// Standard deviation of hourly log returns in a stressed market.
    pub stress_sigma_ppm: u32,
    /// Weight of the stressed variance.
    pub stress_weight_ppm: u32,
}
