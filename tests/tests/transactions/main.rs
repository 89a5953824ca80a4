//! What transactions cost the network: accounts locked for writing, and bytes.
//!
//! Messages are compiled as keepers and clients compile them, with the instructions of the compute budget in front and
//! without lookup tables. Locks of the fee payer are not counted: who shares a fee payer with somebody else locks
//! themselves out.

mod capacity;
mod rows;
mod wire;

use firebreak_tests::send::TRANSACTION_BYTES_MAX;
use rows::rows;
use wire::{expected_bytes, Compiled};

/// Bytes of one more account: its address, and its place in the instruction.
const ACCOUNT_BYTES: usize = 33;

#[test]
fn every_instruction_of_the_program_has_a_row() {
    let program = include_str!("../../../programs/firebreak/src/lib.rs");
    let body = program.split_once("pub mod firebreak {").expect("the program module").1;
    let names = body.lines().filter_map(|line| line.trim_start().strip_prefix("pub fn "));
    let names: Vec<&str> = names.filter_map(|rest| rest.split(['<', '(']).next()).collect();
    let table: Vec<&str> = rows().iter().map(|row| row.name).collect();
    assert_eq!(names, table, "instructions of the program (left) and rows of the table (right)");
}

#[test]
fn every_instruction_locks_what_it_changes_and_nothing_else() {
    for row in rows() {
        let compiled = Compiled::new(&row.instruction);
        println!("{}: {} write locks, {} bytes", row.name, compiled.write_locks, compiled.bytes);
        assert_eq!(compiled.write_locks, row.writes.len(), "{} changes {:?}", row.name, row.writes);
    }
}

/// The ceilings leave room for at most three more accounts, or they would say nothing.
#[test]
fn every_transaction_stays_below_its_ceiling_and_fits_the_network() {
    for row in rows() {
        let bytes = Compiled::new(&row.instruction).bytes;
        let ceiling = row.bytes_max;
        assert!(bytes <= ceiling, "{}: {bytes} bytes exceed the ceiling of {ceiling}", row.name);
        assert!(ceiling <= TRANSACTION_BYTES_MAX, "{}: a ceiling of {ceiling}", row.name);
        let slack = ceiling - bytes;
        assert!(slack <= 3 * ACCOUNT_BYTES, "{}: {bytes} bytes are far below {ceiling}", row.name);
    }
}

/// The compiler of messages against the wire format, counted by hand.
#[test]
fn a_transaction_has_the_bytes_of_its_parts() {
    for row in rows() {
        let compiled = Compiled::new(&row.instruction);
        assert_eq!(compiled.bytes, expected_bytes(&row.instruction), "{}", row.name);
    }
}
