//! `create_shard`: one of the group's exposure shards. One per transaction, before any market exists.

use anchor_lang::prelude::*;

use crate::{
    constants::*,
    error::FirebreakError,
    events::{emit, ShardCreated},
    state::{is_known, shard_space, ExposureShard, Group},
};

/// Accounts of `create_shard`.
#[event_cpi]
#[derive(Accounts)]
#[instruction(index: u8)]
pub struct CreateShard<'info> {
    /// Administrator; pays rent.
    #[account(mut)]
    pub admin: Signer<'info>,
    /// The group.
    #[account(
        mut,
        has_one = admin @ FirebreakError::NotAdmin,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
    /// The new shard.
    #[account(
        init,
        payer = admin,
        space = shard_space(0),
        seeds = [EXPOSURE, group.key().as_ref(), &[index]],
        bump
    )]
    pub shard: AccountLoader<'info, ExposureShard>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateShard<'info> {
    fn validate(&self, index: u8) -> Result<()> {
        // admin: has_one in the #[account] attribute. shard: created here at its address.
        let group = self.group.load()?;
        ensure!(
            index == group.shard_count && index < SHARD_COUNT && group.market_count == 0,
            FirebreakError::ShardOrder
        );
        Ok(())
    }

    /// Creates the next shard.
    ///
    /// # Errors
    /// `ShardOrder` unless `index` is the number of shards so far and no market exists.
    pub fn handler(ctx: Context<'info, Self>, index: u8) -> Result<()> {
        ctx.accounts.validate(index)?;
        let accounts = &ctx.accounts;
        {
            let mut shard = accounts.shard.load_init()?;
            shard.group = accounts.group.key();
            shard.index = index;
            shard.bump = ctx.bumps.shard;
            shard.version = LAYOUT_VERSION;
        }
        let sequence = {
            let mut group = accounts.group.load_mut()?;
            group.shard_count += 1;
            group.touch();
            group.sequence
        };
        emit(
            &ctx.accounts.event_authority,
            &ShardCreated { group: accounts.group.key(), shard: accounts.shard.key(), index, sequence },
        )?;
        Ok(())
    }
}
