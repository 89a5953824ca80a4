use std::println;
use std::vec::Vec;

use super::*;
use crate::math::reference::{big, edges_u64, scaled, Big, Random};

/// `value` in 2^-bits minus `exact`, in units of 2^-bits.
fn error<T: Into<Big>>(value: T, exact: &Big, bits: usize) -> f64 {
    let difference = big(value) - (exact.clone() << bits as isize);
    difference.to_f64().value()
}

/// Largest errors below and above the exact value.
#[derive(Default)]
struct Spread {
    below: f64,
    above: f64,
}

impl Spread {
    fn add(&mut self, error: f64) {
        self.below = self.below.min(error);
        self.above = self.above.max(error);
    }

    fn assert_within(&self, name: &str, below: f64, above: f64) {
        println!("{name}: error between {} and {} units of the last place", self.below, self.above);
        assert!(self.below > -below && self.above < above, "{name}: {} {}", self.below, self.above);
    }
}

/// Arguments of a logarithm: all powers of two and their neighbours, cell borders, random of every length.
fn positive_arguments() -> Vec<u64> {
    let mut random = Random(3);
    let mut arguments: Vec<u64> = edges_u64();
    for exponent in [6u32, 10, 49, 63] {
        for index in 64u64..128 {
            let border = index << (exponent - 6);
            arguments.extend([border - 1, border, border + 1]);
        }
    }
    arguments.extend((0..23_500).map(|_| random.any_length()));
    arguments.retain(|x| *x != 0);
    arguments.sort_unstable();
    arguments.dedup();
    arguments
}

/// Arguments of e^-x in 2^-32: the neighbours of multiples of ln 2 and of 1/64, small ones, random of every length.
fn decay_arguments() -> Vec<u64> {
    let mut random = Random(4);
    let mut arguments: Vec<u64> = edges_u64().into_iter().filter(|x| *x < 48 << 32).collect();
    for k in 0u64..65 {
        let border = ((u128::from(k) * u128::from(LN_2_Q64)) >> 32) as u64;
        arguments.extend((0..12).map(|step| (border + step).saturating_sub(6)));
    }
    for j in 0u64..(44 * 64) {
        let border = j << 26;
        arguments.extend([border.saturating_sub(1), border, border + 1]);
    }
    arguments.extend((0..6_000).map(|_| random.any_length() % (48 << 32)));
    arguments.extend((0..6_000).map(|_| random.below(48 << 32)));
    arguments.sort_unstable();
    arguments.dedup();
    arguments
}

/// The reference costs far more than the code under test, so each exact value serves all functions of its argument.
fn exact_exp_neg(x_q32: u64) -> Big {
    (-scaled(x_q32, 32)).exp()
}

#[test]
fn tables_are_their_definitions() {
    let nearest = |exact: Big, bits: usize, value: u64| {
        let off = error(value, &exact, bits).abs();
        assert!(off <= 0.5, "{value} is off by {off}");
    };
    for index in 0..64u64 {
        let at = index as usize;
        let reciprocal = u64::from(RECIPROCAL[at]);
        assert_eq!(reciprocal, (4096u64 * 64).div_ceil(64 + index));
        nearest(-scaled(reciprocal, 12).ln(), 57, LN_CELL[at]);
        nearest(exact_exp_neg(index << 26), 63, EXP_CELL[at]);
        // The cell's mantissas times the reciprocal stay in [1, 1 + 2^-6].
        assert!(reciprocal * (64 + index) >= 4096 * 64);
        assert!(reciprocal * (65 + index) <= 4096 * 65);
    }
    let mut factorial = 1u64;
    for n in 2..=8u64 {
        factorial *= n;
        let at = n as usize - 2;
        nearest(big(1) / big(n), 64, INVERSE[at]);
        nearest(big(1) / big(factorial), 64, INVERSE_FACTORIAL[at]);
    }
    nearest(big(2).ln(), 64, LN_2_Q64);
    nearest(big(2).ln(), 57, LN_2_Q57);
    let inverse = error(INVERSE_LN_2_Q30, &(big(1) / big(2).ln()), 30);
    assert!(inverse <= 0.0 && inverse > -1.0);
}

