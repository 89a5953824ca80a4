//! Parameters of a group that can be changed.

use anchor_lang::prelude::*;

use crate::{
    constants::*,
    error::FirebreakError,
    instructions::require_bounds,
    state::{Group, RiskSnapshot},
};

/// Everything that is configured about a group and can be changed: `create_group` without id and guardian.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupParams {
    /// Buffer above maintenance at which a liquidation stops, in ppm of the requirement.
    pub target_buffer_ppm: u32,
    /// Share of maintenance below which an account is critical, in ppm.
    pub critical_ppm: u32,
    /// Share of the insurance vault that one bankruptcy can draw, in ppm.
    pub cover_event_ppm: u32,
    /// Protocol's share of trading fees, in ppm.
    pub protocol_fee_share_ppm: u32,
    /// Share of the insurance vault that one day can draw, in ppm.
    pub cover_day_ppm: u32,
    /// Share of the protocol's fees that goes to the insurance, in ppm.
    pub insurance_fee_share_ppm: u32,
    /// Time between asking for an exit from the insurance and taking it, in seconds.
    pub unstake_cooldown_secs: u32,
    /// Quote that an account may owe beyond its cash before its collateral is converted, in quote atoms.
    pub quote_debt_limit_atoms: u64,
    /// Share of the sum over positions that an account needs at least, in ppm. All of it: no account is margined as a
    /// portfolio.
    pub portfolio_floor_ppm: u32,
}

impl GroupParams {
    /// Checks every parameter against its bounds.
    ///
    /// # Errors
    /// The bounds error of the first parameter that is out of range.
    pub fn validate(&self) -> Result<()> {
        let checks = [
            (self.target_buffer_ppm, TARGET_BUFFER_PPM, FirebreakError::TargetBufferBounds),
            (self.critical_ppm, CRITICAL_PPM, FirebreakError::CriticalBounds),
            (self.cover_event_ppm, COVER_EVENT_PPM, FirebreakError::CoverEventBounds),
            (self.protocol_fee_share_ppm, PROTOCOL_FEE_SHARE_PPM, FirebreakError::ProtocolFeeShareBounds),
            (self.cover_day_ppm, COVER_DAY_PPM, FirebreakError::CoverDayBounds),
            (self.insurance_fee_share_ppm, INSURANCE_FEE_SHARE_PPM, FirebreakError::InsuranceFeeShareBounds),
            (self.portfolio_floor_ppm, PORTFOLIO_FLOOR_PPM, FirebreakError::PortfolioFloorBounds),
            (self.unstake_cooldown_secs, UNSTAKE_COOLDOWN_SECS, FirebreakError::UnstakeCooldownBounds),
        ];
        for (value, bounds, error) in checks {
            require_bounds(value.into(), bounds, error)?;
        }
        require_bounds(
            self.quote_debt_limit_atoms,
            QUOTE_DEBT_LIMIT_ATOMS,
            FirebreakError::QuoteDebtLimitBounds,
        )
    }

    /// The parameters of a group as they are.
    pub fn read(group: &Group) -> Self {
        Self {
            target_buffer_ppm: group.target_buffer_ppm,
            critical_ppm: group.critical_ppm,
            cover_event_ppm: group.cover_event_ppm,
            protocol_fee_share_ppm: group.protocol_fee_share_ppm,
            cover_day_ppm: group.cover_day_ppm,
            insurance_fee_share_ppm: group.insurance_fee_share_ppm,
            unstake_cooldown_secs: group.unstake_cooldown_secs,
            quote_debt_limit_atoms: group.quote_debt_limit_atoms,
            portfolio_floor_ppm: group.portfolio_floor_ppm,
        }
    }

    /// Copies the parameters into a group.
    pub fn write_group(&self, group: &mut Group) {
        group.target_buffer_ppm = self.target_buffer_ppm;
        group.critical_ppm = self.critical_ppm;
        group.cover_event_ppm = self.cover_event_ppm;
        group.protocol_fee_share_ppm = self.protocol_fee_share_ppm;
        group.cover_day_ppm = self.cover_day_ppm;
        group.insurance_fee_share_ppm = self.insurance_fee_share_ppm;
        group.unstake_cooldown_secs = self.unstake_cooldown_secs;
        group.quote_debt_limit_atoms = self.quote_debt_limit_atoms;
        group.portfolio_floor_ppm = self.portfolio_floor_ppm;
    }

    /// Copies what every health check needs into the snapshot's header.
    pub fn write_header(&self, snapshot: &mut RiskSnapshot) {
        snapshot.target_buffer_ppm = self.target_buffer_ppm;
        snapshot.critical_ppm = self.critical_ppm;
        snapshot.portfolio_floor_ppm = self.portfolio_floor_ppm;
    }
}
