//! Portfolio margin: what an account needs for all that it holds together.
//!
//! The single-index model (W. F. Sharpe, "A Simplified Model for Portfolio Analysis", Management Science 9, 1963): the return
//! of an asset is β_i times the return of one common factor, plus a part of its own that is independent of all others.
//!
//! Symbols, for an asset i of which an account holds the signed notional N_i:
//! - σ_f, σ_i deviations of the factor and of the asset's own part; τ_i = sqrt((β_i σ_f)² + σ_i²) that of the asset
//! - `M_i = z·√h·τ_i·|N_i|` its isolated requirement, which is what margin rate times notional stands for
//! - `λ_i = β_i σ_f / τ_i`, between 0 and 1, its loading: the correlation of the asset with the factor
//!
//! With s_i = ±1 for long and short, z·√h·sqrt((Σ β_i σ_f N_i)² + Σ (σ_i N_i)²) becomes
//! `risk(λ) = sqrt((Σ s_i λ_i M_i)² + Σ (1 − λ_i²) M_i²)`, in which neither β nor σ appears. One asset alone needs exactly
//! its isolated requirement, whatever its loading.
//!
//! Result: requirement = max(floor share · gross, risk(calm loadings), risk(present loadings)), gross = Σ M_i.
//!
//! - **Two sets of loadings.** Assets fall together in stress, so loadings rise with volatility ([`LoadingParams`]). That makes
//!   one-sided books dearer, and hedges cheaper just when they are most likely to fail. So a hedge never counts for more than
//!   in calm markets. The larger of two norms is a norm: merging accounts never raises the sum of their requirements, so
//!   splitting an account never lowers it. (Counting each pair of assets at its worse loading would look more cautious, but
//!   is no norm: with calm loadings 1, 1, 0 and present ones of 1, a hedged pair and a third position in one account would
//!   need 1.73 times what they need in two.)
//! - **Collateral** other than quote is a long component like any other, so what falls together with the positions that it
//!   backs costs more. Collateral and position in the *same* asset share its own part too and belong into one
//!   [`Component`], in which they add or net in full.
//! - **Floor.** What nets and diversifies by a model is never free: a fixed share of the gross requirement remains.
//!
//! Isolated requirements come with the premium for size ([`crate::size`]) in them. It diversifies like the rest, and is what
//! splitting a position over accounts may escape.
//! What an account with collateral needs beyond what the weights of its collateral keep back is a [`Book`]'s business, and
//! what a liquidation of one position does to it a [`Netting`]'s.
//!
//! Rounding: λ_i M_i is known to below one atom. The own part uses it rounded down, the common part rounded up (by one atom
//! per component, once the sign of their sum is known), the root is rounded up. So a requirement is never below the exact
//! one of the given M_i, and exceeds it by less than 2n + 2 + 1/(floor share) atoms for n components: 60 atoms for 24 and a
//! tenth. (M_i that were themselves rounded up may offset others by up to an atom too much each.)

use crate::{
    math::{
        fixed::{low_u64, mul_div_ceil, mul_ppm_ceil, mul_ppm_floor, mul_wide},
        sqrt::sqrt_ceil_u128,
    },
    units::{Ppm, Side, VarianceRate, PPM_ONE},
};

mod book;
mod netting;

pub use book::{Book, Holding};
pub use netting::Netting;

/// Gross requirements from here on are taken as they are, without any benefit of a portfolio: 2^62 quote atoms, 4.6 million
/// million dollars at six decimals. Below, with n components of at least one atom and thus n ≤ gross:
/// (|Σ s_i λ_i M_i| + n)² ≤ (2 · gross)² < 2^126, and Σ M_i² ≤ gross² < 2^124. No sum leaves 128 bits.
pub const GROSS_MAX: u64 = 1 << 62;

/// How an asset's loading follows its volatility.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadingParams {
    /// Loading in calm markets; more than one counts as one.
    pub calm: Ppm,
    /// Loading in stress; less than the calm one counts as that.
    pub stressed: Ppm,
    /// Variance up to which the market is calm.
    pub reference: VarianceRate,
    /// Variance from which the market is in stress.
    pub stress: VarianceRate,
}

/// Correlation of an asset with the common factor: λ = β·σ_f / τ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loadings {
    /// In calm markets; more than one counts as one.
    pub calm: Ppm,
    /// At present; more than one counts as one.
    pub present: Ppm,
}

/// All that an account holds of one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// Isolated requirement of what gains when the price rises, collateral included, in quote atoms.
    pub long_atoms: u64,
    /// Isolated requirement of what gains when the price falls, in quote atoms.
    pub short_atoms: u64,
    /// How much the asset moves with all others.
    pub loadings: Loadings,
}

