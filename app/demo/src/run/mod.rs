//! One run: chain, setup, the day, the report.
//!
//! Driver, makers, traders, keepers and observer are separate tasks. They share no state but the price feed that any
//! market participant has, and speak JSON-RPC and WebSocket to the chain.

mod chain;
mod driver;
mod events;
mod explain;
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
mod tally;
mod traders;

pub use params::Prevention;

use std::{path::PathBuf, sync::Arc, time::Duration};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result};
use tokio::sync::watch;

use self::{
    chain::Chain,
    driver::{Feed, Impact, Pace, Replay},
    keepers::KeeperWork,
    logs::Tally,
    market::VenueClient,
    observer::Observer,
    oracle::Quote,
    progress::Progress,
    rpc::Rpc,
    setup::World,
    summary::{Setting, Stage},
    tally::Collection,
};
use crate::{
    end_table,
    footprint::{Footprint, Strength},
    path::{PricePath, Resolution, Tick},
    population::{Population, PopulationParams},
    report::Report,
    scenario::Scenario,
};

/// The chain's clock account.
const CLOCK: Pubkey = anchor_lang::pubkey!("SysvarC1ock11111111111111111111111111111111");
/// Shortest wall time of one tick, and how long it waits for the keepers on a busy machine.
const TICK: Duration = Duration::from_millis(130);
const TICK_MAX: Duration = Duration::from_millis(1_000);
/// Times the population's long notional that would move the log price by one: a depth at which the day's liquidations
/// exceed what the market absorbs at once.
const DEPTH_MULTIPLE: u64 = 4;
/// Time for what is under way when the day ends.
const SETTLE: Duration = Duration::from_millis(1_500);

/// Options of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The day.
    pub scenario: &'static Scenario,
    /// Seed of path, population and keys.
    pub seed: u64,
    /// Less detail.
    pub is_fast: bool,
    /// How much keepers' trades move the price.
    pub strength: Strength,
    /// Whether the market prevents.
    pub prevention: Prevention,
    /// Leaves the chain running until Ctrl-C.
    pub keeps_running: bool,
    /// Where the report is written.
    pub out: PathBuf,
}

/// Runs the demonstration. Fails when conservation is not exact, when two counts of the same thing disagree, or when a
/// transaction failed without explanation.
pub async fn run(options: Options) -> Result<()> {
    let Options { scenario, seed, .. } = options;
    let resolution = if options.is_fast { Resolution::FAST } else { Resolution::FULL };
    let path = PricePath::build(scenario, seed, resolution)?;
    let population = Arc::new(Population::build(&PopulationParams::of(scenario)?, seed)?);
    let first = *path.ticks().first().context("the path is empty")?;

    let chain = Chain::start(setup::payer(seed)).await?;
    let rpc = Rpc::new(chain.rpc_url(), chain.payer());
    println!("{}: {}", scenario.title, scenario.about);
    println!("chain      {}  (WebSocket {})", chain.rpc_url(), chain.ws_url());
    let world = Arc::new(World::draw(seed, &population, scenario.grid).with(options.prevention));
    let keepers = world.keepers.iter().map(|member| member.account.margin_account);
    let collection = Collection::start(chain.ws_url(), Tally::watching(keepers)).await?;
    let start_ts = prepare(&chain, &rpc, &world, &population, &first).await?;

    let mut observer = Observer::open(rpc.clone(), Arc::clone(&world)).await?;
    let pace = Pace { tick: TICK, tick_max: TICK_MAX, start_ts };
    let market = world.market_params(depth_atoms(&population));
    let stage = Stage {
        rpc: &rpc,
        world: &world,
        population: &population,
        ticks: path.ticks(),
        midnight_secs: scenario.midnight_secs(),
    };
    let footprint = Footprint::new(observer.impact_params(), options.strength);
    let work = replay(&chain, &stage, pace, (&mut observer, footprint), &collection).await?;
    tokio::time::sleep(SETTLE).await;

    let setting = Setting {
        scenario,
        seed,
        is_fast: options.is_fast,
        strength: options.strength,
        chain_start_ts: start_ts,
        market,
        keepers: work,
    };
    let (report, is_exact) = summary::report(&stage, observer, &collection.finish(), &setting).await?;
    publish(&report, &options)?;
    if options.keeps_running {
        println!("the chain keeps running at {}; Ctrl-C ends it", chain.rpc_url());
        tokio::signal::ctrl_c().await.context("waiting for Ctrl-C")?;
    }
    chain.stop()?;
    verdict(&report, is_exact)
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
    let quote = Quote::of(first, first.price_micros, now);
    world.create(chain, rpc, &quote, depth_atoms(population)).await?;
    let count = world.traders.len() + world.makers.len() + world.keepers.len();
    let bar = Progress::new(u64::try_from(count)?, "accounts", 0);
    world.populate(rpc, population, || bar.step()).await?;
    bar.finish();
    // The clock only moves forward: the day begins a little after everything above.
    Ok(chain_time(rpc).await? + 60)
}

