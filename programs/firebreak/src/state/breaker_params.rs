//! Levels and durations of a market's circuit breaker.

use anchor_lang::prelude::*;
use firebreak_risk::{
    circuit::{Level, Params, Stay, PERIOD_SECS_MAX},
    units::{Ppm, Seconds},
};

use crate::{constants::*, error::FirebreakError, instructions::require_bounds};

/// Parameters of `firebreak_risk::circuit`: in a row, and as an argument. The same bytes in both.
#[zero_copy]
#[repr(C)]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BreakerParams {
    /// Reproduction number from which the market is elevated, in ppm.
    pub r_elevated_enter_ppm: u32,
    /// Reproduction number below which it may be calm again, in ppm.
    pub r_elevated_exit_ppm: u32,
    /// Reproduction number from which positions only shrink, in ppm.
    pub r_reduce_enter_ppm: u32,
    /// Reproduction number below which they may grow again, in ppm.
    pub r_reduce_exit_ppm: u32,
    /// Runway of the insurance at or below which the market is elevated, in seconds.
    pub runway_enter_secs: u32,
    /// Runway above which it may be calm again, in seconds.
    pub runway_exit_secs: u32,
    /// Share of the budget that restrictions by positions may use, in ppm.
    pub positions_share_ppm: u32,
    /// Deviation of the price from which the market is elevated, in thousandths of a standard deviation.
    pub elevated_enter_milli: u16,
    /// Deviation below which it may be calm again, in thousandths.
    pub elevated_exit_milli: u16,
    /// Deviation from which positions only shrink, in thousandths.
    pub reduce_enter_milli: u16,
    /// Deviation below which they may grow again, in thousandths.
    pub reduce_exit_milli: u16,
    /// Deviation from which nobody is liquidated either, in thousandths. 65 535: never.
    pub halt_enter_milli: u16,
    /// Deviation below which that may end, in thousandths.
    pub halt_exit_milli: u16,
    /// Longest distance of readings that count together, in seconds.
    pub reading_gap_secs: u16,
    /// Time without a usable price from which positions only shrink, in seconds.
    pub blind_secs: u16,
    /// Shortest stay in elevated, in seconds.
    pub elevated_min_secs: u16,
    /// Longest stay in elevated, in seconds.
    pub elevated_max_secs: u16,
    /// Shortest stay in reduce-only, in seconds.
    pub reduce_min_secs: u16,
    /// Longest stay in reduce-only, in seconds.
    pub reduce_max_secs: u16,
    /// Shortest stay in halted, in seconds.
    pub halt_min_secs: u16,
    /// Longest stay in halted, in seconds.
    pub halt_max_secs: u16,
    /// Shortest stay in recovery, in seconds: no restriction begins in it.
    pub recovery_min_secs: u16,
    /// Longest stay in recovery, in seconds.
    pub recovery_max_secs: u16,
    /// Time in normal, after the longest stay in elevated, without becoming elevated again, in seconds.
    pub cooldown_secs: u16,
    /// Restricted time that can be used at once and is earned again per day, in seconds.
    pub budget_secs: u16,
    /// Factor on initial margin in elevated and recovery, in thousandths.
    pub raised_margin_milli: u16,
    /// Readings beyond a level that reach it.
    pub hits: u8,
    /// Of so many of the last readings.
    pub readings: u8,
}

const _: () = assert!(core::mem::size_of::<BreakerParams>() == 68);

// By hand, because Anchor would describe the type twice: once as it lies in a row, and once as an argument.
impl AnchorSerialize for BreakerParams {
    fn serialize<W: std::io::Write>(&self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(bytemuck::bytes_of(self))
    }
}

impl AnchorDeserialize for BreakerParams {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        let mut params = Self::default();
        reader.read_exact(bytemuck::bytes_of_mut(&mut params))?;
        Ok(params)
    }
}

impl BreakerParams {
    /// As the formulas take them.
    pub fn params(&self) -> Params {
        let level = |enter: u32, exit: u32| Level { enter, exit };
        // The largest number stands for a level that no price reaches.
        let enter = |milli: u16| if milli == u16::MAX { u32::MAX } else { milli.into() };
        let milli = |enters: u16, exits: u16| level(enter(enters), exits.into());
        let stay = |min: u16, max: u16| Stay { min: secs(min), max: secs(max) };
        Params {
            deviations_milli: [
                milli(self.elevated_enter_milli, self.elevated_exit_milli),
                milli(self.reduce_enter_milli, self.reduce_exit_milli),
                milli(self.halt_enter_milli, self.halt_exit_milli),
            ],
            reproduction_ppm: [
                level(self.r_elevated_enter_ppm, self.r_elevated_exit_ppm),
                level(self.r_reduce_enter_ppm, self.r_reduce_exit_ppm),
            ],
            runway_secs: level(self.runway_enter_secs, self.runway_exit_secs),
            hits: self.hits,
            readings: self.readings,
            reading_gap: secs(self.reading_gap_secs),
            blind_max: secs(self.blind_secs),
            stays: [
                stay(self.elevated_min_secs, self.elevated_max_secs),
                stay(self.reduce_min_secs, self.reduce_max_secs),
                stay(self.halt_min_secs, self.halt_max_secs),
                stay(self.recovery_min_secs, self.recovery_max_secs),
            ],
            cooldown: secs(self.cooldown_secs),
            budget: secs(self.budget_secs),
            period: Seconds(PERIOD_SECS_MAX),
            positions_share: Ppm(self.positions_share_ppm),
            raised_margin: self.raised_margin(),
        }
    }

