//! Positions that are large for their market: margins are 10 and 5 % up to 10 000 dollars, and grow with the root of the size
//! beyond.

use firebreak::instructions::{LiquidationOutcome, MarketParams};
use firebreak_interface::fill::Refusal;
use firebreak_tests::{
    params::{self, DOLLAR},
    Trade, Trader, World,
};

use super::LOT;

fn world() -> World {
    World::with_market(|feed| MarketParams { size_free_atoms: 10_000 * DOLLAR, ..params::market(feed) })
}

/// Initial and maintenance margin of an account in cents.
fn margins(world: &mut World, trader: &Trader) -> [f64; 2] {
    let seen = world.view(&trader.account, 60);
    [seen.initial_atoms, seen.maintenance_atoms].map(|atoms| (atoms as f64 / 1e4).round())
}

/// 40 000 dollars are four times what is free: twice 4 000 and twice 2 000. In four accounts they need half as much.
#[test]
fn a_large_position_needs_more_than_its_share() {
    let mut world = world();
    let [other, whole] = [1_000_000, 8_001].map(|dollars| world.trader(dollars * DOLLAR, 0));
    world.trade(&Trade::new(&whole, &other, 20_000, LOT));
    assert_eq!(margins(&mut world, &whole), [800_000.0, 400_000.0]);
    for _ in 0..4 {
        let part = world.trader(1_001 * DOLLAR, 0);
        world.trade(&Trade::new(&part, &other, 5_000, LOT));
        assert_eq!(margins(&mut world, &part), [100_000.0, 50_000.0]);
    }
}

/// 7 999 dollars are less than the 8 000 that 40 000 dollars need. They are enough for 39 990: 3 999 · sqrt(3.999) = 7 997.0.
#[test]
fn what_is_too_large_for_its_margin_is_refused() {
    let mut world = world();
    let [other, trader] = [1_000_000, 7_999].map(|dollars| world.trader(dollars * DOLLAR, 0));
    assert_eq!(world.refused(&Trade::new(&trader, &other, 20_000, LOT)), Refusal::InitialMargin);
    world.trade(&Trade::new(&trader, &other, 19_995, LOT));
    assert_eq!(margins(&mut world, &trader)[0], 799_700.0);
}

/// At 172 dollars 5 600 of 8 500 are lost. 34 400 dollars need 1 720 · sqrt(3.44) = 3 190, while 1 720 would be covered. The
/// discount is 2 % of the distress, 1 − 2 900 / 3 190: 0.18 %. What is left is the most lots that it leaves enough equity for:
/// N = 28 515.88 dollars need 0.05 · 1.2 · N · sqrt(N / 10 000) = 2 889.22 of 2 889.30.
#[test]
fn a_liquidation_takes_what_the_premium_asks_for() {
    let mut world = world();
    let [other, keeper, victim] =
        [1_000_000, 1_000_000, 8_500].map(|dollars| world.trader(dollars * DOLLAR, 0));
    world.trade(&Trade::new(&victim, &other, 20_000, LOT));
    world.advance(1);
    world.tick(172_000_000);
    let seen = world.view(&victim.account, 60);
    assert_eq!(
        [seen.equity_atoms, seen.maintenance_atoms].map(|atoms| atoms as u64 / DOLLAR),
        [2_900, 3_190]
    );
    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    assert_eq!(outcome, LiquidationOutcome::Completed);
    let discount = 0.02 * (1.0 - 2_900.0 / (1_720.0 * 3.44f64.sqrt()));
    let is_enough = |left: &i64| {
        let notional = *left as f64 * 1.72;
        0.06 * notional * (notional / 10_000.0).sqrt() <= 2_900.0 - (34_400.0 - notional) * discount
    };
    let left = world.margin(&victim.account).positions()[0].units >> 16;
    assert_eq!(Some(left), (0..20_000).rev().find(is_enough));
    assert_eq!(left, 16_579);
}

/// A position may be as large as 1 600 000 dollars, sixteen times the free size, and needs four times its share: a rise that one
/// bin of demand accounts for is 2.9 % / 4.
#[test]
fn maintenance_margin_rises_by_less_where_large_positions_need_a_multiple() {
    let mut world = World::with_market(|feed| MarketParams {
        size_free_atoms: 100_000 * DOLLAR,
        open_interest_cap_atoms: 1_600_000 * DOLLAR,
        position_share_ppm: 1_000_000,
        ..params::market(feed)
    });
    let [one, other] = [(); 2].map(|()| world.trader(1_000_000 * DOLLAR, 0));
    world.trade(&Trade::new(&one, &other, 1_000, LOT));
    for _ in 0..2 {
        world.fold(0).expect("of one side each");
    }
    assert_eq!(world.row(0).maintenance_limit_ppm, [50_000 + 7_250; 2]);
}
