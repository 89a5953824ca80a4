//! Valuation and margin of an account.
//!
//! A caller walks over an account's collaterals and positions once and adds each to a [`Health`]; there is no
//! second formula for a single position, for the keeper or for a page.
//!
//! Result, per position with base `b`, price `p`, confidence `c`, slow price `e`, quote `q`, pending earnings `w` and a
//! claim worth `k`:
//! - `equity       += b·(p ∓ c) + q + w + k` (minus for longs, plus for shorts; rounded down)
//! - `maintenance  += |b|·p · maintenance` (rounded up)
//! - `initial equity` values `b` at the worse of `p ∓ (c + drift)` and `e`, and counts a profit at a discount, up to the
//!   position's own initial margin; a claim is profit too, so it offsets the loss of its own position first, and never
//!   counts as withdrawable
//! - `initial      += |b|·max(p, e) · initial` (rounded up)

use crate::{
    claim::{Claim, HaircutIndex},
    error::{Result, RiskError},
    math::{
        fixed::{mul_shift_ceil, mul_shift_floor_i, mul_wide, to_i64},
        sqrt::sqrt_ceil_u128,
    },
    side::{side_of, SideIndex},
    units::{
        Base, Earned, Ppm, Price, QuoteAtoms, Seconds, Side, Units, VarianceRate, PPM_ONE, PRICE_BITS,
        UNIT_BITS,
    },
};

/// Bits by which a product of [`Base`] and [`Price`] exceeds whole quote atoms.
const VALUE_BITS: u32 = PRICE_BITS + UNIT_BITS;
const FRACTION_BITS: u32 = 32;

/// A price with its band and its slow companion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PricePoint {
    /// Price after guards.
    pub price: Price,
    /// Half-width of the band around it.
    pub confidence: Price,
    /// Slow price with bounded growth.
    pub ema: Price,
    /// How far the price may have moved since it was read; counts against opening risk and withdrawing only, so
    /// that nobody is liquidated because a price was left to age.
    pub drift: Price,
}

/// What margin needs to know about a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketTerms {
    /// Prices per lot.
    pub point: PricePoint,
    /// Initial margin as a share of notional.
    pub initial: Ppm,
    /// Maintenance margin as a share of notional.
    pub maintenance: Ppm,
    /// Weight of unsettled profit in initial equity, where it counts up to its own position's margin; at most one.
    pub profit_weight: Ppm,
    /// Scale and earned index, long side first.
    pub sides: [SideIndex; 2],
    /// What claims of the market are worth.
    pub haircut: HaircutIndex,
}

/// What margin needs to know about one side of a market, by reference: rows are read where they lie.
#[derive(Clone, Copy, Debug)]
pub struct SideTerms<'a> {
    /// Prices per lot.
    pub point: &'a PricePoint,
    /// Margin ratios.
    pub rates: &'a MarginRates,
    /// Scale and earned index of the position's side; any side's for a flat position.
    pub index: &'a SideIndex,
    /// What claims of the market are worth.
    pub haircut: &'a HaircutIndex,
}

/// Margin ratios of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginRates {
    /// Initial margin as a share of notional.
    pub initial: Ppm,
    /// Maintenance margin as a share of notional.
    pub maintenance: Ppm,
    /// Weight of unsettled profit in initial equity, where it counts up to its own position's margin; at most one.
    pub profit_weight: Ppm,
}

/// Which sums are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Equity, maintenance and notional: all that deciding about a liquidation needs.
    Maintenance,
    /// Everything.
    Full,
}

/// What margin needs to know about a collateral mint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollateralTerms {
    /// Prices per atom of the mint.
    pub point: PricePoint,
    /// Weight in maintenance equity; at most one.
    pub maintenance_weight: Ppm,
    /// Weight in initial equity; at most one.
    pub initial_weight: Ppm,
}

