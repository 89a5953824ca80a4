//! Whole stories on the VM, with the arithmetic of every expected number beside it.
//!
//! One lot is a hundredth of a token; at 200 dollars it costs 2 000 000 quote atoms. Initial margin is 10 %,
//! maintenance 5 %, and a liquidation ends at 1.2 times maintenance. After every transaction the harness audits
//! the group to the fraction of an atom.

mod bankruptcy;
mod breaker;
mod committee;
mod conversion;
mod dead_oracles;
mod demand;
mod funding;
mod insurance_stakes;
mod margins;
mod open_interest;
mod partial_liquidation;
mod portfolio;
mod pumped_market;
mod random_walk;
mod size;
mod stake_walk;
mod stale_rows;
mod views;

use firebreak_tests::{params::DOLLAR, Trade, Trader, World};

/// Quote atoms per lot at 200 dollars.
const LOT: u64 = 2 * DOLLAR;

/// Dollars as signed quote atoms.
const fn dollars(amount: i64) -> i64 {
    amount * 1_000_000
}

/// A trader who holds 4 000 lots long, a counterparty and a keeper, at 200 dollars.
struct Cast {
    world: World,
    /// 1 000 dollars against 8 000 of notional.
    victim: Trader,
    /// Short the same lots.
    other: Trader,
    /// 100 000 dollars, no position.
    keeper: Trader,
}

impl Cast {
    fn new() -> Self {
        let mut world = World::new();
        let victim = world.trader(1_000 * DOLLAR, 0);
        let other = world.trader(100_000 * DOLLAR, 0);
        let keeper = world.trader(100_000 * DOLLAR, 0);
        world.trade(&Trade::new(&victim, &other, 4_000, LOT));
        Self { world, victim, other, keeper }
    }
}
