//! The stakers' part of the audit: whose shares they are, and whether the balance covers what they can take.

use anchor_lang::prelude::Pubkey;
use firebreak::state::InsuranceStake;
use firebreak_risk::stake::{ExitRequest, SharePool};

use super::GroupAccounts;
use crate::ClientError;

/// The insurance's shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StakeReport {
    /// Record of the insurance vault.
    pub insurance: Pubkey,
    /// Shares that the record has counted.
    pub share_count: i128,
    /// Shares of all stakes, those that asked for an exit included.
    pub stake_shares: i128,
    /// Stakes that asked for an exit of more shares than they have.
    pub excessive_requests: usize,
    /// What all stakes together could take if every cooldown were over, in quote atoms.
    pub claimable_atoms: i128,
    /// What there is to take, in quote atoms.
    pub balance_atoms: i128,
}

impl StakeReport {
    /// True when every share has an owner and the balance covers all of them.
    pub fn is_exact(&self) -> bool {
        self.stake_shares == self.share_count
            && self.excessive_requests == 0
            && self.claimable_atoms <= self.balance_atoms
    }
}

impl GroupAccounts {
    /// Adds the stakes up.
    ///
    /// # Errors
    /// `Overflow` when balance or shares leave 64 bits.
    pub(super) fn audit_stakes(&self) -> Result<StakeReport, ClientError> {
        let (key, insurance) = &self.insurance;
        let pool = insurance.pool();
        let mut report = StakeReport {
            insurance: *key,
            share_count: insurance.share_count.into(),
            balance_atoms: insurance.balance_atoms.into(),
            ..StakeReport::default()
        };
        for stake in self.stakes.values() {
            report.stake_shares += i128::from(stake.shares);
            report.excessive_requests += usize::from(stake.exit_shares > stake.shares);
            report.claimable_atoms += i128::from(claimable_atoms(&pool, stake)?);
        }
        Ok(report)
    }
}

/// What a stake could take: its requested shares at no more than their value at the request, the others at their value.
///
/// # Errors
/// `Overflow` when balance or shares leave 64 bits.
pub fn claimable_atoms(pool: &SharePool, stake: &InsuranceStake) -> Result<u64, ClientError> {
    let overflow = |_| ClientError::Overflow { what: "stake" };
    let request = ExitRequest { shares: stake.exit_shares, atoms_at_request: stake.exit_atoms };
    let leaving = pool.exit_atoms_floor(&request).map_err(overflow)?;
    let staying = stake.shares.saturating_sub(stake.exit_shares);
    let staying = pool.atoms_for_shares_floor(staying).map_err(overflow)?;
    // Each is at most the balance and one atom.
    Ok(leaving.saturating_add(staying))
}
