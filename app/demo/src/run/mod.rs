//! One run: chain, setup, the day, the report.
//!
//! Driver, makers, traders, keepers and observer are separate tasks. They share no state but the price feed that any
//! market participant has, and speak JSON-RPC and WebSocket to the chain.

mod chain;
mod driver;
mod keepers;
mod logs;
mod makers;
mod market;
mod observer;
mod oracle;
mod params;
mod progress;
mod rpc;
mod setup;
mod summary;
mod traders;

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError},
    time::Duration,
};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result};
use tokio::sync::watch;

use self::{
    chain::Chain,
    driver::{Feed, Pace},
    keepers::KeeperWork,
    market::VenueClient,
    observer::Observer,
    oracle::Quote,
    progress::Progress,
    rpc::Rpc,
    setup::World,
    summary::Setting,
};
use crate::{
    end_table,
    path::{PricePath, Resolution, Tick},
    population::{Population, PopulationParams},
    report::Report,
    table::HourlyTable,
};

/// The chain's clock account.
const CLOCK: Pubkey = anchor_lang::pubkey!("SysvarC1ock11111111111111111111111111111111");
/// Wall time of one tick.
const TICK: Duration = Duration::from_millis(130);
/// Times the population's long notional that would move the log price by one: a depth at which the day's liquidations
/// exceed what the market absorbs at once.
const DEPTH_MULTIPLE: u64 = 4;
/// Time for what is under way when the day ends.
const SETTLE: Duration = Duration::from_millis(1_500);

/// Options of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of path, population and keys.
    pub seed: u64,
    /// Less detail.
    pub is_fast: bool,
    /// Leaves the chain running until Ctrl-C.
    pub keeps_running: bool,
    /// Where the report is written.
    pub out: PathBuf,
}

/// Runs the demonstration. Fails when conservation is not exact or a transaction failed without explanation.
pub async fn run(options: Options) -> Result<()> {
    let table = HourlyTable::sol_2025_10_10()?;
    let resolution = if options.is_fast { Resolution::FAST } else { Resolution::FULL };
    let path = PricePath::build(&table, options.seed, resolution)?;
    let population = Arc::new(Population::build(&PopulationParams::default(), options.seed)?);
    let first = *path.ticks().first().context("the path is empty")?;

    let chain = Chain::start(setup::payer(options.seed)).await?;
    let rpc = Rpc::new(chain.rpc_url(), chain.payer());
    println!("chain      {}  (WebSocket {})", chain.rpc_url(), chain.ws_url());
    let (tally, tally_task) = observer::tally(chain.ws_url()).await?;
    let world = Arc::new(World::draw(options.seed, &population));
    let start_ts = prepare(&chain, &rpc, &world, &population, &first).await?;

    let mut observer = Observer::open(rpc.clone(), Arc::clone(&world)).await?;
    let pace = Pace { tick: TICK, start_ts };
    let stage = Stage { chain: &chain, rpc: &rpc, world: &world, population: &population };
    let work = replay(&stage, path.ticks(), pace, &mut observer).await?;
    tokio::time::sleep(SETTLE).await;

    let setting = Setting {
        seed: options.seed,
        is_fast: options.is_fast,
        replay_start_ts: table.hours().first().map_or(0, |hour| hour.unix_ts),
        chain_start_ts: start_ts,
        market: params::market(&world.oracle, depth_atoms(&population)),
        keepers: work,
    };
    let counted = tally.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let (report, conserved) = summary::report(&rpc, &world, &observer, &counted, &setting).await?;
    tally_task.abort();
    publish(&report, &options)?;
    if options.keeps_running {
        println!("the chain keeps running at {}; Ctrl-C ends it", chain.rpc_url());
        tokio::signal::ctrl_c().await.context("waiting for Ctrl-C")?;
    }
    chain.stop()?;
    verdict(&report, conserved.is_exact())
}

fn depth_atoms(population: &Population) -> u64 {
    population.totals().larger_side_atoms().saturating_mul(DEPTH_MULTIPLE)
}

