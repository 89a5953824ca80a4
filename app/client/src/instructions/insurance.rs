//! Builders of insurance and bankruptcy.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use firebreak::{accounts, instruction};
use solana_instruction::Instruction;

use super::{instruction as build, MintKeys, Transfer};
use crate::pda;

/// `fund_insurance`: `funder` owns the source tokens, which are of the quote mint.
pub fn fund_insurance(funder: &Pubkey, group: &Pubkey, transfer: &Transfer) -> Instruction {
    let insurance = pda::insurance(group);
    let named = accounts::FundInsurance {
        funder: *funder,
        group: *group,
        insurance,
        vault: pda::insurance_vault(&insurance),
        source: transfer.wallet,
        quote_mint: transfer.mint.mint,
        token_program: transfer.mint.token_program,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::FundInsurance { atoms: transfer.atoms }, Vec::new())
}

/// `resolve_bankruptcy`: the loss is divided by the open interest of all shards, so all are passed.
pub fn resolve_bankruptcy(
    [group, market]: [&Pubkey; 2],
    margin_account: &Pubkey,
    quote: &MintKeys,
) -> Instruction {
    let insurance = pda::insurance(group);
    let bank = pda::bank(group, &quote.mint);
    let named = accounts::ResolveBankruptcy {
        group: *group,
        snapshot: pda::snapshot(group),
        market: *market,
        ledger: pda::ledger(market),
        margin_account: *margin_account,
        insurance,
        insurance_vault: pda::insurance_vault(&insurance),
        bank,
        bank_vault: pda::bank_vault(&bank),
        quote_mint: quote.mint,
        token_program: quote.token_program,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    let shards = pda::exposures(group).into_iter();
    let remaining = shards.map(|shard| AccountMeta::new_readonly(shard, false)).collect();
    build(named, instruction::ResolveBankruptcy {}, remaining)
}
