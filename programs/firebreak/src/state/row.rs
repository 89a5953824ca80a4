//! One row of the risk snapshot: everything that a health check needs about one market or collateral.

use anchor_lang::prelude::*;
use firebreak_risk::{
    claim::HaircutIndex,
    demand::{price_bin, Window},
    oracle::Verdict,
    units::{Price, Scale},
};

use super::{BreakerParams, SideRow};
use crate::constants::{FOLD_SECS, USABLE_SECS};

mod margins;

/// Bytes of one row.
pub const ROW_SIZE: usize = 768;

/// What a row describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RowKind {
    /// Not used.
    Empty = 0,
    /// The quote mint: worth exactly one quote atom per atom, without an oracle.
    Quote = 1,
    /// A collateral mint other than the quote mint.
    Collateral = 2,
    /// A perpetual market.
    Market = 3,
}

/// One 768-byte row of a `RiskSnapshot`.
#[zero_copy]
#[repr(C)]
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Price after guards, in quote atoms per quantum in 2^-32. 0: never refreshed.
    pub price_q32: u64,
    /// Half-width of the price band, same unit.
    pub confidence_q32: u64,
    /// Slow price with bounded growth, same unit.
    pub ema_q32: u64,
    /// Publish time of the accepted reading.
    pub publish_ts: i64,
    /// Clock at the last refresh that found a usable reading.
    pub update_ts: i64,
    /// Slot of that refresh.
    pub update_slot: u64,
    /// Newest publish time accepted from the primary source.
    pub primary_publish_ts: i64,
    /// Newest publish time accepted from the secondary source.
    pub secondary_publish_ts: i64,
    /// Newest publish time accepted from the third source.
    pub third_publish_ts: i64,
    /// Fast variance per second, in 2^-64. 0 until it is measured.
    pub variance_fast_q64: u64,
    /// Slow variance per second, in 2^-64. 0 until it is measured.
    pub variance_slow_q64: u64,
    /// Reference variance per second, in 2^-64, set by the administrator.
    pub variance_reference_q64: u64,
    /// When the breaker's durations were last accounted for.
    pub breaker_updated_ts: i64,
    /// Publish time of the last reading that the breaker saw.
    pub breaker_publish_ts: i64,
    /// Time in its present state, in seconds.
    pub breaker_stay_secs: u32,
    /// Used budget of restricted time, in seconds divided by a day.
    pub breaker_used: u32,
    /// Long side, then short side.
    pub sides: [SideRow; 2],
    /// Long and short open interest in units, as last folded.
    pub open_interest_units: [u64; 2],
    /// Sequence of that fold.
    pub fold_sequence: u64,
    /// Time of that fold. 0: never folded.
    pub fold_ts: i64,
    /// Largest open interest of either side (market), in quote atoms at the risk price.
    pub open_interest_cap_atoms: u64,
    /// What one unit of realised, unpaid profit is worth (market), in 2^-48 quote atoms. One until a loss is charged.
    pub haircut_q48: u64,
    /// Address of the primary oracle account.
    pub primary_key: Pubkey,
    /// Address of the secondary oracle account.
    pub secondary_key: Pubkey,
    /// Address of the third oracle account. Default key: none.
    pub third_key: Pubkey,
    /// Feed id inside the accounts, where they have one.
    pub feed_id: [u8; 32],
    /// Present initial margin (market) in ppm of notional.
    pub initial_ppm: u32,
    /// Present maintenance margin (market) in ppm of notional.
    pub maintenance_ppm: u32,
    /// Weight of unsettled profit in initial equity (market), in ppm.
    pub profit_weight_ppm: u32,
    /// Weight in maintenance equity (collateral), in ppm.
    pub maintenance_weight_ppm: u32,
    /// Weight in initial equity (collateral), in ppm.
    pub initial_weight_ppm: u32,
    /// Largest relative difference between the sources, in ppm.
    pub deviation_ppm: u32,
    /// Distance of a fill from the risk price (market), in ppm.
    pub price_band_ppm: u32,
    /// Time constant of the EMA price, in seconds.
    pub ema_tau_secs: u32,
    /// Largest position of one account (market), in ppm of the open-interest cap.
    pub position_share_ppm: u32,
    /// Unix time until which the market is paused. 0: not paused.
    pub paused_until_ts: u32,
    /// Parameter epoch of the group at the last change of this row.
    pub parameter_epoch: u32,
    /// Largest relative confidence of a good reading, in ppm.
    pub confidence_ppm: u16,
    /// Oldest reading that still counts, in seconds.
    pub reading_age_secs: u16,
    /// Fastest move of the EMA price, in ppm per second.
    pub ema_move_ppm_per_sec: u16,
    /// Raised when a loss took all realised, unpaid profit of the market; older claims are worth nothing.
    pub haircut_epoch: u16,
    /// Position of this row in the snapshot.
    pub index: u16,
    /// Position of the market in each exposure shard (market).
    pub market_index: u16,
    /// Power of ten from "currency units per whole token" to "quote atoms per quantum".
    pub quantum_exponent: i8,
    /// [`RowKind`] as a number.
    pub kind: u8,
    /// Kind of the primary source, `oracle::SourceKind` as a number.
    pub primary_kind: u8,
    /// Kind of the secondary source. 0: none.
    pub secondary_kind: u8,
    /// Kind of the third source. 0: none.
    pub third_kind: u8,
    /// Breaker state, `firebreak_risk::circuit::State` as a number.
    pub breaker_state: u8,
    /// Verdict of the last refresh, `firebreak_risk::oracle::Verdict` as a number.
    pub verdict: u8,
    /// Why the breaker is in its state, `firebreak_risk::circuit::Cause` as a number.
    pub breaker_cause: u8,
    /// 1: the backlog of liquidations of that side (market), long, then short, cannot be worked off in time.
    pub is_pace_infeasible: [u8; 2],
    /// Explicit padding.
    pub _padding: [u8; 2],
    /// Unix time at which the last pause of the market began. 0: never paused.
    pub paused_since_ts: u32,
    /// Variance per second that neighbouring returns show together, with the fast time constant, in 2^-64: jumps are not in it.
    pub variance_bipower_q64: u64,
    /// Variance per second of a stressed market (market), in 2^-64.
    pub variance_stress_q64: u64,
    /// Price of the last sample of the variances. 0: none yet.
    pub sample_price_q32: u64,
    /// Publish time of that sample.
    pub sample_ts: i64,
    /// Initial margin (market) in 2^-16 ppm of notional; rounded up in `initial_ppm`.
    pub initial_q16: u64,
    /// Maintenance margin (market) in 2^-16 ppm of notional; rounded up in `maintenance_ppm`.
    pub maintenance_q16: u64,
    /// Time up to which margins follow volatility.
    pub margin_ts: i64,
    /// Variance per second that two observations in a row agree on, with the slow time constant, in 2^-64.
    pub variance_confirmed_q64: u64,
    /// Largest notional of one account's position (market), long side, then short side, in quote atoms, as the last fold
    /// left it. 0: never folded.
    pub position_cap_atoms: [u64; 2],
    /// Absolute return of the last sample per square root of its seconds, in 2^-32.
    pub sample_return_q32: u32,
    /// Time constant of the fast variance, in seconds.
    pub variance_fast_secs: u32,
    /// Time constant of the slow variance, in seconds.
    pub variance_slow_secs: u32,
    /// Lowest initial margin (market), in ppm of notional.
    pub initial_floor_ppm: u32,
    /// Highest initial margin (market), in ppm of notional.
    pub initial_max_ppm: u32,
    /// Lowest maintenance margin (market), in ppm of notional.
    pub maintenance_floor_ppm: u32,
    /// Time over which margins cover a move (market), in seconds.
    pub margin_horizon_secs: u32,
    /// Time constant with which margins fall (market), in seconds.
    pub margin_decay_secs: u32,
    /// Fastest rise of maintenance margin (market), in ppm of notional per hour.
    pub margin_ramp_ppm_per_hour: u32,
    /// Weight of the stressed variance (market), in ppm.
    pub stress_weight_ppm: u32,
    /// Standard deviations that initial margin covers (market), in thousandths. 0: it stays at its floor.
    pub initial_z_milli: u16,
    /// Standard deviations that maintenance margin covers (market), in thousandths. 0: it stays at its floor.
    pub maintenance_z_milli: u16,
    /// Initial margin of a long, then of a short position (market), in ppm of notional: `initial_ppm` with the factors for
    /// cascades.
    pub initial_side_ppm: [u32; 2],
    /// Highest maintenance margin (market) that the demand of each side allows, in ppm of notional. 0: never folded.
    pub maintenance_limit_ppm: [u32; 2],
    /// Bin of the price (market) on the axis of the demand curve.
    pub price_bin: i16,
    /// Bin of the price when the present epoch of the demand curve began (market).
    pub demand_anchor: i16,
    /// Epoch of the demand curve (market).
    pub demand_epoch: u16,
    /// Buckets of the last readings that the breaker saw, two bits each, the latest lowest.
    pub breaker_history: u16,
    /// Time without a usable price, plus one, in seconds. 0: the last verdict had one.
    pub breaker_blind_secs: u32,
    /// Levels and durations of the breaker (market).
    pub breaker: BreakerParams,
    /// Correlation with the common factor in calm markets, in ppm.
    pub loading_calm_ppm: u32,
    /// Correlation with the common factor in stress, in ppm.
    pub loading_stressed_ppm: u32,
    /// Present correlation with the common factor for initial margin, in ppm.
    pub loading_initial_ppm: u32,
    /// Present correlation with the common factor for maintenance margin, in ppm.
    pub loading_maintenance_ppm: u32,
    /// Move of the asset per move of the common factor, in thousandths.
    pub beta_milli: u16,
    /// Row of the collateral that is the same asset (market). 0: none.
    pub collateral_row: u16,
    /// Position notional up to which margins stay in proportion (market), in quote atoms. 0: never configured, no premium.
    pub size_free_atoms: u64,
    /// Room for later fields.
    pub reserved: [u8; 12],
    /// Ends of the band in which a forecast counts (market), in thousandths of the measured variance. 0: no forecast.
    pub forecast_band_milli: [u16; 2],
    /// Variance per second that the market's committee expected at the last fold, in 2^-64. 0: none, or what was measured.
    pub forecast_variance_q64: u64,
}

