//! Matching: pure functions of the book, the new order and the answers of the clearing layer.
//!
//! Rules. Orders trade by price, then by time; nobody can skip the best order. A round collects the best orders of
//! up to four makers into one fill. If the clearing layer refuses a maker, that maker's orders leave the side and
//! the next round goes on without them, so an order that cannot be honoured blocks nobody. If it refuses the taker,
//! matching ends. The taker's own orders in the way are cancelled (cancel-oldest).

mod plan;

use anchor_lang::prelude::*;

use crate::{
    constants::ROUNDS_MAX,
    state::{Order, OrderBook, Side, SideFull},
};

pub use plan::{plan_round, Plan, PlanEnd};

/// What becomes of the part of an order that does not trade at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum OrderKind {
    /// It stands in the book.
    Limit,
    /// It is dropped.
    ImmediateOrCancel,
    /// It stands in the book; the order must not trade at all.
    PostOnly,
}

/// An order to be matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Margin account that trades.
    pub margin: Pubkey,
    /// Its exposure shard.
    pub shard: u8,
    /// Buying or selling.
    pub side: Side,
    /// What becomes of the rest.
    pub kind: OrderKind,
    /// Limit price, in quote atoms per lot.
    pub limit_price_atoms: u64,
    /// Lots.
    pub lots: u64,
    /// Number chosen by the client.
    pub client_id: u64,
}

/// One maker's part of a fill, at one price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct Leg {
    /// Margin account of the maker.
    pub maker: Pubkey,
    /// Price of the resting orders, in quote atoms per lot.
    pub price_atoms: u64,
    /// Lots.
    pub lots: u64,
    /// Position of the maker among the accounts that the client passed.
    pub place: u8,
}

impl Leg {
    /// Quote atoms of the leg. Cannot overflow: see `NOTIONAL_ATOMS_MAX`.
    pub fn notional_atoms(&self) -> u64 {
        self.price_atoms * self.lots
    }
}

/// What the clearing layer says to a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Applied.
    Admitted,
    /// Nothing applied, and the maker of this leg is to blame.
    MakerRefused {
        /// Index of the leg.
        leg: usize,
        /// Reason as a number.
        code: u8,
    },
    /// Nothing applied, and no maker is to blame.
    Refused {
        /// Reason as a number.
        code: u8,
    },
}

/// The clearing layer: Firebreak on-chain, a stand-in in tests.
pub trait Clearing {
    /// Error of a call that could not be made.
    type Error;

    /// Submits a fill of one to four legs, all against the same taker.
    ///
    /// # Errors
    /// When the call itself fails. A refusal is an [`Answer`].
    fn submit(&mut self, legs: &[Leg]) -> core::result::Result<Answer, Self::Error>;
}

/// Why an order left the book without its owner asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum RemovalReason {
    /// Its owner's new order would have traded with it.
    SelfTrade,
    /// Firebreak refused its maker for this reason, as a number.
    Refused(u8),
    /// The side was full and a better order arrived.
    Displaced,
}

/// An order that left the book without its owner asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct Removal {
    /// Margin account of the order.
    pub margin: Pubkey,
    /// Id of the order.
    pub order_id: u64,
    /// Lots it still had.
    pub lots: u64,
    /// Why.
    pub reason: RemovalReason,
}

impl Removal {
    fn new(order: &Order, reason: RemovalReason) -> Self {
        Self { margin: order.margin, order_id: order.id, lots: order.lots, reason }
    }
}

/// Why matching ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum Stop {
    /// Every lot traded.
    Filled,
    /// The rest stands in the book.
    Rests,
    /// Nothing in the book reaches the limit; the rest was dropped.
    Unmatched,
    /// The accounts of the best maker were not passed; the rest was dropped.
    MakerMissing,
    /// The rounds of one instruction were used up; the rest was dropped.
    RoundsUsed,
    /// The fill was refused and no maker is to blame; the rest was dropped.
    Refused,
    /// The rest found no place in the book and was dropped.
    BookFull,
    /// A post-only order would have traded and was dropped.
    WouldCross,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Fills in the order in which they were made.
    pub fills: Vec<Leg>,
    /// Orders of anybody that were removed on the way.
    pub removals: Vec<Removal>,
    /// Id in the book. 0: the order does not stand.
    pub order_id: u64,
    /// Lots that stand in the book.
    pub resting_lots: u64,
    /// Lots that did not trade.
    pub open_lots: u64,
    /// Why matching ended.
    pub stop: Stop,
    /// Reason as a number when `stop` is `Refused`. 0: none.
    pub refusal: u8,
}

