//! Deploying through the upgradeable loader: buffer, writes, deploy or upgrade, and a look at what is there then.
//!
//! Writing is a loop over "read the buffer, write what differs", so lost transactions, a lost connection and an
//! earlier run that stopped half way are all the same case.

mod state;

use anchor_lang::prelude::Pubkey;
use anyhow::{bail, ensure, Context, Result};
use serde_json::json;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_loader_v3_interface::{
    get_program_data_address, instruction as loader, state::UpgradeableLoaderState,
};
use solana_signer::Signer;

use crate::chain::{require_balance, Chain};
pub use state::ProgramData;

/// Bytes of program code in one transaction: with both compute budget instructions it just fits a packet.
pub const CHUNK: usize = 940;
/// Writes sent together before they are looked at.
const BATCH: usize = 64;
/// Times that the buffer is compared and mended before the attempt is given up.
const ROUNDS_MAX: usize = 20;
/// Smallest extension that newer clusters accept, in bytes.
const EXTENSION_MIN: usize = 10_240;
/// Hex halves the size of what one request carries: 8 MiB are below surfpool's limit of 15 MiB.
const CHEAT_CHUNK: usize = 4 << 20;
/// Fees of all transactions together, in lamports, on the safe side.
const FEES: u64 = 50_000_000;

/// What is to be deployed.
pub struct Target {
    /// The program's address.
    pub id: Pubkey,
    /// The compiled program.
    pub code: Vec<u8>,
    /// Bytes to reserve for later versions, if that is more than the code.
    pub max_len: usize,
    /// A buffer of an earlier run.
    pub buffer: Option<Pubkey>,
}

/// What has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// The same code is there.
    Nothing,
    /// No program is there.
    Create {
        /// Bytes to reserve.
        max_len: usize,
    },
    /// Other code is there.
    Upgrade {
        /// Bytes by which the program's data has to grow first. 0: it is long enough.
        extend_by: usize,
    },
}

impl Plan {
    /// True when the program's own key has to sign.
    pub fn needs_program_key(&self) -> bool {
        matches!(self, Plan::Create { .. })
    }

    /// The plan for people.
    pub fn describe(&self, target: &Target) -> Vec<String> {
        let length = target.code.len();
        let writes = length.div_ceil(CHUNK);
        match self {
            Plan::Nothing => vec![format!("{}: the same {length} bytes are deployed already", target.id)],
            Plan::Create { max_len } => vec![
                format!("{}: create a buffer, write {length} bytes in {writes} transactions", target.id),
                format!("{}: deploy with room for {max_len} bytes", target.id),
            ],
            Plan::Upgrade { extend_by } => {
                let mut lines = Vec::new();
                if *extend_by > 0 {
                    lines.push(format!("{}: extend the program's data by {extend_by} bytes", target.id));
                }
                let id = target.id;
                lines.push(format!("{id}: create a buffer, write {length} bytes in {writes} transactions"));
                lines.push(format!("{id}: upgrade"));
                lines
            }
        }
    }
}

/// Looks at the chain and decides.
///
/// # Errors
/// When something that is no upgradeable program stands at the address, or somebody else may upgrade it.
pub async fn plan(chain: &Chain, target: &Target) -> Result<Plan> {
    ensure!(!target.code.is_empty(), "the compiled program is empty");
    let Some(deployed) = ProgramData::read(chain, &target.id).await? else {
        return Ok(Plan::Create { max_len: target.max_len.max(target.code.len()) });
    };
    if deployed.holds(&target.code) {
        return Ok(Plan::Nothing);
    }
    match deployed.authority {
        Some(authority) if authority == chain.payer() => {}
        Some(authority) => {
            bail!("{} can be upgraded only by {authority}, not by {}", target.id, chain.payer())
        }
        None => bail!("{} can no longer be upgraded", target.id),
    }
    let missing = target.max_len.max(target.code.len()).saturating_sub(deployed.code.len());
    let extend_by = if missing == 0 { 0 } else { missing.max(EXTENSION_MIN) };
    Ok(Plan::Upgrade { extend_by })
}

