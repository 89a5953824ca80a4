use firebreak_risk::units::LOG_BITS;

use super::{liquidatees, only_liquidation};
use crate::{
    config::RowFilter,
    plan::{Action, Purpose},
    tests::fixture::{account, Fixture, BTC, LOT, NOW, SOL},
};

/// A long of 1 000 lots at the present price: maintenance is 50 lots' worth.
const LONG: (u16, i64, i64) = (SOL, 1_000, -1_000 * LOT);
/// The whole impact budget: 1 % of the log price.
const CAP_Q40: u64 = (1 << LOG_BITS) / 100;

#[test]
fn an_account_above_maintenance_is_left_alone() {
    let mut fixture = Fixture::new();
    for (seed, cash) in [(20, 51), (21, 59), (22, 61), (23, 10_000)] {
        fixture.trader(seed, cash * LOT, &[LONG]);
    }
    fixture.trader(24, 0, &[]);
    assert!(liquidatees(&fixture.plan()).is_empty());
}

#[test]
fn an_account_below_maintenance_is_taken_over() {
    let mut fixture = Fixture::new();
    // Target: 6 % of what remains = 49 lots' worth of equity, so a little under 184 lots have to go.
    let trader = fixture.trader(20, 49 * LOT, &[LONG]);
    let plan = fixture.plan();
    assert_eq!(liquidatees(&plan), [trader]);
    let (purpose, lots_max) = only_liquidation(&plan);
    let Purpose::TakeOver { lots, .. } = purpose else {
        panic!("{purpose:?}");
    };
    assert!((183..=190).contains(&lots), "{lots}");
    assert_eq!(lots_max, lots + lots / 8 + 1);
}

#[test]
fn worst_accounts_come_first() {
    let mut fixture = Fixture::new();
    let mild = fixture.trader(20, 49 * LOT, &[LONG]);
    let worse = fixture.trader(21, 40 * LOT, &[LONG]);
    let critical = fixture.trader(22, 20 * LOT, &[LONG]);
    // Equity: 60 - 100 = -40.
    let bankrupt = fixture.trader(23, 60 * LOT, &[(SOL, 1_000, -1_100 * LOT)]);
    // A small account in the same distress as `worse`: size does not count.
    let small = fixture.trader(19, 4 * LOT, &[(SOL, 100, -100 * LOT)]);
    assert_eq!(liquidatees(&fixture.plan()), [bankrupt, critical, small, worse, mild]);
}

#[test]
fn critical_accounts_go_before_refreshes_and_others_after() {
    let mut fixture = Fixture::new();
    fixture.trader(20, 49 * LOT, &[LONG]);
    fixture.trader(21, 20 * LOT, &[LONG]);
    fixture.put_clock(NOW + 5);
    let is_refresh = |action: &Action| matches!(action, Action::Refresh { .. });
    let order: Vec<bool> = fixture.plan().iter().map(|intent| is_refresh(&intent.action)).collect();
    assert_eq!(order, [false, true, false]);
}

#[test]
fn the_keeper_never_liquidates_itself() {
    let mut fixture = Fixture::new();
    let own = fixture.liquidator.margin_account;
    fixture.change(own, |account| {
        *account = crate::tests::fixture::account(&account.group, 200, LOT, &[LONG]);
        account.sequence = 1;
    });
    // Another account of the same owner.
    let group = fixture.view.group_key;
    fixture.put_account(crate::tests::fixture::key(60), account(&group, 200, LOT, &[LONG]));
    assert!(liquidatees(&fixture.plan()).is_empty());
}

#[test]
fn without_an_account_of_its_own_the_keeper_liquidates_nothing() {
    let mut fixture = Fixture::new();
    fixture.trader(20, 49 * LOT, &[LONG]);
    fixture.liquidator.margin_account = crate::tests::fixture::key(77);
    assert!(liquidatees(&fixture.plan()).is_empty());
}

#[test]
fn the_largest_position_goes_first() {
    let mut fixture = Fixture::new();
    fixture.trader(20, 74 * LOT, &[(BTC, 600, -600 * LOT), (SOL, 900, -900 * LOT)]);
    let plan = fixture.plan();
    let Action::Liquidate { market, .. } = &plan[0].action else {
        panic!("{plan:?}");
    };
    assert_eq!(*market, fixture.market(SOL));
}

