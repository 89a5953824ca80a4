//! Charts of what the market measures and what follows: deviation, margins, reproduction number, demand near the price.

use super::{
    charts::{
        half, millionths, points, price_panel, whole_dollars, BLUE, GREEN, GREY, ORANGE, RED, TEAL, VIOLET,
    },
    panel::{seconds, Between, Layer, Panel, Series, Window},
    Sample,
};

/// Colours of longs and shorts.
const LONGS: plotters::style::RGBColor = TEAL;
const SHORTS: plotters::style::RGBColor = VIOLET;

/// Price between deviations of an hour around its slow companion.
pub(super) fn deviations(samples: &[Sample], window: Window) -> Panel {
    let line = |value: fn(&Sample) -> f64| Layer::Line(points(samples, window, value));
    Panel {
        note: "Were returns normal, two hours out of three would end within one deviation of where they began; margins \
            follow the width of the bands.",
        series: vec![
            Series { label: "±3σ of an hour", colour: GREY, layer: Layer::Band(band(samples, window, 3.0)) },
            Series { label: "±1σ of an hour", colour: ORANGE, layer: Layer::Band(band(samples, window, 1.0)) },
            Series { label: "slow price", colour: ORANGE, layer: line(|sample| millionths(sample.ema_micros)) },
            Series { label: "risk price", colour: BLUE, layer: line(|sample| millionths(sample.price_micros)) },
        ],
        ..price_panel("Price and the deviation of an hour".to_owned(), window)
    }
}

/// So many deviations below and above the slow price; a price is not negative.
fn band(samples: &[Sample], window: Window, deviations: f64) -> Vec<Between> {
    let shown = samples.iter().filter(|sample| window.contains(sample.offset_secs));
    let between = |sample: &Sample| {
        let slow = millionths(sample.ema_micros);
        let width = slow * millionths(sample.sigma_ppm.into()) * deviations;
        Between { at: seconds(sample.offset_secs), low: (slow - width).max(0.0), high: slow + width }
    };
    shown.map(between).collect()
}

/// The fast deviation itself.
pub(super) fn sigma(samples: &[Sample], window: Window) -> Panel {
    let sigma = points(samples, window, |sample| percent(sample.sigma_ppm));
    Panel {
        note: "Measured from the risk price with the fast time constant: quick to rise, quick to forget.",
        series: vec![Series { label: "fast deviation", colour: ORANGE, layer: Layer::Area(sigma) }],
        format: percents,
        ..half("Volatility", "standard deviation per hour, % of price", window)
    }
}

/// Margins of the market.
pub(super) fn margins(samples: &[Sample], window: Window) -> Panel {
    let line = |value: fn(&Sample) -> f64| Layer::Line(points(samples, window, value));
    Panel {
        note: "Initial margin rises at once with volatility, maintenance margin slowly; a side's own line leaves the \
            initial one while its R asks for more.",
        series: vec![
            Series {
                label: "initial, longs",
                colour: LONGS,
                layer: line(|sample| percent(sample.initial_side_ppm[0])),
            },
            Series {
                label: "initial, shorts",
                colour: SHORTS,
                layer: line(|sample| percent(sample.initial_side_ppm[1])),
            },
            Series { label: "initial", colour: BLUE, layer: line(|sample| percent(sample.initial_ppm)) },
            Series { label: "maintenance", colour: RED, layer: line(|sample| percent(sample.maintenance_ppm)) },
        ],
        format: percents,
        ..half("Margins", "% of notional", window)
    }
}

/// R of both sides, between the values at which limits tighten.
pub(super) fn reproduction(samples: &[Sample], window: Window, limits_ppm: Option<(u32, u32)>) -> Panel {
    let line = |value: fn(&Sample) -> f64| Layer::Line(points(samples, window, value));
    let mut series = vec![
        Series { label: "longs", colour: LONGS, layer: line(|sample| one(sample.reproduction_ppm[0])) },
        Series { label: "shorts", colour: SHORTS, layer: line(|sample| one(sample.reproduction_ppm[1])) },
    ];
    if let Some((start, stop)) = limits_ppm {
        series.extend([
            Series { label: "limits tighten", colour: GREEN, layer: Layer::Level(one(start)) },
            Series { label: "nothing more is opened", colour: RED, layer: Layer::Level(one(stop)) },
        ]);
    }
    Panel {
        note: "Quote that a cascade liquidates per quote liquidated: at 1 it feeds itself.",
        series,
        format: |value| format!("{value:.2}"),
        ..half("Reproduction number R", "quote per quote", window)
    }
}

