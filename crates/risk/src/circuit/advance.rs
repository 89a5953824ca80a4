//! How a circuit passes time and answers to what is measured.

use core::num::NonZeroU64;

use super::{Cause, Circuit, Params, State, PERIOD_SECS_MAX};
use crate::{
    math::fixed::{div_rem, mul_ppm_floor},
    oracle::Verdict,
    units::{Ppm, Seconds, UnixTime},
};

/// Three hops lead from halted through recovery and elevated to normal, which time alone does not leave.
const HOPS_MAX: usize = 3;

/// A risk price as the circuit sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Deviations from the slow price, [`super::deviations_milli_floor`].
    pub deviations_milli: u32,
    /// When the risk price was published.
    pub published: UnixTime,
}

/// What is known about a market. Users' trading sets none of it but what follows from positions: R, pace and runway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// What the guards say about its sources now.
    pub verdict: Verdict,
    /// Its risk price; ignored unless the verdict has one.
    pub reading: Reading,
    /// Reproduction number of liquidations.
    pub reproduction: Ppm,
    /// True when liquidations cannot keep pace with insolvency.
    pub is_pace_infeasible: bool,
    /// How long the insurance lasts at the expected rate of loss.
    pub runway: Seconds,
    /// True when the group is tight, [`super::is_group_tight`].
    pub is_group_tight: bool,
}

impl Inputs {
    /// Bucket of the reading: how many of the three entry levels it reaches.
    fn bucket(&self, params: &Params) -> u16 {
        let reached = |level: &&super::Level| self.reading.deviations_milli >= level.enter;
        u16::try_from(params.deviations_milli.iter().filter(reached).count()).unwrap_or(0)
    }

    /// How far positions alone would tighten: never beyond reduce-only.
    fn wanted_by_positions(&self, params: &Params) -> State {
        let [elevated, reduce_only] = params.reproduction_ppm;
        if self.is_pace_infeasible || self.reproduction.0 >= reduce_only.enter {
            State::ReduceOnly
        } else if self.reproduction.0 >= elevated.enter
            || self.runway.0 <= u64::from(params.runway_secs.enter)
        {
            State::Elevated
        } else {
            State::Normal
        }
    }

    /// True when everything that may hold this state, other than the group, lies below its exit level.
    fn is_calm(&self, params: &Params, state: State) -> bool {
        let [z_elevated, z_reduce, z_halt] = params.deviations_milli;
        let [r_elevated, r_reduce] = params.reproduction_ppm;
        let has_runway = self.runway.0 > u64::from(params.runway_secs.exit);
        let (level, is_calm) = match state {
            // Nothing that users can set keeps a market halted.
            State::Halted => (z_halt, true),
            State::ReduceOnly => (z_reduce, !self.is_pace_infeasible && self.reproduction.0 < r_reduce.exit),
            State::Normal | State::Elevated | State::Recovery => {
                (z_elevated, !self.is_pace_infeasible && self.reproduction.0 < r_elevated.exit && has_runway)
            }
        };
        is_calm && self.verdict.has_price() && self.reading.deviations_milli < level.exit
    }
}

impl Params {
    /// Budget and period within their bounds: 2 <= D <= 86 400 and C <= D/2.
    fn budget_and_period(&self) -> (u64, u64) {
        let period = self.period.0.clamp(2, PERIOD_SECS_MAX);
        (self.budget.0.min(period >> 1), period)
    }

    /// Restricted seconds that the budget still holds for this cause, rounded down.
    pub fn room_secs(&self, used: u32, cause: Cause) -> u64 {
        let (budget, period) = self.budget_and_period();
        // At most 43 200 · 86 400 < 2^32.
        let all = budget.wrapping_mul(period);
        let limit = match cause {
            Cause::Outside => all,
            // A share above one counts as one.
            Cause::Positions => mul_ppm_floor(all, self.positions_share).unwrap_or(all).min(all),
            Cause::Group => 0,
        };
        // D − C >= D/2 >= 1, so the fallback is never used.
        let rise = NonZeroU64::new(period.wrapping_sub(budget)).unwrap_or(NonZeroU64::MIN);
        div_rem(limit.saturating_sub(u64::from(used)), rise).0
    }
}

