//! Exposure shards: sums over the accounts that belong to a shard, one row per market.
//!
//! Sums may be split over shards because they only ever add up; limits may not, and live in the ledger.

use anchor_lang::{prelude::*, Discriminator};
use core::cell::{Ref, RefMut};
use firebreak_risk::{
    claim::{Claim, HaircutIndex},
    demand::{DemandShard, DemandSide, ShardSide},
    exposure::Baseline,
    units::Side,
};

use super::{
    row::{join_i128, split_i128},
    Position, Row,
};
use crate::{constants::LAYOUT_VERSION, error::FirebreakError};

/// Header of a shard account. The rows follow it directly.
#[account(zero_copy)]
#[repr(C)]
pub struct ExposureShard {
    /// The group this shard belongs to.
    pub group: Pubkey,
    /// Raised by each mutation.
    pub sequence: u64,
    /// Rows in use: one per market of the group.
    pub row_count: u16,
    /// Which of the group's shards this is.
    pub index: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 3],
    /// Room for later fields.
    pub reserved: [u8; 72],
}

/// A market's sums over the accounts of one shard.
#[zero_copy]
#[repr(C)]
#[derive(Debug, PartialEq, Eq)]
pub struct ShardRow {
    /// Units of all long positions, then of all short positions, both as positive numbers.
    pub open_interest_units: [u64; 2],
    /// Fractions of quote atoms that positions did not receive when their earnings were rounded down, in 2^-48.
    pub residue_q48: [u64; 2],
    /// Protocol fees charged to positions, in quote atoms. Only grows; what was paid out is in the ledger.
    pub protocol_fees_atoms: u64,
    /// Sequence of the fold after which the shard was first touched; the baseline belongs to it.
    pub fold_sequence: u64,
    /// Units of both sides at that fold: growth beyond them is what the cap limits.
    pub baseline_units: [u64; 2],
    /// Units of realised, unpaid profit of all positions, of the epoch below.
    pub claim_units: u64,
    /// Haircut epoch of these units.
    pub claim_epoch: u16,
    /// Epoch of the demand curve that the bins belong to.
    pub demand_epoch: u16,
    /// Explicit padding.
    pub _padding: [u8; 4],
    /// Units of long, then of short positions that were registered in earlier epochs.
    pub demand_stale_units: [u64; 2],
    /// Room for later fields.
    pub reserved: [u8; 16],
    /// Registered units beyond the window of bins, long, then short.
    pub demand_far_units: [u64; 2],
    /// Registered units per bin of 3 % in ln price, lowest price first; long, then short.
    pub demand_units: [[u64; 128]; 2],
}

/// Bytes of one shard row.
pub const SHARD_ROW_SIZE: usize = 2_176;
const HEADER_SIZE: usize = core::mem::size_of::<ExposureShard>();
const ROWS_OFFSET: usize = 8 + HEADER_SIZE;
const _: () = assert!(core::mem::size_of::<ShardRow>() == SHARD_ROW_SIZE);
const _: () = assert!(HEADER_SIZE == 120);
const _: () = assert!(ROWS_OFFSET.is_multiple_of(8));

/// Bytes of a shard account with `rows` rows.
pub const fn shard_space(rows: usize) -> usize {
    ROWS_OFFSET + rows * SHARD_ROW_SIZE
}

impl Default for ShardRow {
    fn default() -> Self {
        bytemuck::Zeroable::zeroed()
    }
}

/// A market's units in one shard, now and at the last fold: what decides how much the shard may still grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardUnits {
    /// Units of the long, then of the short side.
    pub open: [u64; 2],
    /// The same at the last fold.
    pub baseline: Baseline,
}

impl ShardUnits {
    /// Replaces one position's contribution.
    ///
    /// # Errors
    /// `ShardInconsistent` when the old contribution is not in the sum.
    pub fn replace(&mut self, before: i64, after: i64) -> Result<()> {
        let side = usize::from(before < 0);
        let sum = self.open[side].checked_sub(before.unsigned_abs());
        self.open[side] = sum.ok_or(FirebreakError::ShardInconsistent)?;
        let side = usize::from(after < 0);
        let sum = self.open[side].checked_add(after.unsigned_abs());
        self.open[side] = sum.ok_or(FirebreakError::MathOverflow)?;
        Ok(())
    }
}

