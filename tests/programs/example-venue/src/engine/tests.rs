use bytemuck::Zeroable;
use proptest::prelude::*;

use super::*;
use crate::{client::best_makers, state::BookSide};

/// Refuses the makers in `bad`, and the taker once `taker_lots` would be exceeded.
#[derive(Default)]
struct FakeClearing {
    bad: Vec<Pubkey>,
    taker_lots_max: Option<u64>,
    taker_lots: u64,
    calls: usize,
}

impl Clearing for FakeClearing {
    type Error = ();

    fn submit(&mut self, legs: &[Leg]) -> core::result::Result<Answer, ()> {
        self.calls += 1;
        let makers: std::collections::HashSet<_> = legs.iter().map(|leg| leg.maker).collect();
        assert!((1..=4).contains(&legs.len()) && makers.len() == legs.len(), "a maker has one leg");
        if let Some(leg) = legs.iter().position(|leg| self.bad.contains(&leg.maker)) {
            return Ok(Answer::MakerRefused { leg, code: 1 });
        }
        let lots = self.taker_lots + legs.iter().map(|leg| leg.lots).sum::<u64>();
        if self.taker_lots_max.is_some_and(|most| lots > most) {
            return Ok(Answer::Refused { code: 4 });
        }
        self.taker_lots = lots;
        Ok(Answer::Admitted)
    }
}

fn key(byte: u8) -> Pubkey {
    Pubkey::new_from_array([byte; 32])
}

fn everybody() -> Vec<Pubkey> {
    (0..=9).map(key).collect()
}

fn new_order(trader: u8, side: Side, kind: OrderKind, price: u64, lots: u64) -> NewOrder {
    NewOrder { margin: key(trader), shard: 0, side, kind, limit_price_atoms: price, lots, client_id: 0 }
}

fn limit(trader: u8, side: Side, price: u64, lots: u64) -> NewOrder {
    new_order(trader, side, OrderKind::Limit, price, lots)
}

/// A book with asks of (trader, price, lots), ids counted from 1.
fn asks(orders: &[(u8, u64, u64)]) -> OrderBook {
    let mut book = OrderBook::zeroed();
    book.open(key(99), 255);
    for (trader, price, lots) in orders {
        let order = limit(*trader, Side::Sell, *price, *lots);
        run(&mut book, &order, &mut FakeClearing::default());
    }
    book
}

fn run(book: &mut OrderBook, order: &NewOrder, clearing: &mut FakeClearing) -> Execution {
    execute(book, order, &everybody(), clearing).unwrap()
}

/// (trader, price, lots) of each fill.
fn fills(execution: &Execution) -> Vec<(u8, u64, u64)> {
    execution.fills.iter().map(|leg| (leg.maker.as_ref()[0], leg.price_atoms, leg.lots)).collect()
}

/// (trader, price, lots) of each order of a side, best first.
fn resting(side: &BookSide) -> Vec<(u8, u64, u64)> {
    side.by_priority().map(|order| (order.margin.as_ref()[0], order.price_atoms, order.lots)).collect()
}

#[test]
fn a_taker_takes_the_best_prices_in_one_fill() {
    let mut book = asks(&[(1, 102, 5), (2, 101, 5), (3, 101, 5)]);
    let mut clearing = FakeClearing::default();
    let execution = run(&mut book, &limit(9, Side::Buy, 105, 12), &mut clearing);
    // 5 from trader 2 (first at 101), 5 from trader 3, and 12 - 10 = 2 from trader 1.
    assert_eq!(fills(&execution), [(2, 101, 5), (3, 101, 5), (1, 102, 2)]);
    // 5 * 101 + 5 * 101 + 2 * 102 = 1 214.
    assert_eq!((execution.notional_atoms(), execution.stop, clearing.calls), (1_214, Stop::Filled, 1));
    assert_eq!(resting(&book.asks), [(1, 102, 3)]);
}

