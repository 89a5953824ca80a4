//! Sending an event.

use anchor_lang::{
    event::EVENT_IX_TAG_LE,
    prelude::*,
    solana_program::{instruction::Instruction, program::invoke_signed},
    Discriminator,
};

/// Bytes that hold nearly every event, so that writing one does not move it.
const EVENT_CAPACITY: usize = 640;
/// Seed of the event authority, as Anchor derives it.
const EVENT_AUTHORITY_SEED: &[u8] = b"__event_authority";

/// Emits an event the way Anchor's `emit_cpi!` does: the program invokes itself with the event as data, so that no log
/// limit can cut it. Writes it once, where the macro copies it byte by byte and repeats all this in each instruction.
///
/// # Errors
/// Those of the serialization and the invocation; neither happens.
pub fn emit<'info, E: AnchorSerialize + Discriminator>(
    authority: &impl AsRef<AccountInfo<'info>>,
    event: &E,
) -> Result<()> {
    let mut data = Vec::with_capacity(EVENT_CAPACITY);
    data.extend_from_slice(EVENT_IX_TAG_LE);
    data.extend_from_slice(E::DISCRIMINATOR);
    event.serialize(&mut data)?;
    send(authority.as_ref(), data)
}

fn send(authority: &AccountInfo, data: Vec<u8>) -> Result<()> {
    let accounts = vec![AccountMeta::new_readonly(*authority.key, true)];
    let instruction = Instruction { program_id: crate::ID, accounts, data };
    let seeds: &[&[u8]] = &[EVENT_AUTHORITY_SEED, &[crate::EVENT_AUTHORITY_AND_BUMP.1]];
    invoke_signed(&instruction, core::slice::from_ref(authority), &[seeds]).map_err(Into::into)
}
