use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::{
    claim::{Claim, FACTOR_ONE_Q48},
    side::RESIDUE_BITS,
    units::{Scale, SCALE_BITS},
};

mod claims;

const ONE_LOT: i64 = 1 << UNIT_BITS;

fn lots(count: i64) -> Base {
    Base(count * ONE_LOT)
}

fn flat() -> PositionState {
    PositionState::default()
}

fn any_earned() -> impl Strategy<Value = Earned> + Clone {
    (-(1i128 << 58)..1 << 58, 0u32..58).prop_map(|(earned, shift)| Earned(earned >> shift))
}

/// Two sides that were never deleveraged, each with its own earned index.
fn any_sides() -> impl Strategy<Value = [SideIndex; 2]> {
    let side = any_earned().prop_map(|earned| SideIndex { scale: Scale::ONE, earned });
    (side.clone(), side).prop_map(|(long, short)| [long, short])
}

/// Two sides with any scale of (2^-20, 1].
fn any_scaled_sides() -> impl Strategy<Value = [SideIndex; 2]> {
    let side = (any_earned(), (1u64 << (SCALE_BITS - 20)) + 1..=Scale::ONE.0)
        .prop_map(|(earned, scale)| SideIndex { scale: Scale(scale), earned });
    (side.clone(), side).prop_map(|(long, short)| [long, short])
}

/// Up to 2^30 lots of either sign.
fn any_lots() -> impl Strategy<Value = i64> {
    (-(1i64 << 30)..=1 << 30, 0u32..30).prop_map(|(lots, shift)| lots >> shift)
}

/// The factor is one, or down to 2^-8: every profit of these tests then fits the units of a claim.
fn any_haircut() -> impl Strategy<Value = HaircutIndex> {
    let cut = (FACTOR_ONE_Q48 / 2..FACTOR_ONE_Q48, 0u32..8).prop_map(|(factor, shift)| factor >> shift);
    prop_oneof![1 => Just(FACTOR_ONE_Q48), 2 => cut]
        .prop_map(|factor_q48| HaircutIndex { factor_q48, epoch: 3 })
}

/// None, a live one, or one of an older epoch.
fn any_claim() -> impl Strategy<Value = Claim> {
    let units = (1u64..1 << 58, 0u32..58).prop_map(|(units, shift)| units >> shift);
    (prop_oneof![1 => Just(0u64), 2 => units], prop_oneof![1 => Just(2u16), 4 => Just(3u16)])
        .prop_map(|(units, epoch)| Claim { units, epoch })
}

fn any_position() -> impl Strategy<Value = PositionState> {
    let units = (-(1i64 << 46)..1 << 46, 0u32..46).prop_map(|(units, shift)| Units(units >> shift));
    (units, -(1i64 << 50)..1 << 50, any_earned(), any_claim()).prop_map(
        |(units, quote, checkpoint, claim)| PositionState {
            units,
            quote: QuoteAtoms(quote),
            checkpoint,
            claim,
        },
    )
}

/// Units of a claim of the epoch, times the factor.
fn claim_q48(claim: &Claim, haircut: &HaircutIndex) -> i128 {
    if claim.epoch == haircut.epoch {
        i128::from(claim.units) * i128::from(haircut.factor_q48)
    } else {
        0
    }
}

/// What a position is owed, in 2^-48 atoms: its quote, its claim and its pending earnings, exactly.
fn owed_q48(position: &PositionState, sides: &[SideIndex; 2], haircut: &HaircutIndex) -> i128 {
    let index = if position.units.0 >= 0 { &sides[0] } else { &sides[1] };
    let pending = match position.units.0 {
        0 => 0,
        units => i128::from(units) * (index.earned.0 - position.checkpoint.0),
    };
    (i128::from(position.quote.0) << RESIDUE_BITS) + pending + claim_q48(&position.claim, haircut)
}

