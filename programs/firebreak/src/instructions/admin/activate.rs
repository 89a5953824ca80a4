//! `activate`: opens a configured group for deposits.

use anchor_lang::prelude::*;

use crate::{
    constants::*,
    error::FirebreakError,
    events::{emit, GroupActivated},
    state::{is_known, CollateralBank, Group, GroupStatus},
};

/// Accounts of `activate`.
#[event_cpi]
#[derive(Accounts)]
pub struct Activate<'info> {
    /// Administrator.
    pub admin: Signer<'info>,
    /// The group.
    #[account(
        mut,
        has_one = admin @ FirebreakError::NotAdmin,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
    /// The bank of the quote mint, as proof that it exists.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = bank.load()?.row == QUOTE_ROW @ FirebreakError::GroupIncomplete,
        constraint = is_known(&bank) @ FirebreakError::NewerVersion
    )]
    pub bank: AccountLoader<'info, CollateralBank>,
}

impl<'info> Activate<'info> {
    fn validate(&self) -> Result<()> {
        // admin: has_one. bank: has_one and row in the #[account] attribute.
        let group = self.group.load()?;
        ensure!(!group.is_active(), FirebreakError::AlreadyActive);
        ensure!(group.shard_count == SHARD_COUNT && group.market_count > 0, FirebreakError::GroupIncomplete);
        Ok(())
    }

    /// Activates the group.
    ///
    /// # Errors
    /// `AlreadyActive`, `GroupIncomplete`.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = &ctx.accounts;
        let sequence = {
            let mut group = accounts.group.load_mut()?;
            group.status = GroupStatus::Active as u8;
            group.touch();
            group.sequence
        };
        emit(
            &ctx.accounts.event_authority,
            &GroupActivated { group: accounts.group.key(), sequence, slot: Clock::get()?.slot },
        )?;
        Ok(())
    }
}
