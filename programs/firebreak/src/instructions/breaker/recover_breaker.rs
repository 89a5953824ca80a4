//! `recover_breaker`: takes a market's breaker back to normal when it may. Anyone may call it.

use anchor_lang::prelude::*;
use firebreak_risk::{breaker::recover, units::UnixTime};

use crate::{
    constants::FRESH_SECS,
    error::{FirebreakError, OrFail},
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
    /// Recovers the breaker of a market: after its shortest stay once a fresh price is calm, after its longest stay
    /// whatever the price.
    ///
    /// # Errors
    /// `NoSuchRow` for a row that is no market, `BreakerStays`.
    pub fn handler(ctx: Context<'info, Self>, row: u16) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let (entered_ts, recovered_ts) = {
            let mut rows = accounts.snapshot.rows_mut()?;
            let stored = rows.get_mut(usize::from(row)).ok_or(FirebreakError::NoSuchRow)?;
            ensure!(stored.is_market(), FirebreakError::NoSuchRow);
            let mut params = stored.breaker_params();
            if clock.unix_timestamp.saturating_sub(stored.update_ts) > FRESH_SECS {
                // An old price is no evidence of calm; only the longest stay ends the state then.
                params.min_stay = params.max_stay;
            }
            let breaker = stored.breaker();
            let ema = firebreak_risk::units::Price(stored.ema_q32);
            let after = recover(&breaker, &params, stored.price(), ema, UnixTime(clock.unix_timestamp))
                .or_fail()?
                .ok_or(FirebreakError::BreakerStays)?;
            stored.set_breaker(after);
            (breaker.entered.0, after.recovered.0)
        };
        let (group, sequence) = {
            let mut snapshot = accounts.snapshot.load_mut()?;
            snapshot.touch(&clock);
            (snapshot.group, snapshot.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &BreakerRecovered { group, row, entered_ts, recovered_ts, sequence, slot: clock.slot },
        )?;
        Ok(())
    }
}
