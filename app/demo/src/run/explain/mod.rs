//! Explanations of a run: from events and observations to the rows of the report. Nothing here talks to the chain.

mod debts;
mod races;
mod spared;
#[cfg(test)]
mod tests;
mod venues;

use std::collections::{BTreeMap, BTreeSet};

use anchor_lang::prelude::Pubkey;
use anyhow::Result;
use firebreak::{events::LiquidationStepped, state::MarginAccount};
use firebreak_client::accounts::SnapshotView;
use firebreak_risk::{liquidation::AccountState, units::Side};

use super::{
    events::{Done, Event},
    keepers::KeeperWork,
    observer::Observed,
    setup::World,
};
use crate::{
    footprint::Strength,
    money::dollars,
    population::Population,
    report::explained::{Check, Explained},
};

/// The first of the states in which an account is liquidated: below maintenance, critical, bankrupt.
const LIQUIDATED_STATE: u8 = AccountState::BelowMaintenance as u8;

/// Somebody with a margin account.
#[derive(Clone, Debug)]
pub struct Person {
    /// How the tables call him.
    pub name: String,
    /// Number of the venue; keepers have none of their own.
    pub venue: Option<usize>,
    /// True for those who quote there.
    pub is_maker: bool,
}

/// Everybody by margin account.
pub type People = BTreeMap<Pubkey, Person>;

/// The market at the end.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Liquidation steps, as the ledger counted them.
    pub steps: u64,
    /// Notional liquidated, in quote atoms.
    pub liquidated_atoms: u64,
    /// Bad debt, in quote atoms.
    pub bad_debt_atoms: u64,
    /// Fills, volume and fees of each venue.
    pub venues: Vec<VenueTotals>,
}

/// A venue's record at the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct VenueTotals {
    /// Admitted fills.
    pub fills: u64,
    /// Notional of these fills, in quote atoms.
    pub volume_atoms: u64,
    /// Fees owed, in quote atoms.
    pub fees_atoms: u64,
}

/// The budget's limits as the market has them.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Quote atoms that move ln price by one.
    pub depth_atoms: u64,
    /// Cap of the level, in ppm.
    pub cap_ppm: u32,
    /// Time constant of its decay, in seconds.
    pub decay_secs: i64,
}

/// What the explanations are made from.
pub struct Evidence<'a> {
    /// Everybody.
    pub people: &'a People,
    /// Owners of the keepers' accounts, in order.
    pub keepers: &'a [Pubkey],
    /// Transactions read again.
    pub done: &'a [Done],
    /// What was seen during the day.
    pub seen: &'a Observed,
    /// What the keepers counted themselves.
    pub work: &'a [KeeperWork],
    /// The market at the end.
    pub totals: &'a Totals,
    /// All margin accounts at the end, with the snapshot whose indices count for them.
    pub end: (&'a BTreeMap<Pubkey, Box<MarginAccount>>, &'a SnapshotView),
    /// The budget's limits.
    pub limits: Limits,
    /// Time of the chain at which the window began.
    pub start_ts: i64,
    /// How much keepers' trades move the price.
    pub strength: Strength,
}

/// Explains a run.
pub fn explain(evidence: &Evidence) -> Result<Explained> {
    let (venues, budget) = venues::rows(evidence)?;
    let keepers = races::rows(evidence)?;
    let debts = debts::rows(evidence);
    let spared = spared::find(evidence)?;
    let mut explained = Explained { venues, budget, keepers, spared, debts, checks: Vec::new() };
    explained.checks = checks(evidence, &explained);
    Ok(explained)
}

/// Counts from different sources that must agree.
fn checks(evidence: &Evidence, explained: &Explained) -> Vec<Check> {
    let totals = evidence.totals;
    let check = |label: &str, detail: String, is_met| Check { label: label.to_owned(), detail, is_met };
    let equal =
        |label: &str, left: u64, right: u64| check(label, format!("{left} and {right}"), left == right);
    let money = |label: &str, left: u64, right: u64| {
        check(label, format!("{} and {}", dollars(left.into()), dollars(right.into())), left == right)
    };
    let (won, taken, bad_debt): (u64, u64, u64) = (
        explained.keepers.iter().map(|row| row.won).sum(),
        evidence.steps().map(|(_, step)| step.notional_atoms).sum(),
        explained.debts.iter().map(|row| row.bad_debt_atoms()).sum(),
    );
    let budget = &explained.budget;
    let used =
        format!("{} of {}", dollars(budget.charged_atoms.into()), dollars(budget.allowed_atoms.into()));
    let by_venue: u64 = explained.venues.iter().map(|row| row.steepest_atoms).sum();
    let (sent, accounted) = (
        explained.keepers.iter().map(|row| row.sent).sum(),
        explained.keepers.iter().map(|row| row.accounted()).sum(),
    );
    vec![
        equal("Steps won by the keepers are the steps of the ledger", won, totals.steps),
        equal("Every liquidation that a keeper sent is accounted for", accounted, sent),
        money("Notional of all events is that of the ledger", taken, totals.liquidated_atoms),
        money("Bad debt line by line is that of the ledger", bad_debt, totals.bad_debt_atoms),
        money("The venues' parts of the steepest window are its whole", by_venue, budget.charged_atoms),
        check(
            "The steepest window is inside the one budget",
            used,
            budget.charged_atoms <= budget.allowed_atoms,
        ),
    ]
}

