//! Liquidations: which accounts, in which order, in which market, how much.
//!
//! Candidates are found with the newest prices of all rows. Each is then decided on the rows exactly as the
//! transaction will see them, with the formulas of the instruction, and what it would use up (impact budget, the
//! keeper's own margin) is taken off before the next one.

mod budget;
mod order;

use anchor_lang::prelude::Pubkey;
use firebreak::{
    engine::{account_health, health::netting, AccountHealth},
    state::{MarginAccount, Market, Position, Row},
};
use firebreak_client::{health::account_state, instructions::OracleRow};
use firebreak_risk::{
    liquidation::{discount, plan_takeover, AccountState, DiscountParams, Takeover, TakeoverInput},
    oracle::{Action as Use, Permit},
    units::{Ppm, Seconds, UnixTime, UNIT_BITS},
};

pub(super) use self::budget::Budget;
use self::order::by_distress;
use super::{Action, Context, Intent, Key, Purpose, Urgency};

/// An account that a liquidation can do something about.
struct Candidate<'a> {
    key: &'a Pubkey,
    version: u64,
    account: &'a MarginAccount,
    sums: AccountHealth,
    state: AccountState,
}

/// A market in which a candidate can be liquidated, on the rows that the transaction will see.
struct Venue<'a> {
    key: Pubkey,
    market: &'a Market,
    overlay: Vec<OracleRow>,
    rows: Vec<Row>,
}

/// What is taken over, and the limit that is sent.
struct Bite {
    takeover: Takeover,
    discount: Ppm,
    lots_max: u64,
}

impl Context<'_> {
    /// Liquidations, worst first, each with its urgency.
    pub(super) fn liquidations(&self, budget: &mut Budget) -> Vec<(Urgency, Intent)> {
        let mut candidates = self.candidates();
        candidates.sort_by(by_distress);
        let intents = candidates.iter().filter_map(|candidate| {
            let action = self.liquidation(candidate, budget)?;
            Some((Urgency::of(candidate.state), Intent { versions: vec![candidate.version], action }))
        });
        intents.collect()
    }

    fn candidates(&self) -> Vec<Candidate<'_>> {
        let reader = self.prices.reader(self.prices.current());
        let accounts = self.inputs.view.accounts.iter().filter_map(|(key, account)| {
            let (version, account) = (account.sequence, account.value.as_ref());
            // Whoever owns the liquidator must not trade with himself, nor does the program let him.
            if account.owner == self.inputs.liquidator.owner || !self.admits(Key::Liquidate(*key), version) {
                return None;
            }
            if account.is_flat() && !account.is_in_liquidation() {
                return None;
            }
            let sums = account_health(account, &reader).ok()?;
            let state = account_state(&sums.health, self.snapshot).ok()?;
            is_actionable(state, account).then_some(Candidate { key, version, account, sums, state })
        });
        accounts.collect()
    }

    fn liquidation(&self, candidate: &Candidate, budget: &mut Budget) -> Option<Action> {
        if candidate.state == AccountState::Healthy {
            let venue = self.any_venue(candidate)?;
            return Some(action(candidate, venue, 0, Purpose::StopClock));
        }
        let mut to_start: Option<Venue> = None;
        for position in self.largest_first(candidate) {
            let Some(venue) = self.venue(candidate, position.row, budget.liquidator()) else {
                continue;
            };
            if let Some(bite) = self.bite(candidate, position, &venue, budget) {
                budget.charge(&venue.key, &bite.takeover, position.row, &venue.rows)?;
                let purpose = purpose(&bite);
                return Some(action(candidate, venue, bite.lots_max, purpose));
            }
            to_start.get_or_insert(venue);
        }
        // Nothing can be taken now. The discount rises from the first detection, so the clock must run.
        let venue = to_start.filter(|_| !candidate.account.is_in_liquidation())?;
        Some(action(candidate, venue, 0, Purpose::StartClock))
    }

    /// Open positions in markets of this keeper, by notional.
    fn largest_first<'a>(&self, candidate: &Candidate<'a>) -> Vec<&'a Position> {
        let notional = |position: &Position| {
            let price = self.prices.price_q32(position.row);
            u128::from(position.units.unsigned_abs()).saturating_mul(u128::from(price))
        };
        let open = candidate.account.positions().iter().filter(|position| position.units != 0);
        let mut open: Vec<&Position> = open.collect();
        open.sort_by_key(|position| (core::cmp::Reverse(notional(position)), position.row));
        open
    }

    /// A market in which the program would liquidate the candidate with this overlay; `None` when it would refuse.
    fn venue(&self, candidate: &Candidate, row: u16, liquidator: &MarginAccount) -> Option<Venue<'_>> {
        let venue = self.venue_of(row, &[candidate.account, liquidator])?;
        let reader = self.prices.reader(&venue.rows);
        let prices = reader.prices(reader.market(row).ok()?);
        let is_open = prices.is_fresh() && prices.permits(Use::Liquidate) != Permit::Refused;
        let sums = account_health(candidate.account, &reader).ok()?;
        let state = account_state(&sums.health, self.snapshot).ok()?;
        let is_sound = sums.stale_row.is_none() && state != AccountState::Healthy;
        (is_open && is_sound && is_actionable(state, candidate.account)).then_some(venue)
    }

    /// A market through which an account's clock can be stopped: one of its own, or any with a fresh price.
    fn any_venue(&self, candidate: &Candidate) -> Option<Venue<'_>> {
        let own = candidate.account.positions().iter().map(|position| position.row);
        let others = self.prices.stored().iter().filter(|row| row.is_market()).map(|row| row.index);
        own.chain(others).find_map(|row| {
            let venue = self.venue_of(row, &[candidate.account])?;
            let reader = self.prices.reader(&venue.rows);
            let is_fresh = reader.prices(reader.market(row).ok()?).is_fresh();
            let sums = account_health(candidate.account, &reader).ok()?;
            let state = account_state(&sums.health, self.snapshot).ok()?;
            let is_stoppable = is_fresh && sums.stale_row.is_none() && state == AccountState::Healthy;
            is_stoppable.then_some(venue)
        })
    }

    fn venue_of(&self, row: u16, accounts: &[&MarginAccount]) -> Option<Venue<'_>> {
        let key = self.market_of(row)?;
        let market = &self.inputs.view.markets.get(&key)?.value;
        let overlay = self.prices.overlay(row, accounts);
        let rows = self.prices.with_overlay(&overlay);
        Some(Venue { key, market, overlay, rows })
    }

    /// How much of a position to take: what the account needs, within the impact budget, the configured limit and
    /// the keeper's own margin. `None`: nothing, or nothing at the discount that is wanted.
    fn bite(
        &self,
        candidate: &Candidate,
        position: &Position,
        venue: &Venue,
        budget: &Budget,
    ) -> Option<Bite> {
        let reader = self.prices.reader(&venue.rows);
        let row = reader.market(position.row).ok()?;
        let prices = reader.prices(row);
        let terms = reader.market_terms(row, &prices).ok()?;
        let sums = account_health(candidate.account, &reader).ok()?;
        let health = sums.health;
        let state = account_state(&health, self.snapshot).ok()?;
        let netting = netting(candidate.account, &reader, &sums, (position, &terms)).ok()?;
        let now = UnixTime(self.prices.now());
        let discount = discount_of(venue.market, candidate.account, &health, now)?;
        if discount.0 < self.inputs.config.min_discount_ppm {
            return None;
        }
        let ledger = self.inputs.view.ledger_of(&venue.key)?;
        let bucket = budget.bucket(&venue.key, ledger, venue.market, now);
        let levels = firebreak_client::health::levels(self.snapshot);
        let position_state = position.state();
        let mut input = TakeoverInput {
            health: &health,
            position: &position_state,
            terms: &terms,
            netting: netting.as_ref(),
            levels: &levels,
            discount,
            dust_atoms: venue.market.dust_atoms,
            room_atoms: bucket.room_atoms_floor(&venue.market.impact_params(), state.is_critical()),
            lots_max: self.inputs.config.lots_max,
            quota: prices.quota(position.half_taken()),
        };
        let wanted = plan_takeover(&input).ok()??;
        if budget.fits(&wanted, row, &reader) {
            // A little more than needed now, because the price may move until the transaction executes.
            let lots = lots_of(&wanted);
            let lots_max = lots.saturating_add(lots / 8).saturating_add(1).min(self.inputs.config.lots_max);
            return Some(Bite { takeover: wanted, discount, lots_max });
        }
        input.lots_max = lots_of(&wanted);
        loop {
            input.lots_max /= 2;
            if input.lots_max == 0 {
                return None;
            }
            let takeover = plan_takeover(&input).ok()??;
            if budget.fits(&takeover, row, &reader) {
                return Some(Bite { takeover, discount, lots_max: input.lots_max });
            }
        }
    }
}

