//! `withdraw`: tokens out of an account.
//!
//! An account that holds no base and owes nothing withdraws whatever it holds, without prices, in every state of
//! breaker and oracles. With positions or debts, initial margin must stay covered without counting unsettled profit.
//!
//! Whatever it is and whoever it belongs to, it passes through the vault's outflow allowance: losing every key at once,
//! or a wrong price, empties no vault faster than its share per window. Nothing but withdrawals uses the allowance up,
//! and nothing but withdrawals waits for it.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use firebreak_risk::{outflow::Credit, units::UnixTime};

use super::OverlayArgs;
use crate::{
    engine::{
        account_health,
        demand::{register, Standing},
        Moment, Overlay, RowReader,
    },
    error::{fail, FirebreakError, OrFail},
    events::{emit, Withdrawn},
    instructions::tokens::Transfer,
    state::{
        is_known, CollateralBank, ExposureShard, Group, MarginAccount, RiskSnapshot, ShardRows, SnapshotRows,
    },
};

/// Accounts of `withdraw`. Remaining accounts: primary and secondary oracle of each overlay row, in order.
#[event_cpi]
#[derive(Accounts)]
pub struct Withdraw<'info> {
    /// Owner of the account.
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
    /// The debited account.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        has_one = owner @ FirebreakError::NotOwner,
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
    /// The collateral.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        has_one = mint,
        has_one = vault,
        constraint = is_known(&bank) @ FirebreakError::NewerVersion
    )]
    pub bank: AccountLoader<'info, CollateralBank>,
    /// Its token account.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Destination of the tokens; the token program checks its mint.
    #[account(mut)]
    pub destination: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The mint.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

impl<'info> Withdraw<'info> {
    fn validate(&self, atoms: u64) -> Result<()> {
        // snapshot, margin_account, bank, vault, mint: has_one. owner: signs. destination: the token program.
        ensure!(atoms > 0, FirebreakError::ZeroAmount);
        ensure!(self.destination.key() != self.vault.key(), FirebreakError::DuplicateAccount);
        // What is left after the last position was taken over is free again.
        let account = self.margin_account.load()?;
        ensure!(account.is_flat() || !account.is_in_liquidation(), FirebreakError::InLiquidation);
        Ok(())
    }

    /// Debits the account, checks what is left, moves the tokens.
    ///
    /// # Errors
    /// `ZeroAmount`, `InLiquidation`, `InsufficientCollateral`, `OutflowLimit`, `StaleRow`, `VerdictRefuses`,
    /// `WithdrawalMargin`.
    pub fn handler(ctx: Context<'info, Self>, atoms: u64, overlay: OverlayArgs) -> Result<()> {
        ctx.accounts.validate(atoms)?;
        let accounts = &*ctx.accounts;
        let row = accounts.bank.load()?.row;
        let (balance_atoms, sequence) = {
            let mut account = accounts.margin_account.load_mut()?;
            let signed = i64::try_from(atoms).map_err(|_| FirebreakError::MathOverflow)?;
            require_gte!(account.atoms_of(row), signed, FirebreakError::InsufficientCollateral);
            let credit = accounts.use_allowance(account.credit_of(row), atoms)?;
            account.set_credit(row, credit);
            account.add_atoms(row, -signed)?;
            account.touch();
            if !account.owes_nothing() {
                accounts.require_margin(&mut account, &overlay, ctx.remaining_accounts)?;
            }
            (account.atoms_of(row), account.sequence)
        };
        let deposits_atoms = {
            let mut bank = accounts.bank.load_mut()?;
            bank.on_outflow(atoms)?;
            bank.deposits_atoms
        };
        Transfer {
            from: &accounts.vault,
            to: &accounts.destination,
            mint: &accounts.mint,
            token_program: &accounts.token_program,
        }
        .pay_from_bank(&accounts.bank, atoms)?;
        emit(
            &ctx.accounts.event_authority,
            &Withdrawn {
                group: accounts.group.key(),
                margin_account: accounts.margin_account.key(),
                destination: accounts.destination.key(),
                row,
                atoms,
                balance_atoms,
                deposits_atoms,
                sequence,
            },
        )?;
        Ok(())
    }

    /// Takes the amount from the account's credit, then from the vault's allowance. The credit that is left.
    fn use_allowance(&self, credit: Credit, atoms: u64) -> Result<Credit> {
        let now = UnixTime(Clock::get()?.unix_timestamp);
        let mut bank = self.bank.load_mut()?;
        let (params, outflow, vault_atoms) = (bank.outflow_params(), bank.outflow(), bank.deposits_atoms);
        let used = outflow.withdraw(&params, &credit, vault_atoms, atoms, now).or_fail()?;
        let Some((outflow, credit)) = used else {
            let available = outflow.available_floor(&params, &credit, vault_atoms, now).or_fail()?;
            msg!("withdrawing {} atoms, available now {}", atoms, available);
            return Err(fail(FirebreakError::OutflowLimit));
        };
        bank.set_outflow(outflow);
        Ok(credit)
    }

    /// Fails unless the account covers its margin, and registers its positions.
    fn require_margin(
        &self,
        account: &mut MarginAccount,
        overlay: &OverlayArgs,
        oracles: &[AccountInfo<'info>],
    ) -> Result<()> {
        let clock = Clock::get()?;
        let moment = Moment::of(&*self.snapshot.load()?, &clock);
        let rows = self.snapshot.rows()?;
        let overlay = Overlay::read(&rows, overlay.rows()?, oracles, (&clock, &moment))?;
        let reader = RowReader::new(&rows, &overlay, moment);
        ensure!(!reader.is_grace(), FirebreakError::GracePeriod);
        let after = account_health(account, &reader)?;
        ensure!(after.stale_row.is_none(), FirebreakError::StaleRow);
        ensure!(after.allows_withdrawal, FirebreakError::VerdictRefuses);
        if !after.health.covers_withdrawal() {
            msg!("equity {} initial margin {}", after.health.withdraw_equity, after.health.initial);
            return Err(fail(FirebreakError::WithdrawalMargin));
        }
        register(account, &mut self.shard.rows_mut()?, &reader, &Standing::from(&after))
    }
}
