//! `create_committee`: reporters for a market, and a mark in the market that every fold must bring them.

use anchor_lang::prelude::*;

use super::CommitteeParams;
use crate::{
    constants::*,
    error::FirebreakError,
    events::{emit, CommitteeCreated},
    state::{is_known, Committee, Group, Market},
};

/// Accounts of `create_committee`.
#[event_cpi]
#[derive(Accounts)]
pub struct CreateCommittee<'info> {
    /// Administrator; pays rent.
    #[account(mut)]
    pub admin: Signer<'info>,
    /// The group.
    #[account(
        has_one = admin @ FirebreakError::NotAdmin,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
    /// The market; marked.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&market) @ FirebreakError::NewerVersion
    )]
    pub market: AccountLoader<'info, Market>,
    /// The new committee.
    #[account(
        init,
        payer = admin,
        space = 8 + core::mem::size_of::<Committee>(),
        seeds = [COMMITTEE, market.key().as_ref()],
        bump
    )]
    pub committee: AccountLoader<'info, Committee>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateCommittee<'info> {
    /// Creates the committee.
    ///
    /// # Errors
    /// `CommitteeSeats`, `ReporterTwice`, or a bounds error.
    pub fn handler(ctx: Context<'info, Self>, params: CommitteeParams) -> Result<()> {
        // admin, market: has_one. committee: created here at its address.
        params.validate()?;
        let accounts = &*ctx.accounts;
        let row = {
            let mut market = accounts.market.load_mut()?;
            market.has_committee = 1;
            market.touch();
            market.row
        };
        let sequence = {
            let mut committee = accounts.committee.load_init()?;
            committee.group = accounts.group.key();
            committee.market = accounts.market.key();
            committee.row = row;
            committee.bump = ctx.bumps.committee;
            committee.version = LAYOUT_VERSION;
            params.write(&mut committee);
            committee.touch();
            committee.sequence
        };
        emit(
            &ctx.accounts.event_authority,
            &CommitteeCreated {
                group: accounts.group.key(),
                market: accounts.market.key(),
                committee: accounts.committee.key(),
                row,
                params,
                sequence,
                slot: Clock::get()?.slot,
            },
        )?;
        Ok(())
    }
}
