//! What the fold publishes of the summed curve, per side: density near the price, its slope, R, the next cluster.
//!
//! Symbols: S(o) = units in the `span` bins that begin o bins ahead of the price; in S(0) also what the price has passed
//! already. A = units that may be anywhere: stale ones. v = quote atoms per unit. w = 0.03 span, the length of a window.
//! Result: `delta = (S(0) + A) v / w` · `gamma = (S(span) - S(0)) v / w^2` · `R = max over o <= reach of (S(o) + A) v /
//! (w depth)` · cluster: the smallest o whose window alone has R of at least the level,
//! up to [`LOOK_BINS`].
//!
//! Density is averaged over the span, not over the reach: a longer average can only hide a cluster, and R would fall as
//! uncertainty rises. The reach, by which triggers may have moved since they were registered, only adds windows.

use crate::demand::{
    near::{add, NearSums},
    SideCurve, Window, BIN_PERCENT,
};
use crate::math::fixed::{div_rem_wide, mul_div_ceil, mul_div_floor, mul_ppm_floor, mul_shift_ceil, to_u64};
use crate::units::{Ppm, Price, Scale, Side, PPM_ONE, PRICE_BITS, SCALE_BITS, UNIT_BITS};

/// Distance to the next cluster when there is none within [`LOOK_BINS`].
pub const NO_CLUSTER: u16 = u16::MAX;
/// Bins ahead within which clusters are looked for: a fall by 51 %.
pub const LOOK_BINS: u16 = 24;
/// Fractional bits of base times price.
const VALUE_BITS: u32 = PRICE_BITS + UNIT_BITS;

/// How far to look, in bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookahead {
    /// Length over which density is averaged; zero counts as one.
    pub span: u8,
    /// By how much triggers may have come nearer: the margin ramp and z·σ·√age, rounded up.
    pub reach: u8,
}

/// What turns units of a side into R.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurveTerms {
    /// The market's window.
    pub window: Window,
    /// Bin of the price.
    pub price_bin: i16,
    /// Risk price of a lot.
    pub price: Price,
    /// Base per unit of the side.
    pub scale: Scale,
    /// Quote atoms of outside trade that move ln price by one. Zero is infinite R.
    pub depth_atoms: u64,
    /// How far to look.
    pub look: Lookahead,
    /// R from which a window counts as a cluster.
    pub cluster_level: Ppm,
}

/// Published figures of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Quote atoms that are liquidated per unit of ln price. Rounded up, above the exact density by less than
    /// `100 / (3 span) * 2 + 1` atoms; saturates.
    pub delta_atoms: u64,
    /// Change of that per unit of ln price ahead, positive when more lies ahead. Rounded away from zero, by less than
    /// `2 f^2 + f + 1` atoms with f = 100 / (3 span); saturates.
    pub gamma_atoms: i64,
    /// Reproduction number: quote atoms liquidated per atom liquidated. Rounded up, by less than
    /// `10^6 (2 f + 1) / depth + 1` millionths; saturates.
    pub r: Ppm,
    /// Bins to the first window that is a cluster; [`NO_CLUSTER`] if there is none within [`LOOK_BINS`].
    pub cluster_bins: u16,
    /// Units that a move by at most one bin may liquidate: what is registered within it, what the price has passed already,
    /// and what may trigger anywhere.
    pub in_a_bin_units: u64,
    /// Units that the price has passed already and that nobody has liquidated, quote atoms of them rounded up.
    pub backlog_atoms: u64,
}

/// Sums of windows, in units.
struct Sums {
    near: u64,
    next: u64,
    worst: u64,
    cluster_bins: u16,
    in_a_bin: u64,
    passed: u64,
}

impl Sums {
    /// Sums of the windows ahead of the price; `level` is the sum from which a window is a cluster.
    fn of<const N: usize>(curve: &SideCurve<N>, side: Side, terms: &CurveTerms, level: u64) -> Self {
        let slot = terms.window.slot(terms.price_bin).filter(|_| terms.window.reaches(terms.price_bin));
        let Some(slot) = slot else {
            // The window did not follow the price: all may be anywhere, or have been passed.
            let all = curve.open;
            let cluster_bins = if all >= level { 0 } else { NO_CLUSTER };
            return Sums { near: all, next: all, worst: all, cluster_bins, in_a_bin: all, passed: all };
        };
        let sums = NearSums::of(curve, side, slot, terms.look);
        Self::slide(&sums, (curve.far, curve.stale), terms.look, level)
    }

    /// Slides a window of `span` bins over what is ahead.
    fn slide(sums: &NearSums, (far, stale): (u64, u64), look: Lookahead, level: u64) -> Self {
        let ahead = sums.ahead();
        let span = usize::from(look.span.max(1));
        let reach = usize::from(look.reach);
        // A window that extends beyond the last bin may hold whatever is far.
        let is_over = span.saturating_add(reach) > sums.to_edge;
        let anywhere = stale.wrapping_add(if is_over { far } else { 0 });
        let first = ahead.iter().take(span).fold(anywhere, add);
        let near = first.wrapping_add(sums.passed);
        let next = ahead.iter().skip(span).take(span).fold(anywhere, add);
        let in_a_bin = ahead.iter().take(1).fold(sums.passed.wrapping_add(stale), add);
        let cluster_bins = if near >= level { 0 } else { first_cluster(ahead, span, first, level) };
        let (mut worst, mut window) = (near, first);
        each_move(ahead, span, reach, |leaving, entering| {
            window = window.wrapping_sub(leaving).wrapping_add(entering);
            worst = worst.max(window);
            false
        });
        Sums { near, next, worst, cluster_bins, in_a_bin, passed: sums.passed }
    }
}

