//! `liquidate_collateral` (route 0): losses are owed in quote, so a keeper's account buys other collateral of an account
//! that owes quote, inside the impact budget of that collateral.
//!
//! No token moves: atoms change their owner inside the bank. What is bought is never more than brings cash and positions
//! to zero; `settle_pnl`, which anybody may call, then moves the cash into the market's pool. The discount never exceeds
//! what the maintenance weight takes off the collateral's value, so no conversion lowers equity.
//!
//! Which accounts are converted, and how much, is decided by `engine::conversion`.
//!
//! A keeper never fails because somebody was faster: whatever cannot be done any more is an outcome, not an error.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};

use super::require_two_accounts;
use crate::{
    constants::QUOTE_ROW,
    engine::{
        account_health,
        clock::levels,
        conversion::{decide_conversion, ConversionDecision, ConversionRequest},
        demand::{register, Standing},
        Moment, Overlay, RowReader,
    },
    error::{fail, FirebreakError},
    events::{emit, CollateralConverted},
    instructions::margin::OverlayArgs,
    state::{
        is_known, CollateralBank, ExposureShard, Group, MarginAccount, RiskSnapshot, ShardRows, SnapshotRows,
    },
};

/// Accounts of `liquidate_collateral`. Remaining accounts: primary and secondary oracle of each overlay row, in order.
#[event_cpi]
#[derive(Accounts)]
pub struct LiquidateCollateral<'info> {
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
    /// Bank of the collateral; holds its impact budget.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&bank) @ FirebreakError::NewerVersion
    )]
    pub bank: AccountLoader<'info, CollateralBank>,
    /// The account that buys.
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
    /// The account that owes quote.
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

impl<'info> LiquidateCollateral<'info> {
    fn validate(&self) -> Result<()> {
        // owner, group, snapshot, bank: has_one. AccountLoader pairs are not compared by Anchor:
        require_two_accounts(
            (&self.liquidator, &self.liquidator_shard),
            (&self.liquidatee, &self.liquidatee_shard),
        )?;
        ensure!(self.bank.load()?.row != QUOTE_ROW, FirebreakError::QuoteNotConvertible);
        Ok(())
    }

    /// Buys at most `atoms_max` atoms. Return data: one byte, [`ConversionOutcome`].
    ///
    /// # Errors
    /// `SelfLiquidation`, `WrongShard`, `QuoteNotConvertible`, `GracePeriod`, `StaleRow`, `VerdictRefuses`; `InsufficientCollateral`,
    /// `CollateralSlotsFull` and `LiquidatorMargin` when the liquidator cannot take what it asked for.
    pub fn handler(ctx: Context<'info, Self>, atoms_max: u64, overlay: OverlayArgs) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let moment = Moment::of(&*accounts.snapshot.load()?, &clock);
        let (outcome, event) = {
            let rows = accounts.snapshot.rows()?;
            let overlay = Overlay::read(&rows, overlay.rows()?, ctx.remaining_accounts, (&clock, &moment))?;
            let reader = RowReader::new(&rows, &overlay, moment);
            ensure!(!reader.is_grace(), FirebreakError::GracePeriod);
            let decision = accounts.decide(atoms_max, &reader)?;
            // The clock starts at first detection, also when there is nothing to buy.
            let has_clock_moved = decision.started_ts != accounts.liquidatee.load()?.liquidation_started_ts;
            let event = match has_clock_moved || decision.conversion.is_some() {
                true => Some(accounts.apply(&decision, &reader)?),
                false => None,
            };
            (decision.outcome as u8, event)
        };
        if let Some(event) = event {
            emit(&ctx.accounts.event_authority, &event)?;
        }
        set_return_data(&[outcome]);
        Ok(())
    }

    fn decide(&self, atoms_max: u64, reader: &RowReader) -> Result<Box<ConversionDecision>> {
        let (account, bank) = (self.liquidatee.load()?, self.bank.load()?);
        let request = ConversionRequest {
            account: &account,
            bank: &bank,
            levels: levels(&*self.snapshot.load()?),
            quote_debt_limit_atoms: self.group.load()?.quote_debt_limit_atoms,
            atoms_max,
        };
        decide_conversion(&request, reader)
    }

    /// Moves atoms and quote between the two accounts; the liquidator must cover its initial margin afterwards.
    fn apply(&self, decision: &ConversionDecision, reader: &RowReader) -> Result<CollateralConverted> {
        let mut bank = self.bank.load_mut()?;
        let mut liquidatee = self.liquidatee.load_mut()?;
        liquidatee.liquidation_started_ts = decision.started_ts;
        liquidatee.touch();
        let mut moved = (0, 0, 0);
        if let Some(conversion) = &decision.conversion {
            let atoms = signed(conversion.collateral_atoms)?;
            let quote = signed(conversion.quote_atoms)?;
            liquidatee.remember_half(decision.half_taken);
            liquidatee.add_atoms(bank.row, -atoms)?;
            liquidatee.add_atoms(QUOTE_ROW, quote)?;
            let mut liquidator = self.liquidator.load_mut()?;
            // The quote first: a liquidator that pays with its last atom has a place free for the collateral.
            liquidator.add_atoms(QUOTE_ROW, -quote)?;
            liquidator.add_atoms(bank.row, atoms)?;
            liquidator.touch();
            let standing = require_initial(&liquidator, reader)?;
            register(&mut liquidator, &mut self.liquidator_shard.rows_mut()?, reader, &standing)?;
            bank.set_impact(decision.impact_after);
            bank.touch();
            moved = (conversion.collateral_atoms, conversion.quote_atoms, conversion.notional_atoms);
        }
        let standing = Standing::of(&liquidatee, reader);
        register(&mut liquidatee, &mut self.liquidatee_shard.rows_mut()?, reader, &standing)?;
        Ok(CollateralConverted {
            group: self.group.key(),
            bank: self.bank.key(),
            liquidator: self.liquidator.key(),
            liquidatee: self.liquidatee.key(),
            row: bank.row,
            outcome: decision.outcome as u8,
            state: decision.state as u8,
            atoms: moved.0,
            quote_atoms: moved.1,
            notional_atoms: moved.2,
            discount_ppm: decision.discount.0,
            deficit_before_atoms: decision.deficit_atoms,
            equity_before_atoms: i64::try_from(decision.health.equity).unwrap_or(i64::MIN),
            impact_level_q40: bank.impact_level_q40,
            started_ts: decision.started_ts,
            bank_sequence: bank.sequence,
            sequence: liquidatee.sequence,
        })
    }
}

fn signed(atoms: u64) -> Result<i64> {
    i64::try_from(atoms).map_err(|_| FirebreakError::MathOverflow.into())
}

/// Where the account stands; fails unless it covers its initial margin at prices that are not too old.
fn require_initial(account: &MarginAccount, reader: &RowReader) -> Result<Standing> {
    let after = account_health(account, reader)?;
    if !after.health.covers_initial() || after.stale_row.is_some() {
        msg!("equity {} initial margin {}", after.health.initial_equity, after.health.initial);
        return Err(fail(FirebreakError::LiquidatorMargin));
    }
    Ok(Standing::from(&after))
}
