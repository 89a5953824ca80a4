//! Builders for committees of reporters.

use anchor_lang::{prelude::Pubkey, system_program};
use firebreak::{
    accounts, instruction,
    instructions::{CommitteeParams, ForecastArgs},
};
use solana_instruction::Instruction;

use super::instruction as build;
use crate::pda;

/// `create_committee`: from then on every fold of the market brings it.
pub fn create_committee(
    [admin, group]: [&Pubkey; 2],
    market: &Pubkey,
    params: CommitteeParams,
) -> Instruction {
    let named = accounts::CreateCommittee {
        admin: *admin,
        group: *group,
        market: *market,
        committee: pda::committee(market),
        system_program: system_program::ID,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::CreateCommittee { params }, Vec::new())
}

/// `update_committee`: states every seat and rule, also those that stay.
pub fn update_committee(
    [authority, group]: [&Pubkey; 2],
    market: &Pubkey,
    params: CommitteeParams,
) -> Instruction {
    let named = accounts::UpdateCommittee {
        authority: *authority,
        group: *group,
        committee: pda::committee(market),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::UpdateCommittee { params }, Vec::new())
}

/// `post_forecast`: the reporter signs.
pub fn post_forecast(reporter: &Pubkey, market: &Pubkey, args: ForecastArgs) -> Instruction {
    let named = accounts::PostForecast {
        reporter: *reporter,
        committee: pda::committee(market),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::PostForecast { args }, Vec::new())
}
