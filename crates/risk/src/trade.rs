//! Applying a trade to a position.
//!
//! An open position mixes what it paid for its base with everything it earned: its quote. A trade that closes part of
//! it realises that part: the basis (the part's share of the quote) and the trade's quote together are its profit. A
//! profit leaves the quote and becomes a claim, so that it can be counted, cut and paid; a loss stays in the quote.
//! Realising moves value between quote and claim and makes none: quote + claim is what it would be without, less at
//! most one atom of rounding per trade, which the residue holds exactly.

use crate::{
    claim::HaircutIndex,
    error::{Result, RiskError},
    health::PositionState,
    math::fixed::{mul_div_floor_i, mul_high},
    side::{side_of, SideIndex},
    units::{Base, Earned, Lots, QuoteAtoms, Side, Units, LOTS_MAX, UNIT_BITS},
};

/// The bits of base below a whole lot.
const LOT_MASK: u64 = (1 << UNIT_BITS) - 1;

/// A position after a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traded {
    /// The new state; its quote is complete up to the present earned index. Who adds up the units of claims takes the
    /// live ones of the claim before and after.
    pub position: PositionState,
    /// Fractions of a quote atom that rounding withheld from the position, in 2^-48: less than one of its earnings,
    /// and at most one of its claim, hence at most 2^49. They belong to the system.
    pub residue_q48: u64,
}

/// A position whose base was moved, and whose quote is complete but for the trade's.
struct Moved {
    /// New units and checkpoint.
    position: PositionState,
    /// Fraction of the earnings.
    residue_q48: u64,
    /// Side and base before.
    side: Option<Side>,
    held: Base,
    /// Base afterwards.
    after: Base,
}

/// What a trade closes, in quote atoms.
struct Closing {
    /// Share of the position's quote.
    basis: i64,
    /// Share of the trade's quote.
    proceeds: i64,
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
    let position = PositionState { quote, checkpoint: index.earned, ..*position };
    Ok(Traded { position, residue_q48 })
}

/// Adds signed base and quote to a position: a buyer gets base and pays quote. Pending earnings are moved first, so a
/// position that changes its side leaves nothing behind on the old one. What is closed is realised:
///
/// - Opening and enlarging close nothing.
/// - Reducing base H by b closes b/H of the quote, rounded toward minus infinity, against the trade's quote.
/// - Closing everything closes the whole quote. A flat position never has quote above zero, nor both a debt and a
///   claim: they are netted.
/// - Turning around with b beyond H closes the whole quote against H/b of the trade's, rounded toward minus infinity;
///   the rest of it opens the new side. A loss goes along into the new side's quote; nothing is netted.
///
/// Result: what was closed, if more than zero, leaves the quote and is added to the claim. Otherwise only the trade's
/// quote is added: the loss stays. Either way quote * 2^48 + claim + residue changes by the trade's quote and the
/// earnings, exactly.
///
/// # Errors
/// `PositionTooLarge` beyond [`LOTS_MAX`] lots, `Overflow` when the quote does not fit 63 bits or the claim its units.
pub fn apply_trade(
    position: &PositionState,
    sides: &[SideIndex; 2],
    haircut: &HaircutIndex,
    base: Base,
    quote: QuoteAtoms,
) -> Result<Traded> {
    let moved = move_base(position, sides, base)?;
    let Some(Closing { basis, proceeds }) = moved.closing(base, quote)? else {
        return moved.with_quote(quote);
    };
    let profit = basis.checked_add(proceeds).ok_or(RiskError::Overflow)?;
    if profit <= 0 {
        let traded = moved.with_quote(quote)?;
        if moved.after.0 != 0 {
            return Ok(traded);
        }
        let netted = net_claim(&traded.position, haircut)?;
        return Ok(Traded { residue_q48: sum(traded.residue_q48, netted.residue_q48)?, ..netted });
    }
    let (claim, claim_residue_q48) = haircut.open(&position.claim, profit.unsigned_abs())?;
    let kept = moved.position.quote.0.checked_sub(basis).ok_or(RiskError::Overflow)?;
    let opening = quote.0.checked_sub(proceeds).ok_or(RiskError::Overflow)?;
    let quote = add_quote(QuoteAtoms(kept), opening)?;
    let residue_q48 = sum(moved.residue_q48, claim_residue_q48)?;
    Ok(Traded { position: PositionState { quote, claim, ..moved.position }, residue_q48 })
}

