//! Natural logarithm and exponential in integers: a table of 64 cells and a polynomial of degree 8, evaluated with
//! the upper words of 64-bit products.
//!
//! No call takes more than nine wide products. Every function is monotone (not strictly), exact at its fixed point
//! (ln 1 = 0, e^0 = 1), and off by no more than the bound in its comment.

use core::num::NonZeroU64;

use crate::error::{Result, RiskError};
use crate::math::exp_ln::tables::{
    EXP_CELL, INVERSE, INVERSE_FACTORIAL, INVERSE_LN_2_Q30, LN_2_Q57, LN_2_Q64, LN_CELL, RECIPROCAL,
};
use crate::math::fixed::{div_rem, low_half, mul_high, mul_high_by, normalised};
use crate::units::{Log, Seconds, LOG_BITS};

mod tables;
#[cfg(test)]
mod tests;

/// Fractional bits of the results of [`exp_neg`] and [`one_minus_exp_neg`].
pub const EXP_BITS: u32 = 63;
/// 1.0 in those results.
pub const EXP_ONE: u64 = 1 << EXP_BITS;
/// Largest error of [`exp_neg`] and [`one_minus_exp_neg`], in units of their last place.
pub const EXP_ERROR_MAX: u64 = 2;
/// Largest argument of [`exp`]: 21.0, whose exponential still fits 2^-32 in 64 bits.
pub const EXP_ARGUMENT_MAX: Log = Log(21 << LOG_BITS);

/// From here on (44.0 in 2^-32) e^-x is below 2^-63.
const EXP_NEG_UNDERFLOW_Q32: u64 = 44 << 32;
/// Below this (2^-6 in 2^-32) no table is needed.
const SMALL_Q32: u64 = 1 << 26;

/// Value of a table of 64 elements at the top six bits of `x`; the fallback is never used.
#[inline]
fn cell<T: Copy + Default>(table: &[T; 64], x: u64) -> T {
    #[allow(clippy::cast_possible_truncation)]
    // as-safety: six bits fit any usize.
    let index = (x >> 58) as usize;
    table.get(index).copied().unwrap_or_default()
}

/// ln(x) in 2^-57 for x >= 1; within 2^-48 + 2^-51 below and 2^-51 above the exact value.
///
/// x = 2^e m with 1 <= m < 2. A table gives c near 1/m with few bits, so r = m c - 1 is exact, 0 <= r <= 2^-6, and
/// ln x = e ln 2 - ln c + ln(1 + r).
///
/// Monotone: m is cut to 48 fractional bits. One step of a cut m raises ln m by at least 2^-49, more than twice
/// what all the approximations together can be off (2^-51), so a larger m never gives a smaller result.
#[inline]
fn ln_q57(x: u64) -> i64 {
    let (x_norm, zeros) = normalised(x);
    let mantissa = x_norm >> 15;
    // The six bits under the leading one select the cell.
    let selector = mantissa << 16;
    // c <= 2^12 and m < 2^49: the product fits and is exact, in 2^-60. It is at least 2^60.
    let product = mantissa.wrapping_mul(u64::from(cell(&RECIPROCAL, selector)));
    let r = product.wrapping_sub(1 << 60) << 4;
    // ln(1 + r) = r - r (r (1/2 - r (1/3 - ...))), cut after r^8/8: off by less than r^9/9 <= 2^-57.
    let [c2, c3, c4, c5, c6, c7, c8] = INVERSE;
    let low_half = low_half();
    let mut tail = mul_high_by(r, c8, low_half);
    for coefficient in [c7, c6, c5, c4, c3, c2] {
        tail = mul_high_by(r, coefficient.wrapping_sub(tail), low_half);
    }
    let ln_1p = r.wrapping_sub(mul_high_by(r, tail, low_half));
    let mantissa_ln = cell(&LN_CELL, selector).wrapping_add(ln_1p >> 7);
    // At most 63 ln 2 + ln 2 < 2^6, so the sum stays below 2^63.
    let exponent = u64::from(63u32.wrapping_sub(zeros));
    mantissa_ln.wrapping_add(exponent.wrapping_mul(LN_2_Q57)).cast_signed()
}

