//! Follows sent transactions: one request asks for the states of all of them.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use solana_rpc_client_api::config::{RpcSendTransactionConfig, RpcTransactionConfig, UiTransactionEncoding};
use solana_transaction::{Signature, Transaction, TransactionError};
use tokio::sync::{mpsc, oneshot, Mutex};

use super::{failure, Landed, Outcome};
use crate::{config::Config, snapshot::fetch::Node};

/// Signatures that one request can ask for.
const SIGNATURES_MAX: usize = 256;

/// Hands transactions over to be followed.
#[derive(Clone)]
pub struct Confirmer(mpsc::Sender<Watched>);

/// A transaction that is followed.
pub struct Watched {
    transaction: Transaction,
    ended: oneshot::Sender<Outcome>,
}

/// The task that follows.
pub struct Follower {
    node: Node,
    config: Arc<Config>,
    incoming: Arc<Mutex<mpsc::Receiver<Watched>>>,
}

struct Pending {
    watched: Watched,
    sent: Instant,
    resent: Instant,
}

impl Confirmer {
    /// A pair of handle and inbox; the inbox outlives a follower that has to be started again.
    pub fn channel(capacity: usize) -> (Self, Arc<Mutex<mpsc::Receiver<Watched>>>) {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        (Self(sender), Arc::new(Mutex::new(receiver)))
    }

    /// Waits until a transaction has ended.
    pub async fn follow(&self, transaction: Transaction) -> Outcome {
        let (ended, outcome) = oneshot::channel();
        let stopped = || Outcome::Failed("ConfirmationStopped".to_owned());
        if self.0.send(Watched { transaction, ended }).await.is_err() {
            return stopped();
        }
        outcome.await.unwrap_or_else(|_| stopped())
    }
}

impl Follower {
    /// A follower that reads from `incoming`.
    pub fn new(node: Node, config: Arc<Config>, incoming: Arc<Mutex<mpsc::Receiver<Watched>>>) -> Self {
        Self { node, config, incoming }
    }

    /// Follows until nobody sends any more.
    pub async fn run(self) {
        let mut incoming = self.incoming.lock().await;
        let mut pending: BTreeMap<Signature, Pending> = BTreeMap::new();
        loop {
            if pending.is_empty() {
                // Nothing to ask for: sleep until there is.
                match incoming.recv().await {
                    Some(watched) => add(&mut pending, watched),
                    None => return,
                }
            }
            tokio::time::sleep(Duration::from_millis(self.config.confirm_poll_millis)).await;
            while let Ok(watched) = incoming.try_recv() {
                add(&mut pending, watched);
            }
            self.ask(&mut pending).await;
            self.send_again(&mut pending).await;
        }
    }

    /// Asks for all states and takes those out that have ended.
    async fn ask(&self, pending: &mut BTreeMap<Signature, Pending>) {
        let signatures: Vec<Signature> = pending.keys().copied().collect();
        for chunk in signatures.chunks(SIGNATURES_MAX) {
            let response = match self.node.rpc.get_signature_statuses(chunk).await {
                Ok(response) => response.value,
                Err(error) => {
                    tracing::debug!(%error, "transaction states are not available");
                    return;
                }
            };
            for (signature, status) in chunk.iter().zip(response) {
                let Some(status) = status else {
                    continue;
                };
                let outcome = match &status.err {
                    Some(error) => Outcome::Failed(failure::name_of(error)),
                    None if status.satisfies_commitment(self.node.commitment) => {
                        let units = self.units_of(signature).await;
                        Outcome::Confirmed(Landed { signature: *signature, slot: status.slot, units })
                    }
                    None => continue,
                };
                end(pending, signature, outcome);
            }
        }
    }

    /// Sends transactions again that have not landed, and gives those up that are too old.
    async fn send_again(&self, pending: &mut BTreeMap<Signature, Pending>) {
        let timeout = Duration::from_secs(self.config.confirm_timeout_secs);
        let expired = pending.iter().filter(|(_, entry)| entry.sent.elapsed() >= timeout);
        let expired: Vec<Signature> = expired.map(|(signature, _)| *signature).collect();
        for signature in expired {
            end(pending, &signature, Outcome::Expired);
        }
        let period = Duration::from_millis(self.config.resend_millis);
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        let mut refused: Vec<(Signature, TransactionError)> = Vec::new();
        for (signature, entry) in pending.iter_mut() {
            if entry.resent.elapsed() < period {
                continue;
            }
            entry.resent = Instant::now();
            let sent = self.node.rpc.send_transaction_with_config(&entry.watched.transaction, config).await;
            let error = sent.err().and_then(|error| error.kind().get_transaction_error());
            // Anything else, "already processed" above all, says nothing new.
            if let Some(error @ TransactionError::BlockhashNotFound) = error {
                refused.push((*signature, error));
            }
        }
        for (signature, error) in refused {
            tracing::debug!(%signature, %error, "its blockhash is gone");
            end(pending, &signature, Outcome::Expired);
        }
    }

    async fn units_of(&self, signature: &Signature) -> Option<u64> {
        if !self.config.fetch_units {
            return None;
        }
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(self.node.commitment),
            max_supported_transaction_version: Some(0),
        };
        let found = self.node.rpc.get_transaction_with_config(signature, config).await.ok()?;
        found.transaction.meta?.compute_units_consumed.into()
    }
}

fn add(pending: &mut BTreeMap<Signature, Pending>, watched: Watched) {
    let Some(signature) = watched.transaction.signatures.first().copied() else {
        return;
    };
    let now = Instant::now();
    pending.insert(signature, Pending { watched, sent: now, resent: now });
}

fn end(pending: &mut BTreeMap<Signature, Pending>, signature: &Signature, outcome: Outcome) {
    if let Some(entry) = pending.remove(signature) {
        // Whoever asked may be gone.
        let _ = entry.watched.ended.send(outcome);
    }
}
