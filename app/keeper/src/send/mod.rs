//! Sends transactions and follows them to their end. Decides nothing about what is sent.

mod blockhash;
mod confirm;
pub mod failure;
#[cfg(test)]
mod tests;
pub mod transaction;

use std::sync::{
    atomic::{AtomicU32, Ordering},
    Arc,
};

use solana_keypair::Keypair;
use solana_rpc_client_api::config::{RpcSendTransactionConfig, RpcSimulateTransactionConfig};
use solana_transaction::{Hash, Instruction, Signature, Transaction};
use tokio::sync::Semaphore;

use self::blockhash::Blockhashes;
pub use self::confirm::{Confirmer, Follower, Watched};
use crate::{
    config::Config,
    error::KeeperError,
    plan::{Ending, Job, Key},
    snapshot::fetch::Node,
};

/// One transaction to be sent.
#[derive(Clone, Debug)]
pub struct Order {
    /// Kind of work.
    pub job: Job,
    /// What it is about.
    pub keys: Vec<Key>,
    /// Its purpose, for people.
    pub label: String,
    /// Its instructions, without those for the compute budget.
    pub instructions: Vec<Instruction>,
    /// Compute units to request.
    pub units: u32,
    /// Price of a unit, in micro-lamports.
    pub unit_price: u64,
}

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was executed.
    Confirmed(Landed),
    /// It was refused, by the node or by the chain; the name of the error.
    Failed(String),
    /// It never landed.
    Expired,
    /// It was only simulated.
    Dry(Simulated),
}

/// An executed transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landed {
    /// Its signature.
    pub signature: Signature,
    /// Slot in which it was executed.
    pub slot: u64,
    /// Compute units that it used, when they were asked for.
    pub units: Option<u64>,
}

/// A simulated transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// Name of the error with which it would have failed.
    pub error: Option<String>,
    /// Compute units that it would have used.
    pub units: Option<u64>,
}

impl Outcome {
    /// Name in logs and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Outcome::Confirmed(_) => "confirmed",
            Outcome::Failed(_) => "failed",
            Outcome::Expired => "expired",
            Outcome::Dry(_) => "dry",
        }
    }

    /// What it means for planning.
    pub const fn ending(&self) -> Ending {
        match self {
            Outcome::Confirmed(_) => Ending::Done,
            Outcome::Failed(_) | Outcome::Expired => Ending::Failed,
            Outcome::Dry(_) => Ending::Simulated,
        }
    }
}

/// Signs and sends.
pub struct Sender {
    node: Node,
    keypair: Arc<Keypair>,
    config: Arc<Config>,
    blockhashes: Blockhashes,
    watch: Confirmer,
    permits: Semaphore,
    salt: AtomicU32,
}

impl Sender {
    /// A sender whose transactions `watch` follows.
    pub fn new(node: Node, keypair: Arc<Keypair>, config: Arc<Config>, watch: Confirmer) -> Self {
        Self {
            blockhashes: Blockhashes::new(&config),
            permits: Semaphore::new(config.in_flight_max),
            salt: AtomicU32::new(0),
            node,
            keypair,
            config,
            watch,
        }
    }

    /// Sends one transaction and waits for its end.
    pub async fn execute(&self, order: &Order) -> Outcome {
        // The planner keeps to the same bound; this one also holds for the hook's transactions.
        let Ok(_permit) = self.permits.acquire().await else {
            return Outcome::Failed("ShuttingDown".to_owned());
        };
        let ended = if self.config.dry_run { self.simulate(order).await } else { self.send(order).await };
        ended.unwrap_or_else(|error| {
            tracing::debug!(job = order.job.name(), %error, "not sent");
            Outcome::Failed(failure::name_of_keeper_error(&error))
        })
    }

    async fn sign(&self, order: &Order) -> Result<Transaction, KeeperError> {
        let blockhash: Hash = self.blockhashes.current(&self.node).await?;
        // Two equal transactions on one blockhash would be one: the second would be refused as already processed.
        let salt = self.salt.fetch_add(1, Ordering::Relaxed) % transaction::SALTS;
        transaction::sign(order, &self.keypair, blockhash, (&self.config, salt))
    }

    async fn send(&self, order: &Order) -> Result<Outcome, KeeperError> {
        let transaction = self.sign(order).await?;
        let config = RpcSendTransactionConfig {
            skip_preflight: self.config.skip_preflight,
            preflight_commitment: Some(self.node.commitment.commitment),
            // The keeper sends again by itself, as long as it is interested.
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        let sent = self.node.rpc.send_transaction_with_config(&transaction, config).await;
        if let Err(error) = sent {
            if failure::is_blockhash_unknown(&error) {
                self.blockhashes.forget().await;
            }
            return Ok(Outcome::Failed(failure::name_of_rpc_error(&error)));
        }
        Ok(self.watch.follow(transaction).await)
    }

    async fn simulate(&self, order: &Order) -> Result<Outcome, KeeperError> {
        let transaction = self.sign(order).await?;
        let config = RpcSimulateTransactionConfig {
            sig_verify: true,
            commitment: Some(self.node.commitment),
            ..RpcSimulateTransactionConfig::default()
        };
        let simulated = self.node.rpc.simulate_transaction_with_config(&transaction, config).await?.value;
        let error = simulated.err.map(|error| {
            let named = failure::name_in_logs(simulated.logs.as_deref().unwrap_or_default());
            named.unwrap_or_else(|| failure::name_of(&error.into()))
        });
        Ok(Outcome::Dry(Simulated { error, units: simulated.units_consumed }))
    }
}
