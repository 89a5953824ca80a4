//! Building a group.

use anchor_lang::prelude::Pubkey;
use anchor_spl::token;
use firebreak::{constants::SHARD_COUNT, instructions::MarketParams};
use firebreak_client::{
    instructions::{
        activate, add_collateral, add_market, add_venue_market, create_group, create_shard, register_venue,
        MintKeys, NewVenue,
    },
    pda,
};
use solana_signer::Signer;

use crate::{
    oracle::Feed,
    params::{self, COLLATERAL_DECIMALS, QUOTE_DECIMALS, START_MICROS},
    tokens::mint_account,
    world::{MarketKeys, World},
};

impl World {
    /// An active group with one market at 200 dollars, refreshed, and a test venue.
    pub fn new() -> Self {
        Self::with_market(params::market)
    }

    /// The same with other market parameters.
    pub fn with_market(params: impl Fn(&Feed) -> MarketParams) -> Self {
        Self::with_markets(1, params)
    }

    /// The same with several markets that differ only in their oracles. All prices start at 200 dollars.
    pub fn with_markets(count: usize, params: impl Fn(&Feed) -> MarketParams) -> Self {
        let mut world = Self::configured(count, params);
        let instruction = activate(&world.admin.pubkey(), &world.group, &world.quote.mint);
        world.must(&[instruction], &[]);
        world.refresh();
        world
    }

    /// The same before `activate` and without prices.
    pub fn configured(count: usize, params: impl Fn(&Feed) -> MarketParams) -> Self {
        let mut world = Self::bare();
        world.is_auditing = false;
        world.quote = world.new_mint(QUOTE_DECIMALS);
        world.token = world.new_mint(COLLATERAL_DECIMALS);
        let admin = world.admin.pubkey();
        world.group = pda::group(&admin, 0);
        world.must(&[create_group(&admin, &world.quote, params::group())], &[]);
        for index in 0..SHARD_COUNT {
            world.must(&[create_shard(&admin, &world.group, index)], &[]);
        }
        let group = world.group;
        world.must(&[add_collateral([&admin, &group], &world.quote, params::quote_collateral())], &[]);
        let first = world.new_feed();
        world.token_row = 1;
        world.must(&[add_collateral([&admin, &group], &world.token, params::token_collateral(&first))], &[]);
        world.is_auditing = true;
        for index in 0..count {
            let feed = if index == 0 { first } else { world.new_feed() };
            world.add_market(&feed, params(&feed));
        }
        world.add_test_venue();
        world
    }

    /// A mint of the administrator.
    pub fn new_mint(&mut self, decimals: u8) -> MintKeys {
        let mint = self.new_keypair().pubkey();
        let account = mint_account(self.admin.pubkey(), decimals);
        self.svm.set_account(mint, account).expect("the account is rent exempt");
        MintKeys { mint, token_program: token::ID }
    }

    /// Oracle accounts of a new asset at the start price.
    pub fn new_feed(&mut self) -> Feed {
        let pyth = self.new_keypair().pubkey();
        let switchboard = self.new_keypair().pubkey();
        let feed = Feed { pyth, switchboard, id: pyth.to_bytes() };
        self.publish(&feed, START_MICROS);
        feed
    }

    /// Adds a market.
    #[track_caller]
    pub fn add_market(&mut self, feed: &Feed, params: MarketParams) {
        let index = u16::try_from(self.markets.len()).expect("few markets");
        let admin = self.admin.pubkey();
        let instruction = add_market([&admin, &self.group], index, params);
        self.must(&[instruction], &[]);
        // Rows 0 and 1 are the collaterals.
        self.markets.push(MarketKeys { key: pda::market(&self.group, index), row: index + 2, feed: *feed });
    }

    pub(crate) fn add_test_venue(&mut self) {
        let authority = self.venue_authority.pubkey();
        self.venue = self.add_venue(0, &authority);
        let admin = self.admin.pubkey();
        for market in self.markets.clone() {
            let instruction = add_venue_market([&admin, &self.group], &self.venue, &market.key);
            self.must(&[instruction], &[]);
        }
    }

    /// Registers a venue.
    #[track_caller]
    pub fn add_venue(&mut self, index: u16, authority: &Pubkey) -> Pubkey {
        let new = NewVenue { index, authority: *authority, program: example_venue::ID };
        let admin = self.admin.pubkey();
        self.must(&[register_venue(&admin, &self.group, &new)], &[]);
        pda::venue(&self.group, index)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
