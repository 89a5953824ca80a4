//! Steps of the indices.

use super::*;

const START: UnixTime = UnixTime(1_700_000_000);

fn any_input() -> impl Strategy<Value = FundingInput> {
    (any_price(), any_premium(), 0u32..=50_000, 3_600u64..=86_400).prop_map(
        |(price, premium_ppm, max, window)| FundingInput {
            price,
            premium_ppm,
            max: Ppm(max),
            window: Seconds(window),
        },
    )
}

/// price * cut premium * dt, over 10^6 * window.
fn exact_numerator(input: &FundingInput, dt: i64) -> i128 {
    let max = i128::from(input.max.0);
    let premium = i128::from(input.premium_ppm).clamp(-max, max);
    i128::from(input.price.0) * premium * i128::from(dt.clamp(0, 3_600))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Any division of a time, with price and premium changing in between: the steps and the carry at the end are the
    /// exact sum, and the carry is less than a step.
    #[test]
    fn steps_and_carry_are_the_exact_sum(
        first in any_input(), changes in prop::collection::vec((0i64..4_000, any_price(), any_premium()), 1..20),
    ) {
        let mut state = FundingState { carry: 0, updated: START };
        let divisor = 1_000_000 * i128::from(first.window.0);
        let (mut steps, mut exact, mut clock) = (0i128, 0i128, START.0);
        for (dt, price, premium_ppm) in changes {
            clock += dt;
            let input = FundingInput { price, premium_ppm, ..first };
            let (step, next) = accrue(&state, &input, UnixTime(clock)).unwrap();
            steps += i128::from(step);
            exact += exact_numerator(&input, dt);
            state = next;
            prop_assert_eq!(steps * divisor + state.carry, exact);
            prop_assert!(0 <= state.carry && state.carry < divisor);
            prop_assert_eq!(state.updated, UnixTime(clock));
        }
    }

    /// With constant inputs many small accruals are one large one, the state included.
    #[test]
    fn many_small_accruals_are_one_large_one(
        input in any_input(), carry in 0i128..3_600_000_000, parts in prop::collection::vec(0i64..180, 1..20),
    ) {
        let start = FundingState { carry, updated: START };
        let total: i64 = parts.iter().sum();
        let at_once = accrue(&start, &input, UnixTime(START.0 + total)).unwrap();
        let (mut steps, mut state, mut clock) = (0, start, START.0);
        for dt in parts {
            clock += dt;
            let (step, next) = accrue(&state, &input, UnixTime(clock)).unwrap();
            (steps, state) = (steps + step, next);
        }
        prop_assert_eq!((steps, state), at_once);
    }

    /// A window charges at most the largest share of the price, whatever the premium.
    #[test]
    fn a_window_charges_no_more_than_its_maximum(input in any_input(), premium_ppm: i32) {
        let input = FundingInput { premium_ppm, ..input };
        let mut state = FundingState { carry: 0, updated: START };
        let (mut clock, mut steps) = (0, 0i128);
        while clock < input.window.0 {
            clock = (clock + 3_600).min(input.window.0);
            let (step, next) = accrue(&state, &input, UnixTime(START.0 + clock.cast_signed())).unwrap();
            (steps, state) = (steps + i128::from(step), next);
        }
        let bound = i128::from(input.price.0) * i128::from(input.max.0);
        prop_assert!(steps.abs() * 1_000_000 <= bound + 1_000_000);
    }

    #[test]
    fn a_dead_crank_charges_an_hour_at_most(input in any_input(), gap in 3_600i64..1 << 40) {
        let state = FundingState { carry: 5, updated: START };
        let (hour, _) = accrue(&state, &input, UnixTime(START.0 + 3_600)).unwrap();
        let (late, after) = accrue(&state, &input, UnixTime(START.0 + gap)).unwrap();
        prop_assert_eq!((late, after.updated), (hour, UnixTime(START.0 + gap)));
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_charges_nothing(input in any_input(), carry: u32, back in 0i64..1 << 60) {
        let state = FundingState { carry: i128::from(carry), updated: START };
        prop_assert_eq!(accrue(&state, &input, UnixTime(START.0 - back)), Ok((0, state)));
    }

    /// Longs and shorts of the same base: what is paid covers what is received, and what is withheld per step is less
    /// than 2^-32 atoms per whole unit of both sides. With scales of one it is nothing.
    #[test]
    fn what_one_side_pays_the_other_receives(
        step in -(1i64 << 60)..1 << 60, scales in (1u64..=Scale::ONE.0, 1u64..=Scale::ONE.0), is_one: bool,
        earned in (any::<i64>(), any::<i64>()),
    ) {
        let scales = if is_one { (Scale::ONE, Scale::ONE) } else { (Scale(scales.0), Scale(scales.1)) };
        let side = |scale, earned: i64| SideIndex { scale, earned: Earned(i128::from(earned)) };
        let sides = [side(scales.0, earned.0), side(scales.1, earned.1)];
        let charged = charge_funding(&sides, step).unwrap();
        let fell = |which: usize| sides[which].earned.0 - charged[which].earned.0;
        prop_assert_eq!((charged[0].scale, charged[1].scale), scales);
        if is_one {
            prop_assert_eq!((fell(0), fell(1)), (i128::from(step), i128::from(step)));
        }
        // Per unit of the long side: step * scale <= fall < step * scale + 1, and down for the short side.
        let exact = |scale: Scale| i128::from(step) * i128::from(scale.0);
        let (long, short) = (fell(0) << 62, fell(1) << 62);
        prop_assert!(exact(scales.0) <= long && long < exact(scales.0) + (1 << 62));
        prop_assert!(short <= exact(scales.1) && exact(scales.1) < short + (1 << 62));
    }
}

/// 100 atoms per lot, premium 1 % for a window of 8 hours, 6 minutes passed: 100 * 1 % / 80 = 0.0125 atoms, which are
/// 53 687 091.2 quanta of 2^-32. A fifth of a quantum is carried: 0.2 * 10^6 * 28 800 = 5 760 000 000.
#[test]
fn a_step_follows_its_worked_example() {
    let input = FundingInput {
        price: Price(100 << 32),
        premium_ppm: 10_000,
        max: Ppm(20_000),
        window: Seconds(28_800),
    };
    let state = FundingState { carry: 0, updated: START };
    let later = UnixTime(START.0 + 360);
    let expected = FundingState { carry: 5_760_000_000, updated: later };
    assert_eq!(accrue(&state, &input, later), Ok((53_687_091, expected)));
    // The other way: -53 687 091.2 is floored, and four fifths are carried.
    let opposite = FundingInput { premium_ppm: -10_000, ..input };
    let expected = FundingState { carry: 4 * 5_760_000_000, updated: later };
    assert_eq!(accrue(&state, &opposite, later), Ok((-53_687_092, expected)));
    // Three times the maximum is the maximum, twice the first: 107 374 182.4.
    let clamped = FundingInput { premium_ppm: 60_000, ..input };
    assert_eq!(accrue(&state, &clamped, later).unwrap().0, 107_374_182);
    // The first step of a market starts the clock.
    let fresh = FundingState::default();
    assert_eq!(accrue(&fresh, &input, later), Ok((0, FundingState { carry: 0, updated: later })));
    let stopped = FundingInput { window: Seconds(0), ..input };
    assert_eq!(accrue(&state, &stopped, later), Err(RiskError::DivisionByZero));
    let endless = FundingInput { window: Seconds(u64::MAX), ..input };
    assert_eq!(accrue(&state, &endless, later), Err(RiskError::Overflow));
    let huge = FundingInput {
        price: Price(u64::MAX),
        premium_ppm: i32::MAX,
        max: Ppm(u32::MAX),
        window: Seconds(3_600),
    };
    assert_eq!(accrue(&state, &huge, UnixTime(START.0 + 3_600)), Err(RiskError::Overflow));
    let full = SideIndex { scale: Scale::ONE, earned: Earned(i128::MIN) };
    assert_eq!(charge_funding(&[full, SideIndex::default()], 1), Err(RiskError::Overflow));
}
