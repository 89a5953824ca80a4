//! `update_market`: replaces the parameters of a market.

use anchor_lang::prelude::*;

use super::{change_row, require_may, Change, Directed, MarketParams};
use crate::{
    error::FirebreakError,
    events::{emit, MarketUpdated},
    state::{is_known, Group, Market, RiskSnapshot, SnapshotRows},
};

/// Accounts of `update_market`.
#[event_cpi]
#[derive(Accounts)]
pub struct UpdateMarket<'info> {
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
    /// The market.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&market) @ FirebreakError::NewerVersion
    )]
    pub market: AccountLoader<'info, Market>,
}

impl<'info> UpdateMarket<'info> {
    fn validate(&self, old: &MarketParams, params: &MarketParams) -> Result<Change> {
        // authority: require_may. snapshot, market: has_one.
        let change = old.change(params);
        require_may(&*self.group.load()?, self.authority.key, change)?;
        // Positions count in lots of this size, and people know the market by its name.
        ensure!(
            old.name == params.name
                && old.base_decimals == params.base_decimals
                && old.lot_exponent == params.lot_exponent,
            FirebreakError::MarketIdentity
        );
        ensure!(old.oracle == params.oracle, FirebreakError::OracleKept);
        params.validate()?;
        params.portfolio.require_link(&self.snapshot.rows()?)?;
        Ok(change)
    }

    /// Replaces all parameters of the market but its oracle. Venues' copies of the fee bound follow with
    /// `sync_venue_market`.
    ///
    /// # Errors
    /// `NotGuardian`, `NotAdmin`, `MarketIdentity`, `OracleKept`, or a bounds error.
    pub fn handler(ctx: Context<'info, Self>, params: MarketParams) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let index = accounts.market.load()?.row;
        let old = {
            let rows = accounts.snapshot.rows()?;
            let row = rows.get(usize::from(index)).ok_or(FirebreakError::NoSuchRow)?;
            MarketParams::read(&*accounts.market.load()?, row)
        };
        let change = accounts.validate(&old, &params)?;
        let (parameter_epoch, sequence) =
            change_row(&accounts.group, &accounts.snapshot, index, &clock, |row| params.write_row(row))?;
        {
            let mut market = accounts.market.load_mut()?;
            params.write_market(&mut market);
            market.touch();
        }
        emit(
            &ctx.accounts.event_authority,
            &MarketUpdated {
                group: accounts.group.key(),
                authority: accounts.authority.key(),
                market: accounts.market.key(),
                row: index,
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
