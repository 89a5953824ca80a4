//! The keepers: the real ones, embedded as tasks, with a hook that sells on the venue what they took over.

use std::sync::{atomic::Ordering, Arc};

use anyhow::{Context, Result};
use example_venue::state::Side;
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
    params::{LOTS_PER_SOL, TICK_ATOMS},
    rpc::Rpc,
    setup::World,
};

/// Worst price at which inventory is sold, relative to the risk price, in ppm.
const SLIPPAGE_PPM: u64 = 15_000;
const PPM: u64 = 1_000_000;
/// Lamports for a keeper's fees.
const FEE_LAMPORTS: u64 = 10_000_000_000;

/// Running keepers.
pub struct Keepers {
    tasks: Vec<JoinHandle<Result<(), firebreak_keeper::KeeperError>>>,
    stats: Vec<Arc<Stats>>,
    stop: watch::Sender<bool>,
}

/// Sells or buys back what the keeper's account holds.
struct Unwind {
    venue: VenueClient,
    world: Arc<World>,
    keeper: usize,
}

/// Starts all keepers of the world.
pub async fn start(chain: &Chain, rpc: &Rpc, venue: VenueClient, world: Arc<World>) -> Result<Keepers> {
    let (stop, stopped) = watch::channel(false);
    let (mut tasks, mut stats) = (Vec::new(), Vec::new());
    for (keeper, member) in world.keepers.iter().enumerate() {
        let fees = anchor_lang::solana_program::system_instruction::transfer(
            &rpc.payer(),
            &member.account.owner,
            FEE_LAMPORTS,
        );
        rpc.must("funding a keeper's fees", &[fees], &[]).await?;
        let hook = Unwind { venue: venue.clone(), world: Arc::clone(&world), keeper };
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
        shard_count: u64::try_from(world.keepers.len()).unwrap_or(1),
        shard_index: u64::try_from(keeper).unwrap_or(0),
        poll_millis: 50,
        plan_min_millis: 15,
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

/// What the keepers did.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeeperWork {
    /// Transactions that they sent.
    pub sent: u64,
    /// Plans that they made.
    pub plans: u64,
    /// Longest of their last plans, in microseconds.
    pub plan_micros: u64,
}

impl Keepers {
    /// Tells them to stop and waits until what is in flight has landed.
    pub async fn stop(self) -> Result<KeeperWork> {
        self.stop.send_replace(true);
        for task in self.tasks {
            task.await.context("a keeper's task")?.context("a keeper")?;
        }
        let mut work = KeeperWork::default();
        for stats in self.stats {
            work.sent += Job::ALL.iter().map(|job| stats.sent(*job)).sum::<u64>();
            work.plans += stats.plans.load(Ordering::Relaxed);
            work.plan_micros = work.plan_micros.max(stats.plan_micros.load(Ordering::Relaxed));
        }
        Ok(work)
    }
}

impl Unwind {
    fn order(&self, view: &View) -> Option<Order> {
        let key = self.world.keepers.get(self.keeper)?.account.margin_account;
        let position = view.accounts.get(&key)?.value.position_of(self.world.market_row)?;
        let lots = position.units.unsigned_abs() >> UNIT_BITS;
        let row = view.snapshot.as_ref()?.value.row(self.world.market_row).ok()?;
        let per_lot = row.price_q32 >> firebreak_risk::units::PRICE_BITS;
        let (side, limit) = if position.units > 0 {
            (Side::Sell, per_lot * (PPM - SLIPPAGE_PPM) / PPM)
        } else {
            (Side::Buy, per_lot * (PPM + SLIPPAGE_PPM) / PPM)
        };
        let limit_price_atoms = (limit / TICK_ATOMS).max(1) * TICK_ATOMS;
        // A few hundred SOL at a time: the makers' quotes are not endless.
        let lots = lots.min(400 * LOTS_PER_SOL);
        (lots > 0).then_some(Order { side, lots, limit_price_atoms, rests: false })
    }
}

impl InventoryHook for Unwind {
    fn on_tick<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Vec<Instruction>> {
        Box::pin(async move {
            let Some(order) = self.order(view) else {
                return Vec::new();
            };
            let Some(member) = self.world.keepers.get(self.keeper) else {
                return Vec::new();
            };
            match self.venue.book().await {
                Ok(book) => vec![self.venue.order_instruction(&book, member, &order)],
                Err(error) => {
                    tracing::warn!(%error, "the book could not be read");
                    Vec::new()
                }
            }
        })
    }
}
