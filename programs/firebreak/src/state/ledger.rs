//! A market's ledger: everything that is limited or debited, once per market. Fills never write it.

use super::row::{join_i128, split_i128};
use crate::error::{FirebreakError, OrFail};
use anchor_lang::prelude::*;
use firebreak_risk::{
    allowance::Allowance,
    bankruptcy::Cover,
    funding::FundingState,
    impact::ImpactBucket,
    pool::{LossPool, PayoutLimiter},
    units::UnixTime,
};

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
    /// Part of it that nobody could be charged with, not yet absorbed by those who are owed fees.
    pub fee_loss_atoms: u64,
    /// Part of the loss of fees that collected fees have borne, in quote atoms.
    pub fee_loss_borne_atoms: u64,
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
    /// Number of the market within the group.
    pub market_index: u16,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Room for the deleverage pool, repayments of losses and the halt budget.
    pub reserved: [u8; 126],
}

const _: () = assert!(core::mem::size_of::<MarketLedger>() == 440);

/// Fees that were settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeePayment {
    /// What left the pool, in quote atoms.
    pub paid_atoms: u64,
    /// What is not paid because nobody but those who are owed fees could bear a loss, in quote atoms.
    pub lost_atoms: u64,
}

impl FeePayment {
    /// What is owed no longer, in quote atoms.
    pub fn settled_atoms(&self) -> u64 {
        self.paid_atoms.saturating_add(self.lost_atoms)
    }
}

impl MarketLedger {
    /// Called by each instruction that changes the ledger.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// Replaces a position's contribution to the counts of bankrupt positions.
    pub fn move_shortfall(&mut self, before: u8, after: u8) {
        if before == after {
            return;
        }
        let count = |state: u8| (u32::from(state > 0), u32::from(state > 1));
        let ((bankrupt_before, certain_before), (bankrupt_after, certain_after)) =
            (count(before), count(after));
        self.bankrupt_count =
            self.bankrupt_count.saturating_sub(bankrupt_before).saturating_add(bankrupt_after);
        self.shortfall_count =
            self.shortfall_count.saturating_sub(certain_before).saturating_add(certain_after);
    }

    /// Books a fraction that rounding withheld and no shard counts, in 2^-48 atoms.
    ///
    /// # Errors
    /// `MathOverflow` beyond 2^79 atoms, which no vault can hold.
    pub fn add_residue(&mut self, residue_q48: u128) -> Result<()> {
        let residue = i128::try_from(residue_q48).map_err(|_| FirebreakError::MathOverflow)?;
        let sum = join_i128(self.residue_q48).checked_add(residue);
        self.residue_q48 = split_i128(sum.ok_or(FirebreakError::MathOverflow)?);
        Ok(())
    }

    /// Fractions withheld and counted here, in 2^-48 atoms.
    pub fn residue(&self) -> i128 {
        join_i128(self.residue_q48)
    }

    /// Payouts of the insurance for this market that count against its allowance.
    pub fn cover_allowance(&self) -> Allowance {
        Allowance {
            used_atoms: self.cover_used_atoms,
            drained_atom_secs: self.cover_drained_atom_secs,
            updated: UnixTime(self.cover_updated_ts),
        }
    }

    /// Takes over a new state of that allowance.
    pub fn set_cover_allowance(&mut self, allowance: Allowance) {
        self.cover_used_atoms = allowance.used_atoms;
        self.cover_drained_atom_secs = allowance.drained_atom_secs;
        self.cover_updated_ts = allowance.updated.0;
    }

    /// Adds to the totals who bore a loss.
    pub fn on_bad_debt(&mut self, cover: &Cover) {
        let add = |total: &mut u64, atoms: u64| *total = total.saturating_add(atoms);
        add(&mut self.bad_debt_atoms, cover.bad_debt_atoms());
        add(&mut self.insurance_payout_atoms, cover.insurance_payout_atoms);
        add(&mut self.haircut_atoms, cover.haircut_atoms);
        add(&mut self.socialized_loss_atoms, cover.socialized_loss_atoms);
        add(&mut self.fee_loss_atoms, cover.uncollectable_atoms);
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

    /// What funding has accrued beyond the indices.
    pub fn funding(&self) -> FundingState {
        FundingState { carry: join_i128(self.funding_carry), updated: UnixTime(self.funding_updated_ts) }
    }

    /// Takes over a new state of funding.
    pub fn set_funding(&mut self, funding: FundingState) {
        self.funding_carry = split_i128(funding.carry);
        self.funding_updated_ts = funding.updated.0;
    }

    /// Protocol fees that the last fold counted and that are neither paid nor lost, in quote atoms.
    pub fn unpaid_protocol_fees_atoms(&self) -> u64 {
        self.protocol_fees_atoms.saturating_sub(self.protocol_fees_paid_atoms)
    }

    /// Pays fees out of the pool, as far as the limiter allows. Losses that only fees could bear come off first: whoever
    /// collects first bears them.
    ///
    /// # Errors
    /// `MathOverflow` when a total does not fit.
    pub fn pay_fees(
        &mut self,
        limiter: &PayoutLimiter,
        unpaid_atoms: u64,
        now: UnixTime,
    ) -> Result<FeePayment> {
        let unborne = self.fee_loss_atoms.saturating_sub(self.fee_loss_borne_atoms);
        let lost_atoms = unborne.min(unpaid_atoms);
        let (pool, paid_atoms) = self.pool().pay(limiter, unpaid_atoms - lost_atoms, now).or_fail()?;
        let payment = FeePayment { paid_atoms, lost_atoms };
        if payment.settled_atoms() > 0 {
            self.set_pool(pool);
            let total = self.fees_paid_atoms.checked_add(paid_atoms);
            self.fees_paid_atoms = total.ok_or(FirebreakError::MathOverflow)?;
            // At most the loss itself.
            self.fee_loss_borne_atoms = self.fee_loss_borne_atoms.saturating_add(lost_atoms);
            self.touch();
        }
        Ok(payment)
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
