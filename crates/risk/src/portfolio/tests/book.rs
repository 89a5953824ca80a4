//! What an account needs beyond what weights keep back.

use super::*;
use crate::portfolio::{Book, Holding, Netting};

const HALF: Ppm = Ppm(500_000);

fn loadings(both: u32) -> Loadings {
    Loadings { calm: Ppm(both), present: Ppm(both) }
}

fn holding(side: Side, position_atoms: u64, collateral_atoms: u64, loading: u32) -> Holding {
    Holding { position_atoms, side, collateral_atoms, loadings: loadings(loading) }
}

fn book_of(holdings: &[Holding]) -> Book {
    let mut book = Book::default();
    for holding in holdings {
        book.add(holding);
    }
    book
}

fn any_holding() -> impl Strategy<Value = Holding> {
    let collateral = prop_oneof![2 => Just(0), 1 => any_atoms()];
    (any_side(), any_atoms(), collateral, any_loadings()).prop_map(
        |(side, position_atoms, collateral_atoms, loadings)| Holding {
            position_atoms,
            side,
            collateral_atoms,
            loadings,
        },
    )
}

fn any_holdings() -> impl Strategy<Value = Vec<Holding>> {
    prop::collection::vec(any_holding(), 1..12)
}

fn positions(holdings: &[Holding]) -> i128 {
    holdings.iter().map(|holding| i128::from(holding.position_atoms)).sum()
}

