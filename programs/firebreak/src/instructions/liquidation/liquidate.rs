//! `liquidate` (route 1): a keeper's account takes over part of a position, inside the market's impact budget.
//!
//! A keeper never fails because somebody was faster: whatever cannot be done any more is an outcome, not an error.
//! The liquidation clock starts when an account is first seen below maintenance, also when nothing can be taken, and
//! stops only when it is seen above its target again.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use firebreak_risk::{
    health::MarketTerms,
    liquidation::{assess, AccountState},
    oracle::{Action, Permit},
    trade::{apply_trade, is_reduction},
    units::{QuoteAtoms, Units, UnixTime},
};

use super::{
    decision::{Decision, Request},
    require_two_accounts, LiquidationOutcome,
};
use crate::{
    engine::{
        clock::levels,
        demand::{register, Standing},
        fill::exceeds_notional,
        health::{health_with, maintenance_health, netting},
        Moment, Overlay, RowReader,
    },
    error::{fail, FirebreakError, OrFail},
    events::{emit, LiquidationStepped},
    instructions::margin::OverlayArgs,
    state::{
        is_known, shard_row, ExposureShard, Group, MarginAccount, Market, MarketLedger, Position,
        RiskSnapshot, Row, ShardRows, SnapshotRows,
    },
};

/// Accounts of `liquidate`. Remaining accounts: primary and secondary oracle of each overlay row, in order.
#[event_cpi]
#[derive(Accounts)]
pub struct Liquidate<'info> {
    /// Owner of the liquidator's account.
    pub owner: Signer<'info>,
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// Its snapshot.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The market.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&market) @ FirebreakError::NewerVersion
    )]
    pub market: AccountLoader<'info, Market>,
    /// Its ledger.
    #[account(
        mut,
        has_one = market @ FirebreakError::WrongGroup,
        constraint = is_known(&ledger) @ FirebreakError::NewerVersion
    )]
    pub ledger: AccountLoader<'info, MarketLedger>,
    /// The account that takes over.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        has_one = owner @ FirebreakError::NotLiquidatorOwner,
        constraint = is_known(&liquidator) @ FirebreakError::NewerVersion
    )]
    pub liquidator: AccountLoader<'info, MarginAccount>,
    /// Its shard.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&liquidator_shard) @ FirebreakError::NewerVersion
    )]
    pub liquidator_shard: AccountLoader<'info, ExposureShard>,
    /// The account in distress.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&liquidatee) @ FirebreakError::NewerVersion
    )]
    pub liquidatee: AccountLoader<'info, MarginAccount>,
    /// Its shard.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&liquidatee_shard) @ FirebreakError::NewerVersion
    )]
    pub liquidatee_shard: AccountLoader<'info, ExposureShard>,
}

impl<'info> Liquidate<'info> {
    fn validate(&self) -> Result<()> {
        // owner, group, snapshot, market, ledger: has_one. AccountLoader pairs are not compared by Anchor:
        require_two_accounts(
            (&self.liquidator, &self.liquidator_shard),
            (&self.liquidatee, &self.liquidatee_shard),
        )
    }

    /// Takes over at most `lots_max` lots. Return data: one byte, [`LiquidationOutcome`].
    ///
    /// # Errors
    /// `SelfLiquidation`, `WrongShard`, `StaleRow`, `VerdictRefuses`, `LiquidatorMargin`.
    pub fn handler(ctx: Context<'info, Self>, lots_max: u64, overlay: OverlayArgs) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let moment = Moment::of(&*accounts.snapshot.load()?, &clock);
        let rows = accounts.snapshot.rows()?;
        let overlay = Overlay::read(&rows, overlay.rows()?, ctx.remaining_accounts, (&clock, &moment))?;
        let reader = RowReader::new(&rows, &overlay, moment);
        let decision = accounts.decide(lots_max, &reader)?;
        // The clock starts at first detection, also when there is nothing to take in this market.
        let has_clock_moved = decision.started_ts != accounts.liquidatee.load()?.liquidation_started_ts;
        let has_mark_moved = decision.mark.0 != decision.mark.1;
        let is_change = match decision.outcome {
            LiquidationOutcome::NotLiquidatable => has_mark_moved,
            LiquidationOutcome::NoPosition
            | LiquidationOutcome::BudgetExhausted
            | LiquidationOutcome::Hedge => has_clock_moved || has_mark_moved,
            _ => true,
        };
        let outcome = decision.outcome as u8;
        if is_change {
            let event = accounts.apply(&decision, &reader)?;
            emit(&ctx.accounts.event_authority, &event)?;
        }
        set_return_data(&[outcome]);
        Ok(())
    }

