//! Fills: what a venue sends with `apply_fill` and `check_fill`, and what it gets back.
//!
//! A refusal is not an error. A CPI error cannot be caught by the caller, so both instructions return `Ok` with a
//! [`FillOutcome`] as return data; `Err` is for wrong accounts and wrong authority only.

use bytemuck::{Pod, Zeroable};

/// Makers that one fill can take.
pub const MAKERS_MAX: usize = 4;
/// Rows whose oracle accounts can be passed along with one fill.
pub const OVERLAY_ROWS_MAX: usize = 4;
/// Version of [`FillOutcome`] that this crate describes.
pub const OUTCOME_VERSION: u8 = 1;

/// One maker's part of a fill, 24 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct FillLeg {
    /// Whole lots traded with this maker; positive. 0 in unused legs.
    pub lots: u64,
    /// Price in quote atoms per lot.
    pub price_atoms: u64,
    /// Fee charged to the maker, in quote atoms; negative is a rebate.
    pub maker_fee_atoms: i64,
}

/// The arguments of `apply_fill` and `check_fill` after the 8-byte discriminator, 120 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct FillArgs {
    /// One leg per maker, the first `leg_count` in use.
    pub legs: [FillLeg; MAKERS_MAX],
    /// Fee charged to the taker, in quote atoms.
    pub taker_fee_atoms: u64,
    /// Rows whose primary and secondary oracle accounts follow the makers' accounts.
    pub overlay_rows: [u16; OVERLAY_ROWS_MAX],
    /// Legs in use, 1 to 4.
    pub leg_count: u8,
    /// Rows in use in `overlay_rows`.
    pub overlay_count: u8,
    /// 1: the taker buys. 0: the taker sells.
    pub taker_is_buyer: u8,
    /// Explicit padding, zero.
    pub padding: [u8; 5],
}

/// Why a fill was not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
    /// The fill was admitted.
    None = 0,
    /// Initial margin after the fill would not be covered.
    InitialMargin = 1,
    /// The account has not approved this venue.
    NotApproved = 2,
    /// The price lies outside the band around the risk price.
    PriceBand = 3,
    /// The breaker, a stale or poor price, a frozen venue or a running liquidation allows reductions only.
    ReduceOnly = 4,
    /// The fees exceed the market's bound, or rebates exceed fees.
    FeeBound = 5,
    /// The position would become larger than can be margined.
    PositionSize = 6,
    /// The account has no place for another position.
    NoSlot = 7,
    /// Taker and maker, or two makers, are the same account.
    SelfTrade = 8,
    /// A leg has no lots or no price, or the number of legs is wrong.
    MalformedLeg = 9,
    /// A price that the account's margin depends on is older than allowed.
    StaleRow = 10,
    /// The group or one of the accounts belongs elsewhere or is not active.
    NotActive = 11,
    /// The open interest of the side would exceed the market's cap, or the share of it that is left to the account's
    /// shard until the next fold.
    OpenInterestCap = 12,
    /// The last fold of the market is too old to open risk on.
    StaleFold = 13,
    /// The group or the market is paused: reductions only.
    Paused = 14,
    /// The network has just resumed after a halt: reductions only.
    GracePeriod = 15,
}

impl Refusal {
    /// The refusal with this number. `None` for numbers that a later version added.
    pub fn from_code(code: u8) -> Option<Self> {
        const ALL: [Refusal; 16] = [
            Refusal::None,
            Refusal::InitialMargin,
            Refusal::NotApproved,
            Refusal::PriceBand,
            Refusal::ReduceOnly,
            Refusal::FeeBound,
            Refusal::PositionSize,
            Refusal::NoSlot,
            Refusal::SelfTrade,
            Refusal::MalformedLeg,
            Refusal::StaleRow,
            Refusal::NotActive,
            Refusal::OpenInterestCap,
            Refusal::StaleFold,
            Refusal::Paused,
            Refusal::GracePeriod,
        ];
        ALL.get(usize::from(code)).copied()
    }
}

/// The party index that means "no single account".
pub const PARTY_NONE: u8 = 0xff;

