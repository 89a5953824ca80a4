//! Nobody takes on risk while nobody may: in the grace after a halt, in a pause, through a frozen venue, in liquidation.
//! Nobody is liquidated in the grace, and nobody ends below maintenance by an opening of its own.
//!
//! The grace is worked out here from what the snapshot last saw and the clock: a halt is another restart of the network,
//! or more time than one second per slot and thirty explain, and it lasts 300 seconds.

use anchor_lang::prelude::{Clock, Pubkey};
use firebreak::state::{RiskSnapshot, Row};

use super::{ensure, worth::worth, Breach, Transition};
use crate::view::{Change, State};

const GRACE_SECS: i64 = 300;
const SLACK_SECS: i64 = 30;

pub fn check(transition: &Transition) -> Result<(), Breach> {
    match transition.call.name {
        "apply_fill" => openings(transition),
        "liquidate" | "liquidate_collateral" => {
            let header = header(transition)?;
            ensure(transition.changes.is_empty() || !is_grace(header, transition.clock), || {
                "somebody was liquidated in the grace after a halt".to_owned()
            })
        }
        _ => Ok(()),
    }
}

fn header<'a>(transition: &Transition<'a>) -> Result<&'a RiskSnapshot, Breach> {
    let snapshot = transition.before.snapshot(&transition.call.slot("snapshot"));
    snapshot.map(|snapshot| &snapshot.header).ok_or_else(|| "no snapshot".to_owned())
}

/// True in the grace, also when no transaction has recorded the halt yet. Restarts are not played here.
pub fn is_grace(header: &RiskSnapshot, clock: &Clock) -> bool {
    let now = clock.unix_timestamp.max(header.updated_ts);
    let is_seen = clock.slot >= header.updated_slot && header.updated_slot > 0;
    let slots = i64::try_from(clock.slot.saturating_sub(header.updated_slot)).unwrap_or(i64::MAX);
    let is_halt = is_seen && now - header.updated_ts > slots.saturating_add(SLACK_SECS);
    now < if is_halt { now + GRACE_SECS } else { header.grace_until_ts }
}

fn openings(transition: &Transition) -> Result<(), Breach> {
    let call = transition.call;
    let venue_market = transition.before.venue_market(&call.slot("venue_market")).ok_or("no venue market")?;
    let venue = transition.before.venue(&call.slot("venue")).ok_or("no venue")?;
    let row = transition.seen.get(usize::from(venue_market.row)).ok_or("no row")?;
    let (header, now) = (header(transition)?, transition.clock.unix_timestamp);
    let is_paused = now < header.paused_until_ts || now < i64::from(row.paused_until_ts);
    let reasons = [
        ("in a pause", is_paused),
        ("in the grace after a halt", is_grace(header, transition.clock)),
        ("through a frozen venue", venue.is_frozen != 0),
        ("with a tripped breaker", is_restricted(row)),
        ("on an old fold", row.fold_ts == 0 || now - row.fold_ts > 10),
        ("on an old price", now - row.update_ts > 5),
    ];
    for (key, before, after) in parties(transition, venue_market.row) {
        let is_opening = after.unsigned_abs() > before.unsigned_abs() || before.signum() * after.signum() < 0;
        if !is_opening {
            continue;
        }
        let reason = reasons.iter().find(|(_, holds)| *holds);
        ensure(reason.is_none(), || format!("{key} opened risk {}", reason.map_or("", |(name, _)| name)))?;
        let account = transition.after.margin(&key).ok_or("a party is gone")?;
        ensure(account.liquidation_started_ts == 0, || format!("{key} opened risk in liquidation"))?;
        ensure(worth(account, transition.seen).is_healthy(), || format!("{key} opened below maintenance"))?;
    }
    Ok(())
}

/// Reduce-only or halted, for sure: a stay may have ended by itself, but not before its shortest.
fn is_restricted(row: &Row) -> bool {
    let is_young =
        row.breaker_stay_secs < u32::from(row.breaker.reduce_min_secs.min(row.breaker.halt_min_secs));
    [2, 3].contains(&row.breaker_state) && is_young
}

/// Units of each party in a market, before and after.
fn parties(transition: &Transition, row: u16) -> Vec<(Pubkey, i64, i64)> {
    let units = |state: Option<&State>| match state {
        Some(State::Margin(account)) => Some(account.position_of(row).map_or(0, |position| position.units)),
        _ => None,
    };
    let moved = |change: &Change| {
        let [before, after] =
            [change.before, change.after].map(|entry| units(entry.map(|entry| &entry.state)));
        Some((change.key, before?, after?))
    };
    transition.changes.iter().filter_map(moved).collect()
}
