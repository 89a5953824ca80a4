//! Accounts of the venue.

mod market;
mod order_book;

pub use market::*;
pub use order_book::*;
