//! Terms of one side of a market, made once per reader of rows: the parties of a fill hold positions in the same few markets, and
//! an account is valued more than once while it is liquidated.

use core::cell::OnceCell;

use firebreak_risk::{
    circuit::State,
    health::{FairTerms, OpeningTerms},
    oracle::{Action, Permit},
    units::{Ppm, Price, Side},
};

use super::rows::{CurrentPrices, RowReader};
use crate::state::Row;

/// Sides kept; they share places by the low bits of row and side.
const SIDES_KEPT: usize = 16;

/// Which sums are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Equity, maintenance and notional: all that deciding about a liquidation needs.
    Maintenance,
    /// Everything.
    Full,
}

/// One side of a market, at the prices of this instruction.
#[derive(Clone, Debug)]
pub struct KeptSide {
    row: u16,
    side: Side,
    /// For maintenance.
    pub fair: FairTerms,
    /// For opening risk; made when it is first wanted, because drift takes a root.
    opening: OnceCell<OpeningTerms>,
    /// True when the price is young enough for an account's rows.
    pub is_usable: bool,
    /// True when verdict and breaker allow a withdrawal.
    pub allows_withdrawal: bool,
}

/// Where sides are kept. On the heap: a frame has 4 KB.
#[derive(Clone, Debug)]
pub struct KeptSides(Box<[OnceCell<KeptSide>; SIDES_KEPT]>);

impl Default for KeptSides {
    fn default() -> Self {
        Self(Box::new([const { OnceCell::new() }; SIDES_KEPT]))
    }
}

impl KeptSide {
    /// Terms for opening risk; `None` when only maintenance is wanted.
    pub fn opening(&self, scope: Scope) -> Option<&OpeningTerms> {
        if scope == Scope::Full {
            self.opening.get()
        } else {
            None
        }
    }
}

impl RowReader<'_> {
    /// Terms of a side. `spare` holds them when their place is taken by another side.
    pub fn side_terms<'k>(
        &'k self,
        row: &Row,
        side: Side,
        scope: Scope,
        spare: &'k mut Option<KeptSide>,
    ) -> &'k KeptSide {
        let place = (usize::from(row.index) * 2 + side.index()) % SIDES_KEPT;
        let cell = &self.sides.0[place];
        let kept = match cell.get() {
            Some(kept) if kept.row == row.index && kept.side == side => kept,
            Some(_) => spare.insert(self.make_side(row, side, scope)),
            None => cell.get_or_init(|| self.make_side(row, side, scope)),
        };
        if scope == Scope::Full {
            kept.opening.get_or_init(|| self.make_opening(row, side, &mut self.prices(row)));
        }
        kept
    }

    fn make_side(&self, row: &Row, side: Side, scope: Scope) -> KeptSide {
        let mut prices = self.prices(row);
        KeptSide {
            row: row.index,
            side,
            fair: FairTerms::new(&prices.point, side, Ppm(row.maintenance_ppm), row.free_size()),
            is_usable: prices.is_usable(),
            allows_withdrawal: prices.permits(Action::Withdraw) != Permit::Refused,
            opening: match scope {
                Scope::Maintenance => OnceCell::new(),
                Scope::Full => OnceCell::from(self.make_opening(row, side, &mut prices)),
            },
        }
    }

    fn make_opening(&self, row: &Row, side: Side, prices: &mut CurrentPrices) -> OpeningTerms {
        // Drift counts against opening and withdrawing only. One that does not fit makes a long worthless and the value of
        // a short leave its range.
        if self.widen(row, prices).is_err() {
            prices.point.drift = Price(u64::MAX);
        }
        let rates = margin_rates(row, side, prices.breaker);
        OpeningTerms::new(&prices.point, side, rates.initial, rates.profit_weight)
    }
}

/// Margin ratios of one side of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginRates {
    /// Initial margin as a share of notional.
    pub initial: Ppm,
    /// Maintenance margin as a share of notional.
    pub maintenance: Ppm,
    /// Weight of unsettled profit in initial equity.
    pub profit_weight: Ppm,
}

/// Margin ratios of one side of a market, in a state of its breaker.
pub fn margin_rates(row: &Row, side: Side, breaker: State) -> MarginRates {
    let initial = Ppm(row.initial_side_ppm[side.index()]);
    let raised = || {
        let factor = u64::from(row.breaker.raised_margin_milli);
        let product = u64::from(initial.0).saturating_mul(factor).div_ceil(1_000);
        Ppm(u32::try_from(product).unwrap_or(u32::MAX)).max(initial)
    };
    MarginRates {
        initial: if breaker.raises_margin() { raised() } else { initial },
        maintenance: Ppm(row.maintenance_ppm),
        profit_weight: Ppm(row.profit_weight_ppm),
    }
}
