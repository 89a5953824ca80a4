//! Who and what is in a walk: owners with wallets, administrators, guardians, authorities of venues, outsiders, and the
//! group they meet in.

use anchor_lang::prelude::Pubkey;
use firebreak::instructions::{CommitteeParams, GroupParams, MarketParams, OracleParams, PortfolioParams};
use firebreak_client::{
    instructions::{
        add_venue_market, approve_venue, fund_insurance, open_account, open_stake, update_group, AccountKeys,
        MintKeys, StakeKeys, Transfer,
    },
    pda,
};
use firebreak_tests::{
    oracle::Feed,
    params::{self, DOLLAR, TOKEN},
    tokens::token_account,
    World,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    cell::Cell,
    collections::{BTreeMap, VecDeque},
};

use crate::{laws::Gifts, sky::Sky, view::View, walk::Walk};

/// Owners who trade, with little to lose.
const TRADERS: usize = 8;
/// Owners who forecast for the second market, whose margins follow volatility.
pub const REPORTERS: usize = 5;
/// Owners who take over what is liquidated.
const KEEPERS: usize = 2;
/// Atoms that every wallet starts with.
pub const WALLET_ATOMS: u64 = 1 << 44;
/// Lamports of everybody who pays rent or fees.
const LAMPORTS: u64 = 1_000_000_000_000;

/// Everybody in a walk. The keys are in [`Cast::keys`].
pub struct Cast {
    /// Everybody with wallets: traders, keepers, stakers and outsiders.
    pub owners: Vec<Pubkey>,
    /// Those among them who liquidate.
    pub keepers: Vec<Pubkey>,
    /// Keys that nobody gave any right to.
    pub outsiders: Vec<Pubkey>,
    /// Keys that are or may become administrator.
    pub admins: Vec<Pubkey>,
    /// Keys that are or may become guardian.
    pub guardians: Vec<Pubkey>,
    /// Everybody's key.
    pub keys: BTreeMap<Pubkey, Keypair>,
    /// Token accounts by owner and mint.
    pub wallets: BTreeMap<(Pubkey, Pubkey), Pubkey>,
    /// Mints that are or may become collateral.
    pub mints: Vec<MintKeys>,
    /// Pays for every transaction, and has no rights: the fee payer's signature must not count for anybody.
    pub payer: Pubkey,
}

impl Cast {
    fn new(world: &mut World) -> Self {
        let mut cast = Cast {
            owners: Vec::new(),
            keepers: Vec::new(),
            outsiders: Vec::new(),
            admins: vec![world.admin.pubkey()],
            guardians: Vec::new(),
            keys: BTreeMap::new(),
            wallets: BTreeMap::new(),
            mints: vec![world.quote, world.token],
            payer: Pubkey::default(),
        };
        let authorities = [world.admin.insecure_clone(), world.venue_authority.insecure_clone()];
        cast.keys.extend(authorities.map(|key| (key.pubkey(), key)));
        cast.payer = cast.join(world);
        let successor = cast.join(world);
        cast.admins.push(successor);
        let mut several = |count: usize| -> Vec<Pubkey> { (0..count).map(|_| cast.join(world)).collect() };
        let people = [2, TRADERS, KEEPERS, 2].map(&mut several);
        [cast.guardians, cast.owners, cast.keepers, cast.outsiders] = people;
        let others = [cast.keepers.clone(), cast.outsiders.clone(), cast.admins.clone()].concat();
        cast.owners.extend(others);
        cast.supply(world);
        cast
    }

    /// A new key with lamports.
    pub fn join(&mut self, world: &mut World) -> Pubkey {
        let keypair = world.new_keypair();
        let key = keypair.pubkey();
        world.svm.airdrop(&key, LAMPORTS).expect("an airdrop succeeds");
        self.keys.insert(key, keypair);
        key
    }

    /// Gives every owner a wallet of every mint.
    pub fn supply(&mut self, world: &mut World) {
        for owner in self.owners.clone() {
            for mint in self.mints.clone() {
                self.wallets.entry((owner, mint.mint)).or_insert_with(|| {
                    let wallet = world.new_keypair().pubkey();
                    let account = token_account(mint.mint, owner, WALLET_ATOMS);
                    world.svm.set_account(wallet, account).expect("rent exempt");
                    wallet
                });
            }
        }
    }

    /// A transfer out of or into an owner's wallet.
    pub fn transfer(&self, owner: &Pubkey, mint: &MintKeys, atoms: u64) -> Transfer {
        Transfer { mint: *mint, wallet: self.wallets[&(*owner, mint.mint)], atoms }
    }
}

