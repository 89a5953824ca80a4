//! How much is taken over from an account that is margined as a portfolio.

use super::{cases::*, *};
use crate::{
    portfolio::{Book, Holding, Loadings, Netting},
    size::FreeSize,
    trade::apply_trade,
};

const FLOOR: Ppm = Ppm(250_000);

/// An account in distress with one position in the touched market and other holdings.
#[derive(Clone, Debug)]
struct Netted {
    case: Case,
    netting: Netting,
}

fn loadings(pair: (u32, u32)) -> Loadings {
    Loadings { calm: Ppm(pair.0.min(pair.1)), present: Ppm(pair.0.max(pair.1)) }
}

impl Netted {
    /// Equity is so many thousandths of what the account needs.
    fn new(mut case: Case, others: &[Holding], own: (u64, Loadings), equity_permille: i128) -> Self {
        let position = position_health(&case.terms, &case.position).unwrap();
        let holding = Holding {
            position_atoms: u64::try_from(position.maintenance).unwrap(),
            side: case.side(),
            collateral_atoms: own.0,
            loadings: own.1,
        };
        let mut book = Book::default();
        for holding in others.iter().chain([&holding]) {
            book.add(holding);
        }
        let netting = Netting::new(&book, &holding, FLOOR);
        let needed = book.requirement(FLOOR);
        case.rest.maintenance = needed - position.maintenance;
        case.rest.equity = needed * equity_permille / 1_000 - position.equity;
        // As `discount` bounds it.
        let notional = (case.rest.notional + position.notional).max(1);
        let bound = needed * equity_permille / 1_000 * i128::from(PPM_ONE) / notional;
        case.discount = Ppm(case.discount.0.min(u32::try_from(bound).unwrap_or(u32::MAX)));
        Self { case, netting }
    }

    fn input<'a>(&'a self, health: &'a Health) -> TakeoverInput<'a> {
        TakeoverInput {
            health,
            position: &self.case.position,
            terms: &self.case.terms,
            netting: Some(&self.netting),
            levels: &self.case.levels,
            discount: self.case.discount,
            dust_atoms: 0,
            room_atoms: u64::MAX,
            lots_max: u64::MAX,
            quota: Quota::Whole,
        }
    }

    fn lots_taken(&self) -> u64 {
        let health = self.case.health();
        plan_takeover(&self.input(&health)).unwrap().map_or(0, |t| t.base.0.unsigned_abs() >> UNIT_BITS)
    }

    /// Lots that may go before the account would be left worse, `None` for all: in proportion to what is kept of the
    /// requirement, and two thirds of that from a requirement with a size premium.
    fn helpful_lots(&self) -> Option<u64> {
        let own = position_health(&self.case.terms, &self.case.position).unwrap();
        let kept =
            i128::from(self.netting.kept_atoms(self.case.side(), u64::try_from(own.maintenance).unwrap()));
        let freed = own.maintenance - kept;
        let is_raised = own.notional > i128::from(self.case.terms.free_size.atoms());
        let freed = if is_raised { freed * 2 / 3 } else { freed };
        let lots = i128::from(self.case.held() >> UNIT_BITS) * freed;
        // as-safety: at most all lots.
        (kept > 0).then(|| ((lots + own.maintenance - 1) / own.maintenance) as u64)
    }

    /// Requirement, and equity beyond the target, after some lots were taken over.
    fn after(&self, lots: u64) -> (i128, i128) {
        let case = &self.case;
        let base = Base(case.position.units.0.signum() * (lots << UNIT_BITS).cast_signed());
        let quote = takeover_quote(case.side(), base, case.terms.point.price, case.discount).unwrap();
        let MarketTerms { sides, haircut, .. } = &case.terms;
        let position = apply_trade(&case.position, sides, haircut, Base(-base.0), quote).unwrap().position;
        let own = position_health(&case.terms, &position).unwrap();
        let needed = self.netting.requirement(case.side(), u64::try_from(own.maintenance).unwrap());
        let equity = case.rest.equity + own.equity;
        (needed, equity - target_requirement(needed, &case.levels).unwrap())
    }
}

