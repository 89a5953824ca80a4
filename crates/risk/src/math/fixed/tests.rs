use proptest::prelude::*;

use super::*;
use crate::math::reference::{big, edges_u64, floor, Random};

/// All bit lengths equally likely.
fn any_length() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0u32..65).prop_map(|(x, shift)| x.checked_shr(shift).unwrap_or(0))
}

/// All bit lengths and both signs equally likely.
fn any_length_i() -> impl Strategy<Value = i64> {
    (any::<i64>(), 0u32..64).prop_map(|(x, shift)| x >> shift)
}

/// The definition of quotient and remainder, without dividing.
fn assert_quotient(n: u128, d: u64) {
    let (q, r) = div_rem_u128(n, d).unwrap();
    assert!(r < d, "{n} / {d}: remainder {r}");
    let product = q.checked_mul(u128::from(d)).and_then(|p| p.checked_add(u128::from(r)));
    assert_eq!(product, Some(n), "{n} / {d}");
    match div_rem_wide(n, d) {
        Ok((q64, r64)) => assert_eq!((u128::from(q64), r64), (q, r), "{n} / {d}"),
        Err(error) => {
            assert_eq!(error, RiskError::Overflow);
            assert!(q > u128::from(u64::MAX), "{n} / {d} was refused although it fits");
        }
    }
    let ceil = div_ceil_u128(n, d).unwrap();
    assert_eq!(div_floor_u128(n, d).unwrap(), q);
    assert_eq!(ceil - q, u128::from(r != 0));
}

#[test]
fn every_quotient_of_edge_operands_satisfies_its_definition() {
    let edges = edges_u64();
    for &high in &edges {
        for &low in edges.iter().step_by(3) {
            for &d in edges.iter().filter(|d| **d != 0).step_by(2) {
                assert_quotient(u128::from(high) << 64 | u128::from(low), d);
            }
        }
    }
}

/// Against the compiler's own 128-bit products, on edges (all signs, all carries) and at random.
#[test]
fn wide_products_are_those_of_the_compiler() {
    let mut random = Random(8);
    let edges = edges_u64();
    let all_edges = edges.iter().flat_map(|a| edges.iter().map(move |b| (*a, *b)));
    let pairs = all_edges.chain((0..200_000).map(|_| (random.any_length(), random.any_length())));
    for (a, b) in pairs {
        let exact = u128::from(a) * u128::from(b);
        assert_eq!(mul_wide(a, b), exact);
        assert_eq!(mul_high(a, b), (exact >> 64) as u64);
        for (a, b) in
            [(a, b), (a, b.wrapping_neg()), (a.wrapping_neg(), b), (a.wrapping_neg(), b.wrapping_neg())]
        {
            let signed = a.cast_signed();
            assert_eq!(mul_wide_iu(signed, b), i128::from(signed) * i128::from(b));
            assert_eq!(mul_wide_i(signed, b.cast_signed()), i128::from(signed) * i128::from(b.cast_signed()));
        }
    }
}

#[test]
fn normalising_shifts_by_the_leading_zeros() {
    for x in edges_u64().into_iter().filter(|x| *x != 0) {
        let zeros = x.leading_zeros();
        assert_eq!(normalised(x), (x << zeros, zeros));
        assert_eq!(normalised_even(x), (x << (zeros & !1), zeros & !1));
        let pair = u128::from(x) << 64 | u128::from(!x);
        let shifted = pair << zeros;
        assert_eq!(shift_left_pair(x, !x, zeros), ((shifted >> 64) as u64, shifted as u64));
    }
}

/// Operands whose quotient digits are all ones make algorithm D correct its estimate, once and twice.
#[test]
fn quotients_near_a_carry_satisfy_their_definition() {
    let mut random = Random(1);
    for _ in 0..200_000 {
        let d = random.any_length() | 1;
        let q = u64::MAX << random.below(64) | random.any_length();
        let n = u128::from(q) * u128::from(d);
        assert_quotient(n, d);
        assert_quotient(n.saturating_sub(1), d);
        assert_quotient(n.saturating_add(u128::from(d - 1)), d);
    }
}

