//! Which charts the page shows.

use {
    super::{
        breaker, heat,
        panel::{seconds, Layer, Panel, Point, Scale, Series, Window, HEIGHT},
        risk, Report, Sample,
    },
    crate::{money::clock_minutes, scenario::Detail, table::HOUR_SECS},
    plotters::style::RGBColor,
};

pub(super) const BLUE: RGBColor = RGBColor(0x1F, 0x6F, 0xEB);
pub(super) const ORANGE: RGBColor = RGBColor(0xF0, 0x8C, 0x00);
pub(super) const RED: RGBColor = RGBColor(0xD6, 0x33, 0x45);
pub(super) const GREEN: RGBColor = RGBColor(0x2F, 0x9E, 0x44);
pub(super) const VIOLET: RGBColor = RGBColor(0x84, 0x5E, 0xF7);
pub(super) const TEAL: RGBColor = RGBColor(0x12, 0x9C, 0xAF);
pub(super) const GREY: RGBColor = RGBColor(0x86, 0x8E, 0x96);

/// Width of the bars of liquidated notional in charts of the whole window.
const DAY_BAR_SECS: i64 = 900;

/// The whole replayed window.
fn whole(report: &Report) -> Window {
    Window {
        start_secs: 0,
        end_secs: 24 * HOUR_SECS,
        label_secs: 2 * HOUR_SECS,
        midnight_secs: report.day.midnight_secs,
    }
}

/// The part that has charts of its own.
fn detail(report: &Report) -> Window {
    let Detail { start_secs, end_secs, label_secs, .. } = report.day.detail;
    Window { start_secs, end_secs, label_secs, midnight_secs: report.day.midnight_secs }
}

/// From when to when the charts of the detail are, as clocks.
pub(super) fn detail_clocks(report: &Report) -> (String, String) {
    let clock = |second| clock_minutes(report.day.clock_secs(second));
    (clock(report.day.detail.start_secs), clock(report.day.detail.end_secs))
}

/// Charts of the whole window.
pub(super) fn day(report: &Report) -> Vec<Panel> {
    let window = whole(report);
    let mut price = price(report, window, "Price of SOL".to_owned());
    let marked = (seconds(report.day.detail.start_secs), seconds(report.day.detail.end_secs));
    price.series.push(Series { label: "detail below", colour: GREY, layer: Layer::Shade(vec![marked]) });
    vec![
        price,
        liquidated(report, window, DAY_BAR_SECS),
        open_interest(report, window),
        impact(report, window),
        accounts(report, window),
        insurance(report, window),
        bad_debt(report, window),
    ]
}

/// Charts of what the market measured and asked for in the whole window.
pub(super) fn required(report: &Report) -> Vec<Panel> {
    let (samples, window) = (report.samples.as_slice(), whole(report));
    vec![
        risk::deviations(samples, window),
        risk::sigma(samples, window),
        risk::margins(samples, window),
        risk::reproduction(samples, window, report.r_limits_ppm),
        risk::delta(samples, window),
        heat::demand(samples, window),
        breaker::states(samples, window),
    ]
}

/// Charts of the fall.
pub(super) fn fall(report: &Report) -> Vec<Panel> {
    let (samples, window) = (report.samples.as_slice(), detail(report));
    let (from, until) = detail_clocks(report);
    vec![
        price(report, window, format!("Price of SOL, {from} to {until}")),
        impact(report, window),
        liquidated(report, window, report.day.detail.bar_secs),
        accounts(report, window),
        bad_debt(report, window),
        risk::deviations(samples, window),
        risk::margins(samples, window),
        risk::reproduction(samples, window, report.r_limits_ppm),
        heat::demand(samples, window),
        breaker::states(samples, window),
    ]
}

