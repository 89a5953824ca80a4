//! Opens a book.

use anchor_lang::prelude::*;
use firebreak_interface::{
    layout::{SnapshotHeader, VenueMarket, View, ROW_KIND_MARKET},
    pda::PROGRAM_ID as FIREBREAK,
};

use crate::{
    constants::*,
    error::VenueError,
    events::MarketCreated,
    state::{Market, OrderBook},
};

/// Terms of a market.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct CreateMarketArgs {
    /// Price step, in quote atoms per lot.
    pub tick_atoms: u64,
    /// Fee of takers, in ppm of notional.
    pub taker_fee_ppm: u32,
    /// Rebate of makers, in ppm of notional.
    pub maker_rebate_ppm: u32,
}

/// Accounts of `create_market`.
#[derive(Accounts)]
pub struct CreateMarket<'info> {
    /// Opens the market. Part of the address, so that nobody can squat on the terms of somebody else's market.
    #[account(mut)]
    pub admin: Signer<'info>,
    /// The new market.
    #[account(
        init,
        payer = admin,
        space = 8 + core::mem::size_of::<Market>(),
        seeds = [MARKET_SEED, venue_market.key().as_ref(), admin.key().as_ref()],
        bump
    )]
    pub market: AccountLoader<'info, Market>,
    /// Its book.
    #[account(
        init,
        payer = admin,
        space = 8 + core::mem::size_of::<OrderBook>(),
        seeds = [BOOK_SEED, market.key().as_ref()],
        bump
    )]
    pub book: AccountLoader<'info, OrderBook>,
    /// CHECK: Firebreak's group; must be that of the venue market.
    #[account(owner = FIREBREAK)]
    pub group: UncheckedAccount<'info>,
    /// CHECK: this venue; must be that of the venue market.
    #[account(owner = FIREBREAK)]
    pub venue: UncheckedAccount<'info>,
    /// CHECK: this venue's use of the Firebreak market; read by its layout.
    #[account(owner = FIREBREAK)]
    pub venue_market: UncheckedAccount<'info>,
    /// CHECK: Firebreak's snapshot; read by its layout.
    #[account(owner = FIREBREAK)]
    pub snapshot: UncheckedAccount<'info>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

impl CreateMarket<'_> {
    /// Checks the terms and how the Firebreak accounts hang together. Returns the market's row.
    fn validate(&self, args: &CreateMarketArgs) -> Result<u16> {
        let malformed = |_| error!(VenueError::MalformedFirebreakAccount);
        // venue_market: of this group and venue.
        let venue_market = self.venue_market.try_borrow_data()?;
        let venue_market = View::<VenueMarket>::new(&venue_market).map_err(malformed)?;
        let is_of_group = venue_market.group() == self.group.key().to_bytes();
        let is_of_venue = venue_market.venue() == self.venue.key().to_bytes();
        require!(is_of_group && is_of_venue, VenueError::FirebreakAccountsMismatch);
        // snapshot: of this group, and the row is a market.
        let snapshot = self.snapshot.try_borrow_data()?;
        let snapshot = View::<SnapshotHeader>::new(&snapshot).map_err(malformed)?;
        let is_of_group = snapshot.group() == self.group.key().to_bytes();
        require!(is_of_group, VenueError::FirebreakAccountsMismatch);
        let is_market = snapshot.row_kind(venue_market.row()) == Some(ROW_KIND_MARKET);
        require!(is_market, VenueError::RowIsNoMarket);
        // admin, market, book: checked in the #[account] attributes.
        require!((1..=TICK_ATOMS_MAX).contains(&args.tick_atoms), VenueError::TickOutOfRange);
        let fee_ppm_max = FEE_PPM_MAX.min(venue_market.fee_max_ppm());
        require_gte!(fee_ppm_max, args.taker_fee_ppm, VenueError::FeeTooHigh);
        require_gte!(args.taker_fee_ppm, args.maker_rebate_ppm, VenueError::RebateAboveFee);
        Ok(venue_market.row())
    }

    /// Opens a book.
    pub fn create_market(ctx: Context<Self>, args: CreateMarketArgs) -> Result<()> {
        let row = ctx.accounts.validate(&args)?;
        let (_, authority_bump) = Pubkey::find_program_address(&[AUTHORITY_SEED], ctx.program_id);
        let accounts = &ctx.accounts;
        *accounts.market.load_init()? = Market {
            admin: accounts.admin.key(),
            group: accounts.group.key(),
            venue: accounts.venue.key(),
            venue_market: accounts.venue_market.key(),
            snapshot: accounts.snapshot.key(),
            book: accounts.book.key(),
            tick_atoms: args.tick_atoms,
            taker_fee_ppm: args.taker_fee_ppm,
            maker_rebate_ppm: args.maker_rebate_ppm,
            row,
            bump: ctx.bumps.market,
            authority_bump,
            version: LAYOUT_VERSION,
            _padding: [0; 3],
        };
        accounts.book.load_init()?.open(accounts.market.key(), ctx.bumps.book);
        emit!(MarketCreated {
            market: accounts.market.key(),
            venue_market: accounts.venue_market.key(),
            tick_atoms: args.tick_atoms,
            taker_fee_ppm: args.taker_fee_ppm,
            maker_rebate_ppm: args.maker_rebate_ppm,
            slot: Clock::get()?.slot,
        });
        Ok(())
    }
}
