//! `open_stake`: an owner's empty stake in the insurance.

use anchor_lang::prelude::*;

use crate::{
    constants::*,
    error::FirebreakError,
    events::{emit, StakeOpened},
    state::{is_known, Group, InsuranceStake, InsuranceVault},
};

/// Accounts of `open_stake`.
#[event_cpi]
#[derive(Accounts)]
pub struct OpenStake<'info> {
    /// Owner of the new stake.
    pub owner: Signer<'info>,
    /// Pays rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// Record of its insurance vault.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&insurance) @ FirebreakError::NewerVersion
    )]
    pub insurance: AccountLoader<'info, InsuranceVault>,
    /// The new stake.
    #[account(
        init,
        payer = payer,
        space = 8 + core::mem::size_of::<InsuranceStake>(),
        seeds = [INSURANCE_STAKE, insurance.key().as_ref(), owner.key().as_ref()],
        bump
    )]
    pub stake: AccountLoader<'info, InsuranceStake>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> OpenStake<'info> {
    fn validate(&self) -> Result<()> {
        // owner, payer: sign for themselves. insurance: has_one. stake: created here at its address.
        ensure!(self.group.load()?.is_active(), FirebreakError::GroupNotActive);
        Ok(())
    }

    /// Opens the stake.
    ///
    /// # Errors
    /// `GroupNotActive`.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = &ctx.accounts;
        let sequence = {
            let mut stake = accounts.stake.load_init()?;
            stake.group = accounts.group.key();
            stake.owner = accounts.owner.key();
            stake.bump = ctx.bumps.stake;
            stake.version = LAYOUT_VERSION;
            stake.touch();
            stake.sequence
        };
        emit(
            &ctx.accounts.event_authority,
            &StakeOpened {
                group: accounts.group.key(),
                stake: accounts.stake.key(),
                owner: accounts.owner.key(),
                sequence,
            },
        )?;
        Ok(())
    }
}
