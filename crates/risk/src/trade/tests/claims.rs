//! What a trade realises.

use super::*;

/// A position at scale one, and a trade in it.
#[derive(Clone, Debug)]
struct Case {
    position: PositionState,
    sides: [SideIndex; 2],
    haircut: HaircutIndex,
    base: Base,
    quote: QuoteAtoms,
}

impl Case {
    fn traded(&self) -> Traded {
        apply_trade(&self.position, &self.sides, &self.haircut, self.base, self.quote).unwrap()
    }

    /// Quote with pending earnings, before the trade.
    fn settled(&self) -> i128 {
        i128::from(realise(&self.position, &self.sides).unwrap().position.quote.0)
    }

    /// What the trade closes, by the words of its documentation; `None` when it opens or enlarges.
    fn profit(&self) -> Option<i128> {
        let (held, base) = (i128::from(self.position.units.0), i128::from(self.base.0));
        let (settled, quote) = (self.settled(), i128::from(self.quote.0));
        let (size, traded) = (held.abs(), base.abs());
        if held + base == 0 {
            Some(settled + quote)
        } else if held.signum() * base.signum() != -1 {
            None
        } else if traded < size {
            Some((settled * traded).div_euclid(size) + quote)
        } else {
            Some(settled + (quote * size).div_euclid(traded))
        }
    }

    /// Whole atoms of quote and claim together.
    fn worth(&self, position: &PositionState) -> i128 {
        i128::from(position.quote.0) + (claim_q48(&position.claim, &self.haircut) >> RESIDUE_BITS)
    }
}

/// Trades of every kind: all of the position, more, less, and the other way; position and trade each in whole lots or
/// not.
fn any_case() -> impl Strategy<Value = Case> {
    let permille = prop_oneof![1 => Just(-1_000i64), 1 => Just(0i64), 6 => -3_000i64..2_000];
    let quote = (-(1i64 << 50)..1 << 50, 0u32..50).prop_map(|(quote, shift)| quote >> shift);
    (any_position(), any_sides(), any_haircut(), permille, quote, any::<[bool; 2]>()).prop_map(
        |(mut position, sides, haircut, permille, quote, [is_whole_held, is_whole_base])| {
            if is_whole_held {
                position.units.0 = position.units.0 >> 16 << 16;
            }
            let base = match permille {
                -1_000 => -position.units.0,
                _ if is_whole_base => (position.units.0 / 1_000 * permille) >> 16 << 16,
                _ => position.units.0 / 1_000 * permille,
            };
            Case { position, sides, haircut, base: Base(base), quote: QuoteAtoms(quote) }
        },
    )
}

