//! `request_unstake`: starts the cooldown of an exit from the insurance.

use anchor_lang::prelude::*;

use crate::{
    error::{FirebreakError, OrFail},
    events::{emit, UnstakeRequested},
    state::{is_known, InsuranceStake, InsuranceVault},
};

/// Accounts of `request_unstake`.
#[event_cpi]
#[derive(Accounts)]
pub struct RequestUnstake<'info> {
    /// Owner of the stake.
    pub owner: Signer<'info>,
    /// Record of the vault.
    #[account(constraint = is_known(&insurance) @ FirebreakError::NewerVersion)]
    pub insurance: AccountLoader<'info, InsuranceVault>,
    /// The stake.
    #[account(
        mut,
        has_one = owner @ FirebreakError::NotOwner,
        constraint = stake.load()?.group == insurance.load()?.group @ FirebreakError::WrongGroup,
        constraint = is_known(&stake) @ FirebreakError::NewerVersion
    )]
    pub stake: AccountLoader<'info, InsuranceStake>,
}

impl<'info> RequestUnstake<'info> {
    fn validate(&self, shares: u64) -> Result<()> {
        // owner, insurance, stake: attributes.
        ensure!(shares > 0, FirebreakError::ZeroAmount);
        let stake = self.stake.load()?;
        ensure!(!stake.has_request(), FirebreakError::ExitRequest);
        require_gte!(stake.shares, shares, FirebreakError::InsufficientShares);
        Ok(())
    }

    /// Records what the shares are worth now. From here on they bear losses and earn nothing.
    ///
    /// # Errors
    /// `ZeroAmount`, `ExitRequest` when there is one already, `InsufficientShares`.
    pub fn handler(ctx: Context<'info, Self>, shares: u64) -> Result<()> {
        ctx.accounts.validate(shares)?;
        let accounts = &*ctx.accounts;
        let request = accounts.insurance.load()?.pool().request_exit(shares).or_fail()?;
        let now = Clock::get()?.unix_timestamp;
        let (group, sequence) = {
            let mut stake = accounts.stake.load_mut()?;
            stake.exit_shares = request.shares;
            stake.exit_atoms = request.atoms_at_request;
            stake.exit_requested_ts = now;
            stake.touch();
            (stake.group, stake.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &UnstakeRequested {
                group,
                stake: accounts.stake.key(),
                owner: accounts.owner.key(),
                shares,
                atoms: request.atoms_at_request,
                requested_ts: now,
                sequence,
            },
        )?;
        Ok(())
    }
}
