//! Applying a trade to a position.

use crate::{
    error::{Result, RiskError},
    health::PositionState,
    math::fixed::to_i64,
    side::{side_of, SideIndex},
    units::{Base, Earned, Lots, QuoteAtoms, Units, LOTS_MAX, UNIT_BITS},
};

/// A position after a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traded {
    /// The new state; its quote is complete up to the present earned index.
    pub position: PositionState,
    /// Fraction of a quote atom that rounding withheld from the position, in 2^-48. It belongs to the system.
    pub residue_q48: u64,
}

/// Base of whole lots.
///
/// # Errors
/// `PositionTooLarge` beyond [`LOTS_MAX`] in either direction.
pub fn base_of_lots(lots: Lots) -> Result<Base> {
    if lots.0.unsigned_abs() > LOTS_MAX.unsigned_abs() {
        return Err(RiskError::PositionTooLarge);
    }
    // |lots| <= 2^36, so the shifted number stays below 2^53.
    Ok(Base(lots.0 << UNIT_BITS))
}

/// Moves the position's pending earnings into its quote.
///
/// # Errors
/// `Overflow` when the quote does not fit 63 bits.
pub fn realise(position: &PositionState, sides: &[SideIndex; 2]) -> Result<Traded> {
    let Some(side) = position.units.side() else {
        return Ok(Traded { position: *position, residue_q48: 0 });
    };
    let index = side_of(sides, side);
    let (pending, residue_q48) = index.pending(position.units, position.checkpoint)?;
    let quote = add_quote(position.quote, pending.0)?;
    let position = PositionState { units: position.units, quote, checkpoint: index.earned };
    Ok(Traded { position, residue_q48 })
}

/// Adds signed base and quote to a position: a buyer gets base and pays quote. Pending earnings are realised first,
/// so a position that changes its side leaves nothing behind on the old one.
///
/// # Errors
/// `PositionTooLarge` beyond [`LOTS_MAX`] lots, `Overflow` when the quote does not fit 63 bits.
pub fn apply_trade(
    position: &PositionState,
    sides: &[SideIndex; 2],
    base: Base,
    quote: QuoteAtoms,
) -> Result<Traded> {
    let realised = realise(position, sides)?;
    let held = match position.units.side() {
        Some(side) => side_of(sides, side).base_of(position.units)?,
        None => Base(0),
    };
    let after = Base(held.0.checked_add(base.0).ok_or(RiskError::PositionTooLarge)?);
    let limit = base_of_lots(Lots(LOTS_MAX))?;
    if after.0.unsigned_abs() > limit.0.unsigned_abs() {
        return Err(RiskError::PositionTooLarge);
    }
    let (units, checkpoint) = match Units(after.0).side() {
        None => (Units(0), Earned(0)),
        Some(side) => {
            let index = side_of(sides, side);
            (index.units_for_base(after)?, index.earned)
        }
    };
    let quote = add_quote(realised.position.quote, quote.0)?;
    Ok(Traded { position: PositionState { units, quote, checkpoint }, residue_q48: realised.residue_q48 })
}

fn add_quote(quote: QuoteAtoms, delta: i64) -> Result<QuoteAtoms> {
    to_i64(i128::from(quote.0).saturating_add(i128::from(delta))).map(QuoteAtoms)
}

/// Quote atoms of a trade of whole lots at a whole price: exact.
///
/// # Errors
/// `Overflow` when the product does not fit 63 bits.
pub fn trade_quote(lots: u64, price_atoms: u64) -> Result<u64> {
    let product = u128::from(lots).checked_mul(u128::from(price_atoms)).ok_or(RiskError::Overflow)?;
    let atoms = u64::try_from(product).map_err(|_| RiskError::Overflow)?;
    if i64::try_from(atoms).is_err() {
        return Err(RiskError::Overflow);
    }
    Ok(atoms)
}

/// True when the trade makes the position smaller without turning it around.
pub const fn is_reduction(before: Units, after: Units) -> bool {
    let same_side = after.0 == 0 || (after.0 > 0) == (before.0 > 0);
    same_side && after.0.unsigned_abs() < before.0.unsigned_abs()
}

#[cfg(test)]
mod tests;
