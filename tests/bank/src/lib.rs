//! Harness of the tests on a real bank: the programs as the loader sees them, and what the transaction engine alone
//! (LiteSVM) does not have: rent that must be paid, fees, slots that follow each other, blockhashes that expire, batches.
//!
//! The bank of `solana-program-test` answers over a channel; everything here is therefore asynchronous. Addresses are the
//! same in every run; blockhashes and the clock's start are not.

mod chain;
mod group;
mod send;

pub use chain::{Chain, LAMPORTS};
pub use group::{Group, Trader, LOT};
pub use send::{Failure, Meta};
