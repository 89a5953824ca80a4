use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::math::reference::{big, edges_u64};

fn any_units() -> impl Strategy<Value = u64> {
    (0u64..1 << 53, 0u32..53).prop_map(|(units, shift)| units >> shift)
}

fn any_limit() -> impl Strategy<Value = GrowthLimit> {
    (0u64..=1 << 56, 0u32..57, any_units(), 1u64..1 << 60, 0u32..60, 1u8..=16).prop_map(
        |(cap, a, folded_units, price, b, shard_count)| GrowthLimit {
            cap_atoms: cap >> a,
            folded_units,
            price: Price((price >> b).max(1)),
            shard_count,
        },
    )
}

/// The rule in numbers without a width.
fn is_admitted(limit: &GrowthLimit, baseline: u64, after: u64) -> bool {
    let growth = big(after) - big(baseline);
    let price = big(limit.price.0);
    let room = (big(limit.cap_atoms) << 48) - big(limit.folded_units) * price.clone();
    growth <= big(0) || growth * big(u64::from(limit.shard_count)) * price <= room
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn growth_is_admitted_exactly_within_its_room(
        limit in any_limit(), baseline in any_units(), after in any_units(), offset in -2i64..=2,
    ) {
        prop_assert_eq!(limit.admits_growth(baseline, after), is_admitted(&limit, baseline, after));
        // And at the very edge: the largest growth that fits, and its neighbours.
        let value = u128::from(limit.folded_units) * u128::from(limit.price.0);
        let room = (u128::from(limit.cap_atoms) << 48).saturating_sub(value);
        let largest = room / (u128::from(limit.price.0) * u128::from(limit.shard_count));
        let edge = i128::from(baseline) + largest.min(1 << 60) as i128 + i128::from(offset);
        let edge = u64::try_from(edge).unwrap_or(0);
        prop_assert_eq!(limit.admits_growth(baseline, edge), is_admitted(&limit, baseline, edge));
    }

    /// Any sequence of growing and shrinking on S shards of any sizes between two folds: the side never exceeds the
    /// cap, or what it was at the fold if that was more.
    #[test]
    fn all_shards_together_never_exceed_the_cap(
        shards in prop::collection::vec(0u64..1 << 40, 1..12),
        cap in (0u64..1 << 50, 0u32..50), price in (1u64..1 << 44, 0u32..40),
        moves in prop::collection::vec((any::<usize>(), any::<bool>(), 0u64..1 << 42, 0u32..42), 1..60),
    ) {
        let limit = GrowthLimit {
            cap_atoms: cap.0 >> cap.1,
            folded_units: shards.iter().sum(),
            price: Price((price.0 >> price.1).max(1)),
            shard_count: shards.len() as u8,
        };
        let largest = (u128::from(limit.cap_atoms) << 48) / u128::from(limit.price.0);
        let allowed = largest.max(u128::from(limit.folded_units));
        let mut held = shards.clone();
        let mut baselines = std::vec![Baseline { fold_sequence: 6, units: [1, 2] }; held.len()];
        for (who, grows, units, shift) in moves {
            let who = who % held.len();
            baselines[who] = baselines[who].rebased(7, [held[who], 0]);
            let baseline = baselines[who].units[0];
            prop_assert_eq!(baseline, shards[who]);
            // As much of it as goes, found by halving.
            let mut units = units >> shift;
            if grows {
                while !limit.admits_growth(baseline, held[who] + units) {
                    units /= 2;
                }
                held[who] += units;
            } else {
                held[who] -= units.min(held[who]);
            }
            // Zero is where the halving ends at the latest.
            prop_assert!(limit.admits_growth(baseline, held[who]));
            prop_assert!(held.iter().copied().map(u128::from).sum::<u128>() <= allowed);
        }
    }

    /// What a shard gave up since the fold it may take back, however full the market is.
    #[test]
    fn growing_back_to_the_baseline_is_free(limit in any_limit(), baseline in any_units(), after in any_units()) {
        let closed = GrowthLimit { cap_atoms: 0, ..limit };
        prop_assert!(closed.admits_growth(baseline, after.min(baseline)));
        prop_assert_eq!(closed.admits_growth(baseline, after.max(baseline)), after <= baseline);
    }

    #[test]
    fn a_baseline_changes_with_the_fold_only(stored: [u64; 2], current: [u64; 2], sequence: u64, other: u64) {
        let baseline = Baseline { fold_sequence: sequence, units: stored };
        prop_assert_eq!(baseline.rebased(sequence, current), baseline);
        prop_assume!(other != sequence);
        let rebased = baseline.rebased(other, current);
        prop_assert_eq!(rebased, Baseline { fold_sequence: other, units: current });
        prop_assert_eq!(rebased.rebased(other, stored), rebased);
    }

    #[test]
    fn a_position_within_its_share_is_exactly_that(cap: u64, share in 0u32..=1_000_000, notional: u64, offset in -1i64..=1) {
        let is_within = |notional: u64| big(notional) * big(1_000_000) <= big(cap) * big(share);
        prop_assert_eq!(position_within_share(cap, Ppm(share), notional), is_within(notional));
        let edge = (u128::from(cap) * u128::from(share) / 1_000_000) as u64;
        let edge = edge.saturating_add_signed(offset);
        prop_assert_eq!(position_within_share(cap, Ppm(share), edge), is_within(edge));
    }
}

