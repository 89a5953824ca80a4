//! One position's contribution to the sums.

use super::{sum, FairTerms, Health, MarketTerms, OpeningTerms, SideTerms};
use crate::{
    claim::{Claim, HaircutIndex},
    error::{Result, RiskError},
    math::fixed::{mul_shift_ceil, mul_shift_floor_i},
    side::side_of,
    units::{Base, Earned, Price, QuoteAtoms, Side, Units, PRICE_BITS, UNIT_BITS},
};

/// Bits by which a product of [`Base`] and [`Price`] exceeds whole quote atoms.
const VALUE_BITS: u32 = PRICE_BITS + UNIT_BITS;

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

/// Value of signed base at a price, in quote atoms, rounded down (against the account for both signs).
///
/// # Errors
/// `Overflow` when the value does not fit 63 bits.
#[inline]
pub fn value_floor(base: Base, price: Price) -> Result<QuoteAtoms> {
    mul_shift_floor_i(base.0, price.0, VALUE_BITS).map(QuoteAtoms)
}

/// Notional of base at a price, in quote atoms, rounded up.
///
/// # Errors
/// `Overflow` when the notional does not fit 64 bits.
#[inline]
pub fn notional_ceil(base: Base, price: Price) -> Result<u64> {
    mul_shift_ceil(base.0.unsigned_abs(), price.0, VALUE_BITS)
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
    let side = position.units.side().unwrap_or(Side::Long);
    let opening = OpeningTerms::new(&terms.point, side, terms.initial, terms.profit_weight);
    of_market(terms, Some(&opening), side, position)
}

/// [`position_health`] for what decides about a liquidation alone: equity, maintenance and notional.
///
/// # Errors
/// As [`position_health`].
pub fn position_maintenance(terms: &MarketTerms, position: &PositionState) -> Result<Health> {
    of_market(terms, None, position.units.side().unwrap_or(Side::Long), position)
}

/// A flat position has no side and asks for none.
#[inline]
fn of_market(
    terms: &MarketTerms,
    opening: Option<&OpeningTerms>,
    side: Side,
    position: &PositionState,
) -> Result<Health> {
    let fair = FairTerms::new(&terms.point, side, terms.maintenance, terms.free_size);
    let index = side_of(&terms.sides, side);
    let mut health = Health::default();
    health.add_position(&SideTerms { fair: &fair, opening, index, haircut: &terms.haircut }, position)?;
    Ok(health)
}

/// What one position needs of its own, and its notional, in quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Isolated {
    /// For maintenance.
    pub maintenance: u64,
    /// For opening risk; zero when only maintenance was wanted.
    pub initial: u64,
    /// At the risk price.
    pub notional: u64,
}

impl Health {
    /// Adds one position from the parts that its side needs: for callers that keep those over many positions. Adding in
    /// place spares a fifth of what a position costs on the VM.
    ///
    /// # Errors
    /// As [`position_health`]; the sums are of no use then.
    pub fn add_position(&mut self, terms: &SideTerms, position: &PositionState) -> Result<Isolated> {
        let SideTerms { fair, opening, index, haircut } = *terms;
        let owed = position.owed_floor(haircut)?;
        if position.units.0 == 0 {
            self.add_settled(owed);
            return Ok(Isolated::default());
        }
        let base = index.base_of(position.units)?;
        let (pending, _) = index.pending(position.units, position.checkpoint)?;
        let settled = add(owed, pending.0)?;
        let equity = add(settled, value_floor(base, fair.fair)?.0)?;
        let notional = notional_ceil(base, fair.price)?;
        let maintenance = fair.free_size.raise(fair.maintenance.of_ceil(notional)?, notional);
        self.equity = sum(self.equity, i128::from(equity));
        self.notional = sum(self.notional, i128::from(notional));
        self.maintenance = sum(self.maintenance, i128::from(maintenance));
        let Some(opening) = opening else {
            return Ok(Isolated { maintenance, initial: 0, notional });
        };
        let profit = add(settled, value_floor(base, opening.worse)?.0)?;
        // Usually the slow price is below, and the notional is known.
        let top = if opening.top == fair.price { notional } else { notional_ceil(base, opening.top)? };
        let initial = fair.free_size.raise(opening.initial.of_ceil(top)?, top);
        self.initial = sum(self.initial, i128::from(initial));
        // Profit margins its own market alone. In another one it could be lost on purpose to an accomplice, who would be
        // paid from what honest people settled there, before the price that made the profit comes back.
        let most = i64::try_from(initial).unwrap_or(i64::MAX);
        let counted = opening.profit_weight.of_floor(profit).min(most);
        self.initial_equity = sum(self.initial_equity, i128::from(counted));
        if profit < 0 {
            self.withdraw_equity = sum(self.withdraw_equity, i128::from(profit));
        }
        Ok(Isolated { maintenance, initial, notional })
    }

    /// Adds a position without base: a profit or loss that was not settled yet. It needs no margin, so its profit margins
    /// none.
    fn add_settled(&mut self, quote: i64) {
        let loss = i128::from(quote.min(0));
        self.equity = sum(self.equity, i128::from(quote));
        self.initial_equity = sum(self.initial_equity, loss);
        self.withdraw_equity = sum(self.withdraw_equity, loss);
    }
}

/// Sum of two amounts.
fn add(left: i64, right: i64) -> Result<i64> {
    left.checked_add(right).ok_or(RiskError::Overflow)
}
