//! The tables of a report, as text in rows; the page and the terminal show the same ones.

mod explanations;

use {
    super::{Conservation, Report},
    crate::money::{amount, thousands},
};

/// A table whose first column is text and whose other columns are figures, aligned to the right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it holds.
    pub title: String,
    /// Names of the columns; none where the rows speak for themselves.
    pub columns: &'static [&'static str],
    /// Cells, row by row.
    pub rows: Vec<Vec<String>>,
    /// The last row is the result of those above.
    pub has_total: bool,
}

impl Table {
    fn new(title: impl Into<String>, rows: Vec<Vec<String>>) -> Self {
        Self { title: title.into(), columns: &[], rows, has_total: false }
    }
}

/// Figures of the run.
pub fn end(report: &Report) -> Table {
    let rows = report.end.iter().map(|row| vec![row.label.clone(), row.value.to_string()]);
    Table::new("End of the day", rows.collect())
}

/// The tables that explain the figures: venues and their budget, keepers, spared accounts, debts, counts that agree.
pub fn explanations(report: &Report) -> Vec<Table> {
    explanations::all(report)
}

/// Compute units by instruction.
pub fn compute(report: &Report) -> Table {
    let rows = report
        .compute
        .iter()
        .map(|row| vec![row.instruction.clone(), count(row.count), count(row.median), count(row.max)]);
    let columns = &["instruction", "transactions", "median", "max"];
    Table { columns, ..Table::new("Compute units", rows.collect()) }
}

/// Transactions sent, landed and failed by reason.
pub fn transactions(report: &Report) -> Table {
    let totals = &report.transactions;
    let row = |label: &str, number| vec![label.to_owned(), count(number)];
    let mut rows = vec![row("sent", totals.sent), row("landed", totals.landed)];
    rows.extend(totals.failed.iter().map(|failure| {
        let explanation = failure.explanation.as_deref().unwrap_or("unexplained");
        row(&format!("failed: {} ({explanation})", failure.reason), failure.count)
    }));
    if totals.failed.is_empty() {
        rows.push(row("failed", 0));
    }
    Table::new("Transactions", rows)
}

/// Tokens of a mint against what is owed in it, to the atom.
pub fn conservation(mint: &Conservation) -> Table {
    let row = |label: String, atoms| vec![label, amount(atoms, mint.decimals)];
    let mut rows: Vec<_> =
        mint.owed.iter().map(|term| row(format!("owed: {}", term.label), term.atoms)).collect();
    rows.push(row("owed in all".to_owned(), mint.owed_atoms()));
    rows.push(row("in the vaults".to_owned(), i128::from(mint.vault_atoms)));
    rows.push(row("difference".to_owned(), mint.difference_atoms()));
    let verdict = if mint.difference_atoms() == 0 { "exact" } else { "BROKEN" };
    Table { has_total: true, ..Table::new(format!("Conservation of {}: {verdict}", mint.asset), rows) }
}

/// Settings of the run.
pub fn parameters(report: &Report) -> Table {
    let rows = report.parameters.iter().map(|row| vec![row.name.clone(), row.value.clone()]);
    Table::new("Parameters", rows.collect())
}

fn count(number: u64) -> String {
    thousands(u128::from(number))
}
