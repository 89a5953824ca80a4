//! Events of fills.

use anchor_lang::prelude::*;

/// A fill was admitted and applied.
#[event]
#[derive(Clone, Debug)]
pub struct FillApplied {
    /// The group.
    pub group: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// The taker.
    pub taker: Pubkey,
    /// Sequence of the taker's account afterwards.
    pub taker_sequence: u64,
    /// The makers, in the order of the legs.
    pub makers: Vec<Pubkey>,
    /// True: the taker bought.
    pub is_buyer: bool,
    /// Lots with all makers together.
    pub lots: u64,
    /// Quote traded, or notional at the risk price, in atoms.
    pub notional_atoms: u64,
    /// Fees owed to the venue, in quote atoms.
    pub venue_fees_atoms: u64,
    /// Fees owed to the protocol, in quote atoms.
    pub protocol_fees_atoms: u64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}
