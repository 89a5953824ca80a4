//! A decoded copy of a group's accounts, in memory.
//!
//! Only [`apply`] changes it; [`fetch`] and [`feed`] bring the bytes. Nothing here decides anything.

pub mod apply;
pub mod feed;
pub mod fetch;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use anchor_lang::prelude::{Clock, Pubkey};
use firebreak::state::{
    CollateralBank, Group, InsuranceVault, MarginAccount, Market, MarketLedger, Row, VenueMarket,
};
use firebreak_client::{accounts::SnapshotView, health::OracleAccount, instructions::MintKeys, pda};

/// Longest time for which the chain's clock is carried forward by the local one, in seconds. Beyond it the view is
/// out of date anyway, and a chain that stands still (as a test chain may) must not be run ahead of.
const CLOCK_EXTRAPOLATION_SECS_MAX: u64 = 3;

/// An account's bytes as a node sent them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAccount {
    /// Its address.
    pub address: Pubkey,
    /// The program that owns it.
    pub owner: Pubkey,
    /// Slot of the state they come from, as far as the node tells.
    pub slot: u64,
    /// The bytes.
    pub data: Vec<u8>,
}

/// A decoded account with what orders its versions.
#[derive(Clone, Debug)]
pub struct Versioned<T> {
    /// The account.
    pub value: T,
    /// Its own count of mutations; 0 for accounts of other programs.
    pub sequence: u64,
    /// Newest slot that was heard of with it.
    pub slot: u64,
    /// The view's tick at which it was last written.
    tick: u64,
}

/// The chain's clock, and when it was read.
#[derive(Clone, Debug)]
pub struct ClockReading {
    /// As the chain has it.
    pub clock: Clock,
    /// Local monotonic time of the reading, in milliseconds.
    pub at_millis: u64,
}

/// All that the keeper knows about a group.
#[derive(Clone)]
pub struct View {
    /// Address of the group.
    pub group_key: Pubkey,
    /// The group.
    pub group: Option<Versioned<Group>>,
    /// Its risk snapshot with all rows.
    pub snapshot: Option<Versioned<SnapshotView>>,
    /// Markets by address.
    pub markets: BTreeMap<Pubkey, Versioned<Market>>,
    /// Records of venues in markets by address.
    pub venue_markets: BTreeMap<Pubkey, Versioned<Box<VenueMarket>>>,
    /// Ledgers by the address of their market.
    pub ledgers: BTreeMap<Pubkey, Versioned<MarketLedger>>,
    /// Collateral banks by address.
    pub banks: BTreeMap<Pubkey, Versioned<CollateralBank>>,
    /// Margin accounts by address.
    pub accounts: BTreeMap<Pubkey, Versioned<Box<MarginAccount>>>,
    /// The insurance vault.
    pub insurance: Option<Versioned<InsuranceVault>>,
    /// Oracle accounts of all rows by address.
    pub oracles: BTreeMap<Pubkey, Versioned<OracleAccount>>,
    /// The quote mint and its token program.
    pub quote: Option<MintKeys>,
    /// The chain's clock.
    pub clock: Option<ClockReading>,
    tick: u64,
}

impl View {
    /// An empty view of a group.
    pub fn new(group_key: Pubkey) -> Self {
        Self {
            group_key,
            group: None,
            snapshot: None,
            markets: BTreeMap::new(),
            venue_markets: BTreeMap::new(),
            ledgers: BTreeMap::new(),
            banks: BTreeMap::new(),
            accounts: BTreeMap::new(),
            insurance: None,
            oracles: BTreeMap::new(),
            quote: None,
            clock: None,
            tick: 0,
        }
    }

    /// Rises with each change of the view.
    pub fn tick(&self) -> u64 {
        self.tick
    }

    /// Rows of the snapshot; none before it was seen.
    pub fn rows(&self) -> &[Row] {
        self.snapshot.as_ref().map_or(&[], |snapshot| &snapshot.value.rows)
    }

    /// The market of a row.
    pub fn market_of_row(&self, row: u16) -> Option<(&Pubkey, &Market)> {
        let found = self.markets.iter().find(|(_, market)| market.value.row == row);
        found.map(|(key, market)| (key, &market.value))
    }

    /// Records of all venues in a market, in the order in which a fold takes them; `None` until all are known.
    pub fn venues_of(&self, market: &Pubkey) -> Option<Vec<Pubkey>> {
        let count = self.markets.get(market)?.value.venue_count;
        let records = self.venue_markets.iter().filter(|(_, record)| record.value.market == *market);
        let mut records: Vec<(u16, Pubkey)> =
            records.map(|(address, record)| (record.value.ordinal, *address)).collect();
        records.sort_unstable();
        let is_complete = records.iter().map(|(ordinal, _)| *ordinal).eq(0..count);
        is_complete.then(|| records.into_iter().map(|(_, address)| address).collect())
    }

    /// The ledger of a market.
    pub fn ledger_of(&self, market: &Pubkey) -> Option<&MarketLedger> {
        self.ledgers.get(market).map(|ledger| &ledger.value)
    }

    /// The bank of a collateral's row.
    pub fn bank_of_row(&self, row: u16) -> Option<(&Pubkey, &CollateralBank)> {
        let found = self.banks.iter().find(|(_, bank)| bank.value.row == row);
        found.map(|(key, bank)| (key, &bank.value))
    }

    /// The chain's clock at a local time: the last reading, carried forward a little.
    pub fn clock_at(&self, now_millis: u64) -> Option<Clock> {
        let reading = self.clock.as_ref()?;
        let elapsed = now_millis.saturating_sub(reading.at_millis) / 1_000;
        let elapsed = i64::try_from(elapsed.min(CLOCK_EXTRAPOLATION_SECS_MAX)).unwrap_or(0);
        let unix_timestamp = reading.clock.unix_timestamp.saturating_add(elapsed);
        Some(Clock { unix_timestamp, ..reading.clock.clone() })
    }

    /// True once the view can be planned on.
    pub fn is_complete(&self) -> bool {
        self.group.is_some() && self.snapshot.is_some() && self.clock.is_some()
    }

    /// Addresses of all oracle accounts that the rows name, each once.
    pub fn oracle_keys(&self) -> Vec<Pubkey> {
        let rows = self.rows().iter().filter(|row| has_oracle(row));
        let mut keys: Vec<Pubkey> = rows
            .flat_map(|row| {
                [row.primary_key, row.secondary_key, row.third_key].into_iter().take(row.source_count())
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Address of the group's snapshot.
    pub fn snapshot_key(&self) -> Pubkey {
        pda::snapshot(&self.group_key)
    }
}

/// True when the row is read from oracle accounts.
pub fn has_oracle(row: &Row) -> bool {
    row.primary_kind != 0
}
