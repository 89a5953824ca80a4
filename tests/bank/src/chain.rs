//! A bank with the programs, its clock and its accounts.

use anchor_lang::prelude::{Clock, Pubkey};
use solana_account::{Account, AccountSharedData};
use solana_keypair::Keypair;
use solana_program_test::{ProgramTest, ProgramTestContext};
use solana_signer::Signer;
use std::{collections::BTreeSet, env, sync::Once};

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/deploy");
/// What a funded key has.
pub const LAMPORTS: u64 = 1_000_000_000_000;
const SLOTS_PER_TEN_SECS: u64 = 25;

/// A bank.
pub struct Chain {
    /// The bank and its client.
    pub context: ProgramTestContext,
    /// Pays for every transaction.
    pub payer: Keypair,
    /// Every account that a transaction could have written.
    pub(crate) written: BTreeSet<Pubkey>,
    /// Makes equal transactions different.
    pub(crate) salt: u32,
    keys_made: u64,
}

impl Chain {
    /// A bank with both programs and a payer.
    pub async fn new() -> Self {
        static ENVIRONMENT: Once = Once::new();
        ENVIRONMENT.call_once(|| {
            // Where the bank looks for programs, and how much it logs.
            env::set_var("SBF_OUT_DIR", DEPLOY);
            env::set_var("RUST_LOG", "off");
        });
        let mut test = ProgramTest::default();
        test.prefer_bpf(true);
        test.add_upgradeable_program_to_genesis("firebreak", &firebreak::ID);
        test.add_upgradeable_program_to_genesis("example_venue", &example_venue::ID);
        let payer = keypair(0);
        test.add_account(payer.pubkey(), funded());
        let context = test.start_with_context().await;
        Self { context, payer, written: BTreeSet::new(), salt: 0, keys_made: 0 }
    }

    /// The next key; the same one in every run.
    pub fn new_keypair(&mut self) -> Keypair {
        self.keys_made += 1;
        keypair(self.keys_made)
    }

    /// A new key with lamports.
    pub fn new_payer(&mut self) -> Keypair {
        let key = self.new_keypair();
        self.set_account(&key.pubkey(), funded());
        key
    }

    /// Puts an account on the chain, past all rules.
    pub fn set_account(&mut self, key: &Pubkey, account: Account) {
        self.context.set_account(key, &AccountSharedData::from(account));
    }

    /// An account, if it exists.
    pub async fn account(&self, key: &Pubkey) -> Option<Account> {
        self.context.banks_client.get_account(*key).await.expect("the bank answers")
    }

    /// Data of an account that must exist.
    pub async fn data(&self, key: &Pubkey) -> Vec<u8> {
        self.account(key).await.unwrap_or_else(|| panic!("{key} does not exist")).data
    }

    /// Lamports of an account; none if it does not exist.
    pub async fn lamports(&self, key: &Pubkey) -> u64 {
        self.account(key).await.map_or(0, |account| account.lamports)
    }

    /// Every account that Firebreak owns and that came about by transactions.
    pub async fn owned(&self) -> Vec<(Pubkey, Account)> {
        let mut owned = Vec::new();
        for key in &self.written {
            if let Some(account) = self.account(key).await.filter(|account| account.owner == firebreak::ID) {
                owned.push((*key, account));
            }
        }
        owned
    }

    /// The clock as programs see it.
    pub async fn clock(&self) -> Clock {
        self.context.banks_client.get_sysvar().await.expect("a clock")
    }

    /// Begins the slot that comes `slots` after this one. The bank's clock stands still meanwhile.
    pub async fn skip_slots(&mut self, slots: u64) {
        let slot = self.clock().await.slot + slots;
        self.context.warp_to_slot(slot).expect("a later slot");
    }

    /// Lets time pass, at 400 ms per slot.
    pub async fn advance(&mut self, secs: u64) {
        let before = self.clock().await.unix_timestamp;
        self.skip_slots((secs * SLOTS_PER_TEN_SECS).div_ceil(10)).await;
        self.set_time(before.checked_add_unsigned(secs).expect("a test's duration fits")).await;
    }

    /// What the validators' votes would do: sets the unix time of the present slot.
    pub async fn set_time(&mut self, unix_timestamp: i64) {
        let clock = Clock { unix_timestamp, ..self.clock().await };
        self.context.set_sysvar(&clock);
    }
}

fn funded() -> Account {
    Account { lamports: LAMPORTS, rent_epoch: u64::MAX, ..Account::default() }
}

fn keypair(number: u64) -> Keypair {
    let mut seed = [11; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    Keypair::new_from_array(seed)
}
