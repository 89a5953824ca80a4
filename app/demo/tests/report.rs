//! The page and the end table of an invented run.

#[path = "../examples/report_sample/synthetic.rs"]
mod synthetic;

use clap::ValueEnum;
use firebreak_demo::{end_table, report::Report, scenario::ScenarioId};

fn report() -> Report {
    synthetic::report(ScenarioId::October2025, 7).unwrap()
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

#[test]
fn every_day_has_a_page_of_its_own_and_no_other_day_is_on_it() {
    let words = [
        ("19 May 2021", "12:00"),
        ("8 and 9 November 2022", "18:00"),
        ("5 August 2024", "05:00"),
        ("10 October 2025", "21:10"),
    ];
    for (id, (title, detail)) in ScenarioId::value_variants().iter().zip(words) {
        let html = synthetic::report(*id, 7).unwrap().to_html().unwrap();
        assert!(html.contains(&format!("<h1>{title}, replayed</h1>")), "{title}");
        assert!(html.contains(&format!("<h2>The fall, {detail} to")), "{title}");
        for (other, _) in words.iter().filter(|(other, _)| *other != title) {
            assert!(!html.contains(other), "{title} shows {other}");
        }
        let is_recorded = html.contains("the seconds and sizes of the bursts");
        assert_eq!(is_recorded, *id == ScenarioId::October2025, "{title}");
    }
}

#[test]
fn a_window_across_midnight_has_clocks_of_both_days() {
    let html = synthetic::report(ScenarioId::November2022, 7).unwrap().to_html().unwrap();
    // From 16:00 to 16:00: the last label before midnight is 24:00, the ones after it start anew.
    for clock in [">16:00<", ">20:00<", ">24:00<", ">04:00<", ">14:00<"] {
        assert!(html.contains(&clock.replace(['<', '>'], "")), "{clock} is missing");
    }
    assert!(!html.contains("28:00") && !html.contains("40:00"));
}

#[test]
fn the_explanations_are_in_the_end_table_and_on_the_page() {
    let report = report();
    let (text, html) = (end_table::render(&report), report.to_html().unwrap());
    for words in [
        "Venues that share one market",
        "One budget of liquidations for all venues",
        "Keepers racing for liquidations",
        "Who the undisturbed path would have spared",
        "Bad debt line by line: $406.00 beyond",
        "Counts that must agree",
        "trader 17, venue A, long 7.2x",
        "trader 201, venue B, long 9.4x",
        "1 of 118 liquidated accounts",
    ] {
        assert!(text.contains(words), "the end table lacks `{words}`");
        assert!(html.contains(words), "the page lacks `{words}`");
    }
    // 103.4 % of maintenance was the nearest; 21:18:19 is the first step's clock.
    assert!(text.contains("103.4 %") && text.contains("21:18:19"), "{text}");
    assert!(html.contains("<b>agree</b>"));
}

#[test]
fn counts_that_disagree_are_visible() {
    let mut report = report();
    report.explained.checks[0].is_met = false;
    assert!(end_table::render(&report).contains("BROKEN"));
    assert!(report.to_html().unwrap().contains("<b>disagree</b>"));
}
