//! `update_group`: replaces the group-wide parameters.

use anchor_lang::prelude::*;

use super::{require_may, Change, Directed, GroupParams};
use crate::{
    error::FirebreakError,
    events::{emit, GroupUpdated},
    state::{is_known, Group, RiskSnapshot},
};

/// Accounts of `update_group` and `update_oracle`.
#[event_cpi]
#[derive(Accounts)]
pub struct UpdateGroup<'info> {
    /// Administrator, or guardian where it only tightens.
    pub authority: Signer<'info>,
    /// The group.
    #[account(mut, constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// Its snapshot, which holds copies.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
}

impl<'info> UpdateGroup<'info> {
    fn validate(&self, old: &GroupParams, params: &GroupParams) -> Result<Change> {
        // authority: require_may. snapshot: has_one.
        let change = old.change(params);
        require_may(&*self.group.load()?, self.authority.key, change)?;
        params.validate()?;
        Ok(change)
    }

    /// Replaces all parameters of the group. Venues' copies of the protocol's fee share follow with
    /// `sync_venue_market`: a group has more of them than one transaction can name.
    ///
    /// # Errors
    /// `NotGuardian`, `NotAdmin`, or a bounds error.
    pub fn handler(ctx: Context<'info, Self>, params: GroupParams) -> Result<()> {
        let accounts = &*ctx.accounts;
        let old = GroupParams::read(&*accounts.group.load()?);
        let change = accounts.validate(&old, &params)?;
        let clock = Clock::get()?;
        let (parameter_epoch, sequence) = {
            let mut group = accounts.group.load_mut()?;
            params.write_group(&mut group);
            (group.next_epoch(), group.sequence)
        };
        {
            let mut snapshot = accounts.snapshot.load_mut()?;
            params.write_header(&mut snapshot);
            snapshot.touch(&clock);
        }
        emit(
            &ctx.accounts.event_authority,
            &GroupUpdated {
                group: accounts.group.key(),
                authority: accounts.authority.key(),
                old,
                new: params,
                is_loosening: change == Change::Loosen,
                parameter_epoch,
                sequence,
                slot: clock.slot,
            },
        )?;
        Ok(())
    }
}
