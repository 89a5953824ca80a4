//! Instructions of a fill, and the call that reports one from a venue's program.
//!
//! ```text
//! let outcome = cpi::invoke_apply_fill(&infos, &remaining, &args, &[&[b"venue_authority", &market, &[bump]]])?;
//! if !outcome.is_admitted() { /* nothing was changed; outcome.party and outcome.reason say why */ }
//! ```

mod market;

pub use market::{collect_venue_fees_instruction, post_premium_instruction, VenueKeys};

use alloc::vec::Vec;
use solana_account_info::AccountInfo;
use solana_instruction::{AccountMeta, Instruction};
use solana_program_error::ProgramError;
use solana_pubkey::Pubkey;

use crate::{
    discriminators::{APPLY_FILL, CHECK_FILL, DISCRIMINATOR_SIZE},
    fill::{FillArgs, FillOutcome},
    pda::PROGRAM_ID,
};

/// Custom error code of a call whose return data is missing, foreign or malformed.
pub const ERROR_NO_OUTCOME: u32 = 0xf11e;

/// The named accounts of `apply_fill`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplyFillKeys {
    /// Signer: the program-derived address stored in `Venue.authority`.
    pub venue_authority: Pubkey,
    /// The group.
    pub group: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// The group's risk snapshot.
    pub snapshot: Pubkey,
    /// The venue's use of the market. Written.
    pub venue_market: Pubkey,
    /// The taker.
    pub taker: PartyKeys,
    /// Firebreak's event authority.
    pub event_authority: Pubkey,
}

/// The named accounts of `check_fill`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckFillKeys {
    /// The group.
    pub group: Pubkey,
    /// The venue.
    pub venue: Pubkey,
    /// The group's risk snapshot.
    pub snapshot: Pubkey,
    /// The venue's use of the market.
    pub venue_market: Pubkey,
    /// The taker.
    pub taker: PartyKeys,
}

/// The two accounts that a fill needs of a taker or a maker; `apply_fill` writes both, `check_fill` reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartyKeys {
    /// Margin account.
    pub margin: Pubkey,
    /// The exposure shard that the margin account names.
    pub shard: Pubkey,
}

/// The oracle accounts of one row in `FillArgs::overlay_rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OracleKeys {
    /// Primary oracle account, `Row::primary_key`.
    pub primary: Pubkey,
    /// Secondary oracle account, `Row::secondary_key`.
    pub secondary: Pubkey,
    /// Third oracle account, `Row::third_key`, where the row has one (`Row::third_kind` is not 0).
    pub third: Option<Pubkey>,
}

/// Builds `apply_fill`: one of `makers` per leg and one of `oracles` per overlay row, in the order of `args`.
/// Firebreak refuses other numbers of accounts.
pub fn apply_fill_instruction(
    keys: &ApplyFillKeys,
    makers: &[PartyKeys],
    oracles: &[OracleKeys],
    args: &FillArgs,
) -> Instruction {
    let mut accounts = Vec::with_capacity(9 + 2 * (makers.len() + oracles.len()));
    accounts.push(AccountMeta::new_readonly(keys.venue_authority, true));
    accounts.push(AccountMeta::new_readonly(keys.group, false));
    accounts.push(AccountMeta::new_readonly(keys.venue, false));
    accounts.push(AccountMeta::new_readonly(keys.snapshot, false));
    accounts.push(AccountMeta::new(keys.venue_market, false));
    accounts.push(AccountMeta::new(keys.taker.margin, false));
    accounts.push(AccountMeta::new(keys.taker.shard, false));
    accounts.push(AccountMeta::new_readonly(keys.event_authority, false));
    accounts.push(AccountMeta::new_readonly(PROGRAM_ID, false));
    for maker in makers {
        accounts.push(AccountMeta::new(maker.margin, false));
        accounts.push(AccountMeta::new(maker.shard, false));
    }
    push_oracles(&mut accounts, oracles);
    Instruction { program_id: PROGRAM_ID, accounts, data: fill_data(APPLY_FILL, args) }
}

/// Builds `check_fill`: one of `makers` per leg and one of `oracles` per overlay row, as for `apply_fill`.
pub fn check_fill_instruction(
    keys: &CheckFillKeys,
    makers: &[PartyKeys],
    oracles: &[OracleKeys],
    args: &FillArgs,
) -> Instruction {
    let mut accounts = Vec::with_capacity(6 + 2 * (makers.len() + oracles.len()));
    accounts.push(AccountMeta::new_readonly(keys.group, false));
    accounts.push(AccountMeta::new_readonly(keys.venue, false));
    accounts.push(AccountMeta::new_readonly(keys.snapshot, false));
    accounts.push(AccountMeta::new_readonly(keys.venue_market, false));
    for party in core::iter::once(&keys.taker).chain(makers) {
        accounts.push(AccountMeta::new_readonly(party.margin, false));
        accounts.push(AccountMeta::new_readonly(party.shard, false));
    }
    push_oracles(&mut accounts, oracles);
    Instruction { program_id: PROGRAM_ID, accounts, data: fill_data(CHECK_FILL, args) }
}

fn push_oracles(accounts: &mut Vec<AccountMeta>, oracles: &[OracleKeys]) {
    for row in oracles {
        accounts.push(AccountMeta::new_readonly(row.primary, false));
        accounts.push(AccountMeta::new_readonly(row.secondary, false));
        accounts.extend(row.third.map(|third| AccountMeta::new_readonly(third, false)));
    }
}

