//! Builders of fills. Venues call `apply_fill` by CPI; clients use these for `check_fill`, tests for both.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use firebreak::{
    accounts,
    constants::MAKERS_MAX,
    instruction,
    instructions::{FillArgs, FillLegArgs},
};
use solana_instruction::Instruction;

use super::{instruction as build, Overlay};
use crate::{pda, ClientError};

/// Where a fill happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillPlace {
    /// The group.
    pub group: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// Key that signs the venue's fills. Not used by `check_fill`.
    pub authority: Pubkey,
}

/// A maker and its part of a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MakerLeg {
    /// Margin account of the maker.
    pub margin_account: Pubkey,
    /// Whole lots.
    pub lots: u64,
    /// Price in quote atoms per lot.
    pub price_atoms: u64,
    /// Fee in quote atoms; negative is a rebate.
    pub fee_atoms: i64,
}

/// A trade between one taker and its makers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Margin account of the taker.
    pub taker: Pubkey,
    /// True: the taker buys.
    pub is_buyer: bool,
    /// Fee of the taker, in quote atoms.
    pub taker_fee_atoms: u64,
    /// One to four makers.
    pub makers: Vec<MakerLeg>,
    /// Rows read from their oracle accounts.
    pub overlay: Overlay,
}

impl Fill {
    fn args(&self) -> Result<FillArgs, ClientError> {
        let wrong_count = ClientError::MakerCount { count: self.makers.len(), max: MAKERS_MAX };
        if self.makers.is_empty() || self.makers.len() > MAKERS_MAX {
            return Err(wrong_count);
        }
        let leg_count = u8::try_from(self.makers.len()).map_err(|_| wrong_count)?;
        let (overlay_rows, overlay_count) = self.overlay.indices();
        let mut args = FillArgs {
            taker_fee_atoms: self.taker_fee_atoms,
            overlay_rows,
            overlay_count,
            leg_count,
            taker_is_buyer: self.is_buyer.into(),
            ..FillArgs::default()
        };
        for (leg, maker) in args.legs.iter_mut().zip(&self.makers) {
            *leg = FillLegArgs {
                lots: maker.lots,
                price_atoms: maker.price_atoms,
                maker_fee_atoms: maker.fee_atoms,
            };
        }
        Ok(args)
    }
}

/// `apply_fill`: per maker its margin account and its shard, then the oracle accounts of the overlay.
///
/// # Errors
/// `MakerCount` unless there are one to four makers.
pub fn apply_fill(place: &FillPlace, fill: &Fill) -> Result<Instruction, ClientError> {
    let args = fill.args()?;
    let named = accounts::ApplyFill {
        authority: place.authority,
        group: place.group,
        venue: place.venue,
        snapshot: pda::snapshot(&place.group),
        venue_market: pda::venue_market(&place.venue, &place.market),
        taker: fill.taker,
        taker_shard: pda::exposure_of(&place.group, &fill.taker),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    let mut remaining = Vec::new();
    for maker in &fill.makers {
        remaining.push(AccountMeta::new(maker.margin_account, false));
        remaining.push(AccountMeta::new(pda::exposure_of(&place.group, &maker.margin_account), false));
    }
    remaining.extend(fill.overlay.metas());
    Ok(build(named, instruction::ApplyFill { args }, remaining))
}

/// `check_fill`: what `apply_fill` would answer. The same accounts, none of them writable.
///
/// # Errors
/// As [`apply_fill`].
pub fn check_fill(place: &FillPlace, fill: &Fill) -> Result<Instruction, ClientError> {
    let args = fill.args()?;
    let named = accounts::CheckFill {
        group: place.group,
        venue: place.venue,
        snapshot: pda::snapshot(&place.group),
        venue_market: pda::venue_market(&place.venue, &place.market),
        taker: fill.taker,
        taker_shard: pda::exposure_of(&place.group, &fill.taker),
    };
    let mut remaining = Vec::new();
    for maker in &fill.makers {
        remaining.push(AccountMeta::new_readonly(maker.margin_account, false));
        let shard = pda::exposure_of(&place.group, &maker.margin_account);
        remaining.push(AccountMeta::new_readonly(shard, false));
    }
    remaining.extend(fill.overlay.metas());
    Ok(build(named, instruction::CheckFill { args }, remaining))
}
