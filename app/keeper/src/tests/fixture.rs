//! A small group for tests: a quote mint and two markets at one dollar a lot, with both oracle accounts of each.
//!
//! One lot is 0.01 of a token at 100 dollars, and the quote mint has 6 decimals, so a lot is worth 10^6 atoms.

use anchor_lang::{
    prelude::{Clock, Pubkey},
    solana_program::sysvar::SysvarId,
    Discriminator,
};
use bytemuck::{bytes_of, Pod, Zeroable};
use firebreak::{
    oracle::{pyth, switchboard, SourceKind, PYTH_RECEIVER, SWITCHBOARD_ON_DEMAND},
    state::{
        CollateralBank, Group, InsuranceVault, MarginAccount, Market, MarketLedger, Position, RiskSnapshot,
        Row, RowKind, VenueMarket,
    },
};
use firebreak_client::{instructions::AccountKeys, pda};
use firebreak_risk::{hourly::variance_of_hourly_sigma, units::Ppm};

use crate::{
    config::{Address, Config},
    plan::{plan, Inputs, Intent, State},
    snapshot::{
        apply::{Applied, Poll},
        RawAccount, View,
    },
};

mod breaker;

/// The chain's time in all tests.
pub const NOW: i64 = 1_800_000_000;
/// Value of a lot at the fixture's price, in quote atoms.
pub const LOT: i64 = 1_000_000;
/// Dollars per token at which a lot is worth [`LOT`].
pub const DOLLARS: f64 = 100.0;
/// Rows of the two markets.
pub const SOL: u16 = 1;
pub const BTC: u16 = 2;
/// Row of the collateral that [`Fixture::with_collateral`] adds; an atom of it is worth 0.1 quote atoms.
pub const TOKEN: u16 = 3;
/// Atoms of that collateral that are worth a [`LOT`].
pub const LOT_TOKENS: i64 = 10 * LOT;
/// Units of one lot.
const LOT_UNITS: i64 = 1 << 16;

/// A group with its keeper.
pub struct Fixture {
    pub view: View,
    pub config: Config,
    pub state: State,
    pub liquidator: AccountKeys,
    pub now_millis: u64,
    slot: u64,
}

pub fn key(seed: u8) -> Pubkey {
    Pubkey::new_from_array([seed; 32])
}

pub fn raw<T: Pod + Discriminator>(address: Pubkey, slot: u64, account: &T) -> RawAccount {
    let data = [T::DISCRIMINATOR, bytes_of(account)].concat();
    RawAccount { address, owner: firebreak::ID, slot, data }
}

/// A margin account with cash and positions of `(row, lots, quote atoms)`.
pub fn account(group: &Pubkey, owner: u8, cash: i64, positions: &[(u16, i64, i64)]) -> MarginAccount {
    let mut account = MarginAccount::zeroed();
    account.group = *group;
    account.owner = key(owner);
    account.version = 1;
    account.sequence = 1;
    if cash != 0 {
        account.add_atoms(0, cash).unwrap();
    }
    for (row, lots, quote_atoms) in positions {
        let last_side = if *quote_atoms > 0 { 2 } else { 1 };
        let units = lots * LOT_UNITS;
        let position = Position { units, quote_atoms: *quote_atoms, last_side, ..Position::open(*row) };
        account.store_position(position).unwrap();
    }
    account
}

fn market_row(index: u16) -> Row {
    let mut row = Row {
        price_q32: (LOT as u64) << 32,
        ema_q32: (LOT as u64) << 32,
        publish_ts: NOW,
        update_ts: NOW,
        primary_publish_ts: NOW,
        secondary_publish_ts: NOW,
        fold_sequence: 1,
        fold_ts: NOW,
        variance_reference_q64: variance_of_hourly_sigma(Ppm(10_000)).0,
        primary_key: key(100 + index as u8),
        secondary_key: key(110 + index as u8),
        feed_id: [index as u8; 32],
        initial_ppm: 100_000,
        initial_side_ppm: [100_000; 2],
        maintenance_ppm: 50_000,
        confidence_ppm: 10_000,
        deviation_ppm: 10_000,
        price_band_ppm: 50_000,
        reading_age_secs: 60,
        ema_tau_secs: 3_600,
        ema_move_ppm_per_sec: 10_000,
        breaker: breaker::breaker(),
        breaker_updated_ts: NOW,
        breaker_stay_secs: u32::MAX,
        index,
        market_index: index - 1,
        quantum_exponent: 4,
        kind: RowKind::Market as u8,
        primary_kind: SourceKind::PythReceiver as u8,
        secondary_kind: SourceKind::SwitchboardOnDemand as u8,
        verdict: 1,
        ..Row::default()
    };
    row.follow_price();
    row
}

