//! Samples, averages and the mean over venues.

use super::*;

fn combine(venues: &[VenuePremium], total_units: u64) -> crate::Result<i32> {
    let mut mean = PremiumMean::new(total_units);
    venues.iter().try_for_each(|venue| mean.count(venue))?;
    mean.ppm()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// (mark - risk) * 10^6 / risk in 128 bits, toward zero, cut.
    #[test]
    fn a_premium_is_the_truncated_quotient(mark in any_price(), risk in any_price(), clamp in 0u32..=100_000) {
        let exact = (i128::from(mark.0) - i128::from(risk.0)) * 1_000_000 / i128::from(risk.0);
        let expected = exact.clamp(-i128::from(clamp), i128::from(clamp));
        prop_assert_eq!(i128::from(premium_ppm(mark, risk, Ppm(clamp)).unwrap()), expected);
    }

    /// Close to the risk price, where the clamp does not hide the rounding.
    #[test]
    fn a_small_premium_is_rounded_toward_zero(risk in 1u64 << 20..1 << 40, offset in -10_000i64..=10_000) {
        let mark = Price(risk.checked_add_signed(offset).unwrap());
        let expected = i128::from(offset) * 1_000_000 / i128::from(risk);
        prop_assert_eq!(i128::from(premium_ppm(mark, Price(risk), Ppm(50_000)).unwrap()), expected);
    }
}

/// Moves an exact average, in ppm, as the definition says.
fn exact_step(average: &Big, last: i32, tau: u64, dt: u64) -> Big {
    let weight = big(1) - (-(big(dt) / big(tau))).exp();
    average.clone() + (big(last) - average.clone()) * weight
}

/// The distance of an average from an exact one, in quanta of 2^-16 ppm.
fn error_quanta(premium: &Premium, exact: &Big) -> Big {
    let difference = big(premium.average_q16) - (exact.clone() << 16);
    if difference < big(0) {
        -difference
    } else {
        difference
    }
}

