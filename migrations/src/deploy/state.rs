//! What the upgradeable loader has stored about a program, read by offset.

use anchor_lang::prelude::Pubkey;
use anyhow::{bail, ensure, Context, Result};
use solana_loader_v3_interface::state::UpgradeableLoaderState;

use super::program_data_key;
use crate::chain::Chain;

/// Tags of the loader's accounts, four bytes little-endian.
const PROGRAM: u32 = 2;
const PROGRAM_DATA: u32 = 3;
/// Offset of the byte that says whether an authority follows: after the tag and the slot.
const HAS_AUTHORITY: usize = 12;
const AUTHORITY: usize = 13;
/// The loader itself.
const LOADER: Pubkey = anchor_lang::pubkey!("BPFLoaderUpgradeab1e11111111111111111111111");

/// A deployed program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramData {
    /// Who may upgrade it; `None`: nobody.
    pub authority: Option<Pubkey>,
    /// Its code, followed by zeros up to the reserved length.
    pub code: Vec<u8>,
}

impl ProgramData {
    /// The program at `id`; `None` when there is no account.
    ///
    /// # Errors
    /// When another kind of account stands there, or the program was closed.
    pub async fn read(chain: &Chain, id: &Pubkey) -> Result<Option<Self>> {
        let Some(program) = chain.account(id).await? else {
            return Ok(None);
        };
        ensure!(
            program.owner == LOADER,
            "{id} is not an upgradeable program but belongs to {}",
            program.owner
        );
        ensure!(tag(&program.data) == Some(PROGRAM), "{id} is an account of the loader, but not a program");
        let key = program_data_key(id);
        let Some(account) = chain.account(&key).await? else {
            bail!("{id} was closed; its address cannot be used again");
        };
        Self::decode(&account.data).map(Some).with_context(|| format!("{key} holds no program's data"))
    }

    fn decode(data: &[u8]) -> Result<Self> {
        ensure!(tag(data) == Some(PROGRAM_DATA), "the account has another tag");
        let authority = match data.get(HAS_AUTHORITY) {
            Some(0) => None,
            Some(1) => {
                let key = data.get(AUTHORITY..AUTHORITY + 32).context("the account is too short")?;
                Some(Pubkey::try_from(key).context("a key has 32 bytes")?)
            }
            _ => bail!("the account is too short"),
        };
        let code = data.get(UpgradeableLoaderState::size_of_programdata_metadata()..);
        Ok(Self { authority, code: code.context("the account is too short")?.to_vec() })
    }

    /// True when exactly this code is deployed: the rest of the reserved room is zero.
    pub fn holds(&self, code: &[u8]) -> bool {
        self.code.strip_prefix(code).is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
    }
}

fn tag(data: &[u8]) -> Option<u32> {
    data.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(has_authority: u8, code: &[u8]) -> Vec<u8> {
        let mut data = vec![3, 0, 0, 0];
        data.extend_from_slice(&77u64.to_le_bytes());
        data.push(has_authority);
        data.extend_from_slice(&[5; 32]);
        data.extend_from_slice(code);
        data
    }

    #[test]
    fn authority_and_code_are_read_at_their_offsets() {
        let data = ProgramData::decode(&account(1, &[1, 2, 0, 0])).unwrap();
        assert_eq!(data.authority, Some(Pubkey::new_from_array([5; 32])));
        assert!(data.holds(&[1, 2]) && data.holds(&[1, 2, 0]));
        assert!(!data.holds(&[1]) && !data.holds(&[1, 3]) && !data.holds(&[1, 2, 0, 0, 0]));
        assert_eq!(ProgramData::decode(&account(0, &[1])).unwrap().authority, None);
    }

    #[test]
    fn short_and_foreign_data_is_refused() {
        let whole = account(1, &[]);
        for length in 0..whole.len() {
            assert!(ProgramData::decode(&whole[..length]).is_err(), "{length} bytes");
        }
        let mut foreign = whole;
        foreign[0] = 1;
        assert!(ProgramData::decode(&foreign).is_err());
    }
}
