//! Seeded draws. Floats are fine here: they shape the input of the demonstration and never touch its accounting.

use {
    rand::{Rng, SeedableRng},
    rand_chacha::ChaCha8Rng,
};

/// A generator for one purpose. Streams of the same seed are independent, so that more draws for one purpose do not
/// change the draws for another.
pub fn stream(seed: u64, purpose: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(purpose);
    rng
}

/// A standard normal draw (Box and Muller).
pub fn normal(rng: &mut ChaCha8Rng) -> f64 {
    // One minus a draw from [0, 1) is never zero, so the logarithm is finite.
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// A log-normal draw inside the bounds: draws outside are drawn again, so that no mass piles up at the bounds.
pub fn log_normal_within(rng: &mut ChaCha8Rng, median: f64, sigma: f64, bounds: (f64, f64)) -> f64 {
    const ATTEMPTS: u32 = 1_000;
    for _ in 0..ATTEMPTS {
        let draw = median * (sigma * normal(rng)).exp();
        if (bounds.0..=bounds.1).contains(&draw) {
            return draw;
        }
    }
    // Only bounds that hold almost none of the distribution lead here.
    median.clamp(bounds.0, bounds.1)
}
