//! One sixteenth is exact in binary, so that the examples can be worked by hand.

use proptest::prelude::*;

use super::*;
use crate::{
    claim::{Claim, HaircutIndex, FACTOR_ONE_Q48},
    health::{position_health, MarketTerms, PositionState, PricePoint},
    math::reference::{big, scaled},
    side::SideIndex,
    units::{Base, Earned, Price, QuoteAtoms, Seconds, Side, Units, PPM_ONE, PRICE_BITS, UNIT_BITS},
    RiskError,
};

mod cases;
mod netting;
mod sizing;

fn levels(target_buffer: u32, critical: u32) -> LiquidationLevels {
    LiquidationLevels { target_buffer: Ppm(target_buffer), critical: Ppm(critical) }
}

fn health(equity: i128, maintenance: i128, notional: i128) -> Health {
    Health { equity, maintenance, notional, ..Health::default() }
}

fn any_levels() -> impl Strategy<Value = LiquidationLevels> {
    (10_000u32..=500_000, 100_000u32..=900_000).prop_map(|(buffer, critical)| levels(buffer, critical))
}

/// Positive amounts of every magnitude.
fn any_amount() -> impl Strategy<Value = i128> {
    (1i128..1 << 62, 0u32..62).prop_map(|(amount, shift)| (amount >> shift).max(1))
}

/// Equity within and around the maintenance requirement, and far from it.
fn any_health() -> impl Strategy<Value = Health> {
    let ratio = prop_oneof![8 => -200i128..2_000, 1 => Just(1_000i128)];
    (any_amount(), any_amount(), ratio, -2i128..=2).prop_map(|(maintenance, notional, permille, offset)| {
        health(maintenance * permille / 1_000 + offset, maintenance, notional.max(maintenance))
    })
}

fn any_discount_params() -> impl Strategy<Value = DiscountParams> {
    (1_000u32..=100_000, 10u64..=3_600)
        .prop_map(|(max, ramp)| DiscountParams { max: Ppm(max), ramp: Seconds(ramp) })
}

/// Maintenance 1 000, target 1 000 * 1.1 = 1 100, critical 1 000 * 0.5 = 500.
#[test]
fn states_begin_exactly_at_their_levels() {
    let levels = levels(100_000, 500_000);
    let table = [
        (1_101, AccountState::Healthy),
        (1_100, AccountState::Healthy),
        (1_099, AccountState::Recovering),
        (1_000, AccountState::Recovering),
        (999, AccountState::BelowMaintenance),
        (500, AccountState::BelowMaintenance),
        (499, AccountState::Critical),
        (0, AccountState::Critical),
        (-1, AccountState::Bankrupt),
        (i128::from(i64::MIN), AccountState::Bankrupt),
    ];
    for (equity, expected) in table {
        assert_eq!(assess(&health(equity, 1_000, 10_000), &levels), Ok(expected), "equity {equity}");
    }
    // Without positions nothing is required: zero is healthy, a debt is not.
    assert_eq!(assess(&health(0, 0, 0), &levels), Ok(AccountState::Healthy));
    assert_eq!(assess(&health(-1, 0, 0), &levels), Ok(AccountState::Bankrupt));
    assert_eq!(assess(&health(0, i128::MAX, 0), &levels), Err(RiskError::Overflow));
}

/// 1 % of 1 001 is 10.01, rounded up: the target is 1 012.
#[test]
fn the_target_is_rounded_up() {
    assert_eq!(target_requirement(1_001, &levels(10_000, 0)), Ok(1_012));
    assert_eq!(target_requirement(0, &levels(10_000, 0)), Ok(0));
    assert_eq!(target_requirement(1 << 64, &levels(10_000, 0)), Err(RiskError::Overflow));
}

