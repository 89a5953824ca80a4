//! How a loss beyond equity is split: insurance, unpaid profits, the other side of the market, nobody.
//!
//! Strictly in this order: a later layer pays only what the earlier ones cannot. The parts add up to the deficit.

use crate::{
    error::{Result, RiskError},
    math::fixed::mul_ppm_floor,
    units::{Ppm, PPM_ONE},
};

/// What bounds the insurance's part of one loss. All in quote atoms, but for the share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverLimits {
    /// What the vault holds now.
    pub vault_atoms: u64,
    /// Part of the vault that one event may draw.
    pub event_share: Ppm,
    /// What the same event drew before.
    pub event_drawn_atoms: u64,
    /// What all markets together may still draw today.
    pub day_room_atoms: u64,
    /// What this market may still draw today.
    pub market_room_atoms: u64,
}

/// Who else can bear a loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bearers {
    /// Value of realised, unpaid profit in the market that can be cut, in quote atoms.
    pub claims_atoms: u64,
    /// True when somebody holds the side opposite the bankrupt position.
    pub has_opposite_side: bool,
}

/// Split of one deficit, in quote atoms. The parts add up to the deficit exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LossSplit {
    /// Paid by the insurance vault.
    pub insurance_payout_atoms: u64,
    /// Taken from realised, unpaid profit.
    pub haircut_atoms: u64,
    /// Charged to the side opposite the bankrupt position.
    pub socialized_loss_atoms: u64,
    /// Charged to nobody, because nobody is left.
    pub uncollectable_atoms: u64,
}

impl CoverLimits {
    /// The most that the insurance may pay now, rounded down.
    ///
    /// The event's share is that of the vault before the event, so asking again draws nothing more:
    /// `share · (vault + drawn) − drawn`, and at most what the vault, the day and the market leave.
    ///
    /// # Errors
    /// `Overflow` when vault and drawn atoms do not fit 64 bits.
    pub fn room_floor(&self) -> Result<u64> {
        let before = self.vault_atoms.checked_add(self.event_drawn_atoms).ok_or(RiskError::Overflow)?;
        // A share above one counts as one.
        let share = Ppm(self.event_share.0.min(PPM_ONE));
        let event_room = mul_ppm_floor(before, share)?.saturating_sub(self.event_drawn_atoms);
        Ok(event_room.min(self.vault_atoms).min(self.day_room_atoms).min(self.market_room_atoms))
    }
}

/// Splits a deficit over the layers.
///
/// # Errors
/// `Overflow` when vault and drawn atoms do not fit 64 bits.
pub fn split_loss(deficit_atoms: u64, limits: &CoverLimits, bearers: &Bearers) -> Result<LossSplit> {
    let insurance_payout_atoms = deficit_atoms.min(limits.room_floor()?);
    // Each part is at most what is left, so no difference is cut off.
    let left = deficit_atoms.saturating_sub(insurance_payout_atoms);
    let haircut_atoms = left.min(bearers.claims_atoms);
    let left = left.saturating_sub(haircut_atoms);
    let (socialized_loss_atoms, uncollectable_atoms) =
        if bearers.has_opposite_side { (left, 0) } else { (0, left) };
    Ok(LossSplit { insurance_payout_atoms, haircut_atoms, socialized_loss_atoms, uncollectable_atoms })
}

#[cfg(test)]
mod tests;
