//! Sending transactions and reading accounts over JSON-RPC, with a count of what was sent.

use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

use anchor_lang::prelude::Pubkey;
use anyhow::{bail, Context, Result};
use solana_commitment_config::CommitmentConfig;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use tokio::sync::Mutex;

/// Age at which a blockhash is replaced.
const BLOCKHASH_AGE: Duration = Duration::from_millis(1_000);
/// How long a transaction may take to land.
const LANDING_TIME: Duration = Duration::from_secs(8);
/// Time between two looks at a transaction's status, about a block: nothing can be known sooner, and asking costs the
/// node more than it tells.
const POLL: Duration = Duration::from_millis(40);
const COMPUTE_UNITS: u32 = 400_000;

/// A client of the local chain; clones share the connection, the blockhash and the count.
#[derive(Clone)]
pub struct Rpc {
    inner: Arc<Inner>,
}

struct Inner {
    client: RpcClient,
    payer: Keypair,
    sent: AtomicU64,
    blockhash: Mutex<Option<(Instant, Hash)>>,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landed {
    /// Without error.
    Ok,
    /// With this error.
    Failed(String),
    /// Not within the time allowed.
    Unknown,
}

impl Rpc {
    /// A client for the server at `url`; `payer` pays fees and rent.
    pub fn new(url: &str, payer: Keypair) -> Self {
        let client = RpcClient::new_with_commitment(url.to_owned(), CommitmentConfig::processed());
        let inner = Inner { client, payer, sent: AtomicU64::new(0), blockhash: Mutex::new(None) };
        Self { inner: Arc::new(inner) }
    }

    /// Key that pays.
    pub fn payer(&self) -> Pubkey {
        self.inner.payer.pubkey()
    }

    /// Transactions sent so far.
    pub fn sent(&self) -> u64 {
        self.inner.sent.load(Ordering::Relaxed)
    }

    /// The underlying client.
    pub fn client(&self) -> &RpcClient {
        &self.inner.client
    }

    /// Data of an account.
    pub async fn data(&self, address: &Pubkey) -> Result<Vec<u8>> {
        let account = self.client().get_account(address).await;
        Ok(account.with_context(|| format!("reading account {address}"))?.data)
    }

    /// Sends without waiting. The payer signs in addition to `signers`.
    pub async fn send(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Signature> {
        let limit = ComputeBudgetInstruction::set_compute_unit_limit(COMPUTE_UNITS);
        let all: Vec<Instruction> = std::iter::once(limit).chain(instructions.iter().cloned()).collect();
        let mut keys: Vec<&Keypair> = vec![&self.inner.payer];
        keys.extend(signers.iter().filter(|key| key.pubkey() != self.payer()));
        let blockhash = self.blockhash().await?;
        let transaction = Transaction::new_signed_with_payer(&all, Some(&self.payer()), &keys, blockhash);
        // Failures are to be seen on the chain, not to be filtered by a simulation before it.
        let config = RpcSendTransactionConfig { skip_preflight: true, ..RpcSendTransactionConfig::default() };
        self.inner.sent.fetch_add(1, Ordering::Relaxed);
        let sent = self.client().send_transaction_with_config(&transaction, config).await;
        sent.context("sending a transaction")
    }

    /// Sends and waits until it landed.
    pub async fn send_and_wait(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Landed> {
        let signature = self.send(instructions, signers).await?;
        self.wait(&signature).await
    }

    /// Sends and waits; a failure is an error. For everything that must succeed.
    pub async fn must(&self, what: &str, instructions: &[Instruction], signers: &[&Keypair]) -> Result<()> {
        match self.send_and_wait(instructions, signers).await.with_context(|| what.to_owned())? {
            Landed::Ok => Ok(()),
            Landed::Failed(error) => bail!("{what}: {error}"),
            Landed::Unknown => bail!("{what}: the transaction did not land"),
        }
    }

    async fn wait(&self, signature: &Signature) -> Result<Landed> {
        let deadline = Instant::now() + LANDING_TIME;
        while Instant::now() < deadline {
            tokio::time::sleep(POLL).await;
            let statuses = self.client().get_signature_statuses(&[*signature]).await?;
            if let Some(Some(status)) = statuses.value.first() {
                return Ok(match &status.err {
                    None => Landed::Ok,
                    Some(error) => Landed::Failed(format!("{error:?}")),
                });
            }
        }
        Ok(Landed::Unknown)
    }

    async fn blockhash(&self) -> Result<Hash> {
        let mut cached = self.inner.blockhash.lock().await;
        if let Some((at, hash)) = *cached {
            if at.elapsed() < BLOCKHASH_AGE {
                return Ok(hash);
            }
        }
        let hash = self.client().get_latest_blockhash().await.context("reading a blockhash")?;
        *cached = Some((Instant::now(), hash));
        Ok(hash)
    }

    /// Forgets the blockhash, after the clock was moved far.
    pub async fn renew_blockhash(&self) {
        *self.inner.blockhash.lock().await = None;
    }
}
