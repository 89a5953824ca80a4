//! The grace after a halt of the chain.
//!
//! While the network stands still, prices move and nobody can act on them. When it resumes, the first seconds would
//! belong to whoever is fastest: positions would be liquidated at prices that their owners could not answer, and
//! opened at prices from before. So for [`GRACE_SECS`] after a halt was seen nothing is opened or liquidated and
//! accounts with positions withdraw nothing ([`crate::oracle::Verdict::Grace`]), while deposits and reductions pass.
//!
//! A halt is seen in two ways. A restart of the cluster changes the slot of the last restart. And a stall without a
//! restart lets time pass without slots: a crank that was merely dead finds the slots advanced.

use crate::units::{Seconds, UnixTime};

/// How long the grace lasts, in seconds of the chain's clock.
pub const GRACE_SECS: u64 = 300;
/// Longest time that one slot explains, in seconds. Slots have taken 0.2 to 0.6 seconds.
pub const SLOT_SECS_MAX: u64 = 1;
/// Time without slots that is not a halt yet, in seconds: the clock is a vote and jumps a little.
pub const GAP_SLACK_SECS: u64 = 30;

/// What the chain says about its own time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainTime {
    /// Slot. 0: never seen.
    pub slot: u64,
    /// Clock of the chain.
    pub unix: UnixTime,
    /// Slot of the last restart of the cluster. 0: it never restarted.
    pub last_restart_slot: u64,
}

/// What was seen of the chain's time, and the grace that follows from it. The default has seen nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Halt {
    /// The latest slot, time and restart that were seen.
    pub seen: ChainTime,
    /// End of the grace, exclusive. 0: there was no halt.
    pub grace_until: UnixTime,
}

impl Halt {
    /// What is known after seeing `now`, which starts a grace if there was a halt since the last time.
    ///
    /// Storing the result ends the question: one halt starts one grace, and seeing the same time again changes nothing.
    /// Before anything was seen there is nothing to compare with and no halt. A slot before the last seen one says
    /// nothing new; a clock that runs backwards counts as standing still.
    pub fn observe(&self, now: &ChainTime) -> Halt {
        if now.slot < self.seen.slot {
            return *self;
        }
        let unix = self.latest(now);
        let seen = ChainTime { unix, ..*now };
        let grace_until = if self.is_halt(now) { grace_end(unix) } else { self.grace_until };
        Halt { seen, grace_until }
    }

    /// True while the grace lasts. A halt that nobody has stored yet counts.
    pub fn is_grace(&self, now: &ChainTime) -> bool {
        self.latest(now) < self.observe(now).grace_until
    }

    /// True when the chain stood still between what was seen and `now`.
    fn is_halt(&self, now: &ChainTime) -> bool {
        if self.seen.slot == 0 {
            return false;
        }
        let elapsed = Seconds::between(self.seen.unix, now.unix).0;
        let slots = now.slot.saturating_sub(self.seen.slot);
        let explained = slots.saturating_mul(SLOT_SECS_MAX).saturating_add(GAP_SLACK_SECS);
        now.last_restart_slot != self.seen.last_restart_slot || elapsed > explained
    }

    /// Time never runs backwards here, else a clock that steps back and forth would look like a gap.
    fn latest(&self, now: &ChainTime) -> UnixTime {
        self.seen.unix.max(now.unix)
    }
}

fn grace_end(start: UnixTime) -> UnixTime {
    UnixTime(start.0.saturating_add_unsigned(GRACE_SECS))
}

#[cfg(test)]
mod tests;
