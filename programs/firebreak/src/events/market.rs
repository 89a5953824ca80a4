//! Events of a market as a whole.

use anchor_lang::prelude::*;

/// A market's shards were added up, and its funding has accrued.
#[event]
#[derive(Clone, Debug)]
pub struct MarketFolded {
    /// The group.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Units of the long, then of the short side.
    pub open_interest_units: [u64; 2],
    /// Protocol fees charged since creation, in quote atoms.
    pub protocol_fees_atoms: u64,
    /// Premium combined over venues, in ppm of the risk price; positive: longs pay.
    pub premium_ppm: i32,
    /// Funding since the last fold per whole lot, in 2^-32 quote atoms; positive: longs paid.
    pub funding_step_q32: i64,
    /// Delta of liquidation demand, long then short: quote atoms per unit of ln price, near the price.
    pub delta_atoms: [u64; 2],
    /// Gamma: its change per unit of ln price ahead, in quote atoms.
    pub gamma_atoms: [i64; 2],
    /// Reproduction number of liquidations, in ppm.
    pub reproduction_ppm: [u32; 2],
    /// Bins of 3 % to the next cluster of demand; 65 535: none.
    pub cluster_bins: [u16; 2],
    /// 1: the backlog of liquidations cannot be worked off in time.
    pub is_pace_infeasible: [u8; 2],
    /// Largest open interest until the next fold, in quote atoms.
    pub growth_cap_atoms: [u64; 2],
    /// Highest maintenance margin that either side's demand allows, in ppm of notional.
    pub maintenance_limit_ppm: [u32; 2],
    /// Depth that R and the limits are reckoned with, in quote atoms: the market's, or what its committee makes of it.
    pub depth_atoms: u64,
    /// Variance per second that the committee expects, in 2^-64. 0: none, or what is measured.
    pub forecast_variance_q64: u64,
    /// Folds of the market since creation.
    pub fold_sequence: u64,
    /// Sequence of the ledger afterwards.
    pub ledger_sequence: u64,
    /// Sequence of the snapshot afterwards.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}

/// A venue's mark price went into its average premium.
#[event]
#[derive(Clone, Debug)]
pub struct PremiumPosted {
    /// The group.
    pub group: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// The mark price, in 2^-32 quote atoms per lot.
    pub mark_price_q32: u64,
    /// Its premium over the risk price, in ppm.
    pub premium_ppm: i32,
    /// The average afterwards, in ppm in 2^-16.
    pub premium_average_q16: i64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// A venue was paid fees.
#[event]
#[derive(Clone, Debug)]
pub struct VenueFeesCollected {
    /// The group.
    pub group: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Margin account that was paid.
    pub margin_account: Pubkey,
    /// Quote atoms that were paid.
    pub paid_atoms: u64,
    /// Quote atoms that are owed no longer, because a loss took them.
    pub lost_atoms: u64,
    /// Fees that the venue is still owed, in quote atoms.
    pub unpaid_atoms: u64,
    /// The pool afterwards, in quote atoms.
    pub pool_atoms: u64,
    /// Sequence of the ledger afterwards.
    pub ledger_sequence: u64,
    /// Sequence of the margin account afterwards.
    pub account_sequence: u64,
    /// Sequence of the venue's record after the mutation.
    pub sequence: u64,
}

/// The protocol was paid fees.
#[event]
#[derive(Clone, Debug)]
pub struct ProtocolFeesCollected {
    /// The group.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Margin account of the administrator.
    pub margin_account: Pubkey,
    /// Quote atoms that were paid.
    pub paid_atoms: u64,
    /// Quote atoms that are owed no longer, because a loss took them.
    pub lost_atoms: u64,
    /// Part of what was paid that went to the insurance.
    pub insurance_atoms: u64,
    /// The pool afterwards, in quote atoms.
    pub pool_atoms: u64,
    /// Sequence of the ledger afterwards.
    pub ledger_sequence: u64,
    /// Sequence of the margin account afterwards.
    pub sequence: u64,
}
