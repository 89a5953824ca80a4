//! The tables that explain the figures.

use {
    super::{count, Table},
    crate::{
        money::{clock, dollars},
        report::{
            explained::{Budget, DebtRow, KeeperRow, SparedRow, VenueRow},
            Report,
        },
    },
};

/// All of them, in the order in which they are shown.
pub(super) fn all(report: &Report) -> Vec<Table> {
    vec![venues(report), budget(report), keepers(report), spared(report), debts(report), checks(report)]
}

fn money(atoms: u64) -> String {
    dollars(atoms.into())
}

fn at(report: &Report, offset_secs: i64) -> String {
    clock(report.day.clock_secs(offset_secs))
}

/// Who cleared where.
fn venues(report: &Report) -> Table {
    let rows = report.explained.venues.iter().map(|row: &VenueRow| {
        vec![
            row.name.clone(),
            count(row.traders),
            count(row.makers),
            count(row.fills),
            money(row.volume_atoms),
            money(row.fees_atoms),
            money(row.open_peak_atoms),
            money(row.liquidated_atoms),
            money(row.steepest_atoms),
        ]
    });
    let columns = &[
        "venue",
        "traders",
        "makers",
        "fills",
        "volume",
        "fees",
        "open at the peak",
        "liquidated",
        "of it in the steepest window",
    ];
    Table { columns, ..Table::new("Venues that share one market", rows.collect()) }
}

/// One budget for all of them.
fn budget(report: &Report) -> Table {
    let Budget { window_secs, start_secs, end_secs, charged_atoms, allowed_atoms } = report.explained.budget;
    let row = |label: String, value: String| vec![label, value];
    let used = match allowed_atoms {
        0 => "-".to_owned(),
        allowed => format!("{} %", u128::from(charged_atoms) * 100 / u128::from(allowed)),
    };
    let span = format!("{} to {}", at(report, start_secs), at(report, end_secs));
    let rows = vec![
        row(format!("Steepest {window_secs} s"), span),
        row("Liquidated in them, all venues together".to_owned(), money(charged_atoms)),
        row("The one budget admits at most (depth × cap × 2)".to_owned(), money(allowed_atoms)),
        row("Used".to_owned(), used),
    ];
    Table::new("One budget of liquidations for all venues", rows)
}

/// Who was faster.
fn keepers(report: &Report) -> Table {
    let cells = |row: &KeeperRow| {
        vec![
            row.name.clone(),
            count(row.sent),
            count(row.won),
            money(row.taken_atoms),
            count(row.notices),
            count(row.late_safe),
            count(row.late_gone),
            count(row.late_budget),
            count(row.refused),
            count(row.unlanded),
        ]
    };
    let all = &report.explained.keepers;
    let sum = |part: fn(&KeeperRow) -> u64| all.iter().map(part).sum();
    let total = KeeperRow {
        name: "all".to_owned(),
        sent: sum(|row| row.sent),
        won: sum(|row| row.won),
        taken_atoms: sum(|row| row.taken_atoms),
        notices: sum(|row| row.notices),
        late_safe: sum(|row| row.late_safe),
        late_gone: sum(|row| row.late_gone),
        late_budget: sum(|row| row.late_budget),
        refused: sum(|row| row.refused),
        unlanded: sum(|row| row.unlanded),
    };
    let rows = all.iter().chain([&total]).map(cells);
    let columns = &[
        "keeper",
        "sent",
        "steps won",
        "taken over",
        "clocks moved",
        "lost: safe already",
        "lost: position gone",
        "lost: budget used up",
        "refused",
        "never landed",
    ];
    Table { columns, has_total: true, ..Table::new("Keepers racing for liquidations", rows.collect()) }
}

/// Who was liquidated that the undisturbed path would have spared.
fn spared(report: &Report) -> Table {
    let found = &report.explained.spared;
    let cells = |row: &SparedRow| {
        vec![
            row.account.clone(),
            at(report, row.first_secs),
            money(row.taken_atoms),
            money(row.discount_atoms),
            percent(row.nearest_ppm),
            dollars(row.worse_off_atoms),
        ]
    };
    let mut rows: Vec<_> = found.rows.iter().map(cells).collect();
    let sum = |part: fn(&SparedRow) -> u64| found.rows.iter().map(part).sum();
    rows.push(vec![
        format!("{} of {} liquidated accounts", found.rows.len(), found.liquidated),
        String::new(),
        money(sum(|row| row.taken_atoms)),
        money(sum(|row| row.discount_atoms)),
        String::new(),
        dollars(found.rows.iter().map(|row| row.worse_off_atoms).sum()),
    ]);
    let columns = &[
        "liquidated here, spared by the undisturbed path",
        "first step",
        "taken",
        "discount paid",
        "nearest to maintenance",
        "worse off at the end",
    ];
    let title = format!(
        "Who the undisturbed path would have spared (impact of keepers' trades: {}; {} liquidated in all, with \
         collateral that was bought; {} accounts changed unseen just before)",
        found.strength,
        money(found.liquidated_atoms),
        found.inexact
    );
    Table { columns, has_total: true, ..Table::new(title, rows) }
}

fn percent(ppm: i64) -> String {
    format!("{}.{} %", ppm / 10_000, ppm.unsigned_abs() % 10_000 / 1_000)
}

/// Who owed what, and who paid.
fn debts(report: &Report) -> Table {
    let all = &report.explained.debts;
    let cells = |row: &DebtRow| {
        vec![
            row.account.clone(),
            row.first_secs.map_or_else(|| "-".to_owned(), |first| at(report, first)),
            at(report, row.resolved_secs),
            money(row.taken_atoms),
            money(row.debt_atoms),
            money(row.own_cash_atoms),
            money(row.insurance_atoms),
            money(row.haircut_atoms),
            money(row.socialized_atoms),
            money(row.fees_atoms),
        ]
    };
    let mut rows: Vec<_> = all.iter().map(cells).collect();
    let sum = |part: fn(&DebtRow) -> u64| money(all.iter().map(part).sum());
    rows.push(vec![
        format!("{} lines", all.len()),
        String::new(),
        String::new(),
        String::new(),
        sum(|row| row.debt_atoms),
        sum(|row| row.own_cash_atoms),
        sum(|row| row.insurance_atoms),
        sum(|row| row.haircut_atoms),
        sum(|row| row.socialized_atoms),
        sum(|row| row.fees_atoms),
    ]);
    let columns = &[
        "account",
        "first step",
        "covered",
        "taken before",
        "debt",
        "own cash",
        "insurance",
        "unpaid profits",
        "opposite side",
        "fees",
    ];
    let bad_debt: u64 = all.iter().map(DebtRow::bad_debt_atoms).sum();
    let title = format!("Bad debt line by line: {} beyond the accounts' own cash", money(bad_debt));
    Table { columns, has_total: true, ..Table::new(title, rows) }
}

/// Counts from different sources that must agree.
fn checks(report: &Report) -> Table {
    let rows = report.explained.checks.iter().map(|check| {
        let verdict = if check.is_met { "holds" } else { "BROKEN" };
        vec![check.label.clone(), check.detail.clone(), verdict.to_owned()]
    });
    Table::new("Counts that must agree", rows.collect())
}
