//! All shards of a group together: passed as remaining accounts, in order, and checked once.

use anchor_lang::{prelude::*, Discriminator};
use core::cell::Ref;

use super::{exposure, shard_space, ExposureShard, ShardRow, SHARD_ROW_SIZE};
use crate::{
    constants::{LAYOUT_VERSION, SHARDS, SHARD_COUNT},
    error::FirebreakError,
};

/// All shards of a group, checked once.
#[derive(Clone, Copy)]
pub struct Shards<'a, 'info>(&'a [AccountInfo<'info>]);

impl<'a, 'info> Shards<'a, 'info> {
    /// Checks that these are all shards of the group, in order.
    ///
    /// # Errors
    /// `ShardsMissing` for another number or order, `WrongGroup`, `NewerVersion`, and Anchor's for accounts of another
    /// program or type.
    pub fn check(group: &Pubkey, infos: &'a [AccountInfo<'info>]) -> Result<Self> {
        ensure!(infos.len() == SHARDS, FirebreakError::ShardsMissing);
        for (index, info) in (0..SHARD_COUNT).zip(infos) {
            checked(group, info, index)?;
        }
        Ok(Self(infos))
    }

    /// Checks as [`Shards::check`], and takes the market's row of each shard on the way.
    ///
    /// # Errors
    /// Those of [`Shards::check`] and [`Shards::rows`].
    pub fn checked_rows(
        group: &Pubkey,
        infos: &'a [AccountInfo<'info>],
        market_index: u16,
    ) -> Result<Vec<Ref<'a, ShardRow>>> {
        ensure!(infos.len() == SHARDS, FirebreakError::ShardsMissing);
        let mut rows = Vec::with_capacity(infos.len());
        for (index, info) in (0..SHARD_COUNT).zip(infos) {
            rows.push(row_of(checked(group, info, index)?, market_index)?);
        }
        Ok(rows)
    }

    /// The accounts, in order.
    pub fn infos(&self) -> &'a [AccountInfo<'info>] {
        self.0
    }

    /// The market's row of each shard.
    ///
    /// # Errors
    /// `ShardMalformed` when a shard has no such row.
    pub fn rows(&self, market_index: u16) -> Result<Vec<Ref<'a, ShardRow>>> {
        let mut rows = Vec::with_capacity(self.0.len());
        for info in self.0 {
            rows.push(row_of(info.try_borrow_data()?, market_index)?);
        }
        Ok(rows)
    }
}

/// The data of a shard, checked: owner, discriminator, layout version, group and index.
fn checked<'a>(group: &Pubkey, info: &'a AccountInfo, index: u8) -> Result<Ref<'a, [u8]>> {
    ensure!(*info.owner == crate::ID, ErrorCode::AccountOwnedByWrongProgram);
    let data = info.try_borrow_data()?;
    ensure!(data.starts_with(ExposureShard::DISCRIMINATOR), ErrorCode::AccountDiscriminatorMismatch);
    let header = exposure::header_of(&data).ok_or(FirebreakError::ShardMalformed)?;
    ensure!(header.version <= LAYOUT_VERSION, FirebreakError::NewerVersion);
    ensure!(header.group == *group, FirebreakError::WrongGroup);
    ensure!(header.index == index, FirebreakError::ShardsMissing);
    Ok(Ref::map(data, |data| &**data))
}

/// The row of one market in the data of a shard that was checked.
fn row_of<T: AsRef<[u8]> + ?Sized>(data: Ref<'_, T>, market_index: u16) -> Result<Ref<'_, ShardRow>> {
    Ref::filter_map(data, |data| {
        let data = data.as_ref();
        let is_row = market_index < exposure::header_of(data)?.row_count;
        let start = shard_space(usize::from(market_index));
        let bytes = data.get(start..start + SHARD_ROW_SIZE).filter(|_| is_row)?;
        bytemuck::try_from_bytes(bytes).ok()
    })
    .map_err(|_| FirebreakError::ShardMalformed.into())
}

/// A market's sums over all shards of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardSums {
    /// Units of the long, then of the short side.
    pub open_interest_units: [u64; 2],
    /// Protocol fees charged since creation, in quote atoms.
    pub protocol_fees_atoms: u64,
}

impl ShardSums {
    /// Adds up the market's rows.
    ///
    /// # Errors
    /// `MathOverflow`.
    pub fn of(rows: &[Ref<ShardRow>]) -> Result<Self> {
        let (mut sums, mut is_over) = (Self::default(), false);
        // Asked once at the end: the VM has no flag that tells of an overflow.
        let mut add = |sum: &mut u64, more: u64| {
            *sum = sum.wrapping_add(more);
            is_over |= *sum < more;
        };
        for row in rows {
            let [long, short] = &mut sums.open_interest_units;
            add(long, row.open_interest_units[0]);
            add(short, row.open_interest_units[1]);
            add(&mut sums.protocol_fees_atoms, row.protocol_fees_atoms);
        }
        ensure!(!is_over, FirebreakError::MathOverflow);
        Ok(sums)
    }
}
