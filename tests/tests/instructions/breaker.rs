//! `recover_breaker`. When a breaker trips and may recover is told in the scenarios.

use firebreak::{error::FirebreakError, events::BreakerRecovered};
use firebreak_client::instructions::recover_breaker;
use firebreak_tests::World;

use crate::{
    bounds::rehearse,
    effect::{acts, clock, emits, row, touched_snapshot},
    stage::Stage,
};

/// 25 % below the start twice, where 12.2 % trip.
fn tripped() -> Stage {
    let mut stage = Stage::at_price(150_000_000);
    stage.move_price(150_000_000);
    stage
}

/// Ten minutes are the longest stay. What follows it, and how long it has lasted, is what time says: nobody called for 30 s
/// more, and of the restriction's 600 s at 43 200 of 86 400 the budget has earned back half of 30.
#[test]
fn a_recovery_changes_the_breaker_of_one_row() {
    let mut stage = tripped();
    let Stage { world, .. } = &mut stage;
    let entered_ts = world.now();
    world.advance(630);
    let meta = acts(world, recover_breaker(&world.group, 2), &[], |world, chain| {
        row(world, chain, 2, |row| {
            (row.breaker_state, row.breaker_cause) = (4, 0);
            row.breaker_updated_ts = entered_ts + 630;
            row.breaker_stay_secs = 30;
            row.breaker_used = 600 * 43_200 - 30 * 43_200;
            row.breaker_history = 0;
        });
        touched_snapshot(world, chain);
    });
    let event = BreakerRecovered {
        group: world.group,
        row: 2,
        from: 2,
        to: 4,
        stay_secs: 30,
        // Created, three rows added, three refreshes with two folds each, and this.
        sequence: 14,
        slot: clock(world).slot,
    };
    emits(&meta, event);
}

#[test]
fn only_a_market_that_is_tripped_for_long_enough_recovers() {
    let mut stage = tripped();
    let Stage { world, .. } = &mut stage;
    let attempt = |world: &mut World, row: u16| {
        let instruction = recover_breaker(&world.group, row);
        rehearse(world, instruction, &[])
    };
    // The quote row, the other collateral, and what is not there.
    for row in [0, 1, 4, u16::MAX] {
        attempt(world, row).expect_err("no market").assert_is(FirebreakError::NoSuchRow);
    }
    world.advance(599);
    attempt(world, 2).expect_err("599 of 600 seconds").assert_is(FirebreakError::BreakerStays);
    world.advance(1);
    world.must(&[recover_breaker(&world.group, 2)], &[]);
    attempt(world, 2).expect_err("recovery has only begun").assert_is(FirebreakError::BreakerStays);
    world.advance(120);
    world.must(&[recover_breaker(&world.group, 2)], &[]);
    attempt(world, 2).expect_err("it is normal").assert_is(FirebreakError::BreakerStays);
}
