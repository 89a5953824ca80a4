//! Adding the shards of a side up as far as the figures look: bin by bin ahead of the price, as one number behind it.
//!
//! This is most of what a fold costs on the VM, where each of 128 bins of eight shards is a load and an addition.

use core::ops::Range;

use crate::demand::{Lookahead, BINS, LOOK_BINS};
use crate::units::Side;

/// One side of a market's curve in `N` shards. In 2^-16 units.
///
/// INVARIANT (INV-87): what is in the bins, what is far and what is stale add up to the side's open interest.
#[derive(Clone, Copy, Debug)]
pub struct SideCurve<'a, const N: usize> {
    /// Registered units of each shard per bin of the window, lowest price first.
    pub bins: [&'a [u64; BINS]; N],
    /// Registered units beyond the window.
    pub far: u64,
    /// Units that may trigger anywhere.
    pub stale: u64,
    /// Open interest of the side.
    pub open: u64,
}

/// One side of one shard's curve.
#[derive(Clone, Copy, Debug)]
pub struct ShardSide<'a> {
    /// Registered units per bin of the window, lowest price first.
    pub bins: &'a [u64; BINS],
    /// Registered units beyond the window.
    pub far: u64,
    /// Units that may trigger anywhere.
    pub stale: u64,
}

impl ShardSide<'_> {
    /// A shard that was not touched since an earlier epoch: nobody knows where its units trigger.
    pub const fn wholly_stale(units: u64) -> Self {
        ShardSide { bins: &[0; BINS], far: 0, stale: units }
    }
}

impl<'a, const N: usize> SideCurve<'a, N> {
    /// The curve of a side with this open interest in its shards, of which there are at most `N`. Sums wrap: they are part of
    /// what is open.
    #[inline]
    pub fn of(open: u64, shards: impl Iterator<Item = ShardSide<'a>>) -> Self {
        let mut bins: [&[u64; BINS]; N] = [&[0; BINS]; N];
        let (mut far, mut stale) = (0u64, 0u64);
        for (bins, shard) in bins.iter_mut().zip(shards) {
            *bins = shard.bins;
            far = far.wrapping_add(shard.far);
            stale = stale.wrapping_add(shard.stale);
        }
        SideCurve { bins, far, stale, open }
    }

    /// Sum of each bin.
    pub fn sums(&self) -> [u64; BINS] {
        let mut sums = [0; BINS];
        for (index, column) in sums.as_chunks_mut().0.iter_mut().enumerate() {
            self.add_column(index, column);
        }
        sums
    }

    /// Sums of the bins of one column, lowest price first, and the sum of those; wrap.
    fn add_column(&self, index: usize, sums: &mut [u64; COLUMN]) -> u64 {
        let [mut a, mut b, mut c, mut d] = [0u64; COLUMN];
        for bins in &self.bins {
            let (columns, _) = bins.as_chunks::<COLUMN>();
            let [more_a, more_b, more_c, more_d] = columns.get(index).unwrap_or(&[0; COLUMN]);
            a = a.wrapping_add(*more_a);
            b = b.wrapping_add(*more_b);
            c = c.wrapping_add(*more_c);
            d = d.wrapping_add(*more_d);
        }
        *sums = [a, b, c, d];
        a.wrapping_add(b).wrapping_add(c).wrapping_add(d)
    }
}

/// Bins that are added up at once: as many as the VM has registers for.
const COLUMN: usize = 4;
/// Columns of a side.
const COLUMNS: usize = BINS.wrapping_div(COLUMN);

/// A side seen from the price, summed over shards. In 2^-16 units; sums wrap.
#[derive(Clone, Copy, Debug)]
pub(super) struct NearSums {
    /// Units per bin in whole columns, nearest first; zero where no figure looks.
    columns: [[u64; COLUMN]; COLUMNS],
    /// Bins of the first column that the price has passed.
    lead: usize,
    /// Bins from the price's own to the last one that a figure may look at.
    seen: usize,
    /// Bins from the price's own to the last one of the window.
    pub to_edge: usize,
    /// Units in all bins that the price has passed.
    pub passed: u64,
}

impl Lookahead {
    /// Bins ahead of the price, its own included, that a figure may look at: a window that has moved by the reach or by
    /// [`LOOK_BINS`], and the one after the first.
    fn depth(self) -> usize {
        let span = usize::from(self.span.max(1));
        usize::from(LOOK_BINS).max(usize::from(self.reach)).max(span).saturating_add(span)
    }
}

impl NearSums {
    /// Sums of a side seen from the bin in this slot of the window.
    ///
    /// What the price has passed is added up, or is what remains of the open interest: whichever takes fewer additions.
    pub fn of<const N: usize>(curve: &SideCurve<N>, side: Side, slot: usize, look: Lookahead) -> Self {
        let (first, place) = (slot.wrapping_div(COLUMN), slot.wrapping_rem(COLUMN));
        let (lead, to_edge) = match side {
            Side::Long => (COLUMN.wrapping_sub(1).wrapping_sub(place), slot.saturating_add(1)),
            Side::Short => (place, BINS.saturating_sub(slot)),
        };
        let seen = to_edge.min(look.depth());
        let count = lead.saturating_add(seen).div_ceil(COLUMN);
        let mut columns = [[0; COLUMN]; COLUMNS];
        let mut sum = 0u64;
        for (offset, column) in columns.iter_mut().enumerate().take(count) {
            let index = match side {
                Side::Long => first.wrapping_sub(offset),
                Side::Short => first.wrapping_add(offset),
            };
            sum = sum.wrapping_add(curve.add_column(index, column));
            if side == Side::Long {
                column.reverse();
            }
        }
        // The columns below and above those, of which one side is behind the price and the other farther ahead.
        let end = first.saturating_add(1);
        let (behind, beyond) = match side {
            Side::Long => (end..COLUMNS, 0..end.saturating_sub(count)),
            Side::Short => (0..first, first.saturating_add(count)..COLUMNS),
        };
        let behind = if behind.len() <= beyond.len() {
            sum_of(curve, behind)
        } else {
            let elsewhere = curve.far.wrapping_add(curve.stale).wrapping_add(sum);
            curve.open.wrapping_sub(elsewhere).wrapping_sub(sum_of(curve, beyond))
        };
        let passed = columns.as_flattened().iter().take(lead).fold(behind, add);
        NearSums { columns, lead, seen, to_edge, passed }
    }

    /// Units per bin ahead, the price's own first, as far as a figure may look.
    pub fn ahead(&self) -> &[u64] {
        let end = self.lead.saturating_add(self.seen);
        self.columns.as_flattened().get(self.lead..end).unwrap_or(&[])
    }
}

/// Sum of whole columns.
fn sum_of<const N: usize>(curve: &SideCurve<N>, columns: Range<usize>) -> u64 {
    let mut unused = [0; COLUMN];
    columns.fold(0, |sum, index| sum.wrapping_add(curve.add_column(index, &mut unused)))
}

/// A sum with one more term; wraps.
#[inline]
pub(super) fn add(sum: u64, units: &u64) -> u64 {
    sum.wrapping_add(*units)
}
