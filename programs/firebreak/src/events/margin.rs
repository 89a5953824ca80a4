//! Events of margin accounts.

use anchor_lang::prelude::*;

/// A margin account was opened.
#[event]
#[derive(Clone, Debug)]
pub struct AccountOpened {
    /// The group.
    pub group: Pubkey,
    /// The margin account.
    pub margin_account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Number within the group, or of the owner.
    pub index: u16,
    /// The shard, or its number.
    pub shard: u8,
    /// Slot of the mutation.
    pub slot: u64,
}

/// A venue approval was given or taken back.
#[event]
#[derive(Clone, Debug)]
pub struct VenueApprovalSet {
    /// The margin account.
    pub margin_account: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// True: may report fills. False: may no longer.
    pub is_approved: bool,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// Tokens were deposited.
#[event]
#[derive(Clone, Debug)]
pub struct Deposited {
    /// The group.
    pub group: Pubkey,
    /// The margin account.
    pub margin_account: Pubkey,
    /// Owner of the source tokens.
    pub depositor: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Amount, in atoms of the mint.
    pub atoms: u64,
    /// Balance afterwards, in atoms.
    pub balance_atoms: i64,
    /// The bank's total afterwards, in atoms.
    pub deposits_atoms: u64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// Tokens were withdrawn.
#[event]
#[derive(Clone, Debug)]
pub struct Withdrawn {
    /// The group.
    pub group: Pubkey,
    /// The margin account.
    pub margin_account: Pubkey,
    /// Token account that received them.
    pub destination: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// Amount, in atoms of the mint.
    pub atoms: u64,
    /// Balance afterwards, in atoms.
    pub balance_atoms: i64,
    /// The bank's total afterwards, in atoms.
    pub deposits_atoms: u64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// Profit or loss of a position was settled.
#[event]
#[derive(Clone, Debug)]
pub struct PnlSettled {
    /// The margin account.
    pub margin_account: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Into cash (positive) or out of it, in quote atoms.
    pub settled_atoms: i64,
    /// Settled-loss pool afterwards, in quote atoms.
    pub pool_atoms: u64,
    /// Sequence of the ledger afterwards.
    pub ledger_sequence: u64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// An empty account was closed.
#[event]
#[derive(Clone, Debug)]
pub struct AccountClosed {
    /// The group.
    pub group: Pubkey,
    /// The margin account.
    pub margin_account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// An account's positions were registered anew in the demand curves of their markets.
#[event]
#[derive(Clone, Debug)]
pub struct DemandRegistered {
    /// The group.
    pub group: Pubkey,
    /// The margin account.
    pub margin_account: Pubkey,
    /// Its equity less its maintenance margin, in quote atoms.
    pub excess_atoms: i64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}
