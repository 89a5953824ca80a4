//! What the planner remembers between plans: actions in flight and actions that have to wait.

use std::collections::BTreeMap;

use super::{intent::Key, Intent};
use crate::config::Config;

/// How an action ended, as far as planning is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It took effect; the view will show it soon.
    Done,
    /// It failed or got lost.
    Failed,
    /// It was only simulated: nothing will change, so it need not be simulated again soon.
    Simulated,
}

/// Actions in flight, and waits of actions that ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    in_flight: BTreeMap<Key, u64>,
    waits: BTreeMap<Key, Wait>,
    transactions: usize,
}

/// Why and how long an action is not planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wait {
    until_millis: u64,
    /// Failures in a row.
    failures: u32,
    /// Version on which it already took effect: a newer one ends the wait.
    done_version: Option<u64>,
}

/// Waits between attempts, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// After the first failure.
    pub initial_millis: u64,
    /// At most.
    pub max_millis: u64,
    /// After a success, until its effect is seen.
    pub settle_millis: u64,
}

impl Pacing {
    /// As configured.
    pub fn new(config: &Config) -> Self {
        Self {
            initial_millis: config.backoff_initial_millis,
            max_millis: config.backoff_max_millis,
            settle_millis: config.settle_millis,
        }
    }

    fn after_failures(&self, failures: u32) -> u64 {
        let doublings = failures.saturating_sub(1).min(63);
        let factor = 1u64.checked_shl(doublings).unwrap_or(u64::MAX);
        self.initial_millis.saturating_mul(factor).min(self.max_millis)
    }
}

impl State {
    /// Transactions on their way.
    pub fn transactions_in_flight(&self) -> usize {
        self.transactions
    }

    /// Keys of one kind that transactions on their way are about.
    pub fn in_flight(&self, is_of_kind: impl Fn(&Key) -> bool) -> usize {
        self.in_flight.keys().filter(|key| is_of_kind(key)).count()
    }

    /// True when an action about this key may be planned on this version of its state.
    pub fn admits(&self, key: Key, version: u64, now_millis: u64) -> bool {
        if self.in_flight.contains_key(&key) {
            return false;
        }
        self.waits.get(&key).is_none_or(|wait| {
            now_millis >= wait.until_millis || wait.done_version.is_some_and(|done| done != version)
        })
    }

    /// Notes that an intent was sent.
    pub fn start(&mut self, intent: &Intent) {
        for (key, version) in intent.keys().into_iter().zip(&intent.versions) {
            self.in_flight.insert(key, *version);
        }
        self.transactions = self.transactions.saturating_add(1);
    }

    /// Notes that an action about one key was sent. For actions that are no intents.
    pub fn start_key(&mut self, key: Key, version: u64) {
        self.in_flight.insert(key, version);
        self.transactions = self.transactions.saturating_add(1);
    }

    /// Notes how a transaction about these keys ended.
    pub fn finish(&mut self, keys: &[Key], ending: Ending, (pacing, now_millis): (&Pacing, u64)) {
        self.transactions = self.transactions.saturating_sub(1);
        for key in keys {
            let version = self.in_flight.remove(key);
            let failures = match ending {
                Ending::Failed => self.waits.get(key).map_or(0, |wait| wait.failures).saturating_add(1),
                Ending::Done | Ending::Simulated => 0,
            };
            let (millis, done_version) = match ending {
                Ending::Failed => (pacing.after_failures(failures), None),
                Ending::Done => (pacing.settle_millis, version),
                Ending::Simulated => (pacing.max_millis, version),
            };
            let until_millis = now_millis.saturating_add(millis);
            self.waits.insert(*key, Wait { until_millis, failures, done_version });
        }
        self.forget(pacing, now_millis);
    }

    /// Drops waits that no longer matter, so that the memory stays bounded by recent activity.
    fn forget(&mut self, pacing: &Pacing, now_millis: u64) {
        self.waits.retain(|_, wait| {
            let kept_for = if wait.failures == 0 { 0 } else { pacing.max_millis };
            now_millis < wait.until_millis.saturating_add(kept_for)
        });
    }
}
