//! A market's ledger: everything that is limited or debited, once per market. Fills never write it.

use anchor_lang::prelude::*;
use firebreak_risk::{impact::ImpactBucket, pool::LossPool, units::UnixTime};

use crate::error::FirebreakError;

/// Impact level, settled-loss pool, and loss totals of one market.
#[account(zero_copy)]
#[repr(C)]
pub struct MarketLedger {
    /// The group of the market.
    pub group: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Raised by each mutation; in every event about the ledger.
    pub sequence: u64,
    /// Price impact that liquidations still hold in the market, in 2^-40 of the log price.
    pub impact_level_q40: u64,
    /// Time up to which that level has decayed.
    pub impact_updated_ts: i64,
    /// Quote atoms that losers have paid in and winners have not yet taken out.
    pub pool_atoms: u64,
    /// Payouts that still count against the limiter, in atoms.
    pub payout_used_atoms: u64,
    /// What drained of them beyond whole atoms, in atoms times seconds.
    pub payout_drained_atom_secs: u64,
    /// Time up to which the limiter has refilled.
    pub payout_updated_ts: i64,
    /// Loss charged in excess of what was owed, long side then short side, in 2^-48 atoms.
    pub loss_carry_q48: [u64; 2],
    /// Notional liquidated since creation, in quote atoms.
    pub liquidated_atoms: u64,
    /// Liquidation steps since creation.
    pub liquidation_count: u64,
    /// Losses beyond equity since creation, in quote atoms.
    pub bad_debt_atoms: u64,
    /// Part of it paid by the insurance vault.
    pub insurance_payout_atoms: u64,
    /// Part of it charged to the opposite side.
    pub socialized_loss_atoms: u64,
    /// Part of it taken from realised, unpaid profits.
    pub haircut_atoms: u64,
    /// Part of it that nobody could be charged with but whoever is owed fees.
    pub fee_loss_atoms: u64,
    /// Fees that left the pool for their owners, in quote atoms.
    pub fees_paid_atoms: u64,
    /// Protocol fees of all shards at the last fold, in quote atoms.
    pub protocol_fees_atoms: u64,
    /// Protocol fees that left the pool, in quote atoms; part of `fees_paid_atoms`.
    pub protocol_fees_paid_atoms: u64,
    /// Fractions that rounding withheld where no shard is at hand, in 2^-48 atoms.
    pub residue_q48: [u64; 2],
    /// Insurance payouts that still count against the market's allowance, in atoms.
    pub cover_used_atoms: u64,
    /// What drained of them beyond whole atoms, in atoms times seconds.
    pub cover_drained_atom_secs: u64,
    /// Time up to which that allowance has refilled.
    pub cover_updated_ts: i64,
    /// Fraction of funding that no step of the index has carried yet.
    pub funding_carry: [u64; 2],
    /// Time up to which funding has accrued. 0: never.
    pub funding_updated_ts: i64,
    /// Folds since creation.
    pub fold_sequence: u64,
    /// Premium at the last fold, combined over venues, in ppm; positive: longs pay.
    pub premium_ppm: i32,
    /// Accounts seen bankrupt here and neither resolved nor seen solvent since.
    pub bankrupt_count: u32,
    /// Those among them without positions: their loss is certain and not assigned yet.
    pub shortfall_count: u32,
    /// Row of the market in the snapshot.
    pub row: u16,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Room for the deleverage pool, repayments of losses and the halt budget.
    pub reserved: [u8; 136],
}

const _: () = assert!(core::mem::size_of::<MarketLedger>() == 440);

impl MarketLedger {
    /// Called by each instruction that changes the ledger.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// The impact bucket.
    pub fn impact(&self) -> ImpactBucket {
        ImpactBucket { level_q40: self.impact_level_q40, updated: UnixTime(self.impact_updated_ts) }
    }

    /// Takes over a new impact bucket.
    pub fn set_impact(&mut self, bucket: ImpactBucket) {
        self.impact_level_q40 = bucket.level_q40;
        self.impact_updated_ts = bucket.updated.0;
    }

    /// Protocol fees that the last fold counted and that were not paid yet, in quote atoms.
    pub fn unpaid_protocol_fees_atoms(&self) -> u64 {
        self.protocol_fees_atoms.saturating_sub(self.protocol_fees_paid_atoms)
    }

    /// Counts fees that leave the pool.
    ///
    /// # Errors
    /// `MathOverflow` when the total does not fit.
    pub fn pay_fees(&mut self, atoms: u64) -> Result<()> {
        let total = self.fees_paid_atoms.checked_add(atoms);
        self.fees_paid_atoms = total.ok_or(FirebreakError::MathOverflow)?;
        Ok(())
    }

    /// The settled-loss pool with its limiter.
    pub fn pool(&self) -> LossPool {
        LossPool {
            pool_atoms: self.pool_atoms,
            used_atoms: self.payout_used_atoms,
            drained_atom_secs: self.payout_drained_atom_secs,
            updated: UnixTime(self.payout_updated_ts),
        }
    }

    /// Takes over a new pool state.
    pub fn set_pool(&mut self, pool: LossPool) {
        self.pool_atoms = pool.pool_atoms;
        self.payout_used_atoms = pool.used_atoms;
        self.payout_drained_atom_secs = pool.drained_atom_secs;
        self.payout_updated_ts = pool.updated.0;
    }
}
