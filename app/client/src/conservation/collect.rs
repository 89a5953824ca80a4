//! Sorting a group's accounts by kind.

use anchor_lang::{prelude::Pubkey, Discriminator};
use std::collections::BTreeMap;

use firebreak::state::{
    CollateralBank, ExposureShard, Group, InsuranceStake, InsuranceVault, MarginAccount, Market,
    MarketLedger, RiskSnapshot, VenueMarket,
};

use crate::{
    accounts::{
        decode_bank, decode_group, decode_insurance, decode_insurance_stake, decode_ledger,
        decode_margin_account, decode_market, decode_shard, decode_snapshot, decode_token_amount,
        decode_venue_market, ShardView, SnapshotView,
    },
    pda, ClientError,
};

/// All accounts of one group that hold money or promises of money, by address.
pub struct GroupAccounts {
    /// Address of the group.
    pub key: Pubkey,
    /// The group.
    pub group: Group,
    /// Its snapshot.
    pub snapshot: SnapshotView,
    /// Its exposure shards.
    pub shards: BTreeMap<Pubkey, ShardView>,
    /// Its markets.
    pub markets: BTreeMap<Pubkey, Market>,
    /// Their ledgers.
    pub ledgers: BTreeMap<Pubkey, MarketLedger>,
    /// Records of venues in markets.
    pub venue_markets: BTreeMap<Pubkey, VenueMarket>,
    /// All margin accounts.
    pub margin_accounts: BTreeMap<Pubkey, Box<MarginAccount>>,
    /// All collateral banks.
    pub banks: BTreeMap<Pubkey, CollateralBank>,
    /// Record of the insurance vault, with its address.
    pub insurance: (Pubkey, InsuranceVault),
    /// All stakes in it.
    pub stakes: BTreeMap<Pubkey, InsuranceStake>,
    /// Balances of the vaults of banks and insurance.
    pub token_amounts: BTreeMap<Pubkey, u64>,
}

impl GroupAccounts {
    /// Picks a group's accounts out of everything that Firebreak owns. Vaults are looked up by address.
    ///
    /// # Errors
    /// `Missing` without group, snapshot or insurance record or one of the vaults; decoding errors.
    pub fn collect<'a>(
        group: &Pubkey,
        owned: impl IntoIterator<Item = (Pubkey, &'a [u8])>,
        token_account: impl Fn(&Pubkey) -> Option<Vec<u8>>,
    ) -> Result<Self, ClientError> {
        let mut found = Found::default();
        for (key, data) in owned {
            found.sort(group, key, data)?;
        }
        let missing = |account| ClientError::Missing { account, owner: *group };
        let mut accounts = GroupAccounts {
            key: *group,
            group: found.group.ok_or(missing("group"))?,
            snapshot: found.snapshot.ok_or(missing("snapshot"))?,
            insurance: (pda::insurance(group), found.insurance.ok_or(missing("insurance"))?),
            shards: found.shards,
            markets: found.markets,
            ledgers: found.ledgers,
            venue_markets: found.venue_markets,
            margin_accounts: found.margin_accounts,
            banks: found.banks,
            stakes: found.stakes,
            token_amounts: BTreeMap::new(),
        };
        let vaults: Vec<Pubkey> = accounts.banks.values().map(|bank| bank.vault).collect();
        for vault in vaults.into_iter().chain([accounts.insurance.1.vault]) {
            let data = token_account(&vault);
            let data = data.ok_or(ClientError::Missing { account: "token account", owner: vault })?;
            accounts.token_amounts.insert(vault, decode_token_amount(&data)?);
        }
        Ok(accounts)
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    group: Option<Group>,
    snapshot: Option<SnapshotView>,
    insurance: Option<InsuranceVault>,
    shards: BTreeMap<Pubkey, ShardView>,
    markets: BTreeMap<Pubkey, Market>,
    ledgers: BTreeMap<Pubkey, MarketLedger>,
    venue_markets: BTreeMap<Pubkey, VenueMarket>,
    margin_accounts: BTreeMap<Pubkey, Box<MarginAccount>>,
    banks: BTreeMap<Pubkey, CollateralBank>,
    stakes: BTreeMap<Pubkey, InsuranceStake>,
}

impl Found {
    fn sort(&mut self, group: &Pubkey, key: Pubkey, data: &[u8]) -> Result<(), ClientError> {
        // Every account but the group itself starts with the group's address.
        let is_of_group = data.get(8..40) == Some(group.as_ref());
        let kind = data.get(..8).unwrap_or_default();
        if kind == Group::DISCRIMINATOR && key == *group {
            self.group = Some(decode_group(data)?);
        } else if !is_of_group {
            return Ok(());
        } else if kind == RiskSnapshot::DISCRIMINATOR {
            self.snapshot = Some(decode_snapshot(data)?);
        } else if kind == InsuranceVault::DISCRIMINATOR {
            self.insurance = Some(decode_insurance(data)?);
        } else if kind == ExposureShard::DISCRIMINATOR {
            self.shards.insert(key, decode_shard(data)?);
        } else if kind == Market::DISCRIMINATOR {
            self.markets.insert(key, decode_market(data)?);
        } else if kind == MarketLedger::DISCRIMINATOR {
            self.ledgers.insert(key, decode_ledger(data)?);
        } else if kind == VenueMarket::DISCRIMINATOR {
            self.venue_markets.insert(key, decode_venue_market(data)?);
        } else if kind == MarginAccount::DISCRIMINATOR {
            self.margin_accounts.insert(key, decode_margin_account(data)?);
        } else if kind == CollateralBank::DISCRIMINATOR {
            self.banks.insert(key, decode_bank(data)?);
        } else if kind == InsuranceStake::DISCRIMINATOR {
            self.stakes.insert(key, decode_insurance_stake(data)?);
        }
        Ok(())
    }
}
