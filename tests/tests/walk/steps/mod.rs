//! One step per instruction of the program: how often it is picked, and how a call of it is made up. A step asks the
//! chain what there is, as a client would, and means to succeed more often than not.

mod admin;
mod committee;
mod cranks;
mod growth;
mod insurance;
mod liquidation;
mod margin;
mod trading;

use anchor_lang::prelude::Pubkey;
use firebreak::state::{MarginAccount, Market, Row};
use firebreak_client::instructions::{AccountKeys, MintKeys, OracleRow, Overlay};
use rand::Rng;

use crate::{
    laws::{worth::worth, Transition},
    walk::{Order, Walk},
};

/// How a call is made up; `None` when there is nothing to call it on.
type Build = fn(&mut Walk) -> Option<Order>;

/// A step.
pub struct Step {
    /// The instruction.
    pub name: &'static str,
    /// How often it is picked, relative to the others.
    pub weight: u32,
    /// Makes a call up.
    pub build: Build,
}

macro_rules! steps {
    ($($name:ident: $weight:literal, $module:ident;)+) => {
        /// All steps. What is missing in the sum to a thousand is time and prices.
        pub const STEPS: &[Step] = &[
            $(Step { name: stringify!($name), weight: $weight, build: $module::$name },)+
            Step { name: WEATHER, weight: 70, build: |_| None },
        ];
    };
}

/// Markets in which most is traded; cranks turn these after every step of time, and the others now and then.
pub const BUSY_MARKETS: u16 = 2;
/// Name of the step that is no instruction.
pub const WEATHER: &str = "time and prices";

steps! {
    create_group: 3, growth;
    create_shard: 15, growth;
    add_collateral: 5, growth;
    add_market: 6, growth;
    register_venue: 4, growth;
    add_venue_market: 5, growth;
    activate: 14, growth;
    update_group: 5, admin;
    update_collateral: 6, admin;
    update_market: 8, admin;
    update_oracle: 4, admin;
    sync_venue_market: 5, cranks;
    set_authorities: 5, admin;
    accept_admin: 5, admin;
    pause: 4, admin;
    resume: 6, admin;
    freeze_venue: 10, admin;
    refresh: 20, cranks;
    create_committee: 6, committee;
    update_committee: 6, committee;
    post_forecast: 30, committee;
    open_account: 12, margin;
    approve_venue: 14, margin;
    deposit: 60, margin;
    withdraw: 50, margin;
    settle_pnl: 70, margin;
    close_account: 8, margin;
    apply_fill: 330, trading;
    check_fill: 25, trading;
    fold: 20, cranks;
    post_premium: 15, trading;
    collect_venue_fees: 12, trading;
    collect_protocol_fees: 12, cranks;
    liquidate: 110, liquidation;
    liquidate_collateral: 40, liquidation;
    fund_insurance: 10, insurance;
    open_stake: 4, insurance;
    stake: 12, insurance;
    request_unstake: 12, insurance;
    cancel_unstake: 5, insurance;
    unstake: 14, insurance;
    close_stake: 5, insurance;
    resolve_bankruptcy: 40, liquidation;
    recover_breaker: 20, cranks;
    register_demand: 20, margin;
    view_account: 6, margin;
}

/// A margin account of the main group.
pub struct Held {
    /// Its address.
    pub key: Pubkey,
    /// What it holds.
    pub state: MarginAccount,
}

impl Held {
    /// As the client names it.
    pub fn keys(&self) -> AccountKeys {
        AccountKeys { group: self.state.group, owner: self.state.owner, margin_account: self.key }
    }
}

/// Directory of the main group, read from the chain.
impl Walk {
    /// True in one of `of` cases.
    pub fn seldom(&mut self, of: u32) -> bool {
        self.rng.random_ratio(1, of)
    }

