use std::vec::Vec;

use proptest::prelude::*;

use super::*;

const NOW: UnixTime = UnixTime(1_000_000);
const MEASURED: u64 = 1_000;
const BAND: Band = Band { low: Ppm(500_000), high: Ppm(3_000_000) };

fn params(seats: u8, quorum: u8) -> ForecastParams {
    ForecastParams { seats, quorum, age_max: Seconds(60), band: BAND, caution: Caution::Larger }
}

fn report(seat: u8, value: u64, age: i64) -> Report {
    Report { seat, value, reported: UnixTime(NOW.0 - age) }
}

fn result(reports: &[Report], params: &ForecastParams) -> Result<u64> {
    forecast(MEASURED, reports, params, NOW)
}

fn any_value() -> impl Strategy<Value = u64> {
    prop_oneof![2 => 300u64..4_000, 1 => Just(0u64), 1 => Just(u64::MAX), 1 => any::<u64>()]
}

fn any_caution() -> impl Strategy<Value = Caution> {
    prop_oneof![Just(Caution::Larger), Just(Caution::Smaller)]
}

/// Of each seat: what it reports, how old, whether at all.
fn any_committee() -> impl Strategy<Value = Vec<(u64, i64, bool)>> {
    let age = prop_oneof![4 => 0i64..=60, 1 => 61i64..10_000, 1 => -100i64..0];
    prop::collection::vec((any_value(), age, prop::bool::weighted(0.85)), 1..=8)
}

