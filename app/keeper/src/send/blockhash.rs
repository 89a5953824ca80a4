//! The recent blockhash, fetched every few seconds and not for every transaction.

use std::time::{Duration, Instant};

use solana_transaction::Hash;
use tokio::sync::Mutex;

use crate::{config::Config, error::KeeperError, snapshot::fetch::Node};

/// A cached blockhash.
pub struct Blockhashes {
    age_max: Duration,
    cached: Mutex<Option<(Hash, Instant)>>,
}

impl Blockhashes {
    /// An empty cache.
    pub fn new(config: &Config) -> Self {
        Self { age_max: Duration::from_secs(config.blockhash_secs), cached: Mutex::new(None) }
    }

    /// The cached blockhash, or a new one when it is too old. Concurrent callers share one request.
    pub async fn current(&self, node: &Node) -> Result<Hash, KeeperError> {
        let mut cached = self.cached.lock().await;
        if let Some((hash, fetched)) = *cached {
            if fetched.elapsed() < self.age_max {
                return Ok(hash);
            }
        }
        let (hash, _) = node.rpc.get_latest_blockhash_with_commitment(node.commitment).await?;
        *cached = Some((hash, Instant::now()));
        Ok(hash)
    }

    /// Drops a blockhash that the node did not know.
    pub async fn forget(&self) {
        *self.cached.lock().await = None;
    }
}
