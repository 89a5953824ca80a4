//! How far a requirement may be from the exact one.

use super::*;

/// An account of up to `count` components with requirements below 2^bits.
fn random_book(random: &mut Random, count: u64, bits: u32) -> Vec<Component> {
    let loading = |random: &mut Random| match random.below(8) {
        0 => 1_000_000,
        1 => 0,
        2 => 999_000 + random.below(1_001) as u32,
        _ => random.below(1_000_001) as u32,
    };
    (0..=random.below(count))
        .map(|_| {
            let atoms = random.next() >> (64 - 1 - random.below(u64::from(bits)) as u32);
            let side = random_side(random);
            let loadings = Loadings { calm: Ppm(loading(random)), present: Ppm(loading(random)) };
            let opposite = if random.below(4) == 0 { random.below(atoms + 2) } else { 0 };
            Component::new(side, atoms, loadings).with(side.opposite(), opposite)
        })
        .collect()
}

/// risk² · 10^12 without any rounding. Below 2^35 atoms each, 24 of them and ppm: (2^60)² fits.
fn exact_squared_e12(components: &[Component], loading: impl Fn(&Component) -> Ppm) -> u128 {
    let (mut common, mut own) = (0i128, 0u128);
    for component in components {
        let net = i128::from(component.long_atoms) - i128::from(component.short_atoms);
        let loading = i128::from(loading(component).0);
        common += loading * net;
        own += (net * net).unsigned_abs() * (1_000_000_000_000 - loading * loading).unsigned_abs();
    }
    (common * common).unsigned_abs() + own
}

/// Against integers that round nowhere.
#[test]
fn a_requirement_is_never_below_the_exact_one() {
    let mut random = Random(0x0f1e_1d5e);
    for round in 0..100_000 {
        let book = random_book(&mut random, 24, 35);
        let required = needed(&book, NONE).unsigned_abs();
        for loading in [|c: &Component| c.loadings.calm, |c: &Component| c.loadings.present] {
            let squared_e12 = exact_squared_e12(&book, loading);
            // What the cap of the gross requirement cuts off is rounding only, so the law holds with it.
            assert!(required * required * 1_000_000_000_000 >= squared_e12, "round {round}: {book:?}");
        }
    }
}

/// 2n + 2 + 1/(floor share) atoms, over all sizes; double precision itself is good to 10^-13 of the gross requirement for
/// risks of at least a twentieth of it.
#[test]
fn a_requirement_exceeds_the_exact_one_by_its_rounding_bound_at_most() {
    let mut random = Random(0x5eed);
    let mut excess_max = 0.0f64;
    for round in 0..100_000 {
        let book = random_book(&mut random, 24, 45);
        let floor = 50_000 + random.below(950_000) as u32;
        let bound = 2.0 * book.len() as f64 + 2.0 + 1e6 / f64::from(floor);
        let noise = gross(&book) as f64 * 1e-13;
        let excess = needed(&book, Ppm(floor)) as f64 - exact(&book, Ppm(floor));
        assert!(excess >= -noise && excess < bound + noise, "round {round}: {excess} of {bound}: {book:?}");
        excess_max = excess_max.max(excess / bound);
    }
    // The bound is not idle.
    assert!(excess_max > 0.5, "{excess_max}");
}
