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

use crate::demand::{Window, BINS, BIN_PERCENT};
use crate::math::fixed::{div_rem_wide, mul_div_ceil, mul_div_floor, mul_ppm_floor, mul_shift_ceil, to_u64};
use crate::units::{Ppm, Price, Scale, Side, PPM_ONE, PRICE_BITS, SCALE_BITS, UNIT_BITS};

/// Distance to the next cluster when there is none within [`LOOK_BINS`].
pub const NO_CLUSTER: u16 = u16::MAX;
/// Bins ahead within which clusters are looked for: a fall by 62 %.
pub const LOOK_BINS: u16 = 32;
/// Fractional bits of base times price.
const VALUE_BITS: u32 = PRICE_BITS + UNIT_BITS;

/// One side of the curve, summed over shards. In 2^-16 units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SideSums {
    /// Registered units per bin of the window, lowest price first.
    pub bins: [u64; BINS],
    /// Registered units beyond the window.
    pub far: u64,
    /// Units that may trigger anywhere.
    pub stale: u64,
}

/// One side of one shard's curve.
#[derive(Clone, Copy, Debug)]
pub struct ShardSide<'a> {
    /// Registered units per bin of the window, lowest price first.
    pub bins: &'a [u64; BINS],
    /// Registered units beyond the window.
    pub far: u64,
    /// Units that were registered in earlier epochs.
    pub stale: u64,
}

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

impl Default for SideSums {
    fn default() -> Self {
        SideSums { bins: [0; BINS], far: 0, stale: 0 }
    }
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

/// Shards that are added at once: as many as the VM has registers for their addresses.
const FOUR: usize = 4;
/// Bins per round, so that the loop itself costs little.
const ROUND: usize = 4;

impl SideSums {
    /// Adds shards of the present epoch: their bins, what is far and what is stale.
    ///
    /// Sums wrap. What is registered is part of the side's open interest, which counts the same units in 64 bits.
    pub fn add_all(&mut self, shards: &[ShardSide]) {
        for four in shards.chunks(FOUR) {
            let bins = |index: usize| four.get(index).map_or(&[0; BINS], |shard| shard.bins);
            add_four(&mut self.bins, [bins(0), bins(1), bins(2), bins(3)]);
        }
        for shard in shards {
            self.far = self.far.wrapping_add(shard.far);
            self.stale = self.stale.wrapping_add(shard.stale);
        }
    }

    /// Adds a shard that was not touched since an earlier epoch: all units that it holds are stale. Sums wrap, as those of
    /// [`SideSums::add_all`].
    pub fn add_stale(&mut self, units: u64) {
        self.stale = self.stale.wrapping_add(units);
    }

    /// Sums of the windows ahead of the price; `level` is the sum from which a window is a cluster.
    fn windows(&self, side: Side, terms: &CurveTerms, level: u64) -> Sums {
        let slot = terms.window.slot(terms.price_bin).filter(|_| terms.window.reaches(terms.price_bin));
        let Some(slot) = slot else {
            // The window did not follow the price: all may be anywhere.
            let all = self.stale.wrapping_add(self.far).wrapping_add(sum(&self.bins));
            let cluster_bins = if all >= level { 0 } else { NO_CLUSTER };
            return Sums { near: all, next: all, worst: all, cluster_bins, in_a_bin: all, passed: all };
        };
        match side {
            Side::Long => {
                let (ahead, passed) = self.bins.split_at(slot.saturating_add(1));
                self.slide(ahead.iter().rev(), passed, terms.look, level)
            }
            Side::Short => {
                let (passed, ahead) = self.bins.split_at(slot);
                self.slide(ahead.iter(), passed, terms.look, level)
            }
        }
    }

    /// Slides a window of `span` bins over `ahead`, the bin of the price first.
    fn slide<'a, I>(&self, ahead: I, passed: &[u64], look: Lookahead, level: u64) -> Sums
    where
        I: Iterator<Item = &'a u64> + ExactSizeIterator + Clone,
    {
        let add = |sum: u64, units: &u64| sum.wrapping_add(*units);
        let span = usize::from(look.span.max(1));
        let reach = usize::from(look.reach);
        // A window that extends beyond the last bin may hold whatever is far.
        let is_over = span.saturating_add(reach) > ahead.len();
        let anywhere = self.stale.wrapping_add(if is_over { self.far } else { 0 });
        let passed = sum(passed);
        let first = ahead.clone().take(span).fold(anywhere, add);
        let near = first.wrapping_add(passed);
        let next = ahead.clone().skip(span).take(span).fold(anywhere, add);
        let in_a_bin = ahead.clone().take(1).fold(passed.wrapping_add(self.stale), add);
        let (mut worst, mut cluster_bins) = (near, if near >= level { 0 } else { NO_CLUSTER });
        let mut window = first;
        // Beyond the last bin nothing enters and sums only fall.
        let moves = ahead.clone().zip(ahead.skip(span)).take(usize::from(LOOK_BINS).max(reach));
        let mut offset = 0u16;
        for (leaving, entering) in moves {
            offset = offset.wrapping_add(1);
            window = window.wrapping_sub(*leaving).wrapping_add(*entering);
            if usize::from(offset) <= reach {
                worst = worst.max(window);
            } else if cluster_bins != NO_CLUSTER {
                break;
            }
            if window >= level && cluster_bins == NO_CLUSTER && offset <= LOOK_BINS {
                cluster_bins = offset;
            }
        }
        Sums { near, next, worst, cluster_bins, in_a_bin, passed }
    }
}

/// The bins of a shard, a round at a time.
fn rounds(bins: &[u64; BINS]) -> &[[u64; ROUND]] {
    bins.as_chunks().0
}

/// Adds four shards.
fn add_four(sums: &mut [u64; BINS], [a, b, c, d]: [&[u64; BINS]; FOUR]) {
    let (sums, _) = sums.as_chunks_mut::<ROUND>();
    let parts = rounds(a).iter().zip(rounds(b)).zip(rounds(c)).zip(rounds(d));
    for (sums, (((a, b), c), d)) in sums.iter_mut().zip(parts) {
        for index in 0..ROUND {
            let units = |bins: &[u64; ROUND]| bins.get(index).copied().unwrap_or(0);
            if let Some(sum) = sums.get_mut(index) {
                *sum = sum
                    .wrapping_add(units(a))
                    .wrapping_add(units(b))
                    .wrapping_add(units(c))
                    .wrapping_add(units(d));
            }
        }
    }
}

/// Sum of units; wraps.
fn sum(units: &[u64]) -> u64 {
    units.iter().fold(0, |sum, units| sum.wrapping_add(*units))
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
pub fn figures(sums: &SideSums, side: Side, terms: &CurveTerms) -> Figures {
    let Sums { near, next, worst, cluster_bins, in_a_bin, passed } =
        sums.windows(side, terms, terms.level_units());
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
