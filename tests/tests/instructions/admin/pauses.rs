//! `pause`, `resume` and `freeze_venue`: what they store and who may. What they stop is in `exits`.

use firebreak::{
    error::FirebreakError,
    events::{Paused, Resumed, VenueFrozen},
    state::{RiskSnapshot, Venue},
};
use firebreak_client::{
    instructions::{freeze_venue, pause, resume},
    pda,
};
use firebreak_tests::{params, send::Failure, World};
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::update_rights::appoint;
use crate::{
    bounds::rehearse,
    chain::edit,
    effect::{acts, clock, emits, row, touched_snapshot},
};

const MARKET: Option<u16> = Some(2);

#[test]
fn a_pause_of_the_group_is_stored_in_the_header_and_ended_early() {
    let mut world = World::new();
    let (admin, group, now) = (world.admin.pubkey(), world.group, world.now());
    let meta = acts(&mut world, pause([&admin, &group], None, 600), &[], |world, chain| {
        edit::<RiskSnapshot>(chain, &pda::snapshot(&group), |header| {
            header.paused_since_ts = now;
            header.paused_until_ts = now + 600;
        });
        touched_snapshot(world, chain);
    });
    // Created, two rows added, one refresh, one fold, and this.
    let event = Paused {
        group,
        authority: admin,
        row: None,
        since_ts: now,
        until_ts: now + 600,
        sequence: 6,
        slot: clock(&world).slot,
    };
    emits(&meta, event);
    world.advance(10);
    let meta = acts(&mut world, resume([&admin, &group], None), &[], |world, chain| {
        edit::<RiskSnapshot>(chain, &pda::snapshot(&group), |header| header.paused_until_ts = now + 10);
        touched_snapshot(world, chain);
    });
    let slot = clock(&world).slot;
    emits(&meta, Resumed { group, row: None, since_ts: now, until_ts: now + 600, sequence: 7, slot });
}

#[test]
fn a_pause_of_a_market_is_stored_in_its_row_and_ended_early() {
    let mut world = World::with_markets(2, params::market);
    let (admin, group, now) = (world.admin.pubkey(), world.group, world.now());
    let unix = u32::try_from(now).expect("before 2106");
    let meta = acts(&mut world, pause([&admin, &group], MARKET, 600), &[], |world, chain| {
        row(world, chain, 2, |row| {
            row.paused_since_ts = unix;
            row.paused_until_ts = unix + 600;
        });
        touched_snapshot(world, chain);
    });
    let event = Paused {
        group,
        authority: admin,
        row: MARKET,
        since_ts: now,
        until_ts: now + 600,
        sequence: 8,
        slot: clock(&world).slot,
    };
    emits(&meta, event);
    world.advance(10);
    let meta = acts(&mut world, resume([&admin, &group], MARKET), &[], |world, chain| {
        row(world, chain, 2, |row| row.paused_until_ts = unix + 10);
        touched_snapshot(world, chain);
    });
    let slot = clock(&world).slot;
    emits(&meta, Resumed { group, row: MARKET, since_ts: now, until_ts: now + 600, sequence: 9, slot });
}

#[test]
fn a_pause_lasts_a_minute_to_three_days_and_is_of_the_group_or_a_market() {
    let mut world = World::new();
    let (admin, group) = (world.admin.pubkey(), world.group);
    for scope in [None, MARKET] {
        for secs in [60, 259_200] {
            rehearse(&mut world, pause([&admin, &group], scope, secs), &[]).expect("within the bounds");
        }
        for secs in [59, 259_201] {
            let failure = rehearse(&mut world, pause([&admin, &group], scope, secs), &[]);
            failure.expect_err("beyond them").assert_is(FirebreakError::PauseBounds);
        }
    }
    // The quote row, the other collateral, and what is not there.
    for row in [0, 1, 3, u16::MAX] {
        for instruction in [pause([&admin, &group], Some(row), 60), resume([&admin, &group], Some(row))] {
            let failure = rehearse(&mut world, instruction, &[]).expect_err("no market");
            failure.assert_is(FirebreakError::NoSuchRow);
        }
    }
}

#[test]
fn only_the_administrator_resumes_and_only_what_is_paused() {
    let mut world = World::new();
    let guardian = appoint(&mut world);
    let (admin, group, stranger) = (world.admin.pubkey(), world.group, world.new_keypair());
    for scope in [None, MARKET] {
        let failure = rehearse(&mut world, resume([&admin, &group], scope), &[]);
        failure.expect_err("nothing is paused").assert_is(FirebreakError::NotPaused);
        world.must(&[pause([&admin, &group], scope, 60)], &[]);
        for (signer, error) in
            [(&guardian, FirebreakError::NotAdmin), (&stranger, FirebreakError::NotGuardian)]
        {
            let failure = rehearse(&mut world, resume([&signer.pubkey(), &group], scope), &[signer]);
            failure.expect_err("not the administrator").assert_is(error);
        }
        rehearse(&mut world, resume([&admin, &group], scope), &[]).expect("the administrator");
        world.advance(60);
        let failure = rehearse(&mut world, resume([&admin, &group], scope), &[]);
        failure.expect_err("it has ended by itself").assert_is(FirebreakError::NotPaused);
    }
    let failure = rehearse(&mut world, pause([&stranger.pubkey(), &group], None, 60), &[&stranger]);
    failure.expect_err("a stranger").assert_is(FirebreakError::NotGuardian);
}

