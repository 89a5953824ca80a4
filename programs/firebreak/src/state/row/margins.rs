//! What a row knows about volatility, and the margins and loadings that follow from it.

use firebreak_risk::{
    forecast::Outlook,
    margin::{MarginParams, Margins},
    portfolio::Loadings,
    size::FreeSize,
    units::{Ppm, Price, Seconds, UnixTime, VarianceRate, PPM_ONE},
    volatility::{Volatility, VolatilityParams},
};

use super::Row;
use crate::state::committee::band;

impl Row {
    /// What is known about the row's volatility.
    pub fn volatility(&self) -> Volatility {
        Volatility {
            fast: VarianceRate(self.variance_fast_q64),
            slow: VarianceRate(self.variance_slow_q64),
            bipower: VarianceRate(self.variance_bipower_q64),
            confirmed: VarianceRate(self.variance_confirmed_q64),
            price: Price(self.sample_price_q32),
            publish: UnixTime(self.sample_ts),
            last_q32: self.sample_return_q32,
        }
    }

    /// Takes over new estimates.
    pub fn set_volatility(&mut self, volatility: Volatility) {
        self.variance_fast_q64 = volatility.fast.0;
        self.variance_slow_q64 = volatility.slow.0;
        self.variance_bipower_q64 = volatility.bipower.0;
        self.variance_confirmed_q64 = volatility.confirmed.0;
        self.sample_price_q32 = volatility.price.0;
        self.sample_ts = volatility.publish.0;
        self.sample_return_q32 = volatility.last_q32;
    }

    /// The highest of what is measured and the reference: for looking at what may happen, not at what did.
    pub fn cautious_variance(&self) -> VarianceRate {
        self.volatility().higher().max(self.volatility_params().reference)
    }

    /// How the volatility is measured.
    pub fn volatility_params(&self) -> VolatilityParams {
        VolatilityParams {
            fast: Seconds(self.variance_fast_secs.into()),
            slow: Seconds(self.variance_slow_secs.into()),
            reference: VarianceRate(self.variance_reference_q64),
        }
    }

    /// Present margins of a market.
    pub fn margins(&self) -> Margins {
        Margins {
            initial_q16: self.initial_q16,
            maintenance_q16: self.maintenance_q16,
            updated: UnixTime(self.margin_ts),
        }
    }

    /// Position notional up to which margins stay in proportion.
    pub const fn free_size(&self) -> FreeSize {
        FreeSize::of_atoms(self.size_free_atoms)
    }

    /// Takes over new margins, rounded up for health checks.
    pub fn set_margins(&mut self, margins: Margins) {
        self.initial_q16 = margins.initial_q16;
        self.maintenance_q16 = margins.maintenance_q16;
        self.margin_ts = margins.updated.0;
        self.initial_ppm = margins.initial().0;
        self.maintenance_ppm = margins.maintenance().0;
        self.raise_initial();
    }

    /// Initial margin of both sides: what volatility asks for, times the factor for cascades, rounded up, at most all of the
    /// notional.
    pub fn raise_initial(&mut self) {
        for (raised, side) in self.initial_side_ppm.iter_mut().zip(&self.sides) {
            let factor = u64::from(side.initial_factor_milli.max(1_000));
            let product = u64::from(self.initial_ppm).saturating_mul(factor).div_ceil(1_000);
            let most = u64::from(PPM_ONE.max(self.initial_ppm));
            *raised = u32::try_from(product.min(most)).unwrap_or(u32::MAX);
        }
    }

    /// Takes over what a committee says.
    pub fn set_outlook(&mut self, outlook: Option<Outlook>, band_milli: [u16; 2]) {
        self.forecast_variance_q64 = outlook.map_or(0, |outlook| outlook.variance.0);
        self.forecast_band_milli = outlook.map_or([0; 2], |_| band_milli);
    }

    /// What the committee says, as long as the fold that took it over is fresh at `now`.
    pub fn outlook_at(&self, now: UnixTime) -> Option<Outlook> {
        let is_said = self.forecast_variance_q64 != 0 && self.is_folded_at(now.0);
        let variance = VarianceRate(self.forecast_variance_q64);
        is_said.then(|| Outlook { variance, band: band(self.forecast_band_milli) })
    }

    /// How a market's margins follow its volatility at `now`.
    pub fn margin_params(&self, now: UnixTime) -> MarginParams {
        MarginParams {
            initial_floor: Ppm(self.initial_floor_ppm),
            initial_max: Ppm(self.initial_max_ppm),
            maintenance_floor: Ppm(self.maintenance_floor_ppm),
            initial_z_milli: self.initial_z_milli.into(),
            maintenance_z_milli: self.maintenance_z_milli.into(),
            maintenance_limit: Ppm(self.maintenance_limit_ppm[0].min(self.maintenance_limit_ppm[1])),
            horizon: Seconds(self.margin_horizon_secs.into()),
            decay: Seconds(self.margin_decay_secs.into()),
            ramp_ppm_per_hour: self.margin_ramp_ppm_per_hour,
            stress: VarianceRate(self.variance_stress_q64),
            stress_weight: Ppm(self.stress_weight_ppm),
            outlook: self.outlook_at(now),
        }
    }

    /// How the asset moves with all others, for initial margin.
    pub fn initial_loadings(&self) -> Loadings {
        Loadings { calm: Ppm(self.loading_calm_ppm), present: Ppm(self.loading_initial_ppm) }
    }

    /// How the asset moves with all others, for maintenance margin.
    pub fn maintenance_loadings(&self) -> Loadings {
        Loadings { calm: Ppm(self.loading_calm_ppm), present: Ppm(self.loading_maintenance_ppm) }
    }

    /// Move of the asset per move of the common factor, in thousandths. Before it was configured: one for one.
    fn beta(&self) -> u64 {
        u64::from(if self.beta_milli == 0 { 1_000 } else { self.beta_milli })
    }

    /// What a value of the asset gains when the common factor rises by one in ln price: times beta, in quote atoms rounded
    /// down. At most 2^58, so that sums over an account stay within 63 bits.
    #[inline(always)]
    pub fn exposure(&self, value_atoms: u64) -> i64 {
        let product = if value_atoms >> 48 == 0 {
            // Below 2^64, because beta is below 2^16; a wide product costs five times as much.
            value_atoms.wrapping_mul(self.beta()) / 1_000
        } else {
            let product = u128::from(value_atoms) * u128::from(self.beta()) / 1_000;
            u64::try_from(product).unwrap_or(u64::MAX)
        };
        product.min(1 << 58).cast_signed()
    }

    /// An exposure to the common factor per unit of this asset's own move in ln price, without its sign, in quote atoms. What
    /// is too large counts as the largest.
    #[inline(always)]
    pub fn own_exposure(&self, joint_atoms: i64) -> u64 {
        let joint = joint_atoms.unsigned_abs();
        if joint >> 54 != 0 {
            return u64::MAX;
        }
        joint.wrapping_mul(1_000) / self.beta()
    }
}
