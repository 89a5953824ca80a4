//! What keepers do.

use anchor_lang::prelude::Pubkey;
use firebreak_client::instructions::{
    liquidate as take_over, liquidate_collateral as convert, resolve_bankruptcy as resolve, ConversionTarget,
    Target,
};
use rand::Rng;

use super::Held;
use crate::{
    laws::worth::book_q48,
    walk::{Order, Walk},
};

pub fn liquidate(walk: &mut Walk) -> Option<Order> {
    // Whoever was marked bankrupt and is not any more is seen solvent by a call that takes nothing.
    let marked = if walk.seldom(4) { marked(walk) } else { None };
    let liquidatee = match marked {
        Some(account) => account,
        None => walk.worst()?,
    };
    let liquidator = liquidator(walk, &liquidatee)?;
    let positions = liquidatee.state.positions();
    let is_marked = positions.iter().any(|position| position.shortfall_state > 0);
    let fit = positions.iter().filter(|position| !is_marked || position.shortfall_state > 0);
    let rows: Vec<u16> = fit.map(|position| position.row).collect();
    let markets = walk.markets_of(&walk.group);
    let (market, row) = match walk.pick(&rows) {
        Some(row) => {
            markets.iter().find(|(_, market)| market.row == row).map(|(key, market)| (*key, market.row))?
        }
        None => walk.pick(&markets).map(|(key, market)| (key, market.row))?,
    };
    let lots_max = if walk.rng.random_bool(0.6) { u64::MAX } else { walk.rng.random_range(0..2_000) };
    let overlay = walk.overlay(row, 3);
    let target = Target { market, liquidatee: liquidatee.key, lots_max };
    Some(take_over(&liquidator.keys(), &target, &overlay).into())
}

pub fn liquidate_collateral(walk: &mut Walk) -> Option<Order> {
    let liquidatee = if walk.seldom(3) { walk.account()? } else { in_debt(walk)? };
    let liquidator = liquidator(walk, &liquidatee)?;
    let held: Vec<u16> =
        liquidatee.state.collaterals().iter().map(|c| c.row).filter(|row| *row != 0).collect();
    let mints = walk.mints();
    let (mint, row) = match walk.pick(&held) {
        Some(row) => mints.iter().find(|(_, of)| *of == row).copied()?,
        None => walk.pick(&mints)?,
    };
    let atoms_max = if walk.rng.random_bool(0.6) { u64::MAX } else { walk.amount(34) };
    let overlay = walk.overlay(row, 3);
    let target = ConversionTarget { mint: mint.mint, liquidatee: liquidatee.key, atoms_max };
    Some(convert(&liquidator.keys(), &target, &overlay).into())
}

pub fn resolve_bankruptcy(walk: &mut Walk) -> Option<Order> {
    let account = match walk.seldom(8) {
        true => walk.worst()?,
        false => flat_debtor(walk)?,
    };
    let mut owing: Vec<u16> =
        account.state.positions().iter().filter(|p| p.quote_atoms < 0).map(|p| p.row).collect();
    owing.sort_unstable();
    if walk.seldom(12) {
        // Not all markets of the debts: refused.
        owing.pop();
    }
    let markets = walk.markets_of(&walk.group);
    let keys = owing.iter().filter_map(|row| markets.iter().find(|(_, market)| market.row == *row));
    let keys: Vec<Pubkey> = keys.map(|(key, _)| *key).collect();
    Some(resolve(&walk.group, &account.key, &keys, &walk.world.quote.clone()).into())
}

/// Mostly a keeper, sometimes anybody, even the account itself.
fn liquidator(walk: &mut Walk, liquidatee: &Held) -> Option<Held> {
    if walk.seldom(8) {
        return walk.account();
    }
    walk.keeper(&liquidatee.key)
}

/// An account that owes quote while it has something else, or any.
fn in_debt(walk: &mut Walk) -> Option<Held> {
    let rows = walk.rows();
    let owing = walk.view.margins().filter(|(_, account)| {
        let has_other = account.collaterals().iter().any(|collateral| collateral.row != 0);
        let is_own = account.group == walk.group;
        is_own && has_other && book_q48(account, rows) < 0
    });
    let owing: Vec<Pubkey> = owing.map(|(key, _)| *key).collect();
    match walk.pick(&owing) {
        Some(key) => walk.held(&key),
        None => walk.worst(),
    }
}

/// An account with a position that is counted as bankrupt.
fn marked(walk: &mut Walk) -> Option<Held> {
    let marked = walk.view.margins().filter(|(_, account)| {
        account.group == walk.group && account.positions().iter().any(|position| position.shortfall_state > 0)
    });
    let marked: Vec<Pubkey> = marked.map(|(key, _)| *key).collect();
    let key = walk.pick(&marked)?;
    walk.held(&key)
}

/// An account that holds no base and owes: one without other collateral that owes more than it has, or sometimes any.
fn flat_debtor(walk: &mut Walk) -> Option<Held> {
    let rows = walk.rows();
    let flat = walk.view.margins().filter(|(_, account)| {
        let is_debtor = account.positions().iter().any(|position| position.quote_atoms < 0);
        account.group == walk.group && account.is_flat() && is_debtor
    });
    let (bankrupt, others): (Vec<_>, Vec<_>) = flat.partition(|(_, account)| {
        let is_plain = account.collaterals().iter().all(|collateral| collateral.row == 0);
        is_plain && book_q48(account, rows) < 0
    });
    let keys = |found: Vec<(&Pubkey, _)>| -> Vec<Pubkey> { found.into_iter().map(|(key, _)| *key).collect() };
    let (bankrupt, others) = (keys(bankrupt), keys(others));
    let key = match bankrupt.is_empty() {
        false => walk.pick(&bankrupt)?,
        // Refused, or too early.
        true if walk.seldom(4) => walk.pick(&others)?,
        true => return None,
    };
    walk.held(&key)
}
