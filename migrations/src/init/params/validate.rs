//! What the program would refuse, said before anything is sent, and with the key's name.

use anyhow::{anyhow, bail, ensure, Result};
use firebreak::constants::{
    Bounds, COLLATERAL_WEIGHT_PPM, COVER_DAY_PPM, COVER_EVENT_PPM, CRITICAL_PPM, INSURANCE_FEE_SHARE_PPM,
    OUTFLOW_FLOOR_ATOMS, OUTFLOW_SHARE_PPM, OUTFLOW_WINDOW_SECS, PORTFOLIO_FLOOR_PPM, PROTOCOL_FEE_SHARE_PPM,
    QUOTE_DEBT_LIMIT_ATOMS, TARGET_BUFFER_PPM, UNSTAKE_COOLDOWN_SECS,
};

use super::{Collateral, Group, Oracle};

impl Group {
    pub(super) fn validate(&self) -> Result<()> {
        within("group.target_buffer_ppm", self.target_buffer_ppm, TARGET_BUFFER_PPM)?;
        within("group.critical_ppm", self.critical_ppm, CRITICAL_PPM)?;
        within("group.cover_event_ppm", self.cover_event_ppm, COVER_EVENT_PPM)?;
        within("group.protocol_fee_share_ppm", self.protocol_fee_share_ppm, PROTOCOL_FEE_SHARE_PPM)?;
        within("group.cover_day_ppm", self.cover_day_ppm, COVER_DAY_PPM)?;
        within("group.insurance_fee_share_ppm", self.insurance_fee_share_ppm, INSURANCE_FEE_SHARE_PPM)?;
        within("group.unstake_cooldown_secs", self.unstake_cooldown_secs, UNSTAKE_COOLDOWN_SECS)?;
        within("group.portfolio_floor_ppm", self.portfolio_floor_ppm, PORTFOLIO_FLOOR_PPM)?;
        within_atoms("group.quote_debt_limit_atoms", self.quote_debt_limit_atoms, QUOTE_DEBT_LIMIT_ATOMS)
    }
}

impl Collateral {
    pub(super) fn validate(&self, is_quote: bool) -> Result<()> {
        self.mint.require(|| format!("collateral {}: mint", self.name))?;
        let key = |name: &str| format!("collateral {}: {name}", self.name);
        within(&key("outflow_share_ppm"), self.outflow_share_ppm, OUTFLOW_SHARE_PPM)?;
        within_atoms(&key("outflow_floor_atoms"), self.outflow_floor_atoms, OUTFLOW_FLOOR_ATOMS)?;
        within(&key("outflow_window_secs"), self.outflow_window_secs, OUTFLOW_WINDOW_SECS)?;
        if is_quote {
            ensure!(self.conversion.is_none(), "{}", key("the quote mint is never converted"));
            ensure!(self.portfolio.is_none(), "{}", key("the quote mint has no portfolio parameters"));
            return Ok(());
        }
        let Some(oracle) = &self.oracle else {
            bail!("collateral {}: only the quote mint goes without an oracle", self.name);
        };
        oracle.validate(&self.name)?;
        within(
            &format!("collateral {}: maintenance_weight_ppm", self.name),
            self.maintenance_weight_ppm,
            COLLATERAL_WEIGHT_PPM,
        )?;
        ensure!(
            self.initial_weight_ppm <= self.maintenance_weight_ppm,
            "collateral {}: initial_weight_ppm must not be above maintenance_weight_ppm",
            self.name
        );
        let Some(conversion) = &self.conversion else {
            bail!("collateral {}: only the quote mint goes without a conversion", self.name);
        };
        let checked = conversion.args().validate(self.maintenance_weight_ppm);
        checked.map_err(|error| anyhow!("collateral {}: conversion: {error}", self.name))?;
        let Some(portfolio) = &self.portfolio else {
            bail!("collateral {}: only the quote mint goes without portfolio parameters", self.name);
        };
        let checked = portfolio.args().validate(false);
        checked.map_err(|error| anyhow!("collateral {}: portfolio: {error}", self.name))
    }
}

impl Oracle {
    pub(super) fn validate(&self, name: &str) -> Result<()> {
        self.primary_key.require(|| format!("{name}: oracle.primary_key"))?;
        self.secondary_key.require(|| format!("{name}: oracle.secondary_key"))?;
        self.args().validate().map_err(|error| anyhow!("{name}: {error}"))
    }
}

fn within(name: &str, value: u32, bounds: Bounds) -> Result<()> {
    within_atoms(name, value.into(), bounds)
}

fn within_atoms(name: &str, value: u64, bounds: Bounds) -> Result<()> {
    ensure!(bounds.contains(value), "{name} must be {} to {}, not {value}", bounds.min, bounds.max);
    Ok(())
}
