//! Cold configuration of a market: what liquidation and settlement need beyond the row.

use crate::constants::COVER_WINDOW_SECS;
use anchor_lang::prelude::*;
use firebreak_risk::{
    allowance::AllowanceParams,
    impact::ImpactParams,
    pool::PayoutLimiter,
    units::{Ppm, Seconds},
};

/// A perpetual market of a group. Written by the administrator only.
#[account(zero_copy)]
#[repr(C)]
pub struct Market {
    /// The group of the market.
    pub group: Pubkey,
    /// Raised by each change.
    pub sequence: u64,
    /// Quote notional that would move the log price by one, in atoms.
    pub depth_atoms: u64,
    /// Position notional below which a liquidation closes it whole, in atoms.
    pub dust_atoms: u64,
    /// Payouts that the limiter allows per window whatever the pool holds, in atoms.
    pub payout_floor_atoms: u64,
    /// Payout window, in seconds.
    pub payout_window_secs: u64,
    /// Decay time of impact (1/rho), in seconds.
    pub impact_decay_secs: u32,
    /// Impact that liquidations may hold in the price at once, in ppm of the log price.
    pub impact_cap_ppm: u32,
    /// Share of that cap open to accounts that are not critical, in ppm.
    pub impact_healthy_ppm: u32,
    /// Largest liquidation discount, in ppm of the risk price.
    pub discount_ppm: u32,
    /// Time over which the discount rises to its largest value, in seconds.
    pub discount_ramp_secs: u32,
    /// Share of the settled-loss pool that can be paid out per window, in ppm.
    pub payout_share_ppm: u32,
    /// Largest fees of one fill, in ppm of its notional.
    pub fee_max_ppm: u32,
    /// Time over which a premium is paid once as funding, in seconds.
    pub funding_window_secs: u32,
    /// Largest funding of one window, in ppm of notional.
    pub funding_max_ppm: u32,
    /// Time constant of the average premium, in seconds.
    pub premium_tau_secs: u32,
    /// Share of the insurance vault that this market can draw in one day, in ppm.
    pub cover_market_ppm: u32,
    /// Row of the market in the snapshot.
    pub row: u16,
    /// Position of the market in each exposure shard, part of the address.
    pub market_index: u16,
    /// Venues admitted to the market.
    pub venue_count: u16,
    /// Name, padded with zeros.
    pub name: [u8; 16],
    /// Power of ten of base atoms in one lot.
    pub lot_exponent: u8,
    /// Decimals of the base asset.
    pub base_decimals: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Bump of the ledger's address.
    pub ledger_bump: u8,
    /// Layout version.
    pub version: u8,
    /// Bins of 3 % over which liquidation demand is averaged.
    pub span_bins: u8,
    /// Reproduction number up to which limits stay as they are, in ppm.
    pub r_start_ppm: u32,
    /// Reproduction number from which nothing more is opened, in ppm.
    pub r_stop_ppm: u32,
    /// Largest open interest of a side over the quote that moves the price by one percent, in ppm.
    pub depth_ratio_ppm: u32,
    /// Largest share of a side's open interest that a rise of maintenance margin may liquidate, in ppm.
    pub push_share_ppm: u32,
    /// Age up to which registrations of demand count without being renewed, in seconds.
    pub register_secs: u32,
    /// Factor on initial margin where nothing more is opened, in thousandths.
    pub initial_factor_milli: u16,
    /// 1: the market has a committee of reporters, and every fold must bring it.
    pub has_committee: u8,
    /// Explicit padding.
    pub _padding: [u8; 1],
    /// Rise of maintenance margin that one bin of demand accounts for, in ppm of notional: follows from what the largest
    /// position that may be opened needs.
    pub maintenance_rise_ppm: u32,
    /// Room for later fields.
    pub reserved: [u8; 84],
}

const _: () = assert!(core::mem::size_of::<Market>() == 256);

impl Market {
    /// Called by each instruction that changes the market.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// True when the market was given a committee of reporters, whether or not it has seats.
    pub fn has_committee(&self) -> bool {
        self.has_committee != 0
    }

    /// Parameters of the impact bucket.
    pub fn impact_params(&self) -> ImpactParams {
        ImpactParams::new(
            self.depth_atoms,
            Ppm(self.impact_cap_ppm),
            Ppm(self.impact_healthy_ppm),
            Seconds(u64::from(self.impact_decay_secs)),
        )
    }

    /// Limits of what the insurance pays for this market per day.
    pub fn cover_day(&self) -> AllowanceParams {
        AllowanceParams {
            cap_share: Ppm(self.cover_market_ppm),
            cap_atoms_min: 0,
            window: Seconds(COVER_WINDOW_SECS),
        }
    }

    /// Parameters of the payout limiter.
    pub fn payout_limiter(&self) -> PayoutLimiter {
        PayoutLimiter {
            cap_share: Ppm(self.payout_share_ppm),
            cap_atoms_min: self.payout_floor_atoms,
            window: Seconds(self.payout_window_secs),
        }
    }
}
