//! One chart: axes, layers and a legend. Knows how to draw and nothing of what it draws.

use {anyhow::Result, plotters::prelude::*, std::fmt::Write as _};

/// Ink, axes and grid; the page's style sheet turns these three around in dark mode.
pub(super) const INK: RGBColor = RGBColor(0x33, 0x3B, 0x47);
const AXIS: RGBColor = RGBColor(0xB4, 0xBC, 0xC8);
const GRID: RGBColor = RGBColor(0xE7, 0xEA, 0xEF);
/// Units of the drawing per unit of the page: the back end knows whole units only, so lines are drawn finer.
const FINENESS: u32 = 3;
const HEIGHT: u32 = 250;
const WIDTH: (u32, u32) = (540, 1_100);

/// A point: seconds since the day began, and a value.
pub(super) type Point = (f64, f64);

/// The part of the day a chart shows.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub start_secs: i64,
    pub end_secs: i64,
    /// Distance of the labels.
    pub label_secs: i64,
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
}

/// A layer with its colour and its name in the legend.
pub(super) struct Series {
    pub label: &'static str,
    pub colour: RGBColor,
    pub layer: Layer,
}

/// A chart.
pub(super) struct Panel {
    pub title: &'static str,
    pub unit: &'static str,
    pub window: Window,
    pub is_wide: bool,
    /// False: the axis starts near the lowest value instead of zero.
    pub is_from_zero: bool,
    pub format: fn(f64) -> String,
    pub series: Vec<Series>,
}

impl Panel {
    /// The chart with title and legend, as an HTML figure.
    pub(super) fn to_html(&self) -> Result<String> {
        let mut html = String::new();
        let class = if self.is_wide { "wide" } else { "half" };
        write!(html, "<figure class=\"{class}\"><figcaption><b>{}</b> <span>{}</span>", self.title, self.unit)?;
        html.push_str("<span class=\"legend\">");
        for series in &self.series {
            let RGBColor(red, green, blue) = series.colour;
            let mark = match series.layer {
                Layer::Line(_) => "line",
                Layer::Level(_) => "level",
                Layer::Area(_) | Layer::Bars(..) => "area",
                Layer::Shade(_) => "shade",
            };
            let style = format!("--key:rgb({red},{green},{blue})");
            write!(html, "<span class=\"key {mark}\" style=\"{style}\">{}</span>", series.label)?;
        }
        html.push_str("</span></figcaption>");
        html.push_str(&self.to_svg()?);
        html.push_str("</figure>\n");
        Ok(html)
    }

