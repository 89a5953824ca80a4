//! A market as a whole: folding its shards, its funding, and paying its fees out.

mod collect_protocol_fees;
mod collect_venue_fees;
mod fold;
mod post_premium;

pub use collect_protocol_fees::*;
pub use collect_venue_fees::*;
pub use fold::*;
pub use post_premium::*;
