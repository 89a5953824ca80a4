//! Excess of a long position of 1 000 lots with `cash` lots of cash, bought at the price: cash - 50. Its trigger is
//! -ln(1 - excess / 1 000) away, and a bin is 3 % wide.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    engine::demand::{register, Standing},
    state::ShardRow,
};
use proptest::prelude::*;

use crate::{
    config::RowFilter,
    plan::{Action, Ending, Intent, Pacing, Prices},
    tests::fixture::{key, Fixture, BTC, LOT, NOW, SOL},
};

const LONG: (u16, i64, i64) = (SOL, 1_000, -1_000 * LOT);
/// Half of what the fixture's markets allow.
const AGE: i64 = 1_800;

/// Accounts of the registrations of a plan, in order.
fn registered(plan: &[Intent]) -> Vec<Pubkey> {
    let accounts = plan.iter().filter_map(|intent| match &intent.action {
        Action::RegisterDemand { account } => Some(*account),
        _ => None,
    });
    accounts.collect()
}

/// A keeper that registers and leaves prices to others.
fn registering() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.config.register_demand = true;
    fixture.config.refresh = false;
    fixture
}

/// Does what the instruction would do to an account, in a shard so crowded that anything can be taken out of it.
fn register_now(fixture: &mut Fixture, account: Pubkey) {
    let clock = fixture.view.clock_at(0).unwrap();
    let mut registered = *fixture.view.accounts[&account].value;
    let crowd = 1 << 50;
    let mut shard = [SOL, BTC].map(|row| ShardRow {
        demand_epoch: fixture.view.rows()[usize::from(row)].demand_epoch,
        demand_stale_units: [crowd; 2],
        demand_far_units: [crowd; 2],
        demand_units: [[crowd; 128]; 2],
        ..ShardRow::default()
    });
    let prices = Prices::new(&fixture.view, &clock);
    let reader = prices.reader(prices.stored());
    let standing = Standing::of(&registered, &reader);
    register(&mut registered, &mut shard, &reader, &standing).unwrap();
    fixture.change(account, |account| *account = registered);
}

/// A trader in SOL with that many lots of cash, registered at that time.
fn trader(fixture: &mut Fixture, seed: u8, cash: i64, ts: i64) -> Pubkey {
    let account = fixture.trader(seed, cash * LOT, &[LONG]);
    fixture.put_clock(ts);
    register_now(fixture, account);
    fixture.put_clock(NOW);
    account
}

fn set_price(fixture: &mut Fixture, row: u16, percent: u64) {
    fixture.change_rows(|rows| {
        let row = &mut rows[usize::from(row)];
        row.price_q32 = (LOT as u64 * percent / 100) << 32;
        row.ema_q32 = row.price_q32;
        row.follow_price();
    });
}

fn start_epoch(fixture: &mut Fixture, row: u16) {
    fixture.change_rows(|rows| rows[usize::from(row)].demand_epoch += 1);
}

#[test]
fn a_fresh_registration_is_left_alone() {
    let mut fixture = registering();
    for (seed, cash) in [(20, 200), (21, 500), (22, 2_000)] {
        trader(&mut fixture, seed, cash, NOW);
    }
    assert!(fixture.plan().is_empty());
}

#[test]
fn a_registration_is_renewed_when_it_is_older_than_half_of_what_the_market_allows() {
    let mut fixture = registering();
    let account = trader(&mut fixture, 20, 500, NOW);
    fixture.put_clock(NOW + AGE);
    assert!(fixture.plan().is_empty());
    fixture.put_clock(NOW + AGE + 1);
    assert_eq!(registered(&fixture.plan()), [account]);
    register_now(&mut fixture, account);
    assert!(fixture.plan().is_empty());
}

#[test]
fn a_market_that_allows_no_age_has_no_old_registrations() {
    let mut fixture = registering();
    trader(&mut fixture, 20, 500, NOW);
    let market = fixture.market(SOL);
    fixture.view.markets.get_mut(&market).unwrap().value.register_secs = 0;
    fixture.put_clock(NOW + 10 * AGE);
    assert!(fixture.plan().is_empty());
}

