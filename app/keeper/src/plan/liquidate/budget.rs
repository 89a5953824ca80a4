//! What liquidations of one plan use up: room in the markets' impact budgets and the keeper's own margin.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use firebreak::{
    engine::{health::health_with, rows::side_index, RowReader},
    state::{MarginAccount, Market, MarketLedger, Position, Row},
};
use firebreak_risk::{
    impact::ImpactBucket,
    liquidation::Takeover,
    trade::apply_trade,
    units::{QuoteAtoms, UnixTime},
};

/// The keeper's account and the impact buckets as they would be after what was planned so far.
pub(super) struct Budget {
    liquidator: MarginAccount,
    /// Notional planned in each market, in quote atoms.
    planned: BTreeMap<Pubkey, u64>,
}

impl Budget {
    pub(super) fn new(liquidator: MarginAccount) -> Self {
        Self { liquidator, planned: BTreeMap::new() }
    }

    pub(super) fn liquidator(&self) -> &MarginAccount {
        &self.liquidator
    }

    /// A market's impact bucket at `now`, charged with what was planned.
    pub(super) fn bucket(
        &self,
        key: &Pubkey,
        ledger: &MarketLedger,
        market: &Market,
        now: UnixTime,
    ) -> ImpactBucket {
        let params = market.impact_params();
        let bucket = ledger.impact().decayed(&params, now);
        let planned = self.planned.get(key).copied().unwrap_or(0);
        // A charge that cannot be expressed leaves no room at all.
        let full = ImpactBucket { level_q40: u64::MAX, updated: now };
        bucket.charge_ceil(&params, planned).unwrap_or(full)
    }

    /// True when the keeper's account covers its initial margin with the takeover, as the instruction demands.
    pub(super) fn fits(&self, takeover: &Takeover, row: &Row, reader: &RowReader) -> bool {
        let Some(position) = self.received(takeover, row) else {
            return false;
        };
        let mut with_position = self.liquidator;
        let has_place = with_position.store_position(position).is_ok();
        let after = health_with(&self.liquidator, reader, &position);
        has_place && after.is_ok_and(|after| after.health.covers_initial() && after.stale_row.is_none())
    }

    /// Books a takeover. `None`: it does not fit any number range, so it is not planned.
    pub(super) fn charge(
        &mut self,
        market: &Pubkey,
        takeover: &Takeover,
        row: u16,
        rows: &[Row],
    ) -> Option<()> {
        let stored = rows.get(usize::from(row))?;
        let position = self.received(takeover, stored)?;
        self.liquidator.store_position(position).ok()?;
        let planned = self.planned.entry(*market).or_default();
        *planned = planned.saturating_add(takeover.notional_atoms);
        Some(())
    }

    /// The keeper's position after the takeover.
    fn received(&self, takeover: &Takeover, row: &Row) -> Option<Position> {
        let mut position =
            self.liquidator.position_of(row.index).copied().unwrap_or_else(|| Position::open(row.index));
        let sides = [side_index(&row.sides[0]), side_index(&row.sides[1])];
        let quote = QuoteAtoms(takeover.quote.0.checked_neg()?);
        let traded = apply_trade(&position.state(), &sides, &row.haircut(), takeover.base, quote).ok()?;
        position.set_state(traded.position);
        Some(position)
    }
}
