//! The steps from what a chain has to what the file says. Pure.

use anchor_lang::prelude::Pubkey;
use anyhow::{bail, ensure, Context, Result};
use firebreak::{
    constants::SHARD_COUNT,
    instructions::{AddCollateralArgs, CommitteeParams, Difference, Directed, GroupParams},
    state::Row,
};
use firebreak_client::{
    instructions::{self as build, MintKeys, NewVenue},
    pda,
};
use solana_account::Account;
use solana_instruction::Instruction;

use super::{found::Found, Collateral, Market, Params, Venue};

/// SPL Token.
const TOKEN: Pubkey = anchor_lang::pubkey!("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// Token-2022.
const TOKEN_2022: Pubkey = anchor_lang::pubkey!("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/// Bytes and rent of a plain mint.
const MINT_LEN: usize = 82;
const MINT_LAMPORTS: u64 = 1_461_600;

/// One thing that the file asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is.
    pub what: String,
    /// What has to be done for it.
    pub todo: Todo,
}

/// What has to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Todo {
    /// It is there as the file says.
    Nothing,
    /// This instruction, signed by the administrator.
    Send(Box<Instruction>),
    /// An account to be written through the node. Local chains only.
    Write {
        /// Its address.
        key: Pubkey,
        /// Its content.
        account: Account,
    },
}

/// All steps, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The group's address.
    pub group: Pubkey,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Step {
    /// The step for people.
    pub fn describe(&self) -> String {
        match &self.todo {
            Todo::Nothing => format!("{}: there", self.what),
            Todo::Send(_) => format!("{}: would be sent", self.what),
            Todo::Write { .. } => format!("{}: would be written through surfnet_setAccount", self.what),
        }
    }
}

/// Plans the set-up of the file's group by `admin`. With `cheat`, missing mints are written.
///
/// # Errors
/// When the chain has something that the file describes differently: somebody has to decide which of the two is right,
/// and `update` makes the chain follow the file. When a mint or a venue's program is missing.
pub fn plan(admin: &Pubkey, params: &Params, found: &Found, cheat: bool) -> Result<Plan> {
    let group = pda::group(admin, params.group.id);
    let mut planner = Planner { admin: *admin, group, found, steps: Vec::new() };
    planner.mints(params, cheat)?;
    planner.group(params)?;
    planner.shards();
    for collateral in &params.collateral {
        planner.collateral(collateral)?;
    }
    let markets = planner.markets(params)?;
    planner.venues(params, &markets)?;
    planner.activation(params)?;
    Ok(Plan { group, steps: planner.steps })
}

struct Planner<'a> {
    admin: Pubkey,
    group: Pubkey,
    found: &'a Found,
    steps: Vec<Step>,
}

