use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::math::reference::{big, scaled};

/// Depths, caps, shares and rates from the smallest to the largest that make sense, and beyond.
fn any_params() -> impl Strategy<Value = ImpactParams> {
    let depth = (1u64..1 << 60, 0u32..60).prop_map(|(x, shift)| (x >> shift).max(1));
    // Caps up to ln price 0.25; rates up to 1 per second.
    let cap = (0i64..1 << 38, 0u32..38).prop_map(|(x, shift)| Log(x >> shift));
    let rate = (0u64..1 << 32, 0u32..33).prop_map(|(x, shift)| x >> shift);
    (depth, cap, 0u32..=1_000_000, rate).prop_map(|(depth_atoms, cap, share, decay_rate_q32)| ImpactParams {
        depth_atoms,
        cap,
        healthy_share: Ppm(share),
        decay_rate_q32,
    })
}

/// Wait (the clock may also go backwards), then use a part of the room in 1/256.
#[derive(Clone, Debug)]
struct Step {
    wait: i64,
    part: u64,
    is_critical: bool,
}

fn any_step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![3 => Just(0i64), 5 => 0i64..100, 2 => 0i64..100_000, 1 => -50i64..0];
    let part = prop_oneof![2 => Just(256u64), 3 => 0u64..256];
    (wait, part, any::<bool>()).prop_map(|(wait, part, is_critical)| Step { wait, part, is_critical })
}