/// 100 dollars for a position in SOL, 40 kept back of SOL or of ether as collateral, loadings of 0.8 and 0.9:
/// - SOL behind a long: R = 140, less the 40 that are kept back: 100, all of the position's own
/// - SOL behind a short: R = |40 − 100| = 60, less 40: 20, below half of 100, so 50
/// - ether behind the long: common parts 80 + 36 = 116, own 100²·0.36 + 40²·0.19 = 3 904: R = sqrt(17 360) = 131.76, less
///   40: 91.76
/// - an unrelated token: R = sqrt(100² + 40²) = 107.70, less 40: 67.70
#[test]
fn collateral_that_falls_with_its_position_saves_nothing() {
    let dollars = |atoms: i128| (atoms as f64 / 1e4).round() / 100.0;
    let needed = |holdings: &[Holding]| dollars(book_of(holdings).requirement(HALF));
    let (hundred, forty) = (100_000_000, 40_000_000);
    let sol = |side| holding(side, hundred, 0, 800_000);
    let other = |loading| holding(LONG, 0, forty, loading);
    assert_eq!(needed(&[holding(LONG, hundred, forty, 800_000)]), 100.0);
    assert_eq!(needed(&[holding(SHORT, hundred, forty, 800_000)]), 50.0);
    assert_eq!(needed(&[sol(LONG), other(900_000)]), 91.76);
    assert_eq!(needed(&[sol(LONG), other(0)]), 67.7);
    assert_eq!(needed(&[sol(LONG)]), 100.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Never more than positions need one by one, never less than the floor's share of that.
    #[test]
    fn a_book_needs_between_its_floor_and_all_of_its_positions(holdings in any_holdings(), floor in 0u32..=1_000_000) {
        let (needed, all) = (book_of(&holdings).requirement(Ppm(floor)), positions(&holdings));
        prop_assert!(needed <= all, "{} of {}", needed, all);
        prop_assert!(needed * 1_000_000 >= all * i128::from(floor));
    }

    #[test]
    fn with_a_floor_of_one_positions_are_margined_one_by_one(holdings in any_holdings()) {
        prop_assert_eq!(book_of(&holdings).requirement(Ppm(1_000_000)), positions(&holdings));
    }

    /// Two accounts never gain by being two.
    #[test]
    fn splitting_an_account_never_lowers_what_it_needs(
        (left, right) in (any_holdings(), any_holdings()), floor in 0u32..=1_000_000,
    ) {
        let floor = Ppm(floor);
        let both: Vec<_> = left.iter().chain(&right).copied().collect();
        let apart = book_of(&left).requirement(floor) + book_of(&right).requirement(floor);
        // Each component may cost two atoms of rounding, and small gross requirements up to their root.
        let rounding = 2 * both.len() as i128 + 2 + (2.0 * positions(&both) as f64).sqrt().min(64.0) as i128;
        prop_assert!(book_of(&both).requirement(floor) <= apart + rounding);
    }

    #[test]
    fn a_holding_taken_out_leaves_no_trace(holdings in any_holdings(), other in any_holding()) {
        let before = book_of(&holdings);
        let mut book = before;
        book.add(&other);
        prop_assert_eq!(book.without(&other), before);
    }

    /// Seen from any of its positions the account needs the same.
    #[test]
    fn netting_needs_what_the_book_needs(
        holdings in any_holdings(), at in any::<prop::sample::Index>(), floor in 0u32..=1_000_000,
    ) {
        let (book, seen) = (book_of(&holdings), at.get(&holdings));
        let netting = Netting::new(&book, seen, Ppm(floor));
        prop_assert_eq!(netting.requirement(seen.side, seen.position_atoms), book.requirement(Ppm(floor)));
    }

    /// What goes never raises what the account needs, but for the rounding of small numbers, and where anything goes at
    /// all of a large position, all of it lowers the requirement.
    #[test]
    fn what_may_go_never_raises_the_requirement(
        holdings in any_holdings(), at in any::<prop::sample::Index>(), floor in 0u32..=1_000_000,
        part in 0u64..=1_000,
    ) {
        let (book, seen) = (book_of(&holdings), at.get(&holdings));
        let netting = Netting::new(&book, seen, Ppm(floor));
        let kept = netting.kept_atoms(seen.side, seen.position_atoms);
        prop_assert!(kept <= seen.position_atoms);
        let left = seen.position_atoms - (seen.position_atoms - kept) / 1_000 * part;
        let rounding = 2 * holdings.len() as i128 + 2;
        let needed = |atoms| netting.requirement(seen.side, atoms);
        prop_assert!(needed(left) <= needed(seen.position_atoms) + rounding);
    }

    /// Against trying sizes: without a floor, and with one set of loadings, no size below what is kept needs less.
    #[test]
    fn what_is_kept_is_where_the_requirement_is_least(
        rest in prop::collection::vec((any_side(), 1u64 << 20..1 << 40, any_loading()), 1..8),
        side in any_side(), atoms in 1u64 << 20..1 << 40, loading in any_loading(),
    ) {
        let mut holdings: Vec<_> = rest.into_iter().map(|(side, atoms, l)| holding(side, atoms, 0, l)).collect();
        let seen = holding(side, atoms, 0, loading);
        holdings.push(seen);
        let netting = Netting::new(&book_of(&holdings), &seen, NONE);
        let kept = netting.kept_atoms(side, atoms);
        let needed = |atoms| netting.requirement(side, atoms);
        for step in 0..=64u64 {
            let tried = atoms / 64 * step;
            prop_assert!(needed(kept) <= needed(tried) + 20, "{} needs {}, {} needs {}", kept, needed(kept), tried, needed(tried));
        }
    }

    /// Nobody is locked in: of accounts without collateral some position can always be made smaller.
    #[test]
    fn not_every_position_is_a_hedge(
        rest in prop::collection::vec((any_side(), 1u64 << 30..1 << 40, any_loadings()), 1..10), floor in 0u32..=1_000_000,
    ) {
        let of = |(side, atoms, loadings): (Side, u64, Loadings)| Holding {
            position_atoms: atoms, side, collateral_atoms: 0, loadings,
        };
        let holdings: Vec<_> = rest.into_iter().map(of).collect();
        let book = book_of(&holdings);
        let can_shrink = holdings.iter().any(|seen| {
            let netting = Netting::new(&book, seen, Ppm(floor));
            netting.kept_atoms(seen.side, seen.position_atoms) < seen.position_atoms
        });
        prop_assert!(can_shrink);
    }
}

/// SOL long of 100, ether short of 300 with loadings of 0.8 and 0.9: the best size of SOL is 0.8 · 0.9 · 300 = 216, more than
/// there is, so all of it is a hedge. Of ether the best size is 0.9 · 0.8 · 100 = 72.
#[test]
fn a_hedge_stays_and_what_it_hedges_goes_down_to_its_best_size() {
    let (sol, ether) = (holding(LONG, 100_000_000, 0, 800_000), holding(SHORT, 300_000_000, 0, 900_000));
    let book = book_of(&[sol, ether]);
    let kept =
        |seen: &Holding| Netting::new(&book, seen, Ppm(250_000)).kept_atoms(seen.side, seen.position_atoms);
    assert_eq!((kept(&sol), kept(&ether)), (100_000_000, 72_000_000));
    // SOL as collateral behind a short: 100 against 40 kept back, the best size of the short is 40.
    let short = holding(SHORT, 100_000_000, 40_000_000, 800_000);
    let netting = Netting::new(&book_of(&[short]), &short, Ppm(250_000));
    assert_eq!(netting.kept_atoms(SHORT, 100_000_000), 40_000_000);
    // Alone, everything goes.
    let netting = Netting::new(&book_of(&[sol]), &sol, Ppm(250_000));
    assert_eq!(netting.kept_atoms(LONG, 100_000_000), 0);
}

/// A position that the present loadings call a hedge and the calm ones, which ask for more, do not: what goes lowers the
/// larger of the two.
#[test]
fn where_the_two_sets_of_loadings_disagree_the_larger_requirement_falls() {
    let mixed = |calm, present| Loadings { calm: Ppm(calm), present: Ppm(present) };
    let of = |side, position_atoms, loadings| Holding { position_atoms, side, collateral_atoms: 0, loadings };
    // Calm: independent, sqrt(100² + 300²) = 316.2. At present: 0.95 each, 300 against 100.
    let small = of(LONG, 100_000_000, mixed(0, 950_000));
    let large = of(SHORT, 300_000_000, mixed(0, 950_000));
    let book = book_of(&[small, large]);
    let netting = Netting::new(&book, &small, Ppm(250_000));
    let kept = netting.kept_atoms(LONG, 100_000_000);
    assert!(kept < 100_000_000);
    assert!(netting.requirement(LONG, kept) < book.requirement(Ppm(250_000)));
}
