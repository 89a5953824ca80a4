//! The fill arguments as the IDL shows them. Their encoding equals the bytes of `firebreak_interface::fill::FillArgs`.

use anchor_lang::prelude::*;
use firebreak_interface::fill;

/// One maker's part of a fill.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default)]
pub struct FillLegArgs {
    /// Whole lots traded with this maker; positive. 0 in unused legs.
    pub lots: u64,
    /// Price in quote atoms per lot.
    pub price_atoms: u64,
    /// Fee charged to the maker, in quote atoms; negative is a rebate.
    pub maker_fee_atoms: i64,
}

/// Arguments of `apply_fill` and `check_fill`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default)]
pub struct FillArgs {
    /// One leg per maker, the first `leg_count` in use.
    pub legs: [FillLegArgs; fill::MAKERS_MAX],
    /// Fee charged to the taker, in quote atoms.
    pub taker_fee_atoms: u64,
    /// Rows whose oracle accounts follow the makers' accounts.
    pub overlay_rows: [u16; fill::OVERLAY_ROWS_MAX],
    /// Legs in use, 1 to 4.
    pub leg_count: u8,
    /// Rows in use in `overlay_rows`.
    pub overlay_count: u8,
    /// 1: the taker buys. 0: the taker sells.
    pub taker_is_buyer: u8,
    /// Zero.
    pub padding: [u8; 5],
}

impl FillArgs {
    /// The same arguments as the interface crate's type.
    pub fn to_interface(&self) -> fill::FillArgs {
        fill::FillArgs {
            legs: self.legs.map(|leg| fill::FillLeg {
                lots: leg.lots,
                price_atoms: leg.price_atoms,
                maker_fee_atoms: leg.maker_fee_atoms,
            }),
            taker_fee_atoms: self.taker_fee_atoms,
            overlay_rows: self.overlay_rows,
            leg_count: self.leg_count,
            overlay_count: self.overlay_count,
            taker_is_buyer: self.taker_is_buyer,
            padding: self.padding,
        }
    }
}