#[test]
fn a_registration_of_another_epoch_is_renewed_and_goes_first() {
    let mut fixture = registering();
    // 20 is old and one bin from the price, 21 far away in another market, of an epoch that is over.
    let near = trader(&mut fixture, 20, 100, NOW - AGE - 1);
    let stale = fixture.trader(21, 900 * LOT, &[(BTC, 1_000, -1_000 * LOT)]);
    register_now(&mut fixture, stale);
    assert_eq!(registered(&fixture.plan()), [near]);
    start_epoch(&mut fixture, BTC);
    assert_eq!(registered(&fixture.plan()), [stale, near]);
    register_now(&mut fixture, stale);
    assert_eq!(registered(&fixture.plan()), [near]);
}

#[test]
fn a_position_that_is_in_no_curve_counts_as_one_of_another_epoch() {
    let mut fixture = registering();
    let old = trader(&mut fixture, 20, 100, NOW - AGE - 1);
    let unregistered = fixture.trader(21, 900 * LOT, &[LONG]);
    assert_eq!(registered(&fixture.plan()), [unregistered, old]);
}

#[test]
fn the_nearest_to_liquidation_goes_first_and_then_the_oldest() {
    let mut fixture = registering();
    // 19, 1 and 5 bins from the price; two more at 5 bins, of which one is older.
    let far = trader(&mut fixture, 20, 500, NOW - 4 * AGE);
    let nearest = trader(&mut fixture, 21, 100, NOW - 2 * AGE);
    let young = trader(&mut fixture, 22, 200, NOW - 2 * AGE);
    let oldest = trader(&mut fixture, 23, 200, NOW - 3 * AGE);
    // Never to be liquidated by the price, which is farther than anything.
    let never = trader(&mut fixture, 24, 5_000, NOW - 5 * AGE);
    assert_eq!(registered(&fixture.plan()), [nearest, oldest, young, far, never]);
}

/// A short's trigger is above the price, ln(1 + excess / 1 000) away: 1 bin with 100 lots of cash, 12 with 500.
#[test]
fn both_sides_are_ordered_by_what_they_fear() {
    let mut fixture = registering();
    let long = trader(&mut fixture, 20, 200, NOW);
    let [near, far] = [(21, 100), (22, 500)].map(|(seed, cash)| {
        let short = fixture.trader(seed, cash * LOT, &[(SOL, -1_000, 1_000 * LOT)]);
        register_now(&mut fixture, short);
        short
    });
    fixture.put_clock(NOW + 2 * AGE);
    assert_eq!(registered(&fixture.plan()), [near, long, far]);
}

/// 600 lots of cash, long 1 000 SOL, long 1 000 BTC: excess 500, joint 2 000, 9 bins. With BTC at 85 %: excess 357.5 of
/// 1 850, 7 bins. With BTC at 75 %: excess 262.5 of 1 750, 5 bins.
#[test]
fn a_trigger_that_another_market_moved_is_registered_where_it_is_now() {
    let mut fixture = registering();
    let account = fixture.trader(20, 600 * LOT, &[LONG, (BTC, 1_000, -1_000 * LOT)]);
    register_now(&mut fixture, account);
    // Only SOL, whose own price stays.
    fixture.config.rows = RowFilter(vec![SOL]);
    set_price(&mut fixture, BTC, 85);
    assert_eq!(registered(&fixture.plan()), [account]);
    fixture.config.register_error_min_bins = 3;
    assert!(fixture.plan().is_empty());
    set_price(&mut fixture, BTC, 75);
    assert_eq!(registered(&fixture.plan()), [account]);
    register_now(&mut fixture, account);
    fixture.config.register_error_min_bins = 1;
    assert!(fixture.plan().is_empty());
}

