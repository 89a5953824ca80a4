use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::{math::reference::big, RiskError};

/// Slow price of most tests, in 2^-32 atoms: 100 atoms.
const EMA: Price = Price(100 << 32);
/// Far beyond every level: ln 4 = 1.386 against a deviation of 0.01 per hour.
const WILD: Price = Price(400 << 32);

/// 1 % per hour, time constant one hour: a standard deviation is 0.01. Trips at 4 deviations, exits below 2.
fn params() -> BreakerParams {
    BreakerParams {
        variance: variance_of_hourly_sigma(Ppm(10_000)),
        tau: Seconds(3_600),
        trip_milli: 4_000,
        exit_milli: 2_000,
        min_stay: Seconds(60),
        max_stay: Seconds(600),
        cooldown: Seconds(300),
    }
}

fn normal() -> Breaker {
    Breaker { state: BreakerState::Normal, entered: UnixTime(0), recovered: UnixTime(0), streak: UnixTime(0) }
}

fn tripped(entered: i64) -> Breaker {
    Breaker { state: BreakerState::ReduceOnly, entered: UnixTime(entered), ..normal() }
}

fn see(breaker: &Breaker, price: Price, publish: i64, now: i64) -> Breaker {
    observe(breaker, &params(), price, EMA, UnixTime(publish), UnixTime(now)).unwrap()
}

fn try_recover(breaker: &Breaker, price: Price, now: i64) -> Option<Breaker> {
    recover(breaker, &params(), price, EMA, UnixTime(now)).unwrap()
}

/// `ema * e^(deviations * sigma * sqrt(tau))`.
fn price_at(ema: Price, deviations: f64, params: &BreakerParams) -> Price {
    let sigma = (params.variance.0 as f64 / 2f64.powi(64) * params.tau.0 as f64).sqrt();
    Price((ema.0 as f64 * (deviations * sigma).exp()) as u64)
}

fn any_params() -> impl Strategy<Value = BreakerParams> {
    let sigma = (500u32..=200_000, 0u32..9).prop_map(|(sigma, shift)| (sigma >> shift).max(500));
    (sigma, 60u64..=86_400, 3_000u32..=50_000).prop_map(|(sigma, tau, trip_milli)| BreakerParams {
        variance: variance_of_hourly_sigma(Ppm(sigma)),
        tau: Seconds(tau),
        trip_milli,
        ..params()
    })
}

/// A step of time, then a reading: how far, and published how much later than the one before.
#[derive(Clone, Debug)]
struct Step {
    wait: i64,
    deviations: f64,
    publish: i64,
    asks_recovery: bool,
}

fn any_step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![6 => 0i64..60, 3 => 0i64..1_000, 1 => 0i64..5_000];
    let deviations = prop_oneof![3 => Just(40.0), 1 => Just(-40.0), 1 => Just(3.0), 1 => Just(0.0)];
    let publish = prop_oneof![1 => Just(0i64), 3 => 1i64..60, 1 => -20i64..0];
    (wait, deviations, publish, any::<bool>()).prop_map(|(wait, deviations, publish, asks_recovery)| Step {
        wait,
        deviations,
        publish,
        asks_recovery,
    })
}

