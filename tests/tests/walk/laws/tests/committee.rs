//! What reporters, and who folds, can bring about.

use firebreak::{instructions::ForecastArgs, state::Committee};
use firebreak_client::{
    instructions::{fold, post_forecast, refresh},
    pda,
};

use super::{edit, Stage};
use crate::{
    cast::REPORTERS,
    laws::{authority, committee},
    view::View,
};

/// The market that has a committee from the start.
const MARKET: usize = 1;

fn edit_committee(stage: &Stage, view: &mut View, change: impl FnOnce(&mut Committee)) {
    let key = pda::committee(&stage.walk.world.markets[MARKET].key);
    edit(view, &key, |committee: &mut Committee| {
        committee.sequence += 1;
        change(committee);
    });
}

#[test]
fn a_reporter_that_writes_more_than_its_seat_is_noticed() {
    let stage = Stage::new();
    let market = stage.walk.world.markets[MARKET].key;
    let reporter = stage.walk.cast.owners[0];
    let args = ForecastArgs { variance_q64: 1, depth_atoms: 1 };
    let call = post_forecast(&reporter, &market, args);
    let law = committee::check;
    stage.admits(law, &call, |view| edit_committee(&stage, view, |it| it.seats[0].variance_q64 = 1));
    stage.notices(law, &call, "changed the seat of", |view| {
        edit_committee(&stage, view, |it| it.seats[1].variance_q64 = 1);
    });
    stage.notices(law, &call, "changed the rules", |view| {
        edit_committee(&stage, view, |it| it.quorum = 1);
    });
    stage.notices(law, &call, "a report became older", |view| {
        edit_committee(&stage, view, |it| it.seats[0].reported_ts -= 1);
    });
    let stranger = post_forecast(&stage.walk.cast.outsiders[0], &market, args);
    stage.notices(authority::check, &stranger, "without the signature", |view| {
        edit_committee(&stage, view, |it| it.seats[0].variance_q64 = 1);
    });
}

#[test]
fn a_report_that_is_made_up_is_noticed() {
    let stage = Stage::new();
    let keys = [&stage.walk.cast.admins[0], &stage.walk.group];
    let market = stage.walk.world.markets[MARKET].key;
    let params = firebreak_tests::params::committee(&[]);
    let call = firebreak_client::instructions::update_committee(keys, &market, params);
    stage.admits(committee::check, &call, |view| edit_committee(&stage, view, |it| it.seats.rotate_left(1)));
    stage.notices(committee::check, &call, "made up a report", |view| {
        edit_committee(&stage, view, |it| it.seats[0].variance_q64 += 1);
    });
}

#[test]
fn a_forecast_that_nobody_made_is_noticed() {
    let stage = Stage::new();
    let (group, world) = (stage.walk.group, &stage.walk.world);
    let law = committee::check;
    let row_of = |market: usize| usize::from(world.markets[market].row);
    let says = |view: &mut View, market: usize| {
        stage.edit_row_of(view, row_of(market), |row| row.forecast_variance_q64 = 1);
    };
    let own = |has_committee| fold([&group, &world.markets[MARKET].key], &[], has_committee);
    // Every reporter has said nothing yet: what lies between that and what is measured is admitted.
    assert_eq!(stage.walk.view.committees().next().map(|(_, it)| it.seats().len()), Some(REPORTERS));
    stage.admits(law, &own(true), |view| says(view, MARKET));
    stage.notices(law, &own(false), "left the committee out", |view| says(view, MARKET));
    stage.notices(law, &own(true), "is no forecast of", |view| {
        stage.edit_row_of(view, row_of(MARKET), |row| row.forecast_variance_q64 = u64::MAX);
    });
    stage.notices(law, &own(true), "another market changed a forecast", |view| says(view, 0));
    let without = fold([&group, &world.markets[0].key], &[], false);
    stage.notices(law, &without, "without a committee", |view| says(view, 0));
    stage.notices(law, &refresh(&group, &[]), "refresh changed a forecast", |view| says(view, MARKET));
}
