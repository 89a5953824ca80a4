//! Liquidation demand on the chain: what a fold publishes, and the limits that follow from it.
//!
//! A lot is worth two dollars, 2 000 000 atoms: ln 2 000 000 = 14.50866, which lies in bin 483 of 0.03. Demand is averaged
//! over three bins, so over 0.09 of ln price, and looked for three bins further: three deviations of an hour at 2 % and the
//! ramp of 1 % are 7 %, rounded up to three bins.

use firebreak::instructions::{DemandParams, DynamicMarginParams, GroupParams, MarketParams};
use firebreak_client::instructions::{register_demand, update_group};
use firebreak_interface::fill::Refusal;
use firebreak_tests::{
    params::{self, DOLLAR},
    Trade, Trader, World,
};
use solana_signer::Signer;

use super::LOT;

const NONE: u16 = u16::MAX;

fn world(depth_dollars: u64) -> World {
    World::with_market(|feed| MarketParams {
        demand: DemandParams { depth_ratio_ppm: 100_000_000, ..params::demand() },
        depth_atoms: depth_dollars * DOLLAR,
        impact_cap_ppm: 100_000,
        ..params::market(feed)
    })
}

/// Long 1 000 lots, 2 000 dollars, with 300: 200 are more than maintenance margin, a tenth of the notional. The trigger lies
/// 0.9 below, ln 0.9 = -0.10536, which is 3.5 bins: bin 480.
fn near_long(world: &mut World, other: &Trader) -> Trader {
    let trader = world.trader(300 * DOLLAR, 0);
    world.trade(&Trade::new(&trader, other, 1_000, LOT));
    trader
}

/// One side's figures are published per fold, in turn.
fn fold_both(world: &mut World) {
    world.fold(0).expect("a fold");
    world.fold(0).expect("a fold");
}

/// 2 000 dollars in bin 480 are 22 222.22 per unit of ln price over its window: R = 22 222.22 / 5 000 000. Nothing lies within
/// the first three bins, so delta is zero and gamma 22 222.22 / 0.09 = 246 913.58. The other side has 100 000 dollars and
/// falls beyond the window.
#[test]
fn a_fold_publishes_delta_gamma_and_r_of_both_sides() {
    let mut world = world(5_000_000);
    let other = world.trader(100_000 * DOLLAR, 0);
    let long = near_long(&mut world, &other);
    let position = *world.margin(&long.account).position_of(2).expect("a position");
    assert_eq!(
        (position.registered_bin, position.registered_units, position.registered_side),
        (480, 1_000 << 16, 1)
    );
    let short = *world.margin(&other.account).position_of(2).expect("a position");
    assert_eq!((short.is_registered_far, short.registered_side), (1, 2));
    fold_both(&mut world);
    let [long, short] = world.row(0).sides;
    assert_eq!((long.demand_delta_atoms, long.reproduction_ppm, long.cluster_bins), (0, 4_445, NONE));
    // Rounded up twice on the way: 22 222 222 223 and 246 913 580 255.6.
    assert_eq!(long.demand_gamma_atoms, 246_913_580_256);
    assert_eq!((short.demand_delta_atoms, short.reproduction_ppm, short.cluster_bins), (0, 0, NONE));
}

