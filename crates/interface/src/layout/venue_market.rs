//! One venue's use of one market.

use bytemuck::{Pod, Zeroable};
use core::mem::{offset_of, size_of};

use super::{Layout, View};
use crate::discriminators;

/// A venue's use of a market, without the discriminator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct VenueMarket {
    /// The group.
    pub group: [u8; 32],
    /// The venue.
    pub venue: [u8; 32],
    /// The market.
    pub market: [u8; 32],
    /// Raised by each fill.
    pub sequence: u64,
    /// Fees owed to the venue since creation, in quote atoms.
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
    /// Largest fees of one fill, in ppm of its notional.
    pub fee_max_ppm: u32,
    /// Protocol's share of fees, in ppm.
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
    /// Room for later fields.
    pub reserved: [u8; 480],
}

const _: () = assert!(size_of::<VenueMarket>() == 664);
const _: () = assert!(offset_of!(VenueMarket, market) == 64);
const _: () = assert!(offset_of!(VenueMarket, fee_max_ppm) == 168);
const _: () = assert!(offset_of!(VenueMarket, row) == 176);
const _: () = assert!(offset_of!(VenueMarket, version) == 183);

impl Layout for VenueMarket {
    const DISCRIMINATOR: [u8; 8] = discriminators::VENUE_MARKET;
    const VERSION_OFFSET: usize = offset_of!(VenueMarket, version);
}

impl View<'_, VenueMarket> {
    /// The group.
    pub fn group(&self) -> [u8; 32] {
        self.field(offset_of!(VenueMarket, group))
    }

    /// The venue.
    pub fn venue(&self) -> [u8; 32] {
        self.field(offset_of!(VenueMarket, venue))
    }

    /// The market.
    pub fn market(&self) -> [u8; 32] {
        self.field(offset_of!(VenueMarket, market))
    }

    /// Row of the market in the snapshot.
    pub fn row(&self) -> u16 {
        self.field(offset_of!(VenueMarket, row))
    }

    /// Largest fees of one fill, in ppm of its notional.
    pub fn fee_max_ppm(&self) -> u32 {
        self.field(offset_of!(VenueMarket, fee_max_ppm))
    }

    /// Fees owed to the venue since creation, in quote atoms.
    pub fn fees_atoms(&self) -> u64 {
        self.field(offset_of!(VenueMarket, fees_atoms))
    }
}
