//! A group on a bank, set up by transactions.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use anchor_spl::token;
use example_venue::client::find_venue_authority;
use firebreak::{constants::SHARD_COUNT, state::MarginAccount};
use firebreak_client::{
    accounts::{decode_margin_account, decode_snapshot, SnapshotView},
    conservation::{audit, ConservationReport, GroupAccounts},
    instructions::{
        self as build, AccountKeys, Fill, FillPlace, MakerLeg, MintKeys, NewVenue, OracleRow, Overlay,
    },
    pda,
};
use firebreak_interface::fill::FillOutcome;
use firebreak_tests::{
    oracle::{pyth_account, switchboard_account, Feed, Quote},
    params::{self, COLLATERAL_DECIMALS, DOLLAR, QUOTE_DECIMALS, START_MICROS},
    tokens::{mint_account, token_account},
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::BTreeMap;

use crate::{Chain, Meta};

/// Quote atoms per lot at the start price.
pub const LOT: u64 = 2 * DOLLAR;
const WALLET_ATOMS: u64 = 1 << 50;

/// An owner with one margin account, which approved both venues.
pub struct Trader {
    /// Owner; pays for nothing.
    pub owner: Keypair,
    /// Owner and account.
    pub keys: AccountKeys,
    /// Token account of the quote mint.
    pub wallet: Pubkey,
}

/// A group on a chain of its own: the quote mint, another collateral, markets, a venue whose key is at hand and the
/// example venue.
pub struct Group {
    /// The chain. Its payer is the administrator.
    pub chain: Chain,
    /// The group.
    pub key: Pubkey,
    /// The quote mint.
    pub quote: MintKeys,
    /// The other collateral mint.
    pub token: MintKeys,
    /// Oracles of that mint and of every market.
    pub feed: Feed,
    /// Markets, in the order of their creation.
    pub markets: Vec<Pubkey>,
    /// Signs the fills of the first venue.
    pub authority: Keypair,
}

impl Group {
    /// A chain with mints and oracles but without a group.
    pub async fn bare() -> Self {
        let mut chain = Chain::new().await;
        let [quote, token] = [QUOTE_DECIMALS, COLLATERAL_DECIMALS].map(|decimals| {
            let mint = chain.new_keypair().pubkey();
            let account = mint_account(chain.payer.pubkey(), decimals);
            chain.set_account(&mint, account);
            MintKeys { mint, token_program: token::ID }
        });
        let [pyth, switchboard, authority] = std::array::from_fn(|_| chain.new_keypair());
        let feed = Feed { pyth: pyth.pubkey(), switchboard: switchboard.pubkey(), id: [3; 32] };
        let key = pda::group(&chain.payer.pubkey(), 0);
        let mut group = Self { chain, key, quote, token, feed, markets: Vec::new(), authority };
        group.publish(START_MICROS).await;
        group
    }

    /// An active group with one market at 200 dollars, refreshed and folded.
    pub async fn new() -> Self {
        let mut group = Self::bare().await;
        group.found().await;
        group.add_market().await;
        group.add_venues().await;
        let activate = build::activate(&group.admin(), &group.key, &group.quote.mint);
        group.chain.must(&[activate], &[]).await;
        group.crank().await;
        group
    }

    /// The administrator.
    pub fn admin(&self) -> Pubkey {
        self.chain.payer.pubkey()
    }

    /// The group with its shards and collaterals.
    pub async fn found(&mut self) {
        let (admin, key, token) = (self.admin(), self.key, self.token);
        let quote = self.quote;
        self.chain.must(&[build::create_group(&admin, &quote, params::group())], &[]).await;
        for index in 0..SHARD_COUNT {
            self.chain.must(&[build::create_shard(&admin, &key, index)], &[]).await;
        }
        let first = build::add_collateral([&admin, &key], &quote, params::quote_collateral());
        self.chain.must(&[first], &[]).await;
        let second = build::add_collateral([&admin, &key], &token, params::token_collateral(&self.feed));
        self.chain.must(&[second], &[]).await;
    }

    /// Adds a market.
    pub async fn add_market(&mut self) -> Meta {
        let index = u16::try_from(self.markets.len()).expect("few markets");
        let instruction = build::add_market([&self.admin(), &self.key], index, params::market(&self.feed));
        let meta = self.chain.must(&[instruction], &[]).await;
        self.markets.push(pda::market(&self.key, index));
        meta
    }

    /// Registers both venues and admits them to every market.
    pub async fn add_venues(&mut self) {
        let (admin, key) = (self.admin(), self.key);
        for (index, authority) in [self.authority.pubkey(), find_venue_authority().0].into_iter().enumerate()
        {
            let index = u16::try_from(index).expect("two venues");
            let new = NewVenue { index, authority, program: example_venue::ID };
            self.chain.must(&[build::register_venue(&admin, &key, &new)], &[]).await;
            for market in self.markets.clone() {
                let admit = build::add_venue_market([&admin, &key], &pda::venue(&key, index), &market);
                self.chain.must(&[admit], &[]).await;
            }
        }
    }

    /// Both oracles publish this price now, in millionths of a dollar.
    pub async fn publish(&mut self, price_micros: u64) {
        let publish_ts = self.chain.clock().await.unix_timestamp;
        let quote = Quote { price_micros, confidence_micros: 0, publish_ts };
        let feed = self.feed;
        self.chain.set_account(&feed.pyth, pyth_account(feed.id, &quote));
        self.chain.set_account(&feed.switchboard, switchboard_account(&quote));
    }

    /// Every row with oracles.
    pub fn oracle_rows(&self) -> Vec<OracleRow> {
        let count = u16::try_from(self.markets.len()).expect("few markets");
        let row_of =
            |row| OracleRow { row, primary: self.feed.pyth, secondary: self.feed.switchboard, third: None };
        // Rows 0 and 1 are the collaterals, of which the quote mint has no oracle.
        (1..2 + count).map(row_of).collect()
    }

    /// Refreshes all rows and folds all markets.
    pub async fn crank(&mut self) {
        let refresh = build::refresh(&self.key, &self.oracle_rows());
        self.chain.must(&[refresh], &[]).await;
        for market in self.markets.clone() {
            let venues = [0, 1].map(|index| pda::venue_market(&pda::venue(&self.key, index), &market));
            self.chain.must(&[build::fold([&self.key, &market], &venues, false)], &[]).await;
        }
    }

    /// Seconds pass, the oracles publish and somebody cranks.
    pub async fn tick(&mut self, secs: u64, price_micros: u64) {
        self.chain.advance(secs).await;
        self.publish(price_micros).await;
        self.crank().await;
    }

    /// A new owner whose account holds so many quote atoms.
    pub async fn trader(&mut self, atoms: u64) -> Trader {
        let owner = self.chain.new_keypair();
        let wallet = self.chain.new_keypair().pubkey();
        let tokens = token_account(self.quote.mint, owner.pubkey(), WALLET_ATOMS);
        self.chain.set_account(&wallet, tokens);
        let keys = AccountKeys::new(&self.key, &owner.pubkey(), 0);
        let open = build::open_account([&owner.pubkey(), &self.admin()], &self.key, 0);
        let approvals = [0, 1].map(|index| build::approve_venue(&keys, &pda::venue(&self.key, index), true));
        self.chain.must(&[open], &[&owner]).await;
        self.chain.must(&approvals, &[&owner]).await;
        let trader = Trader { owner, keys, wallet };
        if atoms > 0 {
            let deposit = self.deposit(&trader, atoms);
            self.chain.must(&[deposit], &[&trader.owner]).await;
        }
        trader
    }

    /// `deposit` of quote atoms.
    pub fn deposit(&self, trader: &Trader, atoms: u64) -> Instruction {
        build::deposit(&trader.owner.pubkey(), &trader.keys, &self.transfer(trader, atoms))
    }

    /// Quote atoms between a trader's wallet and Firebreak.
    pub fn transfer(&self, trader: &Trader, atoms: u64) -> build::Transfer {
        build::Transfer { mint: self.quote, wallet: trader.wallet, atoms }
    }

    /// `apply_fill` of the first venue in the first market: `taker` buys these lots at the start price.
    pub fn fill(&self, taker: &Trader, maker: &Trader, lots: u64) -> Instruction {
        self.fill_at(LOT, taker, maker, lots)
    }

    /// The same at a price in quote atoms per lot.
    pub fn fill_at(&self, price_atoms: u64, taker: &Trader, maker: &Trader, lots: u64) -> Instruction {
        let place = FillPlace {
            group: self.key,
            venue: pda::venue(&self.key, 0),
            market: self.markets[0],
            authority: self.authority.pubkey(),
        };
        let leg = MakerLeg { margin_account: maker.account(), lots, price_atoms, fee_atoms: 0 };
        let fill = Fill {
            taker: taker.account(),
            is_buyer: true,
            taker_fee_atoms: 0,
            makers: vec![leg],
            overlay: Overlay::none(),
        };
        build::apply_fill(&place, &fill).expect("one maker")
    }

    /// Reports a fill at the start price and returns Firebreak's answer.
    pub async fn trade(&mut self, taker: &Trader, maker: &Trader, lots: u64) -> FillOutcome {
        let fill = self.fill(taker, maker, lots);
        self.report(&fill).await
    }

    /// Sends a fill and returns Firebreak's answer.
    pub async fn report(&mut self, fill: &Instruction) -> FillOutcome {
        let authority = self.authority.insecure_clone();
        let meta = self.chain.must(std::slice::from_ref(fill), &[&authority]).await;
        FillOutcome::from_return_data(&meta.return_data).expect("a fill outcome")
    }

    /// The snapshot.
    pub async fn snapshot(&self) -> SnapshotView {
        decode_snapshot(&self.chain.data(&pda::snapshot(&self.key)).await).expect("a snapshot")
    }

    /// A trader's margin account.
    pub async fn margin(&self, trader: &Trader) -> Box<MarginAccount> {
        decode_margin_account(&self.chain.data(&trader.account()).await).expect("a margin account")
    }

    /// The audit of all accounts on the chain.
    pub async fn audit(&self) -> ConservationReport {
        let owned = self.chain.owned().await;
        let mut vaults = BTreeMap::new();
        for mint in [self.quote, self.token] {
            let vault = pda::bank_vault(&pda::bank(&self.key, &mint.mint));
            vaults.insert(vault, self.chain.data(&vault).await);
        }
        let vault = pda::insurance_vault(&pda::insurance(&self.key));
        vaults.insert(vault, self.chain.data(&vault).await);
        let data = owned.iter().map(|(key, account)| (*key, account.data.as_slice()));
        let accounts = GroupAccounts::collect(&self.key, data, |key| vaults.get(key).cloned());
        audit(&accounts.expect("a complete group")).expect("sums fit")
    }

    /// Fails the test unless every atom has an owner.
    pub async fn assert_conserved(&self) {
        let report = self.audit().await;
        assert!(report.is_exact(), "the group is not conserved: {report:#?}");
    }
}

impl Trader {
    /// The margin account.
    pub fn account(&self) -> Pubkey {
        self.keys.margin_account
    }
}
