//! Exact products, quotients and shifts with the direction of rounding in the name.
//!
//! Products are widened, never checked: `u64 * u64` always fits `u128` and `i64 * u64` always fits `i128`, and on
//! the VM a widened product costs a fraction of a checked one. Quotients use 64-bit divisions only.
//! Every function returns an error where the exact result does not fit; none wraps and none panics.

use core::hint::black_box;
use core::num::NonZeroU64;

use crate::error::{Result, RiskError};
use crate::units::{Ppm, PPM_ONE};

#[cfg(test)]
mod tests;

/// [`PPM_ONE`] as a divisor that is known not to be zero.
// as-safety: widening an unsigned integer is lossless (`From` is not const).
const PPM_DIVISOR: NonZeroU64 = match NonZeroU64::new(PPM_ONE as u64) {
    Some(divisor) => divisor,
    None => panic!("PPM_ONE is zero"),
};
const LOW_HALF: u64 = 0xffff_ffff;

/// The lower 64 bits.
#[inline]
#[allow(clippy::cast_possible_truncation)]
pub const fn low_u64(x: u128) -> u64 {
    // as-safety: dropping the upper half is what this function is for.
    x as u64
}

/// The upper 64 bits.
#[inline]
pub const fn high_u64(x: u128) -> u64 {
    low_u64(x >> 64)
}

/// `floor(a * b / 2^64)`; always fits.
#[inline]
pub fn mul_high(a: u64, b: u64) -> u64 {
    mul_high_by(a, b, low_half())
}

/// The mask of the lower half of 64 bits, as a number that the compiler does not know: see [`mul_high_by`].
#[inline]
pub(crate) fn low_half() -> u64 {
    black_box(LOW_HALF)
}

/// [`mul_high`] with the mask given, so that a row of products hides it once.
///
/// Schoolbook in base 2^32: the VM has no instruction for it, and this costs a third of the 128-bit product that the
/// compiler would call. The compiler recognises the schoolbook and would put that call in its place; a mask that it does
/// not know hides it, and nothing but the cost depends on that.
#[inline]
pub(crate) fn mul_high_by(a: u64, b: u64, low_half: u64) -> u64 {
    let (a_high, a_low) = (a >> 32, a & low_half);
    let (b_high, b_low) = (b >> 32, b & low_half);
    // (2^32 - 1)^2 + (2^32 - 1) < 2^64: a digit product and a carry never wrap.
    let middle = a_high.wrapping_mul(b_low).wrapping_add(a_low.wrapping_mul(b_low) >> 32);
    let carry = a_low.wrapping_mul(b_high).wrapping_add(middle & low_half) >> 32;
    a_high.wrapping_mul(b_high).wrapping_add(middle >> 32).wrapping_add(carry)
}

/// `a * b`; always fits.
#[inline]
pub fn mul_wide(a: u64, b: u64) -> u128 {
    (u128::from(mul_high(a, b)) << 64) | u128::from(a.wrapping_mul(b))
}

/// `a * b`; always fits, because |a * b| <= 2^63 * (2^64 - 1) < 2^127.
#[inline]
pub fn mul_wide_iu(a: i64, b: u64) -> i128 {
    // Read as unsigned, a negative `a` is 2^64 too large, and the product b * 2^64.
    let excess = if a < 0 { b } else { 0 };
    with_high_less(mul_wide(a.cast_unsigned(), b), excess)
}

/// `a * b`; always fits, because |a * b| <= 2^126.
#[inline]
pub fn mul_wide_i(a: i64, b: i64) -> i128 {
    // As above, for both factors; the excess over 2^128 vanishes modulo 2^128.
    let excess_a = if a < 0 { b.cast_unsigned() } else { 0 };
    let excess_b = if b < 0 { a.cast_unsigned() } else { 0 };
    with_high_less(mul_wide(a.cast_unsigned(), b.cast_unsigned()), excess_a.wrapping_add(excess_b))
}

/// `x - less * 2^64` modulo 2^128, read as signed.
#[inline]
fn with_high_less(x: u128, less: u64) -> i128 {
    ((u128::from(high_u64(x).wrapping_sub(less)) << 64) | u128::from(low_u64(x))).cast_signed()
}

