//! Claims on realised profits that were not paid yet, and the one factor that cuts all of them at once.
//!
//! A claim stores units, and is worth units * factor. A loss that reaches the claims of a market lowers the factor, so
//! every claim loses the same fraction in the same instant, however many accounts hold one. Everything is exact in
//! 2^-48 atoms: what rounding keeps from a claim is returned as a residue, which belongs to the system.
//!
//! A factor below [`FACTOR_MIN_Q48`] is not worth keeping: the next epoch begins at one, and claims of an older epoch
//! are worth nothing. Who adds up units must therefore add [`HaircutIndex::live_units`] and start again from zero when
//! the epoch is raised. Epochs are compared for equality; a claim that nobody touched for 65 536 of them would live
//! again, so whoever raises the epoch that often has to sweep first.
//!
//! Units are 64 bits: at a factor f all claims together can be 2^64 f atoms, at the least factor 2^52.

use crate::{
    error::{Result, RiskError},
    math::fixed::{div_rem_wide, low_u64, mul_wide, to_u64},
};

#[cfg(test)]
mod tests;

/// Fractional bits of a haircut factor, and of every residue.
pub const HAIRCUT_BITS: u32 = 48;
const _: () = assert!(HAIRCUT_BITS == crate::side::RESIDUE_BITS);
/// The factor of a market whose claims were never cut; no factor is above it.
pub const FACTOR_ONE_Q48: u64 = 1 << HAIRCUT_BITS;
/// The least factor that is kept: 2^-12, one in 4 096. Below it the next epoch begins. A smaller one would save a
/// hair of the old claims and leave too little room for new ones: a close or a liquidation whose profit does not fit fails.
pub const FACTOR_MIN_Q48: u64 = 1 << 36;

/// What a unit of claim is worth in one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HaircutIndex {
    /// Quote atoms per unit, in 2^-48; from [`FACTOR_MIN_Q48`] to [`FACTOR_ONE_Q48`].
    pub factor_q48: u64,
    /// How often all claims were lost entirely, modulo 2^16.
    pub epoch: u16,
}

/// Realised, unpaid profit of one position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// Units; each is worth the factor of its market.
    pub units: u64,
    /// Epoch of the units; in any other they are worth nothing.
    pub epoch: u16,
}

/// What a loss took from all claims of a market. Before it, they were worth
/// taken * 2^48 + total units * new factor + residue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Haircut {
    /// The index afterwards.
    pub index: HaircutIndex,
    /// Quote atoms of the loss that the claims bear.
    pub taken_atoms: u64,
    /// What the claims lost beyond that, in 2^-48 atoms; the system's. Below the total of units unless the epoch was
    /// raised, and below 2^100 then: 2^64 units of less than the least factor each.
    pub residue_q48: u128,
}

impl Default for HaircutIndex {
    fn default() -> Self {
        HaircutIndex { factor_q48: FACTOR_ONE_Q48, epoch: 0 }
    }
}

impl HaircutIndex {
    /// Units of a claim that count: none if it is of another epoch.
    #[inline]
    pub const fn live_units(&self, claim: &Claim) -> u64 {
        if claim.epoch == self.epoch {
            claim.units
        } else {
            0
        }
    }

    /// Value of a claim in quote atoms, rounded down.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] for a factor above one whose product does not fit.
    #[inline]
    pub fn value_floor(&self, claim: &Claim) -> Result<u64> {
        let units = self.live_units(claim);
        // The usual cases, spared the wide product.
        if units == 0 || self.factor_q48 == FACTOR_ONE_Q48 {
            return Ok(units);
        }
        to_u64(mul_wide(units, self.factor_q48) >> HAIRCUT_BITS)
    }

    /// Value of units of this epoch, of however many claims, in quote atoms, rounded down.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] as [`value_floor`](Self::value_floor).
    pub fn value_of_units_floor(&self, units: u64) -> Result<u64> {
        self.value_floor(&Claim { units, epoch: self.epoch })
    }

    /// Value of a claim in 2^-48 quote atoms, exactly.
    pub fn value_q48(&self, claim: &Claim) -> u128 {
        mul_wide(self.live_units(claim), self.factor_q48)
    }

