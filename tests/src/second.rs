//! A second group beside the first: what must not be mixed up is on the chain twice.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    constants::SHARD_COUNT,
    instructions::{CreateGroupArgs, MarketParams},
};
use firebreak_client::{
    instructions::{
        activate, add_collateral, approve_venue, create_group, create_shard, open_account, AccountKeys,
    },
    pda,
};
use solana_signer::Signer;

use crate::{oracle::Feed, params, MarketKeys, Trader, World};

/// Keys of the group that a [`World`] does not act on at the moment.
#[derive(Clone, Debug)]
pub struct OtherGroup {
    /// The group.
    pub group: Pubkey,
    /// Its test venue.
    pub venue: Pubkey,
    /// Its markets.
    pub markets: Vec<MarketKeys>,
}

impl World {
    /// A second group as alike as possible: the same administrator, mints, oracles, parameters and venue authority.
    /// It has as many markets and is not active yet.
    #[track_caller]
    pub fn second_group(&mut self, params: impl Fn(&Feed) -> MarketParams) -> OtherGroup {
        let was_auditing = std::mem::replace(&mut self.is_auditing, false);
        let admin = self.admin.pubkey();
        let mut first =
            OtherGroup { group: pda::group(&admin, 1), venue: Pubkey::default(), markets: Vec::new() };
        self.must(&[create_group(&admin, &self.quote, CreateGroupArgs { id: 1, ..params::group() })], &[]);
        self.swap_group(&mut first);
        let group = self.group;
        for index in 0..SHARD_COUNT {
            self.must(&[create_shard(&admin, &group, index)], &[]);
        }
        self.must(&[add_collateral([&admin, &group], &self.quote, params::quote_collateral())], &[]);
        let token = params::token_collateral(&first.markets[0].feed);
        self.must(&[add_collateral([&admin, &group], &self.token, token)], &[]);
        for market in first.markets.clone() {
            self.add_market(&market.feed, params(&market.feed));
        }
        self.add_test_venue();
        self.is_auditing = was_auditing;
        self.swap_group(&mut first);
        first
    }

    /// Acts on the other group from now on.
    pub fn swap_group(&mut self, other: &mut OtherGroup) {
        std::mem::swap(&mut self.group, &mut other.group);
        std::mem::swap(&mut self.venue, &mut other.venue);
        std::mem::swap(&mut self.markets, &mut other.markets);
    }

    /// Opens the present group for deposits and reads its prices.
    #[track_caller]
    pub fn activate(&mut self) {
        let instruction = activate(&self.admin.pubkey(), &self.group, &self.quote.mint);
        self.must(&[instruction], &[]);
        self.refresh();
    }

    /// The same owner in the present group: the same wallets, a margin account of its own.
    #[track_caller]
    pub fn join(&mut self, trader: &Trader) -> Trader {
        let owner = trader.owner.insecure_clone();
        let keys = AccountKeys::new(&self.group, &owner.pubkey(), 0);
        let payer = self.admin.pubkey();
        self.must(&[open_account([&owner.pubkey(), &payer], &self.group, 0)], &[&owner]);
        self.must(&[approve_venue(&keys, &self.venue, true)], &[&owner]);
        Trader {
            owner,
            keys,
            account: keys.margin_account,
            quote_wallet: trader.quote_wallet,
            token_wallet: trader.token_wallet,
        }
    }
}
