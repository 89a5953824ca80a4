//! Limits that tighten as the reproduction number rises, and the cap that knows the depth.

use core::num::NonZeroU64;

use crate::math::fixed::{div_rem, mul_div_floor, mul_ppm_floor, mul_wide, to_u64};
use crate::size::FreeSize;
use crate::units::{Ppm, PPM_ONE};

/// The range of R over which limits tighten. A stop at or below the start makes it a step at the stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Up to here nothing changes.
    pub start: Ppm,
    /// From here on nothing more is admitted; to be set below one.
    pub stop: Ppm,
}

/// `floor(range * (r - start) / (stop - start))`, for start < r < stop.
fn part_floor(range: u32, r: Ppm, band: Band) -> u32 {
    let passed = u64::from(r.0.saturating_sub(band.start.0));
    let width = u64::from(band.stop.0.saturating_sub(band.start.0));
    // Both factors have 32 bits. The quotient is at most the range.
    let product = u64::from(range).wrapping_mul(passed);
    let quotient = NonZeroU64::new(width).map_or(0, |width| div_rem(product, width).0);
    u32::try_from(quotient).unwrap_or(range).min(range)
}

/// Factor on what may still be opened: one up to `start`, zero from `stop` on, a straight line between, rounded down.
///
/// Continuous: one step of R (10^-6) changes it by at most `10^6 / (stop - start) + 1` millionths.
pub fn tightening(r: Ppm, band: Band) -> Ppm {
    if r >= band.stop {
        return Ppm(0);
    }
    if r <= band.start {
        return Ppm(PPM_ONE);
    }
    // Of a range of one, what is left is floor(1 - x) = 1 - ceil(x) = floor of the part from the other end.
    let from_stop = Ppm(band.start.0.saturating_add(band.stop.0.saturating_sub(r.0)));
    Ppm(part_floor(PPM_ONE, from_stop, band))
}

/// Factor on initial margin: one up to `start`, `most` from `stop` on, a straight line between, rounded up. A `most`
/// below one counts as one.
///
/// Continuous: one step of R changes it by at most `(most - 10^6) / (stop - start) + 1` millionths.
pub fn initial_multiplier(r: Ppm, band: Band, most: Ppm) -> Ppm {
    let range = most.0.saturating_sub(PPM_ONE);
    let top = PPM_ONE.saturating_add(range);
    if r >= band.stop {
        return Ppm(top);
    }
    if r <= band.start {
        return Ppm(PPM_ONE);
    }
    let from_stop = Ppm(band.start.0.saturating_add(band.stop.0.saturating_sub(r.0)));
    Ppm(top.saturating_sub(part_floor(range, from_stop, band)))
}

/// A cap of which only a part of the room is left open: `open + floor((cap - open) * factor)`, in quote atoms. What is
/// open already stays; a factor of one or more leaves the cap as it is.
pub fn tightened_cap(cap_atoms: u64, open_atoms: u64, factor: Ppm) -> u64 {
    let Some(room) = cap_atoms.checked_sub(open_atoms) else {
        return cap_atoms;
    };
    // A share of at most one fits, and the sum is at most the cap.
    let share = mul_ppm_floor(room, Ppm(factor.0.min(PPM_ONE))).unwrap_or(0);
    open_atoms.saturating_add(share)
}

/// Rise of maintenance margin that one bin of demand accounts for, in ppm of notional, rounded down: 2.9 %, by the factor of
/// the largest position's size premium.
///
/// A rise by m asks for k m more of the notional, k being the factor of the premium. It puts those below maintenance who had
/// less than that above it: whose trigger was nearer than -ln(1 - k m), which is a bin, 0.03, at k m = 2.955 %.
pub fn rise_of_a_bin(free_size: FreeSize, largest_atoms: u64) -> Ppm {
    const RISE_PPM: u64 = 29_000;
    // Of a million the premium is the factor in ppm. Below a million atoms it would be cut to the notional: then to one.
    let factor_ppm = free_size.raise(u64::from(PPM_ONE), largest_atoms.max(u64::from(PPM_ONE)));
    let rise = mul_div_floor(RISE_PPM, u64::from(PPM_ONE), factor_ppm);
    Ppm(rise.ok().and_then(|rise| u32::try_from(rise).ok()).unwrap_or(0))
}

/// What limits of a side follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitParams {
    /// Range of R over which they tighten.
    pub band: Band,
    /// Factor on initial margin at the end of it.
    pub initial_factor_max: Ppm,
    /// Largest open interest of a side, in quote atoms: the [`lower_cap`].
    pub cap_atoms: u64,
    /// Share of the cap that one account may hold.
    pub position_share: Ppm,
}

/// Limits of a side until the next fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SideLimits {
    /// Largest open interest, in quote atoms: never below what is open, never above the caps otherwise.
    pub growth_cap_atoms: u64,
    /// Largest position of one account, in quote atoms; zero when nothing is to be opened.
    pub position_cap_atoms: u64,
    /// Factor on initial margin, at least one.
    pub initial_factor: Ppm,
}

/// Limits of a side at this R: the cap, of whose room only a part is left as R rises, of what one account may hold as large a
/// part, and more initial margin. Amounts are rounded down, the factor up.
pub fn side_limits(params: &LimitParams, r: Ppm, open_atoms: u64) -> SideLimits {
    let cap = params.cap_atoms;
    let factor = tightening(r, params.band);
    // Shares of at most one fit.
    let share = |atoms, share: Ppm| mul_ppm_floor(atoms, Ppm(share.0.min(PPM_ONE))).unwrap_or(0);
    SideLimits {
        growth_cap_atoms: tightened_cap(cap, open_atoms, factor),
        position_cap_atoms: share(share(cap, params.position_share), factor),
        initial_factor: initial_multiplier(r, params.band, params.initial_factor_max),
    }
}

/// The lower of a cap and of what the depth carries, at most this ratio of open interest to D, the quote that moves the price
/// by one percent; `None`: the depth bounds nothing.
pub fn lower_cap(cap_atoms: u64, depth_atoms: u64, depth_ratio: Option<Ppm>) -> u64 {
    cap_atoms.min(depth_ratio.map_or(u64::MAX, |ratio| depth_cap(depth_atoms, ratio)))
}

/// Largest open interest of a side for a depth: `floor(ratio * depth / 100)`, in quote atoms, saturating.
///
/// `depth_atoms` moves ln price by one, so a hundredth of it, D, moves the price by 1 % (of ln price); the ratio is that
/// of open interest to D. Without a depth there is no open interest.
pub fn depth_cap(depth_atoms: u64, ratio: Ppm) -> u64 {
    const HUNDREDTHS: u64 = 100_000_000;
    let product = mul_wide(depth_atoms, u64::from(ratio.0));
    let quotient = crate::math::fixed::div_floor_u128(product, HUNDREDTHS);
    quotient.and_then(to_u64).unwrap_or(u64::MAX)
}
