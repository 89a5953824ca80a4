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
//!
//! Requirements are sums over positions. An account that is margined as a portfolio needs less than their sum where it
//! is diversified or hedged: see [`crate::portfolio`].

use crate::{
    error::Result,
    math::fixed::{mul_shift_floor_i, to_i64},
    units::{Side, PRICE_BITS},
};

mod position;
mod terms;

pub use position::{
    notional_ceil, position_health, position_maintenance, value_floor, Isolated, PositionState,
};
pub use terms::{
    drift, CollateralTerms, FairTerms, Fraction, MarketTerms, OpeningTerms, PricePoint, SideTerms, Weight,
};

/// Sums over an account, or one position's contribution to them. All in quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Equity for maintenance.
    pub equity: i128,
    /// Equity for opening risk: worse prices, profit at a discount.
    pub initial_equity: i128,
    /// Equity for withdrawing: as for opening risk, but unsettled profit counts nothing.
    pub withdraw_equity: i128,
    /// Maintenance requirement: the sum over positions, or what [`crate::portfolio::Book`] makes of it.
    pub maintenance: i128,
    /// Initial requirement: the sum over positions, or what [`crate::portfolio::Book`] makes of it.
    pub initial: i128,
    /// Notional at the risk price.
    pub notional: i128,
}

/// What weights keep back of a collateral's value, in quote atoms: its isolated requirement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptBack {
    /// From maintenance equity, at the price of that.
    pub maintenance: u64,
    /// From initial equity, at the price of that.
    pub initial: u64,
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
    /// slow price), times its weight, rounded down. Answers what the weight took off.
    ///
    /// # Errors
    /// `Overflow` when the value does not fit 63 bits.
    pub fn add_collateral(&mut self, terms: &CollateralTerms, atoms: u64) -> Result<KeptBack> {
        let atoms = to_i64(i128::from(atoms))?;
        let fair = mul_shift_floor_i(atoms, terms.point.low().0, PRICE_BITS)?;
        let worse = mul_shift_floor_i(atoms, terms.point.worse_for(Side::Long).0, PRICE_BITS)?;
        let initial = Weight::floor(terms.initial_weight).of_floor(worse);
        let maintenance = Weight::floor(terms.maintenance_weight).of_floor(fair);
        self.equity = sum(self.equity, i128::from(maintenance));
        self.initial_equity = sum(self.initial_equity, i128::from(initial));
        self.withdraw_equity = sum(self.withdraw_equity, i128::from(initial));
        // A weight is at most one, and neither atoms nor prices are negative.
        Ok(KeptBack { maintenance: fair.abs_diff(maintenance), initial: worse.abs_diff(initial) })
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
