use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::math::reference::Random;

/// erfc(x) for x >= 0: the Taylor series of erf below 2.5, the continued fraction (Laplace) from there on. Absolute error
/// below 10^-13.
fn erfc(x: f64) -> f64 {
    let root_pi = std::f64::consts::PI.sqrt();
    if x < 2.5 {
        // erf x = 2/√π e^(-x²) Σ 2^n x^(2n+1) / (2n+1)!!: all terms are positive.
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= 2.0 * x * x / f64::from(2 * n + 1);
            sum += term;
        }
        return 1.0 - 2.0 / root_pi * (-x * x).exp() * sum;
    }
    // erfc x = e^(-x²)/√π / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))).
    let fraction = (1..200).rev().fold(x, |rest, n| x + f64::from(n) / 2.0 / rest);
    (-x * x).exp() / root_pi / fraction
}

fn tail(u: f64) -> f64 {
    erfc(u / std::f64::consts::SQRT_2) / 2.0
}

/// A deviation per hour as a variance per second, independent of the one under test.
fn variance(hourly: f64) -> VarianceRate {
    VarianceRate((hourly * hourly / 3_600.0 * 2f64.powi(64)) as u64)
}

fn probability(distance: f64, hourly: f64, horizon: u64) -> Ppm {
    first_passage(Log((distance * 2f64.powi(40)) as i64), variance(hourly), Seconds(horizon))
}

/// Known digits: 1 − Φ(1) = 0.158655253931457, 1 − Φ(1.96) = 0.024997895148220, 1 − Φ(3) = 0.001349898031630.
#[test]
fn the_reference_knows_the_normal_distribution() {
    for (u, digits) in
        [(1.0, 0.158_655_253_931_457), (1.96, 0.024_997_895_148_220), (3.0, 0.001_349_898_031_630)]
    {
        assert!((tail(u) - digits).abs() < 1e-14, "{u}");
    }
    // Both forms agree where they meet.
    assert!((erfc(2.499_999_999_999) - erfc(2.5)).abs() < 1e-13);
}

#[test]
fn the_tail_is_off_by_less_than_its_bound_everywhere() {
    let mut worst = 0f64;
    for step in 0..=700_000u64 {
        let u_q32 = step * 42_949; // 10^-5 in 2^-32.
        let error = normal_tail(u_q32) as f64 / 2f64.powi(63) - tail(u_q32 as f64 / 2f64.powi(32));
        worst = worst.max(error.abs());
    }
    assert!(worst <= 1e-7, "{worst}");
    assert!(TAIL_ERROR_MAX as f64 / 2f64.powi(63) <= 1.000_001e-7);
    assert_eq!(normal_tail(u64::MAX), 0);
}

