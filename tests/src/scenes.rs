//! Situations that more than one suite measures: each built up to the instruction that it is about.

use firebreak::instructions::{GroupParams, MarketParams, PortfolioParams};
use firebreak_client::instructions::{update_group, update_market};
use solana_signer::Signer;

use crate::{
    params::{self, DOLLAR, TOKEN},
    Trade, Trader, World,
};

/// Quote atoms per lot at the start price.
pub const LOT_ATOMS: u64 = 2 * DOLLAR;
/// A million dollars in quote atoms.
pub const MILLION: u64 = 1_000_000 * DOLLAR;
/// Markets of the largest situations.
pub const MARKETS: usize = 8;

/// A world, who acts in it, and on whom.
pub struct Scene {
    /// The world.
    pub world: World,
    /// Who liquidates.
    pub keeper: Trader,
    /// Whose account it is about.
    pub victim: Trader,
}

/// A trader with positions in the first `positions` markets.
#[track_caller]
pub fn trader_with_positions(world: &mut World, other: &Trader, positions: usize) -> Trader {
    let trader = world.trader(MILLION, 0);
    buy_each(world, &trader, other, 1_000, positions);
    trader
}

/// Buys so many lots in each of the first `markets` markets.
#[track_caller]
fn buy_each(world: &mut World, trader: &Trader, other: &Trader, lots: i64, markets: usize) {
    for market in 0..markets {
        world.trade(&Trade::new(trader, other, lots, LOT_ATOMS).in_market(market));
    }
}

/// A taker and four makers, with four positions each.
#[track_caller]
pub fn crowd() -> (World, Trader, Vec<Trader>) {
    let mut world = World::with_markets(4, params::market);
    world.is_auditing = false;
    let other = world.trader(100 * MILLION, 0);
    let taker = trader_with_positions(&mut world, &other, 4);
    let makers = (0..4).map(|_| trader_with_positions(&mut world, &other, 4)).collect();
    (world, taker, makers)
}

/// A trade of the taker with the first `count` makers, each for ten lots.
pub fn trade_with(taker: &Trader, makers: &[Trader], count: usize) -> Trade {
    let makers = &makers[..count];
    Trade {
        makers: makers.iter().map(|maker| maker.account).collect(),
        ..Trade::new(taker, &makers[0], 10, LOT_ATOMS)
    }
    .with_fees(1_000, -100)
}

/// A group with eight markets, somebody to trade with, and a keeper with two positions.
#[track_caller]
pub fn eight_markets() -> (World, Trader, Trader) {
    let mut world = World::with_markets(MARKETS, params::market);
    world.is_auditing = false;
    let other = world.trader(100 * MILLION, 0);
    let keeper = world.trader(MILLION, 0);
    for market in [1, 2] {
        world.trade(&Trade::new(&keeper, &other, 1_000, LOT_ATOMS).in_market(market));
    }
    (world, other, keeper)
}

/// An account that is long 2 500 lots in each of eight markets.
#[track_caller]
pub fn eight_longs(world: &mut World, other: &Trader, quote_atoms: u64, token_atoms: u64) -> Trader {
    let victim = world.trader(quote_atoms, token_atoms);
    buy_each(world, &victim, other, 2_500, MARKETS);
    victim
}

/// A second later, all of the first `markets` markets are at this price.
#[track_caller]
pub fn reprice(world: &mut World, markets: usize, micros: u64) {
    world.advance(1);
    for market in 0..markets {
        world.set_market_price(market, micros);
    }
}

/// Moves these markets up and down by a percent around a price, where they end, until their loadings are no longer those of
/// calm markets.
#[track_caller]
pub fn stir(world: &mut World, markets: usize, micros: u64) {
    for turn in 0..10 {
        world.advance(9);
        reprice(world, markets, if turn % 2 == 0 { micros / 100 * 101 } else { micros });
        world.refresh();
    }
    for row in (0..markets).map(|market| world.row(market)) {
        assert!(row.loading_maintenance_ppm > row.loading_calm_ppm, "row {} is calm", row.index);
    }
}

/// Eight positions and two collaterals below maintenance; the liquidator holds two other positions.
#[track_caller]
pub fn liquidation() -> Scene {
    let (mut world, other, keeper) = eight_markets();
    // 4 500 dollars, and a token that counts 160 of its 200: eight longs of 5 000 need 2 000 of maintenance.
    let victim = eight_longs(&mut world, &other, 4_500 * DOLLAR, TOKEN);
    // At 7.5 % below, 3 000 are lost: 1 648 are left of 1 850 that are needed.
    reprice(&mut world, MARKETS, 185_000_000);
    world.refresh();
    Scene { world, keeper, victim }
}

/// A bankrupt account without positions, whose loss is to be paid by its cash, the insurance and the other side.
#[track_caller]
pub fn bankruptcy() -> Scene {
    let mut world = World::new();
    let victim = world.trader(1_000 * DOLLAR, 0);
    let other = world.trader(MILLION, 0);
    let keeper = world.trader(MILLION, 0);
    world.fund_insurance(&keeper, 200 * DOLLAR);
    world.trade(&Trade::new(&victim, &other, 4_000, LOT_ATOMS));
    world.advance(1);
    world.tick(170_000_000);
    world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    Scene { world, keeper, victim }
}

/// Margins accounts as portfolios from now on, with this share of the sum over positions as the least. The first market and
/// the token are the same asset.
#[track_caller]
pub fn margin_as_portfolios(world: &mut World, portfolio_floor_ppm: u32) {
    let (admin, group) = (world.admin.pubkey(), world.group);
    let first = world.markets[0];
    let portfolio = PortfolioParams { collateral_row: world.token_row, ..params::portfolio() };
    let market = MarketParams { portfolio, ..params::market(&first.feed) };
    let floor = GroupParams { portfolio_floor_ppm, ..params::group().params() };
    world.must(&[update_market([&admin, &group], &first.key, market)], &[]);
    world.must(&[update_group([&admin, &group], floor)], &[]);
}
