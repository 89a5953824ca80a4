use proptest::prelude::*;

use super::*;

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

fn any_limits() -> impl Strategy<Value = CoverLimits> {
    (any_atoms(), any_share(), any_atoms(), any_atoms(), any_atoms()).prop_map(
        |(vault, event_share, drawn, day_room_atoms, market_room_atoms)| CoverLimits {
            vault_atoms: vault,
            event_share,
            event_drawn_atoms: drawn.min(u64::MAX - vault),
            day_room_atoms,
            market_room_atoms,
        },
    )
}

fn any_bearers() -> impl Strategy<Value = Bearers> {
    (any_atoms(), any::<bool>())
        .prop_map(|(claims_atoms, has_opposite_side)| Bearers { claims_atoms, has_opposite_side })
}

/// Only the event's share binds.
fn event_limits(vault_atoms: u64, event_drawn_atoms: u64, event_share: u32) -> CoverLimits {
    CoverLimits {
        vault_atoms,
        event_share: Ppm(event_share),
        event_drawn_atoms,
        day_room_atoms: u64::MAX,
        market_room_atoms: u64::MAX,
    }
}

const OTHER_SIDE: Bearers = Bearers { claims_atoms: 0, has_opposite_side: true };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_parts_are_the_deficit(deficit in any_atoms(), limits in any_limits(), bearers in any_bearers()) {
        let split = split_loss(deficit, &limits, &bearers).unwrap();
        let sum = u128::from(split.insurance_payout_atoms)
            + u128::from(split.haircut_atoms)
            + u128::from(split.socialized_loss_atoms)
            + u128::from(split.uncollectable_atoms);
        prop_assert_eq!(sum, u128::from(deficit));
    }

    /// The vault pays the least of deficit, event's share, day's room, market's room and what it holds.
    #[test]
    fn the_vault_pays_the_least_of_its_limits(
        deficit in any_atoms(), limits in any_limits(), bearers in any_bearers(),
    ) {
        let split = split_loss(deficit, &limits, &bearers).unwrap();
        let (vault, drawn) = (u128::from(limits.vault_atoms), u128::from(limits.event_drawn_atoms));
        let share = (vault + drawn) * u128::from(limits.event_share.0) / 1_000_000;
        let least = [
            u128::from(deficit),
            share.saturating_sub(drawn),
            u128::from(limits.day_room_atoms),
            u128::from(limits.market_room_atoms),
            vault,
        ]
        .into_iter()
        .min();
        prop_assert_eq!(Some(u128::from(split.insurance_payout_atoms)), least);
    }

    /// A later layer is touched only when the earlier one is exhausted, and no layer beyond its bound.
    #[test]
    fn the_order_of_the_layers_is_strict(
        deficit in any_atoms(), limits in any_limits(), bearers in any_bearers(),
    ) {
        let split = split_loss(deficit, &limits, &bearers).unwrap();
        let beyond_insurance = split.haircut_atoms > 0 || split.socialized_loss_atoms > 0 || split.uncollectable_atoms > 0;
        let beyond_claims = split.socialized_loss_atoms > 0 || split.uncollectable_atoms > 0;
        prop_assert!(!beyond_insurance || split.insurance_payout_atoms == limits.room_floor().unwrap());
        prop_assert!(split.haircut_atoms <= bearers.claims_atoms);
        prop_assert!(!beyond_claims || split.haircut_atoms == bearers.claims_atoms);
        prop_assert!(split.socialized_loss_atoms == 0 || bearers.has_opposite_side);
        prop_assert!(split.uncollectable_atoms == 0 || !bearers.has_opposite_side);
    }

    #[test]
    fn the_payout_rises_with_deficit_and_every_limit(
        deficits in (any_atoms(), any_atoms()), first in any_limits(), second in any_limits(),
    ) {
        // The event drew the same in both cases: having drawn more leaves less.
        let limits = |pick: fn(u64, u64) -> u64| CoverLimits {
            vault_atoms: pick(first.vault_atoms, second.vault_atoms) / 2,
            event_share: Ppm(pick(first.event_share.0.into(), second.event_share.0.into()) as u32),
            event_drawn_atoms: first.event_drawn_atoms / 2,
            day_room_atoms: pick(first.day_room_atoms, second.day_room_atoms),
            market_room_atoms: pick(first.market_room_atoms, second.market_room_atoms),
        };
        let low = split_loss(deficits.0.min(deficits.1), &limits(u64::min), &OTHER_SIDE).unwrap();
        let high = split_loss(deficits.0.max(deficits.1), &limits(u64::max), &OTHER_SIDE).unwrap();
        prop_assert!(low.insurance_payout_atoms <= high.insurance_payout_atoms);
    }

    /// Vault, rooms and claims are lowered by what each part took; then the layers paid what they pay at once.
    #[test]
    fn resolving_in_parts_draws_no_more_than_at_once(
        vault in 0u64..1 << 50,
        share in 0u32..=1_000_000,
        rooms in (0u64..1 << 46, 0u64..1 << 46),
        claims_atoms in 0u64..1 << 46,
        has_opposite_side: bool,
        parts in proptest::collection::vec(1u64..1 << 42, 1..20),
    ) {
        let mut limits = CoverLimits {
            day_room_atoms: rooms.0,
            market_room_atoms: rooms.1,
            ..event_limits(vault, 0, share)
        };
        let mut bearers = Bearers { claims_atoms, has_opposite_side };
        let at_once = split_loss(parts.iter().sum(), &limits, &bearers).unwrap();
        let mut sum = LossSplit::default();
        for part in parts {
            let split = split_loss(part, &limits, &bearers).unwrap();
            limits.vault_atoms -= split.insurance_payout_atoms;
            limits.event_drawn_atoms += split.insurance_payout_atoms;
            limits.day_room_atoms -= split.insurance_payout_atoms;
            limits.market_room_atoms -= split.insurance_payout_atoms;
            bearers.claims_atoms -= split.haircut_atoms;
            sum.insurance_payout_atoms += split.insurance_payout_atoms;
            sum.haircut_atoms += split.haircut_atoms;
            sum.socialized_loss_atoms += split.socialized_loss_atoms;
            sum.uncollectable_atoms += split.uncollectable_atoms;
        }
        prop_assert_eq!(sum, at_once);
    }
}

