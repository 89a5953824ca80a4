use crate::{
    plan::{Action, Intent},
    tests::fixture::{key, Fixture, BTC, LOT, NOW, SOL},
};

fn resolved(plan: &[Intent]) -> Vec<&Action> {
    let actions = plan.iter().map(|intent| &intent.action);
    actions.filter(|action| matches!(action, Action::ResolveBankruptcy { .. })).collect()
}

#[test]
fn a_flat_account_that_owes_more_than_its_cash_is_resolved_in_all_markets_at_once() {
    let mut fixture = Fixture::new();
    let account = fixture.trader(20, 5 * LOT, &[(SOL, 0, -3 * LOT), (BTC, 0, -4 * LOT)]);
    // By ascending row.
    let mut rows = [SOL, BTC];
    rows.sort_unstable();
    let markets = rows.map(|row| fixture.market(row)).to_vec();
    assert_eq!(resolved(&fixture.plan()), [&Action::ResolveBankruptcy { account, markets }]);
    fixture.config.resolve_bankruptcy = false;
    assert!(fixture.plan().is_empty());
}

#[test]
fn an_account_with_means_is_not_bankrupt() {
    let mut fixture = Fixture::new();
    // Cash covers the debt; a profit in another market does; positions are open; other collateral is left.
    fixture.trader(20, 3 * LOT, &[(SOL, 0, -3 * LOT)]);
    fixture.trader(21, 0, &[(SOL, 0, -3 * LOT), (BTC, 0, 3 * LOT)]);
    fixture.trader(22, 0, &[(SOL, 0, -3 * LOT), (BTC, 1, 0)]);
    let with_collateral = fixture.trader(23, 0, &[(SOL, 0, -3 * LOT)]);
    fixture.change(with_collateral, |account| account.add_atoms(3, 1).unwrap());
    assert!(resolved(&fixture.plan()).is_empty());
}

#[test]
fn a_bankruptcy_waits_for_the_quote_mint() {
    let mut fixture = Fixture::new();
    fixture.trader(20, 0, &[(SOL, 0, -3 * LOT)]);
    fixture.view.quote = None;
    assert!(resolved(&fixture.plan()).is_empty());
}

#[test]
fn losses_above_the_threshold_are_settled_the_largest_first() {
    let mut fixture = Fixture::new();
    fixture.config.settle_pnl = true;
    fixture.config.settle_loss_min_atoms = 10 * u64::try_from(LOT).unwrap();
    // Loss 20, cash covers it. Loss 30, cash covers 25. Loss 9. Loss 20 without cash. Profit.
    fixture.trader(20, 1_000 * LOT, &[(SOL, 100, -120 * LOT)]);
    fixture.trader(21, 25 * LOT, &[(SOL, 100, -130 * LOT), (BTC, 0, 100 * LOT)]);
    fixture.trader(22, 1_000 * LOT, &[(SOL, 100, -109 * LOT)]);
    fixture.trader(23, 0, &[(SOL, 100, -120 * LOT), (BTC, 0, 100 * LOT)]);
    fixture.trader(24, 1_000 * LOT, &[(SOL, 100, -80 * LOT)]);
    let settled: Vec<_> = fixture
        .plan()
        .into_iter()
        .filter_map(|intent| match intent.action {
            Action::SettlePnl { account, row, overlay, .. } => Some((account, row, overlay.len())),
            _ => None,
        })
        .collect();
    assert_eq!(settled, [(key(21), SOL, 1), (key(20), SOL, 1)]);
}

#[test]
fn a_settled_debt_needs_no_price() {
    let mut fixture = Fixture::new();
    fixture.config.settle_pnl = true;
    fixture.config.refresh = false;
    fixture.trader(20, 1_000 * LOT, &[(SOL, 0, -20 * LOT)]);
    fixture.trader(21, 1_000 * LOT, &[(SOL, 100, -120 * LOT)]);
    // Readings are too old to be used, and so is the snapshot: only the flat position can be settled.
    fixture.put_clock(NOW + 100);
    let plan = fixture.plan();
    assert_eq!(plan.len(), 1);
    let Action::SettlePnl { account, overlay, .. } = &plan[0].action else {
        panic!("{plan:?}");
    };
    assert_eq!((*account, overlay.len()), (key(20), 0));
}

#[test]
fn shards_divide_the_accounts_without_gap_or_overlap() {
    let mut fixture = Fixture::new();
    for seed in 20..40 {
        fixture.trader(seed, 0, &[(SOL, 0, -LOT)]);
    }
    fixture.config.in_flight_max = 256;
    let mut all = Vec::new();
    fixture.config.shard_count = 3;
    for shard_index in 0..3 {
        fixture.config.shard_index = shard_index;
        let plan = fixture.plan();
        assert!(plan.len() < 20);
        all.extend(plan.iter().flat_map(Intent::keys));
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 20);
}
