//! What a committee of reporters can bring about: a reporter writes its own seat and nothing else, nobody makes up a report
//! for somebody else, and whoever folds can neither leave a committee out nor take over more than its voices and what is
//! measured span.

use firebreak::state::{Committee, Row, Seat};

use super::{ensure, Breach, Transition};
use crate::view::State;

pub fn check(transition: &Transition) -> Result<(), Breach> {
    for change in &transition.changes {
        match [change.before, change.after].map(|entry| entry.map(|entry| &entry.state)) {
            [Some(State::Committee(old)), Some(State::Committee(new))] => reported(transition, old, new)?,
            [None, Some(State::Committee(new))] => {
                ensure(new.seats.iter().all(is_silent), || "a committee came with reports".to_owned())?;
            }
            [Some(State::Snapshot(old)), Some(State::Snapshot(new))] => {
                for (old, new) in old.rows.iter().zip(&new.rows) {
                    expected(transition, old, new)
                        .map_err(|breach| format!("row {}: {breach}", old.index))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_silent(seat: &Seat) -> bool {
    (seat.variance_q64, seat.depth_atoms, seat.reported_ts) == (0, 0, 0)
}

fn reported(transition: &Transition, old: &Committee, new: &Committee) -> Result<(), Breach> {
    let call = transition.call;
    if call.name == "post_forecast" {
        let reporter = call.slot("reporter");
        for (old, new) in old.seats.iter().zip(&new.seats) {
            let is_own = old.reporter == reporter && new.reporter == reporter;
            ensure(is_own || old == new, || format!("{reporter} changed the seat of {}", old.reporter))?;
            ensure(new.reported_ts >= old.reported_ts, || "a report became older".to_owned())?;
        }
        let rules = |it: &Committee| (it.seat_count, it.quorum, it.age_max_secs, it.variance_band_milli());
        return ensure(rules(old) == rules(new), || "a reporter changed the rules".to_owned());
    }
    for seat in new.seats.iter().filter(|seat| !is_silent(seat)) {
        ensure(old.seats.contains(seat), || format!("{} made up a report of {}", call.name, seat.reporter))?;
    }
    Ok(())
}

/// Forecasts in a row come from a fold, and from what the reporters of its market say.
fn expected(transition: &Transition, old: &Row, new: &Row) -> Result<(), Breach> {
    let call = transition.call;
    let said = [old, new].map(|row| (row.forecast_variance_q64, row.forecast_band_milli));
    if call.name != "fold" {
        return ensure(said[0] == said[1], || format!("{} changed a forecast", call.name));
    }
    let key = call.slot("market");
    let market = transition.before.market(&key).ok_or("a fold without a market")?;
    if market.row != new.index {
        return ensure(said[0] == said[1], || "the fold of another market changed a forecast".to_owned());
    }
    if !market.has_committee() {
        return ensure(new.forecast_variance_q64 == 0, || "a forecast without a committee".to_owned());
    }
    let committee = transition.before.committee(&call.slot("committee"));
    let committee = committee.filter(|committee| committee.market == key);
    let committee = committee.ok_or("a fold that left the committee out")?;
    let voices = committee.seats().iter().map(|seat| seat.variance_q64);
    let voices: Vec<u64> = voices.chain([new.volatility().higher().0]).collect();
    let is_within = voices.iter().any(|voice| *voice <= new.forecast_variance_q64)
        && voices.iter().any(|voice| *voice >= new.forecast_variance_q64);
    let is_said = new.forecast_variance_q64 == 0 || is_within;
    ensure(is_said, || format!("{} is no forecast of {voices:?}", new.forecast_variance_q64))
}
