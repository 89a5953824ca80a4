//! From decimals to prices, against exact products.

use super::*;
use crate::{math::reference::Big, oracle::convert::scale_decimal};

fn power_of_ten(exponent: i32) -> Big {
    (0..exponent.unsigned_abs()).fold(big(1), |power, _| power * big(10))
}

/// Positive mantissas of every magnitude and their neighbours, at powers of two and ten.
fn any_mantissa() -> impl Strategy<Value = u128> {
    let two = (0u32..127, -1i128..=1).prop_map(|(bit, offset)| (1u128 << bit).wrapping_add_signed(offset));
    let ten =
        (0u32..39, -1i128..=1).prop_map(|(digit, offset)| 10u128.pow(digit).wrapping_add_signed(offset));
    prop_oneof![2 => (any::<u128>(), 1u32..128).prop_map(|(x, shift)| x >> shift), 1 => two, 1 => ten]
        .prop_map(|x| x & (u128::MAX >> 1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16_384))]

    /// price <= mantissa * 10^exponent * 2^32 < price + 1, multiplied out so that nothing is divided; refused exactly if
    /// that price is zero or needs more than 64 bits.
    #[test]
    fn a_price_is_the_exact_product_rounded_down(mantissa in any_mantissa(), exponent in EXPONENT_MIN..=EXPONENT_MAX) {
        let power = power_of_ten(exponent);
        let (num, den) = if exponent < 0 { (big(1), power) } else { (power, big(1)) };
        // At most 127 + 32 + 40 bits.
        let product = big(mantissa) * big(1u64 << 32) * num;
        let signed = i128::try_from(mantissa).unwrap();
        match price_from_decimal(signed, exponent) {
            Ok(Price(price)) => {
                prop_assert!(price > 0);
                prop_assert!(big(price) * den.clone() <= product);
                prop_assert!((big(price) + big(1)) * den > product);
            }
            Err(error) => {
                prop_assert_eq!(error, RiskError::PriceOutOfRange);
                prop_assert!(product < den || product >= den * big(1u128 << 64));
            }
        }
        // A confidence of any size converts the same way, and may be zero.
        let scaled = scale_decimal(mantissa, exponent);
        prop_assert_eq!(scaled.ok().filter(|x| *x > 0).map(Price), price_from_decimal(signed, exponent).ok());
    }

    /// A larger mantissa is never a smaller price.
    #[test]
    fn conversion_is_monotone(
        mantissa in any_mantissa(), more in any_mantissa(), exponent in EXPONENT_MIN..=EXPONENT_MAX,
    ) {
        let (low, high) = (mantissa, mantissa.saturating_add(more));
        if let Ok(high) = scale_decimal(high, exponent) {
            prop_assert!(scale_decimal(low, exponent).unwrap() <= high);
        }
    }

    #[test]
    fn exponents_outside_their_range_are_refused(mantissa in 1i128..i128::MAX, exponent in any::<i32>()) {
        prop_assume!(!(EXPONENT_MIN..=EXPONENT_MAX).contains(&exponent));
        prop_assert_eq!(price_from_decimal(mantissa, exponent), Err(RiskError::ExponentOutOfRange));
    }
}

/// 1 is 2^32; 0.5 and 2.5 likewise; 10^-10 * 2^32 = 0.43 is zero, 10^-9 * 2^32 = 4.29.
#[test]
fn small_examples_convert_by_hand() {
    let table = [
        (1, 0, Ok(Price(1 << 32))),
        (5, -1, Ok(Price(1 << 31))),
        (25, -1, Ok(Price(5 << 31))),
        (3, 2, Ok(Price(300 << 32))),
        (1, -10, Err(RiskError::PriceOutOfRange)),
        (1, -9, Ok(Price(4))),
        (0, 0, Err(RiskError::PriceOutOfRange)),
        (-1, 0, Err(RiskError::PriceOutOfRange)),
        ((1 << 32) - 1, 0, Ok(Price(((1 << 32) - 1) << 32))),
        (1 << 32, 0, Err(RiskError::PriceOutOfRange)),
        (1, EXPONENT_MIN - 1, Err(RiskError::ExponentOutOfRange)),
        (1, EXPONENT_MAX + 1, Err(RiskError::ExponentOutOfRange)),
    ];
    for (mantissa, exponent, expected) in table {
        assert_eq!(price_from_decimal(mantissa, exponent), expected, "{mantissa} * 10^{exponent}");
    }
}
