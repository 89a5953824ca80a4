//! Which mints a group accepts.
//!
//! SECURITY: a vault is only as good as its mint. Accepted are mints of SPL Token and those of Token-2022 whose
//! extensions cannot move, tax, lock, hide or redirect an atom of the vault. The list says what is known to be harmless;
//! everything else is refused, also what does not exist yet. An accepted mint cannot turn into a refused one: Token-2022
//! initialises each of the refused extensions before the mint itself, never after. What metadata and groups add later is
//! harmless as well.
//!
//! A freeze authority is accepted, as the largest quote mints have one: whoever holds it can stop withdrawals. So is a
//! mint authority, who can always dilute the mint.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::Mint;

use crate::{constants::MINT_DECIMALS, error::FirebreakError, instructions::require_bounds};

/// Bytes of an SPL mint, and of a Token-2022 mint without extensions.
const PLAIN_LEN: usize = 82;
/// Where an extended mint says what kind of account it is: a token account is longer than a mint, and the type comes
/// behind both.
const TYPE_OFFSET: usize = 165;
/// That kind: a mint.
const TYPE_MINT: u8 = 1;
/// Bytes in front of each extension: type and length, little-endian.
const HEADER_LEN: usize = 4;

/// An extension as Token-2022 numbers it (`spl_token_2022::extension::ExtensionType`): what becomes of the mint.
fn judge(extension: u16) -> core::result::Result<(), FirebreakError> {
    match extension {
        // Each transfer would deliver less than was sent: the vault would owe more than it holds.
        1 => Err(FirebreakError::MintTransferFee),
        // A closed mint can be created again at the same address, with other decimals and extensions.
        3 => Err(FirebreakError::MintClosable),
        // Amounts that nobody can see cannot be audited; and the three belong together.
        4 | 16 | 24 => Err(FirebreakError::MintConfidential),
        // Whoever holds the freeze authority decides who may withdraw, account by account, and the vault itself could
        // not receive before it is thawed.
        6 => Err(FirebreakError::MintDefaultFrozen),
        // What goes in never comes out.
        9 => Err(FirebreakError::MintNonTransferable),
        // Its holder can move every token of the vault.
        12 => Err(FirebreakError::MintPermanentDelegate),
        // A foreign program decides about each transfer, and wants accounts that a transfer from here does not pass.
        14 => Err(FirebreakError::MintTransferHook),
        // Transfers out of the vault can be stopped for as long as somebody likes, liquidations' proceeds included.
        26 => Err(FirebreakError::MintPausable),
        // InterestBearingConfig and ScaledUiAmount: change what wallets show for an amount, never the atoms. Firebreak
        // counts atoms; the oracles of such a collateral must quote 10^decimals atoms, not the shown unit.
        10 | 25 => Ok(()),
        // MetadataPointer and TokenMetadata: name, symbol and picture, at another address or in the mint itself.
        18 | 19 => Ok(()),
        // GroupPointer, TokenGroup, GroupMemberPointer, TokenGroupMember: which mints belong together; no balance
        // depends on it.
        20..=23 => Ok(()),
        _ => Err(FirebreakError::MintExtensions),
    }
}

/// Walks over the extensions of a mint account's data; the first that is not harmless decides.
fn judge_extensions(data: &[u8]) -> core::result::Result<(), FirebreakError> {
    if data.len() == PLAIN_LEN {
        return Ok(());
    }
    let malformed = FirebreakError::MintExtensions;
    if data.get(TYPE_OFFSET) != Some(&TYPE_MINT) {
        return Err(malformed);
    }
    let mut rest = data.get(TYPE_OFFSET + 1..).ok_or(malformed)?;
    while let Some(([low, high, length_low, length_high], after)) = rest.split_first_chunk::<HEADER_LEN>() {
        let extension = u16::from_le_bytes([*low, *high]);
        if extension == 0 {
            break;
        }
        judge(extension)?;
        let length = usize::from(u16::from_le_bytes([*length_low, *length_high]));
        rest = after.get(length..).ok_or(FirebreakError::MintExtensions)?;
    }
    // Token-2022 leaves zeros behind the last extension, if anything: two of them where a mint would otherwise be as
    // long as a multisig.
    match rest.iter().all(|byte| *byte == 0) {
        true => Ok(()),
        false => Err(FirebreakError::MintExtensions),
    }
}

/// Refuses mints whose tokens could be moved, taxed, locked or hooked behind the vault's back.
///
/// # Errors
/// `MintDecimals`, or the code of the first extension that is not accepted: `MintTransferFee`, `MintClosable`,
/// `MintConfidential`, `MintDefaultFrozen`, `MintNonTransferable`, `MintPermanentDelegate`, `MintTransferHook`,
/// `MintPausable`, and `MintExtensions` for any other and for data that cannot be read.
pub fn validate_mint(mint: &InterfaceAccount<Mint>) -> Result<()> {
    require_bounds(mint.decimals.into(), MINT_DECIMALS, FirebreakError::MintDecimals)?;
    let info: &AccountInfo = mint.as_ref();
    let data = info.try_borrow_data()?;
    judge_extensions(&data).map_err(Error::from)
}

/// Bytes of the account that is created in front of a vault of this mint. Anchor creates accounts before any handler
/// runs, and reads a mint's extensions on its own to size a vault: the mint has to be judged before that.
///
/// # Errors
/// Those of [`validate_mint`].
pub fn space_for_mint<T>(mint: &InterfaceAccount<Mint>) -> Result<usize> {
    validate_mint(mint)?;
    Ok(8 + core::mem::size_of::<T>())
}

#[cfg(test)]
mod tests;
