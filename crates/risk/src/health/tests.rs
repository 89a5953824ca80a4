//! Shares of one half, one eighth and one sixteenth are exact in binary, so that the examples can be worked by hand.

use super::*;
use crate::{
    claim::{Claim, HaircutIndex},
    side::SideIndex,
    size::FreeSize,
    units::{
        Earned, Ppm, Price, QuoteAtoms, Scale, Seconds, Units, VarianceRate, PPM_ONE, SCALE_BITS, UNIT_BITS,
    },
    RiskError,
};

mod claims;
mod laws;
mod reference;

/// A whole number of atoms per lot.
const fn atoms(price: u64) -> Price {
    Price(price << PRICE_BITS)
}

const fn lots(count: i64) -> Units {
    Units(count << UNIT_BITS)
}

/// Price 100, band of 1, slow price 98, drift 2; maintenance 1/16, initial 1/8, profits count half.
fn terms() -> MarketTerms {
    MarketTerms {
        point: PricePoint { price: atoms(100), confidence: atoms(1), ema: atoms(98), drift: atoms(2) },
        initial: Ppm(125_000),
        maintenance: Ppm(62_500),
        free_size: FreeSize::UNLIMITED,
        profit_weight: Ppm(500_000),
        sides: [SideIndex::default(), SideIndex::default()],
        haircut: HaircutIndex::default(),
    }
}

fn terms_with_ema(ema: u64) -> MarketTerms {
    let mut terms = terms();
    terms.point.ema = atoms(ema);
    terms
}

fn position(units: Units, quote: i64) -> PositionState {
    PositionState { units, quote: QuoteAtoms(quote), ..PositionState::default() }
}

fn health_of(terms: &MarketTerms, units: Units, quote: i64) -> Health {
    position_health(terms, &position(units, quote)).unwrap()
}

/// 10 lots long, 900 atoms paid:
/// - equity 10 * (100 - 1) - 900 = 90
/// - for opening risk 10 * min(100 - 1 - 2, 98) - 900 = 970 - 900 = 70, of which half counts: 35
/// - maintenance 10 * 100 / 16 = 62.5, rounded up; initial 10 * max(100, 98) / 8 = 125
#[test]
fn a_long_is_valued_at_the_lower_end_of_the_band() {
    let expected = Health {
        equity: 90,
        initial_equity: 35,
        withdraw_equity: 0,
        maintenance: 63,
        initial: 125,
        notional: 1_000,
    };
    assert_eq!(health_of(&terms(), lots(10), -900), expected);
}

/// 10 lots short, 1 100 atoms received:
/// - equity 1 100 - 10 * (100 + 1) = 90
/// - for opening risk 1 100 - 10 * max(100 + 1 + 2, 98) = 1 100 - 1 030 = 70, of which half counts: 35
#[test]
fn a_short_is_valued_at_the_upper_end_of_the_band() {
    let expected = Health {
        equity: 90,
        initial_equity: 35,
        withdraw_equity: 0,
        maintenance: 63,
        initial: 125,
        notional: 1_000,
    };
    assert_eq!(health_of(&terms(), lots(-10), 1_100), expected);
}

/// A slow price of 90 is worse for a long than the band with drift (97): 900 - 860 = 40, half of it 20. One of 105 is
/// worse for a short than 103: 1 100 - 1 050 = 50, half of it 25, and initial margin is 1 050 / 8 = 131.25.
#[test]
fn a_worse_slow_price_counts_against_opening_risk_only() {
    let long = health_of(&terms_with_ema(90), lots(10), -860);
    assert_eq!((long.equity, long.initial_equity, long.initial), (130, 20, 125));
    let short = health_of(&terms_with_ema(105), lots(-10), 1_100);
    assert_eq!((short.equity, short.initial_equity, short.initial, short.maintenance), (90, 25, 132, 63));
}

/// 10 lots long, 1 000 paid: equity 990 - 1 000 = -10, for opening risk 970 - 1 000 = -30. Nothing is halved.
#[test]
fn a_loss_counts_in_full() {
    let loss = health_of(&terms(), lots(10), -1_000);
    assert_eq!((loss.equity, loss.initial_equity, loss.withdraw_equity), (-10, -30, -30));
}

