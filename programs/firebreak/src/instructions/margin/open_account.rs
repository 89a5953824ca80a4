//! `open_account`: a margin account of the owner.

use anchor_lang::prelude::*;

use crate::{
    constants::*,
    error::FirebreakError,
    events::{emit, AccountOpened},
    state::{is_known, Group, MarginAccount},
};

/// Accounts of `open_account`.
#[event_cpi]
#[derive(Accounts)]
#[instruction(index: u16)]
pub struct OpenAccount<'info> {
    /// Owner of the new account.
    pub owner: Signer<'info>,
    /// Pays rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// The new margin account.
    #[account(
        init,
        payer = payer,
        space = 8 + core::mem::size_of::<MarginAccount>(),
        seeds = [MARGIN, group.key().as_ref(), owner.key().as_ref(), &index.to_le_bytes()],
        bump
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> OpenAccount<'info> {
    fn validate(&self) -> Result<()> {
        // owner, payer: sign for themselves. group: type. margin_account: created here at its address.
        ensure!(self.group.load()?.is_active(), FirebreakError::GroupNotActive);
        Ok(())
    }

    /// Opens the account. Its shard follows from its address, so nobody chooses it and it never changes.
    ///
    /// # Errors
    /// `GroupNotActive`.
    pub fn handler(ctx: Context<'info, Self>, index: u16) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = &ctx.accounts;
        let key = accounts.margin_account.key();
        let shard = shard_of(&key);
        {
            let mut account = accounts.margin_account.load_init()?;
            account.group = accounts.group.key();
            account.owner = accounts.owner.key();
            account.index = index;
            account.shard = shard;
            account.bump = ctx.bumps.margin_account;
            account.version = LAYOUT_VERSION;
            account.touch();
        }
        emit(
            &ctx.accounts.event_authority,
            &AccountOpened {
                group: accounts.group.key(),
                margin_account: key,
                owner: accounts.owner.key(),
                index,
                shard,
                slot: Clock::get()?.slot,
            },
        )?;
        Ok(())
    }
}

/// Shard of the margin account at this address.
pub fn shard_of(margin_account: &Pubkey) -> u8 {
    let [first, ..] = margin_account.to_bytes();
    first % SHARD_COUNT
}
