use super::*;
use crate::run::observer::FlowPoint;
use firebreak::{
    events::{BankruptcyResolved, Deposited},
    state::{Collateral, Position, RiskSnapshot, Row, RowKind},
};

/// Quote atoms of a dollar.
const DOLLAR: u64 = 1_000_000;
const MARKET: u16 = 1;

fn key(number: u8) -> Pubkey {
    Pubkey::from([number; 32])
}

/// The account `number` gives notional for a tenth of a percent of discount; a notional of zero moves a clock.
fn step(liquidatee: u8, ledger_sequence: u64, dollars: u64) -> Event {
    Event::Stepped(Box::new(LiquidationStepped {
        group: key(0),
        market: key(0),
        liquidator: key(90),
        liquidatee: key(liquidatee),
        outcome: 2,
        state: 2,
        base_q16: i64::from(dollars > 0),
        quote_atoms: i64::try_from(dollars * DOLLAR - dollars * DOLLAR / 1_000).unwrap(),
        notional_atoms: dollars * DOLLAR,
        discount_ppm: 1_000,
        equity_before_atoms: 0,
        maintenance_before_atoms: 0,
        impact_level_q40: 0,
        started_ts: 1,
        ledger_sequence,
        sequence: ledger_sequence,
    }))
}

fn resolved(account: u8) -> Event {
    Event::Resolved(Box::new(BankruptcyResolved {
        group: key(0),
        margin_account: key(account),
        own_cash_atoms: 40,
        insurance_payout_atoms: 30,
        haircut_atoms: 20,
        socialized_loss_atoms: 8,
        uncollectable_atoms: 2,
        debts: Vec::new(),
        sequence: 99,
    }))
}

fn done(signer: u8, outcome: u8, events: Vec<Event>) -> Done {
    Done { offset_secs: 60, signer: key(signer), is_liquidation: true, outcome, events }
}

fn people() -> People {
    let person = |name: &str, venue, is_maker| Person { name: name.to_owned(), venue, is_maker };
    People::from([
        (key(1), person("trader 1", Some(0), false)),
        (key(2), person("trader 2", Some(1), false)),
        (key(3), person("maker 3", Some(1), true)),
        (key(90), person("keeper 1", None, false)),
    ])
}

/// Everything that one test needs, with nothing in it.
struct Case {
    people: People,
    done: Vec<Done>,
    seen: Observed,
    work: Vec<KeeperWork>,
    totals: Totals,
    accounts: BTreeMap<Pubkey, Box<MarginAccount>>,
    snapshot: SnapshotView,
}

impl Case {
    fn new(done: Vec<Done>) -> Self {
        let sent = u64::try_from(done.iter().filter(|done| done.is_liquidation).count()).unwrap();
        let work = KeeperWork { liquidations: sent, landed: sent, ..KeeperWork::default() };
        Self {
            people: people(),
            done,
            seen: Observed { venue_peaks: vec![7, 8], ..Observed::default() },
            work: vec![work],
            totals: Totals { venues: vec![VenueTotals::default(); 2], ..Totals::default() },
            accounts: BTreeMap::new(),
            snapshot: snapshot(2_000_000),
        }
    }

    fn with<T>(&self, ask: impl FnOnce(&Evidence) -> T) -> T {
        ask(&Evidence {
            people: &self.people,
            keepers: &[key(80)],
            done: &self.done,
            seen: &self.seen,
            work: &self.work,
            totals: &self.totals,
            end: (&self.accounts, &self.snapshot),
            limits: Limits { depth_atoms: 1_000 * DOLLAR, cap_ppm: 20_000, decay_secs: 300 },
            start_ts: 1_000,
            strength: Strength::default(),
        })
    }
}

fn flow(points: &[(i64, u64, u64)]) -> Vec<FlowPoint> {
    let point = |(chain_ts, ledger_sequence, dollars): &(i64, u64, u64)| FlowPoint {
        chain_ts: *chain_ts,
        ledger_sequence: *ledger_sequence,
        liquidated_atoms: dollars * DOLLAR,
    };
    points.iter().map(point).collect()
}

#[test]
fn the_steepest_window_is_no_longer_than_asked_and_holds_the_most() {
    let points = flow(&[(1_000, 0, 0), (1_100, 3, 10), (1_400, 5, 25), (1_401, 6, 45), (2_000, 8, 60)]);
    // Windows of at most 300 s: 1 000 to 1 100 holds 10, 1 100 to 1 400 holds 15, 1 400 to 1 401 holds 20, and from 1 101
    // on there is no reading before 1 400. 1 100 to 1 401 would hold 35 but lasts 301 s.
    let (from, until) = venues::steepest(&points, 300);
    assert_eq!((from.chain_ts, until.chain_ts), (1_400, 1_401));
    let (from, until) = venues::steepest(&points, 301);
    assert_eq!((from.chain_ts, until.chain_ts), (1_100, 1_401));
    assert_eq!(venues::steepest(&[], 300), (FlowPoint::default(), FlowPoint::default()));
}

