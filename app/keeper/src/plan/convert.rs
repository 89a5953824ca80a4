//! Conversions: which accounts owe quote and hold other collateral, and how much of it to buy.
//!
//! What is decided is what the instruction decides, by the program's own function, on the rows as the transaction will
//! see them.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    constants::QUOTE_ROW,
    engine::conversion::{decide_conversion, ConversionDecision, ConversionRequest},
    state::{CollateralBank, Group, MarginAccount, Row},
};
use firebreak_client::{health::levels, instructions::OracleRow};
use firebreak_risk::{conversion::Conversion, units::UnixTime};

use super::{liquidate::Budget, Action, Context, Intent, Key, Urgency};

/// A collateral of an account, on the rows that the transaction will see.
struct Lot<'a> {
    account: &'a MarginAccount,
    bank: CollateralBank,
    rows: Vec<Row>,
    overlay: Vec<OracleRow>,
}

/// What is bought, and the limit that is sent.
struct Purchase {
    conversion: Conversion,
    atoms_max: u64,
}

impl Context<'_> {
    /// Conversions, each with its urgency, in the order of addresses.
    pub(super) fn conversions(&self, budget: &mut Budget) -> Vec<(Urgency, Intent)> {
        let Some(group) = self.inputs.view.group.as_ref().map(|group| &group.value) else {
            return Vec::new();
        };
        let mut intents = Vec::new();
        for (key, account) in &self.inputs.view.accounts {
            let (version, account) = (account.sequence, account.value.as_ref());
            // Whoever owns the liquidator must not buy from himself, nor does the program let him.
            let is_own = account.owner == self.inputs.liquidator.owner;
            if is_own || !may_owe(account) || !self.admits(Key::ConvertCollateral(*key), version) {
                continue;
            }
            if let Some((urgency, action)) = self.conversion((key, account), group, budget) {
                intents.push((urgency, Intent { versions: vec![version], action }));
            }
        }
        intents
    }

    /// The first collateral that can be bought, the most valuable first; else what starts the account's clock.
    fn conversion(
        &self,
        (key, account): (&Pubkey, &MarginAccount),
        group: &Group,
        budget: &mut Budget,
    ) -> Option<(Urgency, Action)> {
        let mut to_start = None;
        for row in self.most_valuable_first(account) {
            let Some((bank_key, lot)) = self.lot(account, row, budget) else {
                continue;
            };
            let Some(decision) = self.decide(&lot, group, u64::MAX) else {
                continue;
            };
            let urgency = Urgency::of(decision.state);
            if let Some(purchase) = self.affordable(&lot, group, &decision, budget) {
                budget.charge_conversion(&bank_key, &purchase.conversion, row);
                return Some((urgency, action(key, lot, Some(&purchase), &decision)));
            }
            if decision.started_ts != 0 && !account.is_in_liquidation() {
                to_start.get_or_insert_with(|| (urgency, action(key, lot, None, &decision)));
            }
        }
        // The discount rises from the first detection, so the clock must run. Positions start it as well.
        to_start.filter(|_| account.is_flat())
    }

    fn decide(&self, lot: &Lot, group: &Group, atoms_max: u64) -> Option<Box<ConversionDecision>> {
        let reader = self.prices.reader(&lot.rows);
        let request = ConversionRequest {
            account: lot.account,
            bank: &lot.bank,
            levels: levels(self.snapshot),
            quote_debt_limit_atoms: group.quote_debt_limit_atoms,
            atoms_max,
        };
        decide_conversion(&request, &reader).ok()
    }

    /// What the keeper can buy: all that is wanted, or as much as its own account covers. `None`: nothing, or nothing at
    /// the discount that is wanted.
    fn affordable(
        &self,
        lot: &Lot,
        group: &Group,
        decision: &ConversionDecision,
        budget: &Budget,
    ) -> Option<Purchase> {
        if decision.discount.0 < self.inputs.config.min_discount_ppm {
            return None;
        }
        let reader = self.prices.reader(&lot.rows);
        let wanted = decision.conversion?;
        if budget.fits_conversion(&wanted, lot.bank.row, &reader) {
            // A little more than needed now, because the price may move until the transaction executes.
            let atoms_max =
                wanted.collateral_atoms.saturating_add(wanted.collateral_atoms / 8).saturating_add(1);
            return Some(Purchase { conversion: wanted, atoms_max });
        }
        let mut atoms_max = wanted.collateral_atoms;
        loop {
            atoms_max /= 2;
            if atoms_max == 0 {
                return None;
            }
            let conversion = self.decide(lot, group, atoms_max)?.conversion?;
            if budget.fits_conversion(&conversion, lot.bank.row, &reader) {
                return Some(Purchase { conversion, atoms_max });
            }
        }
    }

    /// Rows of an account's other collaterals, by value.
    fn most_valuable_first(&self, account: &MarginAccount) -> Vec<u16> {
        let held = account.collaterals().iter().filter(|held| held.row != QUOTE_ROW && held.atoms > 0);
        let valued = held.map(|held| {
            let value = u128::from(held.atoms.unsigned_abs()) * u128::from(self.prices.price_q32(held.row));
            (value, held.row)
        });
        let mut rows: Vec<(u128, u16)> = valued.collect();
        rows.sort_by_key(|(value, row)| (core::cmp::Reverse(*value), *row));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn lot<'a>(&self, account: &'a MarginAccount, row: u16, budget: &Budget) -> Option<(Pubkey, Lot<'a>)> {
        if !self.inputs.config.rows.contains(row) {
            return None;
        }
        let (key, bank) = self.inputs.view.bank_of_row(row)?;
        let bank = budget.bank(key, bank, UnixTime(self.prices.now()));
        let overlay = self.prices.overlay(row, &[account, budget.liquidator()]);
        let rows = self.prices.with_overlay(&overlay);
        Some((*key, Lot { account, bank, rows, overlay }))
    }
}

/// Spares everybody without other collateral, and without anything that could be a debt, the valuation.
fn may_owe(account: &MarginAccount) -> bool {
    let has_other = account.collaterals().iter().any(|held| held.row != QUOTE_ROW && held.atoms > 0);
    has_other && !account.owes_nothing()
}

fn action(
    liquidatee: &Pubkey,
    lot: Lot,
    purchase: Option<&Purchase>,
    decision: &ConversionDecision,
) -> Action {
    Action::ConvertCollateral {
        liquidatee: *liquidatee,
        mint: lot.bank.mint,
        atoms_max: purchase.map_or(0, |purchase| purchase.atoms_max),
        overlay: lot.overlay,
        quote_atoms: purchase.map_or(0, |purchase| purchase.conversion.quote_atoms),
        discount_ppm: decision.discount.0,
    }
}
