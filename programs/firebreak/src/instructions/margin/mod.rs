//! Margin accounts: opening, moving tokens, approving venues, settling and closing.

mod approve_venue;
mod close_account;
mod deposit;
mod open_account;
mod register_demand;
mod settle_pnl;
mod view_account;
mod withdraw;

pub use approve_venue::*;
pub use close_account::*;
pub use deposit::*;
pub use open_account::*;
pub use register_demand::*;
pub use settle_pnl::*;
pub use view_account::*;
pub use withdraw::*;

use anchor_lang::prelude::*;

use crate::{engine::rows::OVERLAY_MAX, error::FirebreakError};

/// Rows whose primary and secondary oracle accounts are passed as remaining accounts, to be read in memory.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default)]
pub struct OverlayArgs {
    /// Rows, the first `count` in use.
    pub rows: [u16; OVERLAY_MAX],
    /// Rows in use.
    pub count: u8,
}

impl OverlayArgs {
    /// The rows in use.
    ///
    /// # Errors
    /// `RefreshRows` when the count exceeds the array.
    pub fn rows(&self) -> Result<&[u16]> {
        self.rows.get(..usize::from(self.count)).ok_or_else(|| FirebreakError::RefreshRows.into())
    }
}
