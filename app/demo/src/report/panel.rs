//! One chart: axes, layers and a legend. Knows how to draw and nothing of what it draws.

use {
    super::axis::Axis,
    crate::money::clock_minutes,
    anyhow::Result,
    plotters::{
        coord::Shift,
        prelude::*,
        style::text_anchor::{HPos, Pos, VPos},
    },
    std::fmt::Write as _,
};

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// Ink, axes and grid; the page's style sheet turns these three around in dark mode.
pub(super) const INK: RGBColor = RGBColor(0x33, 0x3B, 0x47);
const AXIS: RGBColor = RGBColor(0xB4, 0xBC, 0xC8);
const GRID: RGBColor = RGBColor(0xE7, 0xEA, 0xEF);
/// Units of the drawing per unit of the page: the back end knows whole units only, so lines are drawn finer.
const FINENESS: u32 = 3;
/// Height of a chart of lines, in units of the page.
pub(super) const HEIGHT: u32 = 250;
const WIDTH: (u32, u32) = (540, 1_100);

/// A point: seconds since the window began, and a value.
pub(super) type Point = (f64, f64);

/// The part of the replayed window that a chart shows.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub start_secs: i64,
    pub end_secs: i64,
    /// Distance of the labels.
    pub label_secs: i64,
    /// Seconds since midnight at which the replayed window begins.
    pub midnight_secs: i64,
}

impl Window {
    pub(super) fn contains(&self, offset_secs: i64) -> bool {
        (self.start_secs..=self.end_secs).contains(&offset_secs)
    }
}

/// What is drawn, bottom first.
pub(super) enum Layer {
    Line(Vec<Point>),
    Area(Vec<Point>),
    /// A dashed line at one height.
    Level(f64),
    /// Start of each bar, value; all bars have one width.
    Bars(Vec<Point>, f64),
    /// Times from and to.
    Shade(Vec<Point>),
    /// What lies between two values, by time.
    Band(Vec<Between>),
    /// Filled rectangles.
    Cells(Vec<Cell>),
}

/// Two values at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Between {
    pub at: f64,
    pub low: f64,
    pub high: f64,
}

/// A rectangle: times from and to, values from and to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub times: Point,
    pub values: Point,
}

/// Where the axis of values begins and ends.
pub(super) enum Scale {
    /// From zero to the highest value.
    FromZero,
    /// From the lowest to the highest value.
    FromLowest,
    /// As given.
    Fixed(Axis),
}

/// A layer with its colour and its name in the legend.
pub(super) struct Series {
    pub label: &'static str,
    pub colour: RGBColor,
    pub layer: Layer,
}

/// A chart.
pub(super) struct Panel {
    pub title: String,
    pub unit: String,
    /// One sentence on what it shows.
    pub note: &'static str,
    pub window: Window,
    pub is_wide: bool,
    /// In units of the page.
    pub height: u32,
    pub scale: Scale,
    pub format: fn(f64) -> String,
    pub series: Vec<Series>,
}

impl Panel {
    /// The chart with title and legend, as an HTML figure.
    pub(super) fn to_html(&self) -> Result<String> {
        let mut html = String::new();
        let class = if self.is_wide { "wide" } else { "half" };
        write!(
            html,
            "<figure class=\"{class}\"><figcaption><b>{}</b> <span>{}</span>",
            self.title, self.unit
        )?;
        html.push_str("<span class=\"legend\">");
        for series in &self.series {
            let RGBColor(red, green, blue) = series.colour;
            let mark = match series.layer {
                Layer::Line(_) => "line",
                Layer::Level(_) => "level",
                Layer::Area(_) | Layer::Bars(..) | Layer::Cells(_) => "area",
                Layer::Shade(_) | Layer::Band(_) => "shade",
            };
            let style = format!("--key:rgb({red},{green},{blue})");
            write!(html, "<span class=\"key {mark}\" style=\"{style}\">{}</span>", series.label)?;
        }
        html.push_str("</span></figcaption>");
        html.push_str(&self.to_svg()?);
        writeln!(html, "<p class=\"note\">{}</p></figure>", self.note)?;
        Ok(html)
    }

