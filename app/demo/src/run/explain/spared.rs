//! Who was liquidated that the undisturbed path would have spared: [`crate::spared`] asked about every liquidated account.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result};

use super::{super::events::Event, Evidence, Taken};
use crate::{
    report::explained::{Spared, SparedRow},
    spared::Liquidated,
};

/// Asks about everybody.
pub(super) fn find(evidence: &Evidence) -> Result<Spared> {
    let all: BTreeMap<Pubkey, Taken> = evidence.taken();
    let mut found = Spared {
        strength: evidence.strength.to_string(),
        liquidated: u64::try_from(all.len())?,
        liquidated_atoms: all.values().map(|taken| taken.notional_atoms).sum(),
        ..Spared::default()
    };
    for (key, taken) in &all {
        let name = evidence.name(key);
        let asked = ask(evidence, key, taken).with_context(|| format!("following {name}"))?;
        found.inexact += u64::from(asked.is_inexact);
        found.hastened += u64::from(asked.early_secs > 0);
        found.hastened_secs_max = found.hastened_secs_max.max(asked.early_secs);
        found.rows.extend(asked.spared.map(|row| SparedRow { account: name, ..row }));
    }
    found.rows.sort_by_key(|row| row.first_secs);
    Ok(found)
}

/// What was found out about one account.
struct Answer {
    /// Its row if it is spared.
    spared: Option<SparedRow>,
    /// True: it was frozen in another state than it had.
    is_inexact: bool,
    /// How much earlier than by the undisturbed path it was liquidated; zero: not earlier, or spared.
    early_secs: i64,
}

fn ask(evidence: &Evidence, key: &Pubkey, taken: &Taken) -> Result<Answer> {
    let (first_secs, step_sequence) = taken.first.context("nothing was taken")?;
    let history = evidence.seen.histories.get(key).context("the account was never seen")?;
    let notices: Vec<u64> = taken.notices.iter().copied().collect();
    let liquidated = Liquidated { history, step_sequence, notices: &notices };
    let without = evidence.seen.record.follow(&liquidated)?;
    let is_inexact = without.unseen_changes > 0;
    tracing::debug!(account = evidence.name(key), first_secs, ?without, "followed over the undisturbed path");
    if let Some(lost_tick) = without.lost_tick {
        let lost = evidence.seen.record.path.iter().find(|point| point.tick == lost_tick);
        let lost_secs = lost.map_or(first_secs, |point| point.chain_ts - evidence.start_ts);
        return Ok(Answer { spared: None, is_inexact, early_secs: (lost_secs - first_secs).max(0) });
    }
    let (accounts, snapshot) = evidence.end;
    let account = accounts.get(key).context("the account is gone")?;
    let worth = evidence.seen.record.worth_at_end(account, snapshot)?;
    let brought = i128::from(deposits_after(evidence, key, step_sequence));
    let row = SparedRow {
        account: String::new(),
        first_secs,
        taken_atoms: taken.notional_atoms,
        discount_atoms: taken.discount_atoms,
        nearest_ppm: without.nearest_ppm,
        worse_off_atoms: without.end_equity_atoms - (worth - brought),
    };
    Ok(Answer { spared: Some(row), is_inexact, early_secs: 0 })
}

/// Quote that its owner brought after the first step: no part of what the liquidation left.
fn deposits_after(evidence: &Evidence, key: &Pubkey, sequence: u64) -> u64 {
    let events = evidence.done.iter().flat_map(|done| &done.events);
    let deposits = events.filter_map(|event| match event {
        Event::Deposited(paid) if paid.margin_account == *key && paid.sequence > sequence => Some(paid.atoms),
        _ => None,
    });
    deposits.sum()
}
