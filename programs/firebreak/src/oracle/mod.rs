//! Oracle adapters and the guards between them and the snapshot.
#![cfg_attr(not(feature = "idl-build"), deny(missing_docs))]

pub mod pyth;
pub mod pyth_classic;
pub mod read;
pub mod switchboard;
pub mod switchboard_v2;

pub use read::{assess_row, take_sources, RowReading};

use anchor_lang::prelude::*;

/// Which adapter reads an oracle account, and which program must own it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SourceKind {
    /// No source.
    None = 0,
    /// Pyth `PriceUpdateV2` of the original receiver program.
    PythReceiver = 1,
    /// Pyth `PriceUpdateV2` of the compatible receiver program.
    PythReceiverCompatible = 2,
    /// Switchboard On-Demand pull feed of the mainnet program.
    SwitchboardOnDemand = 3,
    /// Switchboard On-Demand pull feed of the devnet program.
    SwitchboardOnDemandDevnet = 4,
    /// Pyth classic price account of the mainnet program.
    PythClassic = 5,
    /// Pyth classic price account of the devnet program.
    PythClassicDevnet = 6,
    /// Switchboard V2 aggregator of the mainnet program.
    SwitchboardV2 = 7,
    /// Switchboard V2 aggregator of the devnet program.
    SwitchboardV2Devnet = 8,
}

/// Original Pyth receiver.
pub const PYTH_RECEIVER: Pubkey = pubkey!("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ");
/// Compatible Pyth receiver.
pub const PYTH_RECEIVER_COMPATIBLE: Pubkey = pubkey!("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp");
/// Switchboard On-Demand on devnet.
pub const SWITCHBOARD_ON_DEMAND_DEVNET: Pubkey = pubkey!("Aio4gaXjXzJNVLtzwtNVmSqGKpANtXhybbkhtAC94ji2");
/// Switchboard On-Demand.
pub const SWITCHBOARD_ON_DEMAND: Pubkey = pubkey!("SBondMDrcV3K4kxZR1HNVT7osZxAHVHgYXL5Ze1oMUv");
/// Pyth's classic push program.
pub const PYTH_CLASSIC: Pubkey = pubkey!("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH");
/// Pyth's classic push program on devnet.
pub const PYTH_CLASSIC_DEVNET: Pubkey = pubkey!("gSbePebfvPy7tRqimPoVecS2UsBvYv46ynrzWocc92s");
/// Switchboard V2.
pub const SWITCHBOARD_V2: Pubkey = pubkey!("SW1TCH7qEPTdLsDHRgPuMQjbQxKdH2aBStViMFnt64f");
/// Switchboard V2 on devnet.
pub const SWITCHBOARD_V2_DEVNET: Pubkey = pubkey!("2TfB33aLaneQb5TNVwyDz3jSZXS6jdW2ARw1Dgf84XCG");

impl SourceKind {
    /// Reads the number stored in a row; anything unknown is no source.
    pub const fn from_u8(value: u8) -> SourceKind {
        match value {
            1 => SourceKind::PythReceiver,
            2 => SourceKind::PythReceiverCompatible,
            3 => SourceKind::SwitchboardOnDemand,
            4 => SourceKind::SwitchboardOnDemandDevnet,
            5 => SourceKind::PythClassic,
            6 => SourceKind::PythClassicDevnet,
            7 => SourceKind::SwitchboardV2,
            8 => SourceKind::SwitchboardV2Devnet,
            _ => SourceKind::None,
        }
    }

    /// Program that must own the account. SECURITY: a fixed table, so that an administrator cannot name a program of
    /// its own as an oracle.
    pub const fn owner(self) -> Option<Pubkey> {
        match self {
            SourceKind::None => None,
            SourceKind::PythReceiver => Some(PYTH_RECEIVER),
            SourceKind::PythReceiverCompatible => Some(PYTH_RECEIVER_COMPATIBLE),
            SourceKind::SwitchboardOnDemand => Some(SWITCHBOARD_ON_DEMAND),
            SourceKind::SwitchboardOnDemandDevnet => Some(SWITCHBOARD_ON_DEMAND_DEVNET),
            SourceKind::PythClassic => Some(PYTH_CLASSIC),
            SourceKind::PythClassicDevnet => Some(PYTH_CLASSIC_DEVNET),
            SourceKind::SwitchboardV2 => Some(SWITCHBOARD_V2),
            SourceKind::SwitchboardV2Devnet => Some(SWITCHBOARD_V2_DEVNET),
        }
    }

    /// Oracle network; a row's primary and secondary source must not share it.
    pub const fn network(self) -> u8 {
        match self {
            SourceKind::None => 0,
            SourceKind::PythReceiver
            | SourceKind::PythReceiverCompatible
            | SourceKind::PythClassic
            | SourceKind::PythClassicDevnet => 1,
            SourceKind::SwitchboardOnDemand
            | SourceKind::SwitchboardOnDemandDevnet
            | SourceKind::SwitchboardV2
            | SourceKind::SwitchboardV2Devnet => 2,
        }
    }
}

/// Little-endian fields at fixed offsets of untrusted bytes: no panics, no alignment.
pub(crate) mod bytes {
    /// `N` bytes at an offset; `None` when the data is too short.
    pub fn array<const N: usize>(data: &[u8], offset: usize) -> Option<[u8; N]> {
        data.get(offset..offset.checked_add(N)?)?.try_into().ok()
    }

    /// Signed 64-bit number at an offset.
    pub fn i64_at(data: &[u8], offset: usize) -> Option<i64> {
        array(data, offset).map(i64::from_le_bytes)
    }

    /// Unsigned 64-bit number at an offset.
    pub fn u64_at(data: &[u8], offset: usize) -> Option<u64> {
        array(data, offset).map(u64::from_le_bytes)
    }

    /// Unsigned 32-bit number at an offset.
    pub fn u32_at(data: &[u8], offset: usize) -> Option<u32> {
        array(data, offset).map(u32::from_le_bytes)
    }

    /// Signed 32-bit number at an offset.
    pub fn i32_at(data: &[u8], offset: usize) -> Option<i32> {
        array(data, offset).map(i32::from_le_bytes)
    }

    /// Signed 128-bit number at an offset.
    pub fn i128_at(data: &[u8], offset: usize) -> Option<i128> {
        array(data, offset).map(i128::from_le_bytes)
    }
}

#[cfg(test)]
mod tests;