/// Carries a plan out and verifies the result.
///
/// # Errors
/// When a transaction fails or does not land, or when the deployed bytes are not those of the file.
pub async fn execute(
    chain: &Chain,
    target: &Target,
    plan: &Plan,
    program_key: Option<&Keypair>,
    say: impl Fn(&str),
) -> Result<()> {
    match plan {
        Plan::Nothing => return Ok(()),
        Plan::Create { max_len } => {
            let key = program_key.context("the program's key is missing")?;
            ensure!(key.pubkey() == target.id, "the program's key is not that of {}", target.id);
            let buffer = fill_buffer(chain, target, &say).await?;
            let rent = chain.rent(UpgradeableLoaderState::size_of_program()).await?;
            let authority = chain.payer();
            let all = loader::deploy_with_max_program_len(
                &authority, &target.id, &buffer, &authority, rent, *max_len,
            );
            chain.land("deploying", &all.context("building the deployment")?, &[key]).await?;
        }
        Plan::Upgrade { extend_by } => {
            if *extend_by > 0 {
                let bytes = u32::try_from(*extend_by).context("the program is too long")?;
                let extend = loader::extend_program(&target.id, Some(&chain.payer()), bytes);
                chain.land("extending", &[extend], &[]).await?;
            }
            let buffer = fill_buffer(chain, target, &say).await?;
            let authority = chain.payer();
            let upgrade = loader::upgrade(&target.id, &buffer, &authority, &authority);
            chain.land("upgrading", &[upgrade], &[]).await?;
        }
    }
    verify(chain, target).await?;
    say(&format!("{}: deployed and verified, {} bytes", target.id, target.code.len()));
    Ok(())
}

/// Fails unless exactly the target's code is deployed.
async fn verify(chain: &Chain, target: &Target) -> Result<()> {
    let deployed = ProgramData::read(chain, &target.id).await?;
    let deployed = deployed.with_context(|| format!("{} does not exist after its deployment", target.id))?;
    ensure!(deployed.holds(&target.code), "the bytes deployed at {} are not those of the file", target.id);
    Ok(())
}

/// A buffer that holds the code.
async fn fill_buffer(chain: &Chain, target: &Target, say: &impl Fn(&str)) -> Result<Pubkey> {
    let buffer = match target.buffer {
        Some(buffer) => buffer,
        None => create_buffer(chain, target).await?,
    };
    say(&format!("buffer {buffer}; if this stops, continue with --buffer {buffer}"));
    for _ in 0..ROUNDS_MAX {
        let account = chain.account(&buffer).await?;
        let data = account.with_context(|| format!("there is no buffer {buffer}"))?.data;
        let written = data.get(UpgradeableLoaderState::size_of_buffer_metadata()..).unwrap_or_default();
        ensure!(written.len() >= target.code.len(), "buffer {buffer} is too short for this program");
        let writes = missing_writes(&target.code, written, &buffer, &chain.payer())?;
        if writes.is_empty() {
            return Ok(buffer);
        }
        say(&format!("{} of {} parts to write", writes.len(), target.code.len().div_ceil(CHUNK)));
        for batch in writes.chunks(BATCH) {
            chain.send_batch(batch.to_vec()).await?;
        }
    }
    bail!("buffer {buffer} is still incomplete after {ROUNDS_MAX} rounds; continue with --buffer {buffer}")
}

async fn create_buffer(chain: &Chain, target: &Target) -> Result<Pubkey> {
    let length = target.code.len();
    let rent = chain.rent(UpgradeableLoaderState::size_of_buffer(length)).await?;
    let reserved =
        chain.rent(UpgradeableLoaderState::size_of_programdata(target.max_len.max(length))).await?;
    // The buffer's rent comes back when it is deployed, but both are there for a moment.
    require_balance(chain.balance().await?, rent.saturating_add(reserved).saturating_add(FEES))?;
    // Only its creation takes the buffer's key; everything later is signed by the authority.
    let key = Keypair::new();
    let create = loader::create_buffer(&chain.payer(), &key.pubkey(), &chain.payer(), rent, length);
    let create = create.context("building the buffer")?;
    chain.land("creating a buffer", &create, &[&key]).await?;
    Ok(key.pubkey())
}

