//! How much is taken over.

use super::{cases::*, *};
use crate::{size::FreeSize, trade::apply_trade};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// It reaches the target, and one lot fewer would not. Otherwise the whole position goes, because nothing less
    /// reaches the target. Where the factor is below one and a lot gains less than an atom, fewer may reach it
    /// exactly, but none with an atom to spare.
    #[test]
    fn the_size_is_the_least_that_reaches_the_target(case in any_case(1 << 24, false)) {
        let takeover = case.plan(&UNLIMITED).unwrap();
        let taken = takeover.base.0.unsigned_abs();
        let whole_lots = case.held() >> UNIT_BITS;
        prop_assert!(!takeover.is_limited);
        if taken % (1 << UNIT_BITS) == 0 && case.is_saved_by(taken >> UNIT_BITS) {
            let is_fine = case.claim_rounding() > 0 && case.atoms_per_lot() < 4;
            let spare = case.spare_after((taken >> UNIT_BITS) - 1);
            prop_assert!(spare < 0 || (is_fine && spare == 0), "{} atoms", spare);
        } else {
            prop_assert_eq!(taken, case.held());
            prop_assert!(case.spare_after(whole_lots) < case.claim_rounding());
        }
    }

    /// The same against a search that tries every number of lots, where rounding cannot disturb the order.
    #[test]
    fn the_size_is_what_trying_every_number_of_lots_finds(case in any_case(64, false)) {
        prop_assume!(case.atoms_per_lot() > 5);
        let taken = case.plan(&UNLIMITED).unwrap().base.0.unsigned_abs();
        let first = (1..=case.held() >> UNIT_BITS).find(|lots| case.is_saved_by(*lots));
        prop_assert_eq!(taken, first.map_or(case.held(), |lots| lots << UNIT_BITS));
    }

    /// Where each lot costs more than it frees, a part makes things worse: the whole position goes at once.
    #[test]
    fn beyond_the_toxic_frontier_the_whole_position_goes(
        case in any_case(1 << 16, false).prop_filter("a size premium makes the first lots worth more than the last", |case| {
            case.terms.free_size == FreeSize::UNLIMITED
        }),
        excess in 50_000i128..200_000,
    ) {
        // A discount above maintenance * (1 + buffer) + confidence, relative to the price.
        let price = i128::from(case.terms.point.price.0);
        let frontier = case.gain_per_lot() / price + i128::from(case.discount.0);
        let discount = Ppm((frontier + excess).try_into().unwrap());
        let case = Case { discount, ..case };
        // At prices of a few atoms rounding hides what a lot costs.
        prop_assume!(case.atoms_per_lot() < -2);
        let taken = case.plan(&UNLIMITED).unwrap().base.0;
        prop_assert_eq!(taken, case.position.units.0);
    }

    /// What would remain is dust, so it goes as well; and without dust it would not.
    #[test]
    fn dust_does_not_remain(case in any_case(1 << 16, false), dust in 0u64..1 << 30) {
        let notional = |quanta: u64| -> u128 {
            (u128::from(quanta) * u128::from(case.terms.point.price.0)).div_ceil(1 << 48)
        };
        let plain = case.plan(&UNLIMITED).unwrap().base.0.unsigned_abs();
        let taken = case.plan(&Limits { dust_atoms: dust, ..UNLIMITED }).unwrap().base.0.unsigned_abs();
        let is_dust = notional(case.held() - plain) <= u128::from(dust);
        prop_assert_eq!(taken, if is_dust { case.held() } else { plain });
    }

    /// At a whole price and a factor of one nothing is rounded against the account, and the law is exact: with a
    /// discount of at most equity / notional, equity' / notional' >= equity / notional, cross-multiplied.
    #[test]
    fn a_takeover_never_worsens_the_ratio(case in any_case(1 << 24, true), limits in any_limits()) {
        // Whole lots only.
        let quanta = case.position.units.0 / ONE_LOT * ONE_LOT;
        prop_assume!(quanta != 0);
        let mut case = case;
        case.terms.point.confidence.0 = case.terms.point.confidence.0 >> 32 << 32;
        case.position.units = Units(quanta);
        case.terms.haircut = HaircutIndex::default();
        let before = case.health();
        prop_assume!(before.equity > 0);
        let bound = before.equity * i128::from(PPM_ONE) / before.notional;
        case.discount = Ppm(case.discount.0.min(u32::try_from(bound).unwrap_or(u32::MAX)));
        if let Some(takeover) = case.plan(&limits) {
            let after = case.rest.plus(&position_health(&case.terms, &takeover.after.position).unwrap());
            prop_assert!(after.equity * before.notional >= before.equity * after.notional);
            prop_assert!(after.notional < before.notional);
        }
    }

    /// At any price rounding may take two atoms of equity (trade and value) and leave one of notional; below a factor
    /// of one a third goes when a profit becomes a claim.
    #[test]
    fn at_any_price_the_ratio_worsens_by_rounding_only(case in any_case(1 << 24, false), limits in any_limits()) {
        let before = case.health();
        if let Some(takeover) = case.plan(&limits) {
            let after = case.rest.plus(&position_health(&case.terms, &takeover.after.position).unwrap());
            let rounding = 2 + case.claim_rounding();
            prop_assert!((after.equity + rounding) * before.notional >= before.equity * (after.notional - 1));
        }
    }

    /// Budget, keeper and position are limits that nothing exceeds; and nothing is taken only if not even one lot
    /// (or the whole position) fits.
    #[test]
    fn no_limit_is_exceeded(case in any_case(1 << 24, false), limits in any_limits()) {
        let whole = case.health().minus(&case.rest).notional;
        let lot_atoms = u128::from(case.terms.point.price.0 >> PRICE_BITS) + 1;
        let Some(takeover) = case.plan(&limits) else {
            let is_room_for_a_lot = u128::from(limits.room_atoms) >= lot_atoms && case.held() >= 1 << UNIT_BITS;
            let is_room_for_all = i128::from(limits.room_atoms) >= whole;
            prop_assert!(limits.lots_max == 0 || !(is_room_for_a_lot || is_room_for_all));
            return Ok(());
        };
        let taken = takeover.base.0.unsigned_abs();
        prop_assert!(taken > 0 && taken <= case.held());
        prop_assert_eq!(takeover.base.0.signum(), case.position.units.0.signum());
        prop_assert!(taken % (1 << UNIT_BITS) == 0 || taken == case.held());
        prop_assert!(u128::from(taken) <= u128::from(limits.lots_max) << UNIT_BITS);
        prop_assert!(takeover.notional_atoms <= limits.room_atoms);
        let notional = (u128::from(taken) * u128::from(case.terms.point.price.0)).div_ceil(1 << 48);
        prop_assert_eq!(u128::from(takeover.notional_atoms), notional);
        let needed = case.plan(&Limits { dust_atoms: limits.dust_atoms, ..UNLIMITED }).unwrap().base.0.unsigned_abs();
        prop_assert!(taken <= needed);
        prop_assert_eq!(takeover.is_limited, taken < needed);
        match limits.quota {
            Quota::Whole => prop_assert_eq!(takeover.half_taken, None),
            // Half, rounded up to a lot, once; afterwards what is left of it.
            Quota::Half { taken: before, reading } => {
                let half = needed.div_ceil(2).div_ceil(1 << UNIT_BITS) << UNIT_BITS;
                let permitted = if reading > before.publish { half } else { before.left };
                prop_assert!(taken <= permitted);
                let after = takeover.half_taken.unwrap();
                prop_assert_eq!(after.publish, reading);
                prop_assert!(taken + after.left <= permitted);
            }
        }
    }

    /// Whatever a first takeover admitted, it and the second one together take what one would have taken: one lot
    /// more for each, and the lots whose gain rounding (six atoms: two trades, four values; and two claims) may take.
    #[test]
    fn two_partial_liquidations_never_exceed_one_full(case in any_case(1 << 20, false), limits in any_limits()) {
        let gain = case.atoms_per_lot();
        prop_assume!(gain > 0);
        let full = case.plan(&UNLIMITED).unwrap().base.0.unsigned_abs();
        let Some(first) = case.plan(&Limits { dust_atoms: 0, ..limits }) else { return Ok(()) };
        let taken = first.base.0.unsigned_abs();
        let remaining = Case { position: first.after.position, ..case.clone() };
        let after = remaining.health();
        if after.equity >= target_requirement(after.maintenance, &case.levels).unwrap() {
            prop_assert!(taken <= full);
            return Ok(());
        }
        if taken == case.held() {
            return Ok(());
        }
        let second = remaining.plan(&UNLIMITED).unwrap().base.0.unsigned_abs();
        let rounding = 6 + 2 * case.claim_rounding();
        let slack = u64::try_from(2 + rounding / gain).unwrap() << UNIT_BITS;
        prop_assert!(taken + second <= full + slack, "{} and {} of {}", taken, second, full);
    }

    /// The liquidator gets the base and the quote that the liquidatee gives, whatever it held before.
    #[test]
    fn what_leaves_the_liquidatee_arrives_at_the_liquidator(
        case in any_case(1 << 20, false), limits in any_limits(), held in -(1i64 << 40)..1 << 40,
        other_units in 0u64..1 << 40,
    ) {
        let Some(takeover) = case.plan(&limits) else { return Ok(()) };
        let owed = |position: &PositionState| {
            let pending = i128::from(position.units.0) * (case.terms.sides[0].earned.0 - position.checkpoint.0);
            let claim = case.terms.haircut.value_q48(&position.claim).cast_signed();
            (i128::from(position.quote.0) << 48) + claim + if position.units.0 == 0 { 0 } else { pending }
        };
        let liquidator = PositionState {
            units: Units(held),
            quote: QuoteAtoms(12_345),
            checkpoint: Earned(0),
            claim: Claim { units: other_units, epoch: 0 },
        };
        let quote = QuoteAtoms(-takeover.quote.0);
        let MarketTerms { sides, haircut, .. } = &case.terms;
        let received = apply_trade(&liquidator, sides, haircut, takeover.base, quote).unwrap();
        let (given, got) = (takeover.after, received);
        prop_assert_eq!(given.position.units.0 + got.position.units.0, case.position.units.0 + held);
        let residues = i128::from(given.residue_q48) + i128::from(got.residue_q48);
        let after = owed(&given.position) + owed(&got.position) + residues;
        prop_assert_eq!(after, owed(&case.position) + owed(&liquidator));
    }
}

