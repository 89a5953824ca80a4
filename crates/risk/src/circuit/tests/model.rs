//! Every state that can be reached with small parameters, and every letter of the inputs in each of them.

use std::collections::HashMap;

use super::*;

/// Present time of every explored circuit: only distances of time matter, which `shifted` makes comparable.
const NOW: i64 = 1_000_000;
/// No time, a little, shortest and longest stays, a whole period.
const WAITS: [i64; 5] = [0, 1, 2, 3, 12];

/// As small as parameters with every feature can be. D = 12 and C = 3: a restricted second costs 9 of 36, a free one
/// returns 3, so there are 13 levels, four restricted seconds at once, two of them for positions.
fn small() -> Params {
    Params {
        hits: 2,
        readings: 2,
        reading_gap: Seconds(2),
        blind_max: Seconds(1),
        stays: [stay(1, 2), stay(2, 3), stay(1, 3), stay(2, 3)],
        cooldown: Seconds(2),
        budget: Seconds(3),
        period: Seconds(12),
        positions_share: Ppm(500_000),
        ..params()
    }
}

type Key = (u8, u8, u32, u32, u32, u16, i64);

/// The same circuit at `NOW`, with durations cut where they make no further difference (one above every bound).
fn shifted(circuit: &Circuit) -> Circuit {
    let age = (circuit.updated.0 - circuit.published.0).min(3);
    Circuit {
        updated: UnixTime(NOW),
        published: UnixTime(NOW - age),
        stay_secs: circuit.stay_secs.min(4),
        blind_secs: circuit.blind_secs.min(3),
        ..*circuit
    }
}

fn key(c: &Circuit) -> Key {
    (c.state, c.cause, c.stay_secs, c.used, c.blind_secs, c.history, c.published.0)
}

/// What comes from outside: no price, grace, or a price in each bucket, new or seen before.
fn outside(now: i64) -> Vec<(Verdict, Reading)> {
    let mut letters = std::vec![(Verdict::Dead, Reading::default()), (Verdict::Grace, Reading::default())];
    // Below every exit; between exit and entry of each level; at each entry.
    for (deviations_milli, published) in
        [(0, 0), (0, now), (3_000, now), (4_000, now), (6_000, now), (9_000, now), (9_000, 0)]
    {
        letters.push((Verdict::Good, Reading { deviations_milli, published: UnixTime(published) }));
    }
    letters
}

/// What follows from positions and from other markets: (R in ppm, infeasible, runway, group).
fn inside() -> Vec<(u32, bool, u64, bool)> {
    let quiet = u64::MAX;
    std::vec![
        (0, false, quiet, false),
        (0, false, quiet, true),
        (700_000, false, quiet, false),
        (0, false, 0, false),
        (0, true, 0, true),
        (2_000_000, false, quiet, false),
    ]
}

fn inputs(
    (verdict, reading): (Verdict, Reading),
    (r, pace, runway, group): (u32, bool, u64, bool),
) -> Inputs {
    Inputs {
        verdict,
        reading,
        reproduction: Ppm(r),
        is_pace_infeasible: pace,
        runway: Seconds(runway),
        is_group_tight: group,
    }
}

/// Calls `check` with (circuit, wait, circuit after the wait alone, inputs, circuit after) for every reachable circuit.
/// Returns how many circuits there are.
fn explore(mut check: impl FnMut(&Circuit, i64, &Circuit, &Inputs, &Circuit)) -> usize {
    let params = small();
    assert!(params.is_consistent());
    let first = shifted(&Circuit::new(UnixTime(NOW)));
    let mut seen: HashMap<Key, ()> = HashMap::from([(key(&first), ())]);
    let mut open = std::vec![first];
    while let Some(circuit) = open.pop() {
        for wait in WAITS {
            let now = NOW + wait;
            let waited = circuit.at(&params, UnixTime(now));
            for out in outside(now) {
                for ins in inside() {
                    let letter = inputs(out, ins);
                    let after = circuit.advance(&params, &letter, UnixTime(now));
                    check(&circuit, wait, &waited, &letter, &after);
                    let next = shifted(&after);
                    if seen.insert(key(&next), ()).is_none() {
                        open.push(next);
                    }
                }
            }
        }
    }
    seen.len()
}

/// The two facts of which the bound is the sum: in every second the level pays D for restricted time and gets C back, and
/// it never exceeds C·D. Hence H·D <= C·T + C·D in every window, whatever the inputs.
#[test]
fn restricted_time_is_within_the_budget_from_every_reachable_state() {
    let params = small();
    let mut last = None;
    let count = explore(|circuit, wait, waited, _, after| {
        assert!(after.used <= 3 * 12);
        assert_eq!(after.used, waited.used);
        // The wait does not depend on the inputs: once per circuit and wait is enough.
        if last == Some((*circuit, wait)) {
            return;
        }
        last = Some((*circuit, wait));
        let restricted = (0..wait)
            .filter(|secs| circuit.at(&params, UnixTime(NOW + secs)).state().is_restricted())
            .count() as i64;
        assert!(
            i64::from(waited.used) >= i64::from(circuit.used) + 12 * restricted - 3 * wait,
            "{circuit:?}"
        );
    });

    assert!(count > 10_000, "{count}");
}

