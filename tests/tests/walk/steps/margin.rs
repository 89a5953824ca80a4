//! What owners do with their accounts.

use anchor_lang::prelude::Pubkey;
use firebreak_client::{
    instructions::{
        approve_venue as approve, close_account as close, deposit as pay_in, open_account as open,
        register_demand as register, settle_pnl as settle, view_account as view, withdraw as pay_out,
        Overlay,
    },
    pda,
};
use rand::Rng;

use super::Held;
use crate::{
    laws::worth::worth,
    walk::{Order, Walk},
};

pub fn open_account(walk: &mut Walk) -> Option<Order> {
    let owner = walk.pick(&walk.cast.owners.clone())?;
    let index = walk.rng.random_range(0..2);
    Some(open([&owner, &walk.cast.payer], &walk.group, index).into())
}

pub fn approve_venue(walk: &mut Walk) -> Option<Order> {
    let account = walk.account()?;
    let count = walk.view.group(&walk.group)?.venue_count;
    let venue = pda::venue(&walk.group, walk.rng.random_range(0..count));
    // Takes an approval back now and then; somebody who approves nobody trades no more.
    let is_approved = !walk.seldom(6);
    Some(approve(&account.keys(), &venue, is_approved).into())
}

/// Whoever has lost everything comes back with new money.
pub fn deposit(walk: &mut Walk) -> Option<Order> {
    let account = match walk.seldom(2) {
        true => walk.account()?,
        false => poorest(walk)?,
    };
    let is_keeper = walk.cast.keepers.contains(&account.state.owner);
    let mints = walk.mints();
    // Half of the accounts never get anything but quote, so that some lose everything without a conversion.
    let is_plain = account.key.to_bytes()[1].is_multiple_of(2);
    let (mint, row) = match is_plain || walk.rng.random_bool(0.5) {
        true => mints.iter().find(|(_, row)| *row == 0).copied()?,
        false => walk.pick(&mints)?,
    };
    let bits = if is_keeper {
        40
    } else if row == 0 {
        31
    } else {
        33
    };
    let atoms = walk.amount(bits);
    let by_owner = !walk.seldom(10);
    let depositor = if by_owner { account.state.owner } else { walk.pick(&walk.cast.owners.clone())? };
    let transfer = walk.cast.transfer(&depositor, &mint, atoms);
    Some(pay_in(&depositor, &account.keys(), &transfer).into())
}

/// The account that is worth least.
fn poorest(walk: &Walk) -> Option<Held> {
    let rows = walk.rows();
    let own = walk.view.margins().filter(|(_, account)| account.group == walk.group);
    let (key, _) = own.min_by_key(|(_, account)| worth(account, rows).equity)?;
    walk.held(key)
}

pub fn withdraw(walk: &mut Walk) -> Option<Order> {
    let account = walk.account()?;
    let held: Vec<(u16, i64)> = account.state.collaterals().iter().map(|c| (c.row, c.atoms)).collect();
    let (row, atoms) = walk.pick(&held)?;
    let mints = walk.mints();
    let (mint, _) = mints.iter().find(|(_, of)| *of == row)?;
    let atoms = u64::try_from(atoms).ok()?;
    let is_keeper = walk.cast.keepers.contains(&account.state.owner);
    let wanted = match walk.rng.random_range(0..10) {
        // Empties accounts, so that some are closed.
        0..3 if !is_keeper => atoms,
        3..9 => walk.rng.random_range(0..=atoms / 4),
        _ => atoms + walk.rng.random_range(0..1_000),
    };
    let mut transfer = walk.cast.transfer(&account.state.owner, mint, wanted);
    let is_astray = walk.seldom(30);
    if is_astray {
        // Into a vault: the bank's own, which is refused, or another one, which gains nothing by it.
        let vaults = walk.view.token_accounts().filter(|(_, tokens)| tokens.mint == mint.mint);
        let vaults = vaults.filter(|(_, tokens)| walk.view.group_of(&tokens.owner).is_some());
        let vaults: Vec<Pubkey> = vaults.map(|(key, _)| *key).collect();
        transfer.wallet = walk.pick(&vaults)?;
    }
    let overlay = walk.overlay(row, 4);
    let instruction = pay_out(&account.keys(), &transfer, &overlay);
    Some(Order { is_forged: is_astray, ..instruction.into() })
}

pub fn settle_pnl(walk: &mut Walk) -> Option<Order> {
    let account = walk.account()?;
    let rows: Vec<u16> = account.state.positions().iter().map(|position| position.row).collect();
    let markets = walk.markets_of(&walk.group);
    let key: Pubkey = match walk.pick(&rows) {
        Some(row) => markets.iter().find(|(_, market)| market.row == row)?.0,
        None => walk.pick(&markets)?.0,
    };
    let row = walk.view.market(&key)?.row;
    let overlay = walk.overlay(row, 4);
    Some(settle([&walk.group, &key], &account.key, &overlay).into())
}

pub fn register_demand(walk: &mut Walk) -> Option<Order> {
    let account = walk.account()?;
    Some(register(&account.state.group, &account.key).into())
}

pub fn view_account(walk: &mut Walk) -> Option<Order> {
    let account = walk.account()?;
    Some(view(&account.state.group, &account.key, 3_600, &Overlay::none()).into())
}

pub fn close_account(walk: &mut Walk) -> Option<Order> {
    let all = walk.accounts();
    let empty: Vec<Pubkey> = all
        .iter()
        .filter(|a| a.state.collateral_count == 0 && a.state.position_count == 0)
        .map(|a| a.key)
        .collect();
    let key = walk.pick(&empty);
    let account = match key {
        Some(key) => walk.held(&key)?,
        None => walk.account()?,
    };
    Some(close(&account.keys()).into())
}
