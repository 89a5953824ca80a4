//! The state of a running keeper and what it does on each event.

use std::{
    collections::HashMap,
    future::Future,
    sync::{atomic::Ordering, Arc},
    time::{Duration, Instant},
};

use firebreak_client::instructions::AccountKeys;
use solana_signer::Signer;
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::timeout,
};

use super::{bootstrap::Loaded, supervise::supervise, Keeper};
use crate::{
    config::Config,
    error::KeeperError,
    hook::InventoryHook,
    plan::{plan, Inputs, Job, Key, Pacing, State},
    send::{transaction, Confirmer, Follower, Order, Outcome, Sender},
    snapshot::{
        apply::{Applied, Poll, Sweep},
        feed::FeedEvent,
        fetch::{Node, PollRequest},
        View,
    },
    stats::{count, Stats},
};

/// Age of the chain's clock beyond which nothing is planned: the view would be about another time.
const VIEW_AGE_MILLIS_MAX: u64 = 10_000;
/// Longest wait between polls while the node does not answer.
const POLL_WAIT_MAX: Duration = Duration::from_secs(5);

/// Tasks that the loop waits for.
#[derive(Default)]
pub struct Tasks {
    pub polls: JoinSet<Result<Poll, KeeperError>>,
    pub sweeps: JoinSet<Result<Sweep, KeeperError>>,
    pub sends: JoinSet<(Order, Outcome)>,
    background: JoinSet<()>,
}

/// A running keeper.
pub struct Cycle {
    config: Arc<Config>,
    stats: Arc<Stats>,
    hook: Arc<dyn InventoryHook>,
    node: Node,
    sender: Arc<Sender>,
    liquidator: AccountKeys,
    pacing: Pacing,
    view: View,
    state: State,
    pub tasks: Tasks,
    /// Keys of each transaction in flight, for when its task panics.
    sending: HashMap<Id, (Job, Vec<Key>)>,
    started: Instant,
    last_plan: Instant,
    last_sweep: Instant,
    next_poll: Instant,
    poll_failures: u32,
    is_dirty: bool,
    is_connected: bool,
}

