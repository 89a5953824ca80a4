//! `update_committee`: replaces seats and rules of a committee.

use anchor_lang::prelude::*;

use super::CommitteeParams;
use crate::{
    error::FirebreakError,
    events::{emit, CommitteeUpdated},
    instructions::{require_may, Directed},
    state::{is_known, Committee, Group},
};

/// Accounts of `update_committee`.
#[event_cpi]
#[derive(Accounts)]
pub struct UpdateCommittee<'info> {
    /// Administrator. No change of a committee is a tightening, so the guardian may make none.
    pub authority: Signer<'info>,
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// The committee.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&committee) @ FirebreakError::NewerVersion
    )]
    pub committee: AccountLoader<'info, Committee>,
}

impl<'info> UpdateCommittee<'info> {
    fn validate(&self, old: &CommitteeParams, params: &CommitteeParams) -> Result<()> {
        // authority: require_may. committee: has_one.
        require_may(&*self.group.load()?, self.authority.key, old.change(params))?;
        params.validate()
    }

    /// Replaces all parameters. What the last fold took over counts until the next one.
    ///
    /// # Errors
    /// `NotGuardian`, `NotAdmin`, `CommitteeSeats`, `ReporterTwice`, or a bounds error.
    pub fn handler(ctx: Context<'info, Self>, params: CommitteeParams) -> Result<()> {
        let accounts = &*ctx.accounts;
        let old = CommitteeParams::read(&*accounts.committee.load()?);
        accounts.validate(&old, &params)?;
        let (market, row, sequence) = {
            let mut committee = accounts.committee.load_mut()?;
            params.write(&mut committee);
            committee.touch();
            (committee.market, committee.row, committee.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &CommitteeUpdated {
                group: accounts.group.key(),
                market,
                committee: accounts.committee.key(),
                row,
                old,
                new: params,
                sequence,
                slot: Clock::get()?.slot,
            },
        )?;
        Ok(())
    }
}
