//! The liquidation-demand curve of a market: how much would be liquidated if the price moved.
//!
//! Every position is registered at the ln price at which its account would be liquidated, as a sum of units per bin, so
//! that the curve is known without looking at accounts. What is near the price divided by the market's depth is the
//! reproduction number of a cascade, R, and the limits of the market tighten as R rises.
//!
//! Bins are 3 % wide in ln price and absolute: bin b holds triggers in [0.03 b, 0.03 (b + 1)). A [`Window`] of 128 of
//! them lies around the price of its epoch; nothing wraps. When the price has left the middle of the window a new epoch
//! begins, and what was registered before counts as stale, as if at the price, until it is registered again.
//!
//! This module knows units, prices and margins; it knows no accounts and decides nothing.

mod axis;
mod distance;
mod figures;
mod limits;
mod near;
mod reach;
mod shard;
mod table;

pub use axis::{price_bin, Place, Registration, Window};
pub use distance::{distance, Distance, DistanceInput};
pub use figures::{figures, own_slope, CurveTerms, Figures, Lookahead, LOOK_BINS, NO_CLUSTER};
pub use limits::{
    depth_cap, initial_multiplier, lower_cap, rise_of_a_bin, side_limits, tightened_cap, tightening, Band,
    LimitParams, SideLimits,
};
pub use near::{ShardSide, SideCurve};
pub use reach::{reach_bins, ReachInput};
pub use shard::{DemandShard, DemandSide, EnteredShard};

#[cfg(test)]
mod tests;

/// Bins of a side.
pub const BINS: usize = 128;
/// Bins of the window below its anchor.
pub const BINS_BELOW: i16 = 64;
/// Bins by which the price may be away from the anchor before a new epoch begins.
pub const FOLLOW_BINS: u16 = 32;
/// Width of a bin in ln price, in percent.
pub const BIN_PERCENT: u32 = 3;
