//! Layout versions: a reader accepts versions up to its own and refuses newer ones.

use anchor_lang::prelude::*;
use core::{cell::Ref, mem::offset_of};

use super::{
    CollateralBank, Committee, ExposureShard, Group, InsuranceStake, InsuranceVault, MarginAccount, Market,
    MarketLedger, RiskSnapshot, Venue, VenueMarket,
};
use crate::{constants::LAYOUT_VERSION, error::FirebreakError};

/// An account with a layout version.
pub trait Versioned: anchor_lang::ZeroCopy + Owner {
    /// Offset of the version byte in the account's data, behind the discriminator.
    const VERSION_OFFSET: usize;
}

macro_rules! versioned {
    ($($account:ty),+ $(,)?) => {
        $(impl Versioned for $account {
            const VERSION_OFFSET: usize = 8 + offset_of!($account, version);
        })+
    };
}

versioned!(
    CollateralBank,
    Committee,
    ExposureShard,
    Group,
    InsuranceStake,
    InsuranceVault,
    MarginAccount,
    Market,
    MarketLedger,
    RiskSnapshot,
    Venue,
    VenueMarket,
);

/// True unless a newer program wrote the account.
pub fn is_known<T: Versioned>(account: &AccountLoader<T>) -> bool {
    is_known_at(account.as_ref(), T::VERSION_OFFSET)
}

// One copy for all types: the program is full of these checks.
#[inline(never)]
fn is_known_at(account: &AccountInfo, offset: usize) -> bool {
    account.try_borrow_data().is_ok_and(|data| data.get(offset).is_some_and(|v| *v <= LAYOUT_VERSION))
}

/// An account that was passed as a remaining one, checked as Anchor and [`is_known`] check the others, in one go: owner,
/// discriminator, length and layout version.
///
/// # Errors
/// Anchor's for accounts of another program or type, `NewerVersion`.
pub fn read<'a, T: Versioned>(info: &'a AccountInfo) -> Result<Ref<'a, T>> {
    ensure!(*info.owner == crate::ID, ErrorCode::AccountOwnedByWrongProgram);
    let data = info.try_borrow_data()?;
    // The length first, so that nothing behind has to look at it again.
    let bytes = data.get(..8 + size_of::<T>()).ok_or(ErrorCode::AccountDidNotDeserialize)?;
    ensure!(bytes.starts_with(T::DISCRIMINATOR), ErrorCode::AccountDiscriminatorMismatch);
    ensure!(bytes[T::VERSION_OFFSET] <= LAYOUT_VERSION, FirebreakError::NewerVersion);
    Ref::filter_map(data, |data| bytemuck::try_from_bytes(data.get(8..8 + size_of::<T>())?).ok())
        .map_err(|_| ErrorCode::AccountDidNotDeserialize.into())
}
