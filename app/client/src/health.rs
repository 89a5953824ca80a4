//! Health of decoded accounts. Calls the program's engine; there is no second formula here.

use anchor_lang::prelude::{AccountInfo, Clock, Pubkey};
use firebreak::{
    engine::{self, AccountHealth, Moment, Overlay, RowReader},
    oracle::assess_row,
    state::{MarginAccount, Row},
};
use firebreak_risk::{
    health::Health,
    liquidation::{assess, AccountState, LiquidationLevels},
    units::Ppm,
    RiskError,
};

use crate::{accounts::SnapshotView, ClientError};

/// An oracle account as it was fetched.
#[derive(Clone, Debug)]
pub struct OracleAccount {
    /// Its address.
    pub key: Pubkey,
    /// The program that owns it.
    pub owner: Pubkey,
    /// Its data.
    pub data: Vec<u8>,
}

/// Sums over an account at the snapshot's prices, as an instruction executed at `now` would see them.
///
/// # Errors
/// `Valuation` when the account refers to rows that the snapshot does not have, or a value leaves its range.
pub fn account_health(
    account: &MarginAccount,
    snapshot: &SnapshotView,
    now: i64,
) -> Result<AccountHealth, ClientError> {
    let overlay = Overlay::default();
    let reader = RowReader::new(&snapshot.rows, &overlay, Moment::within(&snapshot.header, now));
    Ok(engine::account_health(account, &reader)?)
}

/// Levels at which liquidations of this group start, end and become urgent.
pub fn levels(snapshot: &SnapshotView) -> LiquidationLevels {
    LiquidationLevels {
        target_buffer: Ppm(snapshot.header.target_buffer_ppm),
        critical: Ppm(snapshot.header.critical_ppm),
    }
}

/// Liquidation state of an account with these sums.
///
/// # Errors
/// `Overflow` when the requirement does not fit 64 bits.
pub fn account_state(health: &Health, snapshot: &SnapshotView) -> Result<AccountState, ClientError> {
    assess(health, &levels(snapshot)).map_err(|_: RiskError| ClientError::Overflow { what: "requirement" })
}

/// A row as `refresh` would store it with these oracle accounts, in the order of its sources: for valuing accounts ahead
/// of the crank.
///
/// # Errors
/// `Valuation` when the accounts are not those of the row.
pub fn refreshed_row(row: &Row, oracles: &[&OracleAccount], clock: &Clock) -> Result<Row, ClientError> {
    let mut buffers: Vec<(u64, Vec<u8>)> = oracles.iter().map(|oracle| (0, oracle.data.clone())).collect();
    let infos: Vec<AccountInfo> = oracles
        .iter()
        .zip(&mut buffers)
        .map(|(oracle, (lamports, data))| info(oracle, lamports, data))
        .collect();
    let reading = assess_row(row, &infos, clock)?;
    let mut refreshed = *row;
    let circuit = row.circuit_after(&reading, &Moment::at(clock.unix_timestamp))?;
    refreshed.store_reading(&reading, clock);
    refreshed.set_circuit(circuit);
    Ok(refreshed)
}

fn info<'a>(account: &'a OracleAccount, lamports: &'a mut u64, data: &'a mut [u8]) -> AccountInfo<'a> {
    AccountInfo::new(&account.key, false, false, lamports, data, &account.owner, false)
}
