use super::*;
use crate::{
    claim::Claim,
    units::{Units, PRICE_BITS, UNIT_BITS},
};
use proptest::prelude::*;

fn atoms(price: u64) -> Price {
    Price(price << PRICE_BITS)
}

fn point(price: u64, ema: u64) -> PricePoint {
    PricePoint { price: atoms(price), confidence: Price(0), ema: atoms(ema), drift: Price(0) }
}

fn position(lots: i64, quote: i64, claim_units: u64) -> PositionState {
    PositionState {
        units: Units(lots << UNIT_BITS),
        quote: QuoteAtoms(quote),
        claim: Claim { units: claim_units, epoch: 0 },
        ..PositionState::default()
    }
}

fn settle(position: &PositionState, point: &PricePoint, is_in_liquidation: bool) -> (u64, u64) {
    let haircut = HaircutIndex::default();
    let base = Base(position.units.0);
    let input = SettlementInput { position, base, point, haircut: &haircut, is_in_liquidation };
    let found = settleable(&input).unwrap();
    (found.loss_atoms, found.profit_atoms)
}

/// Ten lots bought for 1 000. At 90 they are worth 900, but the slow price is still 98: 20 are lost for good, 100 only in
/// liquidation. At a slow price of 101 nothing is.
#[test]
fn a_dip_settles_only_as_far_as_the_slow_price_confirms_it() {
    let long = position(10, -1_000, 0);
    assert_eq!(settle(&long, &point(90, 98), false), (20, 0));
    assert_eq!(settle(&long, &point(90, 98), true), (100, 0));
    assert_eq!(settle(&long, &point(90, 101), false), (0, 0));
    // Ten lots sold for 1 000: at 110 with a slow price of 103.
    let short = position(-10, 1_000, 0);
    assert_eq!(settle(&short, &point(110, 103), false), (30, 0));
    assert_eq!(settle(&short, &point(110, 103), true), (100, 0));
}

/// The same position at 120: a profit of 200, of which the slow price of 105 confirms 50.
#[test]
fn a_profit_counts_at_the_worse_price() {
    assert_eq!(settle(&position(10, -1_000, 0), &point(120, 105), false), (0, 50));
    assert_eq!(settle(&position(10, -1_000, 0), &point(120, 99), true), (0, 0));
    assert_eq!(settle(&position(0, 0, 70), &point(1, 1), false), (0, 70));
    assert_eq!(settle(&position(0, -70, 0), &point(1, 1), false), (70, 0));
}

/// A loss of 100 with a claim of 30: 70 are paid in cash, after which claim and loss are gone.
#[test]
fn a_claim_offsets_the_loss_of_its_own_position_first() {
    let long = position(10, -1_000, 30);
    let now = point(90, 90);
    assert_eq!(settle(&long, &now, false), (70, 0));
    let settled = settle_loss(&long, &HaircutIndex::default(), 70).unwrap();
    assert_eq!(settled.position.quote, QuoteAtoms(-900));
    assert_eq!((settled.position.claim.units, settled.residue_q48), (0, 0));
    assert_eq!(settle(&settled.position, &now, false), (0, 0));
}

/// A claim of 30 and an open profit of 50: of a payment of 45 the claim gives 30 and the open profit 15.
#[test]
fn a_claim_is_paid_before_an_open_profit() {
    let settled = settle_profit(&position(10, -1_000, 30), &HaircutIndex::default(), 45).unwrap();
    assert_eq!((settled.position.claim.units, settled.position.quote), (0, QuoteAtoms(-1_015)));
    let settled = settle_profit(&position(10, -1_000, 30), &HaircutIndex::default(), 20).unwrap();
    assert_eq!((settled.position.claim.units, settled.position.quote), (10, QuoteAtoms(-1_000)));
}

prop_compose! {
    fn any_position()(
        lots in -1_000_000i64..1_000_000, quote in -(1i64 << 50)..1 << 50, claim in 0u64..1 << 50, shift in 0u32..50,
    ) -> PositionState {
        position(lots, quote >> shift, claim >> shift)
    }
}

prop_compose! {
    fn any_point()(price in 1u64..1 << 60, ema in 1u64..1 << 60, shift in 30u32..60, confidence in 0u64..1_000) -> PricePoint {
        let price = (price >> shift).max(2);
        let ema = (ema >> shift).max(2);
        PricePoint { price: Price(price), confidence: Price((price / 2_000).saturating_mul(confidence)), ema: Price(ema), drift: Price(0) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// What is settled outside liquidation is never more than what the account lost at the price of maintenance, never
    /// more than it lost at the slow price, and a loss and a profit never exist together.
    #[test]
    fn a_settlement_is_confirmed_by_both_prices(position in any_position(), point in any_point(), factor in 1u64 << 36..=1 << 48) {
        let haircut = HaircutIndex { factor_q48: factor, epoch: 0 };
        let base = Base(position.units.0);
        let input = |is_in_liquidation| SettlementInput { position: &position, base, point: &point, haircut: &haircut, is_in_liquidation };
        let (calm, urgent) = (settleable(&input(false)).unwrap(), settleable(&input(true)).unwrap());
        prop_assert!(calm.loss_atoms == 0 || calm.profit_atoms == 0);
        prop_assert!(urgent.loss_atoms == 0 || urgent.profit_atoms == 0);
        prop_assert!(calm.loss_atoms <= urgent.loss_atoms);
        prop_assert_eq!(calm.profit_atoms, urgent.profit_atoms);
        if let Some(side) = position.units.side() {
            let owed = i128::from(position.quote.0) + i128::from(haircut.value_floor(&position.claim).unwrap());
            let at = |price: Price| owed + i128::from(value_floor(base, price).unwrap().0);
            let worst = at(point.fair_for(side)).min(at(point.ema));
            let best = at(point.fair_for(side)).max(at(point.ema));
            prop_assert_eq!(i128::from(calm.loss_atoms), (-best).max(0));
            prop_assert_eq!(i128::from(calm.profit_atoms), worst.max(0));
        }
    }

    /// Quote and claim together change by exactly what was settled, in 2^-48 atoms.
    #[test]
    fn a_settlement_moves_exactly_its_atoms(position in any_position(), factor in 1u64 << 36..=1 << 48, amount in 0u64..1 << 50, shift in 0u32..50) {
        let haircut = HaircutIndex { factor_q48: factor, epoch: 0 };
        let atoms = amount >> shift;
        let worth = |state: &PositionState| (i128::from(state.quote.0) << 48) + i128::try_from(haircut.value_q48(&state.claim)).unwrap();
        let loss = settle_loss(&position, &haircut, atoms).unwrap();
        prop_assert_eq!(worth(&loss.position) + i128::from(loss.residue_q48), worth(&position) + (i128::from(atoms) << 48));
        prop_assert_eq!(loss.position.claim.units, 0);
        let profit = settle_profit(&position, &haircut, atoms).unwrap();
        prop_assert_eq!(worth(&profit.position) + i128::from(profit.residue_q48), worth(&position) - (i128::from(atoms) << 48));
    }
}
