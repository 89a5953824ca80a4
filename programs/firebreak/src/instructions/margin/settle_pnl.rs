//! `settle_pnl`: moves a position's loss from cash into the market's pool, or its profit from the pool into cash.
//!
//! Anyone may call it: it changes no account's equity, and an account that is not in liquidation settles a loss only as
//! far as the slow price confirms it. Profit is paid only from losses that were settled before, at a limited rate, so
//! that a profit that exists on paper alone can never leave, and not while a certain loss of the market is unassigned.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use firebreak_risk::{
    pool::LossPool,
    settlement::{settle_loss, settle_profit, Settleable},
    units::UnixTime,
};

use super::OverlayArgs;
use crate::{
    constants::QUOTE_ROW,
    engine::{
        demand::{register, Standing},
        settlement::{measure_settlement, SettlementMeasure},
        Moment, Overlay, RowReader,
    },
    error::{FirebreakError, OrFail},
    events::{emit, PnlSettled},
    state::{
        is_known, shard_row, ExposureShard, Group, MarginAccount, Market, MarketLedger, Position,
        RiskSnapshot, ShardRows, SnapshotRows,
    },
};

/// Accounts of `settle_pnl`. Remaining accounts: primary and secondary oracle of each overlay row, in order.
#[event_cpi]
#[derive(Accounts)]
pub struct SettlePnl<'info> {
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
    /// The account whose position is settled.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&margin_account) @ FirebreakError::NewerVersion
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Its shard.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = shard.load()?.index == margin_account.load()?.shard @ FirebreakError::WrongShard,
        constraint = is_known(&shard) @ FirebreakError::NewerVersion
    )]
    pub shard: AccountLoader<'info, ExposureShard>,
}

impl<'info> SettlePnl<'info> {
    /// Settles what can be settled now. Return data: the atoms that moved into cash (negative: out of it), 8 bytes.
    /// Nothing to settle is no error, as somebody else may have been faster: it returns 0 and changes nothing.
    ///
    /// # Errors
    /// `StaleRow` for an open position without a fresh price, `ShortfallOpen` for a profit while a loss of the market is
    /// not assigned, and those of the overlay.
    pub fn handler(ctx: Context<'info, Self>, overlay: OverlayArgs) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let row_index = accounts.market.load()?.row;
        let found = accounts.margin_account.load()?.position_of(row_index).copied();
        let Some(before) = found else {
            set_return_data(&0i64.to_le_bytes());
            return Ok(());
        };
        let moment = Moment::of(&*accounts.snapshot.load()?, &clock);
        let rows = accounts.snapshot.rows()?;
        let overlay = Overlay::read(&rows, overlay.rows()?, ctx.remaining_accounts, (&clock, &moment))?;
        let reader = RowReader::new(&rows, &overlay, moment);
        let is_in_liquidation = accounts.margin_account.load()?.is_in_liquidation();
        let measured = measure_settlement(&before, is_in_liquidation, &reader)?;
        let (to_cash, pool) = accounts.amount(&measured.settleable, UnixTime(clock.unix_timestamp))?;
        let event = accounts.apply(&before, &measured, (to_cash, pool), &reader)?;
        if let Some(event) = event {
            emit(&ctx.accounts.event_authority, &event)?;
        }
        set_return_data(&to_cash.to_le_bytes());
        Ok(())
    }

    /// Atoms that move into cash (negative: out of it), and the pool afterwards.
    fn amount(&self, settleable: &Settleable, now: UnixTime) -> Result<(i64, LossPool)> {
        let limiter = self.market.load()?.payout_limiter();
        let ledger = self.ledger.load()?;
        if settleable.loss_atoms > 0 {
            let cash = self.margin_account.load()?.atoms_of(QUOTE_ROW).max(0).unsigned_abs();
            let atoms = settleable.loss_atoms.min(cash);
            let signed = i64::try_from(atoms).map_err(|_| FirebreakError::MathOverflow)?;
            return Ok((-signed, ledger.pool().credit(&limiter, atoms, now).or_fail()?));
        }
        if settleable.profit_atoms == 0 {
            return Ok((0, ledger.pool()));
        }
        // Winners must not leave between the moment a loss is certain and the moment it is assigned.
        ensure!(ledger.shortfall_count == 0, FirebreakError::ShortfallOpen);
        let (pool, atoms) = ledger.pool().pay(&limiter, settleable.profit_atoms, now).or_fail()?;
        Ok((i64::try_from(atoms).map_err(|_| FirebreakError::MathOverflow)?, pool))
    }

    /// Stores the settlement. Nothing to settle changes nothing, but for a mark of a debt that is gone.
    fn apply(
        &self,
        before: &Position,
        measured: &SettlementMeasure,
        (to_cash, pool): (i64, LossPool),
        reader: &RowReader,
    ) -> Result<Option<PnlSettled>> {
        let is_mark_left = before.shortfall_state != 0 && before.units == 0 && before.quote_atoms >= 0;
        if to_cash == 0 && !is_mark_left {
            return Ok(None);
        }
        let atoms = to_cash.unsigned_abs();
        let state = measured.realised.position;
        let settled = match to_cash {
            0 => None,
            1.. => Some(settle_profit(&state, &measured.haircut, atoms).or_fail()?),
            _ => Some(settle_loss(&state, &measured.haircut, atoms).or_fail()?),
        };
        let mut position = *before;
        position.set_state(state);
        let mut residue_q48 = measured.realised.residue_q48;
        if let Some(settled) = settled {
            position.set_state(settled.position);
            residue_q48 = residue_q48.checked_add(settled.residue_q48).ok_or(FirebreakError::MathOverflow)?;
        }
        let mut account = self.margin_account.load_mut()?;
        let mut ledger = self.ledger.load_mut()?;
        if position.units == 0 && position.quote_atoms >= 0 {
            ledger.move_shortfall(position.shortfall_state, 0);
            position.shortfall_state = 0;
        }
        ledger.set_pool(pool);
        ledger.touch();
        account.add_atoms(QUOTE_ROW, to_cash)?;
        account.store_position(position)?;
        account.touch();
        let row = reader.market(before.row)?;
        let mut shard = self.shard.rows_mut()?;
        let sums = shard_row(&mut shard, row.market_index)?;
        sums.move_position(row, before, &position, residue_q48)?;
        let standing = Standing::of(&account, reader);
        register(&mut account, &mut shard, reader, &standing)?;
        Ok(Some(PnlSettled {
            margin_account: self.margin_account.key(),
            market: self.market.key(),
            settled_atoms: to_cash,
            pool_atoms: ledger.pool_atoms,
            ledger_sequence: ledger.sequence,
            sequence: account.sequence,
        }))
    }
}
