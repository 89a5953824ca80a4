//! What valuation needs to know about prices, markets and collaterals.

use crate::{
    claim::HaircutIndex,
    error::{Result, RiskError},
    math::{
        fixed::{mul_shift_ceil, mul_wide},
        sqrt::sqrt_ceil_u128,
    },
    side::SideIndex,
    size::FreeSize,
    units::{Ppm, Price, Seconds, Side, VarianceRate, PPM_ONE},
};

const FRACTION_BITS: u32 = 32;
const LOW_HALF: u64 = 0xffff_ffff;

/// A share in 2^-32, so that taking it of a number needs no division.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fraction(u64);

/// A price with its band and its slow companion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PricePoint {
    /// Price after guards.
    pub price: Price,
    /// Half-width of the band around it.
    pub confidence: Price,
    /// Slow price with bounded growth.
    pub ema: Price,
    /// How far the price may have moved since it was read; counts against opening risk and withdrawing only, so
    /// that nobody is liquidated because a price was left to age.
    pub drift: Price,
}

/// What margin needs to know about a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketTerms {
    /// Prices per lot.
    pub point: PricePoint,
    /// Initial margin as a share of notional.
    pub initial: Ppm,
    /// Maintenance margin as a share of notional.
    pub maintenance: Ppm,
    /// Notional up to which both margins stay that share.
    pub free_size: FreeSize,
    /// Weight of unsettled profit in initial equity, where it counts up to its own position's margin; at most one.
    pub profit_weight: Ppm,
    /// Scale and earned index, long side first.
    pub sides: [SideIndex; 2],
    /// What claims of the market are worth.
    pub haircut: HaircutIndex,
}

/// One side of a market, ready for valuing positions for maintenance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FairTerms {
    /// Price at which base of this side is valued.
    pub fair: Price,
    /// Price of its notional.
    pub price: Price,
    /// Maintenance margin as a share of notional.
    pub maintenance: Fraction,
    /// Notional up to which margins stay that share, those for opening risk included.
    pub free_size: FreeSize,
}

/// One side of a market, ready for valuing positions for opening risk and withdrawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpeningTerms {
    /// Price at which base of this side is valued.
    pub worse: Price,
    /// Price of its notional: the higher of price and slow price.
    pub top: Price,
    /// Initial margin as a share of notional.
    pub initial: Fraction,
    /// Weight of unsettled profit in initial equity, where it counts up to its own position's margin.
    pub profit_weight: Weight,
}

/// What margin needs to know about one side of a market, by reference: rows are read where they lie.
#[derive(Clone, Copy, Debug)]
pub struct SideTerms<'a> {
    /// For maintenance.
    pub fair: &'a FairTerms,
    /// For opening risk and withdrawing; `None` when only maintenance is wanted, at about half the cost.
    pub opening: Option<&'a OpeningTerms>,
    /// Scale and earned index of the position's side; any side's for a flat position.
    pub index: &'a SideIndex,
    /// What claims of the market are worth.
    pub haircut: &'a HaircutIndex,
}

/// What positive values count for: at most all of it. A negative value counts in full, so that weights only ever lower
/// equity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight(Fraction);

/// What margin needs to know about a collateral mint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollateralTerms {
    /// Prices per atom of the mint.
    pub point: PricePoint,
    /// Weight in maintenance equity; at most one.
    pub maintenance_weight: Ppm,
    /// Weight in initial equity; at most one.
    pub initial_weight: Ppm,
}

/// How far a price may have drifted: `z·σ·√age` of the price, rounded up, with the variance per second `σ²`.
///
/// # Errors
/// `Overflow` when the drift does not fit 64 bits, `σ·√age` is 256 or more, or `z` is 2^24 or more.
pub fn drift(price: Price, variance: VarianceRate, age: Seconds, z: u32) -> Result<Price> {
    // Variance in 2^-64 has its root in 2^-32.
    let root = sqrt_ceil_u128(mul_wide(variance.0, age.0))?;
    // A checked product of two words costs the VM as much as the root; these bounds keep it below 2^64.
    if root >> 40 != 0 || z >> 24 != 0 {
        return Err(RiskError::Overflow);
    }
    mul_shift_ceil(price.0, root.wrapping_mul(u64::from(z)), FRACTION_BITS).map(Price)
}

impl PricePoint {
    /// Price of an asset: the lower end of the band, not below zero.
    pub const fn low(&self) -> Price {
        Price(self.price.0.saturating_sub(self.confidence.0))
    }

