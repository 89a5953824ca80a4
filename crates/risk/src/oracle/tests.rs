use proptest::prelude::*;

use super::{combine::FUTURE_SKEW_SECS, *};
use crate::{
    math::reference::big,
    units::{Ppm, Price, Seconds},
    RiskError,
};

mod conversion;
mod median;

/// Present time of the tests.
const NOW: UnixTime = UnixTime(1_800_000_000);

fn seconds_ago(seconds: i64) -> UnixTime {
    UnixTime(NOW.0 - seconds)
}

/// 30 seconds, a band of 1 %, sources at most 2 % apart; 10^-3 from dollars per SOL to millionths of one per lamport.
fn limits() -> SourceLimits {
    SourceLimits {
        age_max: Seconds(30),
        confidence_max: Ppm(10_000),
        deviation_max: Ppm(20_000),
        quantum_exponent: -3,
    }
}

/// SOL/USD as it was on the main network: 140.615937 +- 0.13793699.
fn decoded() -> Decoded {
    Decoded { mantissa: 14_061_593_700, confidence: 13_793_699, exponent: -8, publish: seconds_ago(2) }
}

fn judged(decoded: Decoded) -> Result<Reading, Fault> {
    judge(Ok(decoded), &limits(), seconds_ago(10), NOW)
}

fn fault(decoded: Decoded) -> Option<Fault> {
    judged(decoded).err()
}

fn reading(price: u64, confidence: u64) -> Reading {
    Reading { price: Price(price), confidence: Price(confidence), publish: seconds_ago(1) }
}

fn any_reading() -> impl Strategy<Value = Reading> {
    (1u64..1 << 60, 0u32..60, 0u64..1 << 60, 0u32..60)
        .prop_map(|(price, shift, band, band_shift)| reading((price >> shift).max(1), band >> band_shift))
}

/// Two readings within a few per cent of each other, and their bands around the limit.
fn near_readings() -> impl Strategy<Value = (Reading, Reading)> {
    (1u64 << 20..1 << 60, 0u32..40, 960_000u64..1_040_000, 0u64..20_000, 0u64..20_000).prop_map(
        |(price, shift, ratio, band, other_band)| {
            let price = price >> shift;
            let part = |ppm: u64| (u128::from(price) * u128::from(ppm) / 1_000_000) as u64;
            (reading(price.max(1), part(band)), reading(part(ratio).max(1), part(other_band)))
        },
    )
}

fn any_limits() -> impl Strategy<Value = SourceLimits> {
    (0u32..=50_000, 0u32..=100_000).prop_map(|(confidence, deviation)| SourceLimits {
        confidence_max: Ppm(confidence),
        deviation_max: Ppm(deviation),
        ..limits()
    })
}

/// 14 061 593 700 * 10^(-8 - 3) * 2^32 = 0.140615937 * 4 294 967 296 = 603 940 850.71...
/// 13 793 699 * 10^-11 * 2^32 = 592 434.86...
#[test]
fn a_sound_reading_becomes_a_price_per_quantum() {
    let expected = Reading { price: Price(603_940_850), confidence: Price(592_434), publish: seconds_ago(2) };
    assert_eq!(judged(decoded()), Ok(expected));
}

#[test]
fn what_the_adapter_refused_stays_refused() {
    for fault in [Fault::WrongAccount, Fault::Halted, Fault::BadConfidence] {
        assert_eq!(judge(Err(fault), &limits(), seconds_ago(10), NOW), Err(fault));
    }
}

#[test]
fn time_guards_hold_to_the_second() {
    let skew = FUTURE_SKEW_SECS.cast_signed();
    let table = [
        // seconds ago, newest accepted seconds ago, fault
        (-skew, 10, None),
        (-skew - 1, 10, Some(Fault::FromFuture)),
        (i64::MIN + NOW.0 + 1, 10, Some(Fault::FromFuture)),
        (30, 40, None),
        (31, 40, Some(Fault::TooOld)),
        // Too old is found before replayed.
        (31, 10, Some(Fault::TooOld)),
        (NOW.0, 40, Some(Fault::TooOld)),
        // The second that was accepted last may come again; the one before may not.
        (10, 10, None),
        (11, 10, Some(Fault::Replayed)),
        // Also when the newest one came from the tolerated future.
        (0, -skew, Some(Fault::Replayed)),
    ];
    for (ago, newest, expected) in table {
        let decoded = Ok(Decoded { publish: seconds_ago(ago), ..decoded() });
        let result = judge(decoded, &limits(), seconds_ago(newest), NOW);
        assert_eq!(result.err(), expected, "published {ago} s ago, newest {newest} s ago");
    }
    for publish in [i64::MIN, 0] {
        assert_eq!(fault(Decoded { publish: UnixTime(publish), ..decoded() }), Some(Fault::TooOld));
    }
    assert_eq!(fault(Decoded { publish: UnixTime(i64::MAX), ..decoded() }), Some(Fault::FromFuture));
}

