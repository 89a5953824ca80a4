//! Accounts that are margined as portfolios: loadings are 0.7 in calm markets and 0.9 in stress, and the floor is a quarter. The
//! first market and the token are the same asset.

use firebreak::instructions::LiquidationOutcome;
use firebreak_client::instructions::Overlay;
use firebreak_interface::fill::Refusal;
use firebreak_tests::{
    params::{self, DOLLAR, TOKEN},
    scenes::margin_as_portfolios,
    Trade, Trader, World,
};

use super::LOT;

const FLOOR_PPM: u32 = 250_000;

fn world() -> World {
    let mut world = World::with_markets(2, params::market);
    margin_as_portfolios(&mut world, FLOOR_PPM);
    world
}

fn initial_dollars(world: &mut World, trader: &Trader) -> f64 {
    (world.view(&trader.account, 60).initial_atoms as f64 / 1e4).round() / 100.0
}

/// Ten tokens of 200 dollars are 2 000, of which 600 are kept back for initial margin; a long of 10 000 dollars needs 1 000 of
/// its own.
/// - In the market of the token: 1 600 together, less 600: 1 000, all of it.
/// - In the other one, calm: common 0.7 · 1 600 = 1 120, own 600² · 0.51 + 1 000² · 0.51 = 693 600, so sqrt(1 948 000) =
///   1 395.71. The token counts by 0.9 at present: common 540 + 700 = 1 240, own 600² · 0.19 + 510 000 = 578 400, so
///   sqrt(2 116 000) = 1 454.65, less 600: 854.65.
/// - A short in the market of the token: |600 − 1 000| = 400, less 600: nothing, so a quarter of 1 000.
#[test]
fn collateral_that_falls_with_its_position_costs_more() {
    let mut world = world();
    let other = world.trader(1_000_000 * DOLLAR, 0);
    let [same, apart, hedged] = [(); 3].map(|()| world.trader(1_000 * DOLLAR, 10 * TOKEN));
    world.trade(&Trade::new(&same, &other, 5_000, LOT));
    world.trade(&Trade::new(&apart, &other, 5_000, LOT).in_market(1));
    world.trade(&Trade::new(&hedged, &other, -5_000, LOT));
    assert_eq!(initial_dollars(&mut world, &same), 1_000.0);
    assert_eq!(initial_dollars(&mut world, &apart), 854.65);
    assert_eq!(initial_dollars(&mut world, &hedged), 250.0);
}

/// Long 10 000 dollars here and short 10 000 there: common parts cancel, own parts are 2 · 1 000² · 0.51: sqrt(1 020 000) =
/// 1 009.95 instead of 2 000. With 1 100 dollars that is enough as a portfolio, and not one by one.
#[test]
fn a_hedged_account_needs_less() {
    let open = |floor_ppm| {
        let mut world = World::with_markets(2, params::market);
        margin_as_portfolios(&mut world, floor_ppm);
        let other = world.trader(1_000_000 * DOLLAR, 0);
        let trader = world.trader(1_100 * DOLLAR, 0);
        world.trade(&Trade::new(&trader, &other, 5_000, LOT));
        let short = Trade::new(&trader, &other, -5_000, LOT).in_market(1);
        (world, trader, short)
    };
    let (mut world, _, short) = open(1_000_000);
    assert_eq!(world.refused(&short), Refusal::InitialMargin);
    let (mut world, trader, short) = open(FLOOR_PPM);
    world.trade(&short);
    assert_eq!(initial_dollars(&mut world, &trader), 1_009.95);
}

/// Somebody with 2 500 dollars who is long 20 000 and short 4 000 in the other market.
fn hedger(world: &mut World, other: &Trader) -> Trader {
    let trader = world.trader(2_500 * DOLLAR, 0);
    world.trade(&Trade::new(&trader, other, 10_000, LOT));
    world.trade(&Trade::new(&trader, other, -2_000, LOT).in_market(1));
    world.advance(1);
    trader
}