impl ShardRow {
    /// Units now and at the fold with this sequence.
    pub fn units_since(&self, fold_sequence: u64) -> ShardUnits {
        let open = self.open_interest_units;
        let stored = Baseline { fold_sequence: self.fold_sequence, units: self.baseline_units };
        ShardUnits { open, baseline: stored.rebased(fold_sequence, open) }
    }

    /// Replaces one position's contribution to all sums, and books the fraction that it did not receive. The first
    /// change after a fold remembers what was folded.
    ///
    /// # Errors
    /// `ShardInconsistent` when an old contribution is not in a sum, `MathOverflow` when a sum does not fit.
    pub fn move_position(
        &mut self,
        row: &Row,
        before: &Position,
        after: &Position,
        residue_q48: u64,
    ) -> Result<()> {
        let mut units = self.units_since(row.fold_sequence);
        units.replace(before.units, after.units)?;
        self.open_interest_units = units.open;
        self.baseline_units = units.baseline.units;
        self.fold_sequence = units.baseline.fold_sequence;
        self.move_claim(&row.haircut(), &before.state().claim, &after.state().claim)?;
        self.add_residue(residue_q48)
    }

    /// Replaces one position's contribution to the units of realised, unpaid profit. Units of an older epoch are worth
    /// nothing and count nothing.
    ///
    /// # Errors
    /// `ShardInconsistent` when the old contribution is not in the sum.
    pub fn move_claim(&mut self, haircut: &HaircutIndex, before: &Claim, after: &Claim) -> Result<()> {
        if self.claim_epoch != haircut.epoch {
            self.claim_epoch = haircut.epoch;
            self.claim_units = 0;
        }
        let rest = self.claim_units.checked_sub(haircut.live_units(before));
        let rest = rest.ok_or(FirebreakError::ShardInconsistent)?;
        let sum = rest.checked_add(haircut.live_units(after));
        self.claim_units = sum.ok_or(FirebreakError::MathOverflow)?;
        Ok(())
    }

    /// The market's demand curve in this shard.
    pub fn demand(&mut self) -> DemandShard<'_> {
        let [long_bins, short_bins] = &mut self.demand_units;
        let [long_far, short_far] = &mut self.demand_far_units;
        let [long_stale, short_stale] = &mut self.demand_stale_units;
        DemandShard {
            epoch: &mut self.demand_epoch,
            sides: [
                DemandSide { bins: long_bins, far: long_far, stale: long_stale },
                DemandSide { bins: short_bins, far: short_far, stale: short_stale },
            ],
        }
    }

    /// One side of the market's demand curve in this shard.
    pub fn demand_side(&self, side: Side) -> ShardSide<'_> {
        // One branch instead of three computed addresses, for each shard of a fold.
        let [long_bins, short_bins] = &self.demand_units;
        let [long_far, short_far] = self.demand_far_units;
        let [long_stale, short_stale] = self.demand_stale_units;
        match side {
            Side::Long => ShardSide { bins: long_bins, far: long_far, stale: long_stale },
            Side::Short => ShardSide { bins: short_bins, far: short_far, stale: short_stale },
        }
    }

    /// Units of realised, unpaid profit that a haircut of this market reaches.
    pub fn live_claim_units(&self, haircut: &HaircutIndex) -> u64 {
        haircut.live_units(&Claim { units: self.claim_units, epoch: self.claim_epoch })
    }

    /// Books the fraction that one position did not receive, in 2^-48 atoms.
    ///
    /// # Errors
    /// `MathOverflow` after 2^79 atoms, which no vault can hold.
    pub fn add_residue(&mut self, residue: u64) -> Result<()> {
        let sum = join_i128(self.residue_q48).checked_add(i128::from(residue));
        self.residue_q48 = split_i128(sum.ok_or(FirebreakError::MathOverflow)?);
        Ok(())
    }

    /// Books protocol fees.
    ///
    /// # Errors
    /// `MathOverflow` when the sum does not fit.
    pub fn add_protocol_fees(&mut self, atoms: u64) -> Result<()> {
        let sum = self.protocol_fees_atoms.checked_add(atoms);
        self.protocol_fees_atoms = sum.ok_or(FirebreakError::MathOverflow)?;
        Ok(())
    }

    /// Fractions not yet received by positions, in 2^-48 atoms.
    pub fn residue(&self) -> i128 {
        join_i128(self.residue_q48)
    }
}

