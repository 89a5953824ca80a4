//! `refresh`: what is read into the snapshot, and which rows and accounts are refused.

use anchor_lang::{solana_program::instruction::Instruction, InstructionData};
use firebreak::{
    error::FirebreakError,
    events::{RowRefreshed, SnapshotRefreshed},
    instruction,
};
use firebreak_client::instructions::{refresh, OracleRow};
use firebreak_risk::{
    oracle::Verdict,
    units::{Price, UnixTime},
};
use firebreak_tests::{params, World};

use crate::{
    bounds::rehearse,
    effect::{acts, clock, emits, row, touched_snapshot},
    stage::{oracle_row, Stage},
};

/// What 2^-32 of an atom per lot makes of whole atoms per lot.
const fn q32(atoms: u64) -> u64 {
    atoms << 32
}

/// The slow price after a second, from 2 000 000 towards 2 010 000 atoms: 1 - e^(-1/600) is 0.16652785 % of the
/// distance, 16.652785 atoms or 71 523 160 816.6 in 2^-32, rounded up.
const EMA_AFTER_A_SECOND_Q32: u64 = q32(2_000_000) + 71_523_160_817;
const GOOD: u8 = Verdict::Good as u8;

#[test]
fn a_refresh_stores_price_slow_price_and_times_of_the_rows_it_names() {
    let mut stage = Stage::calm();
    let Stage { world, .. } = &mut stage;
    world.advance(1);
    world.set_market_price(0, 201_000_000);
    world.set_market_price(1, 202_000_000);
    let instruction = refresh(&world.group, &[oracle_row(world, 0)]);
    let before = world.row(0);
    let (price, publish) = (Price(q32(2_010_000)), UnixTime(world.now()));
    let measured =
        before.volatility().observe(&before.volatility_params(), price, publish).expect("a sample");
    let meta = acts(world, instruction, &[], |world, chain| {
        row(world, chain, 2, |row| {
            row.price_q32 = q32(2_010_000);
            row.ema_q32 = EMA_AFTER_A_SECOND_Q32;
            row.publish_ts = world.now();
            row.primary_publish_ts = world.now();
            row.secondary_publish_ts = world.now();
            row.update_ts = world.now();
            row.update_slot = clock(world).slot;
            row.set_volatility(measured);
            // Half a percent is a probable price.
            (row.breaker_updated_ts, row.breaker_publish_ts) = (world.now(), world.now());
            row.margin_ts = world.now();
            row.follow_loadings();
        });
        touched_snapshot(world, chain);
    });
    let refreshed = RowRefreshed {
        row: 2,
        verdict: GOOD,
        breaker_before: 0,
        breaker_state: 0,
        breaker_cause: 0,
        price_q32: q32(2_010_000),
        confidence_q32: 0,
        ema_q32: EMA_AFTER_A_SECOND_Q32,
        variance_fast_q64: measured.fast.0,
        variance_slow_q64: measured.slow.0,
        initial_ppm: 100_000,
        maintenance_ppm: 50_000,
        publish_ts: world.now(),
    };
    let event = SnapshotRefreshed {
        group: world.group,
        // Created, three rows added, one refresh, two folds, and this.
        sequence: 8,
        slot: clock(world).slot,
        group_breaker_state: 0,
        rows: vec![refreshed],
    };
    emits(&meta, event);
}

#[test]
fn a_source_that_is_dead_lowers_the_verdict_and_keeps_the_price() {
    let mut stage = Stage::calm();
    let Stage { world, .. } = &mut stage;
    // Both sources are now older than the 30 seconds that this row allows.
    world.advance(31);
    let instruction = refresh(&world.group, &[oracle_row(world, 0)]);
    let before = world.row(0);
    acts(world, instruction, &[], |world, chain| {
        row(world, chain, 2, |row| {
            row.verdict = Verdict::Dead as u8;
            // Blind since now, which is one second more than zero.
            (row.breaker_updated_ts, row.breaker_blind_secs) = (world.now(), 1);
        });
        touched_snapshot(world, chain);
    });
    assert_eq!((before.verdict, world.row(0).price_q32), (GOOD, before.price_q32));
}

#[test]
fn one_refresh_takes_one_to_eight_different_rows() {
    let mut world = World::with_markets(9, params::market);
    let rows: Vec<OracleRow> = (0..9).map(|market| oracle_row(&world, market)).collect();
    let group = world.group;
    let mut attempt = |rows: &[OracleRow]| {
        world.svm.expire_blockhash();
        rehearse(&mut world, refresh(&group, rows), &[])
    };
    attempt(&rows[..1]).expect("one row");
    for wrong in [&[][..], &[rows[0], rows[0]], &[rows[0], rows[1], rows[0]]] {
        let failure = attempt(wrong).expect_err("none, or the same row twice");
        failure.assert_is(FirebreakError::RefreshRows);
    }
}

/// Eighteen oracle accounts do not fit a transaction, but the same two fit nine times.
#[test]
fn nine_rows_are_refused_before_their_accounts_are_read() {
    let mut world = World::new();
    let base = refresh(&world.group, &[oracle_row(&world, 0)]);
    let rows: Vec<u16> = (2..11).collect();
    let mut nine = Instruction { data: instruction::Refresh { rows }.data(), ..base };
    let pair = nine.accounts[nine.accounts.len() - 2..].to_vec();
    for _ in 1..9 {
        nine.accounts.extend(pair.clone());
    }
    let failure = world.send(&[nine], &[]).expect_err("nine rows");
    failure.assert_is(FirebreakError::RefreshRows);
}

#[test]
fn every_row_comes_with_its_own_two_accounts() {
    let mut world = World::with_markets(2, params::market);
    let right = refresh(&world.group, &[oracle_row(&world, 0), oracle_row(&world, 1)]);
    let first = right.accounts.len() - 4;
    let mut short = right.clone();
    short.accounts.pop();
    let mut long = right.clone();
    long.accounts.push(long.accounts[first].clone());
    for wrong in [short, long] {
        let failure = rehearse(&mut world, wrong, &[]).expect_err("not two per row");
        failure.assert_is(FirebreakError::RemainingAccounts);
    }
    for (one, other) in [(0, 1), (0, 2), (1, 3), (2, 3)] {
        let mut wrong = right.clone();
        wrong.accounts.swap(first + one, first + other);
        let failure = rehearse(&mut world, wrong, &[]).expect_err("in another order");
        failure.assert_is(FirebreakError::OracleKey);
    }
    rehearse(&mut world, right, &[]).expect("in the right order");
}

#[test]
fn a_row_exists_and_has_an_oracle() {
    let mut world = World::new();
    let right = oracle_row(&world, 0);
    for (row, error) in [
        (0, FirebreakError::RowWithoutOracle),
        (3, FirebreakError::NoSuchRow),
        (u16::MAX, FirebreakError::NoSuchRow),
    ] {
        let instruction = refresh(&world.group, &[OracleRow { row, ..right }]);
        rehearse(&mut world, instruction, &[]).expect_err("no such row").assert_is(error);
    }
}
