//! Levels and durations of a market's circuit breaker.

use bytemuck::{Pod, Zeroable};

/// Levels and durations of a market's circuit breaker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
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
