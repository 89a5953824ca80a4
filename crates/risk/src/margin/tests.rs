use super::*;
use crate::{forecast::Band, hourly::variance_of_hourly_sigma, units::Price, volatility::VolatilityParams};
use proptest::prelude::*;

fn params() -> MarginParams {
    MarginParams {
        initial_floor: Ppm(50_000),
        initial_max: Ppm(500_000),
        maintenance_floor: Ppm(25_000),
        initial_z_milli: 7_000,
        maintenance_z_milli: 3_600,
        maintenance_limit: Ppm(u32::MAX),
        horizon: Seconds(3_600),
        decay: Seconds(86_400),
        ramp_ppm_per_hour: 10_000,
        stress: variance_of_hourly_sigma(Ppm(30_000)),
        stress_weight: Ppm(250_000),
        outlook: None,
    }
}

fn margins(initial: u32, maintenance: u32) -> Margins {
    Margins::at(Ppm(initial), Ppm(maintenance), UnixTime(1_000_000))
}

fn at_floor() -> Margins {
    margins(50_000, 25_000)
}

fn volatility(fast_ppm: u32, slow_ppm: u32) -> Volatility {
    Volatility {
        fast: variance_of_hourly_sigma(Ppm(fast_ppm)),
        slow: variance_of_hourly_sigma(Ppm(slow_ppm)),
        confirmed: variance_of_hourly_sigma(Ppm(slow_ppm)),
        price: Price(1),
        ..Volatility::default()
    }
}

/// One hour's deviation of 2 %, a quarter of the weight at 3 %: sqrt(0.75 * 0.0004 + 0.25 * 0.0009) = sqrt(0.000525) =
/// 0.02291288; times 7 = 0.16039015.
#[test]
fn a_requirement_follows_its_worked_example() {
    let wanted = requirement(&params(), variance_of_hourly_sigma(Ppm(20_000)), 7_000).unwrap().0;
    assert!((160_390..=160_392).contains(&wanted), "{wanted}");
    assert_eq!(requirement(&params(), VarianceRate(u64::MAX), 0), Ok(Ppm(0)));
}

/// A committee that expects four times the variance doubles the deviation of 2 % to 4 %: sqrt(0.75 * 0.0016 + 0.25 * 0.0009)
/// = sqrt(0.001425) = 0.03774917; times 7 = 0.26424421. Its band ends at 2.25 times, 3 %: sqrt(0.0009) * 7 = 0.21.
#[test]
fn initial_margin_follows_the_committee_up_to_the_end_of_its_band() {
    let (measured, said) = (volatility(20_000, 20_000), variance_of_hourly_sigma(Ppm(40_000)));
    let initial = |high: u32| {
        let band = Band { low: Ppm(1_000_000), high: Ppm(high) };
        let outlook = Some(Outlook { variance: said, band });
        next(&at_floor(), &MarginParams { outlook, ..params() }, &measured, UnixTime(1_000_000))
            .unwrap()
            .initial()
            .0
    };
    assert!((264_244..=264_246).contains(&initial(4_100_000)), "{}", initial(4_100_000));
    assert!((210_000..=210_001).contains(&initial(2_250_000)), "{}", initial(2_250_000));
}

/// Initial margin is at its requirement at once. Maintenance wants 3.6 * 0.02291288 = 82 487 ppm and gets 10 000 ppm per
/// hour: 833.3 after 300 s, in one step or in many.
#[test]
fn initial_margin_jumps_and_maintenance_walks() {
    let measured = volatility(20_000, 20_000);
    let once = next(&at_floor(), &params(), &measured, UnixTime(1_000_300)).unwrap();
    assert!((160_390..=160_392).contains(&once.initial().0), "{once:?}");
    assert_eq!(once.maintenance(), Ppm(25_834));
    let mut often = at_floor();
    for second in 1..=300 {
        often = next(&often, &params(), &measured, UnixTime(1_000_000 + second)).unwrap();
    }
    assert_eq!((often.initial(), often.maintenance()), (once.initial(), once.maintenance()));
    // A day's silence is one span.
    let late = next(&at_floor(), &params(), &measured, UnixTime(1_086_400)).unwrap();
    assert_eq!(late.maintenance(), Ppm(25_834));
}

