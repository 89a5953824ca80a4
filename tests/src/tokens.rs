//! Mints and token accounts in the layout of SPL Token, packed by its own interface crate.

use anchor_lang::{
    prelude::Pubkey,
    solana_program::{program_option::COption, program_pack::Pack},
};
use anchor_spl::token::spl_token::{
    self,
    state::{Account as TokenState, AccountState, Mint},
};
use solana_account::Account;

/// A mint whose supply nobody checks.
pub fn mint_account(authority: Pubkey, decimals: u8) -> Account {
    let mint = Mint {
        mint_authority: COption::Some(authority),
        supply: u64::MAX,
        decimals,
        is_initialized: true,
        freeze_authority: COption::None,
    };
    packed(mint)
}

/// A token account with a balance.
pub fn token_account(mint: Pubkey, owner: Pubkey, amount: u64) -> Account {
    let state = TokenState {
        mint,
        owner,
        amount,
        delegate: COption::None,
        state: AccountState::Initialized,
        is_native: COption::None,
        delegated_amount: 0,
        close_authority: COption::None,
    };
    packed(state)
}

fn packed<T: Pack>(state: T) -> Account {
    let mut data = vec![0; T::LEN];
    T::pack(state, &mut data).expect("the length is right");
    Account { lamports: 10_000_000, data, owner: spl_token::ID, executable: false, rent_epoch: u64::MAX }
}
