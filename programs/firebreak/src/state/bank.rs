//! A collateral mint of a group and its vault.

use anchor_lang::prelude::*;
use firebreak_risk::{
    allowance::{Allowance, AllowanceParams},
    conversion::ConversionDiscount,
    impact::{ImpactBucket, ImpactParams},
    outflow::{Credit, Outflow},
    units::{Ppm, Seconds, UnixTime},
};

use crate::error::FirebreakError;

/// Share of a bank's impact cap that is open to accounts that are not critical. The rest is reserved: the chain has no
/// queue, so room is all the priority that an account near zero can get. A constant, while markets have a parameter,
/// because a conversion of a healthy account can always wait and nothing is gained by tuning it.
const IMPACT_HEALTHY: Ppm = Ppm(600_000);

/// One collateral mint. Written by the administrator, deposits and withdrawals.
#[account(zero_copy)]
#[repr(C)]
pub struct CollateralBank {
    /// The group of the bank.
    pub group: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// Token account that holds the deposits.
    pub vault: Pubkey,
    /// Raised by each mutation; in every event about the bank.
    pub sequence: u64,
    /// Atoms owed to margin accounts and, for the quote mint, to the markets' pools.
    pub deposits_atoms: u64,
    /// Largest total of deposits, in atoms.
    pub deposit_cap_atoms: u64,
    /// Withdrawals that still count against the outflow allowance, in atoms.
    pub outflow_used_atoms: u64,
    /// What drained of them beyond whole atoms, in atoms times seconds.
    pub outflow_drained_atom_secs: u64,
    /// Time up to which the allowance has refilled.
    pub outflow_updated_ts: i64,
    /// Withdrawals allowed per window whatever the vault holds, in atoms.
    pub outflow_floor_atoms: u64,
    /// Quote notional of conversions that would move the log price by one, in quote atoms. Not used for the quote mint.
    pub depth_atoms: u64,
    /// Price impact that conversions still hold, in 2^-40 of the log price.
    pub impact_level_q40: u64,
    /// Time up to which that level has decayed.
    pub impact_updated_ts: i64,
    /// Recent deposits of all accounts together, which the outflow allowance does not count, in atoms.
    pub fresh_atoms: u64,
    /// Time from which those fade.
    pub fresh_updated_ts: i64,
    /// Share of the vault that can leave per window, in ppm.
    pub outflow_share_ppm: u32,
    /// Outflow window, in seconds.
    pub outflow_window_secs: u32,
    /// Impact that conversions may hold in the price at once, in ppm of the log price.
    pub impact_cap_ppm: u32,
    /// Decay time of impact, in seconds.
    pub impact_decay_secs: u32,
    /// Largest discount of a conversion, in ppm of the risk price.
    pub discount_ppm: u32,
    /// Time over which the discount rises to its largest value, in seconds.
    pub discount_ramp_secs: u32,
    /// Row of the mint in the snapshot.
    pub row: u16,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Bump of the vault's address.
    pub vault_bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 2],
    /// Room for later fields.
    pub reserved: [u8; 80],
}

const _: () = assert!(core::mem::size_of::<CollateralBank>() == 304);

impl CollateralBank {
    /// Called by each instruction that changes the bank.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// Tokens came into the vault.
    ///
    /// # Errors
    /// `MathOverflow` when the total does not fit.
    pub fn on_inflow(&mut self, atoms: u64) -> Result<()> {
        self.deposits_atoms = self.deposits_atoms.checked_add(atoms).ok_or(FirebreakError::MathOverflow)?;
        self.touch();
        Ok(())
    }

    /// Tokens leave the vault.
    ///
    /// # Errors
    /// `VaultMismatch` when it does not hold as much.
    pub fn on_outflow(&mut self, atoms: u64) -> Result<()> {
        self.deposits_atoms = self.deposits_atoms.checked_sub(atoms).ok_or(FirebreakError::VaultMismatch)?;
        self.touch();
        Ok(())
    }

    /// How fast the vault may be emptied.
    pub fn outflow_params(&self) -> AllowanceParams {
        AllowanceParams {
            cap_share: Ppm(self.outflow_share_ppm),
            cap_atoms_min: self.outflow_floor_atoms,
            window: Seconds(u64::from(self.outflow_window_secs)),
        }
    }

    /// Withdrawals and deposits that the outflow limiter still counts.
    pub fn outflow(&self) -> Outflow {
        Outflow {
            allowance: Allowance {
                used_atoms: self.outflow_used_atoms,
                drained_atom_secs: self.outflow_drained_atom_secs,
                updated: UnixTime(self.outflow_updated_ts),
            },
            fresh: Credit { atoms: self.fresh_atoms, updated: UnixTime(self.fresh_updated_ts) },
        }
    }

    /// Takes over a new state of the outflow limiter.
    pub fn set_outflow(&mut self, outflow: Outflow) {
        self.outflow_used_atoms = outflow.allowance.used_atoms;
        self.outflow_drained_atom_secs = outflow.allowance.drained_atom_secs;
        self.outflow_updated_ts = outflow.allowance.updated.0;
        self.fresh_atoms = outflow.fresh.atoms;
        self.fresh_updated_ts = outflow.fresh.updated.0;
    }

    /// Parameters of the impact bucket of conversions.
    pub fn impact_params(&self) -> ImpactParams {
        ImpactParams::new(
            self.depth_atoms,
            Ppm(self.impact_cap_ppm),
            IMPACT_HEALTHY,
            Seconds(u64::from(self.impact_decay_secs)),
        )
    }

    /// The impact bucket of conversions.
    pub fn impact(&self) -> ImpactBucket {
        ImpactBucket { level_q40: self.impact_level_q40, updated: UnixTime(self.impact_updated_ts) }
    }

    /// Takes over a new impact bucket.
    pub fn set_impact(&mut self, bucket: ImpactBucket) {
        self.impact_level_q40 = bucket.level_q40;
        self.impact_updated_ts = bucket.updated.0;
    }

    /// Parameters of the discount of conversions, for a collateral that counts this much in maintenance equity.
    pub fn conversion_discount(&self, maintenance_weight: Ppm) -> ConversionDiscount {
        ConversionDiscount {
            max: Ppm(self.discount_ppm),
            ramp: Seconds(u64::from(self.discount_ramp_secs)),
            maintenance_weight,
        }
    }
}
