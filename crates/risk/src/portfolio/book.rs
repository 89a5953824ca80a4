//! What an account needs beyond what the weights of its collateral keep back already.
//!
//! Equity counts collateral at its weight: what the weight takes off is the collateral's isolated requirement, kept back
//! before anything is compared. So it is part of the portfolio, and taken off the portfolio's requirement again.
//!
//! Symbols: P = Σ isolated requirements of positions, C = Σ of what weights take off, R = requirement of all of it together
//! with floor share φ.
//! Result: `requirement = max(R − C, φ·P)`.
//!
//! R is at most P + C, so an account never needs more than its positions one by one, and with φ = 1 exactly that. It needs
//! all of it where its collateral falls with its positions (SOL behind a long in SOL), less where the two are independent,
//! and φ of it where they offset each other: what a hedge frees beyond its position's own requirement, C, stays kept back.

use super::{floor_atoms, Component, Loadings, Portfolio};
use crate::units::{Ppm, Side};

/// What an account holds of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Isolated requirement of the position, in quote atoms.
    pub position_atoms: u64,
    /// Side of the position; any, without one.
    pub side: Side,
    /// What the weight takes off the collateral, in quote atoms.
    pub collateral_atoms: u64,
    /// How much the asset moves with all others.
    pub loadings: Loadings,
}

/// Sums over the holdings of an account. They are added and taken out again exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Book {
    pub(super) portfolio: Portfolio,
    /// Sum of what weights take off.
    collateral: u128,
}

impl Holding {
    /// Collateral that backs no position in the same asset.
    #[inline]
    pub const fn collateral(atoms: u64, loadings: Loadings) -> Self {
        Self { position_atoms: 0, side: Side::Long, collateral_atoms: atoms, loadings }
    }

    /// Position and collateral in one component: the same asset nets, or adds up, in full.
    #[inline]
    const fn component(&self) -> Component {
        Component::new(self.side, self.position_atoms, self.loadings).with(Side::Long, self.collateral_atoms)
    }
}

impl Book {
    /// Adds a holding.
    #[inline(always)]
    pub fn add(&mut self, holding: &Holding) {
        if holding.collateral_atoms == 0 {
            return self.portfolio.add_one_sided(holding.side, holding.position_atoms, holding.loadings);
        }
        self.portfolio.add(&holding.component());
        self.collateral = self.collateral.wrapping_add(u128::from(holding.collateral_atoms));
    }

    /// The book without a holding that was added.
    #[must_use]
    pub fn without(&self, holding: &Holding) -> Book {
        Book {
            portfolio: self.portfolio.minus(&Portfolio::of(&holding.component())),
            collateral: self.collateral.wrapping_sub(u128::from(holding.collateral_atoms)),
        }
    }

    /// What the account needs of the equity in which collateral counts at its weight, in quote atoms, rounded up. Takes an
    /// integer root, unless the floor share is one.
    pub fn requirement(&self, floor_share: Ppm) -> i128 {
        self.by_risk(floor_share).max(self.floor(floor_share))
    }

    /// True when the share of the sum over positions is all that is needed: then each part of a position that goes helps.
    pub(super) fn is_at_floor(&self, floor_share: Ppm) -> bool {
        self.by_risk(floor_share) < self.floor(floor_share)
    }

    fn by_risk(&self, floor_share: Ppm) -> i128 {
        let collateral = i128::try_from(self.collateral).unwrap_or(i128::MAX);
        self.portfolio.requirement(floor_share).saturating_sub(collateral)
    }

    fn floor(&self, floor_share: Ppm) -> i128 {
        let positions = self.portfolio.gross.saturating_sub(self.collateral);
        match u64::try_from(positions) {
            Ok(positions) => i128::from(floor_atoms(positions, floor_share)),
            // There nothing is saved by a portfolio either.
            Err(_) => i128::try_from(positions).unwrap_or(i128::MAX),
        }
    }
}