#[test]
fn the_budget_over_one_time_constant_is_twice_the_cap() {
    // A depth of $1 000 and a cap of 2 %: 1 000 × 0.02 × (1 + 300 / 300) = $40.
    assert_eq!(venues::allowed_atoms(1_000 * DOLLAR, 20_000), 40 * DOLLAR);
}

#[test]
fn venues_share_the_steepest_window_and_their_parts_are_its_whole() {
    let mut case = Case::new(vec![
        done(80, 2, vec![step(1, 2, 5)]),
        done(80, 2, vec![step(1, 4, 9)]),
        done(80, 2, vec![step(2, 6, 11)]),
        done(80, 2, vec![step(90, 7, 1)]),
    ]);
    case.seen.flow = flow(&[(1_000, 0, 0), (1_500, 3, 5), (1_600, 7, 26)]);
    let (rows, budget) = case.with(venues::rows).unwrap();
    // The window from 1 500 to 1 600 holds the steps 4, 6 and 7: $9 from venue A, $11 from venue B, $1 of a keeper.
    let parts: Vec<_> =
        rows.iter().map(|row| (row.liquidated_atoms / DOLLAR, row.steepest_atoms / DOLLAR)).collect();
    assert_eq!(parts, [(14, 9), (11, 11), (1, 1)]);
    assert_eq!((budget.charged_atoms, budget.allowed_atoms), (21 * DOLLAR, 40 * DOLLAR));
    assert_eq!((budget.start_secs, budget.end_secs), (500, 600));
    assert_eq!((rows[1].traders, rows[1].makers, rows[1].open_peak_atoms), (1, 1, 8));
}

#[test]
fn a_race_has_one_winner_and_the_others_are_told_why() {
    let mut case = Case::new(vec![
        done(80, 3, vec![step(1, 1, 5)]),
        done(80, 4, vec![step(1, 2, 0)]),
        done(80, 0, Vec::new()),
        done(80, 4, Vec::new()),
        done(80, 5, Vec::new()),
    ]);
    case.work[0].liquidations = 8;
    case.work[0].refused.insert("StaleRow".to_owned(), 2);
    case.work[0].expired = 1;
    let rows = case.with(races::rows).unwrap();
    let row = &rows[0];
    assert_eq!((row.won, row.notices, row.taken_atoms), (1, 1, 5 * DOLLAR));
    assert_eq!((row.late_safe, row.late_budget, row.late_gone), (1, 1, 1));
    // 1 won + 1 clock + 3 lost + 2 refused + 1 never landed.
    assert_eq!((row.accounted(), row.sent), (8, 8));
}

#[test]
fn a_liquidation_that_landed_after_it_was_given_up_is_counted_once() {
    let mut case = Case::new(vec![done(80, 3, vec![step(1, 1, 5)]), done(80, 0, Vec::new())]);
    // The keeper saw one of the two land and gave the other up.
    (case.work[0].landed, case.work[0].expired) = (1, 1);
    let rows = case.with(races::rows).unwrap();
    assert_eq!((rows[0].accounted(), rows[0].sent, rows[0].unlanded), (2, 2, 0));
}

#[test]
fn a_stranger_who_liquidates_is_an_error() {
    assert!(Case::new(vec![done(81, 0, Vec::new())]).with(races::rows).is_err());
}

#[test]
fn a_debt_is_what_its_payers_paid() {
    let case = Case::new(vec![done(80, 2, vec![step(1, 1, 5)]), done(80, 0, vec![resolved(1)])]);
    let rows = case.with(debts::rows);
    // 40 of its own cash + 30 + 20 + 8 + 2 of others.
    assert_eq!((rows[0].debt_atoms, rows[0].bad_debt_atoms()), (100, 60));
    assert_eq!((rows[0].account.as_str(), rows[0].first_secs), ("trader 1", Some(60)));
    assert_eq!(rows[0].taken_atoms, 5 * DOLLAR);
}

