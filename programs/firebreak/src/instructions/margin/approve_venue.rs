//! `approve_venue`: lets a venue report fills of the account, or takes that back.

use anchor_lang::prelude::*;

use crate::{
    error::FirebreakError,
    events::{emit, VenueApprovalSet},
    state::{is_known, MarginAccount, Venue},
};

/// Accounts of `approve_venue`.
#[event_cpi]
#[derive(Accounts)]
pub struct ApproveVenue<'info> {
    /// Owner of the account.
    pub owner: Signer<'info>,
    /// The account.
    #[account(
        mut,
        has_one = owner @ FirebreakError::NotOwner,
        constraint = is_known(&margin_account) @ FirebreakError::NewerVersion
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The venue.
    #[account(
        constraint = venue.load()?.group == margin_account.load()?.group @ FirebreakError::WrongGroup,
        constraint = is_known(&venue) @ FirebreakError::NewerVersion
    )]
    pub venue: AccountLoader<'info, Venue>,
}

impl<'info> ApproveVenue<'info> {
    /// Sets or clears the venue's bit. Everything is checked by attributes.
    ///
    /// # Errors
    /// None of its own.
    pub fn handler(ctx: Context<'info, Self>, is_approved: bool) -> Result<()> {
        let accounts = &ctx.accounts;
        let index = accounts.venue.load()?.index;
        let sequence = {
            let mut account = accounts.margin_account.load_mut()?;
            let bit = 1u64.checked_shl(index.into()).ok_or(FirebreakError::VenuesFull)?;
            if is_approved {
                account.venue_approvals |= bit;
            } else {
                account.venue_approvals &= !bit;
            }
            account.touch();
            account.sequence
        };
        emit(
            &ctx.accounts.event_authority,
            &VenueApprovalSet {
                margin_account: accounts.margin_account.key(),
                venue: accounts.venue.key(),
                is_approved,
                sequence,
            },
        )?;
        Ok(())
    }
}
