//! Off-chain side of Firebreak: addresses, instructions, decoded accounts, health and the conservation report.
//!
//! Decodes and builds; it sends nothing and holds no keys. Formulas stay where they are: [`health`] calls the
//! program's own engine on decoded accounts.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod accounts;
pub mod conservation;
pub mod error;
pub mod health;
pub mod instructions;
pub mod pda;

pub use error::ClientError;
