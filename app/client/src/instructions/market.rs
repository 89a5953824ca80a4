//! Builders for markets as a whole: folds, premiums and fees.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use firebreak::{accounts, instruction};
use solana_instruction::Instruction;

use super::{instruction as build, FillPlace, MintKeys};
use crate::pda;

/// `fold`: reads all shards of the group, the records of all venues of the market in the order of their ordinal, and its
/// committee where it has one.
pub fn fold([group, market]: [&Pubkey; 2], venue_markets: &[Pubkey], has_committee: bool) -> Instruction {
    let named = accounts::Fold {
        group: *group,
        snapshot: pda::snapshot(group),
        market: *market,
        ledger: pda::ledger(market),
        committee: has_committee.then(|| pda::committee(market)),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    let remaining = pda::exposures(group).into_iter().chain(venue_markets.iter().copied());
    let remaining = remaining.map(|key| AccountMeta::new_readonly(key, false)).collect();
    build(named, instruction::Fold {}, remaining)
}

/// `post_premium`: the venue's authority signs. The price is in quote atoms per lot in 2^-32.
pub fn post_premium(place: &FillPlace, mark_price_q32: u64) -> Instruction {
    let named = accounts::PostPremium {
        authority: place.authority,
        venue: place.venue,
        snapshot: pda::snapshot(&place.group),
        market: place.market,
        venue_market: pda::venue_market(&place.venue, &place.market),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::PostPremium { mark_price_q32 }, Vec::new())
}

/// `collect_venue_fees`: the venue's authority signs and names the margin account that is paid.
pub fn collect_venue_fees(place: &FillPlace, margin_account: &Pubkey) -> Instruction {
    let named = accounts::CollectVenueFees {
        authority: place.authority,
        venue: place.venue,
        market: place.market,
        ledger: pda::ledger(&place.market),
        venue_market: pda::venue_market(&place.venue, &place.market),
        margin_account: *margin_account,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::CollectVenueFees {}, Vec::new())
}

/// `collect_protocol_fees`: `margin_account` is one of the group's administrator.
pub fn collect_protocol_fees(
    [group, market]: [&Pubkey; 2],
    margin_account: &Pubkey,
    quote: &MintKeys,
) -> Instruction {
    let insurance = pda::insurance(group);
    let bank = pda::bank(group, &quote.mint);
    let named = accounts::CollectProtocolFees {
        group: *group,
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
    build(named, instruction::CollectProtocolFees {}, Vec::new())
}
