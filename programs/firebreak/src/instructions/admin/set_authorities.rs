//! `set_authorities` and `accept_admin`: who administers and who guards a group.
//!
//! The administrator changes in two steps. The present one proposes a key, and that key accepts with its signature, so
//! that a group cannot be lost to a typing error or to a key that nobody holds.

use anchor_lang::prelude::*;

use crate::{
    error::FirebreakError,
    events::{emit, AdminChanged, AuthoritiesSet},
    state::{is_known, Group},
};

/// Authorities of a group.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthoritiesArgs {
    /// Key that may tighten and pause. Default key: nobody.
    pub guardian: Pubkey,
    /// Key that may accept to become the administrator. Default key: nobody, which withdraws a proposal.
    pub proposed_admin: Pubkey,
}

/// Accounts of `set_authorities`.
#[event_cpi]
#[derive(Accounts)]
pub struct SetAuthorities<'info> {
    /// Administrator.
    pub admin: Signer<'info>,
    /// The group.
    #[account(
        mut,
        has_one = admin @ FirebreakError::NotAdmin,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
}

/// Accounts of `accept_admin`.
#[event_cpi]
#[derive(Accounts)]
pub struct AcceptAdmin<'info> {
    /// The key that was proposed.
    pub proposed_admin: Signer<'info>,
    /// The group.
    #[account(
        mut,
        has_one = proposed_admin @ FirebreakError::NotProposedAdmin,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
}

impl<'info> SetAuthorities<'info> {
    /// Appoints the guardian at once and proposes an administrator. Everything is checked by attributes.
    ///
    /// # Errors
    /// None of its own.
    pub fn handler(ctx: Context<'info, Self>, args: AuthoritiesArgs) -> Result<()> {
        let accounts = &*ctx.accounts;
        let (old_guardian, sequence) = {
            let mut group = accounts.group.load_mut()?;
            let old = core::mem::replace(&mut group.guardian, args.guardian);
            group.proposed_admin = args.proposed_admin;
            group.touch();
            (old, group.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &AuthoritiesSet {
                group: accounts.group.key(),
                old_guardian,
                new_guardian: args.guardian,
                proposed_admin: args.proposed_admin,
                sequence,
                slot: Clock::get()?.slot,
            },
        )?;
        Ok(())
    }
}

impl<'info> AcceptAdmin<'info> {
    /// Makes the signer the administrator. Everything is checked by attributes; nobody signs for the default key.
    ///
    /// # Errors
    /// None of its own.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = &*ctx.accounts;
        let new_admin = accounts.proposed_admin.key();
        let (old_admin, sequence) = {
            let mut group = accounts.group.load_mut()?;
            let old = core::mem::replace(&mut group.admin, new_admin);
            group.proposed_admin = Pubkey::default();
            group.touch();
            (old, group.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &AdminChanged {
                group: accounts.group.key(),
                old_admin,
                new_admin,
                sequence,
                slot: Clock::get()?.slot,
            },
        )?;
        Ok(())
    }
}