/// `x` shifted left until one of its top two bits is set, and by how much; an even number of bits. Zero stays zero.
///
/// By bisection: the VM has no instruction that counts zeros, and this costs half of the expansion of
/// `leading_zeros`.
#[inline]
pub const fn normalised_even(x: u64) -> (u64, u32) {
    let (mut x, mut shift) = (x, 0u32);
    if x >> 32 == 0 {
        (x, shift) = (x << 32, 32);
    }
    if x >> 48 == 0 {
        (x, shift) = (x << 16, shift.wrapping_add(16));
    }
    if x >> 56 == 0 {
        (x, shift) = (x << 8, shift.wrapping_add(8));
    }
    if x >> 60 == 0 {
        (x, shift) = (x << 4, shift.wrapping_add(4));
    }
    if x >> 62 == 0 {
        (x, shift) = (x << 2, shift.wrapping_add(2));
    }
    (x, shift)
}

/// `x` shifted left until its top bit is set, and by how much. Zero stays zero.
#[inline]
pub const fn normalised(x: u64) -> (u64, u32) {
    let (x, shift) = normalised_even(x);
    if x >> 63 == 0 {
        (x << 1, shift.wrapping_add(1))
    } else {
        (x, shift)
    }
}

/// `(high * 2^64 + low) << shift` modulo 2^128, upper word first, for a shift below 64.
#[inline]
pub const fn shift_left_pair(high: u64, low: u64, shift: u32) -> (u64, u64) {
    // In two steps, because a shift by 64 is none.
    let moved = (low >> 1).wrapping_shr(63u32.wrapping_sub(shift));
    (high.wrapping_shl(shift) | moved, low.wrapping_shl(shift))
}

/// Quotient (toward zero) and remainder. The divisor's type makes it infallible, and cheap.
#[inline]
#[allow(clippy::integer_division)]
pub fn div_rem(n: u64, d: NonZeroU64) -> (u64, u64) {
    (n / d, n % d)
}

/// The same value in 64 bits, or [`RiskError::Overflow`].
#[inline]
pub fn to_u64(x: u128) -> Result<u64> {
    u64::try_from(x).map_err(|_| RiskError::Overflow)
}

/// The same value in 64 bits, or [`RiskError::Overflow`].
#[inline]
pub fn to_i64(x: i128) -> Result<i64> {
    let (low, high) = (low_u64(x.cast_unsigned()).cast_signed(), high_u64(x.cast_unsigned()).cast_signed());
    // It fits exactly if the upper half repeats the sign; two comparisons of 128 bits cost four times as much.
    if high == low >> 63 {
        Ok(low)
    } else {
        Err(RiskError::Overflow)
    }
}

/// `floor(x / 2^shift)` for any shift.
#[inline]
pub const fn shift_floor(x: i128, shift: u32) -> i128 {
    if shift > 127 {
        // |x| <= 2^127, so only the sign is left.
        x.wrapping_shr(127)
    } else {
        x.wrapping_shr(shift)
    }
}

/// `ceil(x / 2^shift)` for any shift.
#[inline]
pub const fn shift_ceil(x: i128, shift: u32) -> i128 {
    if shift > 127 {
        // as-safety: a bool is 0 or 1. 0 < x < 2^128 rounds up to one, everything else to zero.
        return (x > 0) as i128;
    }
    let floor = x.wrapping_shr(shift);
    // as-safety: a bool is 0 or 1. The sum fits: a bit was lost only if shift >= 1, hence floor < 2^126.
    floor.wrapping_add((floor.wrapping_shl(shift) != x) as i128)
}

/// `floor(a * b / 2^shift)`.
///
/// # Errors
/// [`RiskError::Overflow`] if the result does not fit.
#[inline]
pub fn mul_shift_floor(a: u64, b: u64, shift: u32) -> Result<u64> {
    to_u64(mul_wide(a, b).checked_shr(shift).unwrap_or(0))
}

/// `ceil(a * b / 2^shift)`. Always in line: with the shift known it costs a third less, and every caller knows it.
///
/// # Errors
/// [`RiskError::Overflow`] if the result does not fit.
#[inline(always)]
pub fn mul_shift_ceil(a: u64, b: u64, shift: u32) -> Result<u64> {
    let product = mul_wide(a, b);
    let floor = product.checked_shr(shift).unwrap_or(0);
    // What was shifted out is zero exactly if shifting back restores the product.
    let is_exact = floor.checked_shl(shift).unwrap_or(0) == product;
    to_u64(floor)?.checked_add(u64::from(!is_exact)).ok_or(RiskError::Overflow)
}

