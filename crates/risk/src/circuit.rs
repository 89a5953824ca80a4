//! Circuit breaker of a market: five states, what each allows, and how it enters and leaves them by itself.
//!
//! What may tighten a market, and how far:
//!
//! | trigger | elevated | reduce-only | halted |
//! |---|---|---|---|
//! | deviations of the risk price from its slow companion, k of the last n readings | yes | yes | yes |
//! | no usable price for longer than a bound | | yes | |
//! | grace after a halt of the chain | | | yes |
//! | reproduction number R | yes | yes | never |
//! | infeasible pace of liquidations | | yes | never |
//! | runway of the insurance | yes | never | never |
//! | the group is tight | yes | never | never |
//!
//! Prices, verdicts and the chain's clock come from outside, so no user's own trading can halt a market. R and the pace
//! follow from the positions that users hold: they restrict at most to [`State::ReduceOnly`], and only within a share
//! of the budget, so that whoever inflates R cannot use up what a crash will need.
//!
//! **Budget.** Let C be [`Params::budget`] and D [`Params::period`], a day, in seconds. The level rises by D − C per restricted second (in
//! reduce-only or halted), falls by C per other second, not below zero, and never exceeds C·D; it is an integer, so
//! nothing is rounded. In any window of T seconds the restricted time H then satisfies H·D − C·T ≤ C·D.
//! Result: H ≤ C·(1 + T/D). In any 24 hours that is 2·C at most, and a stay that was begun is part of it, not added to it.
//!
//! **Time.** Stays end at their longest, or when the budget is used up, whether or not anybody cranks: what holds now is
//! [`Circuit::at`], which every reader asks, and [`Circuit::advance`] continues from it. A clock that goes back changes
//! nothing.

mod advance;
mod group;
mod measure;
mod table;

pub use advance::{Inputs, Reading};
pub use group::{is_group_tight, runway, GroupCounts, GroupParams};
pub(crate) use measure::deviation_q48_floor;
pub use measure::deviations_milli_floor;
pub use table::{permit, stricter, Action, Permit};

use crate::units::{Ppm, Seconds, UnixTime, PPM_ONE};

#[cfg(test)]
mod tests;

/// Longest period of the budget: a day. With at most half of it as the budget, a used level is at most
/// 43 200 · 86 400 = 3 732 480 000 and fits 32 bits.
pub const PERIOD_SECS_MAX: u64 = 86_400;
/// Readings that the history can hold, two bits each.
pub const READINGS_MAX: u8 = 8;

/// State of a market. The numbers are those stored in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum State {
    /// Everything is allowed.
    Normal = 0,
    /// Opening needs more margin.
    Elevated = 1,
    /// Nothing is opened.
    ReduceOnly = 2,
    /// Nothing is opened, liquidated or paid out as profit.
    Halted = 3,
    /// After a restriction: opening needs more margin, liquidations go at half. Its shortest stay is the cooldown in which
    /// no restriction begins; only outside causes need not wait for the end of one that positions brought about.
    Recovery = 4,
}

/// What put a market into its state, which decides how much of the budget it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// Prices, verdicts or the chain's clock: nothing that users set.
    Outside = 0,
    /// R, pace or runway: follows from positions and what became of them.
    Positions = 1,
    /// Only that the group is tight; does not count for the group again.
    Group = 2,
}

/// Where a state is entered, and below what it may be left before its longest stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// At or beyond: entered.
    pub enter: u32,
    /// Below: may be left. Below `enter`.
    pub exit: u32,
}

/// Shortest and longest stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Left earlier only for a stricter state.
    pub min: Seconds,
    /// Left then at the latest.
    pub max: Seconds,
}

/// Levels and durations of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// Deviations in thousandths, for elevated, reduce-only and halted.
    pub deviations_milli: [Level; 3],
    /// Reproduction number R in ppm, for elevated and reduce-only.
    pub reproduction_ppm: [Level; 2],
    /// Seconds of runway: elevated at or below `enter`, calm above `exit`, which lies above it.
    pub runway_secs: Level,
    /// Readings beyond a level that reach it, of the last `readings`; at least one.
    pub hits: u8,
    /// Readings that are looked at, at most [`READINGS_MAX`].
    pub readings: u8,
    /// Longest distance of two readings of one history, and longest life of the last.
    pub reading_gap: Seconds,
    /// Time without a usable price from which nothing is opened.
    pub blind_max: Seconds,
    /// Stays in elevated, reduce-only, halted and recovery.
    pub stays: [Stay; 4],
    /// Time in normal, after the longest stay in elevated, in which it does not become elevated again.
    pub cooldown: Seconds,
    /// C: restricted time that can be used at once, and is earned again per period: half of what a period can hold.
    /// At most half of the period; a longer one counts as that.
    pub budget: Seconds,
    /// D: period of the budget; anything but 2 s to [`PERIOD_SECS_MAX`] counts as that.
    pub period: Seconds,
    /// Part of C that restrictions by positions may use; the rest is reserved for outside causes.
    pub positions_share: Ppm,
    /// Factor on initial margin in elevated and recovery, at least one.
    pub raised_margin: Ppm,
}

