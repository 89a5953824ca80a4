use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::{
    impact::ImpactBucket,
    math::reference::{big, scaled, Big},
    units::{Log, UnixTime},
};

/// 10^12 atoms, margin 5 %, fee 1 %, 1 % per hour, three deviations.
fn inputs() -> PaceInputs {
    PaceInputs {
        backlog_atoms: 1_000_000_000_000,
        margin: Ppm(50_000),
        fee: Ppm(10_000),
        // 0.01² / 3 600 · 2^64.
        variance: VarianceRate(512_409_557_603),
        z_milli: 3_000,
    }
}

/// Q·z²·v / (3·(m − f)²) with 62 digits.
fn exact(inputs: &PaceInputs) -> Big {
    let z = big(inputs.z_milli) / big(1_000);
    let excess = big(inputs.margin.0 - inputs.fee.0) / big(1_000_000);
    big(inputs.backlog_atoms) * z.clone() * z * scaled(inputs.variance.0, 64)
        / (big(3) * excess.clone() * excess)
}

fn any_inputs() -> impl Strategy<Value = PaceInputs> {
    let atoms = (any::<u64>(), 0u32..64).prop_map(|(x, shift)| x >> shift);
    (atoms, 1_000u32..1_000_000, 0u32..1_000, 1u64 << 20..1 << 50, 100u32..60_000).prop_map(
        |(backlog_atoms, margin, part, variance, z_milli)| PaceInputs {
            backlog_atoms,
            margin: Ppm(margin),
            fee: Ppm(margin / 1_000 * part),
            variance: VarianceRate(variance),
            z_milli,
        },
    )
}

fn any_budget() -> impl Strategy<Value = ImpactParams> {
    let depth = (1u64..1 << 60, 0u32..60).prop_map(|(x, shift)| (x >> shift).max(1));
    (depth, 1u32..100_000, 10u64..10_000)
        .prop_map(|(depth, cap, decay)| ImpactParams::new(depth, Ppm(cap), Ppm(600_000), Seconds(decay)))
}

/// Many accounts ask: each waits, is critical or healthy, wants this many atoms, in so many parts.
#[derive(Clone, Debug)]
struct Wish {
    wait: i64,
    is_critical: bool,
    atoms: u64,
    parts: u64,
}

fn any_wish() -> impl Strategy<Value = Wish> {
    let wait = prop_oneof![3 => Just(0i64), 5 => 0i64..60, 1 => 0i64..10_000];
    let atoms = (any::<u64>(), 0u32..64).prop_map(|(x, shift)| x >> shift);
    (wait, any::<bool>(), atoms, prop_oneof![Just(1u64), Just(50)])
        .prop_map(|(wait, is_critical, atoms, parts)| Wish { wait, is_critical, atoms, parts })
}

