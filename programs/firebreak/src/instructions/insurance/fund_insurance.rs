//! `fund_insurance`: quote tokens into the insurance vault. Anyone may pay in; nobody gets a share for it.
//! It raises what the shares of those who stake are worth, and the more of it goes to nobody the fewer they are.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::FirebreakError,
    events::{emit, InsuranceFunded},
    instructions::tokens::Transfer,
    state::{is_known, Group, InsuranceVault},
};

/// Accounts of `fund_insurance`.
#[event_cpi]
#[derive(Accounts)]
pub struct FundInsurance<'info> {
    /// Owner of the source tokens.
    pub funder: Signer<'info>,
    /// The group.
    #[account(
        has_one = quote_mint @ FirebreakError::WrongGroup,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
    /// Record of the vault.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        has_one = vault,
        constraint = is_known(&insurance) @ FirebreakError::NewerVersion
    )]
    pub insurance: AccountLoader<'info, InsuranceVault>,
    /// Token account of the vault.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Source of the tokens; the token program checks its owner and mint.
    #[account(mut)]
    pub source: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The quote mint.
    pub quote_mint: Box<InterfaceAccount<'info, Mint>>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

impl<'info> FundInsurance<'info> {
    /// Moves the tokens and credits what arrived.
    ///
    /// # Errors
    /// `ZeroAmount`, `DuplicateAccount`, `VaultMismatch`.
    pub fn handler(ctx: Context<'info, Self>, atoms: u64) -> Result<()> {
        let accounts = &*ctx.accounts;
        ensure!(atoms > 0, FirebreakError::ZeroAmount);
        ensure!(accounts.source.key() != accounts.vault.key(), FirebreakError::DuplicateAccount);
        Transfer {
            from: &accounts.source,
            to: &accounts.vault,
            mint: &accounts.quote_mint,
            token_program: &accounts.token_program,
        }
        .receive(&accounts.funder, atoms)?;
        let (balance_atoms, sequence) = {
            let mut insurance = accounts.insurance.load_mut()?;
            insurance.on_funding(atoms)?;
            (insurance.balance_atoms, insurance.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &InsuranceFunded {
                group: accounts.group.key(),
                funder: accounts.funder.key(),
                atoms,
                balance_atoms,
                sequence,
            },
        )?;
        Ok(())
    }
}
