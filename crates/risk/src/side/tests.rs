use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::math::reference::{big, floor, scaled};

const MIN_SCALE: u64 = 1 << (SCALE_BITS - 20);

fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Long), Just(Side::Short)]
}

/// Scales of (2^-20, 1], with both ends and every magnitude.
fn any_scale() -> impl Strategy<Value = Scale> {
    prop_oneof![
        Just(Scale::ONE),
        Just(Scale(MIN_SCALE + 1)),
        Just(Scale(Scale::ONE.0 - 1)),
        (MIN_SCALE + 1..=Scale::ONE.0, 0u32..20)
            .prop_map(|(scale, shift)| Scale((scale >> shift).max(MIN_SCALE + 1))),
    ]
}

/// Units or base of either sign and every magnitude up to the largest position.
fn any_quantity() -> impl Strategy<Value = i64> {
    let max = UNITS_MAX.cast_signed();
    prop_oneof![Just(0i64), Just(max), Just(-max), (-max..=max, 0u32..52).prop_map(|(x, shift)| x >> shift)]
}

fn index(scale: Scale) -> SideIndex {
    SideIndex { scale, earned: Earned(0) }
}

/// What can happen to a side with several accounts.
#[derive(Clone, Debug)]
enum Event {
    Loss(u64),
    Settle(usize),
    /// An account settles and then holds other units.
    Resize(usize, u64),
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0u64..1 << 50, 0u32..51).prop_map(|(atoms, shift)| Event::Loss(atoms >> shift)),
        any::<usize>().prop_map(Event::Settle),
        (any::<usize>(), 0u64..1 << 40, 0u32..41)
            .prop_map(|(who, units, shift)| Event::Resize(who, units >> shift)),
    ]
}

/// The books of one side: what accounts were credited (mostly negative), in 2^-48 atoms.
struct Books {
    side: Side,
    index: SideIndex,
    carry_q48: u64,
    accounts: Vec<(u64, Earned)>,
    credited_q48: i128,
    lost_q48: i128,
}

impl Books {
    fn settle(&mut self, who: usize) {
        let (units, checkpoint) = self.accounts[who];
        let signed = match self.side {
            Side::Long => units.cast_signed(),
            Side::Short => -units.cast_signed(),
        };
        let (atoms, residue) = self.index.pending(Units(signed), checkpoint).unwrap();
        assert!(residue < 1 << RESIDUE_BITS);
        self.credited_q48 += (i128::from(atoms.0) << RESIDUE_BITS) + i128::from(residue);
        self.accounts[who].1 = self.index.earned;
    }

