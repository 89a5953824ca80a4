//! `cargo xtask demo`: the programs, then the demonstration.

use {
    crate::{
        process::{self, cargo, command, workspace_root},
        sbf, system,
    },
    anyhow::Result,
    std::{env, path::PathBuf},
};

/// The demonstration's binary.
const BINARY: &str = "firebreak-demo";

#[derive(clap::Args)]
pub struct Args {
    /// Passed on to the demonstration.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds programs and demonstration and runs it.
///
/// Not `cargo run -p`: selecting one package would unite features differently from the tests and compile the
/// local chain a second time. `--workspace --bin` builds just the binary, with the workspace's features.
pub fn run(args: &Args) -> Result<()> {
    system::ensure()?;
    sbf::run(&sbf::Args::default())?;
    process::run(&mut cargo(["build", "--workspace", "--bin", BINARY]))?;
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace_root().join("target"), PathBuf::from);
    process::run(command(target.join("debug").join(BINARY)).args(&args.arguments))
}
