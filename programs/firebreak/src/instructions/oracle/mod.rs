//! Oracles into the snapshot.

mod refresh;

pub use refresh::*;
