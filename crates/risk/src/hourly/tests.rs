use super::*;
use crate::math::reference::big;
use proptest::prelude::*;
/// A configured deviation comes back from the variance that is stored, for every one that is allowed.
#[test]
fn a_deviation_comes_back_from_its_variance() {
    for sigma in 500..=200_000 {
        assert_eq!(hourly_sigma_of_variance(variance_of_hourly_sigma(Ppm(sigma))), Ppm(sigma));
    }
    assert_eq!(hourly_sigma_of_variance(VarianceRate(0)), Ppm(0));
    assert_eq!(hourly_sigma_of_variance(VarianceRate(u64::MAX)), Ppm((1 << 18) - 1));
}

proptest! {
    /// floor(sigma^2 / 3 600) in 2^-64, for every sigma that a row may have and beyond.
    #[test]
    fn variance_is_the_exact_square_rounded_down(sigma in prop_oneof![500u32..=200_000, any::<u32>()]) {
        let VarianceRate(variance) = variance_of_hourly_sigma(Ppm(sigma));
        // sigma^2 2^64 against variance * 10^12 * 3 600.
        let square = big(sigma) * big(sigma) * big(1u128 << 64);
        let unit = big(3_600u64 * 1_000_000_000_000);
        prop_assert!(big(variance) * unit.clone() <= square);
        prop_assert!(variance == u64::MAX || (big(variance) + big(1)) * unit > square);
    }
}

/// 0.01^2 / 3 600 * 2^64 = 18 446 744 073 709 551 616 / 36 000 000 = 512 409 557 603.04.
#[test]
fn one_percent_per_hour_is_this_variance() {
    assert_eq!(variance_of_hourly_sigma(Ppm(10_000)), VarianceRate(512_409_557_603));
    assert_eq!(variance_of_hourly_sigma(Ppm(0)), VarianceRate(0));
    assert_eq!(variance_of_hourly_sigma(Ppm(u32::MAX)), VarianceRate(u64::MAX));
}