/// [`apply_trade`] without realising: for valuing a trade that may not happen. Quote and claim together are worth the
/// same while the factor is one, and otherwise the same or one atom more: opening or netting a claim keeps less than
/// one atom, and a trade does one of the two at most.
///
/// # Errors
/// As [`apply_trade`].
pub(crate) fn apply_unrealised(
    position: &PositionState,
    sides: &[SideIndex; 2],
    base: Base,
    quote: QuoteAtoms,
) -> Result<Traded> {
    move_base(position, sides, base)?.with_quote(quote)
}

/// Pays a position's debt from its claim, as far as both go: afterwards it owes nothing, or has no claim.
///
/// # Errors
/// `Overflow` when the claim's value does not fit.
pub fn net_claim(position: &PositionState, haircut: &HaircutIndex) -> Result<Traded> {
    if position.quote.0 >= 0 || position.claim.units == 0 {
        return Ok(Traded { position: *position, residue_q48: 0 });
    }
    let atoms = haircut.value_floor(&position.claim)?.min(position.quote.0.unsigned_abs());
    let (claim, residue_q48) = haircut.redeem(&position.claim, atoms)?;
    // At most the debt.
    let quote = QuoteAtoms(position.quote.0.saturating_add_unsigned(atoms));
    Ok(Traded { position: PositionState { quote, claim, ..*position }, residue_q48 })
}

fn move_base(position: &PositionState, sides: &[SideIndex; 2], base: Base) -> Result<Moved> {
    let settled = realise(position, sides)?;
    let side = position.units.side();
    let held = match side {
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
    let position = PositionState { units, checkpoint, ..settled.position };
    Ok(Moved { position, residue_q48: settled.residue_q48, side, held, after })
}

impl Moved {
    /// Adds the trade's quote and realises nothing.
    fn with_quote(&self, quote: QuoteAtoms) -> Result<Traded> {
        let quote = add_quote(self.position.quote, quote.0)?;
        Ok(Traded { position: PositionState { quote, ..self.position }, residue_q48: self.residue_q48 })
    }

    /// What the trade closes; `None` when it opens or enlarges.
    fn closing(&self, base: Base, quote: QuoteAtoms) -> Result<Option<Closing>> {
        let settled = self.position.quote.0;
        let Some(side_after) = Units(self.after.0).side() else {
            return Ok(Some(Closing { basis: settled, proceeds: quote.0 }));
        };
        let (traded, held) = (base.0.unsigned_abs(), self.held.0.unsigned_abs());
        match self.side {
            Some(side) if side != side_after => {
                let proceeds = share_floor(quote.0, held, traded)?;
                Ok(Some(Closing { basis: settled, proceeds }))
            }
            Some(_) if self.after.0.unsigned_abs() < held => {
                let basis = share_floor(settled, traded, held)?;
                Ok(Some(Closing { basis, proceeds: quote.0 }))
            }
            _ => Ok(None),
        }
    }
}

/// `floor(amount * part / whole)`, toward minus infinity.
fn share_floor(amount: i64, part: u64, whole: u64) -> Result<i64> {
    if amount == 0 {
        return Ok(0);
    }
    // Whole lots have the same ratio as their base, and mostly a product of 64 bits, which divides at a fraction of
    // the price.
    if (part | whole) & LOT_MASK == 0 {
        return mul_div_floor_i(amount, part >> UNIT_BITS, whole >> UNIT_BITS);
    }
    mul_div_floor_i(amount, part, whole)
}

fn sum(left: u64, right: u64) -> Result<u64> {
    left.checked_add(right).ok_or(RiskError::Overflow)
}

fn add_quote(quote: QuoteAtoms, delta: i64) -> Result<QuoteAtoms> {
    quote.0.checked_add(delta).map(QuoteAtoms).ok_or(RiskError::Overflow)
}

/// Quote atoms of a trade of whole lots at a whole price: exact.
///
/// # Errors
/// `Overflow` when the product does not fit 63 bits.
pub fn trade_quote(lots: u64, price_atoms: u64) -> Result<u64> {
    let atoms = lots.wrapping_mul(price_atoms);
    // A third of the price of a checked product.
    if mul_high(lots, price_atoms) != 0 || i64::try_from(atoms).is_err() {
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
