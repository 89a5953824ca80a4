//! The breaker of a group: trouble in several markets at once, or insurance that drains, tightens all of them.

use core::num::NonZeroU64;

use super::Level;
use crate::{
    math::fixed::div_rem,
    units::{Ppm, Seconds, PPM_ONE},
};

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    /// Markets that are not normal by a cause of their own ([`super::Circuit::is_troubled`]). A market that is only
    /// elevated because the group is tight does not count, else the group would hold itself tight for ever.
    pub troubled: u32,
    /// Insurance drawn within the window that the caller measures, in ppm of what it held.
    pub drawn_ppm: u32,
}

/// Levels of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupParams {
    /// Troubled markets: tight from `enter` on, calm below `exit`.
    pub troubled: Level,
    /// Insurance drawn, in ppm.
    pub drawn_ppm: Level,
}

/// True when all markets of the group are to be elevated, given whether they were before: one measure tightens, and only
/// when both are below their exit levels does it end.
pub const fn is_group_tight(counts: &GroupCounts, params: &GroupParams, was_tight: bool) -> bool {
    if was_tight {
        counts.troubled >= params.troubled.exit || counts.drawn_ppm >= params.drawn_ppm.exit
    } else {
        counts.troubled >= params.troubled.enter || counts.drawn_ppm >= params.drawn_ppm.enter
    }
}

/// How long the insurance lasts if it goes on as it did: s of it was drawn within the last window w, so what is left, 1 − s,
/// lasts (1 − s)/s windows. Result: `w (1 − s) / s`, rounded down; endless (`u64::MAX`) when nothing was drawn.
pub fn runway(drawn: Ppm, window: Seconds) -> Seconds {
    let Some(drawn) = NonZeroU64::new(drawn.0.min(PPM_ONE).into()) else {
        return Seconds(u64::MAX);
    };
    let left = u64::from(PPM_ONE).wrapping_sub(drawn.get());
    Seconds(div_rem(window.0.saturating_mul(left), drawn).0)
}
