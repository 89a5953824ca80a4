//! The integration guide as a program: a venue without a framework and without an order book.
//!
//! The Rust snippets of `docs/INTEGRATION.md` are the marked regions of [`clearing`], word for word, so they compile
//! and run. Resting orders come with the instruction here; a real venue keeps them in accounts of its own.

pub mod clearing;
pub mod instruction;

// Linked for the symbols it exports on the VM; never called by name.
use sbf_builtins as _;

/// Where the tests deploy it.
pub const ID: solana_pubkey::Pubkey =
    solana_pubkey::Pubkey::new_from_array(*b"guide-venue, a program for tests");

#[cfg(target_os = "solana")]
solana_program_entrypoint::entrypoint!(entry);

/// What the loader calls.
#[cfg(target_os = "solana")]
fn entry(
    program_id: &solana_pubkey::Pubkey,
    accounts: &[solana_account_info::AccountInfo],
    data: &[u8],
) -> Result<(), solana_program_error::ProgramError> {
    clearing::trade(program_id, accounts, &instruction::Trade::decode(data)?)
}
