//! How far the price is from the liquidation of an account, in bins.

use crate::demand::table::FALL_Q32;
use crate::math::fixed::normalised;
use crate::units::Side;

/// Fractional bits of [`FALL_Q32`].
const FALL_BITS: u32 = 32;

/// What the distance of one position of an account depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DistanceInput {
    /// Equity less maintenance margin of the account, in quote atoms.
    pub excess: i128,
    /// Joint exposure of the account to the common factor, without its sign: of the sum of its notionals (shorts negative) and
    /// the value of its collateral, each times its beta. Per unit of this market's own move, in quote atoms.
    pub joint: u64,
    /// Notional of the position, in quote atoms.
    pub notional: u64,
    /// Side of the position.
    pub side: Side,
}

/// A distance in ln price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// Whole bins, rounded down: 0 to 127.
    Bins(u8),
    /// At least 128 bins, or no price of this market liquidates the account.
    Far,
}

/// Distance to liquidation in whole bins, rounded down: the nearer of a joint move of all markets and a move of this
/// market alone.
///
/// Symbols: E = excess, N = the larger of |joint| and notional, x = E / N the move that uses the excess up.
/// A long is liquidated at p (1 - x), so its distance is -ln(1 - x), and far for x >= 1; a short at p (1 + x), so its
/// distance is ln(1 + x) = -ln(1 - E / (N + E)): one table of 1 - e^(-0.03 k) serves both.
/// Result: the largest k with E >= (1 - e^(-0.03 k)) N for a long, and with N + E in the place of N for a short.
///
/// No logarithm and no division: eight comparisons of 64-bit products, about 150 CU. Never farther than the exact
/// distance, and nearer than its bin by one only if the exact distance exceeds the boundary of the two by less than
/// 2^-24; so never by more than a bin. Notionals of 2^63 atoms and more count as at the price, those of 2^57 and more may
/// be taken as nearer than they are.
pub fn distance(input: &DistanceInput) -> Distance {
    // A long distance is one of few: what exceeds 2^63 - 1 is cut, which can only bring it nearer.
    let excess = match u64::try_from(input.excess) {
        Ok(excess) => excess.min(i64::MAX.unsigned_abs()),
        Err(_) if input.excess > 0 => i64::MAX.unsigned_abs(),
        Err(_) => 0,
    };
    let exposure = input.joint.max(input.notional);
    if excess == 0 || exposure > i64::MAX.unsigned_abs() {
        return Distance::Bins(0);
    }
    let whole = match input.side {
        Side::Long if excess >= exposure => return Distance::Far,
        Side::Long => exposure,
        // Both are below 2^63.
        Side::Short => exposure.wrapping_add(excess),
    };
    bins_of_fall(excess, whole)
}

/// Largest k with `part >= (1 - e^(-0.03 k)) whole`, for part <= whole.
fn bins_of_fall(part: u64, whole: u64) -> Distance {
    // Down to 32 bits, so that products with thresholds stay in 64: the part rounded down, the whole up, if they do not
    // fit. The whole keeps 31 bits at least, so the quotient loses less than 2^-30.
    let (part, whole) = if whole >> 32 == 0 {
        (part, whole)
    } else {
        let (_, zeros) = normalised(whole);
        let shift = 32u32.saturating_sub(zeros);
        (part >> shift, (whole >> shift).saturating_add(1))
    };
    // The part is below 2^32 and the whole at most that; thresholds are below 2^32, so the products fit.
    let part = part << FALL_BITS;
    let reaches = |bins: usize| {
        let threshold = FALL_Q32.get(bins.wrapping_sub(1)).copied().unwrap_or(u32::MAX);
        part >= u64::from(threshold).wrapping_mul(whole)
    };
    if reaches(FALL_Q32.len()) {
        return Distance::Far;
    }
    let mut bins = 0usize;
    for step in [64usize, 32, 16, 8, 4, 2, 1] {
        // At most 127.
        let next = bins.wrapping_add(step);
        if reaches(next) {
            bins = next;
        }
    }
    Distance::Bins(u8::try_from(bins).unwrap_or(0))
}
