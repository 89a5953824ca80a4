//! What liquidations of one plan use up: room in the markets' impact budgets and the keeper's own margin.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use firebreak::{
    constants::QUOTE_ROW,
    engine::{account_health, health::health_with, rows::side_index, RowReader},
    state::{CollateralBank, MarginAccount, Market, MarketLedger, Position, Row},
};
use firebreak_risk::{
    conversion::Conversion,
    impact::{ImpactBucket, ImpactParams},
    liquidation::Takeover,
    trade::apply_trade,
    units::{QuoteAtoms, UnixTime},
};

/// The keeper's account and the impact buckets as they would be after what was planned so far.
pub(in crate::plan) struct Budget {
    liquidator: MarginAccount,
    /// Notional planned in each market and each bank, in quote atoms.
    planned: BTreeMap<Pubkey, u64>,
}

impl Budget {
    pub(in crate::plan) fn new(liquidator: MarginAccount) -> Self {
        Self { liquidator, planned: BTreeMap::new() }
    }

    pub(in crate::plan) fn liquidator(&self) -> &MarginAccount {
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
        self.charged(key, ledger.impact(), &market.impact_params(), now)
    }

    /// A bank at `now`, its impact bucket charged with what was planned.
    pub(in crate::plan) fn bank(&self, key: &Pubkey, bank: &CollateralBank, now: UnixTime) -> CollateralBank {
        let mut charged = *bank;
        charged.set_impact(self.charged(key, bank.impact(), &bank.impact_params(), now));
        charged
    }

    fn charged(
        &self,
        key: &Pubkey,
        bucket: ImpactBucket,
        params: &ImpactParams,
        now: UnixTime,
    ) -> ImpactBucket {
        let planned = self.planned.get(key).copied().unwrap_or(0);
        // A charge that cannot be expressed leaves no room at all.
        let full = ImpactBucket { level_q40: u64::MAX, updated: now };
        bucket.decayed(params, now).charge_ceil(params, planned).unwrap_or(full)
    }

    /// True when the keeper's account can pay for the collateral and covers its initial margin afterwards, as the
    /// instruction demands.
    pub(in crate::plan) fn fits_conversion(
        &self,
        conversion: &Conversion,
        row: u16,
        reader: &RowReader,
    ) -> bool {
        let Some(after) = self.bought(conversion, row) else {
            return false;
        };
        let after = account_health(&after, reader);
        after.is_ok_and(|after| after.health.covers_initial() && after.stale_row.is_none())
    }

    /// Books a purchase that fits.
    pub(in crate::plan) fn charge_conversion(&mut self, bank: &Pubkey, conversion: &Conversion, row: u16) {
        if let Some(after) = self.bought(conversion, row) {
            self.liquidator = after;
        }
        let planned = self.planned.entry(*bank).or_default();
        *planned = planned.saturating_add(conversion.notional_atoms);
    }

    /// The keeper's account after a purchase.
    fn bought(&self, conversion: &Conversion, row: u16) -> Option<MarginAccount> {
        let mut after = self.liquidator;
        after.add_atoms(QUOTE_ROW, i64::try_from(conversion.quote_atoms).ok()?.checked_neg()?).ok()?;
        after.add_atoms(row, i64::try_from(conversion.collateral_atoms).ok()?).ok()?;
        Some(after)
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
