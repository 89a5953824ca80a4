//! The breaker of a group: trouble in several markets at once, or insurance that drains, tightens all of them.

use super::Level;

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
