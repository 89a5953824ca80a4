//! The demand curve, counted a second time from the accounts.

use firebreak::state::{Position, Row, ShardRow};

const BINS: usize = 128;
const BELOW: i32 = 64;

/// Sums of one side of a market in one shard.
#[derive(Debug, PartialEq, Eq)]
struct Sums {
    bins: Vec<u64>,
    far: u64,
    stale: u64,
}

/// Checks that a shard's sums in a market are the registrations of the shard's accounts, each of which is of all units that
/// its position has.
///
/// # Errors
/// What differs, in words.
pub fn counted<'a>(
    sums: &ShardRow,
    row: &Row,
    positions: impl Iterator<Item = &'a Position>,
) -> Result<(), String> {
    let positions: Vec<&Position> = positions.collect();
    for position in &positions {
        let is_true = position.registered_units == position.units.unsigned_abs()
            && position.registered_side == side_of(position.units);
        if !is_true {
            return Err(format!("{} units are registered as {}", position.units, position.registered_units));
        }
    }
    for side in [1u8, 2] {
        let mine = positions.iter().filter(|position| position.registered_side == side);
        let (expected, found) = (expected(mine.copied(), sums, row), found(sums, usize::from(side - 1), row));
        if expected != found {
            return Err(format!("a shard counts {found:?}, and its accounts registered {expected:?}"));
        }
    }
    Ok(())
}

fn side_of(units: i64) -> u8 {
    match units {
        0 => 0,
        1.. => 1,
        _ => 2,
    }
}

/// Bins where the shard is in the row's epoch; else their sum, as nobody remembers the anchor.
fn found(sums: &ShardRow, side: usize, row: &Row) -> Sums {
    let bins = sums.demand_units[side].to_vec();
    let bins = if sums.demand_epoch == row.demand_epoch { bins } else { vec![bins.iter().sum()] };
    Sums { bins, far: sums.demand_far_units[side], stale: sums.demand_stale_units[side] }
}

fn expected<'a>(positions: impl Iterator<Item = &'a Position>, sums: &ShardRow, row: &Row) -> Sums {
    let is_present = sums.demand_epoch == row.demand_epoch;
    let mut expected = Sums { bins: vec![0; if is_present { BINS } else { 1 }], far: 0, stale: 0 };
    for position in positions {
        let slot = i32::from(position.registered_bin) - i32::from(row.demand_anchor) + BELOW;
        let sum = if position.registered_epoch != sums.demand_epoch {
            &mut expected.stale
        } else if position.is_registered_far == 1 {
            &mut expected.far
        } else if is_present {
            &mut expected.bins[usize::try_from(slot).expect("a bin of the window")]
        } else {
            &mut expected.bins[0]
        };
        *sum += position.registered_units;
    }
    expected
}
