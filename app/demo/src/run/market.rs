//! A venue as its clients see it: reading the book, placing orders.

use std::sync::Arc;

use anyhow::{Context, Result};
use example_venue::{
    client::{self as venue_client, Trader},
    engine::OrderKind,
    instructions::PlaceOrderArgs,
    state::{Market, OrderBook, Side},
};
use firebreak::instructions::shard_of;
use firebreak_interface::{cpi::OracleKeys as OraclePair, fill::OVERLAY_ROWS_MAX};
use solana_instruction::Instruction;

use super::{
    rpc::{Landed, Rpc},
    setup::{Member, VenueKeys, World},
};

/// Times an order is sent again because the book moved in between.
const ATTEMPTS: usize = 3;

/// Makers are passed for this many times an order's lots, in case others take some of them first.
const SPARE_MAKERS: u64 = 8;

/// A venue's market, for everybody who trades on it.
#[derive(Clone)]
pub struct VenueClient {
    rpc: Rpc,
    world: Arc<World>,
    keys: VenueKeys,
    market: Market,
}

/// An order of a client.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Buying or selling.
    pub side: Side,
    /// Lots.
    pub lots: u64,
    /// Worst price, in quote atoms per lot.
    pub limit_price_atoms: u64,
    /// True: rests what does not trade at once.
    pub rests: bool,
}

impl VenueClient {
    /// Clients of all venues, in order. Reads each market once; its keys do not change.
    pub async fn open_all(rpc: &Rpc, world: &Arc<World>) -> Result<Vec<Self>> {
        let mut clients = Vec::with_capacity(world.venues.len());
        for keys in &world.venues {
            let data = rpc.data(&keys.book_market).await?;
            let market = venue_client::read_market(&data).context("a venue's market is malformed")?;
            clients.push(Self { rpc: rpc.clone(), world: Arc::clone(world), keys: *keys, market });
        }
        Ok(clients)
    }

    /// The client's connection.
    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// The book now.
    pub async fn book(&self) -> Result<Box<OrderBook>> {
        let data = self.rpc.data(&self.market.book).await?;
        venue_client::read_book(&data).context("the venue's book is malformed")
    }

    /// Instructions that place an order against the present book.
    pub fn order_instruction(&self, book: &OrderBook, member: &Member, order: &Order) -> Instruction {
        let trader = trader(member);
        let makers = venue_client::best_makers(
            book,
            order.side,
            order.limit_price_atoms,
            order.lots.saturating_mul(SPARE_MAKERS),
            &trader.margin,
        );
        let mut overlay_rows = [0u16; OVERLAY_ROWS_MAX];
        overlay_rows[0] = self.world.market_row;
        let args = PlaceOrderArgs {
            side: order.side,
            kind: if order.rests { OrderKind::Limit } else { OrderKind::ImmediateOrCancel },
            limit_price_atoms: order.limit_price_atoms,
            lots: order.lots,
            client_id: 0,
            overlay_rows,
            overlay_count: 1,
        };
        let oracles = [OraclePair {
            primary: self.world.oracle.pyth,
            secondary: self.world.oracle.switchboard,
            third: None,
        }];
        let market = (&self.keys.book_market, &self.market);
        venue_client::place_order(market, &trader, (&makers, &oracles), args)
    }

    /// Cancels everything that a member has resting.
    pub fn cancel_all(&self, member: &Member) -> Instruction {
        venue_client::cancel_all(&self.keys.book_market, &trader(member))
    }

    /// Places an order that trades at once or not at all, again when the book moved in between.
    pub async fn take(&self, member: &Member, order: &Order) -> Result<Landed> {
        let mut landed = Landed::Unknown;
        for _ in 0..ATTEMPTS {
            let book = self.book().await?;
            let instruction = self.order_instruction(&book, member, order);
            landed = self.rpc.send_and_wait(&[instruction], &[&member.keypair]).await?;
            let book_moved = matches!(&landed, Landed::Failed(error) if is_book_error(error));
            if !book_moved {
                break;
            }
        }
        Ok(landed)
    }
}

fn is_book_error(error: &str) -> bool {
    let number = u32::from(example_venue::error::VenueError::MakerAccountMissing);
    error.contains(&format!("Custom({number})"))
}

fn trader(member: &Member) -> Trader {
    Trader {
        owner: member.account.owner,
        margin: member.account.margin_account,
        shard: shard_of(&member.account.margin_account),
    }
}
