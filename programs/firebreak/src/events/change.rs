//! Events of administration after a group is open: parameters, authorities, pauses.

use anchor_lang::prelude::*;

use crate::instructions::{AddCollateralArgs, GroupParams, MarketParams, OracleParams};

/// The group-wide parameters were replaced.
#[event]
#[derive(Clone, Debug)]
pub struct GroupUpdated {
    /// The group.
    pub group: Pubkey,
    /// Who did it.
    pub authority: Pubkey,
    /// Parameters before.
    pub old: GroupParams,
    /// Parameters after.
    pub new: GroupParams,
    /// True when at least one parameter became looser.
    pub is_loosening: bool,
    /// Parameter epoch of the group after the change.
    pub parameter_epoch: u64,
    /// Sequence of the group after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// The parameters of a collateral were replaced.
#[event]
#[derive(Clone, Debug)]
pub struct CollateralUpdated {
    /// The group.
    pub group: Pubkey,
    /// Who did it.
    pub authority: Pubkey,
    /// The bank.
    pub bank: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Parameters before.
    pub old: AddCollateralArgs,
    /// Parameters after.
    pub new: AddCollateralArgs,
    /// True when at least one parameter became looser.
    pub is_loosening: bool,
    /// Parameter epoch of the group after the change.
    pub parameter_epoch: u64,
    /// Sequence of the group after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// The parameters of a market were replaced.
#[event]
#[derive(Clone, Debug)]
pub struct MarketUpdated {
    /// The group.
    pub group: Pubkey,
    /// Who did it.
    pub authority: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Parameters before.
    pub old: MarketParams,
    /// Parameters after.
    pub new: MarketParams,
    /// True when at least one parameter became looser.
    pub is_loosening: bool,
    /// Parameter epoch of the group after the change.
    pub parameter_epoch: u64,
    /// Sequence of the group after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// Sources and guards of a row were replaced.
#[event]
#[derive(Clone, Debug)]
pub struct OracleUpdated {
    /// The group.
    pub group: Pubkey,
    /// Who did it.
    pub authority: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Parameters before.
    pub old: OracleParams,
    /// Parameters after.
    pub new: OracleParams,
    /// True when at least one parameter became looser.
    pub is_loosening: bool,
    /// Parameter epoch of the group after the change.
    pub parameter_epoch: u64,
    /// Sequence of the group after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// A venue's copies of the limits in a market were brought up to date.
#[event]
#[derive(Clone, Debug)]
pub struct VenueMarketSynced {
    /// The group.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The venue's record for the market.
    pub venue_market: Pubkey,
    /// Largest fees of one fill before, in ppm.
    pub old_fee_max_ppm: u32,
    /// Largest fees of one fill after, in ppm.
    pub new_fee_max_ppm: u32,
    /// Protocol's share of fees before, in ppm.
    pub old_protocol_fee_share_ppm: u32,
    /// Protocol's share of fees after, in ppm.
    pub new_protocol_fee_share_ppm: u32,
    /// Sequence of the record after the mutation.
    pub sequence: u64,
}

/// The guardian was appointed and an administrator proposed.
#[event]
#[derive(Clone, Debug)]
pub struct AuthoritiesSet {
    /// The group.
    pub group: Pubkey,
    /// Guardian before.
    pub old_guardian: Pubkey,
    /// Guardian after. Default key: nobody.
    pub new_guardian: Pubkey,
    /// Key that may accept to become the administrator. Default key: nobody.
    pub proposed_admin: Pubkey,
    /// Sequence of the group after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// The proposed administrator accepted.
#[event]
#[derive(Clone, Debug)]
pub struct AdminChanged {
    /// The group.
    pub group: Pubkey,
    /// Administrator before.
    pub old_admin: Pubkey,
    /// Administrator after.
    pub new_admin: Pubkey,
    /// Sequence of the group after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// New risk was stopped for a while.
#[event]
#[derive(Clone, Debug)]
pub struct Paused {
    /// The group.
    pub group: Pubkey,
    /// Who did it.
    pub authority: Pubkey,
    /// Row of the market. None: the whole group.
    pub row: Option<u16>,
    /// When the pause began: earlier than now when it was prolonged.
    pub since_ts: i64,
    /// When it ends by itself.
    pub until_ts: i64,
    /// Sequence of the snapshot after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// A pause was ended early.
#[event]
#[derive(Clone, Debug)]
pub struct Resumed {
    /// The group.
    pub group: Pubkey,
    /// Row of the market. None: the whole group.
    pub row: Option<u16>,
    /// When the pause began.
    pub since_ts: i64,
    /// When it would have ended by itself.
    pub until_ts: i64,
    /// Sequence of the snapshot after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// A venue was frozen or thawed.
#[event]
#[derive(Clone, Debug)]
pub struct VenueFrozen {
    /// The group.
    pub group: Pubkey,
    /// Who did it.
    pub authority: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// True: it may report nothing but reductions.
    pub is_frozen: bool,
    /// Sequence of the venue after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}