/// `floor(a * b / 2^shift)`, toward minus infinity.
///
/// # Errors
/// [`RiskError::Overflow`] if the result does not fit.
#[inline]
pub fn mul_shift_floor_i(a: i64, b: u64, shift: u32) -> Result<i64> {
    to_i64(shift_floor(mul_wide_iu(a, b), shift))
}

/// `ceil(a * b / 2^shift)`, toward plus infinity.
///
/// # Errors
/// [`RiskError::Overflow`] if the result does not fit.
#[inline]
pub fn mul_shift_ceil_i(a: i64, b: u64, shift: u32) -> Result<i64> {
    to_i64(shift_ceil(mul_wide_iu(a, b), shift))
}

/// One base-2^32 digit of Knuth's algorithm D: `floor((rem * 2^32 + next) / d)` for rem < d, d normalised.
#[inline]
fn quotient_digit(rem: u64, next: u64, d_high: NonZeroU64, d_low: u64) -> u64 {
    // The estimate is never too low and at most 2 too high. The range test comes first: above 2^32 - 1 the
    // product could wrap, and `rest` stays below 2^32 for as long as the loop runs.
    let (mut digit, mut rest) = div_rem(rem, d_high);
    // At most two corrections (Knuth, TAOCP 2, section 4.3.1, theorem B).
    while digit > LOW_HALF || digit.wrapping_mul(d_low) > ((rest << 32) | next) {
        digit = digit.wrapping_sub(1);
        rest = rest.wrapping_add(d_high.get());
        if rest > LOW_HALF {
            break;
        }
    }
    digit
}

/// Quotient and remainder of `n / d`, when the quotient fits 64 bits.
///
/// # Errors
/// [`RiskError::DivisionByZero`]; [`RiskError::Overflow`] if the quotient does not fit.
pub fn div_rem_wide(n: u128, d: u64) -> Result<(u64, u64)> {
    let divisor = NonZeroU64::new(d).ok_or(RiskError::DivisionByZero)?;
    let (high, low) = (high_u64(n), low_u64(n));
    if high == 0 {
        return Ok(div_rem(low, divisor));
    }
    if high >= d {
        return Err(RiskError::Overflow);
    }
    // Algorithm D in base 2^32. Normalised so that the divisor's top bit is set; high < d makes it fit.
    let (d_norm, shift) = normalised(d);
    let d_high = NonZeroU64::new(d_norm >> 32).ok_or(RiskError::DivisionByZero)?;
    let (top, rest) = shift_left_pair(high, low, shift);
    let (next, last) = (rest >> 32, rest & LOW_HALF);
    let digit_high = quotient_digit(top, next, d_high, d_norm & LOW_HALF);
    // The true remainder is below d, so computing it modulo 2^64 gives it exactly.
    let middle = (top << 32).wrapping_add(next).wrapping_sub(digit_high.wrapping_mul(d_norm));
    let digit_low = quotient_digit(middle, last, d_high, d_norm & LOW_HALF);
    let rem = (middle << 32).wrapping_add(last).wrapping_sub(digit_low.wrapping_mul(d_norm));
    Ok(((digit_high << 32) | digit_low, rem.wrapping_shr(shift)))
}

/// Quotient and remainder of `n / d` for any quotient.
///
/// # Errors
/// [`RiskError::DivisionByZero`].
pub fn div_rem_u128(n: u128, d: u64) -> Result<(u128, u64)> {
    let divisor = NonZeroU64::new(d).ok_or(RiskError::DivisionByZero)?;
    let (high, low) = (high_u64(n), low_u64(n));
    // Schoolbook in base 2^64: the rest of the upper digit is below d, so the second quotient fits.
    let (quotient_high, rest) = div_rem(high, divisor);
    let (quotient_low, rem) = div_rem_wide((u128::from(rest) << 64) | u128::from(low), d)?;
    Ok(((u128::from(quotient_high) << 64) | u128::from(quotient_low), rem))
}

/// `floor(n / d)`.
///
/// # Errors
/// [`RiskError::DivisionByZero`].
#[inline]
pub fn div_floor_u128(n: u128, d: u64) -> Result<u128> {
    Ok(div_rem_u128(n, d)?.0)
}

/// `ceil(n / d)`.
///
/// # Errors
/// [`RiskError::DivisionByZero`].
#[inline]
pub fn div_ceil_u128(n: u128, d: u64) -> Result<u128> {
    let (quotient, rem) = div_rem_u128(n, d)?;
    // A remainder exists only for d >= 2, hence quotient <= 2^127.
    Ok(quotient.wrapping_add(u128::from(rem != 0)))
}

