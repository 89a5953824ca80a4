//! What updates leave as it is, and who may update.

use anchor_lang::solana_program::instruction::Instruction;
use firebreak::{
    error::FirebreakError,
    instructions::{AddCollateralArgs, GroupParams, MarketParams, OracleParams},
};
use firebreak_client::instructions::{update_collateral, update_group, update_market};
use firebreak_tests::{params, World};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::bounds::rehearse;

/// A guardian for the group of the harness.
pub fn appoint(world: &mut World) -> Keypair {
    let guardian = world.new_keypair();
    let args = firebreak::instructions::AuthoritiesArgs {
        guardian: guardian.pubkey(),
        proposed_admin: Default::default(),
    };
    let instruction =
        firebreak_client::instructions::set_authorities(&world.admin.pubkey(), &world.group, args);
    world.must(&[instruction], &[]);
    guardian
}

#[test]
fn what_identifies_a_thing_never_changes() {
    let mut world = World::new();
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    let base = params::market(&world.markets[0].feed);
    for params in [
        MarketParams { name: *b"TOKEN-PERQ\0\0\0\0\0\0", ..base },
        MarketParams { base_decimals: 8, ..base },
        MarketParams { lot_exponent: 6, ..base },
    ] {
        let failure = rehearse(&mut world, update_market([&admin, &group], &market, params), &[]);
        failure.expect_err("another market").assert_is(FirebreakError::MarketIdentity);
    }
    let oracle = OracleParams { hourly_sigma_ppm: 20_001, ..base.oracle };
    let instruction = update_market([&admin, &group], &market, MarketParams { oracle, ..base });
    let failure = rehearse(&mut world, instruction, &[]);
    failure.expect_err("another oracle").assert_is(FirebreakError::OracleKept);
    let (quote, token) = (world.quote.mint, world.token.mint);
    let collateral = params::token_collateral(&world.markets[0].feed);
    for (mint, args, error) in [
        (token, AddCollateralArgs { oracle: Some(oracle), ..collateral }, FirebreakError::OracleKept),
        (token, AddCollateralArgs { oracle: None, ..collateral }, FirebreakError::QuoteBankFirst),
        (token, AddCollateralArgs { conversion: None, ..collateral }, FirebreakError::QuoteBankFirst),
        (quote, collateral, FirebreakError::QuoteBankFirst),
    ] {
        let failure = rehearse(&mut world, update_collateral([&admin, &group], &mint, args), &[]);
        failure.expect_err("another kind of collateral").assert_is(error);
    }
}

/// A tightening, a loosening and no change of everything that the guardian may update.
fn updates(world: &World, authority: &Keypair) -> [[Instruction; 3]; 3] {
    let keys = [&authority.pubkey(), &world.group];
    let group = params::group().params();
    let groups = [
        GroupParams { cover_event_ppm: 499_999, ..group },
        GroupParams { cover_event_ppm: 499_999, cover_day_ppm: 1_000_000, critical_ppm: 500_001, ..group },
        group,
    ];
    let market = params::market(&world.markets[0].feed);
    let markets = [
        MarketParams { initial_ppm: 100_001, ..market },
        MarketParams { initial_ppm: 100_001, maintenance_ppm: 50_001, ..market },
        market,
    ];
    let collateral = params::token_collateral(&world.markets[0].feed);
    let collaterals = [
        AddCollateralArgs { initial_weight_ppm: 699_999, ..collateral },
        AddCollateralArgs { initial_weight_ppm: 699_999, outflow_window_secs: 3_599, ..collateral },
        collateral,
    ];
    [
        groups.map(|args| update_group(keys, args)),
        markets.map(|params| update_market(keys, &world.markets[0].key, params)),
        collaterals.map(|args| update_collateral(keys, &world.token.mint, args)),
    ]
}

#[test]
fn the_guardian_tightens_and_does_not_loosen() {
    let mut world = World::new();
    let guardian = appoint(&mut world);
    let stranger = world.new_keypair();
    for [tightening, loosening, nothing] in updates(&world, &guardian) {
        rehearse(&mut world, tightening, &[&guardian]).expect("it only tightens");
        for instruction in [loosening, nothing] {
            let failure = rehearse(&mut world, instruction, &[&guardian]).expect_err("it does not tighten");
            failure.assert_is(FirebreakError::NotAdmin);
        }
    }
    for instruction in updates(&world, &stranger).into_iter().flatten() {
        let failure = rehearse(&mut world, instruction, &[&stranger]).expect_err("a stranger");
        failure.assert_is(FirebreakError::NotGuardian);
    }
    let admin = world.admin.insecure_clone();
    for instruction in updates(&world, &admin).into_iter().flatten() {
        rehearse(&mut world, instruction, &[]).expect("the administrator may do all of it");
    }
}

#[test]
fn without_a_guardian_there_is_only_the_administrator() {
    let mut world = World::new();
    let stranger = world.new_keypair();
    for [tightening, ..] in updates(&world, &stranger) {
        let failure = rehearse(&mut world, tightening, &[&stranger]).expect_err("there is no guardian");
        failure.assert_is(FirebreakError::NotGuardian);
    }
}