/// What an account stores about one position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PositionState {
    /// Claims on the side; positive is long.
    pub units: Units,
    /// Quote owed to (positive) or by the position.
    pub quote: QuoteAtoms,
    /// Earned index of the side up to which `quote` is complete.
    pub checkpoint: Earned,
    /// Realised profit that was not paid yet.
    pub claim: Claim,
}

/// Sums over an account, or one position's contribution to them. All in quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Equity for maintenance.
    pub equity: i128,
    /// Equity for opening risk: worse prices, profit at a discount.
    pub initial_equity: i128,
    /// Equity for withdrawing: as for opening risk, but unsettled profit counts nothing.
    pub withdraw_equity: i128,
    /// Maintenance requirement.
    pub maintenance: i128,
    /// Initial requirement.
    pub initial: i128,
    /// Notional at the risk price.
    pub notional: i128,
}

/// How far a price may have drifted: `z·σ·√age` of the price, rounded up, with the variance per second `σ²`.
///
/// # Errors
/// `Overflow` when the drift does not fit 64 bits.
pub fn drift(price: Price, variance: VarianceRate, age: Seconds, z: u32) -> Result<Price> {
    // Variance in 2^-64 has its root in 2^-32.
    let root = sqrt_ceil_u128(mul_wide(variance.0, age.0))?;
    let deviations = root.checked_mul(u64::from(z)).ok_or(RiskError::Overflow)?;
    mul_shift_ceil(price.0, deviations, FRACTION_BITS).map(Price)
}

impl PricePoint {
    /// Price of an asset: the lower end of the band, not below zero.
    pub const fn low(&self) -> Price {
        Price(self.price.0.saturating_sub(self.confidence.0))
    }

    /// Price of a liability: the upper end of the band.
    pub const fn high(&self) -> Price {
        Price(self.price.0.saturating_add(self.confidence.0))
    }

    /// The price at which base of this sign is valued for maintenance.
    pub const fn fair_for(&self, side: Side) -> Price {
        match side {
            Side::Long => self.low(),
            Side::Short => self.high(),
        }
    }

    /// The price at which base of this sign is valued for opening risk: the worse of the slow price and the band,
    /// widened by the drift.
    pub fn worse_for(&self, side: Side) -> Price {
        match side {
            Side::Long => Price(self.low().0.saturating_sub(self.drift.0)).min(self.ema),
            Side::Short => Price(self.high().0.saturating_add(self.drift.0)).max(self.ema),
        }
    }
}

/// Value of signed base at a price, in quote atoms, rounded down (against the account for both signs).
///
/// # Errors
/// `Overflow` when the value does not fit 63 bits.
pub fn value_floor(base: Base, price: Price) -> Result<QuoteAtoms> {
    mul_shift_floor_i(base.0, price.0, VALUE_BITS).map(QuoteAtoms)
}

/// Notional of base at a price, in quote atoms, rounded up.
///
/// # Errors
/// `Overflow` when the notional does not fit 64 bits.
pub fn notional_ceil(base: Base, price: Price) -> Result<u64> {
    mul_shift_ceil(base.0.unsigned_abs(), price.0, VALUE_BITS)
}

/// A share in 2^-32, rounded up. Takes one 64-bit division, a tenth of the price of dividing the product.
const fn fraction_ceil(ppm: Ppm) -> u64 {
    // as-safety: widens u32 to u64, lossless; `From` is not const.
    let (ppm, one) = (ppm.0 as u64, PPM_ONE as u64);
    // ppm < 2^32, so the shifted number is below 2^64 and nothing is lost.
    (ppm << FRACTION_BITS).div_ceil(one)
}

/// A share in 2^-32, rounded down.
#[allow(clippy::integer_division, clippy::arithmetic_side_effects)] // The divisor is a constant.
const fn fraction_floor(ppm: Ppm) -> u64 {
    // as-safety: widens u32 to u64, lossless; `From` is not const.
    let (ppm, one) = (ppm.0 as u64, PPM_ONE as u64);
    (ppm << FRACTION_BITS) / one
}

