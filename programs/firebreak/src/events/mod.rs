//! Events, one per mutation, in the past tense, grouped by domain like the instructions.

mod admin;
mod change;
mod committee;
mod emit;
mod insurance;
mod liquidation;
mod margin;
mod market;
mod oracle;
mod venue;

pub use admin::*;
pub use change::*;
pub use committee::*;
pub use emit::emit;
pub use insurance::*;
pub use liquidation::*;
pub use margin::*;
pub use market::*;
pub use oracle::*;
pub use venue::*;
