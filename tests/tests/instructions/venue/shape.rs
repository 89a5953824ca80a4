//! Fills that are errors, not refusals: a venue that builds them has a fault.

use anchor_lang::{solana_program::instruction::Instruction, InstructionData};
use firebreak::{
    error::FirebreakError,
    instruction,
    instructions::{FillArgs, FillLegArgs},
};
use firebreak_client::{
    instructions::{apply_fill, check_fill, OracleRow, Overlay},
    pda,
};
use firebreak_tests::{Failure, Trade, World};
use solana_signer::Signer;

use super::place;
use crate::{
    bounds::rehearse,
    stage::{oracle_row, Stage, LOT},
};

/// Anchor's code for an account that must be writable.
const CONSTRAINT_MUT: u32 = 2000;

fn args(leg_count: u8, overlay_count: u8) -> FillArgs {
    let leg = FillLegArgs { lots: 1, price_atoms: LOT, maker_fee_atoms: 0 };
    FillArgs { legs: [leg; 4], leg_count, overlay_count, taker_is_buyer: 1, ..FillArgs::default() }
}

/// `apply_fill` and `check_fill` of a trade.
fn both(world: &World, trade: &Trade) -> [Instruction; 2] {
    let (place, fill) = (place(world), trade.fill());
    [apply_fill(&place, &fill).expect("makers"), check_fill(&place, &fill).expect("makers")]
}

fn send(world: &mut World, instruction: Instruction) -> Result<(), Failure> {
    let authority = world.venue_authority.insecure_clone();
    let signs = instruction.accounts.iter().any(|meta| meta.is_signer);
    let signers = [&authority];
    rehearse(world, instruction, if signs { &signers } else { &[] }).map(|_| ())
}

#[test]
fn a_fill_has_one_to_four_legs_and_at_most_four_overlay_rows() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let [apply, check] = both(world, &Trade::new(&cast.keeper, &cast.bob, 1, LOT));
    for (legs, overlays, error) in [
        (0, 0, FirebreakError::FillShape),
        (5, 0, FirebreakError::FillShape),
        (u8::MAX, 0, FirebreakError::FillShape),
        (1, 5, FirebreakError::FillShape),
        (1, u8::MAX, FirebreakError::FillShape),
        // One maker's accounts are there, and nobody's oracles.
        (4, 0, FirebreakError::RemainingAccounts),
        (1, 1, FirebreakError::RemainingAccounts),
    ] {
        let args = args(legs, overlays);
        let apply = Instruction { data: instruction::ApplyFill { args }.data(), ..apply.clone() };
        let check = Instruction { data: instruction::CheckFill { args }.data(), ..check.clone() };
        for fill in [apply, check] {
            let failure = send(world, fill).expect_err("a malformed fill");
            assert_eq!(failure.code, Some(error.into()), "{legs} legs, {overlays} rows: {failure:?}");
        }
    }
}

#[test]
fn nothing_follows_the_accounts_that_a_fill_names() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    for mut fill in both(world, &Trade::new(&cast.keeper, &cast.bob, 1, LOT)) {
        fill.accounts.push(fill.accounts[1].clone());
        send(world, fill).expect_err("one account too many").assert_is(FirebreakError::RemainingAccounts);
    }
}

#[test]
fn a_party_comes_with_its_own_shard() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let [apply, check] = both(world, &Trade::new(&cast.keeper, &cast.bob, 1, LOT));
    // The taker's shard follows the taker, the maker's is the last account.
    let (taker, maker) = (&cast.keeper, &cast.bob);
    for (fill, slot, owner) in
        [(&apply, 6, taker), (&apply, 10, maker), (&check, 5, taker), (&check, 7, maker)]
    {
        let own = pda::exposure_of(&world.group, &owner.account);
        assert_eq!(fill.accounts[slot].pubkey, own);
        for other in pda::exposures(&world.group).into_iter().filter(|shard| *shard != own) {
            let mut wrong = fill.clone();
            wrong.accounts[slot].pubkey = other;
            send(world, wrong).expect_err("another shard").assert_is(FirebreakError::WrongShard);
        }
    }
}

#[test]
fn makers_are_writable_and_of_the_group() {
    let mut stage = Stage::calm();
    let second = stage.casts[1].bob.account;
    let second_shard = pda::exposure_of(&stage.other.group, &second);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let [apply, check] = both(world, &Trade::new(&cast.keeper, &cast.bob, 1, LOT));
    for slot in [9, 10] {
        let mut wrong = apply.clone();
        wrong.accounts[slot].is_writable = false;
        assert_eq!(send(world, wrong).expect_err("read-only").code, Some(CONSTRAINT_MUT));
    }
    let mut wrong = apply.clone();
    wrong.accounts[9].pubkey = second;
    wrong.accounts[10].pubkey = second_shard;
    send(world, wrong).expect_err("another group").assert_is(FirebreakError::WrongGroup);
    let mut wrong = apply.clone();
    wrong.accounts[10].pubkey = second_shard;
    send(world, wrong).expect_err("another group's shard").assert_is(FirebreakError::WrongGroup);
    let mut wrong = check.clone();
    wrong.accounts[6].pubkey = second;
    wrong.accounts[7].pubkey = second_shard;
    send(world, wrong).expect_err("another group").assert_is(FirebreakError::WrongGroup);
    let mut wrong = check.clone();
    wrong.accounts[7].pubkey = second_shard;
    send(world, wrong).expect_err("another group's shard").assert_is(FirebreakError::WrongGroup);
}

#[test]
fn overlay_rows_are_known_different_and_come_with_their_own_oracles() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let row = oracle_row(world, 0);
    let cases = [
        (vec![row, row], FirebreakError::RefreshRows),
        (vec![OracleRow { row: 99, ..row }], FirebreakError::NoSuchRow),
        (vec![OracleRow { row: 0, ..row }], FirebreakError::RowWithoutOracle),
        (vec![OracleRow { primary: row.secondary, ..row }], FirebreakError::OracleKey),
        (vec![OracleRow { secondary: row.primary, ..row }], FirebreakError::OracleKey),
    ];
    for (rows, error) in cases {
        let overlay = Overlay::new(&rows).expect("at most four rows");
        let trade = Trade::new(&cast.keeper, &cast.bob, 1, LOT).with_overlay(overlay);
        for fill in both(world, &trade) {
            send(world, fill).expect_err("a wrong overlay").assert_is(error);
        }
    }
}

/// The venue must be admitted: another venue's record, or a signature of anybody else, is refused.
#[test]
fn only_the_venue_reports_its_fills() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let [apply, check] = both(world, &Trade::new(&cast.keeper, &cast.bob, 1, LOT));
    let venue = pda::venue(&world.group, 1);
    for (slot, fill) in [(2, apply.clone()), (1, check)] {
        let mut wrong = fill;
        wrong.accounts[slot].pubkey = venue;
        send(world, wrong).expect_err("not admitted").assert_is(FirebreakError::WrongVenueMarket);
    }
    let stranger = world.new_keypair();
    let mut wrong = apply;
    wrong.accounts[0].pubkey = stranger.pubkey();
    let failure = rehearse(world, wrong, &[&stranger]).expect_err("a stranger");
    failure.assert_is(FirebreakError::NotVenueAuthority);
}