    fn to_svg(&self) -> Result<String> {
        let size = (if self.is_wide { WIDTH.1 } else { WIDTH.0 } * FINENESS, self.height * FINENESS);
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            self.draw(&root)?;
            root.present()?;
        }
        // The page sets the size; the drawing keeps its proportions.
        let fixed = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
        let label = format!("role=\"img\" aria-label=\"{}, {}\"", self.title, self.unit);
        Ok(svg.replacen(&fixed, &label, 1))
    }

    fn draw(&self, root: &Canvas<'_>) -> Result<()> {
        let mut chart = ChartBuilder::on(root)
            .margin_top(10 * FINENESS)
            .margin_right(20 * FINENESS)
            .x_label_area_size(26 * FINENESS)
            .y_label_area_size(62 * FINENESS)
            .build_cartesian_2d(self.time_axis(), self.value_axis())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(FINENESS))
            .axis_style(AXIS.stroke_width(FINENESS))
            .set_all_tick_mark_size(4 * FINENESS)
            .label_style(("sans-serif", 12 * FINENESS).into_font().color(&INK))
            // as-safety: whole seconds of a day.
            .x_label_formatter(&|second| clock_minutes(self.window.midnight_secs + *second as i64))
            .y_label_formatter(&|value| (self.format)(*value))
            .draw()?;
        for series in &self.series {
            draw_series(&mut chart, series)?;
        }
        if self.series.iter().all(|series| series.layer.is_zero()) {
            let (x, y) = (chart.x_range(), chart.y_range());
            let place = (f64::midpoint(x.start, x.end), f64::midpoint(y.start, y.end));
            let style = ("sans-serif", 13 * FINENESS).into_font().color(&INK);
            let centred = style.pos(Pos::new(HPos::Center, VPos::Center));
            chart.draw_series([Text::new("zero throughout", place, centred)])?;
        }
        Ok(())
    }

    fn value_axis(&self) -> Axis {
        let values = || self.series.iter().flat_map(|series| series.layer.values());
        let highest = values().fold(f64::MIN, f64::max);
        match &self.scale {
            Scale::FromZero => Axis::round(0.0, highest),
            Scale::FromLowest => Axis::round(values().fold(f64::MAX, f64::min), highest),
            Scale::Fixed(axis) => axis.clone(),
        }
    }

    fn time_axis(&self) -> Axis {
        let Window { start_secs, end_secs, label_secs, .. } = self.window;
        let labels = (0..).map(|index| start_secs + index * label_secs);
        let labels = labels.take_while(|second| *second <= end_secs).map(seconds).collect();
        Axis { range: seconds(start_secs)..seconds(end_secs), labels }
    }
}

impl Layer {
    /// All values that must fit the axis.
    fn values(&self) -> Vec<f64> {
        match self {
            Self::Line(points) | Self::Area(points) | Self::Bars(points, _) => {
                points.iter().map(|point| point.1).collect()
            }
            Self::Level(height) => vec![*height],
            Self::Shade(_) => Vec::new(),
            Self::Band(points) => points.iter().flat_map(|point| [point.low, point.high]).collect(),
            Self::Cells(cells) => cells.iter().flat_map(|cell| [cell.values.0, cell.values.1]).collect(),
        }
    }

    /// True when there is nothing to see but the axis.
    fn is_zero(&self) -> bool {
        self.values().iter().all(|value| *value == 0.0)
    }
}

fn draw_series(chart: &mut Chart<'_, '_>, series: &Series) -> Result<()> {
    let colour = series.colour;
    let (left, right) = (chart.x_range().start, chart.x_range().end);
    let (bottom, top) = (chart.y_range().start, chart.y_range().end);
    match &series.layer {
        Layer::Line(points) => {
            let line = LineSeries::new(points.iter().copied(), colour.stroke_width(2 * FINENESS));
            chart.draw_series(line)?;
        }
        Layer::Area(points) => {
            let area = AreaSeries::new(points.iter().copied(), bottom, colour.mix(0.25));
            chart.draw_series(area.border_style(colour.stroke_width(3 * FINENESS / 2)))?;
        }
        Layer::Level(height) => {
            let (ends, dash) = ([(left, *height), (right, *height)], 5 * FINENESS);
            let style = colour.stroke_width(3 * FINENESS / 2);
            chart.draw_series(DashedLineSeries::new(ends, dash, dash, style))?;
        }
        Layer::Bars(bars, width) => {
            // A sixth of the width is left free between two bars.
            let bar = |(start, height): &Point| {
                let (from, to) = (start + width / 12.0, start + width * 11.0 / 12.0);
                Rectangle::new([(from, bottom), (to, *height)], colour.filled())
            };
            chart.draw_series(bars.iter().filter(|(_, height)| *height > 0.0).map(bar))?;
        }
        Layer::Shade(spans) => {
            let style = colour.mix(0.16).filled();
            let span = |(from, to): &Point| Rectangle::new([(*from, bottom), (*to, top)], style);
            chart.draw_series(spans.iter().map(span))?;
        }
        Layer::Band(points) => {
            let back = points.iter().rev().map(|point| (point.at, point.low));
            let outline: Vec<Point> = points.iter().map(|point| (point.at, point.high)).chain(back).collect();
            chart.draw_series([Polygon::new(outline, colour.mix(0.22).filled())])?;
        }
        Layer::Cells(cells) => {
            let cell = |Cell { times, values }: &Cell| {
                Rectangle::new([(times.0, values.0), (times.1, values.1)], colour.filled())
            };
            chart.draw_series(cells.iter().map(cell))?;
        }
    }
    Ok(())
}

/// Seconds on the axis; lossless.
pub(super) fn seconds(offset_secs: i64) -> f64 {
    // as-safety: seconds of a day.
    offset_secs as f64
}
