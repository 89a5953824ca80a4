use proptest::prelude::*;

use super::*;
use crate::math::reference::{edges_u64, Random};

/// r^2 <= n < (r + 1)^2, and the ceiling one above unless n is a square.
fn assert_root(n: u128) {
    let root = sqrt_floor_u128(n);
    let square = u128::from(root) * u128::from(root);
    assert!(square <= n, "sqrt({n}) = {root} is too high");
    // (r + 1)^2 - r^2 = 2r + 1.
    assert!(n - square <= 2 * u128::from(root), "sqrt({n}) = {root} is too low");
    let ceil = root.checked_add(u64::from(square != n)).ok_or(RiskError::Overflow);
    assert_eq!(sqrt_ceil_u128(n), ceil);
    if let Ok(small) = u64::try_from(n) {
        assert_eq!(sqrt_floor_u64(small), root);
    }
}

/// 2 seed = 32 sqrt(h + 1/2) +- 1, squared; and 255 where the nearest would not fit a byte. Two Newton steps from
/// it leave less than one.
#[test]
fn seeds_are_the_nearest_roots_of_their_cells() {
    for (h, seed) in ROOT_SEED.iter().enumerate().skip(64) {
        let (doubled, square) = (2 * i64::from(*seed), 512 * (2 * h as i64 + 1));
        assert!((doubled - 1).pow(2) < square, "seed of {h} is too high");
        assert!((doubled + 1).pow(2) > square || *seed == u8::MAX, "seed of {h} is too low");
        for end in [h as f64, h as f64 + 1.0] {
            let root = (end / 256.0).sqrt();
            let off = (f64::from(*seed) / 256.0 / root - 1.0).abs();
            assert!(off.powi(4) / 8.0 * root * 2f64.powi(32) < 0.97, "seed of {h} is not near enough");
        }
    }
}

#[test]
fn roots_of_all_small_numbers_are_exact() {
    for n in 0..1 << 20 {
        assert_root(n);
        // The same numbers in the upper half reach every seed and every digit of the wide path.
        assert_root(n << 108);
        assert_root(n << 64 | u128::from(u64::MAX));
    }
}

#[test]
fn roots_around_squares_are_exact() {
    let mut random = Random(2);
    let edges = edges_u64();
    let roots = edges.iter().copied().chain((0..300_000).map(|_| random.any_length()));
    for root in roots {
        let square = u128::from(root) * u128::from(root);
        // n = r^2 + 2r is the last number with the root r.
        for n in [square.saturating_sub(1), square, square + 1, square + 2 * u128::from(root)] {
            assert_root(n);
        }
    }
}

#[test]
fn roots_of_edge_operands_are_exact() {
    for &high in &edges_u64() {
        for &low in &edges_u64() {
            assert_root(u128::from(high) << 64 | u128::from(low));
        }
    }
    assert_eq!(sqrt_floor_u128(u128::MAX), u64::MAX);
    assert_eq!(sqrt_ceil_u128(u128::MAX), Err(RiskError::Overflow));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn roots_of_any_number_are_exact(n in any::<u128>(), shift in 0u32..128) {
        assert_root(n >> shift);
    }
}
