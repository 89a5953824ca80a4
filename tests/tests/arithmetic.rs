//! 128-bit arithmetic on the VM equals 128-bit arithmetic on the host.
//!
//! The helpers behind these operations come from `sbf-builtins` and meet the compiler only at the last link
//! step. Should the two ever disagree about how a result is returned, nothing fails to build; the program
//! computes nonsense. So the compiled probe runs here, and every answer is compared with native arithmetic.

use {
    anchor_lang::solana_program::instruction::Instruction,
    arith_probe::{Answer, Call, Kind, Op, Style, ANSWER_LEN, CALLS_MAX},
    litesvm::LiteSVM,
    rand::{Rng, RngCore, SeedableRng},
    rand_chacha::ChaCha8Rng,
    solana_keypair::Keypair,
    solana_message::{Address, Message},
    solana_signer::Signer,
    solana_transaction::Transaction,
};

const PROBE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/deploy/arith_probe.so");
const RANDOM_PAIRS: usize = 4_000;

/// The probe on a fresh chain.
struct Vm {
    svm: LiteSVM,
    payer: Keypair,
    probe: Address,
}

impl Vm {
    fn new() -> Self {
        // Neither signatures nor duplicates matter here, and without them a transaction costs next to nothing.
        let mut svm =
            LiteSVM::new().with_sigverify(false).with_blockhash_check(false).with_transaction_history(0);
        let payer = Keypair::new();
        let probe = Address::new_from_array([7; 32]);
        svm.airdrop(&payer.pubkey(), 1_000_000_000_000).expect("an airdrop succeeds");
        svm.add_program_from_file(probe, PROBE)
            .unwrap_or_else(|error| panic!("cannot load {PROBE} ({error}); build it with `cargo xtask sbf`"));
        Self { svm, payer, probe }
    }

    /// Sends raw instruction data and gives the return data or the program's error.
    fn send(&mut self, data: Vec<u8>) -> Result<Vec<u8>, String> {
        let instruction = Instruction { program_id: self.probe, accounts: Vec::new(), data };
        let message = Message::new(&[instruction], Some(&self.payer.pubkey()));
        match self.svm.send_transaction(Transaction::new_unsigned(message)) {
            Ok(meta) => Ok(meta.return_data.data),
            Err(failed) => Err(format!("{:?}", failed.err)),
        }
    }

    /// Runs a batch that fits one transaction and compares each answer with the host's.
    fn compare(&mut self, calls: &[Call]) {
        let data = calls.iter().flat_map(Call::encode).collect();
        let mut returned = self.send(data).unwrap_or_else(|error| panic!("{error} for {calls:?}"));
        // The runtime cuts trailing zeros off return data.
        returned.resize(calls.len() * ANSWER_LEN, 0);
        let (answers, _) = returned.as_chunks::<ANSWER_LEN>();
        for (call, answer) in calls.iter().zip(answers) {
            let Call { op, a, b } = *call;
            assert_eq!(
                Answer::decode(answer),
                Some(expected(call)),
                "VM (left) and host (right) disagree about {op:?} of a = {a:#x} and b = {b:#x}",
            );
        }
    }

    /// Every operation on every pair.
    fn compare_pairs(&mut self, pairs: impl Iterator<Item = (u128, u128)>) -> usize {
        let mut count = 0;
        let mut batch = Vec::with_capacity(CALLS_MAX);
        for (a, b) in pairs {
            count += 1;
            for op in Op::all() {
                batch.push(Call { op, a, b });
                if batch.len() == CALLS_MAX {
                    self.compare(&batch);
                    batch.clear();
                }
            }
        }
        self.compare(&batch);
        count
    }
}

