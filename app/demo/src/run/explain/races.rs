//! Several keepers racing: who won, who came too late and why.

use anyhow::{Context, Result};
use firebreak::instructions::LiquidationOutcome as Outcome;

use super::{keeper_name, Evidence};
use crate::report::explained::KeeperRow;

/// One row per keeper. What landed is counted from the transactions, the rest from the keepers' own counters.
pub(super) fn rows(evidence: &Evidence) -> Result<Vec<KeeperRow>> {
    let mut rows: Vec<KeeperRow> = Vec::new();
    for (number, work) in evidence.work.iter().enumerate() {
        rows.push(KeeperRow {
            name: keeper_name(number),
            sent: work.liquidations,
            refused: work.refused.values().sum(),
            unlanded: work.expired,
            ..KeeperRow::default()
        });
    }
    for done in evidence.done.iter().filter(|done| done.is_liquidation) {
        let number = evidence.keepers.iter().position(|owner| *owner == done.signer);
        let row = number.and_then(|number| rows.get_mut(number)).context("somebody else liquidated")?;
        if done.takes() {
            row.won += 1;
            row.taken_atoms += done.steps().map(|step| step.notional_atoms).sum::<u64>();
        } else if !done.events.is_empty() {
            // Something about the account was written: the clock started, stopped, or a mark was set.
            row.notices += 1;
        } else {
            let late = match done.liquidation_outcome()? {
                Outcome::NotLiquidatable | Outcome::Recovered => &mut row.late_safe,
                // What was liquidated meanwhile left this position as a hedge of the rest.
                Outcome::NoPosition | Outcome::Hedge => &mut row.late_gone,
                Outcome::BudgetExhausted | Outcome::Partial | Outcome::Completed => &mut row.late_budget,
            };
            *late += 1;
        }
    }
    // A transaction that landed after its keeper had given it up is counted where it landed.
    for (row, work) in rows.iter_mut().zip(evidence.work) {
        let landed = row.won + row.notices + row.late();
        row.unlanded = row.unlanded.saturating_sub(landed.saturating_sub(work.landed));
    }
    Ok(rows)
}
