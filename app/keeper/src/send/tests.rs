use anchor_lang::prelude::Pubkey;
use firebreak::error::FirebreakError;
use firebreak_client::instructions::{MintKeys, OracleRow};
use solana_keypair::Keypair;
use solana_transaction::{Hash, InstructionError, TransactionError};

use super::{
    failure::{name_in_logs, name_of, name_of_code},
    transaction::{order, sign, Context},
};
use crate::{
    plan::{Action, Intent, Job, Purpose},
    tests::fixture::{key, Fixture},
};

/// Bytes of a transaction on the wire.
const PACKET: usize = 1_232;

fn rows(count: u16) -> Vec<OracleRow> {
    (0..count)
        .map(|row| OracleRow {
            row,
            primary: Pubkey::new_unique(),
            secondary: Pubkey::new_unique(),
            third: None,
        })
        .collect()
}

fn largest_actions() -> Vec<Action> {
    let (account, market) = (Pubkey::new_unique(), Pubkey::new_unique());
    let purpose = Purpose::StartClock;
    vec![
        Action::Refresh { rows: rows(6) },
        Action::Liquidate { liquidatee: account, market, lots_max: 1, overlay: rows(4), purpose },
        Action::ResolveBankruptcy { account, markets: vec![market; 3] },
        Action::ConvertCollateral {
            liquidatee: account,
            mint: market,
            atoms_max: 1,
            overlay: rows(4),
            quote_atoms: 1,
            discount_ppm: 1,
        },
        Action::RecoverBreaker { row: 1 },
        Action::SettlePnl { account, market, row: 1, overlay: rows(4) },
        Action::RegisterDemand { account },
        Action::Fold {
            market,
            row: 1,
            venue_markets: (0..8).map(|_| Pubkey::new_unique()).collect(),
            has_committee: true,
        },
    ]
}

#[test]
fn every_kind_of_transaction_fits_a_packet_without_lookup_tables() {
    let fixture = Fixture::new();
    let quote = Some(MintKeys { mint: key(2), token_program: key(3) });
    let context = Context { config: &fixture.config, liquidator: &fixture.liquidator, quote };
    let payer = Keypair::new();
    let mut liquidator = fixture.liquidator;
    liquidator.owner = solana_signer::Signer::pubkey(&payer);
    let context = Context { liquidator: &liquidator, ..context };
    for action in largest_actions() {
        let intent = Intent { action, versions: vec![0; 6] };
        let order = order(&intent, &context).unwrap();
        let signed = sign(&order, &payer, Hash::default(), (&fixture.config, 0)).unwrap();
        // One byte counts the signatures.
        let bytes = 1 + 64 * signed.signatures.len() + signed.message_data().len();
        assert!(bytes <= PACKET, "{}: {bytes} bytes", order.job.name());
    }
}

#[test]
fn equal_actions_become_different_transactions() {
    let fixture = Fixture::new();
    let context = Context { config: &fixture.config, liquidator: &fixture.liquidator, quote: None };
    let intent = Intent { action: Action::RecoverBreaker { row: 1 }, versions: vec![0] };
    let order = order(&intent, &context).unwrap();
    let payer = Keypair::new();
    let signature = |salt| {
        let signed = sign(&order, &payer, Hash::default(), (&fixture.config, salt)).unwrap();
        signed.signatures[0]
    };
    assert_eq!(signature(1), signature(1));
    assert_ne!(signature(1), signature(2));
}

#[test]
fn a_bankruptcy_waits_for_the_quote_mint() {
    let fixture = Fixture::new();
    let context = Context { config: &fixture.config, liquidator: &fixture.liquidator, quote: None };
    let action = Action::ResolveBankruptcy { account: key(5), markets: vec![key(6)] };
    assert!(order(&Intent { action, versions: vec![0] }, &context).is_err());
}

#[test]
fn error_codes_have_the_names_of_the_program() {
    let code = u32::from(FirebreakError::LiquidatorMargin);
    let error = TransactionError::InstructionError(2, InstructionError::Custom(code));
    assert_eq!(name_of(&error), "LiquidatorMargin");
    assert_eq!(name_of_code(u32::from(FirebreakError::StaleRow)), "StaleRow");
    assert_eq!(name_of_code(u32::from(FirebreakError::BreakerStays)), "BreakerStays");
    assert_eq!(name_of_code(6_999), "Firebreak(999)");
    assert_eq!(name_of_code(3_012), "Anchor(3012)");
    assert_eq!(name_of(&TransactionError::BlockhashNotFound), "BlockhashNotFound");
}

#[test]
fn a_logged_name_is_found() {
    let line =
        "Program log: AnchorError thrown in x.rs:1. Error Code: AccountNotInitialized. Error Number: 3012.";
    let logs = ["Program x invoke [1]".to_owned(), line.to_owned()];
    assert_eq!(name_in_logs(&logs), Some("AccountNotInitialized".to_owned()));
    assert_eq!(name_in_logs(&logs[..1]), None);
}

#[test]
fn jobs_index_their_counters() {
    for (index, job) in Job::ALL.iter().enumerate() {
        assert_eq!(*job as usize, index);
    }
}
