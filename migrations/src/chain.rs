//! Reading accounts and landing transactions over JSON-RPC.

use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use anyhow::{bail, ensure, Context, Result};
use futures::{stream, StreamExt, TryStreamExt};
use serde_json::{json, Value};
use solana_account::Account;
use solana_commitment_config::CommitmentConfig;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::{config::RpcSendTransactionConfig, request::RpcRequest};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;

/// Compute units of one transaction. The most expensive instruction here, `create_group`, uses about 41 000.
const UNITS: u32 = 200_000;
/// How long a transaction is sent again before it is given up. A blockhash lives about as long.
const LANDING_TIME: Duration = Duration::from_secs(90);
/// How long the writes of one batch are waited for. What has not landed by then is written by the next round.
const BATCH_TIME: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(200);
const RESEND: Duration = Duration::from_secs(2);
/// Requests under way at once.
const PARALLEL: usize = 16;
/// Accounts or signatures that one request can ask for.
const LIST_MAX: usize = 100;

/// A cluster, and the key that pays and signs.
pub struct Chain {
    client: RpcClient,
    payer: Keypair,
    priority_micro_lamports: u64,
}

impl Chain {
    /// The cluster behind `url`. `payer` pays, is the administrator of new groups and the authority of new programs.
    pub fn new(url: &str, payer: Keypair, priority_micro_lamports: u64) -> Self {
        let client = RpcClient::new_with_commitment(url.to_owned(), CommitmentConfig::confirmed());
        Self { client, payer, priority_micro_lamports }
    }

    /// Address of the key that pays.
    pub fn payer(&self) -> Pubkey {
        self.payer.pubkey()
    }

