//! Collecting the logs of every transaction while the day runs.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use futures::StreamExt;
use solana_commitment_config::CommitmentConfig;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::{RpcTransactionLogsConfig, RpcTransactionLogsFilter};
use tokio::task::JoinHandle;

use super::logs::{Logged, Tally};

/// A running collection.
pub struct Collection {
    /// What was counted so far.
    pub tally: Arc<Mutex<Tally>>,
    task: JoinHandle<()>,
}

impl Collection {
    /// Adds every transaction from now on to a tally.
    pub async fn start(ws_url: &str, tally: Tally) -> Result<Self> {
        let client = PubsubClient::new(ws_url).await.context("opening the WebSocket for logs")?;
        let tally = Arc::new(Mutex::new(tally));
        let shared = Arc::clone(&tally);
        let task = tokio::spawn(async move {
            let filter = RpcTransactionLogsFilter::All;
            let config = RpcTransactionLogsConfig { commitment: Some(CommitmentConfig::processed()) };
            match client.logs_subscribe(filter, config).await {
                Ok((mut stream, _)) => {
                    while let Some(message) = stream.next().await {
                        let error = message.value.err.as_ref().map(|error| format!("{error:?}"));
                        shared.lock().unwrap_or_else(PoisonError::into_inner).add(&Logged {
                            signature: &message.value.signature,
                            logs: &message.value.logs,
                            error: error.as_deref(),
                        });
                    }
                }
                Err(error) => tracing::warn!(%error, "logs are not available; figures will be missing"),
            }
        });
        Ok(Self { tally, task })
    }

    /// Ends the collection and returns what was counted.
    pub fn finish(self) -> Tally {
        self.task.abort();
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.clone()
    }
}