/// 100 lots at 100, maintenance 1/16, target 1.25 times that: 7.8125 per lot. Equity 500.
fn worked(is_short: bool, discount: u32) -> Case {
    let quanta = if is_short { -100 * ONE_LOT } else { 100 * ONE_LOT };
    let price = Price(100 << PRICE_BITS);
    let terms = MarketTerms {
        point: PricePoint { price, ema: price, ..PricePoint::default() },
        initial: Ppm(125_000),
        maintenance: Ppm(62_500),
        free_size: FreeSize::UNLIMITED,
        profit_weight: Ppm(0),
        sides: [SideIndex::default(), SideIndex::default()],
        haircut: HaircutIndex::default(),
    };
    let quote = QuoteAtoms(if is_short { 10_500 } else { -9_500 });
    let position = PositionState { units: Units(quanta), quote, ..PositionState::default() };
    Case {
        terms,
        position,
        rest: Health::default(),
        levels: levels(250_000, 500_000),
        discount: Ppm(discount),
    }
}

/// Without a discount 500 supports 500 / 7.8125 = 64 lots, so 36 go. With 2 % each lot costs 2 of equity:
/// 500 - 2 x >= 7.8125 (100 - x) from x = 281.25 / 5.8125 = 48.4 on, so 49 go, for 98 or 102 each.
#[test]
fn the_size_follows_from_the_target() {
    for (is_short, sign) in [(false, 1), (true, -1)] {
        let free = worked(is_short, 0).plan(&UNLIMITED).unwrap();
        assert_eq!((free.base, free.quote), (Base(sign * 36 * ONE_LOT), QuoteAtoms(sign * 3_600)));
        let takeover = worked(is_short, 20_000).plan(&UNLIMITED).unwrap();
        let quote = if is_short { -49 * 102 } else { 49 * 98 };
        assert_eq!((takeover.base, takeover.quote), (Base(sign * 49 * ONE_LOT), QuoteAtoms(quote)));
        assert_eq!((takeover.notional_atoms, takeover.is_limited), (4_900, false));
        assert_eq!(takeover.after.position.units, Units(sign * 51 * ONE_LOT));
        // 49 lots cost 95 and bring 98, or brought 105 and cost 102: a profit of 147 in either case.
        let position = takeover.after.position;
        assert_eq!(position.quote.0 + 147, worked(is_short, 0).position.quote.0 + quote);
        assert_eq!(position.claim, Claim { units: 147, epoch: 0 });
    }
}

