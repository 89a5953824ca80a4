//! One builder per instruction. Each knows the program's rules about remaining accounts, so that callers name what
//! they mean instead of listing accounts.

mod admin;
mod change;
mod committee;
mod insurance;
mod liquidation;
mod margin;
mod market;
mod oracle;
mod stake;
mod venue;

pub use admin::*;
pub use change::*;
pub use committee::*;
pub use insurance::*;
pub use liquidation::*;
pub use margin::*;
pub use market::*;
pub use oracle::*;
pub use stake::*;
pub use venue::*;

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    InstructionData, ToAccountMetas,
};
use firebreak::{engine::rows::OVERLAY_MAX, instructions::OverlayArgs, state::Row};
use solana_instruction::Instruction;

use crate::ClientError;

/// A row with its oracle accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OracleRow {
    /// Position of the row in the snapshot.
    pub row: u16,
    /// Address of the primary oracle account.
    pub primary: Pubkey,
    /// Address of the secondary oracle account.
    pub secondary: Pubkey,
    /// Address of the third oracle account, where the row has one.
    pub third: Option<Pubkey>,
}

/// Rows that an instruction reads from their oracle accounts instead of the snapshot; at most four.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    rows: Vec<OracleRow>,
}

/// A mint and the program that manages its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MintKeys {
    /// The mint.
    pub mint: Pubkey,
    /// SPL Token or Token-2022.
    pub token_program: Pubkey,
}

impl From<&Row> for OracleRow {
    fn from(row: &Row) -> Self {
        let third = (row.source_count() > 2).then_some(row.third_key);
        Self { row: row.index, primary: row.primary_key, secondary: row.secondary_key, third }
    }
}

impl Overlay {
    /// Overlays these rows.
    ///
    /// # Errors
    /// `TooManyOverlayRows` beyond what one instruction takes.
    pub fn new(rows: &[OracleRow]) -> Result<Self, ClientError> {
        if rows.len() > OVERLAY_MAX {
            return Err(ClientError::TooManyOverlayRows { count: rows.len(), max: OVERLAY_MAX });
        }
        Ok(Self { rows: rows.to_vec() })
    }

    /// Overlays nothing.
    pub fn none() -> Self {
        Self::default()
    }

    fn args(&self) -> OverlayArgs {
        let (rows, count) = self.indices();
        OverlayArgs { rows, count }
    }

    fn indices(&self) -> ([u16; OVERLAY_MAX], u8) {
        let mut indices = [0; OVERLAY_MAX];
        let mut count = 0;
        for (index, row) in indices.iter_mut().zip(&self.rows) {
            *index = row.row;
            count += 1;
        }
        (indices, count)
    }

    fn metas(&self) -> Vec<AccountMeta> {
        oracle_metas(&self.rows)
    }
}

/// Oracle accounts of each row, in the order of its sources.
fn oracle_metas(rows: &[OracleRow]) -> Vec<AccountMeta> {
    let keys = rows.iter().flat_map(|row| [Some(row.primary), Some(row.secondary), row.third]);
    keys.flatten().map(|key| AccountMeta::new_readonly(key, false)).collect()
}

fn instruction(
    named: impl ToAccountMetas,
    data: impl InstructionData,
    remaining: Vec<AccountMeta>,
) -> Instruction {
    let mut accounts = named.to_account_metas(None);
    accounts.extend(remaining);
    Instruction { program_id: firebreak::ID, accounts, data: data.data() }
}

#[cfg(test)]
mod tests;
