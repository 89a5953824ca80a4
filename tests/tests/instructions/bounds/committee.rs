//! `CommitteeParams` and forecasts, through all instructions that take them.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    error::FirebreakError,
    instructions::{CommitteeParams, ForecastArgs},
};
use firebreak_client::instructions::{create_committee, post_forecast, update_committee};
use firebreak_tests::{params, send::Failure, Meta, World};
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::{assert_complete, bound, check, fields_of, rehearse, Bound};

const BOUNDS: [Bound<CommitteeParams>; 6] = [
    bound!(CommitteeParams, quorum, 1, 8, QuorumBounds),
    bound!(CommitteeParams, age_max_secs, 10, 3_600, ReportAgeBounds),
    bound!(CommitteeParams, variance_low_milli, 250, 1_000, VarianceBandBounds),
    bound!(CommitteeParams, variance_high_milli, 1_000, 16_000, VarianceBandBounds),
    bound!(CommitteeParams, depth_low_milli, 100, 1_000, DepthBandBounds),
    bound!(CommitteeParams, depth_high_milli, 1_000, 2_000, DepthBandBounds),
];

const FORECASTS: [Bound<ForecastArgs>; 2] = [
    bound!(ForecastArgs, variance_q64, 1 << 20, 1 << 56, ForecastVarianceBounds),
    bound!(ForecastArgs, depth_atoms, 1_000_000, 1 << 56, ForecastDepthBounds),
];

type Attempt = fn(&mut World, CommitteeParams) -> Result<Meta, Failure>;

/// The first market has a committee, the second one none.
fn world() -> (World, Vec<Keypair>) {
    let mut world = World::with_markets(2, params::market);
    let reporters = world.add_committee(0, 8);
    (world, reporters)
}

fn create(world: &mut World, params: CommitteeParams) -> Result<Meta, Failure> {
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[1].key);
    rehearse(world, create_committee([&admin, &group], &market, params), &[])
}

fn update(world: &mut World, params: CommitteeParams) -> Result<Meta, Failure> {
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    rehearse(world, update_committee([&admin, &group], &market, params), &[])
}

const ATTEMPTS: [Attempt; 2] = [create, update];

#[test]
fn a_committee_is_created_and_updated_within_every_bound_and_not_beyond() {
    let (mut world, reporters) = world();
    for attempt in ATTEMPTS {
        check(&BOUNDS, |_| params::committee(&reporters), |params| attempt(&mut world, params));
    }
}

#[test]
fn a_forecast_is_taken_within_every_bound_and_not_beyond() {
    let (mut world, reporters) = world();
    let market = world.markets[0].key;
    let reporter = &reporters[0];
    check(
        &FORECASTS,
        |_| ForecastArgs { variance_q64: 1 << 40, depth_atoms: 1 << 40 },
        |args| rehearse(&mut world, post_forecast(&reporter.pubkey(), &market, args), &[reporter]),
    );
}

#[test]
fn every_parameter_of_a_committee_and_of_a_forecast_has_a_row() {
    let source =
        include_str!("../../../../programs/firebreak/src/instructions/committee/committee_params.rs");
    assert_complete(&BOUNDS, fields_of(source, "CommitteeParams"), &["reporters"]);
    let source = include_str!("../../../../programs/firebreak/src/instructions/committee/post_forecast.rs");
    assert_complete(&FORECASTS, fields_of(source, "ForecastArgs"), &[]);
}

/// Eight seats and none fit, nine do not; nobody has two, and the default key none.
#[test]
fn a_committee_has_at_most_eight_seats_each_for_another_key() {
    let (mut world, reporters) = world();
    let right = params::committee(&reporters);
    let with = |reporters: Vec<Pubkey>| CommitteeParams { reporters, ..right.clone() };
    let nine = [right.reporters.clone(), vec![world.new_keypair().pubkey()]].concat();
    let twice = [right.reporters[..7].to_vec(), vec![right.reporters[0]]].concat();
    let nobody = [right.reporters[..7].to_vec(), vec![Pubkey::default()]].concat();
    for attempt in ATTEMPTS {
        attempt(&mut world, with(Vec::new())).expect("a silent committee");
        let mut refuses = |reporters: &[Pubkey], error| {
            attempt(&mut world, with(reporters.to_vec())).expect_err("wrong seats").assert_is(error);
        };
        refuses(&nine, FirebreakError::CommitteeSeats);
        refuses(&twice, FirebreakError::ReporterTwice);
        refuses(&nobody, FirebreakError::CommitteeSeats);
    }
}

#[test]
fn a_quorum_is_at_most_the_seats_where_there_are_any() {
    let (mut world, reporters) = world();
    let with = |seats: usize, quorum| CommitteeParams { quorum, ..params::committee(&reporters[..seats]) };
    for attempt in ATTEMPTS {
        attempt(&mut world, with(3, 3)).expect("all of them");
        attempt(&mut world, with(0, 3)).expect("nobody can report anyway");
        let failure = attempt(&mut world, with(3, 4)).expect_err("more than there are");
        failure.assert_is(FirebreakError::QuorumBounds);
    }
}