impl Circuit {
    /// The circuit at `now`, by time alone: a stay that reached its longest, or whose budget is used up, has ended at that
    /// very second. This is what holds, whether or not anybody cranked. Unchanged when no time has passed or the
    /// clock went back.
    pub fn at(&self, params: &Params, now: UnixTime) -> Circuit {
        let mut circuit = *self;
        let mut rest = Seconds::between(self.updated, now).0;
        for _ in 0..=HOPS_MAX {
            if rest == 0 {
                break;
            }
            let left = circuit.left_secs(params);
            let part = rest.min(left);
            circuit.pass(params, part);
            rest = rest.saturating_sub(part);
            if part == left {
                circuit.enter(circuit.state_after_longest(), circuit.cause());
            }
        }
        circuit.updated = self.updated.max(now);
        circuit
    }

    /// The circuit after anyone reported what is known at `now`: first time passes as in [`Circuit::at`], then the reading
    /// is taken, then a state is left or entered. Unchanged when the clock went back.
    pub fn advance(&self, params: &Params, inputs: &Inputs, now: UnixTime) -> Circuit {
        if now < self.updated {
            return *self;
        }
        let mut circuit = self.at(params, now);
        circuit.see_verdict(inputs.verdict, Seconds::between(self.updated, now));
        circuit.see_reading(params, inputs);
        circuit.decide(params, inputs);
        circuit
    }

    /// Seconds until time alone ends the present state.
    fn left_secs(&self, params: &Params) -> u64 {
        let state = self.state();
        if state == State::Normal {
            return u64::MAX;
        }
        let left = params.stay(state).max.0.saturating_sub(u64::from(self.stay_secs));
        if state.is_restricted() {
            left.min(params.room_secs(self.used, self.cause()))
        } else {
            left
        }
    }

    /// Where a stay ends that nothing else ended.
    fn state_after_longest(&self) -> State {
        match self.state() {
            State::Normal | State::Elevated => State::Normal,
            State::Recovery => State::Elevated,
            State::ReduceOnly | State::Halted => State::Recovery,
        }
    }

    /// Accounts for `secs` seconds in the present state.
    fn pass(&mut self, params: &Params, secs: u64) {
        let (budget, period) = params.budget_and_period();
        self.stay_secs = u32::try_from(u64::from(self.stay_secs).saturating_add(secs)).unwrap_or(u32::MAX);
        let used = u64::from(self.used);
        let used = if self.state().is_restricted() {
            // Never beyond the budget: `left_secs` ends the stay before.
            used.saturating_add(secs.saturating_mul(period.saturating_sub(budget)))
        } else {
            used.saturating_sub(secs.saturating_mul(budget))
        };
        self.used = u32::try_from(used).unwrap_or(u32::MAX);
    }

    /// Enters a state. Downwards the history is forgotten, so that the next restriction needs new readings.
    fn enter(&mut self, state: State, cause: Cause) {
        if !state.is_restricted() && self.state() != State::Normal {
            self.history = 0;
        }
        // as-safety: the number of a fieldless enum with u8 representation.
        (self.state, self.cause) = (state as u8, cause as u8);
        self.stay_secs = 0;
    }

    fn see_verdict(&mut self, verdict: Verdict, elapsed: Seconds) {
        self.blind_secs = match verdict {
            // Says nothing about the sources.
            Verdict::Grace => self.blind_secs,
            _ if verdict.has_price() => 0,
            _ if self.blind_secs == 0 => 1,
            _ => u32::try_from(u64::from(self.blind_secs).saturating_add(elapsed.0)).unwrap_or(u32::MAX),
        };
    }

    /// Takes a reading into the history unless one with this publish time, or a later one, was taken before.
    fn see_reading(&mut self, params: &Params, inputs: &Inputs) {
        let published = inputs.reading.published;
        if !inputs.verdict.has_price() || published <= self.published {
            return;
        }
        let is_continued = Seconds::between(self.published, published) <= params.reading_gap;
        let earlier = if is_continued { self.history << 2 } else { 0 };
        self.history = (earlier | inputs.bucket(params)) & history_mask(params);
        self.published = published;
    }

