//! The page and the end table of an invented run.

#[path = "../examples/report_sample/synthetic.rs"]
mod synthetic;

use clap::ValueEnum;
use firebreak_demo::{
    demand::DemandCurve,
    end_table,
    report::{Report, Sample},
    scenario::ScenarioId,
};

fn report() -> Report {
    synthetic::report(ScenarioId::October2025, 7).unwrap()
}

#[test]
fn the_page_is_whole_and_needs_no_other_file() {
    let html = report().to_html().unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") && html.trim_end().ends_with("</html>"));
    // Seven charts of the day, seven of what the market measured, ten of the fall; each with a sentence.
    assert_eq!(html.matches("<figure").count(), 24);
    assert_eq!(html.matches("<p class=\"note\">").count(), 24);
    assert!(!html.contains("<p class=\"note\"></p>"));
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
    for text in [
        "24:00",
        "21:10",
        "21:25",
        "$ per SOL, clock in UTC",
        "% of price",
        "breaker: reduce only",
        "% of notional",
    ] {
        assert!(html.contains(text), "`{text}` is missing");
    }
}

/// The chart with this title, the first of the page.
fn chart<'a>(html: &'a str, title: &str) -> &'a str {
    let start = html.find(&format!("<b>{title}</b>")).unwrap();
    let end = html[start..].find("</figure>").unwrap();
    &html[start..start + end]
}

/// Left edge, top, width and height of every rectangle of a colour.
fn rectangles(chart: &str, colour: &str) -> Vec<[i64; 4]> {
    let tags = chart.split("<rect ").skip(1).map(|tag| tag.split("/>").next().unwrap());
    let coloured = tags.filter(|tag| tag.contains(&format!("fill=\"{colour}\"")));
    let number = |tag: &str, name: &str| {
        let value = tag.split(&format!("{name}=\"")).nth(1).unwrap();
        value.split('"').next().unwrap().parse().unwrap()
    };
    coloured.map(|tag| ["x", "y", "width", "height"].map(|name| number(tag, name))).collect()
}

/// Two quiet halves of a day, with what was changed in the second.
fn two_halves(second: Sample) -> Report {
    let usual = Sample {
        recorded_micros: 200_000_000,
        reported_micros: 200_000_000,
        price_micros: 200_000_000,
        ema_micros: 200_000_000,
        depth_atoms: 1_000_000,
        ..Sample::default()
    };
    let at = |offset_secs, sample| Sample { offset_secs, ..sample };
    let second = Sample { price_micros: 190_000_000, ema_micros: 200_000_000, ..second };
    Report { samples: vec![at(0, usual), at(43_200, second), at(86_400, second)], ..report() }
}

#[test]
fn a_cell_of_the_heat_map_is_one_bin_wide_and_lasts_as_long_as_its_demand() {
    let mut demand = DemandCurve::default();
    (demand.long_atoms[0], demand.long_atoms[9], demand.short_atoms[9]) = (40_000, 40_000, 500);
    let html = two_halves(Sample { depth_atoms: 1_000_000, demand, ..Sample::default() }).to_html().unwrap();
    let map = chart(&html, "Liquidation demand around the price");
    let most = rectangles(map, "#7B1F7A");
    let [[left, near, width, height], [_, far, ..]] = most[..] else { panic!("{most:?}") };
    // 3 x (1 100 - 62 - 20) units are the day, 3 x (340 - 10 - 26) the 80 bins.
    assert!((1_526..=1_528).contains(&width) && (1_712..=1_714).contains(&left), "{most:?}");
    assert!((11..=12).contains(&height), "{most:?}");
    assert!((far - near - 9 * 912 / 80).abs() <= 1, "nine bins lower: {most:?}");
    let least = rectangles(map, "#FFF0B3");
    let [[x, above, ..]] = least[..] else { panic!("{least:?}") };
    // Ten bins and one: the top of the tenth short bin to the top of the first long one.
    assert!(x == left && (near - above - 10 * 912 / 80).abs() <= 1, "{least:?}");
    assert_eq!(["#FFD46B", "#FB9F3A", "#EB6234"].map(|colour| rectangles(map, colour).len()), [0; 3]);
}

#[test]
fn every_breaker_state_is_a_band_as_long_as_it_lasted() {
    let colours = ["#8CE99A", "#FFC034", "#E8590C", "#C92A2A", "#4DABF7"];
    for (state, colour) in (1..5).zip(&colours[1..]) {
        let html = two_halves(Sample { breaker_state: state, ..Sample::default() }).to_html().unwrap();
        let strip = chart(&html, "Circuit breaker");
        let widths = colours.map(|colour| rectangles(strip, colour).iter().map(|band| band[2]).sum::<i64>());
        let half = |width: i64| (1_525..=1_529).contains(&width);
        let expected = |of: &str| of == "#8CE99A" || of == *colour;
        assert!(colours.iter().zip(widths).all(|(of, width)| half(width) == expected(of)), "{widths:?}");
    }
}

#[test]
fn limits_of_r_are_drawn_only_where_limits_depend_on_it() {
    let mut report = report();
    let html = report.to_html().unwrap();
    assert!(chart(&html, "Reproduction number R").contains("nothing more is opened"));
    report.r_limits_ppm = None;
    let html = report.to_html().unwrap();
    assert!(!chart(&html, "Reproduction number R").contains("nothing more is opened"));
}

#[test]
fn a_market_without_demand_says_so() {
    let html = two_halves(Sample::default()).to_html().unwrap();
    for title in ["Liquidation demand near the price", "Volatility"] {
        assert!(chart(&html, title).contains("zero throughout"), "{title}");
    }
    assert!(chart(&html, "Liquidation demand around the price").contains("zero throughout"));
}

#[test]
fn peaks_are_in_the_end_table() {
    let text = end_table::render(&report());
    for label in ["Peak open interest over the quote that moves the price 1 %", "Highest R (longs / shorts)"]
    {
        let line = text.lines().find(|line| line.contains(label)).unwrap();
        assert!(!line.contains("not sampled"), "{line}");
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