/// Long 20 000 dollars, short 4 000 in the other market: maintenance of 1 000 and 200, and the best size of the short is 0.7 ·
/// 0.7 · 1 000 = 490, so all of it is a hedge. Who liquidates cannot take it; the long goes, in part.
#[test]
fn a_hedge_is_not_liquidated() {
    let mut world = world();
    let [other, keeper] = [(); 2].map(|()| world.trader(1_000_000 * DOLLAR, 0));
    let victim = hedger(&mut world, &other);
    // 2 100 are lost and 400 gained, so 800 are left. Maintenance of 895 and 180: common 0.7 · 715 = 500.5, own 0.51 · (895² +
    // 180²) = 425 047, so sqrt(675 547) = 821.9.
    world.set_market_price(0, 179_000_000);
    world.set_market_price(1, 180_000_000);
    world.refresh();
    let before = world.margin(&victim.account);
    let none = Overlay::none();
    let (outcome, _) =
        world.liquidate_in(1, &keeper, &victim.account, u64::MAX, &none).expect("no error for a keeper");
    assert_eq!(outcome, LiquidationOutcome::Hedge);
    let hedge = |account: &firebreak::state::MarginAccount| account.positions()[1].units;
    let after = world.margin(&victim.account);
    assert_eq!(hedge(&after), hedge(&before));
    assert!(after.is_in_liquidation() && !before.is_in_liquidation(), "the clock runs all the same");
    let (outcome, _) =
        world.liquidate_in(0, &keeper, &victim.account, u64::MAX, &none).expect("below maintenance");
    assert_eq!(outcome, LiquidationOutcome::Completed);
    let after = world.margin(&victim.account);
    assert_eq!(hedge(&after), hedge(&before));
    assert!(after.positions()[0].units < before.positions()[0].units && after.positions()[0].units > 0);
    let found = world.view(&victim.account, 60);
    assert!(found.equity_atoms * 10 >= found.maintenance_atoms * 12, "back above its target");
}

/// Who reduces the hedge of an account that lacks initial margin would leave it worse; who reduces what is hedged may.
#[test]
fn a_reduction_passes_where_it_leaves_the_account_no_worse() {
    let mut world = world();
    let other = world.trader(1_000_000 * DOLLAR, 0);
    let trader = hedger(&mut world, &other);
    // 1 500 of 2 500 are lost. The slow price of the long still needs 2 000, the short 400: common 0.7 · 1 600 = 1 120, own
    // 0.51 · (2 000² + 400²) = 2 121 600, so 1 837.4. With half of the short 1 910.0; with nine tenths of the long 1 658.7.
    world.set_market_price(0, 185_000_000);
    world.set_market_price(1, 200_000_000);
    world.refresh();
    let half_of_the_hedge = Trade::new(&trader, &other, 1_000, LOT).in_market(1);
    assert_eq!(world.refused(&half_of_the_hedge), Refusal::InitialMargin);
    world.trade(&Trade::new(&trader, &other, -1_000, 1_850_000));
}

/// What the one-factor model asks of longs in both markets, in floating point: each needs `isolated` dollars.
fn of_two_longs(isolated: [f64; 2], loading_ppm: u32) -> f64 {
    let loading = f64::from(loading_ppm) / 1e6;
    let common = loading * (isolated[0] + isolated[1]);
    let own = (1.0 - loading * loading) * (isolated[0].powi(2) + isolated[1].powi(2));
    (common * common + own).sqrt()
}

/// An hour's deviation is 2 %, and 10 % in stress. A fall by 5 % within a second raises the fast variance to 0.0030 per hour (see
/// `margins`), 27 % of the way from 0.0004 to 0.01, and the loading from 0.7 to 0.7548: at once, for initial margin. For
/// maintenance margin it stays, because no second observation agrees yet. Longs of 10 000 dollars each need
/// sqrt((0.7 · 1 000)² + 0.51 · 2 · 500²) = 863.1 dollars of maintenance margin before, and 0.95 of that after.
#[test]
fn in_turmoil_one_sided_books_need_more_initial_margin_at_once() {
    let mut world = world();
    let other = world.trader(1_000_000 * DOLLAR, 0);
    let trader = world.trader(100_000 * DOLLAR, 0);
    for market in [0, 1] {
        world.trade(&Trade::new(&trader, &other, 5_000, LOT).in_market(market));
    }
    let calm = world.view(&trader.account, 60);
    let dollars = |atoms: i64| atoms as f64 / 1e6;
    let near = |found: i64, expected: f64| (dollars(found) - expected).abs() < 0.001;
    assert!(near(calm.maintenance_atoms, of_two_longs([500.0; 2], 700_000)), "{calm:?}");
    assert!(near(calm.initial_atoms, of_two_longs([1_000.0; 2], 700_000)), "{calm:?}");
    world.advance(1);
    for market in [0, 1] {
        world.set_market_price(market, 190_000_000);
    }
    world.refresh();
    let wild = world.view(&trader.account, 60);
    let row = world.row(0);
    // Rounded up to a millionth.
    assert!(row.loading_maintenance_ppm <= 700_001, "{}", row.loading_maintenance_ppm);
    assert!(row.loading_initial_ppm.abs_diff(754_800) < 200, "{}", row.loading_initial_ppm);
    assert!(near(wild.maintenance_atoms, of_two_longs([475.0; 2], 700_000)), "{wild:?}");
    // The slow price has moved by 500 ppm of the way a second allows; initial margin is a tenth of what it makes the notional.
    let slow = row.ema_q32 as f64 / 2f64.powi(32) / 1e6 * 5_000.0 / 10.0;
    assert!(near(wild.initial_atoms, of_two_longs([slow; 2], row.loading_initial_ppm)), "{wild:?} {slow}");
}
