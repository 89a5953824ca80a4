use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::math::reference::{big, Big};
use crate::units::Ppm;

mod laws;

pub(super) fn any_params() -> impl Strategy<Value = AllowanceParams> {
    (0u32..=1_000_000, 0u64..1 << 40, 0u32..41, 1u64..100_000).prop_map(|(share, min, shift, window)| {
        AllowanceParams { cap_share: Ppm(share), cap_atoms_min: min >> shift, window: Seconds(window) }
    })
}

pub(super) fn any_atoms() -> impl Strategy<Value = u64> {
    (0u64..1 << 50, 0u32..51).prop_map(|(atoms, shift)| atoms >> shift)
}

/// What happens to one credit: a deposit or a use of some 1/256 of it, after a wait.
fn any_steps() -> impl Strategy<Value = Vec<(u64, u64, Option<u64>)>> {
    let wait = prop_oneof![3 => 0u64..3, 4 => 0u64..2_000, 1 => 0u64..100_000];
    prop::collection::vec((wait, any_atoms(), prop::option::of(0u64..=256)), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Credit <= sum of X * (1 - age / window) over the deposits, exactly, hence <= what was deposited within the
    /// window; whatever the order of deposits and uses.
    #[test]
    fn a_credit_never_exceeds_the_faded_deposits(window in 1u64..5_000, steps in any_steps()) {
        let window = Seconds(window);
        let (mut credit, mut clock) = (Credit::default(), 1_700_000_000u64);
        let mut deposits: Vec<(u64, u64)> = Vec::new();
        for (wait, atoms, part) in steps {
            clock += wait;
            let now = UnixTime(clock.cast_signed());
            let before = credit.faded(window, now).unwrap();
            if let Some(part) = part {
                let used = (u128::from(before) * u128::from(part) / 256) as u64;
                credit = credit.spend(window, used, now).unwrap();
                prop_assert_eq!(credit.faded(window, now).unwrap(), before - used);
            } else {
                credit = credit.deposit_floor(window, atoms, now).unwrap();
                deposits.push((clock, atoms));
                let after = credit.faded(window, now).unwrap();
                prop_assert!(after <= before + atoms && after + 1 >= before + atoms && after >= atoms);
            }
            // Now, and later, as far as the credit can reach.
            for ahead in [0, 1, window.0 / 3, window.0 / 2, window.0 - 1, window.0] {
                let then = clock + ahead;
                let left = credit.faded(window, UnixTime(then.cast_signed())).unwrap();
                let sum_times_window: u128 = deposits
                    .iter()
                    .map(|(at, atoms)| u128::from(*atoms) * u128::from(window.0.saturating_sub(then - at)))
                    .sum();
                prop_assert!(u128::from(left) * u128::from(window.0) <= sum_times_window, "{} s ahead", ahead);
            }
        }
    }

    /// Topping up with dust does not keep an old deposit alive.
    #[test]
    fn dust_does_not_keep_a_credit_alive(atoms in 1u64..1 << 50, window in 2u64..2_000, every in 1u64..50) {
        let window = Seconds(window);
        let mut credit = Credit::default().deposit_floor(window, atoms, UnixTime(0)).unwrap();
        let mut dust = 0;
        for second in (0..window.0).step_by(every as usize).skip(1) {
            credit = credit.deposit_floor(window, 1, UnixTime(second.cast_signed())).unwrap();
            dust += 1;
        }
        prop_assert!(credit.faded(window, UnixTime(window.0.cast_signed())).unwrap() <= dust);
    }
}

/// 1 000 atoms fade over 100 s: 750 are left after 25 s and 600 after 40 s. 300 of those are used, so 300 stay, which
/// fade at half the speed of before: 10 s later 250 are left.
#[test]
fn a_credit_follows_its_worked_example() {
    let window = Seconds(100);
    let credit = Credit::default().deposit_floor(window, 1_000, UnixTime(0)).unwrap();
    assert_eq!(credit.faded(window, UnixTime(25)), Ok(750));
    let credit = credit.spend(window, 300, UnixTime(40)).unwrap();
    assert_eq!(credit.faded(window, UnixTime(40)), Ok(300));
    assert_eq!(credit.faded(window, UnixTime(50)), Ok(250));
    // 100 fresh atoms: slopes 5 and 1 per second, so 350 last floor(350 / 6) = 58 s, at 6.03 per second.
    let credit = credit.deposit_floor(window, 100, UnixTime(50)).unwrap();
    assert_eq!(credit.faded(window, UnixTime(50)), Ok(349));
    assert_eq!(credit.faded(window, UnixTime(107)), Ok(6));
    assert_eq!(credit.faded(window, UnixTime(108)), Ok(0));
    // Nothing is deposited or used: nothing changes.
    assert_eq!(credit.deposit_floor(window, 0, UnixTime(60)), Ok(credit));
    assert_eq!(credit.spend(window, 0, UnixTime(60)), Ok(credit));
}

#[test]
fn a_credit_at_the_ends_of_the_number_range_saturates_or_is_refused() {
    let window = Seconds(1_000);
    let full = Credit { atoms: u64::MAX, updated: UnixTime(0) };
    assert_eq!(full.deposit_floor(window, 1, UnixTime(0)), Err(RiskError::Overflow));
    assert_eq!(full.faded(Seconds(0), UnixTime(0)), Err(RiskError::DivisionByZero));
    assert_eq!(full.deposit_floor(Seconds(0), 1, UnixTime(0)), Err(RiskError::DivisionByZero));
    assert_eq!(full.spend(Seconds(0), 1, UnixTime(0)), Err(RiskError::DivisionByZero));
    assert_eq!(full.spend(window, u64::MAX, UnixTime(500)).unwrap().atoms, 0);
    // A clock before the deposit: the credit is whole, not larger.
    assert_eq!(full.faded(window, UnixTime(i64::MIN)), Ok(u64::MAX));
    assert_eq!(full.faded(window, UnixTime(i64::MAX)), Ok(0));
    let ancient = Credit { atoms: 7, updated: UnixTime(i64::MIN) };
    assert_eq!(ancient.deposit_floor(window, 5, UnixTime(i64::MIN)).unwrap().atoms, 12);
}

/// Windows until everything is out, from the shares alone: each window takes at least share * rest, or the minimum.
fn windows_to_exit(vault: u64, params: &AllowanceParams) -> u64 {
    let share = big(params.cap_share.0) / big(1_000_000u32);
    let minimum = big(params.cap_atoms_min);
    let (mut rest, mut windows): (Big, u64) = (big(vault), 0);
    while rest > big(0) {
        // What rounds down is less than an atom.
        let by_share = share.clone() * rest.clone() - big(1);
        let step = if by_share > minimum { by_share } else { minimum.clone() };
        rest -= step;
        windows += 1;
    }
    windows
}

/// Whole vaults, with a share of 10 % down to nothing but the minimum.
#[test]
fn an_exit_of_the_whole_vault_ends_after_a_computable_number_of_windows() {
    let cases = [(1_000_000_000, 100_000, 1_000_000), (5_000_000, 100_000, 1), (300, 0, 1), (1, 500_000, 1)];
    for (start, share, minimum) in cases {
        let params =
            AllowanceParams { cap_share: Ppm(share), cap_atoms_min: minimum, window: Seconds(3_600) };
        let (mut outflow, credit, mut vault) = (Outflow::default(), Credit::default(), start);
        let mut windows = 0;
        let bound = windows_to_exit(vault, &params);
        while vault > 0 {
            let now = UnixTime(1_700_000_000 + 3_600 * windows);
            let atoms = outflow.available_floor(&params, &credit, vault, now).unwrap();
            assert!(atoms > 0, "stuck with {vault} atoms");
            (outflow, _) = outflow.withdraw(&params, &credit, vault, atoms, now).unwrap().unwrap();
            vault -= atoms;
            windows += 1;
            assert!(windows.unsigned_abs() <= bound, "more than {bound} windows for {start} atoms");
        }
    }
}

/// A tenth of 10 000 settled atoms per 100 s. Alice deposits 5 000: others may still take 1 000, she 6 000.
#[test]
fn a_withdrawal_follows_its_worked_example() {
    let params = AllowanceParams { cap_share: Ppm(100_000), cap_atoms_min: 1, window: Seconds(100) };
    let (now, stranger) = (UnixTime(1_000), Credit::default());
    let (outflow, alice) = Outflow::default().deposit(&params, &Credit::default(), 5_000, now).unwrap();
    assert_eq!(outflow.available_floor(&params, &stranger, 15_000, now), Ok(1_000));
    assert_eq!(outflow.available_floor(&params, &alice, 15_000, now), Ok(6_000));
    assert_eq!(outflow.withdraw(&params, &stranger, 15_000, 1_001, now), Ok(None));
    // 40 s later 3 000 of her credit are left: 2 000 of the deposit settled, which makes the cap 10 % of 12 000.
    let later = UnixTime(1_040);
    assert_eq!(outflow.available_floor(&params, &alice, 15_000, later), Ok(4_200));
    assert_eq!(outflow.available_floor(&params, &stranger, 15_000, later), Ok(1_200));
    let (outflow, alice) = outflow.withdraw(&params, &alice, 15_000, 3_500, later).unwrap().unwrap();
    assert_eq!((outflow.allowance.used_atoms, alice.atoms, outflow.fresh.atoms), (500, 0, 0));
    // 11 500 left and 500 used: still a cap of 1 200.
    assert_eq!(outflow.available_floor(&params, &stranger, 11_500, later), Ok(700));
}