/// Return data of `apply_fill` and `check_fill`, 48 bytes, little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct FillOutcome {
    /// Layout version, [`OUTCOME_VERSION`].
    pub version: u8,
    /// 1: admitted, everything was applied (or would be). 0: refused, nothing was changed.
    pub admitted: u8,
    /// Who failed: 0 the taker, 1 to 4 the maker of that leg, [`PARTY_NONE`] nobody in particular.
    pub party: u8,
    /// [`Refusal`] as a number.
    pub reason: u8,
    /// Row of the market, or of the stale row.
    pub row: u16,
    /// Explicit padding.
    pub padding: [u8; 2],
    /// Initial equity of the failing party (of the taker when admitted) after the fill, in quote atoms.
    pub equity_atoms: i64,
    /// Initial margin requirement of the same party after the fill, in quote atoms.
    pub requirement_atoms: i64,
    /// Lots traded with all makers together.
    pub lots: u64,
    /// Quote atoms traded with all makers together.
    pub notional_atoms: u64,
    /// Sequence of the risk snapshot that was used.
    pub snapshot_sequence: u64,
}

const _: () = assert!(core::mem::size_of::<FillLeg>() == 24);
const _: () = assert!(core::mem::size_of::<FillArgs>() == 120);
const _: () = assert!(core::mem::size_of::<FillOutcome>() == 48);

impl FillArgs {
    /// The legs in use.
    pub fn legs(&self) -> &[FillLeg] {
        &self.legs[..usize::from(self.leg_count).min(MAKERS_MAX)]
    }

    /// The rows in use of `overlay_rows`.
    pub fn overlay_rows(&self) -> &[u16] {
        &self.overlay_rows[..usize::from(self.overlay_count).min(OVERLAY_ROWS_MAX)]
    }
}

impl FillOutcome {
    /// Reads return data. Data that ends early is completed with zeros, because the runtime cuts trailing zeros off
    /// the return data that clients see; what is missing then reads as "not admitted".
    ///
    /// Returns `None` when the data is empty or of an older version of the struct.
    pub fn from_return_data(data: &[u8]) -> Option<Self> {
        let mut bytes = [0u8; core::mem::size_of::<Self>()];
        let length = data.len().min(bytes.len());
        bytes[..length].copy_from_slice(&data[..length]);
        let outcome: Self = bytemuck::try_pod_read_unaligned(&bytes).ok()?;
        (outcome.version >= OUTCOME_VERSION).then_some(outcome)
    }

    /// Why the fill was refused. `None` for reasons that a later version added.
    pub fn refusal(&self) -> Option<Refusal> {
        Refusal::from_code(self.reason)
    }

    /// Index of the leg whose maker was refused. `None` when it was the taker or nobody in particular.
    pub fn refused_leg(&self) -> Option<usize> {
        let party = usize::from(self.party);
        (!self.is_admitted() && (1..=MAKERS_MAX).contains(&party)).then(|| party - 1)
    }

    /// True when the fill was admitted.
    pub fn is_admitted(&self) -> bool {
        self.admitted == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_numbered_without_gaps() {
        for code in 0..16 {
            assert_eq!(Refusal::from_code(code).map(|refusal| refusal as u8), Some(code));
        }
        assert_eq!(Refusal::from_code(16), None);
    }

    #[test]
    fn return_data_may_be_longer_or_cut_but_not_older() {
        let outcome = FillOutcome {
            version: OUTCOME_VERSION,
            party: 2,
            reason: Refusal::NoSlot as u8,
            equity_atoms: -5,
            ..FillOutcome::default()
        };
        let mut data = [0u8; 50];
        data[..48].copy_from_slice(bytemuck::bytes_of(&outcome));
        assert_eq!(FillOutcome::from_return_data(&data), Some(outcome));
        // The last byte that is not zero belongs to the equity, bytes 8 to 15.
        assert_eq!(FillOutcome::from_return_data(&data[..16]), Some(outcome));
        assert_eq!(outcome.refusal(), Some(Refusal::NoSlot));
        // Party 2 is the maker of the second leg.
        assert_eq!(outcome.refused_leg(), Some(1));
        assert_eq!(FillOutcome::from_return_data(&[]), None);
        data[0] = 0;
        assert_eq!(FillOutcome::from_return_data(&data), None);
    }

    #[test]
    fn the_taker_and_nobody_have_no_leg() {
        for party in [0, 5, PARTY_NONE] {
            let outcome = FillOutcome { party, ..FillOutcome::default() };
            assert_eq!(outcome.refused_leg(), None);
        }
    }

    #[test]
    fn counts_beyond_the_arrays_are_cut() {
        let args = FillArgs { leg_count: 9, overlay_count: 9, ..FillArgs::default() };
        assert_eq!((args.legs().len(), args.overlay_rows().len()), (4, 4));
    }
}
