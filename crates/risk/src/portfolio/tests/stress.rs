//! Loadings rise with volatility, and never to an account's advantage.

use super::*;

fn params(calm: u32, stressed: u32) -> LoadingParams {
    LoadingParams {
        calm: Ppm(calm),
        stressed: Ppm(stressed),
        reference: VarianceRate(1_000),
        stress: VarianceRate(5_000),
    }
}

fn level(variance: u64) -> u32 {
    params(0, 0).stress_level(VarianceRate(variance)).0
}

/// A quarter of the way from 1 000 to 5 000 is 2 000; 3 of 4 000 are 750 ppm.
#[test]
fn the_stress_level_goes_from_reference_to_stress() {
    assert_eq!((level(0), level(1_000), level(1_003), level(2_000)), (0, 0, 750, 250_000));
    assert_eq!((level(4_999), level(5_000), level(u64::MAX)), (999_750, 1_000_000, 1_000_000));
    // One third is rounded up.
    let third = LoadingParams { stress: VarianceRate(1_003), ..params(0, 0) };
    assert_eq!(third.stress_level(VarianceRate(1_001)), Ppm(333_334));
}

/// 0.6 + 0.25 · (0.9 − 0.6) = 0.675.
#[test]
fn a_loading_goes_from_calm_to_stressed() {
    let at = |variance| params(600_000, 900_000).at(VarianceRate(variance));
    assert_eq!(at(500), Loadings { calm: Ppm(600_000), present: Ppm(600_000) });
    assert_eq!(at(2_000), Loadings { calm: Ppm(600_000), present: Ppm(675_000) });
    assert_eq!(at(9_000), Loadings { calm: Ppm(600_000), present: Ppm(900_000) });
    // 750 ppm of 1 ppm are rounded up.
    assert_eq!(params(600_000, 600_001).at(VarianceRate(1_003)).present, Ppm(600_001));
}

/// Nonsense is read cautiously: no loading above one, none that falls in stress, stress where it is below the reference.
#[test]
fn parameters_out_of_order_do_no_harm() {
    let falling = params(600_000, 100_000).at(VarianceRate(u64::MAX));
    assert_eq!(falling, Loadings { calm: Ppm(600_000), present: Ppm(600_000) });
    let large = params(u32::MAX, u32::MAX).at(VarianceRate(3_000));
    assert_eq!(large, Loadings { calm: Ppm(1_000_000), present: Ppm(1_000_000) });
    let turned =
        LoadingParams { reference: VarianceRate(5_000), stress: VarianceRate(1_000), ..params(0, 1) };
    assert_eq!(turned.stress_level(VarianceRate(999)), Ppm(0));
    assert_eq!(turned.stress_level(VarianceRate(1_000)), Ppm(1_000_000));
    assert_eq!(LoadingParams::default().stress_level(VarianceRate(0)), Ppm(1_000_000));
    let beyond = Loadings { calm: Ppm(u32::MAX), present: Ppm(u32::MAX) };
    let pair = |loadings| [Component::new(LONG, 900, loadings), Component::new(SHORT, 700, loadings)];
    assert_eq!(
        needed(&pair(beyond), NONE),
        needed(&pair(Loadings { calm: Ppm(PPM_ONE), present: Ppm(PPM_ONE) }), NONE)
    );
}

