//! Committees of reporters: what each instruction changes, and who may.

use anchor_lang::prelude::{Clock, Pubkey};
use firebreak::{
    error::FirebreakError,
    events::{CommitteeCreated, CommitteeUpdated, ForecastPosted},
    instructions::{CommitteeParams, ForecastArgs},
    state::{Committee, Market, Seat},
};
use firebreak_client::{
    instructions::{create_committee, fold, post_forecast, update_committee},
    pda,
};
use firebreak_tests::{params, World};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{
    admin::update_rights::appoint,
    bounds::rehearse,
    chain::edit,
    effect::{acts, clock, created, emits},
    zeroed,
};

const FORECAST: ForecastArgs = ForecastArgs { variance_q64: 3 << 40, depth_atoms: 5 << 40 };

/// A market with a committee of five.
fn world() -> (World, Vec<Keypair>) {
    let mut world = World::new();
    let reporters = world.add_committee(0, 5);
    (world, reporters)
}

fn keys(reporters: &[Keypair]) -> Vec<Pubkey> {
    reporters.iter().map(Keypair::pubkey).collect()
}

fn seat(reporter: &Keypair) -> Seat {
    Seat { reporter: reporter.pubkey(), ..zeroed() }
}

/// The committee on the expected chain, changed once more.
fn changed(chain: &mut crate::chain::Chain, market: &Pubkey, change: impl FnOnce(&mut Committee)) {
    edit::<Committee>(chain, &pda::committee(market), |committee| {
        committee.sequence += 1;
        change(committee);
    });
}

#[test]
fn a_new_committee_has_its_seats_and_rules_and_its_market_is_marked() {
    let mut world = World::new();
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    let reporters: Vec<Keypair> = (0..3).map(|_| world.new_keypair()).collect();
    let params = params::committee(&reporters);
    let instruction = create_committee([&admin, &group], &market, params.clone());
    let meta = acts(&mut world, instruction, &[], |world, chain| {
        edit::<Market>(chain, &market, |market| {
            market.sequence += 1;
            market.has_committee = 1;
        });
        let mut committee = Committee {
            group,
            market,
            sequence: 1,
            age_max_secs: 60,
            variance_low_milli: 500,
            variance_high_milli: 4_000,
            depth_low_milli: 250,
            depth_high_milli: 2_000,
            row: 2,
            quorum: 3,
            seat_count: 3,
            bump: Pubkey::find_program_address(&[b"committee", market.as_ref()], &firebreak::ID).1,
            version: 1,
            ..zeroed()
        };
        committee.seats[..3].copy_from_slice(&[0, 1, 2].map(|number| seat(&reporters[number])));
        created(world, chain, pda::committee(&market), &committee);
    });
    let slot = clock(&world).slot;
    let committee = pda::committee(&market);
    emits(&meta, CommitteeCreated { group, market, committee, row: 2, params, sequence: 1, slot });
}

#[test]
fn a_reporter_fills_its_own_seat_and_no_other() {
    let (mut world, reporters) = world();
    let (group, market, now) = (world.group, world.markets[0].key, world.now());
    let instruction = post_forecast(&reporters[3].pubkey(), &market, FORECAST);
    let meta = acts(&mut world, instruction, &[&reporters[3]], |_, chain| {
        changed(chain, &market, |committee| {
            committee.seats[3].variance_q64 = 3 << 40;
            committee.seats[3].depth_atoms = 5 << 40;
            committee.seats[3].reported_ts = now;
        });
    });
    let event = ForecastPosted {
        group,
        market,
        row: 2,
        reporter: reporters[3].pubkey(),
        variance_q64: 3 << 40,
        depth_atoms: 5 << 40,
        reported_ts: now,
        sequence: 2,
        slot: clock(&world).slot,
    };
    emits(&meta, event);
}

