//! Between accounts and formulas: turns rows and margin accounts into inputs of `firebreak_risk`. The keeper and
//! other clients call the same functions on decoded accounts.
#![cfg_attr(not(feature = "idl-build"), deny(missing_docs))]

pub mod breaker;
pub mod clock;
pub mod conversion;
pub mod curve;
pub mod demand;
pub mod fill;
pub mod health;
pub mod rows;
pub mod settlement;
pub mod side_terms;
pub mod standing;

pub use health::{account_health, AccountHealth};
pub use rows::{Moment, Overlay, RowReader};
