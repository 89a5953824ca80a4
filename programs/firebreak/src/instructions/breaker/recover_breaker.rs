//! `recover_breaker`: ends a stay of a market's breaker whose time is over. Anyone may call it.
//!
//! What holds is what time says, whether or not anybody calls this: it only stores it, and says so in an event.

use anchor_lang::prelude::*;
use firebreak_risk::units::UnixTime;

use crate::{
    error::FirebreakError,
    events::{emit, BreakerRecovered},
    state::{is_known, RiskSnapshot, SnapshotRows},
};

/// Accounts of `recover_breaker`.
#[event_cpi]
#[derive(Accounts)]
pub struct RecoverBreaker<'info> {
    /// The snapshot.
    #[account(mut, constraint = is_known(&snapshot) @ FirebreakError::NewerVersion)]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
}

impl<'info> RecoverBreaker<'info> {
    /// Stores the state that the breaker of a market is in by now.
    ///
    /// # Errors
    /// `NoSuchRow` for a row that is no market, `BreakerStays` when time has not changed the state.
    pub fn handler(ctx: Context<'info, Self>, row: u16) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let (before, after) = {
            let mut rows = accounts.snapshot.rows_mut()?;
            let stored = rows.get_mut(usize::from(row)).ok_or(FirebreakError::NoSuchRow)?;
            ensure!(stored.is_market(), FirebreakError::NoSuchRow);
            let before = stored.circuit();
            let after = before.at(&stored.breaker.params(), UnixTime(clock.unix_timestamp));
            ensure!(after.state() != before.state(), FirebreakError::BreakerStays);
            stored.set_circuit(after);
            (before, after)
        };
        let (group, sequence) = {
            let mut snapshot = accounts.snapshot.load_mut()?;
            snapshot.touch(&clock);
            (snapshot.group, snapshot.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &BreakerRecovered {
                group,
                row,
                from: before.state,
                to: after.state,
                stay_secs: after.stay_secs,
                sequence,
                slot: clock.slot,
            },
        )?;
        Ok(())
    }
}