    /// Adds a realised profit to a claim: units rounded down, and the fraction that it did not receive, in 2^-48
    /// atoms, less than the factor. A claim of another epoch is replaced: it was worth nothing.
    ///
    /// Result: value after = value before + atoms * 2^48 - residue.
    ///
    /// # Errors
    /// [`RiskError::Overflow`] if the units do not fit; [`RiskError::DivisionByZero`] for a factor of zero.
    pub fn open(&self, claim: &Claim, atoms: u64) -> Result<(Claim, u64)> {
        let (added, residue_q48) = if self.factor_q48 == FACTOR_ONE_Q48 {
            (atoms, 0)
        } else {
            div_rem_wide(u128::from(atoms) << HAIRCUT_BITS, self.factor_q48)?
        };
        let units = self.live_units(claim).checked_add(added).ok_or(RiskError::Overflow)?;
        Ok((Claim { units, epoch: self.epoch }, residue_q48))
    }

    /// Takes atoms out of a claim: the units burned are rounded up, and what they were worth beyond the atoms is the
    /// residue in 2^-48 atoms, less than 2^48. Taking the whole value rounded down burns all units, so that nothing
    /// worthless is left behind.
    ///
    /// Result: value after = value before - atoms * 2^48 - residue.
    ///
    /// # Errors
    /// [`RiskError::DomainError`] for more atoms than the claim is worth; [`RiskError::DivisionByZero`] for a factor of
    /// zero; [`RiskError::Overflow`] as [`value_floor`](Self::value_floor).
    pub fn redeem(&self, claim: &Claim, atoms: u64) -> Result<(Claim, u64)> {
        let whole = self.value_floor(claim)?;
        if atoms > whole {
            return Err(RiskError::DomainError);
        }
        let atoms_q48 = u128::from(atoms) << HAIRCUT_BITS;
        if atoms == whole {
            // The fraction of the value: below 2^48.
            let residue_q48 = low_u64(self.value_q48(claim).wrapping_sub(atoms_q48));
            return Ok((Claim { units: 0, epoch: self.epoch }, residue_q48));
        }
        let (burned, residue_q48) = if self.factor_q48 == FACTOR_ONE_Q48 {
            (atoms, 0)
        } else {
            match div_rem_wide(atoms_q48, self.factor_q48)? {
                (exact, 0) => (exact, 0),
                // Burning one more gives back the factor less the remainder. It exists: atoms are below the value.
                (down, rem) => (down.wrapping_add(1), self.factor_q48.wrapping_sub(rem)),
            }
        };
        let units = self.live_units(claim).checked_sub(burned).ok_or(RiskError::Overflow)?;
        Ok((Claim { units, epoch: self.epoch }, residue_q48))
    }

    /// Lets all claims of the market bear a loss, as far as they are worth it.
    ///
    /// Symbols: U = total units of this epoch, f = factor, T = U f their value, L = loss.
    /// taken = min(L, floor(T / 2^48)), f' = floor((T - taken * 2^48) / U).
    /// Result: T = taken * 2^48 + U f' + residue, exactly; f' is below the least factor only if the epoch is raised,
    /// and then the claims are gone: T = taken * 2^48 + residue.
    ///
    /// `total_units` has to be the sum of [`live_units`](Self::live_units) of all claims; zero takes nothing.
    ///
    /// # Errors
    /// None in fact: the new factor is at most the old one.
    pub fn haircut(&self, total_units: u64, loss_atoms: u64) -> Result<Haircut> {
        if total_units == 0 || loss_atoms == 0 {
            return Ok(Haircut { index: *self, taken_atoms: 0, residue_q48: 0 });
        }
        let value_q48 = mul_wide(total_units, self.factor_q48);
        // At most the loss, so it fits.
        let taken_atoms = low_u64((value_q48 >> HAIRCUT_BITS).min(u128::from(loss_atoms)));
        // At most the value.
        let left_q48 = value_q48.wrapping_sub(u128::from(taken_atoms) << HAIRCUT_BITS);
        let (factor_q48, rem) = div_rem_wide(left_q48, total_units)?;
        if factor_q48 < FACTOR_MIN_Q48 {
            let index = HaircutIndex { factor_q48: FACTOR_ONE_Q48, epoch: self.epoch.wrapping_add(1) };
            return Ok(Haircut { index, taken_atoms, residue_q48: left_q48 });
        }
        let index = HaircutIndex { factor_q48, epoch: self.epoch };
        Ok(Haircut { index, taken_atoms, residue_q48: u128::from(rem) })
    }
}
