//! The chain, the clock and the keys of a test group.

use anchor_lang::{
    prelude::{Clock, Pubkey},
    solana_program::instruction::Instruction,
};
use firebreak_client::instructions::{fold, refresh, MintKeys, OracleRow};
use litesvm::LiteSVM;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::BTreeMap;

use crate::{
    oracle::{pyth_account, switchboard_account, Feed, Quote},
    send::{Failure, Meta},
};

const FIREBREAK_SO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/deploy/firebreak.so");
const EXAMPLE_VENUE_SO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/deploy/example_venue.so");
const START_TS: i64 = 1_800_000_000;
const START_SLOT: u64 = 1_000;
const SLOTS_PER_TEN_SECS: u64 = 25;
const LAMPORTS: u64 = 1_000_000_000_000;

/// A market of the test group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketKeys {
    /// The market.
    pub key: Pubkey,
    /// Its row in the snapshot.
    pub row: u16,
    /// Its oracles.
    pub feed: Feed,
}

/// A group on a chain of its own.
pub struct World {
    /// The chain.
    pub svm: LiteSVM,
    /// Administrator of the group; pays for every transaction.
    pub admin: Keypair,
    /// The group.
    pub group: Pubkey,
    /// The quote mint.
    pub quote: MintKeys,
    /// The other collateral mint; its price is that of the first market.
    pub token: MintKeys,
    /// Row of that mint.
    pub token_row: u16,
    /// The test venue.
    pub venue: Pubkey,
    /// Key that signs its fills. A real venue's is a program-derived address.
    pub venue_authority: Keypair,
    /// Markets, in the order of their creation.
    pub markets: Vec<MarketKeys>,
    /// Whether the group is audited after every transaction.
    pub is_auditing: bool,
    /// Highest compute units seen per instruction that was sent alone, under its name in snake case.
    pub costs: BTreeMap<String, u64>,
    keys_made: u64,
}

impl World {
    /// A chain with both programs and two mints, but without a group.
    pub(crate) fn bare() -> Self {
        let mut svm = LiteSVM::new().with_blockhash_check(false).with_transaction_history(0);
        for (program, path) in [(firebreak::ID, FIREBREAK_SO), (example_venue::ID, EXAMPLE_VENUE_SO)] {
            svm.add_program_from_file(program, path).unwrap_or_else(|error| {
                panic!("cannot load {path} ({error}); build it with `cargo xtask sbf`")
            });
        }
        let mut world = World {
            svm,
            admin: keypair(0),
            group: Pubkey::default(),
            quote: no_mint(),
            token: no_mint(),
            token_row: 0,
            venue: Pubkey::default(),
            venue_authority: keypair(1),
            markets: Vec::new(),
            is_auditing: true,
            costs: BTreeMap::new(),
            keys_made: 2,
        };
        world.set_clock(START_TS, START_SLOT);
        let admin = world.admin.pubkey();
        world.svm.airdrop(&admin, LAMPORTS).expect("an airdrop succeeds");
        world
    }

    /// The next key; the same one in every run.
    pub fn new_keypair(&mut self) -> Keypair {
        self.keys_made += 1;
        keypair(self.keys_made)
    }

    /// Unix time on the chain.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    /// Lets time pass, at 400 ms per slot.
    pub fn advance(&mut self, secs: u64) {
        let clock = self.svm.get_sysvar::<Clock>();
        let elapsed = i64::try_from(secs).expect("a test's duration fits");
        self.set_clock(clock.unix_timestamp + elapsed, clock.slot + (secs * SLOTS_PER_TEN_SECS).div_ceil(10));
    }

    fn set_clock(&mut self, unix_timestamp: i64, slot: u64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.unix_timestamp = unix_timestamp;
        clock.slot = slot;
        self.svm.set_sysvar(&clock);
    }

    /// Both oracles of the first market publish this price now, in millionths of a dollar.
    pub fn set_price(&mut self, price_micros: u64) {
        self.set_market_price(0, price_micros);
    }

