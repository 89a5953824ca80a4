//! The local chain: started in this process, spoken to by JSON-RPC and WebSocket only.
//!
//! Only what has no transaction on a real chain goes through the node's own calls: deploying the programs, the oracle
//! accounts (their programs are not here) and moving the clock forward.

use std::path::Path;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result};
use serde_json::{json, Value};
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::request::RpcRequest;
use surfpool_sdk::{cheatcodes::builders::DeployProgram, BlockProductionMode, SimnetCommand, Surfnet};

use super::{clock_ts, CLOCK};

/// Milliseconds between blocks.
const SLOT_TIME_MS: u64 = 50;
/// Times that the node is asked to move the clock.
const CLOCK_ATTEMPTS: usize = 3;
/// Lamports of the payer: rent of all accounts and fees.
const PAYER_LAMPORTS: u64 = 1_000_000_000_000;
/// Lamports of accounts that are written directly.
const ACCOUNT_LAMPORTS: u64 = 100_000_000;

/// A running chain.
pub struct Chain {
    surfnet: Surfnet,
}

impl Chain {
    /// Starts a chain of its own, without any network behind it.
    pub async fn start(payer: Keypair) -> Result<Self> {
        let surfnet = Surfnet::builder()
            .offline(true)
            .block_production_mode(BlockProductionMode::Clock)
            .slot_time_ms(SLOT_TIME_MS)
            .airdrop_sol(PAYER_LAMPORTS)
            .payer(payer)
            .start()
            .await
            .context("starting the local chain")?;
        // By default the node runs each transaction once more per instruction to profile it. It stops doing so
        // while one of its runbooks executes, and has no other switch for that.
        surfnet
            .send_command(SimnetCommand::StartRunbookExecution("demo".to_owned()))
            .context("switching profiling off")?;
        Ok(Self { surfnet })
    }

    /// Address of the JSON-RPC server.
    pub fn rpc_url(&self) -> &str {
        self.surfnet.rpc_url()
    }

    /// Address of the WebSocket server.
    pub fn ws_url(&self) -> &str {
        self.surfnet.ws_url()
    }

    /// The account that pays for everything.
    pub fn payer(&self) -> Keypair {
        self.surfnet.payer().insecure_clone()
    }

    /// Deploys a program from `target/deploy`.
    pub fn deploy(&self, id: Pubkey, file: &Path) -> Result<()> {
        let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        self.surfnet
            .cheatcodes()
            .deploy(DeployProgram::new(id).so_bytes(bytes))
            .with_context(|| format!("deploying {}", file.display()))?;
        Ok(())
    }

    /// Stops the servers.
    pub fn stop(mut self) -> Result<()> {
        self.surfnet.stop().context("stopping the local chain")
    }
}

/// Writes an account of a program that is not deployed here.
pub async fn write_account(client: &RpcClient, address: &Pubkey, owner: &Pubkey, data: &[u8]) -> Result<()> {
    let account =
        json!({ "lamports": ACCOUNT_LAMPORTS, "data": hex::encode(data), "owner": owner.to_string() });
    node_call(client, "surfnet_setAccount", json!([address.to_string(), account])).await
}

/// Gives an owner tokens, in its associated token account.
pub async fn write_tokens(client: &RpcClient, owner: &Pubkey, mint: &Pubkey, atoms: u64) -> Result<()> {
    let params = json!([owner.to_string(), mint.to_string(), { "amount": atoms }]);
    node_call(client, "surfnet_setTokenAccount", params).await
}

/// Moves the chain's clock forward to a unix time. The node gives up on a move after two seconds, which a busy machine may
/// take; the move may have happened all the same, so what counts is the clock.
pub async fn move_clock(client: &RpcClient, unix_ts: i64) -> Result<()> {
    let millis = u64::try_from(unix_ts).context("a time before 1970")? * 1_000;
    let params = json!([{ "absoluteTimestamp": millis }]);
    let mut moved = Ok(());
    for _ in 0..CLOCK_ATTEMPTS {
        moved = node_call(client, "surfnet_timeTravel", params.clone()).await;
        if moved.is_ok() {
            break;
        }
        let clock = client.get_account(&CLOCK).await.context("reading the clock")?;
        if clock_ts(&clock.data)? >= unix_ts {
            return Ok(());
        }
    }
    moved
}

async fn node_call(client: &RpcClient, method: &'static str, params: Value) -> Result<()> {
    client.send::<Value>(RpcRequest::Custom { method }, params).await.context(method)?;
    Ok(())
}