/// Moves after which a window first holds as much as the level, which it does not before; [`NO_CLUSTER`] if that is not within
/// [`LOOK_BINS`].
fn first_cluster(ahead: &[u64], span: usize, mut window: u64, level: u64) -> u16 {
    let mut moves = 0u16;
    each_move(ahead, span, usize::from(LOOK_BINS), |leaving, entering| {
        moves = moves.wrapping_add(1);
        window = window.wrapping_sub(leaving).wrapping_add(entering);
        window >= level
    });
    if window >= level {
        moves
    } else {
        NO_CLUSTER
    }
}

/// Moves per round, so that the loop itself costs little.
const ROUND: usize = 4;

/// Tells what leaves and what enters a window of `span` bins with each move, up to a number of moves or until told to stop.
/// Beyond the last bin nothing enters and sums only fall.
#[inline]
fn each_move(ahead: &[u64], span: usize, most: usize, mut is_done: impl FnMut(u64, u64) -> bool) {
    let entering = ahead.get(span..).unwrap_or(&[]);
    let count = entering.len().min(most);
    let (leaving, leaving_rest) = ahead.get(..count).unwrap_or(&[]).as_chunks::<ROUND>();
    let (entering, entering_rest) = entering.get(..count).unwrap_or(&[]).as_chunks::<ROUND>();
    for (leaving, entering) in leaving.iter().zip(entering) {
        for (leaving, entering) in leaving.iter().zip(entering) {
            if is_done(*leaving, *entering) {
                return;
            }
        }
    }
    for (leaving, entering) in leaving_rest.iter().zip(entering_rest) {
        if is_done(*leaving, *entering) {
            return;
        }
    }
}

impl CurveTerms {
    /// Quote atoms of units, rounded up; saturates.
    fn atoms_ceil(&self, units: u64) -> u64 {
        let base = if self.scale == Scale::ONE {
            Ok(units)
        } else {
            mul_shift_ceil(units, self.scale.0, SCALE_BITS)
        };
        base.and_then(|base| mul_shift_ceil(base, self.price.0, VALUE_BITS)).unwrap_or(u64::MAX)
    }

    /// Length of a window in percent of ln price.
    fn span_percent(&self) -> u64 {
        u64::from(self.look.span.max(1)).saturating_mul(u64::from(BIN_PERCENT))
    }

    /// Atoms per window to atoms per unit of ln price, rounded up; saturates.
    fn density_ceil(&self, atoms: u64) -> u64 {
        mul_div_ceil(atoms, 100, self.span_percent()).unwrap_or(u64::MAX)
    }

    /// R of a density.
    fn r_ceil(&self, density: u64) -> Ppm {
        let ppm = mul_div_ceil(density, u64::from(PPM_ONE), self.depth_atoms).ok();
        Ppm(ppm.and_then(|ppm| u32::try_from(ppm).ok()).unwrap_or(u32::MAX))
    }

    /// Units per window from which R is at least the cluster level, rounded down so that no cluster is missed;
    /// `u64::MAX` if no units reach it.
    fn level_units(&self) -> u64 {
        let density = mul_ppm_floor(self.depth_atoms, self.cluster_level);
        let atoms = density.and_then(|density| mul_div_floor(density, self.span_percent(), 100));
        let base = atoms.and_then(|atoms| {
            // Below 2^112.
            div_rem_wide(u128::from(atoms) << VALUE_BITS, self.price.0).map(|(base, _)| base)
        });
        if self.scale == Scale::ONE {
            return base.unwrap_or(u64::MAX);
        }
        let units = base.and_then(|base| {
            crate::math::fixed::div_floor_u128(u128::from(base) << SCALE_BITS, self.scale.0).and_then(to_u64)
        });
        units.unwrap_or(u64::MAX)
    }
}

/// The figures of one side of the curve. Never fails: what does not fit saturates on the side of caution, a depth of
/// zero is infinite R, and a window that did not follow the price counts as wholly stale.
pub fn figures<const N: usize>(curve: &SideCurve<N>, side: Side, terms: &CurveTerms) -> Figures {
    let Sums { near, next, worst, cluster_bins, in_a_bin, passed } =
        Sums::of(curve, side, terms, terms.level_units());
    let delta_atoms = terms.density_ceil(terms.atoms_ceil(near));
    let r =
        terms.r_ceil(if worst == near { delta_atoms } else { terms.density_ceil(terms.atoms_ceil(worst)) });
    // Of the difference, so that its rounding is that of one number.
    let slope = terms.density_ceil(terms.density_ceil(terms.atoms_ceil(near.abs_diff(next))));
    let slope = i64::try_from(slope).unwrap_or(i64::MAX);
    let gamma_atoms = if next >= near { slope } else { slope.wrapping_neg() };
    let backlog_atoms = if passed == 0 { 0 } else { terms.atoms_ceil(passed) };
    Figures { delta_atoms, gamma_atoms, r, cluster_bins, in_a_bin_units: in_a_bin, backlog_atoms }
}

/// Delta and gamma of one account's own liquidation demand, from the notional that a move by one bin liquidates and what a
/// second one does besides: `first / w` and `(second - first) / w^2` with w = 0.03, rounded up and away from zero; they
/// saturate.
pub fn own_slope([first, second]: [u64; 2]) -> (i64, i64) {
    let per_bin = |atoms: u64| mul_div_ceil(atoms, 100, BIN_PERCENT.into()).unwrap_or(u64::MAX);
    let signed = |size: u64| i64::try_from(size).unwrap_or(i64::MAX);
    let slope = signed(per_bin(per_bin(first.abs_diff(second))));
    (signed(per_bin(first)), if second >= first { slope } else { slope.wrapping_neg() })
}
