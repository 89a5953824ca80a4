//! Decodes accounts from bytes of any alignment.
//!
//! SECURITY: decoding proves what the bytes say, not who wrote them. Whoever fetches an account checks first that
//! [`firebreak::ID`] owns it.

use anchor_lang::Discriminator;
use bytemuck::Pod;
use core::mem::size_of;
use firebreak::{
    constants::LAYOUT_VERSION,
    state::{
        shard_space, snapshot_space, CollateralBank, Committee, ExposureShard, Group, InsuranceStake,
        InsuranceVault, MarginAccount, Market, MarketLedger, RiskSnapshot, Row, ShardRow, Venue, VenueMarket,
        ROW_SIZE, SHARD_ROW_SIZE,
    },
};

use crate::ClientError;

/// A decoded risk snapshot.
#[derive(Clone)]
pub struct SnapshotView {
    /// The header.
    pub header: RiskSnapshot,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A decoded exposure shard.
#[derive(Clone)]
pub struct ShardView {
    /// The header.
    pub header: ExposureShard,
    /// One row per market of the group.
    pub rows: Vec<ShardRow>,
}

/// Bytes of an SPL token account; Token-2022 accounts are at least as long.
const TOKEN_ACCOUNT_LEN: usize = 165;
const TOKEN_AMOUNT_OFFSET: usize = 64;

/// An account that starts with a fixed struct.
trait Layout: Pod + Discriminator {
    const NAME: &'static str;

    fn version(&self) -> u8;
}

macro_rules! layouts {
    ($($account:ident),+) => {
        $(impl Layout for $account {
            const NAME: &'static str = stringify!($account);

            fn version(&self) -> u8 {
                self.version
            }
        })+
    };
}

layouts!(
    Group,
    RiskSnapshot,
    Market,
    MarketLedger,
    CollateralBank,
    Committee,
    Venue,
    VenueMarket,
    ExposureShard,
    MarginAccount,
    InsuranceVault,
    InsuranceStake
);

fn decode<T: Layout>(data: &[u8]) -> Result<T, ClientError> {
    let Some(bytes) = data.strip_prefix(T::DISCRIMINATOR) else {
        return Err(ClientError::WrongDiscriminator { account: T::NAME });
    };
    let found = bytes.len();
    let Some(bytes) = bytes.get(..size_of::<T>()) else {
        return Err(ClientError::TooShort { account: T::NAME, needed: size_of::<T>(), found });
    };
    let account: T = bytemuck::pod_read_unaligned(bytes);
    if account.version() > LAYOUT_VERSION {
        return Err(ClientError::NewerVersion { account: T::NAME, version: account.version() });
    }
    Ok(account)
}

fn decode_rows<R: Pod>(
    account: &'static str,
    data: &[u8],
    range: core::ops::Range<usize>,
    stride: usize,
) -> Result<Vec<R>, ClientError> {
    let needed = range.end;
    let bytes = data.get(range).ok_or(ClientError::TooShort { account, needed, found: data.len() })?;
    Ok(bytes.chunks_exact(stride).map(bytemuck::pod_read_unaligned).collect())
}

/// Decodes a group.
///
/// # Errors
/// `WrongDiscriminator`, `TooShort`, `NewerVersion`.
pub fn decode_group(data: &[u8]) -> Result<Group, ClientError> {
    decode(data)
}

/// Decodes a risk snapshot with its rows.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_snapshot(data: &[u8]) -> Result<SnapshotView, ClientError> {
    let header: RiskSnapshot = decode(data)?;
    let end = snapshot_space(usize::from(header.row_count));
    let rows = decode_rows(RiskSnapshot::NAME, data, snapshot_space(0)..end, ROW_SIZE)?;
    Ok(SnapshotView { header, rows })
}

/// Decodes a market's cold configuration.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_market(data: &[u8]) -> Result<Market, ClientError> {
    decode(data)
}

/// Decodes a market's ledger.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_ledger(data: &[u8]) -> Result<MarketLedger, ClientError> {
    decode(data)
}

/// Decodes a collateral bank.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_bank(data: &[u8]) -> Result<CollateralBank, ClientError> {
    decode(data)
}

/// Decodes a committee of reporters.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_committee(data: &[u8]) -> Result<Committee, ClientError> {
    decode(data)
}

/// Decodes a venue.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_venue(data: &[u8]) -> Result<Venue, ClientError> {
    decode(data)
}

/// Decodes a venue's record of a market.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_venue_market(data: &[u8]) -> Result<VenueMarket, ClientError> {
    decode(data)
}

/// Decodes an exposure shard with its rows.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_shard(data: &[u8]) -> Result<ShardView, ClientError> {
    let header: ExposureShard = decode(data)?;
    let end = shard_space(usize::from(header.row_count));
    let rows = decode_rows(ExposureShard::NAME, data, shard_space(0)..end, SHARD_ROW_SIZE)?;
    Ok(ShardView { header, rows })
}

/// Decodes a margin account. Boxed, because it has three kilobytes.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_margin_account(data: &[u8]) -> Result<Box<MarginAccount>, ClientError> {
    decode(data).map(Box::new)
}

/// Decodes the record of an insurance vault.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_insurance(data: &[u8]) -> Result<InsuranceVault, ClientError> {
    decode(data)
}

/// Decodes an owner's stake in the insurance.
///
/// # Errors
/// As [`decode_group`].
pub fn decode_insurance_stake(data: &[u8]) -> Result<InsuranceStake, ClientError> {
    decode(data)
}

/// Reads the balance of a token account.
///
/// # Errors
/// `TooShort` when the data is no token account.
pub fn decode_token_amount(data: &[u8]) -> Result<u64, ClientError> {
    let too_short =
        ClientError::TooShort { account: "token account", needed: TOKEN_ACCOUNT_LEN, found: data.len() };
    if data.len() < TOKEN_ACCOUNT_LEN {
        return Err(too_short);
    }
    let bytes = data.get(TOKEN_AMOUNT_OFFSET..TOKEN_AMOUNT_OFFSET + size_of::<u64>());
    bytes.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes).ok_or(too_short)
}

impl SnapshotView {
    /// One row.
    ///
    /// # Errors
    /// `NoSuchRow` beyond the last row.
    pub fn row(&self, index: u16) -> Result<&Row, ClientError> {
        self.rows.get(usize::from(index)).ok_or(ClientError::NoSuchRow { row: index })
    }
}

#[cfg(test)]
mod tests;