impl Fixture {
    /// Two markets, a keeper with a million dollars, no other accounts.
    pub fn new() -> Self {
        let group = key(1);
        let owner = key(200);
        let mut fixture = Self {
            view: View::new(group),
            // Every market is folded every few seconds and traders are not registered, which is not what most tests are
            // about.
            config: Config {
                group: Address(group),
                fold: false,
                register_demand: false,
                ..Config::default()
            },
            state: State::default(),
            liquidator: AccountKeys::new(&group, &owner, 0),
            now_millis: 0,
            slot: 1,
        };
        let quote = Row { kind: RowKind::Quote as u8, ..Row::default() };
        fixture.put_rows(&[quote, market_row(SOL), market_row(BTC)]);
        for row in [SOL, BTC] {
            fixture.put_market(row);
            fixture.put_oracles(row, DOLLARS, NOW);
        }
        let insurance = InsuranceVault { group, version: 1, ..Zeroable::zeroed() };
        fixture.apply(raw(pda::insurance(&group), 1, &insurance));
        fixture.put_clock(NOW);
        let header = Group { quote_mint: key(2), version: 1, ..Zeroable::zeroed() };
        let mint = RawAccount { address: key(2), owner: key(3), slot: 1, data: Vec::new() };
        fixture.poll(raw(group, 1, &header));
        fixture.poll(mint);
        let keeper = account(&group, 200, 1_000_000 * LOT, &[]);
        fixture.put_account(fixture.liquidator.margin_account, keeper);
        fixture
    }

    /// The same with a collateral besides quote: 100 dollars per token of 10^9 atoms, 80 % of them for maintenance. Healthy
    /// accounts may owe 100 lots' worth.
    pub fn with_collateral() -> Self {
        let mut fixture = Self::new();
        let mut rows = fixture.view.rows().to_vec();
        let price_q32 = (1 << 32) / 10;
        rows.push(Row {
            price_q32,
            ema_q32: price_q32,
            initial_ppm: 0,
            maintenance_ppm: 0,
            maintenance_weight_ppm: 800_000,
            initial_weight_ppm: 700_000,
            quantum_exponent: -3,
            kind: RowKind::Collateral as u8,
            ..market_row(TOKEN)
        });
        fixture.put_rows(&rows);
        fixture.put_oracles(TOKEN, DOLLARS, NOW);
        fixture.put_bank(TOKEN, 0);
        let quote_debt_limit_atoms = 100 * LOT as u64;
        let quote_mint = key(2);
        let header =
            Group { quote_mint, quote_debt_limit_atoms, version: 1, sequence: 1, ..Zeroable::zeroed() };
        fixture.poll(raw(fixture.view.group_key, 2, &header));
        fixture
    }

    /// The mint of a collateral.
    pub fn mint(row: u16) -> Pubkey {
        key(150 + row as u8)
    }

    /// A bank whose impact level was charged just now: 1 % of the log price at a depth of a million lots' worth.
    pub fn put_bank(&mut self, row: u16, impact_level_q40: u64) {
        let (group, mint) = (self.view.group_key, Self::mint(row));
        let address = pda::bank(&group, &mint);
        let sequence = self.view.banks.get(&address).map_or(1, |bank| bank.sequence + 1);
        let bank = CollateralBank {
            group,
            mint,
            sequence,
            depth_atoms: 1_000_000 * LOT as u64,
            impact_level_q40,
            impact_updated_ts: NOW,
            impact_cap_ppm: 10_000,
            impact_decay_secs: 60,
            discount_ppm: 50_000,
            discount_ramp_secs: 60,
            row,
            version: 1,
            ..Zeroable::zeroed()
        };
        self.apply(raw(address, self.slot, &bank));
    }

    pub fn plan(&self) -> Vec<Intent> {
        plan(&self.inputs())
    }