impl Execution {
    /// True when the book changed for others: a fill, or an order that its maker could not honour. Then the
    /// instruction must succeed, or the change would be undone.
    pub fn is_worth_keeping(&self) -> bool {
        let is_refused = |removal: &Removal| matches!(removal.reason, RemovalReason::Refused(_));
        !self.fills.is_empty() || self.removals.iter().any(is_refused)
    }

    /// Quote atoms traded.
    pub fn notional_atoms(&self) -> u64 {
        self.fills.iter().map(Leg::notional_atoms).sum()
    }
}

/// Matches `order` and lets the rest stand if it may. `supplied`: margin accounts of makers that can be traded
/// with, because the client passed their accounts.
///
/// # Errors
/// Those of `clearing`.
pub fn execute<C: Clearing>(
    book: &mut OrderBook,
    order: &NewOrder,
    supplied: &[Pubkey],
    clearing: &mut C,
) -> core::result::Result<Execution, C::Error> {
    let mut execution = Execution {
        fills: Vec::new(),
        removals: Vec::new(),
        order_id: 0,
        resting_lots: 0,
        open_lots: order.lots,
        stop: Stop::WouldCross,
        refusal: 0,
    };
    if order.kind == OrderKind::PostOnly && is_crossing(book, order) {
        return Ok(execution);
    }
    execution.stop = match_rounds(book, order, supplied, clearing, &mut execution)?;
    if execution.stop == Stop::Unmatched && order.kind != OrderKind::ImmediateOrCancel {
        rest(book, order, &mut execution);
    }
    Ok(execution)
}

fn is_crossing(book: &OrderBook, order: &NewOrder) -> bool {
    let best = book.side(order.side.opposite()).best();
    best.is_some_and(|best| order.side.crosses(order.limit_price_atoms, best.price_atoms))
}

fn match_rounds<C: Clearing>(
    book: &mut OrderBook,
    order: &NewOrder,
    supplied: &[Pubkey],
    clearing: &mut C,
    execution: &mut Execution,
) -> core::result::Result<Stop, C::Error> {
    for _ in 0..ROUNDS_MAX {
        cancel_own(book, order, execution);
        let taker = NewOrder { lots: execution.open_lots, ..*order };
        let makers = book.side_mut(order.side.opposite());
        let plan = plan_round(makers, &taker, supplied);
        match plan.end {
            _ if !plan.legs().is_empty() => {}
            PlanEnd::MakerMissing => return Ok(Stop::MakerMissing),
            _ => return Ok(Stop::Unmatched),
        }
        match clearing.submit(plan.legs())? {
            Answer::Admitted => {
                makers.consume(plan.lots());
                execution.open_lots -= plan.lots();
                execution.fills.extend_from_slice(plan.legs());
            }
            Answer::MakerRefused { leg, code } => {
                let maker = plan.legs()[leg].maker;
                let reason = RemovalReason::Refused(code);
                makers.remove_where(
                    |resting| resting.margin == maker,
                    |resting| execution.removals.push(Removal::new(&resting, reason)),
                );
            }
            Answer::Refused { code } => {
                execution.refusal = code;
                return Ok(Stop::Refused);
            }
        }
        if execution.open_lots == 0 {
            return Ok(Stop::Filled);
        }
    }
    Ok(if is_crossing(book, order) { Stop::RoundsUsed } else { Stop::Unmatched })
}

/// Removes the taker's own orders that stand before its last lot would trade.
fn cancel_own(book: &mut OrderBook, order: &NewOrder, execution: &mut Execution) {
    let makers = book.side_mut(order.side.opposite());
    let mut open_lots = execution.open_lots;
    for place in (0..makers.orders().len()).rev() {
        let resting = makers.orders()[place];
        if open_lots == 0 || !order.side.crosses(order.limit_price_atoms, resting.price_atoms) {
            return;
        }
        if resting.margin == order.margin {
            makers.remove_at(place);
            execution.removals.push(Removal::new(&resting, RemovalReason::SelfTrade));
        } else {
            open_lots = open_lots.saturating_sub(resting.lots);
        }
    }
}

fn rest(book: &mut OrderBook, order: &NewOrder, execution: &mut Execution) {
    let id = book.take_order_id();
    let resting = Order {
        margin: order.margin,
        price_atoms: order.limit_price_atoms,
        lots: execution.open_lots,
        id,
        client_id: order.client_id,
        shard: order.shard,
        ..Order::default()
    };
    match book.side_mut(order.side).insert(resting) {
        Ok(displaced) => {
            let displaced = displaced.map(|worst| Removal::new(&worst, RemovalReason::Displaced));
            execution.removals.extend(displaced);
            execution.order_id = id;
            execution.resting_lots = execution.open_lots;
            execution.stop = Stop::Rests;
        }
        Err(SideFull) => execution.stop = Stop::BookFull,
    }
}

#[cfg(test)]
mod tests;
