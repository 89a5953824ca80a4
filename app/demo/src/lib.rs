//! The demonstration: two perp venues carried through a crash day by the real program on a real local chain.
//!
//! What needs no chain is a function of its inputs and a seed: the recorded day, the path drawn through it, what keepers'
//! trades add to it, the population that trades it, who would have been spared without, and the report. [`run`] carries
//! them through the chain.
#![forbid(unsafe_code)]

pub mod demand;
pub mod end_table;
pub mod footprint;
pub mod money;
pub mod path;
pub mod population;
pub mod random;
pub mod report;
pub mod run;
pub mod scenario;
pub mod spared;
pub mod table;