/// Registered as never liquidated by the price, and then a bin away: the error counts, though no bin is known for it.
#[test]
fn what_was_far_and_has_come_near_is_wrong_and_goes_by_where_it_is_now() {
    let mut fixture = registering();
    let was_far = trader(&mut fixture, 20, 5_000, NOW);
    let old = trader(&mut fixture, 21, 200, NOW - 2 * AGE);
    assert_eq!(registered(&fixture.plan()), [old]);
    fixture.change(was_far, |account| account.collaterals[0].atoms = 100 * LOT);
    assert_eq!(registered(&fixture.plan()), [was_far, old]);
}

/// The window's first bin is 64 below the price. With 901 lots of cash a trigger is 63 bins below, with 905 it is 64.
#[test]
fn what_is_far_is_at_least_one_bin_beyond_the_window() {
    let mut fixture = registering();
    let [in_the_second, in_the_first] = [(20, 901), (21, 905)].map(|(seed, cash)| {
        let account = trader(&mut fixture, seed, cash, NOW);
        fixture.change(account, |account| {
            let position = &mut account.positions[0];
            position.registered_bin = 460 - 64;
            position.is_registered_far = 1;
        });
        account
    });
    assert_eq!(registered(&fixture.plan()), [in_the_second]);
    fixture.config.register_error_min_bins = 1;
    assert_eq!(registered(&fixture.plan()), [in_the_second, in_the_first]);
}

/// Prices and distances are rounded to bins apart, so the sum of both changes while a price goes through a bin.
#[test]
fn an_error_of_rounding_alone_costs_no_fees() {
    let mut fixture = registering();
    trader(&mut fixture, 20, 500, NOW);
    let mut is_rounded_otherwise = false;
    for percent in (97..=103).chain((97..103).rev()) {
        set_price(&mut fixture, SOL, percent);
        fixture.config.register_error_min_bins = 2;
        assert!(fixture.plan().is_empty(), "{percent}");
        fixture.config.register_error_min_bins = 1;
        is_rounded_otherwise |= !fixture.plan().is_empty();
    }
    assert!(is_rounded_otherwise);
}

#[test]
fn no_more_are_in_flight_than_configured() {
    let mut fixture = registering();
    for seed in 20..60 {
        fixture.trader(seed, 500 * LOT, &[LONG]);
    }
    fixture.config.in_flight_max = 256;
    let plan = fixture.plan();
    assert_eq!((plan.len(), registered(&plan).len()), (8, 8));
    for intent in &plan {
        fixture.state.start(intent);
    }
    assert!(fixture.plan().is_empty());
    let pacing = Pacing::new(&fixture.config);
    for intent in &plan[..3] {
        fixture.state.finish(&intent.keys(), Ending::Done, (&pacing, 0));
    }
    let next = registered(&fixture.plan());
    assert_eq!(next.len(), 3);
    assert!(next.iter().all(|account| !registered(&plan).contains(account)));
}

#[test]
fn flat_accounts_are_never_registered() {
    let mut fixture = registering();
    fixture.trader(20, 500 * LOT, &[]);
    fixture.trader(21, 500 * LOT, &[(SOL, 0, -20 * LOT), (BTC, 0, 20 * LOT)]);
    fixture.put_clock(NOW + 10 * AGE);
    start_epoch(&mut fixture, SOL);
    start_epoch(&mut fixture, BTC);
    assert!(fixture.plan().is_empty());
}

#[test]
fn a_closed_position_makes_no_account_due() {
    let mut fixture = registering();
    let account = fixture.trader(20, 500 * LOT, &[LONG, (BTC, 0, 20 * LOT)]);
    register_now(&mut fixture, account);
    start_epoch(&mut fixture, BTC);
    assert!(fixture.plan().is_empty());
    start_epoch(&mut fixture, SOL);
    assert_eq!(registered(&fixture.plan()), [account]);
}