    fn decide(&self, lots_max: u64, reader: &RowReader) -> Result<Box<Decision>> {
        let mut decision = self.decide_takeover(lots_max, reader)?;
        decision.mark = self.mark(&decision)?;
        Ok(decision)
    }

    /// The position's contribution to the ledger's counts of bankrupt positions, before and after.
    ///
    /// Equity below zero is not changed by a takeover: its discount is zero then. A loss is certain once the account
    /// holds nothing any more; before that its other positions may still make up for it.
    fn mark(&self, decision: &Decision) -> Result<(u8, u8)> {
        let row = self.market.load()?.row;
        let liquidatee = self.liquidatee.load()?;
        let Some(position) = liquidatee.position_of(row) else {
            return Ok((0, 0));
        };
        let before = position.shortfall_state;
        let after = decision.takeover.as_ref().map_or(position.state(), |takeover| takeover.after.position);
        let is_flat_elsewhere = liquidatee.positions().iter().all(|p| p.row == row || p.units == 0);
        let mark = match decision.state {
            AccountState::Bankrupt if after.units.0 != 0 => 1,
            AccountState::Bankrupt if after.quote.0 < 0 => 1 + u8::from(is_flat_elsewhere),
            _ => 0,
        };
        Ok((before, mark))
    }

    fn decide_takeover(&self, lots_max: u64, reader: &RowReader) -> Result<Box<Decision>> {
        let levels = levels(&*self.snapshot.load()?);
        ensure!(!reader.is_grace(), FirebreakError::GracePeriod);
        let market = self.market.load()?;
        let row = reader.market(market.row)?;
        let prices = reader.prices(row);
        ensure!(prices.is_fresh(), FirebreakError::StaleRow);

        let liquidatee = self.liquidatee.load()?;
        let sums = maintenance_health(&liquidatee, reader)?;
        ensure!(sums.stale_row.is_none(), FirebreakError::StaleRow);
        let state = assess(&sums.health, &levels).or_fail()?;
        let now = UnixTime(reader.now());
        let impact = self.ledger.load()?.impact().decayed(&market.impact_params(), now);
        let mut decision = Box::new(Decision::new(state, &sums, impact, liquidatee.liquidation_started_ts));
        if !decision.enter(now) {
            return Ok(decision);
        }
        let permit = prices.permits(Action::Liquidate);
        ensure!(permit != Permit::Refused, FirebreakError::VerdictRefuses);
        let mut places = liquidatee.positions().iter().enumerate();
        let Some((place, position)) = places.find(|(_, p)| p.row == market.row && p.units != 0) else {
            decision.outcome = LiquidationOutcome::NoPosition;
            return Ok(decision);
        };
        let terms = reader.market_terms(row, &prices)?;
        decision.plan(
            &Request {
                market: &market,
                row,
                terms: &terms,
                position,
                place,
                netting: netting(&liquidatee, reader, &sums, (position, &terms))?,
                levels: &levels,
                lots_max,
                quota: prices.quota(position.half_taken()),
            },
            now,
        )?;
        if decision.takeover.is_some() {
            self.receive(&mut decision, reader, &terms, market.row)?;
        }
        Ok(decision)
    }

    /// Gives the takeover to the liquidator, which must cover initial margin with it.
    fn receive(
        &self,
        decision: &mut Decision,
        reader: &RowReader,
        terms: &MarketTerms,
        row: u16,
    ) -> Result<()> {
        let Some(takeover) = &decision.takeover else {
            return Ok(());
        };
        let liquidator = self.liquidator.load()?;
        let before = liquidator.position_of(row).copied().unwrap_or_else(|| Position::open(row));
        let quote = QuoteAtoms(-takeover.quote.0);
        let traded =
            apply_trade(&before.state(), &terms.sides, &terms.haircut, takeover.base, quote).or_fail()?;
        let mut position = before;
        position.set_state(traded.position);
        let after = health_with(&liquidator, reader, &position)?;
        if !after.health.covers_initial() || after.stale_row.is_some() {
            msg!("equity {} initial margin {}", after.health.initial_equity, after.health.initial);
            return Err(fail(FirebreakError::LiquidatorMargin));
        }
        let shrinks = is_reduction(Units(before.units), traded.position.units);
        if !shrinks && exceeds_notional(terms, traded.position.units)? {
            return Err(fail(FirebreakError::LiquidatorPositionSize));
        }
        decision.received = Some((position, traded));
        decision.liquidator_standing = Some(Standing::from(&after));
        Ok(())
    }

