//! Building the group and everybody in it, by transactions.

use std::path::Path;

use anchor_lang::prelude::Pubkey;
use anyhow::Result;
use example_venue::{
    client::{self as venue_client, FirebreakKeys},
    instructions::CreateMarketArgs,
};
use firebreak::constants::SHARD_COUNT;
use firebreak::instructions::MarketParams;
use firebreak_client::{
    instructions::{self as ix, AccountKeys, MintKeys, NewVenue, Transfer},
    pda,
};
use futures::{stream, StreamExt, TryStreamExt};
use rand::{Rng, RngCore};
use rand_chacha::ChaCha8Rng;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::{
    chain::{write_account, write_tokens, Chain},
    oracle::{OracleKeys, Quote},
    params::{self, Prevention},
    rpc::Rpc,
};
use crate::{
    population::{Deposit, Population, VENUES},
    random,
    scenario::Grid,
};

const KEY_STREAM: u64 = 2_000;
/// Transactions under way at once while accounts are opened.
const PARALLEL: usize = 16;
/// Program whose addresses are the associated token accounts.
const ASSOCIATED_TOKEN: Pubkey = anchor_lang::pubkey!("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
/// Bytes of an SPL mint.
const MINT_LEN: usize = 82;

/// Somebody with a margin account.
pub struct Member {
    /// Signs.
    pub keypair: Keypair,
    /// The margin account.
    pub account: AccountKeys,
}

/// Addresses of one venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueKeys {
    /// As registered with the group.
    pub venue: Pubkey,
    /// Firebreak's record of its use of the market.
    pub record: Pubkey,
    /// Its own market account.
    pub book_market: Pubkey,
}

/// All addresses of the demonstration, and everybody's keys.
pub struct World {
    /// Steps of sizes and prices.
    pub grid: Grid,
    /// Whether the market prevents.
    pub prevention: Prevention,
    /// The group.
    pub group: Pubkey,
    /// The SOL market.
    pub market: Pubkey,
    /// The venues, in the order of their registration. All run the same program, each with a book of its own, and all
    /// clear the one market.
    pub venues: Vec<VenueKeys>,
    /// Quote mint.
    pub quote: MintKeys,
    /// SOL mint.
    pub sol: MintKeys,
    /// Oracle accounts.
    pub oracle: OracleKeys,
    /// Owner of the tokens that everyone is funded with.
    pub treasury: Keypair,
    /// Row of the SOL market in the snapshot.
    pub market_row: u16,
    /// Row of SOL collateral in the snapshot.
    pub sol_row: u16,
    /// In the order of the population.
    pub traders: Vec<Member>,
    /// In the order of the population.
    pub makers: Vec<Member>,
    /// In the order of the population.
    pub keepers: Vec<Member>,
}

/// Draws keys from the seed, so that a run can be repeated with the same addresses.
pub fn keypair(rng: &mut ChaCha8Rng) -> Keypair {
    let mut secret = [0u8; 32];
    rng.fill_bytes(&mut secret);
    Keypair::new_from_array(secret)
}

/// The key that pays for everything in a run with this seed.
pub fn payer(seed: u64) -> Keypair {
    keypair(&mut random::stream(seed, KEY_STREAM))
}

fn token_program() -> Pubkey {
    anchor_spl::token::ID
}

