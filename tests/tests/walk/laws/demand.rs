//! Demand curves count exactly what accounts say they added, and what they say is true when they say it.
//!
//! - In each shard and market, the bins, what is far and what is stale are the registrations of the shard's accounts.
//! - A position is registered with the units that it has, on the side that it is on.
//! - Whoever changes an account registers it where a move of all markets together, or of one alone, uses up what it has
//!   beyond maintenance; worked out here in floating point. Payments of fees alone leave registrations as they are.

use anchor_lang::prelude::Pubkey;
use firebreak::state::{MarginAccount, Market, Position, Row};

use super::{
    ensure,
    worth::{worth, worth_of_collateral},
    Breach, Transition,
};
use crate::view::{State, View};

const BIN: f64 = 0.03;

pub fn check(transition: &Transition) -> Result<(), Breach> {
    let groups: std::collections::BTreeSet<Pubkey> =
        transition.changes.iter().filter_map(|change| transition.after.group_of(&change.key)).collect();
    for group in groups {
        let rows = Transition::rows(transition.after, &group);
        for (_, market) in transition.after.markets().filter(|(_, market)| market.group == group) {
            counted(transition.after, market, &rows[usize::from(market.row)])?;
        }
    }
    placed(transition)
}

fn counted(view: &View, market: &Market, row: &Row) -> Result<(), Breach> {
    let shards = view.shards().filter(|(_, shard)| shard.header.group == market.group);
    for (_, shard) in shards {
        let index = shard.header.index;
        let accounts = view.margins().map(|(_, account)| account);
        let own = accounts.filter(|a| a.group == market.group && a.shard == index);
        let positions = own.filter_map(|account| account.position_of(row.index));
        firebreak_tests::demand::counted(&shard.rows[usize::from(market.market_index)], row, positions)
            .map_err(|breach| format!("shard {index} of row {}: {breach}", row.index))?;
    }
    Ok(())
}

fn placed(transition: &Transition) -> Result<(), Breach> {
    let name = transition.call.name;
    if ["collect_venue_fees", "collect_protocol_fees", "approve_venue"].contains(&name) {
        return Ok(());
    }
    for change in &transition.changes {
        let Some(State::Margin(account)) = change.after.map(|entry| &entry.state) else { continue };
        for position in account.positions().iter().filter(|position| position.units != 0) {
            let age = transition.clock.unix_timestamp - i64::from(position.registered_ts);
            ensure(age == 0, || format!("{name} left {} registered {age} s ago", change.key))?;
            placed_right(transition, account, position)
                .map_err(|breach| format!("{}: {breach}", change.key))?;
        }
    }
    Ok(())
}

fn placed_right(transition: &Transition, account: &MarginAccount, position: &Position) -> Result<(), Breach> {
    // A deposit reads no oracles; what others read is what they saw.
    let rows = transition.seen;
    let row = &rows[usize::from(position.row)];
    let sums = worth(account, rows);
    let notional =
        |position: &Position| position.units as f64 * rows[usize::from(position.row)].price_q32 as f64 * 1e6;
    let beta = |row: u16| f64::from(rows[usize::from(row)].beta_milli) / 1e3;
    let positions = account.positions().iter();
    let joint: f64 = positions.map(|position| notional(position) * beta(position.row)).sum();
    let collateral: f64 = worth_of_collateral(account, rows).map(|(row, value)| value * beta(row)).sum();
    // A move of the factor by one moves this market by its beta.
    let joint = (joint + collateral).abs() / beta(position.row);
    let exposure = joint.max(notional(position).abs());
    let excess = (sums.equity - sums.maintenance) as f64;
    let slack = sums.slack as f64 / exposure;
    let share = (excess / exposure).max(0.0);
    let price = (row.price_q32 as f64 / 2f64.powi(32)).ln() / BIN;
    let trigger = |share: f64| match position.units {
        1.. if share >= 1.0 => f64::NEG_INFINITY,
        1.. => price + (1.0 - share).ln() / BIN,
        _ => price + (1.0 + share).ln() / BIN,
    };
    let (near, away) = (trigger((share - slack).max(0.0)), trigger(share + slack));
    let (low, high) = (near.min(away), near.max(away));
    let bin = f64::from(position.registered_bin);
    let window = Transition::rows(transition.after, &account.group)[usize::from(position.row)].demand_anchor;
    let (first, last) = (f64::from(window) - 64.0, f64::from(window) + 63.0);
    if position.is_registered_far == 1 {
        // Bin and distance are rounded down: at most one bin too near, never too far.
        let is_far = low < first + 1.0 || high > last;
        return ensure(is_far, || format!("far, but triggered at bin {low} to {high} of {first} to {last}"));
    }
    let is_right = bin > low.max(first) - 2.0 && bin < high.min(last) + 2.0;
    ensure(is_right, || format!("in bin {bin}, but triggered at {low} to {high}"))
}
