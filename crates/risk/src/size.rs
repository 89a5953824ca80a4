//! Size premium: what is large against its market needs more than its share.
//!
//! Whoever has to sell a position into the market pays a concession that grows with the square root of its size, in units of the
//! market's volatility (the square-root law of impact: R. Almgren, C. Thum, E. Hauptmann, H. Li, "Direct Estimation of Equity
//! Market Impact", Risk 18, 2005; B. Tóth et al., Physical Review X 1, 2011). Margins are proportional to volatility too, so
//! the premium is a factor on them. Exchanges know it as the initial-margin-fraction factor.
//!
//! Symbols: N = notional, F = notional that is free of premium, M = requirement in proportion to notional.
//! Result: `min(max(N, M), M · sqrt(max(1, N / F)))`.
//!
//! It is continuous, rises with N, and is never more than all of the notional. Two accounts need less than one that holds what
//! both do: the premium is for what one account's liquidation does to a market, and no account sees another. What many do
//! together is the business of the demand curve and of open-interest caps.

use crate::{
    error::Result,
    math::{
        fixed::{div_ceil_u128, mul_shift_ceil},
        sqrt::sqrt_ceil_u128,
    },
};

#[cfg(test)]
mod tests;

/// Fractional bits of the factor.
const FACTOR_BITS: u32 = 32;

/// Notional up to which a requirement stays in proportion, in quote atoms. By default there is no premium at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeSize(u64);

impl Default for FreeSize {
    fn default() -> Self {
        Self::UNLIMITED
    }
}

impl FreeSize {
    /// No premium whatever the size.
    pub const UNLIMITED: Self = Self(u64::MAX);

    /// As parameters say it: zero stands for no premium.
    pub const fn of_atoms(atoms: u64) -> Self {
        if atoms == 0 {
            Self::UNLIMITED
        } else {
            Self(atoms)
        }
    }

    /// The notional, in quote atoms; the largest number where there is no premium.
    pub const fn atoms(self) -> u64 {
        self.0
    }

    /// True for a notional that needs a premium.
    #[inline]
    pub const fn is_exceeded(self, notional: u64) -> bool {
        notional > self.0
    }

    /// A requirement with its premium, in quote atoms, rounded up: below the exact one by nothing, above it by less than
    /// `requirement · 2^-31 + 1` atoms. Never falls as requirement or notional rise.
    ///
    /// Takes one comparison up to the free size, and a division and a root beyond.
    #[inline]
    pub fn raise(self, requirement: u64, notional: u64) -> u64 {
        if self.is_exceeded(notional) {
            self.raised(requirement, notional)
        } else {
            requirement
        }
    }

    #[inline(never)]
    fn raised(self, requirement: u64, notional: u64) -> u64 {
        // What does not fit is far above the notional.
        let raised =
            self.factor_ceil(notional).and_then(|factor| mul_shift_ceil(requirement, factor, FACTOR_BITS));
        raised.unwrap_or(u64::MAX).min(notional).max(requirement)
    }

    /// `sqrt(notional / free)` in 2^-32, rounded up twice: too large by less than two units.
    fn factor_ceil(self, notional: u64) -> Result<u64> {
        sqrt_ceil_u128(div_ceil_u128(u128::from(notional) << (2 * FACTOR_BITS), self.0)?)
    }
}
