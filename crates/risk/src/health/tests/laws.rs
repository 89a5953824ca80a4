//! Laws of valuation, against exact numbers of 208 bits.

use proptest::prelude::*;

use super::reference::{exact, is_requirement_rounded_up};
use super::*;
use crate::claim::FACTOR_ONE_Q48;
use crate::math::reference::{big, floor, scaled};

fn any_price(bits: u32) -> impl Strategy<Value = Price> {
    (0u64..1 << bits, 0u32..bits).prop_map(|(price, shift)| Price(price >> shift))
}

fn any_point() -> impl Strategy<Value = PricePoint> {
    (any_price(56), any_price(55), any_price(56), any_price(55))
        .prop_map(|(price, confidence, ema, drift)| PricePoint { price, confidence, ema, drift })
}

/// Near the price, as after a guard.
fn near_point() -> impl Strategy<Value = PricePoint> {
    (1u64..1 << 56, 0u32..40, 0u64..50, 800u64..1_200, 0u64..100).prop_map(
        |(price, shift, band, ema, drift)| {
            let price = price >> shift;
            // as-safety: a small constant.
            let share = |permille: u64| Price((u128::from(price) * u128::from(permille) / 1_000) as u64);
            PricePoint { price: Price(price), confidence: share(band), ema: share(ema), drift: share(drift) }
        },
    )
}

/// Units of either sign and every magnitude up to the largest position.
fn any_units() -> impl Strategy<Value = Units> {
    let max = 1i64 << 52;
    prop_oneof![
        1 => Just(Units(0)),
        20 => (-max..=max, 0u32..52).prop_map(|(units, shift)| Units(units >> shift)),
    ]
}

fn any_index() -> impl Strategy<Value = SideIndex> {
    let scale = prop_oneof![
        Just(Scale::ONE),
        Just(Scale(1 << (SCALE_BITS - 1))),
        Just(Scale((1 << SCALE_BITS) / 3)),
        ((1u64 << 42)..=Scale::ONE.0).prop_map(Scale),
    ];
    (scale, -(1i128 << 54)..1 << 54, 0u32..54)
        .prop_map(|(scale, earned, shift)| SideIndex { scale, earned: Earned(earned >> shift) })
}

/// One, or a factor of any magnitude down to the least.
fn any_factor() -> impl Strategy<Value = u64> {
    let cut = (FACTOR_ONE_Q48 / 2..FACTOR_ONE_Q48, 0u32..=23).prop_map(|(factor, shift)| factor >> shift);
    prop_oneof![1 => Just(FACTOR_ONE_Q48), 2 => cut]
}

/// No claim, a live one, or one of the epoch before.
fn any_claim() -> impl Strategy<Value = Claim> {
    let units = (1u64..1 << 60, 0u32..60).prop_map(|(units, shift)| units >> shift);
    prop_oneof![1 => Just(0u64), 3 => units].prop_flat_map(|units| {
        prop_oneof![1 => Just(0u16), 4 => Just(1u16)].prop_map(move |epoch| Claim { units, epoch })
    })
}

fn any_ppm() -> impl Strategy<Value = Ppm> {
    prop_oneof![4 => 0u32..=PPM_ONE, 1 => Just(0u32), 1 => Just(PPM_ONE)].prop_map(Ppm)
}

/// None, or of any magnitude.
fn any_free_size() -> impl Strategy<Value = FreeSize> {
    let atoms = (1u64..1 << 60, 0u32..60).prop_map(|(atoms, shift)| atoms >> shift);
    prop_oneof![1 => Just(0u64), 2 => atoms].prop_map(FreeSize::of_atoms)
}

fn any_terms() -> impl Strategy<Value = MarketTerms> {
    let point = prop_oneof![any_point(), near_point()];
    let shares = (any_ppm(), any_ppm(), any_ppm(), any_free_size());
    (point, shares, any_index(), any_index(), any_factor()).prop_map(
        |(point, (initial, maintenance, profit_weight, free_size), long, short, factor_q48)| MarketTerms {
            point,
            initial,
            maintenance,
            free_size,
            profit_weight,
            sides: [long, short],
            haircut: HaircutIndex { factor_q48, epoch: 1 },
        },
    )
}