#[test]
fn the_critical_room_is_for_the_critical_and_the_bankrupt() {
    let table = [
        (AccountState::Healthy, false),
        (AccountState::Recovering, false),
        (AccountState::BelowMaintenance, false),
        (AccountState::Critical, true),
        (AccountState::Bankrupt, true),
    ];
    for (state, expected) in table {
        assert_eq!(state.is_critical(), expected, "{state:?}");
    }
}

/// Largest discount 5 %, ramp 100 s; equity 300 of maintenance 400, notional 8 000: distress 1/4, bound 3.75 %.
/// - at once 5 % * 1/4 = 1.25 %
/// - after 20 s the distress still leads; after 60 s 5 % * 0.6 = 3 %
/// - after 100 s 5 %, bounded by 3.75 %
#[test]
fn the_discount_follows_time_or_distress_and_stops_at_equity() {
    let params = DiscountParams { max: Ppm(50_000), ramp: Seconds(100) };
    let account = health(300, 400, 8_000);
    let table = [(0, 12_500), (20, 12_500), (60, 30_000), (75, 37_500), (100, 37_500), (u64::MAX, 37_500)];
    for (elapsed, expected) in table {
        assert_eq!(discount(&params, &account, Seconds(elapsed)), Ok(Ppm(expected)), "after {elapsed} s");
    }
    // Just below maintenance and just detected: about zero.
    assert_eq!(discount(&params, &health(400, 400, 8_000), Seconds(0)), Ok(Ppm(0)));
    // Equity above the notional bounds nothing.
    assert_eq!(discount(&params, &health(9_000, 400, 8_000), Seconds(100)), Ok(Ppm(50_000)));
    let no_ramp = DiscountParams { ramp: Seconds(0), ..params };
    assert_eq!(discount(&no_ramp, &account, Seconds(1)), Err(RiskError::DivisionByZero));
}