/// A vault of 1 000 with a share of 25 % pays at most 250 of a deficit.
#[test]
fn the_rest_is_socialised() {
    let split = |deficit, vault| {
        let split = split_loss(deficit, &event_limits(vault, 0, 250_000), &OTHER_SIDE).unwrap();
        assert_eq!((split.haircut_atoms, split.uncollectable_atoms), (0, 0));
        (split.insurance_payout_atoms, split.socialized_loss_atoms)
    };
    assert_eq!(split(249, 1_000), (249, 0));
    assert_eq!(split(250, 1_000), (250, 0));
    assert_eq!(split(251, 1_000), (250, 1));
    assert_eq!(split(251, 0), (0, 251));
    assert_eq!(split(0, 1_000), (0, 0));
}

/// 1 000 in the vault, of which 250 for one event, 200 today, 150 for the market; 40 of unpaid profit. A deficit of 300
/// takes 150 + 40 and leaves 110 for the other side, or for nobody.
#[test]
fn a_deficit_runs_through_all_layers() {
    let limits =
        CoverLimits { day_room_atoms: 200, market_room_atoms: 150, ..event_limits(1_000, 0, 250_000) };
    let with_side = Bearers { claims_atoms: 40, has_opposite_side: true };
    let expected = LossSplit {
        insurance_payout_atoms: 150,
        haircut_atoms: 40,
        socialized_loss_atoms: 110,
        uncollectable_atoms: 0,
    };
    assert_eq!(split_loss(300, &limits, &with_side), Ok(expected));
    let without = Bearers { has_opposite_side: false, ..with_side };
    let expected = LossSplit { socialized_loss_atoms: 0, uncollectable_atoms: 110, ..expected };
    assert_eq!(split_loss(300, &limits, &without), Ok(expected));
    // Each limit in turn is the smallest.
    let paid = |limits| split_loss(300, &limits, &without).unwrap().insurance_payout_atoms;
    assert_eq!(paid(CoverLimits { market_room_atoms: 999, ..limits }), 200);
    assert_eq!(paid(CoverLimits { market_room_atoms: 999, day_room_atoms: 999, ..limits }), 250);
    assert_eq!(paid(event_limits(70, 0, 1_000_000)), 70);
}

/// Parameter bounds exclude a share above one; if one arrives, the vault still pays no more than it holds.
#[test]
fn a_share_above_one_never_overdraws() {
    let split = split_loss(5_000, &event_limits(1_000, 0, 2_000_000), &OTHER_SIDE).unwrap();
    assert_eq!((split.insurance_payout_atoms, split.socialized_loss_atoms), (1_000, 4_000));
    let everything = event_limits(u64::MAX, 1, 1_000_000);
    assert_eq!(split_loss(1, &everything, &OTHER_SIDE), Err(RiskError::Overflow));
}

/// A quarter of 1 000 is 250. Asked again after 250 were drawn, the same event gets nothing more; after 100, the 150
/// that are left of its share.
#[test]
fn one_event_draws_its_share_once_however_often_it_is_asked() {
    let split = |vault, drawn| {
        let split = split_loss(10_000, &event_limits(vault, drawn, 250_000), &OTHER_SIDE).unwrap();
        (split.insurance_payout_atoms, split.socialized_loss_atoms)
    };
    assert_eq!(split(750, 250), (0, 10_000));
    assert_eq!(split(900, 100), (150, 9_850));
}