/// Share of a positive value, rounded down; a negative value in full, so that weights only ever lower equity.
fn weighted(value: i64, weight: Ppm) -> Result<i64> {
    if value <= 0 || weight.0 >= PPM_ONE {
        return Ok(value);
    }
    mul_shift_floor_i(value, fraction_floor(weight), FRACTION_BITS)
}

/// Share of a notional, rounded up: exceeds the exact share by at most `notional * 2^-32 + 1` atoms.
fn share_ceil(notional: u64, share: Ppm) -> Result<i128> {
    mul_shift_ceil(notional, fraction_ceil(share), FRACTION_BITS).map(i128::from)
}

impl PositionState {
    /// What the position's claim is worth, in quote atoms, rounded down.
    ///
    /// # Errors
    /// `Overflow` when the value does not fit 63 bits.
    #[inline]
    pub fn claim_floor(&self, haircut: &HaircutIndex) -> Result<QuoteAtoms> {
        let atoms = haircut.value_floor(&self.claim)?;
        i64::try_from(atoms).map(QuoteAtoms).map_err(|_| RiskError::Overflow)
    }

    /// Quote and claim together; most positions have no claim and pay nothing for it.
    #[inline]
    fn owed_floor(&self, haircut: &HaircutIndex) -> Result<i64> {
        if self.claim.units == 0 {
            return Ok(self.quote.0);
        }
        add(self.quote.0, self.claim_floor(haircut)?.0)
    }
}

/// One position's contribution to all sums.
///
/// # Errors
/// `Overflow` when a value does not fit 63 bits, which the bound on a position's notional rules out until its
/// price has risen 2 000-fold.
pub fn position_health(terms: &MarketTerms, position: &PositionState) -> Result<Health> {
    let MarketTerms { point, initial, maintenance, profit_weight, sides, haircut } = terms;
    let rates = MarginRates { initial: *initial, maintenance: *maintenance, profit_weight: *profit_weight };
    // A flat position has no side and asks for none.
    let index = side_of(sides, position.units.side().unwrap_or(Side::Long));
    let side_terms = SideTerms { point, rates: &rates, index, haircut };
    side_health(Scope::Full, &side_terms, position)
}

/// [`position_health`] from the parts that one side needs, for callers that would otherwise copy them; with
/// [`Scope::Maintenance`] at about half the cost.
///
/// # Errors
/// As [`position_health`].
pub fn side_health(scope: Scope, terms: &SideTerms, position: &PositionState) -> Result<Health> {
    let SideTerms { point, rates, index, haircut } = *terms;
    let owed = position.owed_floor(haircut)?;
    let Some(side) = position.units.side() else {
        return Ok(settled_health(owed));
    };
    let base = index.base_of(position.units)?;
    let (pending, _) = index.pending(position.units, position.checkpoint)?;
    let settled = add(owed, pending.0)?;
    let equity = add(settled, value_floor(base, point.fair_for(side))?.0)?;
    let notional = notional_ceil(base, point.price)?;
    let mut health = Health {
        equity: i128::from(equity),
        maintenance: share_ceil(notional, rates.maintenance)?,
        notional: i128::from(notional),
        ..Health::default()
    };
    if scope == Scope::Full {
        let profit = add(settled, value_floor(base, point.worse_for(side))?.0)?;
        health.withdraw_equity = i128::from(profit.min(0));
        let notional = notional_ceil(base, point.price.max(point.ema))?;
        health.initial = share_ceil(notional, rates.initial)?;
        // Profit margins its own market alone. In another one it could be lost on purpose to an accomplice, who would be
        // paid from what honest people settled there, before the price that made the profit comes back.
        health.initial_equity = i128::from(weighted(profit, rates.profit_weight)?).min(health.initial);
    }
    Ok(health)
}

/// Sum of two amounts.
fn add(left: i64, right: i64) -> Result<i64> {
    left.checked_add(right).ok_or(RiskError::Overflow)
}

