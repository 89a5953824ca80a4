//! The risk snapshot: a header and one row per market and collateral, in one account that every health check
//! reads and no trading or liquidation path writes.

use anchor_lang::{prelude::*, Discriminator};
use core::cell::{Ref, RefMut};
use firebreak_risk::{
    circuit::runway,
    halt::{ChainTime, Halt},
    units::{Ppm, Seconds, UnixTime, PPM_ONE},
};
use solana_sysvar::last_restart_slot::LastRestartSlot;

use super::row::{Row, ROW_SIZE};
use crate::{
    constants::{COVER_WINDOW_SECS, LAYOUT_VERSION},
    error::{fail, FirebreakError},
};

/// Header of the snapshot account. The rows follow it directly.
#[account(zero_copy)]
#[repr(C)]
pub struct RiskSnapshot {
    /// The group this snapshot belongs to.
    pub group: Pubkey,
    /// Raised by each mutation; in every event about the snapshot.
    pub sequence: u64,
    /// Latest clock that a mutation saw. A clock that steps back leaves it where it is.
    pub updated_ts: i64,
    /// Latest slot that a mutation saw.
    pub updated_slot: u64,
    /// Seconds for which the insurance lasts if it goes on as within the last day, at the last refresh; the largest number: for
    /// ever. 0 before the first refresh.
    pub runway_secs: u64,
    /// Unix time until which the whole group is paused. 0: not paused.
    pub paused_until_ts: i64,
    /// Slot of the last restart of the network that was seen. 0: none yet.
    pub last_restart_slot: u64,
    /// Unix time until which a halt of the network grants grace: nobody is liquidated, nothing opens. 0: none.
    pub grace_until_ts: i64,
    /// Margin buffer above maintenance at which a liquidation stops, in ppm of the requirement.
    pub target_buffer_ppm: u32,
    /// Share of the maintenance requirement below which an account is critical, in ppm.
    pub critical_ppm: u32,
    /// Rows in use.
    pub row_count: u16,
    /// Breaker of the whole group. 0: normal, 1: tight, and every market elevated.
    pub breaker_state: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 3],
    /// Unix time at which the last pause of the whole group began. 0: never paused.
    pub paused_since_ts: i64,
    /// Unix time at which insurance was last drawn. 0: never.
    pub insurance_drawn_ts: i64,
    /// Share of the insurance that had been drawn within the day before that, in ppm.
    pub insurance_drawn_ppm: u32,
    /// Share of the sum over positions that an account needs at least, in ppm. All of it, or 0: no account is margined
    /// as a portfolio.
    pub portfolio_floor_ppm: u32,
    /// Room for later fields.
    pub reserved: [u8; 120],
}

/// Bytes of the header, without the discriminator.
pub const SNAPSHOT_HEADER_SIZE: usize = core::mem::size_of::<RiskSnapshot>();
/// Offset of the first row in the account's data.
pub const ROWS_OFFSET: usize = 8 + SNAPSHOT_HEADER_SIZE;
const _: () = assert!(SNAPSHOT_HEADER_SIZE == 248);
const _: () = assert!(ROWS_OFFSET.is_multiple_of(8));

/// Bytes of a snapshot account with `rows` rows.
pub const fn snapshot_space(rows: usize) -> usize {
    ROWS_OFFSET + rows * ROW_SIZE
}

/// The rows of a snapshot account's data, checked for discriminator and length.
///
/// # Errors
/// `SnapshotMalformed` when the data is not a snapshot or is shorter than its row count says.
pub fn rows_of(data: &[u8]) -> Result<&[Row]> {
    let header = header_of(data)?;
    let end = snapshot_space(usize::from(header.row_count));
    let bytes = data.get(ROWS_OFFSET..end).ok_or(FirebreakError::SnapshotMalformed)?;
    bytemuck::try_cast_slice(bytes).map_err(|_| FirebreakError::SnapshotMalformed.into())
}

/// The header of a snapshot account's data.
///
/// # Errors
/// `SnapshotMalformed` when the data is not a snapshot, `NewerVersion` when a newer program wrote it.
pub fn header_of(data: &[u8]) -> Result<&RiskSnapshot> {
    if !data.starts_with(RiskSnapshot::DISCRIMINATOR) {
        return Err(fail(FirebreakError::SnapshotMalformed));
    }
    let bytes = data.get(8..ROWS_OFFSET).ok_or(FirebreakError::SnapshotMalformed)?;
    let header: &RiskSnapshot =
        bytemuck::try_from_bytes(bytes).map_err(|_| FirebreakError::SnapshotMalformed)?;
    require_gte!(LAYOUT_VERSION, header.version, FirebreakError::NewerVersion);
    Ok(header)
}

