use alloc::{vec, vec::Vec};

use super::*;
use crate::fill::{FillLeg, OUTCOME_VERSION};

fn key(byte: u8) -> Pubkey {
    Pubkey::new_from_array([byte; 32])
}

fn keys() -> ApplyFillKeys {
    ApplyFillKeys {
        venue_authority: key(1),
        group: key(2),
        venue: key(3),
        snapshot: key(4),
        venue_market: key(5),
        taker: PartyKeys { margin: key(6), shard: key(7) },
        event_authority: key(8),
    }
}

fn args() -> FillArgs {
    let mut args = FillArgs {
        taker_fee_atoms: 0x0102,
        leg_count: 1,
        overlay_count: 1,
        taker_is_buyer: 1,
        ..FillArgs::default()
    };
    args.legs[0] = FillLeg { lots: 3, price_atoms: 5, maker_fee_atoms: -1 };
    args.overlay_rows[0] = 9;
    args
}

/// (first byte of the key, signer, writable) of every account.
fn metas(instruction: &Instruction) -> Vec<(u8, bool, bool)> {
    let accounts = instruction.accounts.iter();
    accounts.map(|meta| (meta.pubkey.as_ref()[0], meta.is_signer, meta.is_writable)).collect()
}

#[test]
fn apply_fill_names_accounts_in_the_order_of_the_contract() {
    let makers = [PartyKeys { margin: key(10), shard: key(11) }];
    let oracles = [OracleKeys { primary: key(20), secondary: key(21), third: None }];
    let instruction = apply_fill_instruction(&keys(), &makers, &oracles, &args());
    assert_eq!(instruction.program_id, PROGRAM_ID);
    let expected = vec![
        (1, true, false),
        (2, false, false),
        (3, false, false),
        (4, false, false),
        (5, false, true),
        (6, false, true),
        (7, false, true),
        (8, false, false),
        (PROGRAM_ID.as_ref()[0], false, false),
        (10, false, true),
        (11, false, true),
        (20, false, false),
        (21, false, false),
    ];
    assert_eq!(metas(&instruction), expected);
}

#[test]
fn check_fill_signs_nothing_and_writes_nothing() {
    let named = CheckFillKeys {
        group: key(1),
        venue: key(2),
        snapshot: key(3),
        venue_market: key(4),
        taker: PartyKeys { margin: key(5), shard: key(6) },
    };
    let makers = [PartyKeys { margin: key(10), shard: key(11) }];
    let oracles = [OracleKeys { primary: key(20), secondary: key(21), third: None }];
    let instruction = check_fill_instruction(&named, &makers, &oracles, &args());
    let keys = [1, 2, 3, 4, 5, 6, 10, 11, 20, 21];
    let expected: Vec<_> = keys.into_iter().map(|byte| (byte, false, false)).collect();
    assert_eq!(metas(&instruction), expected);
    assert_eq!(instruction.data[..8], CHECK_FILL);
}

#[test]
fn fill_data_is_discriminator_then_little_endian_fields() {
    let data = fill_data(APPLY_FILL, &args());
    // 8 + 4 legs * 24 + taker fee 8 + 4 rows * 2 + 3 bytes + 5 padding = 128.
    assert_eq!(data.len(), 128);
    assert_eq!(data[..8], APPLY_FILL);
    assert_eq!(data[8..16], 3u64.to_le_bytes());
    assert_eq!(data[16..24], 5u64.to_le_bytes());
    assert_eq!(data[24..32], (-1i64).to_le_bytes());
    // Taker fee at 8 + 96 = 104, rows at 112, counts and side at 120.
    assert_eq!(data[104..112], 0x0102u64.to_le_bytes());
    assert_eq!(data[112..114], 9u16.to_le_bytes());
    assert_eq!(data[120..], [1, 1, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn only_firebreaks_own_return_data_is_an_outcome() {
    let outcome = FillOutcome { version: OUTCOME_VERSION, admitted: 1, ..FillOutcome::default() };
    let data = bytemuck::bytes_of(&outcome);
    assert_eq!(outcome_of(&PROGRAM_ID, data), Some(outcome));
    assert_eq!(outcome_of(&key(1), data), None);
    assert_eq!(outcome_of(&PROGRAM_ID, &[]), None);
}

#[test]
fn without_return_data_there_is_no_outcome() {
    // On the host no call ever sets return data.
    assert_eq!(take_outcome(), Err(ProgramError::Custom(ERROR_NO_OUTCOME)));
}
