use super::*;
use firebreak::state::{Collateral, Position, RiskSnapshot, RowKind};

/// Quote atoms of a dollar.
const DOLLAR: i64 = 1_000_000;
const MARKET: u16 = 1;
const OTHER: u16 = 2;

/// Rows at a price per lot in millionths of a dollar: quote, and a market with 5 % of maintenance margin.
fn rows(price_atoms: u64) -> Vec<Row> {
    let quote = Row { kind: RowKind::Quote as u8, ..Row::default() };
    let market = Row {
        index: MARKET,
        kind: RowKind::Market as u8,
        price_q32: price_atoms << 32,
        ema_q32: price_atoms << 32,
        maintenance_ppm: 50_000,
        initial_ppm: 100_000,
        initial_side_ppm: [100_000; 2],
        ..Row::default()
    };
    // A collateral of which an atom is worth a quote atom, and counts 85 %.
    let other = Row {
        index: OTHER,
        kind: RowKind::Collateral as u8,
        price_q32: 1 << 32,
        maintenance_weight_ppm: 850_000,
        ..Row::default()
    };
    vec![quote, market, other]
}

fn snapshot(price_atoms: u64) -> SnapshotView {
    let header: RiskSnapshot = bytemuck::Zeroable::zeroed();
    SnapshotView { header, rows: rows(price_atoms) }
}

/// Cash, and a long of whole lots that cost $2 each.
fn seen(tick: usize, sequence: u64, cash_atoms: i64, lots: i64) -> Seen {
    let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
    account.sequence = sequence;
    account.collateral_count = 1;
    account.collaterals[0] = Collateral { atoms: cash_atoms, ..Collateral::default() };
    let position = Position { units: lots << 16, quote_atoms: -2 * DOLLAR * lots, ..Position::open(MARKET) };
    account.store_position(position).unwrap();
    Seen { tick, account: Box::new(account) }
}

/// One price per tick, a minute apart.
fn record(prices: &[u64]) -> Record {
    let path = prices.iter().enumerate().map(|(tick, price)| PathPoint {
        tick,
        // as-safety: a handful of ticks.
        chain_ts: 60 * tick as i64,
        rows: rows(*price),
    });
    // What the program saw was lower than the path, as it is after selling.
    let snapshots = prices.iter().enumerate().map(|(tick, price)| (tick, snapshot(price * 98 / 100)));
    Record { snapshots: snapshots.collect(), path: path.collect() }
}

fn follow(prices: &[u64], history: &[Seen], step_sequence: u64) -> Counterfactual {
    record(prices).follow(&Liquidated { history, step_sequence, notices: &[] }).unwrap()
}

// $30 of cash and 100 lots bought at $2: equity is 30 + 100 p - 200, maintenance is 5 % of 100 p. They meet where
// 100 p - 170 = 5 p, at p = 170 / 95 = 1.789474.

#[test]
fn an_account_whose_equity_covers_maintenance_at_every_undisturbed_price_is_spared() {
    // At 1.80 equity is 10 and maintenance 9, rounded up by an atom: 1.11111 of it. At the end, 1.90, equity is 20. The disturbed price was
    // 2 % lower, 1.764: equity 6.4 against 8.82.
    let found = follow(&[2_000_000, 1_800_000, 1_900_000], &[seen(0, 5, 30 * DOLLAR, 100)], 6);
    assert!(found.is_spared());
    assert_eq!((found.nearest_ppm, found.end_equity_atoms), (1_111_110, 20_000_000));
    assert_eq!(found.unseen_changes, 0);
}

#[test]
fn an_account_below_maintenance_at_one_undisturbed_price_is_not_spared() {
    // At 1.78 equity is 8 and maintenance 8.9: 0.898876 of it. That it would have recovered does not help.
    let found = follow(&[2_000_000, 1_900_000, 1_780_000, 2_100_000], &[seen(0, 5, 30 * DOLLAR, 100)], 6);
    assert_eq!((found.lost_tick, found.nearest_ppm), (Some(2), 898_876));
}

#[test]
fn the_boundary_counts_as_covered() {
    // 1.789474 × 100 = 178.9474: equity 8.9474, maintenance 8.94737. One millionth lower, equity is 8.9473 and
    // maintenance 8.947365.
    assert!(follow(&[1_789_474], &[seen(0, 5, 30 * DOLLAR, 100)], 6).is_spared());
    assert!(!follow(&[1_789_473], &[seen(0, 5, 30 * DOLLAR, 100)], 6).is_spared());
}

