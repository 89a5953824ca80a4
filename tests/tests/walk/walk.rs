//! One walk: picks the next step, sends it, and lets the laws judge what became of it.

use anchor_lang::{
    prelude::{Clock, Pubkey},
    solana_program::instruction::Instruction,
};
use firebreak::state::Row;
use firebreak_client::health::{refreshed_row, OracleAccount};
use firebreak_interface::fill::FillOutcome;
use firebreak_tests::{
    send::{custom_code, TRANSACTION_BYTES_MAX},
    World,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use solana_message::Message;
use solana_transaction::Transaction;
use std::collections::{BTreeMap, VecDeque};

use crate::{
    call::Call,
    cast::Cast,
    forgery,
    laws::{self, Breach, Gifts, Transition},
    sky::Sky,
    steps::{Step, STEPS, WEATHER},
    view::View,
};

/// Steps that a failure shows.
const HISTORY: usize = 8;
const SIGNATURE_BYTES: usize = 64;

/// An instruction to be sent.
pub struct Order {
    /// The instruction; everybody who is marked as a signer signs.
    pub instruction: Instruction,
    /// True when accounts or signatures were swapped on purpose.
    pub is_forged: bool,
    /// What the fill was said to become, where somebody asked before.
    pub expected: Option<FillOutcome>,
}

impl From<Instruction> for Order {
    fn from(instruction: Instruction) -> Self {
        Self { instruction, is_forged: false, expected: None }
    }
}

/// How often an instruction did something, did nothing, and was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Something changed, or the answer was yes.
    pub done: usize,
    /// It succeeded and there was nothing to do.
    pub idle: usize,
    /// An error, or the answer was no.
    pub refused: usize,
    /// Why, and how often.
    pub reasons: BTreeMap<String, usize>,
}

/// A walk from a seed.
pub struct Walk {
    /// Where it started.
    pub seed: u64,
    /// Steps so far.
    pub step: usize,
    /// The chain.
    pub world: World,
    /// The group that everybody trades in.
    pub group: Pubkey,
    /// Every choice comes from here.
    pub rng: ChaCha8Rng,
    /// Who is there.
    pub cast: Cast,
    /// Prices.
    pub sky: Sky,
    /// The chain as of the last step.
    pub view: View,
    /// Atoms that vaults were given uninvited.
    pub gifts: Gifts,
    /// What comes next, before anything is picked.
    pub queue: VecDeque<Order>,
    /// What happened to each instruction.
    pub counts: BTreeMap<&'static str, Count>,
    /// The last steps in words.
    pub history: VecDeque<String>,
}

impl Walk {
    /// Walks.
    ///
    /// # Panics
    /// When a law is broken, with everything that is needed to see it again.
    pub fn run(&mut self, steps: usize) {
        while self.step < steps {
            self.step += 1;
            if let Err(breach) = self.advance() {
                let told = self.told();
                self.history.clear();
                panic!("{told}\n{breach}");
            }
        }
    }

    /// Where the walk is, and how to get there again.
    pub fn told(&self) -> String {
        let steps: Vec<&str> = self.history.iter().map(String::as_str).collect();
        format!(
            "seed {seed}, step {step}; again with\n  FIREBREAK_WALK_SEED={seed} FIREBREAK_WALK_STEPS={step} \
             cargo test -p firebreak-tests --test walk replay\nthe last steps:\n  {}",
            steps.join("\n  "),
            seed = self.seed,
            step = self.step,
        )
    }

    fn tell(&mut self, what: String) {
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(format!("{}: {what}", self.step));
    }

    fn advance(&mut self) -> Result<(), Breach> {
        if let Some(order) = self.queue.pop_front() {
            return self.send(order);
        }
        loop {
            let step = self.pick_step();
            if step.name == WEATHER {
                return self.change_weather();
            }
            // A step for which there is nothing to call it on is no step.
            if let Some(order) = (step.build)(self) {
                // Some instructions are refused to outsiders only, so these come early.
                let was_refused = self.counts.get(step.name).is_some_and(|count| count.refused > 0);
                let is_forged = self.rng.random_ratio(1, if was_refused { 8 } else { 3 });
                let order = if is_forged { forgery::forge(self, order) } else { order };
                return self.send(order);
            }
        }
    }

