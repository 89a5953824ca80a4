//! Events, one per instruction.

use anchor_lang::prelude::*;

use crate::{
    engine::{Leg, Removal, Stop},
    state::Side,
};

/// A market was opened.
#[event]
pub struct MarketCreated {
    /// The market.
    pub market: Pubkey,
    /// Firebreak's account of this venue's use of the market.
    pub venue_market: Pubkey,
    /// Price step, in quote atoms per lot.
    pub tick_atoms: u64,
    /// Fee of takers, in ppm of notional.
    pub taker_fee_ppm: u32,
    /// Rebate of makers, in ppm of notional.
    pub maker_rebate_ppm: u32,
    /// Slot of the instruction.
    pub slot: u64,
}

/// An order was matched, and what was left of it stands or was dropped.
#[event]
pub struct OrderPlaced {
    /// The market.
    pub market: Pubkey,
    /// Margin account of the order.
    pub margin: Pubkey,
    /// Id of the order in the book. 0: it does not stand.
    pub order_id: u64,
    /// Number chosen by the client.
    pub client_id: u64,
    /// Buying or selling.
    pub side: Side,
    /// Limit price, in quote atoms per lot.
    pub limit_price_atoms: u64,
    /// Lots asked for.
    pub lots: u64,
    /// Lots traded.
    pub filled_lots: u64,
    /// Quote atoms traded.
    pub notional_atoms: u64,
    /// Fee of the taker, in quote atoms.
    pub taker_fee_atoms: u64,
    /// Lots that stand in the book.
    pub resting_lots: u64,
    /// Why matching ended.
    pub stop: Stop,
    /// Firebreak's reason when `stop` says so, as a number. 0: none.
    pub refusal: u8,
    /// What was traded, in this order.
    pub fills: Vec<Leg>,
    /// Other orders that were removed on the way.
    pub removals: Vec<Removal>,
    /// Slot of the instruction.
    pub slot: u64,
}

/// Orders were removed by their owner.
#[event]
pub struct OrdersCancelled {
    /// The market.
    pub market: Pubkey,
    /// Margin account of the orders.
    pub margin: Pubkey,
    /// Ids of the orders.
    pub order_ids: Vec<u64>,
    /// Lots of all of them.
    pub lots: u64,
    /// Slot of the instruction.
    pub slot: u64,
}
