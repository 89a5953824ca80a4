//! The demand curve through time: a heat map of ln-price bins around the price.

use {
    super::{
        axis::Axis,
        charts::BLUE,
        panel::{seconds, Cell, Layer, Panel, Scale, Series, Window},
        Sample,
    },
    crate::demand::KEPT_BINS,
    firebreak_risk::demand::BIN_PERCENT,
    plotters::style::RGBColor,
};

/// Columns over the window.
const COLUMNS: u16 = 144;
/// Height of the chart, in units of the page.
const HEIGHT: u32 = 340;
/// Bins between two labels.
const LABEL_BINS: usize = 10;

/// Demand from a bound on, in ppm of the depth, with its name and colour; the first from the least atom on. Little is
/// pale, and the page's style sheet has darker colours for it in dark mode.
const CLASSES: [(u64, &str, RGBColor); 6] = [
    (0, "under 0.1 %", RGBColor(0xFF, 0xF0, 0xB3)),
    (1_000, "0.1 to 0.3 %", RGBColor(0xFF, 0xD4, 0x6B)),
    (3_000, "0.3 to 0.75 %", RGBColor(0xFB, 0x9F, 0x3A)),
    (7_500, "0.75 to 1.5 %", RGBColor(0xEB, 0x62, 0x34)),
    (15_000, "1.5 to 3 %", RGBColor(0xC4, 0x29, 0x4B)),
    (30_000, "3 % and more", RGBColor(0x7B, 0x1F, 0x7A)),
];

/// The class of a bin's demand; `None`: there is none. Without a depth all demand is the most.
fn class(atoms: u64, depth_atoms: u64) -> Option<usize> {
    let parts = u128::from(atoms) * 1_000_000;
    let share = parts.checked_div(depth_atoms.into()).unwrap_or(u128::MAX);
    let reached = CLASSES.iter().rposition(|(bound, ..)| share >= u128::from(*bound));
    reached.filter(|_| atoms > 0)
}

/// The sample that each column shows, with the times of the column: the last one before its end.
fn columns(samples: &[Sample], window: Window) -> Vec<((f64, f64), Option<&Sample>)> {
    let start = seconds(window.start_secs);
    let width = (seconds(window.end_secs) - start) / f64::from(COLUMNS);
    let column = |index: u16| {
        let (from, to) = (start + width * f64::from(index), start + width * f64::from(index + 1));
        let count = samples.partition_point(|sample| seconds(sample.offset_secs) < to);
        ((from, to), count.checked_sub(1).and_then(|last| samples.get(last)))
    };
    (0..COLUMNS).map(column).collect()
}

/// Cells by class. Neighbours in time of one class are one cell, which keeps the page small.
fn cells(samples: &[Sample], window: Window) -> [Vec<Cell>; CLASSES.len()] {
    let columns = columns(samples, window);
    let mut cells: [Vec<Cell>; CLASSES.len()] = Default::default();
    // Longs lie below the price, shorts above it.
    let longs = (0..KEPT_BINS).map(|bin| (bin, -bins(bin + 1), -bins(bin), true));
    let shorts = (0..KEPT_BINS).map(|bin| (bin, bins(bin), bins(bin + 1), false));
    for (bin, bottom, top, is_long) in longs.chain(shorts) {
        let mut before = None;
        for (times, sample) in &columns {
            let atoms = |sample: &Sample| {
                let curve = if is_long { sample.demand.long_atoms } else { sample.demand.short_atoms };
                class(curve[bin], sample.depth_atoms)
            };
            let now = sample.and_then(atoms);
            let row = now.and_then(|class| cells.get_mut(class));
            match row {
                Some(row) if now == before => {
                    if let Some(cell) = row.last_mut() {
                        cell.times.1 = times.1;
                    }
                }
                Some(row) => row.push(Cell { times: *times, values: (bottom, top) }),
                None => {}
            }
            before = now;
        }
    }
    cells
}

/// The chart.
pub(super) fn demand(samples: &[Sample], window: Window) -> Panel {
    let classes = CLASSES.iter().zip(cells(samples, window));
    let mut series: Vec<Series> = classes
        .map(|((_, label, colour), cells)| Series { label, colour: *colour, layer: Layer::Cells(cells) })
        .collect();
    series.push(Series { label: "risk price", colour: BLUE, layer: Layer::Level(0.0) });
    let labels = (0..=2 * KEPT_BINS).step_by(LABEL_BINS).map(|bin| bins(bin) - bins(KEPT_BINS));
    Panel {
        title: "Liquidation demand around the price".to_owned(),
        unit: "longs below, shorts above; colour: quote per bin of 3 % over depth".to_owned(),
        note: "A bin, when the price gets there, is liquidated and moves the price by its share of the depth: from 3 % on \
            that is through the whole bin; what is overdue or may be anywhere counts at the price.",
        window,
        is_wide: true,
        height: HEIGHT,
        scale: Scale::Fixed(Axis { range: -bins(KEPT_BINS)..bins(KEPT_BINS), labels: labels.collect() }),
        format: |bin| {
            let change = (bin * f64::from(BIN_PERCENT) / 100.0).exp_m1() * 100.0;
            if bin == 0.0 { "price".to_owned() } else { format!("{change:+.0} %") }
        },
        series,
    }
}

