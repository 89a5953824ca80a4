//! The risk snapshot: a header and one row per market and collateral.

use bytemuck::{Pod, Zeroable};
use core::mem::{offset_of, size_of};

use super::{read_at, BreakerParams, Layout, View};
use crate::discriminators;

/// Bytes of one row.
pub const ROW_SIZE: usize = 768;
/// [`Row::kind`] of a perpetual market.
pub const ROW_KIND_MARKET: u8 = 3;

/// Header of the snapshot account, without its discriminator. The rows follow it directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct SnapshotHeader {
    /// The group this snapshot belongs to.
    pub group: [u8; 32],
    /// Raised by each mutation; in every event about the snapshot.
    pub sequence: u64,
    /// Latest clock that a mutation saw. A clock that steps back leaves it where it is.
    pub updated_ts: i64,
    /// Latest slot that a mutation saw.
    pub updated_slot: u64,
    /// Seconds for which the insurance lasts if it goes on as within the last day, at the last refresh; the largest number: for
    /// ever. 0 before the first refresh.
    pub runway_secs: u64,
    /// Unix time until which the whole group is paused. 0: not paused.
    pub paused_until_ts: i64,
    /// Slot of the last restart of the network that was seen. 0: none yet.
    pub last_restart_slot: u64,
    /// Unix time until which a halt of the network grants grace: nobody is liquidated, nothing opens. 0: none.
    pub grace_until_ts: i64,
    /// Margin buffer above maintenance at which a liquidation stops, in ppm of the requirement.
    pub target_buffer_ppm: u32,
    /// Share of the maintenance requirement below which an account is critical, in ppm.
    pub critical_ppm: u32,
    /// Rows in use.
    pub row_count: u16,
    /// Breaker of the whole group. 0: normal, 1: tight, and every market elevated.
    pub breaker_state: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 3],
    /// Unix time at which the last pause of the whole group began. 0: never paused.
    pub paused_since_ts: i64,
    /// Unix time at which insurance was last drawn. 0: never.
    pub insurance_drawn_ts: i64,
    /// Share of the insurance that had been drawn within the day before that, in ppm.
    pub insurance_drawn_ppm: u32,
    /// Share of the sum over positions that an account needs at least, in ppm. All of it, or 0: no account is margined as a
    /// portfolio.
    pub portfolio_floor_ppm: u32,
    /// Room for later fields.
    pub reserved: [u8; 120],
}

/// Scale and earned index of one market side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct SideRow {
    /// Base per unit, in 2^-62.
    pub scale: u64,
    /// Cumulative quote per whole unit, in 2^-32 atoms: low then high half of a signed 128-bit number.
    pub earned: [u64; 2],
    /// Raised when a side that was emptied by deleveraging starts anew.
    pub epoch: u32,
    /// Explicit padding.
    pub _padding: [u8; 4],
    /// Delta: quote atoms that would be liquidated per unit of ln price, near the price, as last folded.
    pub demand_delta_atoms: u64,
    /// Gamma: change of that per unit of ln price ahead, in quote atoms; positive: more lies ahead.
    pub demand_gamma_atoms: i64,
    /// Largest open interest of the side, in quote atoms at the risk price, as the last fold left it. 0: never folded.
    pub growth_cap_atoms: u64,
    /// Reproduction number of liquidations, in ppm: quote atoms that are liquidated per atom liquidated.
    pub reproduction_ppm: u32,
    /// Bins of 3 % to the next cluster of demand; 65 535: none.
    pub cluster_bins: u16,
    /// Factor on initial margin that follows from R, in thousandths. 0: never folded.
    pub initial_factor_milli: u16,
}

/// One 768-byte row of the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
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
    pub primary_key: [u8; 32],
    /// Address of the secondary oracle account.
    pub secondary_key: [u8; 32],
    /// Address of the third oracle account. Default key: none.
    pub third_key: [u8; 32],
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
    /// 0: not used, 1: quote mint, 2: other collateral, 3: market.
    pub kind: u8,
    /// Kind of the primary source.
    pub primary_kind: u8,
    /// Kind of the secondary source. 0: none.
    pub secondary_kind: u8,
    /// Kind of the third source. 0: none.
    pub third_kind: u8,
    /// Breaker state of the row. 0: normal.
    pub breaker_state: u8,
    /// Verdict of the last refresh.
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

