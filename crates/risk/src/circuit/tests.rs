use std::vec::Vec;

use super::*;
use crate::{
    oracle::Verdict,
    units::{Price, VarianceRate},
    RiskError,
};

mod laws;
mod model;

const ALL: [State; 5] = [State::Normal, State::Elevated, State::ReduceOnly, State::Halted, State::Recovery];
const ACTIONS: [Action; 7] = [
    Action::OpenRisk,
    Action::Withdraw,
    Action::WithdrawFlat,
    Action::Deposit,
    Action::ReduceRisk,
    Action::Liquidate,
    Action::SettleProfit,
];

fn stay(min: u64, max: u64) -> Stay {
    Stay { min: Seconds(min), max: Seconds(max) }
}

/// Levels as a market might have them: 4, 6 and 9 deviations; two hours of budget, a quarter of it for positions.
fn params() -> Params {
    Params {
        deviations_milli: [
            Level { enter: 4_000, exit: 2_500 },
            Level { enter: 6_000, exit: 4_000 },
            Level { enter: 9_000, exit: 6_000 },
        ],
        reproduction_ppm: [
            Level { enter: 800_000, exit: 600_000 },
            Level { enter: 1_000_000, exit: 800_000 },
        ],
        runway_secs: Level { enter: 3_600, exit: 7_200 },
        hits: 2,
        readings: 3,
        reading_gap: Seconds(60),
        blind_max: Seconds(120),
        stays: [stay(60, 3_600), stay(60, 1_200), stay(60, 600), stay(300, 1_800)],
        cooldown: Seconds(300),
        budget: Seconds(3_600),
        period: Seconds(86_400),
        positions_share: Ppm(250_000),
        raised_margin: Ppm(1_500_000),
    }
}

/// Nothing is wrong, and the price is this far off.
fn calm(deviations_milli: u32, published: i64) -> Inputs {
    Inputs {
        verdict: Verdict::Good,
        reading: Reading { deviations_milli, published: UnixTime(published) },
        reproduction: Ppm(0),
        is_pace_infeasible: false,
        runway: Seconds(u64::MAX),
        is_group_tight: false,
    }
}

/// Readings (deviations, time), published when they are taken.
fn readings(circuit: Circuit, all: &[(u32, i64)]) -> Circuit {
    all.iter().fold(circuit, |circuit, &(z, now)| circuit.advance(&params(), &calm(z, now), UnixTime(now)))
}

fn start() -> Circuit {
    Circuit::new(UnixTime(1_000))
}

#[test]
fn deposits_reductions_and_flat_withdrawals_are_allowed_in_every_state() {
    for number in 0..=u8::MAX {
        for action in [Action::Deposit, Action::ReduceRisk, Action::WithdrawFlat] {
            assert_eq!(permit(State::from_u8(number), action), Permit::Full);
        }
    }
}

/// The table of the specification, written out once more.
#[test]
fn every_state_allows_exactly_what_the_table_says() {
    use Permit::{Full, Half, RaisedMargin as Raised, Refused};
    let expected = [
        [Full, Full, Full, Full, Full, Full, Full],
        [Raised, Raised, Full, Full, Full, Full, Full],
        [Refused, Refused, Full, Full, Full, Full, Full],
        [Refused, Refused, Full, Full, Full, Refused, Refused],
        [Raised, Raised, Full, Full, Full, Half, Full],
    ];
    for (state, row) in ALL.iter().zip(expected) {
        let answers: Vec<Permit> = ACTIONS.iter().map(|action| permit(*state, *action)).collect();
        assert_eq!(answers, row, "{state:?}");
    }
}

#[test]
fn unknown_states_count_as_the_strictest_that_lets_people_out() {
    for number in 0..=u8::MAX {
        let state = State::from_u8(number);
        assert_eq!(state as u8, if number > 4 { 3 } else { number });
    }
    assert_eq!(State::Normal.margin_factor(&params()), Ppm(1_000_000));
    assert_eq!(State::Elevated.margin_factor(&params()), Ppm(1_500_000));
    let lax = Params { raised_margin: Ppm(1), ..params() };
    assert_eq!(State::Recovery.margin_factor(&lax), Ppm(1_000_000));
}

