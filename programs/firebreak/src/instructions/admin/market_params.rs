//! Parameters of a market.

use anchor_lang::prelude::*;
use firebreak_risk::{demand::rise_of_a_bin, math::fixed::mul_ppm_floor, size::FreeSize, units::Ppm};

use super::{
    demand_params::limit_growth, write_floors, DemandParams, DynamicMarginParams, OracleParams,
    PortfolioParams,
};
use crate::{
    constants::*,
    error::FirebreakError,
    instructions::require_bounds,
    state::{BreakerParams, Market, Row},
};

/// Everything that is configured about a market.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketParams {
    /// Name, padded with zeros.
    pub name: [u8; 16],
    /// Oracles and their guards.
    pub oracle: OracleParams,
    /// Decimals of the base asset.
    pub base_decimals: u8,
    /// Power of ten of base atoms in one lot.
    pub lot_exponent: u8,
    /// Initial margin, in ppm of notional: the lowest, where it follows volatility.
    pub initial_ppm: u32,
    /// Maintenance margin, in ppm of notional: the lowest, where it follows volatility.
    pub maintenance_ppm: u32,
    /// Weight of unsettled profit in initial equity, in ppm.
    pub profit_weight_ppm: u32,
    /// Position notional up to which margins stay in proportion, in atoms; beyond, they grow with the root of the size.
    pub size_free_atoms: u64,
    /// Distance of a fill from the risk price, in ppm.
    pub price_band_ppm: u32,
    /// Levels and durations of the circuit breaker.
    pub breaker: BreakerParams,
    /// Quote notional that would move the log price by one, in atoms.
    pub depth_atoms: u64,
    /// Impact that liquidations may hold in the price at once, in ppm of the log price.
    pub impact_cap_ppm: u32,
    /// Share of that cap open to accounts that are not critical, in ppm.
    pub impact_healthy_ppm: u32,
    /// Decay time of impact, in seconds.
    pub impact_decay_secs: u32,
    /// Largest liquidation discount, in ppm.
    pub discount_ppm: u32,
    /// Time over which the discount rises to it, in seconds.
    pub discount_ramp_secs: u32,
    /// Position notional below which a liquidation closes it whole, in atoms.
    pub dust_atoms: u64,
    /// Share of the settled-loss pool that can be paid out per window, in ppm.
    pub payout_share_ppm: u32,
    /// Payouts allowed per window whatever the pool holds, in atoms.
    pub payout_floor_atoms: u64,
    /// Payout window, in seconds.
    pub payout_window_secs: u32,
    /// Largest fees of one fill, in ppm of its notional.
    pub fee_max_ppm: u32,
    /// Largest open interest of either side, in quote atoms at the risk price.
    pub open_interest_cap_atoms: u64,
    /// Largest position of one account, in ppm of that cap.
    pub position_share_ppm: u32,
    /// Time over which a premium is paid once as funding, in seconds.
    pub funding_window_secs: u32,
    /// Largest funding of one window, in ppm of notional.
    pub funding_max_ppm: u32,
    /// Time constant of the average premium, in seconds.
    pub premium_tau_secs: u32,
    /// Share of the insurance vault that this market can draw in one day, in ppm.
    pub cover_market_ppm: u32,
    /// How margins follow volatility.
    pub dynamic: DynamicMarginParams,
    /// How limits follow liquidation demand.
    pub demand: DemandParams,
    /// How the asset counts in portfolios.
    pub portfolio: PortfolioParams,
}

impl MarketParams {
    /// Checks every parameter, and those that constrain each other.
    ///
    /// # Errors
    /// The bounds error of the first parameter that is out of range.
    pub fn validate(&self) -> Result<()> {
        self.oracle.validate()?;
        self.validate_margin()?;
        self.dynamic.validate(self)?;
        self.demand.validate()?;
        self.portfolio.validate(true)?;
        self.validate_limits()?;
        self.breaker.validate()?;
        self.validate_liquidation()
    }

