//! Everything on the chain that an instruction may not touch by mistake, and what kind of account each is.

use anchor_lang::{prelude::Pubkey, Discriminator};
use anchor_spl::{token, token_2022};
use bytemuck::Pod;
use firebreak::{
    oracle::{PYTH_RECEIVER, SWITCHBOARD_ON_DEMAND},
    state::{
        CollateralBank, Committee, ExposureShard, Group, InsuranceStake, InsuranceVault, MarginAccount,
        Market, MarketLedger, RiskSnapshot, Venue, VenueMarket,
    },
};
use litesvm::LiteSVM;
use solana_account::Account;
use std::collections::BTreeMap;

/// All accounts that Firebreak and the token programs own: state of every group, vaults, wallets and mints.
pub type Chain = BTreeMap<Pubkey, Account>;

/// Bytes of a mint without extensions; token accounts are longer.
const MINT_LEN: usize = 82;

macro_rules! states {
    ($($state:ident),+ $(,)?) => {
        /// Firebreak's accounts: discriminator, name and offset of the layout version.
        const STATES: &[(&[u8], &str, usize)] =
            &[$(($state::DISCRIMINATOR, stringify!($state), 8 + core::mem::offset_of!($state, version))),+];
    };
}

states!(
    Group,
    RiskSnapshot,
    Market,
    MarketLedger,
    CollateralBank,
    Committee,
    Venue,
    VenueMarket,
    ExposureShard,
    MarginAccount,
    InsuranceVault,
    InsuranceStake,
);

/// Where a kind of account keeps its layout version; `None` for accounts of other programs.
pub fn version_offset(kind: &str) -> Option<usize> {
    STATES.iter().find(|(_, name, _)| *name == kind).map(|(_, _, offset)| *offset)
}

/// The chain as it is now.
pub fn chain(svm: &LiteSVM) -> Chain {
    let programs = [firebreak::ID, token::ID, token_2022::ID];
    programs.iter().flat_map(|program| svm.get_program_accounts(program)).collect()
}

/// Fails with the first account and byte that differ.
#[track_caller]
pub fn assert_same(found: &Chain, expected: &Chain, what: &str) {
    if let Some(difference) = difference(found, expected) {
        panic!("{what}: {difference}");
    }
}

/// The first difference between two states of the chain, in words.
pub fn difference(found: &Chain, expected: &Chain) -> Option<String> {
    for (key, wanted) in expected {
        let Some(account) = found.get(key) else {
            return Some(format!("{} {key} is gone", name_of(wanted)));
        };
        if account != wanted {
            let bytes = account.data.iter().zip(&wanted.data);
            let offset = bytes.enumerate().find(|(_, (left, right))| left != right).map(|(offset, _)| offset);
            return Some(format!(
                "{} {key} differs at byte {offset:?} (length {}, not {}; lamports {}, not {}; owner {}, not {})",
                name_of(wanted),
                account.data.len(),
                wanted.data.len(),
                account.lamports,
                wanted.lamports,
                account.owner,
                wanted.owner
            ));
        }
    }
    let new = found.iter().find(|(key, _)| !expected.contains_key(*key));
    new.map(|(key, account)| format!("{} {key} is new", name_of(account)))
}

/// Kind of an account by owner and discriminator or length.
pub fn name_of(account: &Account) -> &'static str {
    if account.executable {
        return "program";
    }
    if account.owner == firebreak::ID {
        let state = STATES.iter().find(|(discriminator, ..)| account.data.starts_with(discriminator));
        return state.map_or("unknown state", |(_, name, _)| name);
    }
    let is_token = account.owner == token::ID || account.owner == token_2022::ID;
    match account.data.len() {
        MINT_LEN if is_token => "mint",
        _ if is_token => "token account",
        _ if account.owner == PYTH_RECEIVER => "Pyth",
        _ if account.owner == SWITCHBOARD_ON_DEMAND => "Switchboard",
        _ => "key",
    }
}

/// The group that an account belongs to.
pub fn group_of(chain: &Chain, key: &Pubkey) -> Option<Pubkey> {
    let account = chain.get(key)?;
    let key_at = |offset: usize| Pubkey::try_from(&account.data[offset..offset + 32]).expect("32 bytes");
    match name_of(account) {
        "Group" => Some(*key),
        // The authority of a vault is the state account in front of it.
        "token account" => {
            let authority = key_at(32);
            chain.get(&authority).filter(|owner| owner.owner == firebreak::ID)?;
            group_of(chain, &authority)
        }
        "mint" => None,
        _ => Some(key_at(8)),
    }
}

/// Edits one account of an expected chain in place.
#[track_caller]
pub fn edit<T: Pod + Discriminator>(chain: &mut Chain, key: &Pubkey, change: impl FnOnce(&mut T)) {
    let account = chain.get_mut(key).unwrap_or_else(|| panic!("{key} does not exist"));
    assert!(account.data.starts_with(T::DISCRIMINATOR), "{key} is a {}", name_of(account));
    let bytes = &mut account.data[8..8 + size_of::<T>()];
    let mut state: T = bytemuck::pod_read_unaligned(bytes);
    change(&mut state);
    bytes.copy_from_slice(bytemuck::bytes_of(&state));
}