/// Admits what fits of a wish, part by part; returns the atoms that were admitted.
fn admit(bucket: &mut ImpactBucket, params: &ImpactParams, wish: &Wish) -> u64 {
    let mut admitted = 0;
    for part in 0..wish.parts {
        // The parts add up to the whole.
        let wanted = wish.atoms / wish.parts + u64::from(part < wish.atoms % wish.parts);
        let fits = wanted.min(bucket.room_atoms_floor(params, wish.is_critical));
        *bucket = bucket.charge_ceil(params, fits).unwrap();
        admitted += fits;
    }
    admitted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// Never below B_min, and less than two atoms per second above.
    #[test]
    fn the_pace_is_the_exact_one_rounded_up(inputs in any_inputs()) {
        let exact = exact(&inputs);
        match inputs.min_pace_ceil() {
            Some(pace) => {
                prop_assert!(big(pace) >= exact.clone() - scaled(1, 60));
                prop_assert!(big(pace) < exact + big(2));
            }
            None => prop_assert!(exact > big(u64::MAX) - big(2)),
        }
    }

    /// At that pace the backlog is gone in time: B_min·T >= Q − what rounding T down to a second leaves.
    #[test]
    fn the_pace_works_off_the_backlog_within_the_time(inputs in any_inputs()) {
        if let Some(pace) = inputs.min_pace_ceil() {
            let done = u128::from(pace) * u128::from(inputs.time_floor().0 + 1);
            let longest = inputs.time_floor().0 == u64::from(u32::MAX);
            prop_assert!(longest || done >= u128::from(inputs.backlog_atoms));
        }
    }

    #[test]
    fn the_pace_rises_with_backlog_fee_variance_and_deviations_and_falls_with_margin(
        inputs in any_inputs(), (backlog, money, variance, z) in (0u64..1 << 40, 0u32..500, 0u64..1 << 45, 0u32..5_000),
    ) {
        let pace = |inputs: PaceInputs| inputs.min_pace_ceil().unwrap_or(u64::MAX);
        let here = pace(inputs);
        let later = inputs.backlog_atoms.saturating_add(backlog);
        let wilder = VarianceRate(inputs.variance.0 + variance);
        let harder = [
            PaceInputs { backlog_atoms: later, ..inputs },
            PaceInputs { fee: Ppm(inputs.fee.0 + money), ..inputs },
            PaceInputs { variance: wilder, ..inputs },
            PaceInputs { z_milli: inputs.z_milli + z, ..inputs },
        ];
        for inputs in harder {
            prop_assert!(pace(inputs) >= here);
        }
        let margin = Ppm(inputs.margin.0 + money);
        let richer = pace(PaceInputs { margin, ..inputs });
        prop_assert!(richer <= here);
    }

    #[test]
    fn what_is_feasible_stays_so_when_anything_gets_easier(
        inputs in any_inputs(), budget in any_budget(), (less, money, depth) in (0u64..1 << 50, 0u32..500, 0u64..1 << 50),
    ) {
        // Within what is admitted, so that no case is lost.
        let backlog_atoms = inputs.backlog_atoms.min(admitted_atoms_floor(&budget, inputs.time_floor()));
        let inputs = PaceInputs { backlog_atoms, ..inputs };
        prop_assert!(pace(&inputs, &budget).is_feasible() || inputs.min_pace_ceil().is_none());
        if inputs.min_pace_ceil().is_none() {
            return Ok(());
        }
        let easier = [
            (PaceInputs { backlog_atoms: inputs.backlog_atoms.saturating_sub(less), ..inputs }, budget),
            (PaceInputs { margin: Ppm(inputs.margin.0 + money), ..inputs }, budget),
            (PaceInputs { fee: Ppm(inputs.fee.0.saturating_sub(money)), ..inputs }, budget),
            (PaceInputs { variance: VarianceRate(inputs.variance.0 >> 1), ..inputs }, budget),
            (PaceInputs { z_milli: inputs.z_milli / 2, ..inputs }, budget),
            (inputs, ImpactParams { depth_atoms: budget.depth_atoms + depth, ..budget }),
            (inputs, ImpactParams { decay_rate_q32: budget.decay_rate_q32 * 2, ..budget }),
        ];
        for (inputs, budget) in easier {
            prop_assert!(pace(&inputs, &budget).is_feasible());
        }
    }

    /// Feasible exactly if Q <= depth·cap·(1 + rate·T), apart from the atoms that rounding costs.
    #[test]
    fn feasible_means_that_capacity_and_leak_cover_the_backlog(inputs in any_inputs(), budget in any_budget()) {
        let Some(required) = inputs.min_pace_ceil() else { return Ok(()) };
        let capacity = big(budget.depth_atoms) * scaled(budget.cap.0, 40);
        let decays = scaled(budget.decay_rate_q32, 32) * big(inputs.time_floor().0);
        let admitted = capacity * (big(1) + decays.clone());
        let backlog = big(inputs.backlog_atoms);
        if backlog <= admitted.clone() - big(2) - decays {
            prop_assert_eq!(pace(&inputs, &budget), Pace::Feasible { required_atoms: required });
        }
        if backlog > admitted {
            prop_assert_eq!(pace(&inputs, &budget), Pace::Infeasible { required_atoms: Some(required) });
        }
    }

    /// With the same inputs, and with a backlog around what the capacity covers.
    #[test]
    fn feasible_at_once_is_feasible(inputs in any_inputs(), budget in any_budget(), near in 0u64..4) {
        let capacity = admitted_atoms_floor(&budget, Seconds(0));
        let around = PaceInputs { backlog_atoms: capacity.saturating_add(near).saturating_sub(2), ..inputs };
        for inputs in [inputs, around] {
            let found = is_feasible(&inputs, &budget);
            if inputs.min_pace_ceil().is_some() || inputs.margin <= inputs.fee {
                prop_assert_eq!(found, pace(&inputs, &budget).is_feasible());
            } else {
                prop_assert_eq!(found, inputs.backlog_atoms <= capacity);
            }
        }
    }

    /// Whoever asks, how often and in how many parts: within every window no more than capacity plus leak is admitted,
    /// and healthy accounts alone never fill more than their share of the capacity, so 40 % remain for critical ones.
    #[test]
    fn admitted_risk_in_any_window_is_within_capacity_and_leak(
        budget in any_budget(), wishes in prop::collection::vec(any_wish(), 1..40),
    ) {
        let mut bucket = ImpactBucket { level_q40: 0, updated: UnixTime(1_700_000_000) };
        let mut now = bucket.updated.0;
        let mut admissions: Vec<(i64, u64)> = Vec::new();
        let cap = budget.cap.0.unsigned_abs();
        for wish in &wishes {
            now += wish.wait;
            bucket = bucket.decayed(&budget, UnixTime(now));
            let before = bucket.level_q40;
            let atoms = admit(&mut bucket, &budget, wish);
            // What a healthy account fills stays below 60 % of the cap; what critical ones filled stays.
            prop_assert!(wish.is_critical || bucket.level_q40 <= before.max(cap * 6 / 10));
            prop_assert!(bucket.level_q40 <= cap);
            admissions.push((now, atoms));
        }
        let capacity = big(budget.depth_atoms) * scaled(cap, 40);
        for from in 0..admissions.len() {
            let mut sum = 0u128;
            for &(at, atoms) in &admissions[from..] {
                sum += u128::from(atoms);
                let decays = scaled(budget.decay_rate_q32, 32) * big(at - admissions[from].0);
                prop_assert!(big(sum) <= capacity.clone() * (big(1) + decays) + scaled(1, 60));
            }
        }
    }

    /// A critical account always finds 40 % of the capacity behind any number of healthy ones, less the atoms of one
    /// quantum of the level, depth / 2^40, and two of rounding.
    #[test]
    fn healthy_accounts_leave_two_fifths_of_the_room(
        budget in any_budget(), wishes in prop::collection::vec(any_wish(), 1..40),
    ) {
        let mut bucket = ImpactBucket { level_q40: 0, updated: UnixTime(0) };
        for wish in &wishes {
            bucket = bucket.decayed(&budget, UnixTime(bucket.updated.0 + wish.wait));
            admit(&mut bucket, &budget, &Wish { is_critical: false, ..wish.clone() });
        }
        let capacity = big(budget.depth_atoms) * scaled(budget.cap.0, 40);
        let left = big(bucket.room_atoms_floor(&budget, true)) + big(2) + scaled(budget.depth_atoms, 40);
        prop_assert!(left >= capacity * big(2) / big(5));
    }

    /// Fifty parts are admitted no more than the whole. They are admitted less by no more than what 50 rounded quanta of
    /// the level hold, 50·(depth / 2^40 + 1) atoms.
    #[test]
    fn splitting_into_fifty_gains_nothing(budget in any_budget(), wish in any_wish(), level in 0u64..1 << 36) {
        let start = ImpactBucket { level_q40: level, updated: UnixTime(0) };
        let (mut whole, mut split) = (start, start);
        let at_once = admit(&mut whole, &budget, &Wish { parts: 1, ..wish.clone() });
        let in_parts = admit(&mut split, &budget, &Wish { parts: 50, ..wish.clone() });
        prop_assert!(in_parts <= at_once);
        prop_assert!(u128::from(at_once - in_parts) <= 50 * (u128::from(budget.depth_atoms >> 40) + 2));
        // And they leave no more room for the next one than rounding costs: the level is never lower for the same atoms.
        prop_assert!(in_parts < at_once || split.level_q40 >= whole.level_q40);
    }
}

