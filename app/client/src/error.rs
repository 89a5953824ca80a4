//! What can go wrong between bytes and decisions.

use anchor_lang::prelude::Pubkey;

/// Errors of this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The account is of another kind.
    #[error("account data does not start with the discriminator of {account}")]
    WrongDiscriminator {
        /// Expected kind.
        account: &'static str,
    },
    /// The account is shorter than its layout or its row count says.
    #[error("{account} needs {needed} bytes of account data and has {found}")]
    TooShort {
        /// Expected kind.
        account: &'static str,
        /// Bytes that the layout needs.
        needed: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// The account was written by a newer program than this crate knows.
    #[error("{account} has layout version {version}, newer than this client")]
    NewerVersion {
        /// Expected kind.
        account: &'static str,
        /// Version in the account.
        version: u8,
    },
    /// More overlay rows than one instruction takes.
    #[error("an instruction overlays at most {max} rows, not {count}")]
    TooManyOverlayRows {
        /// Rows asked for.
        count: usize,
        /// Rows allowed.
        max: usize,
    },
    /// A fill with no maker or too many.
    #[error("a fill takes 1 to {max} makers, not {count}")]
    MakerCount {
        /// Makers asked for.
        count: usize,
        /// Makers allowed.
        max: usize,
    },
    /// An account that a calculation needs was not given.
    #[error("{account} of {owner} is missing")]
    Missing {
        /// Kind of account.
        account: &'static str,
        /// What it belongs to.
        owner: Pubkey,
    },
    /// An account refers to a row or a market that the snapshot does not have.
    #[error("the snapshot has no row {row} of the expected kind")]
    NoSuchRow {
        /// The row.
        row: u16,
    },
    /// A sum left its number range.
    #[error("{what} does not fit its number range")]
    Overflow {
        /// What was summed.
        what: &'static str,
    },
    /// The program's engine refused to value the account.
    #[error("valuation failed: {message}")]
    Valuation {
        /// The program's message.
        message: String,
    },
}

impl From<anchor_lang::error::Error> for ClientError {
    fn from(error: anchor_lang::error::Error) -> Self {
        ClientError::Valuation { message: error.to_string() }
    }
}
