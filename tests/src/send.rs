//! Sending transactions: real signatures, the network's size limit, readable failures.

use anchor_lang::{event::EVENT_IX_TAG_LE, solana_program::instruction::Instruction};
use firebreak::error::FirebreakError;
use solana_keypair::Keypair;
use solana_message::{inner_instruction::InnerInstructionsList, Message};
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::World;

/// Largest transaction that the network carries.
pub const TRANSACTION_BYTES_MAX: usize = 1_232;
const SIGNATURE_BYTES: usize = 64;

/// What a successful transaction left behind.
#[derive(Clone, Debug)]
pub struct Meta {
    /// Compute units of the whole transaction.
    pub compute_units: u64,
    /// Program logs.
    pub logs: Vec<String>,
    /// Return data of the last instruction, trailing zeros cut off by the runtime.
    pub return_data: Vec<u8>,
    /// Bytes on the wire.
    pub bytes: usize,
    /// Events, in order: discriminator and fields, without the tag of the event CPI.
    pub events: Vec<Vec<u8>>,
}

/// Why a transaction failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The runtime's error.
    pub error: String,
    /// Code of a program's own error.
    pub code: Option<u32>,
    /// Program logs.
    pub logs: Vec<String>,
}

impl Failure {
    /// Fails the test unless the program refused with exactly this error.
    #[track_caller]
    pub fn assert_is(&self, expected: FirebreakError) {
        let code = u32::from(expected);
        assert_eq!(self.code, Some(code), "{}\n{}", self.error, self.logs.join("\n"));
    }
}

impl World {
    /// Signs and sends instructions; the administrator pays. Audits the group afterwards.
    ///
    /// # Errors
    /// The transaction's failure. Nothing has changed then but the fee payer's balance.
    #[track_caller]
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Meta, Failure> {
        let mut all: Vec<&Keypair> = vec![&self.admin];
        for signer in signers {
            if all.iter().all(|other| other.pubkey() != signer.pubkey()) {
                all.push(signer);
            }
        }
        let message = Message::new(instructions, Some(&self.admin.pubkey()));
        let bytes = 1 + all.len() * SIGNATURE_BYTES + message.serialize().len();
        assert!(bytes <= TRANSACTION_BYTES_MAX, "{bytes} bytes do not fit a transaction");
        let transaction = Transaction::new(&all, message, self.svm.latest_blockhash());
        match self.svm.send_transaction(transaction) {
            Ok(meta) => {
                self.assert_conserved();
                if instructions.len() == 1 {
                    self.note_cost(&meta.logs, meta.compute_units_consumed);
                }
                Ok(Meta {
                    compute_units: meta.compute_units_consumed,
                    events: events_of(&meta.inner_instructions),
                    logs: meta.logs,
                    return_data: meta.return_data.data,
                    bytes,
                })
            }
            Err(failed) => {
                let error = format!("{:?}", failed.err);
                Err(Failure { code: custom_code(&error), error, logs: failed.meta.logs })
            }
        }
    }

    /// Sends instructions that must succeed.
    #[track_caller]
    pub fn must(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Meta {
        match self.send(instructions, signers) {
            Ok(meta) => meta,
            Err(failure) => panic!("{}\n{}", failure.error, failure.logs.join("\n")),
        }
    }
}

impl World {
    fn note_cost(&mut self, logs: &[String], compute_units: u64) {
        let name = logs.iter().find_map(|line| line.strip_prefix("Program log: Instruction: "));
        let highest = self.costs.entry(snake_case(name.unwrap_or_default())).or_default();
        *highest = compute_units.max(*highest);
    }
}

/// Data of the inner instructions that carry events.
fn events_of(inner: &InnerInstructionsList) -> Vec<Vec<u8>> {
    let data = inner.iter().flatten().map(|inner| &inner.instruction.data);
    data.filter_map(|data| data.strip_prefix(EVENT_IX_TAG_LE)).map(<[u8]>::to_vec).collect()
}

fn snake_case(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// The number in `Custom(number)`.
pub fn custom_code(error: &str) -> Option<u32> {
    let (_, rest) = error.split_once("Custom(")?;
    rest.split_once(')')?.0.parse().ok()
}