/// 10 lots short, 2 000 received: for opening risk 2 000 - 1 030 = 970, half of it 485. The position's own margin is an eighth of
/// 1 000, 125: no more than that counts, so none of it is margin anywhere else.
#[test]
fn a_profit_margins_no_more_than_its_own_position() {
    let short = health_of(&terms(), lots(-10), 2_000);
    assert_eq!((short.initial, short.initial_equity, short.withdraw_equity), (125, 125, 0));
}

#[test]
fn a_position_without_base_is_its_quote() {
    // It needs no margin, so its profit is none; for maintenance it counts in full.
    let profit = Health { equity: 101, ..Health::default() };
    assert_eq!(health_of(&terms(), lots(0), 101), profit);
    let loss = Health { equity: -101, initial_equity: -101, withdraw_equity: -101, ..Health::default() };
    assert_eq!(health_of(&terms(), lots(0), -101), loss);
}

/// Earned rose by 2.25 per unit: 10 lots long get 22.5 (22), 10 lots short owe it (23).
#[test]
fn pending_earnings_count_before_they_are_realised() {
    let mut terms = terms();
    for side in &mut terms.sides {
        side.earned = Earned(9 << 30);
    }
    assert_eq!(health_of(&terms, lots(10), -900).equity, 90 + 22);
    assert_eq!(health_of(&terms, lots(-10), 1_100).equity, 90 - 23);
    // What was earned before the checkpoint is in the quote already.
    let settled = PositionState { checkpoint: Earned(9 << 30), ..position(lots(10), -900) };
    assert_eq!(position_health(&terms, &settled).unwrap().equity, 90);
}

/// A side at scale 1/2: 11 units are 5.5 lots, worth 5.5 * 99 = 544.5 to a long and 5.5 * 101 = 555.5 to a short;
/// notional 550; maintenance 550 / 16 = 34.375. Earned counts per unit: 11 * 1.
#[test]
fn at_half_scale_base_halves_and_earnings_do_not() {
    let mut terms = terms();
    let half = SideIndex { scale: Scale(1 << (SCALE_BITS - 1)), earned: Earned(1 << 32) };
    terms.sides = [half, half];
    let long = health_of(&terms, lots(11), 0);
    assert_eq!((long.equity, long.notional, long.maintenance), (544 + 11, 550, 35));
    let short = health_of(&terms, lots(-11), 0);
    assert_eq!((short.equity, short.notional, short.maintenance), (-556 - 11, 550, 35));
}

/// A side at scale 1/3: one unit of 65 536 quanta is 21 845.33 quanta of base, 21 845 for a long and 21 846 for a
/// short. At 99: 21 845 * 99 / 65 536 = 32.9995 (32); at 101: 21 846 * 101 / 65 536 = 33.668 (34).
/// Notional at 100: 33.333 and 33.334, both 34. Maintenance 34 / 16 = 2.125.
#[test]
fn at_a_third_of_the_scale_every_rounding_goes_against_the_account() {
    let mut terms = terms();
    let third = SideIndex { scale: Scale((1 << SCALE_BITS) / 3), earned: Earned(0) };
    terms.sides = [third, third];
    let long = health_of(&terms, lots(1), 0);
    assert_eq!((long.equity, long.notional, long.maintenance), (32, 34, 3));
    let short = health_of(&terms, lots(-1), 0);
    assert_eq!((short.equity, short.notional, short.maintenance), (-34, 34, 3));
}

/// Each side has its own index: a long does not see what shorts earn or lose.
#[test]
fn a_position_follows_its_own_side() {
    let mut terms = terms();
    let [_, short] = &mut terms.sides;
    *short = SideIndex { scale: Scale(1 << (SCALE_BITS - 2)), earned: Earned(7 << 32) };
    assert_eq!(health_of(&terms, lots(10), -900).equity, 90);
    // A quarter of 8 lots: -2 * 101 - 8 * 7 = -258.
    assert_eq!(health_of(&terms, lots(-8), 0).equity, -258);
}

