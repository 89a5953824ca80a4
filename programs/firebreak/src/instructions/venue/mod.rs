//! What venues call.

mod apply_fill;
mod check_fill;
mod fill_args;
mod parties;

pub use apply_fill::*;
pub use check_fill::*;
pub use fill_args::*;
