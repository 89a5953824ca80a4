//! The hour from 21:00 to 22:00 UTC of 10 October 2025: its table has four prices, the bursts of liquidations say when
//! it fell.
//!
//! Liquidations of the largest perp venue came in ten bursts from 21:15:00 on. Taking impact as linear, each burst
//! takes a share of the fall in proportion to its number of liquidations, with a part of it regained until the next.

use {
    super::{
        bridge::{Knot, Leg},
        hourly_sigma, micros, spaced, Resolution, DOLLAR,
    },
    crate::table::{Hour, HOUR_SECS},
    rand::Rng,
    rand_chacha::ChaCha8Rng,
};

/// Second of the hour at which the burst begins: 21:15:00.
pub const BURST_START_SECS: i64 = 900;
/// Seconds since 21:15:00 and liquidations in the burst.
pub const LIQUIDATION_BURSTS: [(i64, u32); 10] = [
    (64, 11_279),
    (116, 3_255),
    (126, 2_468),
    (134, 1_179),
    (167, 1_035),
    (203, 2_226),
    (211, 2_248),
    (218, 1_664),
    (225, 954),
    (308, 357),
];
/// The burst that ended the fall. The one after it found a market that had turned.
const LAST_OF_FALL: usize = 8;
/// Seconds of the hour between which the resolution is that of the burst, and of its shoulders.
const BURST_END_SECS: i64 = BURST_START_SECS + 310;
const SHOULDER_SECS: (i64, i64) = (600, 1_500);
/// Part of the bridge's volatility away from the burst, where only few knots guide it.
const CALM_SHARE: f64 = 0.3;
/// Volatility between two bursts, as a share of the distance between their prices.
const BURST_ROUGHNESS: f64 = 0.35;

/// Seconds of the hour that have a price.
pub(super) fn times(resolution: &Resolution) -> Vec<i64> {
    let windows = [
        (0, SHOULDER_SECS.0, resolution.crash_hour_secs),
        (SHOULDER_SECS.0, BURST_START_SECS, resolution.shoulder_secs),
        (BURST_START_SECS, BURST_END_SECS, resolution.burst_secs),
        (BURST_END_SECS, SHOULDER_SECS.1, resolution.shoulder_secs),
        (SHOULDER_SECS.1, HOUR_SECS, resolution.crash_hour_secs),
    ];
    let mut times: Vec<i64> =
        windows.into_iter().flat_map(|(start, end, step)| spaced(start, end, step)).collect();
    times.extend(LIQUIDATION_BURSTS.iter().map(|(second, _)| BURST_START_SECS + second));
    times.sort_unstable();
    times.dedup();
    times
}

/// A price to pass; what is not fixed gives way where the grid has no room for it.
struct Waypoint {
    second: i64,
    price: i64,
    is_fixed: bool,
}

/// The way through the hour.
pub(super) fn legs(hour: &Hour, times: &[i64], rng: &mut ChaCha8Rng) -> Vec<Leg> {
    let knots = place(&waypoints(hour, rng), times);
    let slack = (micros(hour.high_micros - hour.low_micros) * 0.08).round();
    let second_of = |knot: &Knot| times.get(knot.index).copied().unwrap_or_default();
    let leg = |pair: &[Knot]| {
        let (from, to) = (pair[0], pair[1]);
        let (lower, upper) = (from.price.min(to.price), from.price.max(to.price));
        let (start, end) = (second_of(&from), second_of(&to));
        let elapsed = micros((end - start).max(1));
        if start >= BURST_START_SECS && end <= BURST_END_SECS {
            // Between bursts the price stays between its knots, so that the seconds of the bursts are its lows.
            let sigma = BURST_ROUGHNESS * micros(upper - lower) / elapsed.sqrt();
            return Leg { from, to, floor: lower, ceiling: upper, sigma };
        }
        // as-safety: a share of a price range.
        let slack = slack as i64;
        // Nor does it fall below the last burst before it has recovered from it.
        let is_turning = (BURST_START_SECS..BURST_END_SECS).contains(&start);
        Leg {
            from,
            to,
            floor: if is_turning { lower } else { (lower - slack).max(hour.low_micros) },
            ceiling: (upper + slack).min(hour.high_micros),
            sigma: CALM_SHARE * hourly_sigma(hour),
        }
    };
    knots.windows(2).map(leg).collect()
}

fn waypoints(hour: &Hour, rng: &mut ChaCha8Rng) -> Vec<Waypoint> {
    let fixed = |second, price| Waypoint { second, price, is_fixed: true };
    let loose = |second, price| Waypoint { second, price, is_fixed: false };
    // Quiet trading with the hour's high, back at about the open when the burst begins.
    let before = hour.open_micros - share(DOLLAR, rng.random_range(0.2..0.8));
    let mut points = vec![
        fixed(0, hour.open_micros),
        fixed(rng.random_range(120..480), hour.high_micros),
        fixed(BURST_START_SECS, before),
    ];
    let fall = micros(before - hour.low_micros);
    // The fall speeds up towards the first burst.
    points.push(loose(BURST_START_SECS + 30, before - share(fall, rng.random_range(0.05..0.1))));
    let bursts = LIQUIDATION_BURSTS.get(..=LAST_OF_FALL).unwrap_or_default();
    let total: f64 = bursts.iter().map(|(_, count)| f64::from(*count)).sum();
    let mut counted = 0.0;
    for (index, (second, count)) in bursts.iter().enumerate() {
        counted += f64::from(*count);
        let is_last = index == LAST_OF_FALL;
        let price = if is_last { hour.low_micros } else { before - share(fall, counted / total) };
        points.push(fixed(BURST_START_SECS + second, price));
        let next = LIQUIDATION_BURSTS.get(index + 1).map_or(*second, |burst| burst.0);
        let regained = if is_last { 0.22 } else { rng.random_range(0.2..0.45) * f64::from(*count) / total };
        points.push(loose(BURST_START_SECS + (second + next + 1) / 2, price + share(fall, regained)));
    }
    // The last burst hits a market that has turned; then the recovery, fast at first.
    let recovered = |part: f64| hour.low_micros + share(fall, part);
    points.push(fixed(BURST_START_SECS + LIQUIDATION_BURSTS[LAST_OF_FALL + 1].0, recovered(0.12)));
    for (second, part) in [(1_350, 0.34), (1_500, 0.5), (1_800, 0.64), (2_400, 0.8)] {
        points.push(loose(second, recovered(part + rng.random_range(-0.03..0.03))));
    }
    points.push(fixed(HOUR_SECS - 1, hour.close_micros));
    points
}

/// Whole micro-dollars of a share of an amount.
fn share(amount: f64, part: f64) -> i64 {
    // as-safety: parts of a price range; saturates on anything else.
    (amount * part).round() as i64
}

/// Waypoints on the grid, each at the first time that is not before it.
fn place(points: &[Waypoint], times: &[i64]) -> Vec<Knot> {
    let last = times.len().saturating_sub(1);
    let index_of = |point: &Waypoint| times.partition_point(|time| *time < point.second).min(last);
    let mut knots: Vec<Knot> = Vec::with_capacity(points.len());
    for (position, point) in points.iter().enumerate() {
        let index = index_of(point);
        let next_fixed = points.iter().skip(position + 1).find(|point| point.is_fixed).map(index_of);
        let has_room =
            knots.last().is_none_or(|knot| knot.index < index) && next_fixed.is_none_or(|next| index < next);
        if point.is_fixed || has_room {
            knots.push(Knot { index, price: point.price });
        }
    }
    knots
}