#[test]
fn the_distribution_is_symmetric_and_within_zero_and_one() {
    for z in [1i64, 1 << 20, 1 << 32, 3 << 32, 6 << 32, i64::MAX] {
        assert_eq!(normal_cdf(z) + normal_cdf(-z), 1 << 63);
    }
    assert!(normal_cdf(0).abs_diff(1 << 62) <= TAIL_ERROR_MAX);
    assert_eq!((normal_cdf(i64::MIN), normal_cdf(i64::MAX)), (0, 1 << 63));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// 2Φ(−d / (σ√T)) of the reference, to 0.8 ppm plus what the f64 arguments leave open.
    #[test]
    fn first_passage_is_twice_the_tail(
        distance in 0.000_1f64..2.0, hourly in 0.000_5f64..0.2, horizon in 1u64..100_000,
    ) {
        let exact = 2e6 * tail(distance / (hourly * (horizon as f64 / 3_600.0).sqrt()));
        let Ppm(ppm) = probability(distance, hourly, horizon);
        prop_assert!((f64::from(ppm) - exact).abs() < 0.8, "{ppm} {exact}");
    }

    #[test]
    fn probability_rises_with_variance_and_time_and_falls_with_distance(
        distance in 1i64..1 << 41, variance in 1u64..1 << 50, horizon in 1u64..1 << 20,
        (further, wilder, longer) in (0i64..1 << 40, 0u64..1 << 50, 0u64..1 << 20),
    ) {
        let at = |d: i64, v: u64, t: u64| first_passage(Log(d), VarianceRate(v), Seconds(t));
        let here = at(distance, variance, horizon);
        prop_assert!(at(distance + further, variance, horizon) <= here);
        prop_assert!(at(distance, variance + wilder, horizon) >= here);
        prop_assert!(at(distance, variance, horizon + longer) >= here);
    }

    /// d from the price of bankruptcy, long and short.
    #[test]
    fn distance_is_the_logarithm_to_the_price_of_bankruptcy(
        equity in 1i64..1 << 40, size in 1i64..1 << 42, is_long in any::<bool>(), price in 1u64 << 32..1 << 50,
    ) {
        let exposure = QuoteAtoms(if is_long { size } else { -size });
        let distance = distance(QuoteAtoms(equity), exposure);
        match bankruptcy_price(QuoteAtoms(equity), exposure, Price(price)).unwrap() {
            None => prop_assert!(is_long && equity >= size && distance == UNREACHABLE),
            Some(barrier) => {
                let (near, far) = if is_long { (price, barrier.0) } else { (barrier.0, price) };
                prop_assert!(near >= far);
                let exact = (near as f64 / far as f64).ln();
                // One quantum of the barrier, besides f64.
                let open = 2.0 / far as f64 + 1e-11;
                prop_assert!((distance.0 as f64 / 2f64.powi(40) - exact).abs() <= open);
            }
        }
    }
}

/// Equity 100 on a position of 1 000 at 50: bankrupt at 50·900/1 000 = 45 if long and 50·1 100/1 000 = 55 if short.
/// With equity of −100 it would not be at 55 and 45.
#[test]
fn bankruptcy_lies_where_the_loss_equals_the_equity() {
    let at = |equity, exposure| bankruptcy_price(QuoteAtoms(equity), QuoteAtoms(exposure), Price(50 << 32));
    let price = |whole: u64| Ok(Some(Price(whole << 32)));
    assert_eq!((at(100, 1_000), at(100, -1_000)), (price(45), price(55)));
    assert_eq!((at(-100, 1_000), at(-100, -1_000)), (price(55), price(45)));
    assert_eq!((at(1_000, 1_000), at(1_001, 1_000), at(5, 0)), (Ok(None), Ok(None), Ok(None)));
    // Toward the present price: 10·2/3 = 6.67 up and 10·4/3 = 13.33 down.
    let rounded = |exposure| bankruptcy_price(QuoteAtoms(1), QuoteAtoms(exposure), Price(10));
    assert_eq!((rounded(3), rounded(-3)), (Ok(Some(Price(7))), Ok(Some(Price(13)))));
    assert_eq!(at(i64::MAX, -1), Err(RiskError::Overflow));
    assert_eq!(at(i64::MIN, i64::MIN), Ok(None));
}

#[test]
fn probability_at_the_ends_is_one_or_zero() {
    let one_percent = variance(0.01);
    for distance in [0, -1, i64::MIN] {
        assert_eq!(first_passage(Log(distance), one_percent, Seconds(0)), Ppm(1_000_000));
    }
    assert_eq!(first_passage(UNREACHABLE, VarianceRate(u64::MAX), Seconds(u64::MAX)), Ppm(0));
    assert_eq!(first_passage(Log(1), one_percent, Seconds(0)), Ppm(0));
    assert_eq!(first_passage(Log(1), VarianceRate(0), Seconds(9)), Ppm(0));
    assert_eq!(first_passage(Log(1), VarianceRate(u64::MAX), Seconds(u64::MAX)), Ppm(1_000_000));
    assert_eq!(distance(QuoteAtoms(0), QuoteAtoms(7)), Log(0));
    assert_eq!(distance(QuoteAtoms(-1), QuoteAtoms(0)), Log(0));
    assert_eq!(distance(QuoteAtoms(1), QuoteAtoms(0)), UNREACHABLE);
    assert_eq!(
        distance(QuoteAtoms(i64::MAX), QuoteAtoms(i64::MIN)).0,
        (2f64.ln() * 2f64.powi(40)) as i64 + 1
    );
}

