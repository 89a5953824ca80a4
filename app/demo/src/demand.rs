//! The liquidation-demand curve of a market as the charts show it: quote atoms per bin, by distance from the price.
//!
//! The sums are those of the program's shards, added and valued by the program's own functions.

#[cfg(test)]
mod tests;

use {
    anyhow::{anyhow, Context, Result},
    firebreak::{
        engine::curve::{side_curve, units_value_ceil},
        state::{Row, ShardRow},
    },
    firebreak_risk::{
        demand::BINS_BELOW,
        units::{Side, Units},
    },
};

/// Bins of each side that are kept: the one of the price and those ahead of it.
pub const KEPT_BINS: usize = 40;

/// Demand of both sides by distance from the price. Index 0 is the bin of the price; it also holds what the price has
/// passed already and what may be anywhere, as the program counts both as if they were at the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemandCurve {
    /// Quote atoms of longs that a fall into each bin liquidates, nearest first.
    pub long_atoms: [u64; KEPT_BINS],
    /// Quote atoms of shorts that a rise into each bin liquidates, nearest first.
    pub short_atoms: [u64; KEPT_BINS],
}

impl Default for DemandCurve {
    fn default() -> Self {
        Self { long_atoms: [0; KEPT_BINS], short_atoms: [0; KEPT_BINS] }
    }
}

impl DemandCurve {
    /// The curve of a market: its row of the snapshot, and its row of every shard.
    pub fn of<'a>(row: &Row, shards: impl ExactSizeIterator<Item = &'a ShardRow> + Clone) -> Result<Self> {
        let side = |side| {
            let curve = side_curve(row, shards.clone(), side);
            side_atoms(row, side, curve.stale, &curve.sums())
        };
        Ok(Self { long_atoms: side(Side::Long)?, short_atoms: side(Side::Short)? })
    }
}

/// What the sums of a side are worth, by distance from the price.
fn side_atoms(row: &Row, side: Side, stale: u64, bins: &[u64]) -> Result<[u64; KEPT_BINS]> {
    let mut units = [0_u64; KEPT_BINS];
    units[0] = stale;
    let first = i32::from(row.demand_anchor) - i32::from(BINS_BELOW);
    for (bin, registered) in (first..).zip(bins) {
        let ahead = match side {
            Side::Long => i32::from(row.price_bin) - bin,
            Side::Short => bin - i32::from(row.price_bin),
        };
        let kept = units.get_mut(usize::try_from(ahead.max(0))?);
        if let Some(sum) = kept {
            *sum = sum.checked_add(*registered).context("more units than a side can have")?;
        }
    }
    let mut atoms = [0; KEPT_BINS];
    for (atoms, units) in atoms.iter_mut().zip(units) {
        let value = units_value_ceil(row, side, Units(i64::try_from(units)?));
        *atoms = value.map_err(|error| anyhow!("valuing {units} units of demand: {error:?}"))?;
    }
    Ok(atoms)
}
