//! A market as a whole: folds, premiums and funding, fees.

mod fees;
mod fold;
mod funding;

use anchor_lang::prelude::Pubkey;
use firebreak::state::{MarketLedger, VenueMarket};
use firebreak_client::pda;
use firebreak_tests::World;

use crate::chain::{edit, Chain};

/// A mutation of the first market's ledger.
fn ledger(world: &World, chain: &mut Chain, change: impl FnOnce(&mut MarketLedger)) {
    edit::<MarketLedger>(chain, &pda::ledger(&world.markets[0].key), |ledger| {
        ledger.sequence += 1;
        change(ledger);
    });
}

/// A mutation of a venue's record.
fn record(chain: &mut Chain, key: &Pubkey, change: impl FnOnce(&mut VenueMarket)) {
    edit::<VenueMarket>(chain, key, |record| {
        record.sequence += 1;
        change(record);
    });
}