/// Every combination of extremes: nothing overflows into an admission.
#[test]
fn extremes_are_refused_or_admitted_as_in_exact_arithmetic() {
    let edges: Vec<u64> = edges_u64().into_iter().step_by(13).chain([u64::MAX]).collect();
    for &cap_atoms in &edges {
        for &folded_units in &edges {
            for &price in &edges {
                for &after in &edges {
                    let limit =
                        GrowthLimit { cap_atoms, folded_units, price: Price(price), shard_count: 255 };
                    assert_eq!(
                        limit.admits_growth(1, after),
                        is_admitted(&limit, 1, after),
                        "{limit:?} {after}"
                    );
                }
            }
        }
    }
}

/// 2^63 units on each of 128 shards at 2^58 and more: a product of 2^128, or a multiple, would wrap to zero.
#[test]
fn a_product_that_does_not_fit_is_not_admitted() {
    for bits in 58..64 {
        let price = Price(1 << bits);
        let limit = GrowthLimit { cap_atoms: u64::MAX, folded_units: 0, price, shard_count: 128 };
        assert!(!limit.admits_growth(0, 1 << 63), "price 2^{bits}");
    }
}

/// A cap of 800 atoms at 2 atoms per lot is 400 lots, of which 240 are open. 160 are left, 20 for each of 8 shards.
#[test]
fn a_shard_grows_by_its_part_of_the_room() {
    let lots = |lots: u64| lots << UNIT_BITS;
    let limit =
        GrowthLimit { cap_atoms: 800, folded_units: lots(240), price: Price(2 << 32), shard_count: 8 };
    assert!(limit.admits_growth(lots(30), lots(50)));
    assert!(!limit.admits_growth(lots(30), lots(50) + 1));
    // At 3 1/3 atoms per lot the cap is reached, one quantum more and it is exceeded.
    let full = GrowthLimit { price: Price((10 << 32) / 3), ..limit };
    assert!(!full.admits_growth(lots(30), lots(31)));
    assert!(full.admits_growth(lots(30), lots(30)));
    let nobody = GrowthLimit { shard_count: 0, ..limit };
    assert!(!nobody.admits_growth(0, 1) && nobody.admits_growth(1, 0));
    // A tenth of 800.
    assert!(position_within_share(800, Ppm(100_000), 80) && !position_within_share(800, Ppm(100_000), 81));
}
