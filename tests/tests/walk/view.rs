//! The chain as the laws see it: every account of Firebreak and of the token program, decoded anew only when its bytes
//! have changed. Two views of the chain, before and after a step, share what the step left alone.

use anchor_lang::prelude::Pubkey;
use anchor_lang::Discriminator;
use anchor_spl::token;
use firebreak::state::{
    CollateralBank, Committee, ExposureShard, Group, InsuranceStake, InsuranceVault, MarginAccount, Market,
    MarketLedger, RiskSnapshot, Venue, VenueMarket,
};
use firebreak_client::accounts::{self, ShardView, SnapshotView};
use litesvm::LiteSVM;
use solana_account::{AccountSharedData, ReadableAccount};
use std::{collections::BTreeMap, rc::Rc};

/// Bytes of a token account; mints are shorter.
const TOKEN_ACCOUNT_LEN: usize = 165;

/// A token account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Its mint.
    pub mint: Pubkey,
    /// Who may take tokens out.
    pub owner: Pubkey,
    /// Balance.
    pub atoms: u64,
}

macro_rules! states {
    ($($kind:ident($state:ty), $one:ident, $all:ident;)+) => {
        /// What an account holds. There are few of them, each behind a pointer of its own.
        #[allow(clippy::large_enum_variant)]
        pub enum State {
            $(#[allow(missing_docs)] $kind($state),)+
            /// A mint of the token program.
            Mint,
        }

        impl State {
            /// Name of its kind.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(State::$kind(_) => stringify!($kind),)+
                    State::Mint => "Mint",
                }
            }
        }

        impl View {
            $(/// One account of this kind.
            #[allow(dead_code)] // Not every kind is looked up both ways.
            pub fn $one(&self, key: &Pubkey) -> Option<&$state> {
                match &self.entries.get(key)?.state {
                    State::$kind(state) => Some(state),
                    _ => None,
                }
            }

            /// All accounts of this kind.
            #[allow(dead_code)] // Not every kind is looked up both ways.
            pub fn $all(&self) -> impl Iterator<Item = (&Pubkey, &$state)> {
                self.entries.iter().filter_map(|(key, entry)| match &entry.state {
                    State::$kind(state) => Some((key, state)),
                    _ => None,
                })
            })+
        }
    };
}

states! {
    Group(Group), group, groups;
    Snapshot(SnapshotView), snapshot, snapshots;
    Shard(ShardView), shard, shards;
    Market(Market), market, markets;
    Committee(Committee), committee, committees;
    Ledger(MarketLedger), ledger, ledgers;
    Bank(CollateralBank), bank, banks;
    Venue(Venue), venue, venues;
    VenueMarket(VenueMarket), venue_market, venue_markets;
    Margin(Box<MarginAccount>), margin, margins;
    Insurance(InsuranceVault), insurance, insurances;
    Stake(InsuranceStake), stake, stakes;
    Tokens(Tokens), tokens, token_accounts;
}

/// An account with what it holds.
pub struct Entry {
    /// As it lies on the chain.
    pub account: AccountSharedData,
    /// Decoded.
    pub state: State,
}

/// All accounts at one moment.
#[derive(Clone, Default)]
pub struct View {
    entries: BTreeMap<Pubkey, Rc<Entry>>,
}

/// One account before and after a step; `None` where it does not exist.
pub struct Change<'a> {
    /// Its address.
    pub key: Pubkey,
    /// Before.
    pub before: Option<&'a Entry>,
    /// After.
    pub after: Option<&'a Entry>,
}

impl View {
    /// The chain as it is now; what has not changed since `previous` is taken over from it.
    ///
    /// # Errors
    /// An account that cannot be decoded.
    pub fn read(svm: &LiteSVM, previous: &View) -> Result<Self, String> {
        let mut entries = BTreeMap::new();
        for (key, account) in &svm.accounts_db().inner {
            if *account.owner() != firebreak::ID && *account.owner() != token::ID {
                continue;
            }
            let known = previous.entries.get(key).filter(|entry| entry.account == *account);
            let entry = match known {
                Some(entry) => Rc::clone(entry),
                None => {
                    let state = decode(account).map_err(|error| format!("{key}: {error}"))?;
                    Rc::new(Entry { account: account.clone(), state })
                }
            };
            entries.insert(*key, entry);
        }
        Ok(Self { entries })
    }

    /// One account of any kind.
    pub fn entry(&self, key: &Pubkey) -> Option<&Entry> {
        self.entries.get(key).map(Rc::as_ref)
    }

