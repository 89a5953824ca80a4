//! Health of a margin account over the rows it touches.

use anchor_lang::prelude::*;
use firebreak_risk::{
    health::{side_health, Health, Scope, SideTerms},
    oracle::{Action, Permit},
    units::Side,
};

use super::rows::{margin_rates, side_index, RowReader};
use crate::{
    constants::{POSITIONS_MAX, QUOTE_ROW},
    error::{FirebreakError, OrFail},
    state::{MarginAccount, Position},
};

/// Sums over an account, with what the rows behind them allow.
#[derive(Clone, Copy, Debug)]
pub struct AccountHealth {
    /// The sums.
    pub health: Health,
    /// A row that is too old to support new risk, withdrawals or liquidation; `None`: all are usable.
    pub stale_row: Option<u16>,
    /// True when every row's verdict and breaker allow a withdrawal.
    pub allows_withdrawal: bool,
    /// Notional of each position at its present price, in quote atoms, in the order of the account's positions; one that
    /// the account does not have yet comes after them.
    pub notionals: [u64; POSITIONS_MAX],
}

/// Health of an account as stored: all sums.
///
/// # Errors
/// `NoSuchRow` for a row the snapshot does not have, `MathOverflow` when a value leaves its range.
pub fn account_health(account: &MarginAccount, rows: &RowReader) -> Result<AccountHealth> {
    walk(account, rows, None, Scope::Full)
}

/// Health of an account as stored, only what decides about a liquidation.
///
/// # Errors
/// As [`account_health`].
pub fn maintenance_health(account: &MarginAccount, rows: &RowReader) -> Result<AccountHealth> {
    walk(account, rows, None, Scope::Maintenance)
}

/// Health of an account as it would be with `replacement` in the place of its position in the same market.
///
/// # Errors
/// As [`account_health`].
pub fn health_with(
    account: &MarginAccount,
    rows: &RowReader,
    replacement: &Position,
) -> Result<AccountHealth> {
    walk(account, rows, Some(replacement), Scope::Full)
}

/// For return data and events only: what does not fit is shown as the largest number.
pub fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// What an account has besides quote, as maintenance counts it, in quote atoms: its equity less this is what cash and
/// positions are worth together.
///
/// # Errors
/// As [`account_health`].
pub fn collateral_equity(account: &MarginAccount, rows: &RowReader) -> Result<i128> {
    let mut sums = AccountHealth::new();
    for collateral in account.collaterals().iter().filter(|collateral| collateral.row != QUOTE_ROW) {
        sums.add_collateral(rows, collateral.row, collateral.atoms)?;
    }
    Ok(sums.health.equity)
}

/// Quote that an account has (positive) or owes for certain, whatever prices do next, in atoms: its cash, what is left
/// of closed positions, realised profits, and what open ones earned or owe since they were last touched (funding,
/// charged losses).
///
/// The quote of an open position is not in it: that is mostly what the base cost, and whether the two together are a
/// loss depends on the price.
///
/// # Errors
/// As [`account_health`].
pub fn settled_quote(account: &MarginAccount, rows: &RowReader) -> Result<i128> {
    let mut settled = i128::from(account.atoms_of(QUOTE_ROW));
    for position in account.positions() {
        let row = rows.market(position.row)?;
        let state = position.state();
        let certain = match state.units.side() {
            Some(side) => {
                let index = side_index(&row.sides[side.index()]);
                index.pending(state.units, state.checkpoint).or_fail()?.0
            }
            // A position without base is worth its quote at every price.
            None => state.quote,
        };
        let claim = state.claim_floor(&row.haircut()).or_fail()?;
        // At most 33 terms of 63 bits.
        settled += i128::from(certain.0) + i128::from(claim.0);
    }
    Ok(settled)
}

fn walk(
    account: &MarginAccount,
    rows: &RowReader,
    replacement: Option<&Position>,
    scope: Scope,
) -> Result<AccountHealth> {
    let mut sums = AccountHealth::new();
    for collateral in account.collaterals() {
        sums.add_collateral(rows, collateral.row, collateral.atoms)?;
    }
    let mut replacement = replacement;
    let replaced_row = replacement.map(|position| position.row);
    for (slot, stored) in account.positions().iter().enumerate() {
        let is_replaced = Some(stored.row) == replaced_row;
        let position = if is_replaced { replacement.take().unwrap_or(stored) } else { stored };
        sums.add_position(rows, position, slot, scope)?;
    }
    if let Some(position) = replacement {
        sums.add_position(rows, position, account.positions().len(), scope)?;
    }
    Ok(sums)
}

impl AccountHealth {
    fn new() -> Self {
        Self {
            health: Health::default(),
            stale_row: None,
            allows_withdrawal: true,
            notionals: [0; POSITIONS_MAX],
        }
    }

    fn add_collateral(&mut self, rows: &RowReader, index: u16, atoms: i64) -> Result<()> {
        let row = rows.row(index)?;
        if row.is_quote() {
            self.health.add_quote(atoms);
            return Ok(());
        }
        let prices = rows.prices(row);
        if !prices.is_usable() {
            self.stale_row = Some(index);
        }
        self.allows_withdrawal &= prices.permits(Action::Withdraw) != Permit::Refused;
        let terms = rows.collateral_terms(row, &prices)?;
        let atoms = u64::try_from(atoms).map_err(|_| FirebreakError::MathOverflow)?;
        self.health.add_collateral(&terms, atoms).or_fail()
    }

    fn add_position(
        &mut self,
        rows: &RowReader,
        position: &Position,
        slot: usize,
        scope: Scope,
    ) -> Result<()> {
        let row = rows.market(position.row)?;
        let mut prices = rows.prices(row);
        if position.units != 0 {
            if !prices.is_usable() {
                self.stale_row = Some(position.row);
            }
            self.allows_withdrawal &= prices.permits(Action::Withdraw) != Permit::Refused;
            if scope == Scope::Full {
                // Drift counts against opening and withdrawing only.
                rows.widen(row, &mut prices)?;
            }
        }
        let held = if position.units < 0 { Side::Short } else { Side::Long };
        let side = &row.sides[held.index()];
        let terms = SideTerms {
            point: &prices.point,
            rates: &margin_rates(row, held, prices.breaker),
            index: &side_index(side),
            haircut: &row.haircut(),
        };
        let contribution = side_health(scope, &terms, &position.state()).or_fail()?;
        self.health.accumulate(&contribution);
        if let Some(notional) = self.notionals.get_mut(slot) {
            // One contribution has 64 bits.
            *notional = u64::try_from(contribution.notional).unwrap_or(u64::MAX);
        }
        Ok(())
    }
}