fn traded_q48(traded: &Traded, haircut: &HaircutIndex) -> i128 {
    let claim = claim_q48(&traded.position.claim, haircut);
    (i128::from(traded.position.quote.0) << RESIDUE_BITS) + claim + i128::from(traded.residue_q48)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn buying_and_selling_at_one_price_costs_the_fees_and_leaves_nothing(
        sides in any_sides(), count in 1i64..1 << 30, price in 0i64..1 << 30, fees in (0i64..1 << 40, 0i64..1 << 40),
        is_short in any::<bool>(), haircut in any_haircut(),
    ) {
        let base = lots(if is_short { -count } else { count });
        let value = if is_short { -count * price } else { count * price };
        let opened = apply_trade(&flat(), &sides, &haircut, base, QuoteAtoms(-value - fees.0)).unwrap();
        prop_assert_eq!(opened.position.units.0, base.0);
        let closed =
            apply_trade(&opened.position, &sides, &haircut, Base(-base.0), QuoteAtoms(value - fees.1)).unwrap();
        let expected = PositionState { quote: QuoteAtoms(-fees.0 - fees.1), ..flat() };
        prop_assert_eq!((opened.residue_q48, closed), (0, Traded { position: expected, residue_q48: 0 }));
    }

    /// Whole atoms and residue are together what was owed; realising again finds nothing.
    #[test]
    fn realising_splits_what_is_owed_exactly(
        position in any_position(), sides in any_scaled_sides(), haircut in any_haircut(),
    ) {
        let realised = realise(&position, &sides).unwrap();
        prop_assert_eq!(traded_q48(&realised, &haircut), owed_q48(&position, &sides, &haircut));
        prop_assert!(realised.residue_q48 < 1 << RESIDUE_BITS);
        prop_assert_eq!(realised.position.units, position.units);
        prop_assert_eq!(realised.position.claim, position.claim);
        let again = realise(&realised.position, &sides).unwrap();
        prop_assert_eq!(again, Traded { position: realised.position, residue_q48: 0 });
    }

    /// A taker against several makers at one price, each with a position of its own: what all are owed changes by the
    /// fees, to the last fraction, and the base does not change at all.
    #[test]
    fn a_fill_is_a_zero_sum_but_for_the_fees(
        taker in any_position(), sides in any_sides(), price in 0i64..1 << 20, taker_fee in 0i64..1 << 30,
        makers in prop::collection::vec((any_position(), any_lots(), 0i64..1 << 20), 1..8),
        haircut in any_haircut(),
    ) {
        let before: Vec<PositionState> = makers.iter().map(|maker| maker.0).chain([taker]).collect();
        let mut after: Vec<Traded> = Vec::new();
        let (mut taken, mut fees) = (0, taker_fee);
        for (maker, count, fee) in makers {
            let quote = QuoteAtoms(-count * price - fee);
            after.push(apply_trade(&maker, &sides, &haircut, lots(count), quote).unwrap());
            (taken, fees) = (taken - count, fees + fee);
        }
        let quote = QuoteAtoms(-taken * price - taker_fee);
        after.push(apply_trade(&taker, &sides, &haircut, lots(taken), quote).unwrap());
        let owed_before: i128 = before.iter().map(|position| owed_q48(position, &sides, &haircut)).sum();
        let owed_after: i128 = after.iter().map(|traded| traded_q48(traded, &haircut)).sum();
        prop_assert_eq!(owed_after, owed_before - (i128::from(fees) << RESIDUE_BITS));
        let base_before: i64 = before.iter().map(|position| position.units.0).sum();
        let base_after: i64 = after.iter().map(|traded| traded.position.units.0).sum();
        prop_assert_eq!(base_before, base_after);
    }

    /// After a turn-around nothing depends on the old side any more, and the new one starts at its present index.
    #[test]
    fn turning_around_leaves_nothing_on_the_old_side(
        position in any_position(), sides in any_sides(), beyond in 1i64..1 << 40, quote in -(1i64 << 50)..1 << 50,
        moved in any_earned(), haircut in any_haircut(),
    ) {
        prop_assume!(position.units.0 != 0);
        let was_long = position.units.0 > 0;
        let target = if was_long { -beyond } else { beyond };
        let base = Base(target - position.units.0);
        let traded = apply_trade(&position, &sides, &haircut, base, QuoteAtoms(quote)).unwrap();
        prop_assert_eq!(traded.position.units, Units(target));
        let expected = owed_q48(&position, &sides, &haircut) + (i128::from(quote) << RESIDUE_BITS);
        prop_assert_eq!(traded_q48(&traded, &haircut), expected);
        let mut later = sides;
        later[usize::from(!was_long)].earned = moved;
        prop_assert_eq!(realise(&traded.position, &later).unwrap().position, traded.position);
        prop_assert_eq!(traded.position.checkpoint, sides[usize::from(was_long)].earned);
    }

    /// Whatever the prices of the parts: units, checkpoint and everything owed, residue included, are the same. What
    /// of it is quote and what is claim depends on the price of each part.
    #[test]
    fn filling_in_two_parts_is_filling_at_once(
        position in any_position(), sides in any_sides(), parts in (any_lots(), any_lots()),
        quotes in (-(1i64 << 50)..1 << 50, -(1i64 << 50)..1 << 50), haircut in any_haircut(),
    ) {
        let at_once = apply_trade(
            &position, &sides, &haircut, lots(parts.0 + parts.1), QuoteAtoms(quotes.0 + quotes.1),
        ).unwrap();
        let first = apply_trade(&position, &sides, &haircut, lots(parts.0), QuoteAtoms(quotes.0)).unwrap();
        let second = apply_trade(&first.position, &sides, &haircut, lots(parts.1), QuoteAtoms(quotes.1)).unwrap();
        prop_assert_eq!(second.position.units, at_once.position.units);
        prop_assert_eq!(second.position.checkpoint, at_once.position.checkpoint);
        let owed = traded_q48(&second, &haircut) + i128::from(first.residue_q48);
        prop_assert_eq!(owed, traded_q48(&at_once, &haircut));
        if haircut.factor_q48 == FACTOR_ONE_Q48 {
            prop_assert_eq!(first.residue_q48 + second.residue_q48, at_once.residue_q48);
        }
    }

    /// At any scale, splitting a fill never gains base: each part may lose a quantum.
    #[test]
    fn splitting_a_fill_gains_no_base(
        sides in any_scaled_sides(), start in -(1i64 << 46)..1 << 46, parts in (-(1i64 << 46)..1 << 46, -(1i64 << 46)..1 << 46),
    ) {
        let base_of = |units: Units| units.side().map_or(0, |side| side_of(&sides, side).base_of(units).unwrap().0);
        let haircut = HaircutIndex::default();
        let trade = |position: &PositionState, base| {
            apply_trade(position, &sides, &haircut, Base(base), QuoteAtoms(0))
        };
        // Low scales need more units than a position may have.
        let Ok(opened) = trade(&flat(), start) else { return Ok(()) };
        prop_assert!(base_of(opened.position.units) <= start);
        let at_once = trade(&opened.position, parts.0 + parts.1);
        let split = trade(&opened.position, parts.0).and_then(|first| trade(&first.position, parts.1));
        if let (Ok(at_once), Ok(split)) = (at_once, split) {
            let (whole, sum) = (base_of(at_once.position.units), base_of(split.position.units));
            prop_assert!(sum <= whole && sum + 3 >= whole, "{} of {}", sum, whole);
        }
    }

    #[test]
    fn a_trade_quote_is_the_product_or_refused(count in any::<u64>(), price in any::<u64>(), shift in 0u32..64) {
        let (count, price) = (count >> (shift / 2), price >> (63 - shift / 2));
        let product = i128::from(count) * i128::from(price);
        match trade_quote(count, price) {
            Ok(atoms) => prop_assert_eq!(i128::from(atoms), product),
            Err(error) => prop_assert!(error == RiskError::Overflow && product > i128::from(i64::MAX)),
        }
    }
}

