//! What a margin account holds: one collateral, one position.

use anchor_lang::prelude::*;
use firebreak_risk::{
    claim::Claim,
    demand::{Place, Registration},
    health::PositionState,
    liquidation::HalfTaken,
    units::{Earned, QuoteAtoms, Side, Units, UnixTime},
};

use super::row::{join_i128, split_i128};

/// One collateral of a margin account.
#[zero_copy]
#[repr(C)]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Collateral {
    /// Atoms held. Never negative today; signed because the quote balance may become a bounded debt.
    pub atoms: i64,
    /// Row of the mint in the snapshot.
    pub row: u16,
    /// Explicit padding.
    pub _padding: [u8; 2],
    /// Unix time from which the credit fades; one outflow window later nothing is left of it.
    pub credit_updated_ts: u32,
    /// Recent own deposits, in atoms: may leave again without using the vault's outflow allowance. 0: none.
    pub credit_atoms: u64,
    /// Room for later fields.
    pub reserved: [u8; 8],
}

/// One position of a margin account.
#[zero_copy]
#[repr(C)]
#[derive(Debug, PartialEq, Eq)]
pub struct Position {
    /// Claims on the side of the market, in 2^-16 lots at scale one; positive is long.
    pub units: i64,
    /// Quote atoms owed to (positive) or by the position, price moves not included.
    pub quote_atoms: i64,
    /// The side's earned index up to which `quote_atoms` is complete.
    pub checkpoint: [u64; 2],
    /// Epoch of the side in which the units were opened.
    pub side_epoch: u32,
    /// Row of the market in the snapshot.
    pub row: u16,
    /// Side on which the position was last open. 0: never, 1: long, 2: short.
    pub last_side: u8,
    /// Explicit padding.
    pub _padding: [u8; 1],
    /// Insurance already drawn for the debt of this position, in quote atoms.
    pub insurance_drawn_atoms: u64,
    /// Realised, unpaid profit, in units that are worth the row's haircut factor each.
    pub claim_units: u64,
    /// Haircut epoch of these units; those of an earlier epoch are worth nothing.
    pub claim_epoch: u16,
    /// 0: the account was solvent when it was last seen in this market. 1: bankrupt, the position open. 2: bankrupt, the
    /// position closed: its debt is a loss that somebody has to bear. Counted in the market's ledger.
    pub shortfall_state: u8,
    /// Explicit padding.
    pub _padding_claim: [u8; 5],
    /// Publish time of the latest reading that permitted half a liquidation of this position and took something.
    pub halved_publish_ts: i64,
    /// What that reading still permits, in 2^-16 lots.
    pub halved_left_q16: u64,
    /// Units with which the position is registered in the demand curve. 0: not registered.
    pub registered_units: u64,
    /// Unix time of that registration.
    pub registered_ts: u32,
    /// Bin of ln price in which it is registered.
    pub registered_bin: i16,
    /// Epoch of the curve at that time.
    pub registered_epoch: u16,
    /// Side with which it is registered. 0: none, 1: long, 2: short.
    pub registered_side: u8,
    /// 1: registered beyond the window of bins.
    pub is_registered_far: u8,
    /// Explicit padding.
    pub _padding_demand: [u8; 6],
    /// Room for later fields.
    pub reserved: [u8; 56],
}

const _: () = assert!(core::mem::size_of::<Collateral>() == 32);
const _: () = assert!(core::mem::size_of::<Position>() == 160);

/// A side as positions store it.
const fn side_code(side: Side) -> u8 {
    match side {
        Side::Long => 1,
        Side::Short => 2,
    }
}

impl Default for Position {
    fn default() -> Self {
        bytemuck::Zeroable::zeroed()
    }
}

impl Position {
    /// A new flat position in the market of `row`.
    pub fn open(row: u16) -> Self {
        Self { row, ..Self::default() }
    }

    /// The inputs of valuation.
    pub fn state(&self) -> PositionState {
        PositionState {
            units: Units(self.units),
            quote: QuoteAtoms(self.quote_atoms),
            checkpoint: Earned(join_i128(self.checkpoint)),
            claim: Claim { units: self.claim_units, epoch: self.claim_epoch },
        }
    }

    /// Takes over a new state, remembering the side while it is open.
    pub fn set_state(&mut self, state: PositionState) {
        self.units = state.units.0;
        self.quote_atoms = state.quote.0;
        self.checkpoint = split_i128(state.checkpoint.0);
        self.claim_units = state.claim.units;
        self.claim_epoch = state.claim.epoch;
        if let Some(side) = state.units.side() {
            self.last_side = side_code(side);
        }
    }

    /// What readings that permit half have taken from the position, in 2^-16 lots.
    pub fn half_taken(&self) -> HalfTaken {
        HalfTaken { publish: UnixTime(self.halved_publish_ts), left: self.halved_left_q16 }
    }

    /// Remembers what a reading that permits half took; `None` changes nothing.
    pub fn remember_half(&mut self, taken: Option<HalfTaken>) {
        if let Some(taken) = taken {
            (self.halved_publish_ts, self.halved_left_q16) = (taken.publish.0, taken.left);
        }
    }

    /// Side on which the position was last open.
    pub fn last_side(&self) -> Option<Side> {
        match self.last_side {
            1 => Some(Side::Long),
            2 => Some(Side::Short),
            _ => None,
        }
    }

    /// True when nothing is held, nothing is owed in either direction, no ledger counts the position as bankrupt, and no
    /// demand curve contains it.
    pub fn is_empty(&self) -> bool {
        self.units == 0
            && self.quote_atoms == 0
            && self.claim_units == 0
            && self.shortfall_state == 0
            && self.registered_units == 0
    }

    /// What the position added to the demand curve of its market; `None`: nothing.
    pub fn registration(&self) -> Option<Registration> {
        let side = match self.registered_side {
            1 => Side::Long,
            2 => Side::Short,
            _ => return None,
        };
        let place = if self.is_registered_far == 0 { Place::Near } else { Place::Far };
        Some(Registration {
            units: self.registered_units,
            bin: self.registered_bin,
            epoch: self.registered_epoch,
            side,
            place,
        })
    }

    /// True when this is what the position adds to the demand curve of its market. Field by field, which costs less than to
    /// build the other: most positions stay where they are.
    #[inline]
    pub fn is_registered_as(&self, registration: Option<&Registration>) -> bool {
        let Some(new) = registration else {
            return self.registered_side == 0;
        };
        self.registered_units == new.units
            && self.registered_bin == new.bin
            && self.registered_epoch == new.epoch
            && self.registered_side == side_code(new.side)
            && (self.is_registered_far != 0) == (new.place == Place::Far)
    }

    /// Remembers that what the position adds to the demand curve of its market was true at `now`.
    pub fn on_registered(&mut self, now: UnixTime) {
        // Holds until 2106.
        self.registered_ts = u32::try_from(now.0).unwrap_or(0);
    }

    /// Takes over what the position adds to the demand curve of its market.
    pub fn set_registration(&mut self, registration: Option<Registration>) {
        let Some(new) = registration else {
            self.registered_units = 0;
            self.registered_bin = 0;
            self.registered_epoch = 0;
            self.registered_side = 0;
            self.is_registered_far = 0;
            return;
        };
        self.registered_units = new.units;
        self.registered_bin = new.bin;
        self.registered_epoch = new.epoch;
        self.registered_side = side_code(new.side);
        self.is_registered_far = u8::from(new.place == Place::Far);
    }
}