fn any_samples() -> impl Strategy<Value = Vec<(u64, i32)>> {
    prop::collection::vec((prop_oneof![1u64..5, 1u64..3_600], any_premium()), 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Each step adds at most half a quantum of rounding, half of 2^-32 of the distance (by which dt / tau is rounded),
    /// and what 2^-63 hides, to the error against an average in 62 digits where each sample has the weight of the time it
    /// stood. For a clamp of 5 % the distance is below 2^33 quanta, so that is less than 3/2.
    #[test]
    fn the_average_is_that_of_exact_arithmetic(
        tau in 60u64..=86_400, samples in any_samples(), divisor in prop_oneof![Just(1i32), Just(500)],
    ) {
        let mut clock = 1_700_000_000u64;
        let start = -CLAMP / divisor;
        let mut premium = Premium {
            average_q16: i64::from(start) << AVERAGE_BITS,
            last_ppm: -start,
            updated: UnixTime(clock.cast_signed()),
        };
        let (mut exact, mut bound) = (big(start), big(0));
        for (dt, sample) in samples {
            clock += dt;
            let standing = premium.last_ppm;
            let distance = (i64::from(standing) << AVERAGE_BITS) - premium.average_q16;
            bound += (big(1) >> 1) + (big(distance.unsigned_abs()) >> 33) + (big(1) >> 20);
            premium = premium.observe(Seconds(tau), sample / divisor, UnixTime(clock.cast_signed())).unwrap();
            exact = exact_step(&exact, standing, tau, dt);
            prop_assert!(error_quanta(&premium, &exact) <= bound);
        }
    }

    /// The average lies between the samples that stood.
    #[test]
    fn the_average_stays_between_the_samples(tau in 1u64..=86_400, samples in any_samples()) {
        let mut premium = Premium::default();
        let (mut clock, mut low, mut high) = (1_700_000_000u64, 0i64, 0i64);
        for (dt, sample) in samples {
            clock += dt;
            premium = premium.observe(Seconds(tau), sample, UnixTime(clock.cast_signed())).unwrap();
            prop_assert!(low <= premium.average_q16 && premium.average_q16 <= high);
            (low, high) = (low.min(i64::from(sample) << 16), high.max(i64::from(sample) << 16));
        }
    }

    /// However often somebody posts within a second: only what stands when the second ends counts.
    #[test]
    fn samples_of_one_second_replace_each_other(
        tau in 1u64..=86_400, average in -CLAMP..=CLAMP, posts in prop::collection::vec(any_premium(), 1..10), dt in 1i64..5_000,
    ) {
        let now = UnixTime(1_700_000_000);
        let before = Premium { average_q16: i64::from(average) << 16, last_ppm: 7, updated: now };
        let last = *posts.last().unwrap();
        let after = posts.iter().fold(before, |premium, post| premium.observe(Seconds(tau), *post, now).unwrap());
        prop_assert_eq!(after, Premium { last_ppm: last, ..before });
        // And a sample that stood for no time left no trace.
        let later = UnixTime(now.0 + dt);
        let alone = before.observe(Seconds(tau), last, now).unwrap().at(Seconds(tau), later);
        prop_assert_eq!(after.at(Seconds(tau), later), alone);
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_moves_no_average(
        average in any::<i32>(), last in any_premium(), back in 0i64..1_000_000, sample in any_premium(),
    ) {
        let now = UnixTime(1_700_000_000);
        let premium = Premium { average_q16: i64::from(average), last_ppm: last, updated: now };
        let then = UnixTime(now.0 - back);
        prop_assert_eq!(premium.at(Seconds(60), then), Ok(premium));
        let replaced = premium.observe(Seconds(60), sample, then);
        prop_assert_eq!(replaced, Ok(Premium { last_ppm: sample, ..premium }));
    }
}

/// Steps of one second with the slowest average: the worst ratio of rounding to movement. 20 000 of them stay within
/// 2 ppm of the exact average, and one at rest within 2 ppm of its sample never leaves that distance.
#[test]
fn the_slowest_average_stays_within_two_ppm() {
    let tau = 86_400;
    let weight = big(1) - (-(big(1) / big(tau))).exp();
    let bound = big(2) << 16;
    let mut premium = Premium::default().observe(Seconds(tau), CLAMP, UnixTime(1)).unwrap();
    let mut exact = big(0);
    let mut random = Random(9);
    for second in 2..20_002 {
        let sample = if second < 10_000 { -CLAMP } else { random.below(100_001) as i32 - CLAMP };
        exact = exact.clone() + (big(premium.last_ppm) - exact) * weight.clone();
        premium = premium.observe(Seconds(tau), sample, UnixTime(second)).unwrap();
        assert!(error_quanta(&premium, &exact) <= bound, "after {second} s");
    }
    let mut resting = Premium { average_q16: (1_000 << 16) - 131_072, last_ppm: 1_000, updated: UnixTime(1) };
    for second in 2..50_000 {
        let next = resting.at(Seconds(tau), UnixTime(second)).unwrap();
        assert!(resting.average_q16 <= next.average_q16 && next.average_q16 <= 1_000 << 16);
        resting = next;
    }
}

/// A premium of 1 000 ppm stands for ln 2 of a tau of 1 000 000: 693 147 s would halve the distance. One step counts
/// an hour at most: 1 - e^(-0.0036) = 0.35935 %, so 3.5935 ppm, and never more in one step.
#[test]
fn a_sample_counts_an_hour_at_most() {
    let premium = Premium { average_q16: 0, last_ppm: 1_000, updated: UnixTime(1) };
    let hour = premium.at(Seconds(1_000_000), UnixTime(3_601)).unwrap();
    // 3.5935278 * 65 536 = 235 505.4.
    assert_eq!((hour.average_q16, hour.average_ppm()), (235_505, 3));
    let month = premium.at(Seconds(1_000_000), UnixTime(2_592_001)).unwrap();
    assert_eq!(month, Premium { updated: UnixTime(2_592_001), ..hour });
}

/// The first sample counts nothing until time has passed: 600 s at a tau of 600 make 63.212 % of it.
#[test]
fn the_first_sample_counts_only_once_it_stood() {
    let first = Premium::default().observe(Seconds(600), 1_000, UnixTime(1_700_000_000)).unwrap();
    assert_eq!(first, Premium { average_q16: 0, last_ppm: 1_000, updated: UnixTime(1_700_000_000) });
    let later = first.at(Seconds(600), UnixTime(1_700_000_600)).unwrap();
    assert_eq!(later.average_ppm(), 632);
    let negative = Premium { average_q16: -65_537, ..first };
    assert_eq!((negative.average_ppm(), Premium { average_q16: -65_535, ..first }.average_ppm()), (-1, 0));
    assert_eq!(Premium { average_q16: i64::MIN, ..first }.average_ppm(), -i32::MAX);
    assert_eq!(first.at(Seconds(0), UnixTime(5)), Err(RiskError::DivisionByZero));
    assert_eq!(premium_ppm(Price(1), Price(0), Ppm(1)), Err(RiskError::PriceOutOfRange));
    assert_eq!(premium_ppm(Price(u64::MAX), Price(1), Ppm(u32::MAX)), Ok(i32::MAX));
}

fn any_venues() -> impl Strategy<Value = Vec<VenuePremium>> {
    let weight = prop_oneof![Just(0u64), (0u64..1 << 60, 0u32..60).prop_map(|(units, shift)| units >> shift)];
    let venue = (weight, any_premium())
        .prop_map(|(weight_units, premium_ppm)| VenuePremium { weight_units, premium_ppm });
    prop::collection::vec(venue, 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Sum of min(w, O) * p over max(O, sum of min(w, O)), toward zero, in 128 bits.
    #[test]
    fn venues_are_weighted_by_their_open_interest(
        venues in any_venues(), total in 0u64..1 << 60, shift in 0u32..60,
    ) {
        let total = total >> shift;
        let weight = |venue: &VenuePremium| i128::from(venue.weight_units.min(total));
        let sum: i128 = venues.iter().map(|venue| weight(venue) * i128::from(venue.premium_ppm)).sum();
        let divisor = venues.iter().map(weight).sum::<i128>().max(i128::from(total));
        let expected = if divisor == 0 { 0 } else { sum / divisor };
        prop_assert_eq!(i128::from(combine(&venues, total).unwrap()), expected);
    }

    /// Whatever one venue posts moves the result by at most its share of the open interest times the clamp, from the
    /// neutral premium of zero; and not by posting more weight than the market has.
    #[test]
    fn no_venue_moves_the_premium_beyond_its_share(
        venues in any_venues(), total in 1u64..1 << 60, who: usize, posted in any_premium(), claimed: u64,
    ) {
        prop_assume!(!venues.is_empty());
        let who = who % venues.len();
        let with = |premium_ppm, weight_units| {
            let mut changed = venues.clone();
            changed[who] = VenuePremium { weight_units, premium_ppm };
            i128::from(combine(&changed, total).unwrap())
        };
        let weight = venues[who].weight_units;
        let moved = (with(posted, weight) - with(0, weight)).abs();
        // moved - 1 <= w * clamp / O, the one being what truncation hides.
        let share = i128::from(weight.min(total)) * i128::from(CLAMP);
        prop_assert!((moved - 1) * i128::from(total) <= share);
        // A claim beyond the market's open interest is one of all of it.
        prop_assert_eq!(with(posted, claimed.max(total)), with(posted, total));
    }

    #[test]
    fn the_mean_lies_between_the_premiums_and_zero(venues in any_venues(), total in 0u64..1 << 60) {
        let mean = combine(&venues, total).unwrap();
        let low = venues.iter().map(|venue| venue.premium_ppm).min().unwrap_or(0).min(0);
        let high = venues.iter().map(|venue| venue.premium_ppm).max().unwrap_or(0).max(0);
        prop_assert!(low <= mean && mean <= high);
    }
}

/// Of 1 000 units two venues hold 300 each at 100 and -40 ppm, 400 are silent: (300 * 100 - 300 * 40) / 1 000 = 18.
#[test]
fn silent_open_interest_counts_as_neutral() {
    let venue = |weight_units, premium_ppm| VenuePremium { weight_units, premium_ppm };
    assert_eq!(combine(&[venue(300, 100), venue(300, -40)], 1_000), Ok(18));
    // Weights of more than everything: (1 000 * 100 - 300 * 40) / 1 300 = 67.7.
    assert_eq!(combine(&[venue(9_999, 100), venue(300, -40)], 1_000), Ok(67));
    assert_eq!(combine(&[venue(9_999, -100), venue(300, 40)], 1_000), Ok(-67));
    assert_eq!(combine(&[venue(5, 100)], 0), Ok(0));
    assert_eq!(combine(&[], 0), Ok(0));
    let heavy = venue(u64::MAX, 1);
    assert_eq!(combine(&[heavy, heavy], u64::MAX), Err(RiskError::Overflow));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever was moved before, of the same age or another, each average moves as it does alone.
    #[test]
    fn an_average_does_not_depend_on_the_others(
        premiums in prop::collection::vec((any_premium(), any_premium(), 0i64..5), 0..8), tau in 1u64..=86_400,
    ) {
        let (tau, now) = (Seconds(tau), UnixTime(10_000));
        let mut averager = Averager::new(tau, now).unwrap();
        for (average, last_ppm, age) in premiums {
            let updated = UnixTime(now.0 - age * 700);
            let premium = Premium { average_q16: i64::from(average) << 16, last_ppm, updated };
            let alone = premium.at(tau, now).unwrap().average_q16;
            prop_assert_eq!(averager.average_q16(&premium).unwrap(), alone);
        }
    }
}
