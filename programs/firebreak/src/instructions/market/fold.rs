//! `fold`: adds a market's shards up, publishes its liquidation demand and accrues its funding. Anyone may call it.
//!
//! Fills and liquidations write shards only. What needs the whole market reads what the last fold wrote: open-interest
//! caps, and the shares of venues in funding. A fold in the same second as the last one, or after the clock went
//! backwards, still counts open interest; funding accrues for time that has passed, and for nothing else.

use core::cell::Ref;

use anchor_lang::prelude::*;
use firebreak_risk::{
    funding::{
        accrue, charge_funding, to_ppm, Averager, FundingInput, FundingState, PremiumMean, VenuePremium,
    },
    units::{Ppm, Seconds, UnixTime},
};

use crate::{
    constants::SHARDS,
    engine::{curve::fold_demand, rows::side_index},
    error::{FirebreakError, OrFail},
    events::{emit, MarketFolded},
    state::{
        is_known, read, Committee, Group, Market, MarketLedger, RiskSnapshot, Row, ShardRow, ShardSums,
        Shards, SnapshotRows, VenueMarket,
    },
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
    /// Its committee of reporters, where it has one.
    #[account(
        has_one = market @ FirebreakError::WrongCommittee,
        constraint = is_known(committee) @ FirebreakError::NewerVersion
    )]
    pub committee: Option<AccountLoader<'info, Committee>>,
}

impl<'info> Fold<'info> {
    /// Position of the market in the shards.
    fn validate(&self) -> Result<u16> {
        // group: the snapshot's. snapshot, market, ledger, committee: has_one. shards and venues: where they are read.
        let market = self.market.load()?;
        // Whoever cranks must not choose whether forecasts count.
        let is_complete = self.committee.is_some() == market.has_committee();
        ensure!(is_complete, FirebreakError::CommitteeMissing);
        Ok(market.market_index)
    }

