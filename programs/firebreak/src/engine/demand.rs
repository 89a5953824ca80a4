//! Registering an account's positions in the liquidation-demand curves of their markets.
//!
//! Whoever changes an account registers all its positions anew, because what changes the distance of one of them to
//! liquidation changes that of all. Anybody may do so for an account whose registrations have aged.

use anchor_lang::prelude::*;
use firebreak_risk::{
    demand::{distance, DistanceInput, Registration, Window},
    units::{Side, Units, UnixTime},
    RiskError,
};

use super::{
    health::{maintenance_health, AccountHealth},
    rows::RowReader,
};
use crate::{
    constants::POSITIONS_MAX,
    error::{FirebreakError, OrFail},
    state::{shard_row, MarginAccount, ShardRow},
};

/// What the distance of an account to liquidation follows from.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Equity less maintenance margin, in quote atoms.
    pub excess: i128,
    /// Notional of each position, in quote atoms, in the order of the account's positions.
    pub notionals: [u64; POSITIONS_MAX],
    /// What the account gains when the common factor rises by one in ln price, in quote atoms.
    pub joint_atoms: i64,
}

impl Standing {
    /// The standing of an account as it is. One that cannot be valued counts as at the price: nobody is kept from
    /// depositing or reducing by a number that does not fit.
    pub fn of(account: &MarginAccount, rows: &RowReader) -> Self {
        match maintenance_health(account, rows) {
            Ok(sums) => Self::from(&sums),
            Err(_) => Self { excess: 0, notionals: [u64::MAX; POSITIONS_MAX], joint_atoms: 0 },
        }
    }
}

impl From<&AccountHealth> for Standing {
    fn from(sums: &AccountHealth) -> Self {
        let excess = sums.health.equity.saturating_sub(sums.health.maintenance);
        Self { excess, notionals: sums.notionals, joint_atoms: sums.joint_atoms }
    }
}

/// Replaces the registrations of all positions by what they are now, in the account's shard, and frees the places of
/// positions with nothing left. `standing` is that of the account as it is.
///
/// # Errors
/// `NoSuchRow` and `ShardMalformed` for accounts that do not belong together, `ShardInconsistent` when a sum does not hold
/// what a position says it added.
pub fn register(
    account: &mut MarginAccount,
    shard: &mut [ShardRow],
    rows: &RowReader,
    standing: &Standing,
) -> Result<()> {
    let count = account.positions().len();
    let (excess, now) = (standing.excess, UnixTime(rows.now()));
    for (position, notional) in account.positions[..count].iter_mut().zip(&standing.notionals) {
        let row = rows.market(position.row)?;
        let new = match Units(position.units).side() {
            None => None,
            Some(side) => {
                let joint = row.own_exposure(standing.joint_atoms);
                let input = DistanceInput { excess, joint, notional: *notional, side };
                let units = position.units.unsigned_abs();
                let bin = overdue(rows.price_bin(row)?, side, excess);
                Some(row.window().registration(side, units, bin, distance(&input)))
            }
        };
        if !position.is_registered_as(new.as_ref()) {
            let sums = shard_row(shard, row.market_index)?;
            replace(sums, row.window(), position.registration(), new)?;
            position.set_registration(new);
        }
        position.on_registered(now);
    }
    account.drop_empty_positions();
    Ok(())
}

/// The bin from which a trigger is counted: that of the price, and for an account that does not exceed maintenance margin
/// the one behind it, where it stays part of the backlog when somebody registers it anew.
fn overdue(price_bin: i16, side: Side, excess: i128) -> i16 {
    match side {
        _ if excess > 0 => price_bin,
        Side::Long => price_bin.saturating_add(1),
        Side::Short => price_bin.saturating_sub(1),
    }
}

fn replace(
    sums: &mut ShardRow,
    window: Window,
    old: Option<Registration>,
    new: Option<Registration>,
) -> Result<()> {
    let mut shard = sums.demand().entered(window).or_fail()?;
    let replaced = match (&old, &new) {
        (Some(old), Some(new)) => shard.replace(old, new),
        (Some(old), None) => shard.remove(old),
        (None, Some(new)) => shard.register(new),
        (None, None) => Ok(()),
    };
    replaced.map_err(|error| match error {
        RiskError::DomainError => FirebreakError::ShardInconsistent.into(),
        other => FirebreakError::from(other).into(),
    })
}
