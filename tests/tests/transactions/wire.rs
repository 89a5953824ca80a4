//! Messages and their bytes.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use firebreak_tests::send::TRANSACTION_BYTES_MAX;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_message::Message;
use std::collections::BTreeSet;

const SIGNATURE_BYTES: usize = 64;
const KEY_BYTES: usize = 32;
const HEADER_BYTES: usize = 3;

/// A transaction as it goes over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// Accounts that are locked for writing, the fee payer not counted.
    pub write_locks: usize,
    /// Bytes, signatures included.
    pub bytes: usize,
}

impl Compiled {
    /// The instruction behind those of the compute budget. Its first signer pays the fee, or somebody else if nobody
    /// signs.
    pub fn new(instruction: &Instruction) -> Self {
        let message = Message::new(&with_budget(instruction), Some(&fee_payer(instruction)));
        let header = &message.header;
        let signatures = usize::from(header.num_required_signatures);
        let read = header.num_readonly_signed_accounts + header.num_readonly_unsigned_accounts;
        Self {
            // The fee payer is always written.
            write_locks: message.account_keys.len() - usize::from(read) - 1,
            bytes: 1 + signatures * SIGNATURE_BYTES + message.serialize().len(),
        }
    }

    /// True when the network carries it.
    pub fn fits(&self) -> bool {
        self.bytes <= TRANSACTION_BYTES_MAX
    }
}

/// The three instructions that the keeper puts in front of each of its own.
fn with_budget(instruction: &Instruction) -> Vec<Instruction> {
    vec![
        ComputeBudgetInstruction::set_compute_unit_limit(200_000),
        ComputeBudgetInstruction::set_compute_unit_price(1),
        ComputeBudgetInstruction::set_loaded_accounts_data_size_limit(1 << 21),
        instruction.clone(),
    ]
}

fn fee_payer(instruction: &Instruction) -> Pubkey {
    let signer = instruction.accounts.iter().find(|meta| meta.is_signer);
    signer.map_or(Pubkey::new_from_array([255; 32]), |meta| meta.pubkey)
}

/// The same number from the format alone: a list is its length as a compact number and its entries; a message is header,
/// addresses, blockhash and instructions; an instruction is the place of its program, places of accounts, and data.
pub fn expected_bytes(instruction: &Instruction) -> usize {
    let all = with_budget(instruction);
    let metas = || all.iter().flat_map(|one| &one.accounts);
    let payer = fee_payer(instruction);
    let mut signers: BTreeSet<Pubkey> =
        metas().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect();
    signers.insert(payer);
    let mut keys: BTreeSet<Pubkey> = metas().map(|meta| meta.pubkey).collect();
    keys.extend(all.iter().map(|one| one.program_id));
    keys.insert(payer);
    let instructions = all.iter().map(|one| 1 + list(one.accounts.len(), 1) + list(one.data.len(), 1));
    list(signers.len(), SIGNATURE_BYTES)
        + HEADER_BYTES
        + list(keys.len(), KEY_BYTES)
        + KEY_BYTES
        + list(all.len(), 0)
        + instructions.sum::<usize>()
}

/// Lengths below 128 take one byte, below 2^14 two.
fn list(count: usize, entry_bytes: usize) -> usize {
    count * entry_bytes + if count < 128 { 1 } else { 2 }
}
