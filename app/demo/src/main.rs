//! The demonstration's binary: reads the options and runs.

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use clap::Parser;
use firebreak_demo::run::{run, Options};
use tracing_subscriber::EnvFilter;

/// Carries one perp venue through 10 October 2025 on a local chain.
#[derive(Parser)]
#[command(name = "firebreak-demo", version)]
struct Cli {
    /// Seed of price path, population and keys; the same seed replays the same day.
    #[arg(long, env = "FIREBREAK_DEMO_SEED", default_value_t = 20_251_010)]
    seed: u64,
    /// Replays with about half the detail.
    #[arg(long, env = "FIREBREAK_DEMO_FAST")]
    fast: bool,
    /// Leaves the chain running after the report, until Ctrl-C.
    #[arg(long, env = "FIREBREAK_DEMO_KEEP_RUNNING")]
    keep_running: bool,
    /// Where the HTML report is written.
    #[arg(long, env = "FIREBREAK_DEMO_OUT", default_value = "out/demo.html")]
    out: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let options =
        Options { seed: cli.seed, is_fast: cli.fast, keeps_running: cli.keep_running, out: cli.out };
    run(options).await?;
    let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    println!("finished in {} s", ended.saturating_sub(began).as_secs());
    Ok(())
}
