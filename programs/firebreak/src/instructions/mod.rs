//! Instructions by domain. Each file: args, accounts, `validate`, handler.

pub mod admin;
pub mod breaker;
pub mod committee;
pub mod insurance;
pub mod liquidation;
pub mod margin;
pub mod market;
pub mod oracle;
pub(crate) mod tokens;
pub mod venue;

pub use admin::*;
pub use breaker::*;
pub use committee::*;
pub use insurance::*;
pub use liquidation::*;
pub use margin::*;
pub use market::*;
pub use oracle::*;
pub use venue::*;

use anchor_lang::{prelude::*, system_program};

use crate::error::FirebreakError;

/// Enlarges a program account and pays its rent. Zero-fills the new bytes.
pub(crate) fn grow<'info>(
    account: &AccountInfo<'info>,
    space: usize,
    payer: &AccountInfo<'info>,
    system: &AccountInfo<'info>,
) -> Result<()> {
    let rent = Rent::get()?.minimum_balance(space);
    let missing = rent.saturating_sub(account.lamports());
    if missing > 0 {
        let accounts = system_program::Transfer { from: payer.clone(), to: account.clone() };
        system_program::transfer(CpiContext::new(*system.key, accounts), missing)?;
    }
    account.resize(space)?;
    Ok(())
}

/// Fails with `error` unless `value` lies within `bounds`.
pub(crate) fn require_bounds(
    value: u64,
    bounds: crate::constants::Bounds,
    error: FirebreakError,
) -> Result<()> {
    if !bounds.contains(value) {
        msg!("value {} outside {}..={}", value, bounds.min, bounds.max);
        return Err(error.into());
    }
    Ok(())
}
