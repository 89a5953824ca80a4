//! The day's clock: moves the chain's time along the path and publishes each price to the oracle accounts.

use std::time::{Duration, Instant};

use anyhow::Result;
use firebreak_client::{instructions as ix, pda};
use tokio::sync::watch;

use super::{chain::move_clock, oracle::Quote, rpc::Rpc, setup::World};
use crate::path::Tick;

/// What everybody else knows about the moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Feed {
    /// Number of the tick.
    pub tick: u64,
    /// Seconds since the replayed day began.
    pub offset_secs: i64,
    /// Time of the chain.
    pub chain_ts: i64,
    /// Oracle price, in micro-dollars per SOL.
    pub price_micros: i64,
}

/// Pace of the replay.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Wall time of a tick, in which everybody can act.
    pub tick: Duration,
    /// Time of the chain at which the day begins.
    pub start_ts: i64,
}

/// Replays the path; `feed` tells the others about each tick, `done` is called after each.
pub async fn run(
    rpc: &Rpc,
    world: &World,
    ticks: &[Tick],
    pace: Pace,
    feed: &watch::Sender<Feed>,
    mut done: impl FnMut(&Feed),
) -> Result<()> {
    for (number, tick) in (0u64..).zip(ticks) {
        let began = Instant::now();
        let chain_ts = pace.start_ts + tick.offset_secs;
        let quote = Quote {
            price_micros: tick.price_micros,
            confidence_micros: tick.confidence_micros,
            publish_ts: chain_ts,
        };
        move_clock(rpc.client(), chain_ts).await?;
        world.oracle.publish(rpc.client(), &quote).await?;
        rpc.renew_blockhash().await;
        // Before anybody trades: the clock has moved further than a fold lasts.
        let venues = [pda::venue_market(&world.venue, &world.market)];
        rpc.must("fold", &[ix::fold([&world.group, &world.market], &venues)], &[]).await?;
        let now =
            Feed { tick: number, offset_secs: tick.offset_secs, chain_ts, price_micros: tick.price_micros };
        feed.send_replace(now);
        tokio::time::sleep(pace.tick.saturating_sub(began.elapsed())).await;
        done(&now);
    }
    Ok(())
}
