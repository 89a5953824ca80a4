//! What `view_account` answers: where a margin account stands, in one struct.

use bytemuck::{Pod, Zeroable};

/// Version of [`AccountStanding`].
pub const STANDING_VERSION: u8 = 1;
/// [`AccountStanding::distance_bins`] of an account that no move of the prices it depends on liquidates.
pub const DISTANCE_FAR: u16 = u16::MAX;

/// Return data of `view_account`, 88 bytes. Sums beyond 63 bits are shown as the largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct AccountStanding {
    /// [`STANDING_VERSION`].
    pub version: u8,
    /// Liquidation state: 0 healthy, 1 recovering, 2 below maintenance, 3 critical, 4 bankrupt.
    pub state: u8,
    /// 1: a row is too old for opening risk, withdrawing or liquidating.
    pub is_stale: u8,
    /// Explicit padding.
    pub padding: u8,
    /// Bins of 3 % in ln price to the nearest liquidation of a position; [`DISTANCE_FAR`]: none.
    pub distance_bins: u16,
    /// Explicit padding.
    pub padding_bins: [u8; 2],
    /// Probability of bankruptcy within the horizon that was asked for, in ppm.
    pub insolvency_ppm: u32,
    /// Explicit padding.
    pub padding_insolvency: [u8; 4],
    /// Equity that maintenance margin is compared with, in quote atoms.
    pub equity_atoms: i64,
    /// Maintenance margin, in quote atoms.
    pub maintenance_atoms: i64,
    /// Equity that initial margin is compared with, in quote atoms.
    pub initial_equity_atoms: i64,
    /// Initial margin, in quote atoms.
    pub initial_atoms: i64,
    /// Equity that a withdrawal is compared with, in quote atoms.
    pub withdraw_equity_atoms: i64,
    /// Notional of all positions, in quote atoms.
    pub notional_atoms: i64,
    /// Delta of the account's own liquidation demand: quote atoms per unit of ln price within the next bin.
    pub delta_atoms: i64,
    /// Gamma: change of that from the next bin to the one after it, per unit of ln price.
    pub gamma_atoms: i64,
    /// Sequence of the risk snapshot that was used.
    pub snapshot_sequence: u64,
}

const _: () = assert!(core::mem::size_of::<AccountStanding>() == 88);

impl AccountStanding {
    /// Reads return data. Data that ends early is completed with zeros, because the runtime cuts trailing zeros off. `None`
    /// when the data is empty or of an older version.
    pub fn from_return_data(data: &[u8]) -> Option<Self> {
        let mut bytes = [0u8; core::mem::size_of::<Self>()];
        let length = data.len().min(bytes.len());
        bytes[..length].copy_from_slice(&data[..length]);
        let standing: Self = bytemuck::try_pod_read_unaligned(&bytes).ok()?;
        (standing.version >= STANDING_VERSION).then_some(standing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_data_may_be_cut_but_not_older() {
        let standing =
            AccountStanding { version: 1, state: 2, equity_atoms: -5, ..AccountStanding::default() };
        let bytes = bytemuck::bytes_of(&standing);
        assert_eq!(AccountStanding::from_return_data(bytes), Some(standing));
        // Equity is bytes 16 to 23.
        assert_eq!(AccountStanding::from_return_data(&bytes[..24]), Some(standing));
        assert_eq!(AccountStanding::from_return_data(&[]), None);
        assert_eq!(AccountStanding::from_return_data(&[0; 88]), None);
    }
}
