//! The `firebreak-migrate` command. Wires only.

use clap::Parser;
use firebreak_migrate::cli::Cli;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Cli::parse().run().await
}
