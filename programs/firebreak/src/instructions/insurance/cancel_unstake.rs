//! `cancel_unstake`: takes a request for an exit back.

use anchor_lang::prelude::*;

use crate::{
    error::{FirebreakError, OrFail},
    events::{emit, UnstakeCancelled},
    state::{is_known, InsuranceStake, InsuranceVault},
};

/// Accounts of `cancel_unstake`.
#[event_cpi]
#[derive(Accounts)]
pub struct CancelUnstake<'info> {
    /// Owner of the stake.
    pub owner: Signer<'info>,
    /// Record of the vault.
    #[account(mut, constraint = is_known(&insurance) @ FirebreakError::NewerVersion)]
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

impl<'info> CancelUnstake<'info> {
    fn validate(&self) -> Result<()> {
        // owner, insurance, stake: attributes.
        ensure!(self.stake.load()?.has_request(), FirebreakError::ExitRequest);
        Ok(())
    }

    /// Ends the request. What its shares earned since then stays with all stakers.
    ///
    /// # Errors
    /// `ExitRequest` without a request, `ZeroShares` when what the exit would pay buys no share any more.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = &*ctx.accounts;
        let mut insurance = accounts.insurance.load_mut()?;
        let mut stake = accounts.stake.load_mut()?;
        let kept = insurance.pool().kept_shares_floor(&stake.request()).or_fail()?;
        // Nobody gives everything away by a word taken back; leaving still pays.
        ensure!(kept > 0, FirebreakError::ZeroShares);
        let burnt_shares = stake.end_request(kept);
        stake.touch();
        insurance.share_count =
            insurance.share_count.checked_sub(burnt_shares).ok_or(FirebreakError::MathOverflow)?;
        insurance.touch();
        let event = UnstakeCancelled {
            group: stake.group,
            stake: accounts.stake.key(),
            owner: stake.owner,
            burnt_shares,
            stake_shares: stake.shares,
            share_count: insurance.share_count,
            stake_sequence: stake.sequence,
            sequence: insurance.sequence,
        };
        // The call of the event fails while an account is borrowed.
        drop((insurance, stake));
        emit(&ctx.accounts.event_authority, &event)?;
        Ok(())
    }
}