/// Half of the quotes lie near the cost of the position, so that profits and losses are both common.
fn any_case() -> impl Strategy<Value = (MarketTerms, PositionState)> {
    let quote = (-(1i64 << 60)..1 << 60, 0u32..60).prop_map(|(quote, shift)| quote >> shift);
    let checkpoint = (-(1i128 << 54)..1 << 54, 0u32..54).prop_map(|(earned, shift)| Earned(earned >> shift));
    (any_terms(), any_units(), quote, checkpoint, any::<bool>(), any_claim()).prop_map(
        |(terms, units, quote, checkpoint, is_near, claim)| {
            // as-safety: a small constant.
            let cost =
                ((i128::from(units.0) * i128::from(terms.point.price.0)) >> (PRICE_BITS + UNIT_BITS)) as i64;
            let quote = if is_near { (quote >> 20) - cost } else { quote };
            (terms, PositionState { units, quote: QuoteAtoms(quote), checkpoint, claim })
        },
    )
}

fn without_claim(position: &PositionState) -> PositionState {
    PositionState { claim: Claim::default(), ..*position }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Two roundings (value and pending earnings), each down by less than one atom.
    #[test]
    fn equity_is_rounded_down_by_less_than_two_atoms((terms, position) in any_case()) {
        let position = without_claim(&position);
        let health = position_health(&terms, &position).unwrap();
        let exact = exact(&terms, &position);
        prop_assert!(big(health.equity) <= exact.equity);
        prop_assert!(big(health.equity) > exact.equity - big(2));
    }

    /// A claim is worth its whole atoms of quote, everywhere and exactly: those of units * factor, rounded down, and
    /// none in another epoch.
    #[test]
    fn a_claim_counts_as_the_quote_that_it_is_worth((terms, position) in any_case()) {
        let is_live = position.claim.epoch == terms.haircut.epoch;
        let value = floor(&(big(position.claim.units) * scaled(terms.haircut.factor_q48, 48)));
        let atoms = position.claim_floor(&terms.haircut).unwrap();
        prop_assert_eq!(big(atoms.0), if is_live { value } else { big(0) });
        let paid = PositionState { quote: QuoteAtoms(position.quote.0 + atoms.0), ..without_claim(&position) };
        prop_assert_eq!(position_health(&terms, &position), position_health(&terms, &paid));
    }

    /// A lower factor lowers every equity by what the claim loses at most, and moves no requirement.
    #[test]
    fn equity_does_not_rise_with_a_haircut((terms, position) in any_case(), factor_q48 in any_factor()) {
        let mut cut = terms;
        cut.haircut.factor_q48 = factor_q48.min(terms.haircut.factor_q48);
        let (before, after) =
            (position_health(&terms, &position).unwrap(), position_health(&cut, &position).unwrap());
        let worth = |terms: &MarketTerms| i128::from(position.claim_floor(&terms.haircut).unwrap().0);
        let lost = worth(&terms) - worth(&cut);
        prop_assert_eq!(after.equity, before.equity - lost);
        for (after, before) in [
            (after.initial_equity, before.initial_equity), (after.withdraw_equity, before.withdraw_equity),
        ] {
            prop_assert!(after <= before && after >= before - lost);
        }
        prop_assert_eq!(
            (after.maintenance, after.initial, after.notional),
            (before.maintenance, before.initial, before.notional)
        );
    }

    #[test]
    fn requirements_are_rounded_up_within_their_bound((terms, position) in any_case()) {
        let health = position_health(&terms, &position).unwrap();
        let exact = exact(&terms, &position);
        prop_assert!(big(health.notional) >= exact.notional);
        prop_assert!(big(health.notional) < exact.notional.clone() + big(1));
        let free = terms.free_size;
        prop_assert!(is_requirement_rounded_up(health.maintenance, &exact.notional, terms.maintenance, free));
        prop_assert!(is_requirement_rounded_up(health.initial, &exact.initial_notional, terms.initial, free));
    }

    /// A profit counts with its weight, less what rounding takes, and up to its own position's margin; a loss counts in full;
    /// and only a loss counts for a withdrawal.
    #[test]
    fn profit_is_discounted_and_loss_is_not((terms, position) in any_case()) {
        let position = without_claim(&position);
        let health = position_health(&terms, &position).unwrap();
        let profit = exact(&terms, &position).initial_profit;
        let counted = big(health.initial_equity);
        if profit <= big(0) {
            prop_assert!(counted <= profit && counted > profit.clone() - big(2));
            prop_assert_eq!(health.withdraw_equity, health.initial_equity);
        } else {
            let weighted = profit.clone() * big(terms.profit_weight.0) / big(PPM_ONE);
            // The division is rounded at 208 bits. A profit below two atoms may be rounded to a loss of one.
            prop_assert!(counted <= weighted.clone() + scaled(1, 60));
            prop_assert!(health.initial_equity <= health.initial);
            let is_whole = counted > weighted - profit.clone() * scaled(1, 32) - big(3);
            prop_assert!(is_whole || health.initial_equity == health.initial);
            prop_assert!(health.withdraw_equity == 0 || (profit < big(2) && health.withdraw_equity == -1));
        }
    }

    /// Always, for a position: whatever the slow price, the drift and the weight.
    #[test]
    fn withdrawable_is_at_most_initial_is_at_most_equity((terms, position) in any_case()) {
        let health = position_health(&terms, &position).unwrap();
        prop_assert!(health.withdraw_equity <= health.initial_equity);
        prop_assert!(health.initial_equity <= health.equity);
    }

    /// For collateral as long as the initial weight is not above the maintenance weight, as the parameter bounds say.
    #[test]
    fn collateral_counts_less_for_opening_and_never_more_than_its_share(
        point in prop_oneof![any_point(), near_point()], weights in (any_ppm(), any_ppm()),
        amount in (0u64..1 << 37, 0u32..37),
    ) {
        let (initial_weight, maintenance_weight) = (weights.0.min(weights.1), weights.0.max(weights.1));
        let terms = CollateralTerms { point, maintenance_weight, initial_weight };
        let amount = amount.0 >> amount.1;
        let mut health = Health::default();
        health.add_collateral(&terms, amount).unwrap();
        prop_assert!(health.initial_equity <= health.equity);
        prop_assert_eq!(health.withdraw_equity, health.initial_equity);
        let low = point.price.0.saturating_sub(point.confidence.0);
        let worse = low.saturating_sub(point.drift.0).min(point.ema.0);
        for (counted, price, weight) in
            [(health.equity, low, maintenance_weight), (health.initial_equity, worse, initial_weight)]
        {
            // amount * price * weight, in 2^-32 millionths.
            let product = big(amount) * big(price) * big(weight.0);
            let unit = big(PPM_ONE) * big(1u64 << 32);
            prop_assert!(big(counted) * unit.clone() <= product);
            let slack = scaled(amount, 32) * scaled(price, 32) + big(2);
            prop_assert!((big(counted) + slack) * unit >= product);
        }
    }

    #[test]
    fn requirements_do_not_fall_with_size((terms, position) in any_case(), part in 0u64..=1 << 20) {
        let whole = position_health(&terms, &position).unwrap();
        // as-safety: a small constant.
        let units = Units((i128::from(position.units.0) * i128::from(part) / (1 << 20)) as i64);
        let smaller = position_health(&terms, &PositionState { units, ..position }).unwrap();
        prop_assert!(smaller.notional <= whole.notional);
        prop_assert!(smaller.maintenance <= whole.maintenance);
        prop_assert!(smaller.initial <= whole.initial);
    }

    #[test]
    fn requirements_do_not_fall_with_price((terms, position) in any_case(), rise in any_price(55)) {
        let mut dearer = terms;
        dearer.point.price.0 += rise.0;
        let (before, after) =
            (position_health(&terms, &position).unwrap(), position_health(&dearer, &position).unwrap());
        prop_assert!(before.notional <= after.notional);
        prop_assert!(before.maintenance <= after.maintenance);
        prop_assert!(before.initial <= after.initial);
    }

    /// A wider band lowers every equity and moves no requirement.
    #[test]
    fn equity_does_not_rise_with_confidence((terms, position) in any_case(), wider in any_price(55)) {
        let mut doubtful = terms;
        doubtful.point.confidence.0 += wider.0;
        let (before, after) =
            (position_health(&terms, &position).unwrap(), position_health(&doubtful, &position).unwrap());
        prop_assert!(after.equity <= before.equity);
        prop_assert!(after.initial_equity <= before.initial_equity);
        prop_assert!(after.withdraw_equity <= before.withdraw_equity);
        prop_assert_eq!(
            (after.maintenance, after.initial, after.notional),
            (before.maintenance, before.initial, before.notional)
        );
    }

    /// Neither drift nor the slow price liquidates anybody.
    #[test]
    fn drift_and_slow_price_do_not_touch_maintenance(
        (terms, position) in any_case(), drift in any_price(55), ema in any_price(56),
    ) {
        let mut aged = terms;
        (aged.point.drift, aged.point.ema) = (drift, ema);
        let (before, after) =
            (position_health(&terms, &position).unwrap(), position_health(&aged, &position).unwrap());
        prop_assert_eq!(
            (after.equity, after.maintenance, after.notional),
            (before.equity, before.maintenance, before.notional)
        );
    }

    #[test]
    fn equity_for_opening_does_not_rise_with_drift((terms, position) in any_case(), more in any_price(55)) {
        let mut aged = terms;
        aged.point.drift.0 += more.0;
        let (before, after) =
            (position_health(&terms, &position).unwrap(), position_health(&aged, &position).unwrap());
        prop_assert!(after.initial_equity <= before.initial_equity);
        prop_assert!(after.withdraw_equity <= before.withdraw_equity);
        prop_assert_eq!(after.initial, before.initial);
    }

    /// Taking a contribution out is the inverse of adding it, and the order of adding does not matter: an account's
    /// sums minus one position are the sums of the others.
    #[test]
    fn sums_form_a_group(a in any_case(), b in any_case(), quote in any::<i64>()) {
        let a = position_health(&a.0, &a.1).unwrap();
        let mut b = position_health(&b.0, &b.1).unwrap();
        prop_assert_eq!(a.plus(&b).minus(&b), a);
        prop_assert_eq!(a.minus(&b).plus(&b), a);
        prop_assert_eq!(a.plus(&b), b.plus(&a));
        prop_assert_eq!(a.plus(&b).equity, a.equity + b.equity);
        prop_assert_eq!(a.minus(&b).initial, a.initial - b.initial);
        let before = b;
        b.add_quote(quote);
        let atoms = i128::from(quote);
        let added = Health { equity: atoms, initial_equity: atoms, withdraw_equity: atoms, ..Health::default() };
        prop_assert_eq!(b, before.plus(&added));
    }

    /// price * z * sqrt(variance * age), rounded up: the root by at most 2^-32, the product by less than a quantum.
    #[test]
    fn drift_is_rounded_up_by_at_most_a_quantum_of_the_root(
        price in any_price(56), variance in (0u64..1 << 50, 0u32..50), age in 0u64..1 << 17, z in 0u32..64,
    ) {
        let variance = variance.0 >> variance.1;
        let drift = drift(price, VarianceRate(variance), Seconds(age), z).unwrap();
        // Squared, so that nothing is rounded: (drift / 2^32)^2 against (price / 2^32)^2 z^2 variance / 2^64 age.
        let exact_squared = big(price.0) * big(price.0) * big(z) * big(z) * scaled(variance, 64) * big(age);
        prop_assert!(big(drift.0) * big(drift.0) >= exact_squared);
        let excess = scaled(price.0, 32) * big(z) + big(1);
        let below = big(drift.0) - excess;
        prop_assert!(below <= big(0) || below.clone() * below <= exact_squared);
    }
}

