//! When the circuit breaker was in which state: shades behind other charts, and a chart of its own.

use super::{
    axis::Axis,
    panel::{seconds, Cell, Layer, Panel, Point, Scale, Series, Window},
    states::{self, LOOKS},
    Sample,
};

/// Height of the chart, in units of the page: one row of bands and the clock.
const STRIP: u32 = 76;

/// From when to when the breaker was in the state with this number; a state lasts until the next sample.
fn spans(samples: &[Sample], window: Window, number: usize) -> Vec<Point> {
    let (start, end) = (seconds(window.start_secs), seconds(window.end_secs));
    let mut spans: Vec<Point> = Vec::new();
    for pair in samples.windows(2) {
        let (from, to) = (seconds(pair[0].offset_secs).max(start), seconds(pair[1].offset_secs).min(end));
        if states::number(pair[0].breaker_state) != number || from >= to {
            continue;
        }
        match spans.last_mut() {
            Some(last) if last.1 >= from => last.1 = to,
            _ => spans.push((from, to)),
        }
    }
    spans
}

/// Shades of the states other than normal that occurred.
pub(super) fn shades(samples: &[Sample], window: Window) -> Vec<Series> {
    let shade = |(number, look): (usize, &states::Look)| Series {
        label: look.label,
        colour: look.colour,
        layer: Layer::Shade(spans(samples, window, number)),
    };
    let occurred = |series: &Series| matches!(&series.layer, Layer::Shade(spans) if !spans.is_empty());
    LOOKS.iter().enumerate().skip(1).map(shade).filter(occurred).collect()
}

/// All states as bands of colour.
pub(super) fn states(samples: &[Sample], window: Window) -> Panel {
    let band = |(number, look): (usize, &states::Look)| {
        let cell = |times| Cell { times, values: (0.0, 1.0) };
        let cells = spans(samples, window, number).into_iter().map(cell).collect();
        Series { label: look.name, colour: look.colour, layer: Layer::Cells(cells) }
    };
    Panel {
        title: "Circuit breaker".to_owned(),
        unit: "state of the market, clock in UTC".to_owned(),
        note: "Elevated and recovery ask for more margin, reduce only opens nothing, halted stops liquidations and \
            payouts as well.",
        window,
        is_wide: true,
        height: STRIP,
        scale: Scale::Fixed(Axis { range: 0.0..1.0, labels: Vec::new() }),
        format: |_| String::new(),
        series: LOOKS.iter().enumerate().map(band).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { start_secs: 100, end_secs: 500, label_secs: 100, midnight_secs: 0 };

    fn samples(states: &[(i64, u8)]) -> Vec<Sample> {
        let sample = |(offset_secs, breaker_state): &(i64, u8)| Sample {
            offset_secs: *offset_secs,
            breaker_state: *breaker_state,
            ..Sample::default()
        };
        states.iter().map(sample).collect()
    }

    #[test]
    fn every_second_of_the_window_is_in_exactly_one_band() {
        let samples =
            samples(&[(0, 0), (150, 2), (200, 2), (250, 3), (300, 4), (320, 0), (450, 2), (600, 0)]);
        let panel = states(&samples, WINDOW);
        let bands = |number: usize| match &panel.series[number].layer {
            Layer::Cells(cells) => cells.iter().map(|cell| cell.times).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        assert_eq!(bands(0), [(100.0, 150.0), (320.0, 450.0)]);
        assert_eq!(bands(1), []);
        // Two samples in one state are one band; the last one is cut at the end of the window.
        assert_eq!(bands(2), [(150.0, 250.0), (450.0, 500.0)]);
        assert_eq!((bands(3), bands(4)), (vec![(250.0, 300.0)], vec![(300.0, 320.0)]));
        let all: f64 = (0..5).flat_map(bands).map(|(from, to)| to - from).sum();
        assert_eq!(all, 400.0);
    }

    #[test]
    fn only_states_that_occurred_shade_other_charts() {
        let shades = shades(&samples(&[(0, 0), (200, 1), (300, 0), (400, 3), (410, 3)]), WINDOW);
        let labels: Vec<_> = shades.iter().map(|series| series.label).collect();
        assert_eq!(labels, ["breaker: elevated", "breaker: halted"]);
    }
}
