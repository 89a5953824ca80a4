use proptest::prelude::*;

use super::{figures, SideSums};
use crate::demand::{own_slope, CurveTerms, Figures, Lookahead, Window, BINS, LOOK_BINS, NO_CLUSTER};
use crate::units::{Ppm, Price, Scale, Side};

pub(super) fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Long), Just(Side::Short)]
}

pub(super) fn any_sums() -> impl Strategy<Value = SideSums> {
    let bin = prop_oneof![3 => Just(0u64), 5 => 0u64..1 << 40, 1 => 0u64..1 << 50];
    let stale = prop_oneof![2 => Just(0u64), 1 => 0u64..1 << 45];
    (prop::collection::vec(bin, BINS), 0u64..1 << 50, stale).prop_map(|(bins, far, stale)| SideSums {
        bins: bins.try_into().unwrap(),
        far,
        stale,
    })
}

pub(super) fn any_terms() -> impl Strategy<Value = CurveTerms> {
    let scale = prop_oneof![1 => Just(1u64 << 62), 1 => 1u64 << 42..1 << 62];
    // Prices of 2^-8 to 2^16 atoms per lot, so that little saturates.
    // From the far ends of the middle a window may extend beyond the last of 32 bins.
    let look = (0u8..12, 0u8..48);
    (-32i16..=32, 1u64 << 24..1 << 48, scale, (1u64 << 20..1 << 56), look, 0u32..3_000_000).prop_map(
        |(away, price, scale, depth_atoms, (span, reach), level)| CurveTerms {
            window: Window { anchor: 100, epoch: 3 },
            price_bin: 100 + away,
            price: Price(price),
            scale: Scale(scale),
            depth_atoms,
            look: Lookahead { span, reach },
            cluster_level: Ppm(level),
        },
    )
}

/// Units in the window that begins `offset` bins ahead, by looking at every bin.
fn window_units(sums: &SideSums, side: Side, terms: &CurveTerms, offset: i32) -> f64 {
    let span = i32::from(terms.look.span.max(1));
    let mut units = sums.stale as f64;
    let edge = if side == Side::Long {
        64 + i32::from(terms.price_bin) - 100
    } else {
        163 - i32::from(terms.price_bin)
    };
    if span + i32::from(terms.look.reach) > edge + 1 {
        units += sums.far as f64;
    }
    for (slot, bin) in (0i32..).zip(sums.bins) {
        let absolute = 100 - 64 + slot;
        let ahead = i32::from(terms.price_bin) - absolute;
        let ahead = if side == Side::Long { ahead } else { -ahead };
        let ahead = if offset == 0 { ahead.max(0) } else { ahead };
        if (offset..offset + span).contains(&ahead) {
            units += bin as f64;
        }
    }
    units
}

struct Exact {
    delta: f64,
    gamma: f64,
    r: f64,
    /// R of every window.
    windows: std::vec::Vec<f64>,
    factor: f64,
}

