//! Layout versions: a reader accepts versions up to its own and refuses newer ones.

use anchor_lang::prelude::*;
use core::mem::offset_of;

use super::{
    CollateralBank, Committee, ExposureShard, Group, InsuranceStake, InsuranceVault, MarginAccount, Market,
    MarketLedger, RiskSnapshot, Venue, VenueMarket,
};
use crate::constants::LAYOUT_VERSION;

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
