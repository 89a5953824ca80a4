//! Decides what to send. Pure: the same view, configuration, state and time give the same plan.
//!
//! Nothing here reads a clock, a chain or a random number, and nothing here is a formula: values come from
//! `firebreak::engine` and `firebreak_risk`. The simulator may run it as it is.

mod convert;
mod cranks;
mod debts;
pub mod intent;
mod liquidate;
mod prices;
mod register;
pub mod state;

pub use intent::{Action, Intent, Job, Key, Purpose};
pub use prices::Prices;
pub use state::{Ending, Pacing, State};

use anchor_lang::prelude::Pubkey;
use firebreak_client::{accounts::SnapshotView, instructions::AccountKeys};

use firebreak_risk::liquidation::AccountState;

use self::liquidate::Budget;
use crate::{config::Config, snapshot::View};

/// Everything a plan depends on.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// What is known of the group.
    pub view: &'a View,
    /// What is wanted.
    pub config: &'a Config,
    /// What is in flight or has to wait.
    pub state: &'a State,
    /// The keeper's margin account.
    pub liquidator: &'a AccountKeys,
    /// Local monotonic time, in milliseconds.
    pub now_millis: u64,
}

/// What to do first. Also the order of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// Prices and folds so old that nobody may open on them any more: a few transactions, which a storm of liquidations
    /// must not put off for as long as it lasts.
    Overdue,
    /// Accounts near or below zero: each second may cost the insurance vault.
    Critical,
    /// Prices and folds, which everybody else waits for.
    Prices,
    /// Accounts below maintenance.
    Liquidation,
    /// What nobody loses by waiting for.
    Housekeeping,
}

impl Urgency {
    /// How urgent it is to renew what is this old and counts for so long.
    fn of_age(age_secs: i64, limit_secs: i64) -> Self {
        match age_secs > limit_secs {
            true => Urgency::Overdue,
            false => Urgency::Prices,
        }
    }

    /// How urgent it is to do something about an account in this state.
    fn of(state: AccountState) -> Self {
        match state {
            AccountState::Bankrupt | AccountState::Critical => Urgency::Critical,
            AccountState::BelowMaintenance | AccountState::Recovering => Urgency::Liquidation,
            AccountState::Healthy => Urgency::Housekeeping,
        }
    }
}

/// The plan: most urgent first, at most as many as there is room for in flight.
pub fn plan(inputs: &Inputs) -> Vec<Intent> {
    let (Some(snapshot), Some(clock)) = (&inputs.view.snapshot, inputs.view.clock_at(inputs.now_millis))
    else {
        return Vec::new();
    };
    let prices = Prices::new(inputs.view, &clock);
    let context = Context { inputs, prices: &prices, snapshot: &snapshot.value };
    let mut ranked: Vec<(Urgency, Intent)> = Vec::new();
    if let Some(liquidator) = inputs.view.accounts.get(&inputs.liquidator.margin_account) {
        // Both use up the keeper's margin. Positions go first: they lose money while they wait.
        let mut budget = Budget::new(*liquidator.value);
        if inputs.config.liquidate {
            ranked.extend(context.liquidations(&mut budget));
        }
        if inputs.config.convert_collateral {
            ranked.extend(context.conversions(&mut budget));
        }
    }
    if inputs.config.refresh {
        ranked.extend(context.refreshes());
    }
    if inputs.config.fold {
        ranked.extend(context.folds());
    }
    let mut housekeeping = Vec::new();
    if inputs.config.resolve_bankruptcy {
        housekeeping.extend(context.resolutions());
    }
    if inputs.config.recover_breaker {
        housekeeping.extend(context.recoveries());
    }
    // Before settlements, of which there may be any number; these leave room for them.
    if inputs.config.register_demand {
        housekeeping.extend(context.registrations());
    }
    if inputs.config.settle_pnl {
        housekeeping.extend(context.settlements());
    }
    ranked.extend(housekeeping.into_iter().map(|intent| (Urgency::Housekeeping, intent)));
    // Stable: within one urgency the order of the jobs above, and within a job its own.
    ranked.sort_by_key(|(urgency, _)| *urgency);
    let room = inputs.config.in_flight_max.saturating_sub(inputs.state.transactions_in_flight());
    ranked.into_iter().map(|(_, intent)| intent).take(room).collect()
}

/// Inputs with what was derived from them once.
struct Context<'a> {
    inputs: &'a Inputs<'a>,
    prices: &'a Prices<'a>,
    snapshot: &'a SnapshotView,
}

impl<'a> Context<'a> {
    fn admits(&self, key: Key, version: u64) -> bool {
        self.inputs.state.admits(key, version, self.inputs.now_millis)
    }

    /// The market of a row that this keeper works on.
    fn market_of(&self, row: u16) -> Option<Pubkey> {
        if !self.inputs.config.rows.contains(row) {
            return None;
        }
        self.inputs.view.market_of_row(row).map(|(key, _)| *key)
    }
}