/// The rows of a shard account's data, checked for discriminator and length.
///
/// # Errors
/// `ShardMalformed` when the data is not a shard, was written by a newer program or is shorter than its row count says.
pub fn shard_rows_of(data: &[u8]) -> Result<&[ShardRow]> {
    let range = rows_range(data).ok_or(FirebreakError::ShardMalformed)?;
    bytemuck::try_cast_slice(&data[range]).map_err(|_| FirebreakError::ShardMalformed.into())
}

/// The header in a shard account's data.
pub(super) fn header_of(data: &[u8]) -> Option<&ExposureShard> {
    bytemuck::try_from_bytes(data.get(8..ROWS_OFFSET)?).ok()
}

fn rows_range(data: &[u8]) -> Option<core::ops::Range<usize>> {
    if !data.starts_with(ExposureShard::DISCRIMINATOR) {
        return None;
    }
    let header = header_of(data)?;
    if header.version > LAYOUT_VERSION {
        return None;
    }
    let end = shard_space(usize::from(header.row_count));
    (end <= data.len()).then_some(ROWS_OFFSET..end)
}

/// A market's row among all of a shard.
///
/// # Errors
/// `ShardMalformed` when the shard has no such row.
pub fn shard_row(rows: &mut [ShardRow], market_index: u16) -> Result<&mut ShardRow> {
    rows.get_mut(usize::from(market_index)).ok_or_else(|| FirebreakError::ShardMalformed.into())
}

/// Access to the rows behind the header, for accounts that Anchor has already checked.
pub trait ShardRows {
    /// The row of one market, read-only.
    ///
    /// # Errors
    /// `ShardMalformed` when the shard has no such row.
    fn row(&self, market_index: u16) -> Result<Ref<'_, ShardRow>>;

    /// All rows, writable. Raises the shard's sequence.
    ///
    /// # Errors
    /// `ShardMalformed` when the shard is shorter than its row count says or is already borrowed.
    fn rows_mut(&self) -> Result<RefMut<'_, [ShardRow]>>;

    /// The row of one market, writable. Raises the shard's sequence.
    ///
    /// # Errors
    /// `ShardMalformed` when the shard has no such row or is already borrowed.
    fn row_mut(&self, market_index: u16) -> Result<RefMut<'_, ShardRow>>;
}

impl<'info> ShardRows for AccountLoader<'info, ExposureShard> {
    fn row(&self, market_index: u16) -> Result<Ref<'_, ShardRow>> {
        let info: &AccountInfo<'info> = self.as_ref();
        let data = info.try_borrow_data()?;
        Ref::filter_map(data, |bytes| shard_rows_of(bytes).ok()?.get(usize::from(market_index)))
            .map_err(|_| FirebreakError::ShardMalformed.into())
    }

    fn rows_mut(&self) -> Result<RefMut<'_, [ShardRow]>> {
        {
            let mut header = self.load_mut()?;
            header.sequence = header.sequence.wrapping_add(1);
        }
        let info: &AccountInfo<'info> = self.as_ref();
        let data = info.try_borrow_mut_data()?;
        RefMut::filter_map(data, |bytes| {
            let range = rows_range(bytes)?;
            bytemuck::try_cast_slice_mut(bytes.get_mut(range)?).ok()
        })
        .map_err(|_| FirebreakError::ShardMalformed.into())
    }

    fn row_mut(&self, market_index: u16) -> Result<RefMut<'_, ShardRow>> {
        RefMut::filter_map(self.rows_mut()?, |rows| rows.get_mut(usize::from(market_index)))
            .map_err(|_| FirebreakError::ShardMalformed.into())
    }
}
