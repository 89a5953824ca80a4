//! Counters of a running keeper, readable from any thread.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        atomic::{AtomicU64, Ordering},
        Mutex, MutexGuard, PoisonError,
    },
};

use crate::{plan::Job, send::Outcome};

/// Kinds of outcomes that are counted apart.
const OUTCOMES: usize = 4;
const OUTCOME_NAMES: [&str; OUTCOMES] = ["confirmed", "failed", "expired", "dry"];

/// What a keeper did since it was started.
#[derive(Debug, Default)]
pub struct Stats {
    outcomes: [[AtomicU64; OUTCOMES]; Job::ALL.len()],
    /// Intents that were planned and sent, per job.
    sent: [AtomicU64; Job::ALL.len()],
    /// Plans made.
    pub plans: AtomicU64,
    /// Duration of the last plan, in microseconds.
    pub plan_micros: AtomicU64,
    /// Account updates taken over from the subscription.
    pub updates: AtomicU64,
    /// Updates that were older than what was known.
    pub stale_updates: AtomicU64,
    /// Full sweeps.
    pub sweeps: AtomicU64,
    /// Accounts that sweeps had to correct.
    pub corrections: AtomicU64,
    /// Times the subscription was lost.
    pub reconnects: AtomicU64,
    /// Requests that failed.
    pub rpc_errors: AtomicU64,
    failures: Mutex<BTreeMap<(Job, String), u64>>,
    last_error: Mutex<Option<String>>,
}

impl Stats {
    /// Counts an outcome.
    pub fn on_outcome(&self, job: Job, outcome: &Outcome) {
        let kind = match outcome {
            Outcome::Confirmed(_) => 0,
            Outcome::Failed(_) => 1,
            Outcome::Expired => 2,
            Outcome::Dry(_) => 3,
        };
        if let Some(counter) = self.outcomes.get(job as usize).and_then(|job| job.get(kind)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if let Outcome::Failed(code) = outcome {
            let mut failures = lock(&self.failures);
            let count = failures.entry((job, code.clone())).or_default();
            *count = count.saturating_add(1);
            drop(failures);
            self.on_error(format!("{}: {code}", job.name()));
        }
    }

    /// Counts a transaction that was handed to the sender.
    pub fn on_sent(&self, job: Job) {
        if let Some(counter) = self.sent.get(job as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Remembers an error.
    pub fn on_error(&self, message: String) {
        *lock(&self.last_error) = Some(message);
    }

    /// Transactions of a job that were sent.
    pub fn sent(&self, job: Job) -> u64 {
        self.sent.get(job as usize).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// Transactions of a job that were confirmed.
    pub fn confirmed(&self, job: Job) -> u64 {
        self.outcome(job, 0)
    }

    /// Transactions of a job that failed.
    pub fn failed(&self, job: Job) -> u64 {
        self.outcome(job, 1)
    }

    /// Transactions of a job that never landed.
    pub fn expired(&self, job: Job) -> u64 {
        self.outcome(job, 2)
    }

    /// Transactions of a job that were only simulated.
    pub fn simulated(&self, job: Job) -> u64 {
        self.outcome(job, 3)
    }

    /// Failures by job and error code.
    pub fn failures(&self) -> BTreeMap<(Job, String), u64> {
        lock(&self.failures).clone()
    }

    /// The last error of any kind.
    pub fn last_error(&self) -> Option<String> {
        lock(&self.last_error).clone()
    }

    /// All counters in the Prometheus text format.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for job in Job::ALL {
            let mut line = |what: &str, count: u64| {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "keeper_{}_{what}_total {count}", job.name());
            };
            line("sent", self.sent(job));
            for (kind, name) in OUTCOME_NAMES.iter().enumerate() {
                line(name, self.outcome(job, kind));
            }
        }
        for (name, counter) in [
            ("keeper_plan_runs_total", &self.plans),
            ("keeper_plan_duration_micros", &self.plan_micros),
            ("keeper_feed_updates_total", &self.updates),
            ("keeper_feed_stale_updates_total", &self.stale_updates),
            ("keeper_feed_reconnects_total", &self.reconnects),
            ("keeper_sweep_runs_total", &self.sweeps),
            ("keeper_sweep_corrections_total", &self.corrections),
            ("keeper_rpc_errors_total", &self.rpc_errors),
        ] {
            let _ = writeln!(text, "{name} {}", counter.load(Ordering::Relaxed));
        }
        text
    }

    fn outcome(&self, job: Job, kind: usize) -> u64 {
        let counter = self.outcomes.get(job as usize).and_then(|job| job.get(kind));
        counter.map_or(0, |counter| counter.load(Ordering::Relaxed))
    }
}

/// A thread that panicked while counting leaves usable counters.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
