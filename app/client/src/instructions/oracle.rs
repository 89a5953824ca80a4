//! Builders of cranks on the snapshot.

use anchor_lang::prelude::Pubkey;
use firebreak::{accounts, instruction};
use solana_instruction::Instruction;

use super::{instruction as build, oracle_metas, OracleRow};
use crate::pda;

/// `refresh`: reads one to eight rows from their oracle accounts into the snapshot.
pub fn refresh(group: &Pubkey, rows: &[OracleRow]) -> Instruction {
    let named = accounts::Refresh {
        snapshot: pda::snapshot(group),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    let data = instruction::Refresh { rows: rows.iter().map(|row| row.row).collect() };
    build(named, data, oracle_metas(rows))
}

/// `recover_breaker`: takes the breaker of a market back to normal when it may.
pub fn recover_breaker(group: &Pubkey, row: u16) -> Instruction {
    let named = accounts::RecoverBreaker {
        snapshot: pda::snapshot(group),
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    build(named, instruction::RecoverBreaker { row }, Vec::new())
}
