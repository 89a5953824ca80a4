//! `close_account`: returns the rent of an empty account to its owner.

use anchor_lang::prelude::*;

use crate::{
    error::FirebreakError,
    events::{emit, AccountClosed},
    state::{is_known, MarginAccount},
};

/// Accounts of `close_account`.
#[event_cpi]
#[derive(Accounts)]
pub struct CloseAccount<'info> {
    /// Owner of the account; receives the rent.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The account.
    #[account(
        mut,
        close = owner,
        has_one = owner @ FirebreakError::NotOwner,
        constraint = is_known(&margin_account) @ FirebreakError::NewerVersion
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

impl<'info> CloseAccount<'info> {
    fn validate(&self) -> Result<()> {
        // owner: has_one in the #[account] attribute.
        let account = self.margin_account.load()?;
        ensure!(
            account.collateral_count == 0 && account.position_count == 0,
            FirebreakError::AccountNotEmpty
        );
        Ok(())
    }

    /// Closes the account.
    ///
    /// # Errors
    /// `AccountNotEmpty`.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let (group, sequence) = {
            let account = ctx.accounts.margin_account.load()?;
            (account.group, account.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &AccountClosed {
                group,
                margin_account: ctx.accounts.margin_account.key(),
                owner: ctx.accounts.owner.key(),
                sequence,
            },
        )?;
        Ok(())
    }
}
