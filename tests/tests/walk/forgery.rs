//! Outsiders: a call that was meant to succeed, with one thing about it wrong. Somebody else signs, nobody signs, an
//! account is another one of the same kind or anything else on the chain, an account behind the named ones is missing or
//! out of place, or what must be writable is not. Whatever still succeeds is judged by the same laws.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, system_program};
use anchor_spl::{token, token_2022};
use rand::Rng;

use crate::walk::{Order, Walk};

/// The same order with one thing wrong.
pub fn forge(walk: &mut Walk, order: Order) -> Order {
    let mut instruction = order.instruction;
    match walk.rng.random_range(0..10) {
        0..3 => steal(walk, &mut instruction),
        3..7 => swap(walk, &mut instruction),
        7 => shuffle(walk, &mut instruction),
        8 => unlock(walk, &mut instruction),
        _ => unsign(walk, &mut instruction),
    }
    Order { instruction, is_forged: true, expected: None }
}

/// Slots of an instruction that satisfy a condition; one of them.
fn slot(walk: &mut Walk, instruction: &Instruction, fit: impl Fn(usize) -> bool) -> Option<usize> {
    let slots: Vec<usize> = (0..instruction.accounts.len()).filter(|slot| fit(*slot)).collect();
    walk.pick(&slots)
}

/// An outsider signs in somebody's place; where nobody signs, an account is swapped.
fn steal(walk: &mut Walk, instruction: &mut Instruction) {
    let outsider = walk.pick(&walk.cast.outsiders.clone());
    match (slot(walk, instruction, |slot| instruction.accounts[slot].is_signer), outsider) {
        (Some(slot), Some(outsider)) => instruction.accounts[slot].pubkey = outsider,
        _ => swap(walk, instruction),
    }
}

/// The right key in the right place, without its signature.
fn unsign(walk: &mut Walk, instruction: &mut Instruction) {
    match slot(walk, instruction, |slot| instruction.accounts[slot].is_signer) {
        Some(slot) => instruction.accounts[slot].is_signer = false,
        None => swap(walk, instruction),
    }
}

/// The right account, not writable.
fn unlock(walk: &mut Walk, instruction: &mut Instruction) {
    if let Some(slot) = slot(walk, instruction, |slot| instruction.accounts[slot].is_writable) {
        instruction.accounts[slot].is_writable = false;
    }
}

/// Another account: mostly of the same kind, of this group or another.
fn swap(walk: &mut Walk, instruction: &mut Instruction) {
    let Some(slot) = slot(walk, instruction, |slot| !instruction.accounts[slot].is_signer) else { return };
    let kind = walk.view.entry(&instruction.accounts[slot].pubkey).map(|entry| entry.state.kind());
    let is_alike = walk.rng.random_bool(0.8);
    let alike: Vec<Pubkey> = walk
        .view
        .entries()
        .filter(|(_, entry)| !is_alike || kind.is_none_or(|kind| entry.state.kind() == kind))
        .map(|(key, _)| *key)
        .collect();
    let other = match walk.rng.random_range(0..12) {
        0 => {
            Some([system_program::ID, token::ID, token_2022::ID, firebreak::ID][walk.rng.random_range(0..4)])
        }
        1 => {
            let feeds: Vec<Pubkey> =
                walk.sky.feeds().flat_map(|feed| [feed.pyth, feed.switchboard]).collect();
            walk.pick(&feeds)
        }
        2 => {
            // Another account of the same call.
            let other = walk.rng.random_range(0..instruction.accounts.len());
            Some(instruction.accounts[other].pubkey)
        }
        _ => walk.pick(&alike),
    };
    if let Some(other) = other {
        instruction.accounts[slot].pubkey = other;
    }
}

/// Accounts behind the named ones: one is missing, one too many, or two change places.
fn shuffle(walk: &mut Walk, instruction: &mut Instruction) {
    let last = instruction.accounts.len() - 1;
    match walk.rng.random_range(0..3) {
        0 => {
            let other = instruction.accounts[walk.rng.random_range(0..=last)].pubkey;
            instruction.accounts.push(anchor_lang::prelude::AccountMeta::new_readonly(other, false));
        }
        1 => instruction.accounts.truncate(last),
        _ => {
            let left = walk.rng.random_range(0..last);
            instruction.accounts.swap(left, last);
        }
    }
}
