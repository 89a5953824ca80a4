use {
    super::*,
    firebreak_risk::units::{PRICE_BITS, UNIT_BITS},
};

/// One lot in units.
const LOT: u64 = 1 << UNIT_BITS;
/// Quote atoms per lot.
const PRICE: u64 = 150;

/// The price is five bins above the anchor of the window.
fn row() -> Row {
    Row { price_q32: PRICE << PRICE_BITS, price_bin: 5, demand_anchor: 0, demand_epoch: 3, ..Row::default() }
}

/// Slot 0 of a shard is the bin 64 below the anchor.
fn slot(bin: i16) -> usize {
    usize::try_from(bin + 64).unwrap()
}

/// A shard of the present epoch with lots of both sides in bins.
fn shard(longs: &[(i16, u64)], shorts: &[(i16, u64)]) -> ShardRow {
    let mut shard = ShardRow { demand_epoch: 3, ..ShardRow::default() };
    for (units, lots) in shard.demand_units.iter_mut().zip([longs, shorts]) {
        for (bin, count) in lots {
            units[slot(*bin)] = count * LOT;
        }
    }
    shard
}

fn sparse(bins: &[(usize, u64)]) -> [u64; KEPT_BINS] {
    let mut all = [0; KEPT_BINS];
    for (bin, lots) in bins {
        all[*bin] = lots * PRICE;
    }
    all
}

#[test]
fn shards_add_up_by_distance_from_the_price() {
    // Longs in bin 5 (the price's) and 2 (three below); shorts in bin 6 (one above) and 44 (39 above, the last kept).
    let shards = [shard(&[(5, 1), (2, 10)], &[(6, 7)]), shard(&[(2, 20)], &[(44, 4)])];
    let curve = DemandCurve::of(&row(), shards.iter()).unwrap();
    assert_eq!(curve.long_atoms, sparse(&[(0, 1), (3, 30)]));
    assert_eq!(curve.short_atoms, sparse(&[(1, 7), (39, 4)]));
}

#[test]
fn what_the_price_has_passed_is_at_the_price_and_what_is_far_is_not_shown() {
    // A long above the price and a short below it are due; 40 bins away is one too far.
    let shards = [shard(&[(9, 2), (-35, 5)], &[(-1, 3), (45, 6)])];
    let curve = DemandCurve::of(&row(), shards.iter()).unwrap();
    assert_eq!(curve.long_atoms, sparse(&[(0, 2)]));
    assert_eq!(curve.short_atoms, sparse(&[(0, 3)]));
}

#[test]
fn stale_units_count_as_if_at_the_price() {
    let mut touched = shard(&[(4, 1)], &[]);
    touched.demand_stale_units = [8 * LOT, 0];
    // Of an earlier epoch: its bins mean other prices, so all of its open interest is stale.
    let mut untouched = shard(&[(5, 1), (2, 10)], &[(6, 7)]);
    untouched.demand_epoch = 2;
    untouched.open_interest_units = [11 * LOT, 7 * LOT];
    let curve = DemandCurve::of(&row(), [touched, untouched].iter()).unwrap();
    assert_eq!(curve.long_atoms, sparse(&[(0, 19), (1, 1)]));
    assert_eq!(curve.short_atoms, sparse(&[(0, 7)]));
}

#[test]
fn a_market_without_shards_or_price_has_no_demand() {
    assert_eq!(DemandCurve::of(&row(), [].iter()).unwrap(), DemandCurve::default());
    let unpriced = Row::default();
    assert_eq!(DemandCurve::of(&unpriced, [shard(&[(5, 1)], &[])].iter()).unwrap(), DemandCurve::default());
}
