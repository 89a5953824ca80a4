//! Nobody leaves with money that a loss may still need, and nobody leaves early.
//!
//! - INV-51: no profit of a market is paid while a certain loss of it is not assigned.
//! - INV-70: nobody leaves the insurance while a ledger counts a bankrupt position, or before the cooldown is over, or
//!   with more than the shares were worth when the exit was asked for (INV-69).
//! - An account in liquidation that holds base withdraws nothing, and with positions or debts nobody does in the grace.

use super::{ensure, exposure::is_grace, Breach, Transition};
use crate::view::State;

pub fn check(transition: &Transition) -> Result<(), Breach> {
    match transition.call.name {
        "settle_pnl" => paid(transition),
        "unstake" => left(transition),
        "withdraw" => withdrawn(transition),
        _ => Ok(()),
    }
}

fn paid(transition: &Transition) -> Result<(), Breach> {
    let call = transition.call;
    let cash = |view: &crate::view::View| view.margin(&call.slot("margin_account")).map(|a| a.atoms_of(0));
    let ledger = transition.before.ledger(&call.slot("ledger")).ok_or("no ledger")?;
    let is_paid = cash(transition.after) > cash(transition.before);
    ensure(!is_paid || ledger.shortfall_count == 0, || {
        format!("a profit was paid while {} losses were not assigned", ledger.shortfall_count)
    })
}

fn left(transition: &Transition) -> Result<(), Breach> {
    let (call, before) = (transition.call, transition.before);
    let group = before.group(&call.slot("group")).ok_or("no group")?;
    let stake = before.stake(&call.slot("stake")).ok_or("no stake")?;
    let waited = transition.clock.unix_timestamp - stake.exit_requested_ts;
    let is_over = stake.exit_shares > 0 && waited >= i64::from(group.unstake_cooldown_secs);
    ensure(is_over, || format!("an exit of {} shares after {waited} seconds", stake.exit_shares))?;
    let ledgers = before.ledgers().filter(|(_, ledger)| ledger.group == call.slot("group"));
    let open: u32 = ledgers.map(|(_, ledger)| ledger.bankrupt_count + ledger.shortfall_count).sum();
    ensure(open == 0, || format!("an exit while {open} bankrupt positions are counted"))?;
    let balances = [transition.before, transition.after]
        .map(|view| view.insurance(&call.slot("insurance")).map_or(0, |insurance| insurance.balance_atoms));
    let paid = balances[0].saturating_sub(balances[1]);
    ensure(paid <= stake.exit_atoms, || format!("an exit of {} atoms fetched {paid}", stake.exit_atoms))
}

fn withdrawn(transition: &Transition) -> Result<(), Breach> {
    let key = transition.call.slot("margin_account");
    let account = transition.before.margin(&key).ok_or("no account")?;
    let is_flat = account.positions().iter().all(|position| position.units == 0);
    ensure(is_flat || account.liquidation_started_ts == 0, || "a withdrawal in liquidation".to_owned())?;
    let owes = account.positions().iter().any(|position| position.units != 0 || position.quote_atoms < 0);
    let snapshot = transition.before.entry(&transition.call.slot("snapshot")).map(|entry| &entry.state);
    let Some(State::Snapshot(snapshot)) = snapshot else { return Err("no snapshot".to_owned()) };
    ensure(!owes || !is_grace(&snapshot.header, transition.clock), || {
        "a withdrawal with positions in the grace after a halt".to_owned()
    })
}
