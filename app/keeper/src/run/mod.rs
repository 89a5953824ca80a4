//! Runs the keeper: updates and ticks in, plans out, until it is told to stop.
//!
//! The loop never waits for the chain: requests and transactions are tasks of their own, and a task that fails or
//! panics is counted and started again or given up. Only a configuration that cannot work ends a keeper.

mod bootstrap;
mod cycle;
mod supervise;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use solana_keypair::Keypair;
use tokio::{
    sync::{mpsc, watch},
    time::{interval, sleep_until, timeout, MissedTickBehavior},
};

use self::cycle::Cycle;
use crate::{
    config::Config,
    error::KeeperError,
    hook::{InventoryHook, NoInventory},
    snapshot::{
        feed::{Feed, FeedEvent},
        fetch::Node,
    },
    stats::Stats,
};

/// Updates that may wait for the loop.
const FEED_CAPACITY: usize = 4_096;
/// Updates that are taken over before anything else is looked at.
const FEED_BATCH: usize = 1_024;
/// Time that transactions in flight get when the keeper is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// A keeper that can be run. Embedders hand in a hook for the inventory and shared counters.
pub struct Keeper {
    config: Arc<Config>,
    keypair: Arc<Keypair>,
    stats: Arc<Stats>,
    hook: Arc<dyn InventoryHook>,
}

/// Runs a keeper without a hook until `shutdown` becomes true or its sender is dropped.
///
/// # Errors
/// As [`Keeper::run`].
pub async fn run(
    config: Config,
    keypair: Arc<Keypair>,
    shutdown: watch::Receiver<bool>,
    stats: Arc<Stats>,
) -> Result<(), KeeperError> {
    Keeper::new(config, keypair).with_stats(stats).run(shutdown).await
}

impl Keeper {
    /// A keeper with its own counters and without a hook.
    pub fn new(config: Config, keypair: Arc<Keypair>) -> Self {
        Self {
            config: Arc::new(config),
            keypair,
            stats: Arc::new(Stats::default()),
            hook: Arc::new(NoInventory),
        }
    }

    /// Counts into `stats`.
    #[must_use]
    pub fn with_stats(mut self, stats: Arc<Stats>) -> Self {
        self.stats = stats;
        self
    }

    /// Asks `hook` what to do with the inventory.
    #[must_use]
    pub fn with_hook(mut self, hook: Arc<dyn InventoryHook>) -> Self {
        self.hook = hook;
        self
    }

    /// Its counters.
    pub fn stats(&self) -> Arc<Stats> {
        Arc::clone(&self.stats)
    }

    /// Runs until `shutdown` becomes true or its sender is dropped; with `run_once`, for one plan.
    ///
    /// # Errors
    /// `Config` for a configuration out of bounds, `Missing` when the group does not exist, and with `run_once`
    /// whatever kept the view from being loaded. A running keeper does not fail.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) -> Result<(), KeeperError> {
        self.config.validate()?;
        let node = Node::new(&self.config);
        let loaded = tokio::select! {
            loaded = bootstrap::load(&node, &self.config, &self.stats) => loaded?,
            () = stopped(&mut shutdown) => return Ok(()),
        };
        let mut cycle = Cycle::new(self, node, loaded);
        if cycle.config().run_once {
            cycle.plan_and_send();
            cycle.drain(Duration::from_secs(cycle.config().confirm_timeout_secs.saturating_add(5))).await;
            return Ok(());
        }
        let feed = open_feed(&mut cycle);
        drive(&mut cycle, feed, &mut shutdown).await;
        cycle.drain(DRAIN).await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Starts the subscription; without one, a channel that stays silent.
fn open_feed(cycle: &mut Cycle) -> (mpsc::Receiver<FeedEvent>, Option<mpsc::Sender<FeedEvent>>) {
    let (sender, receiver) = mpsc::channel(FEED_CAPACITY);
    if cycle.config().ws_url.is_empty() {
        return (receiver, Some(sender));
    }
    let config = cycle.config_shared();
    cycle.background("feed", move || Feed::new(&config).run(sender.clone()));
    (receiver, None)
}

async fn drive(
    cycle: &mut Cycle,
    (mut feed, _silent): (mpsc::Receiver<FeedEvent>, Option<mpsc::Sender<FeedEvent>>),
    shutdown: &mut watch::Receiver<bool>,
) {
    let mut ticks = interval(Duration::from_millis(cycle.config().poll_millis));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let plan_at = cycle.plan_at();
        tokio::select! {
            () = stopped(shutdown) => return,
            _ = ticks.tick() => cycle.on_tick(),
            Some(event) = feed.recv() => {
                cycle.on_feed(event);
                for _ in 0..FEED_BATCH {
                    let Ok(event) = feed.try_recv() else { break };
                    cycle.on_feed(event);
                }
            }
            Some(ended) = cycle.tasks.polls.join_next() => {
                if cycle.on_poll(ended) {
                    cycle.ask_hook().await;
                }
            }
            Some(ended) = cycle.tasks.sweeps.join_next() => cycle.on_sweep(ended),
            Some(ended) = cycle.tasks.sends.join_next_with_id() => cycle.on_sent(ended),
            () = sleep_until(plan_at.unwrap_or_else(far).into()), if plan_at.is_some() => cycle.plan_and_send(),
        }
    }
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(3_600)
}

/// Waits for the signal; a dropped sender counts as one.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone.
    let _ = shutdown.wait_for(|is_stopped| *is_stopped).await;
}

impl Cycle {
    /// Waits for transactions in flight, at most for `longest`.
    async fn drain(&mut self, longest: Duration) {
        let all = async {
            while let Some(ended) = self.tasks.sends.join_next_with_id().await {
                self.on_sent(ended);
            }
        };
        if timeout(longest, all).await.is_err() {
            tracing::warn!(left = self.tasks.sends.len(), "transactions were left in flight");
        }
    }
}
