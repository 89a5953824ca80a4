//! Deploys Firebreak to a cluster and sets a group up from a parameter file.
//!
//! Speaks JSON-RPC only and needs no other tool. Every command looks at the chain first, does what is missing, and
//! can be run again: a second run changes nothing. Instructions come from `firebreak-client`, bounds from the program.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod chain;
pub mod cli;
pub mod deploy;
pub mod init;
