//! `freeze_venue`: lets a venue report nothing but reductions, or takes that back.

use anchor_lang::prelude::*;

use super::{require_may, Change};
use crate::{
    error::FirebreakError,
    events::{emit, VenueFrozen},
    state::{is_known, Group, Venue},
};

/// Accounts of `freeze_venue`.
#[event_cpi]
#[derive(Accounts)]
pub struct FreezeVenue<'info> {
    /// Administrator, or guardian to freeze.
    pub authority: Signer<'info>,
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// The venue.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&venue) @ FirebreakError::NewerVersion
    )]
    pub venue: AccountLoader<'info, Venue>,
}

impl<'info> FreezeVenue<'info> {
    /// Freezes or thaws the venue. Approvals stay, so that people can leave through it.
    ///
    /// # Errors
    /// `NotGuardian`; `NotAdmin` when the guardian thaws.
    pub fn handler(ctx: Context<'info, Self>, is_frozen: bool) -> Result<()> {
        let accounts = &*ctx.accounts;
        // venue: has_one. authority:
        let change = if is_frozen { Change::Tighten } else { Change::Loosen };
        require_may(&*accounts.group.load()?, accounts.authority.key, change)?;
        let sequence = {
            let mut venue = accounts.venue.load_mut()?;
            venue.is_frozen = is_frozen.into();
            venue.sequence = venue.sequence.wrapping_add(1);
            venue.sequence
        };
        emit(
            &ctx.accounts.event_authority,
            &VenueFrozen {
                group: accounts.group.key(),
                authority: accounts.authority.key(),
                venue: accounts.venue.key(),
                is_frozen,
                sequence,
                slot: Clock::get()?.slot,
            },
        )?;
        Ok(())
    }
}
