//! Debts: what is beyond equity is resolved, what is covered by cash is settled.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    constants::QUOTE_ROW,
    engine::settlement::measure_settlement,
    state::{MarginAccount, Position},
};

use super::{Action, Context, Intent, Key};

impl Context<'_> {
    /// Resolutions of accounts without positions and collateral that owe more than they have.
    pub(super) fn resolutions(&self) -> Vec<Intent> {
        if self.inputs.view.quote.is_none() {
            return Vec::new();
        }
        let accounts = self.inputs.view.accounts.iter().filter(|(key, _)| self.is_in_shard(key));
        let bankrupt = accounts.filter_map(|(key, account)| {
            let markets = self.debt_markets(&account.value)?;
            self.admits(Key::ResolveBankruptcy(*key), account.sequence).then(|| Intent {
                versions: vec![account.sequence],
                action: Action::ResolveBankruptcy { account: *key, markets },
            })
        });
        bankrupt.collect()
    }

    /// The markets, by ascending row, in which a flat account owes that has and is owed less than it owes; `None` for
    /// every other account.
    fn debt_markets(&self, account: &MarginAccount) -> Option<Vec<Pubkey>> {
        if !account.is_flat() || account.collaterals().iter().any(|c| c.row != QUOTE_ROW && c.atoms > 0) {
            return None;
        }
        let mut balance = i128::from(account.atoms_of(QUOTE_ROW).max(0));
        let mut rows = Vec::new();
        for position in account.positions() {
            // Profits in other markets count: only what is owed on the whole is anybody else's loss.
            let row = self.prices.current().get(usize::from(position.row))?;
            let claim = position.state().claim_floor(&row.haircut()).ok()?.0;
            balance += i128::from(position.quote_atoms) + i128::from(claim);
            if position.quote_atoms < 0 {
                rows.push(position.row);
            }
        }
        rows.sort_unstable();
        let markets = rows.into_iter().map(|row| self.market_of(row)).collect::<Option<Vec<_>>>()?;
        (balance < 0).then_some(markets)
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

    /// True when this keeper settles, resolves and registers the account. Addresses of margin accounts are hashes, so their
    /// first bytes divide them evenly.
    pub(super) fn is_in_shard(&self, key: &Pubkey) -> bool {
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
        // The one row that is read is overlaid if it can be, so the newest prices are what the instruction sees.
        let reader = self.prices.reader(self.prices.current());
        let measured = measure_settlement(position, account.is_in_liquidation(), &reader).ok()?;
        let atoms = i128::from(measured.settleable.loss_atoms).min(i128::from(cash));
        if atoms < i128::from(self.inputs.config.settle_loss_min_atoms) {
            return None;
        }
        let action = Action::SettlePnl { account: *key, market, row: position.row, overlay };
        Some((atoms, Intent { versions: vec![version], action }))
    }
}