/// From 2^-57 to 2^-40, to nearest.
#[inline]
const fn round_q57(x: i64) -> Log {
    // |x| < 2^63 - 2^16 for every result of `ln_q57` and every difference of two.
    Log(x.wrapping_add(1 << 16) >> 17)
}

/// ln(x) in 2^-40; off by less than 0.51 of the last place.
///
/// # Errors
/// [`RiskError::DomainError`] for zero.
pub fn ln_u64(x: u64) -> Result<Log> {
    if x == 0 {
        return Err(RiskError::DomainError);
    }
    Ok(round_q57(ln_q57(x)))
}

/// ln(num / den) in 2^-40; off by less than 0.51 of the last place, zero exactly for equal arguments.
///
/// # Errors
/// [`RiskError::DomainError`] if an argument is zero.
pub fn ln_ratio(num: u64, den: u64) -> Result<Log> {
    if num == 0 || den == 0 {
        return Err(RiskError::DomainError);
    }
    // Both are in [0, 2^63).
    Ok(round_q57(ln_q57(num).wrapping_sub(ln_q57(den))))
}

/// 1 - e^-t in 2^-64 for t in 2^-64 below 2^-6; off by less than two units of the last place.
#[inline]
fn one_minus_exp_small(t: u64) -> u64 {
    // t - t (t (1/2! - t (1/3! - ...))), cut after t^8/8!: off by less than t^9/9! < 2^-72.
    let [d2, d3, d4, d5, d6, d7, d8] = INVERSE_FACTORIAL;
    let low_half = low_half();
    let mut tail = mul_high_by(t, d8, low_half);
    for coefficient in [d7, d6, d5, d4, d3, d2] {
        tail = mul_high_by(t, coefficient.wrapping_sub(tail), low_half);
    }
    t.wrapping_sub(mul_high_by(t, tail, low_half))
}

/// e^-r in 2^-63 for r in 2^-64 (all values): off by less than 1.6 units of the last place, 1.0 exactly for zero.
#[inline]
fn exp_reduced(r: u64) -> u64 {
    // r = j/64 + t: e^-r = e^(-j/64) - e^(-j/64) (1 - e^-t).
    let head = cell(&EXP_CELL, r);
    head.wrapping_sub(mul_high(head, one_minus_exp_small(r & (u64::MAX >> 6))))
}

/// Estimate of floor(x / ln 2) for x < 64 in 2^-26: never above it, at most one below, and below it only when
/// x / ln 2 is within 2^-23 above a whole number.
#[inline]
const fn doublings(x_q26: u64) -> u64 {
    // x < 2^32 and the constant is below 2^31: the product fits.
    x_q26.wrapping_mul(INVERSE_LN_2_Q30) >> 56
}

/// e^-x in 2^-63, for x in 2^-32; off by less than [`EXP_ERROR_MAX`], exact for zero, zero from x = 44.0 on.
///
/// x = k ln 2 + r, e^-x = 2^-k e^-r.
pub fn exp_neg(x_q32: u64) -> u64 {
    if x_q32 >= EXP_NEG_UNDERFLOW_Q32 {
        return 0;
    }
    let k = doublings(x_q32 >> 6);
    // 0 <= r < 1, so computing it modulo 1 gives it exactly; k ln 2 is off by at most 2^-59.
    let r = (x_q32 << 32).wrapping_sub(k.wrapping_mul(LN_2_Q64));
    // k <= 63. The error of k ln 2 is divided by 2^k as well: below a hundredth of the last place.
    exp_reduced(r).checked_shr(low_u32(k)).unwrap_or(0)
}

