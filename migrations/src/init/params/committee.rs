//! Committee of reporters of a market in a parameter file.

use serde::Deserialize;

use super::Address;

/// Who forecasts volatility and depth of a market, and how far.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Committee {
    /// Keys of the reporters. None: the committee is silent.
    pub reporters: Vec<Address>,
    /// Fresh reports without which measured values stand alone.
    pub quorum: u8,
    /// Oldest report that counts.
    pub age_max_secs: u32,
    /// Lowest variance that the committee can bring about, in thousandths of the measured one.
    pub variance_low_milli: u16,
    /// Highest such variance.
    pub variance_high_milli: u16,
    /// Lowest depth that the committee can bring about, in thousandths of the market's.
    pub depth_low_milli: u16,
    /// Highest such depth.
    pub depth_high_milli: u16,
}