impl Evidence<'_> {
    /// Steps that took something, with the second at which they were seen.
    fn steps(&self) -> impl Iterator<Item = (i64, &LiquidationStepped)> {
        let all = self.done.iter().flat_map(|done| done.steps().map(|step| (done.offset_secs, step)));
        all.filter(|(_, step)| step.base_q16 != 0)
    }

    /// Name of an account, or its address.
    fn name(&self, key: &Pubkey) -> String {
        self.people.get(key).map_or_else(|| key.to_string(), |person| person.name.clone())
    }

    /// What was taken from each account, and what else is known of its liquidation.
    fn taken(&self) -> BTreeMap<Pubkey, Taken> {
        let mut all: BTreeMap<Pubkey, Taken> = BTreeMap::new();
        for done in self.done {
            for event in &done.events {
                match event {
                    Event::Stepped(step) => {
                        let paid = step.notional_atoms.abs_diff(step.quote_atoms.unsigned_abs());
                        let part = (step.sequence, step.notional_atoms, paid, step.base_q16 != 0);
                        all.entry(step.liquidatee).or_default().add(done.offset_secs, part);
                    }
                    // Collateral of a healthy account that owes too much quote is bought as well; that is no
                    // liquidation.
                    Event::Converted(sold) if sold.state >= LIQUIDATED_STATE => {
                        let paid = sold.notional_atoms.saturating_sub(sold.quote_atoms);
                        let part = (sold.sequence, sold.notional_atoms, paid, sold.atoms > 0);
                        all.entry(sold.liquidatee).or_default().add(done.offset_secs, part);
                    }
                    _ => {}
                }
            }
        }
        all.retain(|_, taken| taken.first.is_some());
        all
    }
}

/// What liquidations did to one account.
#[derive(Clone, Debug, Default)]
struct Taken {
    /// Second and sequence of the first step that took something.
    first: Option<(i64, u64)>,
    /// Notional, in quote atoms.
    notional_atoms: u64,
    /// Paid as discounts, in quote atoms.
    discount_atoms: u64,
    /// Sequences of calls that took nothing.
    notices: BTreeSet<u64>,
}

impl Taken {
    /// Sequence, notional, discount, and whether anything was taken.
    fn add(&mut self, offset_secs: i64, (sequence, notional, paid, takes): (u64, u64, u64, bool)) {
        if !takes {
            self.notices.insert(sequence);
            return;
        }
        if self.first.is_none_or(|(_, first)| sequence < first) {
            self.first = Some((offset_secs, sequence));
        }
        self.notional_atoms = self.notional_atoms.saturating_add(notional);
        self.discount_atoms = self.discount_atoms.saturating_add(paid);
    }
}

/// Names and venues of everybody.
pub fn people(world: &World, population: &Population) -> People {
    let mut people = People::new();
    let mut add = |key: Pubkey, name, venue, is_maker| people.insert(key, Person { name, venue, is_maker });
    for (number, (member, trader)) in world.traders.iter().zip(&population.traders).enumerate() {
        let side = if trader.side == Side::Long { "long" } else { "short" };
        let (whole, tenth) = (trader.leverage_milli / 1_000, trader.leverage_milli % 1_000 / 100);
        let venue = venue_name(trader.venue);
        let name = format!("trader {number}, {venue}, {side} {whole}.{tenth}x");
        add(member.account.margin_account, name, Some(trader.venue), false);
    }
    for (number, (member, maker)) in world.makers.iter().zip(&population.makers).enumerate() {
        let name = format!("maker {number}, {}", venue_name(maker.venue));
        add(member.account.margin_account, name, Some(maker.venue), true);
    }
    for (number, member) in world.keepers.iter().enumerate() {
        add(member.account.margin_account, keeper_name(number), None, false);
    }
    people
}

/// Venue A, B and so on.
fn venue_name(number: usize) -> String {
    let letter = u8::try_from(number).ok().and_then(|number| b'A'.checked_add(number)).unwrap_or(b'?');
    format!("venue {}", char::from(letter))
}

fn keeper_name(number: usize) -> String {
    format!("keeper {}", number + 1)
}