const _: () = assert!(core::mem::size_of::<Row>() == ROW_SIZE);
const _: () = assert!(core::mem::offset_of!(Row, forecast_variance_q64) == 760);

impl Default for Row {
    fn default() -> Self {
        let mut row: Row = bytemuck::Zeroable::zeroed();
        row.sides[0].scale = Scale::ONE.0;
        row.sides[1].scale = Scale::ONE.0;
        row.set_haircut(HaircutIndex::default());
        row
    }
}

impl Row {
    /// Price after guards.
    pub fn price(&self) -> Price {
        Price(self.price_q32)
    }

    /// What claims on realised profits of the market are worth.
    pub fn haircut(&self) -> HaircutIndex {
        HaircutIndex { factor_q48: self.haircut_q48, epoch: self.haircut_epoch }
    }

    /// Takes over a new haircut index.
    pub fn set_haircut(&mut self, index: HaircutIndex) {
        self.haircut_q48 = index.factor_q48;
        self.haircut_epoch = index.epoch;
    }

    /// The bins that the market's demand curve keeps.
    pub fn window(&self) -> Window {
        Window { anchor: self.demand_anchor, epoch: self.demand_epoch }
    }

    /// Lets a market's demand curve follow the stored price. Only a price of zero has no bin.
    pub fn follow_price(&mut self) {
        let Ok(bin) = price_bin(self.price()) else { return };
        let window = self.window().followed(bin);
        self.price_bin = bin;
        self.demand_anchor = window.anchor;
        self.demand_epoch = window.epoch;
    }

