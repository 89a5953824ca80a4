//! Does every atom have an owner? An exact audit of a group from its accounts alone.
//!
//! Per market, in 2^-48 quote atoms:
//!
//! ```text
//!   sum over positions  quote * 2^48 + units * (earned of its side - checkpoint) + claim units * haircut factor
//! + sum over shards     residue
//! + ledger              residue, and the loss carry of both sides
//! + (protocol fees of all shards + fees of all venues - fees paid out - losses not yet taken off fees) * 2^48
//! = settled-loss pool * 2^48
//! ```
//!
//! Trades move quote between positions and fees; settlement moves it between positions and the pool; realising earnings
//! moves their fraction to the residue; a charged loss lowers one side by what it adds to the bankrupt position
//! and the carry. So the difference is zero after every instruction, and any other value is a bug or a theft.
//!
//! Per token account: it holds what the accounts are owed, and for the quote mint the markets' pools besides. Tokens that
//! somebody sent to a vault uninvited show up as a surplus.
//!
//! Insurance: its shares are those of all stakes, and what these can take is at most the balance.

mod collect;
mod stakes;

pub use collect::GroupAccounts;
pub use stakes::{claimable_atoms, StakeReport};

use anchor_lang::prelude::Pubkey;
use firebreak::{
    constants::QUOTE_ROW,
    state::{CollateralBank, Market, MarketLedger, Position, Row},
};
use firebreak_risk::{side::RESIDUE_BITS, units::Scale};

use crate::ClientError;

/// One market's part of the report. Amounts in 2^-48 quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketReport {
    /// The market.
    pub market: Pubkey,
    /// Its row in the snapshot.
    pub row: u16,
    /// What all positions are owed (positive) or owe, pending earnings included.
    pub positions_q48: i128,
    /// Fractions that rounding withheld from positions.
    pub residue_q48: i128,
    /// What loss charges took in excess.
    pub carry_q48: i128,
    /// Fees owed to venues and protocol.
    pub fees_q48: i128,
    /// The settled-loss pool.
    pub pool_q48: i128,
    /// Units of all positions, long side then short side, as positive numbers.
    pub position_units: [i128; 2],
    /// Units that the shards have counted, same order.
    pub shard_units: [i128; 2],
    /// Units of realised, unpaid profit of all positions.
    pub claim_units: i128,
    /// Units of it that the shards have counted.
    pub shard_claim_units: i128,
    /// Positions counted as bankrupt by their own mark less those that the ledger counts, then the same for certain losses.
    pub unmarked: [i64; 2],
    /// True when no side was ever deleveraged, so that both sides must hold the same units.
    pub is_scale_one: bool,
}

/// One token account's part of the report, in atoms of its mint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VaultReport {
    /// Bank, or record of the insurance vault.
    pub owner: Pubkey,
    /// Balance of the token account.
    pub vault_atoms: i128,
    /// What is owed out of it: margin accounts, and the pools for the quote mint; the insurance's balance.
    pub owed_atoms: i128,
    /// What the owner's own record says is in it.
    pub booked_atoms: i128,
}

/// The audit of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConservationReport {
    /// All markets.
    pub markets: Vec<MarketReport>,
    /// All collateral banks, then the insurance vault.
    pub vaults: Vec<VaultReport>,
    /// The insurance's shares.
    pub stakes: StakeReport,
}

impl MarketReport {
    /// What positions, fractions and fees exceed the pool by; zero when every atom has an owner.
    pub fn difference_q48(&self) -> i128 {
        let owned = [self.positions_q48, self.residue_q48, self.carry_q48, self.fees_q48];
        // Each term is below 2^120, so their sum stays below 2^127.
        owned.iter().sum::<i128>() - self.pool_q48
    }

    /// True when the market is conserved to the fraction of an atom and its open interest is counted right.
    pub fn is_exact(&self) -> bool {
        let is_balanced = !self.is_scale_one || self.position_units[0] == self.position_units[1];
        self.difference_q48() == 0
            && is_balanced
            && self.position_units == self.shard_units
            && self.claim_units == self.shard_claim_units
            && self.unmarked == [0, 0]
    }
}

impl VaultReport {
    /// Atoms that nobody is owed (positive) or that are missing.
    pub fn difference_atoms(&self) -> i128 {
        self.vault_atoms - self.owed_atoms
    }

    /// True when the token account holds exactly what is owed and booked.
    pub fn is_exact(&self) -> bool {
        self.vault_atoms == self.owed_atoms && self.booked_atoms == self.owed_atoms
    }
}

impl ConservationReport {
    /// True when every market, every vault and the insurance's shares are exact.
    pub fn is_exact(&self) -> bool {
        self.markets.iter().all(MarketReport::is_exact)
            && self.vaults.iter().all(VaultReport::is_exact)
            && self.stakes.is_exact()
    }
}

/// Audits a group.
///
/// # Errors
/// `Missing` or `NoSuchRow` when accounts do not belong together, `Overflow` when a sum leaves 128 bits.
pub fn audit(accounts: &GroupAccounts) -> Result<ConservationReport, ClientError> {
    let markets = accounts.markets.iter().map(|(key, market)| accounts.audit_market(key, market));
    let mut vaults = Vec::with_capacity(accounts.banks.len() + 1);
    for (key, bank) in &accounts.banks {
        vaults.push(accounts.audit_bank(key, bank)?);
    }
    vaults.push(accounts.audit_insurance()?);
    let stakes = accounts.audit_stakes()?;
    Ok(ConservationReport { markets: markets.collect::<Result<_, _>>()?, vaults, stakes })
}

