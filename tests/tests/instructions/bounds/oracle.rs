//! `OracleParams`, through both instructions that take them.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    error::FirebreakError,
    instructions::{AddCollateralArgs, MarketParams, OracleParams},
    oracle::SourceKind,
};
use firebreak_client::instructions::{add_collateral, add_market};
use firebreak_tests::{params, send::Failure, Meta, World};
use solana_signer::Signer;

use super::{assert_complete, bound, check, fields_of, rehearse, Bound};

const BOUNDS: [Bound<OracleParams>; 6] = [
    bound!(OracleParams, reading_age_secs, 1, 120, ReadingAgeBounds),
    bound!(OracleParams, confidence_ppm, 100, 50_000, ConfidenceBounds),
    bound!(OracleParams, deviation_ppm, 1_000, 100_000, DeviationBounds),
    bound!(OracleParams, ema_tau_secs, 60, 86_400, EmaTauBounds),
    bound!(OracleParams, ema_move_ppm_per_sec, 1, 10_000, EmaMoveBounds),
    bound!(OracleParams, hourly_sigma_ppm, 500, 200_000, HourlySigmaBounds),
];

const PYTH: u8 = SourceKind::PythReceiver as u8;
const PYTH_COMPATIBLE: u8 = SourceKind::PythReceiverCompatible as u8;
const SWITCHBOARD: u8 = SourceKind::SwitchboardOnDemand as u8;

fn as_market(world: &mut World, oracle: OracleParams) -> Result<Meta, Failure> {
    let (admin, group) = (world.admin.pubkey(), world.group);
    let params = MarketParams { oracle, ..params::market(&world.markets[0].feed) };
    rehearse(world, add_market([&admin, &group], 1, params), &[])
}

fn as_collateral(world: &mut World, oracle: OracleParams) -> Result<Meta, Failure> {
    let (admin, group) = (world.admin.pubkey(), world.group);
    let before = world.svm.clone();
    let mint = world.new_mint(9);
    let oracle = Some(oracle);
    let args = AddCollateralArgs { oracle, ..params::token_collateral(&world.markets[0].feed) };
    let result = rehearse(world, add_collateral([&admin, &group], &mint, args), &[]);
    world.svm = before;
    result
}

#[test]
fn the_oracle_of_a_market_is_within_every_bound() {
    let mut world = World::new();
    let feed = world.markets[0].feed;
    check(&BOUNDS, |_| params::oracle(&feed), |oracle| as_market(&mut world, oracle));
}

#[test]
fn the_oracle_of_a_collateral_is_within_every_bound() {
    let mut world = World::new();
    let feed = world.markets[0].feed;
    check(&BOUNDS, |_| params::oracle(&feed), |oracle| as_collateral(&mut world, oracle));
}

#[test]
fn every_parameter_of_an_oracle_has_a_row() {
    let source = include_str!("../../../../programs/firebreak/src/instructions/admin/oracle_params.rs");
    // Keys and kinds have the rules below; a feed id may be anything.
    let others = [
        "primary_key",
        "secondary_key",
        "third_key",
        "feed_id",
        "primary_kind",
        "secondary_kind",
        "third_kind",
    ];
    assert_complete(&BOUNDS, fields_of(source, "OracleParams"), &others);
}

#[test]
fn two_sources_are_of_known_kinds_and_of_different_networks() {
    let mut world = World::new();
    let right = params::oracle(&world.markets[0].feed);
    let kinds = [
        (PYTH, SWITCHBOARD, true),
        (PYTH_COMPATIBLE, SWITCHBOARD, true),
        (SWITCHBOARD, PYTH, true),
        (PYTH, PYTH, false),
        (PYTH, PYTH_COMPATIBLE, false),
        (SWITCHBOARD, SWITCHBOARD, false),
        (SourceKind::None as u8, SWITCHBOARD, false),
        (PYTH, SourceKind::None as u8, false),
        (PYTH, u8::MAX, false),
        (u8::MAX, SWITCHBOARD, false),
    ];
    for (primary_kind, secondary_kind, is_right) in kinds {
        let oracle = OracleParams { primary_kind, secondary_kind, ..right };
        for attempt in [as_market, as_collateral] {
            match attempt(&mut world, oracle) {
                Ok(_) => assert!(is_right, "kinds {primary_kind} and {secondary_kind}"),
                Err(failure) => {
                    assert!(!is_right, "kinds {primary_kind} and {secondary_kind}: {failure:?}");
                    failure.assert_is(FirebreakError::OracleKinds);
                }
            }
        }
    }
}

#[test]
fn two_sources_are_different_accounts_and_not_the_default_key() {
    let mut world = World::new();
    let right = params::oracle(&world.markets[0].feed);
    let same = OracleParams { secondary_key: right.primary_key, ..right };
    let no_primary = OracleParams { primary_key: Pubkey::default(), ..right };
    let no_secondary = OracleParams { secondary_key: Pubkey::default(), ..right };
    let wrong = [
        (same, FirebreakError::OracleKinds),
        (no_primary, FirebreakError::DefaultKey),
        (no_secondary, FirebreakError::DefaultKey),
    ];
    for (oracle, error) in wrong {
        for attempt in [as_market, as_collateral] {
            attempt(&mut world, oracle).expect_err("a wrong key").assert_is(error);
        }
    }
}
