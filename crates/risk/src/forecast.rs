//! What a committee of reporters may say about a measured number, and how little it can do with it.
//!
//! Every seat of the committee has one voice. A seat whose report is missing or stale speaks for what was measured, and the
//! forecast is the median of all voices. So reporters who fall silent never hand the majority to those who are left: fewer
//! than half of the committee cannot move the forecast out of the range of honest reports and the measured value. And the
//! whole committee cannot move it out of the band around the measured value.
//!
//! The numbers are variances or depths: anything that is not negative and of which one direction is the cautious one.

use crate::{
    error::{Result, RiskError},
    math::fixed::{mul_ppm_ceil, mul_ppm_floor},
    units::{Ppm, Seconds, UnixTime, VarianceRate, PPM_ONE},
};

#[cfg(test)]
mod tests;

/// Most seats of a committee.
pub const REPORTERS_MAX: usize = 8;

/// A report of one seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Number of the seat, below the size of the committee.
    pub seat: u8,
    /// What it forecasts, in the unit of what is measured.
    pub value: u64,
    /// When it said so.
    pub reported: UnixTime,
}

/// How far a forecast may be from what is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Lower end relative to the measured value; above one counts as one.
    pub low: Ppm,
    /// Upper end relative to the measured value; below one counts as one.
    pub high: Ppm,
}

/// Which of two middle voices counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caution {
    /// The larger one: of variances, because more of it asks for more margin.
    Larger,
    /// The smaller one: of depths, because less of it admits less.
    Smaller,
}

/// Rules of a committee about one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForecastParams {
    /// Seats, at most [`REPORTERS_MAX`].
    pub seats: u8,
    /// Fresh reports without which the measured value stands alone.
    pub quorum: u8,
    /// Oldest report that counts.
    pub age_max: Seconds,
    /// How far the committee may move the value.
    pub band: Band,
    /// Which of two middle voices counts.
    pub caution: Caution,
}

/// The forecast at `now`: the [`median`], cut to the band around the measured value.
///
/// # Errors
/// As [`median`].
pub fn forecast(measured: u64, reports: &[Report], params: &ForecastParams, now: UnixTime) -> Result<u64> {
    median(measured, reports, params, now).map(|value| params.band.cut(measured, value))
}

/// The median over all seats at `now`, absent and stale ones at the measured value; the measured value itself with fewer
/// fresh reports than the quorum. A report from the future is stale.
///
/// # Errors
/// `DomainError` for more seats than [`REPORTERS_MAX`] or a seat that does not exist, `ReportedTwice` for one that speaks
/// twice.
pub fn median(measured: u64, reports: &[Report], params: &ForecastParams, now: UnixTime) -> Result<u64> {
    let seats = usize::from(params.seats);
    let mut all_voices = [measured; REPORTERS_MAX];
    let voices = all_voices.get_mut(..seats).ok_or(RiskError::DomainError)?;
    let mut has_reported = [false; REPORTERS_MAX];
    let mut fresh = 0u8;
    for report in reports {
        let seat = usize::from(report.seat);
        let voice = voices.get_mut(seat).ok_or(RiskError::DomainError)?;
        let reported = has_reported.get_mut(seat).ok_or(RiskError::DomainError)?;
        if core::mem::replace(reported, true) {
            return Err(RiskError::ReportedTwice);
        }
        if report.reported <= now && Seconds::between(report.reported, now) <= params.age_max {
            *voice = report.value;
            // At most one per seat.
            fresh = fresh.saturating_add(1);
        }
    }
    if fresh < params.quorum {
        return Ok(measured);
    }
    // Elements of equal value cannot be told apart, so an unstable sort is enough.
    voices.sort_unstable();
    let middle = match params.caution {
        Caution::Larger => seats >> 1,
        Caution::Smaller => seats.saturating_sub(1) >> 1,
    };
    Ok(voices.get(middle).copied().unwrap_or(measured))
}

impl Band {
    /// The value cut to [measured·low rounded up, measured·high rounded down], which always holds the measured value.
    pub fn cut(&self, measured: u64, value: u64) -> u64 {
        let low = mul_ppm_ceil(measured, Ppm(self.low.0.min(PPM_ONE))).unwrap_or(measured);
        // An end beyond 64 bits does not bind.
        let high = mul_ppm_floor(measured, Ppm(self.high.0.max(PPM_ONE))).unwrap_or(u64::MAX);
        value.clamp(low, high)
    }
}

/// What a committee last said about a variance. It outlives the measured value that it was said about, so the band is
/// applied where it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The median of its voices.
    pub variance: VarianceRate,
    /// How far it may move what is measured.
    pub band: Band,
}

impl Outlook {
    /// The variance to expect where this much is measured.
    pub fn expected(&self, measured: VarianceRate) -> VarianceRate {
        VarianceRate(self.band.cut(measured.0, self.variance.0))
    }
}
