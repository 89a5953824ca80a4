//! Figures of the end table that follow from samples: how far open interest and the reproduction number went.

use super::{Row, Sample, Value};

/// Hundredths of ln price that the depth moves: it moves it by one.
const PERCENTS: u128 = 100;

/// Largest open interest over the quote that moves the price by 1 %, and largest reproduction number of both sides.
pub fn rows(samples: &[Sample]) -> Vec<Row> {
    let ratio = samples.iter().filter_map(over_one_percent).max();
    let highest = |side: usize| samples.iter().map(|sample| sample.reproduction_ppm[side]).max();
    let both = match (highest(0), highest(1)) {
        (Some(longs), Some(shorts)) => format!("{} / {}", decimal(longs.into()), decimal(shorts.into())),
        _ => "not sampled".to_owned(),
    };
    let ratio = ratio.map_or_else(|| "not sampled".to_owned(), |ratio| format!("{}x", decimal(ratio)));
    vec![
        Row::new("Peak open interest over the quote that moves the price 1 %", Value::Text(ratio)),
        Row::new("Highest R (longs / shorts)", Value::Text(both)),
    ]
}

/// Open interest over a hundredth of the depth, in ppm; `None` without a depth.
fn over_one_percent(sample: &Sample) -> Option<u128> {
    let scaled = u128::from(sample.open_interest_atoms) * PERCENTS * 1_000_000;
    scaled.checked_div(sample.depth_atoms.into())
}

/// Millionths as a number with two decimals, rounded down.
fn decimal(ppm: u128) -> String {
    format!("{}.{:02}", ppm / 1_000_000, ppm % 1_000_000 / 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(samples: &[Sample]) -> Vec<String> {
        rows(samples).iter().map(|row| row.value.to_string()).collect()
    }

    #[test]
    fn peaks_are_the_largest_of_all_samples_each_for_itself() {
        let sample = |open_interest_atoms, reproduction_ppm| Sample {
            open_interest_atoms,
            reproduction_ppm,
            depth_atoms: 40_000,
            ..Sample::default()
        };
        // A hundredth of the depth is 400: 6 421 atoms are 16.0525 times that.
        let samples = [sample(5_000, [120_000, 934_999]), sample(6_421, [1_200_000, 7_000])];
        assert_eq!(texts(&samples), ["16.05x", "1.20 / 0.93"]);
    }

    #[test]
    fn without_samples_or_depth_there_are_no_peaks() {
        assert_eq!(texts(&[]), ["not sampled", "not sampled"]);
        assert_eq!(texts(&[Sample::default()]), ["not sampled", "0.00 / 0.00"]);
    }
}