    /// An account; `None` when it does not exist.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn account(&self, key: &Pubkey) -> Result<Option<Account>> {
        let mut accounts = self.accounts(&[*key]).await?;
        Ok(accounts.pop().flatten())
    }

    /// Several accounts, in order.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn accounts(&self, keys: &[Pubkey]) -> Result<Vec<Option<Account>>> {
        let mut accounts = Vec::with_capacity(keys.len());
        for part in keys.chunks(LIST_MAX) {
            let answer = self.client.get_multiple_accounts(part).await;
            accounts.extend(answer.context("reading accounts")?);
        }
        Ok(accounts)
    }

    /// Lamports that exempt an account of `len` bytes from rent.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn rent(&self, len: usize) -> Result<u64> {
        let rent = self.client.get_minimum_balance_for_rent_exemption(len).await;
        rent.context("asking for the rent")
    }

    /// Lamports of the key that pays.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn balance(&self) -> Result<u64> {
        self.client.get_balance(&self.payer()).await.context("reading the payer's balance")
    }

    /// Sends one transaction and waits until it is confirmed. `signers` sign in addition to the payer.
    ///
    /// The same signed transaction is sent again until it lands, so it can never take effect twice.
    ///
    /// # Errors
    /// With the program's logs when it is refused; with the signature when it does not land in time.
    pub async fn land(&self, what: &str, instructions: &[Instruction], signers: &[&Keypair]) -> Result<()> {
        let blockhash = self.blockhash().await?;
        let transaction = self.signed(instructions, signers, blockhash);
        // The node simulates against the same state that the blockhash was read from.
        let level = Some(CommitmentConfig::confirmed().commitment);
        let checked =
            RpcSendTransactionConfig { preflight_commitment: level, ..RpcSendTransactionConfig::default() };
        let sent = self.client.send_transaction_with_config(&transaction, checked).await;
        let signature = sent.with_context(|| format!("{what}: the node refused the transaction"))?;
        let unchecked =
            RpcSendTransactionConfig { skip_preflight: true, ..RpcSendTransactionConfig::default() };
        let began = Instant::now();
        let mut resent = began;
        while began.elapsed() < LANDING_TIME {
            match self.statuses(&[signature]).await?.first() {
                Some(Some(Ok(()))) => return Ok(()),
                Some(Some(Err(error))) => bail!("{what}: {error} (transaction {signature})"),
                _ => {}
            }
            if resent.elapsed() > RESEND {
                // A node that refuses a repetition has it already.
                let _ = self.client.send_transaction_with_config(&transaction, unchecked).await;
                resent = Instant::now();
            }
            tokio::time::sleep(POLL).await;
        }
        bail!("{what}: transaction {signature} did not land; run the command again, it continues where it stopped")
    }

    /// Sends many single-instruction transactions at once, without waiting longer than for one batch. Some may not
    /// land: the caller looks at the result and repeats what is missing.
    ///
    /// # Errors
    /// When the node does not answer, or when a transaction landed with an error.
    pub async fn send_batch(&self, instructions: Vec<Instruction>) -> Result<()> {
        let blockhash = self.blockhash().await?;
        let config = RpcSendTransactionConfig { skip_preflight: true, ..RpcSendTransactionConfig::default() };
        let signatures: Vec<Signature> = stream::iter(instructions)
            .map(|instruction| async move {
                let transaction = self.signed(&[instruction], &[], blockhash);
                self.client
                    .send_transaction_with_config(&transaction, config)
                    .await
                    .context("sending a write")
            })
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await?;
        let began = Instant::now();
        let mut open = signatures;
        while !open.is_empty() && began.elapsed() < BATCH_TIME {
            let mut left = Vec::new();
            for part in open.chunks(LIST_MAX) {
                for (signature, status) in part.iter().zip(self.statuses(part).await?) {
                    match status {
                        Some(Ok(())) => {}
                        Some(Err(error)) => bail!("writing to the buffer: {error} (transaction {signature})"),
                        None => left.push(*signature),
                    }
                }
            }
            open = left;
            if !open.is_empty() {
                tokio::time::sleep(POLL).await;
            }
        }
        Ok(())
    }

    /// Calls a method of the node that is not part of Solana's own interface.
    ///
    /// # Errors
    /// When the node does not know the method or refuses the parameters.
    pub async fn node_call(&self, method: &'static str, params: Value) -> Result<()> {
        let answer = self.client.send::<Value>(RpcRequest::Custom { method }, params).await;
        answer.map(drop).with_context(|| format!("{method}: only a surfpool chain has this method"))
    }

    /// Writes a whole account through the node. Local chains only.
    ///
    /// # Errors
    /// As [`Chain::node_call`].
    pub async fn write_account(&self, key: &Pubkey, account: &Account) -> Result<()> {
        let fields = json!({
            "lamports": account.lamports,
            "data": hex::encode(&account.data),
            "owner": account.owner.to_string(),
        });
        self.node_call("surfnet_setAccount", json!([key.to_string(), fields])).await
    }

    /// Landed without error, landed with this error, or not landed yet.
    async fn statuses(&self, signatures: &[Signature]) -> Result<Vec<Option<Result<(), String>>>> {
        let answer =
            self.client.get_signature_statuses(signatures).await.context("asking for a transaction")?;
        let confirmed = CommitmentConfig::confirmed();
        let landed = answer.value.into_iter().map(|status| {
            let status = status.filter(|status| status.satisfies_commitment(confirmed))?;
            Some(status.err.map_or(Ok(()), |error| Err(format!("{error:?}"))))
        });
        Ok(landed.collect())
    }

    async fn blockhash(&self) -> Result<Hash> {
        self.client.get_latest_blockhash().await.context("asking for a blockhash")
    }

    fn signed(&self, instructions: &[Instruction], signers: &[&Keypair], blockhash: Hash) -> Transaction {
        let mut all = vec![ComputeBudgetInstruction::set_compute_unit_limit(UNITS)];
        if self.priority_micro_lamports > 0 {
            all.push(ComputeBudgetInstruction::set_compute_unit_price(self.priority_micro_lamports));
        }
        all.extend_from_slice(instructions);
        let mut keys = vec![&self.payer];
        keys.extend(signers.iter().filter(|key| key.pubkey() != self.payer()));
        Transaction::new_signed_with_payer(&all, Some(&self.payer()), &keys, blockhash)
    }

    /// Bytes of a signed transaction of these instructions, as it is sent.
    #[cfg(test)]
    fn packet_len(&self, instructions: &[Instruction]) -> usize {
        const SIGNATURE: usize = 64;
        let transaction = self.signed(instructions, &[], Hash::default());
        1 + SIGNATURE * transaction.signatures.len() + transaction.message_data().len()
    }
}

/// Fails unless the payer has at least this much.
///
/// # Errors
/// With both numbers when it does not.
pub fn require_balance(balance: u64, needed: u64) -> Result<()> {
    const LAMPORTS: u64 = 1_000_000_000;
    let show = |lamports: u64| format!("{}.{:09} SOL", lamports / LAMPORTS, lamports % LAMPORTS);
    ensure!(balance >= needed, "the payer has {} and needs about {}", show(balance), show(needed));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::CHUNK;

    #[test]
    fn a_write_fits_a_packet_with_a_priority_fee() {
        let chain = Chain::new("http://127.0.0.1:1", Keypair::new(), 1);
        let buffer = Pubkey::new_unique();
        let write =
            solana_loader_v3_interface::instruction::write(&buffer, &chain.payer(), 0, vec![0; CHUNK]);
        let length = chain.packet_len(&[write]);
        assert!(length <= 1_232, "{length} bytes");
        // No space is wasted either: the next round number would not fit.
        assert!(length > 1_232 - 64, "{length} bytes");
    }

    #[test]
    fn a_poor_payer_is_told_both_numbers() {
        let error = require_balance(1_500_000_000, 2_000_000_001).unwrap_err().to_string();
        assert_eq!(error, "the payer has 1.500000000 SOL and needs about 2.000000001 SOL");
        assert!(require_balance(5, 5).is_ok());
    }
}