/// The 49 of the example above, cut: half of 49 is 24.5, rounded up to a lot at most; 1 000 atoms of room are 10
/// lots of 100, 999 are 9, and 99 not one; 51 lots remain, 5 100 atoms.
#[test]
fn limits_cut_the_size() {
    let lots = |limits: Limits| {
        let takeover = worked(false, 20_000).plan(&limits);
        takeover.map(|takeover| (takeover.base.0 / ONE_LOT, takeover.is_limited))
    };
    assert_eq!(lots(Limits { quota: HALF, ..UNLIMITED }), Some((24, true)));
    assert_eq!(lots(Limits { lots_max: 48, ..UNLIMITED }), Some((48, true)));
    assert_eq!(lots(Limits { lots_max: 49, ..UNLIMITED }), Some((49, false)));
    assert_eq!(lots(Limits { room_atoms: 1_000, ..UNLIMITED }), Some((10, true)));
    assert_eq!(lots(Limits { room_atoms: 999, ..UNLIMITED }), Some((9, true)));
    assert_eq!(lots(Limits { room_atoms: 99, ..UNLIMITED }), None);
    assert_eq!(lots(Limits { lots_max: 0, ..UNLIMITED }), None);
    assert_eq!(lots(Limits { dust_atoms: 5_099, ..UNLIMITED }), Some((49, false)));
    assert_eq!(lots(Limits { dust_atoms: 5_100, ..UNLIMITED }), Some((100, false)));
    // A lot at least, also of half of one.
    let small = Case {
        position: PositionState {
            units: Units(ONE_LOT),
            quote: QuoteAtoms(-99),
            ..worked(false, 0).position
        },
        ..worked(false, 0)
    };
    assert_eq!(small.plan(&Limits { quota: HALF, ..UNLIMITED }).unwrap().base, Base(ONE_LOT));
}

