//! `update_oracle`: what it changes, and that no price of another source lives on. Bounds are in `bounds::oracle`.

use firebreak::{error::FirebreakError, events::OracleUpdated, instructions::OracleParams};
use firebreak_client::instructions::{update_oracle, OracleRow, Overlay};
use firebreak_interface::fill::Refusal;
use firebreak_risk::oracle::Verdict;
use firebreak_tests::{
    oracle::Feed,
    params::{self, DOLLAR},
    Trade, World,
};
use solana_signer::Signer;

use super::{touched, update_rights::appoint};
use crate::{
    bounds::rehearse,
    effect::{acts, clock, emits, row, touched_snapshot},
    stage::LOT,
};

/// Replaces the oracle of a row.
#[track_caller]
fn update(world: &mut World, row: u16, oracle: OracleParams) {
    let (admin, group) = (world.admin.pubkey(), world.group);
    world.must(&[update_oracle([&admin, &group], row, oracle)], &[]);
}

#[test]
fn other_guards_of_the_same_sources_leave_price_and_verdict() {
    let mut world = World::new();
    let (admin, group, feed) = (world.admin.pubkey(), world.group, world.markets[0].feed);
    let new = OracleParams {
        reading_age_secs: 31,
        confidence_ppm: 5_100,
        deviation_ppm: 11_000,
        ema_tau_secs: 660,
        ema_move_ppm_per_sec: 1_100,
        hourly_sigma_ppm: 30_000,
        ..params::oracle(&feed)
    };
    for index in [1, 2] {
        let before = world.svm.clone();
        let meta = acts(&mut world, update_oracle([&admin, &group], index, new), &[], |world, chain| {
            touched(chain, &group, |group| group.parameter_epoch = 1);
            row(world, chain, index, |row| {
                row.parameter_epoch = 1;
                row.reading_age_secs = 31;
                row.confidence_ppm = 5_100;
                row.deviation_ppm = 11_000;
                row.ema_tau_secs = 660;
                row.ema_move_ppm_per_sec = 1_100;
                // (3 %)^2 per hour is 0.0009 / 3 600 = 1 / 4 000 000 per second: floor(2^64 / 4 000 000).
                row.variance_reference_q64 = 4_611_686_018_427;
            });
            touched_snapshot(world, chain);
        });
        let event = OracleUpdated {
            group,
            authority: admin,
            row: index,
            old: params::oracle(&feed),
            new,
            is_loosening: true,
            parameter_epoch: 1,
            sequence: 16,
            slot: clock(&world).slot,
        };
        emits(&meta, event);
        world.svm = before;
    }
}

#[test]
fn another_source_starts_without_a_past() {
    let mut world = World::new();
    let (admin, group, feed) = (world.admin.pubkey(), world.group, world.markets[0].feed);
    let old = params::oracle(&feed);
    let key = world.new_keypair().pubkey();
    // Which of the two sources each change replaces.
    let changes = [
        (OracleParams { primary_key: key, ..old }, [true, false]),
        (OracleParams { secondary_key: key, ..old }, [false, true]),
        (OracleParams { primary_kind: 2, ..old }, [true, false]),
        (OracleParams { secondary_kind: 4, ..old }, [false, true]),
        (OracleParams { feed_id: [9; 32], ..old }, [true, true]),
    ];
    let now = world.now();
    for (new, [is_primary, is_secondary]) in changes {
        let before = world.svm.clone();
        acts(&mut world, update_oracle([&admin, &group], 2, new), &[], |world, chain| {
            touched(chain, &group, |group| group.parameter_epoch = 1);
            row(world, chain, 2, |row| {
                row.parameter_epoch = 1;
                row.primary_key = new.primary_key;
                row.secondary_key = new.secondary_key;
                row.primary_kind = new.primary_kind;
                row.secondary_kind = new.secondary_kind;
                row.feed_id = new.feed_id;
                row.primary_publish_ts = if is_primary { 0 } else { now };
                row.secondary_publish_ts = if is_secondary { 0 } else { now };
                row.verdict = Verdict::Unknown as u8;
                // One second older than the 300 for which a price can be used.
                row.update_ts = now - 301;
            });
            touched_snapshot(world, chain);
        });
        world.svm = before;
    }
}