/// A stay never outlasts its longest, and time alone leads to normal within 3 + 3 + 2 seconds. What is left
/// before its longest stay and not for a stricter state was there for the shortest.
#[test]
fn every_reachable_state_is_left_in_bounded_time_by_itself() {
    let params = small();
    explore(|_, _, _, _, after| {
        let state = after.state();
        assert!(state == State::Normal || u64::from(after.stay_secs) < params.stay(state).max.0, "{after:?}");
        assert_eq!(after.at(&params, UnixTime(after.updated.0 + 8)).state(), State::Normal);
        if state.is_restricted() {
            let end =
                (1..=3).find(|secs| after.at(&params, UnixTime(after.updated.0 + secs)).state() != state);
            let stayed = u64::from(after.stay_secs) + end.unwrap_or(99).unsigned_abs();
            assert!((params.stay(state).min.0..=params.stay(state).max.0).contains(&stayed), "{after:?}");
        }
    });
}

/// The edges that inputs may take after time has passed, and what each needs.
#[test]
fn no_transition_skips_hysteresis() {
    let params = small();
    let [elevated, reduce, halt] = params.deviations_milli;
    let [r_elevated, r_reduce] = params.reproduction_ppm;
    explore(|_, _, waited, inputs, after| {
        let (from, to) = (waited.state(), after.state());
        let settled = u64::from(waited.stay_secs) >= params.stay(from).min.0;
        let z = inputs.reading.deviations_milli;
        let below = |level: Level| inputs.verdict == Verdict::Good && z < level.exit;
        let quiet = |level: Level| inputs.reproduction.0 < level.exit && !inputs.is_pace_infeasible;
        let funded = inputs.runway.0 > u64::from(params.runway_secs.exit) && !inputs.is_group_tight;
        let allowed = match (from, to) {
            _ if from == to => true,
            // Nothing but the cooldown, and only for what wants no more than elevated, delays a tightening.
            (State::Normal, State::Elevated | State::ReduceOnly | State::Halted)
            | (State::Elevated, State::ReduceOnly | State::Halted)
            | (State::ReduceOnly, State::Halted) => true,
            (State::Recovery, State::ReduceOnly | State::Halted) => {
                settled || (waited.cause() == Cause::Positions && after.cause() == Cause::Outside)
            }
            (State::Elevated | State::Recovery, State::Normal) => {
                settled && below(elevated) && quiet(r_elevated) && funded
            }
            (State::ReduceOnly, State::Recovery) => settled && below(reduce) && quiet(r_reduce),
            (State::Halted, State::Recovery) => settled && below(halt),
            _ => false,
        };
        assert!(allowed, "{waited:?} {inputs:?} {after:?}");
    });
}

/// Tightening needs the level: enough readings of the history, blindness, grace, or what positions say.
#[test]
fn nothing_tightens_below_its_entry_level() {
    let params = small();
    explore(|_, _, waited, inputs, after| {
        let (from, to) = (waited.state(), after.state());
        if from == to || to == State::Normal || to == State::Recovery {
            return;
        }
        let recent = after.updated.0 - after.published.0 <= 2;
        let all_reach = |bucket| recent && (after.history & 3).min(after.history >> 2 & 3) >= bucket;
        let grace = inputs.verdict == Verdict::Grace;
        let positions = inputs.is_pace_infeasible || inputs.reproduction.0 >= 1_000_000;
        let reason = match to {
            State::Halted => grace || all_reach(3),
            State::ReduceOnly => grace || all_reach(2) || after.blind_secs > 1 || positions,
            _ => {
                let low = inputs.runway.0 <= u64::from(params.runway_secs.enter);
                grace || all_reach(1) || after.blind_secs > 1 || positions || low || inputs.is_group_tight
            }
        };
        assert!(reason, "{waited:?} {inputs:?} {after:?}");
    });
}

/// With everything from outside equal, what users can set neither halts a market, nor keeps it halted, nor ends a halt.
#[test]
fn no_user_begins_or_extends_a_halt() {
    let params = small();
    explore(|circuit, wait, waited, inputs, after| {
        let now = UnixTime(NOW + wait);
        let quiet = Inputs {
            reproduction: Ppm(0),
            is_pace_infeasible: false,
            runway: Seconds(u64::MAX),
            is_group_tight: false,
            ..*inputs
        };
        let undisturbed = circuit.advance(&params, &quiet, now);
        if waited.state() == State::Halted {
            assert_eq!(*after, undisturbed);
        }
        if waited.state() != State::Halted {
            assert_eq!(after.state() == State::Halted, undisturbed.state() == State::Halted);
        }
    });
}

/// Half of the budget, 18 of 36, is out of reach of restrictions that positions cause.
#[test]
fn restrictions_by_positions_leave_the_reserved_part_of_the_budget() {
    explore(|_, _, _, _, after| {
        if after.state().is_restricted() && after.cause() == Cause::Positions {
            assert!(after.used <= 18);
        }
        assert!(after.state() != State::Halted || after.cause() == Cause::Outside);
    });
}