fn reports_of(committee: &[(u64, i64, bool)]) -> Vec<Report> {
    let seats = (0u8..).zip(committee);
    seats.filter(|(_, voice)| voice.2).map(|(seat, voice)| report(seat, voice.0, voice.1)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Liars are fewer than half of the seats, say anything, and honest seats may be silent or stale: the result stays
    /// within what honest seats say and what was measured.
    #[test]
    fn fewer_than_half_of_the_committee_cannot_leave_the_range_of_honest_reports_and_the_measured_value(
        committee in any_committee(), liars in 0usize..4, quorum in 0u8..9, caution in any_caution(),
    ) {
        let seats = committee.len();
        let liars = liars.min((seats - 1) / 2);
        let honest = committee[liars..].iter().filter(|(_, age, says)| *says && (0..=60).contains(age));
        let range: Vec<u64> = honest.map(|voice| voice.0).chain([MEASURED]).collect();
        let params = ForecastParams { caution, ..params(seats as u8, quorum) };
        let value = result(&reports_of(&committee), &params).unwrap();
        prop_assert!(value >= *range.iter().min().unwrap() && value <= *range.iter().max().unwrap());
    }

    #[test]
    fn the_result_is_always_within_the_band(
        committee in any_committee(), measured: u64, low: u32, high: u32, quorum in 0u8..9,
    ) {
        let band = Band { low: Ppm(low), high: Ppm(high) };
        let params = ForecastParams { band, ..params(committee.len() as u8, quorum) };
        let value = forecast(measured, &reports_of(&committee), &params, NOW).unwrap();
        let millionths = u128::from(value) * 1_000_000;
        prop_assert!(millionths >= u128::from(measured) * u128::from(low.min(1_000_000)));
        prop_assert!(millionths <= u128::from(measured) * u128::from(high.max(1_000_000)));
    }

    #[test]
    fn stale_reports_and_those_from_the_future_change_nothing(committee in any_committee(), quorum in 0u8..9) {
        let all = reports_of(&committee);
        let fresh: Vec<Report> =
            all.iter().copied().filter(|r| (0..=60).contains(&(NOW.0 - r.reported.0))).collect();
        let params = params(committee.len() as u8, quorum);
        prop_assert_eq!(result(&all, &params), result(&fresh, &params));
    }

    #[test]
    fn the_order_of_reports_does_not_matter(committee in any_committee(), turn in 0usize..8) {
        let mut reports = reports_of(&committee);
        let params = params(committee.len() as u8, 1);
        let before = result(&reports, &params);
        if !reports.is_empty() {
            let turn = turn % reports.len();
            reports.rotate_left(turn);
        }
        reports.reverse();
        prop_assert_eq!(result(&reports, &params), before);
    }

    #[test]
    fn a_reporter_that_speaks_twice_is_an_error(committee in any_committee(), again in 0usize..8, age in -50i64..200) {
        let mut reports = reports_of(&committee);
        prop_assume!(!reports.is_empty());
        let twice = reports[again % reports.len()].seat;
        reports.push(report(twice, 1_000, age));
        prop_assert_eq!(result(&reports, &params(committee.len() as u8, 1)), Err(RiskError::ReportedTwice));
    }

    /// Of an even number of voices the cautious middle one counts, so the two directions differ and never the other way.
    #[test]
    fn the_cautious_middle_voice_counts(committee in any_committee(), quorum in 0u8..9) {
        let reports = reports_of(&committee);
        let larger = params(committee.len() as u8, quorum);
        let smaller = ForecastParams { caution: Caution::Smaller, ..larger };
        prop_assert!(result(&reports, &smaller).unwrap() <= result(&reports, &larger).unwrap());
        if committee.len() % 2 == 1 {
            prop_assert_eq!(result(&reports, &smaller), result(&reports, &larger));
        }
    }

    /// A forecast that was made about another measured value is cut to the band around the present one.
    #[test]
    fn an_outlook_stays_within_the_band_of_what_is_measured_now(variance: u64, measured: u64, low: u32, high: u32) {
        let outlook = Outlook { variance: VarianceRate(variance), band: Band { low: Ppm(low), high: Ppm(high) } };
        let VarianceRate(value) = outlook.expected(VarianceRate(measured));
        let millionths = u128::from(value) * 1_000_000;
        prop_assert!(millionths >= u128::from(measured) * u128::from(low.min(1_000_000)));
        prop_assert!(millionths <= u128::from(measured) * u128::from(high.max(1_000_000)));
    }
}

/// Five seats: 1 200, 1 500 and 2 000 with two at the measured 1 000 have the median 1 200; with five voices it is theirs.
#[test]
fn silent_seats_speak_for_the_measured_value() {
    let three = [report(0, 2_000, 0), report(3, 1_500, 60), report(4, 1_200, 5)];
    assert_eq!(result(&three, &params(5, 3)), Ok(1_200));
    let five = [three[0], three[1], three[2], report(1, 1_600, 1), report(2, 1_400, 1)];
    assert_eq!(result(&five, &params(5, 3)), Ok(1_500));
    // Four voices: 1 000, 1 200, 1 500, 2 000; the larger middle one.
    let four = [report(0, 2_000, 0), report(3, 1_500, 60), report(1, 1_200, 5)];
    assert_eq!(result(&four, &params(4, 3)), Ok(1_500));
    // Of depths the smaller one.
    let smaller = ForecastParams { caution: Caution::Smaller, ..params(4, 3) };
    assert_eq!(result(&four, &smaller), Ok(1_200));
}

#[test]
fn without_a_quorum_of_fresh_reports_the_measured_value_stands_alone() {
    let reports = [report(0, 2_000, 60), report(1, 2_000, 0), report(2, 2_000, 61)];
    assert_eq!(result(&reports, &params(3, 3)), Ok(MEASURED));
    assert_eq!(result(&reports, &params(3, 2)), Ok(2_000));
    assert_eq!(result(&[], &params(3, 1)), Ok(MEASURED));
    assert_eq!(result(&[], &params(0, 0)), Ok(MEASURED));
}

#[test]
fn the_whole_committee_together_stays_within_the_band() {
    let say = |value| [report(0, value, 0), report(1, value, 0), report(2, value, 0)];
    assert_eq!(result(&say(u64::MAX), &params(3, 3)), Ok(3_000));
    assert_eq!(result(&say(0), &params(3, 3)), Ok(500));
}

#[test]
fn seats_that_do_not_exist_are_an_error() {
    assert_eq!(result(&[report(3, 1, 0)], &params(3, 1)), Err(RiskError::DomainError));
    assert_eq!(result(&[], &params(9, 1)), Err(RiskError::DomainError));
    assert!(result(&[report(7, 1, 0)], &params(8, 1)).is_ok());
}