/// Access to the rows behind the header, for accounts that Anchor has already checked.
pub trait SnapshotRows {
    /// The rows, read-only.
    ///
    /// # Errors
    /// `SnapshotMalformed` when the account is shorter than its row count says.
    fn rows(&self) -> Result<Ref<'_, [Row]>>;

    /// The rows, writable.
    ///
    /// # Errors
    /// `SnapshotMalformed` when the account is shorter than its row count says or already borrowed.
    fn rows_mut(&self) -> Result<RefMut<'_, [Row]>>;
}

impl<'info> SnapshotRows for AccountLoader<'info, RiskSnapshot> {
    fn rows(&self) -> Result<Ref<'_, [Row]>> {
        let info: &AccountInfo<'info> = self.as_ref();
        let data = info.try_borrow_data()?;
        Ref::filter_map(data, |bytes| rows_of(bytes).ok())
            .map_err(|_| FirebreakError::SnapshotMalformed.into())
    }

    fn rows_mut(&self) -> Result<RefMut<'_, [Row]>> {
        let info: &AccountInfo<'info> = self.as_ref();
        let data = info.try_borrow_mut_data()?;
        RefMut::filter_map(data, |bytes| {
            let end = snapshot_space(usize::from(header_of(bytes).ok()?.row_count));
            bytemuck::try_cast_slice_mut(bytes.get_mut(ROWS_OFFSET..end)?).ok()
        })
        .map_err(|_| FirebreakError::SnapshotMalformed.into())
    }
}

impl RiskSnapshot {
    /// Share of the sum over positions that an account needs at least.
    pub fn portfolio_floor(&self) -> Ppm {
        Ppm(if self.portfolio_floor_ppm == 0 { PPM_ONE } else { self.portfolio_floor_ppm })
    }

    /// Share of the insurance that was drawn, as far as its day has not passed, in ppm.
    pub fn drawn_ppm_at(&self, now: i64) -> u32 {
        let window = COVER_WINDOW_SECS;
        let age = Seconds::between(UnixTime(self.insurance_drawn_ts), UnixTime(now)).0.min(window);
        let left = u64::from(self.insurance_drawn_ppm) * (window - age) / window;
        u32::try_from(left).unwrap_or(u32::MAX)
    }

    /// Counts a draw on the insurance: `drawn` of the `held` atoms before it.
    pub fn on_insurance_drawn(&mut self, drawn: u64, held: u64, now: i64) {
        if drawn == 0 || held == 0 {
            return;
        }
        let share = u128::from(drawn) * 1_000_000 / u128::from(held);
        let sum = u128::from(self.drawn_ppm_at(now)).saturating_add(share).min(1_000_000);
        self.insurance_drawn_ppm = u32::try_from(sum).unwrap_or(u32::MAX);
        self.insurance_drawn_ts = now;
    }

    /// How long the insurance lasts if it goes on as within the last day.
    pub fn runway_at(&self, now: i64) -> Seconds {
        // The usual case, spared a division.
        if self.insurance_drawn_ppm == 0 {
            return Seconds(u64::MAX);
        }
        runway(Ppm(self.drawn_ppm_at(now)), Seconds(COVER_WINDOW_SECS))
    }

    /// What was seen of the network's time, and the grace that follows from it.
    pub fn halt(&self) -> Halt {
        Halt {
            seen: ChainTime {
                slot: self.updated_slot,
                unix: UnixTime(self.updated_ts),
                last_restart_slot: self.last_restart_slot,
            },
            grace_until: UnixTime(self.grace_until_ts),
        }
    }

    /// The network's time now. Where the restart sysvar cannot be read (off the chain), none is seen.
    pub fn chain_time(&self, clock: &Clock) -> ChainTime {
        let restart =
            LastRestartSlot::get().map_or(self.last_restart_slot, |sysvar| sysvar.last_restart_slot);
        ChainTime { slot: clock.slot, unix: UnixTime(clock.unix_timestamp), last_restart_slot: restart }
    }

    /// Called by each instruction that changes the snapshot. Records a halt of the network, too: whoever comes first
    /// after it must not hide it from those who come later.
    pub fn touch(&mut self, clock: &Clock) {
        let seen = self.halt().observe(&self.chain_time(clock));
        self.last_restart_slot = seen.seen.last_restart_slot;
        self.grace_until_ts = seen.grace_until.0;
        self.sequence = self.sequence.wrapping_add(1);
        self.updated_ts = seen.seen.unix.0;
        self.updated_slot = seen.seen.slot;
    }
}