#[test]
fn an_exhausted_budget_admits_only_the_start_of_the_clock() {
    let mut fixture = Fixture::new();
    let trader = fixture.trader(20, 49 * LOT, &[LONG]);
    fixture.put_ledger(SOL, CAP_Q40);
    assert_eq!(only_liquidation(&fixture.plan()), (Purpose::StartClock, 0));
    fixture.change(trader, |account| account.liquidation_started_ts = NOW);
    assert!(liquidatees(&fixture.plan()).is_empty());
}

#[test]
fn the_reserved_room_is_for_critical_accounts() {
    let mut fixture = Fixture::new();
    let mild = fixture.trader(20, 40 * LOT, &[LONG]);
    let critical = fixture.trader(21, 20 * LOT, &[LONG]);
    for trader in [mild, critical] {
        fixture.change(trader, |account| account.liquidation_started_ts = NOW);
    }
    // 70 % of the cap: above the 60 % that are open to all.
    fixture.put_ledger(SOL, CAP_Q40 / 10 * 7);
    assert_eq!(liquidatees(&fixture.plan()), [critical]);
}

#[test]
fn one_plan_does_not_spend_the_same_room_twice() {
    let mut fixture = Fixture::new();
    // Room for others than critical accounts: 6 000 lots' worth. Each needs about 7 300 of 40 000 lots.
    for seed in [20, 21] {
        let trader = fixture.trader(seed, 1_960 * LOT, &[(SOL, 40_000, -40_000 * LOT)]);
        fixture.change(trader, |account| account.liquidation_started_ts = NOW);
    }
    let plan = fixture.plan();
    let Purpose::TakeOver { lots, .. } = only_liquidation(&plan).0 else {
        panic!("{plan:?}");
    };
    assert!(lots <= 6_000, "{lots}");
}

#[test]
fn the_keepers_own_margin_bounds_what_it_takes() {
    let mut fixture = Fixture::new();
    fixture.trader(20, 20 * LOT, &[LONG]);
    let own = fixture.liquidator.margin_account;
    // Initial margin is 10 %: 5 lots' worth of cash carry 50 lots.
    fixture.change(own, |account| account.collaterals[0].atoms = 5 * LOT);
    let (purpose, lots_max) = only_liquidation(&fixture.plan());
    assert!(matches!(purpose, Purpose::TakeOver { .. }), "{purpose:?}");
    assert!((25..=50).contains(&lots_max), "{lots_max}");
    fixture.change(own, |account| account.collaterals[0].atoms = 0);
    assert_eq!(only_liquidation(&fixture.plan()), (Purpose::StartClock, 0));
}

#[test]
fn one_plan_does_not_spend_the_keepers_margin_twice() {
    let mut fixture = Fixture::new();
    for seed in [20, 21] {
        let trader = fixture.trader(seed, 20 * LOT, &[LONG]);
        fixture.change(trader, |account| account.liquidation_started_ts = NOW);
    }
    let own = fixture.liquidator.margin_account;
    fixture.change(own, |account| account.collaterals[0].atoms = 100 * LOT);
    // The first needs almost everything, 1 000 lots at 10 %; little is left for the second.
    let plan = fixture.plan();
    let lots: u64 = plan
        .iter()
        .filter_map(|intent| match &intent.action {
            Action::Liquidate { purpose: Purpose::TakeOver { lots, .. }, .. } => Some(*lots),
            _ => None,
        })
        .sum();
    // Margin of what is planned: 10 % of the lots, less the discounts.
    assert!(lots <= 1_250, "{lots}");
}