#[test]
fn liquidations_and_cranks_go_before_registrations_and_settlements_after() {
    let mut fixture = registering();
    fixture.config = crate::config::Config { refresh: true, fold: true, settle_pnl: true, ..fixture.config };
    fixture.trader(20, 500 * LOT, &[LONG]);
    fixture.trader(21, 40 * LOT, &[LONG]);
    fixture.trader(22, 500 * LOT, &[(SOL, 0, -20 * LOT)]);
    fixture.put_clock(NOW + 4);
    let plan = fixture.plan();
    let jobs: Vec<&str> = plan.iter().map(|intent| intent.job().name()).collect();
    let expected =
        ["refresh", "fold", "fold", "liquidate", "register_demand", "register_demand", "settle_pnl"];
    assert_eq!(jobs, expected);
    fixture.config.register_demand = false;
    assert!(registered(&fixture.plan()).is_empty());
}

#[test]
fn what_was_registered_is_not_registered_again_before_its_effect_is_seen() {
    let mut fixture = registering();
    let account = fixture.trader(20, 500 * LOT, &[LONG]);
    let intent = fixture.plan().remove(0);
    let pacing = Pacing::new(&fixture.config);
    fixture.state.start(&intent);
    assert!(fixture.plan().is_empty());
    fixture.state.finish(&intent.keys(), Ending::Done, (&pacing, 0));
    assert!(fixture.plan().is_empty());
    // Something else happened to the account: it is another version, and still in no curve.
    fixture.change(account, |account| account.collaterals[0].atoms += 1);
    assert_eq!(registered(&fixture.plan()), [account]);
}

#[test]
fn a_registration_that_failed_waits_longer_each_time() {
    let mut fixture = registering();
    let account = fixture.trader(20, 500 * LOT, &[LONG]);
    let pacing = Pacing::new(&fixture.config);
    for wait in [500, 1_000, 2_000] {
        let intent = fixture.plan().remove(0);
        fixture.state.start(&intent);
        fixture.state.finish(&intent.keys(), Ending::Failed, (&pacing, fixture.now_millis));
        fixture.now_millis += wait - 1;
        assert!(fixture.plan().is_empty(), "{wait}");
        fixture.now_millis += 1;
        assert_eq!(registered(&fixture.plan()), [account]);
    }
}

#[test]
fn shards_and_rows_divide_registrations() {
    let mut fixture = registering();
    for seed in 20..40 {
        fixture.trader(seed, 500 * LOT, &[LONG]);
    }
    fixture.config.in_flight_max = 256;
    fixture.config.register_in_flight_max = 256;
    fixture.config.shard_count = 3;
    let mut all = Vec::new();
    for shard_index in 0..3 {
        fixture.config.shard_index = shard_index;
        all.extend(registered(&fixture.plan()));
    }
    all.sort();
    assert_eq!(all, (20..40).map(key).collect::<Vec<_>>());
    fixture.config.rows = RowFilter(vec![BTC]);
    assert!(fixture.plan().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever accounts hold, each with a position is registered once, and then there is nothing left to do.
    #[test]
    fn everybody_is_registered_once_and_then_there_is_peace(
        traders in prop::collection::vec((0i64..2_000, -1_000i64..1_000, -1_000i64..1_000), 1..20),
    ) {
        let mut fixture = registering();
        fixture.config.liquidate = false;
        fixture.config.resolve_bankruptcy = false;
        let mut due = 0usize;
        for (seed, (cash, sol, btc)) in (20..).zip(&traders) {
            fixture.trader(seed, cash * LOT, &[(SOL, *sol, -sol * LOT), (BTC, *btc, -btc * LOT)]);
            due += usize::from(*sol != 0 || *btc != 0);
        }
        fixture.config.register_error_min_bins = 1;
        while due > 0 {
            let planned = registered(&fixture.plan());
            prop_assert_eq!(planned.len(), due.min(8));
            due -= planned.len();
            for account in planned {
                register_now(&mut fixture, account);
            }
        }
        prop_assert!(fixture.plan().is_empty());
    }
}
