//! Integer square roots, exact: 64-bit arithmetic only, because one 128-bit division costs more than all of this.

use core::num::NonZeroU64;

use crate::error::{Result, RiskError};
use crate::math::fixed::{div_rem, high_u64, low_u64, mul_wide, normalised_even, shift_left_pair};

#[cfg(test)]
mod tests;

/// 16 sqrt(h + 1/2) to nearest, at most 255, for the upper byte h >= 64 of a normalised number: within 2^-7 of
/// the root.
const ROOT_SEED: [u8; 256] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 129, 130,
    131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 144, 145, 146, 147, 148, 149, 150,
    151, 151, 152, 153, 154, 155, 156, 156, 157, 158, 159, 160, 160, 161, 162, 163, 164, 164, 165, 166, 167,
    167, 168, 169, 170, 170, 171, 172, 173, 173, 174, 175, 176, 176, 177, 178, 179, 179, 180, 181, 181, 182,
    183, 183, 184, 185, 186, 186, 187, 188, 188, 189, 190, 190, 191, 192, 192, 193, 194, 194, 195, 196, 196,
    197, 198, 198, 199, 200, 200, 201, 201, 202, 203, 203, 204, 205, 205, 206, 206, 207, 208, 208, 209, 210,
    210, 211, 211, 212, 213, 213, 214, 214, 215, 216, 216, 217, 217, 218, 219, 219, 220, 220, 221, 221, 222,
    223, 223, 224, 224, 225, 225, 226, 227, 227, 228, 228, 229, 229, 230, 230, 231, 232, 232, 233, 233, 234,
    234, 235, 235, 236, 237, 237, 238, 238, 239, 239, 240, 240, 241, 241, 242, 242, 243, 243, 244, 244, 245,
    246, 246, 247, 247, 248, 248, 249, 249, 250, 250, 251, 251, 252, 252, 253, 253, 254, 254, 255, 255, 255,
];

/// `floor(sqrt(n))` for n >= 2^62, and for zero.
///
/// Two Newton steps from a seed with the relative error e: they leave e^4/8 of the root, which is below one for every
/// seed (0.96 at most, at h = 64), and never a negative error (a mean of x and n/x is not below the root). So the
/// second step is the floor or one above it.
#[inline]
fn root_normalised(n: u64) -> u64 {
    #[allow(clippy::cast_possible_truncation)]
    // as-safety: eight bits fit any usize.
    let index = (n >> 56) as usize;
    let seed = ROOT_SEED.get(index).copied().unwrap_or(u8::MAX);
    let first = newton(n, u64::from(seed) << 24);
    // A root is below 2^32, which keeps the squares in range.
    let second = newton(n, first).min(0xffff_ffff);
    second.wrapping_sub(u64::from(second.wrapping_mul(second) > n))
}

/// The mean of x and n/x, which fits because x >= 2^31 unless both are zero.
#[inline]
fn newton(n: u64, x: u64) -> u64 {
    // The fallback serves n = 0 only.
    let (quotient, _) = div_rem(n, NonZeroU64::new(x).unwrap_or(NonZeroU64::MIN));
    x.wrapping_add(quotient) >> 1
}

/// `floor(sqrt(n))`; below 2^32.
#[inline]
pub fn sqrt_floor_u64(n: u64) -> u64 {
    // sqrt(n 4^k) = 2^k sqrt(n), and flooring twice is flooring once.
    let (n_norm, shift) = normalised_even(n);
    root_normalised(n_norm).wrapping_shr(shift >> 1)
}

/// `floor(sqrt(n))`.
///
/// Karatsuba square root (P. Zimmermann, INRIA RR-3805, 1999): with b = 2^32, n = (h b^2 + a1 b + a0) and
/// h = s^2 + r, one division (r b + a1) / 2s gives the lower half of the root, at most one too high.
pub fn sqrt_floor_u128(n: u128) -> u64 {
    let (high, low) = (high_u64(n), low_u64(n));
    if high == 0 {
        return sqrt_floor_u64(low);
    }
    let (_, shift) = normalised_even(high);
    let (high, low) = shift_left_pair(high, low, shift);
    let (a1, a0) = (low >> 32, low & 0xffff_ffff);
    let root_high = root_normalised(high);
    // high >= 2^62, so its root is at least 2^31; the fallback is never used.
    let divisor = NonZeroU64::new(root_high).unwrap_or(NonZeroU64::MIN);
    // 0 <= r <= 2 root_high < 2^33.
    let r = high.wrapping_sub(root_high.wrapping_mul(root_high));
    // (r b + a1) can have 65 bits, so numerator and divisor are halved: floor(floor(N/2) / s) = floor(N / 2s).
    let (digit, half_rest) = div_rem((r << 31) | (a1 >> 1), divisor);
    let rest = (half_rest << 1) | (a1 & 1);
    // The candidate is too high exactly if rest * b + a0 < digit^2. digit <= 2^32, and digit = 2^32 is always too
    // high, because the upper half of the root is known to be root_high.
    let is_too_high =
        rest >> 32 == 0 && (digit >> 32 != 0 || ((rest << 32) | a0) < digit.wrapping_mul(digit));
    // Modulo 2^64: a candidate of 2^64 is too high and becomes 2^64 - 1.
    let root = (root_high << 32).wrapping_add(digit).wrapping_sub(u64::from(is_too_high));
    root.wrapping_shr(shift >> 1)
}

/// `ceil(sqrt(n))`.
///
/// # Errors
/// [`RiskError::Overflow`] for n > (2^64 - 1)^2, whose root would be 2^64.
#[inline]
pub fn sqrt_ceil_u128(n: u128) -> Result<u64> {
    let floor = sqrt_floor_u128(n);
    let is_exact = mul_wide(floor, floor) == n;
    floor.checked_add(u64::from(!is_exact)).ok_or(RiskError::Overflow)
}
