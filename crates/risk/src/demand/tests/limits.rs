use proptest::prelude::*;

use crate::demand::{
    depth_cap, distance, initial_multiplier, lower_cap, reach_bins, rise_of_a_bin, side_limits,
    tightened_cap, tightening, Band, Distance, DistanceInput, LimitParams, ReachInput, SideLimits,
};
use crate::hourly::variance_of_hourly_sigma;
use crate::size::FreeSize;
use crate::units::{Ppm, Seconds, Side, VarianceRate};

fn any_band() -> impl Strategy<Value = Band> {
    (0u32..1_500_000, 1u32..1_500_000)
        .prop_map(|(start, width)| Band { start: Ppm(start), stop: Ppm(start + width) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn tightening_falls_from_one_to_zero_without_a_jump(band in any_band(), r in 0u32..3_500_000) {
        let width = band.stop.0 - band.start.0;
        let (here, next) = (tightening(Ppm(r), band).0, tightening(Ppm(r + 1), band).0);
        prop_assert!(next <= here && here - next <= 1_000_000 / width + 1);
        // 10^6 (stop - r) / (stop - start), between zero and one, rounded down.
        let line = 1_000_000 * (i128::from(band.stop.0) - i128::from(r)) / i128::from(width);
        prop_assert_eq!(i128::from(here), if r >= band.stop.0 { 0 } else { line.min(1_000_000) });
        prop_assert_eq!(tightening(band.start, band), Ppm(1_000_000));
        prop_assert_eq!(tightening(band.stop, band), Ppm(0));
    }

    #[test]
    fn the_initial_multiplier_rises_from_one_to_the_most_without_a_jump(
        band in any_band(), r in 0u32..3_500_000, most in 0u32..10_000_000,
    ) {
        let width = band.stop.0 - band.start.0;
        let at = |r| initial_multiplier(Ppm(r), band, Ppm(most)).0;
        let (here, next, top) = (at(r), at(r + 1), most.max(1_000_000));
        prop_assert!(next >= here && next - here <= (top - 1_000_000) / width + 1);
        // One and the part of the range that was passed, rounded up.
        let passed = u128::from(r.clamp(band.start.0, band.stop.0) - band.start.0);
        let line = 1_000_000 + (u128::from(top - 1_000_000) * passed).div_ceil(u128::from(width));
        prop_assert_eq!(u128::from(here), line);
    }

    #[test]
    fn a_tightened_cap_is_between_what_is_open_and_the_cap(
        cap in any::<u64>(), open in any::<u64>(), shift in 0u32..64, factor in 0u32..2_000_000,
    ) {
        let open = open >> shift;
        let found = tightened_cap(cap, open, Ppm(factor));
        if open > cap {
            prop_assert_eq!(found, cap);
        } else {
            let part = u128::from(cap - open) * u128::from(factor.min(1_000_000)) / 1_000_000;
            prop_assert_eq!(u128::from(found), u128::from(open) + part);
        }
    }

    #[test]
    fn a_depth_cap_is_the_ratio_of_one_percent_of_the_depth(depth in any::<u64>(), ratio in any::<u32>()) {
        let exact = u128::from(depth) * u128::from(ratio) / 100_000_000;
        prop_assert_eq!(u128::from(depth_cap(depth, Ppm(ratio))), exact.min(u128::from(u64::MAX)));
    }
}

#[test]
fn limits_at_usual_values_are_these() {
    let band = Band { start: Ppm(500_000), stop: Ppm(900_000) };
    // (0.9 - 0.6) / 0.4 = 0.75, and margin 1 + 2 * 0.25 = 1.5.
    assert_eq!(tightening(Ppm(600_000), band), Ppm(750_000));
    assert_eq!(initial_multiplier(Ppm(600_000), band, Ppm(3_000_000)), Ppm(1_500_000));
    // Depth 10^9 per unit of ln price: one percent is 10^7, sixteen times that 1.6 * 10^8.
    assert_eq!(depth_cap(1_000_000_000, Ppm(16_000_000)), 160_000_000);
    // 100 are open of 300; three quarters of the other 200 remain.
    assert_eq!(tightened_cap(300, 100, Ppm(750_000)), 250);
    // A band without width is a step at its stop.
    let step = Band { start: Ppm(900_000), stop: Ppm(900_000) };
    assert_eq!(tightening(Ppm(899_999), step), Ppm(1_000_000));
    assert_eq!(tightening(Ppm(900_000), step), Ppm(0));
    assert_eq!(initial_multiplier(Ppm(900_000), step, Ppm(3_000_000)), Ppm(3_000_000));
}

/// A depth of 10^12 makes D = 10^10, and sixteen of them 1.6 * 10^11, below the cap of 2 * 10^11. At R = 0.8 of 0.5 to 0.9 a
/// quarter of the room is left: of 1.6 * 10^11 - 4 * 10^10 = 1.2 * 10^11 that is 3 * 10^10. One account may hold a tenth of
/// the cap, and a quarter of that. Initial margin is 1 + 0.75 times as high.
#[test]
fn limits_of_a_side_follow_their_worked_example() {
    let params = LimitParams {
        band: Band { start: Ppm(500_000), stop: Ppm(900_000) },
        initial_factor_max: Ppm(2_000_000),
        cap_atoms: lower_cap(200_000_000_000, 1_000_000_000_000, Some(Ppm(16_000_000))),
        position_share: Ppm(100_000),
    };
    let limits = side_limits(&params, Ppm(800_000), 40_000_000_000);
    let expected = SideLimits {
        growth_cap_atoms: 70_000_000_000,
        position_cap_atoms: 4_000_000_000,
        initial_factor: Ppm(1_750_000),
    };
    assert_eq!(limits, expected);
    // Without a ratio the cap alone counts; without R nothing tightens.
    let cap_atoms = lower_cap(200_000_000_000, 1, None);
    let free = side_limits(&LimitParams { cap_atoms, ..params }, Ppm(0), 0);
    assert_eq!((free.growth_cap_atoms, free.position_cap_atoms), (200_000_000_000, 20_000_000_000));
    assert_eq!(free.initial_factor, Ppm(1_000_000));
}

/// 2.9 % up to the free size; four times as much notional needs twice the margin, and a hundred times ten times as much.
#[test]
fn what_the_largest_position_needs_more_shortens_the_rise() {
    let free = FreeSize::of_atoms(10_000_000_000);
    assert_eq!(rise_of_a_bin(free, 10_000_000_000), Ppm(29_000));
    assert_eq!(rise_of_a_bin(free, 40_000_000_000), Ppm(14_500));
    assert_eq!(rise_of_a_bin(free, 1_000_000_000_000), Ppm(2_900));
    assert_eq!(rise_of_a_bin(FreeSize::UNLIMITED, u64::MAX), Ppm(29_000));
    assert_eq!(rise_of_a_bin(free, 0), Ppm(29_000));
}

proptest! {
    /// Whom such a rise puts below maintenance was registered within a bin of the price, whatever its premium.
    #[test]
    fn such_a_rise_reaches_nobody_beyond_a_bin(
        notional in 1u64 << 30..1 << 50, shift in 0u32..30, margin in 5_000u64..500_000, spare in 0u64..100_000,
    ) {
        let free = FreeSize::of_atoms(notional >> shift);
        let share = |ppm: u64| i128::from(notional) * i128::from(ppm) / 1_000_000;
        let needed = |ppm: u64| i128::from(free.raise(u64::try_from(share(ppm)).unwrap(), notional));
        let equity = needed(margin) + share(spare);
        let risen = needed(margin + u64::from(rise_of_a_bin(free, notional).0));
        let excess = equity - needed(margin);
        let trigger = distance(&DistanceInput { excess, joint: 0, notional, side: Side::Long });
        prop_assert!(equity >= risen || trigger == Distance::Bins(0), "{trigger:?}");
    }
}

/// Three deviations of an hour at 1.9 % are 5.7 %, and an hour's ramp of 1 % makes 6.7: three bins of 3 %. A deviation alone needs
/// two, a ramp alone one, and an unbounded variance all there are.
#[test]
fn the_reach_follows_its_worked_example() {
    let hour = ReachInput {
        variance: variance_of_hourly_sigma(Ppm(19_000)),
        age: Seconds(3_600),
        ramp_ppm_per_hour: 10_000,
    };
    assert_eq!(reach_bins(&hour), 3);
    assert_eq!(reach_bins(&ReachInput { ramp_ppm_per_hour: 0, ..hour }), 2);
    assert_eq!(reach_bins(&ReachInput { variance: VarianceRate(0), ..hour }), 1);
    assert_eq!(reach_bins(&ReachInput { age: Seconds(0), ..hour }), 0);
    assert_eq!(reach_bins(&ReachInput { variance: VarianceRate(u64::MAX), ..hour }), u8::MAX);
}

proptest! {
    /// `ceil((3 sqrt(v t) + ramp t) / 3 %)` with the root and the ramp rounded up, in numbers that hold everything.
    #[test]
    fn the_reach_is_that_of_wider_arithmetic(
        variance in any::<u64>(), shift in 0u32..64, age in 0u64..=100_000, ramp_ppm_per_hour in any::<u32>(),
    ) {
        let variance = VarianceRate(variance >> shift);
        let input = ReachInput { variance, age: Seconds(age), ramp_ppm_per_hour };
        let square = u128::from(variance.0) * u128::from(age);
        let root = u128::from(crate::math::sqrt::sqrt_ceil_u128(square).unwrap());
        let ramp = (u128::from(ramp_ppm_per_hour) * u128::from(age)).div_ceil(3_600);
        let sum = root * 3 + (ramp << 32).div_ceil(1_000_000);
        let bins = sum.div_ceil((3u128 << 32) / 100).min(255);
        prop_assert_eq!(u128::from(reach_bins(&input)), bins);
    }
}