fn fill_data(discriminator: [u8; DISCRIMINATOR_SIZE], args: &FillArgs) -> Vec<u8> {
    let mut data = Vec::with_capacity(DISCRIMINATOR_SIZE + size_of::<FillArgs>());
    data.extend_from_slice(&discriminator);
    data.extend_from_slice(bytemuck::bytes_of(args));
    data
}

/// The named accounts of `apply_fill`, as a venue's program received them.
#[derive(Clone, Copy)]
pub struct ApplyFillInfos<'a, 'info> {
    /// Signs by the seeds given to the call.
    pub venue_authority: &'a AccountInfo<'info>,
    /// The group.
    pub group: &'a AccountInfo<'info>,
    /// The venue.
    pub venue: &'a AccountInfo<'info>,
    /// The group's risk snapshot.
    pub snapshot: &'a AccountInfo<'info>,
    /// The venue's use of the market.
    pub venue_market: &'a AccountInfo<'info>,
    /// The taker's margin account.
    pub taker_margin: &'a AccountInfo<'info>,
    /// The taker's exposure shard.
    pub taker_shard: &'a AccountInfo<'info>,
    /// Firebreak's event authority.
    pub event_authority: &'a AccountInfo<'info>,
    /// Firebreak.
    pub program: &'a AccountInfo<'info>,
}

/// Reports a fill. `remaining`: margin account and shard per leg, then primary and secondary oracle per overlay row.
///
/// A refusal is `Ok`: look at [`FillOutcome::is_admitted`] before booking the trade.
///
/// # Errors
/// `IncorrectProgramId` when `infos.program` is not Firebreak, `NotEnoughAccountKeys` when `remaining` does not
/// match the counts in `args`, `Custom(ERROR_NO_OUTCOME)` when the return data is not Firebreak's. Errors of
/// Firebreak itself end the transaction and are never seen here.
pub fn invoke_apply_fill<'info>(
    infos: &ApplyFillInfos<'_, 'info>,
    remaining: &[AccountInfo<'info>],
    args: &FillArgs,
    signer_seeds: &[&[&[u8]]],
) -> Result<FillOutcome, ProgramError> {
    if *infos.program.key != PROGRAM_ID {
        return Err(ProgramError::IncorrectProgramId);
    }
    let (legs, overlays) = (args.legs().len(), args.overlay_rows().len());
    let (makers, oracles) = remaining.split_at_checked(2 * legs).ok_or(ProgramError::NotEnoughAccountKeys)?;
    // Two or three accounts per row; Firebreak knows how many each row has.
    if !(2 * overlays..=3 * overlays).contains(&oracles.len()) {
        return Err(ProgramError::NotEnoughAccountKeys);
    }
    let mut instruction = apply_fill_instruction(&infos.keys(), &makers_of(makers), &[], args);
    let metas = oracles.iter().map(|info| AccountMeta::new_readonly(*info.key, false));
    instruction.accounts.extend(metas);
    solana_cpi::invoke_signed(&instruction, &infos.with_remaining(remaining), signer_seeds)?;
    take_outcome()
}

impl<'info> ApplyFillInfos<'_, 'info> {
    fn keys(&self) -> ApplyFillKeys {
        ApplyFillKeys {
            venue_authority: *self.venue_authority.key,
            group: *self.group.key,
            venue: *self.venue.key,
            snapshot: *self.snapshot.key,
            venue_market: *self.venue_market.key,
            taker: PartyKeys { margin: *self.taker_margin.key, shard: *self.taker_shard.key },
            event_authority: *self.event_authority.key,
        }
    }

    fn with_remaining(&self, remaining: &[AccountInfo<'info>]) -> Vec<AccountInfo<'info>> {
        let mut infos = Vec::with_capacity(9 + remaining.len());
        infos.push(self.venue_authority.clone());
        infos.push(self.group.clone());
        infos.push(self.venue.clone());
        infos.push(self.snapshot.clone());
        infos.push(self.venue_market.clone());
        infos.push(self.taker_margin.clone());
        infos.push(self.taker_shard.clone());
        infos.push(self.event_authority.clone());
        infos.push(self.program.clone());
        infos.extend_from_slice(remaining);
        infos
    }
}

fn makers_of(infos: &[AccountInfo<'_>]) -> Vec<PartyKeys> {
    let pairs = infos.chunks_exact(2);
    pairs.map(|pair| PartyKeys { margin: *pair[0].key, shard: *pair[1].key }).collect()
}

/// Reads the outcome of the call that just ended. Any later call overwrites it.
///
/// SECURITY: return data carries the id of the program that set it. Without that check a program that Firebreak
/// does not know could tell a venue that its fill was admitted.
fn take_outcome() -> Result<FillOutcome, ProgramError> {
    let missing = ProgramError::Custom(ERROR_NO_OUTCOME);
    let (program, data) = solana_cpi::get_return_data().ok_or(missing.clone())?;
    outcome_of(&program, &data).ok_or(missing)
}

fn outcome_of(program: &Pubkey, data: &[u8]) -> Option<FillOutcome> {
    if *program != PROGRAM_ID {
        return None;
    }
    FillOutcome::from_return_data(data)
}

#[cfg(test)]
mod tests;
