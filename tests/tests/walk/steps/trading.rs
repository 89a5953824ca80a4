//! What venues do: fills, premiums, fees.

use anchor_lang::prelude::Pubkey;
use firebreak::state::{Market, VenueMarket};
use firebreak_client::instructions::{
    apply_fill as apply, check_fill as ask, collect_venue_fees as collect, post_premium as post, Fill,
    FillPlace, MakerLeg,
};
use rand::Rng;

use super::{Held, BUSY_MARKETS};
use crate::{
    laws::worth::worth,
    walk::{Order, Walk},
};

const MILLION: i128 = 1_000_000;

pub fn apply_fill(walk: &mut Walk) -> Option<Order> {
    let (place, fill) = fill(walk)?;
    let order = apply(&place, &fill).ok()?;
    // Now and then somebody asks first, in the same moment.
    if walk.seldom(4) {
        let check = ask(&place, &fill).ok()?;
        walk.queue.push_back(order.into());
        return Some(check.into());
    }
    Some(order.into())
}

pub fn check_fill(walk: &mut Walk) -> Option<Order> {
    let (place, fill) = fill(walk)?;
    Some(ask(&place, &fill).ok()?.into())
}

pub fn post_premium(walk: &mut Walk) -> Option<Order> {
    let (place, record) = place(walk)?;
    let price = walk.rows()[usize::from(record.row)].price_q32;
    let permille = walk.rng.random_range(0..=30) + 985;
    Some(post(&place, price / 1_000 * permille).into())
}

pub fn collect_venue_fees(walk: &mut Walk) -> Option<Order> {
    let (place, _) = place(walk)?;
    let account = walk.account()?;
    Some(collect(&place, &account.key).into())
}

/// A venue in a market.
fn place(walk: &mut Walk) -> Option<(FillPlace, VenueMarket)> {
    let records = walk.view.venue_markets().filter(|(_, record)| record.group == walk.group);
    let records: Vec<VenueMarket> = records.map(|(_, record)| *record).collect();
    // Most is traded in the first markets, through the first venue.
    let is_busy = |record: &&VenueMarket| record.ordinal == 0 && record.market_index < BUSY_MARKETS;
    let busy: Vec<VenueMarket> = records.iter().filter(is_busy).copied().collect();
    let record = if walk.rng.random_bool(0.6) { walk.pick(&busy)? } else { walk.pick(&records)? };
    let authority = walk.view.venue(&record.venue)?.authority;
    let place = FillPlace { group: record.group, venue: record.venue, market: record.market, authority };
    Some((place, record))
}

fn fill(walk: &mut Walk) -> Option<(FillPlace, Fill)> {
    let (place, record) = place(walk)?;
    let market = *walk.view.market(&place.market)?;
    let legs = if walk.rng.random_bool(0.7) { 1 } else { walk.rng.random_range(2..=4) };
    let venue = walk.view.venue(&place.venue)?.index;
    let accounts = approving(walk, venue);
    let (taker, makers, is_buyer) = parties(walk, &market, &accounts, legs)?;
    let price = price(walk, &market);
    let lots = lots(walk, &market, &taker, &makers, is_buyer) / u64::try_from(makers.len()).ok()?;
    let lots = if walk.seldom(60) { 0 } else { lots.max(1) };
    let notional = i128::from(price) * i128::from(lots);
    let ppm = |walk: &mut Walk, most: i128| {
        let share = i128::from(walk.rng.random_range(0..=900u32)) * most / 900;
        i64::try_from(notional * share / MILLION).unwrap_or(0)
    };
    let taker_fee = ppm(walk, 900) * i64::try_from(makers.len()).ok()?;
    let is_rebate = walk.rng.random_bool(0.3);
    let maker_fee = if is_rebate { -taker_fee / 8 } else { ppm(walk, 600) };
    let maker_fee = if walk.seldom(50) { -taker_fee - 1 } else { maker_fee };
    let makers = makers.iter().map(|maker| MakerLeg {
        margin_account: maker.key,
        lots,
        price_atoms: price,
        fee_atoms: maker_fee,
    });
    let fill = Fill {
        taker: taker.key,
        is_buyer,
        taker_fee_atoms: u64::try_from(taker_fee).ok()?,
        makers: makers.collect(),
        overlay: walk.overlay(record.row, 5),
    };
    Some((place, fill))
}

