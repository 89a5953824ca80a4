//! Project commands, run as `cargo xtask <command>`.
//!
//! Each module is one command or one tool that commands share. The crate is also a library so that the
//! house-style test of the workspace (`tests/tests/tidy.rs`) and `cargo xtask lint` apply the same rules.

pub mod bench;
pub mod demo;
pub mod idl;
pub mod lint;
pub mod oracle_golden;
pub mod process;
pub mod sbf;
pub mod system;
pub mod test;
pub mod tidy;
