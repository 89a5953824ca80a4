//! Integer square roots, exact: 64-bit arithmetic only, because one 128-bit division costs more than all of this.

use core::num::NonZeroU64;

use crate::error::{Result, RiskError};
use crate::math::fixed::{div_rem, high_u64, low_u64, mul_wide};

#[cfg(test)]
mod tests;

/// `floor(sqrt(n))`; below 2^32.
#[inline]
pub const fn sqrt_floor_u64(n: u64) -> u64 {
    n.isqrt()
}

/// `floor(sqrt(n))`.
///
/// Karatsuba square root (P. Zimmermann, INRIA RR-3805, 1999): with b = 2^32, n = (h b^2 + a1 b + a0) and
/// h = s^2 + r, one division (r b + a1) / 2s gives the lower half of the root, at most one too high.
pub fn sqrt_floor_u128(n: u128) -> u64 {
    if high_u64(n) == 0 {
        return sqrt_floor_u64(low_u64(n));
    }
    // An even shift that makes n >= 2^126: sqrt(n 4^k) = 2^k sqrt(n), and flooring twice is flooring once.
    let shift = high_u64(n).leading_zeros() & !1;
    let n_norm = n.wrapping_shl(shift);
    let (high, low) = (high_u64(n_norm), low_u64(n_norm));
    let (a1, a0) = (low >> 32, low & 0xffff_ffff);
    let root_high = sqrt_floor_u64(high);
    // high >= 2^62, so its root is at least 2^31; the fallback of `unwrap_or` is never used.
    let divisor = NonZeroU64::new(root_high).unwrap_or(NonZeroU64::MIN);
    // 0 <= r <= 2 root_high < 2^33.
    let r = high.wrapping_sub(root_high.wrapping_mul(root_high));
    // (r b + a1) can have 65 bits, so numerator and divisor are halved: floor(floor(N/2) / s) = floor(N / 2s).
    let half = (r << 31) | (a1 >> 1);
    let (digit, half_rest) = div_rem(half, divisor);
    let rest = (half_rest << 1) | (a1 & 1);
    // The candidate is too high exactly if rest * b + a0 < digit^2, where digit <= 2^32.
    let is_too_high = rest >> 32 == 0 && u128::from((rest << 32) | a0) < mul_wide(digit, digit);
    // Modulo 2^64: a candidate of 2^64 is always too high and becomes 2^64 - 1.
    let root = (root_high << 32).wrapping_add(digit).wrapping_sub(u64::from(is_too_high));
    root.wrapping_shr(shift >> 1)
}

/// `ceil(sqrt(n))`.
///
/// # Errors
/// [`RiskError::Overflow`] for n > (2^64 - 1)^2, whose root would be 2^64.
pub fn sqrt_ceil_u128(n: u128) -> Result<u64> {
    let floor = sqrt_floor_u128(n);
    let is_exact = mul_wide(floor, floor) == n;
    floor.checked_add(u64::from(!is_exact)).ok_or(RiskError::Overflow)
}