    /// True when enough of the last readings reached this bucket, and the last of them is recent.
    fn is_reached(&self, params: &Params, bucket: u16) -> bool {
        if Seconds::between(self.published, self.updated) > params.reading_gap {
            return false;
        }
        let mut hits = 0u8;
        let mut rest = self.history & history_mask(params);
        while rest != 0 {
            // At most eight.
            hits = hits.saturating_add(u8::from(rest & 3 >= bucket));
            rest >>= 2;
        }
        hits >= params.hits.max(1)
    }

    /// How far what comes from outside would tighten.
    fn wanted_by_outside(&self, params: &Params, inputs: &Inputs) -> State {
        let is_blind = u64::from(self.blind_secs) > params.blind_max.0;
        if inputs.verdict == Verdict::Grace || self.is_reached(params, 3) {
            State::Halted
        } else if is_blind || self.is_reached(params, 2) {
            State::ReduceOnly
        } else if self.is_reached(params, 1) {
            State::Elevated
        } else {
            State::Normal
        }
    }

    /// The strictest state that something wants and that has the budget for its shortest stay.
    fn target(&self, params: &Params, inputs: &Inputs) -> (State, Cause) {
        let outside = self.wanted_by_outside(params, inputs);
        let positions = inputs.wanted_by_positions(params);
        let has_room = |state, cause| params.room_secs(self.used, cause) >= params.stay(state).min.0;
        for state in [State::Halted, State::ReduceOnly, State::Elevated] {
            for (wanted, cause) in [(outside, Cause::Outside), (positions, Cause::Positions)] {
                if wanted >= state && (!state.is_restricted() || has_room(state, cause)) {
                    return (state, cause);
                }
            }
        }
        if inputs.is_group_tight {
            (State::Elevated, Cause::Group)
        } else {
            (State::Normal, Cause::Outside)
        }
    }

    fn decide(&mut self, params: &Params, inputs: &Inputs) {
        let state = self.state();
        let (target, cause) = self.target(params, inputs);
        let is_settled = u64::from(self.stay_secs) >= params.stay(state).min.0;
        let may_leave = is_settled && inputs.is_calm(params, state);
        match state {
            State::Normal if target.is_restricted() => self.enter(target, cause),
            // What wants more than elevated, and finds the budget used up, does not wait for the cooldown.
            State::Normal if target == State::Elevated => {
                let wanted = self.wanted_by_outside(params, inputs).max(inputs.wanted_by_positions(params));
                if is_settled || wanted > State::Elevated {
                    self.enter(target, cause);
                }
            }
            State::Elevated if target.is_restricted() => self.enter(target, cause),
            // Else whoever inflates R could buy a time in which no crash restricts the market.
            State::Recovery
                if target.is_restricted()
                    && (is_settled || (self.cause() == Cause::Positions && cause == Cause::Outside)) =>
            {
                self.enter(target, cause)
            }
            State::ReduceOnly if target == State::Halted => self.enter(target, cause),
            State::Elevated | State::Recovery if may_leave && !inputs.is_group_tight => {
                self.enter_calm_normal()
            }
            State::ReduceOnly | State::Halted if may_leave => self.enter(State::Recovery, self.cause()),
            _ => self.update_cause(params, inputs, (target, cause)),
        }
    }

    /// Normal because everything is calm: without the cooldown that follows the longest stay.
    fn enter_calm_normal(&mut self) {
        self.enter(State::Normal, Cause::Outside);
        self.stay_secs = u32::MAX;
    }

    /// While a state lasts, its cause follows what holds it.
    fn update_cause(&mut self, params: &Params, inputs: &Inputs, target: (State, Cause)) {
        let cause = match (self.state(), target) {
            (State::Elevated, _) if inputs.is_group_tight && inputs.is_calm(params, State::Elevated) => {
                Cause::Group
            }
            (State::Elevated, (State::Elevated, Cause::Outside | Cause::Positions)) => target.1,
            // What comes from outside may use what is reserved for it.
            (State::ReduceOnly, (State::ReduceOnly, Cause::Outside)) => Cause::Outside,
            _ => return,
        };
        // as-safety: the number of a fieldless enum with u8 representation.
        self.cause = cause as u8;
    }
}

/// Bits of the readings that are looked at.
fn history_mask(params: &Params) -> u16 {
    let unused = 16u32.saturating_sub(u32::from(params.readings).saturating_mul(2));
    u16::MAX.checked_shr(unused).unwrap_or(0)
}
