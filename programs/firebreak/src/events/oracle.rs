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
    /// Breaker of the whole group afterwards. 0: normal, 1: tight.
    pub group_breaker_state: u8,
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
    /// Breaker state before, `firebreak_risk::circuit::State` as a number.
    pub breaker_before: u8,
    /// Breaker state afterwards.
    pub breaker_state: u8,
    /// Why it is in that state, `firebreak_risk::circuit::Cause` as a number.
    pub breaker_cause: u8,
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

/// A stay of a market's breaker ended by time alone.
#[event]
#[derive(Clone, Debug)]
pub struct BreakerRecovered {
    /// The group.
    pub group: Pubkey,
    /// Row in the snapshot.
    pub row: u16,
    /// State before, `firebreak_risk::circuit::State` as a number.
    pub from: u8,
    /// State afterwards.
    pub to: u8,
    /// Time in the new state, in seconds.
    pub stay_secs: u32,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
    /// Slot of the mutation.
    pub slot: u64,
}