/// Writes of every part of the code that the buffer does not hold yet.
fn missing_writes(
    code: &[u8],
    written: &[u8],
    buffer: &Pubkey,
    authority: &Pubkey,
) -> Result<Vec<Instruction>> {
    let mut writes = Vec::new();
    for (index, part) in code.chunks(CHUNK).enumerate() {
        let start = index * CHUNK;
        if written.get(start..start + part.len()) == Some(part) {
            continue;
        }
        let offset = u32::try_from(start).context("the program is too long")?;
        writes.push(loader::write(buffer, authority, offset, part.to_vec()));
    }
    Ok(writes)
}

/// Writes the program through the node itself. Nobody signs for the program's address, so this works for an address
/// whose key nobody has; a real cluster has no such method.
///
/// # Errors
/// When the node is no surfpool chain, or when the deployed bytes are not those of the file.
pub async fn cheat(chain: &Chain, target: &Target, dry_run: bool, say: impl Fn(&str)) -> Result<()> {
    let id = target.id.to_string();
    let deployed = ProgramData::read(chain, &target.id).await?;
    if deployed.is_some_and(|deployed| deployed.holds(&target.code)) {
        say(&format!("{id}: the same {} bytes are deployed already", target.code.len()));
        return Ok(());
    }
    say(&format!("{id}: write {} bytes through surfnet_writeProgram, without its key", target.code.len()));
    if dry_run {
        return Ok(());
    }
    let authority = chain.payer().to_string();
    for (index, part) in target.code.chunks(CHEAT_CHUNK).enumerate() {
        let params = json!([id, hex::encode(part), index * CHEAT_CHUNK, authority]);
        chain.node_call("surfnet_writeProgram", params).await?;
    }
    verify(chain, target).await?;
    say(&format!("{id}: written and verified; on this local chain only"));
    Ok(())
}

/// Address of the account that holds a program's code.
pub fn program_data_key(id: &Pubkey) -> Pubkey {
    get_program_data_address(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(code: &[u8], written: &[u8]) -> Vec<u32> {
        let keys = [Pubkey::new_unique(), Pubkey::new_unique()];
        let writes = missing_writes(code, written, &keys[0], &keys[1]).unwrap();
        // Tag of four bytes, then the offset.
        writes.iter().map(|write| u32::from_le_bytes(write.data[4..8].try_into().unwrap())).collect()
    }

    #[test]
    fn only_parts_that_differ_are_written() {
        let chunk = u32::try_from(CHUNK).unwrap();
        let code: Vec<u8> = (0..2 * CHUNK + 5).map(|byte| (byte % 251) as u8).collect();
        assert_eq!(offsets(&code, &vec![0; code.len()]), [0, chunk, 2 * chunk]);
        assert!(offsets(&code, &code).is_empty());
        // A buffer may be longer than the code: of an earlier, longer version.
        let mut written = code.clone();
        written.resize(code.len() + CHUNK, 9);
        assert!(offsets(&code, &written).is_empty());
        written[CHUNK] ^= 1;
        assert_eq!(offsets(&code, &written), [chunk]);
        written[2 * CHUNK + 4] ^= 1;
        assert_eq!(offsets(&code, &written), [chunk, 2 * chunk]);
    }

    #[test]
    fn a_plan_says_what_it_would_send() {
        let id = Pubkey::new_unique();
        let target = Target { id, code: vec![1; CHUNK + 1], max_len: 0, buffer: None };
        let create = Plan::Create { max_len: 2_000 }.describe(&target);
        assert_eq!(create[0], format!("{id}: create a buffer, write 941 bytes in 2 transactions"));
        assert_eq!(create[1], format!("{id}: deploy with room for 2000 bytes"));
        assert!(Plan::Create { max_len: 0 }.needs_program_key());
        assert_eq!(Plan::Upgrade { extend_by: 10_240 }.describe(&target).len(), 3);
        assert!(!Plan::Upgrade { extend_by: 0 }.needs_program_key());
    }
}
