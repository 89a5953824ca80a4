//! Builders of liquidations.

use anchor_lang::prelude::Pubkey;
use firebreak::{accounts, instruction};
use solana_instruction::Instruction;

use super::{instruction as build, AccountKeys, Overlay};
use crate::pda;

/// A position to be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The market.
    pub market: Pubkey,
    /// Margin account in distress.
    pub liquidatee: Pubkey,
    /// Most lots to take over.
    pub lots_max: u64,
}

/// `liquidate`: the owner of `liquidator` signs.
pub fn liquidate(liquidator: &AccountKeys, target: &Target, overlay: &Overlay) -> Instruction {
    let group = &liquidator.group;
    let named = accounts::Liquidate {
        owner: liquidator.owner,
        group: *group,
        snapshot: pda::snapshot(group),
        market: target.market,
        ledger: pda::ledger(&target.market),
        liquidator: liquidator.margin_account,
        liquidator_shard: pda::exposure_of(group, &liquidator.margin_account),
        liquidatee: target.liquidatee,
        liquidatee_shard: pda::exposure_of(group, &target.liquidatee),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    let data = instruction::Liquidate { lots_max: target.lots_max, overlay: overlay.args() };
    build(named, data, overlay.metas())
}

/// Collateral to be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionTarget {
    /// Mint of the collateral.
    pub mint: Pubkey,
    /// Margin account that owes quote.
    pub liquidatee: Pubkey,
    /// Most atoms to buy.
    pub atoms_max: u64,
}

/// `liquidate_collateral`: the owner of `liquidator` signs.
pub fn liquidate_collateral(
    liquidator: &AccountKeys,
    target: &ConversionTarget,
    overlay: &Overlay,
) -> Instruction {
    let group = &liquidator.group;
    let named = accounts::LiquidateCollateral {
        owner: liquidator.owner,
        group: *group,
        snapshot: pda::snapshot(group),
        bank: pda::bank(group, &target.mint),
        liquidator: liquidator.margin_account,
        liquidator_shard: pda::exposure_of(group, &liquidator.margin_account),
        liquidatee: target.liquidatee,
        liquidatee_shard: pda::exposure_of(group, &target.liquidatee),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    let data = instruction::LiquidateCollateral { atoms_max: target.atoms_max, overlay: overlay.args() };
    build(named, data, overlay.metas())
}