    /// Factor on initial margin in elevated and recovery.
    pub fn raised_margin(&self) -> Ppm {
        Ppm(u32::from(self.raised_margin_milli).saturating_mul(1_000))
    }
}

impl BreakerParams {
    /// Checks every parameter, and all of them together.
    ///
    /// # Errors
    /// The bounds error of the first parameter that is out of range; `BreakerInconsistent` when the laws of the breaker
    /// would not hold: levels rise with the state and are entered above where they are left, stays are ordered, and the
    /// budget holds the shortest stays.
    pub fn validate(&self) -> Result<()> {
        let enter = FirebreakError::BreakerTripBounds;
        let exit = FirebreakError::BreakerExitBounds;
        let stay = FirebreakError::BreakerStayBounds;
        let checks: [(u32, Bounds, FirebreakError); 27] = [
            (self.r_elevated_enter_ppm, BREAKER_R_PPM, enter),
            (self.r_elevated_exit_ppm, BREAKER_R_PPM, exit),
            (self.r_reduce_enter_ppm, BREAKER_R_PPM, enter),
            (self.r_reduce_exit_ppm, BREAKER_R_PPM, exit),
            (self.runway_enter_secs, BREAKER_RUNWAY_SECS, enter),
            (self.runway_exit_secs, BREAKER_RUNWAY_SECS, exit),
            (self.positions_share_ppm, BREAKER_POSITIONS_PPM, FirebreakError::BreakerBudgetBounds),
            (self.elevated_enter_milli.into(), BREAKER_ENTER_MILLI, enter),
            (self.elevated_exit_milli.into(), BREAKER_EXIT_MILLI, exit),
            (self.reduce_enter_milli.into(), BREAKER_ENTER_MILLI, enter),
            (self.reduce_exit_milli.into(), BREAKER_EXIT_MILLI, exit),
            (self.halt_exit_milli.into(), BREAKER_EXIT_MILLI, exit),
            (self.reading_gap_secs.into(), BREAKER_GAP_SECS, FirebreakError::BreakerReadingBounds),
            (self.blind_secs.into(), BREAKER_BLIND_SECS, FirebreakError::BreakerReadingBounds),
            (self.elevated_min_secs.into(), BREAKER_MIN_STAY_SECS, stay),
            (self.elevated_max_secs.into(), BREAKER_MAX_STAY_SECS, stay),
            (self.reduce_min_secs.into(), BREAKER_MIN_STAY_SECS, stay),
            (self.reduce_max_secs.into(), BREAKER_MAX_STAY_SECS, stay),
            (self.halt_min_secs.into(), BREAKER_MIN_STAY_SECS, stay),
            (self.halt_max_secs.into(), BREAKER_MAX_STAY_SECS, stay),
            (self.recovery_min_secs.into(), BREAKER_MIN_STAY_SECS, stay),
            (self.recovery_max_secs.into(), BREAKER_MAX_STAY_SECS, stay),
            (self.cooldown_secs.into(), BREAKER_COOLDOWN_SECS, FirebreakError::BreakerCooldownBounds),
            (self.budget_secs.into(), BREAKER_BUDGET_SECS, FirebreakError::BreakerBudgetBounds),
            (self.raised_margin_milli.into(), RAISED_MARGIN_MILLI, FirebreakError::RaisedMarginBounds),
            (self.hits.into(), BREAKER_READINGS, FirebreakError::BreakerReadingBounds),
            (self.readings.into(), BREAKER_READINGS, FirebreakError::BreakerReadingBounds),
        ];
        for (value, bounds, error) in checks {
            require_bounds(value.into(), bounds, error)?;
        }
        if self.halt_enter_milli != u16::MAX {
            require_bounds(self.halt_enter_milli.into(), BREAKER_ENTER_MILLI, enter)?;
        }
        ensure!(self.params().is_consistent(), FirebreakError::BreakerInconsistent);
        Ok(())
    }
}

fn secs(secs: u16) -> Seconds {
    Seconds(secs.into())
}