/// What a row stores: 32 bytes of plain integers. All but two of them are durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Circuit {
    /// When the durations were last accounted for. Never goes back.
    pub updated: UnixTime,
    /// Publish time of the last reading in the history.
    pub published: UnixTime,
    /// Seconds in the present state; saturates.
    pub stay_secs: u32,
    /// Used budget in seconds divided by the period.
    pub used: u32,
    /// Seconds without a usable price, plus one; zero: the last verdict had one. Saturates.
    pub blind_secs: u32,
    /// Buckets of the last readings, two bits each, the latest lowest.
    pub history: u16,
    /// [`State`].
    pub state: u8,
    /// [`Cause`].
    pub cause: u8,
}

const _: () = assert!(core::mem::size_of::<Circuit>() == 32);

impl State {
    /// Reads the number stored in a row. Anything unknown counts as halted, the strictest that still lets people out.
    pub const fn from_u8(value: u8) -> State {
        match value {
            0 => State::Normal,
            1 => State::Elevated,
            2 => State::ReduceOnly,
            4 => State::Recovery,
            _ => State::Halted,
        }
    }

    /// True where initial margin is raised for whatever is opened or withdrawn.
    pub const fn raises_margin(self) -> bool {
        matches!(self, State::Elevated | State::Recovery)
    }

    /// True in the states whose time is budgeted.
    pub const fn is_restricted(self) -> bool {
        matches!(self, State::ReduceOnly | State::Halted)
    }

    /// Factor on initial margin for whatever is opened or withdrawn.
    pub const fn margin_factor(self, params: &Params) -> Ppm {
        match self {
            State::Normal => Ppm(PPM_ONE),
            _ if params.raised_margin.0 < PPM_ONE => Ppm(PPM_ONE),
            _ => params.raised_margin,
        }
    }
}

impl Cause {
    /// Reads the number stored in a row. Anything unknown counts as an outside cause.
    pub const fn from_u8(value: u8) -> Cause {
        match value {
            1 => Cause::Positions,
            2 => Cause::Group,
            _ => Cause::Outside,
        }
    }
}

impl Params {
    /// Stay of a state; normal may last for ever, its shortest stay being the cooldown.
    pub const fn stay(&self, state: State) -> Stay {
        let [elevated, reduce_only, halted, recovery] = self.stays;
        match state {
            State::Normal => Stay { min: self.cooldown, max: Seconds(u64::MAX) },
            State::Elevated => elevated,
            State::ReduceOnly => reduce_only,
            State::Halted => halted,
            State::Recovery => recovery,
        }
    }

    /// True when the laws of this module hold for these parameters: every level is entered above where it is left, levels
    /// rise with the state and a halt is not left above where reduce-only is entered; stays are ordered, positive and
    /// below 2^31 s; the budgets of both causes hold a shortest stay.
    pub fn is_consistent(&self) -> bool {
        let [elevated, reduce, halt] = self.deviations_milli;
        let [r_elevated, r_reduce] = self.reproduction_ppm;
        let falls =
            [elevated, reduce, halt, r_elevated, r_reduce].iter().all(|level| level.exit < level.enter);
        let rises = elevated.enter < reduce.enter
            && reduce.enter < halt.enter
            && elevated.exit <= reduce.exit
            && halt.exit <= reduce.enter
            && r_elevated.enter < r_reduce.enter
            && r_elevated.exit <= r_reduce.exit;
        let stays =
            self.stays.iter().all(|stay| stay.min.0 > 0 && stay.min <= stay.max && stay.max.0 < 1 << 31);
        let [_, reduce_stay, halted_stay, _] = self.stays;
        falls
            && rises
            && stays
            && self.runway_secs.enter < self.runway_secs.exit
            && (1..=self.readings).contains(&self.hits)
            && self.readings <= READINGS_MAX
            && (2..=PERIOD_SECS_MAX).contains(&self.period.0)
            && self.budget.0 <= self.period.0 >> 1
            && self.cooldown.0 < 1 << 31
            && self.blind_max.0 < 1 << 31
            && self.positions_share.0 <= PPM_ONE
            && self.raised_margin.0 >= PPM_ONE
            && self.room_secs(0, Cause::Positions) >= reduce_stay.min.0
            && self.room_secs(0, Cause::Outside) >= reduce_stay.min.0.max(halted_stay.min.0)
    }
}

impl Circuit {
    /// A market that starts at `now`, without any reading, in a normal state that has lasted for ever.
    pub const fn new(now: UnixTime) -> Circuit {
        Circuit {
            updated: now,
            published: UnixTime(0),
            stay_secs: u32::MAX,
            used: 0,
            blind_secs: 0,
            history: 0,
            state: 0,
            cause: 0,
        }
    }

    /// Present state as of [`Circuit::updated`].
    pub const fn state(&self) -> State {
        State::from_u8(self.state)
    }

    /// Why it is in that state.
    pub const fn cause(&self) -> Cause {
        Cause::from_u8(self.cause)
    }

    /// True when this market counts towards tightening its group: it is not normal, by a cause of its own.
    pub fn is_troubled(&self) -> bool {
        self.state() != State::Normal && self.cause() != Cause::Group
    }
}