/// 3 lots bought at 10, one sold at 12, with half an atom earned per unit in between: -30 + 1.5 = -28.5 (-29). A third
/// of that is -9.67 (-10), so the profit is 2 and -19 is left for the other two.
#[test]
fn a_partial_sale_realises_what_the_whole_position_earned() {
    let mut sides = [SideIndex::default(), SideIndex::default()];
    let bought = apply_trade(&flat(), &sides, &HaircutIndex::default(), lots(3), QuoteAtoms(-30)).unwrap();
    sides[0].earned = Earned(1 << 31);
    let sold =
        apply_trade(&bought.position, &sides, &HaircutIndex::default(), lots(-1), QuoteAtoms(12)).unwrap();
    let expected = PositionState {
        units: Units(2 * ONE_LOT),
        quote: QuoteAtoms(-19),
        checkpoint: Earned(1 << 31),
        claim: Claim { units: 2, epoch: 0 },
    };
    // The half atom that was rounded away is the system's.
    assert_eq!(sold, Traded { position: expected, residue_q48: 1 << 47 });
}

/// At half scale 4 lots of base are 8 lots of units; all of it can be sold again.
#[test]
fn at_half_scale_base_costs_twice_the_units() {
    let half = SideIndex { scale: Scale(1 << (SCALE_BITS - 1)), earned: Earned(0) };
    let sides = [half, SideIndex::default()];
    let bought = apply_trade(&flat(), &sides, &HaircutIndex::default(), lots(4), QuoteAtoms(-40)).unwrap();
    assert_eq!(bought.position.units, Units(8 * ONE_LOT));
    let sold =
        apply_trade(&bought.position, &sides, &HaircutIndex::default(), lots(-4), QuoteAtoms(40)).unwrap();
    assert_eq!(sold.position, flat());
    // Six lots sold instead turn it around; the short side still has scale one.
    let turned =
        apply_trade(&bought.position, &sides, &HaircutIndex::default(), lots(-6), QuoteAtoms(60)).unwrap();
    assert_eq!(turned.position.units, Units(-2 * ONE_LOT));
}