    pub fn inputs(&self) -> Inputs<'_> {
        Inputs {
            view: &self.view,
            config: &self.config,
            state: &self.state,
            liquidator: &self.liquidator,
            now_millis: self.now_millis,
        }
    }

    /// Adds a trader and returns the address of its account.
    pub fn trader(&mut self, seed: u8, cash: i64, positions: &[(u16, i64, i64)]) -> Pubkey {
        let account = account(&self.view.group_key, seed, cash, positions);
        self.put_account(key(seed), account);
        key(seed)
    }

    pub fn put_account(&mut self, address: Pubkey, account: MarginAccount) {
        self.apply(raw(address, self.slot, &account));
    }

    /// Changes a margin account.
    pub fn change(&mut self, address: Pubkey, change: impl FnOnce(&mut MarginAccount)) {
        let mut account = *self.view.accounts[&address].value;
        change(&mut account);
        account.sequence += 1;
        self.put_account(address, account);
    }

    /// Changes the rows.
    pub fn change_rows(&mut self, change: impl FnOnce(&mut [Row])) {
        let mut rows = self.view.rows().to_vec();
        change(&mut rows);
        self.put_rows(&rows);
    }

    pub fn put_rows(&mut self, rows: &[Row]) {
        let header = RiskSnapshot {
            group: self.view.group_key,
            sequence: self.view.snapshot.as_ref().map_or(1, |snapshot| snapshot.sequence + 1),
            target_buffer_ppm: 200_000,
            critical_ppm: 500_000,
            row_count: rows.len() as u16,
            version: 1,
            ..Zeroable::zeroed()
        };
        let mut snapshot = raw(self.view.snapshot_key(), self.slot, &header);
        for row in rows {
            snapshot.data.extend_from_slice(bytes_of(row));
        }
        self.apply(snapshot);
    }

    fn put_market(&mut self, row: u16) {
        let group = self.view.group_key;
        let market = Market {
            group,
            depth_atoms: 1_000_000 * LOT as u64,
            dust_atoms: 10 * LOT as u64,
            payout_window_secs: 3_600,
            impact_decay_secs: 60,
            impact_cap_ppm: 10_000,
            impact_healthy_ppm: 600_000,
            discount_ppm: 20_000,
            discount_ramp_secs: 60,
            register_secs: 3_600,
            row,
            market_index: row - 1,
            version: 1,
            ..Zeroable::zeroed()
        };
        let address = pda::market(&group, row - 1);
        self.apply(raw(address, 1, &market));
        self.put_ledger(row, 0);
    }

    /// A market's address.
    pub fn market(&self, row: u16) -> Pubkey {
        pda::market(&self.view.group_key, row - 1)
    }

    /// Admits venues to a market and returns the addresses of their records, in order.
    pub fn put_venues(&mut self, row: u16, ordinals: &[u16], venue_count: u16) -> Vec<Pubkey> {
        let (group, market) = (self.view.group_key, self.market(row));
        self.change_market(row, |market| market.venue_count = venue_count);
        let mut addresses = Vec::new();
        for ordinal in ordinals {
            // Addresses in no particular order.
            let address = key(250 - *ordinal as u8 - 8 * row as u8);
            let record = VenueMarket {
                group,
                market,
                row,
                ordinal: *ordinal,
                sequence: 1,
                version: 1,
                ..Zeroable::zeroed()
            };
            self.apply(raw(address, self.slot, &record));
            addresses.push(address);
        }
        addresses
    }

    /// Changes what a market is configured with.
    pub fn change_market(&mut self, row: u16, change: impl FnOnce(&mut Market)) {
        let market = self.market(row);
        let known = &self.view.markets[&market];
        let mut changed = Market { sequence: known.sequence + 1, ..known.value };
        change(&mut changed);
        self.apply(raw(market, self.slot, &changed));
    }

    /// A ledger whose impact level was charged just now.
    pub fn put_ledger(&mut self, row: u16, impact_level_q40: u64) {
        let market = self.market(row);
        let sequence = self.view.ledgers.get(&market).map_or(1, |ledger| ledger.sequence + 1);
        let ledger = MarketLedger {
            group: self.view.group_key,
            market,
            sequence,
            impact_level_q40,
            impact_updated_ts: NOW,
            row,
            version: 1,
            ..Zeroable::zeroed()
        };
        self.apply(raw(pda::ledger(&market), self.slot, &ledger));
    }

    pub fn put_clock(&mut self, unix_timestamp: i64) {
        let words = [100, 0, 1, 1, unix_timestamp as u64];
        let data = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.poll(RawAccount { address: Clock::id(), owner: key(3), slot: self.slot, data });
    }

    /// Both oracle accounts of a row.
    pub fn put_oracles(&mut self, row: u16, dollars: f64, publish_ts: i64) {
        self.slot += 1;
        let stored = self.view.rows()[usize::from(row)];
        let mut data = vec![0; pyth::LEN];
        data[..8].copy_from_slice(&pyth::DISCRIMINATOR);
        data[40] = 1;
        data[41..73].copy_from_slice(&stored.feed_id);
        data[73..81].copy_from_slice(&((dollars * 1e8) as i64).to_le_bytes());
        data[89..93].copy_from_slice(&(-8i32).to_le_bytes());
        data[93..101].copy_from_slice(&publish_ts.to_le_bytes());
        self.poll(RawAccount { address: stored.primary_key, owner: PYTH_RECEIVER, slot: self.slot, data });
        let mut data = vec![0; switchboard::LEN];
        data[..8].copy_from_slice(&switchboard::DISCRIMINATOR);
        data[2_215] = 1;
        data[2_216..2_224].copy_from_slice(&publish_ts.to_le_bytes());
        data[2_264..2_280].copy_from_slice(&((dollars * 1e18) as i128).to_le_bytes());
        data[2_360] = 3;
        let (address, owner) = (stored.secondary_key, SWITCHBOARD_ON_DEMAND);
        self.poll(RawAccount { address, owner, slot: self.slot, data });
    }

    fn apply(&mut self, raw: RawAccount) {
        assert_eq!(self.view.apply_update(&raw), Applied::Changed, "{}", raw.address);
    }

    pub fn poll(&mut self, raw: RawAccount) {
        self.view.apply_poll(&Poll { at_millis: self.now_millis, accounts: vec![raw] });
    }
}
