//! The keepers: the real ones, embedded as tasks, with a hook that sells on the venues what they took over.
//!
//! They divide settlements and bankruptcies among themselves and race for every liquidation.

use std::{
    collections::BTreeMap,
    sync::{atomic::Ordering, Arc},
};

use anyhow::{Context, Result};
use example_venue::state::{OrderBook, Side};
use firebreak_keeper::{
    config::{Address, Commitment, Config},
    plan::Job,
    snapshot::View,
    InventoryHook, Keeper, Stats,
};
use firebreak_risk::units::UNIT_BITS;
use futures::future::BoxFuture;
use solana_instruction::Instruction;
use tokio::{sync::watch, task::JoinHandle};

use super::{
    chain::Chain,
    market::{Order, VenueClient},
    observer::price_micros,
    params::DOLLAR,
    rpc::Rpc,
    setup::World,
};

/// Worst price at which inventory is sold, relative to the risk price, in ppm.
const SLIPPAGE_PPM: i64 = 15_000;
/// Most notional of one order: the makers' quotes are not endless.
const UNWIND_ATOMS: u64 = 80_000 * DOLLAR;
/// Smallest loss that is settled: a falling price makes a new one of each position with every tick, and each costs as much
/// as a liquidation.
const SETTLE_MIN_ATOMS: u64 = 25 * DOLLAR;
/// Lamports for a keeper's fees.
const FEE_LAMPORTS: u64 = 10_000_000_000;

/// Running keepers.
pub struct Keepers {
    tasks: Vec<JoinHandle<Result<(), firebreak_keeper::KeeperError>>>,
    stats: Vec<Arc<Stats>>,
    stop: watch::Sender<bool>,
}

/// Sells or buys back what the keeper's account holds, on the venue that takes most of it.
struct Unwind {
    venues: Vec<VenueClient>,
    world: Arc<World>,
    keeper: usize,
}

/// Starts all keepers of the world.
pub async fn start(chain: &Chain, rpc: &Rpc, venues: &[VenueClient], world: Arc<World>) -> Result<Keepers> {
    let (stop, stopped) = watch::channel(false);
    let (mut tasks, mut stats) = (Vec::new(), Vec::new());
    for (keeper, member) in world.keepers.iter().enumerate() {
        let fees = anchor_lang::solana_program::system_instruction::transfer(
            &rpc.payer(),
            &member.account.owner,
            FEE_LAMPORTS,
        );
        rpc.must("funding a keeper's fees", &[fees], &[]).await?;
        let hook = Unwind { venues: venues.to_vec(), world: Arc::clone(&world), keeper };
        let running = Keeper::new(config(chain, &world, keeper), Arc::new(member.keypair.insecure_clone()))
            .with_hook(Arc::new(hook));
        stats.push(running.stats());
        tasks.push(tokio::spawn(running.run(stopped.clone())));
    }
    Ok(Keepers { tasks, stats, stop })
}

/// The keeper's defaults, but for a chain that answers at once and a day that passes in minutes.
fn config(chain: &Chain, world: &World, keeper: usize) -> Config {
    Config {
        rpc_url: chain.rpc_url().to_owned(),
        ws_url: chain.ws_url().to_owned(),
        group: Address(world.group),
        commitment: Commitment::Processed,
        settle_pnl: true,
        settle_loss_min_atoms: SETTLE_MIN_ATOMS,
        shard_count: u64::try_from(world.keepers.len()).unwrap_or(1),
        shard_index: u64::try_from(keeper).unwrap_or(0),
        poll_millis: 60,
        plan_min_millis: 40,
        full_sweep_secs: 10,
        settle_millis: 300,
        backoff_initial_millis: 100,
        backoff_max_millis: 1_000,
        blockhash_secs: 1,
        confirm_poll_millis: 50,
        confirm_timeout_secs: 8,
        skip_preflight: true,
        ..Config::default()
    }
}

