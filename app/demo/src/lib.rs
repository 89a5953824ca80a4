//! The demonstration: one perp venue carried through 10 October 2025 by the real program on a real local chain.
//!
//! This library holds what needs no chain: the recorded day and the path drawn through it, the population that
//! trades it, and the report of what happened. Everything here is a function of its inputs and a seed.
#![forbid(unsafe_code)]

pub mod end_table;
pub mod money;
pub mod path;
pub mod population;
pub mod random;
pub mod report;
pub mod table;
