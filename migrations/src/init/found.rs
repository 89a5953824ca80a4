//! What a chain already has of a group.

use std::collections::{BTreeMap, BTreeSet};

use anchor_lang::prelude::Pubkey;
use anyhow::{ensure, Context, Result};
use firebreak::state::{CollateralBank, Committee, Group, Market, Venue, VenueMarket};
use firebreak_client::{
    accounts::{
        decode_bank, decode_committee, decode_group, decode_market, decode_snapshot, decode_venue,
        decode_venue_market, SnapshotView,
    },
    pda,
};
use solana_account::Account;

use super::Params;
use crate::chain::Chain;

/// Offset of the decimals in a mint.
const MINT_DECIMALS: usize = 44;

/// A mint as it is on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mint {
    /// The program that manages its tokens.
    pub token_program: Pubkey,
    /// Its decimals.
    pub decimals: u8,
}

/// Everything that decides about the next steps.
#[derive(Default)]
pub struct Found {
    /// The group.
    pub group: Option<Group>,
    /// Its snapshot.
    pub snapshot: Option<SnapshotView>,
    /// Banks of the file's collaterals, by mint.
    pub banks: BTreeMap<Pubkey, CollateralBank>,
    /// All markets of the group, in order.
    pub markets: Vec<Market>,
    /// Committees by market.
    pub committees: BTreeMap<Pubkey, Committee>,
    /// All venues of the group, in order.
    pub venues: Vec<Venue>,
    /// Records of venues in markets, by address.
    pub venue_markets: BTreeMap<Pubkey, VenueMarket>,
    /// The file's mints.
    pub mints: BTreeMap<Pubkey, Mint>,
    /// Which of the venues' programs are there.
    pub programs: BTreeSet<Pubkey>,
}

impl Found {
    /// Reads everything that the file speaks of.
    ///
    /// # Errors
    /// When the node does not answer, or an account cannot be read as what it should be.
    pub async fn read(chain: &Chain, params: &Params) -> Result<Self> {
        let key = pda::group(&chain.payer(), params.group.id);
        let mut found = Self::default();
        found.read_mints(chain, params).await?;
        found.read_programs(chain, params).await?;
        let Some(account) = chain.account(&key).await? else {
            return Ok(found);
        };
        let group = decode_group(own(&key, &account)?).with_context(|| format!("group {key}"))?;
        found.group = Some(group);
        let snapshot = pda::snapshot(&key);
        let account = chain.account(&snapshot).await?.context("the group has no snapshot")?;
        found.snapshot = Some(decode_snapshot(own(&snapshot, &account)?)?);
        found.read_banks(chain, params, &key).await?;
        let markets: Vec<Pubkey> = (0..group.market_count).map(|index| pda::market(&key, index)).collect();
        let venues: Vec<Pubkey> = (0..group.venue_count).map(|index| pda::venue(&key, index)).collect();
        for (key, account) in markets.iter().zip(chain.accounts(&markets).await?) {
            let account = account.with_context(|| format!("market {key} is missing"))?;
            found.markets.push(decode_market(own(key, &account)?)?);
        }
        found.read_committees(chain, &markets).await?;
        for (key, account) in venues.iter().zip(chain.accounts(&venues).await?) {
            let account = account.with_context(|| format!("venue {key} is missing"))?;
            found.venues.push(decode_venue(own(key, &account)?)?);
        }
        let pairs =
            venues.iter().flat_map(|venue| markets.iter().map(|market| pda::venue_market(venue, market)));
        let pairs: Vec<Pubkey> = pairs.collect();
        let accounts = chain.accounts(&pairs).await?;
        for (key, account) in pairs.iter().zip(accounts) {
            if let Some(account) = account {
                found.venue_markets.insert(*key, decode_venue_market(own(key, &account)?)?);
            }
        }
        Ok(found)
    }

    async fn read_mints(&mut self, chain: &Chain, params: &Params) -> Result<()> {
        let keys: Vec<Pubkey> = params.collateral.iter().map(|collateral| collateral.mint.0).collect();
        for (key, account) in keys.iter().zip(chain.accounts(&keys).await?) {
            let Some(account) = account else { continue };
            let decimals = account.data.get(MINT_DECIMALS).copied();
            let decimals = decimals.with_context(|| format!("{key} is not a mint"))?;
            self.mints.insert(*key, Mint { token_program: account.owner, decimals });
        }
        Ok(())
    }

    async fn read_programs(&mut self, chain: &Chain, params: &Params) -> Result<()> {
        let keys: Vec<Pubkey> = params.venue.iter().map(|venue| venue.program.0).collect();
        let accounts = chain.accounts(&keys).await?;
        let there = keys.into_iter().zip(accounts);
        self.programs = there.filter_map(|(key, it)| it.filter(|it| it.executable).map(|_| key)).collect();
        Ok(())
    }

    async fn read_committees(&mut self, chain: &Chain, markets: &[Pubkey]) -> Result<()> {
        let keys: Vec<Pubkey> = markets.iter().map(pda::committee).collect();
        for ((market, key), account) in markets.iter().zip(&keys).zip(chain.accounts(&keys).await?) {
            if let Some(account) = account {
                self.committees.insert(*market, decode_committee(own(key, &account)?)?);
            }
        }
        Ok(())
    }

    async fn read_banks(&mut self, chain: &Chain, params: &Params, group: &Pubkey) -> Result<()> {
        let mints: Vec<Pubkey> = params.collateral.iter().map(|collateral| collateral.mint.0).collect();
        let keys: Vec<Pubkey> = mints.iter().map(|mint| pda::bank(group, mint)).collect();
        for ((mint, key), account) in mints.iter().zip(&keys).zip(chain.accounts(&keys).await?) {
            if let Some(account) = account {
                self.banks.insert(*mint, decode_bank(own(key, &account)?)?);
            }
        }
        Ok(())
    }
}

/// The account's data, if the program owns it.
fn own<'a>(key: &Pubkey, account: &'a Account) -> Result<&'a [u8]> {
    ensure!(account.owner == firebreak::ID, "{key} belongs to {}, not to Firebreak", account.owner);
    Ok(&account.data)
}