/// Two independent standard normal deviates (Box and Muller).
fn normals(random: &mut Random) -> [f64; 2] {
    let mut uniform = || (random.next() >> 11) as f64 / 2f64.powi(53) + 2f64.powi(-54);
    let (radius, angle) = ((-2.0 * uniform().ln()).sqrt(), std::f64::consts::TAU * uniform());
    [radius * angle.cos(), radius * angle.sin()]
}

/// Share of simulated paths on which an account went bankrupt: base at a price of one, collateral at its haircut. Between
/// two steps a Brownian bridge touches the barrier with the probability e^(−2ab/(σ²dt)), a and b being the distances.
fn simulated(equity: f64, base: f64, spread: f64, random: &mut Random) -> f64 {
    const PATHS: usize = 40_000;
    const STEPS: usize = 8;
    // The barrier of the path in ln p, by bisection of the account's value.
    let value = |log: f64| equity + base * (log.exp() - 1.0);
    let (mut solvent, mut bankrupt) = (0.0f64, if base > 0.0 { -20.0 } else { 20.0 });
    for _ in 0..80 {
        let middle = (solvent + bankrupt) / 2.0;
        if value(middle) > 0.0 {
            solvent = middle
        } else {
            bankrupt = middle
        }
    }
    let step_variance = spread * spread / STEPS as f64;
    let mut ruined = 0usize;
    for _ in 0..PATHS {
        let (mut log, mut survival) = (0.0f64, 1.0f64);
        let deviates: Vec<f64> = (0..STEPS / 2).flat_map(|_| normals(random)).collect();
        for deviate in deviates {
            let next = log + deviate * step_variance.sqrt();
            if value(next) <= 0.0 {
                survival = 0.0;
                break;
            }
            survival *= 1.0 - (-2.0 * (bankrupt - log) * (bankrupt - next) / step_variance).exp();
            log = next;
        }
        ruined += usize::from((random.next() >> 11) as f64 / 2f64.powi(53) >= survival);
    }
    ruined as f64 / PATHS as f64
}

/// Leverage 3 to 50, deviations of 1, 4 and 10 % per hour, 1 minute to 4 hours, long and short, collateral at 90 %: within
/// one percentage point of the simulation (whose own deviation is at most √(0.25 / 40 000) = 0.25 points).
#[test]
fn first_passage_agrees_with_simulated_accounts() {
    let mut random = Random(0x5eed_0001);
    for leverage in [3.0, 10.0, 20.0, 50.0] {
        for hourly in [0.01, 0.04, 0.1] {
            for horizon in [60u64, 900, 14_400] {
                // Collateral of 1 / leverage, of which 90 % count.
                let equity = 0.9 / leverage;
                let base = if random.below(2) == 0 { 1.0 } else { -1.0 };
                let atoms = |x: f64| QuoteAtoms((x * 1e12) as i64);
                let distance = distance(atoms(equity), atoms(base));
                let Ppm(ppm) = first_passage(distance, variance(hourly), Seconds(horizon));
                let spread = hourly * (horizon as f64 / 3_600.0).sqrt();
                let share = simulated(equity, base, spread, &mut random);
                let error = (f64::from(ppm) / 1e6 - share).abs();
                assert!(
                    error < 0.01,
                    "leverage {leverage}, {hourly} per hour, {horizon} s: {ppm} ppm, {share}"
                );
            }
        }
    }
}
