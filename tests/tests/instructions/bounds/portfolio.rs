//! `PortfolioParams` of markets and collaterals.

use firebreak::{
    error::FirebreakError,
    instructions::{AddCollateralArgs, MarketParams, PortfolioParams},
};
use firebreak_client::instructions::{add_collateral, add_market, update_collateral, update_market};
use firebreak_tests::{params, send::Failure, Meta, World};
use solana_signer::Signer;

use super::{assert_complete, bound, check, fields_of, rehearse, Bound};

const BOUNDS: [Bound<PortfolioParams>; 3] = [
    bound!(PortfolioParams, loading_calm_ppm, 0, 1_000_000, LoadingBounds),
    bound!(PortfolioParams, loading_stressed_ppm, 0, 1_000_000, LoadingBounds),
    bound!(PortfolioParams, beta_milli, 100, 10_000, BetaBounds),
];

/// The calm loading is at most the stressed one.
fn widest(field: &str) -> PortfolioParams {
    let (loading_calm_ppm, loading_stressed_ppm) = match field {
        "loading_calm_ppm" => (0, 1_000_000),
        _ => (0, 500_000),
    };
    PortfolioParams { loading_calm_ppm, loading_stressed_ppm, ..params::portfolio() }
}

/// Adds a market with these parameters and updates one to them: both answer alike.
fn market(world: &mut World, portfolio: PortfolioParams) -> Result<Meta, Failure> {
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    let params = MarketParams { portfolio, ..params::market(&world.markets[0].feed) };
    let added = rehearse(world, add_market([&admin, &group], 1, params), &[]);
    let updated = rehearse(world, update_market([&admin, &group], &market, params), &[]);
    assert_eq!(added.is_ok(), updated.is_ok(), "{portfolio:?}");
    updated
}

/// The same for a collateral.
fn collateral(world: &mut World, portfolio: PortfolioParams) -> Result<Meta, Failure> {
    let (admin, group, token) = (world.admin.pubkey(), world.group, world.token.mint);
    let mint = world.new_mint(9);
    let base = params::token_collateral(&world.markets[0].feed);
    let args = AddCollateralArgs { portfolio: Some(portfolio), ..base };
    let added = rehearse(world, add_collateral([&admin, &group], &mint, args), &[]);
    let updated = rehearse(world, update_collateral([&admin, &group], &token, args), &[]);
    assert_eq!(added.is_ok(), updated.is_ok(), "{portfolio:?}");
    updated
}

#[test]
fn portfolio_parameters_are_taken_within_every_bound_and_not_beyond() {
    let mut world = World::new();
    check(&BOUNDS, widest, |portfolio| market(&mut world, portfolio));
    check(&BOUNDS, widest, |portfolio| collateral(&mut world, portfolio));
}

#[test]
fn the_calm_loading_is_not_above_the_stressed_one() {
    let mut world = World::new();
    let loadings = |loading_calm_ppm| PortfolioParams {
        loading_calm_ppm,
        loading_stressed_ppm: 600_000,
        ..params::portfolio()
    };
    market(&mut world, loadings(600_000)).expect("equal loadings");
    collateral(&mut world, loadings(600_000)).expect("equal loadings");
    let wrong = loadings(600_001);
    market(&mut world, wrong).expect_err("calmer than stress").assert_is(FirebreakError::LoadingBounds);
    collateral(&mut world, wrong).expect_err("calmer than stress").assert_is(FirebreakError::LoadingBounds);
}

/// Row 0 is the quote mint (here: no link), row 1 the token, row 2 the market itself, row 3 is not there.
#[test]
fn a_market_is_linked_with_a_collateral_and_a_collateral_with_nothing() {
    let mut world = World::new();
    let linked = |collateral_row| PortfolioParams { collateral_row, ..params::portfolio() };
    for row in [0, 1] {
        market(&mut world, linked(row)).expect("none, or the token");
    }
    let link = FirebreakError::LinkedCollateral;
    for row in [2, 3, u16::MAX] {
        market(&mut world, linked(row)).expect_err("no collateral").assert_is(link);
    }
    collateral(&mut world, linked(1)).expect_err("a collateral").assert_is(FirebreakError::LinkedCollateral);
}

#[test]
fn every_portfolio_parameter_has_a_row() {
    let source = include_str!("../../../../programs/firebreak/src/instructions/admin/portfolio_params.rs");
    assert_complete(&BOUNDS, fields_of(source, "PortfolioParams"), &["collateral_row"]);
}
