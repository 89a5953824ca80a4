use super::*;
use crate::math::reference::Random;
use proptest::prelude::*;
use std::vec::Vec;

mod book;
mod collateral;
mod laws;
mod rounding;
mod scan;
mod stress;

const LONG: Side = Side::Long;
const SHORT: Side = Side::Short;
/// No floor.
const NONE: Ppm = Ppm(0);
const TENTH: Ppm = Ppm(100_000);

/// A component with the same loading in calm and at present.
fn steady(side: Side, atoms: u64, loading: u32) -> Component {
    Component::new(side, atoms, Loadings { calm: Ppm(loading), present: Ppm(loading) })
}

fn book(components: &[Component]) -> Portfolio {
    components.iter().fold(Portfolio::default(), |sums, component| sums.plus(&Portfolio::of(component)))
}

fn needed(components: &[Component], floor_share: Ppm) -> i128 {
    book(components).requirement(floor_share)
}

/// Isolated requirements of both sides together.
fn gross(components: &[Component]) -> i128 {
    components.iter().map(|c| i128::from(c.long_atoms) + i128::from(c.short_atoms)).sum()
}

/// The formula of the module's text in double precision, term by term from net exposures and deviations.
fn exact_risk(components: &[Component], loading: impl Fn(&Component) -> Ppm) -> f64 {
    let (mut common, mut own) = (0.0, 0.0);
    for component in components {
        let net = component.long_atoms as f64 - component.short_atoms as f64;
        let loading = f64::from(loading(component).0) / 1e6;
        common += loading * net;
        own += (1.0 - loading) * (1.0 + loading) * net * net;
    }
    (common * common + own).sqrt()
}

fn exact(components: &[Component], floor_share: Ppm) -> f64 {
    let calm = exact_risk(components, |component| component.loadings.calm);
    let present = exact_risk(components, |component| component.loadings.present);
    calm.max(present).max(gross(components) as f64 * f64::from(floor_share.0) / 1e6)
}

fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(LONG), Just(SHORT)]
}

/// Any loading, the ends often.
fn any_loading() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 0u32..=1_000_000, 1 => Just(0), 1 => Just(1_000_000), 1 => 999_990u32..=1_000_000]
}

fn any_loadings() -> impl Strategy<Value = Loadings> {
    (any_loading(), any_loading())
        .prop_map(|(calm, present)| Loadings { calm: Ppm(calm), present: Ppm(present) })
}

/// Requirements of every order of magnitude up to 2^40 atoms, a million dollars.
fn any_atoms() -> impl Strategy<Value = u64> {
    (0u32..=40, 0u64..1 << 40).prop_map(|(bits, atoms)| atoms >> (40 - bits))
}

fn any_component() -> impl Strategy<Value = Component> {
    (any_side(), any_atoms(), any_loadings(), prop_oneof![3 => Just(0), 1 => any_atoms()]).prop_map(
        |(side, atoms, loadings, opposite)| {
            Component::new(side, atoms, loadings).with(side.opposite(), opposite)
        },
    )
}

fn any_book() -> impl Strategy<Value = Vec<Component>> {
    prop::collection::vec(any_component(), 0..24)
}

fn random_side(random: &mut Random) -> Side {
    if random.below(2) == 0 {
        LONG
    } else {
        SHORT
    }
}

