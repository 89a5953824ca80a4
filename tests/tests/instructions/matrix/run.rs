//! Tries every substitution and compares the outcome with the table.

use anchor_lang::solana_program::instruction::Instruction;
use firebreak::error::FirebreakError;
use firebreak_interface::{fill::FillOutcome, standing::AccountStanding};
use firebreak_tests::send::custom_code;
use litesvm::{types::TransactionMetadata, LiteSVM};
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::collections::BTreeSet;

use super::{
    swaps::{Spare, Swap, Swapper},
    Accepted, Row,
};
use crate::{
    chain::{chain, difference},
    stage::{Scene, LAMPORTS},
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

/// A scene with the keys that substitutions need.
struct Trial {
    scene: Scene,
    signers: Signers,
    spare: Spare,
}

impl Trial {
    fn new(row: &Row) -> Self {
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
        let keys = scene.signers.iter().map(Keypair::insecure_clone).chain([stranger]).collect();
        Trial { signers: Signers { fee_payer, keys }, scene, spare }
    }

    /// Every substitution in every slot, with the slot's index.
    fn swaps(&self, name: &str, row: &Row) -> Vec<(usize, Swap)> {
        let Scene { world, instruction, names, .. } = &self.scene;
        let slots = instruction.accounts.len();
        assert_eq!(slots, row.slots.len(), "accounts of {name}");
        let mut succeeded = world.svm.clone();
        let verdict = attempt(&mut succeeded, &self.signers, instruction);
        assert_eq!(verdict, Verdict::Accepted, "{name} with the right accounts");
        let swapper = Swapper::new([&world.svm, &succeeded], (instruction, &row.slots), (&self.spare, names));
        (0..slots).flat_map(|slot| swapper.swaps(slot).into_iter().map(move |swap| (slot, swap))).collect()
    }

    fn verdict(&self, swap: &Swap) -> Verdict {
        let mut svm = self.scene.world.svm.clone();
        if let Some((key, account)) = &swap.placed {
            svm.set_account(*key, account.clone()).expect("the account is rent exempt");
        }
        attempt(&mut svm, &self.signers, &swap.instruction)
    }
}

/// Runs one row of the table.
pub fn check(name: &str, row: &Row) {
    let trial = Trial::new(row);
    let mut table = Judge { row, failures: Vec::new(), hits: vec![0; row.accepted.len()], tried: 0 };
    for (slot, swap) in trial.swaps(name, row) {
        let verdict = trial.verdict(&swap);
        table.judge(&row.slots[slot], &swap, &verdict);
    }
    table.finish(name);
    let Scene { world, instruction, twin, .. } = &trial.scene;
    mix(name, row, &world.svm, &trial.signers, [instruction, twin]);
}

/// What became of the substitutions with one of these labels: slot, label, and the refusal's code.
pub fn codes(name: &str, row: &Row, labels: &[&str]) -> Vec<(String, String, Option<u32>)> {
    let trial = Trial::new(row);
    let mut swaps = trial.swaps(name, row);
    swaps.retain(|(_, swap)| labels.iter().any(|label| is_match(label, &swap.label)));
    let code = |swap: &Swap| match trial.verdict(swap) {
        Verdict::Refused(error) => custom_code(&error),
        _ => None,
    };
    swaps.iter().map(|(slot, swap)| (row.slots[*slot].clone(), swap.label.clone(), code(swap))).collect()
}

/// The same call in the other group succeeds; with some accounts of one group and some of the other it does not,
/// however they are mixed. All shards together count as one account here.
fn mix(name: &str, row: &Row, svm: &LiteSVM, signers: &Signers, [first, second]: [&Instruction; 2]) {
    let unit = |slot: &str| slot.trim_end_matches(char::is_numeric).to_owned();
    let differs = |slot: &usize| first.accounts[*slot].pubkey != second.accounts[*slot].pubkey;
    let units: BTreeSet<String> =
        (0..row.slots.len()).filter(differs).map(|slot| unit(&row.slots[slot])).collect();
    let units: Vec<String> = units.into_iter().collect();
    let mixtures = 1usize << units.len();
    for mixture in 1..mixtures {
        let mut instruction = first.clone();
        for (slot, name) in row.slots.iter().enumerate() {
            let place = units.iter().position(|other| *other == unit(name));
            if place.is_some_and(|place| mixture >> place & 1 == 1) {
                instruction.accounts[slot] = second.accounts[slot].clone();
            }
        }
        let verdict = attempt(&mut svm.clone(), signers, &instruction);
        let is_pure = mixture == mixtures - 1;
        let taken: Vec<&String> =
            (0..units.len()).filter(|i| mixture >> i & 1 == 1).map(|i| &units[i]).collect();
        match verdict {
            Verdict::Accepted => assert!(is_pure, "{name} takes {taken:?} of the other group"),
            Verdict::Idle => assert!(row.answers, "{name} with {taken:?} of the other group does nothing"),
            Verdict::Refused(error) => assert!(!is_pure, "{name} in the other group: {error}"),
        }
    }
    println!("{name}: {} mixtures of two groups", mixtures.saturating_sub(2));
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

/// A refusal with one of Firebreak's codes.
fn refusal(error: FirebreakError) -> Verdict {
    Verdict::Refused(format!("InstructionError(0, Custom({}))", u32::from(error)))
}

fn is_admitted(meta: &TransactionMetadata) -> bool {
    let mut data = meta.return_data.data.clone();
    if data.len() > size_of::<FillOutcome>() {
        return AccountStanding::from_return_data(&data).is_some();
    }
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
        if swap.label == "newer version" && *verdict != refusal(FirebreakError::NewerVersion) {
            self.failures.push(format!("{place}is {verdict:?}, not NewerVersion"));
            return;
        }
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