#[test]
fn ln_and_ln_ratio_are_within_their_bounds_and_monotone() {
    let mut random = Random(6);
    let arguments = positive_arguments();
    assert!(arguments.len() > 20_000);
    let (mut spread, mut wide, mut ratio) = (Spread::default(), Spread::default(), Spread::default());
    let mut known: Vec<(u64, Big)> = Vec::new();
    for x in arguments {
        let (value, exact) = (ln_u64(x).unwrap(), big(x).ln());
        spread.add(error(value.0, &exact, 40));
        wide.add(error(ln_q57(x), &exact, 57));
        assert_eq!(ln_ratio(x, 1), Ok(value));
        assert_eq!(ln_ratio(x, x), Ok(Log(0)));
        if let Some((last, _)) = known.last() {
            assert!(value >= ln_u64(*last).unwrap(), "ln({x}) is below ln({last})");
            // Against a near argument, which is where returns are measured, and against any.
            for back in [1 + random.below(200), 1 + random.below(known.len() as u64)] {
                let (other, exact_other) = &known[known.len().saturating_sub(back as usize)];
                let quotient = ln_ratio(x, *other).unwrap();
                ratio.add(error(quotient.0, &(exact.clone() - exact_other), 40));
                let mirrored = ln_ratio(*other, x).unwrap();
                assert!((quotient.0 + mirrored.0).abs() <= 1, "ln({x}/{other}) and its mirror image differ");
            }
        }
        known.push((x, exact));
    }
    spread.assert_within("ln_u64", 0.51, 0.51);
    ratio.assert_within("ln_ratio", 0.51, 0.51);
    // 2^-48 + 2^-51 and 2^-51, in 2^-57.
    wide.assert_within("ln in 2^-57", 576.0, 64.0);
    assert_eq!(ln_u64(1), Ok(Log(0)));
    assert_eq!(ln_u64(0), Err(RiskError::DomainError));
    assert_eq!(ln_ratio(0, 1), Err(RiskError::DomainError));
    assert_eq!(ln_ratio(1, 0), Err(RiskError::DomainError));
}

#[test]
fn ln_is_monotone_from_each_number_to_the_next() {
    let mut random = Random(5);
    // In the top octave the cut makes steps of 2^15: walk along whole steps, in 2^-57 where a reversal would show.
    let starts = (64u64..128).map(|cell| cell << 57).chain((0..4_000).map(|_| random.next() | 1 << 63));
    for start in starts {
        let mut last = 0;
        let first = (start & !0x7fff).saturating_sub(4 << 15);
        for step in 0..8u64 {
            let Some(x) = first.checked_add(step << 15) else { break };
            let value = ln_q57(x);
            assert!(value >= last, "ln falls at {x}");
            if x >= 1 << 63 {
                assert_eq!(value, ln_q57(x | 0x7fff), "the argument is not cut at {x}");
            }
            last = value;
        }
    }
    let mut last = Log(0);
    for x in 1..200_000 {
        let value = ln_u64(x).unwrap();
        assert!(value >= last);
        last = value;
    }
}