/// The guardian pauses.
fn attempt(world: &mut World, guardian: &Keypair, scope: Option<u16>, secs: u32) -> Result<(), Failure> {
    let instruction = pause([&guardian.pubkey(), &world.group], scope, secs);
    world.send(&[instruction], &[guardian]).map(|_| ())
}

#[track_caller]
fn too_early(world: &mut World, guardian: &Keypair, scope: Option<u16>) {
    let failure = attempt(world, guardian, scope, 60).expect_err("too early");
    failure.assert_is(FirebreakError::PauseGap);
}

#[test]
fn the_guardian_waits_between_pauses_as_long_as_they_lasted() {
    for scope in [None, MARKET] {
        let mut world = World::new();
        let guardian = appoint(&mut world);
        attempt(&mut world, &guardian, scope, 600).expect("the first one");
        too_early(&mut world, &guardian, scope);
        world.advance(600);
        too_early(&mut world, &guardian, scope);
        world.advance(599);
        too_early(&mut world, &guardian, scope);
        world.advance(1);
        attempt(&mut world, &guardian, scope, 600).expect("600 s after its end");
        // Ended by the administrator after 10 s: it lasted 10.
        world.advance(10);
        let admin = world.admin.pubkey();
        world.must(&[resume([&admin, &world.group], scope)], &[]);
        world.advance(9);
        too_early(&mut world, &guardian, scope);
        world.advance(1);
        attempt(&mut world, &guardian, scope, 600).expect("10 s after its end");
    }
}

#[test]
fn pauses_of_group_and_market_are_not_strung_together() {
    let mut world = World::with_markets(2, params::market);
    let guardian = appoint(&mut world);
    attempt(&mut world, &guardian, MARKET, 600).expect("the market");
    // Another market is another scope, and an emergency of the group must not wait for a market's pause.
    attempt(&mut world, &guardian, Some(3), 600).expect("the other market");
    world.advance(600);
    attempt(&mut world, &guardian, None, 900).expect("the group");
    world.advance(900 + 899);
    // The market's own pause ended 1 799 s ago and lasted 600; the group's ended 899 s ago and lasted 900.
    too_early(&mut world, &guardian, MARKET);
    world.advance(1);
    attempt(&mut world, &guardian, MARKET, 600).expect("the group's pause is 900 s ago");
}

#[test]
fn the_administrator_prolongs_and_shortens() {
    let mut world = World::new();
    let guardian = appoint(&mut world);
    let (admin, group, now) = (world.admin.pubkey(), world.group, world.now());
    attempt(&mut world, &guardian, None, 600).expect("the first one");
    world.advance(100);
    world.must(&[pause([&admin, &group], None, 1_000)], &[]);
    let header = world.snapshot().header;
    assert_eq!((header.paused_since_ts, header.paused_until_ts), (now, now + 1_100));
    world.must(&[pause([&admin, &group], None, 60)], &[]);
    let header = world.snapshot().header;
    assert_eq!((header.paused_since_ts, header.paused_until_ts), (now, now + 160));
    // It lasted 160 s, so the guardian waits until 320.
    world.advance(60 + 159);
    too_early(&mut world, &guardian, None);
    world.advance(1);
    attempt(&mut world, &guardian, None, 60).expect("rested");
}

#[test]
fn the_administrator_freezes_and_thaws_and_the_guardian_freezes() {
    let mut world = World::new();
    let guardian = appoint(&mut world);
    let (admin, group, venue) = (world.admin.pubkey(), world.group, world.venue);
    let stranger = world.new_keypair();
    let key = guardian.pubkey();
    let meta = acts(&mut world, freeze_venue([&key, &group], &venue, true), &[&guardian], |_, chain| {
        edit::<Venue>(chain, &venue, |venue| {
            venue.sequence += 1;
            venue.is_frozen = 1;
        });
    });
    let slot = clock(&world).slot;
    emits(&meta, VenueFrozen { group, authority: key, venue, is_frozen: true, sequence: 1, slot });
    let failure = rehearse(&mut world, freeze_venue([&key, &group], &venue, false), &[&guardian]);
    failure.expect_err("the guardian only freezes").assert_is(FirebreakError::NotAdmin);
    for is_frozen in [true, false] {
        let instruction = freeze_venue([&stranger.pubkey(), &group], &venue, is_frozen);
        let failure = rehearse(&mut world, instruction, &[&stranger]).expect_err("a stranger");
        failure.assert_is(FirebreakError::NotGuardian);
    }
    let meta = acts(&mut world, freeze_venue([&admin, &group], &venue, false), &[], |_, chain| {
        edit::<Venue>(chain, &venue, |venue| {
            venue.sequence += 1;
            venue.is_frozen = 0;
        });
    });
    emits(&meta, VenueFrozen { group, authority: admin, venue, is_frozen: false, sequence: 2, slot });
}
