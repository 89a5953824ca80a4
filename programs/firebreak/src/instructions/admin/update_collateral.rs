//! `update_collateral`: replaces the parameters of a collateral.

use anchor_lang::prelude::*;

use super::{change_row, require_may, AddCollateralArgs, Change, Directed};
use crate::{
    error::FirebreakError,
    events::{emit, CollateralUpdated},
    state::{is_known, CollateralBank, Group, RiskSnapshot, SnapshotRows},
};

/// Accounts of `update_collateral`.
#[event_cpi]
#[derive(Accounts)]
pub struct UpdateCollateral<'info> {
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
    /// The bank.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&bank) @ FirebreakError::NewerVersion
    )]
    pub bank: AccountLoader<'info, CollateralBank>,
}

impl<'info> UpdateCollateral<'info> {
    fn validate(&self, old: &AddCollateralArgs, args: &AddCollateralArgs) -> Result<Change> {
        // authority: require_may. snapshot, bank: has_one.
        let change = old.change(args);
        require_may(&*self.group.load()?, self.authority.key, change)?;
        args.validate(old.oracle.is_none())?;
        ensure!(old.oracle == args.oracle, FirebreakError::OracleKept);
        Ok(change)
    }

    /// Replaces all parameters of the collateral but its oracle. A deposit cap below what is deposited sends nobody
    /// away: it only stops deposits.
    ///
    /// # Errors
    /// `NotGuardian`, `NotAdmin`, `QuoteBankFirst`, `OracleKept`, or a bounds error.
    pub fn handler(ctx: Context<'info, Self>, mut args: AddCollateralArgs) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let index = accounts.bank.load()?.row;
        let old = {
            let rows = accounts.snapshot.rows()?;
            let row = rows.get(usize::from(index)).ok_or(FirebreakError::NoSuchRow)?;
            AddCollateralArgs::read(&*accounts.bank.load()?, row)
        };
        if old.oracle.is_none() {
            // The quote mint has no weights; what is stated about them is not taken over, and so no change.
            args.maintenance_weight_ppm = 0;
            args.initial_weight_ppm = 0;
        }
        let change = accounts.validate(&old, &args)?;
        let (parameter_epoch, sequence) =
            change_row(&accounts.group, &accounts.snapshot, index, &clock, |row| args.write_row(row))?;
        {
            let mut bank = accounts.bank.load_mut()?;
            args.write_bank(&mut bank);
            bank.touch();
        }
        emit(
            &ctx.accounts.event_authority,
            &CollateralUpdated {
                group: accounts.group.key(),
                authority: accounts.authority.key(),
                bank: accounts.bank.key(),
                row: index,
                old,
                new: args,
                is_loosening: change == Change::Loosen,
                parameter_epoch,
                sequence,
                slot: clock.slot,
            },
        )?;
        Ok(())
    }
}
