//! How a market's limits follow its liquidation demand.

use anchor_lang::prelude::*;

use crate::{
    constants::*,
    error::FirebreakError,
    instructions::require_bounds,
    state::{Market, Row},
};

/// Parameters of `firebreak_risk::demand`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemandParams {
    /// Reproduction number R up to which nothing changes, in ppm.
    pub r_start_ppm: u32,
    /// R from which nothing more is opened, in ppm. 4 294 967 295: limits do not follow R.
    pub r_stop_ppm: u32,
    /// Factor on initial margin at that R, in thousandths.
    pub initial_factor_milli: u16,
    /// Largest open interest of a side over the quote that moves the price by one percent, in ppm. 4 294 967 295: the depth
    /// bounds nothing.
    pub depth_ratio_ppm: u32,
    /// Largest share of a side's open interest that a rise of maintenance margin may liquidate, in ppm.
    pub push_share_ppm: u32,
    /// Bins of 3 % over which demand is averaged.
    pub span_bins: u8,
    /// Age up to which registrations count without being renewed, in seconds.
    pub register_secs: u32,
}

impl DemandParams {
    /// Checks every parameter, and those that constrain each other.
    ///
    /// # Errors
    /// The bounds error of the first parameter that is out of range.
    pub fn validate(&self) -> Result<()> {
        let checks = [
            (self.r_start_ppm, R_START_PPM, FirebreakError::ReproductionBounds),
            (self.initial_factor_milli.into(), INITIAL_FACTOR_MILLI, FirebreakError::InitialFactorBounds),
            (self.push_share_ppm, PUSH_SHARE_PPM, FirebreakError::PushShareBounds),
            (self.span_bins.into(), SPAN_BINS, FirebreakError::SpanBounds),
            (self.register_secs, REGISTER_SECS, FirebreakError::RegisterAgeBounds),
        ];
        for (value, bounds, error) in checks {
            require_bounds(u64::from(value), bounds, error)?;
        }
        if self.depth_ratio_ppm != DEPTH_RATIO_NEVER {
            require_bounds(self.depth_ratio_ppm.into(), DEPTH_RATIO_PPM, FirebreakError::DepthRatioBounds)?;
        }
        if self.r_stop_ppm == R_STOP_NEVER {
            return Ok(());
        }
        require_bounds(self.r_stop_ppm.into(), R_STOP_PPM, FirebreakError::ReproductionBounds)?;
        // A step instead of a curve would close the market and open it again at each fold.
        ensure!(
            self.r_stop_ppm.saturating_sub(self.r_start_ppm) >= R_BAND_PPM_MIN,
            FirebreakError::ReproductionBounds
        );
        Ok(())
    }

    /// The parameters of a market as they are.
    pub fn read(market: &Market) -> Self {
        Self {
            r_start_ppm: market.r_start_ppm,
            r_stop_ppm: market.r_stop_ppm,
            initial_factor_milli: market.initial_factor_milli,
            depth_ratio_ppm: market.depth_ratio_ppm,
            push_share_ppm: market.push_share_ppm,
            span_bins: market.span_bins,
            register_secs: market.register_secs,
        }
    }

    /// Copies them into the cold account; the next fold goes by them.
    pub fn write(&self, market: &mut Market) {
        market.r_start_ppm = self.r_start_ppm;
        market.r_stop_ppm = self.r_stop_ppm;
        market.initial_factor_milli = self.initial_factor_milli;
        market.depth_ratio_ppm = self.depth_ratio_ppm;
        market.push_share_ppm = self.push_share_ppm;
        market.span_bins = self.span_bins;
        market.register_secs = self.register_secs;
    }
}

/// Keeps what the last fold admitted within caps that were lowered since; a higher cap waits for the next fold.
pub(super) fn limit_growth(row: &mut Row) {
    let cap = row.open_interest_cap_atoms;
    for side in &mut row.sides {
        side.growth_cap_atoms = side.growth_cap_atoms.min(cap);
    }
}
