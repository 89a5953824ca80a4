//! Asserting what an instruction did: the expected chain is the chain before it with named changes, so that
//! everything not named is expected to stay as it was.

use anchor_lang::{
    prelude::{Clock, Pubkey},
    solana_program::instruction::Instruction,
    Discriminator, Event,
};
use bytemuck::Pod;
use firebreak::state::{shard_space, snapshot_space, ExposureShard, RiskSnapshot, Row, ShardRow};
use firebreak_client::pda;
use firebreak_tests::{Meta, World};
use solana_account::Account;
use solana_keypair::Keypair;

use crate::{
    chain::{assert_same, chain, edit, Chain},
    demand,
};

const TOKEN_AMOUNT: usize = 64;

/// Sends an instruction that must change the chain as described and in no other way.
#[track_caller]
pub fn acts(
    world: &mut World,
    instruction: Instruction,
    signers: &[&Keypair],
    change: impl FnOnce(&World, &mut Chain),
) -> Meta {
    let mut expected = chain(&world.svm);
    change(world, &mut expected);
    let meta = world.must(&[instruction], signers);
    agrees(|_| {}, chain(&world.svm), expected);
    meta
}

/// [`acts`] for an instruction that nobody signs, apart from what `blank` takes off, which is checked elsewhere.
#[track_caller]
pub fn acts_besides(
    blank: fn(&mut Chain),
    world: &mut World,
    instruction: Instruction,
    change: impl FnOnce(&World, &mut Chain),
) -> Meta {
    let mut expected = chain(&world.svm);
    change(world, &mut expected);
    let meta = world.must(&[instruction], &[]);
    agrees(blank, chain(&world.svm), expected);
    meta
}

#[track_caller]
fn agrees(blank: fn(&mut Chain), mut found: Chain, mut expected: Chain) {
    demand::counted(&found);
    // Where an account is registered follows from where it stands: `walk` works it out for every step.
    for chain in [&mut found, &mut expected] {
        demand::blank(chain);
        blank(chain);
    }
    assert_same(&found, &expected, "after the instruction");
}

/// Sends an instruction that must succeed without changing anything or reporting an event.
#[track_caller]
pub fn idles(world: &mut World, instruction: Instruction, signers: &[&Keypair]) -> Meta {
    let meta = acts(world, instruction, signers, |_, _| {});
    assert!(meta.events.is_empty(), "an event without a change");
    meta
}

/// The transaction reported exactly this event.
#[track_caller]
pub fn emits<E: Event + std::fmt::Debug>(meta: &Meta, expected: E) {
    let [found] = meta.events.as_slice() else {
        panic!("{} events instead of {expected:?}", meta.events.len());
    };
    let fields = found.strip_prefix(E::DISCRIMINATOR).expect("the event's discriminator");
    let decoded = E::deserialize(&mut &*fields).expect("the event's fields");
    assert_eq!(*found, expected.data(), "found {decoded:#?}, expected {expected:#?}");
}

/// The chain's clock.
pub fn clock(world: &World) -> Clock {
    world.svm.get_sysvar()
}

/// An account that Firebreak creates, with the lamports of its rent.
pub fn owned(world: &World, data: Vec<u8>) -> Account {
    let lamports = world.svm.minimum_balance_for_rent_exemption(data.len());
    Account { lamports, data, owner: firebreak::ID, executable: false, rent_epoch: u64::MAX }
}

/// Discriminator and fields.
pub fn bytes_of<T: Pod + Discriminator>(state: &T) -> Vec<u8> {
    [T::DISCRIMINATOR, bytemuck::bytes_of(state)].concat()
}

/// Adds an account of Firebreak to the expected chain.
pub fn created<T: Pod + Discriminator>(world: &World, chain: &mut Chain, key: Pubkey, state: &T) {
    let before = chain.insert(key, owned(world, bytes_of(state)));
    assert_eq!(before, None, "{key} exists already");
}

/// Enlarges an account by these bytes and tops up its rent.
pub fn appended(world: &World, chain: &mut Chain, key: &Pubkey, bytes: &[u8]) {
    let account = chain.get_mut(key).expect("it exists");
    account.data.extend_from_slice(bytes);
    account.lamports = world.svm.minimum_balance_for_rent_exemption(account.data.len());
}

/// Changes the balance of a token account.
pub fn tokens(chain: &mut Chain, key: &Pubkey, change: i64) {
    let account = chain.get_mut(key).expect("a token account");
    let bytes = &mut account.data[TOKEN_AMOUNT..TOKEN_AMOUNT + 8];
    let amount = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    bytes.copy_from_slice(&amount.checked_add_signed(change).expect("it fits").to_le_bytes());
}

fn edit_at<T: Pod>(chain: &mut Chain, key: &Pubkey, offset: usize, change: impl FnOnce(&mut T)) {
    let account = chain.get_mut(key).expect("it exists");
    let bytes = &mut account.data[offset..offset + size_of::<T>()];
    let mut value: T = bytemuck::pod_read_unaligned(bytes);
    change(&mut value);
    bytes.copy_from_slice(bytemuck::bytes_of(&value));
}

/// Changes a row of the snapshot.
pub fn row(world: &World, chain: &mut Chain, index: u16, change: impl FnOnce(&mut Row)) {
    edit_at(chain, &pda::snapshot(&world.group), snapshot_space(usize::from(index)), change);
}

/// The snapshot's header after one mutation now.
pub fn touched_snapshot(world: &World, chain: &mut Chain) {
    let clock = clock(world);
    edit::<RiskSnapshot>(chain, &pda::snapshot(&world.group), |header| {
        header.sequence += 1;
        header.updated_ts = clock.unix_timestamp;
        header.updated_slot = clock.slot;
    });
}

/// Whoever changes an account registers its positions in its shard, which raises the shard's sequence.
pub fn registered(world: &World, chain: &mut Chain, account: &Pubkey) {
    let key = pda::exposure_of(&world.group, account);
    edit::<ExposureShard>(chain, &key, |header| header.sequence += 1);
}

/// Changes a market's row in the shard of a margin account, which raises the shard's sequence by one.
pub fn shard(
    world: &World,
    chain: &mut Chain,
    account: &Pubkey,
    market: usize,
    change: impl FnOnce(&mut ShardRow),
) {
    let key = pda::exposure_of(&world.group, account);
    edit::<ExposureShard>(chain, &key, |header| header.sequence += 1);
    edit_at(chain, &key, shard_space(market), change);
}

/// Changes a market's units in the shard of a margin account, long side first. The first change after a fold remembers
/// what was folded.
pub fn units(world: &World, chain: &mut Chain, account: &Pubkey, market: usize, change: [i64; 2]) {
    let fold_sequence = world.row(market).fold_sequence;
    shard(world, chain, account, market, |row| {
        if row.fold_sequence != fold_sequence {
            row.baseline_units = row.open_interest_units;
            row.fold_sequence = fold_sequence;
        }
        for (units, change) in row.open_interest_units.iter_mut().zip(change) {
            *units = units.checked_add_signed(change).expect("it fits");
        }
    });
}
