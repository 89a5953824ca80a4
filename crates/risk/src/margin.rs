//! Margins that follow volatility: initial margin up at once and down slowly, maintenance margin along a ramp.
//!
//! A requirement is z · sqrt(v · h): a multiple z of the standard deviation over the horizon h. The tails of returns are not
//! normal, so z is an empirical quantile: measured on hourly moves of SOL, about 3.6 deviations of an EWMA cover 99 % of
//! them and 7 cover 99.9 %, where a normal distribution has 2.6 and 3.3.
//!
//! Margins that only follow volatility are procyclical: low when risk builds up, and rising in the crash that they then
//! worsen. So two of the tools of EMIR's technical standards (Regulation 153/2013, Article 28) are always on: a floor that
//! does not depend on volatility, and a weight of at least a quarter for stressed observations. And whoever holds a
//! position is given time: maintenance margin follows what two observations in a row agree on
//! ([`Volatility::agreed`]), so that no single one moves it, along a ramp.

use crate::{
    error::{Result, RiskError},
    forecast::Outlook,
    math::{
        exp_ln::{approach_share, EXP_BITS},
        fixed::{mul_ppm_ceil, mul_shift_ceil, mul_shift_floor, mul_wide},
        sqrt::sqrt_ceil_u128,
    },
    units::{Ppm, Seconds, UnixTime, VarianceRate, PPM_ONE},
    volatility::Volatility,
};

/// Longest time for which the ramp of maintenance margin rises in one step, whatever the crank missed.
pub const RAMP_SPAN_MAX: Seconds = Seconds(300);
/// Longest time that one step of a decay accounts for.
const DECAY_SPAN_MAX: u64 = 1 << 24;
const HOUR: u64 = 3_600;

/// How a market's margins follow its volatility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginParams {
    /// Lowest initial margin.
    pub initial_floor: Ppm,
    /// Highest initial margin.
    pub initial_max: Ppm,
    /// Lowest maintenance margin.
    pub maintenance_floor: Ppm,
    /// Standard deviations that initial margin covers, in thousandths. Zero: it stays at its floor.
    pub initial_z_milli: u32,
    /// Standard deviations that maintenance margin covers, in thousandths. Zero: it stays at its floor.
    pub maintenance_z_milli: u32,
    /// Highest maintenance margin that demand allows for now ([`limited_by_demand`]): it rises no further.
    pub maintenance_limit: Ppm,
    /// Time over which a move is covered.
    pub horizon: Seconds,
    /// Time constant with which margins fall.
    pub decay: Seconds,
    /// Fastest rise of maintenance margin, in ppm of notional per hour.
    pub ramp_ppm_per_hour: u32,
    /// Variance of a stressed market.
    pub stress: VarianceRate,
    /// Weight of that variance.
    pub stress_weight: Ppm,
    /// What a committee expects, where one has spoken. Initial margin follows it inside its band; maintenance margin does
    /// not, so that no report liquidates anybody.
    pub outlook: Option<Outlook>,
}

/// Fractional bits of stored margins, so that steps of a second add up.
pub const MARGIN_BITS: u32 = 16;

/// A market's present margins, in 2^-16 ppm of notional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margins {
    /// Initial margin.
    pub initial_q16: u64,
    /// Maintenance margin.
    pub maintenance_q16: u64,
    /// Time of the last step.
    pub updated: UnixTime,
}

impl Margins {
    /// Margins at these values, since a time.
    pub const fn at(initial: Ppm, maintenance: Ppm, updated: UnixTime) -> Self {
        Self { initial_q16: to_q16(initial), maintenance_q16: to_q16(maintenance), updated }
    }

    /// Initial margin, rounded up to ppm.
    pub fn initial(&self) -> Ppm {
        from_q16(self.initial_q16)
    }

    /// Maintenance margin, rounded up to ppm.
    pub fn maintenance(&self) -> Ppm {
        from_q16(self.maintenance_q16)
    }
}

const fn to_q16(margin: Ppm) -> u64 {
    // as-safety: widens u32 to u64, lossless; `From` is not const.
    (margin.0 as u64) << MARGIN_BITS
}

fn from_q16(margin_q16: u64) -> Ppm {
    Ppm(u32::try_from(margin_q16.div_ceil(1 << MARGIN_BITS)).unwrap_or(u32::MAX))
}

/// z · sqrt(v · h) with the stressed variance mixed in, rounded up to ppm. Zero for z = 0.
///
/// # Errors
/// `Overflow` for a requirement beyond 2^32 ppm.
pub fn requirement(params: &MarginParams, variance: VarianceRate, z_milli: u32) -> Result<Ppm> {
    if z_milli == 0 {
        return Ok(Ppm(0));
    }
    let weight = params.stress_weight.0.min(PPM_ONE);
    let present = mul_ppm_ceil(variance.0, Ppm(PPM_ONE.saturating_sub(weight)))?;
    let stressed = mul_ppm_ceil(params.stress.0, Ppm(weight))?;
    let mixed = present.saturating_add(stressed);
    // The root of a number in 2^-64 is in 2^-32.
    let deviation = sqrt_ceil_u128(mul_wide(mixed, params.horizon.0))?;
    // 32 bits times 10 bits. Thousandths times 1 000 are millionths.
    let factor = u64::from(z_milli).wrapping_mul(1_000);
    let ppm = mul_shift_ceil(deviation, factor, 32)?;
    u32::try_from(ppm).map(Ppm).map_err(|_| RiskError::Overflow)
}

