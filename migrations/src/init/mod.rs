//! Setting a group up: parameters, what the chain has of it, the steps between the two, and carrying them out.

mod args;
mod found;
mod params;
mod plan;
mod run;
mod update;

pub use found::Found;
pub use params::{Address, Collateral, Committee, Group, Market, Oracle, OracleKind, Params, Venue};
pub use plan::{plan, Plan, Step, Todo};
pub use run::{execute, Report};
pub use update::{update, Update};
