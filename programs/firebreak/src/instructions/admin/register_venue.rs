//! `register_venue`: admits a perp DEX.

use anchor_lang::prelude::*;

use crate::{
    constants::*,
    error::FirebreakError,
    events::{emit, VenueRegistered},
    state::{is_known, Group, Venue},
};

/// Accounts of `register_venue`.
#[event_cpi]
#[derive(Accounts)]
pub struct RegisterVenue<'info> {
    /// Administrator; pays rent.
    #[account(mut)]
    pub admin: Signer<'info>,
    /// The group.
    #[account(
        mut,
        has_one = admin @ FirebreakError::NotAdmin,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
    /// The new venue.
    #[account(
        init,
        payer = admin,
        space = 8 + core::mem::size_of::<Venue>(),
        seeds = [VENUE, group.key().as_ref(), &group.load()?.venue_count.to_le_bytes()],
        bump
    )]
    pub venue: AccountLoader<'info, Venue>,
    /// CHECK: any key; only whoever can sign with it reports fills of this venue.
    pub authority: UncheckedAccount<'info>,
    /// CHECK: recorded for readers; executable, so that a typing error does not pass.
    #[account(executable)]
    pub venue_program: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> RegisterVenue<'info> {
    fn validate(&self) -> Result<()> {
        // admin: has_one. venue: created here at its address. venue_program: executable.
        ensure!(self.group.load()?.venue_count < VENUES_MAX, FirebreakError::VenuesFull);
        ensure!(self.authority.key() != Pubkey::default(), FirebreakError::DefaultKey);
        Ok(())
    }

    /// Registers the venue under the next index.
    ///
    /// # Errors
    /// `VenuesFull`, `DefaultKey`.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = &ctx.accounts;
        let (index, sequence) = {
            let mut group = accounts.group.load_mut()?;
            let index = group.venue_count;
            group.venue_count += 1;
            group.touch();
            (index, group.sequence)
        };
        {
            let mut venue = accounts.venue.load_init()?;
            venue.group = accounts.group.key();
            venue.authority = accounts.authority.key();
            venue.program = accounts.venue_program.key();
            venue.index = index;
            venue.bump = ctx.bumps.venue;
            venue.version = LAYOUT_VERSION;
        }
        emit(
            &ctx.accounts.event_authority,
            &VenueRegistered {
                group: accounts.group.key(),
                venue: accounts.venue.key(),
                authority: accounts.authority.key(),
                program: accounts.venue_program.key(),
                index,
                sequence,
            },
        )?;
        Ok(())
    }
}
