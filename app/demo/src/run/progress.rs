//! Progress bar and live line.

use firebreak_risk::breaker::BreakerState;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    money::{clock, dollars},
    report::Sample,
};

/// A bar with one line of state.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar of `total` steps. Without a terminal nothing is drawn.
    pub fn new(total: u64, unit: &str) -> Self {
        let bar = ProgressBar::new(total);
        let template = format!("{{bar:30}} {{pos}}/{{len}} {unit} {{msg}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// One step further.
    pub fn step(&self) {
        self.bar.inc(1);
    }

    /// Shows the state of the market.
    pub fn show(&self, sample: &Sample) {
        let breaker = match sample.breaker_state {
            BreakerState::Normal => "normal",
            BreakerState::ReduceOnly => "REDUCE-ONLY",
        };
        self.bar.set_message(format!(
            "{}  SOL {}  {breaker}  impact {}.{:02} % of {} %  {} under margin  {} in liquidation  insurance {}",
            clock(sample.offset_secs),
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
