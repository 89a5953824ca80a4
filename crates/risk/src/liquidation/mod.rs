//! Liquidation by a keeper's account (route 1): state of an account, discount, and how much is taken over.

mod discount;
mod quota;
mod sizing;

pub use discount::{discount, takeover_quote, DiscountParams};
pub use quota::{HalfTaken, Quota};
pub use sizing::{health_after, is_hedge, plan_takeover, Takeover, TakeoverInput};

use crate::{
    error::Result,
    health::Health,
    math::fixed::{mul_ppm_ceil, mul_ppm_floor, to_u64},
    units::Ppm,
};

/// State of an account with respect to liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Above the liquidation target.
    Healthy,
    /// Between maintenance and target: only matters to an account that is in liquidation already.
    Recovering,
    /// Below maintenance.
    BelowMaintenance,
    /// Equity below the critical share of maintenance.
    Critical,
    /// Equity below zero.
    Bankrupt,
}

/// Group-wide levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationLevels {
    /// Buffer above maintenance at which a liquidation stops, relative to the requirement.
    pub target_buffer: Ppm,
    /// Share of maintenance below which an account is critical.
    pub critical: Ppm,
}

/// The requirement at which a liquidation stops: maintenance plus the buffer, rounded up.
///
/// # Errors
/// `Overflow` when the requirement does not fit 64 bits.
pub fn target_requirement(maintenance: i128, levels: &LiquidationLevels) -> Result<i128> {
    let requirement = to_u64(maintenance.max(0).unsigned_abs())?;
    let buffer = mul_ppm_ceil(requirement, levels.target_buffer)?;
    Ok(i128::from(requirement).saturating_add(i128::from(buffer)))
}

/// State of an account with these sums.
///
/// # Errors
/// `Overflow` when the requirement does not fit 64 bits.
pub fn assess(health: &Health, levels: &LiquidationLevels) -> Result<AccountState> {
    if health.equity < 0 {
        return Ok(AccountState::Bankrupt);
    }
    if health.covers_maintenance() {
        let target = target_requirement(health.maintenance, levels)?;
        let above = health.equity >= target;
        return Ok(if above { AccountState::Healthy } else { AccountState::Recovering });
    }
    let critical = mul_ppm_floor(to_u64(health.maintenance.unsigned_abs())?, levels.critical)?;
    if health.equity < i128::from(critical) {
        return Ok(AccountState::Critical);
    }
    Ok(AccountState::BelowMaintenance)
}

impl AccountState {
    /// True when the account may use the room of the impact budget that is kept for urgent cases.
    pub const fn is_critical(self) -> bool {
        matches!(self, AccountState::Critical | AccountState::Bankrupt)
    }
}

#[cfg(test)]
mod tests;