/// Sets the group up and opens everybody's account. Returns the chain's time at which the day begins.
async fn prepare(
    chain: &Chain,
    rpc: &Rpc,
    world: &Arc<World>,
    population: &Arc<Population>,
    first: &Tick,
) -> Result<i64> {
    let now = chain_time(rpc).await?;
    let quote = Quote {
        price_micros: first.price_micros,
        confidence_micros: first.confidence_micros,
        publish_ts: now,
    };
    world.create(chain, rpc, &quote, depth_atoms(population)).await?;
    let count = world.traders.len() + world.makers.len() + world.keepers.len();
    let bar = Progress::new(u64::try_from(count)?, "accounts");
    world.populate(rpc, population, || bar.step()).await?;
    bar.finish();
    // The clock only moves forward: the day begins a little after everything above.
    Ok(chain_time(rpc).await? + 60)
}

async fn chain_time(rpc: &Rpc) -> Result<i64> {
    let data = rpc.data(&CLOCK).await?;
    // Clock: slot, epoch start, epoch, leader schedule epoch, unix time; each 8 bytes.
    let bytes: [u8; 8] = data.get(32..40).context("the clock account is short")?.try_into()?;
    Ok(i64::from_le_bytes(bytes))
}

/// What every task of the day works with.
struct Stage<'a> {
    chain: &'a Chain,
    rpc: &'a Rpc,
    world: &'a Arc<World>,
    population: &'a Arc<Population>,
}

async fn replay(
    stage: &Stage<'_>,
    ticks: &[Tick],
    pace: Pace,
    observer: &mut Observer,
) -> Result<KeeperWork> {
    let Stage { chain, rpc, world, population } = *stage;
    let first = ticks.first().context("the path is empty")?;
    let opening = Feed { chain_ts: pace.start_ts, price_micros: first.price_micros, ..Feed::default() };
    let (feed, watcher) = watch::channel(opening);
    let venue = VenueClient::open(rpc.clone(), Arc::clone(world)).await?;
    let (world_of, people_of) = (|| Arc::clone(world), || Arc::clone(population));
    let makers = tokio::spawn(makers::run(venue.clone(), world_of(), people_of(), watcher.clone()));
    let traders = tokio::spawn(traders::run(venue.clone(), world_of(), people_of(), watcher.clone()));
    let keepers = keepers::start(chain, rpc, venue, world_of()).await?;

    let progress = Progress::new(u64::try_from(ticks.len())?, "ticks");
    let (samples, mut wanted) = watch::channel(Feed::default());
    let watching = async {
        while wanted.changed().await.is_ok() {
            let now = *wanted.borrow_and_update();
            let sample = observer.sample(&now).await?;
            progress.show(&sample);
        }
        anyhow::Ok(())
    };
    let driving = async {
        let done = |now: &Feed| {
            progress.step();
            samples.send_replace(*now);
        };
        let driven = driver::run(rpc, world, ticks, pace, &feed, done).await;
        drop(samples);
        drop(feed);
        driven
    };
    tokio::try_join!(driving, watching)?;
    progress.finish();
    makers.await.context("the makers' task")??;
    traders.await.context("the traders' task")??;
    keepers.stop().await
}

/// Prints the end table and writes the page.
fn publish(report: &Report, options: &Options) -> Result<()> {
    println!("{}", end_table::render(report));
    if let Some(folder) = options.out.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    std::fs::write(&options.out, report.to_html()?)
        .with_context(|| format!("writing {}", options.out.display()))?;
    println!("report     {}", options.out.display());
    Ok(())
}

fn verdict(report: &Report, is_exact: bool) -> Result<()> {
    let unexplained: u64 =
        report.transactions.failed.iter().filter(|row| row.explanation.is_none()).map(|row| row.count).sum();
    anyhow::ensure!(is_exact && report.is_conserved(), "conservation is not exact");
    anyhow::ensure!(unexplained == 0, "{unexplained} transactions failed without an explanation");
    Ok(())
}
