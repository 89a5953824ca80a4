//! From a premium to the indices of both sides.

use crate::error::{Result, RiskError};
use crate::math::fixed::{div_rem_u128, mul_wide, mul_wide_iu, shift_ceil, shift_floor, to_i64};
use crate::side::SideIndex;
use crate::units::{Earned, Ppm, Price, Scale, Seconds, UnixTime, PPM_ONE, SCALE_BITS};

/// Longest time that one step charges. What a dead crank missed beyond it is never charged.
pub const FUNDING_STEP_MAX: Seconds = Seconds(3_600);

/// What funding has accrued, beyond the indices themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FundingState {
    /// Part of the exact funding that no step has carried yet: from zero to one step of 2^-32 atoms per lot, in
    /// fractions of it of 1 / (10^6 · window).
    pub carry: i128,
    /// Time up to which funding has accrued. Zero: never, then the first step charges nothing. Never goes backwards.
    pub updated: UnixTime,
}

/// What a step of funding depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingInput {
    /// Risk price of a lot.
    pub price: Price,
    /// Premium of the market, in ppm; positive: longs pay.
    pub premium_ppm: i32,
    /// Largest funding of one window, relative to notional.
    pub max: Ppm,
    /// Time over which the premium is paid once.
    pub window: Seconds,
}

/// Funding since the last step, per whole lot in 2^-32 quote atoms; positive: longs pay.
///
/// Symbols: p = price in 2^-32, r = premium cut at ± max in ppm, W = window, c = carry.
/// Result: floor((p·r·dt + c) / (10^6·W)), and as carry the remainder, which is never negative. With constant inputs
/// the steps of any division of a time add up to the step of the whole, and so do the carries. After a change of the
/// window the carry counts in the new fractions: less than 2^-32 atoms per lot for each time the old window contains
/// the new one, charged to both sides alike.
///
/// # Errors
/// `DivisionByZero` for a window of zero; `Overflow` if the step does not fit 64 bits.
pub fn accrue(state: &FundingState, input: &FundingInput, now: UnixTime) -> Result<(i64, FundingState)> {
    if input.window.0 == 0 {
        return Err(RiskError::DivisionByZero);
    }
    let elapsed = Seconds::between(state.updated, now);
    if elapsed.0 == 0 {
        return Ok((0, *state));
    }
    if state.updated.0 == 0 {
        return Ok((0, FundingState { carry: state.carry, updated: now }));
    }
    let divisor = input.window.0.checked_mul(u64::from(PPM_ONE)).ok_or(RiskError::Overflow)?;
    // Below 2^32 · 2^12 and its product with a price below 2^108.
    let size = input.premium_ppm.unsigned_abs().min(input.max.0);
    let weight = u64::from(size).wrapping_mul(elapsed.0.min(FUNDING_STEP_MAX.0));
    let exact = mul_wide(input.price.0, weight).cast_signed();
    let exact = if input.premium_ppm < 0 { exact.wrapping_neg() } else { exact };
    let sum = exact.checked_add(state.carry).ok_or(RiskError::Overflow)?;
    let (quotient, rest) = div_rem_u128(sum.unsigned_abs(), divisor)?;
    let quotient = i128::try_from(quotient).map_err(|_| RiskError::Overflow)?;
    let (step, carry) = match (sum < 0, rest) {
        (false, _) => (quotient, rest),
        (true, 0) => (quotient.wrapping_neg(), 0),
        // floor(−x) = −ceil(x); |sum| <= 2^127, so ceil and its negation fit. rest < divisor.
        (true, _) => (quotient.wrapping_add(1).wrapping_neg(), divisor.wrapping_sub(rest)),
    };
    Ok((to_i64(step)?, FundingState { carry: i128::from(carry), updated: now }))
}

/// Both sides after a step of funding per whole lot, in 2^-32 quote atoms; long first. A positive step lowers both
/// indices: longs hold positive units and pay, shorts hold negative ones and receive.
///
/// Exact while both scales are one: what one side pays the other receives to the last fraction. Otherwise the step per
/// unit, step · scale, is rounded up for longs and down for shorts, which is against the receiving side whatever the
/// sign. What that withholds per step is less than 2^-32 quote atoms per whole unit of open interest of both sides
/// together, and it is the caller's to book.
///
/// # Errors
/// `Overflow` if an index would leave 128 bits.
pub fn charge_funding(sides: &[SideIndex; 2], step_q32: i64) -> Result<[SideIndex; 2]> {
    let [long, short] = sides;
    Ok([lowered(long, step_q32, shift_ceil)?, lowered(short, step_q32, shift_floor)?])
}

fn lowered(side: &SideIndex, step_q32: i64, rounded: fn(i128, u32) -> i128) -> Result<SideIndex> {
    let step = match side.scale {
        Scale::ONE => i128::from(step_q32),
        Scale(scale) => rounded(mul_wide_iu(step_q32, scale), SCALE_BITS),
    };
    let earned = side.earned.0.checked_sub(step).ok_or(RiskError::Overflow)?;
    Ok(SideIndex { scale: side.scale, earned: Earned(earned) })
}
