use proptest::prelude::*;

use super::*;
use crate::RiskError;

fn any_atoms() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0u64),
        Just(u64::MAX),
        (0u64..=u64::MAX, 0u32..64).prop_map(|(atoms, shift)| atoms >> shift),
    ]
}

fn any_share() -> impl Strategy<Value = Ppm> {
    prop_oneof![Just(0u32), Just(1_000_000), 0u32..=1_000_000].prop_map(Ppm)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_parts_are_the_deficit(deficit in any_atoms(), vault in any_atoms(), share in any_share()) {
        let split = split_loss(deficit, vault, 0, share).unwrap();
        let sum = u128::from(split.insurance_payout_atoms) + u128::from(split.socialized_loss_atoms);
        prop_assert_eq!(sum, u128::from(deficit));
    }

    /// The vault pays its share of one event, rounded down, or the whole deficit if that is less. So a loss is
    /// socialised only when the share is used up.
    #[test]
    fn the_vault_pays_the_smaller_of_deficit_and_share(
        deficit in any_atoms(), vault in any_atoms(), share in any_share(),
    ) {
        let split = split_loss(deficit, vault, 0, share).unwrap();
        let drawable = u128::from(vault) * u128::from(share.0) / 1_000_000;
        prop_assert_eq!(u128::from(split.insurance_payout_atoms), drawable.min(u128::from(deficit)));
    }

    #[test]
    fn the_payout_rises_with_deficit_vault_and_share(
        deficits in (any_atoms(), any_atoms()), vaults in (any_atoms(), any_atoms()), shares in (any_share(), any_share()),
    ) {
        let payout = |deficit, vault, share| split_loss(deficit, vault, 0, share).unwrap().insurance_payout_atoms;
        let low = payout(deficits.0.min(deficits.1), vaults.0.min(vaults.1), shares.0.min(shares.1));
        let high = payout(deficits.0.max(deficits.1), vaults.0.max(vaults.1), shares.0.max(shares.1));
        prop_assert!(low <= high);
    }
}

/// A vault of 1 000 with a share of 25 % pays at most 250 of a deficit.
#[test]
fn the_rest_is_socialised() {
    let share = Ppm(250_000);
    let split = |payout, loss| Ok(LossSplit { insurance_payout_atoms: payout, socialized_loss_atoms: loss });
    assert_eq!(split_loss(249, 1_000, 0, share), split(249, 0));
    assert_eq!(split_loss(250, 1_000, 0, share), split(250, 0));
    assert_eq!(split_loss(251, 1_000, 0, share), split(250, 1));
    assert_eq!(split_loss(251, 0, 0, share), split(0, 251));
    assert_eq!(split_loss(0, 1_000, 0, share), split(0, 0));
}

/// Parameter bounds exclude a share above one; if one arrives, the vault still pays no more than it holds.
#[test]
fn a_share_above_one_never_overdraws() {
    let split = split_loss(5_000, 1_000, 0, Ppm(2_000_000)).unwrap();
    assert_eq!((split.insurance_payout_atoms, split.socialized_loss_atoms), (1_000, 4_000));
    assert_eq!(split_loss(1, u64::MAX, 0, Ppm(u32::MAX)), Err(RiskError::Overflow));
}

/// A quarter of 1 000 is 250. Asked again after 250 were drawn, the same event gets nothing more; after 100, the 150
/// that are left of its share.
#[test]
fn one_event_draws_its_share_once_however_often_it_is_asked() {
    let share = Ppm(250_000);
    let split = |insurance_payout_atoms, socialized_loss_atoms| {
        Ok(LossSplit { insurance_payout_atoms, socialized_loss_atoms })
    };
    assert_eq!(split_loss(10_000, 750, 250, share), split(0, 10_000));
    assert_eq!(split_loss(10_000, 900, 100, share), split(150, 9_850));
}

proptest! {
    #[test]
    fn resolving_in_parts_draws_no_more_than_at_once(
        vault in 0u64..1 << 50,
        share in 0u32..=1_000_000,
        parts in proptest::collection::vec(1u64..1 << 40, 1..20),
    ) {
        let share = Ppm(share);
        let total: u64 = parts.iter().sum();
        let at_once = split_loss(total, vault, 0, share).unwrap().insurance_payout_atoms;
        let drawn = parts.iter().fold(0, |drawn, part| {
            drawn + split_loss(*part, vault - drawn, drawn, share).unwrap().insurance_payout_atoms
        });
        prop_assert_eq!(drawn, at_once);
    }
}
