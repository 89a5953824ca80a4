//! How an asset counts in accounts that are margined as portfolios.

use anchor_lang::prelude::*;
use firebreak_risk::portfolio::LoadingParams;
use firebreak_risk::units::{Ppm, VarianceRate};

use crate::{
    constants::*,
    error::FirebreakError,
    instructions::require_bounds,
    state::{Row, RowKind},
};

/// How an asset moves with all others. Without effect in a group whose portfolio floor is all of the sum.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortfolioParams {
    /// Correlation with the common factor in calm markets, in ppm. No hedge counts for more than by this.
    pub loading_calm_ppm: u32,
    /// Correlation with the common factor in stress, in ppm; at least the calm one. Collateral always counts by both.
    pub loading_stressed_ppm: u32,
    /// Move of the asset per move of the common factor, in thousandths.
    pub beta_milli: u16,
    /// Row of the collateral that is the same asset (market). 0: none; and for a collateral.
    pub collateral_row: u16,
}

impl PortfolioParams {
    /// Checks every parameter against its bounds. Whether the row is a collateral's only the snapshot knows, see
    /// [`PortfolioParams::require_link`].
    ///
    /// # Errors
    /// `LoadingBounds`, `BetaBounds`; `LinkedCollateral` for a link where there is none.
    pub fn validate(&self, is_market: bool) -> Result<()> {
        let loading = FirebreakError::LoadingBounds;
        require_bounds(self.loading_calm_ppm.into(), LOADING_PPM, loading)?;
        require_bounds(self.loading_stressed_ppm.into(), LOADING_PPM, loading)?;
        ensure!(self.loading_calm_ppm <= self.loading_stressed_ppm, loading);
        require_bounds(self.beta_milli.into(), BETA_MILLI, FirebreakError::BetaBounds)?;
        ensure!(is_market || self.collateral_row == 0, FirebreakError::LinkedCollateral);
        Ok(())
    }

    /// Checks that the linked row is a collateral's.
    ///
    /// # Errors
    /// `LinkedCollateral` when it is not.
    pub fn require_link(&self, rows: &[Row]) -> Result<()> {
        if self.collateral_row == 0 {
            return Ok(());
        }
        let linked = rows.get(usize::from(self.collateral_row));
        let is_collateral = linked.is_some_and(|row| row.kind == RowKind::Collateral as u8);
        ensure!(is_collateral, FirebreakError::LinkedCollateral);
        Ok(())
    }

    /// The parameters of a row as they are.
    pub fn read(row: &Row) -> Self {
        Self {
            loading_calm_ppm: row.loading_calm_ppm,
            loading_stressed_ppm: row.loading_stressed_ppm,
            beta_milli: row.beta_milli,
            collateral_row: row.collateral_row,
        }
    }

    /// Copies the parameters into a row, after its volatility parameters.
    pub fn write(&self, row: &mut Row) {
        row.loading_calm_ppm = self.loading_calm_ppm;
        row.loading_stressed_ppm = self.loading_stressed_ppm;
        row.beta_milli = self.beta_milli;
        row.collateral_row = self.collateral_row;
        row.follow_loadings();
    }
}

impl Row {
    /// Lets the loadings of a market follow its volatility, as its margins do: those for initial margin the higher of fast
    /// and slow variance, those for maintenance margin what observations agree on. A collateral counts by the stressed ones.
    pub fn follow_loadings(&mut self) {
        if !self.is_market() {
            self.loading_initial_ppm = self.loading_stressed_ppm;
            self.loading_maintenance_ppm = self.loading_stressed_ppm;
            return;
        }
        let params = LoadingParams {
            calm: Ppm(self.loading_calm_ppm),
            stressed: Ppm(self.loading_stressed_ppm),
            reference: VarianceRate(self.variance_reference_q64),
            stress: VarianceRate(self.variance_stress_q64),
        };
        let volatility = self.volatility();
        self.loading_initial_ppm = params.at(volatility.higher()).present.0;
        self.loading_maintenance_ppm = params.at(volatility.agreed()).present.0;
    }
}
