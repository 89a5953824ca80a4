//! Reading the group: decoded accounts, whole accounts for "nothing has changed", and the audit.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    engine::AccountHealth,
    state::{InsuranceVault, MarginAccount, MarketLedger, Row, ShardRow, VenueMarket},
};
use firebreak_client::{
    accounts::{
        decode_bank, decode_insurance, decode_ledger, decode_margin_account, decode_shard, decode_snapshot,
        decode_token_amount, decode_venue_market, SnapshotView,
    },
    conservation::{audit, ConservationReport, GroupAccounts},
    health, pda,
};
use solana_account::Account;
use std::collections::BTreeMap;

use crate::World;

impl World {
    /// Data of an account that must exist.
    #[track_caller]
    pub fn data(&self, key: &Pubkey) -> Vec<u8> {
        self.svm.get_account(key).unwrap_or_else(|| panic!("{key} does not exist")).data
    }

    /// The risk snapshot.
    #[track_caller]
    pub fn snapshot(&self) -> SnapshotView {
        decode_snapshot(&self.data(&pda::snapshot(&self.group))).expect("a snapshot")
    }

    /// Row of a market.
    #[track_caller]
    pub fn row(&self, market: usize) -> Row {
        *self.snapshot().row(self.markets[market].row).expect("a row")
    }

    /// A margin account.
    #[track_caller]
    pub fn margin(&self, key: &Pubkey) -> Box<MarginAccount> {
        decode_margin_account(&self.data(key)).expect("a margin account")
    }

    /// Ledger of a market.
    #[track_caller]
    pub fn ledger(&self, market: usize) -> MarketLedger {
        decode_ledger(&self.data(&pda::ledger(&self.markets[market].key))).expect("a ledger")
    }

    /// The test venue's record of a market.
    #[track_caller]
    pub fn venue_market(&self, market: usize) -> VenueMarket {
        let key = pda::venue_market(&self.venue, &self.markets[market].key);
        decode_venue_market(&self.data(&key)).expect("a venue market")
    }

    /// Records of all venues in a market, in the order of their ordinal.
    #[track_caller]
    pub fn venue_markets_of(&self, market: usize) -> Vec<Pubkey> {
        let key = self.markets[market].key;
        let accounts = self.svm.get_program_accounts(&firebreak::ID);
        let records = accounts
            .iter()
            .filter_map(|(address, account)| Some((*address, decode_venue_market(&account.data).ok()?)));
        let mut records: Vec<(u16, Pubkey)> = records
            .filter(|(_, record)| record.market == key)
            .map(|(address, record)| (record.ordinal, address))
            .collect();
        records.sort_unstable();
        records.into_iter().map(|(_, address)| address).collect()
    }

    /// Rows of a market in all shards.
    #[track_caller]
    pub fn shard_rows(&self, market: usize) -> Vec<ShardRow> {
        let shards = pda::exposures(&self.group).into_iter();
        shards.map(|key| decode_shard(&self.data(&key)).expect("a shard").rows[market]).collect()
    }

    /// Record of the insurance vault.
    #[track_caller]
    pub fn insurance(&self) -> InsuranceVault {
        decode_insurance(&self.data(&pda::insurance(&self.group))).expect("an insurance record")
    }

    /// Balance of a token account.
    #[track_caller]
    pub fn balance(&self, key: &Pubkey) -> u64 {
        decode_token_amount(&self.data(key)).expect("a token account")
    }

    /// Health of an account now.
    #[track_caller]
    pub fn health(&self, key: &Pubkey) -> AccountHealth {
        health::account_health(&self.margin(key), &self.snapshot(), self.now()).expect("rows of the account")
    }

    /// Everything that Firebreak owns, and the vaults.
    pub fn accounts_of_group(&self) -> BTreeMap<Pubkey, Account> {
        let mut accounts: BTreeMap<Pubkey, Account> =
            self.svm.get_program_accounts(&firebreak::ID).into_iter().collect();
        let banks = accounts.values().filter_map(|account| Some(decode_bank(&account.data).ok()?.vault));
        let insurance =
            accounts.values().filter_map(|account| Some(decode_insurance(&account.data).ok()?.vault));
        let vaults: Vec<Pubkey> = banks.chain(insurance).collect();
        for key in vaults {
            if let Some(account) = self.svm.get_account(&key) {
                accounts.insert(key, account);
            }
        }
        accounts
    }

    /// The group's audit.
    #[track_caller]
    pub fn audit(&self) -> ConservationReport {
        let accounts = self.accounts_of_group();
        let owned = accounts.iter().map(|(key, account)| (*key, account.data.as_slice()));
        let token_account = |key: &Pubkey| accounts.get(key).map(|account| account.data.clone());
        let accounts = GroupAccounts::collect(&self.group, owned, token_account).expect("a complete group");
        audit(&accounts).expect("sums fit")
    }

    /// Fails the test unless every atom has an owner.
    #[track_caller]
    pub fn assert_conserved(&self) {
        if self.is_auditing {
            let report = self.audit();
            assert!(report.is_exact(), "the group is not conserved: {report:#?}");
        }
    }
}