/// Margins after the volatility was measured at `now`.
///
/// Initial margin rises to its requirement (by the higher of the two estimates, or what is expected instead) at once and falls
/// toward it by the share 1 − e^(−dt/decay) of the distance. Maintenance margin moves toward its own (by what observations agree on) by at most the ramp,
/// and falls like initial margin. Both stay within their bounds, and initial margin is at least 1.2 times maintenance. Rises
/// along the ramp and falls are rounded down.
///
/// # Errors
/// `DivisionByZero` for a decay of zero.
pub fn next(
    margins: &Margins,
    params: &MarginParams,
    volatility: &Volatility,
    now: UnixTime,
) -> Result<Margins> {
    let elapsed = Seconds::between(margins.updated, now).0;
    let share = approach_share(Seconds(elapsed.min(DECAY_SPAN_MAX)), params.decay)?;
    let max = params.initial_max;
    // A requirement that does not fit is more than any maximum.
    let capped = |wanted: Result<Ppm>, max: Ppm| wanted.unwrap_or(max).min(max);

    let wanted = requirement(params, volatility.agreed(), params.maintenance_z_milli);
    let wanted = to_q16(capped(wanted, maintenance_max(max)).max(params.maintenance_floor));
    let limit = wanted.min(to_q16(params.maintenance_limit));
    let rise = limit.saturating_sub(margins.maintenance_q16).min(ramp_q16(params, elapsed));
    let maintenance_q16 = fallen(margins.maintenance_q16, wanted, share)?.saturating_add(rise);

    let measured = volatility.higher();
    let variance = params.outlook.map_or(measured, |outlook| outlook.expected(measured));
    let wanted = capped(requirement(params, variance, params.initial_z_milli), max);
    let wanted = to_q16(wanted.max(params.initial_floor)).max(initial_of(maintenance_q16));
    let initial_q16 = fallen(margins.initial_q16, wanted, share)?.max(wanted);
    Ok(Margins { initial_q16, maintenance_q16, updated: margins.updated.max(now) })
}

/// The least initial margin for a maintenance margin: 1.2 times it, in whole ppm.
fn initial_of(maintenance_q16: u64) -> u64 {
    let Ppm(maintenance) = from_q16(maintenance_q16);
    to_q16(Ppm(maintenance.saturating_add(maintenance.div_ceil(5))))
}

/// The largest maintenance margin for which [`initial_of`] is not above a maximum: five sixths of it, rounded down.
#[allow(clippy::integer_division)] // A constant divisor.
fn maintenance_max(initial_max: Ppm) -> Ppm {
    Ppm((initial_max.0 / 6).saturating_mul(5))
}

/// How far the ramp rises in this time, of which one span counts at most.
#[allow(clippy::integer_division)] // A constant divisor.
fn ramp_q16(params: &MarginParams, elapsed: u64) -> u64 {
    // 32, 9 and 16 bits.
    let hours = u64::from(params.ramp_ppm_per_hour).wrapping_mul(elapsed.min(RAMP_SPAN_MAX.0)) << MARGIN_BITS;
    hours / HOUR
}

/// A margin after it fell toward a lower one by a share in 2^-63; unchanged when the other is not lower.
fn fallen(old_q16: u64, wanted_q16: u64, share_q63: u64) -> Result<u64> {
    let fall = mul_shift_floor(old_q16.saturating_sub(wanted_q16), share_q63, EXP_BITS)?;
    Ok(old_q16.saturating_sub(fall))
}

/// The highest maintenance margin up to `wanted` that leaves at most `share_max` of healthy open interest below it, so that
/// a rise of margins does not start what it is meant to prevent. `units_below` says how many units would be below a given
/// margin; it must not fall as the margin rises. Found by bisection, to the ppm; `present` itself where even one ppm more
/// is too much.
pub fn limited_by_demand(
    present: Ppm,
    wanted: Ppm,
    healthy_units: u64,
    share_max: Ppm,
    units_below: impl Fn(Ppm) -> u64,
) -> Ppm {
    // Compared by cross-multiplication: units / healthy <= share / 10^6.
    let allowed = mul_wide(healthy_units, u64::from(share_max.0));
    let is_allowed = |margin: Ppm| mul_wide(units_below(margin), u64::from(PPM_ONE)) <= allowed;
    if wanted <= present || is_allowed(wanted) {
        return wanted;
    }
    let least = present.0.saturating_add(1);
    if !is_allowed(Ppm(least)) {
        return present;
    }
    let (mut low, mut high) = (least, wanted.0);
    // Halves the distance each time, so 32 steps end it.
    while high.saturating_sub(low) > 1 {
        let middle = low.saturating_add(high.saturating_sub(low) >> 1);
        if is_allowed(Ppm(middle)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ppm(low)
}

#[cfg(test)]
mod tests;