/// The same second replaces: the second reading is judged by itself.
#[test]
fn the_same_second_replaces() {
    let second = Decoded { mantissa: 14_061_594_700, ..decoded() };
    let newest = judged(decoded()).unwrap().publish;
    // 1 000 more: 603 940 850.71 + 1 000 * 10^-11 * 2^32 = 603 940 893.66.
    let expected = Reading { price: Price(603_940_893), ..judged(decoded()).unwrap() };
    assert_eq!(judge(Ok(second), &limits(), newest, NOW), Ok(expected));
}

#[test]
fn a_price_must_be_positive_and_representable() {
    for mantissa in [0, -1, i128::MIN, i128::from(i64::MIN)] {
        assert_eq!(fault(Decoded { mantissa, ..decoded() }), Some(Fault::BadPrice), "{mantissa}");
    }
    // 10^-11 * 2^32 = 0.043 rounds to zero; 24 of them are 1.03.
    let tiny = |mantissa| Decoded { mantissa, confidence: 0, ..decoded() };
    assert_eq!(fault(tiny(23)), Some(Fault::BadPrice));
    assert_eq!(judged(tiny(24)).unwrap().price, Price(1));
    // 2^32 atoms per quantum do not fit: 2^32 * 10^11 = 429 496 729 600 000 000 000.
    let huge = |mantissa| Decoded { mantissa, ..decoded() };
    assert_eq!(fault(huge(429_496_729_600_000_000_000)), Some(Fault::BadPrice));
    assert_eq!(fault(huge(429_496_729_599_999_999_999)), None);
    assert_eq!(fault(huge(i128::MAX)), Some(Fault::BadPrice));
}

/// -3 is added to the source's exponent; -28 and 12 are the ends of what can be converted.
#[test]
fn an_exponent_out_of_range_is_refused() {
    let with = |exponent, mantissa: i128| fault(Decoded { exponent, mantissa, confidence: 0, ..decoded() });
    assert_eq!(with(-25, 1 << 100), None);
    assert_eq!(with(-26, 1 << 100), Some(Fault::BadExponent));
    // 1 * 10^12 needs 40 + 32 bits: the exponent is accepted, the price is not.
    assert_eq!(with(15, 1), Some(Fault::BadPrice));
    assert_eq!(with(16, 1), Some(Fault::BadExponent));
    assert_eq!(with(i32::MIN, 1), Some(Fault::BadExponent));
    assert_eq!(with(i32::MAX, 1), Some(Fault::BadExponent));
}

#[test]
fn confidence_must_be_below_the_price() {
    let with = |confidence| fault(Decoded { confidence, ..decoded() });
    assert_eq!(with(14_061_593_699), None);
    assert_eq!(with(14_061_593_700), Some(Fault::BadConfidence));
    assert_eq!(with(u128::MAX), Some(Fault::BadConfidence));
    assert_eq!(with(0), None);
    // All zero: no price, whatever the confidence.
    assert_eq!(fault(Decoded { mantissa: 0, confidence: 0, ..decoded() }), Some(Fault::BadPrice));
}