#[test]
fn the_rest_of_a_limit_order_stands_and_of_an_immediate_order_does_not() {
    for (kind, stop, bids) in [
        (OrderKind::Limit, Stop::Rests, vec![(9, 101, 7)]),
        (OrderKind::ImmediateOrCancel, Stop::Unmatched, vec![]),
    ] {
        let mut book = asks(&[(1, 101, 3), (2, 102, 5)]);
        let order = new_order(9, Side::Buy, kind, 101, 10);
        let execution = run(&mut book, &order, &mut FakeClearing::default());
        assert_eq!((fills(&execution), execution.open_lots, execution.stop), (vec![(1, 101, 3)], 7, stop));
        assert_eq!((resting(&book.bids), resting(&book.asks)), (bids, vec![(2, 102, 5)]));
    }
}

#[test]
fn a_post_only_order_never_trades() {
    let mut book = asks(&[(1, 101, 3)]);
    let crossing = new_order(9, Side::Buy, OrderKind::PostOnly, 101, 1);
    let execution = run(&mut book, &crossing, &mut FakeClearing::default());
    assert_eq!((execution.stop, execution.order_id, book.bids.count), (Stop::WouldCross, 0, 0));
    let standing = new_order(9, Side::Buy, OrderKind::PostOnly, 100, 1);
    assert_eq!(run(&mut book, &standing, &mut FakeClearing::default()).stop, Stop::Rests);
}

#[test]
fn orders_of_one_maker_at_one_price_share_a_leg() {
    let mut book = asks(&[(1, 101, 3), (2, 101, 4), (1, 101, 5)]);
    let mut clearing = FakeClearing::default();
    let execution = run(&mut book, &limit(9, Side::Buy, 101, 10), &mut clearing);
    // 3 + (10 - 3 - 4) = 6 from trader 1, 4 from trader 2; 2 of the last order stay.
    assert_eq!((fills(&execution), clearing.calls), (vec![(1, 101, 6), (2, 101, 4)], 1));
    assert_eq!(resting(&book.asks), [(1, 101, 2)]);
}

#[test]
fn one_maker_at_two_prices_takes_two_rounds() {
    let mut book = asks(&[(1, 101, 3), (1, 102, 3)]);
    let mut clearing = FakeClearing::default();
    let execution = run(&mut book, &limit(9, Side::Buy, 102, 6), &mut clearing);
    assert_eq!((fills(&execution), clearing.calls), (vec![(1, 101, 3), (1, 102, 3)], 2));
}

#[test]
fn rounds_are_bounded_and_the_rest_does_not_cross_the_book() {
    let mut book = asks(&[(1, 101, 1), (1, 102, 1), (1, 103, 1), (1, 104, 1), (1, 105, 1)]);
    let mut clearing = FakeClearing::default();
    let execution = run(&mut book, &limit(9, Side::Buy, 110, 5), &mut clearing);
    assert_eq!((execution.stop, execution.open_lots, clearing.calls), (Stop::RoundsUsed, 1, 4));
    assert_eq!((execution.resting_lots, book.bids.count), (0, 0));
    assert_eq!(resting(&book.asks), [(1, 105, 1)]);
}

#[test]
fn a_refused_maker_leaves_the_side_and_the_others_trade() {
    let mut book = asks(&[(1, 101, 3), (2, 101, 3), (1, 109, 1)]);
    let mut clearing = FakeClearing { bad: vec![key(1)], ..FakeClearing::default() };
    let execution = run(&mut book, &limit(9, Side::Buy, 102, 2), &mut clearing);
    assert_eq!((fills(&execution), clearing.calls), (vec![(2, 101, 2)], 2));
    let removed: Vec<_> =
        execution.removals.iter().map(|removal| (removal.order_id, removal.reason)).collect();
    let reason = RemovalReason::Refused(1);
    assert_eq!(removed, [(1, reason), (3, reason)]);
    assert_eq!(resting(&book.asks), [(2, 101, 1)]);
}

#[test]
fn a_removal_persists_even_when_nothing_trades() {
    let mut book = asks(&[(1, 101, 3)]);
    let mut clearing = FakeClearing { bad: vec![key(1)], ..FakeClearing::default() };
    let order = new_order(9, Side::Buy, OrderKind::ImmediateOrCancel, 101, 2);
    let execution = run(&mut book, &order, &mut clearing);
    assert!(execution.is_worth_keeping());
    assert_eq!((execution.stop, execution.open_lots, book.asks.count), (Stop::Unmatched, 2, 0));
}

