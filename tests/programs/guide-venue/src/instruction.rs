//! The venue's one instruction, as bytes.

use firebreak_interface::fill::{FillLeg, MAKERS_MAX};
use solana_program_error::ProgramError;

/// A taker buys from resting orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Bump of the key that signs the venue's fills.
    pub authority_bump: u8,
    /// Fee of the taker, in millionths of the notional.
    pub taker_fee_ppm: u32,
    /// One to four orders with the fee of their makers, in the order of the makers' accounts.
    pub orders: Vec<FillLeg>,
}

impl Trade {
    /// The instruction data: bump, fee, orders; little-endian, without padding.
    pub fn encode(&self) -> Vec<u8> {
        let mut data = vec![self.authority_bump];
        data.extend_from_slice(&self.taker_fee_ppm.to_le_bytes());
        data.extend_from_slice(bytemuck::cast_slice(&self.orders));
        data
    }

    /// Reads instruction data.
    ///
    /// # Errors
    /// `InvalidInstructionData` for anything that [`Trade::encode`] does not write, and for other numbers of orders.
    pub fn decode(data: &[u8]) -> Result<Self, ProgramError> {
        let malformed = ProgramError::InvalidInstructionData;
        let (bump, rest) = data.split_first().ok_or(malformed.clone())?;
        let (fee, rest) = rest.split_first_chunk::<4>().ok_or(malformed.clone())?;
        let (orders, []) = rest.as_chunks::<{ size_of::<FillLeg>() }>() else { return Err(malformed) };
        if !(1..=MAKERS_MAX).contains(&orders.len()) {
            return Err(malformed);
        }
        Ok(Self {
            authority_bump: *bump,
            taker_fee_ppm: u32::from_le_bytes(*fee),
            orders: orders.iter().map(|order| bytemuck::pod_read_unaligned(order)).collect(),
        })
    }
}