/// What happened to a breaker: (entered, left) of each stay; the last one may be open.
fn stays(steps: &[Step], params: &BreakerParams) -> (Vec<(i64, Option<i64>)>, i64) {
    let (mut breaker, mut now, mut publish) = (normal(), 1_700_000_000i64, 1_700_000_000i64);
    let mut stays: Vec<(i64, Option<i64>)> = Vec::new();
    let mut price = EMA;
    let ask = |breaker: &mut Breaker, price, now, stays: &mut Vec<(i64, Option<i64>)>| {
        if let Some(recovered) = recover(breaker, params, price, EMA, UnixTime(now)).unwrap() {
            *breaker = recovered;
            stays.last_mut().unwrap().1 = Some(now);
        }
    };
    for step in steps {
        let then = now + step.wait;
        // Anyone may ask, so somebody does at the end of the longest stay.
        let end = breaker.entered.0 + params.max_stay.0.cast_signed();
        if breaker.state == BreakerState::ReduceOnly && end <= then {
            ask(&mut breaker, price, end, &mut stays);
        }
        (now, publish) = (then, publish + step.publish);
        price = price_at(EMA, step.deviations, params);
        let before = breaker.state;
        breaker = observe(&breaker, params, price, EMA, UnixTime(publish), UnixTime(now)).unwrap();
        if before == BreakerState::Normal && breaker.state == BreakerState::ReduceOnly {
            stays.push((now, None));
        }
        if step.asks_recovery {
            ask(&mut breaker, price, now, &mut stays);
        }
    }
    (stays, now)
}

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
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// |ln(p / ema)| / (sigma sqrt(tau)) against the level, both sides of it, nearer than a thousandth.
    #[test]
    fn a_price_is_beyond_when_its_deviations_reach_the_level(
        params in any_params(), ema in 1u64 << 30..1 << 50, ratio in 0.3f64..3.0, nearness in 0i32..10,
        is_fall in any::<bool>(),
    ) {
        let ratio = ratio.powf(2f64.powi(-nearness));
        let level = f64::from(params.trip_milli) / 1_000.0;
        let deviations = level * ratio * if is_fall { -1.0 } else { 1.0 };
        let sigma = (params.variance.0 as f64 / 2f64.powi(64) * params.tau.0 as f64).sqrt();
        // Prices must fit, and one quantum of the price must not matter.
        prop_assume!((deviations * sigma).abs() < 9.0);
        let price = price_at(Price(ema), deviations, &params);
        prop_assume!(price.0 > 1 << 20);
        let measured = (price.0 as f64 / ema as f64).ln().abs() / sigma;
        prop_assume!((measured / level - 1.0).abs() > 1e-5);
        let is_reached = is_beyond(price, Price(ema), &params, params.trip_milli).unwrap();
        prop_assert_eq!(is_reached, measured > level);
    }

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

    /// Whatever the readings: stays are between the shortest and the longest, at least a cooldown apart, and their
    /// share of any time T since the first is at most max_stay / (max_stay + cooldown), the last cooldown apart:
    /// n stays of at most m take R <= n m, and T >= R + (n - 1) c, so R (m + c) <= m (T + c).
    #[test]
    fn the_time_in_reduce_only_is_bounded(
        steps in prop::collection::vec(any_step(), 1..200),
        (min_stay, longer, cooldown) in (10u64..300, 1u64..2_000, 0u64..2_000),
    ) {
        let max_stay = min_stay + longer;
        let params = BreakerParams {
            min_stay: Seconds(min_stay), max_stay: Seconds(max_stay), cooldown: Seconds(cooldown), ..params()
        };
        let (stays, now) = stays(&steps, &params);
        let (m, c) = (max_stay.cast_signed(), cooldown.cast_signed());
        let mut reduced = 0;
        let mut last_left: Option<i64> = None;
        for (entered, left) in &stays {
            let stay = left.unwrap_or(now) - entered;
            prop_assert!(stay <= m);
            prop_assert!(left.is_none() || stay >= min_stay.cast_signed());
            prop_assert!(last_left.is_none_or(|before| entered - before >= c));
            last_left = *left;
            reduced += stay;
        }
        if let Some((first, _)) = stays.first() {
            prop_assert!(reduced * (m + c) <= m * (now - first + c));
        }
    }

    /// Readings of one publish time never trip, however many there are and however far they lie.
    #[test]
    fn one_publish_time_never_trips(publish in 1i64..1 << 40, times in prop::collection::vec(0i64..1 << 20, 1..20)) {
        let mut breaker = normal();
        for now in times {
            breaker = see(&breaker, WILD, publish, publish + now);
            prop_assert_eq!(breaker.state, BreakerState::Normal);
        }
        prop_assert_eq!(see(&breaker, WILD, publish + 1, publish + 1).state, BreakerState::ReduceOnly);
    }
}

