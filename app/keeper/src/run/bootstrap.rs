//! Loads the view for the first time.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};

use crate::{
    config::Config,
    error::KeeperError,
    snapshot::{
        fetch::{Node, PollRequest},
        View,
    },
    stats::{count, Stats},
};

const RETRY_MIN: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(10);
/// Attempts of a keeper that makes only one plan.
const RUN_ONCE_RETRIES: usize = 3;

/// A loaded view with the zero of the local clock that its readings count from.
pub struct Loaded {
    /// The view.
    pub view: View,
    /// Zero of the local clock.
    pub started: Instant,
}

/// Loads the view, trying again until the node answers.
pub async fn load(node: &Node, config: &Config, stats: &Stats) -> Result<Loaded, KeeperError> {
    let delays =
        ExponentialBuilder::default().with_min_delay(RETRY_MIN).with_max_delay(RETRY_MAX).with_jitter();
    let delays =
        if config.run_once { delays.with_max_times(RUN_ONCE_RETRIES) } else { delays.without_max_times() };
    let attempt = || attempt(node, config);
    let loaded = attempt
        .retry(delays)
        .when(|error| !matches!(error, KeeperError::Missing { .. }))
        .notify(|error, delay| {
            count(&stats.rpc_errors);
            stats.on_error(error.to_string());
            tracing::warn!(%error, ?delay, "the group cannot be loaded yet");
        })
        .await?;
    count(&stats.sweeps);
    tracing::info!(
        accounts = loaded.view.accounts.len(),
        markets = loaded.view.markets.len(),
        rows = loaded.view.rows().len(),
        "loaded"
    );
    Ok(loaded)
}

async fn attempt(node: &Node, config: &Config) -> Result<Loaded, KeeperError> {
    let started = Instant::now();
    let mut view = View::new(config.group_key());
    view.apply_poll(&node.poll(&PollRequest::new(&view), 0).await?);
    let missing = |what| KeeperError::Missing { what, address: view.group_key.to_string() };
    if view.group.is_none() {
        return Err(missing("the group"));
    }
    let sweep = node.sweep(&view.group_key, view.tick()).await?;
    view.apply_sweep(&sweep);
    if view.snapshot.is_none() {
        return Err(KeeperError::Rpc("the node does not know the group's snapshot yet".to_owned()));
    }
    // Now that rows and group are known: oracle accounts and the quote mint.
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    view.apply_poll(&node.poll(&PollRequest::new(&view), millis).await?);
    Ok(Loaded { view, started })
}
