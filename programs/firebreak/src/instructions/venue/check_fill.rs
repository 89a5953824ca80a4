//! `check_fill`: what `apply_fill` would answer. No signer, nothing writable.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};

use super::{
    parties::{self, Party, Place},
    FillArgs,
};
use crate::{
    engine::{fill::admitted_outcome, Overlay, RowReader},
    error::FirebreakError,
    state::{is_known, ExposureShard, Group, MarginAccount, RiskSnapshot, SnapshotRows, Venue, VenueMarket},
};

/// Accounts of `check_fill`. Remaining accounts, as for `apply_fill`: per leg the maker's margin account and its shard,
/// then per overlay row the primary and secondary oracle account.
#[derive(Accounts)]
pub struct CheckFill<'info> {
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// The venue.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&venue) @ FirebreakError::NewerVersion
    )]
    pub venue: AccountLoader<'info, Venue>,
    /// The snapshot.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The venue's record for the market.
    #[account(
        has_one = venue @ FirebreakError::WrongVenueMarket,
        constraint = is_known(&venue_market) @ FirebreakError::NewerVersion
    )]
    pub venue_market: AccountLoader<'info, VenueMarket>,
    /// The taker.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&taker) @ FirebreakError::NewerVersion
    )]
    pub taker: AccountLoader<'info, MarginAccount>,
    /// The taker's shard.
    #[account(constraint = is_known(&taker_shard) @ FirebreakError::NewerVersion)]
    pub taker_shard: AccountLoader<'info, ExposureShard>,
}

impl<'info> CheckFill<'info> {
    /// Answers with a `FillOutcome` as return data.
    ///
    /// # Errors
    /// As `apply_fill`.
    pub fn handler(ctx: Context<'info, Self>, args: FillArgs) -> Result<()> {
        let accounts = &*ctx.accounts;
        let args = args.to_interface();
        let (pairs, oracles) = parties::split(&args, ctx.remaining_accounts)?;
        let taker = Party::new(accounts.taker.clone(), accounts.taker_shard.clone());
        let parties = parties::load(&accounts.group.key(), taker, pairs)?;
        let place = Place {
            venue: &accounts.venue,
            snapshot: &accounts.snapshot,
            venue_market: &accounts.venue_market,
        };
        let clock = Clock::get()?;
        let moment = place.moment(&clock)?;
        let rows = accounts.snapshot.rows()?;
        let overlay = Overlay::read(&rows, args.overlay_rows(), oracles, (&clock, &moment))?;
        let reader = RowReader::new(&rows, &overlay, moment);
        let decided = place.decide(&args, &parties, &reader)?;
        let outcome = match &decided.plans {
            Ok(plans) => {
                let taker = plans[0].map(|plan| plan.health).unwrap_or_default();
                admitted_outcome(&decided.totals, &taker, decided.row, decided.snapshot_sequence)
            }
            Err(refused) => refused.outcome(decided.snapshot_sequence),
        };
        set_return_data(bytemuck::bytes_of(&outcome));
        Ok(())
    }
}