    fn validate_margin(&self) -> Result<()> {
        require_bounds(self.base_decimals.into(), MINT_DECIMALS, FirebreakError::MintDecimals)?;
        ensure!(self.lot_exponent <= 18, FirebreakError::LotBounds);
        require_bounds(self.maintenance_ppm.into(), MAINTENANCE_PPM, FirebreakError::MaintenanceBounds)?;
        require_bounds(self.initial_ppm.into(), INITIAL_PPM, FirebreakError::InitialBounds)?;
        // Below 1.2 times maintenance an account could open a position that the next tick liquidates.
        ensure!(
            u64::from(self.initial_ppm) * 10 >= u64::from(self.maintenance_ppm) * 12,
            FirebreakError::InitialBounds
        );
        require_bounds(self.profit_weight_ppm.into(), PROFIT_WEIGHT_PPM, FirebreakError::ProfitWeightBounds)?;
        require_bounds(self.size_free_atoms, SIZE_FREE_ATOMS, FirebreakError::SizeFreeBounds)?;
        require_bounds(self.price_band_ppm.into(), PRICE_BAND_PPM, FirebreakError::PriceBandBounds)?;
        // A band at or above the initial margin would let a fill move an account's whole margin to its counterparty.
        ensure!(self.price_band_ppm < self.initial_ppm, FirebreakError::PriceBandBounds);
        require_bounds(self.fee_max_ppm.into(), FEE_PPM, FirebreakError::FeeBounds)?;
        require_bounds(self.payout_share_ppm.into(), PAYOUT_SHARE_PPM, FirebreakError::PayoutShareBounds)?;
        require_bounds(self.payout_floor_atoms, PAYOUT_FLOOR_ATOMS, FirebreakError::PayoutFloorBounds)?;
        require_bounds(self.payout_window_secs.into(), PAYOUT_WINDOW_SECS, FirebreakError::PayoutWindowBounds)
    }

    fn validate_limits(&self) -> Result<()> {
        // An empty name would make markets of a group indistinguishable to people and tools.
        ensure!(self.name[0] != 0, FirebreakError::MarketName);
        require_bounds(
            self.open_interest_cap_atoms,
            OPEN_INTEREST_CAP_ATOMS,
            FirebreakError::OpenInterestCapBounds,
        )?;
        let checks = [
            (self.position_share_ppm, POSITION_SHARE_PPM, FirebreakError::PositionShareBounds),
            (self.funding_window_secs, FUNDING_WINDOW_SECS, FirebreakError::FundingWindowBounds),
            (self.funding_max_ppm, FUNDING_MAX_PPM, FirebreakError::FundingMaxBounds),
            (self.premium_tau_secs, PREMIUM_TAU_SECS, FirebreakError::PremiumTauBounds),
            (self.cover_market_ppm, COVER_MARKET_PPM, FirebreakError::CoverMarketBounds),
        ];
        for (value, bounds, error) in checks {
            require_bounds(value.into(), bounds, error)?;
        }
        Ok(())
    }

    fn validate_liquidation(&self) -> Result<()> {
        require_bounds(self.depth_atoms, DEPTH_ATOMS, FirebreakError::DepthBounds)?;
        require_bounds(self.impact_cap_ppm.into(), IMPACT_CAP_PPM, FirebreakError::ImpactCapBounds)?;
        require_bounds(
            self.impact_healthy_ppm.into(),
            IMPACT_HEALTHY_PPM,
            FirebreakError::ImpactHealthyBounds,
        )?;
        require_bounds(self.impact_decay_secs.into(), IMPACT_DECAY_SECS, FirebreakError::ImpactDecayBounds)?;
        require_bounds(self.discount_ppm.into(), DISCOUNT_PPM, FirebreakError::DiscountBounds)?;
        ensure!(self.discount_ppm <= self.maintenance_ppm, FirebreakError::DiscountBounds);
        require_bounds(
            self.discount_ramp_secs.into(),
            DISCOUNT_RAMP_SECS,
            FirebreakError::DiscountRampBounds,
        )?;
        require_bounds(self.dust_atoms, DUST_ATOMS, FirebreakError::DustBounds)
    }

