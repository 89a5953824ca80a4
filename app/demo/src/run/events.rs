//! What liquidations, bankruptcies and deposits did, read from their transactions after the day.
//!
//! Firebreak emits each event by a call of itself, so the events are inner instructions of the transaction and nothing
//! has to be guessed from balances.

use std::str::FromStr;

use anchor_lang::{event::EVENT_IX_TAG_LE, prelude::Pubkey, AnchorDeserialize, Discriminator};
use anyhow::{Context, Result};
use base64::{engine::general_purpose::STANDARD, Engine};
use firebreak::{
    events::{BankruptcyResolved, CollateralConverted, Deposited, LiquidationStepped},
    instructions::LiquidationOutcome,
};
use futures::{stream, StreamExt, TryStreamExt};
use serde_json::{json, Value};
use solana_rpc_client_api::request::RpcRequest;

use super::{logs::Noted, rpc::Rpc};

/// Transactions that are read at once.
const PARALLEL: usize = 8;

/// An event of Firebreak.
#[derive(Clone, Debug)]
pub enum Event {
    /// A liquidation began, took something, or ended.
    Stepped(Box<LiquidationStepped>),
    /// Collateral was bought.
    Converted(Box<CollateralConverted>),
    /// A debt was covered.
    Resolved(Box<BankruptcyResolved>),
    /// Tokens came in.
    Deposited(Box<Deposited>),
}

/// A transaction, read again.
#[derive(Clone, Debug)]
pub struct Done {
    /// Seconds of the window when it was seen.
    pub offset_secs: i64,
    /// Who paid for it.
    pub signer: Pubkey,
    /// True when its main instruction was `liquidate`.
    pub is_liquidation: bool,
    /// First byte of its return data; the runtime cuts zeros, so nothing is zero.
    pub outcome: u8,
    /// Its events, in order.
    pub events: Vec<Event>,
}

/// Reads all noted transactions, in the order in which they were seen.
pub async fn read_all(rpc: &Rpc, noted: &[Noted]) -> Result<Vec<Done>> {
    let read = noted.iter().map(|noted| async move {
        let params = json!([noted.signature, {
            "encoding": "json",
            "commitment": "processed",
            "maxSupportedTransactionVersion": 0,
        }]);
        let found = rpc.client().send::<Value>(RpcRequest::GetTransaction, params).await;
        let found = found.with_context(|| format!("reading transaction {}", noted.signature))?;
        let done = done(&found, noted.offset_secs);
        done.with_context(|| format!("transaction {}", noted.signature))
    });
    stream::iter(read).buffered(PARALLEL).try_collect().await
}

/// A transaction in the node's JSON form.
fn done(found: &Value, offset_secs: i64) -> Result<Done> {
    let keys = found.pointer("/transaction/message/accountKeys").and_then(Value::as_array);
    let keys = keys.context("no account keys")?;
    let key = |place: usize| -> Result<Pubkey> {
        let text = keys.get(place).and_then(Value::as_str).context("an account key is missing")?;
        Pubkey::from_str(text).context("an account key is malformed")
    };
    let mut events = Vec::new();
    let none = Vec::new();
    let groups = found.pointer("/meta/innerInstructions").and_then(Value::as_array).unwrap_or(&none);
    for group in groups {
        for inner in group.get("instructions").and_then(Value::as_array).unwrap_or(&none) {
            let program = inner.get("programIdIndex").and_then(Value::as_u64).context("no program")?;
            if key(usize::try_from(program)?)? != firebreak::ID {
                continue;
            }
            let data = inner.get("data").and_then(Value::as_str).context("no instruction data")?;
            let data = bs58::decode(data).into_vec().context("instruction data is not base58")?;
            events.extend(event(&data)?);
        }
    }
    let logs = found.pointer("/meta/logMessages").and_then(Value::as_array).unwrap_or(&none);
    let is_liquidation = logs.iter().any(|line| line.as_str() == Some("Program log: Instruction: Liquidate"));
    Ok(Done { offset_secs, signer: key(0)?, is_liquidation, outcome: outcome(found)?, events })
}

fn outcome(found: &Value) -> Result<u8> {
    let Some(text) = found.pointer("/meta/returnData/data/0").and_then(Value::as_str) else {
        return Ok(0);
    };
    let bytes = STANDARD.decode(text).context("return data is not base64")?;
    Ok(bytes.first().copied().unwrap_or(0))
}

