//! `update_oracle`: replaces sources and guards of one row, a market's or a collateral's.

use anchor_lang::prelude::*;

use super::{change_row, require_convertible, require_may, Change, Directed, OracleParams, UpdateGroup};
use crate::{
    constants::USABLE_SECS,
    error::FirebreakError,
    events::{emit, OracleUpdated},
    state::{Row, SnapshotRows},
};
use firebreak_risk::oracle::Verdict;

/// `update_oracle` has the accounts of `update_group`.
pub struct UpdateOracle;

impl UpdateOracle {
    /// Replaces a row's sources and guards.
    ///
    /// # Errors
    /// `NoSuchRow`, `RowWithoutOracle` for the quote row, `NotGuardian`, `NotAdmin`, `LotBounds`, `OracleKinds`,
    /// `DefaultKey`, or a bounds error.
    pub fn handler<'info>(
        ctx: Context<'info, UpdateGroup<'info>>,
        index: u16,
        params: OracleParams,
    ) -> Result<()> {
        let accounts = &*ctx.accounts;
        let clock = Clock::get()?;
        let old = {
            let rows = accounts.snapshot.rows()?;
            let row = rows.get(usize::from(index)).ok_or(FirebreakError::NoSuchRow)?;
            ensure!(!row.is_quote(), FirebreakError::RowWithoutOracle);
            require_convertible(row.quantum_exponent)?;
            OracleParams::read(row)
        };
        let change = old.change(&params);
        require_may(&*accounts.group.load()?, accounts.authority.key, change)?;
        params.validate()?;
        let (parameter_epoch, sequence) =
            change_row(&accounts.group, &accounts.snapshot, index, &clock, |row| {
                params.write(row);
                forget(row, &old, &params, clock.unix_timestamp);
            })?;
        emit(
            &ctx.accounts.event_authority,
            &OracleUpdated {
                group: accounts.group.key(),
                authority: accounts.authority.key(),
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

/// Forgets what another source said.
///
/// - Its publish time: the new source's own clock decides what is newer. If the old one had published in the future of
///   the new one, every reading of the new one would count as replayed.
/// - The verdict and the price's age: the price was the old source's, which may be why it was replaced. Nobody opens,
///   withdraws or is liquidated on it, in this market or with a position in it elsewhere, until the new source was
///   read, which anybody can bring about. The number stays, so that reductions and balances can still be valued, as in
///   a row whose sources are dead.
/// - The breaker's streak: two readings of one source trip it, not one of each.
fn forget(row: &mut Row, old: &OracleParams, new: &OracleParams, now: i64) {
    let is_other_feed = old.feed_id != new.feed_id;
    let is_other =
        |keys: [&Pubkey; 2], kinds: [u8; 2]| is_other_feed || keys[0] != keys[1] || kinds[0] != kinds[1];
    let is_primary = is_other([&old.primary_key, &new.primary_key], [old.primary_kind, new.primary_kind]);
    let is_secondary =
        is_other([&old.secondary_key, &new.secondary_key], [old.secondary_kind, new.secondary_kind]);
    let mut is_forgotten = is_primary || is_secondary;
    if is_primary {
        row.primary_publish_ts = 0;
    }
    if is_secondary {
        row.secondary_publish_ts = 0;
    }
    if is_other([&old.third_key, &new.third_key], [old.third_kind, new.third_kind]) {
        row.third_publish_ts = 0;
        is_forgotten = true;
    }
    if is_forgotten {
        row.verdict = Verdict::Unknown as u8;
        // Just too old to be used, and no older: the slow price and the drift take the age for real.
        row.update_ts = row.update_ts.min(now.saturating_sub(USABLE_SECS).saturating_sub(1));
        row.breaker_history = 0;
    }
}