#[test]
fn on_another_source_nothing_opens_leaves_or_is_liquidated_before_it_was_read() {
    let mut world = World::with_markets(2, params::market);
    let [victim, other, keeper] = [1_000, 100_000, 100_000].map(|dollars| world.trader(dollars * DOLLAR, 0));
    world.trade(&Trade::new(&victim, &other, 4_000, LOT));
    world.advance(1);
    // 4 000 lots lose 0.16 dollars each: 360 of equity against 368 of maintenance.
    for market in 0..2 {
        world.set_market_price(market, 184_000_000);
    }
    world.refresh();
    let new: Feed = world.new_feed();
    world.publish(&new, 184_000_000);
    update(&mut world, 2, params::oracle(&new));

    let price = 1_840_000;
    assert_eq!(world.row(0).price_q32, price << 32);
    assert_eq!(world.refused(&Trade::new(&keeper, &other, 1, price)), Refusal::StaleRow);
    // Nor does somebody with a position in this market open in another one.
    let elsewhere = Trade::new(&other, &keeper, 1, price).in_market(1);
    assert_eq!(world.refused(&elsewhere), Refusal::StaleRow);
    let failure = world.liquidate(&keeper, &victim.account, u64::MAX).expect_err("no price");
    failure.assert_is(FirebreakError::StaleRow);
    world.withdraw(&other, 1, &Overlay::none()).expect_err("no price").assert_is(FirebreakError::StaleRow);
    world.trade(&Trade::new(&victim, &other, -1, price));

    // The old accounts are no oracles of this row any more.
    let feed = world.markets[0].feed;
    let [old, row] = [feed, new].map(|feed| OracleRow {
        row: 2,
        primary: feed.pyth,
        secondary: feed.switchboard,
        third: None,
    });
    world.refresh_rows(&[old]).expect_err("the old source").assert_is(FirebreakError::OracleKey);
    let overlay = Overlay::new(&[row]).expect("one row");
    world.liquidate_in(0, &keeper, &victim.account, 1, &overlay).expect("read along with it");
    world.refresh_rows(&[row]).expect("the new source");
    world.trade(&Trade::new(&keeper, &other, 1, price));
    world.trade(&elsewhere);
}

#[test]
fn the_guardian_changes_no_oracle() {
    let mut world = World::new();
    let guardian = appoint(&mut world);
    let old = params::oracle(&world.markets[0].feed);
    let key = guardian.pubkey();
    for oracle in
        [old, OracleParams { reading_age_secs: 29, ..old }, OracleParams { reading_age_secs: 31, ..old }]
    {
        let instruction = update_oracle([&key, &world.group], 2, oracle);
        let failure = rehearse(&mut world, instruction, &[&guardian]).expect_err("only the administrator");
        failure.assert_is(FirebreakError::NotAdmin);
    }
    let stranger = world.new_keypair();
    let instruction = update_oracle([&stranger.pubkey(), &world.group], 2, old);
    let failure = rehearse(&mut world, instruction, &[&stranger]).expect_err("a stranger");
    failure.assert_is(FirebreakError::NotGuardian);
}

#[test]
fn the_quote_row_has_no_oracle_and_what_is_not_there_neither() {
    let mut world = World::new();
    let (admin, group) = (world.admin.pubkey(), world.group);
    let oracle = params::oracle(&world.markets[0].feed);
    for (row, error) in [
        (0, FirebreakError::RowWithoutOracle),
        (3, FirebreakError::NoSuchRow),
        (u16::MAX, FirebreakError::NoSuchRow),
    ] {
        let failure = rehearse(&mut world, update_oracle([&admin, &group], row, oracle), &[]);
        failure.expect_err("no such oracle").assert_is(error);
    }
}