/// From 160 391 toward 103 924 (0.75 * 0.01² + 0.25 * 0.03² = 0.0003; sqrt = 0.01732051; times 6 = 0.10392305) over a day:
/// the share 1 - 1/e = 0.632121 of 56 467.
#[test]
fn initial_margin_falls_by_its_decay() {
    let params = MarginParams { initial_z_milli: 6_000, ..params() };
    let high = margins(160_391, 25_000);
    let after = next(&high, &params, &volatility(10_000, 1), UnixTime(1_086_400)).unwrap();
    let expected = 160_391.0 - 0.632_121 * (160_391.0 - 103_924.0);
    assert!((f64::from(after.initial().0) - expected).abs() < 2.0, "{after:?} instead of {expected}");
}

fn any_margins() -> impl Strategy<Value = Margins> {
    (25_000u32..=416_666, 0u32..=1_000_000).prop_map(|(maintenance, share)| {
        let least = (maintenance + maintenance.div_ceil(5)).max(50_000);
        let initial =
            least + (u64::from(500_000u32.saturating_sub(least)) * u64::from(share) / 1_000_000) as u32;
        margins(initial, maintenance.min(416_665))
    })
}

fn any_volatility() -> impl Strategy<Value = Volatility> {
    (0u32..250_000, 0u32..250_000).prop_map(|(fast, slow)| volatility(fast, slow))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn margins_keep_their_bounds(margins in any_margins(), measured in any_volatility(), dt in 0i64..1_000_000) {
        let after = next(&margins, &params(), &measured, UnixTime(1_000_000 + dt)).unwrap();
        prop_assert!(after.initial() >= Ppm(50_000) && after.initial() <= Ppm(500_000));
        prop_assert!(after.maintenance() >= Ppm(25_000) && after.maintenance() <= Ppm(416_666));
        prop_assert!(u64::from(after.initial().0) * 10 >= u64::from(after.maintenance().0) * 12);
    }

    /// More volatility never asks for less.
    #[test]
    fn margins_rise_with_volatility(
        margins in any_margins(), fast in 0u32..200_000, slow in 0u32..200_000, more in [0u32..50_000, 0u32..50_000],
        dt in 0i64..100_000,
    ) {
        let now = UnixTime(1_000_000 + dt);
        let calm = next(&margins, &params(), &volatility(fast, slow), now).unwrap();
        let wild = next(&margins, &params(), &volatility(fast + more[0], slow + more[1]), now).unwrap();
        prop_assert!(calm.initial_q16 <= wild.initial_q16 && calm.maintenance_q16 <= wild.maintenance_q16);
    }

    /// Whatever is measured and whenever somebody calls, maintenance margin rises by at most its ramp, and one call by at
    /// most a span of it.
    #[test]
    fn maintenance_margin_never_rises_faster_than_its_ramp(
        calls in prop::collection::vec((any_volatility(), -5i64..1_000), 1..40),
    ) {
        let (mut margins, mut now, mut latest) = (at_floor(), 1_000_000i64, 1_000_000i64);
        for (measured, dt) in calls {
            now += dt;
            let after = next(&margins, &params(), &measured, UnixTime(now)).unwrap();
            let risen = after.maintenance_q16.saturating_sub(margins.maintenance_q16);
            prop_assert!(risen * 3_600 <= (300 * 10_000) << 16);
            margins = after;
            latest = latest.max(now);
            let elapsed = u64::try_from(latest - 1_000_000).unwrap();
            prop_assert!((margins.maintenance_q16 - (25_000 << 16)) * 3_600 <= (elapsed * 10_000) << 16);
        }
    }

    /// Whatever a committee says, initial margin is between what both ends of its band ask for, and maintenance margin is
    /// what it is without anybody.
    #[test]
    fn a_committee_moves_initial_margin_within_its_band_and_maintenance_margin_never(
        margins in any_margins(), measured in any_volatility(), said: u64, low in 0u32..=1_000_000,
        high in 1_000_000u32..=16_000_000, dt in 0i64..1_000_000,
    ) {
        let now = UnixTime(1_000_000 + dt);
        let after = |said: u64| {
            let outlook = Outlook { variance: VarianceRate(said), band: Band { low: Ppm(low), high: Ppm(high) } };
            next(&margins, &MarginParams { outlook: Some(outlook), ..params() }, &measured, now).unwrap()
        };
        let (least, told, most) = (after(0), after(said), after(u64::MAX));
        prop_assert!(least.initial_q16 <= told.initial_q16 && told.initial_q16 <= most.initial_q16);
        let alone = next(&margins, &params(), &measured, now).unwrap();
        prop_assert_eq!(after(measured.higher().0), alone);
        prop_assert_eq!(told.maintenance_q16, alone.maintenance_q16);
        prop_assert!(told.initial() >= Ppm(50_000) && told.initial() <= Ppm(500_000));
        prop_assert!(u64::from(told.initial().0) * 10 >= u64::from(told.maintenance().0) * 12);
    }

    /// Maintenance margin rises to what demand allows and no further; a limit below it changes nothing.
    #[test]
    fn maintenance_margin_rises_no_further_than_demand_allows(
        margins in any_margins(), measured in any_volatility(), limit in 0u32..500_000, dt in 0i64..1_000,
    ) {
        let now = UnixTime(1_000_000 + dt);
        let free = next(&margins, &params(), &measured, now).unwrap();
        let limited = MarginParams { maintenance_limit: Ppm(limit), ..params() };
        let after = next(&margins, &limited, &measured, now).unwrap();
        let top = (u64::from(limit) << 16).max(margins.maintenance_q16);
        prop_assert_eq!(after.maintenance_q16, free.maintenance_q16.min(top));
    }

    /// However large a single observation is, maintenance margin does not rise for it: not when it is seen, and not after.
    #[test]
    fn one_observation_alone_never_raises_maintenance_margin(
        jump in 1_000_000u64..1 << 50, dt in 1i64..300, calm in prop::collection::vec((0u64..20, 1i64..60), 3..30),
    ) {
        // At most 20 / 2^20 per reading, which asks for less than the floor: 2^-15.7 per second at most, times 60 for an
        // hour's deviation, times 3.6 and sqrt(2.75) is 0.0068 of 0.025; and the reference 0.005 * 3.6 * sqrt(0.75) = 0.0156.
        // A jump alone may multiply the slow estimate by 16, which would ask for 0.062.
        let sampled = VolatilityParams {
            fast: Seconds(600), slow: Seconds(3_600), reference: variance_of_hourly_sigma(Ppm(5_000)),
        };
        let quiet = MarginParams { stress: VarianceRate(0), ..params() };
        let (mut at, mut now) = (1u64 << 20, 1_000_000i64);
        let mut state = Volatility::default().observe(&sampled, Price(at), UnixTime(now)).unwrap();
        let mut margins = at_floor();
        for (index, (up, step)) in calm.iter().enumerate() {
            let is_jump = index == 1;
            at += if is_jump { jump } else { *up };
            now += if is_jump { dt } else { *step };
            state = state.observe(&sampled, Price(at), UnixTime(now)).unwrap();
            margins = next(&margins, &quiet, &state, UnixTime(now)).unwrap();
            prop_assert_eq!(margins.maintenance(), Ppm(25_000));
        }
    }

    /// Neither margin moves when no time passes, but initial margin upward.
    #[test]
    fn without_time_only_initial_margin_moves_and_only_upward(margins in any_margins(), measured in any_volatility()) {
        let after = next(&margins, &params(), &measured, UnixTime(1_000_000)).unwrap();
        prop_assert_eq!(after.maintenance_q16, margins.maintenance_q16);
        prop_assert!(after.initial_q16 >= margins.initial_q16);
    }

    /// After any time in any number of calls, what is left above the floor is at least e^(-t/decay) of what there was.
    #[test]
    fn margins_never_fall_faster_than_their_decay(
        margins in any_margins(), steps in prop::collection::vec(0i64..50_000, 1..20),
    ) {
        let (mut fallen, mut now) = (margins, 1_000_000);
        for step in steps {
            now += step;
            fallen = next(&fallen, &params(), &volatility(0, 0), UnixTime(now)).unwrap();
        }
        let left = (-(now - 1_000_000) as f64 / 86_400.0).exp();
        for (before, after, floor) in [
            (margins.initial(), fallen.initial(), 50_000.0), (margins.maintenance(), fallen.maintenance(), 25_000.0),
        ] {
            // The share is known to 2^-31.
            let expected = floor + (f64::from(before.0) - floor) * left;
            prop_assert!(f64::from(after.0) >= expected - 1.0, "{} after, expected {}", after.0, expected);
        }
    }

    /// Called every few seconds, margins fall all the same: no rounding holds them up.
    #[test]
    fn margins_fall_however_often_they_are_asked(initial in 51_000u32..500_000, step in 1i64..60) {
        let params = MarginParams {
            initial_z_milli: 0, maintenance_z_milli: 0, decay: Seconds(3_600), ..params()
        };
        let mut margins = margins(initial, 25_000);
        for call in 1..=36_000 / step {
            margins = next(&margins, &params, &volatility(0, 0), UnixTime(1_000_000 + call * step)).unwrap();
        }
        // Ten time constants leave 4.5 * 10^-5 of it, 20 ppm of 450 000; rounding holds up the last of them.
        prop_assert!(margins.initial() <= Ppm(50_021), "{:?}", margins.initial());
    }

    /// A limited rise is the largest that is allowed.
    #[test]
    fn a_rise_puts_at_most_its_share_below_maintenance(
        present in 0u32..500_000, rise in 0u32..500_000, share in 0u32..=1_000_000,
        steps in prop::collection::vec((0u32..1_000_000, 0u64..1 << 40), 0..12),
    ) {
        let below = |margin: Ppm| steps.iter().filter(|(at, _)| *at > present && *at <= margin.0).map(|(_, units)| units).sum::<u64>();
        let healthy: u64 = steps.iter().map(|(_, units)| units).sum();
        let wanted = Ppm(present + rise);
        let limited = limited_by_demand(Ppm(present), wanted, healthy, Ppm(share), below);
        prop_assert!(limited >= Ppm(present) && limited <= wanted);
        let is_allowed = |margin: Ppm| u128::from(below(margin)) * 1_000_000 <= u128::from(healthy) * u128::from(share);
        prop_assert!(is_allowed(limited));
        prop_assert!(limited == wanted || !is_allowed(Ppm(limited.0 + 1)));
    }
}