/// 0.01^2 / 3 600 * 2^64 = 18 446 744 073 709 551 616 / 36 000 000 = 512 409 557 603.04.
#[test]
fn one_percent_per_hour_is_this_variance() {
    assert_eq!(variance_of_hourly_sigma(Ppm(10_000)), VarianceRate(512_409_557_603));
    assert_eq!(variance_of_hourly_sigma(Ppm(0)), VarianceRate(0));
    assert_eq!(variance_of_hourly_sigma(Ppm(u32::MAX)), VarianceRate(u64::MAX));
}

/// Four deviations of 1 % are a factor of e^0.04 = 1.040811 up and e^-0.04 = 0.960789 down.
#[test]
fn four_deviations_of_one_percent_trip() {
    let at = |millionths: u64| is_beyond(Price(millionths << 30), Price(1_000_000 << 30), &params(), 4_000);
    assert_eq!((at(1_040_810), at(1_040_811)), (Ok(false), Ok(true)));
    assert_eq!((at(960_790), at(960_789)), (Ok(false), Ok(true)));
    assert_eq!(is_beyond(Price(0), EMA, &params(), 4_000), Err(RiskError::DomainError));
    assert_eq!(is_beyond(EMA, Price(0), &params(), 4_000), Err(RiskError::DomainError));
}

#[test]
fn two_readings_in_a_row_trip_and_one_does_not() {
    let first = see(&normal(), WILD, 100, 101);
    assert_eq!(first, Breaker { streak: UnixTime(100), ..normal() });
    let second = see(&first, WILD, 103, 104);
    let expected = Breaker {
        state: BreakerState::ReduceOnly,
        entered: UnixTime(104),
        streak: UnixTime(100),
        ..normal()
    };
    assert_eq!(second, expected);
    // A calm reading in between starts the count anew.
    let calm = see(&first, EMA, 102, 102);
    assert_eq!(calm, normal());
    assert_eq!(see(&calm, WILD, 103, 104).state, BreakerState::Normal);
    // An older reading is not a second one.
    assert_eq!(see(&first, WILD, 99, 104), first);
    // Further readings do not prolong a stay.
    assert_eq!(see(&second, WILD, 110, 111), second);
}

#[test]
fn it_does_not_trip_within_the_cooldown() {
    let recovered = Breaker { recovered: UnixTime(1_000), ..normal() };
    let first = see(&recovered, WILD, 1_001, 1_001);
    assert_eq!(see(&first, WILD, 1_299, 1_299).state, BreakerState::Normal);
    let again = see(&first, WILD, 1_300, 1_300);
    assert_eq!((again.state, again.entered), (BreakerState::ReduceOnly, UnixTime(1_300)));
}

#[test]
fn it_recovers_when_calm_after_the_shortest_stay_and_anyway_after_the_longest() {
    let breaker = tripped(1_000);
    // Between exit (2) and trip level (4).
    let uneasy = price_at(EMA, 3.0, &params());
    let calm = price_at(EMA, 1.9, &params());
    let open = Some(Breaker { entered: UnixTime(0), ..normal() });
    let cases = [
        // price, seconds after entering, recovers
        (EMA, 59, false),
        (EMA, 60, true),
        (calm, 60, true),
        (uneasy, 60, false),
        (uneasy, 599, false),
        (uneasy, 600, true),
        (WILD, 599, false),
        (WILD, 600, true),
        (EMA, -5, false),
    ];
    for (price, stay, recovers) in cases {
        let now = 1_000 + stay;
        let expected = open.filter(|_| recovers).map(|normal| Breaker {
            entered: UnixTime(now),
            recovered: UnixTime(now),
            ..normal
        });
        assert_eq!(try_recover(&breaker, price, now), expected, "{price:?} after {stay} s");
    }
    assert_eq!(try_recover(&normal(), EMA, 5_000), None);
}

#[test]
fn unknown_states_count_as_the_stricter_one() {
    for value in 0..=u8::MAX {
        let state = BreakerState::from_u8(value);
        assert_eq!(state.allows_opening(), value == 0, "state {value}");
        assert!(value > 2 || value == 1 || state as u8 == value);
    }
}