/// 1 000 atoms at 2.5, band 0.5, slow price 1.75, drift 0.5; weights 3/4 and 1/2:
/// - maintenance 1 000 * 2 * 3/4 = 1 500
/// - initial and withdrawal 1 000 * min(2 - 0.5, 1.75) * 1/2 = 750; with a slow price of 1.25: 625
#[test]
fn collateral_counts_at_its_lower_price_and_weight() {
    let mut terms = CollateralTerms {
        point: PricePoint {
            price: Price(5 << 31),
            confidence: Price(1 << 31),
            ema: Price(7 << 30),
            drift: Price(1 << 31),
        },
        maintenance_weight: Ppm(750_000),
        initial_weight: Ppm(500_000),
    };
    let mut health = Health::default();
    health.add_collateral(&terms, 1_000).unwrap();
    let expected = Health { equity: 1_500, initial_equity: 750, withdraw_equity: 750, ..Health::default() };
    assert_eq!(health, expected);
    terms.point.ema = Price(5 << 30);
    health.add_collateral(&terms, 1_000).unwrap();
    assert_eq!((health.equity, health.initial_equity, health.withdraw_equity), (3_000, 1_375, 1_375));
    assert_eq!(health.add_collateral(&terms, 1 << 63), Err(RiskError::Overflow));
}

#[test]
fn a_band_wider_than_the_price_leaves_an_asset_worth_nothing() {
    let point = PricePoint { price: Price(5), confidence: Price(6), ema: Price(9), drift: Price(u64::MAX) };
    assert_eq!((point.low(), point.high()), (Price(0), Price(11)));
    assert_eq!(point.worse_for(Side::Long), Price(0));
    assert_eq!(point.worse_for(Side::Short), Price(u64::MAX));
}

/// Variance 2^-20 per second for 4 seconds is a deviation of 2^-9; three of them of 1 024 atoms are 6.
#[test]
fn drift_grows_with_the_root_of_age() {
    let variance = VarianceRate(1 << 44);
    assert_eq!(drift(atoms(1_024), variance, Seconds(4), 3), Ok(atoms(6)));
    assert_eq!(drift(atoms(1_024), variance, Seconds(16), 3), Ok(atoms(12)));
    assert_eq!(drift(atoms(1_024), variance, Seconds(0), 3), Ok(Price(0)));
    assert_eq!(drift(atoms(1_024), variance, Seconds(4), 0), Ok(Price(0)));
    assert_eq!(drift(Price(u64::MAX), VarianceRate(u64::MAX), Seconds(2), 1), Err(RiskError::Overflow));
    assert_eq!(
        drift(Price(1), VarianceRate(u64::MAX), Seconds(u64::MAX), u32::MAX),
        Err(RiskError::Overflow)
    );
}

/// A position of the largest notional (2^52 atoms) that rises 2 000-fold is still valued (2^52 * 2 000 < 2^63); one
/// that rises 2 049-fold is refused instead of wrapped.
#[test]
fn values_that_do_not_fit_are_refused() {
    let mut terms = terms();
    let risen =
        |fold: u64| PricePoint { price: atoms(fold << 16), ema: atoms(fold << 16), ..Default::default() };
    for units in [lots(1 << 36), lots(-(1 << 36))] {
        terms.point = risen(1);
        assert_eq!(health_of(&terms, units, 0).notional, 1 << 52);
        terms.point = risen(2_000);
        assert_eq!(health_of(&terms, units, 0).notional, 2_000 << 52);
        terms.point = risen(2_049);
        assert_eq!(position_health(&terms, &position(units, 0)), Err(RiskError::Overflow));
    }
}

#[test]
fn margins_are_covered_from_equality_on() {
    let at =
        Health { equity: 5, initial_equity: 7, withdraw_equity: 7, maintenance: 5, initial: 7, notional: 9 };
    assert!(at.covers_maintenance() && at.covers_initial() && at.covers_withdrawal());
    assert_eq!(at.initial_excess(), 0);
    assert!(!Health { equity: 4, ..at }.covers_maintenance());
    let short = Health { initial_equity: 6, ..at };
    assert!(!short.covers_initial() && short.covers_withdrawal());
    assert_eq!(short.initial_excess(), -1);
    // Equity for opening risk does not pay a withdrawal.
    let unsettled = Health { withdraw_equity: 6, ..at };
    assert!(!unsettled.covers_withdrawal() && unsettled.covers_initial());
}