/// ceil(level * e^-x) with nothing left to chance: the exact decay, not rounded.
fn exact_decay(level: u64, params: &ImpactParams, seconds: u64) -> crate::math::reference::Big {
    let exponent = scaled(params.decay_rate_q32, 32) * big(seconds);
    big(level) * (-exponent).exp()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// Whatever the sequence of trades within the room: the level stays below the cap, and the impact in every window
    /// between two of them is at most cap * (1 + rate * T), exactly.
    #[test]
    fn impact_in_any_window_is_bounded(params in any_params(), steps in prop::collection::vec(any_step(), 1..40)) {
        let mut bucket = ImpactBucket { level_q40: 0, updated: UnixTime(1_700_000_000) };
        let mut clock = bucket.updated.0;
        let mut charges: Vec<(i64, u64)> = Vec::new();
        for step in steps {
            clock += step.wait;
            bucket = bucket.decayed(&params, UnixTime(clock));
            let room = bucket.room_atoms_floor(&params, step.is_critical);
            let notional = (u128::from(room) * u128::from(step.part) / 256) as u64;
            bucket = bucket.charge_ceil(&params, notional).unwrap();
            prop_assert!(bucket.level_q40 <= params.cap.0.unsigned_abs());
            charges.push((bucket.updated.0, notional));
        }
        let cap = big(params.cap.0);
        for from in 0..charges.len() {
            let mut sum = 0u128;
            for &(at, notional) in &charges[from..] {
                sum += u128::from(notional);
                let window = big(at - charges[from].0);
                let impact = (big(sum) << 40) / big(params.depth_atoms);
                let bound = cap.clone() * (big(1) + scaled(params.decay_rate_q32, 32) * window);
                // The division of the left side is rounded at 208 bits.
                prop_assert!(impact <= bound + scaled(1, 60), "{} atoms since {}", sum, charges[from].0);
            }
        }
    }

    /// The room is chargeable, and one atom more is not.
    #[test]
    fn room_is_the_largest_admissible_trade(
        params in any_params(), level in 0u64..1 << 38, is_critical in any::<bool>(),
    ) {
        let bucket = ImpactBucket { level_q40: level, updated: UnixTime(0) };
        let limit = if is_critical {
            params.cap.0.unsigned_abs()
        } else {
            (u128::from(params.cap.0.unsigned_abs()) * u128::from(params.healthy_share.0) / 1_000_000) as u64
        };
        let room = bucket.room_atoms_floor(&params, is_critical);
        let after = bucket.charge_ceil(&params, room).unwrap();
        prop_assert!(room == 0 || after.level_q40 <= limit);
        let beyond = bucket.charge_ceil(&params, room + 1).unwrap();
        prop_assert!(beyond.level_q40 > limit);
    }

    /// Reserved room: whoever is not critical never gets more than whoever is.
    #[test]
    fn critical_accounts_have_at_least_the_room_of_others(params in any_params(), level in 0u64..1 << 38) {
        let bucket = ImpactBucket { level_q40: level, updated: UnixTime(0) };
        prop_assert!(bucket.room_atoms_floor(&params, false) <= bucket.room_atoms_floor(&params, true));
    }

    /// n parts cost at least as much level as the whole, and at most one quantum per further part more.
    #[test]
    fn splitting_a_trade_gains_nothing(params in any_params(), parts in prop::collection::vec(0u64..1 << 40, 1..20)) {
        let start = ImpactBucket { level_q40: 0, updated: UnixTime(0) };
        let whole = start.charge_ceil(&params, parts.iter().sum());
        let split = parts.iter().try_fold(start, |bucket, part| bucket.charge_ceil(&params, *part));
        if let (Ok(whole), Ok(split)) = (whole, split) {
            prop_assert!(split.level_q40 >= whole.level_q40);
            prop_assert!(split.level_q40 - whole.level_q40 < parts.len() as u64);
        }
    }

    /// A trader who fills the room in n parts gets no more than one who takes it at once.
    #[test]
    fn filling_the_room_in_parts_admits_no_more_than_at_once(
        params in any_params(),
        parts in prop::collection::vec(0u64..=256, 1..20),
    ) {
        let mut bucket = ImpactBucket { level_q40: 0, updated: UnixTime(0) };
        let at_once = bucket.room_atoms_floor(&params, true);
        let mut admitted = 0u64;
        for part in parts {
            let notional = (u128::from(bucket.room_atoms_floor(&params, true)) * u128::from(part) / 256) as u64;
            bucket = bucket.charge_ceil(&params, notional).unwrap();
            admitted += notional;
        }
        admitted += bucket.room_atoms_floor(&params, true);
        prop_assert!(admitted <= at_once);
    }

    /// Never below the exact decay, and at most one quantum (plus 2^-61 of the level) above it.
    #[test]
    fn decay_is_rounded_up_by_at_most_a_quantum(
        params in any_params(), level in 0u64..1 << 40, wait in 1u64..100_000,
    ) {
        let bucket = ImpactBucket { level_q40: level, updated: UnixTime(5) };
        let later = bucket.decayed(&params, UnixTime(5 + wait.cast_signed()));
        let exact = exact_decay(level, &params, wait);
        prop_assert!(big(later.level_q40) >= exact);
        prop_assert!(big(later.level_q40) < exact + big(1) + scaled(1, 20));
        prop_assert_eq!(later.updated, UnixTime(5 + wait.cast_signed()));
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_changes_nothing(params in any_params(), level: u64, back in 0i64..i64::MAX) {
        let bucket = ImpactBucket { level_q40: level, updated: UnixTime(0) };
        prop_assert_eq!(bucket.decayed(&params, UnixTime(-back)), bucket);
    }
}

/// Depth 10^12 atoms and a cap of 0.01: an empty bucket takes 10^10 atoms of a critical account, 6 * 10^9 of others.
#[test]
fn an_empty_bucket_admits_the_cap_and_the_share() {
    let params = ImpactParams {
        depth_atoms: 1_000_000_000_000,
        // 2^40 / 100.
        cap: Log(10_995_116_277),
        healthy_share: Ppm(600_000),
        // 1/60 per second.
        decay_rate_q32: 71_582_788,
    };
    let empty = ImpactBucket::default();
    assert_eq!(empty.room_atoms_floor(&params, true), 9_999_999_999);
    assert_eq!(empty.room_atoms_floor(&params, false), 5_999_999_999);
    // ln 2 * 60 = 41.6 seconds halve the level: after 42 it is 0.4966 of it.
    let full = empty.charge_ceil(&params, 9_999_999_999).unwrap();
    let later = full.decayed(&params, UnixTime(42));
    assert_eq!(later.level_q40 * 10_000 / full.level_q40, 4_965);
}

#[test]
fn limits_at_their_ends_admit_nothing_or_everything_but_never_fail() {
    let params =
        ImpactParams { depth_atoms: 0, cap: Log(1), healthy_share: Ppm(u32::MAX), decay_rate_q32: u64::MAX };
    let bucket = ImpactBucket { level_q40: u64::MAX, updated: UnixTime(i64::MIN) };
    assert_eq!(bucket.room_atoms_floor(&params, true), 0);
    assert_eq!(bucket.charge_ceil(&params, 1), Err(RiskError::DivisionByZero));
    // e^-infinity rounded up leaves two quanta of 2^64 * 2^-63.
    assert_eq!(bucket.decayed(&params, UnixTime(i64::MAX)).level_q40, 2);
    let deep = ImpactParams { depth_atoms: u64::MAX, cap: Log(i64::MAX), ..params };
    assert_eq!(ImpactBucket::default().room_atoms_floor(&deep, false), u64::MAX);
    assert_eq!(bucket.charge_ceil(&deep, u64::MAX), Err(RiskError::Overflow));
    let closed = ImpactParams { cap: Log(-1), ..deep };
    assert_eq!(ImpactBucket::default().room_atoms_floor(&closed, true), 0);
}

/// 15 000 ppm of 2^40 are 15 000 * 1 099 511 627 776 / 10^6 = 16 492 674 416.64, and 2^32 / 300 s is 14 316 557.65;
/// both are rounded down. A cap above one is one, and a decay time of zero a second.
#[test]
fn limits_are_rounded_down_and_kept_within_bounds() {
    let params = ImpactParams::new(7, Ppm(15_000), Ppm(600_000), Seconds(300));
    let expected = ImpactParams {
        depth_atoms: 7,
        cap: Log(16_492_674_416),
        healthy_share: Ppm(600_000),
        decay_rate_q32: 14_316_557,
    };
    assert_eq!(params, expected);
    let edge = ImpactParams::new(7, Ppm(1_000_001), Ppm(0), Seconds(0));
    assert_eq!((edge.cap, edge.decay_rate_q32), (Log(1 << 40), 1 << 32));
}
