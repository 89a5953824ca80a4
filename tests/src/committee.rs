//! Committees of reporters.

use firebreak::{
    instructions::{CommitteeParams, ForecastArgs},
    state::Committee,
};
use firebreak_client::{
    accounts::{decode_committee, decode_market},
    instructions::{create_committee, post_forecast, update_committee},
    pda,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{
    params,
    send::{Failure, Meta},
    World,
};

impl World {
    /// Gives a market a committee of so many reporters, under the rules of the harness.
    #[track_caller]
    pub fn add_committee(&mut self, market: usize, seats: usize) -> Vec<Keypair> {
        let reporters: Vec<Keypair> = (0..seats).map(|_| self.new_keypair()).collect();
        self.create_committee(market, params::committee(&reporters));
        reporters
    }

    /// Gives a market a committee under these rules.
    #[track_caller]
    pub fn create_committee(&mut self, market: usize, params: CommitteeParams) {
        let (admin, group, key) = (self.admin.pubkey(), self.group, self.markets[market].key);
        self.must(&[create_committee([&admin, &group], &key, params)], &[]);
    }

    /// Replaces seats and rules of a market's committee.
    #[track_caller]
    pub fn update_committee(&mut self, market: usize, params: CommitteeParams) {
        let (admin, group, key) = (self.admin.pubkey(), self.group, self.markets[market].key);
        self.must(&[update_committee([&admin, &group], &key, params)], &[]);
    }

    /// A reporter says what it expects of a market.
    ///
    /// # Errors
    /// The transaction's failure.
    #[track_caller]
    pub fn report(&mut self, market: usize, reporter: &Keypair, args: ForecastArgs) -> Result<Meta, Failure> {
        let instruction = post_forecast(&reporter.pubkey(), &self.markets[market].key, args);
        self.send(&[instruction], &[reporter])
    }

    /// True when a market has a committee.
    #[track_caller]
    pub fn has_committee(&self, market: usize) -> bool {
        decode_market(&self.data(&self.markets[market].key)).expect("a market").has_committee()
    }

    /// Committee of a market.
    #[track_caller]
    pub fn committee(&self, market: usize) -> Committee {
        decode_committee(&self.data(&pda::committee(&self.markets[market].key))).expect("a committee")
    }
}
