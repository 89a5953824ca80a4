//! How likely an account is to become bankrupt within a time, as the first passage of a price through its barrier.
//!
//! ln p moves as a Brownian motion without drift, of variance v per second. Its minimum over T seconds lies at or below
//! −d with the probability 2Φ(−d / √(v·T)) (reflection principle; Karatzas and Shreve, Brownian Motion and Stochastic
//! Calculus, section 2.6). With drift −v/2, as of a price without expected gain, the probability differs little for
//! the times and deviations of a liquidation, and the order of accounts not at all.
//!
//! Equity is that of maintenance: collateral at its haircut, so poor collateral brings the barrier nearer.

use core::num::NonZeroU64;

use crate::{
    circuit::deviation_q48_floor,
    error::{Result, RiskError},
    math::{
        exp_ln::{exp_neg, ln_ratio},
        fixed::{div_rem, low_u64, mul_div_ceil, mul_div_floor, mul_high, mul_wide},
    },
    units::{Log, Ppm, Price, QuoteAtoms, Seconds, VarianceRate, PPM_ONE},
};

#[cfg(test)]
mod tests;

/// Distance of an account that no price can bankrupt.
pub const UNREACHABLE: Log = Log(i64::MAX);
/// Largest absolute error of [`normal_tail`], in 2^-63: 10^-7, which is that of the approximation (7.5 · 10^-8) and of the
/// arithmetic (below 2 · 10^-9), rounded up.
pub const TAIL_ERROR_MAX: u64 = 922_337_203_686;
/// From this argument on, 6 in 2^-32, the tail is below 10^-9 and counts as zero.
const TAIL_END_Q32: u64 = 6 << 32;
/// One half in 2^-63.
const HALF: u64 = 1 << 62;

/// Coefficients of Abramowitz and Stegun, 26.2.17: p = 0.2316419 in 2^-32.
const P_Q32: u64 = 994_894_385;
/// 0.319381530, 0.356563782, 1.781477937, 1.821255978 and 1.330274429 over √(2π), in 2^-63. The second and the fourth are
/// subtracted.
const B: [u64; 5] = [
    1_175_194_065_551_478_990,
    1_312_009_622_463_112_580,
    6_555_113_877_353_181_816,
    6_701_480_881_489_154_923,
    4_894_868_574_634_488_988,
];

/// 1 − Φ(u), the upper tail of the standard normal distribution, in 2^-63, for u >= 0 in 2^-32.
///
/// With t = 1/(1 + p·u): φ(u)·(b1·t − b2·t² + b3·t³ − b4·t⁴ + b5·t⁵), off by less than 7.5 · 10^-8 for every u (Abramowitz
/// and Stegun, Handbook of Mathematical Functions, 26.2.17). Absolute error at most [`TAIL_ERROR_MAX`]; not above one
/// half, and zero from 6 on. No step takes more than a 64-bit product or quotient.
pub fn normal_tail(u_q32: u64) -> u64 {
    if u_q32 >= TAIL_END_Q32 {
        return 0;
    }
    // u < 2^35 and p < 2^30: the product is below 2^65 in 2^-64, and the divisor, 1 + p·u in 2^-32, at least 2^32.
    let divisor = (1u64 << 32).wrapping_add(low_u64(mul_wide(P_Q32, u_q32) >> 32));
    let (t_q31, _) = div_rem(1 << 63, NonZeroU64::new(divisor).unwrap_or(NonZeroU64::MIN));
    // In 2^-64, and below one: cut by at most 2^-31.
    let t = t_q31.min((1 << 31) - 1) << 33;
    // By Horner's rule. For u < 6 is t > 0.418, where every partial result is positive: b4 − t·b5 > 0.19,
    // b3 − t·(…) > 0.49 and t·(…) − b2 > 0.06; and all of them are below 0.8.
    let [b1, b2, b3, b4, b5] = B;
    let inner = b3.saturating_sub(mul_high(b4.saturating_sub(mul_high(b5, t)), t));
    let outer = mul_high(inner, t).saturating_sub(b2);
    let polynomial = mul_high(b1.saturating_add(mul_high(outer, t)), t);
    // u²/2 < 18 in 2^-32: below 2^37.
    let exponent_q32 = low_u64(mul_wide(u_q32, u_q32) >> 33);
    (mul_high(polynomial, exp_neg(exponent_q32)) << 1).min(HALF)
}