fn exact(sums: &SideSums, side: Side, terms: &CurveTerms) -> Exact {
    let span = f64::from(terms.look.span.max(1));
    let factor = 100.0 / (3.0 * span);
    let value = terms.price.0 as f64 / 2f64.powi(48) * (terms.scale.0 as f64 / 2f64.powi(62));
    let density = |offset| window_units(sums, side, terms, offset) * value * factor;
    let last = if side == Side::Long {
        64 + i32::from(terms.price_bin) - 100
    } else {
        163 - i32::from(terms.price_bin)
    };
    let windows: std::vec::Vec<f64> = (0..=last + 1).map(|o| density(o) / terms.depth_atoms as f64).collect();
    let r = windows.iter().take(usize::from(terms.look.reach) + 1).fold(0.0, |a: f64, b| a.max(*b));
    // Saturates, as the code does.
    let gamma = (density(i32::from(terms.look.span.max(1))) - density(0)) * factor;
    let gamma = gamma.clamp(-(i64::MAX as f64), i64::MAX as f64);
    Exact { delta: density(0), gamma, r, windows, factor }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn figures_are_those_of_the_curve_within_their_stated_errors(
        sums in any_sums(), side in any_side(), terms in any_terms(),
    ) {
        let found = figures(&sums, side, &terms);
        let Exact { delta, gamma, r, windows, factor } = exact(&sums, side, &terms);
        // Of the reference: 128 additions of 2^-53 each.
        let noise = 1e-13;
        // Base and notional are rounded up: by less than one unit's value and one atom.
        let price = terms.price.0 as f64 / 2f64.powi(48);
        let atoms = 1.0 + price;
        let (low, high) = (delta * (1.0 - noise), delta * (1.0 + noise) + factor * atoms + 1.0);
        prop_assert!(low <= found.delta_atoms as f64 && found.delta_atoms as f64 <= high, "{found:?} {delta}");
        let error = factor * (factor * atoms + 1.0) + 1.0 + (gamma.abs() + delta * factor) * noise;
        prop_assert!((found.gamma_atoms as f64 - gamma).abs() <= error, "{found:?} {gamma}");
        if r * 1e6 < f64::from(u32::MAX) - 1e6 {
            let high = r * 1e6 * (1.0 + noise) + 1e6 * (factor * atoms + 1.0) / terms.depth_atoms as f64 + 1.0;
            let ppm = f64::from(found.r.0);
            prop_assert!(r * 1e6 * (1.0 - noise) <= ppm && ppm <= high, "{found:?} {r}");
        }
        // No cluster is missed, and what is taken for one is so but for rounding.
        let level = f64::from(terms.cluster_level.0) / 1e6;
        // Rounding down the level: density, atoms and base by less than one each.
        let slack = (2.0 * factor + 2.0 + 2.0 * factor * price) / terms.depth_atoms as f64;
        let cluster = usize::from(found.cluster_bins);
        for (offset, window) in windows.iter().enumerate().take(usize::from(LOOK_BINS) + 1) {
            if offset < cluster {
                prop_assert!(*window < level * (1.0 + noise) + 1e-30, "missed {offset} before {cluster}");
            } else if offset == cluster {
                prop_assert!(window + slack >= level * (1.0 - noise), "{offset} is no cluster: {window} {level}");
            }
        }
    }

    #[test]
    fn r_rises_with_units_near_the_price_with_the_reach_and_as_depth_falls(
        sums in any_sums(), side in any_side(), terms in any_terms(), more in 0u64..1 << 50, ahead in 0i16..12,
        wider in 0u8..40, shallower in any::<u64>(),
    ) {
        let r = |sums: &SideSums, terms: &CurveTerms| figures(sums, side, terms).r;
        let before = r(&sums, &terms);
        let ahead = ahead.min(i16::from(terms.look.span.max(1)) - 1);
        let signed = if side == Side::Long { -ahead } else { ahead };
        let slot = usize::try_from(terms.price_bin + signed - 100 + 64).unwrap();
        let mut added = sums;
        added.bins[slot] += more;
        prop_assert!(r(&added, &terms) >= before);
        let mut stale = sums;
        stale.stale += more;
        prop_assert!(r(&stale, &terms) >= before);
        let look = Lookahead { reach: terms.look.reach + wider, ..terms.look };
        let wide = r(&sums, &CurveTerms { look, ..terms });
        prop_assert!(wide >= before);
        let depth_atoms = shallower % terms.depth_atoms;
        let shallow = r(&sums, &CurveTerms { depth_atoms, ..terms });
        prop_assert!(shallow >= before);
    }

    #[test]
    fn moving_units_away_never_raises_the_near_delta(
        sums in any_sums(), side in any_side(), terms in any_terms(), from in 0usize..BINS, by in 1usize..BINS,
    ) {
        let to = match side {
            Side::Long => from.checked_sub(by),
            Side::Short => Some(from + by).filter(|to| *to < BINS),
        };
        let mut moved = sums;
        let units = core::mem::take(&mut moved.bins[from]);
        *to.map_or(&mut moved.far, |to| &mut moved.bins[to]) += units;
        // Near enough to the window's edge what is far counts as well.
        prop_assume!(i16::from(terms.look.span.max(1)) + i16::from(terms.look.reach) <= 32);
        prop_assert!(figures(&moved, side, &terms).delta_atoms <= figures(&sums, side, &terms).delta_atoms);
    }

    #[test]
    fn becoming_stale_never_lowers_r(sums in any_sums(), side in any_side(), terms in any_terms()) {
        let stale = SideSums { stale: sums.open(), ..SideSums::default() };
        prop_assert!(figures(&stale, side, &terms).r >= figures(&sums, side, &terms).r);
        // A window that did not follow the price makes all stale.
        let lost = CurveTerms { price_bin: 133, ..terms };
        // ... and all may have been passed, which of what is stale nobody says.
        let lost = Figures { backlog_atoms: 0, ..figures(&sums, side, &lost) };
        prop_assert_eq!(lost, figures(&stale, side, &terms));
    }

    #[test]
    fn r_of_the_level_means_a_cluster_within_reach(
        sums in any_sums(), side in any_side(), terms in any_terms(),
    ) {
        prop_assume!(u16::from(terms.look.reach) <= LOOK_BINS);
        let found = figures(&sums, side, &terms);
        let level = Ppm(found.r.0.saturating_sub(1_000_000));
        let terms = CurveTerms { cluster_level: level, depth_atoms: terms.depth_atoms.max(1 << 30), ..terms };
        if figures(&sums, side, &terms).r.0 > level.0.saturating_add(10) {
            prop_assert!(figures(&sums, side, &terms).cluster_bins <= u16::from(terms.look.reach));
        }
    }
}

