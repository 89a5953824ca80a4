//! What it does to an account's requirement to make one of its positions smaller.
//!
//! A position that offsets others holds the requirement down. Taking it away would leave the account worse, however cheap,
//! and whoever liquidates chooses the market. So of each position there is a part that stays.
//!
//! Symbols: n = signed requirement of everything of the position's asset, K = common part of all other assets (each times its
//! loading), λ = the asset's loading. risk² = (K + λn)² + O + (1 − λ²)n², with O the own parts of the others. Its
//! derivative by n is 2(n + λK).
//! Result: the risk is least at n* = −λK, and it falls with each lot of the position until n is there.
//!
//! With two sets of loadings, the larger of two risks counts. Down to the farther of the two n* both fall. Where one set
//! calls the whole position a hedge, the set that asks for more decides, and where the floor is all that is needed no
//! position is one; but only as far as the requirement really falls.
//! The sum of (position · derivative) over all positions and collaterals is 2·risk² (the risk is homogeneous), so not all
//! can be hedges at once: some position of an account can always be made smaller, or it is its collateral that is at risk.

use super::{at_most_one, Book, Holding, Loadings, Parts};
use crate::{
    math::fixed::mul_ppm_floor,
    units::{Ppm, Side},
};

/// Halvings after which a position is taken to be a hedge.
const HALVINGS_MAX: u32 = 8;

/// An account, seen from one of its positions.
#[derive(Clone, Copy, Debug)]
pub struct Netting {
    /// All other assets.
    rest: Book,
    /// What the weight takes off collateral of the position's asset, in quote atoms.
    collateral_atoms: u64,
    /// How much the asset moves with all others.
    loadings: Loadings,
    /// Share of the sum over positions that is always needed.
    floor_share: Ppm,
}

impl Netting {
    /// The account of `book`, seen from the position in `holding`.
    pub fn new(book: &Book, holding: &Holding, floor_share: Ppm) -> Self {
        Self {
            rest: book.without(holding),
            collateral_atoms: holding.collateral_atoms,
            loadings: holding.loadings,
            floor_share,
        }
    }

    /// What the account needs with this isolated requirement of the position, in quote atoms.
    pub fn requirement(&self, side: Side, position_atoms: u64) -> i128 {
        self.with(side, position_atoms).requirement(self.floor_share)
    }

    #[inline]
    fn with(&self, side: Side, position_atoms: u64) -> Book {
        let mut book = self.rest;
        let (collateral_atoms, loadings) = (self.collateral_atoms, self.loadings);
        book.add(&Holding { position_atoms, side, collateral_atoms, loadings });
        book
    }

    /// The part of a position's isolated requirement down to which making it smaller helps, in quote atoms: zero where all
    /// of it may go, all of it for a hedge.
    pub fn kept_atoms(&self, side: Side, position_atoms: u64) -> u64 {
        let whole = self.with(side, position_atoms);
        let all = &whole.portfolio;
        if all.gross_in_range().is_none() {
            // Nothing offsets anything there.
            return 0;
        }
        let (calm, present) = (&self.rest.portfolio.calm, &self.rest.portfolio.present);
        let by_calm = self.kept_by(calm, self.loadings.calm, side, position_atoms);
        let by_present = self.kept_by(present, self.loadings.present, side, position_atoms);
        let most = by_calm.max(by_present);
        if most < position_atoms {
            return most;
        }
        let needed = whole.requirement(self.floor_share);
        let binding = if whole.is_at_floor(self.floor_share) {
            0
        } else if all.calm.squared(all.count) > all.present.squared(all.count) {
            by_calm
        } else {
            by_present
        };
        let mut removed = position_atoms.saturating_sub(binding);
        for _ in 0..HALVINGS_MAX {
            let left = position_atoms.saturating_sub(removed);
            if removed == 0 || self.requirement(side, left) < needed {
                return left;
            }
            removed >>= 1;
        }
        position_atoms
    }

    /// The same by one set of loadings.
    fn kept_by(&self, rest: &Parts, loading: Ppm, side: Side, position_atoms: u64) -> u64 {
        // A share of at most one fits; the fallback is never used.
        let size = rest.common.unsigned_abs();
        let shared = i128::from(mul_ppm_floor(size, at_most_one(loading)).unwrap_or(size));
        let best = if rest.common < 0 { shared } else { shared.saturating_neg() };
        // What collateral of the asset does not hold of the best size already.
        let open = best.saturating_sub(i128::from(self.collateral_atoms));
        let open = if side == Side::Long { open } else { open.saturating_neg() };
        u64::try_from(open.max(0)).unwrap_or(u64::MAX).min(position_atoms)
    }
}
