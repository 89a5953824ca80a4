//! Reads the configuration: flags over environment over file over defaults.

use std::path::Path;

use figment::{
    providers::{Env, Format, Serialized, Toml},
    Figment, Provider,
};
use solana_keypair::{read_keypair_file, Keypair};

use super::{Config, Flags, ENV_PREFIX};
use crate::error::KeeperError;

/// Merges all sources. The result is not validated yet.
///
/// # Errors
/// `Config` for a file that is missing or malformed, an unknown key or a value of the wrong type, with its source.
pub fn load(file: Option<&Path>, flags: &Flags) -> Result<Config, KeeperError> {
    // The file's own path has a variable with the same prefix; it is no option.
    let env = Env::prefixed(ENV_PREFIX).ignore(&["config"]);
    merge(file, env, flags)
}

/// As [`load`], with any source in the place of the environment.
pub(super) fn merge(file: Option<&Path>, env: impl Provider, flags: &Flags) -> Result<Config, KeeperError> {
    let mut sources = Figment::from(Serialized::defaults(Config::default()));
    if let Some(file) = file {
        if !file.is_file() {
            return Err(KeeperError::Config(format!("there is no file {}", file.display())));
        }
        sources = sources.merge(Toml::file_exact(file));
    }
    sources
        .merge(env)
        .merge(Serialized::defaults(flags))
        .extract()
        .map_err(|error| KeeperError::Config(error.to_string()))
}

/// Reads a key file.
///
/// # Errors
/// `Keypair` when there is none or it cannot be read. The message never contains the content.
pub fn load_keypair(path: &str) -> Result<Keypair, KeeperError> {
    read_keypair_file(path)
        .map_err(|_| KeeperError::Keypair(format!("{path} is not a readable key file of 64 numbers")))
}
