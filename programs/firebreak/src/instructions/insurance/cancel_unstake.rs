//! `cancel_unstake`: takes a request for an exit back.

use anchor_lang::prelude::*;
use firebreak_risk::stake::{ExitRequest, SharePool};

use crate::{
    error::{FirebreakError, OrFail},
    events::UnstakeCancelled,
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

/// Shares that stay with the stake: all of them unless they earned something since the request; then what leaving and
/// staking the payout again would buy, rounded down.
///
/// SECURITY: whoever could take the earnings of the cooldown by cancelling would keep a request open for ever: leave
/// at once when a loss comes, cancel otherwise.
fn kept_shares(pool: &SharePool, stake: &InsuranceStake) -> Result<u64> {
    if pool.atoms_for_shares_floor(stake.exit_shares).or_fail()? <= stake.exit_atoms {
        return Ok(stake.exit_shares);
    }
    let request = ExitRequest { shares: stake.exit_shares, atoms_at_request: stake.exit_atoms };
    let (rest, atoms) = pool.exit(&request).or_fail()?;
    let kept = rest.shares_for_deposit_floor(atoms).or_fail()?;
    // Nobody gives everything away by a word taken back; leaving still pays.
    require!(kept > 0, FirebreakError::ZeroShares);
    Ok(kept.min(stake.exit_shares))
}

impl<'info> CancelUnstake<'info> {
    fn validate(&self) -> Result<()> {
        // owner, insurance, stake: attributes.
        require!(self.stake.load()?.has_request(), FirebreakError::ExitRequest);
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
        let kept = kept_shares(&insurance.pool(), &stake)?;
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
        emit_cpi!(event);
        Ok(())
    }
}