    fn apply(&self, decision: &Decision, reader: &RowReader) -> Result<LiquidationStepped> {
        let (row, market_index) = {
            let market = self.market.load()?;
            (market.row, market.market_index)
        };
        let stored = reader.market(row)?;
        let mut ledger = self.ledger.load_mut()?;
        ledger.move_shortfall(decision.mark.0, decision.mark.1);
        if decision.takeover.is_none() && decision.mark.0 != decision.mark.1 {
            ledger.touch();
        }
        let sequence = self.apply_to_liquidatee(decision, reader, stored)?;
        let mut taken = (0i64, 0i64, 0u64);
        if let (Some(takeover), Some((position, traded))) = (&decision.takeover, &decision.received) {
            let mut liquidator = self.liquidator.load_mut()?;
            let before = liquidator.position_of(row).copied().unwrap_or_else(|| Position::open(row));
            liquidator.store_position(*position)?;
            liquidator.touch();
            let mut shard = self.liquidator_shard.rows_mut()?;
            let sums = shard_row(&mut shard, market_index)?;
            sums.move_position(stored, &before, position, traded.residue_q48)?;
            let standing = decision.liquidator_standing.as_ref().ok_or(FirebreakError::NoPosition)?;
            register(&mut liquidator, &mut shard, reader, standing)?;
            drop(shard);

            ledger.set_impact(decision.impact_after);
            ledger.liquidated_atoms = ledger.liquidated_atoms.saturating_add(takeover.notional_atoms);
            ledger.liquidation_count = ledger.liquidation_count.wrapping_add(1);
            ledger.touch();
            taken = (takeover.base.0, takeover.quote.0, takeover.notional_atoms);
        }
        Ok(LiquidationStepped {
            group: self.group.key(),
            market: self.market.key(),
            liquidator: self.liquidator.key(),
            liquidatee: self.liquidatee.key(),
            outcome: decision.outcome as u8,
            state: decision.state as u8,
            base_q16: taken.0,
            quote_atoms: taken.1,
            notional_atoms: taken.2,
            discount_ppm: decision.discount.0,
            equity_before_atoms: i64::try_from(decision.health.equity).unwrap_or(i64::MIN),
            maintenance_before_atoms: i64::try_from(decision.health.maintenance).unwrap_or(i64::MAX),
            impact_level_q40: ledger.impact_level_q40,
            started_ts: decision.started_ts,
            ledger_sequence: ledger.sequence,
            sequence,
        })
    }

    /// Clock, mark and what is taken over. The account's sequence.
    fn apply_to_liquidatee(&self, decision: &Decision, reader: &RowReader, row: &Row) -> Result<u64> {
        let mut liquidatee = self.liquidatee.load_mut()?;
        let mut shard = self.liquidatee_shard.rows_mut()?;
        liquidatee.liquidation_started_ts = decision.started_ts;
        liquidatee.touch();
        let is_marked = decision.mark.0 != decision.mark.1;
        if decision.takeover.is_some() || is_marked {
            let before = *liquidatee.position_of(row.index).ok_or(FirebreakError::NoPosition)?;
            let mut given = before;
            given.shortfall_state = decision.mark.1;
            if let Some(takeover) = &decision.takeover {
                given.set_state(takeover.after.position);
                given.remember_half(takeover.half_taken);
                let sums = shard_row(&mut shard, row.market_index)?;
                sums.move_position(row, &before, &given, takeover.after.residue_q48)?;
            }
            liquidatee.store_position(given)?;
        }
        register(&mut liquidatee, &mut shard, reader, &decision.standing)?;
        Ok(liquidatee.sequence)
    }
}
