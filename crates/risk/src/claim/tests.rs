//! The laws are exact in 2^-48 atoms; products of 64 and 49 bits fit 128, so plain integers are the reference.

use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::math::reference::big;

const ONE: u64 = FACTOR_ONE_Q48;

const fn index(factor_q48: u64) -> HaircutIndex {
    HaircutIndex { factor_q48, epoch: 5 }
}

const fn claim(units: u64) -> Claim {
    Claim { units, epoch: 5 }
}

/// One, or any magnitude from the least factor on.
fn any_factor() -> impl Strategy<Value = u64> {
    let cut = (ONE / 2..ONE, 0u32..=11).prop_map(|(factor, shift)| factor >> shift);
    prop_oneof![1 => Just(ONE), 1 => Just(FACTOR_MIN_Q48), 6 => cut]
}

/// Every magnitude below the number of bits, zero included.
fn any_amount(bits: u32) -> impl Strategy<Value = u64> {
    (0..=u64::MAX >> (64 - bits), 0..bits).prop_map(|(amount, shift)| amount >> shift)
}

fn units_q48(units: u64, factor_q48: u64) -> u128 {
    u128::from(units) * u128::from(factor_q48)
}

fn atoms_q48(atoms: u64) -> u128 {
    u128::from(atoms) << HAIRCUT_BITS
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_claim_is_worth_its_units_times_the_factor(factor in any_factor(), units in any_amount(64), epoch in 4u16..7) {
        let held = Claim { units, epoch };
        let live = if epoch == 5 { units } else { 0 };
        prop_assert_eq!(index(factor).live_units(&held), live);
        prop_assert_eq!(index(factor).value_q48(&held), units_q48(live, factor));
        let floor = index(factor).value_floor(&held).unwrap();
        prop_assert!(atoms_q48(floor) <= units_q48(live, factor));
        prop_assert!(units_q48(live, factor) - atoms_q48(floor) < 1 << HAIRCUT_BITS);
    }

    /// Atoms become value and residue, and the residue is less than what one unit more would be worth.
    #[test]
    fn opening_conserves_every_fraction(
        factor in any_factor(), units in any_amount(60), atoms in any_amount(39), epoch in 4u16..6,
    ) {
        let before = Claim { units, epoch };
        let (after, residue) = index(factor).open(&before, atoms).unwrap();
        prop_assert_eq!(after.epoch, 5);
        let live = if epoch == 5 { units } else { 0 };
        prop_assert_eq!(
            units_q48(after.units, factor) + u128::from(residue),
            units_q48(live, factor) + atoms_q48(atoms)
        );
        prop_assert!(residue < factor);
    }

    /// Value becomes atoms, what is left of the claim, and residue; all units go with the last whole atom.
    #[test]
    fn redeeming_conserves_every_fraction(
        factor in any_factor(), units in any_amount(64), share in 0u64..=1_000, epoch in 4u16..6,
    ) {
        let before = Claim { units, epoch };
        let live = if epoch == 5 { units } else { 0 };
        let whole = index(factor).value_floor(&before).unwrap();
        let atoms = whole / 1_000 * share + whole % 1_000 * share / 1_000;
        let (after, residue) = index(factor).redeem(&before, atoms).unwrap();
        prop_assert_eq!(after.epoch, 5);
        prop_assert_eq!(
            units_q48(after.units, factor) + u128::from(residue) + atoms_q48(atoms),
            units_q48(live, factor)
        );
        if atoms == whole {
            prop_assert_eq!(after.units, 0);
            prop_assert!(residue < ONE);
        } else {
            prop_assert!(residue < factor);
        }
        prop_assert_eq!(index(factor).redeem(&before, whole + 1), Err(RiskError::DomainError));
    }

    /// Whatever was there before and whatever is taken out: what is taken and what is left are never worth more than
    /// before and the profit, and at most two atoms less (opening and redeeming keep less than one each).
    #[test]
    fn opening_and_redeeming_never_gains(
        factor in any_factor(), units in any_amount(60), atoms in any_amount(39), share in 0u64..=1_000,
    ) {
        let worth = |claim: &Claim| index(factor).value_floor(claim).unwrap();
        let before = worth(&claim(units));
        let (opened, _) = index(factor).open(&claim(units), atoms).unwrap();
        prop_assert!(worth(&opened) <= before + atoms && worth(&opened) + 1 >= before + atoms);
        let taken = worth(&opened) / 1_000 * share + worth(&opened) % 1_000 * share / 1_000;
        let (left, _) = index(factor).redeem(&opened, taken).unwrap();
        prop_assert!(taken + worth(&left) <= before + atoms && taken + worth(&left) + 2 >= before + atoms);
    }

    /// Two accounts get no more than one for the same profits, and no more out of the same units.
    #[test]
    fn splitting_a_claim_gains_nothing(
        factor in any_factor(), profits in (any_amount(38), any_amount(38)), units in (any_amount(63), any_amount(63)),
    ) {
        let index = index(factor);
        let opened = |atoms| index.open(&Claim::default(), atoms).unwrap().0.units;
        prop_assert!(opened(profits.0) + opened(profits.1) <= opened(profits.0 + profits.1));
        let worth = |units| index.value_floor(&claim(units)).unwrap();
        prop_assert!(worth(units.0) + worth(units.1) <= worth(units.0 + units.1));
    }

    /// Profits of several accounts in any order leave the same claims and the same residue.
    #[test]
    fn the_order_of_claims_does_not_matter(
        factor in any_factor(), profits in prop::collection::vec((0usize..3, any_amount(36)), 1..10),
        shuffle in any::<prop::sample::Index>(),
    ) {
        let index = index(factor);
        let run = |profits: &[(usize, u64)]| {
            let (mut claims, mut residues) = ([Claim::default(); 3], 0u128);
            for (account, atoms) in profits {
                let (opened, residue) = index.open(&claims[*account], *atoms).unwrap();
                (claims[*account], residues) = (opened, residues + u128::from(residue));
            }
            (claims, residues)
        };
        let mut other: Vec<_> = profits.clone();
        other.rotate_left(shuffle.index(profits.len()));
        other.reverse();
        prop_assert_eq!(run(&profits), run(&other));
    }

    /// Value before = taken + value after + residue, exactly; the loss is taken as far as the claims are worth it.
    #[test]
    fn a_haircut_conserves_every_fraction(
        factor in any_factor(), total in any_amount(64), loss in any_amount(64),
    ) {
        let Haircut { index: after, taken_atoms, residue_q48 } = index(factor).haircut(total, loss).unwrap();
        let value = units_q48(total, factor);
        prop_assert_eq!(u128::from(taken_atoms), u128::from(loss).min(value >> HAIRCUT_BITS));
        if after.epoch == 5 {
            prop_assert_eq!(value, atoms_q48(taken_atoms) + units_q48(total, after.factor_q48) + residue_q48);
            prop_assert!(after.factor_q48 >= FACTOR_MIN_Q48 && after.factor_q48 <= factor);
            // The largest factor that is paid for.
            prop_assert!(residue_q48 == 0 || residue_q48 < u128::from(total));
        } else {
            prop_assert_eq!(after, HaircutIndex { factor_q48: ONE, epoch: 6 });
            prop_assert_eq!(value, atoms_q48(taken_atoms) + residue_q48);
            // No factor worth keeping would have been left.
            prop_assert!(residue_q48 < units_q48(total, FACTOR_MIN_Q48));
        }
    }

    /// value after / value before is the same ratio for everybody, cross-multiplied with the whole; no value rises; and
    /// what all have lost is what was taken and the residue.
    #[test]
    fn every_claim_loses_the_same_fraction(
        factor in any_factor(), held in prop::collection::vec(any_amount(56), 1..8), share in 0u64..1_000,
    ) {
        let total: u64 = held.iter().sum();
        let loss = index(factor).value_floor(&claim(total)).unwrap() / 1_000 * share;
        let cut = index(factor).haircut(total, loss).unwrap();
        let worth = |units| (index(factor).value_q48(&claim(units)), cut.index.value_q48(&claim(units)));
        let (all_before, all_after) = worth(total);
        let mut sum_after = 0;
        for units in held {
            let (before, after) = worth(units);
            prop_assert!(after <= before);
            prop_assert_eq!(big(after) * big(all_before), big(before) * big(all_after));
            sum_after += after;
        }
        let lost = units_q48(total, factor) - sum_after;
        prop_assert_eq!(lost, atoms_q48(cut.taken_atoms) + cut.residue_q48);
    }

    /// Two losses one after the other take no more than one of their sum. They take less by at most the residue of the
    /// first: 1 + U / 2^48 atoms, or, when it raised the epoch, all that it left, 1 + U / 2^12.
    #[test]
    fn two_haircuts_take_what_one_takes(
        factor in any_factor(), total in any_amount(64), losses in (any_amount(62), any_amount(62)),
    ) {
        let at_once = index(factor).haircut(total, losses.0 + losses.1).unwrap();
        let first = index(factor).haircut(total, losses.0).unwrap();
        let is_raised = first.index.epoch != 5;
        // Units of an older epoch do not count.
        let left = if is_raised { 0 } else { total };
        let second = first.index.haircut(left, losses.1).unwrap();
        let taken = first.taken_atoms + second.taken_atoms;
        prop_assert!(taken <= at_once.taken_atoms);
        let bound = 1 + (total >> if is_raised { 12 } else { 48 });
        prop_assert!(at_once.taken_atoms - taken <= bound, "{} of {}", taken, at_once.taken_atoms);
        if taken == at_once.taken_atoms && second.index.epoch == 5 && at_once.index.epoch == 5 {
            // floor(floor(a) - b) is floor(a - b) or one less, a and b being the shares of a unit.
            let gap = at_once.index.factor_q48.cast_signed() - second.index.factor_q48.cast_signed();
            prop_assert!((0..=1).contains(&gap), "{}", gap);
        }
    }
}