/// Φ(z), in 2^-63, for z in 2^-32. Absolute error at most [`TAIL_ERROR_MAX`].
pub fn normal_cdf(z_q32: i64) -> u64 {
    let tail = normal_tail(z_q32.unsigned_abs());
    if z_q32 < 0 {
        tail
    } else {
        // The tail is at most one half.
        (1u64 << 63).wrapping_sub(tail)
    }
}

/// Probability that a price with this variance comes as far as `distance` within `horizon`: 2Φ(−d / √(v·T)), to the
/// nearest ppm; off by less than 0.8 ppm. One for an account that is bankrupt already, zero for one that cannot be
/// reached or has no time. Rises with variance and horizon and falls with distance.
pub fn first_passage(distance: Log, variance: VarianceRate, horizon: Seconds) -> Ppm {
    let Ok(distance_q40) = u64::try_from(distance.0) else {
        return Ppm(PPM_ONE);
    };
    if distance_q40 == 0 {
        return Ppm(PPM_ONE);
    }
    if distance == UNREACHABLE {
        return Ppm(0);
    }
    // d·2^-40 / (s·2^-48) in 2^-32. Neither a deviation of zero nor a quotient beyond 64 bits is ever reached.
    let Ok(u_q32) = mul_div_floor(distance_q40, 1 << 40, deviation_q48_floor(variance, horizon)) else {
        return Ppm(0);
    };
    // Twice the tail, times 10^6, in 2^-63: below 2^84.
    let scaled = mul_wide(normal_tail(u_q32), 2_000_000).wrapping_add(1 << 62) >> 63;
    Ppm(u32::try_from(scaled).unwrap_or(PPM_ONE).min(PPM_ONE))
}

/// Distance ln(p / p_bankrupt) in the direction that hurts, for an account with this equity whose value moves like one
/// position: exposure is base times price in quote atoms, positive if long. To the nearest 2^-40.
///
/// Long: E + N·(p_b/p − 1) = 0, hence d = ln(N / (N − E)); short: d = ln((|N| + E) / |N|). Zero if there is no equity;
/// [`UNREACHABLE`] without exposure, or if a long position is worth no more than the equity.
pub fn distance(equity: QuoteAtoms, exposure: QuoteAtoms) -> Log {
    let Some(equity_atoms) = u64::try_from(equity.0).ok().filter(|atoms| *atoms > 0) else {
        return Log(0);
    };
    let size = exposure.0.unsigned_abs();
    let (high, low) = if exposure.0 > 0 {
        (size, size.saturating_sub(equity_atoms))
    } else {
        // Below 2^63 + 2^63: fits.
        (size.saturating_add(equity_atoms), size)
    };
    ln_ratio(high, low).unwrap_or(UNREACHABLE)
}

/// Price at which the equity of such an account is zero, rounded toward the present price; `None` if there is none above
/// zero. Of an account that is bankrupt already, the price at which it would not be.
///
/// Result: p·(N − E)/N for the signed exposure N.
///
/// # Errors
/// `Overflow` when the price does not fit.
pub fn bankruptcy_price(equity: QuoteAtoms, exposure: QuoteAtoms, price: Price) -> Result<Option<Price>> {
    let size = exposure.0.unsigned_abs();
    // (N − E)/N = left/size, with N and E negated for a short position.
    let sign = i128::from(exposure.0.signum());
    let left = i128::from(size).wrapping_sub(i128::from(equity.0).wrapping_mul(sign));
    let Some(left) = u64::try_from(left).ok().filter(|left| *left > 0 && size > 0) else {
        return if left > 0 && size > 0 { Err(RiskError::Overflow) } else { Ok(None) };
    };
    let barrier =
        if left < size { mul_div_ceil(price.0, left, size)? } else { mul_div_floor(price.0, left, size)? };
    Ok(Some(Price(barrier)).filter(|barrier| barrier.0 > 0))
}
