//! The price path of the day: what the oracles will report, second by second where it matters.
//!
//! Hourly prices say where the market opened, closed and turned, not how it went there. Inside each hour a seeded
//! bridge runs through open, both extremes and close: it touches the recorded high and low exactly and never leaves
//! them. The hour of the crash follows the recorded bursts of liquidations ([`crash_hour`]).
//! Floats shape the path; what comes out are integers.

mod bridge;
mod crash_hour;
#[cfg(test)]
mod tests;

use {
    crate::{
        money::MICROS_PER_DOLLAR,
        random,
        table::{Hour, HourlyTable, HOUR_SECS},
    },
    anyhow::{ensure, Context, Result},
    bridge::{Knot, Leg},
    rand::Rng,
    rand_chacha::ChaCha8Rng,
};

pub use crash_hour::{BURST_START_SECS, LIQUIDATION_BURSTS};

/// Hours of the day that is replayed.
const DAY_HOURS: usize = 24;
/// 2025-10-10 21:00:00 UTC.
const CRASH_HOUR_TS: i64 = 1_760_130_000;
/// Share of the volatility that the hour's range implies (Parkinson) which the bridge adds: the knots bring the rest.
const BRIDGE_SHARE: f64 = 0.6;
/// Confidence of a calm market and the most it grows to, as shares of the price.
const CONFIDENCE_CALM: f64 = 0.000_3;
const CONFIDENCE_MAX: f64 = 0.005;
/// How long a burst of volatility keeps confidence wide, in seconds.
const CONFIDENCE_MEMORY_SECS: f64 = 30.0;

/// One price of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Seconds since 2025-10-10 00:00:00 UTC.
    pub offset_secs: i64,
    /// Price in micro-dollars per SOL.
    pub price_micros: i64,
    /// Confidence interval as an oracle reports it, in micro-dollars.
    pub confidence_micros: i64,
    /// Hour of the day, UTC.
    pub hour: u8,
}

/// Seconds between prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Quiet hours; at most 900, since an hour needs its four prices.
    pub quiet_secs: i64,
    /// The hour before the crash and the hours after it.
    pub active_secs: i64,
    /// The hour of the crash, away from the burst.
    pub crash_hour_secs: i64,
    /// Five minutes before the burst and after it: 21:10 to 21:15 and 21:20:10 to 21:25.
    pub shoulder_secs: i64,
    /// The burst: 21:15:00 to 21:20:10. The seconds of the recorded bursts are always there as well.
    pub burst_secs: i64,
}

impl Resolution {
    /// What the demonstration replays.
    pub const FULL: Self =
        Self { quiet_secs: 600, active_secs: 60, crash_hour_secs: 15, shoulder_secs: 5, burst_secs: 2 };
    /// About half of it.
    pub const FAST: Self =
        Self { quiet_secs: 900, active_secs: 150, crash_hour_secs: 40, shoulder_secs: 15, burst_secs: 5 };

    fn validate(&self) -> Result<()> {
        let steps =
            [self.quiet_secs, self.active_secs, self.crash_hour_secs, self.shoulder_secs, self.burst_secs];
        let is_sound = steps.iter().all(|step| (1..=HOUR_SECS / 4).contains(step));
        ensure!(is_sound, "every step of the resolution must lie between 1 and 900 seconds");
        Ok(())
    }
}

/// The day's prices, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricePath {
    ticks: Vec<Tick>,
}

impl PricePath {
    /// Draws the path through the first 24 hours of the table. The same seed draws the same path, and an hour's path
    /// depends on nothing but the seed and that hour's resolution.
    pub fn build(table: &HourlyTable, seed: u64, resolution: Resolution) -> Result<Self> {
        resolution.validate()?;
        let day = table.hours().get(..DAY_HOURS).context("the table holds less than a day")?;
        let mut ticks = Vec::new();
        for (number, hour) in (0_u8..).zip(day) {
            let mut rng = random::stream(seed, u64::from(number));
            let (times, legs) = if hour.unix_ts == CRASH_HOUR_TS {
                let times = crash_hour::times(&resolution);
                let legs = crash_hour::legs(hour, &times, &mut rng);
                (times, legs)
            } else {
                let is_active = (hour.unix_ts - CRASH_HOUR_TS).abs() <= HOUR_SECS || number == 23;
                let step = if is_active { resolution.active_secs } else { resolution.quiet_secs };
                let times = spaced(0, HOUR_SECS, step);
                let legs = ordinary_legs(hour, times.len(), &mut rng);
                (times, legs)
            };
            let prices = bridge::draw(&times, &legs, &mut rng);
            let start = i64::from(number) * HOUR_SECS;
            ticks.extend(times.iter().zip(prices).map(|(second, price_micros)| Tick {
                offset_secs: start + second,
                price_micros,
                confidence_micros: 0,
                hour: number,
            }));
        }
        set_confidence(&mut ticks);
        Ok(Self { ticks })
    }