/// Two of three readings at a level reach it, and readings of one publish time are one.
#[test]
fn two_of_three_readings_with_different_publish_times_trip() {
    assert_eq!(readings(start(), &[(9_000, 1_001)]).state(), State::Normal);
    assert_eq!(
        readings(start(), &[(9_000, 1_001), (0, 1_002), (0, 1_003), (9_000, 1_004)]).state(),
        State::Normal
    );
    assert_eq!(readings(start(), &[(9_000, 1_001), (0, 1_002), (9_000, 1_003)]).state(), State::Halted);
    assert_eq!(readings(start(), &[(9_000, 1_001), (6_000, 1_002)]).state(), State::ReduceOnly);
    assert_eq!(readings(start(), &[(4_000, 1_001), (5_999, 1_002)]).state(), State::Elevated);
    let mut circuit = start();
    for now in 1_001..1_061 {
        circuit = circuit.advance(&params(), &calm(9_000, 1_001), UnixTime(now));
        assert_eq!(circuit.state(), State::Normal);
    }
    // More than a minute after the first, the second stands alone.
    assert_eq!(readings(start(), &[(9_000, 1_001), (9_000, 1_062)]).state(), State::Normal);
}

#[test]
fn a_halt_ends_when_calm_after_the_shortest_stay_and_anyway_after_the_longest() {
    let halted = readings(start(), &[(9_000, 1_001), (9_000, 1_002)]);
    assert_eq!((halted.state(), halted.stay_secs), (State::Halted, 0));
    let then = |z, after: i64| readings(halted, &[(z, 1_002 + after)]).state();
    assert_eq!((then(0, 59), then(0, 60)), (State::Halted, State::Recovery));
    // Between exit (6) and entry (9).
    assert_eq!((then(5_999, 60), then(6_000, 60)), (State::Recovery, State::Halted));
    assert_eq!((then(20_000, 599), then(20_000, 600)), (State::Halted, State::Recovery));
    // Without any crank: 600 s halted, 1 800 s recovery, 3 600 s elevated.
    let at = |after: i64| halted.at(&params(), UnixTime(1_002 + after)).state();
    assert_eq!((at(599), at(600)), (State::Halted, State::Recovery));
    assert_eq!((at(2_399), at(2_400)), (State::Recovery, State::Elevated));
    assert_eq!((at(5_999), at(6_000)), (State::Elevated, State::Normal));
}

/// Blind from 1 001 on: after 120 seconds nothing is opened. R of one does the same at once, but never halts.
#[test]
fn blindness_reproduction_pace_runway_grace_and_group_tighten_as_far_as_they_may() {
    let after = |inputs: Inputs| start().advance(&params(), &inputs, UnixTime(1_001)).state();
    let fine = calm(0, 0);
    assert_eq!(after(fine), State::Normal);
    assert_eq!(after(Inputs { reproduction: Ppm(799_999), ..fine }), State::Normal);
    assert_eq!(after(Inputs { reproduction: Ppm(800_000), ..fine }), State::Elevated);
    assert_eq!(after(Inputs { reproduction: Ppm(u32::MAX), ..fine }), State::ReduceOnly);
    assert_eq!(after(Inputs { is_pace_infeasible: true, ..fine }), State::ReduceOnly);
    assert_eq!(after(Inputs { runway: Seconds(3_601), ..fine }), State::Normal);
    assert_eq!(after(Inputs { runway: Seconds(0), ..fine }), State::Elevated);
    assert_eq!(after(Inputs { is_group_tight: true, ..fine }), State::Elevated);
    assert_eq!(after(Inputs { verdict: Verdict::Grace, ..fine }), State::Halted);
    for verdict in [Verdict::Dead, Verdict::Diverged, Verdict::Unknown] {
        let blind = Inputs { verdict, ..fine };
        let first = start().advance(&params(), &blind, UnixTime(1_001));
        let then = |now| first.advance(&params(), &blind, UnixTime(now)).state();
        assert_eq!(
            (first.state(), then(1_120), then(1_121)),
            (State::Normal, State::Normal, State::ReduceOnly)
        );
        let seen = first.advance(&params(), &fine, UnixTime(1_060));
        assert_eq!(seen.advance(&params(), &blind, UnixTime(1_121)).state(), State::Normal);
    }
}

/// C·D = 3 600 · 86 400 = 311 040 000, and a restricted second costs 82 800: 3 756 s at once. A quarter of it,
/// 77 760 000, is for positions: 939 s.
#[test]
fn whoever_inflates_reproduction_leaves_three_quarters_of_the_budget() {
    assert_eq!(params().room_secs(0, Cause::Outside), 3_756);
    assert_eq!(params().room_secs(0, Cause::Positions), 939);
    let inflated = Inputs { reproduction: Ppm(u32::MAX), ..calm(0, 0) };
    let restricted = start().advance(&params(), &inflated, UnixTime(2_000));
    let end = |circuit: &Circuit, after: i64| circuit.at(&params(), UnixTime(2_000 + after)).state();
    assert_eq!((end(&restricted, 938), end(&restricted, 939)), (State::ReduceOnly, State::Recovery));
    // A crash meanwhile may use the rest of the longest stay.
    let crash = readings(restricted, &[(6_000, 2_001), (6_000, 2_002)]);
    assert_eq!(crash.cause(), Cause::Outside);
    assert_eq!((end(&crash, 1_199), end(&crash, 1_200)), (State::ReduceOnly, State::Recovery));
}

