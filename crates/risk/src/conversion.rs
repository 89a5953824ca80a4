//! Conversion: a keeper buys other collateral of an account that owes quote (route 0 of a liquidation).
//!
//! Losses are owed in quote. Before anybody's position is touched, other collateral is sold for what is owed, at its risk
//! price less a discount that rises with time. A discount of at most 1 − w, w being the weight that the collateral has
//! in maintenance equity, leaves that equity no lower than before: the quote that comes in counts in full, what goes out
//! counted with w, at the low end of the price band, which is not above the risk price.

use crate::{
    error::{Result, RiskError},
    math::fixed::{div_rem_wide, mul_div_floor, mul_ppm_ceil, mul_shift_ceil},
    units::{Ppm, Price, Seconds, PPM_ONE, PRICE_BITS},
};

#[cfg(test)]
mod tests;

/// Parameters of the discount on one collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionDiscount {
    /// Largest discount, relative to the price; cut at what the weight leaves.
    pub max: Ppm,
    /// Time after which it is reached; not zero.
    pub ramp: Seconds,
    /// Weight of the collateral in maintenance equity.
    pub maintenance_weight: Ppm,
}

impl ConversionDiscount {
    /// The largest discount that leaves the account's equity whole: `min(max, 1 − weight)`.
    const fn bound(&self) -> Ppm {
        let room = PPM_ONE.saturating_sub(self.maintenance_weight.0);
        Ppm(if self.max.0 < room { self.max.0 } else { room })
    }
}

/// Discount for an account in liquidation since `elapsed`: `bound · min(elapsed / ramp, 1)`, rounded down, with the
/// bound `min(max, 1 − weight)`.
///
/// # Errors
/// `DivisionByZero` for a ramp of zero.
pub fn conversion_discount(params: &ConversionDiscount, elapsed: Seconds) -> Result<Ppm> {
    part_of_bound(params, elapsed.0.min(params.ramp.0), params.ramp.0)
}

/// Discount for a healthy account that owes more quote than one account may: zero up to the limit, then linear in the
/// debt, up to the bound at twice the limit. Rounded down. It does not depend on time: who stays at the limit loses
/// nothing.
///
/// # Errors
/// `DivisionByZero` for a limit of zero.
pub fn forced_discount(params: &ConversionDiscount, deficit_atoms: u64, limit_atoms: u64) -> Result<Ppm> {
    part_of_bound(params, deficit_atoms.saturating_sub(limit_atoms).min(limit_atoms), limit_atoms)
}

/// `bound · part / whole` for a part that is not above the whole, rounded down.
fn part_of_bound(params: &ConversionDiscount, part: u64, whole: u64) -> Result<Ppm> {
    let bound = params.bound();
    let discount = mul_div_floor(u64::from(bound.0), part, whole)?;
    Ok(Ppm(u32::try_from(discount).unwrap_or(bound.0)))
}

/// Everything the size of a conversion depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionInput {
    /// Collateral that the account holds, in atoms.
    pub held_atoms: u64,
    /// Low end of the collateral's price band.
    pub price: Price,
    /// Discount; more than one counts as one.
    pub discount: Ppm,
    /// Quote that the account owes beyond its cash, in quote atoms.
    pub deficit_atoms: u64,
    /// What remains with at most this value goes as well, in quote atoms.
    pub dust_atoms: u64,
    /// Room of the collateral's impact budget, in quote atoms.
    pub room_atoms: u64,
    /// The keeper's own limit, in collateral atoms.
    pub limit_atoms: u64,
}

/// What a conversion moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Collateral that the keeper takes, in atoms.
    pub collateral_atoms: u64,
    /// Quote that the keeper pays, in quote atoms, rounded up.
    pub quote_atoms: u64,
    /// Value before the discount, rounded up: what the impact budget is charged with, in quote atoms.
    pub notional_atoms: u64,
    /// True when budget or keeper admitted less than is needed.
    pub is_limited: bool,
}

/// Plans a conversion: the least collateral whose proceeds cover the deficit, or all of it when it does not suffice or
/// what remained would be dust. `None`: nothing is owed, held, or admitted now.
///
/// # Errors
/// `DivisionByZero` for a price of zero. `Overflow` in name only: the budget's room bounds the value to 64 bits.
pub fn plan_conversion(input: &ConversionInput) -> Result<Option<Conversion>> {
    let needed = needed_atoms(input)?;
    let admitted = needed.min(input.limit_atoms).min(atoms_within(input.room_atoms, input.price)?);
    if admitted == 0 {
        return Ok(None);
    }
    let notional_atoms = value_ceil(admitted, input.price)?;
    let quote_atoms = proceeds_ceil(notional_atoms, input.discount)?;
    let is_limited = admitted < needed;
    Ok(Some(Conversion { collateral_atoms: admitted, quote_atoms, notional_atoms, is_limited }))
}

/// Value of collateral at this price, rounded up, in quote atoms. Rounded before the discount, so that what the keeper
/// pays covers the weighted value that leaves the account's equity to the atom: that is rounded down from it.
fn value_ceil(atoms: u64, price: Price) -> Result<u64> {
    mul_shift_ceil(atoms, price.0, PRICE_BITS)
}

/// What a keeper pays for this value, rounded up.
fn proceeds_ceil(notional_atoms: u64, discount: Ppm) -> Result<u64> {
    mul_ppm_ceil(notional_atoms, Ppm(PPM_ONE.saturating_sub(discount.0)))
}

/// The most collateral whose value, rounded up, is at most `value`: floor(value · 2^32 / price).
fn atoms_within(value: u64, price: Price) -> Result<u64> {
    match div_rem_wide(u128::from(value) << PRICE_BITS, price.0) {
        Ok((atoms, _)) => Ok(atoms),
        // More than 64 bits of collateral is no limit.
        Err(RiskError::Overflow) => Ok(u64::MAX),
        Err(error) => Err(error),
    }
}

/// What covers the deficit, not yet limited.
fn needed_atoms(input: &ConversionInput) -> Result<u64> {
    let Some(least) = least_atoms(input)? else { return Ok(0) };
    if least >= input.held_atoms {
        return Ok(input.held_atoms);
    }
    let remaining = input.held_atoms.saturating_sub(least);
    // A remainder whose value does not fit 64 bits is no dust.
    let is_dust = value_ceil(remaining, input.price).is_ok_and(|value| value <= input.dust_atoms);
    Ok(if is_dust { input.held_atoms } else { least })
}

/// The least collateral whose proceeds cover the deficit; `None` without a deficit.
///
/// Symbols: d = deficit, k = 1 − discount, g = value rounded up, x = collateral, p = price.
/// ceil(g·k) >= d means g·k > d − 1, so g = floor((d − 1) / k) + 1 is the least; likewise
/// ceil(x·p / 2^32) >= g means x = floor((g − 1) · 2^32 / p) + 1.
/// Result: x, or 2^64 − 1 where no 64 bits of collateral suffice, as with a discount of one.
fn least_atoms(input: &ConversionInput) -> Result<Option<u64>> {
    let Some(short_of_deficit) = input.deficit_atoms.checked_sub(1) else { return Ok(None) };
    let kept = u64::from(PPM_ONE.saturating_sub(input.discount.0));
    let Ok(short_of_value) = mul_div_floor(short_of_deficit, u64::from(PPM_ONE), kept) else {
        return Ok(Some(u64::MAX));
    };
    Ok(Some(atoms_within(short_of_value, input.price)?.saturating_add(1)))
}