/// Accounts that approve a venue, or all of them: then some fills are refused for it.
fn approving(walk: &mut Walk, venue_index: u16) -> Vec<Pubkey> {
    let is_any = walk.seldom(15);
    let accounts = walk.view.margins().filter(|(_, account)| account.group == walk.group);
    accounts.filter(|(_, account)| is_any || account.approves(venue_index)).map(|(key, _)| *key).collect()
}

/// Taker, makers and direction. Half of the fills close: a long sells to somebody who is short.
fn parties(
    walk: &mut Walk,
    market: &Market,
    accounts: &[Pubkey],
    legs: usize,
) -> Option<(Held, Vec<Held>, bool)> {
    let units = |walk: &Walk, key: &Pubkey| {
        let account = walk.view.margin(key);
        account.and_then(|account| account.position_of(market.row)).map_or(0, |position| position.units)
    };
    if legs == 1 && walk.rng.random_bool(0.45) {
        let of_side = |walk: &Walk, sign: i64| -> Vec<Pubkey> {
            accounts.iter().filter(|key| units(walk, key).signum() == sign).copied().collect()
        };
        let (longs, shorts) = (of_side(walk, 1), of_side(walk, -1));
        if let (Some(long), Some(short)) = (walk.pick(&longs), walk.pick(&shorts)) {
            let (long, short) = (walk.held(&long)?, walk.held(&short)?);
            return Some(match walk.rng.random_bool(0.5) {
                true => (long, vec![short], false),
                false => (short, vec![long], true),
            });
        }
    }
    // Who is in liquidation opens nothing, and is asked for it now and then.
    let is_any = walk.seldom(15);
    let in_liquidation = |key: &Pubkey| walk.view.margin(key).is_some_and(|a| a.is_in_liquidation());
    let accounts: Vec<Pubkey> =
        accounts.iter().filter(|key| is_any || !in_liquidation(key)).copied().collect();
    let taker = walk.pick(&accounts)?;
    let mut makers = Vec::new();
    for _ in 0..legs {
        makers.push(walk.pick(&accounts)?);
    }
    if !walk.seldom(20) {
        // The same account twice is a self-trade.
        makers.sort();
        makers.dedup();
        makers.retain(|maker| *maker != taker);
    }
    let makers: Option<Vec<Held>> = makers.iter().map(|maker| walk.held(maker)).collect();
    let makers = makers.filter(|makers| !makers.is_empty())?;
    Some((walk.held(&taker)?, makers, walk.rng.random_bool(0.5)))
}

/// Quote atoms per lot, mostly within the band around the risk price.
fn price(walk: &mut Walk, market: &Market) -> u64 {
    let risk = walk.rows()[usize::from(market.row)].price_q32 >> 32;
    let permille = if walk.seldom(40) { 900 } else { walk.rng.random_range(990..=1_010) };
    (risk * permille / 1_000).max(1)
}

/// What the taker can margin or has to close, give or take.
fn lots(walk: &mut Walk, market: &Market, taker: &Held, makers: &[Held], is_buyer: bool) -> u64 {
    let rows = walk.rows();
    let row = &rows[usize::from(market.row)];
    let size = |account: &Held| {
        account.state.position_of(market.row).map_or(0, |position| position.units.unsigned_abs() >> 16)
    };
    let held = taker.state.position_of(market.row).map_or(0, |position| position.units);
    if held != 0 && (held > 0) != is_buyer {
        let most = makers.iter().map(size).fold(size(taker), u64::min).max(1);
        return if walk.rng.random_bool(0.4) { most } else { walk.rng.random_range(1..=most) };
    }
    let free = |account: &Held| {
        let sums = worth(&account.state, rows);
        ((sums.equity - sums.maintenance).max(0) >> 48) / MILLION
    };
    let least = makers.iter().map(free).fold(free(taker), i128::min);
    let per_lot = i128::from(row.price_q32 >> 32) * i128::from(row.initial_ppm) / MILLION + 1;
    let most = u64::try_from(least / per_lot).unwrap_or(0).clamp(1, 1 << 20);
    // Half of them use nearly all there is, so that a crash leaves debts.
    let least = if walk.rng.random_bool(0.5) { most * 3 / 4 } else { 1 };
    walk.rng.random_range(least.max(1)..=most + most / 8 + 1)
}
