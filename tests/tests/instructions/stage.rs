//! Two groups that are as alike as possible, with the same owners in both, so that every wrong account is the most
//! plausible one.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use firebreak::state::{shard_space, ShardRow};
use firebreak_client::{
    instructions::{OracleRow, Overlay, StakeKeys},
    pda,
};
use firebreak_tests::{
    params::{self, DOLLAR, TOKEN},
    OtherGroup, Trade, Trader, World,
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::BTreeMap;

/// Quote atoms per lot at the start price.
pub const LOT: u64 = 2 * DOLLAR;
/// Lamports of keys that pay rent.
pub const LAMPORTS: u64 = 100_000_000_000;

/// A million lots on each side of every market in every shard.
const CROWD_UNITS: u64 = 1_000_000 << 16;

/// The people of one group.
pub struct Cast {
    /// Long 4 000 lots of the first market with 1 000 dollars.
    pub alice: Trader,
    /// Short the same lots with 100 000 dollars and ten tokens.
    pub bob: Trader,
    /// No position, 100 000 dollars.
    pub keeper: Trader,
    /// Nothing at all.
    pub dora: Trader,
}

/// The chain with both groups; the world acts on the first.
pub struct Stage {
    /// The chain.
    pub world: World,
    /// The second group.
    pub other: OtherGroup,
    /// People in the first group, then the same people in the second.
    pub casts: [Cast; 2],
}

/// An instruction that succeeds, with everybody who signs it.
pub struct Scene {
    /// The chain before it.
    pub world: World,
    /// The instruction.
    pub instruction: Instruction,
    /// The same in the other group.
    pub twin: Instruction,
    /// Its signers.
    pub signers: Vec<Keypair>,
    /// Names of people's accounts.
    pub names: BTreeMap<Pubkey, String>,
}

impl Cast {
    fn new(world: &mut World) -> Self {
        let [alice, bob, keeper, dora] = std::array::from_fn(|_| world.empty_trader());
        Self { alice, bob, keeper, dora }
    }

    fn join(&self, world: &mut World) -> Self {
        let [alice, bob, keeper, dora] =
            [&self.alice, &self.bob, &self.keeper, &self.dora].map(|trader| world.join(trader));
        Self { alice, bob, keeper, dora }
    }

    fn names(&self) -> Vec<(Pubkey, String)> {
        let people =
            [("alice", &self.alice), ("bob", &self.bob), ("keeper", &self.keeper), ("dora", &self.dora)];
        let keys = people.iter().flat_map(|(name, trader)| {
            let stake = StakeKeys::new(&trader.keys.group, &trader.keys.owner).stake;
            [
                (stake, format!("{name}, stake")),
                (trader.account, (*name).to_owned()),
                (trader.quote_wallet, format!("{name}, quote")),
                (trader.token_wallet, format!("{name}, token")),
            ]
        });
        keys.collect()
    }

    fn play(&self, world: &mut World) {
        world.deposit(&self.alice, 1_000 * DOLLAR);
        world.deposit(&self.bob, 100_000 * DOLLAR);
        world.deposit_token(&self.bob, 10 * TOKEN);
        world.deposit(&self.keeper, 100_000 * DOLLAR);
        world.fund_insurance(&self.keeper, 150 * DOLLAR);
        world.trade(&Trade::new(&self.alice, &self.bob, 4_000, LOT));
        let authority = world.venue_authority.pubkey();
        world.add_venue(1, &authority);
    }
}

impl Stage {
    /// Both groups active, with two markets, positions, insurance and a second venue that is in no market.
    pub fn calm() -> Self {
        let mut world = World::with_markets(2, params::market);
        let mut other = world.second_group(params::market);
        let first = Cast::new(&mut world);
        first.play(&mut world);
        world.swap_group(&mut other);
        world.activate();
        let second = first.join(&mut world);
        second.play(&mut world);
        world.swap_group(&mut other);
        Stage { world, other, casts: [first, second] }
    }

    /// The same a second later, with every price in both groups at this number of millionths of a dollar.
    pub fn at_price(price_micros: u64) -> Self {
        let mut stage = Self::calm();
        stage.move_price(price_micros);
        stage
    }

    /// A second passes and both groups see this price.
    pub fn move_price(&mut self, price_micros: u64) {
        self.world.advance(1);
        for market in 0..self.world.markets.len() {
            self.world.set_market_price(market, price_micros);
        }
        self.both(|world, _| world.refresh());
    }

    /// Time passes at this price in both groups until the slow price has arrived.
    pub fn follow(&mut self, price_micros: u64) {
        self.world.follow_markets(price_micros);
        self.move_price(price_micros);
        self.both(|world, _| world.follow_markets(price_micros));
        self.move_price(price_micros);
    }

    /// Does the same in both groups, in the first one first.
    pub fn both(&mut self, mut act: impl FnMut(&mut World, &Cast)) {
        act(&mut self.world, &self.casts[0]);
        self.world.swap_group(&mut self.other);
        act(&mut self.world, &self.casts[1]);
        self.world.swap_group(&mut self.other);
    }

    /// People of the first group.
    pub fn cast(&self) -> &Cast {
        &self.casts[0]
    }

    /// Writes open interest of others into every shard of both groups, so that a wrong shard is not refused merely
    /// because it is empty.
    fn crowd(&mut self) {
        for shard in [self.world.group, self.other.group].iter().flat_map(pda::exposures) {
            let mut account = self.world.svm.get_account(&shard).expect("a shard");
            for market in 0..self.world.markets.len() {
                let range = shard_space(market)..shard_space(market + 1);
                let mut row: ShardRow = bytemuck::pod_read_unaligned(&account.data[range.clone()]);
                row.open_interest_units = row.open_interest_units.map(|units| units + CROWD_UNITS);
                account.data[range].copy_from_slice(bytemuck::bytes_of(&row));
            }
            self.world.svm.set_account(shard, account).expect("rent exempt");
        }
    }

    /// A key with lamports.
    pub fn payer(&mut self) -> Keypair {
        let payer = self.world.new_keypair();
        self.world.svm.airdrop(&payer.pubkey(), LAMPORTS).expect("an airdrop succeeds");
        payer
    }

    /// An instruction with its signers, once for each group.
    pub fn scene(mut self, signers: &[&Keypair], build: impl Fn(&World, &Cast) -> Instruction) -> Scene {
        let instruction = build(&self.world, &self.casts[0]);
        self.world.swap_group(&mut self.other);
        let twin = build(&self.world, &self.casts[1]);
        self.world.swap_group(&mut self.other);
        self.crowd();
        let names = self.casts.iter().flat_map(Cast::names).collect();
        let signers = signers.iter().map(|signer| signer.insecure_clone()).collect();
        Scene { world: self.world, instruction, twin, signers, names }
    }
}

/// Oracle accounts of a market.
pub fn oracle_row(world: &World, market: usize) -> OracleRow {
    let keys = &world.markets[market];
    OracleRow { row: keys.row, primary: keys.feed.pyth, secondary: keys.feed.switchboard, third: None }
}

/// The first market read from its oracles.
pub fn overlay(world: &World) -> Overlay {
    Overlay::new(&[oracle_row(world, 0)]).expect("one row")
}

/// The first collateral beside quote read from its oracles.
pub fn token_overlay(world: &World) -> Overlay {
    Overlay::new(&[world.first_token().oracle_row()]).expect("one row")
}
