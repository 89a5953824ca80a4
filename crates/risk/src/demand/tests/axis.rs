use proptest::prelude::*;

use crate::demand::table::FALL_Q32;
use crate::demand::{distance, price_bin, Distance, DistanceInput, Place, Window};
use crate::math::reference::{big, floor, scaled, Big};
use crate::units::{Price, Side};
use crate::RiskError;

/// `e^(0.03 k)`.
fn boundary(k: i64) -> Big {
    (big(3 * k) / big(100)).exp()
}

fn to_u64(x: &Big) -> u64 {
    u64::try_from(floor(x).to_int().value()).unwrap()
}

#[test]
fn thresholds_are_the_exact_falls_rounded_up() {
    for (k, threshold) in (1i64..).zip(FALL_Q32) {
        let exact = (big(1) - boundary(-k)) << 32;
        assert!(exact <= big(threshold) && exact > big(threshold - 1), "threshold {k}");
    }
}

#[test]
fn bins_partition_the_axis_at_multiples_of_the_width() {
    // ln(2^64 / 2^32) / 0.03 = 739.4: boundaries from -739 to 739.
    for k in -739i64..=739 {
        let exact = boundary(k) << 32;
        let margin = exact.clone() * scaled(1, 40);
        let (below, above) = (to_u64(&(exact.clone() - margin.clone())), to_u64(&(exact + margin)) + 1);
        let expected = i16::try_from(k).unwrap();
        let found = price_bin(Price(above)).unwrap();
        // Small prices are so sparse that some bins have none.
        let has_price = big(above) < (boundary(k + 1) << 32) * (big(1) - scaled(1, 40));
        assert!(found == expected || (found > expected && !has_price), "from boundary {k} on");
        assert!(below == 0 || price_bin(Price(below)).unwrap() < expected, "below boundary {k}");
    }
    assert_eq!(price_bin(Price(1 << 32)), Ok(0));
    assert_eq!(price_bin(Price((1 << 32) - 1)), Ok(-1));
    assert_eq!(price_bin(Price(0)), Err(RiskError::DomainError));
}

/// The distance in bins, in floating point.
fn exact_bins(excess: f64, exposure: f64, side: Side) -> f64 {
    let x = excess / exposure;
    match side {
        Side::Long if x >= 1.0 => f64::INFINITY,
        Side::Long => -(-x).ln_1p() / 0.03,
        Side::Short => x.ln_1p() / 0.03,
    }
}

fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Long), Just(Side::Short)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_higher_price_is_in_no_lower_bin(price in 1u64.., step in any::<u64>(), a in 0u32..64, b in 0u32..64) {
        let (low, high) = (price >> a, (price >> a).saturating_add(step >> b));
        prop_assume!(low > 0);
        prop_assert!(price_bin(Price(low)).unwrap() <= price_bin(Price(high)).unwrap());
    }

    #[test]
    fn a_distance_is_never_farther_than_exact_and_at_most_a_bin_nearer(
        notional in 1u64..1 << 57, a in 0u32..57, joint in 0u64..1 << 57, b in 0u32..60,
        // In 2^-20 of the exposure, up to 64-fold.
        ratio in 1u64..1 << 26, c in 0u32..26, side in any_side(),
    ) {
        let (notional, joint) = ((notional >> a).max(1), joint >> b);
        let exposure = notional.max(joint);
        let excess = (u128::from(exposure) * u128::from(ratio >> c)) >> 20;
        let excess = i128::try_from(excess).unwrap();
        let found = distance(&DistanceInput { excess, joint, notional, side });
        let exact = exact_bins(excess as f64, exposure as f64, side);
        // Rounding of the reference, and of the code: 2^-24 of ln price is 2^-18.9 of a bin.
        let (reference, code) = (1e-9, 2f64.powi(-24) / 0.03);
        match found {
            Distance::Bins(bins) => {
                prop_assert!(f64::from(bins) <= exact + reference, "{bins} is farther than {exact}");
                prop_assert!(exact < f64::from(bins) + 1.0 + code + reference, "{bins} is too near for {exact}");
            }
            Distance::Far => prop_assert!(exact + reference >= 128.0, "far, but {exact}"),
        }
    }

    #[test]
    fn more_excess_is_never_nearer(
        excess in 0i128..1 << 60, more in 0i128..1 << 60, joint in any::<u64>(), notional in any::<u64>(),
        side in any_side(), a in 0u32..60, b in 0u32..64,
    ) {
        let (joint, notional) = (joint >> b, notional >> b);
        let rank = |excess| match distance(&DistanceInput { excess, joint, notional, side }) {
            Distance::Bins(bins) => u32::from(bins),
            Distance::Far => 128,
        };
        prop_assert!(rank(excess >> a) <= rank((excess >> a) + (more >> a)));
    }

    /// ln price and distance are known to their bins only: the registered bin is that of the trigger or the next one
    /// toward the price.
    #[test]
    fn a_registered_bin_is_that_of_the_trigger_or_one_nearer(
        ln_price in -10.0f64..10.0, away in 0.0f64..2.5, side in any_side(),
    ) {
        let price_bin = (ln_price / 0.03).floor() as i16;
        let bins = (away / 0.03).floor() as u8;
        let window = Window { anchor: price_bin, epoch: 7 };
        let registration = window.registration(side, 5, price_bin, Distance::Bins(bins));
        let trigger = match side {
            Side::Long => ln_price - away,
            Side::Short => ln_price + away,
        };
        let trigger = (trigger / 0.03).floor() as i32;
        // Below the price by 64 bins, above it by 63.
        let is_far = match side { Side::Long => bins > 64, Side::Short => bins > 63 };
        prop_assert_eq!(registration.place, if is_far { Place::Far } else { Place::Near });
        if !is_far {
            let bin = i32::from(registration.bin);
            let nearer = match side { Side::Long => bin - trigger, Side::Short => trigger - bin };
            prop_assert!((0..=1).contains(&nearer), "bin {bin}, trigger {trigger}");
        }
    }
}

