//! Names of errors: the program's own where they are the program's.

use firebreak::error::FirebreakError as E;
use solana_rpc_client_api::client_error::ErrorKind;
use solana_rpc_client_api::{
    client_error::Error as RpcClientError,
    request::{RpcError, RpcResponseErrorData},
};
use solana_transaction::{InstructionError, TransactionError};

use crate::error::KeeperError;

/// Anchor adds this to the numbers of a program's errors.
const PROGRAM_ERROR_BASE: u32 = anchor_lang::error::ERROR_CODE_OFFSET;

/// Errors of the program that a keeper can meet. Others are shown by number.
const KNOWN: &[E] = &[
    E::MathOverflow,
    E::PriceOutOfRange,
    E::SnapshotMalformed,
    E::ShardMalformed,
    E::ShardInconsistent,
    E::WrongGroup,
    E::NewerVersion,
    E::DuplicateAccount,
    E::RemainingAccounts,
    E::NoSuchRow,
    E::GroupNotActive,
    E::ShardsMissing,
    E::RefreshRows,
    E::OracleKey,
    E::RowWithoutOracle,
    E::StaleRow,
    E::VerdictRefuses,
    E::NotOwner,
    E::CollateralSlotsFull,
    E::PositionSlotsFull,
    E::InsufficientCollateral,
    E::ZeroAmount,
    E::VaultMismatch,
    E::InLiquidation,
    E::NoPosition,
    E::WrongShard,
    E::SelfLiquidation,
    E::LiquidatorMargin,
    E::QuoteNotConvertible,
    E::NotLiquidatorOwner,
    E::PositionsRemain,
    E::CollateralRemains,
    E::NotBankrupt,
    E::OppositeSideEmpty,
];

/// Name of a custom error code of the program.
pub fn name_of_code(code: u32) -> String {
    if code == u32::from(E::BreakerStays) {
        return E::BreakerStays.name();
    }
    let known = KNOWN.iter().find(|error| u32::from(**error) == code);
    known.map_or_else(
        || match code.checked_sub(PROGRAM_ERROR_BASE) {
            Some(number) => format!("Firebreak({number})"),
            None => format!("Anchor({code})"),
        },
        |error| error.name(),
    )
}

/// Name of a transaction's error.
pub fn name_of(error: &TransactionError) -> String {
    match error {
        TransactionError::InstructionError(_, InstructionError::Custom(code)) => name_of_code(*code),
        TransactionError::InstructionError(_, error) => format!("{error:?}"),
        error => format!("{error:?}"),
    }
}

/// The name that Anchor logged, which covers every program in the transaction.
pub fn name_in_logs(logs: &[String]) -> Option<String> {
    const MARK: &str = "Error Code: ";
    logs.iter().find_map(|line| {
        let (_, rest) = line.split_once(MARK)?;
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        (!name.is_empty()).then_some(name)
    })
}

/// Name of a request's error; of the transaction's if that is why the request failed.
pub fn name_of_rpc_error(error: &RpcClientError) -> String {
    let logs = match error.kind() {
        ErrorKind::RpcError(RpcError::RpcResponseError {
            data: RpcResponseErrorData::SendTransactionPreflightFailure(simulated),
            ..
        }) => simulated.logs.as_deref().unwrap_or_default(),
        _ => &[],
    };
    let of_transaction = || error.kind().get_transaction_error().map(|error| name_of(&error));
    name_in_logs(logs).or_else(of_transaction).unwrap_or_else(|| "Rpc".to_owned())
}

/// True when the node does not know the blockhash, so that a new one is needed.
pub fn is_blockhash_unknown(error: &RpcClientError) -> bool {
    error.kind().get_transaction_error() == Some(TransactionError::BlockhashNotFound)
}

/// Name of an error on the way to the node.
pub fn name_of_keeper_error(error: &KeeperError) -> String {
    match error {
        KeeperError::Rpc(_) => "Rpc".to_owned(),
        KeeperError::Transaction(message) => format!("Transaction({message})"),
        other => other.to_string(),
    }
}
