//! Random walks through everything that can happen to a group: all instructions of the program, called by owners,
//! venues, keepers, stakers, administrators and outsiders, while time and prices move as they like.
//!
//! After every step the laws of [`laws`] are judged: every atom has an owner, base adds up to zero, indices move one
//! way, nobody acts with another's authority, and healthy accounts are left alone. A walk is a function of its seed. A
//! failure prints the seed, the step, the last steps, and the command that walks there again:
//!
//! ```text
//! FIREBREAK_WALK_SEED=7 FIREBREAK_WALK_STEPS=1234 cargo test -p firebreak-tests --test walk replay
//! ```
//!
//! With `--nocapture` each walk prints how often every instruction succeeded, had nothing to do, and was refused, and why.

mod call;
mod cast;
mod forgery;
mod laws;
mod sky;
mod steps;
mod view;
mod walk;

use std::collections::BTreeSet;

use call::DESCRIBED;
use steps::{STEPS, WEATHER};
use walk::Walk;

/// Steps of each walk. Eight of them make 64 000.
const STEPS_PER_WALK: usize = 8_000;
/// Seed of the walk that `replay` walks.
const SEED: &str = "FIREBREAK_WALK_SEED";
/// Another length of every walk.
const LENGTH: &str = "FIREBREAK_WALK_STEPS";

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

fn length() -> usize {
    number(LENGTH).map_or(STEPS_PER_WALK, |steps| usize::try_from(steps).expect("a number of steps"))
}

/// Walks, and prints what happened to each instruction.
fn walked(seed: u64) -> Walk {
    let steps = length();
    println!("seed {seed}, {steps} steps");
    let mut walk = Walk::new(seed);
    walk.run(steps);
    println!("{:24} {:>6} {:>6} {:>7}  reasons", "instruction", "done", "idle", "refused");
    for (name, count) in &walk.counts {
        let mut reasons: Vec<(&usize, &String)> =
            count.reasons.iter().map(|(why, times)| (times, why)).collect();
        reasons.sort_unstable_by(|left, right| right.cmp(left));
        let reasons: Vec<String> = reasons.iter().map(|(times, why)| format!("{why} {times}")).collect();
        println!(
            "{name:24} {:>6} {:>6} {:>7}  {}",
            count.done,
            count.idle,
            count.refused,
            reasons.join(", ")
        );
    }
    println!("losses borne by insurance, claims, sides and fees: {:?}", walk.losses());
    walk
}

/// A walk on which something never happens proves nothing about it: each of them alone sees every instruction succeed
/// and every instruction refused.
fn walk(seed: u64) {
    let walk = walked(seed);
    if length() < STEPS_PER_WALK {
        return;
    }
    for described in DESCRIBED.iter() {
        let count = walk.counts.get(described.name.as_str()).cloned().unwrap_or_default();
        assert!(count.done > 0, "seed {seed}: {} never succeeded", described.name);
        assert!(count.refused > 0, "seed {seed}: {} was never refused", described.name);
    }
}

macro_rules! walks {
    ($($name:ident: $seed:literal;)+) => {
        $(#[test]
        fn $name() {
            walk($seed);
        })+
    };
}

walks! {
    whatever_happens_every_law_holds_1: 1;
    whatever_happens_every_law_holds_2: 2;
    whatever_happens_every_law_holds_3: 3;
    whatever_happens_every_law_holds_4: 4;
    whatever_happens_every_law_holds_5: 5;
    whatever_happens_every_law_holds_6: 6;
    whatever_happens_every_law_holds_7: 7;
    whatever_happens_every_law_holds_8: 8;
}

/// The walk of a seed from the environment; without one there is nothing to replay.
#[test]
fn replay() {
    match number(SEED) {
        Some(seed) => drop(walked(seed)),
        None => println!("set {SEED}, and {LENGTH} for another length than {STEPS_PER_WALK}"),
    }
}

#[test]
fn every_instruction_of_the_program_has_a_step() {
    let described: BTreeSet<&str> = DESCRIBED.iter().map(|described| described.name.as_str()).collect();
    let steps: BTreeSet<&str> =
        STEPS.iter().filter(|step| step.weight > 0 && step.name != WEATHER).map(|step| step.name).collect();
    assert_eq!(described, steps, "instructions of the program (left) and steps of the walk (right)");
}