impl World {
    /// Keys and addresses of a run.
    pub fn draw(seed: u64, population: &Population, grid: Grid) -> Self {
        let mut rng = random::stream(seed, KEY_STREAM);
        let admin = keypair(&mut rng).pubkey();
        let treasury = keypair(&mut rng);
        let mut address = || keypair(&mut rng).pubkey();
        let mints = [address(), address()];
        let oracle = OracleKeys { pyth: address(), switchboard: address(), feed_id: rng.random() };
        let group = pda::group(&admin, params::group().id);
        let market = pda::market(&group, 0);
        let venue = |index: u16| {
            let venue = pda::venue(&group, index);
            let record = pda::venue_market(&venue, &market);
            VenueKeys { venue, record, book_market: venue_client::find_market(&record, &admin).0 }
        };
        let venues = (0..u16::MAX).take(VENUES).map(venue).collect();
        let mut members = |count: usize| -> Vec<Member> {
            let keys = (0..count).map(|_| keypair(&mut rng));
            let member = |keypair: Keypair| Member {
                account: AccountKeys::new(&group, &keypair.pubkey(), 0),
                keypair,
            };
            keys.map(member).collect()
        };
        let mint = |mint| MintKeys { mint, token_program: token_program() };
        Self {
            grid,
            prevention: Prevention::On,
            group,
            market,
            venues,
            quote: mint(mints[0]),
            sol: mint(mints[1]),
            oracle,
            treasury,
            sol_row: 1,
            market_row: 2,
            traders: members(population.traders.len()),
            makers: members(population.makers.len()),
            keepers: members(population.keepers.len()),
        }
    }

    /// Parameters of the market at this depth.
    pub fn market_params(&self, depth_atoms: u64) -> MarketParams {
        params::market(&self.oracle, &self.grid, depth_atoms, self.prevention)
    }

    /// The same run with or without prevention.
    #[must_use]
    pub fn with(self, prevention: Prevention) -> Self {
        Self { prevention, ..self }
    }