/// The first example again: 36 lots reach the target exactly, 64 * 7.8125 = 500. They cost 3 420 and bring 3 600, a
/// profit of 180, which is worth itself at a factor of 3/4 (240 units), and at 7/8 one atom less (205 units, 179.375).
/// That atom is missing, so one lot more goes: equity 499 for 63 lots, which need 492.2.
#[test]
fn an_atom_lost_in_a_claim_is_made_up_for_by_a_lot() {
    for (eighths, expected) in [(8, 36), (6, 36), (7, 37)] {
        let mut case = worked(false, 0);
        case.terms.haircut.factor_q48 = FACTOR_ONE_Q48 / 8 * eighths;
        let takeover = case.plan(&UNLIMITED).unwrap();
        assert_eq!(takeover.base, Base(expected * ONE_LOT), "at {eighths} eighths");
        assert!(case.is_saved_by(expected.cast_unsigned()));
    }
}

/// The long's 36 lots at a profit of 5 each leave a claim of 180 and a quote of -9 500 + 3 420. A short's 36 lots that
/// were sold at 95 are bought back at a loss: quote 9 500 - 3 600 and no claim; its equity is 1 000 less,
/// which the rest of the account brings.
#[test]
fn a_takeover_realises_profits_and_leaves_losses() {
    let long = worked(false, 0).plan(&UNLIMITED).unwrap().after.position;
    assert_eq!((long.quote, long.claim), (QuoteAtoms(-6_080), Claim { units: 180, epoch: 0 }));
    let mut case = worked(true, 0);
    case.position.quote = QuoteAtoms(9_500);
    case.rest.equity = 1_000;
    let short = case.plan(&UNLIMITED).unwrap().after.position;
    assert_eq!((short.quote, short.claim), (QuoteAtoms(5_900), Claim::default()));
}

#[test]
fn a_position_without_base_has_nothing_to_take_over() {
    let mut case = worked(false, 0);
    case.position.units = Units(0);
    let health = case.health();
    let input = TakeoverInput {
        health: &health,
        position: &case.position,
        terms: &case.terms,
        netting: None,
        levels: &case.levels,
        discount: Ppm(0),
        dust_atoms: 0,
        room_atoms: u64::MAX,
        lots_max: u64::MAX,
        quota: Quota::Whole,
    };
    assert_eq!(plan_takeover(&input), Err(RiskError::DomainError));
}