/// Demand near the price.
pub(super) fn delta(samples: &[Sample], window: Window) -> Panel {
    // Per unit of ln price; a hundredth of it is what one percent liquidates.
    let line = |value: fn(&Sample) -> f64| Layer::Line(points(samples, window, value));
    Panel {
        note:
            "What a move by one percent against a side would liquidate, were it as dense as near the price.",
        series: vec![
            Series {
                label: "longs",
                colour: LONGS,
                layer: line(|sample| whole_dollars(sample.delta_atoms[0]) / 100.0),
            },
            Series {
                label: "shorts",
                colour: SHORTS,
                layer: line(|sample| whole_dollars(sample.delta_atoms[1]) / 100.0),
            },
        ],
        ..half("Liquidation demand near the price", "quote, $ per 1 % of price", window)
    }
}

/// Percent of ppm, for drawing only.
fn percent(ppm: u32) -> f64 {
    f64::from(ppm) / 1e4
}

/// Ones of ppm, for drawing only.
fn one(ppm: u32) -> f64 {
    f64::from(ppm) / 1e6
}

/// Percent on an axis: `7 %`, `0.5 %`.
fn percents(value: f64) -> String {
    let digits = format!("{value:.2}");
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { start_secs: 0, end_secs: 600, label_secs: 60, midnight_secs: 0 };

    fn samples() -> [Sample; 3] {
        let sample = |offset_secs, sigma_ppm| Sample {
            offset_secs,
            sigma_ppm,
            ema_micros: 200_000_000,
            price_micros: 190_000_000,
            initial_ppm: 100_000,
            initial_side_ppm: [150_000, 100_000],
            maintenance_ppm: 52_500,
            reproduction_ppm: [720_000, 40_000],
            delta_atoms: [3_000_000_000_000, 500_000_000],
            ..Sample::default()
        };
        // The last one lies beyond the window.
        [sample(0, 20_000), sample(600, 500_000), sample(700, 1)]
    }

    /// The first value of each line and level, by label.
    fn firsts(panel: &Panel) -> Vec<(&'static str, f64)> {
        let value = |layer: &Layer| match layer {
            Layer::Line(points) | Layer::Area(points) => points[0].1,
            Layer::Level(height) => *height,
            _ => f64::NAN,
        };
        panel.series.iter().map(|series| (series.label, value(&series.layer))).collect()
    }

    #[test]
    fn bands_are_deviations_around_the_slow_price_and_end_at_zero() {
        let between = |at, low, high| Between { at, low, high };
        // 2 % of $200 are $4; three times 50 % would leave less than nothing.
        assert_eq!(band(&samples(), WINDOW, 1.0), [between(0.0, 196.0, 204.0), between(600.0, 100.0, 300.0)]);
        assert_eq!(band(&samples(), WINDOW, 3.0), [between(0.0, 188.0, 212.0), between(600.0, 0.0, 500.0)]);
    }

    #[test]
    fn margins_and_volatility_are_percent() {
        let margins = margins(&samples(), WINDOW);
        let expected =
            [("initial, longs", 15.0), ("initial, shorts", 10.0), ("initial", 10.0), ("maintenance", 5.25)];
        assert_eq!(firsts(&margins), expected);
        assert_eq!(firsts(&sigma(&samples(), WINDOW)), [("fast deviation", 2.0)]);
        assert_eq!([percents(5.25), percents(10.0), percents(0.5)], ["5.25 %", "10 %", "0.5 %"]);
    }

    #[test]
    fn r_is_drawn_with_its_limits_if_there_are_any() {
        let with = reproduction(&samples(), WINDOW, Some((500_000, 900_000)));
        let lines = [("longs", 0.72), ("shorts", 0.04)];
        assert_eq!(firsts(&with)[..2], lines);
        assert_eq!(firsts(&with)[2..], [("limits tighten", 0.5), ("nothing more is opened", 0.9)]);
        assert_eq!(firsts(&reproduction(&samples(), WINDOW, None)), lines);
    }

    #[test]
    fn demand_near_the_price_is_dollars_per_percent() {
        // 3 000 000 dollars per unit of ln price are 30 000 per percent.
        assert_eq!(firsts(&delta(&samples(), WINDOW)), [("longs", 30_000.0), ("shorts", 5.0)]);
    }
}
