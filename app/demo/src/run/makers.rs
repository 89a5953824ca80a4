//! The makers of a venue: quote both sides of its book around the oracle price, and quote anew when it moved.

use std::sync::Arc;

use anyhow::Result;
use example_venue::state::Side;
use futures::future::join_all;
use tokio::sync::watch;

use super::{
    driver::Feed,
    market::{Order, VenueClient},
    setup::World,
};
use crate::population::Population;

/// Distance of the two quotes of a side from the oracle price, in ppm.
const SPREADS_PPM: [i64; 2] = [400, 2_500];
/// Share of a maker's equity behind one quote, as a divisor.
const QUOTE_DIVISOR: u64 = 4;
/// Move of the price after which a maker quotes anew, in ppm.
const REQUOTE_PPM: i64 = 800;
/// Ticks after which a maker quotes anew although the price stood still, to replace what was taken.
const REQUOTE_TICKS: u64 = 4;

/// Runs the makers of the venue with this number until the feed ends.
pub async fn run(
    (number, venue): (usize, VenueClient),
    world: Arc<World>,
    population: Arc<Population>,
    mut feed: watch::Receiver<Feed>,
) -> Result<()> {
    let mut quoted: Option<Feed> = None;
    loop {
        let now = *feed.borrow_and_update();
        let is_due = quoted.is_none_or(|last| {
            let moved = i128::from((now.price_micros - last.price_micros).abs()) * 1_000_000;
            moved > i128::from(last.price_micros) * i128::from(REQUOTE_PPM)
                || now.tick >= last.tick + REQUOTE_TICKS
        });
        if is_due {
            quote_all((number, &venue), &world, &population, &now).await;
            quoted = Some(now);
        }
        if feed.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Every maker takes its quotes back, then all quote anew: a maker who quoted first would trade with the stale
/// quotes of the others.
async fn quote_all(
    (number, venue): (usize, &VenueClient),
    world: &World,
    population: &Population,
    now: &Feed,
) {
    let everybody = world.makers.iter().zip(&population.makers);
    let own: Vec<_> = everybody.filter(|(_, maker)| maker.venue == number).collect();
    let cancels = own.iter().map(|(member, _)| async move {
        venue.rpc().send_and_wait(&[venue.cancel_all(member)], &[&member.keypair]).await
    });
    join_all(cancels).await;
    let Ok(book) = venue.book().await else {
        return;
    };
    let quotes = own.iter().map(|(member, maker)| {
        let lots = world.grid.lots_of(maker.equity_atoms / QUOTE_DIVISOR, now.price_micros);
        let mut all = Vec::new();
        for spread in SPREADS_PPM {
            for (side, ppm) in [(Side::Buy, -spread), (Side::Sell, spread)] {
                let limit_price_atoms = world.grid.price_atoms(now.price_micros, ppm);
                let order = Order { side, lots, limit_price_atoms, rests: true };
                all.push(venue.order_instruction(&book, member, &order));
            }
        }
        async move { venue.rpc().send_and_wait(&all, &[&member.keypair]).await }
    });
    for outcome in join_all(quotes).await {
        if let Err(error) = outcome {
            tracing::warn!(error = format!("{error:#}"), "a maker could not quote");
        }
    }
}
