//! Builders of administration after a group is open: parameters, authorities, pauses.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    accounts, instruction,
    instructions::{AddCollateralArgs, AuthoritiesArgs, GroupParams, MarketParams, OracleParams},
};
use solana_instruction::Instruction;

use super::instruction as build;
use crate::pda;

fn group_accounts([authority, group]: [&Pubkey; 2]) -> accounts::UpdateGroup {
    accounts::UpdateGroup {
        authority: *authority,
        group: *group,
        snapshot: pda::snapshot(group),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    }
}

fn pause_accounts([authority, group]: [&Pubkey; 2]) -> accounts::PauseGroup {
    accounts::PauseGroup {
        authority: *authority,
        group: *group,
        snapshot: pda::snapshot(group),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    }
}

/// `update_group`: states every parameter, also those that stay.
pub fn update_group(keys: [&Pubkey; 2], params: GroupParams) -> Instruction {
    build(group_accounts(keys), instruction::UpdateGroup { params }, Vec::new())
}

/// `update_collateral`: states every parameter, also those that stay, and the present oracle.
pub fn update_collateral(
    [authority, group]: [&Pubkey; 2],
    mint: &Pubkey,
    args: AddCollateralArgs,
) -> Instruction {
    let named = accounts::UpdateCollateral {
        authority: *authority,
        group: *group,
        snapshot: pda::snapshot(group),
        bank: pda::bank(group, mint),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::UpdateCollateral { args }, Vec::new())
}

/// `update_market`: states every parameter, also those that stay, and the present oracle.
pub fn update_market([authority, group]: [&Pubkey; 2], market: &Pubkey, params: MarketParams) -> Instruction {
    let named = accounts::UpdateMarket {
        authority: *authority,
        group: *group,
        snapshot: pda::snapshot(group),
        market: *market,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::UpdateMarket { params }, Vec::new())
}

/// `update_oracle`: sources and guards of a row. Nobody opens or is liquidated on other sources before a `refresh`.
pub fn update_oracle(keys: [&Pubkey; 2], row: u16, params: OracleParams) -> Instruction {
    build(group_accounts(keys), instruction::UpdateOracle { row, params }, Vec::new())
}

/// `sync_venue_market`: sent behind an update of the fee bound or the protocol's share, for every venue of the market.
pub fn sync_venue_market(group: &Pubkey, venue: &Pubkey, market: &Pubkey) -> Instruction {
    let named = accounts::SyncVenueMarket {
        group: *group,
        market: *market,
        venue_market: pda::venue_market(venue, market),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::SyncVenueMarket {}, Vec::new())
}

/// `set_authorities`: appoints the guardian at once and proposes an administrator, which `accept_admin` makes one.
pub fn set_authorities(admin: &Pubkey, group: &Pubkey, args: AuthoritiesArgs) -> Instruction {
    let named = accounts::SetAuthorities {
        admin: *admin,
        group: *group,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::SetAuthorities { args }, Vec::new())
}

/// `accept_admin`.
pub fn accept_admin(proposed_admin: &Pubkey, group: &Pubkey) -> Instruction {
    let named = accounts::AcceptAdmin {
        proposed_admin: *proposed_admin,
        group: *group,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::AcceptAdmin {}, Vec::new())
}

/// `pause`: the whole group (`row` is `None`) or one market, for `secs` seconds from now.
pub fn pause(keys: [&Pubkey; 2], row: Option<u16>, secs: u32) -> Instruction {
    build(pause_accounts(keys), instruction::Pause { row, secs }, Vec::new())
}

/// `resume`: ends a pause early.
pub fn resume(keys: [&Pubkey; 2], row: Option<u16>) -> Instruction {
    build(pause_accounts(keys), instruction::Resume { row }, Vec::new())
}

/// `freeze_venue`: the venue may report nothing but reductions, or everything again.
pub fn freeze_venue([authority, group]: [&Pubkey; 2], venue: &Pubkey, is_frozen: bool) -> Instruction {
    let named = accounts::FreezeVenue {
        authority: *authority,
        group: *group,
        venue: *venue,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::FreezeVenue { is_frozen }, Vec::new())
}
