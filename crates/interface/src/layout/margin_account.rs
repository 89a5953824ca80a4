//! A trader's margin account.

use bytemuck::{Pod, Zeroable};
use core::mem::{offset_of, size_of};

use super::{Layout, View};
use crate::discriminators;

/// Collaterals of one margin account.
pub const COLLATERALS_MAX: usize = 8;
/// Positions of one margin account.
pub const POSITIONS_MAX: usize = 16;

/// One collateral of a margin account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Collateral {
    /// Atoms held.
    pub atoms: i64,
    /// Row of the mint in the snapshot.
    pub row: u16,
    /// Explicit padding.
    pub _padding: [u8; 2],
    /// Unix time up to which the credit has faded.
    pub credit_updated_ts: u32,
    /// Recent own deposits, in atoms: may leave again without using the vault's outflow allowance.
    pub credit_atoms: u64,
    /// Room for later fields.
    pub reserved: [u8; 8],
}

/// One position of a margin account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Position {
    /// Claims on the side of the market, in 2^-16 lots at scale one; positive is long.
    pub units: i64,
    /// Quote atoms owed to (positive) or by the position, price moves not included.
    pub quote_atoms: i64,
    /// The side's earned index up to which `quote_atoms` is complete: low then high half of a signed number.
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

/// A margin account without its discriminator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct MarginAccount {
    /// The group whose rules apply.
    pub group: [u8; 32],
    /// Key that deposits, withdraws and approves venues.
    pub owner: [u8; 32],
    /// Raised by each mutation.
    pub sequence: u64,
    /// When the account was first seen below maintenance margin. 0: healthy.
    pub liquidation_started_ts: i64,
    /// One bit per venue index that may report fills of this account.
    pub venue_approvals: u64,
    /// Number that distinguishes accounts of one owner.
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

const _: () = assert!(size_of::<Collateral>() == 32);
const _: () = assert!(size_of::<Position>() == 160);
const _: () = assert!(offset_of!(Position, checkpoint) == 16);
const _: () = assert!(offset_of!(Position, row) == 36);
const _: () = assert!(size_of::<MarginAccount>() == 3_040);
const _: () = assert!(offset_of!(MarginAccount, owner) == 32);
const _: () = assert!(offset_of!(MarginAccount, liquidation_started_ts) == 72);
const _: () = assert!(offset_of!(MarginAccount, shard) == 90);
const _: () = assert!(offset_of!(MarginAccount, version) == 94);
const _: () = assert!(offset_of!(MarginAccount, collaterals) == 96);
const _: () = assert!(offset_of!(MarginAccount, positions) == 352);

impl Layout for MarginAccount {
    const DISCRIMINATOR: [u8; 8] = discriminators::MARGIN_ACCOUNT;
    const VERSION_OFFSET: usize = offset_of!(MarginAccount, version);
}

impl View<'_, MarginAccount> {
    /// The group whose rules apply.
    pub fn group(&self) -> [u8; 32] {
        self.field(offset_of!(MarginAccount, group))
    }

    /// Key that deposits, withdraws and approves venues.
    pub fn owner(&self) -> [u8; 32] {
        self.field(offset_of!(MarginAccount, owner))
    }

    /// Raised by each mutation.
    pub fn sequence(&self) -> u64 {
        self.field(offset_of!(MarginAccount, sequence))
    }

    /// Shard whose exposure account goes along with this account in a fill.
    pub fn shard(&self) -> u8 {
        self.field(offset_of!(MarginAccount, shard))
    }

    /// True when the owner approved the venue with this index.
    pub fn approves(&self, venue_index: u16) -> bool {
        let approvals: u64 = self.field(offset_of!(MarginAccount, venue_approvals));
        u32::from(venue_index) < u64::BITS && (approvals >> venue_index) & 1 == 1
    }

    /// True while the account is being liquidated: it may only reduce.
    pub fn is_in_liquidation(&self) -> bool {
        self.field::<i64>(offset_of!(MarginAccount, liquidation_started_ts)) != 0
    }

    /// Collaterals in use.
    pub fn collaterals(&self) -> impl Iterator<Item = Collateral> + '_ {
        let count: u8 = self.field(offset_of!(MarginAccount, collateral_count));
        let first = offset_of!(MarginAccount, collaterals);
        (0..usize::from(count).min(COLLATERALS_MAX))
            .map(move |place| self.field(first + place * size_of::<Collateral>()))
    }

    /// Positions in use.
    pub fn positions(&self) -> impl Iterator<Item = Position> + '_ {
        let count: u8 = self.field(offset_of!(MarginAccount, position_count));
        let first = offset_of!(MarginAccount, positions);
        (0..usize::from(count).min(POSITIONS_MAX))
            .map(move |place| self.field(first + place * size_of::<Position>()))
    }

    /// Atoms held of the mint of `row`. 0: none.
    pub fn atoms_of(&self, row: u16) -> i64 {
        self.collaterals().find(|held| held.row == row).map_or(0, |held| held.atoms)
    }

    /// Units held in the market of `row`; positive is long. 0: no position.
    pub fn units_of(&self, row: u16) -> i64 {
        self.positions().find(|held| held.row == row).map_or(0, |held| held.units)
    }
}
