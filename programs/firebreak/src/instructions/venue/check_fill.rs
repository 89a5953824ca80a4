//! `check_fill`: what `apply_fill` would answer. No signer, nothing writable.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use firebreak_interface::fill::{FillOutcome, Refusal, OVERLAY_ROWS_MAX};

use super::FillArgs;
use crate::{
    constants::{LAYOUT_VERSION, MAKERS_MAX},
    engine::{
        fill::{admitted_outcome, maker_amounts, taker_amounts, FillContext, Refused},
        Moment, Overlay, RowReader,
    },
    error::FirebreakError,
    state::{is_known, Group, MarginAccount, RiskSnapshot, SnapshotRows, Venue, VenueMarket},
};

/// Accounts of `check_fill`. Remaining accounts: each leg's maker, then primary and secondary oracle per overlay row.
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
}

impl<'info> CheckFill<'info> {
    /// Answers with a [`FillOutcome`] as return data.
    ///
    /// # Errors
    /// As `apply_fill`.
    pub fn handler(ctx: Context<'info, Self>, args: FillArgs) -> Result<()> {
        let args = args.to_interface();
        let legs = usize::from(args.leg_count);
        let overlays = usize::from(args.overlay_count);
        let is_shaped = (1..=MAKERS_MAX).contains(&legs) && overlays <= OVERLAY_ROWS_MAX;
        require!(is_shaped, FirebreakError::FillShape);
        let makers = ctx.remaining_accounts.get(..legs).ok_or(FirebreakError::RemainingAccounts)?;
        let oracles = &ctx.remaining_accounts[legs..];
        let outcome = ctx.accounts.check(&args, makers, oracles)?;
        set_return_data(bytemuck::bytes_of(&outcome));
        Ok(())
    }

    fn check(
        &self,
        args: &firebreak_interface::fill::FillArgs,
        makers: &'info [AccountInfo<'info>],
        oracles: &[AccountInfo<'info>],
    ) -> Result<FillOutcome> {
        let clock = Clock::get()?;
        let (sequence, moment) = {
            let header = self.snapshot.load()?;
            (header.sequence, Moment::of(&header, &clock))
        };
        let rows = self.snapshot.rows()?;
        let overlay = Overlay::read(&rows, args.overlay_rows(), oracles, &clock)?;
        let reader = RowReader::new(&rows, &overlay, moment);
        let context = FillContext::new(reader, &*self.venue.load()?, &*self.venue_market.load()?)?;
        let row = context.row.index;
        let totals = match context.totals(args)? {
            Ok(totals) => totals,
            Err(refused) => return Ok(refused.outcome(None, sequence)),
        };
        let (lots, quote) = taker_amounts(args, &totals)?;
        let taker = match context.decide(&*self.taker.load()?, lots, quote)? {
            Ok(plan) => plan.health,
            Err(refused) => return Ok(refused.outcome(Some(0), sequence)),
        };
        for (party, (info, leg)) in (1u8..).zip(makers.iter().zip(args.legs())) {
            let seen = &makers[..usize::from(party) - 1];
            let repeated = *info.key == self.taker.key() || seen.iter().any(|other| other.key == info.key);
            if repeated {
                let refused = Refused { reason: Refusal::SelfTrade, row, equity: 0, requirement: 0 };
                return Ok(refused.outcome(Some(party), sequence));
            }
            let maker = AccountLoader::<MarginAccount>::try_from(info)?;
            let maker = maker.load()?;
            require_keys_eq!(maker.group, self.group.key(), FirebreakError::WrongGroup);
            require_gte!(LAYOUT_VERSION, maker.version, FirebreakError::NewerVersion);
            let (lots, quote) = maker_amounts(args, leg)?;
            if let Err(refused) = context.decide(&maker, lots, quote)? {
                return Ok(refused.outcome(Some(party), sequence));
            }
        }
        Ok(admitted_outcome(&totals, &taker, row, sequence))
    }
}