/// Bins on the axis; lossless.
fn bins(count: usize) -> f64 {
    // as-safety: at most a hundred.
    count as f64
}

#[cfg(test)]
mod tests {
    use {super::*, crate::demand::DemandCurve};

    const WINDOW: Window = Window { start_secs: 0, end_secs: 1_440, label_secs: 360, midnight_secs: 0 };
    /// Seconds of a column.
    const WIDTH: f64 = 10.0;
    const DEPTH: u64 = 1_000_000;

    /// A sample with longs and shorts by bin; with this depth, atoms are ppm.
    fn sample(offset_secs: i64, longs: &[(usize, u64)], shorts: &[(usize, u64)]) -> Sample {
        let mut demand = DemandCurve::default();
        longs.iter().for_each(|(bin, atoms)| demand.long_atoms[*bin] = *atoms);
        shorts.iter().for_each(|(bin, atoms)| demand.short_atoms[*bin] = *atoms);
        Sample { offset_secs, demand, depth_atoms: DEPTH, ..Sample::default() }
    }

    #[test]
    fn classes_begin_at_their_bounds() {
        let classes = [0, 1, 999, 1_000, 2_999, 3_000, 7_500, 15_000, 29_999, 30_000, u64::MAX]
            .map(|atoms| class(atoms, DEPTH));
        let expected =
            [None, Some(0), Some(0), Some(1), Some(1), Some(2), Some(3), Some(4), Some(4), Some(5)];
        assert_eq!(classes[..10], expected);
        assert_eq!((class(1, 0), class(0, 0)), (Some(5), None));
    }

    #[test]
    fn every_class_has_a_colour_in_dark_mode() {
        let style = include_str!("style.css");
        for (_, label, RGBColor(red, green, blue)) in CLASSES {
            let fill = format!("svg [fill=\"#{red:02X}{green:02X}{blue:02X}\"]");
            let key = format!(".key[style=\"--key:rgb({red},{green},{blue})\"]");
            assert!(style.contains(&fill) && style.contains(&key), "{label}");
        }
    }

    #[test]
    fn each_column_of_each_bin_with_demand_is_in_one_cell() {
        // From 720 s on: two bins of longs, one of shorts. 72 columns of 10 s are left, of three bins each.
        let samples = [sample(0, &[], &[]), sample(720, &[(0, 500), (7, 20_000)], &[(39, 31_000)])];
        let cells = cells(&samples, WINDOW);
        let counts: Vec<usize> = cells.iter().map(Vec::len).collect();
        assert_eq!(counts, [1, 0, 0, 0, 1, 1]);
        assert_eq!(cells[0][0], Cell { times: (720.0, 1_440.0), values: (-1.0, 0.0) });
        assert_eq!(cells[4][0], Cell { times: (720.0, 1_440.0), values: (-8.0, -7.0) });
        assert_eq!(cells[5][0], Cell { times: (720.0, 1_440.0), values: (39.0, 40.0) });
        let columns: f64 = cells.iter().flatten().map(|cell| (cell.times.1 - cell.times.0) / WIDTH).sum();
        assert_eq!(columns, 3.0 * 72.0);
    }

    #[test]
    fn a_bin_that_changes_its_class_begins_a_new_cell() {
        let samples = [
            sample(100, &[(3, 2_000)], &[]),
            sample(200, &[(3, 2_500)], &[]),
            sample(300, &[(3, 4_000)], &[]),
            sample(400, &[], &[]),
            sample(500, &[(3, 2_000)], &[]),
            sample(600, &[], &[]),
        ];
        let cells = cells(&samples, WINDOW);
        let times = |class: usize| cells[class].iter().map(|cell| cell.times).collect::<Vec<_>>();
        assert_eq!(times(1), [(100.0, 300.0), (500.0, 600.0)]);
        assert_eq!(times(2), [(300.0, 400.0)]);
        assert_eq!(cells.iter().flatten().count(), 3);
    }

    #[test]
    fn a_full_map_has_a_row_for_every_bin_of_both_sides() {
        let all: Vec<(usize, u64)> = (0..KEPT_BINS).map(|bin| (bin, 10_000)).collect();
        let cells = cells(&[sample(0, &all, &all)], WINDOW);
        assert_eq!(cells[3].len(), 80);
        let edges = cells[3].iter().flat_map(|cell| [cell.values.0, cell.values.1]);
        assert_eq!(edges.clone().fold(0.0, f64::min), -40.0);
        assert_eq!(edges.fold(0.0, f64::max), 40.0);
    }
}