    /// By weight; now and then one that has not succeeded yet or was not refused yet.
    fn pick_step(&mut self) -> &'static Step {
        if self.rng.random_ratio(1, 12) {
            let is_missing = |step: &&Step| {
                let count = self.counts.get(step.name);
                step.name != WEATHER && count.is_none_or(|count| count.done == 0 || count.refused == 0)
            };
            let missing: Vec<&Step> = STEPS.iter().filter(is_missing).collect();
            if let Some(step) = self.pick(&missing) {
                return step;
            }
        }
        let total: u32 = STEPS.iter().map(|step| step.weight).sum();
        let mut left = self.rng.random_range(0..total);
        let mut steps = STEPS.iter();
        loop {
            let step = steps.next().expect("weights add up");
            match left.checked_sub(step.weight) {
                Some(rest) => left = rest,
                None => return step,
            }
        }
    }

    /// Time and prices move; nothing on the chain does. Mostly, cranks follow.
    fn change_weather(&mut self) -> Result<(), Breach> {
        let told = self.sky.change(&mut self.world, &mut self.rng);
        self.tell(told);
        self.step_cranks();
        let after = View::read(&self.world.svm, &self.view)?;
        let changes = View::changes(&self.view, &after).len();
        laws::ensure(changes == 0, || format!("{changes} accounts changed without a transaction"))
    }

    /// Takes over what the walk itself put on the chain: wallets of a new mint.
    pub fn resync(&mut self) {
        self.view = View::read(&self.world.svm, &self.view).expect("known accounts");
    }

    /// Sends an order and judges what became of it.
    ///
    /// # Errors
    /// The law that was broken.
    pub fn send(&mut self, order: Order) -> Result<(), Breach> {
        let call = Call::of(&order.instruction, self.cast.payer);
        let Some(transaction) = self.sign(&order.instruction) else {
            self.tell(format!("{} does not fit a transaction", call.name));
            return Ok(());
        };
        let clock = self.world.svm.get_sysvar::<Clock>();
        let seen = self.rows_seen(&call, &clock);
        let result = self.world.svm.send_transaction(transaction);
        let after = View::read(&self.world.svm, &self.view)?;
        let told = format!("{}{call}", if order.is_forged { "forged " } else { "" });
        match result {
            Ok(meta) => {
                self.tell(format!("done {told}"));
                let changes = View::changes(&self.view, &after);
                let has_changed = !changes.is_empty();
                let mut gifts = self.gifts.clone();
                if let Some((vault, atoms)) = laws::gift(&call, &changes, &self.view) {
                    *gifts.entry(vault).or_default() += atoms;
                }
                let transition = Transition {
                    before: &self.view,
                    after: &after,
                    call: &call,
                    clock: &clock,
                    seen: &seen,
                    changes,
                    gifts: &gifts,
                };
                laws::judge(&transition)?;
                let answer = answer(&call, &meta.return_data.data);
                self.gifts = gifts;
                self.note(&call, has_changed, answer.as_ref());
                self.answered(&order, answer, has_changed)?;
            }
            Err(failed) => {
                let error = format!("{:?}", failed.err);
                self.tell(format!("{error} for {told}"));
                laws::judge_refusal(&laws::Refusal {
                    before: &self.view,
                    after: &after,
                    error: &error,
                    is_forged: order.is_forged,
                })
                .map_err(|breach| format!("refusal: {breach}\n{}", failed.meta.logs.join("\n")))?;
                let reason = custom_code(&error).map_or(error, |code| code.to_string());
                self.refused(&call, reason);
            }
        }
        self.view = after;
        Ok(())
    }

    /// A refused fill changes nothing, an admitted one does, and what `check_fill` said is what happens.
    fn answered(&self, order: &Order, answer: Option<FillOutcome>, has_changed: bool) -> Result<(), Breach> {
        let Some(answer) = answer else { return Ok(()) };
        let is_check = Call::of(&order.instruction, self.cast.payer).name == "check_fill";
        let is_consistent = has_changed == (answer.is_admitted() && !is_check);
        laws::ensure(is_consistent, || format!("changed: {has_changed}, after {answer:?}"))?;
        let is_expected = order.expected.is_none_or(|expected| expected == answer);
        laws::ensure(is_expected, || {
            format!("check_fill said {:?} and apply_fill {answer:?}", order.expected)
        })
    }

    fn note(&mut self, call: &Call, has_changed: bool, answer: Option<&FillOutcome>) {
        let count = self.counts.entry(call.name).or_default();
        match answer {
            Some(answer) if answer.is_admitted() => count.done += 1,
            Some(answer) => self.refused(call, format!("{:?}", answer.refusal())),
            // A view answers, and that it changes nothing is a law.
            None if has_changed || call.name == "view_account" => count.done += 1,
            None => count.idle += 1,
        }
    }

    /// Who bore losses beyond equity, in quote atoms: insurance, claims, opposite sides, fees.
    pub fn losses(&self) -> [u64; 4] {
        let mut sums = [0; 4];
        for (_, ledger) in self.view.ledgers() {
            let parts = [
                ledger.insurance_payout_atoms,
                ledger.haircut_atoms,
                ledger.socialized_loss_atoms,
                ledger.fee_loss_atoms,
            ];
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        }
        sums
    }

    fn refused(&mut self, call: &Call, reason: String) {
        let count = self.counts.entry(call.name).or_default();
        count.refused += 1;
        *count.reasons.entry(reason).or_default() += 1;
    }

    /// Everybody signs who has to; `None` for a transaction that the network would not carry.
    fn sign(&self, instruction: &Instruction) -> Option<Transaction> {
        let payer = &self.cast.keys[&self.cast.payer];
        let mut signers = vec![payer];
        for meta in instruction.accounts.iter().filter(|meta| meta.is_signer) {
            let key = self.cast.keys.get(&meta.pubkey)?;
            if !signers.contains(&key) {
                signers.push(key);
            }
        }
        let message = Message::new(std::slice::from_ref(instruction), Some(&self.cast.payer));
        let bytes = 1 + signers.len() * SIGNATURE_BYTES + message.serialize().len();
        let blockhash = self.world.svm.latest_blockhash();
        (bytes <= TRANSACTION_BYTES_MAX).then(|| Transaction::new(&signers, message, blockhash))
    }

    /// The rows of an instruction's group as it sees them. What oracle accounts say is the program's to judge; what
    /// follows from it for an account is not.
    fn rows_seen(&self, call: &Call, clock: &Clock) -> Vec<Row> {
        let Some(group) = call.find("group") else { return Vec::new() };
        let mut rows = Transition::rows(&self.view, &group).to_vec();
        let (indices, mut keys) = call.overlay();
        for index in indices {
            let Some(row) = rows.get_mut(usize::from(index)) else { continue };
            let Some((own, rest)) = keys.split_at_checked(row.source_count()) else { break };
            keys = rest;
            let oracles: Vec<OracleAccount> = own.iter().map(|key| self.oracle(key)).collect();
            let oracles: Vec<&OracleAccount> = oracles.iter().collect();
            // Wrong accounts are an error of the instruction, and then nothing is judged by these rows.
            *row = refreshed_row(row, &oracles, clock).unwrap_or(*row);
        }
        rows
    }

    /// An oracle account as the program sees it: one that does not exist yet is empty, and nobody's.
    fn oracle(&self, key: &Pubkey) -> OracleAccount {
        let account = self.world.svm.get_account(key).unwrap_or_default();
        OracleAccount { key: *key, owner: account.owner, data: account.data }
    }
}

impl Drop for Walk {
    /// A panic of the walk itself is as replayable as a broken law.
    fn drop(&mut self) {
        if std::thread::panicking() && !self.history.is_empty() {
            eprintln!("{}", self.told());
        }
    }
}

/// What a fill was answered.
fn answer(call: &Call, return_data: &[u8]) -> Option<FillOutcome> {
    if !["apply_fill", "check_fill"].contains(&call.name) {
        return None;
    }
    let mut data = return_data.to_vec();
    data.resize(size_of::<FillOutcome>(), 0);
    FillOutcome::from_return_data(&data)
}