    /// All prices, oldest first.
    pub fn ticks(&self) -> &[Tick] {
        &self.ticks
    }
}

/// Seconds from `start` until before `end`.
fn spaced(start: i64, end: i64, step: i64) -> Vec<i64> {
    (0..).map(|index| start + index * step).take_while(|second| *second < end).collect()
}

/// Open, the two extremes in one order or the other, close.
fn ordinary_legs(hour: &Hour, count: usize, rng: &mut ChaCha8Rng) -> Vec<Leg> {
    let Hour { open_micros: open, high_micros: high, low_micros: low, close_micros: close, .. } = *hour;
    // The shorter way through all four prices is the likelier one: an hour that fell saw its high first.
    let travel = |first: i64, second: i64| {
        micros((open - first).abs() + (first - second).abs() + (second - close).abs()).powi(2)
    };
    let (low_first, high_first) = (travel(low, high), travel(high, low));
    let is_low_first = rng.random::<f64>() * (low_first + high_first) < high_first;
    let (first, second) = if is_low_first { (low, high) } else { (high, low) };
    let last = count.saturating_sub(1);
    // A third of the hour between the extremes and a tenth before and after them, so that no ordinary hour crosses its
    // range at once. At least four prices make room for both inside open and close.
    let (gap, margin) = ((count / 3).max(1), (count / 10).max(1));
    let first_index = rng.random_range(margin..=last.saturating_sub(margin + gap).max(margin));
    let second_index =
        rng.random_range(first_index + gap..=last.saturating_sub(margin).max(first_index + gap));
    let mut knots = vec![Knot { index: 0, price: open }];
    // An extreme that is the open or the close is touched there.
    let extremes = [(first_index, first), (second_index, second)];
    let inner = extremes.into_iter().filter(|(_, price)| *price != open && *price != close);
    knots.extend(inner.map(|(index, price)| Knot { index, price }));
    knots.push(Knot { index: last, price: close });
    let sigma = BRIDGE_SHARE * hourly_sigma(hour);
    knots
        .windows(2)
        .map(|pair| Leg { from: pair[0], to: pair[1], floor: low, ceiling: high, sigma })
        .collect()
}

/// Volatility that the range of the hour implies, in micro-dollars per root second (Parkinson's estimator).
fn hourly_sigma(hour: &Hour) -> f64 {
    let range = micros(hour.high_micros - hour.low_micros);
    range / (4.0 * std::f64::consts::LN_2 * micros(HOUR_SECS)).sqrt()
}

/// Confidence follows the volatility of the last seconds, as publishers' spreads do.
fn set_confidence(ticks: &mut [Tick]) {
    let mut previous: Option<Tick> = None;
    let mut volatility = 0.0_f64;
    for tick in ticks {
        let price = micros(tick.price_micros);
        if let Some(before) = previous {
            let elapsed = micros((tick.offset_secs - before.offset_secs).max(1));
            let moved = (price / micros(before.price_micros)).ln().abs() / elapsed.sqrt();
            volatility = moved.max(volatility * (-elapsed / CONFIDENCE_MEMORY_SECS).exp());
        }
        let share = (CONFIDENCE_CALM + volatility).min(CONFIDENCE_MAX);
        // as-safety: a share of a price that fits 64 bits; saturates on anything else.
        tick.confidence_micros = (price * share) as i64;
        previous = Some(*tick);
    }
}

/// Lossless for everything below 2^53: prices up to 9 billion dollars.
fn micros(value: i64) -> f64 {
    // as-safety: see above.
    value as f64
}

/// A dollar, where knots are placed in dollars.
const DOLLAR: f64 = MICROS_PER_DOLLAR as f64;
