use bytemuck::Zeroable;
use proptest::prelude::*;

use super::*;

fn side(side: Side) -> BookSide {
    BookSide { side: side as u8, ..BookSide::zeroed() }
}

fn order(id: u64, price_atoms: u64, lots: u64) -> Order {
    Order { id, price_atoms, lots, ..Order::default() }
}

fn ids(side: &BookSide) -> Vec<u64> {
    side.by_priority().map(|order| order.id).collect()
}

#[test]
fn bids_trade_from_high_to_low_and_asks_from_low_to_high() {
    let (mut bids, mut asks) = (side(Side::Buy), side(Side::Sell));
    for (id, price) in [(1, 100), (2, 120), (3, 110)] {
        bids.insert(order(id, price, 1)).unwrap();
        asks.insert(order(id, price, 1)).unwrap();
    }
    assert_eq!(ids(&bids), [2, 3, 1]);
    assert_eq!(ids(&asks), [1, 3, 2]);
}

#[test]
fn equal_prices_trade_in_the_order_of_arrival() {
    let mut bids = side(Side::Buy);
    for id in 1..=4 {
        bids.insert(order(id, 100, 1)).unwrap();
    }
    assert_eq!(ids(&bids), [1, 2, 3, 4]);
}

#[test]
fn a_full_side_drops_its_worst_order_for_a_better_one_only() {
    let mut asks = side(Side::Sell);
    for id in 1..=64 {
        asks.insert(order(id, 100 + id, 1)).unwrap();
    }
    // Worst: 100 + 64 = 164, from order 64. The same price arrives later and is no better.
    assert_eq!(asks.insert(order(65, 164, 1)), Err(SideFull));
    let dropped = asks.insert(order(66, 163, 1)).unwrap().unwrap();
    assert_eq!((dropped.id, asks.orders().len()), (64, 64));
    // Behind order 63, which stood at 163 first.
    assert_eq!(ids(&asks)[62..], [63, 66]);
}

#[test]
fn consuming_takes_the_best_orders_first() {
    let mut bids = side(Side::Buy);
    for (id, price, lots) in [(1, 100, 5), (2, 120, 3), (3, 110, 4)] {
        bids.insert(order(id, price, lots)).unwrap();
    }
    // 3 lots of order 2, 4 of order 3, and 8 - 7 = 1 of order 1.
    bids.consume(8);
    assert_eq!(bids.orders(), [order(1, 100, 4)]);
    bids.consume(99);
    assert_eq!(bids.best(), None);
}

#[test]
fn removing_keeps_the_order_of_the_rest() {
    let mut asks = side(Side::Sell);
    for id in 1..=5 {
        asks.insert(order(id, 100 + id, id)).unwrap();
    }
    let mut removed = Vec::new();
    asks.remove_where(|order| order.lots % 2 == 0, |order| removed.push(order.id));
    assert_eq!((removed, ids(&asks)), (vec![2, 4], vec![1, 3, 5]));
}

proptest! {
    #[test]
    fn a_side_is_sorted_by_price_then_time_whatever_arrives_and_leaves(
        buys in any::<bool>(),
        steps in prop::collection::vec((1..20u64, any::<prop::sample::Index>(), 0..4u8), 1..200),
    ) {
        let mut book = side(if buys { Side::Buy } else { Side::Sell });
        for (id, (price, index, action)) in steps.into_iter().enumerate() {
            if action == 0 && !book.orders().is_empty() {
                book.remove_at(index.index(book.orders().len()));
            } else {
                book.insert(order(u64::try_from(id).unwrap(), price, 1)).ok();
            }
            let sorted: Vec<_> = book.by_priority().copied().collect();
            for pair in sorted.windows(2) {
                let is_better = book.side().is_better(pair[0].price_atoms, pair[1].price_atoms);
                let is_older = pair[0].price_atoms == pair[1].price_atoms && pair[0].id < pair[1].id;
                prop_assert!(is_better || is_older);
            }
        }
    }
}