    fn lose(&mut self, loss_atoms: u64) {
        let oi_units = self.accounts.iter().map(|(units, _)| units).sum();
        let charge = LossCharge { oi_units, loss_atoms, carry_q48: self.carry_q48 };
        match self.index.charge_loss(self.side, &charge) {
            Ok((next, carry_q48)) => {
                let fall = self.index.earned.0 - next.earned.0;
                let step = if self.side == Side::Long { fall } else { -fall };
                assert!(step >= 0, "a loss made the side richer");
                assert!(carry_q48 < oi_units || step == 0, "more was taken than rounding explains");
                // One step less would not have been enough.
                let loss = i128::from(loss_atoms) << RESIDUE_BITS;
                let less = (step - 1) * i128::from(oi_units) + i128::from(self.carry_q48);
                assert!(step == 0 || less < loss, "the step is not the smallest");
                assert_eq!(next.scale, self.index.scale);
                self.index = next;
                self.carry_q48 = carry_q48;
                self.lost_q48 += loss;
            }
            Err(error) => assert!(error == RiskError::EmptySide && oi_units == 0),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Accounts lose exactly what was charged plus what is carried, whatever the split, the order and the resizing.
    #[test]
    fn losses_are_conserved_to_the_last_fraction(
        side in any_side(),
        start in any::<i64>(),
        first_carry in 0u64..1 << 52,
        units in prop::collection::vec((0u64..1 << 40, 0u32..41), 1..12),
        events in prop::collection::vec(any_event(), 1..40),
    ) {
        let earned = Earned(i128::from(start));
        let mut books = Books {
            side,
            index: SideIndex { scale: Scale::ONE, earned },
            carry_q48: first_carry,
            accounts: units.into_iter().map(|(units, shift)| (units >> shift, earned)).collect(),
            credited_q48: 0,
            lost_q48: 0,
        };
        let count = books.accounts.len();
        for event in events {
            match event {
                Event::Loss(atoms) => books.lose(atoms),
                Event::Settle(who) => books.settle(who % count),
                Event::Resize(who, units) => {
                    books.settle(who % count);
                    books.accounts[who % count].0 = units;
                }
            }
        }
        (0..count).for_each(|who| books.settle(who));
        let carried = i128::from(books.carry_q48) - i128::from(first_carry);
        prop_assert_eq!(-books.credited_q48, books.lost_q48 + carried);
    }

    #[test]
    fn base_is_the_floor_of_units_times_scale(scale in any_scale(), units in any_quantity()) {
        let exact = big(units) * scaled(scale.0, 62);
        prop_assert_eq!(big(index(scale).base_of(Units(units)).unwrap().0), floor(&exact));
    }

    #[test]
    fn base_at_scale_one_is_the_units(units in any::<i64>()) {
        prop_assert_eq!(index(Scale::ONE).base_of(Units(units)), Ok(Base(units)));
        let position = units >> 11;
        prop_assert_eq!(index(Scale::ONE).units_for_base(Base(position)), Ok(Units(position)));
    }

    /// units * scale <= base < (units + 1) * scale, so converting back loses at most one quantum, never gains one.
    #[test]
    fn units_are_the_largest_that_do_not_exceed_the_base(scale in any_scale(), base in any_quantity()) {
        let side = index(scale);
        let exact = floor(&(big(base) / scaled(scale.0, 62)));
        match side.units_for_base(Base(base)) {
            Ok(Units(units)) => {
                let scale = scaled(scale.0, 62);
                prop_assert!(big(units) * &scale <= big(base));
                prop_assert!(big(units + 1) * &scale > big(base));
                let back = side.base_of(Units(units)).unwrap().0;
                prop_assert!(back == base || back == base - 1, "{} became {}", base, back);
            }
            Err(error) => {
                prop_assert_eq!(error, RiskError::PositionTooLarge);
                let max = big(UNITS_MAX);
                prop_assert!(exact > max || exact < -max);
            }
        }
    }

    #[test]
    fn pending_is_the_exact_product_split_at_the_atom(
        units in any_quantity(),
        earned in any::<i128>(),
        checkpoint in any::<i128>(),
        shift in 0u32..128,
    ) {
        let (earned, checkpoint) = (Earned(earned >> shift), Earned(checkpoint >> shift));
        let side = SideIndex { scale: Scale::ONE, earned };
        let exact = big(units) * (big(earned.0) - big(checkpoint.0));
        let atoms = floor(&(exact.clone() >> 48));
        match side.pending(Units(units), checkpoint) {
            Ok((whole, residue)) => {
                prop_assert_eq!(big(whole.0), atoms.clone());
                prop_assert_eq!(big(residue), exact - (atoms << 48));
            }
            Err(error) => {
                prop_assert_eq!(error, RiskError::Overflow);
                // Refused only if the atoms do not fit, or (zero units at the ends of the index) their factor.
                let fits = atoms >= big(i64::MIN) && atoms <= big(i64::MAX);
                prop_assert!(!fits || earned.0.checked_sub(checkpoint.0).is_none());
            }
        }
    }
}

#[test]
fn a_loss_on_an_empty_side_is_refused() {
    let charge = LossCharge { oi_units: 0, loss_atoms: 1, carry_q48: 0 };
    assert_eq!(index(Scale::ONE).charge_loss(Side::Long, &charge), Err(RiskError::EmptySide));
}

#[test]
fn an_index_at_its_end_refuses_to_wrap() {
    let charge = LossCharge { oi_units: 1, loss_atoms: u64::MAX, carry_q48: 0 };
    let low = SideIndex { scale: Scale::ONE, earned: Earned(i128::MIN) };
    assert_eq!(low.charge_loss(Side::Long, &charge), Err(RiskError::Overflow));
    let high = SideIndex { scale: Scale::ONE, earned: Earned(i128::MAX) };
    assert_eq!(high.charge_loss(Side::Short, &charge), Err(RiskError::Overflow));
    assert_eq!(low.pending(Units(1), high.earned), Err(RiskError::Overflow));
    // 2^32 * 2^96 would wrap to a gain of nothing.
    let far = SideIndex { scale: Scale::ONE, earned: Earned(1 << 96) };
    assert_eq!(far.pending(Units(1 << 32), Earned(0)), Err(RiskError::Overflow));
    assert_eq!(index(Scale(0)).units_for_base(Base(1)), Err(RiskError::DivisionByZero));
    assert_eq!(index(Scale(u64::MAX)).base_of(Units(i64::MAX)), Err(RiskError::Overflow));
}

/// Three lots share a loss of 100 atoms: 33.33 per lot. In 2^-32 per lot the step is
/// ceil(100 * 2^32 / 3) = 143_165_576_534, which takes 3 * 143_165_576_534 - 100 * 2^32 = 2 too much (in 2^-32).
#[test]
fn a_loss_that_does_not_divide_is_rounded_up_and_the_excess_carried() {
    let charge = LossCharge { oi_units: 3 << UNIT_BITS, loss_atoms: 100, carry_q48: 0 };
    let (long, carry_q48) = index(Scale::ONE).charge_loss(Side::Long, &charge).unwrap();
    assert_eq!(long.earned, Earned(-143_165_576_534));
    assert_eq!(carry_q48, 2 << UNIT_BITS);
    let (short, _) = index(Scale::ONE).charge_loss(Side::Short, &charge).unwrap();
    assert_eq!(short.earned, Earned(143_165_576_534));
    // One lot bears 33.33 atoms: 34 whole ones rounded down, and two thirds of one are the system's.
    let (atoms, residue) = long.pending(Units(1 << UNIT_BITS), Earned(0)).unwrap();
    assert_eq!(atoms, QuoteAtoms(-34));
    assert_eq!(residue >> 32, (2 << UNIT_BITS) / 3);
}
