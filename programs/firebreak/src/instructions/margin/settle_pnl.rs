//! `settle_pnl`: moves a position's loss from cash into the market's pool, or its profit from the pool into cash.
//!
//! Anyone may call it: it changes no account's equity. Profit is paid only from losses that were settled before, and
//! at a limited rate, so that a profit that exists on paper alone can never leave.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use firebreak_risk::{
    health::value_floor,
    oracle::{Action, Permit},
    pool::LossPool,
    side::side_of,
    trade::realise,
    units::UnixTime,
};

use super::OverlayArgs;
use crate::{
    constants::QUOTE_ROW,
    engine::{Overlay, RowReader},
    error::{FirebreakError, OrFail},
    events::PnlSettled,
    state::{
        is_known, ExposureShard, Group, MarginAccount, Market, MarketLedger, Position, RiskSnapshot,
        ShardRows, SnapshotRows,
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

/// Profit and loss of a position that may be settled, in quote atoms; one of the two is zero.
struct Settleable {
    loss: i128,
    profit: i128,
}

impl<'info> SettlePnl<'info> {
    /// Settles what can be settled now. Return data: the atoms that moved into cash (negative: out of it), 8 bytes.
    /// Nothing to settle is no error, as somebody else may have been faster: it returns 0 and changes nothing.
    ///
    /// # Errors
    /// `StaleRow` for an open position without a fresh price, and those of the overlay.
    pub fn handler(ctx: Context<'info, Self>, overlay: OverlayArgs) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let (row_index, market_index) = {
            let market = accounts.market.load()?;
            (market.row, market.market_index)
        };
        let mut account = accounts.margin_account.load_mut()?;
        let Some(mut position) = account.position_of(row_index).copied() else {
            set_return_data(&0i64.to_le_bytes());
            return Ok(());
        };
        let (settleable, residue) =
            accounts.measure(&mut position, &overlay, ctx.remaining_accounts, &clock)?;
        let mut ledger = accounts.ledger.load_mut()?;
        let cash = account.atoms_of(QUOTE_ROW);
        let (to_cash, pool) =
            accounts.amount(&settleable, cash, ledger.pool(), UnixTime(clock.unix_timestamp))?;
        if to_cash == 0 {
            set_return_data(&0i64.to_le_bytes());
            return Ok(());
        }

        ledger.set_pool(pool);
        ledger.touch();
        position.quote_atoms =
            position.quote_atoms.checked_sub(to_cash).ok_or(FirebreakError::MathOverflow)?;
        account.add_atoms(QUOTE_ROW, to_cash)?;
        account.store_position(position)?;
        account.touch();
        accounts.shard.row_mut(market_index)?.add_residue(residue)?;
        let event = PnlSettled {
            margin_account: accounts.margin_account.key(),
            market: accounts.market.key(),
            settled_atoms: to_cash,
            pool_atoms: ledger.pool_atoms,
            ledger_sequence: ledger.sequence,
            sequence: account.sequence,
        };
        drop((account, ledger));
        emit_cpi!(event);
        set_return_data(&to_cash.to_le_bytes());
        Ok(())
    }

    /// Realises pending earnings and values the position: a loss at the fair price, a profit at the worse one.
    fn measure(
        &self,
        position: &mut Position,
        overlay: &OverlayArgs,
        oracles: &[AccountInfo<'info>],
        clock: &Clock,
    ) -> Result<(Settleable, u64)> {
        let rows = self.snapshot.rows()?;
        let overlay = Overlay::read(&rows, overlay.rows()?, oracles, clock)?;
        let reader = RowReader::new(&rows, &overlay, clock.unix_timestamp);
        let row = reader.market(position.row)?;
        let prices = reader.prices(row);
        let terms = reader.market_terms(row, &prices)?;
        let realised = realise(&position.state(), &terms.sides).or_fail()?;
        position.set_state(realised.position);
        let quote = i128::from(position.quote_atoms);
        let Some(side) = realised.position.units.side() else {
            return Ok((Settleable { loss: (-quote).max(0), profit: quote.max(0) }, realised.residue_q48));
        };
        require!(prices.is_fresh(), FirebreakError::StaleRow);
        let base = side_of(&terms.sides, side).base_of(realised.position.units).or_fail()?;
        let fair = quote + i128::from(value_floor(base, terms.point.fair_for(side)).or_fail()?.0);
        let worse = quote + i128::from(value_floor(base, terms.point.worse_for(side)).or_fail()?.0);
        let pays_profit = prices.permits(Action::SettleProfit) == Permit::Full;
        let profit = if pays_profit { worse.max(0) } else { 0 };
        Ok((Settleable { loss: (-fair).max(0), profit }, realised.residue_q48))
    }

    /// Atoms that move into cash (negative: out of it), and the pool afterwards.
    fn amount(
        &self,
        settleable: &Settleable,
        cash: i64,
        pool: LossPool,
        now: UnixTime,
    ) -> Result<(i64, LossPool)> {
        let limiter = self.market.load()?.payout_limiter();
        if settleable.loss > 0 {
            let loss = settleable.loss.min(i128::from(cash.max(0)));
            let atoms = u64::try_from(loss).map_err(|_| FirebreakError::MathOverflow)?;
            let signed = i64::try_from(loss).map_err(|_| FirebreakError::MathOverflow)?;
            return Ok((-signed, pool.credit(&limiter, atoms, now).or_fail()?));
        }
        let profit = u64::try_from(settleable.profit).map_err(|_| FirebreakError::MathOverflow)?;
        let (pool, atoms) = pool.pay(&limiter, profit, now).or_fail()?;
        Ok((i64::try_from(atoms).map_err(|_| FirebreakError::MathOverflow)?, pool))
    }
}
