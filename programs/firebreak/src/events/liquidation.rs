//! Events of liquidation.

use anchor_lang::prelude::*;

/// A liquidation started, took something over, or ended.
#[event]
#[derive(Clone, Debug)]
pub struct LiquidationStepped {
    /// The group.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The account that took over.
    pub liquidator: Pubkey,
    /// The account in distress.
    pub liquidatee: Pubkey,
    /// What the call did, `LiquidationOutcome` as a number.
    pub outcome: u8,
    /// State before: 0 healthy, 1 recovering, 2 below maintenance, 3 critical, 4 bankrupt.
    pub state: u8,
    /// Base that left the liquidatee, in 2^-16 lots, signed like its position.
    pub base_q16: i64,
    /// Quote that it received (positive) or paid, in atoms.
    pub quote_atoms: i64,
    /// Quote traded, or notional at the risk price, in atoms.
    pub notional_atoms: u64,
    /// Discount to the risk price, in ppm.
    pub discount_ppm: u32,
    /// Its equity before, in quote atoms.
    pub equity_before_atoms: i64,
    /// Its maintenance requirement before, in quote atoms.
    pub maintenance_before_atoms: i64,
    /// Impact level afterwards, in 2^-40 of the log price.
    pub impact_level_q40: u64,
    /// Start of its liquidation clock; 0: stopped.
    pub started_ts: i64,
    /// Sequence of the ledger afterwards.
    pub ledger_sequence: u64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}

/// Collateral of an account that owes quote was bought, or its liquidation started or ended.
#[event]
#[derive(Clone, Debug)]
pub struct CollateralConverted {
    /// The group.
    pub group: Pubkey,
    /// Bank of the collateral.
    pub bank: Pubkey,
    /// The account that bought.
    pub liquidator: Pubkey,
    /// The account that owes quote.
    pub liquidatee: Pubkey,
    /// Row of the collateral in the snapshot.
    pub row: u16,
    /// What the call did, `ConversionOutcome` as a number.
    pub outcome: u8,
    /// State before: 0 healthy, 1 recovering, 2 below maintenance, 3 critical, 4 bankrupt.
    pub state: u8,
    /// Collateral that left the liquidatee, in atoms of its mint.
    pub atoms: u64,
    /// Quote that it received, in atoms.
    pub quote_atoms: u64,
    /// Value at the risk price that the bank's budget was charged with, in quote atoms.
    pub notional_atoms: u64,
    /// Discount to the risk price, in ppm.
    pub discount_ppm: u32,
    /// Quote that the account lacked before, in atoms.
    pub deficit_before_atoms: u64,
    /// Its equity before, in quote atoms.
    pub equity_before_atoms: i64,
    /// Impact level of the bank afterwards, in 2^-40 of the log price.
    pub impact_level_q40: u64,
    /// Start of its liquidation clock; 0: not in liquidation.
    pub started_ts: i64,
    /// Sequence of the bank afterwards.
    pub bank_sequence: u64,
    /// Sequence of the changed account after the mutation.
    pub sequence: u64,
}
