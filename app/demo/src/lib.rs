//! The demonstration: one perp venue carried through 10 October 2025 by the real program on a real local chain.
//!
//! What needs no chain is a function of its inputs and a seed: the recorded day, the path drawn through it, the
//! population that trades it, and the report. [`run`] carries them through the chain.
#![forbid(unsafe_code)]

pub mod end_table;
pub mod money;
pub mod path;
pub mod population;
pub mod random;
pub mod report;
pub mod run;
pub mod table;