/// At a depth of 50 000 dollars, two such accounts make R = 44 444 / 50 000 = 0.889. Of the room up to 100 D = 50 000 dollars
/// is left (0.9 - 0.88889) / 0.4 = 2.7777 %, and initial margin is 1 + 0.38889 / 0.4 = 1.973 times as high. Whoever is far
/// from the price brings R down again.
#[test]
fn limits_tighten_as_r_rises_and_reductions_never() {
    let mut world = world(50_000);
    let other = world.trader(100_000 * DOLLAR, 0);
    let [first, second] = [(); 2].map(|()| near_long(&mut world, &other));
    let third = world.trader(10_000 * DOLLAR, 0);
    let trade = Trade::new(&third, &other, 700, LOT);
    assert!(world.check(&trade).0.is_admitted(), "before anybody has folded");
    fold_both(&mut world);
    let [long, short] = world.row(0).sides;
    assert_eq!((long.reproduction_ppm, short.reproduction_ppm), (888_889, 0));
    assert_eq!(world.row(0).initial_side_ppm, [197_300, 100_000]);
    // 4 000 + 46 000 * 2.7777 %, and 50 000 * 2.7777 % for one account.
    assert_eq!((long.growth_cap_atoms / DOLLAR, world.row(0).position_cap_atoms[0] / DOLLAR), (5_277, 1_388));
    assert_eq!(world.refused(&trade), Refusal::PositionSize);
    // A shard may add an eighth of 1 277.7 dollars: 79 lots of two.
    assert_eq!(world.refused(&Trade { lots: 80, ..trade.clone() }), Refusal::OpenInterestCap);
    world.trade(&Trade { lots: 79, ..trade.clone() });
    // Reductions pass, also of those who are near.
    world.trade(&Trade::new(&first, &other, -100, LOT));
    // With 2 000 dollars more, bin 480 is left to the other one and R falls to a half at most.
    world.deposit(&first, 2_000 * DOLLAR);
    fold_both(&mut world);
    let long = world.row(0).sides[0];
    assert!(long.reproduction_ppm < 500_000, "{}", long.reproduction_ppm);
    assert_eq!(world.row(0).initial_side_ppm, [100_000; 2]);
    world.trade(&trade);
    assert_eq!(world.margin(&second.account).positions()[0].registered_bin, 480);
}

/// Three such accounts make R = 1.33. Nobody opens any more on their side, whatever margin they bring.
#[test]
fn nothing_is_opened_beyond_the_stop() {
    let mut world = world(50_000);
    let other = world.trader(1_000_000 * DOLLAR, 0);
    for _ in 0..3 {
        near_long(&mut world, &other);
    }
    let rich = world.trader(1_000_000 * DOLLAR, 0);
    fold_both(&mut world);
    assert!(world.row(0).sides[0].reproduction_ppm >= 900_000);
    assert_eq!(world.refused(&Trade::new(&rich, &other, 1, LOT)), Refusal::PositionSize);
    // The other side is as open as before.
    world.trade(&Trade::new(&other, &rich, 1, LOT));
}

/// Maintenance margin does not rise while its rise could liquidate a tenth of a side. A long of 2 000 dollars with 1 000 is
/// triggered 45 % below, at ln 0.55 = -0.598 or 19.9 bins, in bin 464. At 110.50 dollars the price is in bin 463: it has
/// passed the whole side. A deposit takes it out of there, and the rise goes on.
#[test]
fn maintenance_margin_waits_while_its_rise_would_liquidate() {
    let mut world = World::with_market(|feed| MarketParams {
        demand: params::demand(),
        dynamic: params::dynamic_margins(),
        ..params::market(feed)
    });
    world.tick(200_000_000);
    let other = world.trader(1_000_000 * DOLLAR, 0);
    let long = world.trader(1_000 * DOLLAR, 0);
    world.trade(&Trade::new(&long, &other, 1_000, LOT));
    assert_eq!(world.margin(&long.account).positions()[0].registered_bin, 464);
    fall(&mut world, 110_500_000);
    fold_both(&mut world);
    let before = world.row(0);
    assert_eq!(before.price_bin, 463);
    assert_eq!(before.maintenance_limit_ppm[0], before.maintenance_ppm);
    assert!(before.maintenance_limit_ppm[1] > before.maintenance_ppm, "shorts are far away");
    world.advance(60);
    world.tick(110_500_000);
    assert_eq!(world.row(0).maintenance_ppm, before.maintenance_ppm, "a rise would have liquidated the side");
    world.deposit(&long, 1_000 * DOLLAR);
    fold_both(&mut world);
    world.advance(60);
    world.tick(110_500_000);
    // A minute of 1 % per hour.
    let risen = world.row(0).maintenance_ppm - before.maintenance_ppm;
    assert!((160..=340).contains(&risen), "{risen}");
}

/// The price goes there in steps that no breaker minds.
fn fall(world: &mut World, micros: u64) {
    let mut price = 200_000_000;
    while price > micros {
        price = (price * 99 / 100).max(micros);
        world.advance(60);
        world.tick(price);
    }
}