async fn chain_time(rpc: &Rpc) -> Result<i64> {
    clock_ts(&rpc.data(&CLOCK).await?)
}

/// Unix time in the clock account's data.
fn clock_ts(data: &[u8]) -> Result<i64> {
    // Clock: slot, epoch start, epoch, leader schedule epoch, unix time; each 8 bytes.
    let bytes: [u8; 8] = data.get(32..40).context("the clock account is short")?.try_into()?;
    Ok(i64::from_le_bytes(bytes))
}

async fn replay(
    chain: &Chain,
    stage: &Stage<'_>,
    pace: Pace,
    (observer, footprint): (&mut Observer, Footprint),
    collection: &Collection,
) -> Result<Vec<KeeperWork>> {
    let Stage { rpc, world, population, ticks, midnight_secs } = *stage;
    let first = ticks.first().context("the path is empty")?;
    let opening = Feed { chain_ts: pace.start_ts, price_micros: first.price_micros, ..Feed::default() };
    let (feed, watcher) = watch::channel(opening);
    let venues = VenueClient::open_all(rpc, world).await?;
    let (world_of, people_of) = (|| Arc::clone(world), || Arc::clone(population));
    let makers: Vec<_> = venues
        .iter()
        .cloned()
        .enumerate()
        .map(|venue| tokio::spawn(makers::run(venue, world_of(), people_of(), watcher.clone())))
        .collect();
    let keepers = keepers::start(chain, rpc, &venues, world_of()).await?;
    let traders = tokio::spawn(traders::run(venues, world_of(), people_of(), watcher.clone()));

    let progress = Progress::new(u64::try_from(ticks.len())?, "ticks", midnight_secs);
    let (samples, mut wanted) = watch::channel(Feed::default());
    let watching = async {
        while wanted.changed().await.is_ok() {
            let now = *wanted.borrow_and_update();
            let sample = observer.sample(&now).await?;
            progress.show(&sample);
        }
        anyhow::Ok(())
    };
    let mut impact = Impact::new(footprint, Arc::clone(&collection.tally), pace.start_ts);
    let driving = async {
        let done = |now: &Feed| {
            progress.step();
            samples.send_replace(*now);
        };
        let replay = Replay { rpc, world, ticks, pace, keepers: keepers.stats() };
        let driven = driver::run(&replay, &mut impact, &feed, done).await;
        drop(samples);
        drop(feed);
        driven
    };
    tokio::try_join!(driving, watching)?;
    progress.finish();
    for task in makers {
        task.await.context("the makers' task")??;
    }
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
    for check in &report.explained.checks {
        anyhow::ensure!(check.is_met, "does not hold: {} ({})", check.label, check.detail);
    }
    anyhow::ensure!(unexplained == 0, "{unexplained} transactions failed without an explanation");
    Ok(())
}
