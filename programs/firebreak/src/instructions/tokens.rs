//! Moving tokens into and out of the vaults: one way each for every instruction.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{transfer_checked, Mint, TokenAccount, TokenInterface, TransferChecked};

use crate::{
    constants::{BANK, INSURANCE},
    error::FirebreakError,
    state::{CollateralBank, InsuranceVault},
};

/// The accounts of one transfer but for whoever signs it.
pub(crate) struct Transfer<'a, 'info> {
    pub from: &'a InterfaceAccount<'info, TokenAccount>,
    pub to: &'a InterfaceAccount<'info, TokenAccount>,
    pub mint: &'a InterfaceAccount<'info, Mint>,
    pub token_program: &'a Interface<'info, TokenInterface>,
}

impl<'info> Transfer<'_, 'info> {
    /// Into a vault, signed by whoever owns the source.
    ///
    /// # Errors
    /// `VaultMismatch` when another amount arrives than is sent, and those of the token program.
    pub fn receive(&self, owner: &Signer<'info>, atoms: u64) -> Result<()> {
        self.send(owner.to_account_info(), &[], atoms)?;
        self.require_received(atoms)
    }

    /// Out of a bank's vault, signed by the bank.
    ///
    /// # Errors
    /// Those of the token program.
    pub fn pay_from_bank(&self, bank: &AccountLoader<'info, CollateralBank>, atoms: u64) -> Result<()> {
        let (group, mint, bump) = {
            let bank = bank.load()?;
            (bank.group, bank.mint, bank.bump)
        };
        let seeds: &[&[u8]] = &[BANK, group.as_ref(), mint.as_ref(), &[bump]];
        self.send(bank.to_account_info(), &[seeds], atoms)
    }

    /// Out of the insurance vault, signed by its record.
    ///
    /// # Errors
    /// Those of the token program.
    pub fn pay_from_insurance(
        &self,
        insurance: &AccountLoader<'info, InsuranceVault>,
        atoms: u64,
    ) -> Result<()> {
        let (group, bump) = {
            let insurance = insurance.load()?;
            (insurance.group, insurance.bump)
        };
        let seeds: &[&[u8]] = &[INSURANCE, group.as_ref(), &[bump]];
        self.send(insurance.to_account_info(), &[seeds], atoms)
    }

    /// Fails unless the destination holds exactly `atoms` more than when the instruction began.
    ///
    /// SECURITY: what arrived is measured, not what was asked for, so that no mint can credit more than it delivers.
    pub fn require_received(&self, atoms: u64) -> Result<()> {
        // `to.amount` is the balance as it was loaded, before the transfer.
        let mut after = self.to.clone();
        after.reload()?;
        ensure!(after.amount.checked_sub(self.to.amount) == Some(atoms), FirebreakError::VaultMismatch);
        Ok(())
    }

    // One copy for all instructions: the program is full of transfers.
    #[inline(never)]
    fn send(&self, authority: AccountInfo<'info>, signer: &[&[&[u8]]], atoms: u64) -> Result<()> {
        let accounts = TransferChecked {
            from: self.from.to_account_info(),
            mint: self.mint.to_account_info(),
            to: self.to.to_account_info(),
            authority,
        };
        let context = CpiContext::new_with_signer(self.token_program.key(), accounts, signer);
        transfer_checked(context, atoms, self.mint.decimals)
    }
}
