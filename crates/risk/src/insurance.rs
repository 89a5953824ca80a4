//! How a loss beyond equity is split between the insurance vault and the other side of the market.

use crate::{
    error::{Result, RiskError},
    math::fixed::mul_ppm_floor,
    units::Ppm,
};

/// Split of one deficit, in quote atoms. The parts add up to the deficit exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossSplit {
    /// Paid by the insurance vault.
    pub insurance_payout_atoms: u64,
    /// Charged to the side opposite the bankrupt position.
    pub socialized_loss_atoms: u64,
}

/// Splits a deficit: the vault pays as much as one event may draw, the rest is socialised.
///
/// `drawn_atoms` is what the same event drew before. The share is that of the vault as it was then, so asking again
/// draws nothing more: `drawable = share · (vault + drawn) − drawn`.
///
/// # Errors
/// `Overflow` for a share above one.
pub fn split_loss(
    deficit_atoms: u64,
    vault_atoms: u64,
    drawn_atoms: u64,
    event_share: Ppm,
) -> Result<LossSplit> {
    let before = vault_atoms.checked_add(drawn_atoms).ok_or(RiskError::Overflow)?;
    let drawable = mul_ppm_floor(before, event_share)?.saturating_sub(drawn_atoms).min(vault_atoms);
    let payout = deficit_atoms.min(drawable);
    Ok(LossSplit {
        insurance_payout_atoms: payout,
        // `payout` is at most the deficit.
        socialized_loss_atoms: deficit_atoms.saturating_sub(payout),
    })
}

#[cfg(test)]
mod tests;
