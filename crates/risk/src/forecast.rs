//! What a committee of reporters may say about a variance, and how little it can do with it.
//!
//! Every seat of the committee has one voice. A seat whose report is missing or stale speaks for what the program measured
//! itself, and the forecast is the median of all voices. So reporters who fall silent never hand the majority to those who
//! are left: fewer than half of the committee cannot move the forecast out of the range of honest reports and the
//! measured value. And the whole committee cannot move it out of the band around the measured value.

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
    /// What it forecasts: variance of log returns per second.
    pub forecast: VarianceRate,
    /// When it said so.
    pub reported: UnixTime,
}

/// Rules of a committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForecastParams {
    /// Seats, at most [`REPORTERS_MAX`].
    pub seats: u8,
    /// Fresh reports without which the measured value stands alone.
    pub quorum: u8,
    /// Oldest report that counts.
    pub age_max: Seconds,
    /// Lower end of the band relative to the measured value; above one counts as one.
    pub low: Ppm,
    /// Upper end of the band relative to the measured value; below one counts as one.
    pub high: Ppm,
}

/// The forecast at `now`: the median over all seats, absent and stale ones at the measured value, cut to
/// [measured·low rounded up, measured·high rounded down]. The measured value alone with fewer fresh reports than the quorum.
/// Of an even number of voices the larger middle one counts: more variance asks for more margin.
///
/// A report from the future is stale.
///
/// # Errors
/// `DomainError` for more seats than [`REPORTERS_MAX`], a seat that does not exist, or one that reports twice.
pub fn forecast(
    measured: VarianceRate,
    reports: &[Report],
    params: &ForecastParams,
    now: UnixTime,
) -> Result<VarianceRate> {
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
            return Err(RiskError::DomainError);
        }
        if report.reported <= now && Seconds::between(report.reported, now) <= params.age_max {
            *voice = report.forecast;
            // At most one per seat.
            fresh = fresh.saturating_add(1);
        }
    }
    if fresh < params.quorum {
        return Ok(measured);
    }
    // Elements of equal value cannot be told apart, so an unstable sort is enough.
    voices.sort_unstable();
    let median = voices.get(seats >> 1).copied().unwrap_or(measured);
    Ok(banded(measured, median, params))
}

/// The value cut to the band, which always holds the measured one.
fn banded(measured: VarianceRate, value: VarianceRate, params: &ForecastParams) -> VarianceRate {
    let low = mul_ppm_ceil(measured.0, Ppm(params.low.0.min(PPM_ONE))).unwrap_or(measured.0);
    // An end beyond 64 bits does not bind.
    let high = mul_ppm_floor(measured.0, Ppm(params.high.0.max(PPM_ONE))).unwrap_or(u64::MAX);
    VarianceRate(value.0.clamp(low, high))
}