#[test]
fn a_decay_of_zero_is_an_error() {
    let params = MarginParams { decay: Seconds(0), ..params() };
    let high = margins(400_000, 25_000);
    assert_eq!(next(&high, &params, &volatility(0, 0), UnixTime(1_000_001)), Err(RiskError::DivisionByZero));
}

/// Without volatility and stress nothing but the floors is left.
#[test]
fn margins_never_fall_below_their_floors() {
    let params = MarginParams { stress: VarianceRate(0), ..params() };
    let mut margins = margins(400_000, 300_000);
    for day in 1..=60 {
        margins = next(&margins, &params, &volatility(0, 0), UnixTime(1_000_000 + day * 86_400)).unwrap();
        assert!(margins.initial() >= Ppm(50_000) && margins.maintenance() >= Ppm(25_000), "{margins:?}");
    }
    // The last fraction of a ppm is rounded up.
    assert!(margins.initial() <= Ppm(50_001) && margins.maintenance() <= Ppm(25_001), "{margins:?}");
}

/// A burst that the fast estimate sees and no slow one does moves initial margin alone.
#[test]
fn a_burst_does_not_move_maintenance_margin() {
    let params = MarginParams { stress: VarianceRate(0), ..params() };
    let burst = next(&at_floor(), &params, &volatility(50_000, 1_000), UnixTime(1_000_300)).unwrap();
    assert_eq!(burst.maintenance(), Ppm(25_000));
    // 7 * sqrt(0.75) * 0.05 = 0.303109.
    assert!((303_108..=303_111).contains(&burst.initial().0), "{burst:?}");
}

/// Where initial margin covers no more deviations than maintenance margin it still is 1.2 times as high.
#[test]
fn initial_margin_leads_maintenance_margin() {
    let params = MarginParams { initial_z_milli: 3_600, ramp_ppm_per_hour: 50_000, ..params() };
    let mut margins = at_floor();
    for step in 1..=100 {
        margins = next(&margins, &params, &volatility(0, 60_000), UnixTime(1_000_000 + 300 * step)).unwrap();
        assert!(
            u64::from(margins.initial().0) * 10 >= u64::from(margins.maintenance().0) * 12,
            "{margins:?}"
        );
    }
    // 3.6 * sqrt(0.75 * 0.0036 + 0.25 * 0.0009) = 3.6 * 0.0540833 = 0.194700, and 1.2 times that.
    assert!((194_699..=194_702).contains(&margins.maintenance().0), "{margins:?}");
    assert!((233_638..=233_643).contains(&margins.initial().0), "{margins:?}");
}