/// R restricts from 2 000 to 2 939, when its part of the budget is used up. The cooldown of 300 s does not hold up a crash.
#[test]
fn whoever_inflates_reproduction_does_not_shield_the_market_from_a_crash() {
    let inflated = Inputs { reproduction: Ppm(u32::MAX), ..calm(0, 0) };
    let recovery = start().advance(&params(), &inflated, UnixTime(2_000)).at(&params(), UnixTime(2_939));
    assert_eq!((recovery.state(), recovery.cause()), (State::Recovery, Cause::Positions));
    assert_eq!(recovery.advance(&params(), &inflated, UnixTime(2_940)).state(), State::Recovery);
    assert_eq!(readings(recovery, &[(9_000, 2_940), (9_000, 2_941)]).state(), State::Halted);
    let crashed = Circuit { cause: Cause::Outside as u8, ..recovery };
    assert_eq!(readings(crashed, &[(9_000, 2_940), (9_000, 2_941)]).state(), State::Recovery);
}

#[test]
fn a_market_that_only_follows_its_group_does_not_count_for_it() {
    let follows = Inputs { is_group_tight: true, ..calm(0, 0) };
    let group = start().advance(&params(), &follows, UnixTime(2_000));
    assert_eq!((group.state(), group.is_troubled()), (State::Elevated, false));
    let own = Inputs { reproduction: Ppm(800_000), ..follows };
    let troubled = group.advance(&params(), &own, UnixTime(2_001));
    assert!(troubled.is_troubled());
    assert!(!troubled.advance(&params(), &follows, UnixTime(2_002)).is_troubled());
    assert!(!start().is_troubled());
}

#[test]
fn a_group_is_tight_from_the_entry_level_of_one_measure_to_the_exit_levels_of_both() {
    let params = GroupParams {
        troubled: Level { enter: 3, exit: 2 },
        drawn_ppm: Level { enter: 200_000, exit: 100_000 },
    };
    let tight = |troubled, drawn_ppm, was| is_group_tight(&GroupCounts { troubled, drawn_ppm }, &params, was);
    assert!(!tight(2, 199_999, false));
    assert!(tight(3, 0, false) && tight(0, 200_000, false));
    assert!(tight(2, 0, true) && tight(0, 100_000, true));
    assert!(!tight(1, 99_999, true));
}

/// 1 % per hour over an hour: e^0.04 is four deviations, and so is e^-0.04. 512 409 557 603 = 0.01² / 3 600 · 2^64.
#[test]
fn four_deviations_of_one_percent_are_four_thousand_milli() {
    let variance = VarianceRate(512_409_557_603);
    let of = |price: u64| {
        deviations_milli_floor(Price(price << 20), Price(1_000_000_000 << 20), variance, Seconds(3_600))
    };
    // ln 1.040810774 = 0.0399999998, ln 1.040810780 = 0.0400000055; ln 0.960789440 = -0.0399999991.
    assert_eq!((of(1_040_810_774), of(1_040_810_780)), (Ok(3_999), Ok(4_000)));
    assert_eq!((of(960_789_440), of(960_789_430)), (Ok(3_999), Ok(4_000)));
    assert_eq!(of(1_000_000_000), Ok(0));
    assert_eq!(of(0), Err(RiskError::DomainError));
    let still = deviations_milli_floor(Price(1), Price(2), VarianceRate(0), Seconds(3_600));
    assert_eq!(still, Err(RiskError::DivisionByZero));
    // ln 2^63 / sqrt(2^64 - 1 in 2^-64) = 43.668.
    let wide = deviations_milli_floor(Price(1 << 63), Price(1), VarianceRate(u64::MAX), Seconds(1));
    assert_eq!(wide, Ok(43_668));
    let tiny = deviations_milli_floor(Price(1 << 63), Price(1), VarianceRate(1), Seconds(1));
    assert_eq!(tiny, Ok(u32::MAX));
}

