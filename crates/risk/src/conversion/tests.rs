use proptest::prelude::*;

use super::*;
use crate::{
    health::{CollateralTerms, Health, PricePoint},
    math::reference::big,
};

fn any_amount(bits: u32) -> impl Strategy<Value = u64> {
    (0u64..1 << bits, 0u32..bits).prop_map(|(atoms, shift)| atoms >> shift)
}

/// Prices from 2^-28 to 2^12 quote atoms per atom of collateral.
fn any_price() -> impl Strategy<Value = Price> {
    (1u64..1 << 44, 0u32..40).prop_map(|(price, shift)| Price((price >> shift).max(1)))
}

fn any_discount() -> impl Strategy<Value = Ppm> {
    prop_oneof![Just(0u32), 0u32..=100_000, 0u32..=999_999].prop_map(Ppm)
}

/// Without any limit.
fn unlimited(held_atoms: u64, price: Price, discount: Ppm, deficit_atoms: u64) -> ConversionInput {
    ConversionInput {
        held_atoms,
        price,
        discount,
        deficit_atoms,
        dust_atoms: 0,
        room_atoms: u64::MAX,
        limit_atoms: u64::MAX,
    }
}

fn any_unlimited() -> impl Strategy<Value = ConversionInput> {
    (any_amount(50), any_price(), any_discount(), any_amount(50))
        .prop_map(|(held, price, discount, deficit)| unlimited(held, price, discount, deficit))
}

fn any_input() -> impl Strategy<Value = ConversionInput> {
    (any_unlimited(), any_amount(40), any_amount(50), any_amount(50)).prop_map(
        |(input, dust_atoms, room_atoms, limit_atoms)| ConversionInput {
            dust_atoms,
            room_atoms,
            limit_atoms,
            ..input
        },
    )
}

/// ceil(ceil(atoms * price / 2^32) * (1 - discount)) in 128 bits.
fn proceeds(atoms: u64, input: &ConversionInput) -> u128 {
    let value = (u128::from(atoms) * u128::from(input.price.0)).div_ceil(1 << 32);
    (value * u128::from(1_000_000 - input.discount.0)).div_ceil(1_000_000)
}

