//! `add_market`: cold configuration, ledger, a row in the snapshot and a row in every exposure shard.

use anchor_lang::prelude::*;

use super::{add_collateral::append_row, quantum_exponent, MarketParams};
use crate::{
    constants::*,
    error::FirebreakError,
    events::{emit, MarketAdded},
    instructions::grow,
    state::{
        is_known, shard_space, ExposureShard, Group, Market, MarketLedger, RiskSnapshot, Row, RowKind,
        Shards, SnapshotRows,
    },
};

/// Accounts of `add_market`. Remaining accounts: all shards of the group, writable, in order.
#[event_cpi]
#[derive(Accounts)]
pub struct AddMarket<'info> {
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
    /// Its snapshot; grows by one row.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The new market.
    #[account(
        init,
        payer = admin,
        space = 8 + core::mem::size_of::<Market>(),
        seeds = [MARKET, group.key().as_ref(), &group.load()?.market_count.to_le_bytes()],
        bump
    )]
    pub market: AccountLoader<'info, Market>,
    /// Its ledger.
    #[account(
        init,
        payer = admin,
        space = 8 + core::mem::size_of::<MarketLedger>(),
        seeds = [LEDGER, market.key().as_ref()],
        bump
    )]
    pub ledger: AccountLoader<'info, MarketLedger>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

impl<'info> AddMarket<'info> {
    fn validate(&self, params: &MarketParams) -> Result<()> {
        // admin, snapshot: has_one. market, ledger: created here at their addresses. shards: grow_shards.
        let group = self.group.load()?;
        ensure!(group.shard_count == SHARD_COUNT, FirebreakError::ShardOrder);
        ensure!(usize::from(group.row_count) < ROWS_MAX, FirebreakError::RowsFull);
        ensure!(group.market_count < MARKETS_MAX, FirebreakError::MarketsFull);
        params.validate()?;
        params.portfolio.require_link(&self.snapshot.rows()?)?;
        quantum_exponent(&group, params.base_decimals, params.lot_exponent).map(|_| ())
    }

    /// Adds the market.
    ///
    /// # Errors
    /// `ShardOrder`, `RowsFull`, `MarketsFull`, `ShardsMissing`, or a bounds error.
    pub fn handler(ctx: Context<'info, Self>, params: MarketParams) -> Result<()> {
        ctx.accounts.validate(&params)?;
        let accounts = &ctx.accounts;
        let (row_index, market_index, sequence) = accounts.count_up()?;
        {
            let mut market = accounts.market.load_init()?;
            market.group = accounts.group.key();
            market.row = row_index;
            market.market_index = market_index;
            market.bump = ctx.bumps.market;
            market.ledger_bump = ctx.bumps.ledger;
            market.version = LAYOUT_VERSION;
            params.write_market(&mut market);
        }
        {
            let mut ledger = accounts.ledger.load_init()?;
            ledger.group = accounts.group.key();
            ledger.market = accounts.market.key();
            ledger.row = row_index;
            ledger.market_index = market_index;
            ledger.bump = ctx.bumps.ledger;
            ledger.version = LAYOUT_VERSION;
        }
        accounts.add_row(&params, row_index, market_index)?;
        accounts.grow_shards(ctx.remaining_accounts, market_index)?;
        emit(
            &ctx.accounts.event_authority,
            &MarketAdded {
                group: accounts.group.key(),
                market: accounts.market.key(),
                ledger: accounts.ledger.key(),
                row: row_index,
                market_index,
                name: params.name,
                initial_ppm: params.initial_ppm,
                maintenance_ppm: params.maintenance_ppm,
                depth_atoms: params.depth_atoms,
                sequence,
            },
        )?;
        Ok(())
    }

    fn count_up(&self) -> Result<(u16, u16, u64)> {
        let mut group = self.group.load_mut()?;
        let indices = (group.row_count, group.market_count);
        group.row_count += 1;
        group.market_count += 1;
        group.touch();
        Ok((indices.0, indices.1, group.sequence))
    }

    fn add_row(&self, params: &MarketParams, index: u16, market_index: u16) -> Result<()> {
        let exponent = quantum_exponent(&*self.group.load()?, params.base_decimals, params.lot_exponent)?;
        let mut row = Row {
            index,
            market_index,
            kind: RowKind::Market as u8,
            quantum_exponent: exponent,
            ..Row::default()
        };
        params.write_row(&mut row);
        append_row(&self.snapshot, row, &self.admin, &self.system_program)
    }

    fn grow_shards(&self, shards: &'info [AccountInfo<'info>], market_index: u16) -> Result<()> {
        for info in Shards::check(&self.group.key(), shards)?.infos() {
            let shard = AccountLoader::<ExposureShard>::try_from(info)?;
            ensure!(shard.load()?.row_count == market_index, FirebreakError::ShardsMissing);
            let space = shard_space(usize::from(market_index) + 1);
            grow(info, space, self.admin.as_ref(), self.system_program.as_ref())?;
            let mut header = shard.load_mut()?;
            header.row_count += 1;
            header.sequence = header.sequence.wrapping_add(1);
        }
        Ok(())
    }
}
