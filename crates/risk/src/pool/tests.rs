use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::units::{Ppm, Seconds};

fn any_limiter() -> impl Strategy<Value = PayoutLimiter> {
    (0u32..=1_000_000, 0u64..1 << 40, 0u32..41, 1u64..100_000).prop_map(|(share, min, shift, window)| {
        PayoutLimiter { cap_share: Ppm(share), cap_atoms_min: min >> shift, window: Seconds(window) }
    })
}

/// A pool in any state that payments can lead to.
fn any_pool() -> impl Strategy<Value = LossPool> {
    (0u64..1 << 50, 0u64..1 << 50, 0u32..51).prop_map(|(pool, used, shift)| LossPool {
        pool_atoms: pool >> shift,
        used_atoms: used >> shift,
        drained_atom_secs: 0,
        updated: UnixTime(0),
    })
}

#[derive(Clone, Debug)]
enum Event {
    Wait(i64),
    Credit(u64),
    Pay(u64),
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        prop_oneof![0i64..10, 0i64..100_000, -10i64..0].prop_map(Event::Wait),
        (0u64..1 << 50, 0u32..51).prop_map(|(atoms, shift)| Event::Credit(atoms >> shift)),
        prop_oneof![Just(u64::MAX), (0u64..1 << 50, 0u32..51).prop_map(|(x, shift)| x >> shift)]
            .prop_map(Event::Pay),
    ]
}

