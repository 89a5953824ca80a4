//! The harness itself: a group comes up, trades, and is conserved.

use firebreak_tests::{params::DOLLAR, Trade, World};

#[test]
fn a_group_comes_up_and_a_trade_is_conserved() {
    let mut world = World::new();
    let alice = world.trader(10_000 * DOLLAR, 0);
    let bob = world.trader(10_000 * DOLLAR, 0);
    // 100 lots at 2 dollars each: 200 dollars against 10 000 of margin.
    let meta = world.trade(&Trade::new(&alice, &bob, 100, 2 * DOLLAR));
    println!("apply_fill {} CU", meta.compute_units);
    assert_eq!(world.margin(&alice.account).positions()[0].units, 100 << 16);
    assert_eq!(world.margin(&bob.account).positions()[0].units, -(100 << 16));
    assert!(world.audit().is_exact());
}
