//! Looking as far as the figures do finds what a look at every bin of every shard does.

use std::vec::Vec;

use proptest::prelude::*;

use super::{
    figures::{any_side, any_sums, any_terms},
    SideSums,
};
use crate::demand::{
    figures, near::NearSums, CurveTerms, Lookahead, ShardSide, SideCurve, Window, BINS, LOOK_BINS,
};
use crate::units::Side;

/// Eight shards, of which some were not touched since an earlier epoch.
fn any_shards() -> impl Strategy<Value = Vec<SideSums>> {
    prop::collection::vec((any_sums(), any::<bool>()), 8).prop_map(|shards| {
        let stale = |sums: SideSums| SideSums { stale: sums.open(), ..SideSums::default() };
        shards.into_iter().map(|(sums, is_stale)| if is_stale { stale(sums) } else { sums }).collect()
    })
}

fn added(shards: &[SideSums]) -> SideSums {
    let mut sums = SideSums::default();
    for shard in shards {
        for (sum, units) in sums.bins.iter_mut().zip(shard.bins) {
            *sum += units;
        }
        sums.far += shard.far;
        sums.stale += shard.stale;
    }
    sums
}

fn curve(shards: &[SideSums]) -> SideCurve<'_, 8> {
    SideCurve::of(shards.iter().map(SideSums::open).sum(), shards.iter().map(SideSums::shard))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn shards_add_up_bin_by_bin(shards in any_shards()) {
        let (curve, sums) = (curve(&shards), added(&shards));
        prop_assert_eq!(curve.sums(), sums.bins);
        prop_assert_eq!((curve.far, curve.stale, curve.open), (sums.far, sums.stale, sums.open()));
    }

    /// From every slot, on both sides: the bins ahead are the sums of all shards, and what was passed is the rest.
    #[test]
    fn adding_up_near_the_price_finds_what_adding_up_everything_does(
        shards in any_shards(), span in 0u8..=16, reach in 0u8..=u8::MAX,
    ) {
        let (curve, sums, look) = (curve(&shards), added(&shards), Lookahead { span, reach });
        for slot in 0..BINS {
            for side in [Side::Long, Side::Short] {
                let near = NearSums::of(&curve, side, slot, look);
                let (ahead, passed): (Vec<u64>, &[u64]) = match side {
                    Side::Long => (sums.bins[..=slot].iter().rev().copied().collect(), &sums.bins[slot + 1..]),
                    Side::Short => (sums.bins[slot..].to_vec(), &sums.bins[..slot]),
                };
                prop_assert_eq!(near.to_edge, ahead.len());
                prop_assert_eq!(near.passed, passed.iter().sum::<u64>(), "{:?} from {}", side, slot);
                let seen = near.ahead();
                prop_assert_eq!(seen, &ahead[..seen.len()]);
                // A window of the span that has moved by the reach or as far as clusters are looked for.
                let needed = usize::from(span.max(1)) + usize::from(LOOK_BINS).max(usize::from(reach));
                prop_assert!(seen.len() >= needed.min(ahead.len()));
            }
        }
    }

    /// Wherever the price is, figures of eight shards are those of one that holds all.
    #[test]
    fn figures_of_many_shards_are_those_of_one_with_their_sums(
        shards in any_shards(), side in any_side(), terms in any_terms(),
    ) {
        let sums = added(&shards);
        // A price beyond the last of these has left the window.
        for away in -33i16..=33 {
            let terms = CurveTerms { price_bin: terms.window.anchor + away, ..terms };
            prop_assert_eq!(figures(&curve(&shards), side, &terms), super::figures(&sums, side, &terms));
        }
    }
}

#[test]
fn a_shard_of_an_earlier_epoch_may_trigger_anywhere() {
    let shards = [ShardSide::wholly_stale(7), ShardSide { bins: &[1; BINS], far: 2, stale: 3 }];
    let curve = SideCurve::<2>::of(140, shards.into_iter());
    assert_eq!((curve.sums(), curve.far, curve.stale), ([1; BINS], 2, 10));
    // From the first bin a long side has nothing else ahead, and 127 passed bins.
    let near = NearSums::of(&curve, Side::Long, 0, Lookahead { span: 1, reach: 0 });
    assert_eq!((near.ahead(), near.passed, near.to_edge), (&[1][..], 127, 1));
    assert_eq!(Window::default().slot(-64), Some(0));
}