/// The first of five leaves and another one joins: whoever stays keeps what it said, in whatever seat it is now.
#[test]
fn an_update_keeps_the_reports_of_those_who_stay_and_clears_the_others() {
    let (mut world, mut reporters) = world();
    let (admin, group, market, now) = (world.admin.pubkey(), world.group, world.markets[0].key, world.now());
    let old = params::committee(&reporters);
    for reporter in &reporters[..2] {
        world.report(0, reporter, FORECAST).expect("a seat");
    }
    reporters.remove(0);
    reporters.push(world.new_keypair());
    let new = CommitteeParams {
        reporters: keys(&reporters),
        quorum: 4,
        age_max_secs: 61,
        variance_low_milli: 501,
        variance_high_milli: 4_001,
        depth_low_milli: 251,
        depth_high_milli: 1_999,
    };
    let instruction = update_committee([&admin, &group], &market, new.clone());
    let meta = acts(&mut world, instruction, &[], |_, chain| {
        changed(chain, &market, |committee| {
            committee.seats[..5].copy_from_slice(&[0, 1, 2, 3, 4].map(|number| seat(&reporters[number])));
            committee.seats[0].variance_q64 = 3 << 40;
            committee.seats[0].depth_atoms = 5 << 40;
            committee.seats[0].reported_ts = now;
            committee.quorum = 4;
            committee.age_max_secs = 61;
            committee.variance_low_milli = 501;
            committee.variance_high_milli = 4_001;
            committee.depth_low_milli = 251;
            committee.depth_high_milli = 1_999;
        });
    });
    let (committee, slot) = (pda::committee(&market), clock(&world).slot);
    emits(&meta, CommitteeUpdated { group, market, committee, row: 2, old, new, sequence: 4, slot });
}

#[test]
fn only_reporters_report_and_whoever_left_does_not() {
    let (mut world, reporters) = world();
    let stranger = world.new_keypair();
    world.report(0, &stranger, FORECAST).expect_err("no seat").assert_is(FirebreakError::NotReporter);
    world.update_committee(0, params::committee(&reporters[1..]));
    world.report(0, &reporters[0], FORECAST).expect_err("it left").assert_is(FirebreakError::NotReporter);
    world.update_committee(0, params::committee(&[]));
    world.report(0, &reporters[1], FORECAST).expect_err("silent").assert_is(FirebreakError::NotReporter);
    assert_eq!(world.committee(0).seats(), []);
}

#[test]
fn a_report_replaces_one_of_the_same_second_and_none_from_the_future() {
    let (mut world, reporters) = world();
    world.report(0, &reporters[0], FORECAST).expect("the first");
    let again = ForecastArgs { variance_q64: 1 << 40, ..FORECAST };
    world.report(0, &reporters[0], again).expect("the same second");
    assert_eq!(world.committee(0).seats()[0].variance_q64, 1 << 40);
    let mut clock: Clock = world.svm.get_sysvar();
    clock.unix_timestamp -= 1;
    world.svm.set_sysvar(&clock);
    world
        .report(0, &reporters[0], FORECAST)
        .expect_err("a second back")
        .assert_is(FirebreakError::ReportClock);
    world.report(0, &reporters[1], FORECAST).expect("it has not reported yet");
}

/// No change of a committee is a tightening, not even the one that lets it fall silent.
#[test]
fn the_guardian_changes_no_committee() {
    let (mut world, reporters) = world();
    let guardian = appoint(&mut world);
    let (group, market) = (world.group, world.markets[0].key);
    let stricter = CommitteeParams { variance_low_milli: 1_000, ..params::committee(&reporters) };
    for params in [params::committee(&reporters), params::committee(&[]), stricter] {
        let instruction = update_committee([&guardian.pubkey(), &group], &market, params);
        let failure = rehearse(&mut world, instruction, &[&guardian]).expect_err("the guardian");
        failure.assert_is(FirebreakError::NotAdmin);
    }
}

/// Nobody who cranks chooses whether forecasts count: with a committee a fold brings it, its own, and without none.
#[test]
fn a_fold_brings_the_committee_of_its_market() {
    let mut world = World::with_markets(2, params::market);
    world.add_committee(0, 3);
    let venues = world.venue_markets_of(0);
    let (group, market) = (world.group, world.markets[0].key);
    let left_out = fold([&group, &market], &venues, false);
    rehearse(&mut world, left_out, &[]).expect_err("left out").assert_is(FirebreakError::CommitteeMissing);
    let mut foreign = world.fold_instruction(1);
    let own = world.fold_instruction(0);
    let slot = own.accounts.iter().position(|meta| meta.pubkey == pda::committee(&market)).expect("its slot");
    foreign.accounts[slot].pubkey = pda::committee(&market);
    rehearse(&mut world, foreign, &[]).expect_err("another's").assert_is(FirebreakError::WrongCommittee);
    world.fold(0).expect("with its committee");
    world.fold(1).expect("without one");
    // Silence does not free anybody from bringing it.
    world.update_committee(0, params::committee(&[]));
    let left_out = fold([&group, &market], &venues, false);
    rehearse(&mut world, left_out, &[]).expect_err("left out").assert_is(FirebreakError::CommitteeMissing);
    world.fold(0).expect("silent");
}
