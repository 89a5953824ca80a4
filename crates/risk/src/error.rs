//! The one error type of this crate: a plain enum, without allocation or formatting, so that the program can
//! map each variant to its own error code.

/// Why a calculation was refused. No function of this crate panics or wraps; it returns one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskError {
    /// The exact result does not fit the type of the result.
    Overflow,
    /// A divisor (depth, open interest, scale, price) was zero.
    DivisionByZero,
    /// A price was zero or negative, or not representable as quote atoms per quantum in 2^-32.
    PriceOutOfRange,
    /// An oracle exponent lies outside the range that can be converted exactly.
    ExponentOutOfRange,
    /// A logarithm of zero, or an argument outside the documented domain of a function.
    DomainError,
    /// A loss cannot be charged to a side on which nobody holds anything.
    EmptySide,
    /// Applying a fill would leave the account with more than the largest position that can be valued exactly.
    PositionTooLarge,
    /// A reporter speaks twice about the same thing.
    ReportedTwice,
}

/// Result of this crate's calculations.
pub type Result<T> = core::result::Result<T, RiskError>;
