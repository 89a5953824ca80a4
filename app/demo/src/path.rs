//! The undisturbed price path of a day: what the oracles would report if the demonstration itself moved nothing.
//!
//! Hourly prices say where the market opened, closed and turned, not how it went there. Inside each hour a seeded
//! bridge runs through open, both extremes and close: it touches the recorded high and low exactly and never leaves
//! them. An hour whose bursts of liquidations are recorded follows those ([`crash_hour`]).
//! Floats shape the path; what comes out are integers.

mod bridge;
mod crash_hour;
#[cfg(test)]
mod tests;

use {
    crate::{
        money::MICROS_PER_DOLLAR,
        random,
        scenario::{Profile, Scenario},
        table::{Hour, HOUR_SECS},
    },
    anyhow::{ensure, Result},
    bridge::{Knot, Leg},
    rand::Rng,
    rand_chacha::ChaCha8Rng,
};

pub use crash_hour::{BURST_START_SECS, LIQUIDATION_BURSTS};

/// Range of an hour, as a share of its open, from which it is drawn in more than the coarsest steps: a single step must
/// not hold most of a large move, or nobody could act in between.
const WIDE_RANGE_PPM: i64 = 80_000;
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
    /// Seconds since the window began.
    pub offset_secs: i64,
    /// Price in micro-dollars per SOL.
    pub price_micros: i64,
    /// Confidence interval as an oracle reports it, in micro-dollars.
    pub confidence_micros: i64,
    /// Number of the hour within the window.
    pub hour: u8,
}

/// Seconds between prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Quiet hours; at most 900, since an hour needs its four prices.
    pub quiet_secs: i64,
    /// Hours beside the crash, hours with a wide range, and the last one.
    pub active_secs: i64,
    /// Hours of the crash, away from a recorded burst.
    pub crash_hour_secs: i64,
    /// Five minutes before a recorded burst and after it.
    pub shoulder_secs: i64,
    /// A recorded burst. The seconds of its liquidations are always there as well.
    pub burst_secs: i64,
}

impl Resolution {
    /// What the demonstration replays.
    pub const FULL: Self =
        Self { quiet_secs: 600, active_secs: 60, crash_hour_secs: 15, shoulder_secs: 5, burst_secs: 2 };
    /// About half of it, or less.
    pub const FAST: Self =
        Self { quiet_secs: 900, active_secs: 200, crash_hour_secs: 60, shoulder_secs: 15, burst_secs: 5 };

    fn validate(&self) -> Result<()> {
        let steps =
            [self.quiet_secs, self.active_secs, self.crash_hour_secs, self.shoulder_secs, self.burst_secs];
        let is_sound = steps.iter().all(|step| (1..=HOUR_SECS / 4).contains(step));
        ensure!(is_sound, "every step of the resolution must lie between 1 and 900 seconds");
        Ok(())
    }
}

/// How an hour is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Along the recorded bursts.
    Bursts,
    /// A bridge with this many seconds between prices.
    Bridge(i64),
}

/// The window's prices, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricePath {
    ticks: Vec<Tick>,
}

impl PricePath {
    /// Draws the path through the hours of the scenario. The same seed draws the same path, and an hour's path depends
    /// on nothing but the seed and that hour's resolution.
    pub fn build(scenario: &Scenario, seed: u64, resolution: Resolution) -> Result<Self> {
        resolution.validate()?;
        let hours = scenario.hours()?;
        let mut ticks = Vec::new();
        for (number, hour) in (0_u8..).zip(&hours) {
            let is_last = usize::from(number) + 1 == hours.len();
            let mut rng = random::stream(seed, u64::from(number));
            let (times, legs) = match kind(scenario, (number, hour), is_last, &resolution) {
                Kind::Bursts => {
                    let times = crash_hour::times(&resolution);
                    let legs = crash_hour::legs(hour, &times, &mut rng);
                    (times, legs)
                }
                Kind::Bridge(step) => {
                    let times = spaced(0, HOUR_SECS, step);
                    let legs = ordinary_legs(hour, times.len(), &mut rng);
                    (times, legs)
                }
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

fn kind(scenario: &Scenario, (number, hour): (u8, &Hour), is_last: bool, resolution: &Resolution) -> Kind {
    if scenario.crash_hours.contains(&number) {
        return match scenario.profile {
            Profile::RecordedBursts => Kind::Bursts,
            Profile::Bridge => Kind::Bridge(resolution.crash_hour_secs),
        };
    }
    let is_beside = scenario.crash_hours.iter().any(|crash| crash.abs_diff(number) == 1);
    let range_ppm = (hour.high_micros - hour.low_micros) * 1_000_000 / hour.open_micros.max(1);
    let is_active = is_beside || is_last || range_ppm >= WIDE_RANGE_PPM;
    Kind::Bridge(if is_active { resolution.active_secs } else { resolution.quiet_secs })
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