/// Sums over the components of an account, or one component's contribution to them. Components are added and taken out
/// again in any order, exactly: each sum is an integer, and its value modulo a power of two is all that is ever needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Portfolio {
    /// Sum of all isolated requirements, netted nowhere. 64 bits each, so no number of them leaves 128.
    gross: u128,
    /// Number of components that have a net exposure, modulo 2^64.
    count: u64,
    calm: Parts,
    present: Parts,
}

/// Common and own part of the risk with one set of loadings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parts {
    /// Σ s_i·floor(λ_i M_i) in quote atoms, modulo 2^64.
    common: i64,
    /// Σ (M_i² − floor(λ_i M_i)²) in squared quote atoms, modulo 2^128.
    own: u128,
}

impl LoadingParams {
    /// How far a market is on its way from calm to stress: (v − reference) / (stress − reference), between 0 and 1, rounded
    /// up to ppm. One from the stress variance on, even if that is not above the reference.
    pub fn stress_level(&self, variance: VarianceRate) -> Ppm {
        if variance >= self.stress {
            return Ppm(PPM_ONE);
        }
        // Below the stress variance, so a rise implies that the whole is not zero.
        let risen = variance.0.saturating_sub(self.reference.0);
        let whole = self.stress.0.saturating_sub(self.reference.0);
        let level = if risen == 0 { Ok(0) } else { mul_div_ceil(risen, u64::from(PPM_ONE), whole) };
        Ppm(level.ok().and_then(|level| u32::try_from(level).ok()).unwrap_or(PPM_ONE))
    }

    /// Both loadings at this variance per second of the asset; the present one lies on the line from calm to stressed,
    /// rounded up to ppm, and never falls as variance rises.
    ///
    /// As with margins, [`crate::volatility::Volatility::higher`] is meant for initial margin, and for maintenance margin the
    /// slow estimate alone, so that no burst moves it.
    pub fn at(&self, variance: VarianceRate) -> Loadings {
        let Ppm(calm) = at_most_one(self.calm);
        let rise = at_most_one(self.stressed).0.saturating_sub(calm);
        let level = self.stress_level(variance);
        // A share of at most one of a number below 2^20.
        let risen = mul_ppm_ceil(u64::from(rise), level).ok().and_then(|risen| u32::try_from(risen).ok());
        Loadings { calm: Ppm(calm), present: Ppm(calm.saturating_add(risen.unwrap_or(rise))) }
    }
}

/// A ratio, or one if it is larger.
fn at_most_one(ratio: Ppm) -> Ppm {
    ratio.min(Ppm(PPM_ONE))
}

impl Component {
    /// A single position, or a collateral as [`Side::Long`], with its isolated requirement in quote atoms, rounded up by
    /// whoever computed it.
    #[inline]
    pub const fn new(side: Side, requirement_atoms: u64, loadings: Loadings) -> Self {
        match side {
            Side::Long => Self { long_atoms: requirement_atoms, short_atoms: 0, loadings },
            Side::Short => Self { long_atoms: 0, short_atoms: requirement_atoms, loadings },
        }
    }

    /// The component with something else of the same asset in it: same sides add up, opposite ones net, and both count in
    /// the gross requirement. A side's requirement that does not fit 64 bits counts as the largest number, four times
    /// [`GROSS_MAX`].
    #[inline]
    #[must_use]
    pub const fn with(self, side: Side, requirement_atoms: u64) -> Self {
        match side {
            Side::Long => Self { long_atoms: self.long_atoms.saturating_add(requirement_atoms), ..self },
            Side::Short => Self { short_atoms: self.short_atoms.saturating_add(requirement_atoms), ..self },
        }
    }

    /// Side and size of what is left after netting; zero counts as long.
    #[inline]
    const fn net(&self) -> (Side, u64) {
        let atoms = self.long_atoms.abs_diff(self.short_atoms);
        if self.long_atoms >= self.short_atoms {
            (Side::Long, atoms)
        } else {
            (Side::Short, atoms)
        }
    }
}

impl Parts {
    /// One component's parts. Two 64-bit divisions by a constant and one wide product.
    #[inline]
    fn of(side: Side, atoms: u64, loading: Ppm) -> Self {
        // A share of at most one fits; the fallback is never used.
        let shared = mul_ppm_floor(atoms, at_most_one(loading)).unwrap_or(atoms);
        // a² − b² = (a − b)(a + b) with b ≤ a. The sum wraps beyond 2^63 only, where the gross sum is all that counts.
        let own = mul_wide(atoms.wrapping_sub(shared), atoms.wrapping_add(shared));
        let common = match side {
            Side::Long => shared.cast_signed(),
            Side::Short => shared.cast_signed().wrapping_neg(),
        };
        Self { common, own }
    }

