//! `collect_venue_fees`: pays a venue what its fills earned, out of the market's pool of settled losses.
//!
//! Fees are promises of positions until somebody's loss was settled, just as profits are. They leave by the same pool
//! and the same limiter, so that they can never be paid with other people's deposits.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use firebreak_risk::units::UnixTime;

use crate::{
    constants::QUOTE_ROW,
    error::FirebreakError,
    events::{emit, VenueFeesCollected},
    state::{is_known, MarginAccount, Market, MarketLedger, Venue, VenueMarket},
};

/// Accounts of `collect_venue_fees`.
#[event_cpi]
#[derive(Accounts)]
pub struct CollectVenueFees<'info> {
    /// The venue's program-derived address.
    pub authority: Signer<'info>,
    /// The venue.
    #[account(
        has_one = authority @ FirebreakError::NotVenueAuthority,
        constraint = is_known(&venue) @ FirebreakError::NewerVersion
    )]
    pub venue: AccountLoader<'info, Venue>,
    /// The market.
    #[account(constraint = is_known(&market) @ FirebreakError::NewerVersion)]
    pub market: AccountLoader<'info, Market>,
    /// Its ledger.
    #[account(
        mut,
        has_one = market @ FirebreakError::WrongGroup,
        constraint = is_known(&ledger) @ FirebreakError::NewerVersion
    )]
    pub ledger: AccountLoader<'info, MarketLedger>,
    /// The venue's record for the market.
    #[account(
        mut,
        has_one = venue @ FirebreakError::WrongVenueMarket,
        has_one = market @ FirebreakError::WrongVenueMarket,
        constraint = is_known(&venue_market) @ FirebreakError::NewerVersion
    )]
    pub venue_market: AccountLoader<'info, VenueMarket>,
    /// The margin account that is paid: any of the group, as the venue's authority names it.
    #[account(
        mut,
        constraint = margin_account.load()?.group == venue.load()?.group @ FirebreakError::WrongGroup,
        constraint = is_known(&margin_account) @ FirebreakError::NewerVersion
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

impl<'info> CollectVenueFees<'info> {
    /// Pays what the limiter allows now. Return data: the atoms that were paid, 8 bytes. Nothing to pay is no error: it
    /// returns 0 and changes nothing.
    ///
    /// # Errors
    /// `CollateralSlotsFull` when the account has no place for quote.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = &*ctx.accounts;
        let now = UnixTime(Clock::get()?.unix_timestamp);
        let limiter = accounts.market.load()?.payout_limiter();
        let unpaid = accounts.venue_market.load()?.unpaid_fees_atoms();
        let payment = accounts.ledger.load_mut()?.pay_fees(&limiter, unpaid, now)?;
        if payment.settled_atoms() == 0 {
            set_return_data(&0u64.to_le_bytes());
            return Ok(());
        }
        let event = {
            let mut account = accounts.margin_account.load_mut()?;
            account.pay_in(QUOTE_ROW, payment.paid_atoms)?;
            let mut venue_market = accounts.venue_market.load_mut()?;
            let settled = venue_market.fees_paid_atoms.checked_add(payment.settled_atoms());
            venue_market.fees_paid_atoms = settled.ok_or(FirebreakError::MathOverflow)?;
            venue_market.touch();
            let ledger = accounts.ledger.load()?;
            VenueFeesCollected {
                group: venue_market.group,
                venue: accounts.venue.key(),
                market: accounts.market.key(),
                margin_account: accounts.margin_account.key(),
                paid_atoms: payment.paid_atoms,
                lost_atoms: payment.lost_atoms,
                unpaid_atoms: venue_market.unpaid_fees_atoms(),
                pool_atoms: ledger.pool_atoms,
                ledger_sequence: ledger.sequence,
                account_sequence: account.sequence,
                sequence: venue_market.sequence,
            }
        };
        emit(&ctx.accounts.event_authority, &event)?;
        // Each CPI clears return data, so it is set after the event.
        set_return_data(&payment.paid_atoms.to_le_bytes());
        Ok(())
    }
}
