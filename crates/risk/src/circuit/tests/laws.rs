use proptest::prelude::*;

use super::*;

/// A step of time, then what is known.
#[derive(Clone, Debug)]
struct Step {
    wait: i64,
    inputs: Inputs,
    is_new: bool,
}

fn any_step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![6 => 0i64..60, 3 => 0i64..1_000, 1 => 0i64..20_000, 1 => -500i64..0];
    let z = prop_oneof![4 => Just(20_000u32), 2 => Just(7_000), 1 => Just(3_000), 1 => Just(0)];
    let verdict = prop_oneof![8 => Just(Verdict::Good), 1 => Just(Verdict::Dead), 1 => Just(Verdict::Grace)];
    let r = prop_oneof![2 => Just(0u32), 1 => Just(900_000), 2 => Just(2_000_000)];
    (wait, z, verdict, r, any::<bool>(), any::<bool>()).prop_map(|(wait, z, verdict, r, is_new, pace)| Step {
        wait,
        inputs: Inputs { verdict, reproduction: Ppm(r), is_pace_infeasible: pace, ..calm(z, 0) },
        is_new,
    })
}

fn any_params() -> impl Strategy<Value = Params> {
    (300u64..=43_200, 500_000u32..=1_000_000, 1u64..300, 0u64..2_000, 1u8..=3, 0u64..600).prop_map(
        |(budget, share, min, longer, hits, cooldown)| {
            let min = min.min(budget >> 1);
            Params {
                budget: Seconds(budget),
                positions_share: Ppm(share),
                stays: [stay(min, min + longer); 4],
                cooldown: Seconds(cooldown),
                hits,
                ..params()
            }
        },
    )
}

/// Runs the steps; returns the pieces (from, to, state) of the time line as readers see it.
fn time_line(steps: &[Step], params: &Params) -> Vec<(i64, i64, State)> {
    let mut now = 1_000_000;
    let mut circuit = Circuit::new(UnixTime(now));
    let mut pieces: Vec<(i64, i64, State)> = Vec::new();
    for step in steps {
        // At most three times within a wait the state changes by itself.
        let (mut from, to) = (circuit.updated.0, circuit.updated.0.max(now + step.wait));
        while from < to {
            let state = circuit.at(params, UnixTime(from)).state();
            let (mut low, mut high) = (from, to);
            if circuit.at(params, UnixTime(to)).state() != state {
                // States along one wait never repeat, so the first change is found by bisection.
                while high - low > 1 {
                    let middle = low + (high - low) / 2;
                    if circuit.at(params, UnixTime(middle)).state() == state {
                        low = middle
                    } else {
                        high = middle
                    }
                }
            }
            pieces.push((from, high, state));
            from = high;
        }
        now += step.wait;
        let published = UnixTime(if step.is_new { now } else { 0 });
        let reading = Reading { published, ..step.inputs.reading };
        circuit = circuit.advance(params, &Inputs { reading, ..step.inputs }, UnixTime(now));
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// H <= C·(1 + T/D) in every window between two changes, hence in every window; 2·C in 24 hours.
    #[test]
    fn restricted_time_in_any_window_is_within_the_budget(
        params in any_params(), steps in prop::collection::vec(any_step(), 1..120),
    ) {
        prop_assume!(params.is_consistent());
        let pieces = time_line(&steps, &params);
        let budget = params.budget.0.cast_signed();
        for (index, (from, _, _)) in pieces.iter().enumerate() {
            let mut restricted = 0;
            for (begin, end, state) in &pieces[index..] {
                restricted += if state.is_restricted() { end - begin } else { 0 };
                prop_assert!(restricted * 86_400 <= budget * (86_400 + end - from));
            }
        }
    }

    /// Long stretches of restriction do not touch: between two of them lies at least the shortest recovery, unless one is a
    /// halt that reduce-only turned into. Outside causes only: they need not wait for what positions brought about.
    #[test]
    fn between_two_restrictions_lies_the_cooldown(
        params in any_params(), steps in prop::collection::vec(any_step(), 1..120),
    ) {
        prop_assume!(params.is_consistent());
        let steps: Vec<Step> = steps
            .into_iter()
            .map(|step| Step {
                inputs: Inputs { reproduction: Ppm(0), is_pace_infeasible: false, ..step.inputs },
                ..step
            })
            .collect();
        let mut free_since = None;
        for (from, to, state) in time_line(&steps, &params) {
            if state.is_restricted() {
                if let Some(since) = free_since {
                    prop_assert!(from == since || (from - since).unsigned_abs() >= params.stay(State::Recovery).min.0);
                }
                free_since = Some(to);
            }
        }
    }

    /// Whatever its stored bytes, a clock that goes back changes nothing, and nothing else ever panics or runs backwards.
    #[test]
    fn a_clock_that_goes_back_changes_nothing(
        (updated, published, now) in any::<(i64, i64, i64)>(),
        (stay_secs, used, blind_secs, history) in any::<(u32, u32, u32, u16)>(),
        (state, cause) in any::<(u8, u8)>(),
        step in any_step(),
    ) {
        let circuit = Circuit {
            updated: UnixTime(updated), published: UnixTime(published), stay_secs, used, blind_secs, history, state, cause,
        };
        let after = circuit.advance(&params(), &step.inputs, UnixTime(now));
        if now < updated {
            prop_assert_eq!(after, circuit);
            prop_assert_eq!(circuit.at(&params(), UnixTime(now)), circuit);
        }
        prop_assert_eq!(after.updated, circuit.updated.max(UnixTime(now)));
    }

    /// Waiting in two parts is waiting once.
    #[test]
    fn time_passes_the_same_in_one_step_and_in_two(
        steps in prop::collection::vec(any_step(), 1..40), first in 0i64..10_000, second in 0i64..10_000,
    ) {
        let mut now = 1_000_000;
        let mut circuit = Circuit::new(UnixTime(now));
        for step in steps {
            now += step.wait.abs();
            circuit = circuit.advance(&params(), &step.inputs, UnixTime(now));
        }
        let once = circuit.at(&params(), UnixTime(now + first + second));
        prop_assert_eq!(circuit.at(&params(), UnixTime(now + first)).at(&params(), UnixTime(now + first + second)), once);
    }

    /// Against floating point, to a thousandth of a deviation.
    #[test]
    fn deviations_are_measured_to_the_last_thousandth(
        price in 1u64 << 20..1 << 60, ema in 1u64 << 20..1 << 60, variance in 1u64 << 30..1 << 50, tau in 60u64..100_000,
    ) {
        let milli = deviations_milli_floor(Price(price), Price(ema), VarianceRate(variance), Seconds(tau)).unwrap();
        let deviation = (variance as f64 / 2f64.powi(64) * tau as f64).sqrt();
        let exact = (price as f64 / ema as f64).ln().abs() / deviation * 1_000.0;
        prop_assume!(exact < 4e9);
        let error = f64::from(milli) - exact;
        prop_assert!((-1.0 - 1e-8 * exact..=1e-8 * exact + 1e-6).contains(&error), "{milli} {exact}");
    }
}
