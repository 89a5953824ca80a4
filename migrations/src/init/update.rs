//! The steps that make the parameters of a chain those of the file. Pure.
//!
//! Only parameters are changed. What is missing is `init`'s to create, and what identifies a thing (mints, decimals,
//! lots, names) cannot be changed by anybody.

use anchor_lang::prelude::Pubkey;
use anyhow::{ensure, Context, Result};
use firebreak::{
    instructions::{
        AddCollateralArgs, AuthoritiesArgs, Change, CommitteeParams, Difference, Directed, GroupParams,
        MarketParams, OracleParams,
    },
    state::Row,
};
use firebreak_client::{instructions as build, pda};
use solana_instruction::Instruction;

use super::{found::Found, plan::Todo, Collateral, Group, Market, Params, Plan, Step};

/// What the file changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Every parameter that differs, a line each: what, before, after, and whether it loosens.
    pub lines: Vec<String>,
    /// The instructions, in an order in which each is admitted.
    pub plan: Plan,
}

/// Compares the file with what the chain has of its group, for its administrator.
///
/// # Errors
/// When the group, a collateral or a market is missing, when somebody else administers the group, or when the file
/// would change what never changes.
pub fn update(admin: &Pubkey, params: &Params, found: &Found) -> Result<Update> {
    let address = pda::group(admin, params.group.id);
    let group = found.group.as_ref().context("there is no such group; `init` creates it")?;
    ensure!(group.admin == *admin, "the administrator of {address} is {}", group.admin);
    let mut differ = Differ { keys: [*admin, address], found, lines: Vec::new(), steps: Vec::new() };
    differ.group(&params.group, group);
    for collateral in &params.collateral {
        differ.collateral(collateral)?;
    }
    for market in &params.market {
        differ.market(market)?;
    }
    differ.copies(params);
    Ok(Update { lines: differ.lines, plan: Plan { group: address, steps: differ.steps } })
}

struct Differ<'a> {
    /// Administrator and group.
    keys: [Pubkey; 2],
    found: &'a Found,
    lines: Vec<String>,
    steps: Vec<Step>,
}