/// Three longs of 100 with 0.5 in calm and 0.9 in stress: sqrt(150² + 3 · 7 500) = 212.132, then
/// sqrt(270² + 3 · 1 900) = 280.357. Of a long and a short: sqrt(2 · 7 500) = 122.474, which stress does not make the 61.644 of
/// sqrt(2 · 1 900).
#[test]
fn stress_makes_one_sided_books_dearer_and_hedges_no_cheaper() {
    let at = |variance| params(500_000, 900_000).at(VarianceRate(variance));
    let asset = |side, variance| Component::new(side, 100_000_000, at(variance));
    let longs = |variance| needed(&[asset(LONG, variance); 3], NONE);
    let hedge = |variance| needed(&[asset(LONG, variance), asset(SHORT, variance)], NONE);
    assert_eq!((longs(0), longs(5_000)), (212_132_037, 280_356_919));
    assert_eq!((hedge(0), hedge(5_000)), (122_474_488, 122_474_488));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn loadings_are_bounded_and_never_fall_with_volatility(
        params in (any_loading(), any_loading(), any::<u64>(), any::<u64>()).prop_map(|(calm, stressed, reference, stress)| {
            LoadingParams {
                calm: Ppm(calm), stressed: Ppm(stressed), reference: VarianceRate(reference), stress: VarianceRate(stress),
            }
        }),
        variance in any::<u64>(), more in any::<u64>(),
    ) {
        let lower = params.at(VarianceRate(variance));
        let higher = params.at(VarianceRate(variance.saturating_add(more)));
        prop_assert_eq!(lower.calm, params.calm);
        prop_assert!(lower.present >= params.calm && lower.present <= params.stressed.max(params.calm));
        prop_assert!(higher.present >= lower.present);
    }

    /// Whatever the present loadings, an account needs at least what it needs with the calm ones, and with the present ones.
    #[test]
    fn stressed_loadings_never_lower_a_requirement(book in any_book(), floor in 0u32..=1_000_000) {
        let both = |chosen: fn(&Loadings) -> Ppm| -> Vec<_> {
            let replaced = |c: &Component| {
                let loading = chosen(&c.loadings);
                Component { loadings: Loadings { calm: loading, present: loading }, ..*c }
            };
            book.iter().map(replaced).collect()
        };
        let calm = needed(&both(|loadings| loadings.calm), Ppm(floor));
        let present = needed(&both(|loadings| loadings.present), Ppm(floor));
        prop_assert_eq!(needed(&book, Ppm(floor)), calm.max(present));
    }

    /// A one-sided book needs the more the higher any loading.
    #[test]
    fn higher_loadings_never_lower_a_one_sided_requirement(book in any_book(), rises in prop::array::uniform24(0u32..300_000)) {
        let one_sided = |rises: &[u32]| -> Vec<_> {
            let raised = |(c, rise): (&Component, &u32)| {
                let present = Ppm(c.loadings.present.0.saturating_add(*rise).min(PPM_ONE));
                Component::new(LONG, c.net().1, Loadings { calm: c.loadings.calm, present })
            };
            book.iter().zip(rises).map(raised).collect()
        };
        prop_assert!(needed(&one_sided(&rises), NONE) >= needed(&one_sided(&[0; 24]), NONE));
    }

    /// Between calm and stressed, a mixed book may need slightly more than at both ends: at the share t of the way the square
    /// exceeds the larger one by t(1 − t)·(Σ Δ_i² − (Σ s_i Δ_i)²) at most, Δ_i = (rise of the loading) · M_i. So for rises of
    /// 0.2 by a hundredth of Σ M_i², half a percent of the requirement of unrelated positions.
    #[test]
    fn on_the_way_to_stress_a_requirement_exceeds_its_ends_by_little(
        book in any_book(), share in 0u32..=1_000_000,
    ) {
        let (mut slack, mut ends, mut between) = (0.0, Vec::new(), Vec::new());
        for component in &book {
            let (calm, stressed) = (component.loadings.calm.0.min(component.loadings.present.0),
                component.loadings.calm.0.max(component.loadings.present.0));
            let params = LoadingParams {
                calm: Ppm(calm), stressed: Ppm(stressed), reference: VarianceRate(0), stress: VarianceRate(1_000_000),
            };
            let rise = f64::from(stressed - calm) / 1e6 * component.net().1 as f64;
            slack += rise * rise / 4.0;
            ends.push(Component { loadings: params.at(VarianceRate(1_000_000)), ..*component });
            between.push(Component { loadings: params.at(VarianceRate(u64::from(share))), ..*component });
        }
        let (ends, between) = (needed(&ends, NONE) as f64, needed(&between, NONE) as f64);
        // A ppm of each loading beside it, and what rounding adds: 4n and 2 times the gross requirement.
        let gross = gross(&book) as f64;
        let rounding = 8e-6 * gross * gross + 100.0 * gross + 10_000.0;
        prop_assert!(between * between <= ends * ends + slack + rounding, "{} and {}", between, ends);
    }
}