#[test]
fn distances_at_their_ends() {
    let of = |excess, joint, notional, side| distance(&DistanceInput { excess, joint, notional, side });
    for side in [Side::Long, Side::Short] {
        assert_eq!(of(0, 5, 5, side), Distance::Bins(0));
        assert_eq!(of(i128::MIN, 5, 5, side), Distance::Bins(0));
        assert_eq!(of(1, 0, 0, side), Distance::Far);
        assert_eq!(of(i128::MAX, 5, 5, side), Distance::Far);
        // Exposures that do not fit are at the price.
        assert_eq!(of(1 << 90, u64::MAX, 5, side), Distance::Bins(0));
        assert_eq!(of(1 << 90, 5, u64::MAX, side), Distance::Bins(0));
    }
    // A fall by 10 %: -ln(0.9) / 0.03 = 3.51. A rise by 10 %: ln(1.1) / 0.03 = 3.18.
    assert_eq!(of(100, 0, 1_000, Side::Long), Distance::Bins(3));
    assert_eq!(of(100, 0, 1_000, Side::Short), Distance::Bins(3));
    // A joint exposure of twice the notional halves the move: -ln(0.95) / 0.03 = 1.71.
    assert_eq!(of(100, 2_000, 1_000, Side::Long), Distance::Bins(1));
    // A fall by all of the price liquidates nobody, a rise by all of it does: ln(2) / 0.03 = 23.1.
    assert_eq!(of(1_000, 0, 1_000, Side::Long), Distance::Far);
    assert_eq!(of(1_000, 0, 1_000, Side::Short), Distance::Bins(23));
}

#[test]
fn a_window_follows_a_price_that_left_its_middle_and_only_then() {
    let window = Window { anchor: 100, epoch: u16::MAX };
    assert_eq!(window.followed(132), window);
    assert_eq!(window.followed(68), window);
    assert_eq!(window.followed(133), Window { anchor: 133, epoch: 0 });
    assert_eq!(window.followed(67), Window { anchor: 67, epoch: 0 });
}

#[test]
fn an_excess_that_just_fails_a_boundary_is_never_beyond_it() {
    for exposure in [1_000u64, (1 << 32) - 1, 1 << 32, (1 << 40) + 12_345, (1 << 57) - 1] {
        for k in 1u8..=127 {
            for side in [Side::Long, Side::Short] {
                let move_up_to = match side {
                    Side::Long => big(1) - boundary(-i64::from(k)),
                    Side::Short => boundary(i64::from(k)) - big(1),
                };
                // The boundary is irrational, so its floor is strictly below.
                let excess = to_u64(&(move_up_to * big(exposure)));
                let input = DistanceInput { excess: i128::from(excess), joint: 0, notional: exposure, side };
                match distance(&input) {
                    Distance::Bins(bins) => assert!(bins < k, "{bins} for {k} of {exposure}"),
                    Distance::Far => panic!("far for {k} of {exposure}"),
                }
            }
        }
    }
}