/// 49 lots at 100 with 2 %: 4 900 less 98 for a long that sells, 4 900 and 98 from a short that buys back.
/// At a price of 100.5 and a third of a lot (21 845 quanta): 33.4998, 33 or 34; 10 % of 33 is 3.
#[test]
fn the_discount_is_paid_by_the_liquidatee() {
    let price = Price(100 << PRICE_BITS);
    let base = |lots: i64| Base(lots << UNIT_BITS);
    let quote = |atoms| Ok(QuoteAtoms(atoms));
    assert_eq!(takeover_quote(Side::Long, base(49), price, Ppm(20_000)), quote(4_802));
    assert_eq!(takeover_quote(Side::Short, base(-49), price, Ppm(20_000)), quote(-4_998));
    let odd = Price(201 << (PRICE_BITS - 1));
    assert_eq!(takeover_quote(Side::Long, Base(21_845), odd, Ppm(100_000)), quote(33 - 3));
    assert_eq!(takeover_quote(Side::Short, Base(-21_845), odd, Ppm(100_000)), quote(-34 - 3));
    let far = takeover_quote(Side::Long, base(1 << 36), Price(u64::MAX), Ppm(0));
    assert_eq!(far, Err(RiskError::Overflow));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// In integers: equity >= maintenance * (1 + buffer), and so on, without any division.
    #[test]
    fn states_are_what_the_exact_ratios_say(health in any_health(), levels in any_levels()) {
        let (equity, maintenance) = (health.equity, health.maintenance);
        let million = i128::from(PPM_ONE);
        let is_above = equity * million >= maintenance * (million + i128::from(levels.target_buffer.0));
        // Critical means below the level rounded down, hence at least one atom below the exact one.
        let is_critical = (equity + 1) * million <= maintenance * i128::from(levels.critical.0);
        let expected = match equity {
            ..0 => AccountState::Bankrupt,
            _ if is_above => AccountState::Healthy,
            _ if equity >= maintenance => AccountState::Recovering,
            _ if is_critical => AccountState::Critical,
            _ => AccountState::BelowMaintenance,
        };
        prop_assert_eq!(assess(&health, &levels), Ok(expected));
    }

    /// max * max(elapsed / ramp, 1 - equity / maintenance), at most equity / notional: never above, and less than
    /// two ppm below (time and distress, then their product, are rounded down). Zero for the bankrupt.
    #[test]
    fn the_discount_is_the_formula_rounded_down(
        params in any_discount_params(), account in any_health(), elapsed in 0u64..5_000,
    ) {
        let result = big(discount(&params, &account, Seconds(elapsed)).unwrap().0);
        if account.equity <= 0 {
            prop_assert_eq!(result, big(0));
            return Ok(());
        }
        let waited = big(elapsed.min(params.ramp.0)) / big(params.ramp.0);
        let distress = (big(1) - big(account.equity) / big(account.maintenance)).max(big(0));
        let wanted = big(params.max.0) * waited.max(distress);
        let exact = wanted.min(big(account.equity) * big(PPM_ONE) / big(account.notional));
        // Divisions are rounded at 208 bits.
        prop_assert!(result <= exact.clone() + scaled(1, 60));
        prop_assert!(result > exact - big(2));
    }

    #[test]
    fn the_discount_never_exceeds_equity_over_notional(
        params in any_discount_params(), account in any_health(), elapsed in any::<u64>(),
    ) {
        let Ppm(ppm) = discount(&params, &account, Seconds(elapsed)).unwrap();
        prop_assert!(ppm <= params.max.0);
        prop_assert!(ppm == 0 || i128::from(ppm) * account.notional <= account.equity * i128::from(PPM_ONE));
    }

    #[test]
    fn the_discount_does_not_fall_with_time(
        params in any_discount_params(), account in any_health(), times in (0u64..5_000, 0u64..5_000),
    ) {
        let at = |elapsed| discount(&params, &account, Seconds(elapsed)).unwrap();
        prop_assert!(at(times.0.min(times.1)) <= at(times.0.max(times.1)));
    }

    /// Less equity means more discount, until equity over notional bounds it.
    #[test]
    fn the_discount_does_not_fall_with_distress(
        params in any_discount_params(), account in any_health(), loss in any_amount(), elapsed in 0u64..5_000,
    ) {
        let worse = Health { equity: account.equity - loss.min(account.equity.max(0)), ..account };
        let before = discount(&params, &account, Seconds(elapsed)).unwrap();
        let after = discount(&params, &worse, Seconds(elapsed)).unwrap();
        let bound = worse.equity.max(0) * i128::from(PPM_ONE) / worse.notional;
        prop_assert!(after >= before || i128::from(after.0) == bound);
    }

    /// The trade is at most the exact value with the discount for a long, and costs a short at least its exact value;
    /// the discount itself is never more than its exact share, so rounding cannot carry it beyond its bound.
    #[test]
    fn a_takeover_is_rounded_against_the_liquidatee_and_the_discount_down(
        amount in 1i64..1 << 40, price in 1u64..1 << 60, shift in 0u32..60, ppm in 0u32..=PPM_ONE,
    ) {
        let price = Price((price >> shift).max(1));
        let value = scaled(amount, 16) * scaled(price.0, 32);
        let share = value.clone() * big(ppm) / big(PPM_ONE);
        let long = takeover_quote(Side::Long, Base(amount), price, Ppm(ppm)).unwrap().0;
        prop_assert!(big(long) <= value.clone() - share.clone() + big(1));
        prop_assert!(big(long) > value.clone() - share.clone() - big(1));
        let without = takeover_quote(Side::Long, Base(amount), price, Ppm(0)).unwrap().0;
        prop_assert!(big(without) <= value && big(without - long) <= share.clone() + scaled(1, 60));
        let short = takeover_quote(Side::Short, Base(-amount), price, Ppm(ppm)).unwrap().0;
        let without = takeover_quote(Side::Short, Base(-amount), price, Ppm(0)).unwrap().0;
        prop_assert!(big(-without) >= value && big(-without) < value + big(1));
        prop_assert!(big(without - short) <= share.clone() + scaled(1, 60));
        prop_assert!(big(without - short) > share - big(2));
    }
}
