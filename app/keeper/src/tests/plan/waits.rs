use super::liquidatees;
use crate::{
    plan::{Action, Ending, Intent, Key, Pacing, State},
    tests::fixture::{Fixture, LOT, NOW, SOL},
};

const LONG: (u16, i64, i64) = (SOL, 1_000, -1_000 * LOT);

fn pacing() -> Pacing {
    Pacing { initial_millis: 100, max_millis: 1_000, settle_millis: 50 }
}

fn distressed() -> (Fixture, Intent) {
    let mut fixture = Fixture::new();
    fixture.trader(20, 40 * LOT, &[LONG]);
    let intent = fixture.plan().remove(0);
    (fixture, intent)
}

fn finish(fixture: &mut Fixture, intent: &Intent, ending: Ending) {
    fixture.state.start(intent);
    let now = fixture.now_millis;
    fixture.state.finish(&intent.keys(), ending, (&pacing(), now));
}

#[test]
fn the_same_input_gives_the_same_plan() {
    let mut fixture = Fixture::new();
    for seed in 20..60 {
        fixture.trader(seed, i64::from(seed) * LOT, &[LONG]);
    }
    fixture.put_clock(NOW + 5);
    let first = fixture.plan();
    assert!(!first.is_empty());
    assert_eq!(fixture.plan(), first);
}

#[test]
fn what_is_in_flight_is_not_planned_again() {
    let (mut fixture, intent) = distressed();
    fixture.state.start(&intent);
    assert!(liquidatees(&fixture.plan()).is_empty());
}

#[test]
fn no_more_is_planned_than_may_be_in_flight() {
    let mut fixture = Fixture::new();
    for seed in 20..60 {
        fixture.trader(seed, 40 * LOT, &[(SOL, 800, -800 * LOT)]);
    }
    fixture.config.in_flight_max = 3;
    let plan = fixture.plan();
    assert!(plan.len() == 3 || plan.is_empty());
    for seed in 20..60 {
        let trader = crate::tests::fixture::key(seed);
        fixture.change(trader, |account| account.collaterals[0].atoms = 30 * LOT);
    }
    let plan = fixture.plan();
    assert_eq!(plan.len(), 3);
    for intent in &plan {
        fixture.state.start(intent);
    }
    assert!(fixture.plan().is_empty());
}

/// Forty accounts near zero and room for three transactions: as long as stored prices are fresh the accounts take all of it;
/// once a price is too old to open on, and a fold, these go first.
#[test]
fn a_storm_does_not_put_off_what_is_overdue() {
    let mut fixture = Fixture::new();
    for seed in 20..60 {
        fixture.trader(seed, 30 * LOT, &[(SOL, 1_000, -1_030 * LOT)]);
    }
    fixture.config.in_flight_max = 3;
    fixture.config.fold = true;
    let kinds = |fixture: &Fixture| {
        let kind = |intent: &Intent| match intent.action {
            Action::Refresh { .. } => "refresh",
            Action::Fold { .. } => "fold",
            Action::Liquidate { .. } => "liquidate",
            _ => "other",
        };
        fixture.plan().iter().map(kind).collect::<Vec<_>>()
    };
    // Five seconds: due, and still fresh.
    fixture.put_clock(NOW + 5);
    assert_eq!(kinds(&fixture), ["liquidate"; 3]);
    fixture.put_clock(NOW + 6);
    assert_eq!(kinds(&fixture), ["refresh", "liquidate", "liquidate"]);
    // More than ten seconds: both markets' folds count no longer either.
    fixture.put_clock(NOW + 11);
    assert_eq!(kinds(&fixture), ["refresh", "fold", "fold"]);
}

#[test]
fn each_failure_doubles_the_wait_up_to_the_longest() {
    let (mut fixture, intent) = distressed();
    for wait in [100, 200, 400, 800, 1_000, 1_000] {
        finish(&mut fixture, &intent, Ending::Failed);
        fixture.now_millis += wait - 1;
        assert!(liquidatees(&fixture.plan()).is_empty(), "{wait}");
        fixture.now_millis += 1;
        assert_eq!(liquidatees(&fixture.plan()).len(), 1, "{wait}");
    }
}

#[test]
fn a_success_ends_the_row_of_failures() {
    let (mut fixture, intent) = distressed();
    finish(&mut fixture, &intent, Ending::Failed);
    finish(&mut fixture, &intent, Ending::Failed);
    finish(&mut fixture, &intent, Ending::Done);
    fixture.now_millis += 50;
    finish(&mut fixture, &intent, Ending::Failed);
    fixture.now_millis += 100;
    assert_eq!(liquidatees(&fixture.plan()).len(), 1);
}

#[test]
fn a_success_is_not_repeated_until_its_effect_is_seen() {
    let (mut fixture, intent) = distressed();
    finish(&mut fixture, &intent, Ending::Done);
    assert!(liquidatees(&fixture.plan()).is_empty());
    // The effect arrives: the account has a new version and still needs more.
    fixture.change(crate::tests::fixture::key(20), |account| account.liquidation_started_ts = NOW);
    assert_eq!(liquidatees(&fixture.plan()).len(), 1);
}

#[test]
fn a_success_whose_effect_is_never_seen_is_repeated_in_the_end() {
    let (mut fixture, intent) = distressed();
    finish(&mut fixture, &intent, Ending::Done);
    fixture.now_millis += 50;
    assert_eq!(liquidatees(&fixture.plan()).len(), 1);
}

#[test]
fn one_row_in_flight_does_not_hold_up_the_others() {
    let mut fixture = Fixture::new();
    fixture.config.refresh_rows_per_tx = 1;
    fixture.put_clock(NOW + 5);
    let first = fixture.plan().remove(0);
    fixture.state.start(&first);
    let rest = fixture.plan();
    assert_eq!(rest.len(), 1);
    assert_ne!(rest[0].keys(), first.keys());
}

#[test]
fn waits_are_forgotten_when_they_no_longer_matter() {
    let mut state = State::default();
    state.start_key(Key::Inventory, 0);
    state.finish(&[Key::Inventory], Ending::Failed, (&pacing(), 0));
    assert!(!state.admits(Key::Inventory, 0, 99));
    state.start_key(Key::Refresh(1), 0);
    state.finish(&[Key::Refresh(1)], Ending::Done, (&pacing(), 100_000));
    state.start_key(Key::Refresh(2), 0);
    state.finish(&[Key::Refresh(2)], Ending::Done, (&pacing(), 200_000));
    let mut only_last = State::default();
    only_last.start_key(Key::Refresh(2), 0);
    only_last.finish(&[Key::Refresh(2)], Ending::Done, (&pacing(), 200_000));
    assert_eq!(state, only_last);
}