/// 1 000 units at one bear 250: 3/4 is left. A claim of 100 units is worth 75, one of 33 units 24.75 (24). A profit of
/// 10 atoms is 13.33 units, of which 13 are booked: 9.75, and a quarter of an atom is residue. Taking 10 atoms out of
/// 100 units burns 13.33, hence 14, which were worth 10.5: half an atom is residue.
#[test]
fn a_quarter_of_every_claim() {
    let cut = index(ONE).haircut(1_000, 250).unwrap();
    assert_eq!(cut, Haircut { index: index(ONE / 4 * 3), taken_atoms: 250, residue_q48: 0 });
    assert_eq!(cut.index.value_floor(&claim(100)), Ok(75));
    assert_eq!(cut.index.value_floor(&claim(33)), Ok(24));
    assert_eq!(cut.index.open(&claim(7), 10), Ok((claim(20), ONE / 4)));
    assert_eq!(cut.index.redeem(&claim(100), 10), Ok((claim(86), ONE / 2)));
    // 33 units are 24.75: all of them go for 24.
    assert_eq!(cut.index.redeem(&claim(33), 24), Ok((claim(0), ONE / 4 * 3)));
    // One unit is worth no whole atom: taking nothing takes that.
    assert_eq!(cut.index.redeem(&claim(1), 0), Ok((claim(0), ONE / 4 * 3)));
    assert_eq!(cut.index.redeem(&claim(2), 0), Ok((claim(2), 0)));
}

