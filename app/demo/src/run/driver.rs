//! The day's clock: moves the chain's time along the path and publishes each price to the oracle accounts, after adding
//! what the keepers' trades did to it.

use std::{
    sync::{atomic::Ordering, Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Result;
use firebreak_client::instructions as ix;
use firebreak_keeper::Stats;
use tokio::sync::watch;

use super::{chain::move_clock, logs::Tally, oracle::Quote, rpc::Rpc, setup::World};
use crate::{footprint::Footprint, path::Tick};

/// What everybody else knows about the moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Feed {
    /// Number of the tick, those before the window opens included.
    pub tick: u64,
    /// Number of the price on the path.
    pub place: usize,
    /// Seconds since the replayed window began.
    pub offset_secs: i64,
    /// Time of the chain.
    pub chain_ts: i64,
    /// Oracle price, in micro-dollars per SOL.
    pub price_micros: i64,
    /// The undisturbed path's price, in micro-dollars per SOL. For the observer only: nobody trades on it.
    pub recorded_micros: i64,
}

/// Plans that every keeper makes on a price before the next one comes: with the first it may not know the price yet, with
/// the others it acts, and acts on what came of it. Without this a busy machine would starve the keepers and the figures
/// would say more about the machine than about the program.
const PLANS_PER_TICK: u64 = 3;
/// Ticks at the first price before the window opens, a second each: whoever holds a position when the day begins gets it
/// here, however busy the machine is.
const OPENING_TICKS: i64 = 25;
/// How often they are asked.
const PLANS_POLL: Duration = Duration::from_millis(10);

/// Pace of the replay.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Shortest wall time of a tick, in which everybody can act.
    pub tick: Duration,
    /// Longest wall time that a tick waits for the keepers.
    pub tick_max: Duration,
    /// Time of the chain at which the window begins.
    pub start_ts: i64,
}

/// Turns recorded prices into those that the oracles report.
pub struct Impact {
    footprint: Footprint,
    tally: Arc<Mutex<Tally>>,
    /// Time of the last price: the trades since then happened at it.
    last_ts: i64,
}

impl Impact {
    /// Counts the keepers' trades that the tally sees.
    pub fn new(footprint: Footprint, tally: Arc<Mutex<Tally>>, start_ts: i64) -> Self {
        Self { footprint, tally, last_ts: start_ts }
    }

    /// The price to report at a tick, in micro-dollars per SOL. What happens from now on belongs to that tick.
    fn price(&mut self, tick: &Tick, now: i64) -> Result<i64> {
        let trades = {
            let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.now_secs = tick.offset_secs;
            tally.take_trades()
        };
        for trade in trades {
            self.footprint.trade(trade.direction, trade.notional_atoms, self.last_ts)?;
        }
        self.last_ts = now;
        Ok(self.footprint.disturbed(tick.price_micros, now))
    }
}

/// What a replay moves and waits for.
pub struct Replay<'a> {
    /// Connection to the chain.
    pub rpc: &'a Rpc,
    /// Addresses.
    pub world: &'a World,
    /// The undisturbed path.
    pub ticks: &'a [Tick],
    /// How fast it goes.
    pub pace: Pace,
    /// Counters of the keepers.
    pub keepers: Vec<Arc<Stats>>,
}

/// Replays the path; `feed` tells the others about each tick, `done` is called after each.
pub async fn run(
    replay: &Replay<'_>,
    impact: &mut Impact,
    feed: &watch::Sender<Feed>,
    mut done: impl FnMut(&Feed),
) -> Result<()> {
    let Replay { ticks, pace, .. } = replay;
    let opening =
        ticks.first().into_iter().flat_map(|first| (1..=OPENING_TICKS).rev().map(move |ago| (0, ago, first)));
    let window = ticks.iter().enumerate().map(|(place, tick)| (place, 0, tick));
    for (number, (place, ago_secs, tick)) in (0u64..).zip(opening.chain(window)) {
        let began = Instant::now();
        let chain_ts = pace.start_ts + tick.offset_secs - ago_secs;
        let price_micros = impact.price(tick, chain_ts)?;
        let now = Feed {
            tick: number,
            place,
            offset_secs: tick.offset_secs,
            chain_ts,
            price_micros,
            recorded_micros: tick.price_micros,
        };
        publish(replay, &Quote::of(tick, price_micros, chain_ts)).await?;
        let plans: Vec<u64> = replay.keepers.iter().map(|stats| plans(stats)).collect();
        feed.send_replace(now);
        wait(replay, began, &plans).await;
        if ago_secs == 0 {
            done(&now);
        }
    }
    Ok(())
}

/// Moves the clock to a price, writes it to the oracle accounts and folds the market.
async fn publish(replay: &Replay<'_>, quote: &Quote) -> Result<()> {
    let Replay { rpc, world, .. } = replay;
    move_clock(rpc.client(), quote.publish_ts).await?;
    world.oracle.publish(rpc.client(), quote).await?;
    rpc.renew_blockhash().await;
    // Before anybody trades: the clock has moved further than a fold lasts.
    let records: Vec<_> = world.venues.iter().map(|keys| keys.record).collect();
    rpc.must("fold", &[ix::fold([&world.group, &world.market], &records, false)], &[]).await
}

/// Waits until everybody could act on a price that was published when the keepers had made this many plans.
async fn wait(replay: &Replay<'_>, began: Instant, before: &[u64]) {
    let Replay { pace, keepers, .. } = replay;
    tokio::time::sleep(pace.tick.saturating_sub(began.elapsed())).await;
    let is_due = |(stats, before): (&Arc<Stats>, &u64)| plans(stats) < before + PLANS_PER_TICK;
    while keepers.iter().zip(before).any(is_due) && began.elapsed() < pace.tick_max {
        tokio::time::sleep(PLANS_POLL).await;
    }
}

fn plans(stats: &Stats) -> u64 {
    stats.plans.load(Ordering::Relaxed)
}