#[test]
fn a_position_has_at_most_the_largest_number_of_lots() {
    let sides = [SideIndex::default(), SideIndex::default()];
    for sign in [1, -1] {
        let max = lots(sign * LOTS_MAX);
        let full =
            apply_trade(&flat(), &sides, &HaircutIndex::default(), max, QuoteAtoms(0)).unwrap().position;
        assert_eq!(full.units.0, max.0);
        let refused = Err(RiskError::PositionTooLarge);
        assert_eq!(apply_trade(&full, &sides, &HaircutIndex::default(), Base(sign), QuoteAtoms(0)), refused);
        assert_eq!(
            apply_trade(&full, &sides, &HaircutIndex::default(), Base(i64::MAX * sign), QuoteAtoms(0)),
            refused
        );
        assert_eq!(base_of_lots(Lots(sign * LOTS_MAX)), Ok(max));
        assert_eq!(base_of_lots(Lots(sign * (LOTS_MAX + 1))), Err(RiskError::PositionTooLarge));
    }
    assert_eq!(base_of_lots(Lots(i64::MIN)), Err(RiskError::PositionTooLarge));
    // At half scale the same base would need twice the units, which could not be valued exactly.
    let half = SideIndex { scale: Scale(1 << (SCALE_BITS - 1)), earned: Earned(0) };
    let refused =
        apply_trade(&flat(), &[half, half], &HaircutIndex::default(), lots(LOTS_MAX), QuoteAtoms(0));
    assert_eq!(refused, Err(RiskError::PositionTooLarge));
}

#[test]
fn quote_that_does_not_fit_is_refused() {
    let mut sides = [SideIndex::default(), SideIndex::default()];
    let rich = PositionState { units: Units(ONE_LOT), quote: QuoteAtoms(i64::MAX), ..flat() };
    assert_eq!(
        apply_trade(&rich, &sides, &HaircutIndex::default(), lots(1), QuoteAtoms(1)),
        Err(RiskError::Overflow)
    );
    sides[0].earned = Earned(1 << 32);
    assert_eq!(realise(&rich, &sides), Err(RiskError::Overflow));
    let poor = PositionState { quote: QuoteAtoms(i64::MIN), ..flat() };
    assert_eq!(
        apply_trade(&poor, &sides, &HaircutIndex::default(), lots(1), QuoteAtoms(-1)),
        Err(RiskError::Overflow)
    );
}

#[test]
fn a_flat_position_realises_nothing() {
    let side = SideIndex { scale: Scale::ONE, earned: Earned(1 << 90) };
    let settled = PositionState { quote: QuoteAtoms(-7), ..flat() };
    assert_eq!(realise(&settled, &[side, side]), Ok(Traded { position: settled, residue_q48: 0 }));
}

#[test]
fn a_reduction_is_smaller_and_on_the_same_side() {
    let table = [
        // before, after, is a reduction
        (0, 0, false),
        (0, 1, false),
        (0, -1, false),
        (5, 5, false),
        (5, 6, false),
        (5, 4, true),
        (5, 0, true),
        (5, -1, false),
        (5, -4, false),
        (5, -6, false),
        (-5, -5, false),
        (-5, -6, false),
        (-5, -4, true),
        (-5, 0, true),
        (-5, 1, false),
        (-5, 4, false),
        (i64::MIN, i64::MAX, false),
        (i64::MIN, i64::MIN + 1, true),
    ];
    for (before, after, expected) in table {
        assert_eq!(is_reduction(Units(before), Units(after)), expected, "from {before} to {after}");
    }
}

#[test]
fn each_side_finds_its_index() {
    let long = SideIndex { scale: Scale::ONE, earned: Earned(1) };
    let short = SideIndex { scale: Scale::ONE, earned: Earned(2) };
    assert_eq!(side_of(&[long, short], Side::Long), &long);
    assert_eq!(side_of(&[long, short], Side::Short), &short);
}