proptest! {
    /// The narrow walk of a liquidation and the full one agree on everything that both compute.
    #[test]
    fn the_maintenance_scope_equals_the_full_scope_on_its_sums(
        (price, confidence, ema) in (1u64..1 << 55, 0u64..1 << 50, 1u64..1 << 55),
        (lots, quote) in (-1_000i64..1_000, -1_000_000_000i64..1_000_000_000),
        (initial, maintenance, weight) in (0u32..1_000_000, 0u32..1_000_000, 0u32..1_000_000),
        factor_q48 in any_factor(), claim in any_claim(),
    ) {
        let point = PricePoint {
            price: Price(price),
            confidence: Price(confidence),
            ema: Price(ema),
            drift: Price(0),
        };
        let index = SideIndex { scale: Scale::ONE, earned: Earned(0) };
        let terms = MarketTerms {
            point,
            initial: Ppm(initial),
            maintenance: Ppm(maintenance),
            free_size: FreeSize::UNLIMITED,
            profit_weight: Ppm(weight),
            sides: [index, index],
            haircut: HaircutIndex { factor_q48, epoch: 1 },
        };
        let position = PositionState {
            units: Units(lots << UNIT_BITS),
            quote: QuoteAtoms(quote),
            checkpoint: Earned(0),
            claim,
        };
        let full = position_health(&terms, &position).unwrap();
        let narrow = position_maintenance(&terms, &position).unwrap();
        prop_assert_eq!(
            (full.equity, full.maintenance, full.notional),
            (narrow.equity, narrow.maintenance, narrow.notional)
        );
    }
}
