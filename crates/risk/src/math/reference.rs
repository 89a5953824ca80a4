//! Test reference: binary floating point of 208 bits (62 decimal digits), independent of the code under test.

use std::vec::Vec;

use dashu_float::round::mode::HalfEven;
use dashu_float::FBig;

/// A number of 208 bits.
pub(crate) type Big = FBig<HalfEven, 2>;

/// The integer `x`, exactly.
pub(crate) fn big<T: Into<Big>>(x: T) -> Big {
    x.into().with_precision(208).value()
}

/// `x * 2^-bits`, exactly.
pub(crate) fn scaled<T: Into<Big>>(x: T, bits: isize) -> Big {
    big(x) >> bits
}

/// `floor(x)` as an exact integer.
pub(crate) fn floor(x: &Big) -> Big {
    x.floor().with_precision(208).value()
}

/// SplitMix64: reproducible arguments for tests that need more of them than proptest's shrinking is worth.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`, which is not zero.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Every bit length equally likely, zero included.
    pub(crate) fn any_length(&mut self) -> u64 {
        match self.below(65) {
            0 => 0,
            bits => (self.next() | 1 << 63) >> (64 - bits),
        }
    }
}

// Marked once more, beside the module's own mark: floating point is for tests.
#[cfg(test)]
impl Random {
    /// Standard normal, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let mut uniform = || (self.next() >> 11) as f64 / 2f64.powi(53);
        let (a, b) = (uniform().max(1e-300), uniform());
        (-2.0 * a.ln()).sqrt() * (2.0 * std::f64::consts::PI * b).cos()
    }
}

/// Zero, the neighbours of every power of two, the largest value.
pub(crate) fn edges_u64() -> Vec<u64> {
    let mut edges: Vec<u64> = (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1]).collect();
    edges.extend([u64::MAX - 1, u64::MAX, 10, 999_999, 1_000_000, 1_000_001, 0xffff_fffe_0000_0001]);
    edges
}