#[test]
fn what_happened_after_the_first_step_does_not_count() {
    // The step (sequence 6) left 10 lots; a deposit later (7) brought $500. Frozen at 100 lots and $30 the account would
    // have been lost at 1.78.
    let history = [seen(0, 5, 30 * DOLLAR, 100), seen(1, 6, 30 * DOLLAR, 10), seen(2, 7, 530 * DOLLAR, 10)];
    let found = follow(&[2_000_000, 1_850_000, 1_780_000], &history, 6);
    assert_eq!(found.lost_tick, Some(2));
}

#[test]
fn what_the_account_did_before_the_first_step_does_count() {
    // With $30 it would be below maintenance at 1.78; it had deposited $20 more before that price came: equity 28.
    let history = [seen(0, 5, 30 * DOLLAR, 100), seen(1, 6, 50 * DOLLAR, 100)];
    let found = follow(&[2_000_000, 1_850_000, 1_780_000], &history, 7);
    assert!(found.is_spared());
    // Before its first position was seen there is nothing to lose.
    let late = follow(&[1_000_000, 2_000_000, 1_800_000], &[seen(1, 5, 30 * DOLLAR, 100)], 6);
    assert!(late.is_spared());
}

#[test]
fn charged_losses_after_the_freeze_do_not_count_and_those_before_do() {
    let mut day = record(&[2_000_000, 1_800_000, 1_800_000]);
    // A loss of $0.02 per lot of the long side, in 2^-32 atoms per unit of 2^-16 lots, charged before the last tick.
    let charged = -(i128::from(DOLLAR / 50) << 32);
    let charge = |day: &mut Record, tick: usize| {
        for (at, snapshot) in &mut day.snapshots {
            if *at >= tick {
                snapshot.rows[usize::from(MARKET)].sides[0]
                    .set_earned(firebreak_risk::units::Earned(charged));
            }
        }
    };
    let history = [seen(0, 5, 30 * DOLLAR, 100)];
    let liquidated = Liquidated { history: &history, step_sequence: 6, notices: &[] };
    charge(&mut day, 1);
    let after = day.follow(&liquidated).unwrap();
    assert_eq!((after.lost_tick, after.end_equity_atoms), (None, 10_000_000));
    charge(&mut day, 0);
    let before = day.follow(&liquidated).unwrap();
    assert!(before.end_equity_atoms < 10_000_000, "{before:?}");
}

#[test]
fn changes_that_nobody_saw_are_counted_and_notices_are_none() {
    // Seen at 5; the step was change 9. In between: 6 and 8 only started its clock, 7 is unknown.
    let history = [seen(0, 5, 30 * DOLLAR, 100)];
    let liquidated = Liquidated { history: &history, step_sequence: 9, notices: &[6, 8, 12] };
    assert_eq!(record(&[2_000_000]).follow(&liquidated).unwrap().unseen_changes, 1);
}

#[test]
fn an_account_that_was_never_seen_before_its_step_is_an_error() {
    let history = [seen(0, 5, 30 * DOLLAR, 100)];
    let liquidated = Liquidated { history: &history, step_sequence: 5, notices: &[] };
    assert!(record(&[2_000_000]).follow(&liquidated).is_err());
}

#[test]
fn what_is_left_at_the_end_is_valued_in_full_and_what_decides_is_not() {
    let mut held = seen(0, 5, 30 * DOLLAR, 100);
    held.account.collateral_count = 2;
    held.account.collaterals[1] = Collateral { atoms: 10 * DOLLAR, row: OTHER, ..Collateral::default() };
    // At 1.700001 equity is 30 + 170.0001 - 200 + 8.50 = 8.5001 and maintenance 8.500005; at 1.699999 it falls short. What
    // it is worth at 1.700001 is 0.0001 and 10 in full.
    let found = follow(&[1_700_001], &[held.clone()], 6);
    assert_eq!((found.lost_tick, found.end_equity_atoms), (None, 10_000_100));
    assert_eq!(follow(&[1_699_999], &[held.clone()], 6).lost_tick, Some(0));
    // Sold for the full price it is worth the same.
    let day = record(&[1_700_001]);
    let sold = seen(0, 6, 40 * DOLLAR, 100);
    for account in [&held.account, &sold.account] {
        assert_eq!(day.worth_at_end(account, &snapshot(2_000_000)).unwrap(), 10_000_100);
    }
}