/// Quotient and remainder of `a * b / d`.
///
/// # Errors
/// [`RiskError::DivisionByZero`]; [`RiskError::Overflow`] if the quotient does not fit.
#[inline]
pub fn mul_div_rem(a: u64, b: u64, d: u64) -> Result<(u64, u64)> {
    div_rem_wide(mul_wide(a, b), d)
}

/// `floor(a * b / d)`.
///
/// # Errors
/// [`RiskError::DivisionByZero`]; [`RiskError::Overflow`] if the result does not fit.
#[inline]
pub fn mul_div_floor(a: u64, b: u64, d: u64) -> Result<u64> {
    Ok(mul_div_rem(a, b, d)?.0)
}

/// `ceil(a * b / d)`.
///
/// # Errors
/// [`RiskError::DivisionByZero`]; [`RiskError::Overflow`] if the result does not fit.
#[inline]
pub fn mul_div_ceil(a: u64, b: u64, d: u64) -> Result<u64> {
    let (quotient, rem) = mul_div_rem(a, b, d)?;
    quotient.checked_add(u64::from(rem != 0)).ok_or(RiskError::Overflow)
}

/// The signed value with this magnitude, or [`RiskError::Overflow`].
#[inline]
fn with_sign(magnitude: u64, is_negative: bool) -> Result<i64> {
    let value = i128::from(magnitude);
    // |value| < 2^64, so its negation fits.
    to_i64(if is_negative { value.wrapping_neg() } else { value })
}

/// `floor(a * b / d)`, toward minus infinity.
///
/// # Errors
/// [`RiskError::DivisionByZero`]; [`RiskError::Overflow`] if the result does not fit.
#[inline]
pub fn mul_div_floor_i(a: i64, b: u64, d: u64) -> Result<i64> {
    let magnitude = a.unsigned_abs();
    if a < 0 {
        with_sign(mul_div_ceil(magnitude, b, d)?, true)
    } else {
        with_sign(mul_div_floor(magnitude, b, d)?, false)
    }
}

/// `ceil(a * b / d)`, toward plus infinity.
///
/// # Errors
/// [`RiskError::DivisionByZero`]; [`RiskError::Overflow`] if the result does not fit.
#[inline]
pub fn mul_div_ceil_i(a: i64, b: u64, d: u64) -> Result<i64> {
    let magnitude = a.unsigned_abs();
    if a < 0 {
        with_sign(mul_div_floor(magnitude, b, d)?, true)
    } else {
        with_sign(mul_div_ceil(magnitude, b, d)?, false)
    }
}

/// Whole part and remainder (in 10^-6) of `x * ppm / 10^6`, in 64-bit arithmetic.
#[inline]
fn mul_ppm_rem(x: u64, ppm: Ppm) -> Result<(u64, u64)> {
    // x = q * 10^6 + r, so x * ppm / 10^6 = q * ppm + r * ppm / 10^6.
    let factor = u64::from(ppm.0);
    let (quotient, rem) = div_rem(x, PPM_DIVISOR);
    // r < 2^20 and factor < 2^32: the product fits.
    let tail = rem.wrapping_mul(factor);
    let (tail_quotient, tail_rem) = div_rem(tail, PPM_DIVISOR);
    if ppm.0 <= PPM_ONE {
        // The result is at most x.
        return Ok((quotient.wrapping_mul(factor).wrapping_add(tail_quotient), tail_rem));
    }
    let head = quotient.checked_mul(factor).ok_or(RiskError::Overflow)?;
    Ok((head.checked_add(tail_quotient).ok_or(RiskError::Overflow)?, tail_rem))
}

/// `floor(x * ppm / 10^6)`.
///
/// # Errors
/// [`RiskError::Overflow`] if the result does not fit, which needs a ratio above one.
#[inline]
pub fn mul_ppm_floor(x: u64, ppm: Ppm) -> Result<u64> {
    Ok(mul_ppm_rem(x, ppm)?.0)
}

/// `ceil(x * ppm / 10^6)`.
///
/// # Errors
/// [`RiskError::Overflow`] if the result does not fit, which needs a ratio above one.
#[inline]
pub fn mul_ppm_ceil(x: u64, ppm: Ppm) -> Result<u64> {
    let (quotient, rem) = mul_ppm_rem(x, ppm)?;
    quotient.checked_add(u64::from(rem != 0)).ok_or(RiskError::Overflow)
}
