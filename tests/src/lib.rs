//! Test harness: a whole group on LiteSVM, with the compiled programs, real SPL Token accounts and oracle accounts
//! written by the official encoders.
//!
//! A [`World`] is deterministic: keys come from a counter, time from [`World::advance`]. After every successful
//! transaction it audits the group; a test that breaks conservation fails where it happens.

pub mod banks;
pub mod committee;
pub mod demand;
pub mod oracle;
pub mod params;
pub mod scenes;
pub mod second;
pub mod send;
pub mod setup;
pub mod staker;
pub mod state;
pub mod tokens;
pub mod trader;
pub mod world;

pub use second::OtherGroup;
pub use send::{Failure, Meta};
pub use staker::Ruin;
pub use trader::{Trade, Trader};
pub use world::{MarketKeys, World};
