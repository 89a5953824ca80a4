//! `cargo xtask test`: the programs, then every test.

use {
    crate::{
        idl,
        process::{self, cargo, output, say},
        sbf, system,
    },
    anyhow::Result,
};

#[derive(clap::Args)]
pub struct Args {
    /// Passed on to the test runner, for example a part of a test's name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    filter: Vec<String>,
}

/// Builds the programs (the integration tests load the files in target/deploy) and runs all tests. Without a filter it
/// also runs the documentation tests and compares the interface descriptions with what is committed.
///
/// Everything is selected with `--workspace`, never package by package: cargo unites the features of what it
/// is asked to build, and another selection would compile the large dependencies a second time.
pub fn run(args: &Args) -> Result<()> {
    system::ensure()?;
    sbf::run(&sbf::Args::default())?;
    let mut runner = if output(&mut cargo(["nextest", "--version"])).is_ok() {
        say("running the tests with cargo-nextest");
        cargo(["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        say("running the tests with cargo test (cargo-nextest is not installed)");
        cargo(["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"])
    };
    process::run(runner.args(&args.filter))?;
    if args.filter.is_empty() {
        say("running the documentation tests");
        process::run(&mut cargo(["test", "--workspace", "--quiet", "--doc"]))?;
        say("comparing the committed interface descriptions with the programs");
        idl::run(&idl::Args { check: true })?;
    }
    say("all tests passed");
    Ok(())
}
