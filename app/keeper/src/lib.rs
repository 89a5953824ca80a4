//! The keeper: `snapshot → plan → send`, over JSON-RPC and WebSocket only.
//!
//! [`snapshot`] keeps a decoded copy of a group's accounts, [`plan`] turns that copy into intents and is pure, [`send`]
//! turns intents into transactions and follows them. [`Keeper`] runs the three; it can be embedded as a task.
//! Nothing here has a formula: prices, health and liquidation sizes come from `firebreak` and `firebreak_risk`.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod config;
pub mod error;
pub mod hook;
pub mod plan;
pub mod run;
pub mod send;
pub mod snapshot;
pub mod stats;
#[cfg(test)]
mod tests;

pub use config::Config;
pub use error::KeeperError;
pub use hook::{InventoryHook, NoInventory};
pub use run::{run, Keeper};
pub use stats::Stats;
