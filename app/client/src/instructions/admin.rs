//! Builders that set a group up.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    system_program,
};
use firebreak::{
    accounts, instruction,
    instructions::{AddCollateralArgs, CreateGroupArgs, MarketParams},
};
use solana_instruction::Instruction;

use super::{instruction as build, MintKeys};
use crate::pda;

/// `create_group`: `quote` is the mint in which profit and loss are counted.
pub fn create_group(admin: &Pubkey, quote: &MintKeys, args: CreateGroupArgs) -> Instruction {
    let group = pda::group(admin, args.id);
    let insurance = pda::insurance(&group);
    let named = accounts::CreateGroup {
        admin: *admin,
        group,
        snapshot: pda::snapshot(&group),
        insurance,
        insurance_vault: pda::insurance_vault(&insurance),
        quote_mint: quote.mint,
        token_program: quote.token_program,
        system_program: system_program::ID,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::CreateGroup { args }, Vec::new())
}

/// `create_shard`: shards are created one by one, in order, before any market.
pub fn create_shard(admin: &Pubkey, group: &Pubkey, index: u8) -> Instruction {
    let named = accounts::CreateShard {
        admin: *admin,
        group: *group,
        shard: pda::exposure(group, index),
        system_program: system_program::ID,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::CreateShard { index }, Vec::new())
}

/// `add_collateral`: the quote mint first, without an oracle.
pub fn add_collateral(
    [admin, group]: [&Pubkey; 2],
    collateral: &MintKeys,
    args: AddCollateralArgs,
) -> Instruction {
    let bank = pda::bank(group, &collateral.mint);
    let named = accounts::AddCollateral {
        admin: *admin,
        group: *group,
        snapshot: pda::snapshot(group),
        mint: collateral.mint,
        bank,
        vault: pda::bank_vault(&bank),
        token_program: collateral.token_program,
        system_program: system_program::ID,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::AddCollateral { args }, Vec::new())
}

/// `add_market`: `index` is the number of markets so far. Every shard grows by one row, so all are writable.
pub fn add_market([admin, group]: [&Pubkey; 2], index: u16, params: MarketParams) -> Instruction {
    let market = pda::market(group, index);
    let named = accounts::AddMarket {
        admin: *admin,
        group: *group,
        snapshot: pda::snapshot(group),
        market,
        ledger: pda::ledger(&market),
        system_program: system_program::ID,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    let shards = pda::exposures(group).into_iter().map(|shard| AccountMeta::new(shard, false)).collect();
    build(named, instruction::AddMarket { params }, shards)
}

/// A venue to be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewVenue {
    /// Number of venues so far.
    pub index: u16,
    /// Key that signs its fills.
    pub authority: Pubkey,
    /// Its program.
    pub program: Pubkey,
}

/// `register_venue`.
pub fn register_venue(admin: &Pubkey, group: &Pubkey, new: &NewVenue) -> Instruction {
    let named = accounts::RegisterVenue {
        admin: *admin,
        group: *group,
        venue: pda::venue(group, new.index),
        authority: new.authority,
        venue_program: new.program,
        system_program: system_program::ID,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::RegisterVenue {}, Vec::new())
}

/// `add_venue_market`: lets the venue report fills in the market.
pub fn add_venue_market([admin, group]: [&Pubkey; 2], venue: &Pubkey, market: &Pubkey) -> Instruction {
    let named = accounts::AddVenueMarket {
        admin: *admin,
        group: *group,
        venue: *venue,
        market: *market,
        venue_market: pda::venue_market(venue, market),
        system_program: system_program::ID,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::AddVenueMarket {}, Vec::new())
}

/// `activate`: opens the group for deposits.
pub fn activate(admin: &Pubkey, group: &Pubkey, quote_mint: &Pubkey) -> Instruction {
    let named = accounts::Activate {
        admin: *admin,
        group: *group,
        bank: pda::bank(group, quote_mint),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::Activate {}, Vec::new())
}
