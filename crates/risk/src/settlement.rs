//! What of a position can be settled: a loss into the market's pool, a profit out of it.
//!
//! Anybody may ask for a settlement, so it must not be a weapon. A loss that exists only at the present price turns into
//! money that the account no longer has, while the recovery of the price gives it back as an unsettled profit. Therefore
//! an account that is not in liquidation settles a loss only as far as the slow price confirms it: a dip that the slow
//! price has not followed settles nothing. A profit is valued at the worse of both.
//!
//! Symbols: q = quote with earnings realised, b = base, k = value of the claim, p = price band, e = slow price.
//! Result, with each value rounded down:
//! - loss = −(q + b·x + k) if positive, with x the price of maintenance in liquidation, otherwise the better of it and e
//! - profit = q + b·y + k if positive, with y the worse of the band and e
//!
//! A claim offsets the loss of its own position first, and is paid before any profit that is still open.

use crate::{
    claim::HaircutIndex,
    error::{Result, RiskError},
    health::{value_floor, PositionState, PricePoint},
    math::fixed::to_i64,
    units::{Base, Price, QuoteAtoms, Side},
};

#[cfg(test)]
mod tests;

/// What the size of a settlement depends on.
#[derive(Clone, Copy, Debug)]
pub struct SettlementInput<'a> {
    /// The position, its earnings realised.
    pub position: &'a PositionState,
    /// Its base.
    pub base: Base,
    /// Prices per lot.
    pub point: &'a PricePoint,
    /// What claims of the market are worth.
    pub haircut: &'a HaircutIndex,
    /// True when the account is in liquidation.
    pub is_in_liquidation: bool,
}

/// What can be settled, in quote atoms. At most one of the two is above zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settleable {
    /// From cash into the pool.
    pub loss_atoms: u64,
    /// From the pool into cash.
    pub profit_atoms: u64,
}

/// A position after a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The new state.
    pub position: PositionState,
    /// Fraction that the position did not receive, in 2^-48 atoms. It belongs to the system.
    pub residue_q48: u64,
}

/// What of a position can be settled now.
///
/// # Errors
/// `Overflow` when a value does not fit 63 bits.
pub fn settleable(input: &SettlementInput) -> Result<Settleable> {
    let claim = input.position.claim_floor(input.haircut)?.0;
    let owed = i128::from(input.position.quote.0).saturating_add(i128::from(claim));
    let (at_loss, at_profit) = match input.position.units.side() {
        None => (owed, owed),
        Some(side) => {
            let at = |price| value_floor(input.base, price).map(|value| owed.saturating_add(value.0.into()));
            (at(loss_price(input, side))?, at(input.point.worse_for(side))?)
        }
    };
    let atoms = |value: i128| u64::try_from(value.max(0)).map_err(|_| RiskError::Overflow);
    let loss_atoms = atoms(at_loss.saturating_neg())?;
    // The price of a profit is never better than that of a loss, so both cannot be above zero.
    Ok(Settleable { loss_atoms, profit_atoms: atoms(at_profit)? })
}

fn loss_price(input: &SettlementInput, side: Side) -> Price {
    let fair = input.point.fair_for(side);
    if input.is_in_liquidation {
        return fair;
    }
    match side {
        Side::Long => fair.max(input.point.ema),
        Side::Short => fair.min(input.point.ema),
    }
}

/// The position after a loss was paid out of cash: its claim is used up first, the rest of the debt falls by the atoms.
///
/// # Errors
/// `Overflow` when the quote does not fit 63 bits.
pub fn settle_loss(position: &PositionState, haircut: &HaircutIndex, atoms: u64) -> Result<Settled> {
    let offset = haircut.value_floor(&position.claim)?;
    let (claim, residue_q48) = haircut.redeem(&position.claim, offset)?;
    let quote = add(add(position.quote, offset)?, atoms)?;
    Ok(Settled { position: PositionState { quote, claim, ..*position }, residue_q48 })
}

/// The position after a profit was paid out of the pool: its claim is redeemed first.
///
/// # Errors
/// `Overflow` when the quote does not fit 63 bits.
pub fn settle_profit(position: &PositionState, haircut: &HaircutIndex, atoms: u64) -> Result<Settled> {
    let redeemed = atoms.min(haircut.value_floor(&position.claim)?);
    let (claim, residue_q48) = haircut.redeem(&position.claim, redeemed)?;
    // `redeemed` is at most the atoms.
    let rest = i128::from(atoms.saturating_sub(redeemed));
    let quote = QuoteAtoms(to_i64(i128::from(position.quote.0).saturating_sub(rest))?);
    Ok(Settled { position: PositionState { quote, claim, ..*position }, residue_q48 })
}

fn add(quote: QuoteAtoms, atoms: u64) -> Result<QuoteAtoms> {
    to_i64(i128::from(quote.0).saturating_add(i128::from(atoms))).map(QuoteAtoms)
}
