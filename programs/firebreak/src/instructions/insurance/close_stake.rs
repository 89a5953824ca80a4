//! `close_stake`: returns the rent of an empty stake to its owner.

use anchor_lang::prelude::*;

use crate::{
    error::FirebreakError,
    events::{emit, StakeClosed},
    state::{is_known, InsuranceStake},
};

/// Accounts of `close_stake`.
#[event_cpi]
#[derive(Accounts)]
pub struct CloseStake<'info> {
    /// Owner of the stake; receives the rent.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The stake.
    #[account(
        mut,
        close = owner,
        has_one = owner @ FirebreakError::NotOwner,
        constraint = is_known(&stake) @ FirebreakError::NewerVersion
    )]
    pub stake: AccountLoader<'info, InsuranceStake>,
}

impl<'info> CloseStake<'info> {
    fn validate(&self) -> Result<()> {
        // owner: has_one in the #[account] attribute.
        ensure!(self.stake.load()?.is_empty(), FirebreakError::AccountNotEmpty);
        Ok(())
    }

    /// Closes the stake.
    ///
    /// # Errors
    /// `AccountNotEmpty`.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let (group, sequence) = {
            let stake = ctx.accounts.stake.load()?;
            (stake.group, stake.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &StakeClosed {
                group,
                stake: ctx.accounts.stake.key(),
                owner: ctx.accounts.owner.key(),
                sequence,
            },
        )?;
        Ok(())
    }
}