/// 100 dollars each with loadings of 0.8 and 0.9. Common parts 80 and 90, own parts 100² · (1 − 0.64) + 100² · (1 − 0.81)
/// = 5 500. Both long: sqrt(170² + 5 500) = sqrt(34 400) = 185.472 369 910. One short: sqrt(10² + 5 500) = 74.833 147 735.
/// Common parts are exact here and rounded up by an atom each all the same: 2 · 170 / 185.47 = 1.83 atoms make the first
/// ...371.74, 2 · 10 / 74.83 = 0.27 atoms make the second ...148.003.
#[test]
fn a_requirement_follows_its_worked_example() {
    let sol = steady(LONG, 100_000_000, 800_000);
    let ether = |side| steady(side, 100_000_000, 900_000);
    assert_eq!(needed(&[sol, ether(LONG)], NONE), 185_472_372);
    assert_eq!(needed(&[sol, ether(SHORT)], NONE), 74_833_149);
    // Half of 200 dollars is more than that, 30 % is not.
    assert_eq!(needed(&[sol, ether(SHORT)], Ppm(500_000)), 100_000_000);
    assert_eq!(needed(&[sol, ether(SHORT)], Ppm(300_000)), 74_833_149);
    assert_eq!(needed(&[sol, ether(SHORT)], Ppm(374_170)), 74_834_000);
    assert_eq!(book(&[sol, ether(SHORT)]).gross(), 200_000_000);
}

/// The floor is rounded up: 3 · 0.1 = 0.3.
#[test]
fn a_floor_is_a_share_of_the_gross_requirement_rounded_up() {
    let hedged = steady(LONG, 2, 500_000).with(SHORT, 1);
    let flat = steady(LONG, 7, 500_000).with(SHORT, 7);
    assert_eq!(needed(&[hedged], Ppm(400_000)), 2);
    assert_eq!(needed(&[flat], NONE), 0);
    assert_eq!(needed(&[flat], TENTH), 2);
    assert_eq!(needed(&[flat], Ppm(u32::MAX)), 14);
}

#[test]
fn an_empty_account_needs_nothing() {
    assert_eq!(needed(&[], TENTH), 0);
    assert_eq!(Portfolio::of(&steady(LONG, 0, 700_000)), Portfolio::default());
}

/// Common parts cancel, own parts do not: sqrt(2 · 0.19) · 100 = 61.6441400. A perfect hedge by loadings of one leaves the two
/// atoms of rounding.
#[test]
fn hedges_are_as_good_as_their_loadings() {
    let pair = |loading| [steady(LONG, 100_000_000, loading), steady(SHORT, 100_000_000, loading)];
    assert_eq!(needed(&pair(900_000), NONE), 61_644_141);
    assert_eq!(needed(&pair(1_000_000), NONE), 2);
    // Without a common factor signs do not matter: sqrt(2) · 100 = 141.4213562.
    assert_eq!(needed(&pair(0), NONE), 141_421_357);
    let same = [steady(LONG, 100_000_000, 0), steady(LONG, 100_000_000, 0)];
    assert_eq!(needed(&same, NONE), 141_421_357);
}

/// An atom below the bound the benefit is there, at the bound it is gone; taken out again, it is back.
#[test]
fn beyond_the_bound_the_gross_requirement_counts() {
    let half = GROSS_MAX / 2;
    let below = [steady(LONG, half, 900_000), steady(SHORT, half - 1, 900_000)];
    let risk = needed(&below, NONE) as f64;
    assert!((risk / half as f64 - 0.38f64.sqrt()).abs() < 1e-9, "{risk}");
    let at = [steady(LONG, half, 900_000), steady(SHORT, half, 900_000)];
    assert_eq!(needed(&at, NONE), i128::from(GROSS_MAX));
    assert_eq!(needed(&at, TENTH), i128::from(GROSS_MAX));
    let largest: Vec<_> = (0..24).map(|_| steady(LONG, u64::MAX, 900_000)).collect();
    assert_eq!(needed(&largest, NONE), 24 * i128::from(u64::MAX));
    let restored =
        largest.iter().fold(book(&below).plus(&book(&largest)), |sums, c| sums.minus(&Portfolio::of(c)));
    assert_eq!(restored, book(&below));
}

#[test]
fn what_does_not_fit_a_component_saturates_far_beyond_the_bound() {
    let full = steady(LONG, u64::MAX, 0);
    assert_eq!(full.with(LONG, 1), full);
    assert_eq!(full.with(SHORT, u64::MAX).with(SHORT, 1), full.with(SHORT, u64::MAX));
    assert_eq!(needed(&[full.with(SHORT, u64::MAX)], NONE), 2 * i128::from(u64::MAX));
}
