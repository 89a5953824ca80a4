//! Switchboard V2 aggregators, written by a replica of the official type.
//!
//! The official type is `repr(packed)` without `C`. Since Rust 1.80 the compiler moves fields with niches (`bool`,
//! enums) of such a type to the front, so it describes the accounts on the chain no longer. Only its size and its
//! discriminator are what they were; both are compared here. The replica has the declared order.

use crate::vectors::{Said, Vector};
use anyhow::{ensure, Result};
use bytemuck::{Pod, Zeroable};
use std::mem::{offset_of, size_of};
use switchboard_solana::{
    AggregatorAccountData as Official, AggregatorRound as OfficialRound, Discriminator,
};

const DISCRIMINATOR: [u8; 8] = [0xd9, 0xe6, 0x41, 0x65, 0xc9, 0xa2, 0x1b, 0x7d];

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, packed)]
struct Decimal {
    mantissa: i128,
    scale: u32,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, packed)]
struct Round {
    num_success: u32,
    num_error: u32,
    is_closed: u8,
    round_open_slot: u64,
    round_open_timestamp: i64,
    result: Decimal,
    std_deviation: Decimal,
    min_response: Decimal,
    max_response: Decimal,
    oracle_pubkeys_data: [[u8; 32]; 16],
    medians_data: [Decimal; 16],
    current_payout: [i64; 16],
    medians_fulfilled: [u8; 16],
    errors_fulfilled: [u8; 16],
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, packed)]
struct Aggregator {
    name: [u8; 32],
    metadata: [u8; 128],
    reserved: [u8; 32],
    queue_pubkey: [u8; 32],
    oracle_request_batch_size: u32,
    min_oracle_results: u32,
    min_job_results: u32,
    min_update_delay_seconds: u32,
    start_after: i64,
    variance_threshold: Decimal,
    force_report_period: i64,
    expiration: i64,
    consecutive_failure_count: u64,
    next_allowed_update_time: i64,
    is_locked: u8,
    crank_pubkey: [u8; 32],
    latest_confirmed_round: Round,
    current_round: Round,
    job_pubkeys_data: [[u8; 32]; 16],
    job_hashes: [[u8; 32]; 16],
    job_pubkeys_size: u32,
    jobs_checksum: [u8; 32],
    authority: [u8; 32],
    history_buffer: [u8; 32],
    previous_confirmed_round_result: Decimal,
    previous_confirmed_round_slot: u64,
    disable_crank: u8,
    job_weights: [u8; 16],
    creation_timestamp: i64,
    resolution_mode: u8,
    base_priority_fee: u32,
    priority_fee_bump: u32,
    priority_fee_bump_period: u32,
    max_priority_fee_multiplier: u32,
    parent_function: [u8; 32],
    ebuf: [u8; 90],
}

struct Case {
    name: &'static str,
    result: (i128, u32),
    deviation: (i128, u32),
    /// Resolution mode, minimum of results, results.
    round: (u8, u32, u32),
}

/// SOL_USD as it once was on the main network, both resolution modes, complete and incomplete rounds, and decimals that differ.
pub fn vectors() -> Result<Vec<Vector>> {
    check_official()?;
    let (result, deviation, round) = ((3_522_158_332, 8), (1_103_870, 8), (0, 3, 3));
    let case = |name| Case { name, result, deviation, round };
    let cases = [
        case("a price of the main network"),
        Case { round: (0, 3, 2), ..case("too few results") },
        Case { round: (0, 3, 9), ..case("more results than needed") },
        Case { round: (1, 3, 0), ..case("sliding") },
        Case { deviation: (0, 0), ..case("no deviation") },
        Case { deviation: (11, 3), ..case("a coarser deviation") },
        Case { deviation: (11_038_700_001, 12), ..case("a finer deviation") },
        Case {
            result: (1, 0),
            deviation: (123_456_789_012_345_678, 22),
            ..case("a result without decimals")
        },
        Case { result: (-3_522_158_332, 8), ..case("negative") },
        Case { result: (79_228_162_514_264_337_593_543_950_335, 28), ..case("the largest decimal") },
    ];
    Ok(cases.iter().map(vector).collect())
}

