//! The order in which a group is put together.

use anchor_lang::prelude::Pubkey;
use firebreak::{constants::SHARD_COUNT, error::FirebreakError};
use firebreak_client::{
    instructions::{
        activate, add_collateral, add_market, add_venue_market, create_shard, register_venue, NewVenue,
    },
    pda,
};
use firebreak_tests::{params, World};
use solana_signer::Signer;

use super::bare_group;
use crate::{bounds::rehearse, stage::Stage};

/// Anchor's code for an account that must be a program.
const CONSTRAINT_EXECUTABLE: u32 = 2007;
/// The system program's code for an address that is in use.
const ACCOUNT_IN_USE: u32 = 0;

#[test]
fn shards_are_created_in_order_and_there_are_eight() {
    let mut world = World::new();
    let group = bare_group(&mut world);
    let admin = world.admin.pubkey();
    for index in 0..SHARD_COUNT {
        let skipped = world.send(&[create_shard(&admin, &group, index + 1)], &[]);
        skipped.expect_err("one is skipped").assert_is(FirebreakError::ShardOrder);
        world.must(&[create_shard(&admin, &group, index)], &[]);
        let again = world.send(&[create_shard(&admin, &group, index)], &[]);
        assert_eq!(again.expect_err("it exists").code, Some(ACCOUNT_IN_USE));
    }
    let ninth = world.send(&[create_shard(&admin, &group, SHARD_COUNT)], &[]);
    ninth.expect_err("eight are all").assert_is(FirebreakError::ShardOrder);
}

#[test]
fn a_market_needs_all_shards_of_its_group_in_order() {
    let mut world = World::new();
    let group = bare_group(&mut world);
    let admin = world.admin.pubkey();
    let params = params::market(&world.markets[0].feed);
    for index in 0..SHARD_COUNT {
        let early = world.send(&[add_market([&admin, &group], 0, params)], &[]);
        // The shards that are missing are not even looked at.
        early.expect_err("shards are missing").assert_is(FirebreakError::ShardOrder);
        world.must(&[create_shard(&admin, &group, index)], &[]);
    }
    let right = add_market([&admin, &group], 0, params);
    let first_shard = right.accounts.len() - usize::from(SHARD_COUNT);
    let mut short = right.clone();
    short.accounts.pop();
    let mut long = right.clone();
    long.accounts.push(long.accounts[first_shard].clone());
    let mut swapped = right.clone();
    swapped.accounts.swap(first_shard, first_shard + 1);
    for wrong in [short, long, swapped] {
        let failure = rehearse(&mut world, wrong, &[]).expect_err("not the eight shards in order");
        failure.assert_is(FirebreakError::ShardsMissing);
    }
    world.is_auditing = false;
    world.must(&[right], &[]);
}

#[test]
fn a_group_becomes_active_once_and_only_when_it_is_complete() {
    let mut world = World::new();
    let (admin, quote) = (world.admin.pubkey(), world.quote);
    let first = activate(&admin, &world.group, &quote.mint);
    world.send(&[first], &[]).expect_err("again").assert_is(FirebreakError::AlreadyActive);

    let group = bare_group(&mut world);
    world.must(&[add_collateral([&admin, &group], &quote, params::quote_collateral())], &[]);
    let open = activate(&admin, &group, &quote.mint);
    for index in 0..SHARD_COUNT {
        let early = world.send(std::slice::from_ref(&open), &[]);
        early.expect_err("shards are missing").assert_is(FirebreakError::GroupIncomplete);
        world.must(&[create_shard(&admin, &group, index)], &[]);
    }
    let early = world.send(std::slice::from_ref(&open), &[]);
    early.expect_err("there is no market").assert_is(FirebreakError::GroupIncomplete);
    let feed = world.markets[0].feed;
    world.must(&[add_market([&admin, &group], 0, params::market(&feed))], &[]);
    let token = world.token;
    world.must(&[add_collateral([&admin, &group], &token, params::token_collateral(&feed))], &[]);
    let wrong_bank = world.send(&[activate(&admin, &group, &token.mint)], &[]);
    wrong_bank.expect_err("not the quote bank").assert_is(FirebreakError::GroupIncomplete);
    world.must(&[open], &[]);
}

#[test]
fn a_venue_has_an_authority_and_a_program() {
    let mut world = World::new();
    let (admin, group) = (world.admin.pubkey(), world.group);
    let authority = world.new_keypair().pubkey();
    let nobody = NewVenue { index: 1, authority: Pubkey::default(), program: example_venue::ID };
    let failure = world.send(&[register_venue(&admin, &group, &nobody)], &[]);
    failure.expect_err("anybody could sign for it").assert_is(FirebreakError::DefaultKey);
    let no_program = NewVenue { index: 1, authority, program: authority };
    let failure = world.send(&[register_venue(&admin, &group, &no_program)], &[]);
    assert_eq!(failure.expect_err("not executable").code, Some(CONSTRAINT_EXECUTABLE));
}

#[test]
fn a_venue_is_admitted_to_a_market_once() {
    let mut world = World::new();
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    let again = add_venue_market([&admin, &group], &pda::venue(&group, 0), &market);
    let failure = world.send(&[again], &[]).expect_err("the harness did it already");
    assert_eq!(failure.code, Some(ACCOUNT_IN_USE));
}

/// The record's address follows from both, so it is right for every pair.
#[test]
fn venue_and_market_are_of_the_group() {
    let mut stage = Stage::calm();
    let admin = stage.world.admin.pubkey();
    let [first, second] = [stage.world.group, stage.other.group];
    let (venue, other_venue) = (pda::venue(&first, 1), pda::venue(&second, 1));
    let (market, other_market) = (pda::market(&first, 0), pda::market(&second, 0));
    for (venue, market, is_right) in [
        (venue, market, true),
        (venue, other_market, false),
        (other_venue, market, false),
        (other_venue, other_market, false),
    ] {
        let instruction = add_venue_market([&admin, &first], &venue, &market);
        match rehearse(&mut stage.world, instruction, &[]) {
            Ok(_) => assert!(is_right),
            Err(failure) => {
                assert!(!is_right, "{failure:?}");
                failure.assert_is(FirebreakError::WrongGroup);
            }
        }
    }
}
