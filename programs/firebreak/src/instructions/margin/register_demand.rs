//! `register_demand`: registers an account's positions in the demand curves of their markets as they are now. Anyone may
//! call it.
//!
//! Every instruction that changes an account does this already. But triggers move without it, too: with the prices of other
//! markets, with margins and with funding. This brings an account's registrations up to date, and does nothing else.

use anchor_lang::prelude::*;

use crate::{
    engine::{
        demand::{register, Standing},
        health::clamp,
        Moment, Overlay, RowReader,
    },
    error::FirebreakError,
    events::{emit, DemandRegistered},
    state::{is_known, ExposureShard, Group, MarginAccount, RiskSnapshot, ShardRows, SnapshotRows},
};

/// Accounts of `register_demand`.
#[event_cpi]
#[derive(Accounts)]
pub struct RegisterDemand<'info> {
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// Its snapshot.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The account.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&margin_account) @ FirebreakError::NewerVersion
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Its shard.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = shard.load()?.index == margin_account.load()?.shard @ FirebreakError::WrongShard,
        constraint = is_known(&shard) @ FirebreakError::NewerVersion
    )]
    pub shard: AccountLoader<'info, ExposureShard>,
}

impl<'info> RegisterDemand<'info> {
    /// Registers all positions at stored prices. Nothing else about the account changes.
    ///
    /// # Errors
    /// `WrongGroup`, `WrongShard`, `NewerVersion`.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let (excess, sequence) = {
            let (rows, overlay) = (accounts.snapshot.rows()?, Overlay::default());
            let moment = Moment::within(&*accounts.snapshot.load()?, clock.unix_timestamp);
            let reader = RowReader::new(&rows, &overlay, moment);
            let mut account = accounts.margin_account.load_mut()?;
            let standing = Standing::of(&account, &reader);
            register(&mut account, &mut accounts.shard.rows_mut()?, &reader, &standing)?;
            account.touch();
            (standing.excess, account.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &DemandRegistered {
                group: accounts.group.key(),
                margin_account: accounts.margin_account.key(),
                excess_atoms: clamp(excess),
                sequence,
                slot: clock.slot,
            },
        )?;
        Ok(())
    }
}
