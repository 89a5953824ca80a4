//! `pause` and `resume`: nobody opens risk in the whole group, or in one market, for a bounded time.
//!
//! A pause stops openings and nothing else: deposits, reductions, settlements, withdrawals, liquidations and cranks go
//! on. It ends by itself.
//!
//! The guardian may not string pauses together. It may pause a scope only when the last pause of that scope ended at
//! least as long ago as it lasted, whoever began it; and it may pause a market only when that also holds for the last
//! pause of the whole group, which paused the market as well. So a market is paused by the guardian for at most twice
//! the longest pause without a gap (its own pause, then the group's), and then for as long as the group's pause not at
//! all. The administrator is not bound by this.

use anchor_lang::prelude::*;

use super::{require_may, Change};
use crate::{
    constants::PAUSE_SECS,
    error::FirebreakError,
    events::{emit, Paused, Resumed},
    instructions::require_bounds,
    state::{is_known, Group, Pause, RiskSnapshot, Row, SnapshotRows},
};

/// Accounts of `pause` and `resume`.
#[event_cpi]
#[derive(Accounts)]
pub struct PauseGroup<'info> {
    /// Administrator, or guardian to pause.
    pub authority: Signer<'info>,
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// Its snapshot, where pauses are read.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
}

impl<'info> PauseGroup<'info> {
    /// True for the administrator, false for the guardian.
    fn is_admin(&self) -> Result<bool> {
        // snapshot: has_one.
        let group = self.group.load()?;
        require_may(&group, self.authority.key, Change::Tighten)?;
        Ok(*self.authority.key == group.admin)
    }

    /// The last pause of the scope.
    fn stored(&self, row: Option<u16>) -> Result<Pause> {
        match row {
            None => Ok(self.snapshot.load()?.pause()),
            Some(index) => Ok(market_of(&self.snapshot.rows()?, index)?.pause()),
        }
    }

    /// Stores the pause of the scope; returns the snapshot's sequence.
    fn store(&self, row: Option<u16>, pause: Pause, clock: &Clock) -> Result<u64> {
        if let Some(index) = row {
            let mut rows = self.snapshot.rows_mut()?;
            rows.get_mut(usize::from(index)).ok_or(FirebreakError::NoSuchRow)?.set_pause(pause);
        }
        let mut snapshot = self.snapshot.load_mut()?;
        if row.is_none() {
            snapshot.set_pause(pause);
        }
        snapshot.touch(clock);
        Ok(snapshot.sequence)
    }

    /// Pauses the whole group (`row` is `None`) or one market for `secs` seconds from now. The administrator may also
    /// prolong or shorten a pause that is running.
    ///
    /// # Errors
    /// `NotGuardian`, `PauseBounds`, `NoSuchRow` for a row that is no market, `PauseGap`.
    pub fn pause(ctx: Context<'info, Self>, row: Option<u16>, secs: u32) -> Result<()> {
        let accounts = &*ctx.accounts;
        let is_admin = accounts.is_admin()?;
        require_bounds(secs.into(), PAUSE_SECS, FirebreakError::PauseBounds)?;
        let clock = Clock::get()?;
        let now = clock.unix_timestamp;
        let last = accounts.stored(row)?;
        let is_admitted = is_admin || last.admits_guardian(&accounts.stored(None)?, now);
        ensure!(is_admitted, FirebreakError::PauseGap);
        let pause = last.begun(now, secs);
        let sequence = accounts.store(row, pause, &clock)?;
        emit(
            &ctx.accounts.event_authority,
            &Paused {
                group: accounts.group.key(),
                authority: accounts.authority.key(),
                row,
                since_ts: pause.since_ts,
                until_ts: pause.until_ts,
                sequence,
                slot: clock.slot,
            },
        )?;
        Ok(())
    }

    /// Ends a pause early.
    ///
    /// # Errors
    /// `NotGuardian`, `NotAdmin` for the guardian, `NoSuchRow`, `NotPaused`.
    pub fn resume(ctx: Context<'info, Self>, row: Option<u16>) -> Result<()> {
        let accounts = &*ctx.accounts;
        ensure!(accounts.is_admin()?, FirebreakError::NotAdmin);
        let clock = Clock::get()?;
        let last = accounts.stored(row)?;
        ensure!(last.is_running(clock.unix_timestamp), FirebreakError::NotPaused);
        let pause = last.ended(clock.unix_timestamp);
        let sequence = accounts.store(row, pause, &clock)?;
        emit(
            &ctx.accounts.event_authority,
            &Resumed {
                group: accounts.group.key(),
                row,
                since_ts: pause.since_ts,
                until_ts: last.until_ts,
                sequence,
                slot: clock.slot,
            },
        )?;
        Ok(())
    }
}

fn market_of(rows: &[Row], index: u16) -> Result<&Row> {
    let row = rows.get(usize::from(index)).filter(|row| row.is_market());
    row.ok_or_else(|| FirebreakError::NoSuchRow.into())
}