fn price(report: &Report, window: Window, title: String) -> Panel {
    let line = |value: fn(&Sample) -> f64| Layer::Line(points(&report.samples, window, value));
    let mut series = breaker::shades(&report.samples, window);
    series.extend([
        Series { label: "EMA", colour: ORANGE, layer: line(|sample| millionths(sample.ema_micros)) },
        Series {
            label: "undisturbed path",
            colour: GREY,
            layer: line(|sample| millionths(sample.recorded_micros)),
        },
        Series { label: "risk price", colour: BLUE, layer: line(|sample| millionths(sample.price_micros)) },
    ]);
    Panel { series, ..price_panel(title, window) }
}

/// An empty chart of prices.
pub(super) fn price_panel(title: String, window: Window) -> Panel {
    Panel {
        title,
        unit: "$ per SOL, clock in UTC".to_owned(),
        note: "The risk price is what accounts are valued at; it lies apart from the undisturbed path by what keepers' \
            selling did to the market.",
        window,
        is_wide: true,
        height: HEIGHT,
        scale: Scale::FromLowest,
        format: |value| {
            // Whole dollars say little about a price of twenty.
            if value < 60.0 {
                format!("${value:.1}")
            } else {
                format!("${value:.0}")
            }
        },
        series: Vec::new(),
    }
}

fn impact(report: &Report, window: Window) -> Panel {
    let level = points(&report.samples, window, |sample| f64::from(sample.impact_level_ppm) / 1e4);
    // The cap is a parameter; the last sample holds the one that was in force at the end.
    let cap = report.samples.last().map_or(0.0, |sample| f64::from(sample.impact_cap_ppm) / 1e4);
    let healthy = cap * f64::from(report.healthy_share_ppm) / 1e6;
    Panel {
        series: vec![
            Series { label: "level", colour: VIOLET, layer: Layer::Area(level) },
            Series { label: "open to healthier accounts", colour: GREEN, layer: Layer::Level(healthy) },
            Series { label: "cap", colour: RED, layer: Layer::Level(cap) },
        ],
        format: |value| format!("{value:.2} %"),
        note: "Each liquidation raises the level by its size over the depth; at the cap, liquidations wait until it has faded.",
        ..half("Impact budget in use", "% of price", window)
    }
}

fn liquidated(report: &Report, window: Window, bar_secs: i64) -> Panel {
    let bars = Layer::Bars(per_interval(report, window, bar_secs), seconds(bar_secs));
    let unit = match bar_secs % 60 {
        0 => format!("quote, $ per {} minutes", bar_secs / 60),
        _ => format!("quote, $ per {bar_secs} seconds"),
    };
    Panel {
        series: vec![Series { label: "liquidated", colour: TEAL, layer: bars }],
        note: "What keepers took over from accounts below maintenance margin, at the risk price.",
        ..half("Liquidated notional", unit, window)
    }
}

fn open_interest(report: &Report, window: Window) -> Panel {
    let interest = points(&report.samples, window, |sample| whole_dollars(sample.open_interest_atoms));
    let liquidated =
        points(&report.samples, window, |sample| whole_dollars(sample.liquidated_notional_cum_atoms));
    Panel {
        series: vec![
            Series { label: "open interest", colour: GREY, layer: Layer::Area(interest) },
            Series { label: "liquidated so far", colour: TEAL, layer: Layer::Line(liquidated) },
        ],
        note: "Open interest is that of one side; both are equal.",
        ..half("Open interest and liquidations", "notional, $", window)
    }
}

fn accounts(report: &Report, window: Window) -> Panel {
    let line = |value: fn(&Sample) -> f64| Layer::Line(points(&report.samples, window, value));
    Panel {
        series: vec![
            Series {
                label: "under margin",
                colour: ORANGE,
                layer: line(|sample| f64::from(sample.accounts_under_margin)),
            },
            Series {
                label: "in liquidation",
                colour: VIOLET,
                layer: line(|sample| f64::from(sample.accounts_in_liquidation)),
            },
        ],
        format: |value| format!("{value:.0}"),
        note: "An account below maintenance margin is in liquidation as soon as a keeper has called for it.",
        ..half("Accounts in distress", "number of accounts", window)
    }
}

