//! What anybody may do to keep the group going.

use anchor_lang::prelude::Pubkey;
use firebreak::state::Market;
use firebreak_client::instructions::{
    collect_protocol_fees as collect, fold as add_up, recover_breaker as recover, refresh as read,
    sync_venue_market as sync, OracleRow,
};
use rand::Rng;

use super::BUSY_MARKETS;
use crate::walk::{Order, Walk};

/// Rows that one transaction refreshes, also when some of them have three sources.
const ROWS: usize = 6;

pub fn refresh(walk: &mut Walk) -> Option<Order> {
    let mut rows = oracle_rows(walk);
    while rows.len() > walk.rng.random_range(1..=ROWS) {
        let spare = walk.rng.random_range(0..rows.len());
        rows.remove(spare);
    }
    if walk.seldom(20) {
        // The same row twice is refused.
        rows.push(rows[0]);
    }
    Some(read(&walk.group, &rows).into())
}

pub fn fold(walk: &mut Walk) -> Option<Order> {
    let (key, market) = walk.market()?;
    Some(folded(walk, &key, &market))
}

fn folded(walk: &mut Walk, key: &Pubkey, market: &Market) -> Order {
    let records = walk.view.venue_markets().filter(|(_, record)| record.market == *key);
    let mut records: Vec<(u16, Pubkey)> = records.map(|(key, record)| (record.ordinal, *key)).collect();
    records.sort_unstable();
    let mut venues: Vec<Pubkey> = records.into_iter().map(|(_, key)| key).collect();
    if walk.seldom(40) {
        // Not all venues of the market: refused.
        venues.pop();
    }
    // One that leaves the committee out: refused.
    let has_committee = market.has_committee() && !walk.seldom(40);
    add_up([&market.group, key], &venues, has_committee).into()
}

pub fn recover_breaker(walk: &mut Walk) -> Option<Order> {
    let rows = walk.rows();
    let tripped: Vec<u16> = rows.iter().filter(|row| row.breaker_state != 0).map(|row| row.index).collect();
    let row = match walk.pick(&tripped) {
        Some(row) => row,
        // Nothing is tripped: refused.
        None if walk.seldom(6) => walk.market()?.1.row,
        None => return None,
    };
    Some(recover(&walk.group, row).into())
}

/// Copies that are out of date first; one that is up to date is copied to no effect.
pub fn sync_venue_market(walk: &mut Walk) -> Option<Order> {
    let share = walk.view.group(&walk.group)?.protocol_fee_share_ppm;
    let records = walk.view.venue_markets().filter(|(_, record)| record.group == walk.group);
    let (old, current): (Vec<_>, Vec<_>) = records.map(|(_, record)| *record).partition(|record| {
        let market = walk.view.market(&record.market);
        let is_bound_old = market.is_some_and(|market| market.fee_max_ppm != record.fee_max_ppm);
        is_bound_old || record.protocol_fee_share_ppm != share
    });
    let record = match walk.pick(&old) {
        Some(record) => record,
        // Nothing is out of date: somebody copies to no effect, or the bound is changed first.
        None if walk.seldom(2) => walk.pick(&current)?,
        None => return super::admin::fee_bound(walk),
    };
    Some(sync(&walk.group, &record.venue, &record.market).into())
}

pub fn collect_protocol_fees(walk: &mut Walk) -> Option<Order> {
    let (market, _) = walk.market()?;
    let admin = walk.view.group(&walk.group)?.admin;
    let own: Vec<Pubkey> = walk.accounts().iter().filter(|a| a.state.owner == admin).map(|a| a.key).collect();
    let account = match walk.pick(&own) {
        Some(key) if !walk.seldom(8) => key,
        // Somebody else's account: refused.
        _ => walk.account()?.key,
    };
    Some(collect([&walk.group, &market], &account, &walk.world.quote.clone()).into())
}

/// All rows of the main group that have oracles.
fn oracle_rows(walk: &Walk) -> Vec<OracleRow> {
    walk.rows().iter().filter(|row| !row.is_quote()).map(OracleRow::from).collect()
}

impl Walk {
    /// After time has passed, somebody mostly reads all prices and folds all markets.
    pub fn step_cranks(&mut self) {
        if self.seldom(6) {
            return;
        }
        for (number, rows) in oracle_rows(self).chunks(ROWS).enumerate() {
            if number == 0 || self.seldom(3) {
                self.queue.push_back(read(&self.group, rows).into());
            }
        }
        for (key, market) in self.markets_of(&self.group.clone()) {
            let is_busy = market.market_index < BUSY_MARKETS;
            if is_busy && !self.seldom(10) || !is_busy && self.seldom(3) {
                let order = folded(self, &key, &market);
                self.queue.push_back(order);
            }
        }
    }
}
