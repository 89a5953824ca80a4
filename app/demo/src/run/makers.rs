//! The makers: quote both sides of the book around the oracle price, and quote anew when it moved.

use std::sync::Arc;

use anyhow::Result;
use example_venue::state::Side;
use tokio::sync::watch;

use super::{
    driver::Feed,
    market::{lots_of, price_atoms, Order, VenueClient},
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

/// Runs until the feed ends.
pub async fn run(
    venue: VenueClient,
    world: Arc<World>,
    population: Arc<Population>,
    mut feed: watch::Receiver<Feed>,
) -> Result<()> {
    let mut quoted: Option<Feed> = None;
    loop {
        let now = *feed.borrow_and_update();
        let is_due = quoted.is_none_or(|last| {
            let moved = i128::from((now.price_micros - last.price_micros).abs()) * 1_000_000;
            moved > i128::from(last.price_micros) * i128::from(REQUOTE_PPM) || now.tick >= last.tick + REQUOTE_TICKS
        });
        if is_due {
            quote_all(&venue, &world, &population, &now).await;
            quoted = Some(now);
        }
        if feed.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Every maker replaces its quotes; one after the other, as each reads the book that the one before left.
async fn quote_all(venue: &VenueClient, world: &World, population: &Population, now: &Feed) {
    for (member, maker) in world.makers.iter().zip(&population.makers) {
        let mut all = vec![venue.cancel_all(member)];
        let Ok(book) = venue.book().await else {
            return;
        };
        let lots = lots_of(maker.equity_atoms / QUOTE_DIVISOR, now.price_micros);
        for spread in SPREADS_PPM {
            for (side, ppm) in [(Side::Buy, -spread), (Side::Sell, spread)] {
                let limit_price_atoms = price_atoms(now.price_micros, ppm);
                let order = Order { side, lots, limit_price_atoms, rests: true };
                all.push(venue.order_instruction(&book, member, &order));
            }
        }
        if let Err(error) = venue.rpc().send_and_wait(&all, &[&member.keypair]).await {
            tracing::warn!(%error, "a maker could not quote");
        }
    }
}