/// 3 units at one bear 1: 2/3 is left, 187 649 984 473 770 and two thirds in 2^-48. The factor is that number, and
/// three times two thirds of it, hence 2 in 2^-48, are residue.
#[test]
fn a_factor_that_does_not_divide_leaves_a_residue() {
    let cut = index(ONE).haircut(3, 1).unwrap();
    assert_eq!(cut, Haircut { index: index(187_649_984_473_770), taken_atoms: 1, residue_q48: 2 });
}

/// A loss of all, or of more, takes all, and the next epoch starts at one.
#[test]
fn claims_that_lost_everything_start_again() {
    for loss in [1_000, 1_001, u64::MAX] {
        let cut = index(ONE).haircut(1_000, loss).unwrap();
        let next = HaircutIndex { factor_q48: ONE, epoch: 6 };
        assert_eq!(cut, Haircut { index: next, taken_atoms: 1_000, residue_q48: 0 });
        // Old units are worth nothing and leave nothing behind.
        assert_eq!(next.value_floor(&claim(1_000)), Ok(0));
        assert_eq!(next.value_q48(&claim(1_000)), 0);
        assert_eq!(next.open(&claim(1_000), 7), Ok((Claim { units: 7, epoch: 6 }, 0)));
        assert_eq!(next.redeem(&claim(1_000), 0), Ok((Claim { units: 0, epoch: 6 }, 0)));
        assert_eq!(next.redeem(&claim(1_000), 1), Err(RiskError::DomainError));
    }
    let last = HaircutIndex { factor_q48: ONE, epoch: u16::MAX };
    assert_eq!(last.haircut(1, 1).unwrap().index, HaircutIndex::default());
}