/// The official crate's size and discriminator; its offsets are only shown.
fn check_official() -> Result<()> {
    let size = 8 + size_of::<Official>();
    ensure!(size == 3_851 && size_of::<Official>() == size_of::<Aggregator>(), "official size {size}");
    ensure!(Official::DISCRIMINATOR == DISCRIMINATOR, "official discriminator {:?}", Official::DISCRIMINATOR);
    let round = 8 + offset_of!(Aggregator, latest_confirmed_round);
    let official_round = 8 + offset_of!(Official, latest_confirmed_round);
    let offsets = [
        (
            "min_oracle_results",
            8 + offset_of!(Aggregator, min_oracle_results),
            8 + offset_of!(Official, min_oracle_results),
        ),
        (
            "num_success",
            round + offset_of!(Round, num_success),
            official_round + offset_of!(OfficialRound, num_success),
        ),
        (
            "round_open_timestamp",
            round + offset_of!(Round, round_open_timestamp),
            official_round + offset_of!(OfficialRound, round_open_timestamp),
        ),
        ("result", round + offset_of!(Round, result), official_round + offset_of!(OfficialRound, result)),
        (
            "std_deviation",
            round + offset_of!(Round, std_deviation),
            official_round + offset_of!(OfficialRound, std_deviation),
        ),
        (
            "resolution_mode",
            8 + offset_of!(Aggregator, resolution_mode),
            8 + offset_of!(Official, resolution_mode),
        ),
    ];
    for (name, replica, official) in offsets {
        println!(
            "aggregator {name}: {replica} on the chain, {official} in the official crate as compiled here"
        );
    }
    Ok(())
}

fn vector(case: &Case) -> Vector {
    let decimal = |(mantissa, scale)| Decimal { mantissa, scale };
    let mut account = Aggregator::zeroed();
    account.name[..7].copy_from_slice(b"SOL_USD");
    account.oracle_request_batch_size = 4;
    account.min_job_results = 1;
    account.variance_threshold = decimal((5, 1));
    account.is_locked = 1;
    account.crank_pubkey = [7; 32];
    (account.resolution_mode, account.min_oracle_results, account.latest_confirmed_round.num_success) =
        case.round;
    let round = &mut account.latest_confirmed_round;
    round.num_error = 1;
    round.is_closed = 1;
    (round.round_open_slot, round.round_open_timestamp) = (300_000_000, 1_800_000_000);
    (round.result, round.std_deviation) = (decimal(case.result), decimal(case.deviation));
    // Neighbours that a misplaced reader would find.
    (round.min_response, round.max_response) = (decimal((3_500_000_001, 8)), decimal((3_600_000_001, 8)));
    account.current_round = Round { result: decimal((3_700_000_001, 8)), ..*round };
    account.previous_confirmed_round_result = decimal((3_400_000_001, 8));
    Vector {
        name: case.name,
        data: [&DISCRIMINATOR[..], bytemuck::bytes_of(&account)].concat(),
        says: says(&account),
    }
}

/// The program's rule: sliding results always count, those of a round when enough oracles answered.
fn says(account: &Aggregator) -> Option<Said> {
    const SLIDING: u8 = 1;
    let round = account.latest_confirmed_round;
    let (result, deviation) = (round.result, round.std_deviation);
    let counts = account.resolution_mode == SLIDING || round.num_success >= account.min_oracle_results;
    counts.then(|| Said {
        mantissa: result.mantissa,
        exponent: -result.scale.cast_signed(),
        confidence: deviation.mantissa.unsigned_abs(),
        confidence_exponent: -deviation.scale.cast_signed(),
        publish: round.round_open_timestamp,
    })
}