#[test]
fn every_8_bit_product_shift_and_quotient_is_exact() {
    for a in -128i64..128 {
        for b in 0u64..128 {
            let exact = a * b.cast_signed();
            for shift in 0..10 {
                let (floor, ceil) = (exact.div_euclid(1 << shift), -((-exact).div_euclid(1 << shift)));
                assert_eq!(mul_shift_floor_i(a, b, shift), Ok(floor));
                assert_eq!(mul_shift_ceil_i(a, b, shift), Ok(ceil));
                if a >= 0 {
                    assert_eq!(mul_shift_floor(a as u64, b, shift), Ok(floor as u64));
                    assert_eq!(mul_shift_ceil(a as u64, b, shift), Ok(ceil as u64));
                }
            }
            for d in [1i64, 2, 3, 7, 100] {
                let (floor, ceil) = (exact.div_euclid(d), -((-exact).div_euclid(d)));
                assert_eq!(mul_div_floor_i(a, b, d as u64), Ok(floor));
                assert_eq!(mul_div_ceil_i(a, b, d as u64), Ok(ceil));
            }
        }
    }
}

#[test]
fn shifts_beyond_the_width_keep_their_direction() {
    for shift in [126, 127, 128, 129, 200, u32::MAX] {
        assert_eq!((shift_floor(1, shift), shift_ceil(1, shift)), (0, 1));
        assert_eq!((shift_floor(0, shift), shift_ceil(0, shift)), (0, 0));
        assert_eq!((shift_floor(-1, shift), shift_ceil(-1, shift)), (-1, 0));
        assert_eq!(mul_shift_floor(1, 1, shift), Ok(0));
        assert_eq!(mul_shift_ceil(1, 1, shift), Ok(1));
        assert_eq!(mul_shift_ceil(0, 1, shift), Ok(0));
    }
    assert_eq!((shift_floor(i128::MIN, 127), shift_ceil(i128::MIN, 127)), (-1, -1));
    assert_eq!((shift_floor(i128::MIN, 128), shift_ceil(i128::MIN, 128)), (-1, 0));
    assert_eq!((shift_floor(i128::MAX, 127), shift_ceil(i128::MAX, 127)), (0, 1));
    assert_eq!((shift_floor(i128::MAX, 0), shift_ceil(i128::MAX, 0)), (i128::MAX, i128::MAX));
}

