//! Reads accounts over JSON-RPC.

use std::{sync::Arc, time::Duration};

use anchor_lang::{
    prelude::{Clock, Pubkey},
    solana_program::sysvar::SysvarId,
};
use futures::future::try_join_all;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::{
    config::{CommitmentConfig, RpcAccountInfoConfig, RpcProgramAccountsConfig, UiAccountEncoding},
    filter::{Memcmp, RpcFilterType},
};

use super::{
    apply::{kinds, Poll, Sweep},
    RawAccount, View,
};
use crate::{config::Config, error::KeeperError};

/// Addresses that one request can ask for.
const ADDRESSES_MAX: usize = 100;

/// A node and how it is asked. Cheap to clone.
#[derive(Clone)]
pub struct Node {
    /// The client.
    pub rpc: Arc<RpcClient>,
    /// How sure of a state to be.
    pub commitment: CommitmentConfig,
}

/// Addresses of one poll.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PollRequest(Vec<Pubkey>);

impl PollRequest {
    /// Clock, group, quote mint and oracle accounts, as far as the view knows them.
    pub fn new(view: &View) -> Self {
        let mut keys = vec![Clock::id(), view.group_key];
        keys.extend(view.group.as_ref().map(|group| group.value.quote_mint));
        keys.extend(view.oracle_keys());
        Self(keys)
    }
}

impl Node {
    /// A client for the configured node.
    pub fn new(config: &Config) -> Self {
        let commitment = config.commitment.config();
        let timeout = Duration::from_secs(config.rpc_timeout_secs);
        let rpc = RpcClient::new_with_timeout_and_commitment(config.rpc_url.clone(), timeout, commitment);
        Self { rpc: Arc::new(rpc), commitment }
    }

    /// Fetches all accounts of a group. `tick` is the view's at this moment.
    ///
    /// # Errors
    /// `Rpc`.
    pub async fn sweep(&self, group: &Pubkey, tick: u64) -> Result<Sweep, KeeperError> {
        // Asked for first: a slot that the accounts are at least as new as.
        let slot = self.rpc.get_slot().await?;
        let requests = kinds().map(|kind| self.accounts_of_kind(kind, group, slot));
        let accounts = try_join_all(requests).await?.into_iter().flatten().collect();
        Ok(Sweep { tick, accounts })
    }

    async fn accounts_of_kind(
        &self,
        kind: &[u8],
        group: &Pubkey,
        slot: u64,
    ) -> Result<Vec<RawAccount>, KeeperError> {
        let config = account_filter(kind, group, self.commitment);
        let found = self.rpc.get_program_ui_accounts_with_config(&firebreak::ID, config).await?;
        let mut accounts = Vec::with_capacity(found.len());
        for (address, encoded) in found {
            let account = encoded.to_account().ok_or_else(|| undecodable(&address))?;
            accounts.push(RawAccount { address, owner: account.owner, slot, data: account.data });
        }
        Ok(accounts)
    }

    /// Fetches accounts by address. Those that do not exist are left out.
    ///
    /// # Errors
    /// `Rpc`.
    pub async fn poll(&self, request: &PollRequest, at_millis: u64) -> Result<Poll, KeeperError> {
        let chunks = request.0.chunks(ADDRESSES_MAX).map(|keys| self.accounts_at(keys));
        let accounts = try_join_all(chunks).await?.into_iter().flatten().collect();
        Ok(Poll { at_millis, accounts })
    }

    async fn accounts_at(&self, keys: &[Pubkey]) -> Result<Vec<RawAccount>, KeeperError> {
        let response =
            self.rpc.get_multiple_ui_accounts_with_config(keys, account_config(self.commitment)).await?;
        let slot = response.context.slot;
        let mut accounts = Vec::with_capacity(keys.len());
        for (address, encoded) in keys.iter().zip(response.value) {
            let Some(encoded) = encoded else {
                continue;
            };
            let account = encoded.to_account().ok_or_else(|| undecodable(address))?;
            accounts.push(RawAccount { address: *address, owner: account.owner, slot, data: account.data });
        }
        Ok(accounts)
    }
}

/// Asks for accounts of one kind and group: kind and group are the first 40 bytes of each.
pub fn account_filter(kind: &[u8], group: &Pubkey, commitment: CommitmentConfig) -> RpcProgramAccountsConfig {
    let prefix = [kind, group.as_ref()].concat();
    RpcProgramAccountsConfig {
        filters: Some(vec![RpcFilterType::Memcmp(Memcmp::new_base58_encoded(0, &prefix))]),
        account_config: account_config(commitment),
        ..RpcProgramAccountsConfig::default()
    }
}

fn account_config(commitment: CommitmentConfig) -> RpcAccountInfoConfig {
    RpcAccountInfoConfig {
        // Accounts are mostly zeros.
        encoding: Some(UiAccountEncoding::Base64Zstd),
        commitment: Some(commitment),
        ..RpcAccountInfoConfig::default()
    }
}

fn undecodable(address: &Pubkey) -> KeeperError {
    KeeperError::Rpc(format!("the node sent account {address} in an encoding that was not asked for"))
}
