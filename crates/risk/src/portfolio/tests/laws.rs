//! Laws of the requirement over any account.

use super::*;

/// What rounding may add: see the module's text, without a floor. (risk + 2n)² + 2 · gross bounds the square.
fn rounding_max(components: &[Component], risk: f64) -> f64 {
    let (n, gross) = (components.len() as f64, gross(components) as f64);
    ((risk + 2.0 * n).powi(2) + 2.0 * gross).sqrt() - risk + 1.0
}

fn signed(components: &[Component], sides: impl Fn(usize) -> Side) -> Vec<Component> {
    let with_side = |(at, c): (usize, &Component)| Component::new(sides(at), c.net().1, c.loadings);
    components.iter().enumerate().map(with_side).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Whatever its loading, a market alone needs what it needs in isolation.
    #[test]
    fn one_component_needs_its_isolated_requirement(
        side in any_side(), atoms in any::<u64>(), loadings in any_loadings(), floor in 0u32..=1_000_000,
    ) {
        let alone = Component::new(side, atoms, loadings);
        prop_assert_eq!(needed(&[alone], Ppm(floor)), i128::from(atoms));
    }

    /// What adds up within one asset adds up in full, what nets within one nets in full but for one atom of rounding.
    #[test]
    fn one_asset_needs_its_net_requirement(
        side in any_side(), atoms in any_atoms(), more in any_atoms(), loadings in any_loadings(),
    ) {
        let alone = Component::new(side, atoms, loadings);
        prop_assert_eq!(needed(&[alone.with(side, more)], NONE), i128::from(atoms + more));
        let netted = needed(&[alone.with(side.opposite(), more)], NONE);
        let net = i128::from(atoms.abs_diff(more));
        prop_assert!(netted >= net && netted <= net + 1, "{} instead of {}", netted, net);
    }

    #[test]
    fn a_requirement_lies_between_floor_and_gross(book in any_book(), floor in 0u32..=1_000_000) {
        let (needed, gross) = (needed(&book, Ppm(floor)), gross(&book));
        prop_assert!(needed <= gross);
        prop_assert!(needed * 1_000_000 >= gross * i128::from(floor));
    }

    /// Of the same sizes: turning any of them around offsets something.
    #[test]
    fn same_sides_cost_at_least_as_much_as_any_others(book in any_book(), sides in any::<u32>()) {
        let mixed = signed(&book, |at| if sides >> at & 1 == 0 { LONG } else { SHORT });
        let (long, short) = (signed(&book, |_| LONG), signed(&book, |_| SHORT));
        prop_assert!(needed(&long, NONE) >= needed(&mixed, NONE));
        prop_assert_eq!(needed(&long, NONE), needed(&short, NONE));
    }

    /// Both sides are treated alike.
    #[test]
    fn a_mirrored_account_needs_the_same(book in any_book(), floor in 0u32..=1_000_000) {
        let mirrored: Vec<_> = book
            .iter()
            .map(|c| Component { long_atoms: c.short_atoms, short_atoms: c.long_atoms, loadings: c.loadings })
            .collect();
        prop_assert_eq!(needed(&mirrored, Ppm(floor)), needed(&book, Ppm(floor)));
    }

    #[test]
    fn more_of_a_one_sided_book_never_costs_less(
        book in any_book(), at in any::<prop::sample::Index>(), more in any_atoms(), floor in 0u32..=1_000_000,
    ) {
        prop_assume!(!book.is_empty());
        let book = signed(&book, |_| SHORT);
        let mut larger = book.clone();
        let grown = at.get_mut(&mut larger);
        *grown = grown.with(SHORT, more);
        prop_assert!(needed(&larger, Ppm(floor)) >= needed(&book, Ppm(floor)));
    }

    /// Without a floor: k times everything needs k times as much, up to the rounding of both.
    #[test]
    fn a_requirement_scales_with_the_account(book in any_book(), factor in 1u64..1_000) {
        let scaled: Vec<_> = book
            .iter()
            .map(|c| Component {
                long_atoms: c.long_atoms * factor, short_atoms: c.short_atoms * factor, loadings: c.loadings,
            })
            .collect();
        let (once, often) = (needed(&book, NONE) as f64, needed(&scaled, NONE) as f64);
        let risk = exact(&book, NONE);
        let k = factor as f64;
        prop_assert!(often >= k * once - k * rounding_max(&book, risk) - 1.0);
        prop_assert!(often <= k * once + rounding_max(&scaled, k * risk) + 1.0);
    }

    #[test]
    fn the_order_of_components_does_not_matter(
        (book, shuffled) in any_book().prop_flat_map(|book| (Just(book.clone()), Just(book).prop_shuffle())),
    ) {
        prop_assert_eq!(super::book(&book), super::book(&shuffled));
    }

    /// Of any size, also beyond what can be squared.
    #[test]
    fn taking_out_restores_exactly(
        book in any_book(), atoms in any::<[u64; 2]>(), loadings in any_loadings(), in_place in any_component(),
    ) {
        let before = super::book(&book);
        let other = Component { long_atoms: atoms[0], short_atoms: atoms[1], loadings };
        let contribution = Portfolio::of(&other);
        prop_assert_eq!(before.plus(&contribution).minus(&contribution), before);
        // Another size in its place is the account with that size.
        let replaced = before.plus(&contribution).plus(&Portfolio::of(&in_place)).minus(&contribution);
        let mut added = before;
        added.add(&in_place);
        prop_assert_eq!(replaced, added);
    }

    /// Splitting an account never gains: two need at least what one needs, up to rounding.
    #[test]
    fn merging_accounts_never_costs_more(one in any_book(), other in any_book(), floor in 0u32..=1_000_000) {
        let both: Vec<_> = one.iter().chain(&other).copied().collect();
        let apart = needed(&one, Ppm(floor)) + needed(&other, Ppm(floor));
        let together = needed(&both, Ppm(floor)) as f64;
        prop_assert!(together <= apart as f64 + rounding_max(&both, exact(&both, NONE)), "{} and {}", together, apart);
    }
}

/// All accounts of two components up to 6 atoms, all equities around: never below the exact value, and above it by what is stated.
#[test]
fn small_accounts_are_right_without_exception() {
    let loadings = [0, 1, 300_000, 700_000, 999_999, 1_000_000];
    let mut components = Vec::new();
    for atoms in 0..=6u64 {
        for loading in loadings {
            components.extend([steady(LONG, atoms, loading), steady(SHORT, atoms, loading)]);
        }
    }
    for first in &components {
        for second in &components {
            let pair = [*first, *second];
            for floor in [NONE, TENTH, Ppm(600_000)] {
                let required = needed(&pair, floor) as f64;
                let exact = exact(&pair, floor);
                assert!(required >= exact - 1e-9, "{pair:?}");
                assert!(required <= exact + rounding_max(&pair, exact), "{pair:?}");
            }
        }
    }
}