    /// Price of a liability: the upper end of the band.
    pub const fn high(&self) -> Price {
        Price(self.price.0.saturating_add(self.confidence.0))
    }

    /// The price at which base of this sign is valued for maintenance.
    pub const fn fair_for(&self, side: Side) -> Price {
        match side {
            Side::Long => self.low(),
            Side::Short => self.high(),
        }
    }

    /// The price at which base of this sign is valued for opening risk: the worse of the slow price and the band,
    /// widened by the drift.
    pub fn worse_for(&self, side: Side) -> Price {
        match side {
            Side::Long => Price(self.low().0.saturating_sub(self.drift.0)).min(self.ema),
            Side::Short => Price(self.high().0.saturating_add(self.drift.0)).max(self.ema),
        }
    }
}

impl FairTerms {
    /// One side of a market.
    pub fn new(point: &PricePoint, side: Side, maintenance: Ppm, free_size: FreeSize) -> Self {
        Self {
            fair: point.fair_for(side),
            price: point.price,
            maintenance: Fraction::ceil(maintenance),
            free_size,
        }
    }
}

impl OpeningTerms {
    /// One side of a market.
    pub fn new(point: &PricePoint, side: Side, initial: Ppm, profit_weight: Ppm) -> Self {
        Self {
            worse: point.worse_for(side),
            top: point.price.max(point.ema),
            initial: Fraction::ceil(initial),
            profit_weight: Weight::floor(profit_weight),
        }
    }
}

impl Fraction {
    const ONE: Self = Self(1 << FRACTION_BITS);

    /// A share, rounded up. One 64-bit division, a tenth of the price of dividing the product later.
    pub const fn ceil(share: Ppm) -> Self {
        // as-safety: widens u32 to u64, lossless; `From` is not const.
        let (ppm, one) = (share.0 as u64, PPM_ONE as u64);
        // ppm < 2^32, so the shifted number is below 2^64 and nothing is lost.
        Self((ppm << FRACTION_BITS).div_ceil(one))
    }

    /// A share, rounded down.
    #[allow(clippy::integer_division, clippy::arithmetic_side_effects)] // The divisor is a constant.
    const fn floor(share: Ppm) -> Self {
        // as-safety: widens u32 to u64, lossless; `From` is not const.
        let (ppm, one) = (share.0 as u64, PPM_ONE as u64);
        Self((ppm << FRACTION_BITS) / one)
    }

    /// Share of a notional, rounded up: exceeds the exact share by at most `notional * 2^-32 + 1` atoms.
    ///
    /// Up to one, the product is taken half by half, h·2^32 + l: floor(f·(h·2^32 + l) / 2^32) = f·h + floor(f·l / 2^32). That
    /// costs a fifth of a 128-bit product on the VM, and a position takes three.
    ///
    /// # Errors
    /// `Overflow` when the result does not fit 64 bits.
    #[inline]
    pub fn of_ceil(self, notional: u64) -> Result<u64> {
        if self.0 > Self::ONE.0 {
            return mul_shift_ceil(notional, self.0, FRACTION_BITS);
        }
        let (whole, rest) = self.halves(notional);
        // At most the notional, or the next integer of a share below it.
        Ok(whole.wrapping_add(rest >> FRACTION_BITS).wrapping_add(u64::from(rest & LOW_HALF != 0)))
    }

    /// f·h and f·l for a fraction f of at most one: below 2^64 both, because h and l are below 2^32 and f is at most 2^32.
    #[inline]
    const fn halves(self, value: u64) -> (u64, u64) {
        (self.0.wrapping_mul(value >> FRACTION_BITS), self.0.wrapping_mul(value & LOW_HALF))
    }
}

impl Weight {
    /// A weight, rounded down; more than one counts as one.
    pub fn floor(weight: Ppm) -> Self {
        Self(if weight.0 >= PPM_ONE { Fraction::ONE } else { Fraction::floor(weight) })
    }

    /// What a value counts for, rounded down.
    #[inline]
    pub const fn of_floor(self, value: i64) -> i64 {
        if value <= 0 || self.0 .0 == Fraction::ONE.0 {
            return value;
        }
        let (whole, rest) = self.0.halves(value.unsigned_abs());
        // At most the value itself.
        whole.wrapping_add(rest >> FRACTION_BITS).cast_signed()
    }
}