    /// One element.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.rng.random_range(0..of.len())].clone())
    }

    /// An amount of a random size up to 2^bits.
    pub fn amount(&mut self, bits: u32) -> u64 {
        let bits = self.rng.random_range(0..=bits);
        self.rng.random_range(0..=1 << bits)
    }

    /// Rows of the main group.
    pub fn rows(&self) -> &[Row] {
        Transition::rows(&self.view, &self.group)
    }

    /// Markets of a group, in order.
    pub fn markets_of(&self, group: &Pubkey) -> Vec<(Pubkey, Market)> {
        let markets = self.view.markets().filter(|(_, market)| market.group == *group);
        let mut markets: Vec<_> = markets.map(|(key, market)| (*key, *market)).collect();
        markets.sort_by_key(|(_, market)| market.market_index);
        markets
    }

    /// A market of the main group.
    pub fn market(&mut self) -> Option<(Pubkey, Market)> {
        let markets = self.markets_of(&self.group);
        self.pick(&markets)
    }

    /// Collaterals of the main group with their rows.
    pub fn mints(&self) -> Vec<(MintKeys, u16)> {
        let banks = self.view.banks().filter(|(_, bank)| bank.group == self.group);
        let found = banks.filter_map(|(_, bank)| {
            let mint = self.cast.mints.iter().find(|mint| mint.mint == bank.mint)?;
            Some((*mint, bank.row))
        });
        found.collect()
    }

    /// All margin accounts of the main group.
    pub fn accounts(&self) -> Vec<Held> {
        let own = self.view.margins().filter(|(_, account)| account.group == self.group);
        own.map(|(key, account)| Held { key: *key, state: **account }).collect()
    }

    /// Any margin account of the main group.
    pub fn account(&mut self) -> Option<Held> {
        let own = self.view.margins().filter(|(_, account)| account.group == self.group);
        let keys: Vec<Pubkey> = own.map(|(key, _)| *key).collect();
        let key = self.pick(&keys)?;
        self.held(&key)
    }

    /// A margin account.
    pub fn held(&self, key: &Pubkey) -> Option<Held> {
        Some(Held { key: *key, state: **self.view.margin(key)? })
    }

    /// One that is below maintenance; without such a one mostly none, and sometimes one of the nearest to it or any.
    pub fn worst(&mut self) -> Option<Held> {
        if self.seldom(8) {
            return self.account();
        }
        let rows = self.rows();
        let open = self.view.margins().filter(|(_, a)| a.group == self.group && a.position_count > 0);
        let margin = |account: &MarginAccount| {
            let sums = worth(account, rows);
            // Relative to what is required; those that require nothing come last unless they owe.
            (sums.equity >> 40) * 1_000 / ((sums.maintenance >> 40) + 1)
        };
        let mut ranked: Vec<(i128, Pubkey)> = open.map(|(key, account)| (margin(account), *key)).collect();
        ranked.sort_unstable();
        let distressed: Vec<_> = ranked.iter().filter(|(per_mille, _)| *per_mille < 1_000).copied().collect();
        if distressed.is_empty() {
            ranked.truncate(if self.seldom(3) { 3 } else { 0 });
        } else {
            ranked = distressed;
        }
        let (_, key) = self.pick(&ranked)?;
        self.held(&key)
    }

    /// A keeper's account other than this one.
    pub fn keeper(&mut self, but: &Pubkey) -> Option<Held> {
        let is_keeper = |account: &Held| self.cast.keepers.contains(&account.state.owner);
        let fit: Vec<Pubkey> = self.accounts().iter().filter(|a| is_keeper(a)).map(|a| a.key).collect();
        let fit: Vec<Pubkey> = fit.into_iter().filter(|key| key != but).collect();
        let key = self.pick(&fit)?;
        self.held(&key)
    }

    /// A row with its oracles.
    pub fn oracle_row(&self, row: u16) -> OracleRow {
        OracleRow::from(&self.rows()[usize::from(row)])
    }

    /// Mostly nothing, sometimes the row with its oracles.
    pub fn overlay(&mut self, row: u16, of: u32) -> Overlay {
        if row == 0 || !self.seldom(of) {
            return Overlay::none();
        }
        Overlay::new(&[self.oracle_row(row)]).expect("one row")
    }
}
