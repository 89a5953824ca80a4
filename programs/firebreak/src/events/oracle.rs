//! Events of the snapshot.

use anchor_lang::prelude::*;

/// Rows were read from their oracles.
#[event]
#[derive(Clone, Debug)]
pub struct SnapshotRefreshed {
    /// The group.
    pub group: Pubkey,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
    /// The rows, in the order of the instruction.
    pub rows: Vec<RowRefreshed>,
}

/// One row of [`SnapshotRefreshed`].
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct RowRefreshed {
    /// Row in the snapshot.
    pub row: u16,
    /// Verdict on the sources.
    pub verdict: u8,
    /// Breaker state afterwards.
    pub breaker_state: u8,
    /// Risk price, in 2^-32 quote atoms per quantum.
    pub price_q32: u64,
    /// Half-width of its band, same unit.
    pub confidence_q32: u64,
    /// Slow price, same unit.
    pub ema_q32: u64,
    /// Fast variance per second, in 2^-64.
    pub variance_fast_q64: u64,
    /// Slow variance per second, in 2^-64.
    pub variance_slow_q64: u64,
    /// Initial margin of a market, in ppm of notional.
    pub initial_ppm: u32,
    /// Maintenance margin of a market, in ppm of notional.
    pub maintenance_ppm: u32,
    /// Publish time of the accepted reading.
    pub publish_ts: i64,
}

/// A market's breaker went back to normal.
#[event]
#[derive(Clone, Debug)]
pub struct BreakerRecovered {
    /// The group.
    pub group: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// When the tripped state was entered.
    pub entered_ts: i64,
    /// When it ended.
    pub recovered_ts: i64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}
