use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::oracle::{permit, Action, Permit, Verdict};

const START: ChainTime = ChainTime { slot: 400_000_000, unix: UnixTime(1_800_000_000), last_restart_slot: 7 };

fn later(time: &ChainTime, slots: u64, seconds: i64) -> ChainTime {
    ChainTime { slot: time.slot + slots, unix: UnixTime(time.unix.0 + seconds), ..*time }
}

fn seen(time: ChainTime) -> Halt {
    Halt { seen: time, grace_until: UnixTime(0) }
}

/// The chain stands for eight hours and is restarted. A crank saw it a second before, the next one acts a minute after.
#[test]
fn eight_hours_of_halt_give_five_minutes_of_grace() {
    let before = seen(START);
    let restart_slot = START.slot + 3;
    let resumed = ChainTime { last_restart_slot: restart_slot, ..later(&START, 4, 8 * 3_600) };
    // Somebody acts in the second block, before any crank: in memory the grace is there already.
    assert!(before.is_grace(&resumed));
    for action in [Action::OpenRisk, Action::Withdraw, Action::Liquidate, Action::SettleProfit] {
        let verdict = Verdict::Good.in_grace(before.is_grace(&resumed));
        assert_eq!(permit(verdict, action), Permit::Refused, "{action:?} on a price from before the halt");
    }
    assert_eq!(permit(Verdict::Good.in_grace(true), Action::ReduceRisk), Permit::Full);

    // 150 slots of 0.4 seconds later the crank stores it: 1 800 000 000 + 28 800 + 60 + 300 is the end.
    let crank = later(&resumed, 150, 60);
    let stored = before.observe(&crank);
    assert_eq!(stored, Halt { seen: crank, grace_until: UnixTime(1_800_029_160) });
    assert!(stored.is_grace(&later(&crank, 747, 299)));
    assert!(!stored.is_grace(&later(&crank, 750, 300)));
    assert_eq!(permit(Verdict::Good.in_grace(false), Action::Liquidate), Permit::Full);

    // Ten cranks a second apart do not move the end.
    let last = (1..=10).fold(stored, |halt, second| halt.observe(&later(&crank, 3 * second, second as i64)));
    assert_eq!(last.grace_until, stored.grace_until);
}

/// 30 seconds and one per slot are explained; one second more is a halt.
#[test]
fn a_gap_without_slots_is_a_halt_to_the_second() {
    for (slots, seconds, is_halt) in [
        (0, 30, false),
        (0, 31, true),
        (1, 31, false),
        (1, 32, true),
        // A minute at the slowest that was seen, 0.6 seconds a slot, and at 1 second.
        (100, 60, false),
        (60, 60, false),
        // A stall of 100 seconds between cranks a minute apart: 160 seconds, 150 slots; and of two minutes.
        (150, 160, false),
        (150, 181, true),
        // A day without a crank at 0.4 seconds a slot.
        (216_000, 86_400, false),
    ] {
        let now = later(&START, slots, seconds);
        assert_eq!(seen(START).is_grace(&now), is_halt, "{slots} slots in {seconds} s");
        let grace_until = if is_halt { now.unix.0 + 300 } else { 0 };
        assert_eq!(seen(START).observe(&now), Halt { seen: now, grace_until: UnixTime(grace_until) });
    }
}

/// The clock may lag behind a restart, so the restart alone is enough, in either direction.
#[test]
fn another_restart_slot_is_a_halt() {
    for last_restart_slot in [0, 6, 8, u64::MAX] {
        let now = ChainTime { last_restart_slot, ..later(&START, 1, 0) };
        assert!(seen(START).is_grace(&now));
        assert_eq!(seen(START).observe(&now).grace_until, UnixTime(START.unix.0 + 300));
    }
    assert!(!seen(START).is_grace(&later(&START, 1, 0)));
}

#[test]
fn nothing_is_a_halt_before_anything_was_seen() {
    assert_eq!(Halt::default().observe(&START), seen(START));
    assert!(!Halt::default().is_grace(&START));
    // A cluster that never restarted, and then does.
    let fresh = ChainTime { last_restart_slot: 0, ..START };
    let restarted = ChainTime { last_restart_slot: START.slot + 1, ..later(&fresh, 2, 3) };
    assert!(!Halt::default().observe(&fresh).is_grace(&later(&fresh, 1, 1)));
    assert!(seen(fresh).is_grace(&restarted));
}

#[test]
fn a_clock_that_steps_back_and_forth_is_no_halt() {
    let back = seen(START).observe(&later(&START, 2, -1_000));
    assert_eq!(back.seen, later(&START, 2, 0));
    assert!(!back.is_grace(&later(&START, 3, 1)));
    // An older slot says nothing, whatever else it says.
    let older = ChainTime { slot: START.slot - 1, unix: UnixTime(i64::MAX), last_restart_slot: 99 };
    assert_eq!(seen(START).observe(&older), seen(START));
    // Stepping back does not prolong a grace that has ended, nor one that has not.
    let halt = Halt { seen: START, grace_until: UnixTime(START.unix.0 + 1) };
    assert!(halt.is_grace(&later(&START, 1, -1_000)));
    assert!(!halt.observe(&later(&START, 1, 1)).is_grace(&later(&START, 2, -1_000)));
}

