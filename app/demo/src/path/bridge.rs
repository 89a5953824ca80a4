//! A Brownian bridge through fixed prices, held inside bounds.

use {super::micros, crate::random::normal, rand_chacha::ChaCha8Rng};

/// A price the path must pass, at an index of the time grid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knot {
    pub index: usize,
    /// Micro-dollars.
    pub price: i64,
}

/// The way from one knot to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leg {
    pub from: Knot,
    pub to: Knot,
    /// Prices between the knots stay between these two, in micro-dollars.
    pub floor: i64,
    pub ceiling: i64,
    /// Micro-dollars per root second.
    pub sigma: f64,
}

/// Prices at all times, for legs that join from the first time to the last.
pub(super) fn draw(times: &[i64], legs: &[Leg], rng: &mut ChaCha8Rng) -> Vec<i64> {
    let mut prices: Vec<i64> = Vec::with_capacity(times.len());
    prices.extend(legs.first().map(|leg| leg.from.price));
    for leg in legs {
        let Some(way) = times.get(leg.from.index..=leg.to.index) else { continue };
        let end = way.last().copied().unwrap_or_default();
        let mut price = micros(leg.from.price);
        for pair in way.windows(2) {
            let (before, now) = (pair[0], pair[1]);
            if now == end {
                break;
            }
            // Given the price before and the price at the end, the price now is normal with this mean and variance.
            let (elapsed, left) = (micros(now - before), micros(end - before));
            let mean = price + (micros(leg.to.price) - price) * elapsed / left;
            let variance = elapsed * (left - elapsed) / left;
            let drawn = mean + leg.sigma * variance.sqrt() * normal(rng);
            price = reflect(drawn, micros(leg.floor), micros(leg.ceiling));
            // as-safety: reflection bounded it by two 64-bit prices; rounding is undone by the clamp.
            prices.push((price.round() as i64).clamp(leg.floor, leg.ceiling));
        }
        prices.push(leg.to.price);
    }
    prices
}

/// Folds a value back at the bounds, as often as it takes.
fn reflect(value: f64, floor: f64, ceiling: f64) -> f64 {
    let width = ceiling - floor;
    if width <= 0.0 {
        return floor;
    }
    let folded = (value - floor).rem_euclid(2.0 * width);
    floor + if folded > width { 2.0 * width - folded } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reflection_stays_inside_and_keeps_what_is_inside() {
        // 12 lies 2 above the ceiling of 10, so it returns to 8; 25 passes both bounds: 10 - 15 = -5, then 5.
        for (value, expected) in [(3.0, 3.0), (12.0, 8.0), (-4.0, 4.0), (25.0, 5.0)] {
            assert_eq!(reflect(value, 0.0, 10.0), expected);
        }
        assert_eq!(reflect(3.0, 7.0, 7.0), 7.0);
    }
}
