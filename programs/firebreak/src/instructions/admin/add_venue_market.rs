//! `add_venue_market`: lets a venue report fills in a market.

use anchor_lang::prelude::*;

use crate::{
    constants::*,
    error::FirebreakError,
    events::{emit, VenueMarketAdded},
    state::{is_known, Group, Market, Venue, VenueMarket},
};

/// Accounts of `add_venue_market`.
#[event_cpi]
#[derive(Accounts)]
pub struct AddVenueMarket<'info> {
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
    /// The venue.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&venue) @ FirebreakError::NewerVersion
    )]
    pub venue: AccountLoader<'info, Venue>,
    /// The market; counts its venues.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&market) @ FirebreakError::NewerVersion
    )]
    pub market: AccountLoader<'info, Market>,
    /// The new record.
    #[account(
        init,
        payer = admin,
        space = 8 + core::mem::size_of::<VenueMarket>(),
        seeds = [VENUE_MARKET, venue.key().as_ref(), market.key().as_ref()],
        bump
    )]
    pub venue_market: AccountLoader<'info, VenueMarket>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> AddVenueMarket<'info> {
    fn validate(&self) -> Result<()> {
        // admin, venue, market: has_one. venue_market: created here at its address.
        ensure!(self.market.load()?.venue_count < MARKET_VENUES_MAX, FirebreakError::MarketVenues);
        Ok(())
    }

    /// Admits the venue to the market, as the last of its venues.
    ///
    /// # Errors
    /// `MarketVenues` when the market has as many as a fold can read.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = &ctx.accounts;
        let (protocol_fee_share_ppm, sequence) = {
            let mut group = accounts.group.load_mut()?;
            group.touch();
            (group.protocol_fee_share_ppm, group.sequence)
        };
        {
            let mut market = accounts.market.load_mut()?;
            let mut venue_market = accounts.venue_market.load_init()?;
            venue_market.group = accounts.group.key();
            venue_market.venue = accounts.venue.key();
            venue_market.market = accounts.market.key();
            venue_market.fee_max_ppm = market.fee_max_ppm;
            venue_market.protocol_fee_share_ppm = protocol_fee_share_ppm;
            venue_market.row = market.row;
            venue_market.market_index = market.market_index;
            venue_market.ordinal = market.venue_count;
            market.venue_count += 1;
            market.sequence = market.sequence.wrapping_add(1);
            venue_market.bump = ctx.bumps.venue_market;
            venue_market.version = LAYOUT_VERSION;
        }
        emit(
            &ctx.accounts.event_authority,
            &VenueMarketAdded {
                group: accounts.group.key(),
                venue: accounts.venue.key(),
                market: accounts.market.key(),
                venue_market: accounts.venue_market.key(),
                sequence,
            },
        )?;
        Ok(())
    }
}
