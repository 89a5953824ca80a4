//! Health of a margin account over the rows it touches.

use anchor_lang::prelude::*;
use firebreak_risk::{
    health::{position_maintenance, FairTerms, Health, Isolated, KeptBack, MarketTerms, SideTerms},
    oracle::{Action, Permit},
    portfolio::{Book, Holding, Netting},
    units::{Ppm, Side, PPM_ONE},
};

use super::{
    rows::{side_index, RowReader},
    side_terms::Scope,
};
use crate::{
    constants::{COLLATERALS_MAX, POSITIONS_MAX, QUOTE_ROW},
    error::{FirebreakError, OrFail},
    state::{Collateral, MarginAccount, Position, Row},
};

/// Sums over an account, with what the rows behind them allow.
#[derive(Clone, Debug)]
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
    /// What the account gains when the common factor rises by one in ln price: notional of longs and weighted value of
    /// collateral less notional of shorts, each times its beta, in quote atoms.
    pub joint_atoms: i64,
    /// What the account holds, for maintenance, by asset; `None` when it is margined position by position.
    pub book: Option<Box<Book>>,
}

/// A walk over an account.
struct Walk<'a> {
    rows: &'a RowReader<'a>,
    account: &'a MarginAccount,
    scope: Scope,
    sums: AccountHealth,
    /// Of an account that is margined as a portfolio and holds more than one thing. On the heap, so that others pay nothing.
    books: Option<Box<Books>>,
}

/// What an account holds, by asset.
#[derive(Default)]
struct Books {
    maintenance: Book,
    initial: Book,
    /// What weights keep back of each collateral that no position was joined with, in the order of the account's.
    kept_back: [KeptBack; COLLATERALS_MAX],
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
        sums.add_collateral(rows, rows.row(collateral.row)?, collateral.atoms)?;
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

/// The account as a liquidation of this position sees it; `None` when it is margined position by position. `sums` are those
/// of the account as stored, `terms` those of the position's market.
///
/// # Errors
/// As [`account_health`].
pub fn netting(
    account: &MarginAccount,
    rows: &RowReader,
    sums: &AccountHealth,
    (position, terms): (&Position, &MarketTerms),
) -> Result<Option<Netting>> {
    let Some(book) = &sums.book else {
        return Ok(None);
    };
    let row = rows.market(position.row)?;
    let own = position_maintenance(terms, &position.state()).or_fail()?.maintenance;
    let collateral_atoms = match linked_collateral(account, row) {
        None => 0,
        Some((_, collateral)) => {
            let mut alone = AccountHealth::new();
            alone.add_collateral(rows, rows.row(collateral.row)?, collateral.atoms)?.maintenance
        }
    };
    let holding = Holding {
        // One contribution has 64 bits.
        position_atoms: u64::try_from(own).unwrap_or(u64::MAX),
        side: side_held(position),
        collateral_atoms,
        loadings: row.maintenance_loadings(),
    };
    Ok(Some(Netting::new(book, &holding, rows.portfolio_floor())))
}

/// The account's collateral in the same asset as the market's positions, with its place.
fn linked_collateral<'a>(account: &'a MarginAccount, market: &Row) -> Option<(usize, &'a Collateral)> {
    if market.collateral_row == QUOTE_ROW {
        return None;
    }
    account.collaterals().iter().enumerate().find(|(_, collateral)| collateral.row == market.collateral_row)
}

/// Side of a position that is not flat.
fn side_held(position: &Position) -> Side {
    if position.units < 0 {
        Side::Short
    } else {
        Side::Long
    }
}

fn walk(
    account: &MarginAccount,
    rows: &RowReader,
    replacement: Option<&Position>,
    scope: Scope,
) -> Result<AccountHealth> {
    let mut walk = Walk::new(account, rows, replacement.is_some(), scope);
    for (place, collateral) in account.collaterals().iter().enumerate() {
        let kept = walk.sums.add_collateral(rows, rows.row(collateral.row)?, collateral.atoms)?;
        let books = walk.books.as_mut().and_then(|books| books.kept_back.get_mut(place));
        if let Some(kept_back) = books {
            *kept_back = kept;
        }
    }
    let mut replacement = replacement;
    let replaced_row = replacement.map(|position| position.row);
    for (slot, stored) in account.positions().iter().enumerate() {
        let is_replaced = Some(stored.row) == replaced_row;
        let position = if is_replaced { replacement.take().unwrap_or(stored) } else { stored };
        walk.add_position(position, slot)?;
    }
    if let Some(position) = replacement {
        walk.add_position(position, account.positions().len())?;
    }
    walk.finish()
}

impl<'a> Walk<'a> {
    fn new(account: &'a MarginAccount, rows: &'a RowReader<'a>, is_replaced: bool, scope: Scope) -> Self {
        let is_portfolio = rows.portfolio_floor() < Ppm(PPM_ONE) && {
            let others = account.collaterals().iter().filter(|collateral| collateral.row != QUOTE_ROW);
            // One thing alone needs what it needs in isolation.
            account.positions().len() + usize::from(is_replaced) + others.count() > 1
        };
        let books = is_portfolio.then(Box::default);
        Self { rows, account, scope, sums: AccountHealth::new(), books }
    }

