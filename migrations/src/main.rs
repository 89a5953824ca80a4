//! The `firebreak-migrate` command. Wires only.

use std::process::ExitCode;

use clap::Parser;
use firebreak_migrate::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The alternate form is the chain of causes without a backtrace.
            eprintln!("firebreak-migrate: error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
