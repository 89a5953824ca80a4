//! Bad debt, line by line: who owed, since when, and who paid.

use super::{super::events::Event, Evidence};
use crate::report::explained::DebtRow;

/// One row per resolution, in the order in which they were seen. A debt that was covered in parts has several.
pub(super) fn rows(evidence: &Evidence) -> Vec<DebtRow> {
    let taken = evidence.taken();
    let resolved = evidence.done.iter().flat_map(|done| {
        let events = done.events.iter().filter_map(|event| match event {
            Event::Resolved(resolved) => Some(resolved),
            _ => None,
        });
        events.map(|resolved| (done.offset_secs, resolved))
    });
    let rows = resolved.map(|(resolved_secs, resolved)| {
        let before = taken.get(&resolved.margin_account);
        let left: u64 = resolved.debts.iter().map(|debt| debt.left_atoms).sum();
        let mut row = DebtRow {
            account: evidence.name(&resolved.margin_account),
            first_secs: before.and_then(|taken| taken.first).map(|(first_secs, _)| first_secs),
            resolved_secs,
            taken_atoms: before.map_or(0, |taken| taken.notional_atoms),
            debt_atoms: 0,
            own_cash_atoms: resolved.own_cash_atoms,
            insurance_atoms: resolved.insurance_payout_atoms,
            haircut_atoms: resolved.haircut_atoms,
            socialized_atoms: resolved.socialized_loss_atoms,
            fees_atoms: resolved.uncollectable_atoms,
        };
        row.debt_atoms = row.own_cash_atoms + row.bad_debt_atoms() + left;
        row
    });
    rows.collect()
}