    /// The parameters of a market as they are.
    pub fn read(market: &Market, row: &Row) -> Self {
        Self {
            name: market.name,
            oracle: OracleParams::read(row),
            base_decimals: market.base_decimals,
            lot_exponent: market.lot_exponent,
            initial_ppm: row.initial_floor_ppm,
            maintenance_ppm: row.maintenance_floor_ppm,
            profit_weight_ppm: row.profit_weight_ppm,
            size_free_atoms: row.size_free_atoms,
            price_band_ppm: row.price_band_ppm,
            breaker: row.breaker,
            depth_atoms: market.depth_atoms,
            impact_cap_ppm: market.impact_cap_ppm,
            impact_healthy_ppm: market.impact_healthy_ppm,
            impact_decay_secs: market.impact_decay_secs,
            discount_ppm: market.discount_ppm,
            discount_ramp_secs: market.discount_ramp_secs,
            dust_atoms: market.dust_atoms,
            payout_share_ppm: market.payout_share_ppm,
            payout_floor_atoms: market.payout_floor_atoms,
            // Written from 32 bits.
            payout_window_secs: u32::try_from(market.payout_window_secs).unwrap_or(u32::MAX),
            fee_max_ppm: market.fee_max_ppm,
            open_interest_cap_atoms: row.open_interest_cap_atoms,
            position_share_ppm: row.position_share_ppm,
            funding_window_secs: market.funding_window_secs,
            funding_max_ppm: market.funding_max_ppm,
            premium_tau_secs: market.premium_tau_secs,
            cover_market_ppm: market.cover_market_ppm,
            dynamic: DynamicMarginParams::read(row),
            demand: DemandParams::read(market),
            portfolio: PortfolioParams::read(row),
        }
    }

    /// Copies what health needs into the row.
    pub fn write_row(&self, row: &mut Row) {
        self.oracle.write(row);
        self.dynamic.write(row);
        self.portfolio.write(row);
        write_floors(row, Ppm(self.initial_ppm), Ppm(self.maintenance_ppm));
        row.profit_weight_ppm = self.profit_weight_ppm;
        row.size_free_atoms = self.size_free_atoms;
        row.price_band_ppm = self.price_band_ppm;
        row.breaker = self.breaker;
        row.open_interest_cap_atoms = self.open_interest_cap_atoms;
        row.position_share_ppm = self.position_share_ppm;
        limit_growth(row);
    }

    /// Copies what liquidation and settlement need into the cold account.
    pub fn write_market(&self, market: &mut Market) {
        market.name = self.name;
        market.base_decimals = self.base_decimals;
        market.lot_exponent = self.lot_exponent;
        market.depth_atoms = self.depth_atoms;
        market.impact_cap_ppm = self.impact_cap_ppm;
        market.impact_healthy_ppm = self.impact_healthy_ppm;
        market.impact_decay_secs = self.impact_decay_secs;
        market.discount_ppm = self.discount_ppm;
        market.discount_ramp_secs = self.discount_ramp_secs;
        market.dust_atoms = self.dust_atoms;
        market.payout_share_ppm = self.payout_share_ppm;
        market.payout_floor_atoms = self.payout_floor_atoms;
        market.payout_window_secs = self.payout_window_secs.into();
        market.fee_max_ppm = self.fee_max_ppm;
        market.funding_window_secs = self.funding_window_secs;
        market.funding_max_ppm = self.funding_max_ppm;
        market.premium_tau_secs = self.premium_tau_secs;
        market.cover_market_ppm = self.cover_market_ppm;
        let free_size = FreeSize::of_atoms(self.size_free_atoms);
        market.maintenance_rise_ppm = rise_of_a_bin(free_size, self.largest_position()).0;
        self.demand.write(market);
    }

    /// Notional of the largest position that may be opened, in atoms.
    fn largest_position(&self) -> u64 {
        // A share of at most one fits.
        let share = mul_ppm_floor(self.open_interest_cap_atoms, Ppm(self.position_share_ppm));
        share.unwrap_or(u64::MAX).min(NOTIONAL_ATOMS_MAX)
    }
}
