//! One venue's use of one market.

use anchor_lang::prelude::*;
use firebreak_risk::{
    funding::Premium,
    units::{Seconds, UnixTime},
};

use crate::{constants::PREMIUM_SECS, error::FirebreakError};

/// Usage, fees and premium of a venue in a market. Written by that venue alone, and when it is paid its fees.
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

/// What one fill adds to a venue's record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FillBooking {
    /// Notional, in quote atoms.
    pub notional_atoms: u64,
    /// The venue's fees, in quote atoms.
    pub fees_atoms: u64,
    /// Units by which positions of the parties became larger.
    pub opened_units: u64,
    /// Units by which they became smaller.
    pub closed_units: u64,
}

impl FillBooking {
    /// Counts one party's change of units. A position that turns around is closed and opened.
    ///
    /// # Errors
    /// `MathOverflow` when a sum does not fit.
    pub fn add_units(&mut self, before: i64, after: i64) -> Result<()> {
        let is_turned = before != 0 && after != 0 && (before < 0) != (after < 0);
        let (opened, closed) = match is_turned {
            true => (after.unsigned_abs(), before.unsigned_abs()),
            false => (
                after.unsigned_abs().saturating_sub(before.unsigned_abs()),
                before.unsigned_abs().saturating_sub(after.unsigned_abs()),
            ),
        };
        let overflow = FirebreakError::MathOverflow;
        self.opened_units = self.opened_units.checked_add(opened).ok_or(overflow)?;
        self.closed_units = self.closed_units.checked_add(closed).ok_or(overflow)?;
        Ok(())
    }
}

impl VenueMarket {
    /// Books an admitted fill.
    ///
    /// # Errors
    /// `MathOverflow` when the fees do not fit.
    pub fn on_fill(&mut self, booking: &FillBooking) -> Result<()> {
        self.volume_atoms = self.volume_atoms.saturating_add(booking.notional_atoms);
        let fees = self.fees_atoms.checked_add(booking.fees_atoms);
        self.fees_atoms = fees.ok_or(FirebreakError::MathOverflow)?;
        self.open_units =
            self.open_units.saturating_add(booking.opened_units).saturating_sub(booking.closed_units);
        self.fill_count = self.fill_count.wrapping_add(1);
        self.touch();
        Ok(())
    }

    /// The average premium and the sample that stands since.
    pub fn premium(&self) -> Premium {
        Premium {
            average_q16: self.premium_average_q16,
            last_ppm: self.premium_last_ppm,
            updated: UnixTime(self.premium_updated_ts),
        }
    }

    /// Takes over a new premium.
    pub fn set_premium(&mut self, premium: Premium) {
        self.premium_average_q16 = premium.average_q16;
        self.premium_last_ppm = premium.last_ppm;
        self.premium_updated_ts = premium.updated.0;
    }

    /// True when the venue has posted a premium that still counts at `now`.
    pub fn has_premium_at(&self, now: i64) -> bool {
        let age = Seconds::between(UnixTime(self.premium_updated_ts), UnixTime(now));
        self.premium_updated_ts != 0 && age.0 <= PREMIUM_SECS
    }

    /// Fees that the venue has not been paid yet, in quote atoms.
    pub fn unpaid_fees_atoms(&self) -> u64 {
        self.fees_atoms.saturating_sub(self.fees_paid_atoms)
    }

    /// Called by each instruction that changes this account.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }
}
