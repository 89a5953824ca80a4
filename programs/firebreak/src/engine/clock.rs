//! The liquidation clock, shared by all routes: it starts when an account is first seen below maintenance, also when
//! nothing can be taken, and stops only when it is seen above its target again.

use firebreak_risk::{
    liquidation::{AccountState, LiquidationLevels},
    units::{Ppm, UnixTime},
};

use crate::state::RiskSnapshot;

/// What seeing an account in a state does to its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockStep {
    /// Not in liquidation, before or now.
    Rests,
    /// Back above its target: the clock stops.
    Stops,
    /// In liquidation since this unix time.
    Runs(i64),
}

impl ClockStep {
    /// The step of an account whose clock says `started_ts` (0: not in liquidation) and that is seen in `state` now.
    pub fn of(state: AccountState, started_ts: i64, now: UnixTime) -> Self {
        match (state, started_ts != 0) {
            (AccountState::Healthy, true) => ClockStep::Stops,
            (AccountState::Healthy | AccountState::Recovering, false) => ClockStep::Rests,
            (_, true) => ClockStep::Runs(started_ts),
            (_, false) => ClockStep::Runs(now.0),
        }
    }

    /// What the account's clock says afterwards, in unix time. 0: not in liquidation.
    pub fn started_ts(self) -> i64 {
        match self {
            ClockStep::Rests | ClockStep::Stops => 0,
            ClockStep::Runs(started_ts) => started_ts,
        }
    }
}

/// Group-wide levels at which liquidations start, end and become urgent.
pub fn levels(header: &RiskSnapshot) -> LiquidationLevels {
    LiquidationLevels { target_buffer: Ppm(header.target_buffer_ppm), critical: Ppm(header.critical_ppm) }
}