/// Contribution of a position without base: a profit or loss that was not settled yet. It needs no margin, so its profit
/// is none.
fn settled_health(quote: i64) -> Health {
    let loss = i128::from(quote.min(0));
    Health { equity: i128::from(quote), initial_equity: loss, withdraw_equity: loss, ..Health::default() }
}

/// Sum of two sums. Each contribution has at most 64 bits and there are at most 24 of them, so 128 bits cannot
/// overflow; an unchecked addition costs a third of a checked one on the VM.
const fn sum(left: i128, right: i128) -> i128 {
    left.wrapping_add(right)
}

/// Difference of two sums; see [`sum`].
const fn difference(left: i128, right: i128) -> i128 {
    left.wrapping_sub(right)
}

impl Health {
    /// Adds quote tokens: one atom is one atom. A debt counts in full.
    pub fn add_quote(&mut self, atoms: i64) {
        let atoms = i128::from(atoms);
        self.equity = sum(self.equity, atoms);
        self.initial_equity = sum(self.initial_equity, atoms);
        self.withdraw_equity = sum(self.withdraw_equity, atoms);
    }

    /// Adds `atoms` of a collateral mint at the lower end of its band (for opening risk: the lower of that and the
    /// slow price), times its weight, rounded down.
    ///
    /// # Errors
    /// `Overflow` when the value does not fit 63 bits.
    pub fn add_collateral(&mut self, terms: &CollateralTerms, atoms: u64) -> Result<()> {
        let atoms = to_i64(i128::from(atoms))?;
        let fair = mul_shift_floor_i(atoms, terms.point.low().0, PRICE_BITS)?;
        let worse = mul_shift_floor_i(atoms, terms.point.worse_for(Side::Long).0, PRICE_BITS)?;
        let initial = i128::from(weighted(worse, terms.initial_weight)?);
        let maintenance = i128::from(weighted(fair, terms.maintenance_weight)?);
        self.equity = sum(self.equity, maintenance);
        self.initial_equity = sum(self.initial_equity, initial);
        self.withdraw_equity = sum(self.withdraw_equity, initial);
        Ok(())
    }

    /// Adds a contribution in place.
    pub fn accumulate(&mut self, other: &Health) {
        *self = self.plus(other);
    }

    /// Adds a contribution.
    #[must_use]
    pub fn plus(&self, other: &Health) -> Health {
        Health {
            equity: sum(self.equity, other.equity),
            initial_equity: sum(self.initial_equity, other.initial_equity),
            withdraw_equity: sum(self.withdraw_equity, other.withdraw_equity),
            maintenance: sum(self.maintenance, other.maintenance),
            initial: sum(self.initial, other.initial),
            notional: sum(self.notional, other.notional),
        }
    }

    /// Takes a contribution out again.
    #[must_use]
    pub fn minus(&self, other: &Health) -> Health {
        Health {
            equity: difference(self.equity, other.equity),
            initial_equity: difference(self.initial_equity, other.initial_equity),
            withdraw_equity: difference(self.withdraw_equity, other.withdraw_equity),
            maintenance: difference(self.maintenance, other.maintenance),
            initial: difference(self.initial, other.initial),
            notional: difference(self.notional, other.notional),
        }
    }

    /// What is left for new risk; negative when initial margin is not covered.
    pub fn initial_excess(&self) -> i128 {
        self.initial_equity.saturating_sub(self.initial)
    }

    /// True when initial margin is covered.
    pub fn covers_initial(&self) -> bool {
        self.initial_equity >= self.initial
    }

    /// True when initial margin is covered without unsettled profit, as a withdrawal requires.
    pub fn covers_withdrawal(&self) -> bool {
        self.withdraw_equity >= self.initial
    }

    /// True when maintenance margin is covered.
    pub fn covers_maintenance(&self) -> bool {
        self.equity >= self.maintenance
    }
}

#[cfg(test)]
mod tests;