    /// All accounts.
    pub fn entries(&self) -> impl Iterator<Item = (&Pubkey, &Entry)> {
        self.entries.iter().map(|(key, entry)| (key, entry.as_ref()))
    }

    /// Accounts that are not the same in both views.
    pub fn changes<'a>(before: &'a View, after: &'a View) -> Vec<Change<'a>> {
        let mut changes = Vec::new();
        for (key, entry) in &before.entries {
            let later = after.entries.get(key);
            if later.is_none_or(|later| !Rc::ptr_eq(entry, later)) {
                changes.push(Change { key: *key, before: Some(entry), after: later.map(Rc::as_ref) });
            }
        }
        let new = after.entries.iter().filter(|(key, _)| !before.entries.contains_key(*key));
        changes.extend(new.map(|(key, entry)| Change { key: *key, before: None, after: Some(entry) }));
        changes
    }

    /// The group that an account belongs to; wallets belong to none.
    pub fn group_of(&self, key: &Pubkey) -> Option<Pubkey> {
        let group = match &self.entry(key)?.state {
            State::Group(_) => *key,
            State::Snapshot(snapshot) => snapshot.header.group,
            State::Shard(shard) => shard.header.group,
            State::Market(market) => market.group,
            State::Committee(committee) => committee.group,
            State::Ledger(ledger) => ledger.group,
            State::Bank(bank) => bank.group,
            State::Venue(venue) => venue.group,
            State::VenueMarket(venue_market) => venue_market.group,
            State::Margin(account) => account.group,
            State::Insurance(insurance) => insurance.group,
            State::Stake(stake) => stake.group,
            // A vault belongs to the record that signs for it.
            State::Tokens(tokens) => match &self.entry(&tokens.owner)?.state {
                State::Bank(bank) => bank.group,
                State::Insurance(insurance) => insurance.group,
                _ => return None,
            },
            State::Mint => return None,
        };
        Some(group)
    }

    /// Takes one account away by hand: for tests of the laws.
    pub fn remove(&mut self, key: &Pubkey) {
        self.entries.remove(key);
    }

    /// Replaces one account by hand: for tests of the laws.
    pub fn put(&mut self, key: Pubkey, account: AccountSharedData) {
        let state = decode(&account).expect("a known account");
        self.entries.insert(key, Rc::new(Entry { account, state }));
    }
}

fn decode(account: &AccountSharedData) -> Result<State, String> {
    let data = account.data();
    if *account.owner() == token::ID {
        return Ok(match data.len() {
            TOKEN_ACCOUNT_LEN => State::Tokens(decode_tokens(data)?),
            _ => State::Mint,
        });
    }
    let kind = data.get(..8).unwrap_or_default();
    let state = match kind {
        _ if kind == Group::DISCRIMINATOR => accounts::decode_group(data).map(State::Group),
        _ if kind == RiskSnapshot::DISCRIMINATOR => accounts::decode_snapshot(data).map(State::Snapshot),
        _ if kind == ExposureShard::DISCRIMINATOR => accounts::decode_shard(data).map(State::Shard),
        _ if kind == Market::DISCRIMINATOR => accounts::decode_market(data).map(State::Market),
        _ if kind == Committee::DISCRIMINATOR => accounts::decode_committee(data).map(State::Committee),
        _ if kind == MarketLedger::DISCRIMINATOR => accounts::decode_ledger(data).map(State::Ledger),
        _ if kind == CollateralBank::DISCRIMINATOR => accounts::decode_bank(data).map(State::Bank),
        _ if kind == Venue::DISCRIMINATOR => accounts::decode_venue(data).map(State::Venue),
        _ if kind == VenueMarket::DISCRIMINATOR => {
            accounts::decode_venue_market(data).map(State::VenueMarket)
        }
        _ if kind == MarginAccount::DISCRIMINATOR => accounts::decode_margin_account(data).map(State::Margin),
        _ if kind == InsuranceVault::DISCRIMINATOR => accounts::decode_insurance(data).map(State::Insurance),
        _ if kind == InsuranceStake::DISCRIMINATOR => {
            accounts::decode_insurance_stake(data).map(State::Stake)
        }
        _ => return Err(format!("an account of the program with discriminator {kind:?}")),
    };
    state.map_err(|error| error.to_string())
}

fn decode_tokens(data: &[u8]) -> Result<Tokens, String> {
    let key = |start: usize| Pubkey::try_from(&data[start..start + 32]).expect("32 bytes");
    let atoms = accounts::decode_token_amount(data).map_err(|error| error.to_string())?;
    Ok(Tokens { mint: key(0), owner: key(32), atoms })
}