fn taken(input: &ConversionInput) -> u64 {
    plan_conversion(input).unwrap().map_or(0, |conversion| conversion.collateral_atoms)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// The keeper pays at least the exact discounted value, by less than two atoms more, and the budget is charged with
    /// the value rounded up.
    #[test]
    fn the_keeper_pays_the_discounted_value_rounded_up(input in any_input()) {
        let Some(conversion) = plan_conversion(&input).unwrap() else { return Ok(()) };
        let exact = big(conversion.collateral_atoms) * big(input.price.0) / (big(1) << 32);
        let kept = big(1_000_000 - input.discount.0) / big(1_000_000);
        // The quotient in the reference is rounded at 208 bits.
        let tiny = big(1) >> 60;
        let paid = big(conversion.quote_atoms);
        prop_assert!(paid.clone() + tiny.clone() >= exact.clone() * kept.clone() && paid < exact.clone() * kept + big(2));
        prop_assert!(big(conversion.notional_atoms) >= exact && big(conversion.notional_atoms) < exact + big(1));
        prop_assert_eq!(u128::from(conversion.quote_atoms), proceeds(conversion.collateral_atoms, &input));
    }

    /// Without limits the proceeds cover the deficit, one atom less would not; if all of it does not suffice, all goes.
    #[test]
    fn the_amount_is_the_least_that_covers_the_deficit(input in any_unlimited()) {
        let deficit = u128::from(input.deficit_atoms);
        let atoms = taken(&input);
        if deficit == 0 {
            prop_assert_eq!(atoms, 0);
            return Ok(());
        }
        if proceeds(input.held_atoms, &input) < deficit {
            prop_assert_eq!(atoms, input.held_atoms);
            return Ok(());
        }
        prop_assert!(proceeds(atoms, &input) >= deficit);
        prop_assert!(atoms > 0 && (atoms == 1 || proceeds(atoms - 1, &input) < deficit));
        prop_assert!(!plan_conversion(&input).unwrap().unwrap().is_limited);
    }

    /// Never more than held, than the keeper wants or than the budget has room for; and limited exactly if it is less
    /// than without limits.
    #[test]
    fn limits_are_kept_and_told(input in any_input()) {
        let free = taken(&unlimited(input.held_atoms, input.price, input.discount, input.deficit_atoms));
        let Some(conversion) = plan_conversion(&input).unwrap() else {
            // Nothing is owed, held or admitted: one atom would be too much.
            let room_for_one = u128::from(input.price.0).div_ceil(1 << 32) <= u128::from(input.room_atoms);
            prop_assert!(free == 0 || input.limit_atoms == 0 || !room_for_one);
            return Ok(());
        };
        prop_assert!(conversion.collateral_atoms <= input.held_atoms.min(input.limit_atoms));
        prop_assert!(conversion.notional_atoms <= input.room_atoms);
        let remaining = u128::from(input.held_atoms - free) * u128::from(input.price.0);
        let is_dust = remaining.div_ceil(1 << 32) <= u128::from(input.dust_atoms);
        let needed = if is_dust { input.held_atoms } else { free };
        prop_assert_eq!(conversion.is_limited, conversion.collateral_atoms < needed);
        // Whatever limits, it binds: an atom more would break one of them.
        let value_of_more = (u128::from(conversion.collateral_atoms) + 1) * u128::from(input.price.0);
        prop_assert!(
            conversion.collateral_atoms == needed
                || conversion.collateral_atoms == input.limit_atoms
                || value_of_more.div_ceil(1 << 32) > u128::from(input.room_atoms)
        );
    }

    /// Equity for maintenance, counted as the program counts it, does not fall by an atom, whatever part is converted,
    /// as long as the discount is at most one less the weight. Nor at one less the weight itself.
    #[test]
    fn equity_never_falls(
        input in any_input(), weight in 0u32..=950_000, max in 0u32..=1_000_000, elapsed in 0u64..2_000, at_bound: bool,
    ) {
        let params = ConversionDiscount {
            max: if at_bound { Ppm(1_000_000) } else { Ppm(max) },
            ramp: Seconds(1_000),
            maintenance_weight: Ppm(weight),
        };
        let elapsed = Seconds(if at_bound { 1_000 } else { elapsed });
        let discount = conversion_discount(&params, elapsed).unwrap();
        prop_assert!(!at_bound || discount == Ppm(1_000_000 - weight));
        let input = ConversionInput { discount, ..input };
        let Some(conversion) = plan_conversion(&input).unwrap() else { return Ok(()) };
        let point =
            PricePoint { price: input.price, confidence: Price(0), ema: input.price, drift: Price(0) };
        let terms =
            CollateralTerms { point, maintenance_weight: Ppm(weight), initial_weight: Ppm(weight) };
        let equity = |cash: i64, atoms: u64| {
            let mut health = Health::default();
            health.add_quote(cash);
            health.add_collateral(&terms, atoms).unwrap();
            health.equity
        };
        let debt = -input.deficit_atoms.cast_signed();
        let before = equity(debt, input.held_atoms);
        let after =
            equity(debt + conversion.quote_atoms.cast_signed(), input.held_atoms - conversion.collateral_atoms);
        prop_assert!(after >= before, "{} became {}", before, after);
    }

    /// A keeper that takes a part first, whatever part, and then what is still needed takes no more than at once.
    #[test]
    fn two_conversions_take_no_more_than_one(input in any_unlimited(), dust in any_amount(40), part in 0u64..=256) {
        let input = ConversionInput { dust_atoms: dust, ..input };
        let at_once = taken(&input);
        let limit_atoms = (u128::from(at_once) * u128::from(part) / 256) as u64;
        let Some(first) = plan_conversion(&ConversionInput { limit_atoms, ..input }).unwrap() else {
            return Ok(());
        };
        let rest = ConversionInput {
            held_atoms: input.held_atoms - first.collateral_atoms,
            deficit_atoms: input.deficit_atoms.saturating_sub(first.quote_atoms),
            ..input
        };
        prop_assert!(first.collateral_atoms + taken(&rest) <= at_once);
    }

    /// A higher discount needs more collateral, a larger deficit too.
    #[test]
    fn the_amount_rises_with_deficit_and_discount(
        input in any_unlimited(), more in any_amount(50), discount in any_discount(),
    ) {
        let larger = ConversionInput { deficit_atoms: input.deficit_atoms.saturating_add(more), ..input };
        prop_assert!(taken(&input) <= taken(&larger));
        let dearer = ConversionInput { discount: discount.max(input.discount), ..input };
        prop_assert!(taken(&input) <= taken(&dearer));
    }

    /// bound * part / whole in 128 bits, the bound being min(max, 1 - weight).
    #[test]
    fn discounts_are_linear_up_to_their_bound(
        max in 0u32..=1_000_000, weight in 0u32..=1_000_000, ramp in 1u64..10_000, elapsed: u64,
        limit in 1u64..1 << 60, deficit: u64,
    ) {
        let params =
            ConversionDiscount { max: Ppm(max), ramp: Seconds(ramp), maintenance_weight: Ppm(weight) };
        let bound = u128::from(max.min(1_000_000 - weight));
        let waited = bound * u128::from(elapsed.min(ramp)) / u128::from(ramp);
        prop_assert_eq!(u128::from(conversion_discount(&params, Seconds(elapsed)).unwrap().0), waited);
        for deficit in [deficit, deficit % (3 * limit)] {
            let beyond = u128::from(deficit.saturating_sub(limit).min(limit));
            let forced = forced_discount(&params, deficit, limit).unwrap();
            prop_assert_eq!(u128::from(forced.0), bound * beyond / u128::from(limit));
        }
    }
}