fn insurance(report: &Report, window: Window) -> Panel {
    let balance = points(&report.samples, window, |sample| whole_dollars(sample.insurance_atoms));
    Panel {
        series: vec![Series { label: "balance", colour: GREEN, layer: Layer::Area(balance) }],
        note: "What is left to pay the debts of bankrupt accounts before anybody else does.",
        ..half("Insurance vault", "$", window)
    }
}

fn bad_debt(report: &Report, window: Window) -> Panel {
    let debt = points(&report.samples, window, |sample| whole_dollars(sample.bad_debt_cum_atoms));
    Panel {
        series: vec![Series { label: "bad debt so far", colour: RED, layer: Layer::Area(debt) }],
        note: "What bankrupt accounts owed beyond everything they had.",
        ..half("Bad debt", "$, cumulative", window)
    }
}

/// An empty chart of half width, of money from zero.
pub(super) fn half(title: &str, unit: impl Into<String>, window: Window) -> Panel {
    // Half the width has room for fewer labels: every second one of the day, every third or fifth of the fall.
    let count = (window.end_secs - window.start_secs) / window.label_secs.max(1);
    let sparser = if window.label_secs >= HOUR_SECS {
        2
    } else {
        [5, 3, 2].into_iter().find(|n| count % n == 0).unwrap_or(2)
    };
    let window = Window { label_secs: window.label_secs * sparser, ..window };
    Panel {
        title: title.to_owned(),
        unit: unit.into(),
        note: "",
        window,
        is_wide: false,
        height: HEIGHT,
        scale: Scale::FromZero,
        format: short_dollars,
        series: Vec::new(),
    }
}

pub(super) fn points(samples: &[Sample], window: Window, value: fn(&Sample) -> f64) -> Vec<Point> {
    let shown = samples.iter().filter(|sample| window.contains(sample.offset_secs));
    shown.map(|sample| (seconds(sample.offset_secs), value(sample))).collect()
}

/// Growth of the liquidated notional between the ends of each interval.
fn per_interval(report: &Report, window: Window, bar_secs: i64) -> Vec<Point> {
    let starts = (0..).map(|index| window.start_secs + index * bar_secs);
    let bars = starts.take_while(|start| *start < window.end_secs).map(|start| {
        let grown =
            liquidated_until(report, start + bar_secs).saturating_sub(liquidated_until(report, start));
        (seconds(start), whole_dollars(grown))
    });
    bars.collect()
}

/// Notional liquidated before a time, as the last sample before it says.
fn liquidated_until(report: &Report, offset_secs: i64) -> u64 {
    let count = report.samples.partition_point(|sample| sample.offset_secs < offset_secs);
    let last = count.checked_sub(1).and_then(|index| report.samples.get(index));
    last.map_or(0, |sample| sample.liquidated_notional_cum_atoms)
}

/// Dollars of micro-dollars, for drawing only.
pub(super) fn millionths(value: i64) -> f64 {
    // as-safety: exact below 2^53; a chart needs far less.
    value as f64 / 1e6
}

/// Dollars of quote atoms, for drawing only.
pub(super) fn whole_dollars(atoms: u64) -> f64 {
    // as-safety: exact below 2^53; a chart needs far less.
    atoms as f64 / 1e6
}

/// Dollars on an axis: `$0`, `$250`, `$1.5k`, `$12M`.
fn short_dollars(value: f64) -> String {
    let (scaled, suffix) = match value.abs() {
        large if large >= 1e6 => (value / 1e6, "M"),
        middle if middle >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    // At most two decimals, and none that say nothing.
    let digits = format!("{scaled:.2}");
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("${digits}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_labels_are_short() {
        for (value, expected) in [(0.0, "$0"), (250.0, "$250"), (1_500.0, "$1.5k"), (12_000_000.0, "$12M")] {
            assert_eq!(short_dollars(value), expected);
        }
    }
}