/// 2^30 units of which 2^18 atoms are left are worth 2^-12 of what they were: the least factor, kept. One atom less is
/// not: what is left is residue. The largest residue is that of 2^64 - 1 units, of which 2^52 - 1 atoms are left.
#[test]
fn the_least_factor_is_kept_and_less_is_not() {
    let total = 1 << 30;
    let kept = index(ONE).haircut(total, total - (1 << 18)).unwrap();
    assert_eq!(
        kept,
        Haircut { index: index(FACTOR_MIN_Q48), taken_atoms: total - (1 << 18), residue_q48: 0 }
    );
    let left = (1 << 18) - 1;
    let raised = index(ONE).haircut(total, total - left).unwrap();
    assert_eq!((raised.index.epoch, raised.residue_q48), (6, u128::from(left) << 48));
    let largest = index(ONE).haircut(u64::MAX, u64::MAX - ((1 << 52) - 1)).unwrap();
    assert_eq!((largest.index.epoch, largest.residue_q48), (6, ((1 << 52) - 1) << 48));
}

/// Half an atom in all: no whole atom can be taken, and nothing changes.
#[test]
fn a_fraction_of_an_atom_bears_nothing() {
    let cut = index(ONE / 2).haircut(1, 9).unwrap();
    assert_eq!(cut, Haircut { index: index(ONE / 2), taken_atoms: 0, residue_q48: 0 });
}

#[test]
fn without_claims_or_loss_nothing_is_taken() {
    for (total, loss) in [(0, 9), (9, 0), (0, 0)] {
        let nothing = Haircut { index: index(ONE / 3), taken_atoms: 0, residue_q48: 0 };
        assert_eq!(index(ONE / 3).haircut(total, loss), Ok(nothing));
    }
}

/// At the least factor a profit of 2^52 atoms would be 2^64 units.
#[test]
fn units_that_do_not_fit_are_refused() {
    let least = index(FACTOR_MIN_Q48);
    assert_eq!(least.open(&claim(0), (1 << 52) - 1), Ok((claim(((1 << 52) - 1) << 12), 0)));
    assert_eq!(least.open(&claim(0), 1 << 52), Err(RiskError::Overflow));
    assert_eq!(index(ONE).open(&claim(u64::MAX), 1), Err(RiskError::Overflow));
    // An index that no haircut leaves behind.
    assert_eq!(index(0).open(&claim(0), 1), Err(RiskError::DivisionByZero));
}
