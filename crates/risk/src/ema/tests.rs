use proptest::prelude::*;

use super::*;
use crate::math::reference::{big, Big};

fn any_price() -> impl Strategy<Value = Price> {
    (1u64..=u64::MAX, 0u32..64).prop_map(|(x, shift)| Price((x >> shift).max(1)))
}

/// Near enough for the share to act rather than the bound, in half of the cases.
fn any_pair() -> impl Strategy<Value = (Price, Price)> {
    prop_oneof![
        (any_price(), any_price()),
        (any_price(), -200_000i64..200_000).prop_map(|(prev, ppm)| {
            let moved = i128::from(prev.0) + i128::from(prev.0) * i128::from(ppm) / 1_000_000;
            (prev, Price(u64::try_from(moved.max(1)).unwrap_or(u64::MAX)))
        }),
    ]
}

fn any_tau() -> impl Strategy<Value = Seconds> {
    prop_oneof![1u64..10, 1u64..100_000].prop_map(Seconds)
}

fn any_bound() -> impl Strategy<Value = Ppm> {
    prop_oneof![0u32..10, 0u32..10_000, 0u32..=u32::MAX].prop_map(Ppm)
}

const UNBOUNDED: Ppm = Ppm(u32::MAX);

fn moved(from: Price, to: Price) -> u64 {
    from.0.abs_diff(to.0)
}

/// prev * ppm * dt / 10^6, exactly.
fn exact_bound(prev: Price, ppm: Ppm, dt: u64) -> Big {
    big(prev.0) * big(ppm.0) * big(dt.min(600)) / big(1_000_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn average_is_between_the_previous_one_and_the_observation(
        (prev, observed) in any_pair(), dt in 0u64..1_000, tau in any_tau(), bound in any_bound(),
    ) {
        let next = ema_next(prev, observed, Seconds(dt), tau, bound).unwrap();
        prop_assert!(next >= prev.min(observed) && next <= prev.max(observed));
    }

    #[test]
    fn without_elapsed_time_nothing_moves((prev, observed) in any_pair(), tau in any_tau(), bound in any_bound()) {
        prop_assert_eq!(ema_next(prev, observed, Seconds(0), tau, bound), Ok(prev));
    }

    /// The smaller of both exact limits, rounded up to a quantum (the share's own error is 2^-31 of the distance).
    #[test]
    fn a_step_is_the_smaller_of_share_and_bound(
        (prev, observed) in any_pair(), dt in 0u64..1_000, tau in any_tau(), bound in any_bound(),
    ) {
        let next = ema_next(prev, observed, Seconds(dt), tau, bound).unwrap();
        let distance = big(moved(prev, observed));
        let share = big(1) - (-(big(dt.min(600)) / big(tau.0))).exp();
        let exact = (distance.clone() * share).min(exact_bound(prev, bound, dt));
        let off = big(moved(prev, next)) - exact;
        prop_assert!(off >= -(distance.clone() >> 31));
        prop_assert!(off < big(1) + (distance >> 60));
    }

    #[test]
    fn a_step_never_exceeds_the_bound_by_a_quantum(
        (prev, observed) in any_pair(), dt in any::<u64>(), tau in any_tau(), bound in any_bound(),
    ) {
        let next = ema_next(prev, observed, Seconds(dt), tau, bound).unwrap();
        prop_assert!(big(moved(prev, next)) < exact_bound(prev, bound, dt) + big(1));
    }

    /// n parts of an interval with one observation: within n * (1 quantum + 2^-32 of the distance) of the whole.
    #[test]
    fn splitting_an_interval_gives_the_same_average(
        (prev, observed) in any_pair(), tau in any_tau(), parts in prop::collection::vec(0u64..50, 1..12),
    ) {
        let whole = ema_next(prev, observed, Seconds(parts.iter().sum()), tau, UNBOUNDED).unwrap();
        let split = parts.iter().fold(prev, |price, dt| {
            ema_next(price, observed, Seconds(*dt), tau, UNBOUNDED).unwrap()
        });
        // The bound of 4 295 per second still binds for far observations.
        prop_assume!(moved(prev, observed) / 4_000 < prev.0);
        let slack = parts.len() as u64 * (2 + (moved(prev, observed) >> 32));
        prop_assert!(moved(whole, split) <= slack, "{:?} and {:?}", whole, split);
    }

    /// However the readings are chosen and timed: the average grows at most as (p + n) e^(bound * T) for n updates
    /// and falls at most as the product of (1 - bound * dt).
    #[test]
    fn no_sequence_of_readings_pumps_faster_than_the_bound(
        start in any_price(),
        tau in any_tau(),
        bound in prop_oneof![0u32..100, 0u32..1_500].prop_map(Ppm),
        readings in prop::collection::vec((any_price(), 0u64..700), 1..30),
    ) {
        prop_assume!(start.0 < 1 << 62);
        let (mut price, mut seconds, mut floor) = (start, 0u64, big(start.0));
        let updates = readings.len() as u64;
        for (observed, dt) in readings {
            price = ema_next(price, observed, Seconds(dt), tau, bound).unwrap();
            seconds += dt.min(600);
            let fall = big(1) - big(bound.0) * big(dt.min(600)) / big(1_000_000);
            floor = floor * fall - big(1);
        }
        let exponent = big(bound.0) * big(seconds) / big(1_000_000);
        prop_assert!(big(price.0) <= big(start.0 + updates) * exponent.exp());
        prop_assert!(big(price.0) >= floor);
    }

    /// A price of few quanta follows as well: no average gets stuck before its observation.
    #[test]
    fn the_average_reaches_an_observation_that_stays(
        prev in 1u64..300, observed in 1u64..300, tau in 1u64..100_000, bound in 1u32..100,
    ) {
        let mut price = Price(prev);
        for _ in 0..300 {
            price = ema_next(price, Price(observed), Seconds(1), Seconds(tau), Ppm(bound)).unwrap();
        }
        prop_assert_eq!(price, Price(observed));
    }
}

/// tau = 3600 s, dt = 60 s, distance 10 %: the share is 1 - e^(-1/60) = 0.016529, so 100 becomes 100.16529.
#[test]
fn a_step_matches_its_worked_example() {
    let (prev, observed) = (Price(100 << 32), Price(110 << 32));
    let next = ema_next(prev, observed, Seconds(60), Seconds(3_600), UNBOUNDED).unwrap();
    assert_eq!((u128::from(next.0) * 100_000) >> 32, 10_016_528);
    // 10 ppm per second for 60 s: at most 0.06 % of 100.
    let next = ema_next(prev, observed, Seconds(60), Seconds(3_600), Ppm(10)).unwrap();
    assert_eq!((u128::from(next.0) * 100_000) >> 32, 10_006_000);
    // An hour without a reading counts as ten minutes.
    let hour = ema_next(prev, observed, Seconds(3_600), Seconds(3_600), UNBOUNDED);
    assert_eq!(hour, ema_next(prev, observed, Seconds(600), Seconds(3_600), UNBOUNDED));
}

#[test]
fn meaningless_arguments_are_refused() {
    let one = Price(1 << 32);
    let next = |prev, observed, tau| ema_next(prev, observed, Seconds(1), Seconds(tau), Ppm(1));
    assert_eq!(next(Price(0), one, 1), Err(RiskError::PriceOutOfRange));
    assert_eq!(next(one, Price(0), 1), Err(RiskError::PriceOutOfRange));
    assert_eq!(next(one, one, 0), Err(RiskError::DivisionByZero));
}
