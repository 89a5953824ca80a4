//! The reporters of a market and what each of them last said.

use bytemuck::{Pod, Zeroable};
use core::mem::{offset_of, size_of};

use super::{Layout, View};
use crate::discriminators;

/// Seats of a committee.
pub const COMMITTEE_SEATS: usize = 8;

/// One reporter with its last report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Seat {
    /// Who reports. Default key: the seat is not in use.
    pub reporter: [u8; 32],
    /// Variance of log returns per second that it expects, in 2^-64. 0: it has not reported.
    pub variance_q64: u64,
    /// Quote notional that would move the log price by one, as it expects it, in atoms. 0: it has not reported.
    pub depth_atoms: u64,
    /// When it said so. 0: it has not reported.
    pub reported_ts: i64,
}

/// Committee of a market, without the discriminator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Committee {
    /// The group.
    pub group: [u8; 32],
    /// The market.
    pub market: [u8; 32],
    /// Raised by each mutation.
    pub sequence: u64,
    /// Reporters, those in use first.
    pub seats: [Seat; COMMITTEE_SEATS],
    /// Oldest report that counts, in seconds.
    pub age_max_secs: u32,
    /// Lowest variance that the committee can bring about, in thousandths of the measured one.
    pub variance_low_milli: u16,
    /// Highest such variance, in thousandths of the measured one.
    pub variance_high_milli: u16,
    /// Lowest depth that the committee can bring about, in thousandths of the market's.
    pub depth_low_milli: u16,
    /// Highest such depth, in thousandths of the market's.
    pub depth_high_milli: u16,
    /// Row of the market in the snapshot.
    pub row: u16,
    /// Fresh reports without which measured values stand alone.
    pub quorum: u8,
    /// Seats in use. 0: the committee is silent.
    pub seat_count: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 6],
    /// Room for later fields.
    pub reserved: [u8; 64],
}

const _: () = assert!(size_of::<Seat>() == 56);
const _: () = assert!(size_of::<Committee>() == 608);
const _: () = assert!(offset_of!(Committee, seats) == 72);
const _: () = assert!(offset_of!(Committee, seat_count) == 535);
const _: () = assert!(offset_of!(Committee, version) == 537);

impl Layout for Committee {
    const DISCRIMINATOR: [u8; 8] = discriminators::COMMITTEE;
    const VERSION_OFFSET: usize = offset_of!(Committee, version);
}

impl View<'_, Committee> {
    /// The market.
    pub fn market(&self) -> [u8; 32] {
        self.field(offset_of!(Committee, market))
    }

    /// Seats in use.
    pub fn seat_count(&self) -> u8 {
        self.field(offset_of!(Committee, seat_count))
    }

    /// One seat; `None` when it is not in use.
    pub fn seat(&self, index: u8) -> Option<Seat> {
        let is_used = index < self.seat_count() && usize::from(index) < COMMITTEE_SEATS;
        is_used.then(|| self.field(offset_of!(Committee, seats) + usize::from(index) * size_of::<Seat>()))
    }
}