impl Planner<'_> {
    fn there(&mut self, what: String) {
        self.steps.push(Step { what, todo: Todo::Nothing });
    }

    fn send(&mut self, what: String, instruction: Instruction) {
        self.steps.push(Step { what, todo: Todo::Send(Box::new(instruction)) });
    }

    fn mints(&mut self, params: &Params, cheat: bool) -> Result<()> {
        for collateral in &params.collateral {
            let (key, name) = (collateral.mint.0, &collateral.name);
            match self.found.mints.get(&key) {
                Some(mint) => {
                    let is_token = [TOKEN, TOKEN_2022].contains(&mint.token_program);
                    ensure!(is_token, "collateral {name}: {key} is not a mint");
                    let stated = collateral.decimals;
                    let actual = mint.decimals;
                    ensure!(
                        stated == actual,
                        "collateral {name}: the mint has {actual} decimals, not {stated}"
                    );
                }
                None if cheat => {
                    let todo = Todo::Write { key, account: plain_mint(collateral.decimals) };
                    self.steps.push(Step { what: format!("mint {name} {key}"), todo });
                }
                None => bail!("collateral {name}: there is no mint {key} on this chain"),
            }
        }
        Ok(())
    }

    fn mint_keys(&self, collateral: &Collateral) -> MintKeys {
        let mint = collateral.mint.0;
        let token_program = self.found.mints.get(&mint).map_or(TOKEN, |mint| mint.token_program);
        MintKeys { mint, token_program }
    }

    fn group(&mut self, params: &Params) -> Result<()> {
        let what = format!("group {} (number {} of {})", self.group, params.group.id, self.admin);
        let quote = self.mint_keys(params.quote()?);
        let args = params.group.args();
        let Some(group) = &self.found.group else {
            let create = build::create_group(&self.admin, &quote, args);
            self.send(what, create);
            return Ok(());
        };
        if let Some(difference) = GroupParams::read(group).differences(&args.params()).first() {
            let Difference { name, old, new, .. } = difference;
            bail!("{what} exists with {name} = {old}; the file says {new}");
        }
        ensure!(group.quote_mint == quote.mint, "{what} exists with the quote mint {}", group.quote_mint);
        ensure!(group.guardian == args.guardian, "{what} exists with the guardian {}", group.guardian);
        self.there(what);
        Ok(())
    }

    fn shards(&mut self) {
        let created = self.found.group.map_or(0, |group| group.shard_count);
        for index in 0..SHARD_COUNT {
            let what = format!("exposure shard {index}");
            if index < created {
                self.there(what);
            } else {
                let create = build::create_shard(&self.admin, &self.group, index);
                self.send(what, create);
            }
        }
    }

    fn collateral(&mut self, collateral: &Collateral) -> Result<()> {
        let what = format!("collateral {}", collateral.name);
        let args = collateral.args();
        let Some(bank) = self.found.banks.get(&collateral.mint.0) else {
            let add = build::add_collateral([&self.admin, &self.group], &self.mint_keys(collateral), args);
            self.send(what, add);
            return Ok(());
        };
        let actual = AddCollateralArgs::read(bank, self.row(bank.row)?);
        if let Some(difference) = actual.differences(&args).first() {
            let Difference { name, old, new, .. } = difference;
            bail!("{what} exists with {name} = {old}; the file says {new}");
        }
        self.there(what);
        Ok(())
    }

    /// Addresses of the file's markets, in its order.
    fn markets(&mut self, params: &Params) -> Result<Vec<Pubkey>> {
        let mut keys = Vec::with_capacity(params.market.len());
        let mut next = u16::try_from(self.found.markets.len())?;
        for market in &params.market {
            let what = format!("market {}", market.name);
            let name = market.name_bytes()?;
            let index = match self.found.markets.iter().position(|found| found.name == name) {
                Some(position) => {
                    self.require_same_market(&what, market, position)?;
                    self.there(what);
                    u16::try_from(position)?
                }
                None => {
                    let add = build::add_market([&self.admin, &self.group], next, market.args()?);
                    self.send(what, add);
                    next += 1;
                    next - 1
                }
            };
            let key = pda::market(&self.group, index);
            self.committee(market, &key)?;
            keys.push(key);
        }
        Ok(keys)
    }

    /// A committee that the file does not speak of is left alone.
    fn committee(&mut self, market: &Market, key: &Pubkey) -> Result<()> {
        let Some(committee) = &market.committee else { return Ok(()) };
        let (what, args) = (format!("committee of market {}", market.name), committee.args());
        let Some(found) = self.found.committees.get(key) else {
            let create = build::create_committee([&self.admin, &self.group], key, args);
            self.send(what, create);
            return Ok(());
        };
        if let Some(difference) = CommitteeParams::read(found).differences(&args).first() {
            let Difference { name, old, new, .. } = difference;
            bail!("{what} exists with {name} = {old}; the file says {new}");
        }
        self.there(what);
        Ok(())
    }

    /// The parameters are written over copies of what is there; copies that change differ.
    fn require_same_market(&self, what: &str, market: &Market, position: usize) -> Result<()> {
        let args = market.args()?;
        let actual = self.found.markets.get(position).context("the market is missing")?;
        let mut stated = *actual;
        args.write_market(&mut stated);
        let is_same = bytemuck::bytes_of(actual) == bytemuck::bytes_of(&stated);
        ensure!(
            is_same,
            "{what} exists with other parameters of liquidation, settlement or size than the file says"
        );
        let actual = *self.row(actual.row)?;
        let mut stated = actual;
        args.write_row(&mut stated);
        ensure!(
            actual == stated,
            "{what} exists with other parameters of margin, breaker or oracles than the file says"
        );
        Ok(())
    }

    fn venues(&mut self, params: &Params, markets: &[Pubkey]) -> Result<()> {
        let mut next = u16::try_from(self.found.venues.len())?;
        for venue in &params.venue {
            let index = match self.found.venues.iter().position(|found| is_same_venue(found, venue)) {
                Some(position) => {
                    self.there(format!("venue {}", venue.name));
                    u16::try_from(position)?
                }
                None => {
                    self.register(venue, next)?;
                    next += 1;
                    next - 1
                }
            };
            self.venue_markets(params, venue, &pda::venue(&self.group, index), markets);
        }
        Ok(())
    }

    fn register(&mut self, venue: &Venue, index: u16) -> Result<()> {
        let (authority, program) = (venue.authority.0, venue.program.0);
        let is_there = self.found.programs.contains(&program);
        ensure!(
            is_there,
            "venue {}: there is no program {program} on this chain; deploy it first",
            venue.name
        );
        let register =
            build::register_venue(&self.admin, &self.group, &NewVenue { index, authority, program });
        self.send(format!("venue {}", venue.name), register);
        Ok(())
    }

    fn venue_markets(&mut self, params: &Params, venue: &Venue, key: &Pubkey, markets: &[Pubkey]) {
        for (market, market_key) in params.market.iter().zip(markets) {
            if !venue.markets.contains(&market.name) {
                continue;
            }
            let what = format!("venue {} in market {}", venue.name, market.name);
            if self.found.venue_markets.contains_key(&pda::venue_market(key, market_key)) {
                self.there(what);
            } else {
                let add = build::add_venue_market([&self.admin, &self.group], key, market_key);
                self.send(what, add);
            }
        }
    }

    fn activation(&mut self, params: &Params) -> Result<()> {
        let what = "activation".to_owned();
        let is_active = self.found.group.is_some_and(|group| group.is_active());
        if is_active {
            self.there(what);
        } else if params.group.activate {
            let activate = build::activate(&self.admin, &self.group, &params.quote()?.mint.0);
            self.send(what, activate);
        }
        Ok(())
    }

    fn row(&self, index: u16) -> Result<&Row> {
        let snapshot = self.found.snapshot.as_ref().context("the group has no snapshot")?;
        Ok(snapshot.row(index)?)
    }
}

fn is_same_venue(found: &firebreak::state::Venue, stated: &Venue) -> bool {
    found.authority == stated.authority.0 && found.program == stated.program.0
}

/// An SPL mint without authorities: 4 + 32 bytes of mint authority, supply, decimals, initialised, 4 + 32 of freeze
/// authority.
fn plain_mint(decimals: u8) -> Account {
    let mut data = vec![0; MINT_LEN];
    data[44] = decimals;
    data[45] = 1;
    Account { lamports: MINT_LAMPORTS, data, owner: TOKEN, executable: false, rent_epoch: u64::MAX }
}

#[cfg(test)]
mod tests;
