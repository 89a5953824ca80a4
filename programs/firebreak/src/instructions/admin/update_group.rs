//! `update_group`: replaces the group-wide parameters.

use anchor_lang::prelude::*;

use super::{require_may, Change, CreateGroupArgs, Directed};
use crate::{
    error::FirebreakError,
    events::GroupUpdated,
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
    fn validate(&self, old: &CreateGroupArgs, args: &CreateGroupArgs) -> Result<Change> {
        // authority: require_may. snapshot: has_one.
        let change = old.change(args);
        require_may(&*self.group.load()?, self.authority.key, change)?;
        require!(old.id == args.id && old.guardian == args.guardian, FirebreakError::GroupIdentity);
        args.validate()?;
        Ok(change)
    }

    /// Replaces all parameters of the group. Venues' copies of the protocol's fee share follow with
    /// `sync_venue_market`: a group has more of them than one transaction can name.
    ///
    /// # Errors
    /// `NotGuardian`, `NotAdmin`, `GroupIdentity`, or a bounds error.
    pub fn handler(ctx: Context<'info, Self>, args: CreateGroupArgs) -> Result<()> {
        let accounts = &*ctx.accounts;
        let old = CreateGroupArgs::read(&*accounts.group.load()?);
        let change = accounts.validate(&old, &args)?;
        let clock = Clock::get()?;
        let (parameter_epoch, sequence) = {
            let mut group = accounts.group.load_mut()?;
            args.write_group(&mut group);
            (group.next_epoch(), group.sequence)
        };
        {
            let mut snapshot = accounts.snapshot.load_mut()?;
            args.write_header(&mut snapshot);
            snapshot.touch(&clock);
        }
        emit_cpi!(GroupUpdated {
            group: accounts.group.key(),
            authority: accounts.authority.key(),
            old,
            new: args,
            is_loosening: change == Change::Loosen,
            parameter_epoch,
            sequence,
            slot: clock.slot,
        });
        Ok(())
    }
}
