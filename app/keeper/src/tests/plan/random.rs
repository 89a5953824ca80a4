use firebreak::engine::account_health;
use firebreak_client::health::account_state;
use firebreak_risk::liquidation::AccountState;
use proptest::prelude::*;

use super::liquidatees;
use crate::{
    plan::Action,
    tests::fixture::{key, Fixture, BTC, LOT, NOW, SOL},
};

/// Cash, lots and entry quote of an account, and whether its clock runs.
type Trader = (i64, i64, i64, i64, bool);

fn fixture(traders: &[Trader], dollars: f64) -> Fixture {
    let mut fixture = Fixture::new();
    fixture.config.in_flight_max = 256;
    for (seed, (cash, sol, btc, profit, is_running)) in (20..).zip(traders) {
        let positions = [(SOL, *sol, -sol * LOT + profit * LOT), (BTC, *btc, -btc * LOT)];
        let trader = fixture.trader(seed, cash * LOT, &positions);
        if *is_running {
            fixture.change(trader, |account| account.liquidation_started_ts = NOW - 5);
        }
    }
    fixture.put_clock(NOW + 2);
    fixture.put_oracles(SOL, dollars, NOW + 2);
    fixture
}

fn state(fixture: &Fixture, seed: u8) -> AccountState {
    let clock = fixture.view.clock_at(0).unwrap();
    let prices = crate::plan::Prices::new(&fixture.view, &clock);
    let reader = prices.reader(prices.current());
    let sums = account_health(&fixture.view.accounts[&key(seed)].value, &reader).unwrap();
    account_state(&sums.health, &fixture.view.snapshot.as_ref().unwrap().value).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever is planned for is below maintenance, or in liquidation; whoever is below maintenance for the first time is
    /// planned for; and no account twice.
    #[test]
    fn exactly_those_in_distress_are_planned_for(
        traders in prop::collection::vec(
            (0i64..200, -1_000i64..1_000, -1_000i64..1_000, -50i64..50, any::<bool>()), 1..12),
        dollars in 80.0f64..120.0,
    ) {
        let fixture = fixture(&traders, dollars);
        let planned = liquidatees(&fixture.plan());
        let mut unique = planned.clone();
        unique.sort();
        unique.dedup();
        prop_assert_eq!(unique.len(), planned.len());
        for (seed, (.., is_running)) in (20u8..).zip(&traders) {
            let account = &fixture.view.accounts[&key(seed)].value;
            let is_planned = planned.contains(&key(seed));
            match state(&fixture, seed) {
                AccountState::Healthy => prop_assert_eq!(is_planned, *is_running),
                AccountState::Recovering => prop_assert!(!is_planned || *is_running),
                _ => prop_assert!(is_planned || *is_running || account.is_flat()),
            }
        }
    }

    /// The order is by class, then by equity relative to maintenance.
    #[test]
    fn nobody_goes_before_a_worse_account(
        cash in prop::collection::vec(0i64..50, 2..10),
    ) {
        let mut fixture = Fixture::new();
        for (seed, cash) in (20u8..).zip(&cash) {
            fixture.trader(seed, cash * LOT, &[(SOL, 1_000, -1_000 * LOT)]);
        }
        let order: Vec<i64> = liquidatees(&fixture.plan())
            .iter()
            .map(|trader| fixture.view.accounts[trader].value.atoms_of(0))
            .collect();
        prop_assert!(order.is_sorted(), "{:?}", order);
    }

    /// What is sent never exceeds the configured limit of lots or of transactions.
    #[test]
    fn limits_are_kept(lots_max in 1u64..2_000, in_flight_max in 1usize..20) {
        let traders: Vec<Trader> = (0..12).map(|cash| (cash, 900, 0, 0, false)).collect();
        let mut fixture = fixture(&traders, 100.0);
        fixture.config.lots_max = lots_max;
        fixture.config.in_flight_max = in_flight_max;
        let plan = fixture.plan();
        prop_assert!(plan.len() <= in_flight_max);
        for intent in plan {
            if let Action::Liquidate { lots_max: sent, .. } = intent.action {
                prop_assert!(sent <= lots_max);
            }
        }
    }
}
