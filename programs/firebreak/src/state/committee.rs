//! The reporters of a market and what each of them last said.

use anchor_lang::prelude::*;
use core::mem::{offset_of, size_of};
use firebreak_risk::{
    forecast::{forecast, median, Band, Caution, ForecastParams, Outlook, Report, REPORTERS_MAX},
    units::{Ppm, Seconds, UnixTime, VarianceRate},
};

use crate::error::OrFail;

/// One reporter with its last report.
#[zero_copy]
#[repr(C)]
#[derive(Debug, PartialEq, Eq)]
pub struct Seat {
    /// Who reports. Default key: the seat is not in use.
    pub reporter: Pubkey,
    /// Variance of log returns per second that it expects, in 2^-64. 0: it has not reported.
    pub variance_q64: u64,
    /// Quote notional that would move the log price by one, as it expects it, in atoms. 0: it has not reported.
    pub depth_atoms: u64,
    /// When it said so. 0: it has not reported.
    pub reported_ts: i64,
}

/// Committee of a market. Seats and rules are written by the administrator, each report by its reporter alone.
#[account(zero_copy)]
#[repr(C)]
pub struct Committee {
    /// The group.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Raised by each mutation; in every event about the committee.
    pub sequence: u64,
    /// Reporters, those in use first.
    pub seats: [Seat; REPORTERS_MAX],
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
// Clients sort and filter accounts by these offsets, behind the discriminator.
const _: () = assert!(offset_of!(Committee, group) == 0);
const _: () = assert!(offset_of!(Committee, market) == 32);
const _: () = assert!(offset_of!(Committee, seats) == 72);
const _: () = assert!(offset_of!(Committee, seat_count) == 535);
const _: () = assert!(offset_of!(Committee, version) == 537);

impl Committee {
    /// Seats in use.
    pub fn seats(&self) -> &[Seat] {
        &self.seats[..usize::from(self.seat_count).min(REPORTERS_MAX)]
    }

    /// Number of a reporter's seat.
    pub fn seat_of(&self, reporter: &Pubkey) -> Option<usize> {
        self.seats().iter().position(|seat| seat.reporter == *reporter)
    }

    /// Replaces the reporters. Whoever stays keeps its report.
    pub fn set_reporters(&mut self, reporters: &[Pubkey]) {
        let old = self.seats;
        self.seats = bytemuck::Zeroable::zeroed();
        // At most eight.
        self.seat_count = u8::try_from(reporters.len().min(REPORTERS_MAX)).unwrap_or(0);
        for (seat, reporter) in self.seats.iter_mut().zip(reporters) {
            let kept = old.iter().find(|seat| seat.reporter == *reporter);
            *seat = kept.copied().unwrap_or(Seat { reporter: *reporter, ..bytemuck::Zeroable::zeroed() });
        }
    }

    /// Depth to reckon with at `now`, where the market's is this.
    ///
    /// # Errors
    /// `MathOverflow` for more seats than there can be.
    pub fn depth_atoms(&self, measured: u64, now: UnixTime) -> Result<u64> {
        let band = band([self.depth_low_milli, self.depth_high_milli]);
        let params = self.params(band, Caution::Smaller);
        forecast(measured, &self.reports(|seat| seat.depth_atoms), &params, now).or_fail()
    }

    /// What the committee says at `now` about a variance that is measured; `None` where that is what is measured.
    ///
    /// # Errors
    /// `MathOverflow` for more seats than there can be.
    pub fn outlook(&self, measured: VarianceRate, now: UnixTime) -> Result<Option<Outlook>> {
        let band = band(self.variance_band_milli());
        let params = self.params(band, Caution::Larger);
        let variance = median(measured.0, &self.reports(|seat| seat.variance_q64), &params, now).or_fail()?;
        Ok((variance != measured.0).then_some(Outlook { variance: VarianceRate(variance), band }))
    }

    /// Ends of the band of variances, in thousandths.
    pub fn variance_band_milli(&self) -> [u16; 2] {
        [self.variance_low_milli, self.variance_high_milli]
    }

    /// Called by each instruction that changes the committee.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }

    fn params(&self, band: Band, caution: Caution) -> ForecastParams {
        let age_max = Seconds(self.age_max_secs.into());
        ForecastParams { seats: self.seat_count, quorum: self.quorum, age_max, band, caution }
    }

    /// The last report of every seat that has reported.
    fn reports(&self, value: impl Fn(&Seat) -> u64) -> Vec<Report> {
        let numbered = (0u8..).zip(self.seats()).filter(|(_, seat)| seat.reported_ts != 0);
        let report = |(number, seat): (u8, &Seat)| Report {
            seat: number,
            value: value(seat),
            reported: UnixTime(seat.reported_ts),
        };
        numbered.map(report).collect()
    }
}

/// A band from its ends in thousandths.
pub(super) fn band([low, high]: [u16; 2]) -> Band {
    let ppm = |milli: u16| Ppm(u32::from(milli) * 1_000);
    Band { low: ppm(low), high: ppm(high) }
}
