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

/// `resolve_bankruptcy` of an account that owes in `markets`, by ascending row. Losses are divided by the sums of all
/// shards, so all are passed.
pub fn resolve_bankruptcy(
    group: &Pubkey,
    margin_account: &Pubkey,
    markets: &[Pubkey],
    quote: &MintKeys,
) -> Instruction {
    let insurance = pda::insurance(group);
    let bank = pda::bank(group, &quote.mint);
    let named = accounts::ResolveBankruptcy {
        group: *group,
        snapshot: pda::snapshot(group),
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
    let mut remaining: Vec<_> = shards.map(|shard| AccountMeta::new_readonly(shard, false)).collect();
    for market in markets {
        remaining.push(AccountMeta::new_readonly(*market, false));
        remaining.push(AccountMeta::new(pda::ledger(market), false));
    }
    build(named, instruction::ResolveBankruptcy {}, remaining)
}
