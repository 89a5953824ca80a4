//! Oracle parameters, shared by markets and collaterals.

use anchor_lang::prelude::*;
use firebreak_risk::{
    hourly::{hourly_sigma_of_variance, variance_of_hourly_sigma},
    units::{Ppm, VarianceRate},
};

use crate::{
    constants::*,
    error::FirebreakError,
    instructions::require_bounds,
    oracle::SourceKind,
    state::{Group, Row},
};

/// Sources of a row and the guards in front of them.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct OracleParams {
    /// Address of the primary oracle account.
    pub primary_key: Pubkey,
    /// Address of the secondary oracle account, of another network.
    pub secondary_key: Pubkey,
    /// Address of the third oracle account. Default without one.
    pub third_key: Pubkey,
    /// Feed id inside the accounts, where they have one.
    pub feed_id: [u8; 32],
    /// [`SourceKind`] of the primary as a number.
    pub primary_kind: u8,
    /// [`SourceKind`] of the secondary as a number.
    pub secondary_kind: u8,
    /// [`SourceKind`] of the third source as a number. 0: none.
    pub third_kind: u8,
    /// Oldest reading that still counts, in seconds.
    pub reading_age_secs: u16,
    /// Largest relative confidence of a good reading, in ppm.
    pub confidence_ppm: u16,
    /// Largest relative difference between the sources, in ppm.
    pub deviation_ppm: u32,
    /// Time constant of the EMA price, in seconds.
    pub ema_tau_secs: u32,
    /// Fastest move of the EMA price, in ppm per second.
    pub ema_move_ppm_per_sec: u16,
    /// Reference standard deviation of hourly log returns, in ppm.
    pub hourly_sigma_ppm: u32,
    /// Time constant of the fast variance, in seconds.
    pub variance_fast_secs: u32,
    /// Time constant of the slow variance, in seconds.
    pub variance_slow_secs: u32,
}

impl OracleParams {
    /// Checks every parameter against its bounds.
    ///
    /// # Errors
    /// `OracleKinds`, `DefaultKey`, or the bounds error of a parameter.
    pub fn validate(&self) -> Result<()> {
        self.validate_sources()?;
        let checks = [
            (self.reading_age_secs.into(), READING_AGE_SECS, FirebreakError::ReadingAgeBounds),
            (self.confidence_ppm.into(), CONFIDENCE_PPM, FirebreakError::ConfidenceBounds),
            (self.deviation_ppm, DEVIATION_PPM, FirebreakError::DeviationBounds),
            (self.ema_tau_secs, EMA_TAU_SECS, FirebreakError::EmaTauBounds),
            (self.ema_move_ppm_per_sec.into(), EMA_MOVE_PPM_PER_SEC, FirebreakError::EmaMoveBounds),
            (self.hourly_sigma_ppm, HOURLY_SIGMA_PPM, FirebreakError::HourlySigmaBounds),
            (self.variance_fast_secs, VARIANCE_FAST_SECS, FirebreakError::VarianceHorizonBounds),
            (self.variance_slow_secs, VARIANCE_SLOW_SECS, FirebreakError::VarianceHorizonBounds),
        ];
        for (value, bounds, error) in checks {
            require_bounds(u64::from(value), bounds, error)?;
        }
        ensure!(self.variance_fast_secs < self.variance_slow_secs, FirebreakError::VarianceHorizonBounds);
        Ok(())
    }

    /// A third source may be of any known kind, also of a network that the row has already: it makes a median, and
    /// `combine_sources` never lets one network decide alone.
    fn validate_sources(&self) -> Result<()> {
        let primary = SourceKind::from_u8(self.primary_kind);
        let secondary = SourceKind::from_u8(self.secondary_kind);
        ensure!(
            primary != SourceKind::None
                && secondary != SourceKind::None
                && primary.network() != secondary.network()
                && self.primary_key != self.secondary_key,
            FirebreakError::OracleKinds
        );
        ensure!(
            self.primary_key != Pubkey::default() && self.secondary_key != Pubkey::default(),
            FirebreakError::DefaultKey
        );
        if self.third_kind == SourceKind::None as u8 {
            ensure!(self.third_key == Pubkey::default(), FirebreakError::OracleKinds);
            return Ok(());
        }
        ensure!(
            SourceKind::from_u8(self.third_kind) != SourceKind::None
                && self.third_key != self.primary_key
                && self.third_key != self.secondary_key,
            FirebreakError::OracleKinds
        );
        ensure!(self.third_key != Pubkey::default(), FirebreakError::DefaultKey);
        Ok(())
    }

    /// The parameters of a row as they are.
    pub fn read(row: &Row) -> Self {
        Self {
            primary_key: row.primary_key,
            secondary_key: row.secondary_key,
            third_key: row.third_key,
            feed_id: row.feed_id,
            primary_kind: row.primary_kind,
            secondary_kind: row.secondary_kind,
            third_kind: row.third_kind,
            reading_age_secs: row.reading_age_secs,
            confidence_ppm: row.confidence_ppm,
            deviation_ppm: row.deviation_ppm,
            ema_tau_secs: row.ema_tau_secs,
            ema_move_ppm_per_sec: row.ema_move_ppm_per_sec,
            hourly_sigma_ppm: hourly_sigma_of_variance(VarianceRate(row.variance_reference_q64)).0,
            variance_fast_secs: row.variance_fast_secs,
            variance_slow_secs: row.variance_slow_secs,
        }
    }

    /// Copies the parameters into a row.
    pub fn write(&self, row: &mut Row) {
        row.primary_key = self.primary_key;
        row.secondary_key = self.secondary_key;
        row.third_key = self.third_key;
        row.feed_id = self.feed_id;
        row.primary_kind = self.primary_kind;
        row.secondary_kind = self.secondary_kind;
        row.third_kind = self.third_kind;
        row.reading_age_secs = self.reading_age_secs;
        row.confidence_ppm = self.confidence_ppm;
        row.deviation_ppm = self.deviation_ppm;
        row.ema_tau_secs = self.ema_tau_secs;
        row.ema_move_ppm_per_sec = self.ema_move_ppm_per_sec;
        row.variance_reference_q64 = variance_of_hourly_sigma(Ppm(self.hourly_sigma_ppm)).0;
        row.variance_fast_secs = self.variance_fast_secs;
        row.variance_slow_secs = self.variance_slow_secs;
    }
}

/// Power of ten from "currency units per whole token" to "quote atoms per quantum of 10^lot base atoms".
///
/// # Errors
/// `LotBounds` when prices could not be converted with it.
pub fn quantum_exponent(group: &Group, base_decimals: u8, lot_exponent: u8) -> Result<i8> {
    let exponent = i16::from(group.quote_decimals) + i16::from(lot_exponent) - i16::from(base_decimals);
    let exponent = i8::try_from(exponent).map_err(|_| FirebreakError::LotBounds)?;
    require_convertible(exponent)?;
    Ok(exponent)
}

/// Fails unless readings of every source can be converted with this power of ten.
///
/// # Errors
/// `LotBounds`.
pub(super) fn require_convertible(exponent: i8) -> Result<()> {
    let bounds = QUANTUM_EXPONENT_MIN..=QUANTUM_EXPONENT_MAX;
    ensure!(bounds.contains(&exponent.into()), FirebreakError::LotBounds);
    Ok(())
}

#[cfg(test)]
mod tests;
