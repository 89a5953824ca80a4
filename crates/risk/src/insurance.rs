//! How a loss beyond equity is split between the insurance vault and the other side of the market.

use crate::{error::Result, math::fixed::mul_ppm_floor, units::Ppm};

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
/// # Errors
/// `Overflow` for a share above one.
pub fn split_loss(deficit_atoms: u64, vault_atoms: u64, event_share: Ppm) -> Result<LossSplit> {
    let drawable = mul_ppm_floor(vault_atoms, event_share)?.min(vault_atoms);
    let payout = deficit_atoms.min(drawable);
    Ok(LossSplit {
        insurance_payout_atoms: payout,
        // `payout` is at most the deficit.
        socialized_loss_atoms: deficit_atoms.saturating_sub(payout),
    })
}

#[cfg(test)]
mod tests;
