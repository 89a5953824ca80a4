//! One instruction per file.

mod cancel_order;
mod create_market;
mod place_order;

pub use cancel_order::*;
pub use create_market::*;
pub use place_order::*;