    fn add_position(&mut self, position: &Position, slot: usize) -> Result<()> {
        let row = self.rows.market(position.row)?;
        let haircut = row.haircut();
        if position.units == 0 {
            let (fair, index) = (FairTerms::default(), side_index(&row.sides[0]));
            let terms = SideTerms { fair: &fair, opening: None, index: &index, haircut: &haircut };
            return self.sums.health.add_position(&terms, &position.state()).map(|_| ()).or_fail();
        }
        let held = side_held(position);
        let mut spare = None;
        let kept = self.rows.side_terms(row, held, self.scope, &mut spare);
        if !kept.is_usable {
            self.sums.stale_row = Some(position.row);
        }
        self.sums.allows_withdrawal &= kept.allows_withdrawal;
        let terms = SideTerms {
            fair: &kept.fair,
            opening: kept.opening(self.scope),
            index: &side_index(&row.sides[held.index()]),
            haircut: &haircut,
        };
        let isolated = self.sums.health.add_position(&terms, &position.state()).or_fail()?;
        if let Some(notional) = self.sums.notionals.get_mut(slot) {
            *notional = isolated.notional;
        }
        let exposure = row.exposure(isolated.notional);
        let exposure = if held == Side::Long { exposure } else { exposure.wrapping_neg() };
        // At most 24 terms of 58 bits.
        self.sums.joint_atoms = self.sums.joint_atoms.wrapping_add(exposure);
        if let Some(books) = &mut self.books {
            books.add(self.account, row, held, &isolated, self.scope);
        }
        Ok(())
    }

    /// Puts the requirements of the portfolio in the place of the sums over positions.
    fn finish(mut self) -> Result<AccountHealth> {
        let Some(mut books) = self.books else {
            return Ok(self.sums);
        };
        books.add_rest(self.account, self.rows)?;
        let floor = self.rows.portfolio_floor();
        self.sums.health.maintenance = books.maintenance.requirement(floor);
        if self.scope == Scope::Full {
            self.sums.health.initial = books.initial.requirement(floor);
        }
        self.sums.book = Some(Box::new(books.maintenance));
        Ok(self.sums)
    }
}

impl Books {
    /// Adds a position, with the collateral of its asset where no position was joined with that before.
    fn add(&mut self, account: &MarginAccount, row: &Row, held: Side, isolated: &Isolated, scope: Scope) {
        let linked = linked_collateral(account, row);
        let kept_back = linked.and_then(|(place, _)| self.kept_back.get_mut(place)).map(core::mem::take);
        let kept_back = kept_back.unwrap_or_default();
        let holding = Holding {
            position_atoms: isolated.maintenance,
            side: held,
            collateral_atoms: kept_back.maintenance,
            loadings: row.maintenance_loadings(),
        };
        self.maintenance.add(&holding);
        if scope == Scope::Maintenance {
            return;
        }
        let holding = Holding {
            position_atoms: isolated.initial,
            collateral_atoms: kept_back.initial,
            loadings: row.initial_loadings(),
            ..holding
        };
        self.initial.add(&holding);
    }

    /// Adds collaterals that no position was joined with.
    fn add_rest(&mut self, account: &MarginAccount, rows: &RowReader) -> Result<()> {
        for (collateral, kept) in account.collaterals().iter().zip(self.kept_back) {
            if kept == KeptBack::default() {
                continue;
            }
            let row = rows.row(collateral.row)?;
            self.maintenance.add(&Holding::collateral(kept.maintenance, row.maintenance_loadings()));
            self.initial.add(&Holding::collateral(kept.initial, row.initial_loadings()));
        }
        Ok(())
    }
}

impl AccountHealth {
    fn new() -> Self {
        Self {
            health: Health::default(),
            stale_row: None,
            allows_withdrawal: true,
            notionals: [0; POSITIONS_MAX],
            joint_atoms: 0,
            book: None,
        }
    }

    fn add_collateral(&mut self, rows: &RowReader, row: &Row, atoms: i64) -> Result<KeptBack> {
        if row.is_quote() {
            self.health.add_quote(atoms);
            return Ok(KeptBack::default());
        }
        let prices = rows.prices(row);
        if !prices.is_usable() {
            self.stale_row = Some(row.index);
        }
        self.allows_withdrawal &= prices.permits(Action::Withdraw) != Permit::Refused;
        let terms = rows.collateral_terms(row, &prices)?;
        let atoms = u64::try_from(atoms).map_err(|_| FirebreakError::MathOverflow)?;
        let before = self.health.equity;
        let kept_back = self.health.add_collateral(&terms, atoms).or_fail()?;
        // Not negative, and within 63 bits.
        let value = u64::try_from(self.health.equity - before).unwrap_or(u64::MAX);
        self.joint_atoms += row.exposure(value);
        Ok(kept_back)
    }
}
