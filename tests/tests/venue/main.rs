//! The venue and Firebreak, both as compiled programs: what a fill does, and what a refusal leaves behind.

mod chain;
mod layouts;

use chain::{code_of, Chain, PRICE};
use example_venue::{
    engine::{OrderKind, RemovalReason, Stop},
    error::VenueError,
    state::Side,
};

/// Makers sell to trader 0, who buys.
const TAKER: usize = 0;

#[test]
fn a_fill_moves_positions_volume_and_the_book() {
    let mut chain = Chain::new();
    chain.ask(1, PRICE, 5);
    chain.ask(2, PRICE + 10, 5);
    let result = chain.buy(TAKER, PRICE + 10, 8, &[1, 2]).unwrap();
    // 5 * 1 000 000 + 3 * 1 000 010 = 8 000 030 atoms; fee 500 ppm = 4 000.015, up: 4 001.
    assert_eq!((result.filled_lots, result.notional_atoms), (8, 8_000_030));
    assert_eq!((result.taker_fee_atoms, result.stop), (4_001, Stop::Filled));
    // A lot is 2^16 units.
    assert_eq!([TAKER, 1, 2].map(|trader| chain.units(trader) >> 16), [8, -5, -3]);
    assert_eq!(chain.asks(), [(2, PRICE + 10, 2)]);
    // Rebates of 100 ppm: 5 000 000 -> 500 and 3 000 030 -> 300; the venue keeps 4 001 - 800 = 3 201.
    assert_eq!(chain.venue_fees_atoms(), 3_201);
}

#[test]
fn four_makers_trade_in_one_call() {
    let mut chain = Chain::new();
    for (maker, price) in (1..=4).zip([PRICE, PRICE + 10, PRICE + 20, PRICE + 30]) {
        chain.ask(maker, price, 2);
    }
    let result = chain.buy(TAKER, PRICE + 100, 10, &[1, 2, 3, 4]).unwrap();
    assert_eq!((result.filled_lots, result.resting_lots, result.stop), (8, 2, Stop::Rests));
    assert_eq!((chain.units(TAKER) >> 16, chain.asks()), (8, vec![]));
    // 41 694 when this was written.
    assert!(chain.units_consumed < 60_000, "{} compute units", chain.units_consumed);
}

#[test]
fn four_rounds_of_four_makers_fit_a_default_transaction() {
    let mut chain = Chain::new();
    for price in [PRICE, PRICE + 10, PRICE + 20, PRICE + 30] {
        for maker in 1..=4 {
            chain.ask(maker, price, 1);
        }
    }
    let result = chain.buy(TAKER, PRICE + 30, 16, &[1, 2, 3, 4]).unwrap();
    assert_eq!((result.filled_lots, result.stop), (16, Stop::Filled));
    // 150 182 when this was written; a transaction of one instruction has 200 000 unless it asks for more.
    assert!(chain.units_consumed < 200_000, "{} compute units", chain.units_consumed);
}

#[test]
fn a_maker_who_cannot_pay_loses_the_order_and_the_next_one_trades() {
    let mut chain = Chain::new();
    chain.ask(1, PRICE, 5);
    chain.ask(2, PRICE, 5);
    chain.set_collateral(1, 0);
    let result = chain.buy(TAKER, PRICE, 5, &[1, 2]).unwrap();
    assert_eq!((result.filled_lots, result.stop), (5, Stop::Filled));
    assert_eq!((chain.units(1), chain.units(2) >> 16, chain.asks()), (0, -5, vec![]));
    let removed = chain.last_placed().removals[0];
    // 1: initial margin.
    assert_eq!((removed.order_id, removed.reason), (1, RemovalReason::Refused(1)));
}

#[test]
fn the_removal_persists_when_nobody_is_left_to_trade_with() {
    let mut chain = Chain::new();
    chain.ask(1, PRICE, 5);
    chain.set_collateral(1, 0);
    let result = chain.take(TAKER, PRICE, 5, &[1]).unwrap();
    assert_eq!((result.filled_lots, result.stop, chain.asks()), (0, Stop::Unmatched, vec![]));
}

