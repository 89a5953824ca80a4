//! Accounts, one per file. Fields are primitives with their unit in the name; typed getters stand beside them.

mod bank;
mod breaker_params;
mod exposure;
mod group;
mod insurance;
mod insurance_stake;
mod ledger;
mod margin_account;
mod market;
mod pause;
mod position;
mod row;
mod shards;
mod side_row;
mod snapshot;
mod venue;
mod venue_market;
mod version;

pub use bank::*;
pub use breaker_params::*;
pub use exposure::*;
pub use group::*;
pub use insurance::*;
pub use insurance_stake::*;
pub use ledger::*;
pub use margin_account::*;
pub use market::*;
pub use pause::*;
pub use position::*;
pub use row::*;
pub use shards::*;
pub use side_row::*;
pub use snapshot::*;
pub use venue::*;
pub use venue_market::*;
pub use version::*;
