//! `fold`: adds a market's shards up and accrues its funding. Anyone may call it.
//!
//! Fills and liquidations write shards only. What needs the whole market reads what the last fold wrote: open-interest
//! caps, and the shares of venues in funding. A fold in the same second as the last one, or after the clock went
//! backwards, still counts open interest; funding accrues for time that has passed, and for nothing else.

use anchor_lang::prelude::*;
use firebreak_risk::units::{Seconds, UnixTime};

use crate::{
    constants::SHARD_COUNT,
    engine::funding::{self, VenuePremium},
    error::FirebreakError,
    events::MarketFolded,
    state::{is_known, Group, Market, MarketLedger, RiskSnapshot, ShardSums, SnapshotRows, VenueMarket},
};

/// Accounts of `fold`. Remaining accounts, read-only: all shards of the group, in order; then the records of all venues
/// of the market, in the order of their `ordinal`.
#[event_cpi]
#[derive(Accounts)]
pub struct Fold<'info> {
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// Its snapshot.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The market.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&market) @ FirebreakError::NewerVersion
    )]
    pub market: AccountLoader<'info, Market>,
    /// Its ledger.
    #[account(
        mut,
        has_one = market @ FirebreakError::WrongGroup,
        constraint = is_known(&ledger) @ FirebreakError::NewerVersion
    )]
    pub ledger: AccountLoader<'info, MarketLedger>,
}

impl<'info> Fold<'info> {
    /// Folds the market.
    ///
    /// # Errors
    /// `ShardsMissing`, `MarketVenues`, `WrongGroup`, `NewerVersion`, `MathOverflow`.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let (shards, venues) = ctx
            .remaining_accounts
            .split_at_checked(usize::from(SHARD_COUNT))
            .ok_or(FirebreakError::ShardsMissing)?;
        let market_index = accounts.market.load()?.market_index;
        let sums = ShardSums::read(&accounts.group.key(), shards, market_index)?;
        let premiums = accounts.premiums(venues, clock.unix_timestamp)?;
        let mut event = accounts.apply(&sums, &premiums, &clock)?;
        event.sequence = {
            let mut snapshot = accounts.snapshot.load_mut()?;
            snapshot.touch(&clock);
            snapshot.sequence
        };
        emit_cpi!(event);
        Ok(())
    }

    /// What the market's venues have posted. Premiums that are too old are left out.
    fn premiums(&self, venues: &'info [AccountInfo<'info>], now: i64) -> Result<Vec<VenuePremium>> {
        let venue_count = self.market.load()?.venue_count;
        require!(venues.len() == usize::from(venue_count), FirebreakError::MarketVenues);
        let mut premiums = Vec::with_capacity(venues.len());
        for (ordinal, info) in (0..venue_count).zip(venues) {
            let loader = AccountLoader::<VenueMarket>::try_from(info)?;
            require!(is_known(&loader), FirebreakError::NewerVersion);
            let venue = loader.load()?;
            let is_next = venue.market == self.market.key() && venue.ordinal == ordinal;
            require!(is_next, FirebreakError::MarketVenues);
            premiums.extend(VenuePremium::posted(&venue, now));
        }
        Ok(premiums)
    }

    /// Writes row and ledger.
    fn apply(&self, sums: &ShardSums, premiums: &[VenuePremium], clock: &Clock) -> Result<MarketFolded> {
        let now = clock.unix_timestamp;
        let market = self.market.load()?;
        let mut ledger = self.ledger.load_mut()?;
        let mut rows = self.snapshot.rows_mut()?;
        let row = rows.get_mut(usize::from(market.row)).ok_or(FirebreakError::NoSuchRow)?;

        row.open_interest_units = sums.open_interest_units;
        ledger.protocol_fees_atoms = sums.protocol_fees_atoms;
        let premium = funding::combined(premiums, sums.open_interest_units)?;
        let elapsed = match ledger.funding_updated_ts {
            0 => Seconds(0),
            updated => Seconds::between(UnixTime(updated), UnixTime(now)),
        };
        // Time moves on without a charge while nothing may accrue, and never backwards.
        ledger.funding_updated_ts = ledger.funding_updated_ts.max(now);
        let before = row.sides[0].earned();
        if self.group.load()?.is_active() && row.has_usable_price(now) {
            funding::accrue(row, &mut ledger, (&market, premium), elapsed)?;
        }
        ledger.premium_ppm = premium.unwrap_or(0);
        ledger.fold_sequence = ledger.fold_sequence.wrapping_add(1);
        row.fold_sequence = ledger.fold_sequence;
        row.fold_ts = now;
        ledger.touch();
        Ok(MarketFolded {
            group: self.group.key(),
            market: self.market.key(),
            row: market.row,
            open_interest_units: sums.open_interest_units,
            protocol_fees_atoms: sums.protocol_fees_atoms,
            premium_ppm: ledger.premium_ppm,
            long_earned_change_q32: row.sides[0].earned().0.saturating_sub(before.0),
            fold_sequence: ledger.fold_sequence,
            ledger_sequence: ledger.sequence,
            sequence: 0,
            slot: clock.slot,
        })
    }
}
