use crate::{
    config::RowFilter,
    plan::{Action, Intent},
    tests::fixture::{Fixture, BTC, NOW, SOL},
};

fn refreshed(plan: &[Intent]) -> Vec<Vec<u16>> {
    let sets = plan.iter().filter_map(|intent| match &intent.action {
        Action::Refresh { rows } => Some(rows.iter().map(|row| row.row).collect()),
        _ => None,
    });
    sets.collect()
}

fn recovers(fixture: &Fixture) -> bool {
    fixture.plan().iter().any(|intent| intent.action == Action::RecoverBreaker { row: SOL })
}

#[test]
fn a_fresh_row_is_not_refreshed() {
    assert!(Fixture::new().plan().is_empty());
}

#[test]
fn an_old_row_is_refreshed_and_the_oldest_goes_first() {
    let mut fixture = Fixture::new();
    fixture.change_rows(|rows| rows[2].update_ts = NOW - 1);
    fixture.put_clock(NOW + 4);
    assert_eq!(refreshed(&fixture.plan()), [[BTC, SOL]]);
    fixture.config.refresh_rows_per_tx = 1;
    assert_eq!(refreshed(&fixture.plan()), [[BTC], [SOL]]);
    fixture.config.rows = RowFilter(vec![SOL]);
    assert_eq!(refreshed(&fixture.plan()), [[SOL]]);
    fixture.config.refresh = false;
    assert!(fixture.plan().is_empty());
}

#[test]
fn a_newer_reading_refreshes_a_row_after_the_shortest_pause() {
    let mut fixture = Fixture::new();
    fixture.put_oracles(SOL, 101.0, NOW + 1);
    assert!(refreshed(&fixture.plan()).is_empty());
    fixture.put_clock(NOW + 1);
    assert_eq!(refreshed(&fixture.plan()), [[SOL]]);
}

#[test]
fn a_source_without_a_price_is_reported_once() {
    let mut fixture = Fixture::new();
    // Readings older than a minute do not count: the verdict becomes `Dead`, the stored price stays.
    fixture.put_clock(NOW + 100);
    assert_eq!(refreshed(&fixture.plan()), [[SOL, BTC]]);
    fixture.change_rows(|rows| {
        for row in &mut rows[1..] {
            row.verdict = 5;
        }
    });
    assert!(refreshed(&fixture.plan()).is_empty());
}

#[test]
fn a_breaker_recovers_after_its_shortest_stay_when_the_price_is_calm() {
    let mut fixture = Fixture::new();
    fixture.change_rows(|rows| {
        rows[1].breaker_state = 2;
        rows[1].breaker_entered_ts = NOW - 59;
    });
    assert!(!recovers(&fixture));
    fixture.change_rows(|rows| rows[1].breaker_entered_ts = NOW - 60);
    assert!(recovers(&fixture));
    fixture.config.recover_breaker = false;
    assert!(!recovers(&fixture));
}

#[test]
fn an_old_price_is_no_evidence_of_calm() {
    let mut fixture = Fixture::new();
    fixture.change_rows(|rows| {
        rows[1].breaker_state = 2;
        rows[1].breaker_entered_ts = NOW - 3_599;
        rows[1].update_ts = NOW - 6;
    });
    assert!(!recovers(&fixture));
    fixture.change_rows(|rows| rows[1].breaker_entered_ts = NOW - 3_600);
    assert!(recovers(&fixture));
}
