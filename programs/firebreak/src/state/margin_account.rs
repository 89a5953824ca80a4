//! A trader's margin account: collaterals, positions, venue approvals and the liquidation clock.

use anchor_lang::prelude::*;
use firebreak_risk::{liquidation::HalfTaken, outflow::Credit, units::UnixTime};

use super::{Collateral, Position};
use crate::{
    constants::{COLLATERALS_MAX, POSITIONS_MAX},
    error::FirebreakError,
};

/// A margin account. Written by its owner, by venues it approved and by liquidations.
#[account(zero_copy)]
#[repr(C)]
pub struct MarginAccount {
    /// The group whose rules apply.
    pub group: Pubkey,
    /// Key that deposits, withdraws and approves venues.
    pub owner: Pubkey,
    /// Raised by each mutation; in every event about the account.
    pub sequence: u64,
    /// When the account was first seen below maintenance margin. 0: healthy.
    pub liquidation_started_ts: i64,
    /// One bit per venue index that may report fills of this account.
    pub venue_approvals: u64,
    /// Number that distinguishes accounts of one owner, part of the address.
    pub index: u16,
    /// Shard that holds this account's contribution to open interest. Never changes.
    pub shard: u8,
    /// Collaterals in use, from the first element.
    pub collateral_count: u8,
    /// Positions in use, from the first element.
    pub position_count: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 1],
    /// Collaterals, the first `collateral_count` in use.
    pub collaterals: [Collateral; COLLATERALS_MAX],
    /// Positions, the first `position_count` in use.
    pub positions: [Position; POSITIONS_MAX],
    /// Publish time of the latest reading that permitted half a conversion of this account's collateral and bought some.
    pub halved_publish_ts: i64,
    /// What that reading still permits, in quote atoms of proceeds.
    pub halved_left_atoms: u64,
    /// Room for later fields.
    pub reserved: [u8; 112],
}

const _: () = assert!(core::mem::size_of::<MarginAccount>() == 3_040);
const _: () = assert!(core::mem::offset_of!(MarginAccount, owner) == 32);
const _: () = assert!(core::mem::offset_of!(MarginAccount, collaterals) == 96);
const _: () = assert!(core::mem::offset_of!(MarginAccount, positions) == 352);

impl MarginAccount {
    /// Remembers what a reading that permits half bought; `None` changes nothing.
    pub fn remember_half(&mut self, taken: Option<HalfTaken>) {
        if let Some(taken) = taken {
            (self.halved_publish_ts, self.halved_left_atoms) = (taken.publish.0, taken.left);
        }
    }

    /// What readings that permit half have taken from the account's collateral, in quote atoms.
    pub fn half_converted(&self) -> HalfTaken {
        HalfTaken { publish: UnixTime(self.halved_publish_ts), left: self.halved_left_atoms }
    }

    /// Collaterals in use.
    pub fn collaterals(&self) -> &[Collateral] {
        let count = usize::from(self.collateral_count).min(COLLATERALS_MAX);
        &self.collaterals[..count]
    }

    /// Positions in use.
    pub fn positions(&self) -> &[Position] {
        let count = usize::from(self.position_count).min(POSITIONS_MAX);
        &self.positions[..count]
    }

    /// Atoms held of the mint of `row`.
    pub fn atoms_of(&self, row: u16) -> i64 {
        self.collaterals().iter().find(|c| c.row == row).map_or(0, |c| c.atoms)
    }

    /// The position in the market of `row`, if the account has one.
    pub fn position_of(&self, row: u16) -> Option<&Position> {
        self.positions().iter().find(|p| p.row == row)
    }

    /// True when the account holds no base in any market.
    pub fn is_flat(&self) -> bool {
        self.positions().iter().all(|p| p.units == 0)
    }

    /// True when the account holds no base and owes nothing in any market: whatever it has is its own.
    pub fn owes_nothing(&self) -> bool {
        self.positions().iter().all(|p| p.units == 0 && p.quote_atoms >= 0)
    }

    /// True when the owner approved the venue with this index.
    pub fn approves(&self, venue_index: u16) -> bool {
        u32::from(venue_index) < u64::BITS && self.venue_approvals >> venue_index & 1 == 1
    }

    /// True while the account is below its liquidation target after having been seen below maintenance.
    pub fn is_in_liquidation(&self) -> bool {
        self.liquidation_started_ts != 0
    }

