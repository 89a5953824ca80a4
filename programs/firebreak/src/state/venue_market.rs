//! One venue's use of one market.

use anchor_lang::prelude::*;

use crate::error::FirebreakError;

/// Usage, fees and (later) premium samples of a venue in a market. Written by that venue's fills.
#[account(zero_copy)]
#[repr(C)]
pub struct VenueMarket {
    /// The group.
    pub group: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Raised by each fill.
    pub sequence: u64,
    /// Fees owed to the venue, in quote atoms. Only grows; what was paid out is in the ledger.
    pub fees_atoms: u64,
    /// Notional of all fills, in quote atoms.
    pub volume_atoms: u64,
    /// Fills admitted.
    pub fill_count: u64,
    /// Fees that left the market's pool for the venue, in quote atoms.
    pub fees_paid_atoms: u64,
    /// Average premium of the venue's mark over the risk price, in ppm in 2^-16.
    pub premium_average_q16: i64,
    /// Unix time up to which that average is complete. 0: never posted.
    pub premium_updated_ts: i64,
    /// Units that this venue's fills opened less those that they closed, not below zero: its weight in funding.
    pub open_units: u64,
    /// Last posted premium, in ppm.
    pub premium_last_ppm: i32,
    /// Explicit padding.
    pub _padding_premium: [u8; 4],
    /// Largest fees of one fill, in ppm of its notional: a copy of the market's bound.
    pub fee_max_ppm: u32,
    /// Protocol's share of fees, in ppm: a copy of the group's.
    pub protocol_fee_share_ppm: u32,
    /// Row of the market in the snapshot.
    pub row: u16,
    /// Position of the market in each exposure shard.
    pub market_index: u16,
    /// Number of the venue within the market.
    pub ordinal: u16,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Room for premium samples and caps.
    pub reserved: [u8; 480],
}

const _: () = assert!(core::mem::size_of::<VenueMarket>() == 664);

impl VenueMarket {
    /// Books an admitted fill.
    ///
    /// # Errors
    /// `MathOverflow` when a total does not fit.
    pub fn on_fill(&mut self, notional_atoms: u64, fees_atoms: u64) -> Result<()> {
        self.volume_atoms = self.volume_atoms.saturating_add(notional_atoms);
        self.fees_atoms = self.fees_atoms.checked_add(fees_atoms).ok_or(FirebreakError::MathOverflow)?;
        self.fill_count = self.fill_count.wrapping_add(1);
        self.sequence = self.sequence.wrapping_add(1);
        Ok(())
    }
}