    /// True when the row describes a market.
    pub fn is_market(&self) -> bool {
        self.kind == RowKind::Market as u8
    }

    /// True when there is a price that still supports new risk at `now`, and the sources gave one at the last reading.
    pub fn has_usable_price(&self, now: i64) -> bool {
        let is_young = now.saturating_sub(self.update_ts) <= USABLE_SECS;
        self.price_q32 != 0 && is_young && Verdict::from_u8(self.verdict).has_price()
    }

    /// True when open interest was folded recently enough at `now` to open risk on.
    pub fn is_folded_at(&self, now: i64) -> bool {
        self.fold_ts != 0 && now.saturating_sub(self.fold_ts) <= FOLD_SECS
    }

    /// True when the row describes the quote mint.
    pub fn is_quote(&self) -> bool {
        self.kind == RowKind::Quote as u8
    }
}

/// Joins the low and high halves of a stored 128-bit number. Accounts hold no bare `i128`: its alignment
/// differs between the host and the VM.
pub fn join_i128(halves: [u64; 2]) -> i128 {
    // as-safety: reinterprets the two halves bit by bit; nothing is lost.
    ((u128::from(halves[1]) << 64) | u128::from(halves[0])) as i128
}

/// Splits a 128-bit number into its low and high halves.
pub fn split_i128(value: i128) -> [u64; 2] {
    // as-safety: takes the low and the high 64 bits, bit by bit.
    [value as u64, ((value as u128) >> 64) as u64]
}
