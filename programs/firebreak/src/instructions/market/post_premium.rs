//! `post_premium`: a venue says how far its mark price is from the risk price. The premium is averaged over time here;
//! the next fold combines the averages of all venues into the market's funding.

use anchor_lang::prelude::*;
use firebreak_risk::{
    funding::premium_ppm,
    units::{Ppm, Price, Seconds, UnixTime},
};

use crate::{
    constants::{FRESH_SECS, PREMIUM_CLAMP_PPM},
    error::{FirebreakError, OrFail},
    events::{emit, PremiumPosted},
    state::{is_known, Market, RiskSnapshot, SnapshotRows, Venue, VenueMarket},
};

/// Accounts of `post_premium`.
#[event_cpi]
#[derive(Accounts)]
pub struct PostPremium<'info> {
    /// The venue's program-derived address.
    pub authority: Signer<'info>,
    /// The venue.
    #[account(
        has_one = authority @ FirebreakError::NotVenueAuthority,
        constraint = is_known(&venue) @ FirebreakError::NewerVersion
    )]
    pub venue: AccountLoader<'info, Venue>,
    /// The group's snapshot.
    #[account(
        constraint = snapshot.load()?.group == venue.load()?.group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The market.
    #[account(constraint = is_known(&market) @ FirebreakError::NewerVersion)]
    pub market: AccountLoader<'info, Market>,
    /// The venue's record for the market.
    #[account(
        mut,
        has_one = venue @ FirebreakError::WrongVenueMarket,
        has_one = market @ FirebreakError::WrongVenueMarket,
        constraint = is_known(&venue_market) @ FirebreakError::NewerVersion
    )]
    pub venue_market: AccountLoader<'info, VenueMarket>,
}

impl<'info> PostPremium<'info> {
    fn validate(&self, mark_price_q32: u64) -> Result<()> {
        // authority, snapshot, venue_market: attributes; market: by venue_market.
        ensure!(self.venue.load()?.is_frozen == 0, FirebreakError::VenueFrozen);
        ensure!(mark_price_q32 > 0, FirebreakError::MarkPrice);
        Ok(())
    }

    /// Takes the mark price, in quote atoms per lot in 2^-32, into the venue's average premium.
    ///
    /// # Errors
    /// `VenueFrozen`, `MarkPrice`, and `StaleRow` when the risk price is not fresh.
    pub fn handler(ctx: Context<'info, Self>, mark_price_q32: u64) -> Result<()> {
        ctx.accounts.validate(mark_price_q32)?;
        let accounts = &*ctx.accounts;
        let now = Clock::get()?.unix_timestamp;
        let event = {
            let market = accounts.market.load()?;
            let rows = accounts.snapshot.rows()?;
            let row = rows.get(usize::from(market.row)).ok_or(FirebreakError::NoSuchRow)?;
            let is_fresh = row.price_q32 != 0 && now.saturating_sub(row.update_ts) <= FRESH_SECS;
            ensure!(is_fresh, FirebreakError::StaleRow);
            let mut venue_market = accounts.venue_market.load_mut()?;
            let clamp = Ppm(PREMIUM_CLAMP_PPM);
            let sample = premium_ppm(Price(mark_price_q32), row.price(), clamp).or_fail()?;
            let tau = Seconds(u64::from(market.premium_tau_secs));
            let premium = venue_market.premium().observe(tau, sample, UnixTime(now)).or_fail()?;
            venue_market.set_premium(premium);
            venue_market.touch();
            PremiumPosted {
                group: venue_market.group,
                venue: accounts.venue.key(),
                row: market.row,
                mark_price_q32,
                premium_ppm: sample,
                premium_average_q16: venue_market.premium_average_q16,
                sequence: venue_market.sequence,
            }
        };
        emit(&ctx.accounts.event_authority, &event)?;
        Ok(())
    }
}
