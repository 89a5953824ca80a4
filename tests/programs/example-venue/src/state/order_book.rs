//! The order book of a market: two sorted arrays of resting orders.
//!
//! Each side is sorted by priority with the best order last, so that the order that trades next is popped without
//! moving the others.

use anchor_lang::prelude::*;

use crate::constants::SIDE_ORDERS_MAX;

/// Buying or selling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
#[repr(u8)]
pub enum Side {
    /// Buys; rests among the bids.
    Buy,
    /// Sells; rests among the asks.
    Sell,
}

impl Side {
    /// The other side.
    pub fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// True when a resting order of this side at `price` is better than one at `other`.
    pub fn is_better(self, price: u64, other: u64) -> bool {
        match self {
            Self::Buy => price > other,
            Self::Sell => price < other,
        }
    }

    /// True when an order of this side with this limit trades against a resting order at `price`.
    pub fn crosses(self, limit: u64, price: u64) -> bool {
        match self {
            Self::Buy => price <= limit,
            Self::Sell => price >= limit,
        }
    }
}

/// A resting order, 72 bytes.
#[zero_copy]
#[repr(C)]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Margin account that trades.
    pub margin: Pubkey,
    /// Limit price, in quote atoms per lot.
    pub price_atoms: u64,
    /// Lots not yet traded.
    pub lots: u64,
    /// Number of the order in its book; a lower one has time priority.
    pub id: u64,
    /// Number chosen by the client; without meaning here.
    pub client_id: u64,
    /// Exposure shard of the margin account, so that takers find its address without reading the account.
    pub shard: u8,
    /// Explicit padding.
    pub _padding: [u8; 7],
}

/// One side of a book.
#[zero_copy]
#[repr(C)]
pub struct BookSide {
    /// Orders by rising priority, the first `count` in use.
    pub orders: [Order; SIDE_ORDERS_MAX],
    /// [`Side`] as a number.
    pub side: u8,
    /// Orders in use.
    pub count: u8,
    /// Explicit padding.
    pub _padding: [u8; 6],
}

/// The order book of a market.
#[account(zero_copy)]
#[repr(C)]
pub struct OrderBook {
    /// The market.
    pub market: Pubkey,
    /// Id of the next order. Starts at 1; 0 means "no order".
    pub next_order_id: u64,
    /// Resting buy orders.
    pub bids: BookSide,
    /// Resting sell orders.
    pub asks: BookSide,
    /// Bump of this account's address.
    pub bump: u8,
    /// Layout version.
    pub version: u8,
    /// Explicit padding.
    pub _padding: [u8; 6],
}

const _: () = assert!(core::mem::size_of::<Order>() == 72);
const _: () = assert!(core::mem::size_of::<BookSide>() == 4_616);
const _: () = assert!(core::mem::size_of::<OrderBook>() == 9_280);
const _: () = assert!(SIDE_ORDERS_MAX <= u8::MAX as usize);

/// The side is full of orders that are at least as good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SideFull;

impl BookSide {
    /// Buying or selling.
    pub fn side(&self) -> Side {
        if self.side == Side::Buy as u8 {
            Side::Buy
        } else {
            Side::Sell
        }
    }

    fn len(&self) -> usize {
        usize::from(self.count).min(SIDE_ORDERS_MAX)
    }

    /// Resting orders by rising priority: the last one trades next.
    pub fn orders(&self) -> &[Order] {
        &self.orders[..self.len()]
    }

    /// Resting orders in the order in which they trade.
    pub fn by_priority(&self) -> impl Iterator<Item = &Order> {
        self.orders().iter().rev()
    }

    /// The order that trades next.
    pub fn best(&self) -> Option<&Order> {
        self.orders().last()
    }

    /// Adds an order behind all orders of the same or a better price. A full side drops its worst order, which is
    /// returned, if the new price is better.
    ///
    /// # Errors
    /// `SideFull` when it is not.
    pub fn insert(&mut self, order: Order) -> core::result::Result<Option<Order>, SideFull> {
        let dropped = if self.len() == SIDE_ORDERS_MAX {
            if !self.side().is_better(order.price_atoms, self.orders[0].price_atoms) {
                return Err(SideFull);
            }
            Some(self.remove_at(0))
        } else {
            None
        };
        let (side, count) = (self.side(), self.len());
        // Everything that the new order beats on price comes first; equal prices keep their time priority.
        let place =
            self.orders().partition_point(|other| side.is_better(order.price_atoms, other.price_atoms));
        self.orders.copy_within(place..count, place + 1);
        self.orders[place] = order;
        self.count += 1;
        Ok(dropped)
    }

    /// Removes the order at a position of [`Self::orders`].
    pub fn remove_at(&mut self, place: usize) -> Order {
        let count = self.len();
        let order = self.orders[place];
        self.orders.copy_within(place + 1..count, place);
        self.count -= 1;
        order
    }

    /// Takes `lots` out of the best orders, in the order in which they trade.
    pub fn consume(&mut self, mut lots: u64) {
        while let Some(best) = self.orders().last().copied() {
            let place = self.len() - 1;
            if lots < best.lots {
                self.orders[place].lots -= lots;
                return;
            }
            lots -= best.lots;
            self.remove_at(place);
        }
    }

    /// Removes every order for which `is_doomed` is true, best first, and tells `removed`.
    pub fn remove_where(&mut self, is_doomed: impl Fn(&Order) -> bool, mut removed: impl FnMut(Order)) {
        for place in (0..self.len()).rev() {
            if is_doomed(&self.orders[place]) {
                removed(self.remove_at(place));
            }
        }
    }
}

impl OrderBook {
    /// Orders of one side.
    pub fn side(&self, side: Side) -> &BookSide {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    /// Orders of one side, to be changed.
    pub fn side_mut(&mut self, side: Side) -> &mut BookSide {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Prepares the book of a new market.
    pub fn open(&mut self, market: Pubkey, bump: u8) {
        self.market = market;
        self.next_order_id = 1;
        self.bids.side = Side::Buy as u8;
        self.asks.side = Side::Sell as u8;
        self.bump = bump;
        self.version = crate::constants::LAYOUT_VERSION;
    }

    /// The next order's id.
    pub fn take_order_id(&mut self) -> u64 {
        let id = self.next_order_id;
        self.next_order_id += 1;
        id
    }
}

#[cfg(test)]
mod tests;