    /// Called by each instruction that changes the account.
    pub fn touch(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// Credit of recent own deposits of the mint of `row`.
    pub fn credit_of(&self, row: u16) -> Credit {
        let found = self.collaterals().iter().find(|c| c.row == row);
        found.map_or(Credit::default(), |c| Credit {
            atoms: c.credit_atoms,
            updated: UnixTime(i64::from(c.credit_updated_ts)),
        })
    }

    /// Replaces the credit of the mint of `row`. An account that holds none of it has no place for a credit, and no use:
    /// what is deposited next brings its own.
    pub fn set_credit(&mut self, row: u16, credit: Credit) {
        let count = usize::from(self.collateral_count).min(COLLATERALS_MAX);
        if let Some(entry) = self.collaterals[..count].iter_mut().find(|c| c.row == row) {
            entry.credit_atoms = credit.atoms;
            // Holds until 2106; then credits fade at once. A credit of nothing has no age.
            let updated_ts = u32::try_from(credit.updated.0).unwrap_or(0);
            entry.credit_updated_ts = if credit.atoms == 0 { 0 } else { updated_ts };
        }
    }

    /// Adds `atoms` (negative: removes) to the balance of `row`. An emptied balance frees its place.
    ///
    /// # Errors
    /// `CollateralSlotsFull` when a new balance finds no place, `InsufficientCollateral` when the balance would
    /// become negative.
    pub fn add_atoms(&mut self, row: u16, atoms: i64) -> Result<()> {
        let count = usize::from(self.collateral_count);
        let found = self.collaterals().iter().position(|c| c.row == row);
        let slot = found.unwrap_or(count);
        if found.is_none() {
            ensure!(count < COLLATERALS_MAX, FirebreakError::CollateralSlotsFull);
        }
        let held = found.map_or(0, |i| self.collaterals[i].atoms);
        let after = held.checked_add(atoms).ok_or(FirebreakError::MathOverflow)?;
        require_gte!(after, 0, FirebreakError::InsufficientCollateral);
        if found.is_none() {
            self.collateral_count += 1;
            self.collaterals[slot] = Collateral { row, ..Collateral::default() };
        }
        // The rest of the entry, the credit of recent deposits, stays with a balance that stays.
        self.collaterals[slot].atoms = after;
        if after == 0 {
            let last = usize::from(self.collateral_count) - 1;
            self.collaterals.swap(slot, last);
            self.collaterals[last] = Collateral::default();
            self.collateral_count -= 1;
        }
        Ok(())
    }

    /// Credits atoms that are paid to the account. None: nothing changes.
    ///
    /// # Errors
    /// As [`MarginAccount::add_atoms`].
    pub fn pay_in(&mut self, row: u16, atoms: u64) -> Result<()> {
        if atoms == 0 {
            return Ok(());
        }
        let atoms = i64::try_from(atoms).map_err(|_| FirebreakError::MathOverflow)?;
        self.add_atoms(row, atoms)?;
        self.touch();
        Ok(())
    }

    /// Frees the places of positions with nothing left.
    pub fn drop_empty_positions(&mut self) {
        let mut slot = usize::from(self.position_count).min(POSITIONS_MAX);
        while slot > 0 {
            slot -= 1;
            if self.positions[slot].is_empty() {
                self.free_position(slot);
            }
        }
    }

    /// Frees a place in use; the last position moves into it.
    fn free_position(&mut self, slot: usize) {
        let last = usize::from(self.position_count) - 1;
        self.positions.swap(slot, last);
        self.positions[last] = Position::default();
        self.position_count -= 1;
    }

    /// Stores a position, in a new place if the account had none in that market. A position with nothing left
    /// frees its place.
    ///
    /// # Errors
    /// `PositionSlotsFull` when a new position finds no place.
    pub fn store_position(&mut self, position: Position) -> Result<()> {
        let count = usize::from(self.position_count);
        let found = self.positions().iter().position(|p| p.row == position.row);
        let slot = found.unwrap_or(count);
        if found.is_none() {
            if position.is_empty() {
                return Ok(());
            }
            ensure!(count < POSITIONS_MAX, FirebreakError::PositionSlotsFull);
            self.position_count += 1;
        }
        self.positions[slot] = position;
        if position.is_empty() {
            self.free_position(slot);
        }
        Ok(())
    }
}
