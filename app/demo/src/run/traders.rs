//! The traders: enter, trade again, and add margin when it runs low.

use std::sync::Arc;

use anyhow::Result;
use example_venue::state::Side as BookSide;
use firebreak_client::{accounts, health};
use firebreak_risk::units::Side;
use futures::{stream, StreamExt};
use tokio::sync::watch;

use super::{
    driver::Feed,
    market::{Order, VenueClient},
    rpc::Rpc,
    setup::{Member, World},
};
use crate::{
    population::{Activity, Population, Trader},
    scenario::Grid,
};

/// Worst price of a trade, relative to the oracle price, in ppm.
const SLIPPAGE_PPM: i64 = 8_000;
/// Orders under way at once.
const PARALLEL: usize = 8;
/// Ticks between two looks at the margin of those who would add to it.
const WATCH_TICKS: u64 = 5;

/// Ticks for which a trader tries to enter before giving up.
const ENTRY_TICKS: u64 = 40;

/// What a trader does now.
#[derive(Clone, Copy)]
enum Act {
    /// Opens the first position; tried again until there is one.
    Enter,
    /// Trades once.
    Trade(Order),
    /// Adds margin, in quote atoms.
    TopUp(u64),
}

/// Somebody who wants to enter and has not yet.
#[derive(Clone, Copy)]
struct Waiting {
    trader: usize,
    until_tick: u64,
}

/// Runs until the feed ends. Everybody trades on the venue of his own, in the order of `venues`.
pub async fn run(
    venues: Vec<VenueClient>,
    world: Arc<World>,
    population: Arc<Population>,
    mut feed: watch::Receiver<Feed>,
) -> Result<()> {
    let mut since = -1;
    let mut topped_up = vec![false; population.traders.len()];
    let mut waiting: Vec<Waiting> = Vec::new();
    let Some(rpc) = venues.first().map(|venue| venue.rpc().clone()) else {
        return Ok(());
    };
    loop {
        let now = *feed.borrow_and_update();
        let mut acts = due_trades((&population, &world.grid), since, &now, &mut waiting);
        acts.extend(waiting.iter().map(|entry| (entry.trader, Act::Enter)));
        if now.tick.is_multiple_of(WATCH_TICKS) {
            acts.extend(due_top_ups(&rpc, &world, &population, &mut topped_up, &now).await);
        }
        since = now.offset_secs;
        let (venues, world, population) = (&venues, &world, &population);
        let entered: Vec<usize> = stream::iter(acts)
            .map(|(index, act)| async move {
                let trader = (world.traders.get(index)?, population.traders.get(index)?);
                let venue = venues.get(trader.1.venue)?;
                match perform(venue, world, trader, act, &now).await {
                    Ok(has_entered) => has_entered.then_some(index),
                    Err(error) => {
                        tracing::warn!(
                            error = format!("{error:#}"),
                            trader = index,
                            "a trader could not act"
                        );
                        None
                    }
                }
            })
            .buffer_unordered(PARALLEL)
            .filter_map(|entered| async move { entered })
            .collect()
            .await;
        waiting.retain(|entry| !entered.contains(&entry.trader) && now.tick < entry.until_tick);
        if feed.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// True when the trader has entered by this.
async fn perform(
    venue: &VenueClient,
    world: &World,
    (member, trader): (&Member, &Trader),
    act: Act,
    now: &Feed,
) -> Result<bool> {
    match act {
        Act::Enter => {
            let order = order(&world.grid, trader.side, trader.notional_atoms, now);
            venue.take(member, &order).await?;
            let data = venue.rpc().data(&member.account.margin_account).await?;
            return Ok(!accounts::decode_margin_account(&data)?.is_flat());
        }
        Act::Trade(order) => {
            venue.take(member, &order).await?;
        }
        Act::TopUp(atoms) => {
            let deposit = world.deposit(member, &world.quote, atoms);
            venue.rpc().send_and_wait(&[deposit], &[&world.treasury]).await?;
        }
    }
    Ok(false)
}

/// Entries and later trades whose time came since the last tick.
fn due_trades(
    (population, grid): (&Population, &Grid),
    since: i64,
    now: &Feed,
    waiting: &mut Vec<Waiting>,
) -> Vec<(usize, Act)> {
    let is_due = |offset: i64| offset > since && offset <= now.offset_secs;
    let mut acts = Vec::new();
    for (index, trader) in population.traders.iter().enumerate() {
        if is_due(trader.entry_offset_secs) {
            waiting.push(Waiting { trader: index, until_tick: now.tick + ENTRY_TICKS });
        }
        let Activity::Trades(intents) = &trader.activity else {
            continue;
        };
        for intent in intents.iter().filter(|intent| is_due(intent.offset_secs)) {
            acts.push((index, Act::Trade(change(grid, trader, intent.change_ppm, now))));
        }
    }
    acts
}

fn change(grid: &Grid, trader: &Trader, change_ppm: i32, now: &Feed) -> Order {
    let notional = u128::from(trader.notional_atoms) * u128::from(change_ppm.unsigned_abs()) / 1_000_000;
    let side = if change_ppm >= 0 { trader.side } else { trader.side.opposite() };
    order(grid, side, u64::try_from(notional).unwrap_or(u64::MAX), now)
}

fn order(grid: &Grid, side: Side, notional_atoms: u64, now: &Feed) -> Order {
    let (side, slippage) = match side {
        Side::Long => (BookSide::Buy, SLIPPAGE_PPM),
        Side::Short => (BookSide::Sell, -SLIPPAGE_PPM),
    };
    Order {
        side,
        lots: grid.lots_of(notional_atoms, now.price_micros).max(1),
        limit_price_atoms: grid.price_atoms(now.price_micros, slippage),
        rests: false,
    }
}

/// Deposits of those whose margin ran low, once each.
async fn due_top_ups(
    rpc: &Rpc,
    world: &World,
    population: &Population,
    done: &mut [bool],
    now: &Feed,
) -> Vec<(usize, Act)> {
    let mut acts = Vec::new();
    let Ok(data) = rpc.data(&firebreak_client::pda::snapshot(&world.group)).await else {
        return acts;
    };
    let Ok(snapshot) = accounts::decode_snapshot(&data) else {
        return acts;
    };
    for (index, trader) in population.traders.iter().enumerate() {
        let Activity::TopsUpOnce { below_ppm, amount_atoms } = &trader.activity else {
            continue;
        };
        if done[index] || trader.entry_offset_secs > now.offset_secs {
            continue;
        }
        let Ok(data) = rpc.data(&world.traders[index].account.margin_account).await else {
            continue;
        };
        let Ok(account) = accounts::decode_margin_account(&data) else {
            continue;
        };
        let Ok(sums) = health::account_health(&account, &snapshot, now.chain_ts) else {
            continue;
        };
        let low = sums.health.equity * 1_000_000 < sums.health.maintenance * i128::from(*below_ppm);
        if low && sums.health.maintenance > 0 {
            done[index] = true;
            acts.push((index, Act::TopUp(*amount_atoms)));
        }
    }
    acts
}
