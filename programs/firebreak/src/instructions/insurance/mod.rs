//! Insurance and what it is for.

mod fund_insurance;
mod resolve_bankruptcy;

pub use fund_insurance::*;
pub use resolve_bankruptcy::*;
