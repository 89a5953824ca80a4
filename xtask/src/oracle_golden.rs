//! `cargo xtask oracle-golden`: accounts of the older oracle programs, as committed in `tests/vectors/`.
//!
//! The tool is a workspace of its own with its own lock file, because the official crates of these programs need
//! versions of Solana that no other part of the project can be built with.

use {
    crate::process::{self, cargo, workspace_root},
    anyhow::Result,
    std::env,
};

#[derive(clap::Args)]
pub struct Args {
    /// Write nothing; fail when a committed file differs.
    #[arg(long)]
    check: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let manifest = "tools/oracle-golden/Cargo.toml";
    let mut command = cargo(["run", "--locked", "--quiet", "--manifest-path", manifest]);
    // Beside the other builds, not inside the tool's folder, where nothing ignores them.
    if env::var_os("CARGO_TARGET_DIR").is_none() {
        command.env("CARGO_TARGET_DIR", workspace_root().join("target/oracle-golden"));
    }
    if args.check {
        command.args(["--", "--check"]);
    }
    process::run(&mut command)
}