fn any_holding() -> impl Strategy<Value = Holding> {
    let loading = 0u32..=1_000_000;
    let side = prop_oneof![Just(Side::Long), Just(Side::Short)];
    (side, 1u64 << 12..1 << 36, (loading.clone(), loading)).prop_map(|(side, atoms, pair)| Holding {
        position_atoms: atoms,
        side,
        collateral_atoms: 0,
        loadings: loadings(pair),
    })
}

/// Whole lots of at least 2^15 atoms at a factor of one, so that nothing but the requirement bends the shortfall.
fn any_netted(lots_max: i64) -> impl Strategy<Value = Netted> {
    let loading = 0u32..=1_000_000;
    let own = (prop_oneof![2 => Just(0u64), 1 => 1u64 << 12..1 << 30], (loading.clone(), loading));
    (any_case(lots_max, true), prop::collection::vec(any_holding(), 0..6), own, 1i128..1_000).prop_map(
        |(mut case, others, own, equity_permille)| {
            let quanta = (case.position.units.0 / ONE_LOT).max(1) * ONE_LOT;
            case.position.units = Units(if case.side() == Side::Short { -quanta } else { quanta });
            case.terms.point.price.0 |= 1 << 47;
            case.terms.haircut = HaircutIndex::default();
            case.position.claim = Claim::default();
            Netted::new(case, &others, (own.0, loadings(own.1)), equity_permille)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// The same as trying every number of lots up to where making the position smaller still helps: the least that reaches
    /// the target, or all of them. Rounding moves the crossing by a lot where a lot is worth a few atoms.
    #[test]
    fn the_size_is_the_least_helpful_one_that_reaches_the_target(netted in any_netted(64)) {
        let lots = netted.case.held() >> UNIT_BITS;
        let helpful = netted.helpful_lots().unwrap_or(lots);
        let expected = (1..=helpful).find(|lots| netted.after(*lots).1 >= 0).unwrap_or(helpful);
        let taken = netted.lots_taken();
        let is_on_the_edge = netted.after(taken).1.abs() < 64 || netted.after(expected).1.abs() < 64;
        prop_assert!(taken == expected || is_on_the_edge, "{} instead of {}", taken, expected);
    }

    /// However large: it reaches the target and a lot fewer does not, or all that helps is taken.
    #[test]
    fn a_large_position_is_sized_as_well(netted in any_netted(1 << 24)) {
        let taken = netted.lots_taken();
        if taken == 0 {
            prop_assert_eq!(netted.helpful_lots(), Some(0));
        } else if netted.after(taken).1 >= 0 {
            prop_assert!(netted.after(taken - 1).1 < 8, "{} too much", netted.after(taken - 1).1);
        } else {
            let all = netted.case.held() >> UNIT_BITS;
            prop_assert!(taken >= netted.helpful_lots().unwrap_or(all));
        }
    }

    /// What is told of the account afterwards is what a new valuation would find.
    #[test]
    fn the_account_after_a_takeover_is_told_as_it_is(netted in any_netted(1 << 20), is_netted in any::<bool>()) {
        let health = netted.case.health();
        let input = TakeoverInput { netting: is_netted.then_some(&netted.netting), ..netted.input(&health) };
        let Some(takeover) = plan_takeover(&input).unwrap() else { return Ok(()) };
        let found = health_after(&input, &takeover.after.position).unwrap();
        let own = position_health(&netted.case.terms, &takeover.after.position).unwrap();
        let alone = netted.case.rest.plus(&own);
        prop_assert_eq!((found.equity, found.notional), (alone.equity, alone.notional));
        let lots = takeover.base.0.unsigned_abs() >> UNIT_BITS;
        prop_assert_eq!(found.maintenance, if is_netted { netted.after(lots).0 } else { alone.maintenance });
    }

    /// Whoever liquidates chooses the market, but not to the harm of the account.
    #[test]
    fn no_takeover_raises_what_the_account_needs(netted in any_netted(1 << 20)) {
        let taken = netted.lots_taken();
        // The last lot may pass the best size by less than itself.
        let lot = position_health(&netted.case.terms, &netted.case.position).unwrap().maintenance
            / i128::from(netted.case.held() >> UNIT_BITS);
        prop_assert!(netted.after(taken).0 <= netted.after(0).0 + lot + 16);
    }
}

/// A long of ten lots at 100 with 10 % maintenance, so 100 atoms needed of its own; a short elsewhere needs 300; loadings of one
/// and no floor that matters: together 200 and the long is a hedge. With an equity of 150 nothing of it is taken.
#[test]
fn a_hedge_is_left_alone() {
    let price = Price(100_000_000 << PRICE_BITS);
    let point = PricePoint { price, confidence: Price(0), ema: price, drift: Price(0) };
    let terms = MarketTerms {
        point,
        initial: Ppm(PPM_ONE),
        maintenance: Ppm(100_000),
        free_size: FreeSize::UNLIMITED,
        profit_weight: Ppm(0),
        sides: [SideIndex::default(), SideIndex::default()],
        haircut: HaircutIndex::default(),
    };
    let position = |lots: i64| PositionState { units: Units(lots * ONE_LOT), ..PositionState::default() };
    let levels = LiquidationLevels { target_buffer: Ppm(100_000), critical: Ppm(500_000) };
    let case =
        |lots| Case { terms, position: position(lots), rest: health(0, 0, 0), levels, discount: Ppm(0) };
    let short = Holding {
        position_atoms: 300_000_000,
        side: Side::Short,
        collateral_atoms: 0,
        loadings: loadings((1_000_000, 1_000_000)),
    };
    let one = loadings((1_000_000, 1_000_000));
    let long = Netted::new(case(10), &[short], (0, one), 750);
    let sums = long.case.health();
    assert_eq!(plan_takeover(&long.input(&sums)), Ok(None));
    assert_eq!(is_hedge(&long.input(&sums)), Ok(true));
    // The other side of the same account: 30 lots short against a long of 100. Each lot of 10 lowers 200 by 10; equity is
    // 150, the target 1.1 times: 200 − 10 n <= 150 / 1.1 = 136.4 from n = 7 on.
    let hedge = Holding { position_atoms: 100_000_000, side: Side::Long, ..short };
    let short = Netted::new(case(-30), &[hedge], (0, one), 750);
    assert_eq!(is_hedge(&short.input(&short.case.health())), Ok(false));
    assert_eq!(short.lots_taken(), 7);
}

/// A long of 40 lots at 100 with 10 % maintenance is four times the free size: twice 400 of its own; a short elsewhere needs 300,
/// loadings of one. The long is best at a requirement of 300: 10 n · sqrt(n / 10) = 300 at n = 20.8 lots, so 19 may go. In
/// proportion 40 · 500 / 800 = 25 would; two thirds of that, 16.7, are 17 whole lots.
#[test]
fn of_a_large_position_no_more_goes_than_makes_the_account_better() {
    let price = Price(100_000_000 << PRICE_BITS);
    let one = loadings((1_000_000, 1_000_000));
    let case = Case {
        terms: MarketTerms {
            point: PricePoint { price, confidence: Price(0), ema: price, drift: Price(0) },
            initial: Ppm(PPM_ONE),
            maintenance: Ppm(100_000),
            free_size: FreeSize::of_atoms(1_000_000_000),
            profit_weight: Ppm(0),
            sides: [SideIndex::default(), SideIndex::default()],
            haircut: HaircutIndex::default(),
        },
        position: PositionState { units: Units(40 * ONE_LOT), ..PositionState::default() },
        rest: health(0, 0, 0),
        levels: LiquidationLevels { target_buffer: Ppm(100_000), critical: Ppm(500_000) },
        discount: Ppm(0),
    };
    let short =
        Holding { position_atoms: 300_000_000, side: Side::Short, collateral_atoms: 0, loadings: one };
    // Hardly any equity: all that helps is taken.
    let netted = Netted::new(case, &[short], (0, one), 1);
    // Of two components an atom of rounding each.
    assert!((500_000_000..500_000_008).contains(&netted.after(0).0));
    assert_eq!(netted.lots_taken(), 17);
}
