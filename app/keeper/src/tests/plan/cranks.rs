use anchor_lang::prelude::Pubkey;

use crate::{
    config::RowFilter,
    plan::{Action, Ending, Intent, Pacing},
    tests::fixture::{Fixture, BTC, NOW, SOL},
};

fn refreshed(plan: &[Intent]) -> Vec<Vec<u16>> {
    let sets = plan.iter().filter_map(|intent| match &intent.action {
        Action::Refresh { rows } => Some(rows.iter().map(|row| row.row).collect()),
        _ => None,
    });
    sets.collect()
}

/// Rows of the folds of a plan, in order, with the records that they take.
fn folded(plan: &[Intent]) -> Vec<(u16, Vec<Pubkey>)> {
    let folds = plan.iter().filter_map(|intent| match &intent.action {
        Action::Fold { row, venue_markets, .. } => Some((*row, venue_markets.clone())),
        _ => None,
    });
    folds.collect()
}

/// A keeper that folds.
fn folding() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.config.fold = true;
    fixture
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
fn a_market_is_folded_when_its_fold_is_four_seconds_old_and_the_oldest_goes_first() {
    let mut fixture = folding();
    fixture.change_rows(|rows| rows[2].fold_ts = NOW - 1);
    fixture.put_clock(NOW + 2);
    assert!(folded(&fixture.plan()).is_empty());
    fixture.put_clock(NOW + 3);
    assert_eq!(folded(&fixture.plan()), [(BTC, vec![])]);
    fixture.put_clock(NOW + 4);
    assert_eq!(folded(&fixture.plan()), [(BTC, vec![]), (SOL, vec![])]);
    fixture.config.fold_after_secs = 6;
    assert!(folded(&fixture.plan()).is_empty());
    fixture.config.fold_after_secs = 1;
    fixture.config.rows = RowFilter(vec![SOL]);
    assert_eq!(folded(&fixture.plan()), [(SOL, vec![])]);
    fixture.config.fold = false;
    assert!(folded(&fixture.plan()).is_empty());
}

#[test]
fn a_market_that_was_never_folded_is_folded_at_once() {
    let mut fixture = folding();
    fixture.change_rows(|rows| rows[1].fold_ts = 0);
    assert_eq!(folded(&fixture.plan()), [(SOL, vec![])]);
}

#[test]
fn a_fold_takes_all_venues_of_its_market_in_order_and_waits_until_they_are_known() {
    let mut fixture = folding();
    fixture.put_clock(NOW + 4);
    let venues = fixture.put_venues(SOL, &[0, 1], 2);
    let others = fixture.put_venues(BTC, &[1, 0], 2);
    assert_eq!(folded(&fixture.plan()), [(SOL, venues.clone()), (BTC, vec![others[1], others[0]])]);
    // A third one was admitted that is not known yet.
    fixture.put_venues(SOL, &[], 3);
    assert_eq!(folded(&fixture.plan()), [(BTC, vec![others[1], others[0]])]);
    let third = fixture.put_venues(SOL, &[2], 3)[0];
    assert_eq!(folded(&fixture.plan())[0], (SOL, vec![venues[0], venues[1], third]));
}

#[test]
fn a_fold_brings_the_committee_of_a_market_that_has_one() {
    let mut fixture = folding();
    fixture.put_clock(NOW + 4);
    fixture.change_market(BTC, |market| market.has_committee = 1);
    let folds = |fixture: &Fixture| -> Vec<(u16, bool)> {
        let plan = fixture.plan();
        let folds = plan.iter().filter_map(|intent| match &intent.action {
            Action::Fold { row, has_committee, .. } => Some((*row, *has_committee)),
            _ => None,
        });
        folds.collect()
    };
    assert_eq!(folds(&fixture), [(SOL, false), (BTC, true)]);
}

#[test]
fn a_fold_that_was_sent_is_not_sent_again_before_its_effect_is_seen() {
    let mut fixture = folding();
    fixture.config.refresh = false;
    fixture.put_clock(NOW + 4);
    let plan = fixture.plan();
    assert_eq!(plan.len(), 2);
    fixture.state.start(&plan[0]);
    assert_eq!(folded(&fixture.plan()), [(BTC, vec![])]);
    let pacing = Pacing::new(&fixture.config);
    fixture.state.finish(&plan[0].keys(), Ending::Done, (&pacing, 0));
    assert_eq!(folded(&fixture.plan()), [(BTC, vec![])]);
    // Somebody's fold was seen, and it is old again.
    fixture.change_rows(|rows| rows[1].fold_sequence += 1);
    assert_eq!(folded(&fixture.plan()), [(SOL, vec![]), (BTC, vec![])]);
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

/// A stay that time has ended is stored by anybody; one that only a calm reading could end waits for a refresh.
#[test]
fn a_breaker_recovers_after_its_longest_stay() {
    let mut fixture = Fixture::new();
    fixture.change_rows(|rows| {
        rows[1].breaker_state = 2;
        rows[1].breaker_updated_ts = NOW - 3_599;
        rows[1].breaker_stay_secs = 0;
    });
    assert!(!recovers(&fixture));
    fixture.change_rows(|rows| rows[1].breaker_updated_ts = NOW - 3_600);
    assert!(recovers(&fixture));
    fixture.config.recover_breaker = false;
    assert!(!recovers(&fixture));
}
