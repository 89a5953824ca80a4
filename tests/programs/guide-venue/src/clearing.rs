//! What a venue does around `apply_fill`.
//!
//! A region from `// guide: NAME` to `// guide: end` belongs to the snippet of that name in `docs/INTEGRATION.md`;
//! regions of one name follow each other there, separated by blank lines. Change both or the test of the guide fails.

use firebreak_interface::fill::FillLeg;
use solana_account_info::AccountInfo;
use solana_program_error::{ProgramError, ProgramResult};
use solana_pubkey::Pubkey;

use crate::instruction::Trade;

// guide: check an account
use firebreak_interface::{
    layout::{MarginAccount, View},
    pda::PROGRAM_ID,
};
// guide: end

// guide: report a fill
use firebreak_interface::{
    cpi::{invoke_apply_fill, ApplyFillInfos},
    fill::FillArgs,
};
// guide: end

/// The venue's own record: lots and quote atoms traded so far, eight bytes each.
struct Book<'a, 'info>(&'a AccountInfo<'info>);

impl Book<'_, '_> {
    fn add(&self, lots: u64, notional_atoms: u64) -> ProgramResult {
        let mut data = self.0.try_borrow_mut_data()?;
        for (total, more) in data.as_chunks_mut::<8>().0.iter_mut().zip([lots, notional_atoms]) {
            let sum = u64::from_le_bytes(*total).checked_add(more).ok_or(ProgramError::ArithmeticOverflow)?;
            *total = sum.to_le_bytes();
        }
        Ok(())
    }
}

// guide: check an account
/// True while the margin account exists. A closed one belongs to Firebreak no longer.
fn is_open(margin: &AccountInfo) -> bool {
    let data = margin.try_borrow_data();
    *margin.owner == PROGRAM_ID && data.is_ok_and(|data| View::<MarginAccount>::new(&data).is_ok())
}

/// True when the owner of the margin account signed.
fn is_signed_by_owner(margin: &AccountInfo, signer: &AccountInfo) -> bool {
    let Ok(data) = margin.try_borrow_data() else { return false };
    let owner = View::<MarginAccount>::new(&data).map(|account| account.owner());
    *margin.owner == PROGRAM_ID && signer.is_signer && owner == Ok(signer.key.to_bytes())
}
// guide: end

/// A taker buys from resting orders. Accounts: those of `apply_fill` up to Firebreak, the taker's owner (signs), the
/// venue's book (writable), then margin account and shard of each order's maker.
///
/// # Errors
/// `NotEnoughAccountKeys`, `IllegalOwner` for a foreign book, `MissingRequiredSignature`, those of `apply_fill`. A
/// refusal is none: Firebreak's answer stays behind as return data, and the book is as it was.
pub fn trade(program_id: &Pubkey, accounts: &[AccountInfo], trade: &Trade) -> ProgramResult {
    let missing = ProgramError::NotEnoughAccountKeys;
    let (named, rest) = accounts.split_first_chunk::<9>().ok_or(missing.clone())?;
    let ([owner, book], makers) = rest.split_first_chunk::<2>().ok_or(missing)?;
    let [venue_authority, group, venue, snapshot, venue_market, taker_margin, taker_shard, event_authority, program] =
        named;
    if book.owner != program_id {
        return Err(ProgramError::IllegalOwner);
    }
    if !is_signed_by_owner(taker_margin, owner) {
        return Err(ProgramError::MissingRequiredSignature);
    }
    let infos = ApplyFillInfos {
        venue_authority,
        group,
        venue,
        snapshot,
        venue_market,
        taker_margin,
        taker_shard,
        event_authority,
        program,
    };
    clear(&infos, makers, trade, &Book(book))
}

/// A share of an order's notional, in quote atoms, rounded down: a venue may not charge more than the bound.
fn fee_floor(order: &FillLeg, ppm: u32) -> Result<u64, ProgramError> {
    let notional_atoms = u128::from(order.lots) * u128::from(order.price_atoms);
    let fee_atoms =
        notional_atoms.checked_mul(ppm.into()).ok_or(ProgramError::ArithmeticOverflow)? / 1_000_000;
    u64::try_from(fee_atoms).map_err(|_| ProgramError::ArithmeticOverflow)
}

/// Reports the fill with every maker whose account still exists, and books it if it was admitted.
fn clear<'info>(
    infos: &ApplyFillInfos<'_, 'info>,
    makers: &[AccountInfo<'info>],
    trade: &Trade,
    book: &Book,
) -> ProgramResult {
    let (makers, []) = makers.as_chunks::<2>() else { return Err(ProgramError::NotEnoughAccountKeys) };
    if makers.len() != trade.orders.len() {
        return Err(ProgramError::NotEnoughAccountKeys);
    }
    let (taker_fee_ppm, authority_bump) = (trade.taker_fee_ppm, trade.authority_bump);
    let mut orders: Vec<_> = trade.orders.iter().zip(makers).collect();
    // guide: report a fill
    // An order whose maker has closed its account would make the call fail.
    orders.retain(|(_, [margin, _])| is_open(margin));
    if orders.is_empty() {
        return Ok(());
    }
    // The taker buys from each maker at that maker's price. A maker's negative fee is a rebate, out of the taker's fee.
    let mut args = FillArgs { taker_is_buyer: 1, ..FillArgs::default() };
    // Margin account and shard per leg, then the oracle accounts of each overlay row.
    let mut remaining = Vec::new();
    for (leg, (order, maker)) in args.legs.iter_mut().zip(&orders) {
        *leg = **order;
        remaining.extend_from_slice(*maker);
        args.leg_count += 1;
        args.taker_fee_atoms += fee_floor(order, taker_fee_ppm)?;
    }
    let seeds: &[&[u8]] = &[b"venue_authority", &[authority_bump]];
    let outcome = invoke_apply_fill(infos, &remaining, &args, &[seeds])?;
    if outcome.is_admitted() {
        book.add(outcome.lots, outcome.notional_atoms)?;
    }
    // Otherwise nothing was changed. outcome.party, outcome.reason and outcome.row say why.
    // guide: end
    Ok(())
}
