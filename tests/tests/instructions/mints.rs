//! Mints of Token-2022, with and without an extension.

use anchor_spl::token_2022;
use firebreak_client::instructions::MintKeys;
use firebreak_tests::{tokens::mint_account, World};
use solana_signer::Signer;

/// Bytes in front of a mint's account type: as long as a token account.
const PADDED_LEN: usize = 165;
const ACCOUNT_TYPE_MINT: u8 = 1;
/// `ExtensionType::PermanentDelegate`, whose holder could move every token of the vault.
const PERMANENT_DELEGATE: u16 = 12;

/// A mint of Token-2022; `is_extended`: with a permanent delegate.
pub fn token_2022_mint(world: &mut World, decimals: u8, is_extended: bool) -> MintKeys {
    let mint = world.new_keypair().pubkey();
    let mut account = mint_account(world.admin.pubkey(), decimals);
    account.owner = token_2022::ID;
    if is_extended {
        account.data.resize(PADDED_LEN, 0);
        account.data.push(ACCOUNT_TYPE_MINT);
        account.data.extend_from_slice(&PERMANENT_DELEGATE.to_le_bytes());
        account.data.extend_from_slice(&32u16.to_le_bytes());
        account.data.extend_from_slice(world.admin.pubkey().as_ref());
    }
    world.svm.set_account(mint, account).expect("the account is rent exempt");
    MintKeys { mint, token_program: token_2022::ID }
}
