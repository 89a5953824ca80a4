//! The demonstration's binary: reads the options and runs.

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use clap::Parser;
use firebreak_demo::{
    footprint::Strength,
    run::{run, Options, Prevention},
    scenario::ScenarioId,
};
use tracing_subscriber::EnvFilter;

/// Carries two perp venues that share one market through a crash day on a local chain.
#[derive(Debug, Parser)]
#[command(name = "firebreak-demo", version)]
struct Cli {
    /// The crash day.
    #[arg(long, env = "FIREBREAK_DEMO_SCENARIO", value_enum, default_value_t)]
    scenario: ScenarioId,
    /// How much the trades by which keepers get rid of inventory move the price, in ppm of what the market's depth and
    /// decay say: `off` or 0 for a price that is the recorded one whatever happens, 1000000 for as the market assumes.
    #[arg(long, env = "FIREBREAK_DEMO_IMPACT", default_value = "1000000", value_name = "PPM|off")]
    impact: Strength,
    /// Seed of price path, population and keys; the same seed replays the same day.
    #[arg(long, env = "FIREBREAK_DEMO_SEED", default_value_t = 20_251_010)]
    seed: u64,
    /// Runs the same day with margins that stay at their floors, for comparison.
    #[arg(long, env = "FIREBREAK_DEMO_NO_PREVENTION")]
    no_prevention: bool,
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
    let options = Options {
        scenario: cli.scenario.scenario(),
        seed: cli.seed,
        is_fast: cli.fast,
        strength: cli.impact,
        prevention: if cli.no_prevention { Prevention::Off } else { Prevention::On },
        keeps_running: cli.keep_running,
        out: cli.out,
    };
    run(options).await?;
    let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    println!("finished in {} s", ended.saturating_sub(began).as_secs());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once(&"firebreak-demo").chain(arguments))
    }

    #[test]
    fn the_command_is_sound_and_its_defaults_are_the_largest_day_with_impact() {
        Cli::command().debug_assert();
        let cli = parse(&[]).unwrap();
        assert_eq!((cli.scenario, cli.impact), (ScenarioId::October2025, Strength::default()));
        assert!(!cli.no_prevention && parse(&["--no-prevention"]).unwrap().no_prevention);
    }

    #[test]
    fn days_and_impact_are_chosen_by_name_and_others_are_refused_with_the_choices() {
        let cli = parse(&["--scenario", "2021-05-19", "--impact", "off", "--fast"]).unwrap();
        assert_eq!((cli.scenario, cli.impact, cli.fast), (ScenarioId::May2021, Strength(0), true));
        let message = parse(&["--scenario", "2020-03-12"]).unwrap_err().to_string();
        assert!(message.contains("2022-11-08") && message.contains("2024-08-05"), "{message}");
        assert!(parse(&["--impact", "much"]).unwrap_err().to_string().contains("neither"));
    }
}