/// e^-x in 2^-63, never below the exact value; 1.0 for zero. For decays that must not be too fast.
#[inline]
pub fn exp_neg_ceil(x_q32: u64) -> u64 {
    if x_q32 >= EXP_NEG_UNDERFLOW_Q32 {
        return 1;
    }
    exp_neg(x_q32).wrapping_add(EXP_ERROR_MAX).min(EXP_ONE)
}

/// e^-x in 2^-63, never above the exact value; 1.0 for zero. For weights that must not be too heavy.
#[inline]
pub fn exp_neg_floor(x_q32: u64) -> u64 {
    if x_q32 == 0 {
        return EXP_ONE;
    }
    exp_neg(x_q32).saturating_sub(EXP_ERROR_MAX)
}

/// 1 - e^-x in 2^-63, for x in 2^-32; off by less than [`EXP_ERROR_MAX`], exact for zero.
///
/// Small arguments are not computed by a difference from one: relative to the result the error is below 2^-30 for the
/// smallest positive x (where the last place itself is 2^-31 of it) and below 2^-55 from x = 2^-6 on.
pub fn one_minus_exp_neg(x_q32: u64) -> u64 {
    if x_q32 < SMALL_Q32 {
        one_minus_exp_small(x_q32 << 32) >> 1
    } else {
        EXP_ONE.wrapping_sub(exp_neg(x_q32))
    }
}

/// Share of a distance that is covered after a time by what approaches with a time constant: `1 - e^(-elapsed / tau)`, in
/// 2^-63, the exponent rounded down to 2^-32. Times beyond 2^32 - 1 s count as that.
///
/// # Errors
/// [`RiskError::DivisionByZero`] if `tau` is zero.
pub fn approach_share(elapsed: Seconds, tau: Seconds) -> Result<u64> {
    let tau = NonZeroU64::new(tau.0).ok_or(RiskError::DivisionByZero)?;
    let (exponent_q32, _) = div_rem(elapsed.0.min(u64::from(u32::MAX)) << 32, tau);
    Ok(one_minus_exp_neg(exponent_q32))
}

/// e^x in 2^-32; off by less than one unit of the last place for x <= 0 and less than four for larger x (at most
/// 2^-60 of the result, plus the last place); 2^32 exactly for zero, zero when it underflows.
///
/// # Errors
/// [`RiskError::Overflow`] above [`EXP_ARGUMENT_MAX`].
pub fn exp(x: Log) -> Result<u64> {
    if x > EXP_ARGUMENT_MAX {
        return Err(RiskError::Overflow);
    }
    let magnitude = x.0.unsigned_abs();
    if x.0 <= 0 {
        // e^x < 2^-33 from -23 on, and the bound keeps the reduction in range.
        if magnitude >= 23 << LOG_BITS {
            return Ok(0);
        }
        let k = doublings(magnitude >> 14);
        let r = (magnitude << 24).wrapping_sub(k.wrapping_mul(LN_2_Q64));
        return Ok(exp_reduced(r).checked_shr(low_u32(k.wrapping_add(31))).unwrap_or(0));
    }
    // x = k ln 2 - r with 0 <= r < 1: the argument is raised by one, so that k is never too small.
    let k = doublings((magnitude >> 14).wrapping_add(2)).wrapping_add(1);
    let r = k.wrapping_mul(LN_2_Q64).wrapping_sub(magnitude << 24);
    // k <= 31 because x <= 21 < 31 ln 2. LN_2_Q64 is off by 0.22, so r by less than 7 of its last place.
    Ok(exp_reduced(r).checked_shr(31u32.saturating_sub(low_u32(k))).unwrap_or(0))
}

/// A shift distance; all callers pass less than 128.
#[inline]
#[allow(clippy::cast_possible_truncation)]
const fn low_u32(x: u64) -> u32 {
    // as-safety: below 128 by the callers' bounds.
    x as u32
}
