//! Debts: what is beyond equity is resolved, what is covered by cash is settled.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    constants::QUOTE_ROW,
    engine::{Overlay, RowReader},
    state::{MarginAccount, Position},
};
use firebreak_risk::health::position_health;

use super::{Action, Context, Intent, Key};

impl Context<'_> {
    /// Resolutions of accounts without positions and collateral that owe more than they have.
    pub(super) fn resolutions(&self) -> Vec<Intent> {
        if self.inputs.view.quote.is_none() {
            return Vec::new();
        }
        let accounts = self.inputs.view.accounts.iter().filter(|(key, _)| self.is_in_shard(key));
        let bankrupt = accounts.filter_map(|(key, account)| {
            let row = bankrupt_row(&account.value)?;
            let market = self.market_of(row)?;
            self.admits(Key::ResolveBankruptcy(*key), account.sequence).then(|| Intent {
                versions: vec![account.sequence],
                action: Action::ResolveBankruptcy { account: *key, market },
            })
        });
        bankrupt.collect()
    }

    /// Settlements of losses that cash covers, the largest first.
    pub(super) fn settlements(&self) -> Vec<Intent> {
        let mut found: Vec<(i128, Intent)> = Vec::new();
        let accounts = self.inputs.view.accounts.iter().filter(|(key, _)| self.is_in_shard(key));
        for (key, account) in accounts {
            for position in account.value.positions() {
                found.extend(self.settlement((key, account.sequence), &account.value, position));
            }
        }
        // Stable: equal amounts stay in the order of addresses.
        found.sort_by_key(|(atoms, _)| core::cmp::Reverse(*atoms));
        found.into_iter().map(|(_, intent)| intent).collect()
    }

    /// True when this keeper settles and resolves the account. Addresses of margin accounts are hashes, so their
    /// first bytes divide them evenly.
    fn is_in_shard(&self, key: &Pubkey) -> bool {
        let first = key.as_ref().first_chunk().copied().map_or(0, u64::from_le_bytes);
        first.checked_rem(self.inputs.config.shard_count) == Some(self.inputs.config.shard_index)
    }

    fn settlement(
        &self,
        (key, version): (&Pubkey, u64),
        account: &MarginAccount,
        position: &Position,
    ) -> Option<(i128, Intent)> {
        let cash = account.atoms_of(QUOTE_ROW);
        if cash <= 0 || !self.admits(Key::SettlePnl(*key, position.row), version) {
            return None;
        }
        let market = self.market_of(position.row)?;
        let overlay = match position.units {
            0 => Vec::new(),
            _ => self.prices.overlay(position.row, &[]),
        };
        let no_overlay = Overlay::default();
        // The one row that is read is overlaid if it can be, so the newest prices are what the instruction sees.
        let reader = RowReader::new(self.prices.current(), &no_overlay, self.prices.now());
        let row = reader.market(position.row).ok()?;
        let prices = reader.prices(row);
        if position.units != 0 && !prices.is_fresh() {
            return None;
        }
        let terms = reader.market_terms(row, &prices).ok()?;
        // A position's contribution to equity is its profit or loss at the fair price.
        let loss = position_health(&terms, &position.state()).ok()?.equity.saturating_neg();
        let atoms = loss.min(i128::from(cash));
        if atoms < i128::from(self.inputs.config.settle_loss_min_atoms) {
            return None;
        }
        let action = Action::SettlePnl { account: *key, market, row: position.row, overlay };
        Some((atoms, Intent { versions: vec![version], action }))
    }
}

/// The market in which a flat account that owes more than its cash owes most; `None` for every other account.
fn bankrupt_row(account: &MarginAccount) -> Option<u16> {
    if !account.is_flat() || account.collaterals().iter().any(|c| c.row != QUOTE_ROW && c.atoms > 0) {
        return None;
    }
    // Profits in other markets count: only what is owed on the whole is anybody else's loss.
    let owed: i128 = account.positions().iter().map(|p| -i128::from(p.quote_atoms)).sum();
    if owed <= i128::from(account.atoms_of(QUOTE_ROW).max(0)) {
        return None;
    }
    let debts = account.positions().iter().filter(|p| p.quote_atoms < 0 && p.last_side().is_some());
    debts.min_by_key(|p| (p.quote_atoms, p.row)).map(|p| p.row)
}