    /// Deploys, writes mints and oracles, and configures the group up to `activate`.
    pub async fn create(&self, chain: &Chain, rpc: &Rpc, quote: &Quote, depth_atoms: u64) -> Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy");
        chain.deploy(firebreak::ID, &folder.join("firebreak.so"))?;
        chain.deploy(example_venue::ID, &folder.join("example_venue.so"))?;
        self.write_tokens(rpc).await?;
        self.oracle.publish(rpc.client(), quote).await?;
        self.configure(rpc, depth_atoms).await?;
        for (index, keys) in (0_u16..).zip(&self.venues) {
            self.open_venue(rpc, index, keys).await?;
        }
        rpc.must("activate", &[ix::activate(&rpc.payer(), &self.group, &self.quote.mint)], &[]).await
    }

    /// Mints and the treasury's token accounts, written directly: nobody needs to watch tokens being minted.
    async fn write_tokens(&self, rpc: &Rpc) -> Result<()> {
        let mints = [(&self.quote, params::QUOTE_DECIMALS), (&self.sol, params::SOL_DECIMALS)];
        for (keys, decimals) in mints {
            write_account(rpc.client(), &keys.mint, &keys.token_program, &mint_bytes(decimals)).await?;
            write_tokens(rpc.client(), &self.treasury.pubkey(), &keys.mint, u64::MAX >> 4).await?;
        }
        Ok(())
    }

    async fn configure(&self, rpc: &Rpc, depth_atoms: u64) -> Result<()> {
        let admin = rpc.payer();
        let group = [&admin, &self.group];
        rpc.must("create_group", &[ix::create_group(&admin, &self.quote, params::group())], &[]).await?;
        for index in 0..SHARD_COUNT {
            rpc.must("create_shard", &[ix::create_shard(&admin, &self.group, index)], &[]).await?;
        }
        let quote = ix::add_collateral(group, &self.quote, params::quote_collateral());
        rpc.must("add_collateral quote", &[quote], &[]).await?;
        let sol = ix::add_collateral(group, &self.sol, params::sol_collateral(&self.oracle));
        rpc.must("add_collateral SOL", &[sol], &[]).await?;
        let market = ix::add_market(group, 0, self.market_params(depth_atoms));
        rpc.must("add_market", &[market], &[]).await
    }

    async fn open_venue(&self, rpc: &Rpc, index: u16, keys: &VenueKeys) -> Result<()> {
        let admin = rpc.payer();
        let authority = venue_client::find_venue_authority().0;
        let new = NewVenue { index, authority, program: example_venue::ID };
        rpc.must("register_venue", &[ix::register_venue(&admin, &self.group, &new)], &[]).await?;
        let record = ix::add_venue_market([&admin, &self.group], &keys.venue, &self.market);
        rpc.must("add_venue_market", &[record], &[]).await?;
        let firebreak = FirebreakKeys {
            group: self.group,
            venue: keys.venue,
            venue_market: keys.record,
            snapshot: pda::snapshot(&self.group),
        };
        let args = CreateMarketArgs {
            tick_atoms: self.grid.tick_atoms,
            taker_fee_ppm: params::TAKER_FEE_PPM,
            maker_rebate_ppm: params::MAKER_REBATE_PPM,
        };
        rpc.must("create_market", &[venue_client::create_market(admin, &firebreak, args)], &[]).await
    }

    /// Opens, approves and funds everybody's margin account, and pays in the insurance.
    pub async fn populate(&self, rpc: &Rpc, population: &Population, opened: impl Fn()) -> Result<()> {
        let cash = |quote_atoms| Deposit { quote_atoms, sol_lamports: 0 };
        // Traders and makers let their own venue report fills, keepers let all of them: they sell wherever they can.
        let only = |venue: usize| self.venues.get(venue..=venue).unwrap_or_default();
        let traders = population.traders.iter().map(|trader| (trader.deposit, only(trader.venue)));
        let makers = population.makers.iter().map(|maker| (cash(maker.equity_atoms), only(maker.venue)));
        let everywhere = self.venues.as_slice();
        let keepers = population.keepers.iter().map(|keeper| (cash(keeper.equity_atoms), everywhere));
        let members = self.traders.iter().chain(&self.makers).chain(&self.keepers);
        let opened = &opened;
        stream::iter(members.zip(traders.chain(makers).chain(keepers)))
            .map(|(member, (deposit, venues))| async move {
                self.open_member(rpc, member, &deposit, venues).await?;
                opened();
                anyhow::Ok(())
            })
            .buffer_unordered(PARALLEL)
            .try_collect::<Vec<()>>()
            .await?;
        let transfer = self.transfer(&self.quote, population.insurance_atoms);
        let fund = ix::fund_insurance(&self.treasury.pubkey(), &self.group, &transfer);
        rpc.must("fund_insurance", &[fund], &[&self.treasury]).await
    }

    async fn open_member(
        &self,
        rpc: &Rpc,
        member: &Member,
        deposit: &Deposit,
        venues: &[VenueKeys],
    ) -> Result<()> {
        let owner = member.keypair.pubkey();
        let mut all = vec![ix::open_account([&owner, &rpc.payer()], &self.group, 0)];
        all.extend(venues.iter().map(|keys| ix::approve_venue(&member.account, &keys.venue, true)));
        for (mint, atoms) in [(&self.quote, deposit.quote_atoms), (&self.sol, deposit.sol_lamports)] {
            if atoms > 0 {
                all.push(self.deposit(member, mint, atoms));
            }
        }
        rpc.must("opening an account", &all, &[&member.keypair, &self.treasury]).await
    }

    /// A deposit from the treasury.
    pub fn deposit(&self, member: &Member, mint: &MintKeys, atoms: u64) -> solana_instruction::Instruction {
        ix::deposit(&self.treasury.pubkey(), &member.account, &self.transfer(mint, atoms))
    }

    fn transfer(&self, mint: &MintKeys, atoms: u64) -> Transfer {
        let seeds = [self.treasury.pubkey(), mint.token_program, mint.mint];
        let seeds = [seeds[0].as_ref(), seeds[1].as_ref(), seeds[2].as_ref()];
        let wallet = Pubkey::find_program_address(&seeds, &ASSOCIATED_TOKEN).0;
        Transfer { mint: *mint, wallet, atoms }
    }
}

/// An SPL mint without authorities: 4 + 32 bytes of mint authority, supply, decimals, initialised, 4 + 32 of freeze
/// authority.
fn mint_bytes(decimals: u8) -> Vec<u8> {
    let mut bytes = vec![0u8; MINT_LEN];
    bytes[44] = decimals;
    bytes[45] = 1;
    bytes
}
