//! `post_forecast`: a reporter says which volatility and depth it expects.

use anchor_lang::prelude::*;

use crate::{
    constants::{DEPTH_ATOMS, FORECAST_VARIANCE_Q64},
    error::FirebreakError,
    events::{emit, ForecastPosted},
    instructions::require_bounds,
    state::{is_known, Committee, Seat},
};

/// What a reporter expects.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForecastArgs {
    /// Variance of log returns per second, in 2^-64.
    pub variance_q64: u64,
    /// Quote notional that would move the log price by one, in atoms.
    pub depth_atoms: u64,
}

/// Accounts of `post_forecast`.
#[event_cpi]
#[derive(Accounts)]
pub struct PostForecast<'info> {
    /// A reporter of the committee.
    pub reporter: Signer<'info>,
    /// The committee.
    #[account(mut, constraint = is_known(&committee) @ FirebreakError::NewerVersion)]
    pub committee: AccountLoader<'info, Committee>,
}

impl<'info> PostForecast<'info> {
    /// Number of the reporter's seat.
    fn validate(&self, args: &ForecastArgs, clock: &Clock) -> Result<usize> {
        // reporter: signs, and is found among the seats. committee: any, since it lists its reporters.
        let committee = self.committee.load()?;
        let number = committee.seat_of(self.reporter.key).ok_or(FirebreakError::NotReporter)?;
        require_bounds(args.variance_q64, FORECAST_VARIANCE_Q64, FirebreakError::ForecastVarianceBounds)?;
        require_bounds(args.depth_atoms, DEPTH_ATOMS, FirebreakError::ForecastDepthBounds)?;
        // After the clock went back the later report stands; one in the same second replaces it.
        let is_later = clock.unix_timestamp >= committee.seats[number].reported_ts;
        ensure!(is_later, FirebreakError::ReportClock);
        Ok(number)
    }

    /// Replaces the reporter's last report, and nobody else's.
    ///
    /// # Errors
    /// `NotReporter`, `ForecastVarianceBounds`, `ForecastDepthBounds`, `ReportClock`.
    pub fn handler(ctx: Context<'info, Self>, args: ForecastArgs) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let number = accounts.validate(&args, &clock)?;
        let reporter = accounts.reporter.key();
        let event = {
            let mut committee = accounts.committee.load_mut()?;
            committee.seats[number] = Seat {
                reporter,
                variance_q64: args.variance_q64,
                depth_atoms: args.depth_atoms,
                reported_ts: clock.unix_timestamp,
            };
            committee.touch();
            ForecastPosted {
                group: committee.group,
                market: committee.market,
                row: committee.row,
                reporter,
                variance_q64: args.variance_q64,
                depth_atoms: args.depth_atoms,
                reported_ts: clock.unix_timestamp,
                sequence: committee.sequence,
                slot: clock.slot,
            }
        };
        emit(&ctx.accounts.event_authority, &event)?;
        Ok(())
    }
}
