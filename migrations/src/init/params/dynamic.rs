//! Margins and limits of a market in a parameter file.

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

/// How an asset counts in accounts that are margined as portfolios.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portfolio {
    /// Correlation with the common factor in calm markets.
    pub loading_calm_ppm: u32,
    /// Correlation with the common factor in stress.
    pub loading_stressed_ppm: u32,
    /// Move of the asset per move of the common factor, in thousandths.
    pub beta_milli: u16,
    /// Place of the collateral that is the same asset among the collaterals of this file, the quote mint being 0. Left out:
    /// none. Not for collaterals.
    #[serde(default)]
    pub collateral_row: u16,
}

/// How a market's limits follow its liquidation demand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Reproduction number up to which nothing changes.
    pub r_start_ppm: u32,
    /// Reproduction number from which nothing more is opened.
    pub r_stop_ppm: u32,
    /// Factor on initial margin there, in thousandths.
    pub initial_factor_milli: u16,
    /// Largest open interest of a side over the quote that moves the price by one percent.
    pub depth_ratio_ppm: u32,
    /// Largest share of a side that a rise of maintenance margin may liquidate.
    pub push_share_ppm: u32,
    /// Bins of 3 % over which demand is averaged.
    pub span_bins: u8,
    /// Age up to which registrations count without being renewed.
    pub register_secs: u32,
}
