//! What can go wrong in the keeper.

use firebreak_client::ClientError;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// The configuration cannot be used.
    #[error("configuration: {0}")]
    Config(String),
    /// The key cannot be used.
    #[error("keypair: {0}")]
    Keypair(String),
    /// A request failed.
    #[error("rpc: {0}")]
    Rpc(String),
    /// The subscription failed.
    #[error("subscription: {0}")]
    Subscription(String),
    /// The node holds no such account.
    #[error("{what} {address} does not exist on this chain")]
    Missing {
        /// Kind of account.
        what: &'static str,
        /// Its address.
        address: String,
    },
    /// Account data or a calculation is not what it should be.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A transaction cannot be built.
    #[error("transaction: {0}")]
    Transaction(String),
}

impl From<solana_rpc_client_api::client_error::Error> for KeeperError {
    fn from(error: solana_rpc_client_api::client_error::Error) -> Self {
        KeeperError::Rpc(error.to_string())
    }
}

impl From<solana_pubsub_client::pubsub_client::PubsubClientError> for KeeperError {
    fn from(error: solana_pubsub_client::pubsub_client::PubsubClientError) -> Self {
        KeeperError::Subscription(error.to_string())
    }
}