impl Differ<'_> {
    fn keys(&self) -> [&Pubkey; 2] {
        let [admin, group] = &self.keys;
        [admin, group]
    }

    fn send(&mut self, what: String, instruction: Instruction) {
        self.steps.push(Step { what, todo: Todo::Send(Box::new(instruction)) });
    }

    /// Says what differs; true when anything does.
    fn say(&mut self, what: &str, differences: &[Difference]) -> bool {
        for Difference { name, old, new, change } in differences {
            let effect = match change {
                Change::Loosen => "loosens",
                Change::Tighten => "tightens",
                Change::Neutral => "neutral",
            };
            self.lines.push(format!("{what}: {name}: {old} -> {new} ({effect})"));
        }
        !differences.is_empty()
    }

    fn group(&mut self, stated: &Group, group: &firebreak::state::Group) {
        let what = format!("group {}", stated.id);
        let args = stated.args();
        if self.say(&what, &GroupParams::read(group).differences(&args.params())) {
            let instruction = build::update_group(self.keys(), args.params());
            self.send(what.clone(), instruction);
        }
        if group.guardian != args.guardian {
            // Another guardian is neither tighter nor looser than the one before; only the administrator can do it.
            self.lines.push(format!("{what}: guardian: {} -> {}", group.guardian, args.guardian));
            let authorities =
                AuthoritiesArgs { guardian: args.guardian, proposed_admin: group.proposed_admin };
            let [admin, key] = self.keys;
            self.send(format!("{what}: guardian"), build::set_authorities(&admin, &key, authorities));
        }
    }

    /// The oracle comes first: updates of the rest state the present one.
    fn oracle(&mut self, what: &str, row: &Row, new: &OracleParams) {
        let old = OracleParams::read(row);
        let mut differences = old.differences(new);
        for difference in differences.iter_mut().filter(|difference| difference.name == "feed_id") {
            difference.old = hex::encode(old.feed_id);
            difference.new = hex::encode(new.feed_id);
        }
        let what = format!("{what}: oracle");
        if self.say(&what, &differences) {
            let instruction = build::update_oracle(self.keys(), row.index, *new);
            self.send(what, instruction);
        }
    }

    fn collateral(&mut self, collateral: &Collateral) -> Result<()> {
        let what = format!("collateral {}", collateral.name);
        let mint = collateral.mint.0;
        let bank = self.found.banks.get(&mint);
        let bank = bank.with_context(|| format!("{what} is missing; `init` adds it"))?;
        ensure!(
            bank.decimals == collateral.decimals,
            "{what} has {} decimals, which never change",
            bank.decimals
        );
        let row = self.row(bank.row)?;
        let args = collateral.args();
        if let Some(oracle) = &args.oracle {
            self.oracle(&what, &row, oracle);
        }
        let old = AddCollateralArgs { oracle: args.oracle, ..AddCollateralArgs::read(bank, &row) };
        if self.say(&what, &old.differences(&args)) {
            let instruction = build::update_collateral(self.keys(), &mint, args);
            self.send(what, instruction);
        }
        Ok(())
    }

    fn market(&mut self, market: &Market) -> Result<()> {
        let what = format!("market {}", market.name);
        let params = market.args()?;
        let index = self.found.markets.iter().position(|found| found.name == params.name);
        let index = index.with_context(|| format!("{what} is missing; `init` adds it"))?;
        let found = self.found.markets.get(index).context("the market is missing")?;
        ensure!(
            (found.base_decimals, found.lot_exponent) == (params.base_decimals, params.lot_exponent),
            "{what} has base_decimals = {} and lot_exponent = {}, which never change",
            found.base_decimals,
            found.lot_exponent
        );
        let row = self.row(found.row)?;
        self.oracle(&what, &row, &params.oracle);
        let old = MarketParams { oracle: params.oracle, ..MarketParams::read(found, &row) };
        let key = pda::market(&self.keys[1], u16::try_from(index)?);
        if self.say(&what, &old.differences(&params)) {
            let instruction = build::update_market(self.keys(), &key, params);
            self.send(what, instruction);
        }
        self.committee(market, &key)
    }

    /// A committee that the file does not speak of is left alone.
    fn committee(&mut self, market: &Market, key: &Pubkey) -> Result<()> {
        let Some(stated) = &market.committee else { return Ok(()) };
        let what = format!("committee of market {}", market.name);
        let found = self.found.committees.get(key);
        let found = found.with_context(|| format!("{what} is missing; `init` creates it"))?;
        let args = stated.args();
        if self.say(&what, &CommitteeParams::read(found).differences(&args)) {
            let instruction = build::update_committee(self.keys(), key, args);
            self.send(what, instruction);
        }
        Ok(())
    }

    /// Venues' copies that are not, or will not be, what market and group say. A run that was cut short is completed.
    fn copies(&mut self, params: &Params) {
        let [_, group] = self.keys;
        let found = self.found;
        for (venue_index, _) in (0u16..).zip(&found.venues) {
            for (market_index, market) in (0u16..).zip(&found.markets) {
                let (venue, key) = (pda::venue(&group, venue_index), pda::market(&group, market_index));
                let Some(copies) = found.venue_markets.get(&pda::venue_market(&venue, &key)) else {
                    continue;
                };
                let is_stated = |stated: &&Market| stated.name_bytes().is_ok_and(|name| name == market.name);
                let stated = params.market.iter().find(is_stated);
                let fee_max_ppm = stated.map_or(market.fee_max_ppm, |stated| stated.fee_max_ppm);
                let wanted = (fee_max_ppm, params.group.protocol_fee_share_ppm);
                if (copies.fee_max_ppm, copies.protocol_fee_share_ppm) != wanted {
                    let what = format!("venue {venue_index} in market {market_index}: copies");
                    self.send(what, build::sync_venue_market(&group, &venue, &key));
                }
            }
        }
    }

    fn row(&self, index: u16) -> Result<Row> {
        let snapshot = self.found.snapshot.as_ref().context("the group has no snapshot")?;
        Ok(*snapshot.row(index)?)
    }
}

#[cfg(test)]
mod tests;