/// Whole lots bought or sold in two parts, of the same sign and at the same price, with a quote near the cost.
fn any_split() -> impl Strategy<Value = (Case, [i64; 2], i64)> {
    let held = (-(1i64 << 30)..1 << 30, 0u32..30).prop_map(|(held, shift)| held >> shift);
    let parts = (1i64..1 << 30, 1i64..1 << 30, 0u32..30);
    let quote = (-(1i64 << 48)..1 << 48, 0u32..48).prop_map(|(quote, shift)| quote >> shift);
    (held, parts, any::<bool>(), 0i64..1 << 18, quote, any_haircut(), any_claim()).prop_map(
        |(held, (first, second, shift), is_sale, price, quote, haircut, claim)| {
            let sign = if is_sale { -1 } else { 1 };
            let parts = [first, second].map(|part| sign * (part >> shift).max(1));
            let position = PositionState {
                units: Units(held << UNIT_BITS),
                quote: QuoteAtoms(quote - held * price),
                checkpoint: Earned(0),
                claim,
            };
            let sides = [SideIndex::default(), SideIndex::default()];
            (Case { position, sides, haircut, base: Base(0), quote: QuoteAtoms(0) }, parts, price)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Nothing is lost or made by realising: what is owed changes by the trade's quote alone, to the last fraction.
    #[test]
    fn what_is_owed_changes_by_the_quote_of_the_trade(case in any_case()) {
        let traded = case.traded();
        let before = owed_q48(&case.position, &case.sides, &case.haircut);
        let quote = i128::from(case.quote.0) << RESIDUE_BITS;
        prop_assert_eq!(traded_q48(&traded, &case.haircut), before + quote);
        prop_assert!(traded.residue_q48 < 1 << (RESIDUE_BITS + 1));
    }

    /// The claim grows by the profit of what was closed, less a fraction of a unit; a loss adds nothing to it.
    #[test]
    fn exactly_the_profit_of_what_was_closed_becomes_a_claim(case in any_case()) {
        let position = case.traded().position;
        let before = claim_q48(&case.position.claim, &case.haircut);
        let after = claim_q48(&position.claim, &case.haircut);
        let mixed = case.settled() + i128::from(case.quote.0);
        match case.profit() {
            Some(profit) if profit > 0 => {
                let missing = (profit << RESIDUE_BITS) - (after - before);
                prop_assert!((0..i128::from(case.haircut.factor_q48)).contains(&missing));
                prop_assert_eq!(i128::from(position.quote.0), mixed - profit);
            }
            _ if position.units.0 == 0 && mixed < 0 => prop_assert!(after <= before),
            _ => {
                prop_assert_eq!(position.claim, case.position.claim);
                prop_assert_eq!(i128::from(position.quote.0), mixed);
            }
        }
    }

    /// Against the same trade without realising: equal while the factor is one, and else at most one atom less.
    #[test]
    fn realising_costs_at_most_an_atom(case in any_case()) {
        let plain = apply_unrealised(&case.position, &case.sides, case.base, case.quote).unwrap().position;
        let position = case.traded().position;
        prop_assert_eq!((position.units, position.checkpoint), (plain.units, plain.checkpoint));
        let lost = case.worth(&plain) - case.worth(&position);
        prop_assert!(lost == 0 || (lost == 1 && case.haircut.factor_q48 != FACTOR_ONE_Q48), "{} atoms", lost);
    }

    /// Over any sequence of trades: at most one atom for each.
    #[test]
    fn a_sequence_of_trades_is_worth_what_it_is_without_realising(
        start in any_case(), trades in prop::collection::vec((any_lots(), -(1i64 << 40)..1 << 40), 1..12),
    ) {
        let (mut position, mut plain) = (start.position, start.position);
        for (done, (count, quote)) in (1..).zip(trades) {
            let (base, quote) = (lots(count), QuoteAtoms(quote));
            position = apply_trade(&position, &start.sides, &start.haircut, base, quote).unwrap().position;
            plain = apply_unrealised(&plain, &start.sides, base, quote).unwrap().position;
            let lost = start.worth(&plain) - start.worth(&position);
            let bound = if start.haircut.factor_q48 == FACTOR_ONE_Q48 { 0 } else { done };
            prop_assert!((0..=bound).contains(&lost), "{} atoms in {} trades", lost, done);
        }
    }

    /// A flat position owes, or has a claim, or neither; its profit is never quote.
    #[test]
    fn closing_everything_leaves_a_debt_or_a_claim(case in any_case()) {
        let case = Case { base: Base(-case.position.units.0), ..case };
        let position = case.traded().position;
        prop_assert_eq!((position.units, position.checkpoint), (Units(0), Earned(0)));
        prop_assert!(position.quote.0 == 0 || (position.quote.0 < 0 && position.claim.units == 0));
    }

    /// At the same price the parts realise what the whole does: the basis of a part is rounded down, so two of them
    /// may leave one atom more in the quote, and the second claim may lose one more unit. Only a first part that closes
    /// the position exactly also nets its debt, which turning around at once does not.
    #[test]
    fn splitting_at_one_price_moves_at_most_an_atom_out_of_the_claim((case, parts, price) in any_split()) {
        let fill = |position: &PositionState, count: i64| {
            let quote = QuoteAtoms(-count * price);
            apply_trade(position, &case.sides, &case.haircut, lots(count), quote).unwrap().position
        };
        prop_assume!(case.position.units.0 + lots(parts[0]).0 != 0);
        let at_once = fill(&case.position, parts[0] + parts[1]);
        let split = fill(&fill(&case.position, parts[0]), parts[1]);
        prop_assert_eq!(split.units, at_once.units);
        if case.haircut.factor_q48 == FACTOR_ONE_Q48 {
            let live = |position: &PositionState| case.haircut.live_units(&position.claim).cast_signed();
            let moved = live(&at_once) - live(&split);
            prop_assert!((0..=1).contains(&moved), "{} atoms", moved);
            prop_assert_eq!(split.quote.0, at_once.quote.0 + moved);
        } else {
            let [at_once_q48, split_q48] =
                [at_once, split].map(|position| claim_q48(&position.claim, &case.haircut));
            // An atom, and the units that rounding takes twice instead of once.
            let bound = (1i128 << RESIDUE_BITS) + 2 * i128::from(case.haircut.factor_q48);
            prop_assert!((0..=bound).contains(&(at_once_q48 - split_q48)));
        }
    }

    /// Netting pays as much as both have, loses nothing, and changes nothing else.
    #[test]
    fn netting_leaves_a_debt_or_a_claim(position in any_position(), haircut in any_haircut()) {
        let netted = net_claim(&position, &haircut).unwrap();
        let owed = |position: &PositionState| {
            (i128::from(position.quote.0) << RESIDUE_BITS) + claim_q48(&position.claim, &haircut)
        };
        prop_assert_eq!(owed(&netted.position) + i128::from(netted.residue_q48), owed(&position));
        prop_assert!(netted.residue_q48 < 1 << RESIDUE_BITS);
        if position.quote.0 >= 0 {
            prop_assert_eq!(netted.position, position);
        } else {
            prop_assert!(netted.position.quote.0 <= 0 && netted.position.quote >= position.quote);
            prop_assert!(netted.position.quote.0 == 0 || netted.position.claim.units == 0);
        }
        let PositionState { quote, claim, .. } = netted.position;
        prop_assert_eq!(netted.position, PositionState { quote, claim, ..position });
    }
}

fn at_factor_one(position: &PositionState, count: i64, quote: i64) -> PositionState {
    let sides = [SideIndex::default(), SideIndex::default()];
    let traded = apply_trade(position, &sides, &HaircutIndex::default(), lots(count), QuoteAtoms(quote));
    traded.unwrap().position
}

fn state(count: i64, quote: i64, claim: u64) -> PositionState {
    let claim = Claim { units: claim, epoch: 0 };
    PositionState { units: Units(count * ONE_LOT), quote: QuoteAtoms(quote), checkpoint: Earned(0), claim }
}

/// Bought: 3 at 10 and 1 at 14, cost 44. Sold: 2 at 12, whose basis is 22, profit 2; 1 at 9, whose basis is 11, loss 2,
/// which stays: the last lot then costs 13. Sold beyond it, 3 at 15: a third of 45 closes with a profit of 2, and the
/// other 30 open a short. Bought back at 11: profit 8.
#[test]
fn profits_become_claims_and_losses_stay_in_the_quote() {
    let position = at_factor_one(&flat(), 3, -30);
    assert_eq!(position, state(3, -30, 0));
    let position = at_factor_one(&position, 1, -14);
    assert_eq!(position, state(4, -44, 0));
    let position = at_factor_one(&position, -2, 24);
    assert_eq!(position, state(2, -22, 2));
    let position = at_factor_one(&position, -1, 9);
    assert_eq!(position, state(1, -13, 2));
    let position = at_factor_one(&position, -3, 45);
    assert_eq!(position, state(-2, 30, 4));
    let position = at_factor_one(&position, 2, -22);
    assert_eq!(position, state(0, 0, 12));
}

/// A short of 7 lots sold for 100 buys back 3 for 44: the basis is 42.86 (42), so 2 are lost and 56 stay. For 40 the
/// profit is 2 and 58 stay. A long of 7 lots bought for 100 sells 3 for 44: the basis is -42.86 (-43), profit 1, and
/// its quote is -57. One of a lot and a half that cost 15 closes two thirds of them: sold for 12, its profit is 2.
#[test]
fn the_basis_of_a_part_is_rounded_down() {
    assert_eq!(at_factor_one(&state(-7, 100, 0), 3, -44), state(-4, 56, 0));
    assert_eq!(at_factor_one(&state(-7, 100, 0), 3, -40), state(-4, 58, 2));
    assert_eq!(at_factor_one(&state(7, -100, 0), -3, 44), state(4, -57, 1));
    let part = |quanta, quote, claim| PositionState { units: Units(quanta), ..state(0, quote, claim) };
    assert_eq!(at_factor_one(&part(ONE_LOT / 2 * 3, -15, 0), -1, 12), part(ONE_LOT / 2, -5, 2));
}

/// A long of 3 lots bought for 30 sells 5 for 100: 60 of them close, profit 30, and 40 open a short of 2. For 101
/// atoms 60.6 (60) close, and 41 open.
#[test]
fn a_turn_around_divides_its_quote_by_base() {
    assert_eq!(at_factor_one(&state(3, -30, 0), -5, 100), state(-2, 40, 30));
    assert_eq!(at_factor_one(&state(3, -30, 0), -5, 101), state(-2, 41, 30));
    // -60.6 (-61) close against 70: profit 9, and -40 open.
    assert_eq!(at_factor_one(&state(-3, 70, 0), 5, -101), state(2, -40, 9));
    // Against 61 they bring nothing, so all of it stays quote.
    assert_eq!(at_factor_one(&state(-3, 61, 0), 5, -101), state(2, -40, 0));
}

/// One lot bought at 10 is sold for 7, against a claim of 5: the debt of 3 is paid from it. Of 2 it pays 2.
/// At a factor of 3/4 the five units are worth 3.75, and the debt burns 3 / (3/4) = 4 of them: all 3 whole atoms, so
/// the fifth goes too, and 0.75 atoms are residue; likewise for a debt of 4, of which 1 is left. Six units are worth
/// 4.5: a debt of 3 leaves two units.
#[test]
fn a_debt_of_a_closed_position_is_paid_from_its_claim() {
    assert_eq!(at_factor_one(&state(1, -10, 5), -1, 7), state(0, 0, 2));
    assert_eq!(at_factor_one(&state(1, -10, 2), -1, 7), state(0, -1, 0));
    let three_quarters = FACTOR_ONE_Q48 / 4 * 3;
    let haircut = HaircutIndex { factor_q48: three_quarters, epoch: 0 };
    let sides = [SideIndex::default(), SideIndex::default()];
    let sold = |claim, quote| {
        apply_trade(&state(1, -10, claim), &sides, &haircut, lots(-1), QuoteAtoms(quote)).unwrap()
    };
    assert_eq!(sold(5, 7), Traded { position: state(0, 0, 0), residue_q48: three_quarters });
    assert_eq!(sold(5, 6), Traded { position: state(0, -1, 0), residue_q48: three_quarters });
    assert_eq!(sold(6, 7), Traded { position: state(0, 0, 2), residue_q48: 0 });
    // While the position is open, its loss may yet be made up for.
    assert_eq!(at_factor_one(&state(2, -20, 5), -1, 7), state(1, -13, 5));
}

/// A claim of an older epoch is worth nothing: it is replaced by a profit, and pays no debt.
#[test]
fn a_claim_of_an_older_epoch_is_replaced() {
    let haircut = HaircutIndex { epoch: 1, ..HaircutIndex::default() };
    let sides = [SideIndex::default(), SideIndex::default()];
    let sold = |count, quote| {
        apply_trade(&state(2, -20, 5), &sides, &haircut, lots(count), QuoteAtoms(quote)).unwrap().position
    };
    assert_eq!(sold(-1, 11).claim, Claim { units: 1, epoch: 1 });
    let closed = sold(-2, 19);
    assert_eq!((closed.quote, closed.claim), (QuoteAtoms(-1), Claim { units: 0, epoch: 1 }));
}

/// At a scale of a third one quantum of units of a long is no base at all. Selling turns it around: its quote of 5 is
/// realised whole, and the trade's opens the short. Selling nothing closes it.
#[test]
fn units_without_base_are_closed_whole() {
    let third = SideIndex { scale: Scale((1 << SCALE_BITS) / 3), earned: Earned(0) };
    let sides = [third, SideIndex::default()];
    let dust = PositionState { units: Units(1), ..state(0, 5, 0) };
    let sold = |base, quote| {
        apply_trade(&dust, &sides, &HaircutIndex::default(), base, QuoteAtoms(quote)).unwrap().position
    };
    assert_eq!(sold(lots(-1), 70), state(-1, 70, 5));
    assert_eq!(sold(Base(0), 0), state(0, 0, 5));
}

#[test]
fn a_profit_that_does_not_fit_is_refused() {
    let sides = [SideIndex::default(), SideIndex::default()];
    let sold = |position: &PositionState, quote| {
        apply_trade(position, &sides, &HaircutIndex::default(), lots(-1), QuoteAtoms(quote))
    };
    assert_eq!(sold(&state(1, 1, u64::MAX), 0), Err(RiskError::Overflow));
    assert_eq!(sold(&state(1, i64::MAX, 0), 1), Err(RiskError::Overflow));
}
