//! The table.

mod admin;
mod change;
mod committee;
mod fold;
mod insurance;
mod margin;
mod market;

pub use admin::*;
pub use change::*;
pub use committee::*;
pub use fold::*;
pub use insurance::*;
pub use margin::*;
pub use market::*;

use super::{Accepted, Row};

/// Overlaid oracles: owned by somebody else at the configured address, which only the oracle could bring about.
const DEAD_SOURCE: Accepted = Accepted {
    slot: "primary*",
    swaps: &["cosplay in place"],
    reason: "an account that the oracle's program does not own is not read; the verdict falls to one source",
};
const DEAD_SECONDARY: Accepted = Accepted { slot: "secondary*", ..DEAD_SOURCE };

/// Slots named in the program, then those of the event CPI, then remaining accounts.
fn slots(named: &[&str], remaining: &[&str]) -> Vec<String> {
    let cpi = ["event_authority", "program"];
    [named, &cpi, remaining].concat().iter().map(|name| (*name).to_owned()).collect()
}

fn with_shards(named: &[&str]) -> Vec<String> {
    let shards = (0..8).map(|index| format!("shard_{index}"));
    slots(named, &[]).into_iter().chain(shards).collect()
}