    /// Both oracles of a market publish this price now.
    pub fn set_market_price(&mut self, market: usize, price_micros: u64) {
        let feed = self.markets[market].feed;
        self.publish(&feed, price_micros);
    }

    /// Both oracles of a feed publish this price now.
    pub fn publish(&mut self, feed: &Feed, price_micros: u64) {
        let quote = Quote { price_micros, confidence_micros: 0, publish_ts: self.now() };
        self.set_pyth(feed, &quote);
        self.set_switchboard(feed, &quote);
    }

    /// The first oracle publishes.
    pub fn set_pyth(&mut self, feed: &Feed, quote: &Quote) {
        self.svm.set_account(feed.pyth, pyth_account(feed.id, quote)).expect("the account is rent exempt");
    }

    /// The second oracle publishes.
    pub fn set_switchboard(&mut self, feed: &Feed, quote: &Quote) {
        let account = switchboard_account(quote);
        self.svm.set_account(feed.switchboard, account).expect("the account is rent exempt");
    }

    /// All rows with oracles: the collateral's, then the markets'.
    pub fn oracle_rows(&self) -> Vec<OracleRow> {
        let row_of = |row, feed: &Feed| OracleRow {
            row,
            primary: feed.pyth,
            secondary: feed.switchboard,
            third: None,
        };
        let markets = self.markets.iter().map(|market| row_of(market.row, &market.feed));
        let token = self.markets.first().map(|market| row_of(self.token_row, &market.feed));
        token.into_iter().chain(markets).collect()
    }

    /// Refreshes all rows and folds all markets.
    #[track_caller]
    pub fn refresh(&mut self) {
        for rows in self.oracle_rows().chunks(6) {
            self.refresh_rows(rows).unwrap_or_else(|failure| panic!("{failure:?}"));
        }
        self.fold_all();
    }

    /// Folds all markets.
    #[track_caller]
    pub fn fold_all(&mut self) {
        for market in 0..self.markets.len() {
            self.fold(market).unwrap_or_else(|failure| panic!("{failure:?}"));
        }
    }

    /// Folds a market.
    ///
    /// # Errors
    /// The transaction's failure.
    #[track_caller]
    pub fn fold(&mut self, market: usize) -> Result<Meta, Failure> {
        self.send(&[self.fold_instruction(market)], &[])
    }

    /// The fold of a market, with the records of all its venues and its committee.
    #[track_caller]
    pub fn fold_instruction(&self, market: usize) -> Instruction {
        let keys = [&self.group, &self.markets[market].key];
        fold(keys, &self.venue_markets_of(market), self.has_committee(market))
    }

    /// Refreshes some rows.
    ///
    /// # Errors
    /// The transaction's failure.
    #[track_caller]
    pub fn refresh_rows(&mut self, rows: &[OracleRow]) -> Result<Meta, Failure> {
        self.send(&[refresh(&self.group, rows)], &[])
    }

    /// Time passes at this price of all markets until the slow price has arrived: each step of ten minutes leaves 1 / e
    /// of the distance, and rounding never stops short of it.
    #[track_caller]
    pub fn follow_markets(&mut self, price_micros: u64) {
        for _ in 0..60 {
            self.advance(600);
            for market in 0..self.markets.len() {
                self.set_market_price(market, price_micros);
            }
            self.refresh();
        }
        assert!(self.markets.iter().all(|market| {
            let row = self.snapshot().rows[usize::from(market.row)];
            row.ema_q32 == row.price_q32
        }));
    }

    /// Publishes a price of the first market and refreshes all rows.
    #[track_caller]
    pub fn tick(&mut self, price_micros: u64) {
        self.set_price(price_micros);
        self.refresh();
    }
}

fn keypair(number: u64) -> Keypair {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    Keypair::new_from_array(seed)
}

fn no_mint() -> MintKeys {
    MintKeys { mint: Pubkey::default(), token_program: Pubkey::default() }
}
