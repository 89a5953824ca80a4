//! The algorithms against native 128-bit arithmetic, on the host.

use super::*;
use proptest::prelude::*;

/// 0, every power of two, its neighbours, and the two's complement of all of them: 0, 1, MAX, MIN and every
/// sign and every carry boundary are among them.
fn edges() -> impl Iterator<Item = u128> + Clone {
    (0..128).flat_map(|bit| {
        let power = 1u128 << bit;
        [power - 1, power, power + 1].into_iter().flat_map(|x| [x, x.wrapping_neg()])
    })
}

fn check(a: u128, b: u128) {
    assert_eq!(mul(a, b), a.wrapping_mul(b), "{a} * {b}");
    if b == 0 {
        return;
    }
    assert_eq!(div_rem(a, b), (a / b, a % b), "{a} divided by {b}");
    let (a, b) = (a as i128, b as i128);
    assert_eq!(div_signed(a, b), a.wrapping_div(b), "{a} / {b}");
    assert_eq!(rem_signed(a, b), a.wrapping_rem(b), "{a} % {b}");
}

#[test]
fn every_pair_of_edge_operands_equals_native_arithmetic() {
    for a in edges() {
        for b in edges() {
            check(a, b);
        }
    }
}

/// A value of random width: uniform 128-bit values would almost never reach the short paths.
fn any_width() -> impl Strategy<Value = u128> {
    (any::<u128>(), 0u32..128).prop_map(|(x, shift)| x >> shift)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn random_operands_equal_native_arithmetic(a in any_width(), b in any_width()) {
        check(a, b);
        check(a.wrapping_neg(), b);
        check(a, b.wrapping_neg());
    }

    /// Dividends next to a multiple of the divisor are where a quotient guess is off by one.
    #[test]
    fn dividends_around_a_multiple_of_the_divisor_equal_native_arithmetic(
        d in any_width(), q in any_width(), offset in -2i128..=2,
    ) {
        check(d.wrapping_mul(q).wrapping_add(offset as u128), d);
    }

    /// Divisors whose halves are all ones or zero make the digit guess as wrong as it can be.
    #[test]
    fn divisors_of_extreme_halves_equal_native_arithmetic(n in any::<u128>(), halves in 1u8..255, low in 0u128..4) {
        let half = |digit: u32| match (halves >> (2 * digit)) & 3 {
            0 => 0u128,
            1 => 1 << 31,
            2 => 0xffff_fffe,
            _ => 0xffff_ffff,
        };
        let d = half(0) ^ low | half(1) << 32 | half(2) << 64 | half(3) << 96;
        if d != 0 {
            check(n, d);
        }
    }

    #[test]
    fn quotient_and_remainder_rebuild_the_dividend(n in any_width(), d in any_width()) {
        prop_assume!(d != 0);
        let (q, r) = div_rem(n, d);
        prop_assert!(r < d);
        prop_assert_eq!(mul(q, d) + r, n);
    }
}