/// What one keeper did.
#[derive(Clone, Debug, Default)]
pub struct KeeperWork {
    /// Transactions that it sent.
    pub sent: u64,
    /// Liquidations among them.
    pub liquidations: u64,
    /// Liquidations that landed without error.
    pub landed: u64,
    /// Liquidations that landed with an error, by its name.
    pub refused: BTreeMap<String, u64>,
    /// Liquidations that never landed.
    pub expired: u64,
    /// Plans that it made.
    pub plans: u64,
    /// Duration of its last plan, in microseconds.
    pub plan_micros: u64,
}

impl KeeperWork {
    fn of(stats: &Stats) -> Self {
        let failures = stats.failures().into_iter();
        let refused = failures.filter(|((job, _), _)| *job == Job::Liquidate);
        Self {
            sent: Job::ALL.iter().map(|job| stats.sent(*job)).sum(),
            liquidations: stats.sent(Job::Liquidate),
            landed: stats.confirmed(Job::Liquidate),
            refused: refused.map(|((_, code), count)| (code, count)).collect(),
            expired: stats.expired(Job::Liquidate),
            plans: stats.plans.load(Ordering::Relaxed),
            plan_micros: stats.plan_micros.load(Ordering::Relaxed),
        }
    }
}

impl Keepers {
    /// Their counters, in the order of the world's keepers.
    pub fn stats(&self) -> Vec<Arc<Stats>> {
        self.stats.clone()
    }

    /// Tells them to stop and waits until what is in flight has landed. In the order of the world's keepers.
    pub async fn stop(self) -> Result<Vec<KeeperWork>> {
        self.stop.send_replace(true);
        for task in self.tasks {
            task.await.context("a keeper's task")?.context("a keeper")?;
        }
        Ok(self.stats.iter().map(|stats| KeeperWork::of(stats)).collect())
    }
}

impl Unwind {
    fn order(&self, view: &View) -> Option<Order> {
        let key = self.world.keepers.get(self.keeper)?.account.margin_account;
        let position = view.accounts.get(&key)?.value.position_of(self.world.market_row)?;
        let lots = position.units.unsigned_abs() >> UNIT_BITS;
        let row = view.snapshot.as_ref()?.value.row(self.world.market_row).ok()?;
        let grid = &self.world.grid;
        let price_micros = price_micros(row.price_q32, grid);
        let (side, slippage) =
            if position.units > 0 { (Side::Sell, -SLIPPAGE_PPM) } else { (Side::Buy, SLIPPAGE_PPM) };
        let limit_price_atoms = grid.price_atoms(price_micros, slippage);
        let lots = lots.min(grid.lots_of(UNWIND_ATOMS, price_micros));
        (lots > 0).then_some(Order { side, lots, limit_price_atoms, rests: false })
    }
}

impl InventoryHook for Unwind {
    fn on_tick<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Vec<Instruction>> {
        Box::pin(async move {
            let (Some(order), Some(member)) = (self.order(view), self.world.keepers.get(self.keeper)) else {
                return Vec::new();
            };
            let mut best: Option<(u64, &VenueClient, Box<OrderBook>)> = None;
            for venue in &self.venues {
                match venue.book().await {
                    Ok(book) => {
                        let lots = takes(&book, &order);
                        if best.as_ref().is_none_or(|(most, ..)| lots > *most) {
                            best = Some((lots, venue, book));
                        }
                    }
                    Err(error) => tracing::warn!(%error, "a book could not be read"),
                }
            }
            best.map_or_else(
                Vec::new,
                |(_, venue, book)| vec![venue.order_instruction(&book, member, &order)],
            )
        })
    }
}

/// Lots of an order that a book could take at once.
fn takes(book: &OrderBook, order: &Order) -> u64 {
    let resting = book.side(order.side.opposite()).by_priority();
    let crossing = resting.take_while(|other| order.side.crosses(order.limit_price_atoms, other.price_atoms));
    crossing.map(|other| other.lots).fold(0, u64::saturating_add).min(order.lots)
}