#[test]
fn figures_of_a_small_curve_are_these() {
    // Lots at 50 atoms. Ahead of a long side at bin 0, 200 lots in bin 0, 100 in bin -1, 600 in bin -2.
    let mut sums = SideSums::default();
    for (slot, lots) in [(64, 200u64), (63, 100), (62, 600)] {
        sums.bins[slot] = lots << 16;
    }
    let terms = CurveTerms {
        window: Window::default(),
        price_bin: 0,
        price: Price(50 << 32),
        scale: Scale::ONE,
        depth_atoms: 1_000_000,
        look: Lookahead { span: 2, reach: 0 },
        cluster_level: Ppm(500_000),
    };
    // Near: 300 lots = 15 000 atoms over 0.06: 250 000. Next window: 600 lots, 500 000. Slope 250 000 / 0.06, up.
    // R = 250 000 / 1 000 000. Bins -1 and -2 hold 700 lots, R = 0.583: the cluster begins one bin ahead.
    // One bin ahead lie the 200 lots of the price's own.
    let near = Figures {
        delta_atoms: 250_000,
        gamma_atoms: 4_166_667,
        r: Ppm(250_000),
        cluster_bins: 1,
        in_a_bin_units: 200 << 16,
        // Nothing was passed.
        backlog_atoms: 0,
    };
    assert_eq!(figures(&sums, Side::Long, &terms), near);
    // With a reach of one bin that window is the worst: 700 * 50 / 0.06 = 583 333.3, rounded up, of a million.
    let look = Lookahead { span: 2, reach: 1 };
    assert_eq!(
        figures(&sums, Side::Long, &CurveTerms { look, ..terms }),
        Figures { r: Ppm(583_334), ..near }
    );
    // Shorts are bought when the price rises; at bin -2 the price has all of these ahead, seen from below: 700 lots,
    // then 200. The price has passed none.
    let below = CurveTerms { price_bin: -2, ..terms };
    // (200 - 700) * 50 / 0.06 / 0.06 = -6 944 444.4, and 416 666.7 rounded up on the way: 416 667 / 0.06 = 6 944 450.
    let short = Figures {
        delta_atoms: 583_334,
        gamma_atoms: -6_944_450,
        r: Ppm(583_334),
        cluster_bins: 0,
        in_a_bin_units: 600 << 16,
        backlog_atoms: 0,
    };
    assert_eq!(figures(&sums, Side::Short, &below), short);
    // At bin 1 it has passed all of them: what should have been bought is at the price. 900 * 50 / 0.06 = 750 000.
    let above = figures(&sums, Side::Short, &CurveTerms { price_bin: 1, ..terms });
    assert_eq!((above.delta_atoms, above.cluster_bins), (750_000, 0));
}