/// True when a liquidation would change something about the account.
fn is_actionable(state: AccountState, account: &MarginAccount) -> bool {
    match state {
        // Nothing to take; an account without positions that owes is resolved instead.
        AccountState::Bankrupt | AccountState::Critical | AccountState::BelowMaintenance => {
            !account.is_flat()
        }
        AccountState::Recovering => account.is_in_liquidation() && !account.is_flat(),
        AccountState::Healthy => account.is_in_liquidation(),
    }
}

fn discount_of(
    market: &Market,
    account: &MarginAccount,
    health: &firebreak_risk::health::Health,
    now: UnixTime,
) -> Option<Ppm> {
    let params =
        DiscountParams { max: Ppm(market.discount_ppm), ramp: Seconds(u64::from(market.discount_ramp_secs)) };
    let started = if account.is_in_liquidation() { account.liquidation_started_ts } else { now.0 };
    discount(&params, health, Seconds::between(UnixTime(started), now)).ok()
}

/// Whole lots, rounded up.
fn lots_of(takeover: &Takeover) -> u64 {
    takeover.base.0.unsigned_abs().div_ceil(1 << UNIT_BITS)
}

fn purpose(bite: &Bite) -> Purpose {
    Purpose::TakeOver {
        lots: lots_of(&bite.takeover),
        discount_ppm: bite.discount.0,
        notional_atoms: bite.takeover.notional_atoms,
    }
}

fn action(candidate: &Candidate, venue: Venue, lots_max: u64, purpose: Purpose) -> Action {
    Action::Liquidate {
        liquidatee: *candidate.key,
        market: venue.key,
        lots_max,
        overlay: venue.overlay,
        purpose,
    }
}