/// One step of a chain: how many slots of how many tenths of a second, and whether it then stands or restarts.
#[derive(Clone, Copy, Debug)]
struct Step {
    slots: u64,
    slot_tenths: u64,
    event: Event,
    is_stored: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    None,
    Stall(i64),
    Restart(i64),
    ClockBack(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let event = prop_oneof![
        6 => Just(Event::None),
        1 => (1i64..100_000).prop_map(Event::Stall),
        1 => (0i64..100_000).prop_map(Event::Restart),
        1 => (1i64..100).prop_map(Event::ClockBack),
    ];
    let step = (prop_oneof![0u64..20, 0u64..2_000], 2u64..=6, event, any::<bool>());
    let step =
        step.prop_map(|(slots, slot_tenths, event, is_stored)| Step { slots, slot_tenths, event, is_stored });
    prop::collection::vec(step, 1..60)
}

/// The chain after a step. Restarts take a slot; a stall takes none.
fn advance(now: &ChainTime, step: &Step) -> ChainTime {
    let mut next = later(now, step.slots, (step.slots * step.slot_tenths / 10) as i64);
    match step.event {
        Event::None => (),
        Event::Stall(seconds) => next = later(&next, 0, seconds),
        Event::Restart(seconds) => {
            next = later(&next, 1, seconds);
            next.last_restart_slot = next.slot;
        }
        Event::ClockBack(seconds) => next = later(&next, 0, -seconds),
    }
    next
}

fn any_time() -> impl Strategy<Value = ChainTime> {
    let slot = prop_oneof![0u64..2_000, any::<u64>()];
    let unix = prop_oneof![0i64..2_000, any::<i64>()];
    (slot, unix, 0u64..3).prop_map(|(slot, unix, last_restart_slot)| ChainTime {
        slot,
        unix: UnixTime(unix),
        last_restart_slot,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    /// Whatever the chain does: a grace begins only where it stood or restarted since the last stored time, at most
    /// one for it, and lasts at most 300 seconds from when it was stored.
    #[test]
    fn one_halt_gives_at_most_one_grace(steps in steps()) {
        let (mut now, mut halt) = (START, seen(START));
        let (mut halts_since_stored, mut halts, mut graces) = (0, 0, 0);
        for step in &steps {
            now = advance(&now, step);
            let is_halt = matches!(step.event, Event::Stall(_) | Event::Restart(_));
            halts_since_stored += u32::from(is_halt);
            halts += u32::from(is_halt);
            let next = halt.observe(&now);
            if next.grace_until != halt.grace_until {
                prop_assert!(halts_since_stored > 0, "a grace without a halt at {now:?}");
                prop_assert_eq!(next.grace_until.0, halt.seen.unix.max(now.unix).0 + 300);
            }
            if step.is_stored {
                graces += u32::from(next.grace_until != halt.grace_until);
                halt = next;
                halts_since_stored = 0;
            }
        }
        prop_assert!(graces <= halts);
    }

    /// A restart, or a stall longer than what the slots since the last stored time explain, is never missed.
    #[test]
    fn every_halt_that_slots_do_not_explain_is_seen(
        slots in 0u64..2_000, slot_tenths in 2u64..=6, more in 1i64..100_000, is_restart: bool,
    ) {
        let run = (slots * slot_tenths / 10) as i64;
        // At one second a slot the slots explain `slots + 30` seconds, of which they took `run`.
        let unexplained = slots as i64 + 30 - run + more;
        let event = if is_restart { Event::Restart(0) } else { Event::Stall(unexplained) };
        let now = advance(&START, &Step { slots, slot_tenths, event, is_stored: false });
        prop_assert!(seen(START).is_grace(&now));
        prop_assert_eq!(seen(START).observe(&now).grace_until.0, now.unix.0 + 300);
    }

    /// Calls in the same block are one call: nobody prolongs a grace, or ends it, by acting again.
    #[test]
    fn seeing_the_same_time_again_changes_nothing(
        seen_time in any_time(), grace_until in prop_oneof![0i64..3_000, any::<i64>()], now in any_time(),
    ) {
        let halt = Halt { seen: seen_time, grace_until: UnixTime(grace_until) };
        let stored = halt.observe(&now);
        prop_assert_eq!(stored.observe(&now), stored);
        // Whoever acts before the crank and whoever acts after it in the same block see the same.
        prop_assert_eq!(halt.is_grace(&now), stored.is_grace(&now));
    }

    /// What is known only grows: no observation forgets a grace, a slot or a second.
    #[test]
    fn no_observation_takes_anything_back(times in prop::collection::vec(any_time(), 1..20)) {
        let mut halt = Halt::default();
        for now in times {
            let next = halt.observe(&now);
            prop_assert!(next.grace_until >= halt.grace_until);
            prop_assert!(next.seen.slot >= halt.seen.slot && next.seen.unix >= halt.seen.unix);
            halt = next;
        }
    }

    /// Whatever others stored in between, nobody is held in grace longer than 300 seconds after a time was stored.
    #[test]
    fn a_stored_grace_ends_on_a_running_chain(
        steps in steps(), interval in 10u64..200, slot_tenths in 2u64..=6,
    ) {
        let (mut now, mut halt) = (START, seen(START));
        for step in &steps {
            now = advance(&now, step);
            halt = halt.observe(&now);
        }
        let newest = halt.seen.unix.0;
        // From here the chain runs; the crank stores whenever `interval` slots have passed.
        let calm = Step { slots: interval, slot_tenths, event: Event::None, is_stored: true };
        while now.unix.0 < newest + 300 {
            now = advance(&now, &calm);
            halt = halt.observe(&now);
        }
        prop_assert!(!halt.is_grace(&now));
    }
}
