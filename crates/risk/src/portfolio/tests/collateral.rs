//! Collateral that falls together with what it backs costs more.

use super::*;

const SOL: u32 = 850_000;
/// 1 000 dollars for the position, 500 for the collateral.
const POSITION: u64 = 1_000_000_000;
const COLLATERAL: u64 = 500_000_000;

/// A SOL position with collateral of another asset behind it.
fn backed(side: Side, loading: u32) -> i128 {
    needed(&[steady(side, POSITION, SOL), steady(LONG, COLLATERAL, loading)], NONE)
}

/// A SOL position with SOL behind it.
fn backed_by_itself(side: Side) -> i128 {
    needed(&[steady(side, POSITION, SOL).with(LONG, COLLATERAL)], NONE)
}

/// With 1 000 and 500 dollars, the squares are 1 250 000 + 2 · λ λ' · 500 000 · ±1:
/// - USDC: 1 000. An uncorrelated asset: sqrt(1 250 000) = 1 118.03.
/// - Another asset with 0.85, long: sqrt(1 250 000 + 722 500) = 1 404.46; short: sqrt(527 500) = 726.29.
/// - SOL itself: 1 500 behind a long, 500 behind a short.
#[test]
fn collateral_costs_by_what_it_shares_with_the_position() {
    let dollars = |atoms: i128| (atoms as f64 / 1e4).round() / 100.0;
    let quote = needed(&[steady(LONG, POSITION, SOL)], NONE);
    assert_eq!(dollars(quote), 1_000.0);
    assert_eq!((dollars(backed(LONG, 0)), dollars(backed(SHORT, 0))), (1_118.03, 1_118.03));
    assert_eq!((dollars(backed(LONG, SOL)), dollars(backed(SHORT, SOL))), (1_404.46, 726.29));
    assert_eq!((dollars(backed_by_itself(LONG)), dollars(backed_by_itself(SHORT))), (1_500.0, 500.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Behind a long position, in this order: quote, an uncorrelated asset, a correlated one, the asset itself. Behind a
    /// short one the last three turn around. Strictly so for loadings and sizes that are worth a dollar.
    #[test]
    fn correlated_collateral_costs_more_behind_longs_and_less_behind_shorts(
        position in 100_000_000u64..1 << 40, collateral in 100_000_000u64..1 << 40, sol in 100_000u32..=990_000,
        other in 100_000u32..=990_000,
    ) {
        let with = |side, loading| needed(&[steady(side, position, sol), steady(LONG, collateral, loading)], NONE);
        let itself = |side| needed(&[steady(side, position, sol).with(LONG, collateral)], NONE);
        let quote = i128::from(position);
        prop_assert!(quote < with(LONG, 0) && with(LONG, 0) < with(LONG, other) && with(LONG, other) < itself(LONG));
        prop_assert!(itself(SHORT) < with(SHORT, other) && with(SHORT, other) < with(SHORT, 0));
        prop_assert_eq!(with(SHORT, 0), with(LONG, 0));
        // More correlation, more cost and more relief.
        prop_assert!(with(LONG, other + 10_000) > with(LONG, other));
        prop_assert!(with(SHORT, other + 10_000) < with(SHORT, other));
    }
}
