//! TEMPORARY until crates/risk exposure.rs arrives.

use anchor_lang::prelude::*;
use firebreak_risk::health::MarketTerms;

use crate::{constants::SHARD_COUNT, state::Row};

/// Units by which each side may grow in one shard until the next fold.
pub fn shard_room_units(row: &Row, terms: &MarketTerms) -> Result<[u64; 2]> {
    let price = u128::from(terms.point.price.0);
    if price == 0 {
        return Ok([0; 2]);
    }
    let cap = (u128::from(row.open_interest_cap_atoms) << 48) / price;
    Ok(row.open_interest_units.map(|folded| {
        u64::try_from(cap.saturating_sub(u128::from(folded)) / u128::from(SHARD_COUNT)).unwrap_or(u64::MAX)
    }))
}