#[test]
fn exponentials_are_within_their_bounds_monotone_and_enclosed() {
    let arguments = decay_arguments();
    assert!(arguments.len() > 20_000);
    let [mut decay, mut decay_relative, mut rest, mut rest_relative, mut rest_small, mut below_one, mut above_one] =
        core::array::from_fn(|_| Spread::default());
    let one = big(1);
    let (mut last_decay, mut last_rest, mut last_above) = (u64::MAX, 0, 0);
    for x in arguments {
        let exact = exact_exp_neg(x);
        let (value, complement) = (exp_neg(x), one_minus_exp_neg(x));
        let off = error(value, &exact, 63);
        decay.add(off);
        // Relative to the result, in 2^-32, for results of at least 2^-31.
        if x < 21 << 32 {
            decay_relative.add(off / exact.to_f64().value() / 2f64.powi(31));
        }
        assert!(value <= last_decay, "e^-{x} is above that of a smaller argument");
        assert!(error(exp_neg_ceil(x), &exact, 63) >= 0.0, "ceiling of e^-{x}");
        assert!(error(exp_neg_floor(x), &exact, 63) <= 0.0, "floor of e^-{x}");

        let exact_rest = one.clone() - &exact;
        let off = error(complement, &exact_rest, 63);
        rest.add(off);
        if x > 0 {
            let off_relative = off / (exact_rest.to_f64().value() * 2f64.powi(63));
            rest_small.add(off_relative * 2f64.powi(30));
            if x >= SMALL_Q32 {
                rest_relative.add(off_relative * 2f64.powi(55));
            }
        }
        assert!(complement >= last_rest, "1 - e^-{x} is below that of a smaller argument");

        let x_q40 = (x << 8).cast_signed();
        below_one.add(error(exp(Log(-x_q40)).unwrap(), &exact, 32));
        if Log(x_q40) <= EXP_ARGUMENT_MAX {
            let grown = exp(Log(x_q40)).unwrap();
            above_one.add(error(grown, &(one.clone() / &exact), 32));
            assert!(grown >= last_above, "e^{x} is below that of a smaller argument");
            last_above = grown;
        }
        (last_decay, last_rest) = (value, complement);
    }
    decay.assert_within("exp_neg", 1.6, 1.6);
    decay_relative.assert_within("exp_neg relative, 2^-32", 1.0, 1.0);
    rest.assert_within("one_minus_exp_neg", 1.6, 1.6);
    rest_small.assert_within("one_minus_exp_neg relative, 2^-30", 1.0, 1.0);
    rest_relative.assert_within("one_minus_exp_neg relative from 2^-6, 2^-55", 1.0, 1.0);
    below_one.assert_within("exp of negative arguments", 1.0, 1.0);
    above_one.assert_within("exp of positive arguments", 4.0, 4.0);
}

#[test]
fn exponentials_are_exact_at_their_ends() {
    assert_eq!((exp_neg(0), exp_neg_floor(0), exp_neg_ceil(0)), (EXP_ONE, EXP_ONE, EXP_ONE));
    assert_eq!((exp_neg(u64::MAX), exp_neg_floor(u64::MAX), exp_neg_ceil(u64::MAX)), (0, 0, 1));
    assert_eq!((one_minus_exp_neg(0), one_minus_exp_neg(u64::MAX)), (0, EXP_ONE));
    assert_eq!(exp(Log(0)), Ok(1 << 32));
    assert_eq!(exp(Log(i64::MIN)), Ok(0));
    assert_eq!(exp(Log(EXP_ARGUMENT_MAX.0 + 1)), Err(RiskError::Overflow));
}

#[test]
fn exp_with_all_bits_of_its_argument_is_within_its_bound_and_inverts_ln() {
    let mut random = Random(7);
    let mut spread = Spread::default();
    // Neighbours of multiples of ln 2, where the number of doublings changes, and any.
    let near_doublings = (-33i64..31).flat_map(|k| {
        let at = ((i128::from(k) * i128::from(LN_2_Q64)) >> 24) as i64;
        (-3..4).map(move |step| at + step)
    });
    let mut arguments: Vec<i64> =
        near_doublings.chain((0..1_000).map(|_| random.below(45 << 40).cast_signed() - (24 << 40))).collect();
    arguments.sort_unstable();
    let mut last = 0;
    for x in arguments {
        let value = exp(Log(x)).unwrap();
        spread.add(error(value, &scaled(x, 40).exp(), 32));
        assert!(value >= last, "exp({x}) is below that of a smaller argument");
        last = value;
    }
    spread.assert_within("exp", 4.0, 4.0);
    for x in [1u64, 3, 1_000, 123_456_789] {
        // The logarithm's rounding is 2^-41 of the result, the last place 2^-32.
        let back = exp(ln_u64(x).unwrap()).unwrap();
        assert!(back.abs_diff(x << 32) <= 3 + (x >> 9), "{x} became {back} / 2^32");
    }
}
