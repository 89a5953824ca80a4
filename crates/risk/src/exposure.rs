//! Open-interest caps whose counters are divided over shards.
//!
//! A crank, the fold, sums the shards and publishes the sum; until the next fold a shard may let its side grow by its
//! part of what is left below the cap. Sums may be divided, limits may not: so each shard measures its growth from what
//! it held at the fold, its baseline, and not from what others do meanwhile.
//!
//! Symbols: C = cap in atoms, F = folded units, S = shards, p = price, g = growth of one shard in units.
//! Rule: g·S·p <= C·2^48 − F·p, units and price being 2^16 and 2^32 times lots and atoms.
//! Result: all shards together grow by at most (C·2^48 − F·p) / p units until the next fold, or not at all if that is
//! negative. Shrinking, and growing again up to the baseline, is always free.

use crate::math::fixed::mul_wide;
use crate::units::{Ppm, Price, PPM_ONE, PRICE_BITS, UNIT_BITS};

#[cfg(test)]
mod tests;

/// Fractional bits of units times price.
const VALUE_BITS: u32 = PRICE_BITS + UNIT_BITS;

/// What a shard held at the last fold: long side, then short side, in 2^-16 units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The fold that the units belong to.
    pub fold_sequence: u64,
    /// Units of both sides at that fold.
    pub units: [u64; 2],
}

/// What bounds the growth of one side of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrowthLimit {
    /// Largest open interest of the side, in quote atoms.
    pub cap_atoms: u64,
    /// Its units in all shards at the last fold, in 2^-16 units.
    pub folded_units: u64,
    /// Risk price of a lot.
    pub price: Price,
    /// Shards of the group; zero admits nothing.
    pub shard_count: u8,
}

impl Baseline {
    /// The baseline of the present fold: the stored one if it belongs to it. Otherwise the shard was not touched since
    /// the fold, so what it holds now is what it held then. To be asked before every change of the shard's units,
    /// reductions and liquidations included.
    pub const fn rebased(&self, fold_sequence: u64, current_units: [u64; 2]) -> Baseline {
        if self.fold_sequence == fold_sequence {
            *self
        } else {
            Baseline { fold_sequence, units: current_units }
        }
    }
}

impl GrowthLimit {
    /// True if the shard may hold `units_after` on this side, given what it held at the fold. Exact, without division.
    pub fn admits_growth(&self, baseline_units: u64, units_after: u64) -> bool {
        let growth = units_after.saturating_sub(baseline_units);
        if growth == 0 {
            return true;
        }
        // C·2^48 is below 2^112.
        let cap = u128::from(self.cap_atoms) << VALUE_BITS;
        let Some(room) = cap.checked_sub(mul_wide(self.folded_units, self.price.0)) else {
            return false;
        };
        // g·S is below 2^72. A product that does not fit 128 bits is larger than any room.
        let all = mul_wide(growth, u64::from(self.shard_count));
        let wanted = all.checked_mul(u128::from(self.price.0));
        self.shard_count > 0 && wanted.is_some_and(|wanted| wanted <= room)
    }
}

/// True if a position of this notional is within its share of the market's cap: N·10^6 <= C·share, exactly.
pub fn position_within_share(cap_atoms: u64, share: Ppm, notional_atoms: u64) -> bool {
    mul_wide(notional_atoms, u64::from(PPM_ONE)) <= mul_wide(cap_atoms, u64::from(share.0))
}
