//! Cranks on the snapshot: refreshing rows, folding markets and recovering breakers.

use firebreak::{
    constants::{FOLD_SECS, FRESH_SECS},
    state::Row,
};
use firebreak_client::instructions::OracleRow;
use firebreak_risk::oracle::Verdict;

use super::{Action, Context, Intent, Key, Urgency};
use crate::snapshot::has_oracle;

impl Context<'_> {
    /// Refreshes of rows that are due, the oldest first, several rows to a transaction, each as urgent as its oldest row.
    pub(super) fn refreshes(&self) -> Vec<(Urgency, Intent)> {
        let mut due: Vec<&Row> = self.prices.stored().iter().filter(|row| self.is_due(row)).collect();
        due.sort_by_key(|row| (row.update_ts, row.index));
        let per_tx = self.inputs.config.refresh_rows_per_tx.max(1);
        let intents = due.chunks(per_tx).map(|rows| {
            // The rows are in that order.
            let oldest = rows.first().map_or(i64::MAX, |row| row.update_ts);
            let urgency = Urgency::of_age(self.prices.now().saturating_sub(oldest), FRESH_SECS);
            let versions = rows.iter().map(|row| version(row)).collect();
            let rows = rows.iter().map(|row| OracleRow::from(*row)).collect();
            (urgency, Intent { versions, action: Action::Refresh { rows } })
        });
        intents.collect()
    }

    fn is_due(&self, row: &Row) -> bool {
        let config = self.inputs.config;
        if !has_oracle(row) || !config.rows.contains(row.index) {
            return false;
        }
        if !self.admits(Key::Refresh(row.index), version(row)) {
            return false;
        }
        let Some(refreshed) = self.prices.refreshed(row.index) else {
            return false;
        };
        if !Verdict::from_u8(refreshed.verdict).has_price() {
            // The old price would stay as it is: only a new verdict is worth a fee.
            return refreshed.verdict != row.verdict;
        }
        let age = self.prices.now().saturating_sub(row.update_ts);
        let age = u64::try_from(age).unwrap_or(0);
        let is_newer = refreshed.primary_publish_ts > row.primary_publish_ts
            || refreshed.secondary_publish_ts > row.secondary_publish_ts
            || refreshed.third_publish_ts > row.third_publish_ts;
        age >= config.refresh_after_secs || (is_newer && age >= config.refresh_min_secs)
    }

    /// Folds of markets that are due, the oldest first. A market is folded whether or not anybody trades: without a recent
    /// fold nobody could open a position.
    pub(super) fn folds(&self) -> Vec<(Urgency, Intent)> {
        let mut due: Vec<&Row> = self.prices.stored().iter().filter(|row| self.is_fold_due(row)).collect();
        due.sort_by_key(|row| (row.fold_ts, row.index));
        let intents = due.into_iter().filter_map(|row| {
            let market = self.market_of(row.index)?;
            let venue_markets = self.inputs.view.venues_of(&market)?;
            let has_committee = self.inputs.view.markets.get(&market)?.value.has_committee();
            let urgency = Urgency::of_age(self.prices.now().saturating_sub(row.fold_ts), FOLD_SECS);
            let action = Action::Fold { market, row: row.index, venue_markets, has_committee };
            Some((urgency, Intent { versions: vec![row.fold_sequence], action }))
        });
        intents.collect()
    }

    fn is_fold_due(&self, row: &Row) -> bool {
        let age = self.prices.now().saturating_sub(row.fold_ts);
        row.is_market()
            && u64::try_from(age).unwrap_or(0) >= self.inputs.config.fold_after_secs
            && self.admits(Key::Fold(row.index), row.fold_sequence)
    }

    /// Recoveries of breakers that may go back to normal now.
    pub(super) fn recoveries(&self) -> Vec<Intent> {
        let rows = self.prices.stored().iter().filter(|row| row.is_market());
        let rows = rows.filter(|row| self.inputs.config.rows.contains(row.index));
        let rows = rows.filter(|row| self.may_recover(row));
        let rows = rows.filter(|row| self.admits(Key::RecoverBreaker(row.index), version(row)));
        let intents = rows.map(|row| Intent {
            versions: vec![version(row)],
            action: Action::RecoverBreaker { row: row.index },
        });
        intents.collect()
    }

    /// As the instruction decides: time alone has ended a stay.
    fn may_recover(&self, row: &Row) -> bool {
        // as-safety: the number of a fieldless enum with u8 representation.
        row.breaker_state_at(self.prices.now()) as u8 != row.breaker_state
    }
}

/// Changes with each refresh that found a price.
fn version(row: &Row) -> u64 {
    row.update_slot
}