/// 1 000 atoms of collateral at 1/2 quote atom, discount 20 %, 100 owed: a value of 124 brings 99.2 -> 100, one of 123
/// only 98.4 -> 99. 247 atoms are worth 123.5 -> 124, 246 are worth 123.
#[test]
fn a_conversion_follows_its_worked_example() {
    let input = unlimited(1_000, Price(1 << 31), Ppm(200_000), 100);
    let expected =
        Conversion { collateral_atoms: 247, quote_atoms: 100, notional_atoms: 124, is_limited: false };
    assert_eq!(plan_conversion(&input), Ok(Some(expected)));
    // Room for a value of 40: 80 atoms bring 32.
    let limited = ConversionInput { room_atoms: 40, ..input };
    let expected = Conversion { collateral_atoms: 80, quote_atoms: 32, notional_atoms: 40, is_limited: true };
    assert_eq!(plan_conversion(&limited), Ok(Some(expected)));
    // 753 would remain, a value of 376.5 -> 377: dust from 377 on.
    let dust = |dust_atoms| taken(&ConversionInput { dust_atoms, ..input });
    assert_eq!((dust(376), dust(377)), (247, 1_000));
    // 100 of 300 can be covered with 200 atoms held: all of it goes, and nothing limited it.
    let poor = ConversionInput { held_atoms: 200, deficit_atoms: 300, ..input };
    let expected =
        Conversion { collateral_atoms: 200, quote_atoms: 80, notional_atoms: 100, is_limited: false };
    assert_eq!(plan_conversion(&poor), Ok(Some(expected)));
}

#[test]
fn nothing_is_converted_without_need_stock_or_admission() {
    let input = unlimited(1_000, Price(1 << 31), Ppm(200_000), 100);
    assert_eq!(plan_conversion(&ConversionInput { deficit_atoms: 0, ..input }), Ok(None));
    assert_eq!(plan_conversion(&ConversionInput { held_atoms: 0, ..input }), Ok(None));
    assert_eq!(plan_conversion(&ConversionInput { limit_atoms: 0, ..input }), Ok(None));
    assert_eq!(plan_conversion(&ConversionInput { room_atoms: 0, ..input }), Ok(None));
    let worthless = ConversionInput { price: Price(0), ..input };
    assert_eq!(plan_conversion(&worthless), Err(RiskError::DivisionByZero));
    // A discount of one, or more: no amount covers anything, so all goes, for nothing.
    let given = plan_conversion(&ConversionInput { discount: Ppm(u32::MAX), ..input }).unwrap().unwrap();
    assert_eq!((given.collateral_atoms, given.quote_atoms), (1_000, 0));
    // The largest numbers.
    let huge = unlimited(u64::MAX, Price(u64::MAX), Ppm(999_999), u64::MAX);
    // 2^32 atoms are worth 2^64 - 1, which is all the room there can be, and bring 10^-6 of it.
    let expected = Conversion {
        collateral_atoms: 1 << 32,
        quote_atoms: 18_446_744_073_710,
        notional_atoms: u64::MAX,
        is_limited: true,
    };
    assert_eq!(plan_conversion(&huge), Ok(Some(expected)));
    let roomy = ConversionInput { room_atoms: 1 << 40, ..huge };
    assert_eq!(plan_conversion(&roomy).unwrap().map(|conversion| conversion.collateral_atoms), Some(256));
    let params = ConversionDiscount { max: Ppm(1), ramp: Seconds(0), maintenance_weight: Ppm(u32::MAX) };
    assert_eq!(conversion_discount(&params, Seconds(1)), Err(RiskError::DivisionByZero));
    assert_eq!(forced_discount(&params, 1, 0), Err(RiskError::DivisionByZero));
    assert_eq!(forced_discount(&params, 9, 1), Ok(Ppm(0)));
}

/// Largest discount 10 %, weight 95 %: the bound is 5 %. A limit of 1 000: nothing up to it, half the bound at 1 500, all
/// of it from 2 000 on. Likewise over a ramp of 100 s.
#[test]
fn discounts_follow_their_worked_example() {
    let params =
        ConversionDiscount { max: Ppm(100_000), ramp: Seconds(100), maintenance_weight: Ppm(950_000) };
    let forced = |deficit| forced_discount(&params, deficit, 1_000).unwrap().0;
    assert_eq!([0, 1_000, 1_500, 2_000, 9_000].map(forced), [0, 0, 25_000, 50_000, 50_000]);
    let waited = |seconds| conversion_discount(&params, Seconds(seconds)).unwrap().0;
    assert_eq!([0, 50, 100, 9_000].map(waited), [0, 25_000, 50_000, 50_000]);
    // A weight of 80 % leaves room for all of the 10 %.
    let lighter = ConversionDiscount { maintenance_weight: Ppm(800_000), ..params };
    assert_eq!(forced_discount(&lighter, 2_000, 1_000), Ok(Ppm(100_000)));
}