#[test]
fn what_does_not_fit_is_refused() {
    assert_eq!(mul_div_floor(1, 1, 0), Err(RiskError::DivisionByZero));
    assert_eq!(mul_div_ceil_i(-1, 1, 0), Err(RiskError::DivisionByZero));
    assert_eq!(div_rem_u128(1, 0), Err(RiskError::DivisionByZero));
    // 2^32 * 2^32 / 1 = 2^64; (2^64 - 1) (2^63 + 1) / 2^63 = 2^64 + 1 - ...
    assert_eq!(mul_div_floor(1 << 32, 1 << 32, 1), Err(RiskError::Overflow));
    assert_eq!(mul_div_floor(u64::MAX, u64::MAX, u64::MAX), Ok(u64::MAX));
    // (2^64 - 1) (2^33 + 1) / (2^33 + 1) = 2^64 - 1 exactly, and any remainder above it has no ceiling in 64 bits:
    // 3 * (2^64 - 1) / 2 is too large, (2^65 - 1) / 2 = 2^64 - 1/2 fits only when rounded down.
    let (a, b) = (0xffff_ffff_ffff_fffe, 0x8000_0000_0000_0001);
    assert_eq!(mul_div_floor(a, b, 1 << 63), Ok(u64::MAX));
    assert_eq!(mul_div_ceil(a, b, 1 << 63), Err(RiskError::Overflow));
    assert_eq!(mul_shift_floor(a, b, 63), Ok(u64::MAX));
    assert_eq!(mul_shift_ceil(a, b, 63), Err(RiskError::Overflow));
    assert_eq!(mul_shift_floor_i(i64::MIN, u64::MAX, 64), Ok(i64::MIN));
    assert_eq!(mul_shift_floor_i(i64::MIN, u64::MAX, 63), Err(RiskError::Overflow));
    assert_eq!(mul_div_floor_i(i64::MIN, 1, 1), Ok(i64::MIN));
    assert_eq!(mul_div_floor_i(i64::MIN, 3, 2), Err(RiskError::Overflow));
    assert_eq!(mul_ppm_floor(u64::MAX, Ppm(1_000_000)), Ok(u64::MAX));
    assert_eq!(mul_ppm_floor(u64::MAX, Ppm(1_000_001)), Err(RiskError::Overflow));
    assert_eq!(to_u64(1 << 64), Err(RiskError::Overflow));
    assert_eq!(to_i64(1 << 63), Err(RiskError::Overflow));
    assert_eq!(to_i64(-(1 << 63)), Ok(i64::MIN));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// floor <= exact <= ceil, at most one apart, equal exactly when divisible; refused only when it does not fit.
    #[test]
    fn products_over_a_divisor_enclose_the_exact_value(a in any_length(), b in any_length(), d in any_length()) {
        prop_assume!(d != 0);
        let exact = u128::from(a) * u128::from(b);
        let fits = u128::from(u64::MAX);
        match mul_div_floor(a, b, d) {
            Ok(q) => {
                let scaled = u128::from(q) * u128::from(d);
                prop_assert!(scaled <= exact && exact - scaled < u128::from(d));
                let ceil = mul_div_ceil(a, b, d);
                prop_assert_eq!(ceil.ok(), q.checked_add(u64::from(scaled != exact)));
            }
            Err(error) => {
                prop_assert_eq!(error, RiskError::Overflow);
                prop_assert!(exact / u128::from(d) > fits);
            }
        }
    }

    #[test]
    fn signed_shifts_enclose_the_exact_value(a in any_length_i(), b in any_length(), shift in 0u32..128) {
        let exact = big(a) * big(b);
        let quotient = exact.clone() >> shift as isize;
        let fits = |x: &crate::math::reference::Big| *x >= big(i64::MIN) && *x <= big(i64::MAX);
        let down = floor(&quotient);
        let up = -floor(&-quotient);
        match mul_shift_floor_i(a, b, shift) {
            Ok(q) => prop_assert_eq!(big(q), down),
            Err(error) => prop_assert!(error == RiskError::Overflow && !fits(&down)),
        }
        match mul_shift_ceil_i(a, b, shift) {
            Ok(q) => prop_assert_eq!(big(q), up),
            Err(error) => prop_assert!(error == RiskError::Overflow && !fits(&up)),
        }
    }

    #[test]
    fn signed_quotients_are_mirror_images(a in any_length_i(), b in any_length(), d in any_length()) {
        prop_assume!(a != i64::MIN && d != 0);
        if let (Ok(down), Ok(up)) = (mul_div_floor_i(a, b, d), mul_div_ceil_i(-a, b, d)) {
            prop_assert_eq!(down, -up);
            let exact = i128::from(a) * i128::from(b >> 1);
            let half = mul_div_floor_i(a, b >> 1, d).unwrap();
            prop_assert_eq!(i128::from(half), exact.div_euclid(i128::from(d)));
        }
    }

    #[test]
    fn shares_in_ppm_equal_the_wide_quotient(x in any_length(), ppm in any::<u32>()) {
        let exact = u128::from(x) * u128::from(ppm);
        let (down, up) = (exact / 1_000_000, exact.div_ceil(1_000_000));
        prop_assert_eq!(mul_ppm_floor(x, Ppm(ppm)).ok(), u64::try_from(down).ok());
        prop_assert_eq!(mul_ppm_ceil(x, Ppm(ppm)).ok(), u64::try_from(up).ok());
        let share = Ppm(ppm % 1_000_001);
        prop_assert!(mul_ppm_ceil(x, share).unwrap() <= x);
    }
}
