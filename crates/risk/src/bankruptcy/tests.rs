use super::*;
use crate::units::Ppm;
use proptest::prelude::*;
use std::vec::Vec;

fn debt(debt_atoms: u64) -> Debt {
    Debt { debt_atoms, market_room_atoms: u64::MAX, claims_atoms: 0, has_opposite_side: true }
}

fn plan(cash: u64, owed: u64, room: u64, debts: &[Debt]) -> Option<Vec<Cover>> {
    let mut covers = std::vec![Cover::default(); debts.len()];
    plan_cover(cash, owed, room, debts, &mut covers).unwrap().then_some(covers)
}

/// Debts of 600 and 300, cash 90, nothing owed: 810 are missing. Cash goes 60 : 30, so 540 and 270 are missing. The
/// insurance may pay 81, which goes 54 : 27. In the first market claims bear 100 of the other 486 and the opposite side
/// 386; in the second there is nobody but those who are owed fees.
#[test]
fn a_loss_goes_through_cash_insurance_claims_and_sides_in_proportion_to_the_debts() {
    let debts = [
        Debt { claims_atoms: 100, ..debt(600) },
        Debt { claims_atoms: 0, has_opposite_side: false, ..debt(300) },
    ];
    let covers = plan(90, 0, 81, &debts).unwrap();
    let first = Cover {
        cash_atoms: 60,
        insurance_payout_atoms: 54,
        haircut_atoms: 100,
        socialized_loss_atoms: 386,
        uncollectable_atoms: 0,
    };
    let second = Cover {
        cash_atoms: 30,
        insurance_payout_atoms: 27,
        haircut_atoms: 0,
        socialized_loss_atoms: 0,
        uncollectable_atoms: 243,
    };
    assert_eq!(covers, [first, second]);
    assert_eq!((first.bad_debt_atoms(), first.total_atoms()), (540, 600));
}

/// 500 owed, 100 in cash, and another market owes 150: 250 are missing, so 350 of the 500 are freed now.
#[test]
fn what_other_markets_owe_the_account_stays_a_debt_until_they_pay() {
    let covers = plan(100, 150, 0, &[debt(500)]).unwrap();
    assert_eq!((covers[0].cash_atoms, covers[0].socialized_loss_atoms), (100, 250));
    assert_eq!(covers[0].total_atoms(), 350);
}

#[test]
fn an_account_with_means_is_not_bankrupt_to_the_atom() {
    assert_eq!(plan(100, 400, 0, &[debt(500)]), None);
    assert_eq!(plan(100, 399, 0, &[debt(500)]).unwrap()[0].total_atoms(), 101);
    assert_eq!(plan(0, 0, 0, &[]), None);
    let too_many = std::vec![debt(1); DEBTS_MAX + 1];
    let mut covers = std::vec![Cover::default(); DEBTS_MAX + 1];
    assert_eq!(plan_cover(0, 0, 0, &too_many, &mut covers), Err(RiskError::DomainError));
    assert_eq!(plan_cover(0, 0, 0, &too_many[..2], &mut covers[..1]), Err(RiskError::DomainError));
}

/// A vault of 1 000 and a share of half: 500. After 300 were drawn 700 are left, the share is that of 1 000, so 200 more.
/// The day leaves 150 of them.
#[test]
fn an_event_draws_its_share_once_and_no_more_than_the_day_leaves() {
    let half = Ppm(500_000);
    assert_eq!(event_room_floor(1_000, 0, half, u64::MAX), Ok(500));
    assert_eq!(event_room_floor(700, 300, half, u64::MAX), Ok(200));
    assert_eq!(event_room_floor(700, 300, half, 150), Ok(150));
    assert_eq!(event_room_floor(500, 500, half, u64::MAX), Ok(0));
    assert_eq!(event_room_floor(10, 0, Ppm(1_000_000), u64::MAX), Ok(10));
}