/// A long of 2 000 dollars was triggered 10 % below. At a depth of 10 000 dollars the impact budget holds 200 at once, and of
/// maintenance margin 3 % are left after the largest discount: at three deviations of 2 % per hour that lasts
/// 3 (0.03 / 0.001)^2 = 2 700 s, in which the budget, which decays in 600 s, admits 200 (1 + 4.5) = 1 100 dollars. The 1 760
/// that the price has passed are more. The market opens nothing until the account has put itself right.
#[test]
fn a_backlog_that_cannot_be_worked_off_in_time_stops_new_risk() {
    let mut world =
        World::with_market(|feed| MarketParams { depth_atoms: 10_000 * DOLLAR, ..params::market(feed) });
    let other = world.trader(100_000 * DOLLAR, 0);
    let long = near_long(&mut world, &other);
    fold_both(&mut world);
    assert_eq!(world.row(0).is_pace_infeasible, [0, 0]);
    world.advance(1);
    world.tick(176_000_000);
    fold_both(&mut world);
    assert_eq!(world.row(0).is_pace_infeasible, [1, 0]);
    let group = world.group;
    // Whoever registers the account anew does not make its backlog disappear.
    world.must(&[register_demand(&group, &long.account)], &[]);
    fold_both(&mut world);
    assert_eq!(world.row(0).is_pace_infeasible, [1, 0]);
    world.advance(1);
    world.tick(177_000_000);
    // By what positions bring about, not by the price.
    assert_eq!((world.row(0).breaker_state, world.row(0).breaker_cause), (2, 1));
    let rich = world.trader(100_000 * DOLLAR, 0);
    assert_eq!(world.refused(&Trade::new(&rich, &other, 1, 1_770_000)), Refusal::ReduceOnly);
    world.deposit(&long, 1_000 * DOLLAR);
    fold_both(&mut world);
    assert_eq!(world.row(0).is_pace_infeasible, [0, 0]);
    world.advance(60);
    world.tick(190_000_000);
    assert_eq!(world.row(0).breaker_state, 4);
    world.trade(&Trade::new(&rich, &other, 1, 1_900_000));
}

/// Maintenance margin is 30 %, and a liquidation ends at 1.5 times that. 8 100 dollars carry 20 000 of notional; at 169 dollars
/// 5 000 are left of 5 070 that are needed. The target is 5 000 = 0.45 n for n = 11 111, of 16 900. Then 1 667 are above
/// maintenance, 15.0 % of what is left: ln 0.85 = -0.1625, 5.4 bins. (Of what was there before they would be 9.9 %, 3.5 bins.)
///
/// The liquidation works out where the account stands from what it took; a new valuation finds the same.
#[test]
fn who_was_liquidated_is_registered_where_it_now_stands() {
    let mut world = World::with_market(|feed| MarketParams {
        initial_ppm: 400_000,
        maintenance_ppm: 300_000,
        dynamic: DynamicMarginParams { initial_max_ppm: 1_000_000, ..params::static_margins() },
        ..params::market(feed)
    });
    let group = GroupParams { target_buffer_ppm: 500_000, ..params::group().params() };
    world.must(&[update_group([&world.admin.pubkey(), &world.group], group)], &[]);
    let [other, keeper] = [(); 2].map(|()| world.trader(1_000_000 * DOLLAR, 0));
    let trader = world.trader(8_100 * DOLLAR, 0);
    world.trade(&Trade::new(&trader, &other, 10_000, LOT));
    world.advance(1);
    world.tick(169_000_000);
    world.liquidate(&keeper, &trader.account, u64::MAX).expect("below maintenance");
    let registered = |world: &World| {
        let position = world.margin(&trader.account).positions()[0];
        (position.registered_units, position.registered_bin, position.is_registered_far)
    };
    let found = registered(&world);
    assert_eq!(world.row(0).price_bin - found.1, 5);
    world.must(&[register_demand(&world.group, &trader.account)], &[]);
    assert_eq!(registered(&world), found);
}
