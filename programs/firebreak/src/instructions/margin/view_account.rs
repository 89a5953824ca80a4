//! `view_account`: where an account stands, as return data. No signer, nothing writable.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use firebreak_risk::units::Seconds;

use super::OverlayArgs;
use crate::{
    engine::{clock::levels, standing::standing, Moment, Overlay, RowReader},
    error::FirebreakError,
    state::{is_known, MarginAccount, RiskSnapshot, SnapshotRows},
};

/// Accounts of `view_account`. Remaining accounts: the oracles of each overlay row, in order.
#[derive(Accounts)]
pub struct ViewAccount<'info> {
    /// The snapshot.
    #[account(constraint = is_known(&snapshot) @ FirebreakError::NewerVersion)]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The account.
    #[account(
        constraint = margin_account.load()?.group == snapshot.load()?.group @ FirebreakError::WrongGroup,
        constraint = is_known(&margin_account) @ FirebreakError::NewerVersion
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

impl<'info> ViewAccount<'info> {
    /// Answers with an `AccountStanding` as return data; its probability of bankruptcy is within `horizon_secs`.
    ///
    /// # Errors
    /// `WrongGroup`, `NewerVersion`, and those of the overlay.
    pub fn handler(ctx: Context<'info, Self>, horizon_secs: u32, overlay: OverlayArgs) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let (moment, levels, sequence) = {
            let header = accounts.snapshot.load()?;
            (Moment::of(&header, &clock), levels(&header), header.sequence)
        };
        let rows = accounts.snapshot.rows()?;
        let overlay = Overlay::read(&rows, overlay.rows()?, ctx.remaining_accounts, (&clock, &moment))?;
        let reader = RowReader::new(&rows, &overlay, moment);
        let account = accounts.margin_account.load()?;
        let mut answer = standing(&account, &reader, &levels, Seconds(horizon_secs.into()))?;
        answer.snapshot_sequence = sequence;
        set_return_data(bytemuck::bytes_of(&answer));
        Ok(())
    }
}
