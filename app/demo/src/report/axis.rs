//! An axis with the labels it was given; the library would choose round numbers of seconds, which are no clock times.

use {
    plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged},
    std::ops::Range,
};

/// A range of numbers and the places of its labels.
#[derive(Clone)]
pub(super) struct Axis {
    pub range: Range<f64>,
    pub labels: Vec<f64>,
}

impl Axis {
    /// An axis for values between two, ending at round numbers.
    pub(super) fn round(lowest: f64, highest: f64) -> Self {
        const STEPS: f64 = 5.0;
        let range = highest - lowest;
        if !range.is_finite() || range <= 0.0 {
            // One value only: one label, at the bottom.
            let bottom = if lowest.is_finite() { lowest } else { 0.0 };
            return Self { range: bottom..bottom + 1.0, labels: vec![bottom] };
        }
        let rough = range / STEPS;
        let magnitude = 10_f64.powf(rough.log10().floor());
        let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * magnitude >= rough);
        let step = factor.unwrap_or(10.0) * magnitude;
        let bottom = (lowest / step).floor() * step;
        // A little room above the highest value, so that it does not touch the frame.
        let top = ((highest + range * 0.03) / step).ceil() * step;
        let labels = (0..).map(|index| bottom + f64::from(index) * step);
        Self { range: bottom..top, labels: labels.take_while(|label| *label <= top + step / 2.0).collect() }
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, pixels: (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        let place = f64::from(pixels.0) + share * f64::from(pixels.1 - pixels.0);
        // as-safety: pixels of a drawing; saturates on values far off the axis.
        place.round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        self.labels.clone()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_and_labels_are_round_and_enclose_the_values() {
        let axis = Axis::round(168.79, 224.46);
        assert_eq!(axis.range, 160.0..240.0);
        assert_eq!(axis.labels, [160.0, 180.0, 200.0, 220.0, 240.0]);
        let flat = Axis::round(7.0, 7.0);
        assert_eq!((flat.range, flat.labels), (7.0..8.0, vec![7.0]));
        assert_eq!(Axis::round(f64::MAX, f64::MIN).labels.len(), 1);
    }
}