#[test]
fn what_does_not_fit_saturates_on_the_side_of_caution() {
    let terms = CurveTerms {
        window: Window::default(),
        price_bin: 0,
        price: Price(1 << 32),
        scale: Scale::ONE,
        depth_atoms: 0,
        look: Lookahead { span: 0, reach: 255 },
        cluster_level: Ppm(1_000_000),
    };
    let empty = SideSums::default();
    assert_eq!(figures(&empty, Side::Long, &terms).r, Ppm(u32::MAX));
    let deep = CurveTerms { depth_atoms: 1 << 40, ..terms };
    assert_eq!(
        figures(&empty, Side::Long, &deep),
        Figures { cluster_bins: NO_CLUSTER, ..Figures::default() }
    );
    let full = SideSums { stale: u64::MAX, ..SideSums::default() };
    let worst = figures(&full, Side::Short, &CurveTerms { price: Price(u64::MAX), ..deep });
    assert_eq!((worst.delta_atoms, worst.r, worst.cluster_bins), (u64::MAX, Ppm(u32::MAX), 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The next bin holds what lies in it, what the price has passed and what is stale; all of a side whose window lost the
    /// price.
    #[test]
    fn the_next_bin_is_the_prices_own_with_all_that_was_passed(
        sums in any_sums(), side in any_side(), terms in any_terms(),
    ) {
        let slot = usize::try_from(terms.price_bin - 100 + 64).unwrap();
        let near = if side == Side::Long { &sums.bins[slot..] } else { &sums.bins[..=slot] };
        let found = figures(&sums, side, &terms).in_a_bin_units;
        prop_assert_eq!(found, near.iter().sum::<u64>() + sums.stale);
        let lost = figures(&sums, side, &CurveTerms { price_bin: 133, ..terms }).in_a_bin_units;
        prop_assert_eq!(lost, sums.bins.iter().sum::<u64>() + sums.far + sums.stale);
    }

    /// The backlog is what lies behind the price, at the price.
    #[test]
    fn the_backlog_is_what_the_price_has_passed(sums in any_sums(), side in any_side(), terms in any_terms()) {
        let slot = usize::try_from(terms.price_bin - 100 + 64).unwrap();
        let behind = if side == Side::Long { &sums.bins[slot + 1..] } else { &sums.bins[..slot] };
        let units = behind.iter().sum::<u64>() as f64;
        let atoms = units * terms.price.0 as f64 / 2f64.powi(48) * (terms.scale.0 as f64 / 2f64.powi(62));
        let found = figures(&sums, side, &terms).backlog_atoms as f64;
        // Base and notional are rounded up.
        let high = atoms * (1.0 + 1e-13) + 1.0 + terms.price.0 as f64 / 2f64.powi(48);
        prop_assert!(atoms * (1.0 - 1e-13) <= found && found <= high, "{found} of {atoms}");
    }
}

/// 3 million atoms in the next bin are 100 million per unit of ln price; 6 in the one after it make a slope of 3 million over
/// 0.0009, 3 333 333 333.3, rounded away from zero.
#[test]
fn an_accounts_own_slope_follows_its_worked_example() {
    assert_eq!(own_slope([3_000_000, 6_000_000]), (100_000_000, 3_333_333_334));
    assert_eq!(own_slope([6_000_000, 3_000_000]), (200_000_000, -3_333_333_334));
    assert_eq!(own_slope([0, 0]), (0, 0));
    assert_eq!(own_slope([u64::MAX, 0]), (i64::MAX, -i64::MAX));
}
