//! One side of a market: the two numbers through which deleveraging, funding and losses reach every position lazily.
//!
//! base = units * scale and pending earnings = units * (earned - checkpoint). Longs hold positive units and shorts
//! negative ones, so rounding toward minus infinity goes against the account on both sides: an asset shrinks, a
//! liability grows. Nothing here knows prices, or which account holds what.

use core::num::NonZeroU64;

use crate::error::{Result, RiskError};
use crate::math::fixed::{div_rem_u128, low_u64, mul_wide_i, mul_wide_iu, to_i64};
use crate::units::{
    Base, Earned, QuoteAtoms, Scale, Side, Units, EARNED_BITS, LOTS_MAX, SCALE_BITS, UNIT_BITS,
};

#[cfg(test)]
mod tests;

/// Fractional bits of units times [`Earned`]: the finest fraction of a quote atom that is ever owed.
pub const RESIDUE_BITS: u32 = 48;
const _: () = assert!(RESIDUE_BITS == EARNED_BITS + UNIT_BITS);
const RESIDUE_MASK: u64 = (1 << RESIDUE_BITS) - 1;

/// Largest absolute [`Units`] of a position.
const UNITS_MAX: u64 = LOTS_MAX.unsigned_abs() << UNIT_BITS;

/// The two indices of one side of a market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SideIndex {
    /// Base per unit: one at the start, lowered only by deleveraging.
    pub scale: Scale,
    /// Cumulative quote per whole unit: funding, deleveraging, socialized losses.
    pub earned: Earned,
}

/// A loss that one side has to bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossCharge {
    /// Open interest of the side in 2^-16 units: the sum of the absolute units of all its positions.
    pub oi_units: u64,
    /// Loss in quote atoms.
    pub loss_atoms: u64,
    /// What earlier charges took in excess, in 2^-48 quote atoms; zero at the start.
    pub carry_q48: u64,
}

/// Index of one side.
pub const fn side_of(sides: &[SideIndex; 2], side: Side) -> &SideIndex {
    let [long, short] = sides;
    match side {
        Side::Long => long,
        Side::Short => short,
    }
}

impl SideIndex {
    /// Base of a position with these units, rounded down: long base toward zero, short base away from it. Exactly the
    /// units as long as the scale is one.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] if the result does not fit, which needs a scale above one.
    #[inline]
    pub fn base_of(&self, units: Units) -> Result<Base> {
        // The usual case, spared the wide product.
        if self.scale == Scale::ONE {
            return Ok(Base(units.0));
        }
        to_i64(mul_wide_iu(units.0, self.scale.0) >> SCALE_BITS).map(Base)
    }

    /// The largest units whose base is not above `base`: what a position of that base stores. Units below it by one
    /// quantum or less of base are the account's loss: a buyer gets fewer units, a seller owes more.
    ///
    /// # Errors
    /// [`RiskError::PositionTooLarge`] beyond the units that can be valued exactly (low scales need more units per
    /// base); [`RiskError::DivisionByZero`] if the scale is zero.
    pub fn units_for_base(&self, base: Base) -> Result<Units> {
        let units = if self.scale == Scale::ONE {
            base.0
        } else {
            let scaled = u128::from(base.0.unsigned_abs()) << SCALE_BITS;
            let (quotient, rem) = div_rem_u128(scaled, self.scale.0)?;
            // floor(-x) = -ceil(x). The quotient is below 2^126 here, so neither sum nor negation wraps.
            let quotient = quotient.cast_signed();
            let floor = if base.0 < 0 {
                quotient.wrapping_add(i128::from(rem != 0)).wrapping_neg()
            } else {
                quotient
            };
            i64::try_from(floor).map_err(|_| RiskError::PositionTooLarge)?
        };
        if units.unsigned_abs() > UNITS_MAX {
            return Err(RiskError::PositionTooLarge);
        }
        Ok(Units(units))
    }

    /// What a position earned since `checkpoint`: whole quote atoms rounded down, and the non-negative rest in 2^-48
    /// atoms, which is the system's. Together they are units * (earned - checkpoint) exactly.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] if the atoms do not fit.
    #[inline]
    pub fn pending(&self, units: Units, checkpoint: Earned) -> Result<(QuoteAtoms, u64)> {
        let gain = self.earned.0.checked_sub(checkpoint.0).ok_or(RiskError::Overflow)?;
        // Within 2^31 atoms per unit, a widened product does; it costs a quarter of a checked one.
        let product = match to_i64(gain) {
            Ok(narrow) => mul_wide_i(units.0, narrow),
            Err(_) => i128::from(units.0).checked_mul(gain).ok_or(RiskError::Overflow)?,
        };
        let atoms = to_i64(product >> RESIDUE_BITS)?;
        Ok((QuoteAtoms(atoms), low_u64(product.cast_unsigned()) & RESIDUE_MASK))
    }

    /// Charges a loss to all positions of this side in proportion to their units.
    ///
    /// Symbols: O = open interest, L = loss, c = carry (both in 2^-48 atoms), s = step of `earned`.
    /// s = ceil((L - c) / O), the smallest step with O s + c >= L.
    /// Result: the side with `earned` lowered by s for longs and raised by s for shorts (their units are negative),
    /// and the new carry O s + c - L. It stays below O, unless the loss was covered by the carry alone.
    ///
    /// # Errors
    /// [`RiskError::EmptySide`] without open interest; [`RiskError::Overflow`] if `earned` would leave 128 bits.
    pub fn charge_loss(&self, side: Side, charge: &LossCharge) -> Result<(SideIndex, u64)> {
        let oi_units = NonZeroU64::new(charge.oi_units).ok_or(RiskError::EmptySide)?;
        // Below 2^112.
        let loss_q48 = u128::from(charge.loss_atoms) << RESIDUE_BITS;
        let Some(open_q48) = loss_q48.checked_sub(u128::from(charge.carry_q48)) else {
            // The carry exceeds the loss, so the difference is below 2^64.
            let left = u128::from(charge.carry_q48).wrapping_sub(loss_q48);
            return Ok((*self, low_u64(left)));
        };
        let (quotient, rem) = div_rem_u128(open_q48, oi_units.get())?;
        // Rounding the step up overcharges by O - rem, rem being in [0, O).
        let (step, carry_q48) = match rem {
            0 => (quotient, 0),
            _ => (quotient.wrapping_add(1), oi_units.get().wrapping_sub(rem)),
        };
        // step <= 2^112.
        let step = step.cast_signed();
        let moved = match side {
            Side::Long => self.earned.0.checked_sub(step),
            Side::Short => self.earned.0.checked_add(step),
        };
        let earned = Earned(moved.ok_or(RiskError::Overflow)?);
        Ok((SideIndex { scale: self.scale, earned }, carry_q48))
    }
}
