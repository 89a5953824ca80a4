//! From what oracle accounts say to a price the system acts on.
//!
//! Adapters decode bytes into a [`Decoded`]; [`judge`] decides whether one source can be used; [`combine`] makes one
//! [`Assessment`] of two sources and [`combine_sources`] of three; [`permit`] is the one table that says what each
//! verdict allows.

mod combine;
mod convert;
mod median;
mod table;

pub use combine::{combine, judge, Assessment, Fault, Reading, SourceLimits};
pub use convert::{price_from_decimal, EXPONENT_MAX, EXPONENT_MIN};
pub use median::{combine_sources, Source};
pub use table::{permit, Action, Permit, Verdict};

use crate::units::UnixTime;

/// What an adapter read from one oracle account, not yet judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Price times `10^-exponent`.
    pub mantissa: i128,
    /// Confidence interval or standard deviation, same scale.
    pub confidence: u128,
    /// Power of ten of the mantissa.
    pub exponent: i32,
    /// When the source published the price.
    pub publish: UnixTime,
}

#[cfg(test)]
mod tests;