prop_compose! {
    fn any_debt()(
        debt_atoms in 1u64..1 << 40, shift in 0u32..40, room in any::<u64>(), room_shift in 0u32..64,
        claims in any::<u64>(), claims_shift in 0u32..64, has_opposite_side in any::<bool>(),
    ) -> Debt {
        Debt {
            debt_atoms: (debt_atoms >> shift).max(1),
            market_room_atoms: room >> room_shift,
            claims_atoms: claims >> claims_shift,
            has_opposite_side,
        }
    }
}

fn any_debts() -> impl Strategy<Value = Vec<Debt>> {
    prop::collection::vec(any_debt(), 1..=DEBTS_MAX)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Everything adds up exactly, nothing exceeds its bound, and a layer is touched only when the one before it is used up.
    #[test]
    fn the_parts_are_the_deficit_within_their_bounds_and_in_order(
        debts in any_debts(), own in (0u64..1 << 41, 0u64..1 << 41), shifts in (0u32..42, 0u32..42, 0u32..64),
        room in any::<u64>(),
    ) {
        let (cash, owed, room) = (own.0 >> shifts.0, own.1 >> shifts.1, room >> shifts.2);
        let sum: u64 = debts.iter().map(|debt| debt.debt_atoms).sum();
        let Some(covers) = plan(cash, owed, room, &debts) else {
            prop_assert!(cash + owed >= sum);
            return Ok(());
        };
        let deficit = sum - cash - owed;
        prop_assert!(deficit > 0);
        let total = |part: fn(&Cover) -> u64| covers.iter().map(part).sum::<u64>();
        prop_assert_eq!(total(|cover| cover.cash_atoms), cash);
        prop_assert_eq!(total(|cover| cover.bad_debt_atoms()), deficit);
        prop_assert!(total(|cover| cover.insurance_payout_atoms) <= room);
        for (debt, cover) in debts.iter().zip(&covers) {
            prop_assert!(cover.total_atoms() <= debt.debt_atoms);
            prop_assert!(cover.insurance_payout_atoms <= debt.market_room_atoms);
            prop_assert!(cover.haircut_atoms <= debt.claims_atoms);
            let after_claims = cover.socialized_loss_atoms + cover.uncollectable_atoms;
            prop_assert!(after_claims == 0 || cover.haircut_atoms == debt.claims_atoms);
            prop_assert!(!debt.has_opposite_side || cover.uncollectable_atoms == 0);
            prop_assert!(debt.has_opposite_side || cover.socialized_loss_atoms == 0);
        }
    }

    /// Every market bears its share of the deficit, whatever the order, within one atom per market: a share is the
    /// difference of two floors, and an atom of cash that one market cannot use goes to the next.
    #[test]
    fn each_market_bears_its_share_whatever_the_order(
        debts in any_debts(), cash in 0u64..1 << 41, shift in 0u32..42, turn in 0usize..DEBTS_MAX,
    ) {
        let cash = cash >> shift;
        let sum: u64 = debts.iter().map(|debt| debt.debt_atoms).sum();
        let Some(covers) = plan(cash, 0, 0, &debts) else {
            return Ok(());
        };
        let mut turned = debts.clone();
        turned.rotate_left(turn % debts.len());
        let mut again = plan(cash, 0, 0, &turned).unwrap();
        again.rotate_right(turn % debts.len());
        let slack = u64::try_from(DEBTS_MAX).unwrap();
        for ((debt, cover), other) in debts.iter().zip(&covers).zip(&again) {
            let exact = u128::from(sum - cash) * u128::from(debt.debt_atoms) / u128::from(sum);
            for bad_debt in [cover.bad_debt_atoms(), other.bad_debt_atoms()] {
                prop_assert!(u128::from(bad_debt).abs_diff(exact) <= u128::from(slack), "{bad_debt} {exact}");
            }
        }
    }

    /// Resolving again after the insurance paid draws nothing more from it.
    #[test]
    fn asking_again_draws_nothing_more(vault in 0u64..1 << 50, share in 0u32..=1_000_000, debt in 0u64..1 << 50) {
        let room = event_room_floor(vault, 0, Ppm(share), u64::MAX).unwrap();
        let drawn = room.min(debt);
        let again = event_room_floor(vault - drawn, drawn, Ppm(share), u64::MAX).unwrap();
        prop_assert_eq!(drawn + again, room);
    }
}