impl GroupAccounts {
    fn audit_market(&self, key: &Pubkey, market: &Market) -> Result<MarketReport, ClientError> {
        let row = self.snapshot.row(market.row)?;
        let ledger = self.ledger_of(key)?;
        let mut report = MarketReport {
            market: *key,
            row: market.row,
            pool_q48: whole(ledger.pool_atoms),
            carry_q48: ledger.loss_carry_q48.iter().map(|carry| i128::from(*carry)).sum(),
            is_scale_one: row.sides.iter().all(|side| side.scale() == Scale::ONE),
            unmarked: [-i64::from(ledger.bankrupt_count), -i64::from(ledger.shortfall_count)],
            ..MarketReport::default()
        };
        for account in self.margin_accounts.values() {
            if let Some(position) = account.position_of(market.row) {
                report.add_position(position, row)?;
            }
        }
        let mut fees = -i128::from(ledger.fees_paid_atoms) - i128::from(ledger.fee_loss_atoms);
        report.residue_q48 = add(report.residue_q48, ledger.residue(), "residue")?;
        for shard in self.shards.values() {
            let sums = shard.rows.get(usize::from(market.market_index));
            let sums = sums.ok_or(ClientError::Missing { account: "shard row", owner: *key })?;
            report.residue_q48 = add(report.residue_q48, sums.residue(), "residue")?;
            fees += i128::from(sums.protocol_fees_atoms);
            report.shard_claim_units += i128::from(sums.live_claim_units(&row.haircut()));
            for (total, units) in report.shard_units.iter_mut().zip(sums.open_interest_units) {
                *total += i128::from(units);
            }
        }
        let venues = self.venue_markets.values().filter(|venue_market| venue_market.market == *key);
        fees += venues.map(|venue_market| i128::from(venue_market.fees_atoms)).sum::<i128>();
        // Fees are a few 64-bit numbers: shifted by 48 bits they stay below 2^120.
        report.fees_q48 = fees << RESIDUE_BITS;
        Ok(report)
    }

    fn audit_bank(&self, key: &Pubkey, bank: &CollateralBank) -> Result<VaultReport, ClientError> {
        let held = self.margin_accounts.values().map(|account| i128::from(account.atoms_of(bank.row)));
        let mut owed_atoms: i128 = held.sum();
        if bank.row == QUOTE_ROW {
            let pools = self.ledgers.values().map(|ledger| i128::from(ledger.pool_atoms));
            owed_atoms += pools.sum::<i128>();
        }
        Ok(VaultReport {
            owner: *key,
            vault_atoms: self.balance(&bank.vault)?,
            owed_atoms,
            booked_atoms: bank.deposits_atoms.into(),
        })
    }

    fn audit_insurance(&self) -> Result<VaultReport, ClientError> {
        let (key, insurance) = &self.insurance;
        let booked = i128::from(insurance.balance_atoms);
        Ok(VaultReport {
            owner: *key,
            vault_atoms: self.balance(&insurance.vault)?,
            owed_atoms: booked,
            booked_atoms: booked,
        })
    }

    fn ledger_of(&self, market: &Pubkey) -> Result<&MarketLedger, ClientError> {
        let mut ledgers = self.ledgers.values();
        let missing = ClientError::Missing { account: "ledger", owner: *market };
        ledgers.find(|ledger| ledger.market == *market).ok_or(missing)
    }

    fn balance(&self, vault: &Pubkey) -> Result<i128, ClientError> {
        let missing = ClientError::Missing { account: "token account", owner: *vault };
        self.token_amounts.get(vault).map(|atoms| i128::from(*atoms)).ok_or(missing)
    }
}

impl MarketReport {
    fn add_position(&mut self, position: &Position, row: &Row) -> Result<(), ClientError> {
        let (state, sides, haircut) = (position.state(), &row.sides, row.haircut());
        let claim = i128::try_from(haircut.value_q48(&state.claim));
        let claim = claim.map_err(|_| ClientError::Overflow { what: "claim" })?;
        let mut value = add(i128::from(state.quote.0) << RESIDUE_BITS, claim, "claim")?;
        self.claim_units += i128::from(haircut.live_units(&state.claim));
        if let Some(side) = state.units.side() {
            let earned = sides[side.index()].earned().0;
            let gain = earned.checked_sub(state.checkpoint.0);
            let pending = gain.and_then(|gain| i128::from(state.units.0).checked_mul(gain));
            let pending = pending.ok_or(ClientError::Overflow { what: "pending earnings" })?;
            value = add(value, pending, "position")?;
            self.position_units[side.index()] += i128::from(state.units.0.unsigned_abs());
        }
        self.unmarked[0] += i64::from(position.shortfall_state > 0);
        self.unmarked[1] += i64::from(position.shortfall_state > 1);
        self.positions_q48 = add(self.positions_q48, value, "positions")?;
        Ok(())
    }
}

/// Whole atoms in 2^-48.
fn whole(atoms: u64) -> i128 {
    i128::from(atoms) << RESIDUE_BITS
}

fn add(left: i128, right: i128, what: &'static str) -> Result<i128, ClientError> {
    left.checked_add(right).ok_or(ClientError::Overflow { what })
}
