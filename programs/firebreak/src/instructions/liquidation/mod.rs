//! Liquidation routes.

mod decision;
mod liquidate;
mod liquidate_collateral;
mod outcome;

pub use liquidate::*;
pub use liquidate_collateral::*;
pub use outcome::*;

use anchor_lang::prelude::*;

use crate::{
    error::FirebreakError,
    state::{ExposureShard, MarginAccount},
};

/// A margin account with the shard that was passed for it.
type WithShard<'a, 'info> =
    (&'a AccountLoader<'info, MarginAccount>, &'a AccountLoader<'info, ExposureShard>);

/// Checks what Anchor does not compare: that nobody deals with itself, and that each account comes with its own shard.
fn require_two_accounts<'info>(
    liquidator: WithShard<'_, 'info>,
    liquidatee: WithShard<'_, 'info>,
) -> Result<()> {
    ensure!(liquidator.0.key() != liquidatee.0.key(), FirebreakError::SelfLiquidation);
    for (account, shard) in [liquidator, liquidatee] {
        ensure!(account.load()?.shard == shard.load()?.index, FirebreakError::WrongShard);
    }
    Ok(())
}
