//! Measuring what of a position's PnL can be settled: pure on accounts, shared by `settle_pnl` and keepers.

use anchor_lang::prelude::*;
use firebreak_risk::{
    claim::HaircutIndex,
    oracle::{Action, Permit},
    settlement::{settleable, Settleable, SettlementInput},
    side::side_of,
    trade::{realise, Traded},
    units::Base,
};

use super::rows::RowReader;
use crate::{
    error::{FirebreakError, OrFail},
    state::Position,
};

/// What was found out about a position.
#[derive(Clone, Copy, Debug)]
pub struct SettlementMeasure {
    /// The position with its earnings realised, and the fraction withheld by that.
    pub realised: Traded,
    /// What can be settled of it.
    pub settleable: Settleable,
    /// The market's haircut.
    pub haircut: HaircutIndex,
}

/// Realises pending earnings and finds out what can be settled at the rows' prices. A position without base needs no
/// price. Profit of an open one is settled only where the verdict permits it in full.
///
/// # Errors
/// `StaleRow` for an open position without a fresh price; those of the valuation.
pub fn measure_settlement(
    position: &Position,
    is_in_liquidation: bool,
    reader: &RowReader,
) -> Result<SettlementMeasure> {
    let row = reader.market(position.row)?;
    let prices = reader.prices(row);
    let terms = reader.market_terms(row, &prices)?;
    let realised = realise(&position.state(), &terms.sides).or_fail()?;
    let base = match realised.position.units.side() {
        None => Base(0),
        Some(side) => {
            ensure!(prices.is_fresh(), FirebreakError::StaleRow);
            side_of(&terms.sides, side).base_of(realised.position.units).or_fail()?
        }
    };
    let mut settleable = settleable(&SettlementInput {
        position: &realised.position,
        base,
        point: &terms.point,
        haircut: &terms.haircut,
        is_in_liquidation,
    })
    .or_fail()?;
    if base.0 != 0 && prices.permits(Action::SettleProfit) != Permit::Full {
        settleable.profit_atoms = 0;
    }
    Ok(SettlementMeasure { realised, settleable, haircut: terms.haircut })
}