    fn to_svg(&self) -> Result<String> {
        let size = (if self.is_wide { WIDTH.1 } else { WIDTH.0 } * FINENESS, HEIGHT * FINENESS);
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

    fn draw(&self, root: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>) -> Result<()> {
        let Window { start_secs, end_secs, label_secs } = self.window;
        // Labels of hours end the day with 24:00; labels of a narrow window carry no seconds either.
        let times: Vec<f64> = (0..)
            .map(|index| start_secs + index * label_secs)
            .take_while(|second| *second <= end_secs)
            .map(seconds)
            .collect();
        let (bottom, top, heights) = self.heights();
        let x_range = (seconds(start_secs)..seconds(end_secs)).with_key_points(times);
        let y_range = (bottom..top).with_key_points(heights);
        let label_style = ("sans-serif", 11 * FINENESS).into_font().color(&INK);
        let mut chart = ChartBuilder::on(root)
            .margin_top(10 * FINENESS)
            .margin_right(20 * FINENESS)
            .x_label_area_size(24 * FINENESS)
            .y_label_area_size(58 * FINENESS)
            .build_cartesian_2d(x_range, y_range)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(FINENESS))
            .axis_style(AXIS.stroke_width(FINENESS))
            .set_all_tick_mark_size(4 * FINENESS)
            .label_style(label_style)
            // as-safety: whole seconds of a day.
            .x_label_formatter(&|second| crate::money::clock_minutes(*second as i64))
            .y_label_formatter(&|value| (self.format)(*value))
            .draw()?;
        for series in &self.series {
            let colour = series.colour;
            match &series.layer {
                Layer::Line(points) => {
                    let style = colour.stroke_width(2 * FINENESS);
                    chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
                }
                Layer::Area(points) => {
                    let area = AreaSeries::new(points.iter().copied(), bottom, colour.mix(0.25));
                    chart.draw_series(area.border_style(colour.stroke_width(3 * FINENESS / 2)))?;
                }
                Layer::Level(height) => {
                    let ends = [(seconds(start_secs), *height), (seconds(end_secs), *height)];
                    let style = colour.stroke_width(3 * FINENESS / 2);
                    let dash = 5 * FINENESS;
                    chart.draw_series(DashedLineSeries::new(ends, dash, dash, style))?;
                }
                Layer::Bars(bars, width) => {
                    let bar = |(start, height): &Point| {
                        let ends = [(start + width * 0.08, bottom), (start + width * 0.92, *height)];
                        Rectangle::new(ends, colour.filled())
                    };
                    chart.draw_series(bars.iter().filter(|(_, height)| *height > 0.0).map(bar))?;
                }
                Layer::Shade(spans) => {
                    let span = |(from, to): &Point| {
                        Rectangle::new([(*from, bottom), (*to, top)], colour.mix(0.16).filled())
                    };
                    chart.draw_series(spans.iter().map(span))?;
                }
            }
        }
        if self.is_zero() {
            let place = (f64::midpoint(seconds(start_secs), seconds(end_secs)), f64::midpoint(bottom, top));
            let style = ("sans-serif", 13 * FINENESS).into_font().color(&INK);
            let anchor = plotters::style::text_anchor::Pos::new(
                plotters::style::text_anchor::HPos::Center,
                plotters::style::text_anchor::VPos::Center,
            );
            chart.draw_series([Text::new("zero throughout", place, style.pos(anchor))])?;
        }
        Ok(())
    }

    /// All values that must fit the axis.
    fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.series.iter().flat_map(|series| match &series.layer {
            Layer::Line(points) | Layer::Area(points) | Layer::Bars(points, _) => {
                points.iter().map(|point| point.1).collect()
            }
            Layer::Level(height) => vec![*height],
            Layer::Shade(_) => Vec::new(),
        })
    }

    fn is_zero(&self) -> bool {
        self.values().all(|value| value == 0.0)
    }

    /// Ends of the axis and its labels, all round numbers.
    fn heights(&self) -> (f64, f64, Vec<f64>) {
        const LABELS: f64 = 5.0;
        let highest = self.values().fold(f64::MIN, f64::max);
        let lowest = if self.is_from_zero { 0.0 } else { self.values().fold(f64::MAX, f64::min) };
        let range = highest - lowest;
        if !range.is_finite() || range <= 0.0 {
            return (lowest.clamp(0.0, 1e15), lowest.clamp(0.0, 1e15) + 1.0, vec![lowest.clamp(0.0, 1e15)]);
        }
        let rough = range / LABELS;
        let magnitude = 10_f64.powf(rough.log10().floor());
        let factor = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|factor| factor * magnitude >= rough);
        let step = factor.unwrap_or(10.0) * magnitude;
        let bottom = (lowest / step).floor() * step;
        // A little room above the highest value, so that it does not touch the frame.
        let top = ((highest + range * 0.03) / step).ceil() * step;
        let labels = (0..=20).map(|index| bottom + f64::from(index) * step);
        (bottom, top, labels.take_while(|height| *height <= top + step * 0.01).collect())
    }
}

/// Seconds on the axis; lossless.
pub(super) fn seconds(offset_secs: i64) -> f64 {
    // as-safety: seconds of a day.
    offset_secs as f64
}
