//! A test program that computes with 128-bit integers on the VM.
//!
//! It exists because a wrong 128-bit helper corrupts memory silently (see `sbf-builtins`): the only evidence
//! that the helpers and the compiler agree is to run them where they will run and to compare with the host.
//! `tests/tests/arithmetic.rs` sends batches of [`Call`]s as instruction data and reads [`Answer`]s from the
//! return data.
//!
//! It must stay plain: no accounts, no allocation, no framework. Whatever fails here is then arithmetic.

mod evaluate;
mod protocol;

#[cfg(target_os = "solana")]
mod entrypoint;

pub use evaluate::evaluate;
pub use protocol::{Answer, Call, Kind, Op, Style, ANSWER_LEN, CALLS_MAX, CALL_LEN};

// Linked for the symbols it exports on the VM; never called by name.
use sbf_builtins as _;
