//! From "currency units per whole token" to quote atoms per quantum.

use crate::{
    error::{Result, RiskError},
    units::{Price, PRICE_BITS},
};

/// Smallest power of ten that a mantissa can be multiplied with.
pub const EXPONENT_MIN: i32 = -28;
/// Largest power of ten that a mantissa can be multiplied with.
pub const EXPONENT_MAX: i32 = 12;

/// Converts `mantissa * 10^exponent` into a [`Price`], rounded down.
///
/// `exponent` already contains the row's power of ten from "currency units per whole token" to "quote atoms per
/// quantum".
///
/// # Errors
/// `ExponentOutOfRange` outside [`EXPONENT_MIN`]..=[`EXPONENT_MAX`]; `PriceOutOfRange` when the mantissa is not
/// positive, the price needs more than 64 bits or rounds to zero.
pub fn price_from_decimal(mantissa: i128, exponent: i32) -> Result<Price> {
    if mantissa <= 0 {
        return Err(RiskError::PriceOutOfRange);
    }
    let scaled = scale_decimal(mantissa.unsigned_abs(), exponent)?;
    if scaled == 0 {
        return Err(RiskError::PriceOutOfRange);
    }
    Ok(Price(scaled))
}

/// `value * 10^exponent * 2^32`, rounded down.
///
/// # Errors
/// As [`price_from_decimal`], but zero is allowed.
pub(super) fn scale_decimal(value: u128, exponent: i32) -> Result<u64> {
    if !(EXPONENT_MIN..=EXPONENT_MAX).contains(&exponent) {
        return Err(RiskError::ExponentOutOfRange);
    }
    let power = 10u128.checked_pow(exponent.unsigned_abs()).ok_or(RiskError::ExponentOutOfRange)?;
    let exact = if exponent >= 0 {
        let product = value.checked_mul(power).ok_or(RiskError::PriceOutOfRange)?;
        shifted(product).ok_or(RiskError::PriceOutOfRange)?
    } else {
        divide_shifted(value, power)?
    };
    u64::try_from(exact).map_err(|_| RiskError::PriceOutOfRange)
}

fn shifted(value: u128) -> Option<u128> {
    (value.leading_zeros() >= PRICE_BITS).then_some(value << PRICE_BITS)
}

/// `floor(value * 2^32 / power)`, also when `value * 2^32` needs more than 128 bits: the whole part and the
/// remainder are shifted separately. `power` is at most 10^28 < 2^94, so a remainder always has room.
fn divide_shifted(value: u128, power: u128) -> Result<u128> {
    if let Some(wide) = shifted(value) {
        return wide.checked_div(power).ok_or(RiskError::DivisionByZero);
    }
    let whole = value.checked_div(power).ok_or(RiskError::DivisionByZero)?;
    let rest = value.checked_rem(power).ok_or(RiskError::DivisionByZero)?;
    let high = shifted(whole).ok_or(RiskError::PriceOutOfRange)?;
    let low = shifted(rest).and_then(|r| r.checked_div(power)).ok_or(RiskError::PriceOutOfRange)?;
    high.checked_add(low).ok_or(RiskError::PriceOutOfRange)
}
