//! One side of a market in the risk snapshot.

use anchor_lang::prelude::*;
use firebreak_risk::units::{Earned, Scale};

use super::row::{join_i128, split_i128};

/// Scale and earned index of one market side.
#[zero_copy]
#[repr(C)]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SideRow {
    /// Base per unit, in 2^-62.
    pub scale: u64,
    /// Cumulative quote per whole unit, in 2^-32 atoms: low then high half of a signed 128-bit number.
    pub earned: [u64; 2],
    /// Raised when a side that was emptied by deleveraging starts anew.
    pub epoch: u32,
    /// Explicit padding.
    pub _padding: [u8; 4],
    /// Delta: quote atoms that would be liquidated per unit of ln price, near the price, as last folded.
    pub demand_delta_atoms: u64,
    /// Gamma: change of that per unit of ln price ahead, in quote atoms; positive: more lies ahead.
    pub demand_gamma_atoms: i64,
    /// Largest open interest of the side, in quote atoms at the risk price, as the last fold left it. 0: never folded.
    pub growth_cap_atoms: u64,
    /// Reproduction number of liquidations, in ppm: quote atoms that are liquidated per atom liquidated.
    pub reproduction_ppm: u32,
    /// Bins of 3 % to the next cluster of demand; 65 535: none.
    pub cluster_bins: u16,
    /// Factor on initial margin that follows from R, in thousandths. 0: never folded.
    pub initial_factor_milli: u16,
}

const _: () = assert!(core::mem::size_of::<SideRow>() == 64);

impl SideRow {
    /// The earned index as one number.
    pub fn earned(&self) -> Earned {
        Earned(join_i128(self.earned))
    }

    /// Base per unit.
    pub fn scale(&self) -> Scale {
        Scale(self.scale)
    }

    /// Replaces the earned index.
    pub fn set_earned(&mut self, earned: Earned) {
        self.earned = split_i128(earned.0);
    }
}