#[test]
fn counts_that_disagree_are_reported() {
    let is_met = |case: &Case| {
        let explained = case.with(|evidence| {
            let (venues, budget) = venues::rows(evidence).unwrap();
            let keepers = races::rows(evidence).unwrap();
            let debts = debts::rows(evidence);
            let explained = Explained { venues, budget, keepers, debts, ..Explained::default() };
            checks(evidence, &explained)
        });
        explained.into_iter().map(|check| check.is_met).collect::<Vec<_>>()
    };
    let mut case = Case::new(vec![done(80, 2, vec![step(1, 1, 5)]), done(80, 0, vec![resolved(1)])]);
    case.done[1].is_liquidation = false;
    case.work[0].liquidations = 1;
    case.seen.flow = flow(&[(1_000, 0, 0), (1_100, 1, 5)]);
    case.totals.steps = 1;
    case.totals.liquidated_atoms = 5 * DOLLAR;
    case.totals.bad_debt_atoms = 60;
    assert_eq!(is_met(&case), [true; 6]);
    let broken: [fn(&mut Case); 6] = [
        |case| case.totals.steps += 1,
        |case| case.work[0].liquidations += 1,
        |case| case.totals.liquidated_atoms += 1,
        |case| case.totals.bad_debt_atoms -= 1,
        |case| case.seen.flow[1].ledger_sequence = 0,
        // $50 of a budget of $40.
        |case| case.seen.flow[1].liquidated_atoms = 50 * DOLLAR,
    ];
    for (place, break_it) in broken.iter().enumerate() {
        let before = (case.totals.clone(), case.seen.flow.clone(), case.work.clone());
        break_it(&mut case);
        assert!(!is_met(&case)[place], "check {place} does not notice");
        (case.totals, case.seen.flow, case.work) = before;
    }
}

fn snapshot(price_atoms: u64) -> SnapshotView {
    let header: RiskSnapshot = bytemuck::Zeroable::zeroed();
    let quote = Row { kind: RowKind::Quote as u8, ..Row::default() };
    let market = Row {
        index: MARKET,
        kind: RowKind::Market as u8,
        price_q32: price_atoms << 32,
        maintenance_ppm: 50_000,
        ..Row::default()
    };
    SnapshotView { header, rows: vec![quote, market] }
}

/// $30 and a long of whole lots bought at $2.
fn account(sequence: u64, cash: u64, lots: i64) -> Box<MarginAccount> {
    let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
    account.sequence = sequence;
    account.collateral_count = 1;
    let atoms = i64::try_from(cash * DOLLAR).unwrap();
    account.collaterals[0] = Collateral { atoms, ..Collateral::default() };
    let position = Position { units: lots << 16, quote_atoms: -2_000_000 * lots, ..Position::open(MARKET) };
    account.store_position(position).unwrap();
    Box::new(account)
}

#[test]
fn a_spared_account_is_worse_off_by_what_it_would_have_had_less_what_it_has_and_brought_itself() {
    let paid = Event::Deposited(Box::new(Deposited {
        group: key(0),
        margin_account: key(1),
        depositor: key(0),
        row: 0,
        atoms: 25 * DOLLAR,
        balance_atoms: 0,
        deposits_atoms: 0,
        sequence: 8,
    }));
    let mut case = Case::new(vec![done(80, 2, vec![step(1, 6, 100)]), done(1, 0, vec![paid])]);
    let seen = |tick, account| crate::spared::Seen { tick, account };
    case.seen.histories.insert(key(1), vec![seen(0, account(5, 30, 100))]);
    let point = |tick, price| crate::spared::PathPoint { tick, chain_ts: 0, rows: snapshot(price).rows };
    case.seen.record.snapshots = vec![(0, snapshot(2_000_000))];
    case.seen.record.path = vec![point(0, 2_000_000), point(1, 1_800_000), point(2, 1_900_000)];
    // What is left: $44 of cash, of which $25 came afterwards, and 40 lots at the path's last price less what they cost:
    // 44 + 40 × 1.90 - 80 = $40. The disturbed price, $2, does not matter.
    case.accounts.insert(key(1), account(9, 44, 40));
    let found = case.with(spared::find).unwrap();
    assert_eq!((found.liquidated, found.liquidated_atoms, found.inexact), (1, 100 * DOLLAR, 0));
    let row = &found.rows[0];
    // Untouched it would have had 30 + 100 × 1.90 - 200 = $20 at the end; it has 40 - 25 = $15 of its own.
    assert_eq!(row.worse_off_atoms, i128::from(5 * DOLLAR));
    // A tenth of a percent of $100.
    assert_eq!((row.discount_atoms, row.nearest_ppm), (DOLLAR / 10, 1_111_110));
    // At $1.78 it would have been lost: 8 against 8.9.
    case.seen.record.path[1] = point(1, 1_780_000);
    let found = case.with(spared::find).unwrap();
    assert_eq!((found.liquidated, found.rows.len(), found.hastened), (1, 0, 0));
    // Lost at second 180 of the window, which began at 1 000; its first step was at second 60.
    case.seen.record.path[1].chain_ts = 1_180;
    let found = case.with(spared::find).unwrap();
    assert_eq!((found.hastened, found.hastened_secs_max), (1, 120));
}

#[test]
fn an_account_whose_clock_only_ran_was_not_liquidated() {
    let case = Case::new(vec![done(80, 4, vec![step(1, 1, 0)])]);
    assert!(case.with(|evidence| evidence.taken()).is_empty());
}
