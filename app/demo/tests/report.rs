//! The page and the end table of an invented run.

#[path = "../examples/report_sample/synthetic.rs"]
mod synthetic;

use firebreak_demo::{end_table, report::Report};

fn report() -> Report {
    synthetic::report(7).unwrap()
}

#[test]
fn the_page_is_whole_and_needs_no_other_file() {
    let html = report().to_html().unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") && html.trim_end().ends_with("</html>"));
    // Seven charts of the day, five of the fall.
    assert_eq!(html.matches("<figure").count(), 12);
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
    // A namespace is a name and fetches nothing; nothing else may look like an address.
    let without_namespace = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for reference in ["http:", "https:", "src=", "href=", "url(", "@import", "<script", "<link"] {
        assert!(!without_namespace.contains(reference), "the page contains `{reference}`");
    }
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
}

#[test]
fn charts_carry_the_clock_of_the_day_and_units() {
    let html = report().to_html().unwrap();
    for text in ["24:00", "21:10", "21:25", "$ per SOL, clock in UTC", "% of price", "breaker: reduce only"] {
        assert!(html.contains(text), "`{text}` is missing");
    }
}

#[test]
fn the_same_run_gives_the_same_page() {
    assert_eq!(report().to_html().unwrap(), report().to_html().unwrap());
}

#[test]
fn text_from_outside_is_escaped() {
    let mut report = report();
    report.transactions.failed[0].reason = "<b>&".to_owned();
    assert!(report.to_html().unwrap().contains("failed: &lt;b&gt;&amp; ("));
}

#[test]
fn the_end_table_aligns_its_columns_and_proves_conservation() {
    let report = report();
    assert!(report.is_conserved());
    let text = end_table::render(&report);
    assert!(text.contains("Conservation of USDC: exact"), "{text}");
    assert!(text.contains("failed: BlockhashNotFound (unexplained)"), "{text}");
    let liquidate = text.lines().find(|line| line.trim_start().starts_with("liquidate ")).unwrap();
    let header = text.lines().find(|line| line.contains("median")).unwrap();
    assert_eq!(liquidate.len(), header.len());
    assert!(liquidate.ends_with("38,210"), "{liquidate}");
}

#[test]
fn one_missing_atom_breaks_conservation_visibly() {
    let mut report = report();
    report.conservation[0].vault_atoms -= 1;
    assert!(!report.is_conserved());
    assert!(end_table::render(&report).contains("BROKEN"));
    assert!(end_table::render(&report).contains("-0.000001"));
    assert!(report.to_html().unwrap().contains("<b>broken</b>"));
    report.conservation.clear();
    assert!(!report.is_conserved(), "nothing was counted");
}

#[test]
fn samples_that_cannot_be_drawn_are_refused() {
    let mut unordered = report();
    unordered.samples.swap(0, 1);
    assert!(unordered.to_html().is_err());
    let mut empty = report();
    empty.samples.clear();
    assert!(empty.to_html().is_err());
}

#[test]
fn a_quiet_day_is_drawn_as_well() {
    let mut quiet = report();
    for sample in &mut quiet.samples {
        sample.accounts_under_margin = 0;
        sample.accounts_in_liquidation = 0;
        sample.bad_debt_cum_atoms = 0;
        sample.liquidated_notional_cum_atoms = 0;
        sample.price_micros = 200_000_000;
        sample.ema_micros = 200_000_000;
    }
    assert!(quiet.to_html().unwrap().contains("zero throughout"));
}