/// The event in an instruction's data; `None` for another instruction or another event.
fn event(data: &[u8]) -> Result<Option<Event>> {
    let Some(event) = data.strip_prefix(EVENT_IX_TAG_LE) else {
        return Ok(None);
    };
    fn read<T: Discriminator + AnchorDeserialize>(event: &[u8]) -> Option<std::io::Result<Box<T>>> {
        let mut fields = event.strip_prefix(T::DISCRIMINATOR)?;
        Some(T::deserialize(&mut fields).map(Box::new))
    }
    let found = read(event)
        .map(|read| read.map(Event::Stepped))
        .or_else(|| read(event).map(|read| read.map(Event::Converted)))
        .or_else(|| read(event).map(|read| read.map(Event::Resolved)))
        .or_else(|| read(event).map(|read| read.map(Event::Deposited)));
    found.transpose().context("an event is malformed")
}

impl Done {
    /// Whether the call of `liquidate` took something over.
    pub fn takes(&self) -> bool {
        self.steps().any(|step| step.base_q16 != 0)
    }

    /// Liquidation steps among the events.
    pub fn steps(&self) -> impl Iterator<Item = &LiquidationStepped> {
        self.events.iter().filter_map(|event| match event {
            Event::Stepped(step) => Some(step.as_ref()),
            _ => None,
        })
    }

    /// What the call of `liquidate` answered.
    pub fn liquidation_outcome(&self) -> Result<LiquidationOutcome> {
        LiquidationOutcome::from_u8(self.outcome)
            .with_context(|| format!("`liquidate` answered {}", self.outcome))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> LiquidationStepped {
        LiquidationStepped {
            group: Pubkey::default(),
            market: Pubkey::default(),
            liquidator: Pubkey::default(),
            liquidatee: Pubkey::new_unique(),
            outcome: 3,
            state: 2,
            base_q16: 65_536,
            quote_atoms: 1_990_000,
            notional_atoms: 2_000_000,
            discount_ppm: 5_000,
            equity_before_atoms: 1,
            maintenance_before_atoms: 2,
            impact_level_q40: 0,
            started_ts: 100,
            ledger_sequence: 9,
            sequence: 4,
        }
    }

    /// A transaction of `signer` whose inner instruction is the event, called by the program at place 1.
    fn transaction(signer: Pubkey, program: Pubkey, data: &[u8], returned: Option<u8>) -> Value {
        let returned = returned.map(|byte| json!({ "data": [STANDARD.encode([byte]), "base64"] }));
        json!({
            "transaction": { "message": { "accountKeys": [signer.to_string(), program.to_string()] } },
            "meta": {
                "logMessages": ["Program log: Instruction: Liquidate"],
                "returnData": returned,
                "innerInstructions": [
                    { "instructions": [{ "programIdIndex": 1, "data": bs58::encode(data).into_string() }] },
                ],
            },
        })
    }

    fn emitted(step: &LiquidationStepped) -> Vec<u8> {
        [EVENT_IX_TAG_LE, &anchor_lang::Event::data(step)].concat()
    }

    #[test]
    fn an_event_is_read_with_its_signer_and_outcome() {
        let (signer, step) = (Pubkey::new_unique(), step());
        let read = done(&transaction(signer, firebreak::ID, &emitted(&step), Some(3)), 60).unwrap();
        assert_eq!((read.offset_secs, read.signer, read.is_liquidation), (60, signer, true));
        assert_eq!(read.liquidation_outcome().unwrap(), LiquidationOutcome::Partial);
        assert!(read.takes());
        let found: Vec<_> = read.steps().collect();
        assert_eq!((found.len(), found[0].liquidatee, found[0].sequence), (1, step.liquidatee, 4));
    }

    #[test]
    fn return_data_without_bytes_is_outcome_zero() {
        let read = done(&transaction(Pubkey::new_unique(), firebreak::ID, &[1, 2], None), 0).unwrap();
        assert_eq!(read.liquidation_outcome().unwrap(), LiquidationOutcome::NotLiquidatable);
        assert!(read.events.is_empty() && !read.takes());
    }

    #[test]
    fn events_of_other_programs_do_not_count_and_malformed_ones_are_errors() {
        let other = transaction(Pubkey::new_unique(), example_venue::ID, &emitted(&step()), None);
        assert!(done(&other, 0).unwrap().events.is_empty());
        let mut short = emitted(&step());
        short.pop();
        assert!(done(&transaction(Pubkey::new_unique(), firebreak::ID, &short, None), 0).is_err());
        assert!(done(&json!({}), 0).is_err());
        let strange = transaction(Pubkey::new_unique(), firebreak::ID, &[], Some(77));
        assert!(done(&strange, 0).unwrap().liquidation_outcome().is_err());
    }
}