#[test]
fn parameters_whose_levels_or_stays_are_out_of_order_are_not_consistent() {
    assert!(params().is_consistent());
    let flat = Level { enter: 4_000, exit: 4_000 };
    let [elevated, reduce, halt] = params().deviations_milli;
    let wrong = [
        Params { deviations_milli: [flat, reduce, halt], ..params() },
        Params { deviations_milli: [elevated, halt, reduce], ..params() },
        Params { deviations_milli: [elevated, reduce, Level { exit: 6_001, ..halt }], ..params() },
        Params { stays: [stay(2, 1); 4], ..params() },
        Params { stays: [stay(0, 1); 4], ..params() },
        Params { hits: 4, ..params() },
        Params { hits: 0, ..params() },
        Params { readings: 9, ..params() },
        Params { budget: Seconds(43_201), ..params() },
        Params { positions_share: Ppm(1_000), ..params() },
        Params { raised_margin: Ppm(999_999), ..params() },
        Params { runway_secs: flat, ..params() },
    ];
    for params in wrong {
        assert!(!params.is_consistent(), "{params:?}");
    }
}

/// Two of three readings made it elevated. Once it was left, they do not count with the next one.
#[test]
fn readings_from_before_a_state_was_left_are_forgotten() {
    let elevated = readings(start(), &[(4_000, 1_001), (4_000, 1_002)]);
    let left = readings(elevated, &[(0, 1_062)]);
    assert_eq!((elevated.state(), left.state(), left.history), (State::Elevated, State::Normal, 0));
    assert_eq!(readings(left, &[(4_000, 1_063)]).state(), State::Normal);
    assert_eq!(readings(left, &[(4_000, 1_063), (4_000, 1_064)]).state(), State::Elevated);
}

/// Elevated from 2 000 on, 3 600 s at the longest, then 300 s in which only what wants more than elevated counts.
#[test]
fn after_the_longest_stay_in_elevated_it_is_normal_for_the_cooldown() {
    let tense = |reproduction| Inputs { reproduction: Ppm(reproduction), ..calm(0, 0) };
    let go = |circuit: Circuit, r, now| circuit.advance(&params(), &tense(r), UnixTime(now));
    let elevated = go(start(), 900_000, 2_000);
    assert_eq!(go(elevated, 900_000, 5_599).state(), State::Elevated);
    let normal = go(elevated, 900_000, 5_600);
    assert_eq!(normal.state(), State::Normal);
    assert_eq!(go(normal, 900_000, 5_899).state(), State::Normal);
    assert_eq!(go(normal, 900_000, 5_900).state(), State::Elevated);
    assert_eq!(go(normal, 1_000_000, 5_601).state(), State::ReduceOnly);
    // Without budget it is elevated, and not blocked.
    assert_eq!(go(Circuit { used: 311_040_000, ..normal }, 1_000_000, 5_601).state(), State::Elevated);
}

/// The stricter of both tables, for every pair; a raised margin does not bound the size.
#[test]
fn two_permits_together_are_the_stricter() {
    use crate::oracle::Permit as Verdict;
    let strictness = |permit: Verdict| match permit {
        Verdict::Full => 0,
        Verdict::Half => 1,
        Verdict::Refused => 2,
    };
    for verdict in [Verdict::Full, Verdict::Half, Verdict::Refused] {
        for (state, own) in
            [(Permit::Full, 0), (Permit::RaisedMargin, 0), (Permit::Half, 1), (Permit::Refused, 2)]
        {
            let together = strictness(stricter(verdict, state));
            assert_eq!(together, strictness(verdict).max(own), "{verdict:?} and {state:?}");
        }
    }
}

/// A tenth within a day leaves nine tenths for nine days; half of it a day; all of it nothing; nothing lasts for ever.
#[test]
fn a_runway_is_what_is_left_over_what_was_drawn() {
    let day = Seconds(86_400);
    assert_eq!(runway(Ppm(100_000), day), Seconds(9 * 86_400));
    assert_eq!(runway(Ppm(500_000), day), day);
    assert_eq!(runway(Ppm(1_000_000), day), Seconds(0));
    assert_eq!(runway(Ppm(u32::MAX), day), Seconds(0));
    assert_eq!(runway(Ppm(0), day), Seconds(u64::MAX));
    // 86 400 · 999 999, exactly: 2 740 years.
    assert_eq!(runway(Ppm(1), day), Seconds(86_399_913_600));
}

proptest::proptest! {
    #[test]
    fn the_more_was_drawn_the_shorter_the_runway(drawn in 0u32..=1_000_000, more in 0u32..1_000, window in 1u64..1 << 40) {
        let [before, after] = [drawn, drawn + more].map(|drawn| runway(Ppm(drawn), Seconds(window)).0);
        proptest::prop_assert!(after <= before);
    }
}