#[test]
fn a_discount_below_the_wanted_one_starts_only_the_clock() {
    let mut fixture = Fixture::new();
    // Distress is 1 - 40/50 = 20 %, so the discount is 20 % of 2 % = 4 000 ppm.
    let trader = fixture.trader(20, 40 * LOT, &[LONG]);
    fixture.config.min_discount_ppm = 4_001;
    assert_eq!(only_liquidation(&fixture.plan()), (Purpose::StartClock, 0));
    fixture.config.min_discount_ppm = 4_000;
    assert!(matches!(only_liquidation(&fixture.plan()).0, Purpose::TakeOver { discount_ppm: 4_000, .. }));
    // After half of the ramp it is at least 10 000 ppm.
    fixture.config.min_discount_ppm = 10_000;
    fixture.change(trader, |account| account.liquidation_started_ts = NOW - 30);
    assert!(matches!(only_liquidation(&fixture.plan()).0, Purpose::TakeOver { discount_ppm: 10_000, .. }));
}

#[test]
fn the_configured_limit_of_lots_is_kept() {
    let mut fixture = Fixture::new();
    fixture.trader(20, 40 * LOT, &[LONG]);
    fixture.config.lots_max = 7;
    assert_eq!(only_liquidation(&fixture.plan()).1, 7);
}

#[test]
fn a_recovered_account_has_its_clock_stopped() {
    let mut fixture = Fixture::new();
    let trader = fixture.trader(20, 61 * LOT, &[LONG]);
    fixture.change(trader, |account| account.liquidation_started_ts = NOW - 10);
    assert_eq!(only_liquidation(&fixture.plan()), (Purpose::StopClock, 0));
    // An account that was closed out has no position left to name a market by.
    fixture.change(trader, |account| {
        account.position_count = 0;
    });
    assert_eq!(only_liquidation(&fixture.plan()), (Purpose::StopClock, 0));
}

#[test]
fn a_liquidation_goes_on_until_the_target() {
    let mut fixture = Fixture::new();
    // Between maintenance (50) and target (60).
    let trader = fixture.trader(20, 55 * LOT, &[LONG]);
    assert!(liquidatees(&fixture.plan()).is_empty());
    fixture.change(trader, |account| account.liquidation_started_ts = NOW - 10);
    assert!(matches!(only_liquidation(&fixture.plan()).0, Purpose::TakeOver { .. }));
}

#[test]
fn a_dead_crank_does_not_stop_liquidations() {
    let mut fixture = Fixture::new();
    fixture.config.refresh = false;
    let trader = fixture.trader(20, 60 * LOT, &[LONG]);
    // The snapshot is a minute old and still says 100 dollars; the oracles say 98: equity is 60 - 20 = 40.
    fixture.put_clock(NOW + 60);
    fixture.put_oracles(SOL, 98.0, NOW + 60);
    let plan = fixture.plan();
    assert_eq!(liquidatees(&plan), [trader]);
    let Action::Liquidate { overlay, .. } = &plan[0].action else {
        panic!("{plan:?}");
    };
    let rows: Vec<u16> = overlay.iter().map(|row| row.row).collect();
    assert_eq!(rows, [SOL]);
}

#[test]
fn the_market_row_is_overlaid_even_when_the_snapshot_is_fresh() {
    let mut fixture = Fixture::new();
    fixture.trader(20, 40 * LOT, &[LONG]);
    let plan = fixture.plan();
    let Action::Liquidate { overlay, .. } = &plan[0].action else {
        panic!("{plan:?}");
    };
    assert_eq!(overlay[0].row, SOL);
    assert_eq!(overlay[0].primary, fixture.view.rows()[usize::from(SOL)].primary_key);
}

#[test]
fn diverged_sources_liquidate_nobody() {
    let mut fixture = Fixture::new();
    fixture.trader(20, 40 * LOT, &[LONG]);
    // Verdict 4: the stored price stays, and the program would refuse.
    fixture.change_rows(|rows| rows[1].verdict = 4);
    let primary = fixture.view.rows()[1].primary_key;
    fixture.view.oracles.remove(&primary);
    assert!(liquidatees(&fixture.plan()).is_empty());
}

#[test]
fn only_configured_rows_are_worked_on() {
    let mut fixture = Fixture::new();
    fixture.trader(20, 40 * LOT, &[LONG]);
    fixture.config.rows = RowFilter(vec![BTC]);
    assert!(liquidatees(&fixture.plan()).is_empty());
}
