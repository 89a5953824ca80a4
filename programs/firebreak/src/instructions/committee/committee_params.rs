//! Seats and rules of a committee.

use anchor_lang::prelude::*;

use crate::{constants::*, error::FirebreakError, instructions::require_bounds, state::Committee};

/// Everything that is configured about a committee.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct CommitteeParams {
    /// Who reports. Nobody: the committee is silent and measured values stand alone.
    pub reporters: Vec<Pubkey>,
    /// Fresh reports without which measured values stand alone.
    pub quorum: u8,
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
}

impl CommitteeParams {
    /// Checks every parameter, and those that constrain each other.
    ///
    /// # Errors
    /// `CommitteeSeats`, `ReporterTwice`, or the bounds error of the first parameter that is out of range.
    pub fn validate(&self) -> Result<()> {
        let reporters = &self.reporters;
        ensure!(reporters.len() <= COMMITTEE_SEATS_MAX, FirebreakError::CommitteeSeats);
        for (position, reporter) in reporters.iter().enumerate() {
            ensure!(*reporter != Pubkey::default(), FirebreakError::CommitteeSeats);
            // A key with two seats would have two voices.
            ensure!(!reporters[..position].contains(reporter), FirebreakError::ReporterTwice);
        }
        let [variance, depth] = [FirebreakError::VarianceBandBounds, FirebreakError::DepthBandBounds];
        let checks = [
            (self.quorum.into(), COMMITTEE_QUORUM, FirebreakError::QuorumBounds),
            (self.age_max_secs, REPORT_AGE_SECS, FirebreakError::ReportAgeBounds),
            (self.variance_low_milli.into(), VARIANCE_LOW_MILLI, variance),
            (self.variance_high_milli.into(), VARIANCE_HIGH_MILLI, variance),
            (self.depth_low_milli.into(), DEPTH_LOW_MILLI, depth),
            (self.depth_high_milli.into(), DEPTH_HIGH_MILLI, depth),
        ];
        for (value, bounds, error) in checks {
            require_bounds(u64::from(value), bounds, error)?;
        }
        // A quorum that nobody can reach would look like a committee and be none.
        let is_reachable = reporters.is_empty() || usize::from(self.quorum) <= reporters.len();
        ensure!(is_reachable, FirebreakError::QuorumBounds);
        Ok(())
    }

    /// The parameters of a committee as they are.
    pub fn read(committee: &Committee) -> Self {
        Self {
            reporters: committee.seats().iter().map(|seat| seat.reporter).collect(),
            quorum: committee.quorum,
            age_max_secs: committee.age_max_secs,
            variance_low_milli: committee.variance_low_milli,
            variance_high_milli: committee.variance_high_milli,
            depth_low_milli: committee.depth_low_milli,
            depth_high_milli: committee.depth_high_milli,
        }
    }

    /// Copies them into the committee. Reporters who stay keep their reports.
    pub fn write(&self, committee: &mut Committee) {
        committee.set_reporters(&self.reporters);
        committee.quorum = self.quorum;
        committee.age_max_secs = self.age_max_secs;
        committee.variance_low_milli = self.variance_low_milli;
        committee.variance_high_milli = self.variance_high_milli;
        committee.depth_low_milli = self.depth_low_milli;
        committee.depth_high_milli = self.depth_high_milli;
    }
}
