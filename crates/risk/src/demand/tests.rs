use crate::demand::{CurveTerms, Figures, ShardSide, SideCurve, BINS};
use crate::units::Side;

mod attack;
mod axis;
mod figures;
mod limits;
mod near;
mod population;
mod shard;

/// One side of the curve, summed over shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SideSums {
    bins: [u64; BINS],
    far: u64,
    stale: u64,
}

impl Default for SideSums {
    fn default() -> Self {
        SideSums { bins: [0; BINS], far: 0, stale: 0 }
    }
}

impl SideSums {
    /// All units.
    fn open(&self) -> u64 {
        self.bins.iter().sum::<u64>() + self.far + self.stale
    }

    /// As one of several shards.
    fn shard(&self) -> ShardSide<'_> {
        ShardSide { bins: &self.bins, far: self.far, stale: self.stale }
    }
}

/// Figures of a side in one shard.
fn figures(sums: &SideSums, side: Side, terms: &CurveTerms) -> Figures {
    super::figures(&SideCurve::<1>::of(sums.open(), [sums.shard()].into_iter()), side, terms)
}
