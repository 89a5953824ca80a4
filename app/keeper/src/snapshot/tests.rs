use anchor_lang::Discriminator;
use firebreak::state::{
    CollateralBank, InsuranceVault, MarginAccount, Market, MarketLedger, RiskSnapshot, VenueMarket,
};

use super::{
    apply::{kinds, Applied, Corrections, Sweep},
    fetch::{account_filter, PollRequest},
    RawAccount, View,
};
use crate::tests::fixture::{account, key, raw, Fixture, LOT, NOW, SOL};

const TRADER: u8 = 20;

fn view() -> View {
    View::new(key(1))
}

fn update(sequence: u64, slot: u64, cash: i64) -> RawAccount {
    let mut account = account(&key(1), TRADER, cash, &[]);
    account.sequence = sequence;
    raw(key(TRADER), slot, &account)
}

fn cash(view: &View) -> Option<i64> {
    view.accounts.get(&key(TRADER)).map(|account| account.value.atoms_of(0))
}

#[test]
fn an_older_version_never_replaces_a_newer_one() {
    let mut view = view();
    assert_eq!(view.apply_update(&update(5, 10, 50)), Applied::Changed);
    assert_eq!(view.apply_update(&update(4, 10, 40)), Applied::Stale);
    assert_eq!(view.apply_update(&update(4, 9, 40)), Applied::Stale);
    assert_eq!(view.apply_update(&update(5, 11, 50)), Applied::Stale);
    assert_eq!(cash(&view), Some(50));
}

#[test]
fn versions_within_one_slot_are_ordered_by_sequence() {
    // Some nodes repeat the slot of the subscription with each notification.
    let mut view = view();
    for (sequence, cash) in [(1, 10), (2, 20), (3, 30)] {
        assert_eq!(view.apply_update(&update(sequence, 7, cash)), Applied::Changed);
    }
    assert_eq!(cash(&view), Some(30));
}

#[test]
fn a_lower_sequence_from_a_newer_slot_is_a_reopened_account() {
    let mut view = view();
    view.apply_update(&update(9, 10, 90));
    assert_eq!(view.apply_update(&update(1, 11, 10)), Applied::Changed);
    assert_eq!(cash(&view), Some(10));
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    let updates = [update(1, 5, 10), update(2, 5, 20), update(3, 6, 30)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut view = view();
        for index in order {
            view.apply_update(&updates[index]);
        }
        assert_eq!(cash(&view), Some(30), "{order:?}");
    }
}

#[test]
fn accounts_of_others_are_ignored() {
    let mut view = view();
    let mut foreign = update(1, 1, 10);
    foreign.owner = key(9);
    assert_eq!(view.apply_update(&foreign), Applied::Foreign);
    let other_group = account(&key(8), TRADER, 10, &[]);
    assert_eq!(view.apply_update(&raw(key(TRADER), 1, &other_group)), Applied::Foreign);
    let mut short = update(1, 1, 10);
    short.data.truncate(100);
    assert_eq!(view.apply_update(&short), Applied::Malformed);
    assert!(view.accounts.is_empty());
    assert_eq!(view.tick(), 0);
}

#[test]
fn a_sweep_corrects_what_was_missed_and_forgets_what_is_gone() {
    let mut view = view();
    view.apply_update(&update(5, 10, 50));
    let gone = account(&key(1), 21, 1, &[]);
    view.apply_update(&raw(key(21), 10, &gone));
    let sweep = Sweep { tick: view.tick(), accounts: vec![update(6, 12, 60)] };
    assert_eq!(view.apply_sweep(&sweep), Corrections { changed: 1, removed: 1, malformed: 0 });
    assert_eq!(cash(&view), Some(60));
    assert_eq!(view.accounts.len(), 1);
}

#[test]
fn a_sweep_does_not_undo_what_arrived_while_it_was_under_way() {
    let mut view = view();
    view.apply_update(&update(5, 10, 50));
    let sweep = Sweep { tick: view.tick(), accounts: vec![update(5, 12, 50)] };
    // Both arrive after the sweep was asked for; neither is in its answer.
    view.apply_update(&update(6, 10, 60));
    let opened = account(&key(1), 21, 1, &[]);
    view.apply_update(&raw(key(21), 10, &opened));
    assert_eq!(view.apply_sweep(&sweep), Corrections::default());
    assert_eq!(cash(&view), Some(60));
    assert!(view.accounts.contains_key(&key(21)));
}

#[test]
fn a_sweep_overrules_a_version_from_an_abandoned_fork() {
    let mut view = view();
    view.apply_update(&update(9, 10, 90));
    let sweep = Sweep { tick: view.tick(), accounts: vec![update(8, 9, 80)] };
    assert_eq!(view.apply_sweep(&sweep).changed, 1);
    assert_eq!(cash(&view), Some(80));
}

#[test]
fn oracle_accounts_are_ordered_by_slot() {
    let mut fixture = Fixture::new();
    let primary = fixture.view.rows()[usize::from(SOL)].primary_key;
    fixture.put_oracles(SOL, 90.0, NOW + 1);
    let newest = fixture.view.oracles[&primary].value.data.clone();
    let old = RawAccount { address: primary, owner: key(3), slot: 1, data: vec![1] };
    fixture.poll(old);
    assert_eq!(fixture.view.oracles[&primary].value.data, newest);
}

#[test]
fn the_clock_runs_on_between_readings_but_not_far() {
    let mut fixture = Fixture::new();
    fixture.put_clock(NOW);
    let at = |millis| fixture.view.clock_at(millis).unwrap().unix_timestamp;
    assert_eq!(at(0), NOW);
    assert_eq!(at(1_999), NOW + 1);
    assert_eq!(at(3_600_000), NOW + 3);
}

#[test]
fn a_poll_asks_for_each_oracle_account_once() {
    let mut fixture = Fixture::new();
    let once = PollRequest::new(&fixture.view);
    fixture.change_rows(|rows| rows[2].secondary_key = rows[1].secondary_key);
    assert_ne!(PollRequest::new(&fixture.view), once);
    // Two primaries and one shared secondary.
    assert_eq!(fixture.view.oracle_keys().len(), 3);
}

#[test]
fn the_filter_is_kind_and_group() {
    let config = account_filter(MarginAccount::DISCRIMINATOR, &key(1), Default::default());
    let data = update(1, 1, LOT).data;
    let filters = config.filters.unwrap();
    let [solana_rpc_client_api::filter::RpcFilterType::Memcmp(memcmp)] = filters.as_slice() else {
        panic!("one comparison");
    };
    assert_eq!(memcmp.bytes().unwrap().as_slice(), &data[..40]);
    assert!(filters.iter().all(|filter| filter.verify().is_ok()));
}

#[test]
fn every_kind_that_a_plan_needs_is_swept_and_subscribed_to() {
    // Without banks no collateral would ever be bought: what is not asked for is not known, and nobody notices.
    let needed = [
        MarginAccount::DISCRIMINATOR,
        RiskSnapshot::DISCRIMINATOR,
        Market::DISCRIMINATOR,
        MarketLedger::DISCRIMINATOR,
        CollateralBank::DISCRIMINATOR,
        InsuranceVault::DISCRIMINATOR,
        VenueMarket::DISCRIMINATOR,
    ];
    for kind in needed {
        assert!(kinds().any(|known| known == kind), "{kind:?}");
    }
}
