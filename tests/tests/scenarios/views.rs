//! What anybody can ask: where an account stands.

use firebreak_interface::standing::{AccountStanding, DISTANCE_FAR};
use firebreak_tests::{params::DOLLAR, Trade, World};

use super::LOT;

/// Long 2 000 dollars with 300, of which 100 are maintenance margin. The trigger lies ln 0.9 below, 3 whole bins; bankruptcy
/// ln 0.85 = -0.162519. A day's deviation is 2 % times the root of 24, 9.79796 %: 1.65871 of them, which a path reaches with
/// the probability 2 (1 - 0.951413) = 0.097175.
#[test]
fn a_view_tells_equity_margins_distance_and_probability() {
    let mut world = World::new();
    let other = world.trader(100_000 * DOLLAR, 0);
    let long = world.trader(300 * DOLLAR, 0);
    world.trade(&Trade::new(&long, &other, 1_000, LOT));
    let found = world.view(&long.account, 86_400);
    let expected = AccountStanding {
        version: 1,
        state: 0,
        distance_bins: 3,
        insolvency_ppm: found.insolvency_ppm,
        equity_atoms: 300_000_000,
        maintenance_atoms: 100_000_001,
        // Paper profit would count nine tenths; there is none.
        initial_equity_atoms: 300_000_000,
        initial_atoms: 200_000_001,
        withdraw_equity_atoms: 300_000_000,
        notional_atoms: 2_000_000_000,
        snapshot_sequence: world.snapshot().header.sequence,
        ..AccountStanding::default()
    };
    assert_eq!(found, expected);
    // The variance is stored rounded down, and the probability is exact to a ppm.
    assert!(found.insolvency_ppm.abs_diff(97_175) <= 10, "{}", found.insolvency_ppm);
    // Half a bin from its trigger, all of it lies in the next bin: 2 000 dollars less what they lost, over 0.03.
    world.advance(1);
    world.tick(182_000_000);
    let near = world.view(&long.account, 86_400);
    assert_eq!((near.distance_bins, near.state), (0, 0));
    assert_eq!(near.delta_atoms, 1_820_000_000 * 100 / 3 + 1);
    // 60 666 666 667 over 0.03, rounded away from zero.
    assert_eq!(near.gamma_atoms, -2_022_222_222_234);
    assert!(near.insolvency_ppm > found.insolvency_ppm);
    // The other side owns a hundred times its position.
    let far = world.view(&other.account, 86_400);
    assert_eq!((far.distance_bins, far.insolvency_ppm, far.delta_atoms), (DISTANCE_FAR, 0, 0));
}

/// The view changes nothing, and an account without positions is in no danger.
#[test]
fn a_flat_account_stands_far_from_everything() {
    let mut world = World::new();
    let flat = world.trader(7 * DOLLAR, 0);
    let found = world.view(&flat.account, u32::MAX);
    assert_eq!((found.distance_bins, found.insolvency_ppm, found.notional_atoms), (DISTANCE_FAR, 0, 0));
    assert_eq!((found.equity_atoms, found.maintenance_atoms), (7_000_000, 0));
}
