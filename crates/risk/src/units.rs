//! Units as types. Two quantities of different units never share a primitive in an argument list.
//!
//! Every scale is a power of two, so that leaving a scale is a shift and the direction of rounding is visible.

/// Fractional bits of [`Price`].
pub const PRICE_BITS: u32 = 32;
/// Fractional bits of [`Units`] and [`Base`].
pub const UNIT_BITS: u32 = 16;
/// Fractional bits of [`Scale`].
pub const SCALE_BITS: u32 = 62;
/// Fractional bits of [`Earned`].
pub const EARNED_BITS: u32 = 32;
/// Fractional bits of [`Log`].
pub const LOG_BITS: u32 = 40;
/// Parts per million in one.
pub const PPM_ONE: u32 = 1_000_000;
/// Largest absolute position, in whole lots. Keeps every product of this crate inside 128 bits:
/// units < 2^52 (this bound and [`UNIT_BITS`]), times a 64-bit price or scale, is below 2^116.
pub const LOTS_MAX: i64 = 1 << 36;

/// Quote atoms (the smallest unit of the group's quote mint), signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuoteAtoms(pub i64);

/// Price in quote atoms per quantum, in 2^-32. A quantum is one lot of a market or one atom of a collateral mint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(pub u64);

/// Whole base lots, signed: positive is long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lots(pub i64);

/// What a position stores: claims on its side of the market, in 2^-16 lots at scale one, signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Units(pub i64);

/// Base of a position, in 2^-16 lots, signed. Equal to its [`Units`] as long as the side's scale is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Base(pub i64);

/// Base per unit of one market side, in 2^-62. One at the start; only deleveraging lowers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scale(pub u64);

/// Cumulative quote per whole unit of one market side, in 2^-32 quote atoms, signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Earned(pub i128);

/// A ratio in parts per million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ppm(pub u32);

/// A natural logarithm in 2^-40, signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Log(pub i64);

/// Variance of log returns per second, in 2^-64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct VarianceRate(pub u64);

/// Unix time in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub i64);

/// A duration in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub u64);

/// Which side of a market a position is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Gains when the price rises.
    Long,
    /// Gains when the price falls.
    Short,
}

impl Scale {
    /// The scale of a side that was never deleveraged.
    pub const ONE: Scale = Scale(1 << SCALE_BITS);
}

impl Default for Scale {
    fn default() -> Self {
        Scale::ONE
    }
}

impl Side {
    /// The side that takes the other end of every contract of this one.
    pub const fn opposite(self) -> Side {
        match self {
            Side::Long => Side::Short,
            Side::Short => Side::Long,
        }
    }

    /// Index into arrays that hold one element per side: long first.
    pub const fn index(self) -> usize {
        match self {
            Side::Long => 0,
            Side::Short => 1,
        }
    }
}

impl Units {
    /// The side of a position with these units; `None` when it is flat.
    pub const fn side(self) -> Option<Side> {
        match self.0 {
            0 => None,
            1.. => Some(Side::Long),
            _ => Some(Side::Short),
        }
    }
}

impl Seconds {
    /// Time from `earlier` to `later`; zero when the clock went backwards, so that no caller divides by or
    /// accumulates a negative duration.
    pub const fn between(earlier: UnixTime, later: UnixTime) -> Seconds {
        if later.0 <= earlier.0 {
            Seconds(0)
        } else {
            Seconds(later.0.abs_diff(earlier.0))
        }
    }
}
