//! Events of administration.

use anchor_lang::prelude::*;

/// A group was created, in `Setup`.
#[event]
#[derive(Clone, Debug)]
pub struct GroupCreated {
    /// The group.
    pub group: Pubkey,
    /// Administrator.
    pub admin: Pubkey,
    /// Key that may tighten and pause.
    pub guardian: Pubkey,
    /// Mint in which profit and loss are counted.
    pub quote_mint: Pubkey,
    /// Number of the group.
    pub id: u32,
    /// Buffer above maintenance at which a liquidation stops, in ppm.
    pub target_buffer_ppm: u32,
    /// Share of maintenance below which an account is critical, in ppm.
    pub critical_ppm: u32,
    /// Share of the insurance vault per event, in ppm.
    pub cover_event_ppm: u32,
    /// Protocol's share of fees, in ppm.
    pub protocol_fee_share_ppm: u32,
    /// Slot of the mutation.
    pub slot: u64,
}

/// An exposure shard was created.
#[event]
#[derive(Clone, Debug)]
pub struct ShardCreated {
    /// The group.
    pub group: Pubkey,
    /// The shard, or its number.
    pub shard: Pubkey,
    /// Number within the group, or of the owner.
    pub index: u8,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// A collateral was added.
#[event]
#[derive(Clone, Debug)]
pub struct CollateralAdded {
    /// The group.
    pub group: Pubkey,
    /// The bank.
    pub bank: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Largest total of deposits, in atoms.
    pub deposit_cap_atoms: u64,
    /// Weight in maintenance equity, in ppm.
    pub maintenance_weight_ppm: u32,
    /// Weight in initial equity, in ppm.
    pub initial_weight_ppm: u32,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// A market was added.
#[event]
#[derive(Clone, Debug)]
pub struct MarketAdded {
    /// The group.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Its ledger.
    pub ledger: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Position in the exposure shards.
    pub market_index: u16,
    /// Name, padded with zeros.
    pub name: [u8; 16],
    /// Initial margin, in ppm.
    pub initial_ppm: u32,
    /// Maintenance margin, in ppm.
    pub maintenance_ppm: u32,
    /// Notional that moves the log price by one, in quote atoms.
    pub depth_atoms: u64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// A venue was admitted.
#[event]
#[derive(Clone, Debug)]
pub struct VenueRegistered {
    /// The group.
    pub group: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// Key that signs the venue's fills.
    pub authority: Pubkey,
    /// The venue's program.
    pub program: Pubkey,
    /// Number within the group, or of the owner.
    pub index: u16,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// A venue was admitted to a market.
#[event]
#[derive(Clone, Debug)]
pub struct VenueMarketAdded {
    /// The group.
    pub group: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The venue's record for the market.
    pub venue_market: Pubkey,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// A group was opened for deposits.
#[event]
#[derive(Clone, Debug)]
pub struct GroupActivated {
    /// The group.
    pub group: Pubkey,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}