#[test]
fn a_refused_taker_neither_trades_nor_rests() {
    let mut book = asks(&[(1, 101, 3)]);
    let mut clearing = FakeClearing { taker_lots_max: Some(1), ..FakeClearing::default() };
    let execution = run(&mut book, &limit(9, Side::Buy, 101, 5), &mut clearing);
    assert_eq!((execution.stop, execution.refusal, execution.is_worth_keeping()), (Stop::Refused, 4, false));
    assert_eq!((resting(&book.asks), book.bids.count), (vec![(1, 101, 3)], 0));
}

#[test]
fn own_orders_in_the_way_are_cancelled_and_others_are_not() {
    let mut book = asks(&[(9, 101, 3), (1, 101, 4), (9, 102, 1), (1, 103, 1), (9, 104, 1)]);
    // 4 from trader 1 at 101 and 1 at 103 complete the order; own orders stand before that at 101 and 102.
    let execution = run(&mut book, &limit(9, Side::Buy, 110, 5), &mut FakeClearing::default());
    assert_eq!(fills(&execution), [(1, 101, 4), (1, 103, 1)]);
    let removed: Vec<_> = execution.removals.iter().map(|removal| removal.order_id).collect();
    assert_eq!((removed, resting(&book.asks)), (vec![1, 3], vec![(9, 104, 1)]));
    let reasons = execution.removals.iter().map(|removal| removal.reason);
    assert!(reasons.clone().all(|reason| reason == RemovalReason::SelfTrade));
}

#[test]
fn leaving_the_best_maker_out_ends_matching() {
    let mut book = asks(&[(1, 101, 3), (2, 102, 3), (3, 103, 3)]);
    let without_two = [key(1), key(3)];
    let order = limit(9, Side::Buy, 110, 9);
    let execution = execute(&mut book, &order, &without_two, &mut FakeClearing::default()).unwrap();
    assert_eq!((fills(&execution), execution.stop), (vec![(1, 101, 3)], Stop::MakerMissing));
    assert_eq!((execution.open_lots, book.bids.count), (6, 0));
    let execution = execute(&mut book, &order, &without_two, &mut FakeClearing::default()).unwrap();
    assert_eq!((execution.is_worth_keeping(), execution.stop), (false, Stop::MakerMissing));
}

#[test]
fn a_full_book_refuses_orders_that_are_not_better() {
    let mut book = OrderBook::zeroed();
    book.open(key(99), 255);
    for _ in 0..64 {
        run(&mut book, &limit(1, Side::Buy, 100, 1), &mut FakeClearing::default());
    }
    let execution = run(&mut book, &limit(2, Side::Buy, 100, 1), &mut FakeClearing::default());
    assert_eq!((execution.stop, execution.order_id), (Stop::BookFull, 0));
    let execution = run(&mut book, &limit(2, Side::Buy, 101, 1), &mut FakeClearing::default());
    assert_eq!(execution.stop, Stop::Rests);
    let displaced = [Removal { margin: key(1), order_id: 64, lots: 1, reason: RemovalReason::Displaced }];
    assert_eq!(execution.removals, displaced);
}

#[test]
fn the_client_names_makers_in_the_order_in_which_they_trade() {
    let book = asks(&[(1, 101, 3), (9, 101, 1), (2, 101, 3), (1, 102, 3), (3, 103, 3)]);
    let named = |lots, limit| {
        let makers = best_makers(&book, Side::Buy, limit, lots, &key(9));
        makers.iter().map(|maker| maker.margin.as_ref()[0]).collect::<Vec<_>>()
    };
    assert_eq!(named(3, 110), [1]);
    assert_eq!(named(4, 110), [1, 2]);
    // 3 + 3 + 3 lots come from traders 1 and 2; the tenth from trader 3, unless the limit is below 103.
    assert_eq!(named(10, 110), [1, 2, 3]);
    assert_eq!(named(10, 102), [1, 2]);
}

fn lots_of(side: &BookSide) -> u64 {
    side.orders().iter().map(|order| order.lots).sum()
}

fn any_order() -> impl Strategy<Value = NewOrder> {
    let kind = prop_oneof![
        4 => Just(OrderKind::Limit),
        1 => Just(OrderKind::ImmediateOrCancel),
        1 => Just(OrderKind::PostOnly),
    ];
    (0..6u8, any::<bool>(), kind, 1..12u64, 1..9u64).prop_map(|(trader, buys, kind, price, lots)| {
        new_order(trader, if buys { Side::Buy } else { Side::Sell }, kind, price, lots)
    })
}

