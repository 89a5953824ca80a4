//! Readings that permit only half of what is needed: what one of them may still take.
//!
//! A price that is merely uncertain makes liquidations smaller. Half of what is left, asked for again and again, would be
//! everything in the end, so one reading permits half of what was needed when it first took something, in one piece or in
//! many. What a piece leaves stays available: whoever takes a single lot must not use a reading up for everybody else, or
//! an account could hold off its liquidation by taking over one lot per reading itself.

use crate::units::UnixTime;

/// What readings that permit half have taken from one position, or from one account's collateral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HalfTaken {
    /// Publish time of the latest reading that took something.
    pub publish: UnixTime,
    /// What it still permits, in the unit of what is taken.
    pub left: u64,
}

/// How much of what is needed a price permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// All of it.
    Whole,
    /// Half, once per reading.
    Half {
        /// What was taken so far.
        taken: HalfTaken,
        /// Publish time of the present reading.
        reading: UnixTime,
    },
}

impl Quota {
    /// The most that is permitted of `needed`; `half` is half of it, rounded as the caller's unit asks for.
    pub fn permitted(&self, needed: u64, half: u64) -> u64 {
        match self {
            Quota::Whole => needed,
            Quota::Half { taken, reading } if *reading > taken.publish => half.min(needed),
            Quota::Half { taken, .. } => taken.left.min(needed),
        }
    }

    /// What is to be remembered after `amount` of what was `permitted` has been taken; `None`: nothing.
    pub fn after(&self, permitted: u64, amount: u64) -> Option<HalfTaken> {
        match self {
            Quota::Whole => None,
            Quota::Half { taken, reading } => Some(HalfTaken {
                publish: (*reading).max(taken.publish),
                left: permitted.saturating_sub(amount),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
