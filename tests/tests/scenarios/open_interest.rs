//! Open interest under its cap, with everybody's fills in every shard.

use firebreak::instructions::MarketParams;
use firebreak_tests::{
    params::{self, DOLLAR},
    Trade, Trader, World,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// At a constant price fills alone never bring open interest above the cap, however shards and folds fall.
#[test]
fn fills_never_exceed_the_cap_between_folds() {
    const CAP_LOTS: u64 = 8_000;
    let mut world = World::with_market(|feed| MarketParams {
        open_interest_cap_atoms: CAP_LOTS * 2 * DOLLAR,
        ..params::market(feed)
    });
    let traders: Vec<Trader> = (0..16).map(|_| world.trader(1_000_000 * DOLLAR, 0)).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut highest = 0;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for _ in 0..600 {
        if rng.random_ratio(1, 12) {
            world.fold(0).expect("a fold");
        }
        // Takers of the first half mostly buy from makers of the second, so that both sides grow.
        let mut trade = Trade::new(&traders[0], &traders[1], 1, 2 * DOLLAR);
        trade.taker = traders[rng.random_range(0..8)].account;
        let makers = rng.random_range(1..=4);
        trade.makers = (0..makers).map(|_| traders[rng.random_range(8..16)].account).collect();
        trade.lots = rng.random_range(1..150);
        if rng.random_ratio(1, 6) {
            trade.lots = -trade.lots;
        }
        let outcome = world.fill(&trade).0;
        *counts.entry(format!("{:?}", outcome.refusal())).or_default() += 1;
        let units: u64 = world.shard_rows(0).iter().map(|row| row.open_interest_units[0]).sum();
        highest = highest.max(units >> 16);
        assert!(units <= CAP_LOTS << 16, "{units} units");
    }
    println!("highest {highest} lots, {counts:#?}");
    assert!(highest > CAP_LOTS * 9 / 10, "the cap was never near: {highest}");
    assert!(counts.contains_key("Some(OpenInterestCap)"), "{counts:#?}");
}