#[test]
fn orders_of_a_closed_account_block_nobody() {
    let mut chain = Chain::new();
    chain.ask(1, PRICE, 5);
    chain.ask(2, PRICE, 5);
    chain.close(1);
    let result = chain.buy(TAKER, PRICE, 5, &[1, 2]).unwrap();
    assert_eq!((result.filled_lots, chain.units(2) >> 16), (5, -5));
}

#[test]
fn an_ask_below_the_price_band_is_removed_and_one_above_is_the_takers_problem() {
    let mut chain = Chain::new();
    // The band is 5 %: 950 000 to 1 050 000.
    chain.ask(1, PRICE - 60_000, 1);
    chain.ask(2, PRICE, 1);
    chain.ask(3, PRICE + 60_000, 1);
    let failed = chain.buy(TAKER, PRICE + 60_000, 3, &[1, 2, 3]).unwrap();
    // Round 1 removes the first ask, round 2 is refused because the limit reaches too far.
    assert_eq!((failed.filled_lots, failed.stop, failed.refusal), (0, Stop::Refused, 3));
    assert_eq!(chain.asks(), [(2, PRICE, 1), (3, PRICE + 60_000, 1)]);
    let error = chain.buy(TAKER, PRICE + 60_000, 2, &[2, 3]).unwrap_err();
    assert_eq!(error, code_of(VenueError::RefusedPriceBand));
    assert_eq!(chain.buy(TAKER, PRICE, 1, &[2]).unwrap().filled_lots, 1);
}

#[test]
fn a_refused_taker_changes_nothing() {
    let mut chain = Chain::new();
    chain.ask(1, PRICE, 5);
    chain.set_collateral(TAKER, 0);
    let error = chain.buy(TAKER, PRICE, 5, &[1]).unwrap_err();
    assert_eq!(error, code_of(VenueError::RefusedInitialMargin));
    assert_eq!((chain.asks(), chain.units(1)), (vec![(1, PRICE, 5)], 0));
}

#[test]
fn a_stale_price_costs_no_maker_an_order() {
    let mut chain = Chain::new();
    chain.ask(1, PRICE, 5);
    chain.warp_secs(6);
    let error = chain.buy(TAKER, PRICE, 5, &[1]).unwrap_err();
    assert_eq!((error, chain.asks()), (code_of(VenueError::RefusedStaleRow), vec![(1, PRICE, 5)]));
}

#[test]
fn the_best_maker_cannot_be_left_out() {
    let mut chain = Chain::new();
    chain.ask(1, PRICE, 5);
    chain.ask(2, PRICE + 10, 5);
    let error = chain.buy(TAKER, PRICE + 10, 5, &[2]).unwrap_err();
    assert_eq!(error, code_of(VenueError::MakerAccountMissing));
}

#[test]
fn post_only_and_off_tick_orders_are_refused() {
    let mut chain = Chain::new();
    chain.ask(1, PRICE, 5);
    let crossing = chain.place(TAKER, Side::Buy, OrderKind::PostOnly, (PRICE, 1), &[]);
    assert_eq!(crossing.unwrap_err(), code_of(VenueError::PostOnlyWouldCross));
    let off_tick = chain.place(TAKER, Side::Buy, OrderKind::Limit, (PRICE - 5, 1), &[]);
    assert_eq!(off_tick.unwrap_err(), code_of(VenueError::PriceOffTick));
}

#[test]
fn only_the_owner_cancels() {
    let mut chain = Chain::new();
    chain.ask(1, PRICE, 5);
    chain.ask(1, PRICE + 10, 5);
    let error = chain.cancel((2, 1), Side::Sell, 1).unwrap_err();
    assert_eq!(error, code_of(VenueError::NotTheOwner));
    // Trader 2 signs for the own account, which has no such order.
    let error = chain.cancel((2, 2), Side::Sell, 1).unwrap_err();
    assert_eq!(error, code_of(VenueError::OrderNotFound));
    chain.cancel((1, 1), Side::Sell, 1).unwrap();
    assert_eq!(chain.asks(), [(1, PRICE + 10, 5)]);
    chain.cancel_all(1).unwrap();
    assert_eq!(chain.asks(), []);
}
