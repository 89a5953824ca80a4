//! Keeps a background task running whatever happens to it.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::task::JoinSet;

use crate::stats::Stats;

const RESTART_DELAY: Duration = Duration::from_secs(1);

/// Runs the task that `make` makes; if it panics, makes it anew. Returns when it ends by itself.
pub async fn supervise<F, T>(name: &'static str, make: F, stats: Arc<Stats>)
where
    F: Fn() -> T,
    T: Future<Output = ()> + Send + 'static,
{
    loop {
        // A set of one: dropping it aborts the task together with its supervisor.
        let mut task = JoinSet::new();
        task.spawn(make());
        match task.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                tracing::error!(task = name, "panicked; it is started again");
                stats.on_error(format!("{name} panicked"));
            }
            _ => return,
        }
        tokio::time::sleep(RESTART_DELAY).await;
    }
}