impl Cycle {
    pub fn new(keeper: Keeper, node: Node, loaded: Loaded) -> Self {
        let Keeper { config, keypair, stats, hook } = keeper;
        let (watch, inbox) = Confirmer::channel(config.in_flight_max);
        let liquidator =
            AccountKeys::new(&config.group_key(), &keypair.pubkey(), config.margin_account_index);
        let sender = Sender::new(node.clone(), keypair, Arc::clone(&config), watch);
        let now = Instant::now();
        let mut cycle = Self {
            pacing: Pacing::new(&config),
            sender: Arc::new(sender),
            view: loaded.view,
            state: State::default(),
            tasks: Tasks::default(),
            sending: HashMap::new(),
            started: loaded.started,
            last_plan: loaded.started,
            last_sweep: now,
            next_poll: now,
            poll_failures: 0,
            is_dirty: true,
            is_connected: false,
            config,
            stats,
            hook,
            node,
            liquidator,
        };
        if cycle.config.liquidate && !cycle.view.accounts.contains_key(&liquidator.margin_account) {
            let account = liquidator.margin_account;
            tracing::warn!(%account, "the keeper has no margin account, so it liquidates nothing until it has");
        }
        let (node, config) = (cycle.node.clone(), Arc::clone(&cycle.config));
        let follow = move || Follower::new(node.clone(), Arc::clone(&config), Arc::clone(&inbox)).run();
        cycle.background("confirmation", follow);
        cycle
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn config_shared(&self) -> Arc<Config> {
        Arc::clone(&self.config)
    }

    /// Starts a task that is started again if it panics.
    pub fn background<F, T>(&mut self, name: &'static str, make: F)
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        self.tasks.background.spawn(supervise(name, make, Arc::clone(&self.stats)));
    }

    /// When to plan next; `None`: not before something changed.
    pub fn plan_at(&self) -> Option<Instant> {
        let pause = Duration::from_millis(self.config.plan_min_millis);
        self.is_dirty.then(|| self.last_plan + pause)
    }

    /// Starts a poll, and a sweep when one is due; one of each at a time.
    pub fn on_tick(&mut self) {
        let now = Instant::now();
        if self.tasks.polls.is_empty() && now >= self.next_poll {
            let (node, request, millis) = (self.node.clone(), PollRequest::new(&self.view), self.millis());
            self.tasks.polls.spawn(async move { node.poll(&request, millis).await });
        }
        let period = match self.is_connected {
            true => self.config.full_sweep_secs,
            false => self.config.degraded_sweep_secs,
        };
        if now.duration_since(self.last_sweep) >= Duration::from_secs(period) {
            self.start_sweep();
        }
    }

    pub fn on_feed(&mut self, event: FeedEvent) {
        match event {
            FeedEvent::Connected => {
                tracing::info!("subscribed");
                self.is_connected = true;
                // What changed while there was no subscription is in no notification.
                self.start_sweep();
            }
            FeedEvent::Lost(error) => {
                tracing::warn!(%error, "the subscription was lost");
                self.is_connected = false;
                count(&self.stats.reconnects);
                self.stats.on_error(error.to_string());
            }
            FeedEvent::Update(raw) => match self.view.apply_update(&raw) {
                Applied::Changed => {
                    count(&self.stats.updates);
                    self.is_dirty = true;
                }
                Applied::Stale => count(&self.stats.stale_updates),
                Applied::Malformed => tracing::warn!(account = %raw.address, "an account cannot be read"),
                Applied::Foreign => {}
            },
        }
    }

    /// True when the view is up to date again.
    pub fn on_poll(&mut self, ended: Result<Result<Poll, KeeperError>, JoinError>) -> bool {
        match flatten(ended) {
            Ok(poll) => {
                self.poll_failures = 0;
                self.next_poll = Instant::now();
                self.view.apply_poll(&poll);
                // Also without any change: time has passed, and with it waits, ramps and stays.
                self.is_dirty = true;
                true
            }
            Err(error) => {
                self.poll_failures = self.poll_failures.saturating_add(1);
                let period = Duration::from_millis(self.config.poll_millis);
                let wait = period.saturating_mul(1 << self.poll_failures.min(8)).min(POLL_WAIT_MAX);
                self.next_poll = Instant::now() + wait;
                self.on_rpc_error("poll", &error);
                false
            }
        }
    }

    pub fn on_sweep(&mut self, ended: Result<Result<Sweep, KeeperError>, JoinError>) {
        match flatten(ended) {
            Ok(sweep) => {
                let corrections = self.view.apply_sweep(&sweep);
                count(&self.stats.sweeps);
                let all = corrections.changed.saturating_add(corrections.removed);
                self.stats.corrections.fetch_add(u64::try_from(all).unwrap_or(0), Ordering::Relaxed);
                self.is_dirty |= all > 0;
                tracing::debug!(?corrections, accounts = sweep.accounts.len(), "swept");
            }
            Err(error) => self.on_rpc_error("sweep", &error),
        }
    }

    pub fn on_sent(&mut self, ended: Result<(Id, (Order, Outcome)), JoinError>) {
        let (id, ended) = match ended {
            Ok((id, (order, outcome))) => (id, Some((order, outcome))),
            Err(error) => (error.id(), None),
        };
        let Some((job, keys)) = self.sending.remove(&id) else {
            return;
        };
        let (label, outcome) = match ended {
            Some((order, outcome)) => (order.label, outcome),
            None => (String::new(), Outcome::Failed("Panicked".to_owned())),
        };
        self.state.finish(&keys, outcome.ending(), (&self.pacing, self.millis()));
        self.stats.on_outcome(job, &outcome);
        self.is_dirty = true;
        log_outcome(job, (&keys, &label), &outcome);
    }

    /// Plans on the view as it is and sends what was planned.
    pub fn plan_and_send(&mut self) {
        self.is_dirty = false;
        self.last_plan = Instant::now();
        let now_millis = self.millis();
        if !self.is_current(now_millis) {
            return;
        }
        let inputs = Inputs {
            view: &self.view,
            config: &self.config,
            state: &self.state,
            liquidator: &self.liquidator,
            now_millis,
        };
        let intents = plan(&inputs);
        count(&self.stats.plans);
        let micros = u64::try_from(self.last_plan.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.stats.plan_micros.store(micros, Ordering::Relaxed);
        for intent in intents {
            let context = transaction::Context {
                config: &self.config,
                liquidator: &self.liquidator,
                quote: self.view.quote,
            };
            match transaction::order(&intent, &context) {
                Ok(order) => {
                    self.state.start(&intent);
                    self.send(order);
                }
                Err(error) => {
                    tracing::warn!(job = intent.job().name(), %error, "an intent cannot be built");
                    self.stats.on_error(error.to_string());
                }
            }
        }
    }

    /// Asks the hook what to do with the inventory, unless its last transaction is still on its way.
    pub async fn ask_hook(&mut self) {
        let account = self.view.accounts.get(&self.liquidator.margin_account);
        let version = account.map_or(0, |account| account.sequence);
        if !self.view.is_complete() || !self.state.admits(Key::Inventory, version, self.millis()) {
            return;
        }
        let longest = Duration::from_secs(self.config.rpc_timeout_secs);
        let Ok(instructions) = timeout(longest, self.hook.on_tick(&self.view)).await else {
            tracing::warn!("the inventory hook does not answer");
            return;
        };
        if instructions.is_empty() {
            return;
        }
        self.state.start_key(Key::Inventory, version);
        self.send(transaction::inventory_order(instructions, &self.config));
    }

    fn send(&mut self, order: Order) {
        self.stats.on_sent(order.job);
        let (job, keys, sender) = (order.job, order.keys.clone(), Arc::clone(&self.sender));
        let task = async move {
            let outcome = sender.execute(&order).await;
            (order, outcome)
        };
        let id = self.tasks.sends.spawn(task).id();
        self.sending.insert(id, (job, keys));
    }

    fn start_sweep(&mut self) {
        if !self.tasks.sweeps.is_empty() {
            return;
        }
        self.last_sweep = Instant::now();
        let (node, group, tick) = (self.node.clone(), self.view.group_key, self.view.tick());
        self.tasks.sweeps.spawn(async move { node.sweep(&group, tick).await });
    }

    fn is_current(&self, now_millis: u64) -> bool {
        let read = self.view.clock.as_ref().map(|reading| reading.at_millis);
        read.is_some_and(|at| now_millis.saturating_sub(at) <= VIEW_AGE_MILLIS_MAX)
    }

    fn on_rpc_error(&self, what: &'static str, error: &KeeperError) {
        count(&self.stats.rpc_errors);
        self.stats.on_error(error.to_string());
        tracing::warn!(what, %error, failures = self.poll_failures, "a request failed");
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn flatten<T>(ended: Result<Result<T, KeeperError>, JoinError>) -> Result<T, KeeperError> {
    ended.unwrap_or_else(|error| Err(KeeperError::Rpc(format!("the request's task ended: {error}"))))
}

fn log_outcome(job: Job, (keys, label): (&[Key], &str), outcome: &Outcome) {
    let keys: Vec<String> = keys.iter().map(Key::to_string).collect();
    let (job, key, kind) = (job.name(), keys.join(", "), outcome.name());
    match outcome {
        Outcome::Confirmed(landed) => {
            let (signature, cu, slot) = (landed.signature, landed.units, landed.slot);
            tracing::info!(job, key, outcome = kind, %signature, cu, slot, label);
        }
        Outcome::Failed(error) => tracing::warn!(job, key, outcome = kind, error, label),
        Outcome::Expired => tracing::warn!(job, key, outcome = kind, label),
        Outcome::Dry(simulated) => {
            let (cu, error) = (simulated.units, simulated.error.as_deref());
            tracing::info!(job, key, outcome = kind, cu, error, label);
        }
    }
}