/// 2 % of 1 000 000 is 20 000: sources so far apart still agree; one more and they contradict each other. Their
/// difference is the band, which a good reading may have at 1 %, 10 000.
#[test]
fn sources_agree_up_to_the_deviation_bound() {
    let price = |other| combine(Ok(reading(1_000_000, 50)), Ok(reading(other, 70)), &limits());
    let assessment = |verdict, confidence| Assessment {
        verdict,
        price: Price(1_000_000),
        confidence: Price(confidence),
        publish: seconds_ago(1),
    };
    assert_eq!(price(1_000_000), assessment(Verdict::Good, 70));
    assert_eq!(price(1_010_000), assessment(Verdict::Good, 10_000));
    assert_eq!(price(990_001), assessment(Verdict::Good, 9_999));
    assert_eq!(price(1_010_001), assessment(Verdict::Uncertain, 10_000));
    assert_eq!(price(1_020_000), assessment(Verdict::Uncertain, 10_000));
    let none = Assessment {
        verdict: Verdict::Diverged,
        price: Price(0),
        confidence: Price(0),
        publish: UnixTime(0),
    };
    assert_eq!(price(1_020_001), none);
    // Downward the bound is taken of the smaller price: 2 % of 980 392 is 19 607.84, and 1 000 000 - 980 393 = 19 607.
    assert_eq!(price(980_393), assessment(Verdict::Uncertain, 10_000));
    assert_eq!(price(980_392), none);
}

#[test]
fn one_source_alone_is_a_lower_verdict_and_none_is_dead() {
    let first = Ok(reading(1_000_000, 400));
    let second = Ok(Reading { publish: seconds_ago(3), ..reading(2_000_000, 500) });
    let alone = Assessment {
        verdict: Verdict::SingleSource,
        price: Price(1_000_000),
        confidence: Price(400),
        publish: seconds_ago(1),
    };
    assert_eq!(combine(first, Err(Fault::TooOld), &limits()), alone);
    let other =
        Assessment { price: Price(2_000_000), confidence: Price(500), publish: seconds_ago(3), ..alone };
    assert_eq!(combine(Err(Fault::Replayed), second, &limits()), other);
    // 1 % of 1 000 000 is 10 000.
    let wide = combine(Ok(reading(1_000_000, 10_001)), Err(Fault::Halted), &limits());
    assert_eq!((wide.verdict, wide.confidence), (Verdict::Uncertain, Price(10_000)));
    let dead = combine(Err(Fault::TooOld), Err(Fault::TooOld), &limits());
    let nothing =
        Assessment { verdict: Verdict::Dead, price: Price(0), confidence: Price(0), publish: UnixTime(0) };
    assert_eq!(dead, nothing);
}

/// DESIGN section 5 and ORACLES: opening needs two sources that agree; whoever reduces is never refused; contradicting
/// or missing sources liquidate nobody and pay nothing; doubt halves a liquidation.
#[test]
fn the_table_of_permits_is_this() {
    use Permit::{Full, Half, Refused};
    let actions =
        [Action::OpenRisk, Action::Withdraw, Action::ReduceRisk, Action::Liquidate, Action::SettleProfit];
    let table = [
        (Verdict::Good, [Full, Full, Full, Full, Full]),
        (Verdict::SingleSource, [Refused, Full, Full, Half, Full]),
        (Verdict::Uncertain, [Refused, Refused, Full, Half, Refused]),
        (Verdict::Diverged, [Refused, Refused, Full, Refused, Refused]),
        (Verdict::Dead, [Refused, Refused, Full, Refused, Refused]),
        (Verdict::Unknown, [Refused, Refused, Full, Refused, Refused]),
        (Verdict::Grace, [Refused, Refused, Full, Refused, Refused]),
    ];
    for (verdict, permits) in table {
        for (action, expected) in actions.into_iter().zip(permits) {
            assert_eq!(permit(verdict, action), expected, "{verdict:?} {action:?}");
            // A grace overrides every verdict, also the best one.
            let in_grace = permit(verdict.in_grace(true), action);
            assert_eq!(in_grace, if action == Action::ReduceRisk { Full } else { Refused });
            assert_eq!(permit(verdict.in_grace(false), action), expected);
        }
    }
}

