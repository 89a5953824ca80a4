//! Builders for margin accounts.

use anchor_lang::{prelude::Pubkey, system_program};
use firebreak::{accounts, instruction};
use solana_instruction::Instruction;

use super::{instruction as build, MintKeys, Overlay};
use crate::pda;

/// Owner and address of a margin account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountKeys {
    /// The group.
    pub group: Pubkey,
    /// Owner of the account.
    pub owner: Pubkey,
    /// The account.
    pub margin_account: Pubkey,
}

impl AccountKeys {
    /// Account `index` of `owner`.
    pub fn new(group: &Pubkey, owner: &Pubkey, index: u16) -> Self {
        Self { group: *group, owner: *owner, margin_account: pda::margin_account(group, owner, index) }
    }
}

/// Tokens on their way into or out of Firebreak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The mint and its program.
    pub mint: MintKeys,
    /// Token account outside Firebreak.
    pub wallet: Pubkey,
    /// Atoms of the mint.
    pub atoms: u64,
}

/// `open_account`: owner and payer sign.
pub fn open_account([owner, payer]: [&Pubkey; 2], group: &Pubkey, index: u16) -> Instruction {
    let named = accounts::OpenAccount {
        owner: *owner,
        payer: *payer,
        group: *group,
        margin_account: pda::margin_account(group, owner, index),
        system_program: system_program::ID,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::OpenAccount { index }, Vec::new())
}

/// `approve_venue`, or the opposite.
pub fn approve_venue(account: &AccountKeys, venue: &Pubkey, is_approved: bool) -> Instruction {
    let named = accounts::ApproveVenue {
        owner: account.owner,
        margin_account: account.margin_account,
        venue: *venue,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::ApproveVenue { is_approved }, Vec::new())
}

/// `deposit`: `depositor` owns the source tokens; it may differ from the account's owner.
pub fn deposit(depositor: &Pubkey, account: &AccountKeys, transfer: &Transfer) -> Instruction {
    let bank = pda::bank(&account.group, &transfer.mint.mint);
    let named = accounts::Deposit {
        depositor: *depositor,
        group: account.group,
        snapshot: pda::snapshot(&account.group),
        margin_account: account.margin_account,
        shard: pda::exposure_of(&account.group, &account.margin_account),
        bank,
        vault: pda::bank_vault(&bank),
        source: transfer.wallet,
        mint: transfer.mint.mint,
        token_program: transfer.mint.token_program,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::Deposit { atoms: transfer.atoms }, Vec::new())
}

/// `withdraw`: rows of the overlay are read from their oracle accounts.
pub fn withdraw(account: &AccountKeys, transfer: &Transfer, overlay: &Overlay) -> Instruction {
    let bank = pda::bank(&account.group, &transfer.mint.mint);
    let named = accounts::Withdraw {
        owner: account.owner,
        group: account.group,
        snapshot: pda::snapshot(&account.group),
        margin_account: account.margin_account,
        shard: pda::exposure_of(&account.group, &account.margin_account),
        bank,
        vault: pda::bank_vault(&bank),
        destination: transfer.wallet,
        mint: transfer.mint.mint,
        token_program: transfer.mint.token_program,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    let data = instruction::Withdraw { atoms: transfer.atoms, overlay: overlay.args() };
    build(named, data, overlay.metas())
}

/// `settle_pnl`: anyone may call it for any account; nobody signs but the payer.
pub fn settle_pnl([group, market]: [&Pubkey; 2], margin_account: &Pubkey, overlay: &Overlay) -> Instruction {
    let named = accounts::SettlePnl {
        group: *group,
        snapshot: pda::snapshot(group),
        market: *market,
        ledger: pda::ledger(market),
        margin_account: *margin_account,
        shard: pda::exposure_of(group, margin_account),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::SettlePnl { overlay: overlay.args() }, overlay.metas())
}

/// `register_demand`: anyone may call it for any account; nobody signs but the payer.
pub fn register_demand(group: &Pubkey, margin_account: &Pubkey) -> Instruction {
    let named = accounts::RegisterDemand {
        group: *group,
        snapshot: pda::snapshot(group),
        margin_account: *margin_account,
        shard: pda::exposure_of(group, margin_account),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::RegisterDemand {}, Vec::new())
}

/// `view_account`: nobody signs; the answer is return data.
pub fn view_account(
    group: &Pubkey,
    margin_account: &Pubkey,
    horizon_secs: u32,
    overlay: &Overlay,
) -> Instruction {
    let named = accounts::ViewAccount { snapshot: pda::snapshot(group), margin_account: *margin_account };
    build(named, instruction::ViewAccount { horizon_secs, overlay: overlay.args() }, overlay.metas())
}

/// `close_account`: the account must be empty.
pub fn close_account(account: &AccountKeys) -> Instruction {
    let named = accounts::CloseAccount {
        owner: account.owner,
        margin_account: account.margin_account,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::CloseAccount {}, Vec::new())
}