/// The host's answer, written without the probe's own code.
fn expected(call: &Call) -> Answer {
    let (a, b) = (call.a, call.b);
    let is_division = call.op.kind != Kind::Mul;
    let (value, overflowed) = match (is_division && b == 0, call.op.is_signed) {
        (true, _) if call.op.style == Style::Checked => return Answer::None,
        (true, _) => return Answer::Undefined,
        (false, false) => match call.op.kind {
            Kind::Mul => a.overflowing_mul(b),
            Kind::Div => (a / b, false),
            Kind::Rem => (a % b, false),
        },
        (false, true) => {
            let (a, b) = (a as i128, b as i128);
            let (value, overflowed) = match call.op.kind {
                Kind::Mul => a.overflowing_mul(b),
                Kind::Div => a.overflowing_div(b),
                Kind::Rem => a.overflowing_rem(b),
            };
            (value as u128, overflowed)
        }
    };
    match (call.op.style, overflowed) {
        (Style::Checked, true) => Answer::None,
        (Style::Overflowing, true) => Answer::Overflowed(value),
        _ => Answer::Value(value),
    }
}

/// 0, every power of two, its neighbours, and the negative of each: 1, MAX and MIN of both types, both signs
/// and every width that an algorithm could treat specially are among them.
fn edges() -> Vec<u128> {
    let mut edges: Vec<u128> = (0..128)
        .map(|bit| 1u128 << bit)
        .flat_map(|power| [power - 1, power, power + 1])
        .flat_map(|x| [x, x.wrapping_neg()])
        .collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// A value of random width and, half of the time, negative as an `i128`.
fn any_width(rng: &mut ChaCha8Rng) -> u128 {
    let wide = (u128::from(rng.next_u64()) << 64) | u128::from(rng.next_u64());
    let value = wide >> rng.random_range(0..128);
    if rng.random() {
        value.wrapping_neg()
    } else {
        value
    }
}

/// The seed of this run: `FIREBREAK_SEED`, or a fresh one, printed so that a failure can be replayed.
fn seed() -> u64 {
    let seed = match std::env::var("FIREBREAK_SEED") {
        Ok(text) => text.parse().expect("FIREBREAK_SEED is a decimal u64"),
        Err(_) => rand::random(),
    };
    println!("replay with FIREBREAK_SEED={seed}");
    seed
}

#[test]
fn every_operation_on_edge_operands_equals_the_host() {
    let edges = edges();
    for required in [0, 1, u128::MAX, i128::MIN as u128, i128::MAX as u128] {
        assert!(edges.contains(&required));
    }
    // Half a million pairs: one chain per core, each with its share of the left operands.
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let count: usize = std::thread::scope(|scope| {
        let shares = edges.chunks(edges.len().div_ceil(workers));
        let running: Vec<_> = shares
            .map(|share| {
                let pairs = share.iter().flat_map(|a| edges.iter().map(move |b| (*a, *b)));
                scope.spawn(|| Vm::new().compare_pairs(pairs))
            })
            .collect();
        running.into_iter().map(|worker| worker.join().expect("every answer equals the host's")).sum()
    });
    assert_eq!(count, edges.len() * edges.len());
    println!("{count} pairs, {} operations each", Op::COUNT);
}

#[test]
fn every_operation_on_random_operands_equals_the_host() {
    let mut rng = ChaCha8Rng::seed_from_u64(seed());
    let pairs: Vec<_> = (0..RANDOM_PAIRS)
        .map(|index| {
            let (a, b) = (any_width(&mut rng), any_width(&mut rng));
            // A quarter sits next to a multiple of the divisor, where a quotient guess is off by one.
            match index % 4 {
                0 => (a.wrapping_mul(b).wrapping_add(rng.random_range(0..3)).wrapping_sub(1), b),
                _ => (a, b),
            }
        })
        .collect();
    assert_eq!(Vm::new().compare_pairs(pairs.into_iter()), RANDOM_PAIRS);
}

#[test]
fn the_probe_refuses_what_it_does_not_understand() {
    let mut vm = Vm::new();
    let call = Call { op: Op::all().next().expect("there are operations"), a: 6, b: 7 };
    assert_eq!(vm.send(call.encode()[1..].to_vec()), Err("InstructionError(0, Custom(2))".to_owned()));
    assert_eq!(
        vm.send(call.encode().repeat(CALLS_MAX + 1)),
        Err("InstructionError(0, Custom(2))".to_owned())
    );
    let mut unknown = call.encode();
    unknown[0] = Op::COUNT;
    assert_eq!(vm.send(unknown.to_vec()), Err("InstructionError(0, Custom(3))".to_owned()));
}
