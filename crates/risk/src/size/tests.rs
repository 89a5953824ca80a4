use dashu_float::ops::SquareRoot;
use proptest::prelude::*;

use super::*;
use crate::math::reference::{big, Big};

/// `min(max(N, M), M · sqrt(max(1, N / F)))` with 62 digits.
fn exact(requirement: u64, notional: u64, free: u64) -> Big {
    if notional <= free {
        return big(requirement);
    }
    let raised = big(requirement) * (big(notional) / big(free)).sqrt();
    raised.min(big(notional.max(requirement)))
}

fn any_atoms() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0u32..64).prop_map(|(x, shift)| x >> shift)
}

/// A requirement of a share of the notional, as margins are.
fn any_case() -> impl Strategy<Value = (u64, u64, u64)> {
    (any_atoms(), 0u64..=1_200_000, any_atoms()).prop_map(|(notional, ppm, free)| {
        let requirement = u128::from(notional) * u128::from(ppm) / 1_000_000;
        (u64::try_from(requirement).unwrap_or(u64::MAX), notional, free.max(1))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_premium_is_that_of_exact_arithmetic((requirement, notional, free) in any_case()) {
        let raised = big(FreeSize::of_atoms(free).raise(requirement, notional));
        let exact = exact(requirement, notional, free);
        prop_assert!(raised >= exact, "{raised} is below {exact}");
        let bound = exact.clone() + (big(requirement) >> 31) + big(1);
        prop_assert!(raised < bound, "{raised} instead of {exact}");
    }

    #[test]
    fn the_least_is_the_requirement_and_the_most_the_notional((requirement, notional, free) in any_case()) {
        let raised = FreeSize::of_atoms(free).raise(requirement, notional);
        prop_assert!(requirement <= raised && raised <= requirement.max(notional));
    }

    #[test]
    fn it_never_falls_as_requirement_or_notional_rise(
        (requirement, notional, free) in any_case(), more in any_atoms(), larger in any_atoms(), freer in any_atoms(),
    ) {
        let raise = |requirement, notional| FreeSize::of_atoms(free).raise(requirement, notional);
        let raised = raise(requirement, notional);
        prop_assert!(raise(requirement.saturating_add(more), notional) >= raised);
        prop_assert!(raise(requirement, notional.saturating_add(larger)) >= raised);
        let with_more_room = FreeSize::of_atoms(free.saturating_add(freer));
        prop_assert!(with_more_room.raise(requirement, notional) <= raised);
    }

    /// Two positions of the same asset need no more than one of both sizes, but for rounding: a concentrated one is dearer.
    #[test]
    fn one_account_needs_at_least_what_two_do(
        one in 0u64..1 << 50, other in 0u64..1 << 50, ppm in 0u64..=1_000_000, free in 1u64..1 << 50,
    ) {
        let needed = |notional: u64| {
            let requirement = (u128::from(notional) * u128::from(ppm)).div_ceil(1_000_000) as u64;
            FreeSize::of_atoms(free).raise(requirement, notional)
        };
        prop_assert!(needed(one + other) + 2 >= needed(one) + needed(other) - (needed(one + other) >> 30));
    }

    #[test]
    fn without_a_free_size_nothing_is_raised(requirement: u64, notional: u64) {
        prop_assert_eq!(FreeSize::of_atoms(0).raise(requirement, notional), requirement);
        prop_assert_eq!(FreeSize::default(), FreeSize::UNLIMITED);
    }
}

/// 10 % of notional, free up to 10 000: at 40 000 twice as much, 8 000; at 90 000 three times, 27 000; at a hundred times the
/// free size all of it, and never more.
#[test]
fn four_times_the_size_doubles_the_margin() {
    let free = FreeSize::of_atoms(10_000);
    let needed = |notional: u64| free.raise(notional / 10, notional);
    assert_eq!([0, 5_000, 10_000].map(needed), [0, 500, 1_000]);
    assert_eq!([40_000, 90_000].map(needed), [8_000, 27_000]);
    assert_eq!([1_000_000, 4_000_000].map(needed), [1_000_000, 4_000_000]);
    // An atom beyond the free size: 1 000 · sqrt(1.0001) = 1 000.05, rounded up.
    assert_eq!(free.raise(1_000, 10_001), 1_001);
    assert!(free.is_exceeded(10_001) && !free.is_exceeded(10_000));
    // A requirement above the notional, as of a market that asks for more than all of it, stays.
    assert_eq!(free.raise(50_000, 40_000), 50_000);
    assert_eq!(FreeSize::of_atoms(1).raise(u64::MAX, u64::MAX), u64::MAX);
}
