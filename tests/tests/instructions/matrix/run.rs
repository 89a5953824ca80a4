//! Tries every substitution and compares the outcome with the table.

use anchor_lang::solana_program::instruction::Instruction;
use firebreak_interface::fill::FillOutcome;
use litesvm::{types::TransactionMetadata, LiteSVM};
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

use super::{
    swaps::{Spare, Swap, Swapper},
    Accepted, Row,
};
use crate::{
    chain::{chain, difference},
    stage::LAMPORTS,
};

/// What became of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// An error.
    Refused(String),
    /// No error, and nothing has changed.
    Idle,
    /// It did something, or answered yes.
    Accepted,
}

/// Everybody who may sign.
struct Signers {
    fee_payer: Keypair,
    keys: Vec<Keypair>,
}

impl Signers {
    fn send(&self, svm: &mut LiteSVM, instruction: &Instruction) -> Result<TransactionMetadata, String> {
        let mut all = vec![&self.fee_payer];
        for key in &self.keys {
            if instruction.accounts.iter().any(|meta| meta.is_signer && meta.pubkey == key.pubkey()) {
                all.push(key);
            }
        }
        let message = Message::new(std::slice::from_ref(instruction), Some(&self.fee_payer.pubkey()));
        let transaction = Transaction::new(&all, message, svm.latest_blockhash());
        svm.send_transaction(transaction).map_err(|failed| format!("{:?}", failed.err))
    }
}

/// Runs one row of the table.
pub fn check(name: &str, row: &Row) {
    let mut scene = (row.scene)();
    let mut key = || scene.world.new_keypair();
    let [fee_payer, stranger, empty, absent, forged] = std::array::from_fn(|_| key());
    let spare = Spare {
        stranger: stranger.pubkey(),
        empty: empty.pubkey(),
        absent: absent.pubkey(),
        forged: forged.pubkey(),
    };
    for funded in [&fee_payer, &stranger, &empty] {
        scene.world.svm.airdrop(&funded.pubkey(), LAMPORTS).expect("an airdrop succeeds");
    }
    let signers = Signers { fee_payer, keys: scene.signers.into_iter().chain([stranger]).collect() };
    let svm = &scene.world.svm;
    let slots = scene.instruction.accounts.len();
    assert_eq!(slots, row.slots.len(), "accounts of {name}");
    let mut succeeded = svm.clone();
    let verdict = attempt(&mut succeeded, &signers, &scene.instruction);
    assert_eq!(verdict, Verdict::Accepted, "{name} with the right accounts");

    let swapper = Swapper::new([svm, &succeeded], (&scene.instruction, &row.slots), (&spare, &scene.names));
    let mut table = Judge { row, failures: Vec::new(), hits: vec![0; row.accepted.len()], tried: 0 };
    for slot in 0..slots {
        for swap in swapper.swaps(slot) {
            let mut svm = svm.clone();
            if let Some((key, account)) = &swap.placed {
                svm.set_account(*key, account.clone()).expect("the account is rent exempt");
            }
            let verdict = attempt(&mut svm, &signers, &swap.instruction);
            table.judge(&row.slots[slot], &swap, &verdict);
        }
    }
    table.finish(name);
}

/// Sends the instruction; a refusal must leave every account of the chain as it was.
fn attempt(svm: &mut LiteSVM, signers: &Signers, instruction: &Instruction) -> Verdict {
    let before = chain(svm);
    let result = signers.send(svm, instruction);
    let change = difference(&chain(svm), &before);
    match result {
        Err(error) => {
            assert_eq!(change, None, "a refused transaction changed something: {error}");
            Verdict::Refused(error)
        }
        Ok(meta) if change.is_some() || is_admitted(&meta) => Verdict::Accepted,
        Ok(_) => Verdict::Idle,
    }
}

fn is_admitted(meta: &TransactionMetadata) -> bool {
    let mut data = meta.return_data.data.clone();
    data.resize(size_of::<FillOutcome>(), 0);
    FillOutcome::from_return_data(&data).is_some_and(|outcome| outcome.is_admitted())
}

/// Compares verdicts with the table.
struct Judge<'a> {
    row: &'a Row,
    failures: Vec<String>,
    hits: Vec<usize>,
    tried: usize,
}

impl Judge<'_> {
    fn judge(&mut self, slot: &str, swap: &Swap, verdict: &Verdict) {
        self.tried += 1;
        let matches = |listed: &&Accepted| {
            is_match(listed.slot, slot) && listed.swaps.iter().any(|label| is_match(label, &swap.label))
        };
        let listed = self.row.accepted.iter().position(|listed| matches(&listed));
        let place = format!("{slot} <- {} ", swap.label);
        match (listed, verdict) {
            (Some(index), Verdict::Accepted) => self.hits[index] += 1,
            (Some(index), other) => {
                let reason = self.row.accepted[index].reason;
                self.failures.push(format!("{place}is {other:?}, but listed as accepted: {reason}"));
            }
            (None, Verdict::Accepted) => self.failures.push(format!("{place}is accepted and not listed")),
            (None, Verdict::Idle) if !self.row.answers => {
                self.failures.push(format!("{place}succeeds without doing anything"));
            }
            (None, _) => {}
        }
    }

    fn finish(mut self, name: &str) {
        for (listed, hits) in self.row.accepted.iter().zip(&self.hits) {
            if *hits == 0 {
                self.failures
                    .push(format!("{} {:?} is listed and was never tried", listed.slot, listed.swaps));
            }
        }
        let accepted: usize = self.hits.iter().sum();
        let slots = self.row.slots.len();
        println!("{name}: {slots} slots, {} substitutions, {accepted} of them rightly accepted", self.tried);
        assert!(self.failures.is_empty(), "{name}:\n{}", self.failures.join("\n"));
    }
}

/// An asterisk at the end of the pattern stands for any rest.
fn is_match(pattern: &str, text: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => pattern == text,
    }
}