/// The front of `before` after `removed` orders left and `lots` were traded away, best first.
fn expected_front(before: &BookSide, removed: &[u64], mut lots: u64) -> Vec<(u64, u64)> {
    let mut left = Vec::new();
    for order in before.by_priority().filter(|order| !removed.contains(&order.id)) {
        let taken = lots.min(order.lots);
        lots -= taken;
        if taken < order.lots {
            left.push((order.id, order.lots - taken));
        }
    }
    left
}

proptest! {
    /// Against a naive model: what is left of the makers' side is what remains when the front of the sorted side
    /// is traded away. That is price-time priority, FIFO at a price, and conservation of lots in one.
    #[test]
    fn trading_takes_lots_from_the_front_and_nowhere_else(
        orders in prop::collection::vec(any_order(), 1..80),
        bad in prop::collection::vec(0..6u8, 0..3),
        supplied in prop::collection::vec(any::<bool>(), 6),
    ) {
        let bad: Vec<_> = bad.into_iter().map(key).collect();
        let known: Vec<_> = (0..6u8).filter(|trader| supplied[usize::from(*trader)]).map(key).collect();
        let mut book = OrderBook::zeroed();
        book.open(key(99), 255);
        for order in &orders {
            let before = book;
            let mut clearing = FakeClearing { bad: bad.clone(), ..FakeClearing::default() };
            let execution = execute(&mut book, order, &known, &mut clearing).unwrap();
            let (makers_before, makers) =
                (before.side(order.side.opposite()), book.side(order.side.opposite()));

            // Lots of the taker: traded, standing or dropped.
            let filled = order.lots - execution.open_lots;
            prop_assert_eq!(execution.fills.iter().map(|leg| leg.lots).sum::<u64>(), filled);
            prop_assert!(execution.resting_lots == 0 || execution.resting_lots == execution.open_lots);

            // Lots of the makers: traded, removed or still there.
            let removed: Vec<_> = execution
                .removals
                .iter()
                .filter(|removal| removal.reason != RemovalReason::Displaced)
                .map(|removal| removal.order_id)
                .collect();
            let left: Vec<_> = makers.by_priority().map(|order| (order.id, order.lots)).collect();
            prop_assert_eq!(left, expected_front(makers_before, &removed, filled));
            let removed_lots: u64 = makers_before
                .orders()
                .iter()
                .filter(|order| removed.contains(&order.id))
                .map(|order| order.lots)
                .sum();
            // Orders of a refused maker may have traded in part in an earlier round of a good answer; here a
            // maker is good or bad for the whole order, so removed orders are whole.
            prop_assert_eq!(lots_of(makers_before), lots_of(makers) + filled + removed_lots);

            // Nobody trades beyond a limit, with himself, without accounts, or against Firebreak's refusal.
            for leg in &execution.fills {
                prop_assert!(order.side.crosses(order.limit_price_atoms, leg.price_atoms));
                prop_assert!(leg.maker != order.margin && known.contains(&leg.maker) && !bad.contains(&leg.maker));
                prop_assert_eq!(known[usize::from(leg.place)], leg.maker);
            }

            // Never a crossed book.
            if let (Some(bid), Some(ask)) = (book.bids.best(), book.asks.best()) {
                prop_assert!(bid.price_atoms < ask.price_atoms);
            }
            prop_assert!(clearing.calls <= ROUNDS_MAX);
        }
    }

    /// With the accounts that the client helper names, no maker is ever missing.
    #[test]
    fn the_makers_named_by_the_client_are_enough(orders in prop::collection::vec(any_order(), 1..60)) {
        let mut book = OrderBook::zeroed();
        book.open(key(99), 255);
        for order in &orders {
            let makers = best_makers(&book, order.side, order.limit_price_atoms, order.lots, &order.margin);
            let supplied: Vec<_> = makers.iter().map(|maker| maker.margin).collect();
            let execution = execute(&mut book, order, &supplied, &mut FakeClearing::default()).unwrap();
            prop_assert_ne!(execution.stop, Stop::MakerMissing);
        }
    }
}
