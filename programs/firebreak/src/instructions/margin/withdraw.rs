//! `withdraw`: tokens out of an account.
//!
//! An account that holds no base and owes nothing withdraws whatever it holds, without prices, in every state of
//! breaker and oracles. With positions or debts, initial margin must stay covered without counting unsettled profit.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{transfer_checked, Mint, TokenAccount, TokenInterface, TransferChecked};

use super::OverlayArgs;
use crate::{
    constants::BANK,
    engine::{account_health, Moment, Overlay, RowReader},
    error::FirebreakError,
    events::Withdrawn,
    state::{is_known, CollateralBank, Group, MarginAccount, RiskSnapshot, SnapshotRows},
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
        require!(atoms > 0, FirebreakError::ZeroAmount);
        require_keys_neq!(self.destination.key(), self.vault.key(), FirebreakError::DuplicateAccount);
        // What is left after the last position was taken over is free again.
        let account = self.margin_account.load()?;
        require!(account.is_flat() || !account.is_in_liquidation(), FirebreakError::InLiquidation);
        Ok(())
    }

    /// Debits the account, checks what is left, moves the tokens.
    ///
    /// # Errors
    /// `ZeroAmount`, `InLiquidation`, `InsufficientCollateral`, `StaleRow`, `VerdictRefuses`, `WithdrawalMargin`.
    pub fn handler(ctx: Context<'info, Self>, atoms: u64, overlay: OverlayArgs) -> Result<()> {
        ctx.accounts.validate(atoms)?;
        let accounts = &*ctx.accounts;
        let row = accounts.bank.load()?.row;
        let (balance_atoms, sequence) = {
            let mut account = accounts.margin_account.load_mut()?;
            let signed = i64::try_from(atoms).map_err(|_| FirebreakError::MathOverflow)?;
            account.add_atoms(row, -signed)?;
            account.touch();
            if !account.owes_nothing() {
                accounts.require_margin(&account, &overlay, ctx.remaining_accounts)?;
            }
            (account.atoms_of(row), account.sequence)
        };
        let deposits_atoms = {
            let mut bank = accounts.bank.load_mut()?;
            bank.deposits_atoms =
                bank.deposits_atoms.checked_sub(atoms).ok_or(FirebreakError::VaultMismatch)?;
            bank.touch();
            bank.deposits_atoms
        };
        accounts.pay_out(atoms)?;
        emit_cpi!(Withdrawn {
            group: accounts.group.key(),
            margin_account: accounts.margin_account.key(),
            destination: accounts.destination.key(),
            row,
            atoms,
            balance_atoms,
            deposits_atoms,
            sequence,
        });
        Ok(())
    }

    fn require_margin(
        &self,
        account: &MarginAccount,
        overlay: &OverlayArgs,
        oracles: &[AccountInfo<'info>],
    ) -> Result<()> {
        let clock = Clock::get()?;
        let moment = Moment::of(&*self.snapshot.load()?, &clock);
        let rows = self.snapshot.rows()?;
        let overlay = Overlay::read(&rows, overlay.rows()?, oracles, &clock)?;
        let reader = RowReader::new(&rows, &overlay, moment);
        require!(!reader.is_grace(), FirebreakError::GracePeriod);
        let after = account_health(account, &reader)?;
        require!(after.stale_row.is_none(), FirebreakError::StaleRow);
        require!(after.allows_withdrawal, FirebreakError::VerdictRefuses);
        if !after.health.covers_withdrawal() {
            msg!("equity {} initial margin {}", after.health.withdraw_equity, after.health.initial);
            return err!(FirebreakError::WithdrawalMargin);
        }
        Ok(())
    }

    fn pay_out(&self, atoms: u64) -> Result<()> {
        let (group, mint, bump) = {
            let bank = self.bank.load()?;
            (bank.group, bank.mint, bank.bump)
        };
        let seeds: &[&[u8]] = &[BANK, group.as_ref(), mint.as_ref(), &[bump]];
        let transfer = TransferChecked {
            from: self.vault.to_account_info(),
            mint: self.mint.to_account_info(),
            to: self.destination.to_account_info(),
            authority: self.bank.to_account_info(),
        };
        let signer = [seeds];
        let context = CpiContext::new_with_signer(self.token_program.key(), transfer, &signer);
        transfer_checked(context, atoms, self.mint.decimals)
    }
}
