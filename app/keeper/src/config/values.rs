//! Types of option values that need more than a number or a string.

use std::{fmt, str::FromStr};

use anchor_lang::prelude::Pubkey;
use serde::{de, Deserialize, Deserializer, Serialize, Serializer};
use solana_rpc_client_api::config::CommitmentConfig;

/// An address, written in base 58. The default key stands for "not set".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address(pub Pubkey);

/// Rows of the snapshot, written as `[1, 2]` in files and `1,2` in flags. Empty: all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowFilter(pub Vec<u16>);

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line per event.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// How sure of a state the keeper wants to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Commitment {
    /// As soon as a node has executed it.
    Processed,
    /// Voted for by two thirds of the stake.
    #[default]
    Confirmed,
    /// Irreversible.
    Finalized,
}

/// A value that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {expected}")]
pub struct BadValue {
    value: String,
    expected: &'static str,
}

impl RowFilter {
    /// True when the row is one of the wanted.
    pub fn contains(&self, row: u16) -> bool {
        self.0.is_empty() || self.0.contains(&row)
    }
}

impl Commitment {
    /// As the RPC clients want it.
    pub fn config(self) -> CommitmentConfig {
        match self {
            Commitment::Processed => CommitmentConfig::processed(),
            Commitment::Confirmed => CommitmentConfig::confirmed(),
            Commitment::Finalized => CommitmentConfig::finalized(),
        }
    }
}

fn bad(value: &str, expected: &'static str) -> BadValue {
    BadValue { value: value.to_owned(), expected }
}

impl FromStr for Address {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        Pubkey::from_str(text).map(Self).map_err(|_| bad(text, "a base-58 address of 32 bytes"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return Ok(());
        }
        self.0.fmt(formatter)
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl FromStr for RowFilter {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let rows: Result<Vec<u16>, _> = parts.map(u16::from_str).collect();
        rows.map(Self).map_err(|_| bad(text, "a list of rows such as 1,2"))
    }
}

impl FromStr for LogFormat {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err(bad(text, "text or json")),
        }
    }
}

impl FromStr for Commitment {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        match text {
            "processed" => Ok(Commitment::Processed),
            "confirmed" => Ok(Commitment::Confirmed),
            "finalized" => Ok(Commitment::Finalized),
            _ => Err(bad(text, "processed, confirmed or finalized")),
        }
    }
}
