//! Read-only mirrors of Firebreak's accounts, for programs and clients that do not link the program itself.
//!
//! A [`View`] checks discriminator, version and length once and then reads single fields, whatever the alignment of
//! the bytes. It never panics and copies nothing larger than the field that is asked for, which matters on-chain:
//! a margin account by value would fill a 4 KB stack frame.
//!
//! SECURITY: a view proves what the bytes say, not who wrote them. Check first that the account is owned by
//! [`crate::ids::FIREBREAK_PROGRAM_ID`]; anybody can write the same bytes into an account of another program.

mod breaker_params;
mod committee;
mod margin_account;
mod snapshot;
#[cfg(test)]
mod tests;
mod venue_market;

use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

use crate::discriminators::DISCRIMINATOR_SIZE;

pub use breaker_params::*;
pub use committee::*;
pub use margin_account::*;
pub use snapshot::*;
pub use venue_market::*;

/// Newest layout version that this crate describes. Older ones have the same offsets; newer ones are refused.
pub const LAYOUT_VERSION: u8 = 1;

/// Why data cannot be read as an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutError {
    /// The data is shorter than the account, or than its row count says.
    TooShort,
    /// The data is another kind of account.
    WrongDiscriminator,
    /// The account was written by a newer program. Update this crate.
    NewerVersion,
}

impl core::fmt::Display for LayoutError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(match self {
            Self::TooShort => "account data is shorter than its layout",
            Self::WrongDiscriminator => "account data has another discriminator",
            Self::NewerVersion => "account data has a newer layout version than this crate knows",
        })
    }
}

impl core::error::Error for LayoutError {}

/// A mirror of an account and how to recognise it.
pub trait Layout: Pod {
    /// First eight bytes of the account's data.
    const DISCRIMINATOR: [u8; DISCRIMINATOR_SIZE];
    /// Offset of the version byte in the struct.
    const VERSION_OFFSET: usize;

    /// Bytes that an account with this start needs, discriminator excluded: more than the struct when rows follow.
    fn bytes_needed(_bytes: &[u8]) -> usize {
        size_of::<Self>()
    }
}

/// An account's data after its checks.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    /// The data after the discriminator; at least as long as `T`.
    bytes: &'a [u8],
    layout: PhantomData<T>,
}

impl<'a, T: Layout> View<'a, T> {
    /// Checks an account's data, discriminator included.
    ///
    /// # Errors
    /// [`LayoutError`], one variant per check.
    pub fn new(data: &'a [u8]) -> Result<Self, LayoutError> {
        let (discriminator, bytes) =
            data.split_at_checked(DISCRIMINATOR_SIZE).ok_or(LayoutError::TooShort)?;
        if discriminator != T::DISCRIMINATOR {
            return Err(LayoutError::WrongDiscriminator);
        }
        if bytes.len() < size_of::<T>() || bytes.len() < T::bytes_needed(bytes) {
            return Err(LayoutError::TooShort);
        }
        let view = Self { bytes, layout: PhantomData };
        if view.version() > LAYOUT_VERSION {
            return Err(LayoutError::NewerVersion);
        }
        Ok(view)
    }

    /// The whole struct by value. Meant for hosts; see the module about stack frames.
    pub fn to_owned_layout(&self) -> T {
        self.field(0)
    }

    /// The layout version of the account.
    pub fn version(&self) -> u8 {
        self.field(T::VERSION_OFFSET)
    }

    /// The field at `offset` of the struct, or of what follows it. Zero beyond the end, which no caller reaches:
    /// the length was checked against the struct and against the row count.
    fn field<F: Pod>(&self, offset: usize) -> F {
        read_at(self.bytes, offset).unwrap_or(F::zeroed())
    }
}

fn read_at<F: Pod + Zeroable>(bytes: &[u8], offset: usize) -> Option<F> {
    let end = offset.checked_add(size_of::<F>())?;
    bytemuck::try_pod_read_unaligned(bytes.get(offset..end)?).ok()
}