#[test]
fn stored_verdicts_are_read_back_and_unknown_ones_permit_only_reductions() {
    for value in 0..=u8::MAX {
        let verdict = Verdict::from_u8(value);
        let expected = if value <= 6 { value } else { 0 };
        assert_eq!(verdict as u8, expected);
        // Good, single source and uncertain come with a price.
        assert_eq!(verdict.has_price(), (1..=3).contains(&value));
    }
    assert_eq!(permit(Verdict::from_u8(200), Action::OpenRisk), Permit::Refused);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Which source is the primary decides the price, never whether the two agree.
    #[test]
    fn contradiction_does_not_depend_on_the_order(
        (first, second) in prop_oneof![near_readings(), (any_reading(), any_reading())], limits in any_limits(),
    ) {
        let forward = combine(Ok(first), Ok(second), &limits).verdict;
        let backward = combine(Ok(second), Ok(first), &limits).verdict;
        prop_assert_eq!(forward == Verdict::Diverged, backward == Verdict::Diverged);
        // |p - q| * 10^6 <= min(p, q) * bound, in integers.
        let difference = u128::from(first.price.0.abs_diff(second.price.0)) * 1_000_000;
        let bound = u128::from(first.price.0.min(second.price.0)) * u128::from(limits.deviation_max.0);
        prop_assert_eq!(forward == Verdict::Diverged, difference > bound);
    }

    /// The band covers both sources and both bands, unless it would be wider than a good reading's: then it is exactly
    /// as wide as that and the verdict is lower.
    #[test]
    fn the_band_covers_both_sources_or_lowers_the_verdict(
        (first, second) in near_readings(), limits in any_limits(),
    ) {
        let assessment = combine(Ok(first), Ok(second), &limits);
        if assessment.verdict == Verdict::Diverged {
            return Ok(());
        }
        let difference = first.price.0.abs_diff(second.price.0);
        let needed = difference.max(first.confidence.0).max(second.confidence.0);
        let widest = (u128::from(first.price.0) * u128::from(limits.confidence_max.0) / 1_000_000) as u64;
        let is_wide = needed > widest;
        prop_assert_eq!(assessment.verdict, if is_wide { Verdict::Uncertain } else { Verdict::Good });
        prop_assert_eq!(assessment.confidence.0, if is_wide { widest } else { needed });
        prop_assert_eq!((assessment.price, assessment.publish), (first.price, first.publish));
    }

    /// A verdict has a price exactly if the assessment's is not zero, so nothing acts on a price of zero.
    #[test]
    fn a_verdict_without_a_price_carries_none(
        first in prop::option::of(any_reading()), second in prop::option::of(any_reading()), limits in any_limits(),
    ) {
        let source = |reading: Option<Reading>| reading.ok_or(Fault::TooOld);
        let assessment = combine(source(first), source(second), &limits);
        prop_assert_eq!(assessment.verdict.has_price(), assessment.price.0 != 0);
        prop_assert!(first.is_some() || second.is_some() || assessment.verdict == Verdict::Dead);
    }

    /// Whatever a source says: if it is accepted, it is recent, not older than the last one, positive, and its band
    /// is narrower than its price; and if not, one of these rules says so.
    #[test]
    fn a_source_is_accepted_exactly_if_every_guard_holds(
        mantissa in prop_oneof![any::<i128>(), -1_000i128..1_000, 0i128..1 << 70], confidence in 0u128..1 << 70,
        exponent in prop_oneof![-40i32..20, any::<i32>()], ago in -10i64..50, newest in -10i64..50,
    ) {
        let decoded = Decoded { mantissa, confidence, exponent, publish: seconds_ago(ago) };
        let result = judge(Ok(decoded), &limits(), seconds_ago(newest), NOW);
        let is_timely = (-5..=30).contains(&ago) && ago <= newest;
        let is_convertible = (-25..=15).contains(&exponent) && is_representable(mantissa, exponent - 3);
        let is_sure = mantissa > 0 && confidence < mantissa.unsigned_abs();
        prop_assert_eq!(result.is_ok(), is_timely && is_convertible && is_sure);
        if let Ok(reading) = result {
            prop_assert!(reading.price.0 > 0 && reading.confidence <= reading.price);
        }
    }
}

/// True when `mantissa * 10^exponent * 2^32` is in [1, 2^64).
fn is_representable(mantissa: i128, exponent: i32) -> bool {
    if mantissa <= 0 {
        return false;
    }
    let power = (0..exponent.unsigned_abs()).fold(big(1), |power, _| power * big(10));
    let (num, den) = if exponent < 0 { (big(1), power) } else { (power, big(1)) };
    let product = big(mantissa) * big(1u64 << 32) * num;
    product >= den && product < den * big(1u128 << 64)
}
