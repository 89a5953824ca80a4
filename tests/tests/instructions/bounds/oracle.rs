//! `OracleParams`, through all instructions that take them.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    error::FirebreakError,
    instructions::{AddCollateralArgs, DynamicMarginParams, MarketParams, OracleParams},
    oracle::SourceKind,
};
use firebreak_client::instructions::{add_collateral, add_market, update_oracle};
use firebreak_tests::{oracle::Feed, params, send::Failure, Meta, World};
use solana_signer::Signer;

use super::{assert_complete, bound, check, fields_of, rehearse, Bound};

const BOUNDS: [Bound<OracleParams>; 8] = [
    bound!(OracleParams, reading_age_secs, 1, 120, ReadingAgeBounds),
    bound!(OracleParams, confidence_ppm, 100, 50_000, ConfidenceBounds),
    bound!(OracleParams, deviation_ppm, 1_000, 100_000, DeviationBounds),
    bound!(OracleParams, ema_tau_secs, 60, 86_400, EmaTauBounds),
    bound!(OracleParams, ema_move_ppm_per_sec, 1, 10_000, EmaMoveBounds),
    bound!(OracleParams, hourly_sigma_ppm, 500, 200_000, HourlySigmaBounds),
    bound!(OracleParams, variance_fast_secs, 60, 86_400, VarianceHorizonBounds),
    bound!(OracleParams, variance_slow_secs, 3_600, 2_592_000, VarianceHorizonBounds),
];

const PYTH: u8 = SourceKind::PythReceiver as u8;
const PYTH_COMPATIBLE: u8 = SourceKind::PythReceiverCompatible as u8;
const SWITCHBOARD: u8 = SourceKind::SwitchboardOnDemand as u8;

fn as_market(world: &mut World, oracle: OracleParams) -> Result<Meta, Failure> {
    let (admin, group) = (world.admin.pubkey(), world.group);
    // Room for every reference deviation below the stressed one.
    let dynamic = DynamicMarginParams { stress_sigma_ppm: 200_000, ..params::static_margins() };
    let params = MarketParams { oracle, dynamic, ..params::market(&world.markets[0].feed) };
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

/// Updates the row of the market.
fn of_market(world: &mut World, oracle: OracleParams) -> Result<Meta, Failure> {
    let row = world.markets[0].row;
    of_row(world, row, oracle)
}

/// Updates the row of the collateral.
fn of_collateral(world: &mut World, oracle: OracleParams) -> Result<Meta, Failure> {
    let row = world.token_row;
    of_row(world, row, oracle)
}

fn of_row(world: &mut World, row: u16, oracle: OracleParams) -> Result<Meta, Failure> {
    let (admin, group) = (world.admin.pubkey(), world.group);
    rehearse(world, update_oracle([&admin, &group], row, oracle), &[])
}

/// Time constants that leave each other room for both of their bounds: the fast one is the shorter.
fn widest(feed: &Feed, field: &str) -> OracleParams {
    let (variance_fast_secs, variance_slow_secs) = match field {
        "variance_fast_secs" => (60, 2_592_000),
        _ => (60, 86_400),
    };
    OracleParams { variance_fast_secs, variance_slow_secs, ..params::oracle(feed) }
}

type Attempt = fn(&mut World, OracleParams) -> Result<Meta, Failure>;

/// Everything that takes an oracle.
const ATTEMPTS: [Attempt; 4] = [as_market, as_collateral, of_market, of_collateral];

#[test]
fn an_oracle_is_updated_within_every_bound_and_not_beyond() {
    let mut world = World::new();
    let feed = world.markets[0].feed;
    for attempt in [of_market, of_collateral] {
        check(&BOUNDS, |field| widest(&feed, field), |oracle| attempt(&mut world, oracle));
    }
}

#[test]
fn the_oracle_of_a_market_is_within_every_bound() {
    let mut world = World::new();
    let feed = world.markets[0].feed;
    check(&BOUNDS, |field| widest(&feed, field), |oracle| as_market(&mut world, oracle));
}

#[test]
fn the_oracle_of_a_collateral_is_within_every_bound() {
    let mut world = World::new();
    let feed = world.markets[0].feed;
    check(&BOUNDS, |field| widest(&feed, field), |oracle| as_collateral(&mut world, oracle));
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
        for attempt in ATTEMPTS {
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
        for attempt in ATTEMPTS {
            attempt(&mut world, oracle).expect_err("a wrong key").assert_is(error);
        }
    }
}

#[test]
fn the_fast_variance_has_the_shorter_memory() {
    let mut world = World::new();
    let base = params::oracle(&world.markets[0].feed);
    for attempt in ATTEMPTS {
        let times = |fast, slow| OracleParams { variance_fast_secs: fast, variance_slow_secs: slow, ..base };
        attempt(&mut world, times(3_599, 3_600)).expect("a second shorter");
        let failure = attempt(&mut world, times(3_600, 3_600)).expect_err("the same");
        failure.assert_is(FirebreakError::VarianceHorizonBounds);
    }
}