const _: () = assert!(size_of::<SnapshotHeader>() == 248);
const _: () = assert!(offset_of!(SnapshotHeader, sequence) == 32);
const _: () = assert!(offset_of!(SnapshotHeader, row_count) == 96);
const _: () = assert!(offset_of!(SnapshotHeader, version) == 100);
const _: () = assert!(size_of::<SideRow>() == 64);
const _: () = assert!(size_of::<Row>() == ROW_SIZE);
const _: () = assert!(offset_of!(Row, sides) == 120);
const _: () = assert!(offset_of!(Row, primary_key) == 296);
const _: () = assert!(offset_of!(Row, initial_ppm) == 424);
const _: () = assert!(offset_of!(Row, index) == 476);
const _: () = assert!(offset_of!(Row, breaker_state) == 485);

impl Layout for SnapshotHeader {
    const DISCRIMINATOR: [u8; 8] = discriminators::RISK_SNAPSHOT;
    const VERSION_OFFSET: usize = offset_of!(SnapshotHeader, version);

    fn bytes_needed(bytes: &[u8]) -> usize {
        let rows: u16 = read_at(bytes, offset_of!(SnapshotHeader, row_count)).unwrap_or(0);
        size_of::<Self>() + usize::from(rows) * ROW_SIZE
    }
}

impl View<'_, SnapshotHeader> {
    /// The group this snapshot belongs to.
    pub fn group(&self) -> [u8; 32] {
        self.field(offset_of!(SnapshotHeader, group))
    }

    /// Raised by each mutation.
    pub fn sequence(&self) -> u64 {
        self.field(offset_of!(SnapshotHeader, sequence))
    }

    /// Breaker state of the whole group. 0: normal.
    pub fn breaker_state(&self) -> u8 {
        self.field(offset_of!(SnapshotHeader, breaker_state))
    }

    /// Rows in use.
    pub fn row_count(&self) -> u16 {
        self.field(offset_of!(SnapshotHeader, row_count))
    }

    /// One row by value, 768 bytes. `None` when there is no such row.
    pub fn row(&self, index: u16) -> Option<Row> {
        read_at(self.bytes, self.row_offset(index)?)
    }

    /// Price after guards of one row, in quote atoms per quantum in 2^-32. 0: never refreshed.
    pub fn row_price_q32(&self, index: u16) -> Option<u64> {
        self.row_field(index, offset_of!(Row, price_q32))
    }

    /// Clock at the last refresh of one row that found a usable reading.
    pub fn row_update_ts(&self, index: u16) -> Option<i64> {
        self.row_field(index, offset_of!(Row, update_ts))
    }

    /// Breaker state of one row. 0: normal.
    pub fn row_breaker_state(&self, index: u16) -> Option<u8> {
        self.row_field(index, offset_of!(Row, breaker_state))
    }

    /// What one row describes; [`ROW_KIND_MARKET`] for a market.
    pub fn row_kind(&self, index: u16) -> Option<u8> {
        self.row_field(index, offset_of!(Row, kind))
    }

    fn row_offset(&self, index: u16) -> Option<usize> {
        let is_used = index < self.row_count();
        is_used.then_some(size_of::<SnapshotHeader>() + usize::from(index) * ROW_SIZE)
    }

    fn row_field<F: Pod>(&self, index: u16, offset: usize) -> Option<F> {
        read_at(self.bytes, self.row_offset(index)? + offset)
    }
}

impl SideRow {
    /// Cumulative quote per whole unit, in 2^-32 atoms.
    pub fn earned(&self) -> i128 {
        // as-safety: reinterprets the two halves bit by bit; nothing is lost.
        ((u128::from(self.earned[1]) << 64) | u128::from(self.earned[0])) as i128
    }
}