    /// Folds the market.
    ///
    /// # Errors
    /// `ShardsMissing`, `MarketVenues`, `CommitteeMissing`, `WrongGroup`, `NewerVersion`, `MathOverflow`.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let (shards, venues) =
            ctx.remaining_accounts.split_at_checked(SHARDS).ok_or(FirebreakError::ShardsMissing)?;
        let market_index = accounts.validate()?;
        let shards = Shards::checked_rows(accounts.group.as_ref().key, shards, market_index)?;
        let sums = ShardSums::of(&shards)?;
        let premium_ppm = accounts.premium(venues, &sums, clock.unix_timestamp)?;
        let mut event = accounts.apply(&sums, &shards, premium_ppm, &clock)?;
        event.sequence = {
            let mut snapshot = accounts.snapshot.load_mut()?;
            snapshot.touch(&clock);
            snapshot.sequence
        };
        emit(&ctx.accounts.event_authority, &event)?;
        Ok(())
    }

    /// Mean of what the market's venues have posted. Premiums that are too old are left out.
    fn premium(&self, venues: &'info [AccountInfo<'info>], sums: &ShardSums, now: i64) -> Result<i32> {
        let market = self.market.load()?;
        ensure!(venues.len() == usize::from(market.venue_count), FirebreakError::MarketVenues);
        let tau = Seconds(u64::from(market.premium_tau_secs));
        let mut averager = Averager::new(tau, UnixTime(now)).or_fail()?;
        // A venue's fills count on both sides, and so does what they are compared with.
        let [long_units, short_units] = sums.open_interest_units;
        let mut mean = PremiumMean::new(long_units.saturating_add(short_units));
        for (ordinal, info) in (0..market.venue_count).zip(venues) {
            let venue = read::<VenueMarket>(info)?;
            let is_next = venue.market == *self.market.as_ref().key && venue.ordinal == ordinal;
            ensure!(is_next, FirebreakError::MarketVenues);
            if venue.has_premium_at(now) {
                let premium_ppm = to_ppm(averager.average_q16(&venue.premium()).or_fail()?);
                mean.count(&VenuePremium { weight_units: venue.open_units, premium_ppm }).or_fail()?;
            }
        }
        mean.ppm().or_fail()
    }

    /// Takes the committee's forecast over into the row. Returns the depth to reckon with.
    fn heed(&self, market: &Market, row: &mut Row, now: UnixTime) -> Result<u64> {
        let Some(loader) = &self.committee else { return Ok(market.depth_atoms) };
        let committee = loader.load()?;
        let outlook = committee.outlook(row.volatility().higher(), now)?;
        row.set_outlook(outlook, committee.variance_band_milli());
        committee.depth_atoms(market.depth_atoms, now)
    }

    /// Writes row and ledger.
    fn apply(
        &self,
        sums: &ShardSums,
        shards: &[Ref<ShardRow>],
        premium_ppm: i32,
        clock: &Clock,
    ) -> Result<MarketFolded> {
        let market = self.market.load()?;
        let mut ledger = self.ledger.load_mut()?;
        let mut rows = self.snapshot.rows_mut()?;
        let row = rows.get_mut(usize::from(market.row)).ok_or(FirebreakError::NoSuchRow)?;
        ledger.premium_ppm = premium_ppm;
        let [long_units, short_units] = sums.open_interest_units;
        let is_charged = self.group.load()?.is_active()
            && long_units > 0
            && short_units > 0
            && row.has_usable_price(clock.unix_timestamp);
        let now = UnixTime(clock.unix_timestamp);
        let funding_step_q32 = fund(row, &mut ledger, (&market, is_charged), now)?;

        row.open_interest_units = sums.open_interest_units;
        ledger.protocol_fees_atoms = sums.protocol_fees_atoms;
        ledger.fold_sequence = ledger.fold_sequence.wrapping_add(1);
        let depth_atoms = self.heed(&market, row, now)?;
        let depth = (&*market, depth_atoms);
        fold_demand(row, depth, shards, ledger.fold_sequence, clock.unix_timestamp);
        row.fold_sequence = ledger.fold_sequence;
        row.fold_ts = clock.unix_timestamp;
        ledger.touch();
        Ok(MarketFolded {
            group: self.group.key(),
            market: self.market.key(),
            row: market.row,
            open_interest_units: sums.open_interest_units,
            protocol_fees_atoms: sums.protocol_fees_atoms,
            premium_ppm: ledger.premium_ppm,
            funding_step_q32,
            fold_sequence: ledger.fold_sequence,
            delta_atoms: row.sides.map(|side| side.demand_delta_atoms),
            gamma_atoms: row.sides.map(|side| side.demand_gamma_atoms),
            reproduction_ppm: row.sides.map(|side| side.reproduction_ppm),
            cluster_bins: row.sides.map(|side| side.cluster_bins),
            is_pace_infeasible: row.is_pace_infeasible,
            growth_cap_atoms: row.sides.map(|side| side.growth_cap_atoms),
            maintenance_limit_ppm: row.maintenance_limit_ppm,
            depth_atoms,
            forecast_variance_q64: row.forecast_variance_q64,
            ledger_sequence: ledger.sequence,
            sequence: 0,
            slot: clock.slot,
        })
    }
}

/// Charges the funding of the time since the last fold to both sides, or lets that time pass without a charge. Returns
/// the step.
fn fund(
    row: &mut Row,
    ledger: &mut MarketLedger,
    (market, is_charged): (&Market, bool),
    now: UnixTime,
) -> Result<i64> {
    let state = ledger.funding();
    if !is_charged {
        // Never backwards, or the time in between would be charged twice.
        ledger.set_funding(FundingState { updated: state.updated.max(now), ..state });
        return Ok(0);
    }
    let input = FundingInput {
        price: row.price(),
        premium_ppm: ledger.premium_ppm,
        max: Ppm(market.funding_max_ppm),
        window: Seconds(u64::from(market.funding_window_secs)),
    };
    let (step_q32, state) = accrue(&state, &input, now).or_fail()?;
    ledger.set_funding(state);
    let sides = [side_index(&row.sides[0]), side_index(&row.sides[1])];
    for (stored, side) in row.sides.iter_mut().zip(charge_funding(&sides, step_q32).or_fail()?) {
        stored.set_earned(side.earned);
    }
    Ok(step_q32)
}
