//! `refresh`: reads the oracle accounts of up to eight rows into the snapshot. Anyone may call it.

use anchor_lang::prelude::*;
use firebreak_risk::units::UnixTime;

use crate::{
    constants::REFRESH_ROWS_MAX,
    engine::{breaker::group_tightness, Moment},
    error::FirebreakError,
    events::{emit, RowRefreshed, SnapshotRefreshed},
    oracle::{assess_row, take_sources},
    state::{is_known, RiskSnapshot, SnapshotRows},
};

/// Accounts of `refresh`. Remaining accounts: primary, secondary and, where the row has one, third oracle of each row,
/// in order.
#[event_cpi]
#[derive(Accounts)]
pub struct Refresh<'info> {
    /// The snapshot.
    #[account(mut, constraint = is_known(&snapshot) @ FirebreakError::NewerVersion)]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
}

impl<'info> Refresh<'info> {
    /// Refreshes `rows`. A source that cannot be used lowers the row's verdict; it is not an error.
    ///
    /// # Errors
    /// `RefreshRows`, `RemainingAccounts`, `NoSuchRow`, `OracleKey`, `RowWithoutOracle`.
    pub fn handler(ctx: Context<'info, Self>, rows: Vec<u16>) -> Result<()> {
        ensure!((1..=REFRESH_ROWS_MAX).contains(&rows.len()), FirebreakError::RefreshRows);
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let now = UnixTime(clock.unix_timestamp);
        let mut refreshed = Vec::with_capacity(rows.len());
        let moment = Moment::of(&*accounts.snapshot.load()?, &clock);
        {
            let mut stored = accounts.snapshot.rows_mut()?;
            let mut oracles = ctx.remaining_accounts;
            for (position, index) in rows.iter().enumerate() {
                ensure!(!rows[..position].contains(index), FirebreakError::RefreshRows);
                let row = stored.get_mut(usize::from(*index)).ok_or(FirebreakError::NoSuchRow)?;
                let reading = assess_row(row, take_sources(row, &mut oracles)?, &clock)?;
                let (before, circuit) = (row.breaker_state, row.circuit_after(&reading, &moment)?);
                row.store_reading(&reading, &clock);
                row.set_circuit(circuit);
                row.follow_volatility(now)?;
                refreshed.push(RowRefreshed {
                    row: *index,
                    verdict: row.verdict,
                    breaker_before: before,
                    breaker_state: row.breaker_state,
                    breaker_cause: row.breaker_cause,
                    price_q32: row.price_q32,
                    confidence_q32: row.confidence_q32,
                    ema_q32: row.ema_q32,
                    variance_fast_q64: row.variance_fast_q64,
                    variance_slow_q64: row.variance_slow_q64,
                    initial_ppm: row.initial_ppm,
                    maintenance_ppm: row.maintenance_ppm,
                    publish_ts: row.publish_ts,
                });
            }
            ensure!(oracles.is_empty(), FirebreakError::RemainingAccounts);
        }
        let is_tight = group_tightness(&*accounts.snapshot.load()?, &accounts.snapshot.rows()?, now.0);
        let (group, sequence, group_breaker_state) = {
            let mut snapshot = accounts.snapshot.load_mut()?;
            snapshot.touch(&clock);
            snapshot.breaker_state = u8::from(is_tight);
            snapshot.runway_secs = moment.runway.0;
            (snapshot.group, snapshot.sequence, snapshot.breaker_state)
        };
        emit(
            &ctx.accounts.event_authority,
            &SnapshotRefreshed { group, sequence, slot: clock.slot, group_breaker_state, rows: refreshed },
        )?;
        Ok(())
    }
}
