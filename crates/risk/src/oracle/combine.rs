//! Judging one source, and making one price of two.

use super::{
    convert::{price_from_decimal, scale_decimal},
    Decoded, Verdict,
};
use crate::{
    math::fixed::mul_ppm_floor,
    units::{Ppm, Price, Seconds, UnixTime},
};

/// Seconds by which a publish time may lie ahead of the chain's clock, which trails the wall clock a little.
pub const FUTURE_SKEW_SECS: u64 = 5;

/// Why a source cannot be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    /// Wrong owner, address, discriminator, length, feed or verification level.
    WrongAccount = 1,
    /// Zero or negative price, or not representable.
    BadPrice = 2,
    /// The exponent is out of range.
    BadExponent = 3,
    /// The confidence is at least as large as the price, or zero data.
    BadConfidence = 4,
    /// Published after the chain's clock.
    FromFuture = 5,
    /// Older than the reading age allows.
    TooOld = 6,
    /// Older than a reading that was already accepted.
    Replayed = 7,
    /// The source itself says that it is not trading, or has too few samples.
    Halted = 8,
}

/// Guards of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLimits {
    /// Oldest reading that still counts.
    pub age_max: Seconds,
    /// Widest band of a good reading, relative to the price.
    pub confidence_max: Ppm,
    /// Largest difference between two sources, relative to the price.
    pub deviation_max: Ppm,
    /// Power of ten from "currency units per whole token" to "quote atoms per quantum".
    pub quantum_exponent: i32,
}

/// A source that passed the guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Price per quantum.
    pub price: Price,
    /// Half-width of the band.
    pub confidence: Price,
    /// Publish time.
    pub publish: UnixTime,
}

/// What two sources say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The verdict; without a price ([`Verdict::has_price`]) the other fields are zero.
    pub verdict: Verdict,
    /// Risk price.
    pub price: Price,
    /// Half-width of its band, never wider than the row's bound for a good reading.
    pub confidence: Price,
    /// Publish time of the risk price.
    pub publish: UnixTime,
}

/// Judges one source. `newest` is the newest publish time accepted from it so far; the same second may come again
/// and replaces, an older one is refused.
///
/// # Errors
/// The [`Fault`] that was found first.
pub fn judge(
    decoded: Result<Decoded, Fault>,
    limits: &SourceLimits,
    newest: UnixTime,
    now: UnixTime,
) -> Result<Reading, Fault> {
    let decoded = decoded?;
    if Seconds::between(now, decoded.publish).0 > FUTURE_SKEW_SECS {
        return Err(Fault::FromFuture);
    }
    if Seconds::between(decoded.publish, now) > limits.age_max {
        return Err(Fault::TooOld);
    }
    if decoded.publish < newest {
        return Err(Fault::Replayed);
    }
    let exponent = decoded.exponent.saturating_add(limits.quantum_exponent);
    let price = price_from_decimal(decoded.mantissa, exponent).map_err(|error| match error {
        crate::RiskError::ExponentOutOfRange => Fault::BadExponent,
        _ => Fault::BadPrice,
    })?;
    if decoded.confidence >= decoded.mantissa.unsigned_abs() {
        return Err(Fault::BadConfidence);
    }
    let confidence = scale_decimal(decoded.confidence, exponent).map_err(|_| Fault::BadConfidence)?;
    Ok(Reading { price, confidence: Price(confidence), publish: decoded.publish })
}

/// Makes one assessment of two judged sources. The primary's price is the risk price; the band covers both.
pub fn combine(
    primary: Result<Reading, Fault>,
    secondary: Result<Reading, Fault>,
    limits: &SourceLimits,
) -> Assessment {
    match (primary, secondary) {
        (Ok(first), Ok(second)) => combine_two(&first, &second, limits),
        (Ok(only), Err(_)) | (Err(_), Ok(only)) => {
            banded(Verdict::SingleSource, &only, only.confidence, limits)
        }
        (Err(_), Err(_)) => without_price(Verdict::Dead),
    }
}

fn combine_two(first: &Reading, second: &Reading, limits: &SourceLimits) -> Assessment {
    let difference = first.price.0.abs_diff(second.price.0);
    // Relative to the smaller price, so that the answer does not depend on which source is the primary.
    if difference > share(first.price.min(second.price), limits.deviation_max) {
        return without_price(Verdict::Diverged);
    }
    let confidence = Price(first.confidence.0.max(second.confidence.0).max(difference));
    banded(Verdict::Good, first, confidence, limits)
}

/// Caps the band at the width of a good reading. A wider one lowers the verdict instead: a source could otherwise
/// liquidate accounts by doubting itself.
pub(super) fn banded(
    verdict: Verdict,
    reading: &Reading,
    confidence: Price,
    limits: &SourceLimits,
) -> Assessment {
    let widest = share(reading.price, limits.confidence_max);
    let is_wide = confidence.0 > widest;
    Assessment {
        verdict: if is_wide { Verdict::Uncertain } else { verdict },
        price: reading.price,
        confidence: Price(confidence.0.min(widest)),
        publish: reading.publish,
    }
}

pub(super) fn without_price(verdict: Verdict) -> Assessment {
    Assessment { verdict, price: Price(0), confidence: Price(0), publish: UnixTime(0) }
}

/// Share of a price, rounded down. A share above one, which the bounds on parameters exclude, saturates.
pub(super) fn share(price: Price, ratio: Ppm) -> u64 {
    mul_ppm_floor(price.0, ratio).unwrap_or(u64::MAX)
}
