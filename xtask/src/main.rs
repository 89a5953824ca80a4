//! The command line of `cargo xtask`: parses, dispatches, and turns a failure into one line.

use {
    clap::{Parser, Subcommand},
    std::process::ExitCode,
    xtask::{bench, demo, idl, lint, oracle_golden, sbf, test},
};

/// Project commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the on-chain programs into target/deploy (a no-op when nothing changed).
    Sbf(sbf::Args),
    /// Build the programs, then run every test of the workspace.
    Test(test::Args),
    /// Build the programs, then run the demonstration; arguments after the command are passed on.
    Demo(demo::Args),
    /// Build the programs, then measure compute units and rewrite the committed table.
    Bench,
    /// Check formatting, clippy and the house style.
    Lint,
    /// Write the interface descriptions of the programs to idl/, or compare with --check.
    Idl(idl::Args),
    /// Write accounts of the older oracle programs to tests/vectors/, or compare with --check.
    OracleGolden(oracle_golden::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Sbf(args) => sbf::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Bench => bench::run(),
        Command::Lint => lint::run(),
        Command::Idl(args) => idl::run(&args),
        Command::OracleGolden(args) => oracle_golden::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The alternate form keeps the whole chain of causes on one line.
            eprintln!("xtask: error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
