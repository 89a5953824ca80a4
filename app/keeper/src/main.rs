//! The `firebreak-keeper` command. Wires only.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::{Parser, Subcommand};
use firebreak_keeper::{
    config::{self, Config, Flags, LogFormat},
    Keeper,
};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// Keeper of a Firebreak group: refreshes prices, liquidates, resolves bankruptcies, recovers breakers.
#[derive(Parser)]
#[command(
    version,
    after_help = "Every option is also a key of the file and, as FIREBREAK_KEEPER_<OPTION>, a variable \
                                 of the environment. Flags go before the environment, the environment before the file."
)]
struct Cli {
    /// File with options; see `example-config`.
    #[arg(long, short, global = true, env = "FIREBREAK_KEEPER_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Keep. The default.
    Run,
    /// Check the configuration and print it as it would be used.
    CheckConfig,
    /// Print a file with all options and their defaults.
    ExampleConfig,
}

#[tokio::main]
async fn main() -> ExitCode {
    match execute(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn execute(cli: Cli) -> anyhow::Result<()> {
    if let Some(Command::ExampleConfig) = cli.command {
        print!("{}", config::render(&Config::default())?);
        return Ok(());
    }
    let config = config::load(cli.config.as_deref(), &cli.flags)?;
    config.validate()?;
    if let Some(Command::CheckConfig) = cli.command {
        print!("{}", config::render(&config)?);
        return Ok(());
    }
    log_as(&config)?;
    let keypair = Arc::new(config::load_keypair(&config.keypair_path)?);
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        told_to_stop().await;
        // The keeper may have stopped by itself.
        let _ = stop.send(true);
    });
    Keeper::new(config, keypair).run(stopped).await.context("the keeper cannot run")
}

/// Waits for Ctrl-C or the signal that service managers send. Without handlers the process is stopped the hard way,
/// which costs nothing but open requests.
async fn told_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}

fn log_as(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_filter).context("log_filter")?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    match config.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
