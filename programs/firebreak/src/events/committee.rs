//! Events of committees of reporters.

use anchor_lang::prelude::*;

use crate::instructions::CommitteeParams;

/// A market was given a committee.
#[event]
#[derive(Clone, Debug)]
pub struct CommitteeCreated {
    /// The group.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The committee.
    pub committee: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Seats and rules.
    pub params: CommitteeParams,
    /// Sequence of the committee after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// Seats and rules of a committee were replaced.
#[event]
#[derive(Clone, Debug)]
pub struct CommitteeUpdated {
    /// The group.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The committee.
    pub committee: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Seats and rules before.
    pub old: CommitteeParams,
    /// Seats and rules after.
    pub new: CommitteeParams,
    /// Sequence of the committee after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// A reporter said what it expects.
#[event]
#[derive(Clone, Debug)]
pub struct ForecastPosted {
    /// The group.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Who said so.
    pub reporter: Pubkey,
    /// Variance of log returns per second, in 2^-64.
    pub variance_q64: u64,
    /// Quote notional that would move the log price by one, in atoms.
    pub depth_atoms: u64,
    /// When it was said.
    pub reported_ts: i64,
    /// Sequence of the committee after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}