fn pay_all(pool: LossPool, limiter: &PayoutLimiter, now: i64) -> (LossPool, u64) {
    pool.pay(limiter, u64::MAX, UnixTime(now)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Every window between two payments: paid <= cap * (1 + T / window), with the largest cap in it. And always:
    /// pool = losses - payments.
    #[test]
    fn payments_in_any_window_are_bounded_and_the_pool_is_conserved(
        limiter in any_limiter(), events in prop::collection::vec(any_event(), 1..60),
    ) {
        let mut pool = LossPool { updated: UnixTime(1_700_000_000), ..LossPool::default() };
        let mut clock = pool.updated.0;
        let (mut credited, mut total_paid) = (0u64, 0u64);
        // Time, atoms paid, largest cap since the event before.
        let mut history: Vec<(i64, u64, u64)> = Vec::new();
        for event in events {
            let (mut paid, before) = (0, pool.cap_atoms(&limiter).unwrap());
            match event {
                Event::Wait(seconds) => clock += seconds,
                Event::Credit(atoms) => {
                    pool = pool.credit(&limiter, atoms, UnixTime(clock)).unwrap();
                    credited += atoms;
                }
                Event::Pay(profit) => {
                    let payable = pool.payable_floor(&limiter, profit, UnixTime(clock)).unwrap();
                    let held = pool.pool_atoms;
                    (pool, paid) = pool.pay(&limiter, profit, UnixTime(clock)).unwrap();
                    prop_assert!(paid == payable && paid <= profit && paid <= held);
                    prop_assert!(paid == 0 || pool.used_atoms <= pool.cap_atoms(&limiter).unwrap());
                    total_paid += paid;
                }
            }
            prop_assert_eq!(pool.pool_atoms, credited - total_paid);
            prop_assert!(pool.drained_atom_secs < limiter.window.0);
            history.push((pool.updated.0, paid, before.max(pool.cap_atoms(&limiter).unwrap())));
        }
        let window = u128::from(limiter.window.0);
        for from in 0..history.len() {
            let (mut sum, mut cap) = (0u128, 0u128);
            for &(at, paid, cap_then) in &history[from..] {
                sum += u128::from(paid);
                cap = cap.max(u128::from(cap_then));
                let elapsed = u128::from(at.abs_diff(history[from].0));
                prop_assert!(sum * window <= cap * (window + elapsed), "{} atoms in {} s", sum, elapsed);
            }
        }
    }

    #[test]
    fn paying_in_parts_is_paying_at_once(
        limiter in any_limiter(), pool in any_pool(), parts in prop::collection::vec(0u64..1 << 44, 1..10),
    ) {
        let at_once = pool.pay(&limiter, parts.iter().sum(), UnixTime(7)).unwrap();
        let in_parts = parts.iter().fold((pool, 0), |(pool, total), part| {
            let (pool, paid) = pool.pay(&limiter, *part, UnixTime(7)).unwrap();
            (pool, total + paid)
        });
        prop_assert_eq!(in_parts, at_once);
    }

    /// Looking often neither speeds up nor stops the drain: with a constant cap the state is that of one look.
    #[test]
    fn refreshing_often_changes_nothing(
        used in 0u64..1 << 40, cap in 1u64..1 << 40, shift in 0u32..40, window in 1u64..100_000,
        waits in prop::collection::vec(0i64..1_000, 1..30),
    ) {
        let cap_atoms_min = (cap >> shift).max(1);
        let limiter = PayoutLimiter { cap_share: Ppm(0), cap_atoms_min, window: Seconds(window) };
        let pool = LossPool { pool_atoms: 1, used_atoms: used >> shift, drained_atom_secs: 0, updated: UnixTime(0) };
        let at_once = pool.drained(&limiter, UnixTime(waits.iter().sum())).unwrap();
        let (mut clock, mut refreshed) = (0, pool);
        for wait in waits {
            clock += wait;
            refreshed = refreshed.drained(&limiter, UnixTime(clock)).unwrap();
        }
        prop_assert_eq!(refreshed, at_once);
    }

    /// However small the pool and its share, and even if someone refreshes every second: with a minimum of one atom
    /// everything that the pool holds is paid in the end.
    #[test]
    fn a_profit_that_is_covered_is_paid_in_the_end(
        share in 0u32..1_000, pool_atoms in 1u64..50, used_atoms in 0u64..3, window in 1u64..60,
    ) {
        let limiter = PayoutLimiter { cap_share: Ppm(share), cap_atoms_min: 1, window: Seconds(window) };
        let mut pool = LossPool { pool_atoms, used_atoms, drained_atom_secs: 0, updated: UnixTime(0) };
        // One atom per window, and as many windows for what was used at the start.
        for second in 0..=((pool_atoms + used_atoms) * window).cast_signed() {
            (pool, _) = pay_all(pool, &limiter, second);
        }
        prop_assert_eq!(pool.pool_atoms, 0);
    }

    /// After a window without payments the whole allowance is there again.
    #[test]
    fn a_full_window_restores_the_allowance(limiter in any_limiter(), pool in any_pool()) {
        let (used_up, _) = pay_all(pool, &limiter, 0);
        prop_assume!(used_up.used_atoms <= used_up.cap_atoms(&limiter).unwrap());
        let later = used_up.drained(&limiter, UnixTime(limiter.window.0.cast_signed())).unwrap();
        prop_assert_eq!(later.used_atoms, 0);
        let (_, paid) = pay_all(used_up, &limiter, limiter.window.0.cast_signed());
        prop_assert_eq!(paid, later.cap_atoms(&limiter).unwrap().min(later.pool_atoms));
    }

    #[test]
    fn a_clock_that_goes_back_drains_nothing(limiter in any_limiter(), pool in any_pool(), back in 0i64..i64::MAX) {
        prop_assert_eq!(pool.drained(&limiter, UnixTime(-back)), Ok(pool));
    }
}

/// 10 % of 1 000 atoms per 100 s: 100 at once, then one per second.
#[test]
fn an_allowance_drains_as_in_its_worked_example() {
    let limiter = PayoutLimiter { cap_share: Ppm(100_000), cap_atoms_min: 5, window: Seconds(100) };
    let pool = LossPool::default().credit(&limiter, 1_000, UnixTime(0)).unwrap();
    let (pool, paid) = pay_all(pool, &limiter, 0);
    assert_eq!((pool.pool_atoms, pool.used_atoms, paid), (900, 100, 100));
    // 900 + 100 still give a cap of 100: one atom drains in a second.
    assert_eq!(pool.payable_floor(&limiter, 50, UnixTime(1)), Ok(0));
    // After 2 s: used 98, cap floor(10 % of 998) = 99.
    assert_eq!(pool.payable_floor(&limiter, 50, UnixTime(2)), Ok(1));
    // After 100 s all is drained: 10 % of 900.
    assert_eq!(pool.payable_floor(&limiter, 500, UnixTime(100)), Ok(90));
}

#[test]
fn limits_at_their_ends_are_refused_or_saturate() {
    let limiter = PayoutLimiter { cap_share: Ppm(u32::MAX), cap_atoms_min: u64::MAX, window: Seconds(1) };
    let full = LossPool {
        pool_atoms: u64::MAX,
        used_atoms: u64::MAX,
        drained_atom_secs: 0,
        updated: UnixTime(i64::MIN),
    };
    assert_eq!(full.credit(&limiter, 1, UnixTime(0)), Err(RiskError::Overflow));
    assert_eq!(full.payable_floor(&limiter, u64::MAX, UnixTime(i64::MAX)), Ok(u64::MAX));
    let stopped = PayoutLimiter { window: Seconds(0), ..limiter };
    assert_eq!(full.drained(&stopped, UnixTime(0)), Err(RiskError::DivisionByZero));
    // A cap that was lowered below what is used pays nothing until enough has drained.
    let lowered = PayoutLimiter { cap_share: Ppm(0), cap_atoms_min: 10, window: Seconds(10) };
    let pool = LossPool { pool_atoms: 1_000, used_atoms: 30, drained_atom_secs: 0, updated: UnixTime(0) };
    assert_eq!(pool.payable_floor(&lowered, 1_000, UnixTime(20)), Ok(0));
    assert_eq!(pool.payable_floor(&lowered, 1_000, UnixTime(25)), Ok(5));
}
