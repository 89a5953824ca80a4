//! The liquidation-demand curve of a market as the charts show it: quote atoms per bin, by distance from the price.
//!
//! The sums are those of the program's shards, added and valued by the program's own functions.

#[cfg(test)]
mod tests;

use {
    anyhow::{anyhow, Context, Result},
    firebreak::{
        engine::rows::side_index,
        state::{Row, ShardRow},
    },
    firebreak_risk::{
        demand::{SideSums, BINS_BELOW},
        health::notional_ceil,
        side::side_of,
        units::{Side, Units},
        RiskError,
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
    pub fn of<'a>(row: &Row, shards: impl Iterator<Item = &'a ShardRow> + Clone) -> Result<Self> {
        let side = |side| side_atoms(row, side, &summed(row, side, shards.clone()));
        Ok(Self { long_atoms: side(Side::Long)?, short_atoms: side(Side::Short)? })
    }
}

/// Units of one side over all shards.
fn summed<'a>(row: &Row, side: Side, shards: impl Iterator<Item = &'a ShardRow>) -> SideSums {
    let mut sums = SideSums::default();
    for shard in shards {
        if shard.demand_epoch == row.demand_epoch {
            sums.add_all(&[shard.demand_side(side)]);
        } else {
            // Not touched since an earlier epoch: all that is open is registered there.
            sums.add_stale(shard.open_interest_units[side.index()]);
        }
    }
    sums
}

/// What the sums of a side are worth, by distance from the price.
fn side_atoms(row: &Row, side: Side, sums: &SideSums) -> Result<[u64; KEPT_BINS]> {
    let mut units = [0_u64; KEPT_BINS];
    units[0] = sums.stale;
    let first = i32::from(row.demand_anchor) - i32::from(BINS_BELOW);
    for (bin, registered) in (first..).zip(sums.bins) {
        let ahead = match side {
            Side::Long => i32::from(row.price_bin) - bin,
            Side::Short => bin - i32::from(row.price_bin),
        };
        let kept = units.get_mut(usize::try_from(ahead.max(0))?);
        if let Some(sum) = kept {
            *sum = sum.checked_add(registered).context("more units than a side can have")?;
        }
    }
    let mut atoms = [0; KEPT_BINS];
    for (atoms, units) in atoms.iter_mut().zip(units) {
        *atoms = value_ceil(row, side, units)?;
    }
    Ok(atoms)
}

/// Quote atoms of units of a side at the risk price, rounded up.
fn value_ceil(row: &Row, side: Side, units: u64) -> Result<u64> {
    let sides = [side_index(&row.sides[0]), side_index(&row.sides[1])];
    let base = side_of(&sides, side).base_of(Units(i64::try_from(units)?));
    let value = base.and_then(|base| notional_ceil(base, row.price()));
    value.map_err(|error: RiskError| anyhow!("valuing {units} units of demand: {error:?}"))
}