/// T = 3·(0.04 / (3·0.01))² hours = 3·16/9 = 5.333 hours = 19 200 s, and 10^12 / 19 200 = 52 083 333.33.
#[test]
fn a_backlog_of_a_million_in_five_hours_and_twenty_minutes() {
    assert_eq!(inputs().min_pace_ceil(), Some(52_083_334));
    // The stored variance is rounded down, so T is 19 200.00000000004.
    assert_eq!(inputs().time_floor(), Seconds(19_200));
}

/// depth·cap = 10^13·0.01 = 10^11, and a decay time of 2 000 s gives 10^11·19 200/2 000 = 9.6·10^11 more: 1.06·10^12. With
/// 2 200 s it is 10^11·(1 + 8.727) = 0.97·10^12.
#[test]
fn feasible_and_infeasible_are_values() {
    let budget = |decay| ImpactParams::new(10_000_000_000_000, Ppm(10_000), Ppm(600_000), Seconds(decay));
    assert_eq!(pace(&inputs(), &budget(2_000)), Pace::Feasible { required_atoms: 52_083_334 });
    assert_eq!(pace(&inputs(), &budget(2_200)), Pace::Infeasible { required_atoms: Some(52_083_334) });
    let broke = PaceInputs { margin: Ppm(10_000), ..inputs() };
    assert_eq!(pace(&broke, &budget(2_000)), Pace::Infeasible { required_atoms: None });
    let idle = PaceInputs { backlog_atoms: 0, ..broke };
    assert_eq!(pace(&idle, &budget(2_000)), Pace::Feasible { required_atoms: 0 });
}

#[test]
fn extremes_are_infeasible_or_free_but_never_fail() {
    let closed = ImpactParams {
        depth_atoms: u64::MAX,
        cap: Log(-1),
        ..ImpactParams::new(1, Ppm(1), Ppm(1), Seconds(1))
    };
    let wild = PaceInputs {
        backlog_atoms: u64::MAX,
        margin: Ppm(1),
        fee: Ppm(0),
        variance: VarianceRate(u64::MAX),
        z_milli: u32::MAX,
    };
    assert_eq!(pace(&wild, &closed), Pace::Infeasible { required_atoms: None });
    assert_eq!(wild.time_floor(), Seconds(0));
    let still = PaceInputs { variance: VarianceRate(0), margin: Ppm(u32::MAX), ..wild };
    assert_eq!((still.min_pace_ceil(), still.time_floor()), (Some(0), Seconds(4_294_967_295)));
    let open = ImpactParams {
        depth_atoms: u64::MAX,
        cap: Log(i64::MAX),
        healthy_share: Ppm(0),
        decay_rate_q32: u64::MAX,
    };
    assert_eq!(admitted_atoms_floor(&open, Seconds(u64::MAX)), u64::MAX);
    assert_eq!(admitted_atoms_floor(&closed, Seconds(u64::MAX)), 0);
}