    #[inline]
    const fn accumulate(&mut self, other: &Parts) {
        self.common = self.common.wrapping_add(other.common);
        self.own = self.own.wrapping_add(other.own);
    }

    const fn plus(&self, other: &Parts) -> Parts {
        Parts { common: self.common.wrapping_add(other.common), own: self.own.wrapping_add(other.own) }
    }

    const fn minus(&self, other: &Parts) -> Parts {
        Parts { common: self.common.wrapping_sub(other.common), own: self.own.wrapping_sub(other.own) }
    }

    /// Square of the risk, rounded up: what each of `count` components lost of the common part is below one atom.
    fn squared(&self, count: u64) -> u128 {
        let common = self.common.unsigned_abs().wrapping_add(count);
        mul_wide(common, common).wrapping_add(self.own)
    }
}

impl Portfolio {
    /// One component's contribution to all sums.
    pub fn of(component: &Component) -> Self {
        let mut alone = Self::default();
        alone.add(component);
        alone
    }

    /// Adds a component in place, for a third of the price of adding its contribution.
    #[inline]
    pub fn add(&mut self, component: &Component) {
        self.gross = self.gross.wrapping_add(u128::from(component.long_atoms));
        self.gross = self.gross.wrapping_add(u128::from(component.short_atoms));
        let (side, atoms) = component.net();
        self.add_risk(side, atoms, component.loadings);
    }

    /// Adds what an account holds of an asset on one side only, for a little less than a component.
    #[inline(always)]
    fn add_one_sided(&mut self, side: Side, requirement_atoms: u64, loadings: Loadings) {
        self.gross = self.gross.wrapping_add(u128::from(requirement_atoms));
        self.add_risk(side, requirement_atoms, loadings);
    }

    /// Takes what fits the VM's registers for arguments.
    #[inline(never)]
    fn add_risk(&mut self, side: Side, atoms: u64, Loadings { calm, present }: Loadings) {
        if atoms == 0 {
            return;
        }
        self.count = self.count.wrapping_add(1);
        let parts = Parts::of(side, atoms, calm);
        self.calm.accumulate(&parts);
        // The usual case, spared the second product.
        if present == calm {
            self.present.accumulate(&parts);
        } else {
            self.present.accumulate(&Parts::of(side, atoms, present));
        }
    }

    /// Adds a contribution, or another account.
    #[must_use]
    pub const fn plus(&self, other: &Portfolio) -> Portfolio {
        Portfolio {
            gross: self.gross.wrapping_add(other.gross),
            count: self.count.wrapping_add(other.count),
            calm: self.calm.plus(&other.calm),
            present: self.present.plus(&other.present),
        }
    }

    /// Takes a contribution out again that was added; restores all sums exactly.
    #[must_use]
    pub const fn minus(&self, other: &Portfolio) -> Portfolio {
        Portfolio {
            gross: self.gross.wrapping_sub(other.gross),
            count: self.count.wrapping_sub(other.count),
            calm: self.calm.minus(&other.calm),
            present: self.present.minus(&other.present),
        }
    }

    /// Sum of all isolated requirements, netted nowhere, in quote atoms.
    pub fn gross(&self) -> i128 {
        i128::try_from(self.gross).unwrap_or(i128::MAX)
    }

    /// What the account needs, in quote atoms, rounded up: at least the floor share (more than one counts as one) of the
    /// gross requirement, and at most all of it. From [`GROSS_MAX`] on all of it, the cautious side.
    ///
    /// Takes one integer root.
    pub fn requirement(&self, floor_share: Ppm) -> i128 {
        let Some(gross) = self.gross_in_range() else {
            return self.gross();
        };
        // In range the root fits; the fallback is cut to the gross requirement.
        let risk = sqrt_ceil_u128(self.risk_squared()).unwrap_or(u64::MAX);
        i128::from(risk.min(gross).max(floor_atoms(gross, floor_share)))
    }

    /// The gross requirement, if it is below [`GROSS_MAX`].
    fn gross_in_range(&self) -> Option<u64> {
        (self.gross < u128::from(GROSS_MAX)).then_some(low_u64(self.gross))
    }

    /// The larger of the squared risks with calm and with present loadings, in range below 2^127.
    fn risk_squared(&self) -> u128 {
        self.calm.squared(self.count).max(self.present.squared(self.count))
    }
}

/// Share of the gross requirement, rounded up; at most all of it.
fn floor_atoms(gross: u64, floor_share: Ppm) -> u64 {
    // A share of at most one fits; the fallback is never used.
    mul_ppm_ceil(gross, at_most_one(floor_share)).unwrap_or(gross)
}

#[cfg(test)]
mod tests;
