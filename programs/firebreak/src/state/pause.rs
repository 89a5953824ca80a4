//! Pauses: when the last one of a scope began and when it ends, or ended. A pause ends by itself.

use super::{RiskSnapshot, Row};

/// The last pause of the whole group or of one market. All zero: never paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pause {
    /// Unix time at which it began.
    pub since_ts: i64,
    /// Unix time from which it is over.
    pub until_ts: i64,
}

impl Pause {
    /// True before its end.
    pub fn is_running(&self, now: i64) -> bool {
        now < self.until_ts
    }

    /// True when it ended at least as long ago as it lasted.
    pub fn is_rested(&self, now: i64) -> bool {
        let lasted = self.until_ts.saturating_sub(self.since_ts);
        now >= self.until_ts.saturating_add(lasted)
    }

    /// True when the guardian may pause the scope whose last pause this is: it and the last pause of the whole group,
    /// which paused every market as well, ended at least as long ago as they lasted.
    pub fn admits_guardian(&self, of_group: &Pause, now: i64) -> bool {
        self.is_rested(now) && of_group.is_rested(now)
    }

    /// The pause that begins now. One that is still running goes on: its beginning stays.
    pub fn begun(&self, now: i64, secs: u32) -> Self {
        let since_ts = if self.is_running(now) { self.since_ts } else { now };
        Self { since_ts, until_ts: now.saturating_add(secs.into()) }
    }

    /// The same pause when it is ended now.
    pub fn ended(&self, now: i64) -> Self {
        Self { until_ts: now, ..*self }
    }
}

impl RiskSnapshot {
    /// The last pause of the whole group.
    pub fn pause(&self) -> Pause {
        Pause { since_ts: self.paused_since_ts, until_ts: self.paused_until_ts }
    }

    /// Stores it.
    pub fn set_pause(&mut self, pause: Pause) {
        self.paused_since_ts = pause.since_ts;
        self.paused_until_ts = pause.until_ts;
    }
}

impl Row {
    /// The last pause of the market alone.
    pub fn pause(&self) -> Pause {
        Pause { since_ts: self.paused_since_ts.into(), until_ts: self.paused_until_ts.into() }
    }

    /// Stores it. 32 bits hold unix time until the year 2106.
    pub fn set_pause(&mut self, pause: Pause) {
        let narrow = |ts: i64| u32::try_from(ts.max(0)).unwrap_or(u32::MAX);
        self.paused_since_ts = narrow(pause.since_ts);
        self.paused_until_ts = narrow(pause.until_ts);
    }
}

#[cfg(test)]
mod tests;
