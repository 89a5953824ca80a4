//! Builders of insurance stakes.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    system_program,
};
use firebreak::{accounts, instruction};
use solana_instruction::Instruction;

use super::{instruction as build, MintKeys, Transfer};
use crate::pda;

/// Owner and address of a stake in a group's insurance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StakeKeys {
    /// The group.
    pub group: Pubkey,
    /// Owner of the stake.
    pub owner: Pubkey,
    /// Record of the group's insurance vault.
    pub insurance: Pubkey,
    /// The stake.
    pub stake: Pubkey,
}

/// Where an exit from the insurance is paid to, and what must be passed to prove that no loss is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payout {
    /// The quote mint and its program.
    pub quote: MintKeys,
    /// Token account that receives the tokens.
    pub wallet: Pubkey,
    /// Markets of the group; all their ledgers are passed.
    pub market_count: u16,
}

impl StakeKeys {
    /// The stake of `owner`.
    pub fn new(group: &Pubkey, owner: &Pubkey) -> Self {
        let insurance = pda::insurance(group);
        Self { group: *group, owner: *owner, insurance, stake: pda::insurance_stake(&insurance, owner) }
    }
}

/// `open_stake`: owner and payer sign.
pub fn open_stake(keys: &StakeKeys, payer: &Pubkey) -> Instruction {
    let named = accounts::OpenStake {
        owner: keys.owner,
        payer: *payer,
        group: keys.group,
        insurance: keys.insurance,
        stake: keys.stake,
        system_program: system_program::ID,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::OpenStake {}, Vec::new())
}

/// `stake`: takes at most the atoms of the transfer, namely what the whole shares cost that they buy.
pub fn stake(keys: &StakeKeys, transfer: &Transfer) -> Instruction {
    let named = accounts::Stake {
        owner: keys.owner,
        group: keys.group,
        insurance: keys.insurance,
        stake: keys.stake,
        vault: pda::insurance_vault(&keys.insurance),
        source: transfer.wallet,
        quote_mint: transfer.mint.mint,
        token_program: transfer.mint.token_program,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::Stake { atoms_max: transfer.atoms }, Vec::new())
}

/// `request_unstake`: starts the cooldown for these shares.
pub fn request_unstake(keys: &StakeKeys, shares: u64) -> Instruction {
    let named = accounts::RequestUnstake {
        owner: keys.owner,
        insurance: keys.insurance,
        stake: keys.stake,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::RequestUnstake { shares }, Vec::new())
}

/// `cancel_unstake`: takes the request back.
pub fn cancel_unstake(keys: &StakeKeys) -> Instruction {
    let named = accounts::CancelUnstake {
        owner: keys.owner,
        insurance: keys.insurance,
        stake: keys.stake,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::CancelUnstake {}, Vec::new())
}

/// `unstake`: the ledgers of all markets are passed, in order. Up to 23 of them fit a transaction without lookup tables.
pub fn unstake(keys: &StakeKeys, payout: &Payout) -> Instruction {
    let named = accounts::Unstake {
        owner: keys.owner,
        group: keys.group,
        insurance: keys.insurance,
        stake: keys.stake,
        vault: pda::insurance_vault(&keys.insurance),
        destination: payout.wallet,
        quote_mint: payout.quote.mint,
        token_program: payout.quote.token_program,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    let markets = (0..payout.market_count).map(|index| pda::market(&keys.group, index));
    let ledgers = markets.map(|market| AccountMeta::new_readonly(pda::ledger(&market), false));
    build(named, instruction::Unstake {}, ledgers.collect())
}

/// `close_stake`: the stake must be empty.
pub fn close_stake(keys: &StakeKeys) -> Instruction {
    let named = accounts::CloseStake {
        owner: keys.owner,
        stake: keys.stake,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::CloseStake {}, Vec::new())
}
