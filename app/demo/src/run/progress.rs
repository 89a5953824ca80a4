//! Progress bar and live line.

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    money::{clock, dollars},
    report::{states, Sample},
};

/// Lines written in all when there is no terminal to draw a bar on.
const PLAIN_LINES: u64 = 20;

/// A bar with one line of state; without a terminal, a line now and then.
pub struct Progress {
    bar: ProgressBar,
    unit: String,
    /// Seconds since midnight at which the replayed window begins.
    midnight_secs: i64,
}

impl Progress {
    /// A bar of `total` steps; its clock starts at `midnight_secs` since midnight.
    pub fn new(total: u64, unit: &str, midnight_secs: i64) -> Self {
        let bar = ProgressBar::new(total);
        let template = format!("{{bar:30}} {{pos}}/{{len}} {unit} {{msg}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self { bar, unit: unit.to_owned(), midnight_secs }
    }

    /// One step further.
    pub fn step(&self) {
        self.bar.inc(1);
        let (position, total) = (self.bar.position(), self.bar.length().unwrap_or(0));
        let every = (total / PLAIN_LINES).max(1);
        if self.bar.is_hidden() && (position % every == 0 || position == total) {
            println!("{position}/{total} {} {}", self.unit, self.bar.message());
        }
    }

    /// Shows the state of the market.
    pub fn show(&self, sample: &Sample) {
        let breaker = match states::name(sample.breaker_state) {
            name if states::is_normal(sample.breaker_state) => name.to_owned(),
            name => name.to_uppercase(),
        };
        self.bar.set_message(format!(
            "{}  SOL {}  {breaker}  impact {}.{:02} % of {} %  {} under margin  {} in liquidation  insurance {}",
            clock(self.midnight_secs + sample.offset_secs),
            dollars(sample.price_micros.into()),
            sample.impact_level_ppm / 10_000,
            sample.impact_level_ppm % 10_000 / 100,
            sample.impact_cap_ppm / 10_000,
            sample.accounts_under_margin,
            sample.accounts_in_liquidation,
            dollars(sample.insurance_atoms.into()),
        ));
    }

    /// Leaves the last state standing.
    pub fn finish(&self) {
        self.bar.abandon();
    }
}