/// Thin margins and a loose breaker in the even markets, so that crashes reach the accounts; somewhat stricter odd ones.
pub fn market(index: usize, feed: &Feed) -> MarketParams {
    let is_loose = index.is_multiple_of(2);
    MarketParams {
        initial_ppm: if is_loose { 60_000 } else { 80_000 },
        maintenance_ppm: if is_loose { 40_000 } else { 50_000 },
        // Of what the population holds, positions of both sizes.
        size_free_atoms: if is_loose { 20_000 * DOLLAR } else { 5_000 * DOLLAR },
        price_band_ppm: 40_000,
        breaker: if is_loose { params::breaker(40_000) } else { params::strict_breaker() },
        depth_atoms: 1_000_000 * DOLLAR,
        // The odd markets pay profits as fast as losses come in, so that few are left to bear a loss and sides are charged.
        payout_share_ppm: if is_loose { 200_000 } else { 1_000_000 },
        payout_floor_atoms: if is_loose { 100 * DOLLAR } else { 10_000_000_000_000 },
        payout_window_secs: if is_loose { 600 } else { 60 },
        open_interest_cap_atoms: 2_000_000 * DOLLAR,
        position_share_ppm: 200_000,
        // The margins of the odd markets follow volatility.
        dynamic: if is_loose { params::static_margins() } else { params::dynamic_margins() },
        oracle: OracleParams {
            hourly_sigma_ppm: if is_loose { 50_000 } else { 20_000 },
            ..params::oracle(feed)
        },
        ..params::market(feed)
    }
}

/// Share of the sum over positions that accounts of the walk's group need at least.
pub const PORTFOLIO_FLOOR_PPM: u32 = 300_000;

/// Parameters of the group: short cooldowns, and accounts that are margined as portfolios.
pub fn group() -> GroupParams {
    GroupParams {
        unstake_cooldown_secs: 3_600,
        portfolio_floor_ppm: PORTFOLIO_FLOOR_PPM,
        ..params::group().params()
    }
}

impl Walk {
    /// A group with two markets, three collaterals and two venues, and its people with some money.
    pub fn new(seed: u64) -> Self {
        let made = Cell::new(0);
        let mut world = World::with_markets(2, |feed| {
            let index = made.replace(made.get() + 1);
            // The first market trades what the first token is.
            let portfolio = PortfolioParams {
                collateral_row: u16::from(index == 0),
                beta_milli: if index == 0 { 1_300 } else { 800 },
                ..params::portfolio()
            };
            MarketParams { portfolio, ..market(index, feed) }
        });
        world.is_auditing = false;
        let token = world.add_token(params::token_collateral);
        let mut cast = Cast::new(&mut world);
        cast.mints.push(token.mint);
        cast.supply(&mut world);
        let feeds = world.markets.iter().map(|market| market.feed).chain([token.feed]).collect();
        let (sky, rng) = (Sky::new(feeds), ChaCha8Rng::seed_from_u64(seed));
        let mut walk = Walk {
            seed,
            step: 0,
            group: world.group,
            world,
            rng,
            cast,
            sky,
            view: View::default(),
            gifts: Gifts::new(),
            queue: VecDeque::new(),
            counts: BTreeMap::new(),
            history: VecDeque::new(),
        };
        walk.furnish();
        walk.view = View::read(&walk.world.svm, &walk.view).expect("a complete group");
        walk
    }

    fn furnish(&mut self) {
        let (admin, group, quote) = (self.world.admin.pubkey(), self.group, self.world.quote);
        let authority = self.cast.join(&mut self.world);
        let second = self.world.add_venue(1, &authority);
        for market in self.world.markets.clone() {
            self.world.must(&[add_venue_market([&admin, &group], &second, &market.key)], &[]);
        }
        self.world.must(&[update_group([&admin, &group], self::group())], &[]);
        let reporters = self.cast.owners[..REPORTERS].to_vec();
        self.world.create_committee(1, CommitteeParams { reporters, quorum: 3, ..params::committee(&[]) });
        for owner in self.cast.owners.clone() {
            let signer = self.cast.keys[&owner].insecure_clone();
            let keys = AccountKeys::new(&group, &owner, 0);
            self.world.must(&[open_account([&owner, &admin], &group, 0)], &[&signer]);
            for venue in [pda::venue(&group, 0), second] {
                self.world.must(&[approve_venue(&keys, &venue, true)], &[&signer]);
            }
            self.world.must(&[open_stake(&StakeKeys::new(&group, &owner), &admin)], &[&signer]);
            self.pay_in(&owner, &keys, &signer);
        }
        let funder = self.cast.owners[0];
        let signer = self.cast.keys[&funder].insecure_clone();
        let transfer = self.cast.transfer(&funder, &quote, 50 * DOLLAR);
        self.world.must(&[fund_insurance(&funder, &group, &transfer)], &[&signer]);
    }

    /// Keepers are rich; every other trader has tokens as well as quote.
    fn pay_in(&mut self, owner: &Pubkey, keys: &AccountKeys, signer: &Keypair) {
        use firebreak_client::instructions::deposit;
        let is_keeper = self.cast.keepers.contains(owner);
        let quote = if is_keeper { 1_000_000 * DOLLAR } else { self.rng.random_range(1..1_000 * DOLLAR) };
        let transfer = self.cast.transfer(owner, &self.world.quote.clone(), quote);
        self.world.must(&[deposit(owner, keys, &transfer)], &[signer]);
        if self.rng.random_bool(0.5) {
            let atoms = self.rng.random_range(1..4 * TOKEN);
            let mint = self.cast.mints[self.rng.random_range(1..self.cast.mints.len())];
            let transfer = self.cast.transfer(owner, &mint, atoms);
            self.world.must(&[deposit(owner, keys, &transfer)], &[signer]);
        }
    }
}
