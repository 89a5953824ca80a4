//! How fast a backlog of liquidations must be worked off, and whether the impact budget lets it.
//!
//! Symbols: Q = backlog in quote atoms; m = margin and f = fees of liquidation, relative to notional; σ = deviation per
//! square root of a second, v = σ²; z = deviations to withstand. Worked off evenly within T seconds, the average position
//! is exposed to a variance of v·T/3 (the integral of (1 − t/T)² dt over T), so accounts survive while
//! m >= f + z·σ·√(T/3). The longest such time is T = 3·((m − f)/(z·σ))².
//! Result: B_min = Q / T = Q·z²·v / (3·(m − f)²).

use crate::{
    impact::ImpactParams,
    math::fixed::{div_ceil_u128, div_floor_u128, high_u64, low_u64, mul_wide},
    units::{Ppm, Seconds, VarianceRate, LOG_BITS},
};

#[cfg(test)]
mod tests;

/// Largest z in thousandths that is taken as it is: 2^16 − 1. A larger one counts as this.
pub const Z_MILLI_MAX: u32 = 65_535;

/// What the pace depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceInputs {
    /// Q: notional that waits to be liquidated, in quote atoms.
    pub backlog_atoms: u64,
    /// m: margin that is left when a liquidation begins, relative to notional.
    pub margin: Ppm,
    /// f: fee and discount of a liquidation, relative to notional.
    pub fee: Ppm,
    /// v: variance of log returns per second.
    pub variance: VarianceRate,
    /// z: deviations to withstand, in thousandths.
    pub z_milli: u32,
}

/// Required against sustainable pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// The budget admits the backlog in time.
    Feasible {
        /// B_min in quote atoms per second, rounded up.
        required_atoms: u64,
    },
    /// It does not: a state of the market, not an error.
    Infeasible {
        /// B_min as above; `None` if no pace is enough, because the margin does not even cover the fee.
        required_atoms: Option<u64>,
    },
}

impl Pace {
    /// True if the budget admits the backlog in time.
    pub const fn is_feasible(&self) -> bool {
        matches!(self, Pace::Feasible { .. })
    }
}

impl PaceInputs {
    /// 1/T = z²·v / (3·(m − f)²) per second in 2^-64, rounded up; `None` if the margin does not exceed the fee.
    fn rate_q64_ceil(&self) -> Option<u128> {
        let excess = u64::from(self.margin.0.saturating_sub(self.fee.0));
        if excess == 0 {
            return None;
        }
        let z_milli = u64::from(self.z_milli.min(Z_MILLI_MAX));
        // z² = (z_milli)² / 10^6 and (m − f)² = excess² / 10^12: z_milli²·10^6 is below 2^52, times v below 2^116.
        let factor = z_milli.wrapping_mul(z_milli).wrapping_mul(1_000_000);
        let numerator = mul_wide(self.variance.0, factor);
        // A margin above 2^31 ppm counts as that, so that three squares fit 64 bits.
        let excess = excess.min(1 << 31);
        let divisor = excess.wrapping_mul(excess).wrapping_mul(3);
        // The divisor is at least three, so no error occurs.
        div_ceil_u128(numerator, divisor).ok()
    }

    /// B_min in quote atoms per second, rounded up; `None` if no finite pace is enough: the margin does not exceed the fee,
    /// or the pace does not fit 64 bits. Zero without a backlog.
    ///
    /// Above the exact value by less than two atoms. Rises with backlog, fee, variance and z, falls with margin.
    pub fn min_pace_ceil(&self) -> Option<u64> {
        self.pace_at(self.rate_q64_ceil())
    }

    fn pace_at(&self, rate_q64: Option<u128>) -> Option<u64> {
        if self.backlog_atoms == 0 {
            return Some(0);
        }
        rate_q64.and_then(|rate| per_second_ceil(self.backlog_atoms, rate))
    }

    /// Longest time T in which the backlog may be worked off, rounded down, at most 2^32 − 1 seconds; zero if none.
    pub fn time_floor(&self) -> Seconds {
        time_at(self.rate_q64_ceil())
    }
}

/// As [`PaceInputs::time_floor`], at this rate.
fn time_at(rate_q64: Option<u128>) -> Seconds {
    let longest = u64::from(u32::MAX);
    let Some(rate) = rate_q64 else {
        return Seconds(0);
    };
    match u64::try_from(rate) {
        // No variance: no time is too long.
        Ok(0) => Seconds(longest),
        // T = 2^64 / rate.
        Ok(rate) => {
            let secs = div_floor_u128(1 << 64, rate).unwrap_or(0).min(u128::from(longest));
            Seconds(low_u64(secs))
        }
        // Once per second exactly, or more often.
        Err(_) => Seconds(u64::from(rate == 1 << 64)),
    }
}

/// Compares with what the impact budget admits within T: its capacity, depth·cap, and its leak, depth·cap·rate per second
/// ([`crate::impact`]), for a bucket that starts empty. Without a backlog always feasible. What the budget admits is rounded
/// down. Feasible for a backlog means feasible for a smaller one, for more margin, depth or leak, and for less fee,
/// variance or z.
pub fn pace(inputs: &PaceInputs, params: &ImpactParams) -> Pace {
    let rate_q64 = inputs.rate_q64_ceil();
    let required = inputs.pace_at(rate_q64);
    let admitted = admitted_atoms_floor(params, time_at(rate_q64));
    match required {
        Some(required_atoms) if inputs.backlog_atoms <= admitted => Pace::Feasible { required_atoms },
        required_atoms => Pace::Infeasible { required_atoms },
    }
}

/// Whether [`pace`] finds a backlog feasible, without its figures: what the bucket's capacity covers at once needs no time,
/// and time is what costs. The same answer, but for paces beyond 2^64 atoms per second, which such a backlog does not need.
pub fn is_feasible(inputs: &PaceInputs, params: &ImpactParams) -> bool {
    if inputs.backlog_atoms == 0 {
        return true;
    }
    let is_covered =
        inputs.margin > inputs.fee && inputs.backlog_atoms <= admitted_atoms_floor(params, Seconds(0));
    is_covered || pace(inputs, params).is_feasible()
}

/// Quote atoms that an empty bucket admits to critical accounts within a time, depth·cap·(1 + rate·T), rounded down; at
/// most 2^64 − 1.
pub fn admitted_atoms_floor(params: &ImpactParams, time: Seconds) -> u64 {
    let cap_q40 = u64::try_from(params.cap.0).unwrap_or(0);
    // depth·cap in 2^-40: below 2^127.
    let capacity = mul_wide(params.depth_atoms, cap_q40) >> LOG_BITS;
    let capacity = u64::try_from(capacity).unwrap_or(u64::MAX);
    // rate·T in 2^-32; a product beyond 64 bits saturates.
    let decays_q32 = params.decay_rate_q32.saturating_mul(time.0);
    let leaked = u64::try_from(mul_wide(capacity, decays_q32) >> 32).unwrap_or(u64::MAX);
    capacity.saturating_add(leaked)
}

/// ceil(atoms·rate / 2^64); `None` if it does not fit.
fn per_second_ceil(atoms: u64, rate_q64: u128) -> Option<u64> {
    let whole = mul_wide(atoms, high_u64(rate_q64));
    let part = mul_wide(atoms, low_u64(rate_q64));
    let carry = u128::from(high_u64(part)).checked_add(u128::from(low_u64(part) != 0))?;
    u64::try_from(whole.checked_add(carry)?).ok()
}
