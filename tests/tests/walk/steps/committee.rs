//! Committees of reporters: who is in them, and what they say. Most of it is plausible, some of it is as far off as it may
//! be, and some is refused.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    instructions::{CommitteeParams, ForecastArgs},
    state::Committee,
};
use firebreak_client::instructions::{
    create_committee as create, post_forecast as post, update_committee as change,
};
use firebreak_tests::params;
use rand::Rng;

use crate::walk::{Order, Walk};

/// A market without one first; where all have one, mostly nothing.
pub fn create_committee(walk: &mut Walk) -> Option<Order> {
    let markets = walk.markets_of(&walk.group.clone());
    let (with, without): (Vec<_>, Vec<_>) = markets.into_iter().partition(|(_, it)| it.has_committee());
    let (key, _) = match walk.pick(&without) {
        Some(market) => market,
        None if walk.seldom(3) => walk.pick(&with)?,
        None => return None,
    };
    let count = walk.rng.random_range(0..=8);
    let mut params = CommitteeParams { reporters: reporters(walk, count), ..params::committee(&[]) };
    if walk.seldom(4) {
        params.quorum = 0;
    }
    Some(create([&walk.view.group(&walk.group)?.admin, &walk.group], &key, params).into())
}

pub fn update_committee(walk: &mut Walk) -> Option<Order> {
    let (_, committee) = committee(walk)?;
    let mut params = CommitteeParams::read(&committee);
    match walk.rng.random_range(0..9) {
        0 => params.reporters = reporters(walk, 9),
        1 => params.reporters = Vec::new(),
        2 => params.quorum = walk.rng.random_range(0..=9),
        3 => params.age_max_secs = walk.rng.random_range(9..=600),
        4 => params.variance_low_milli = walk.rng.random_range(249..=1_000),
        5 => params.variance_high_milli = walk.rng.random_range(1_000..=16_001),
        6 => params.depth_low_milli = walk.rng.random_range(99..=1_000),
        _ => {
            let count = walk.rng.random_range(1..=8);
            params = CommitteeParams { reporters: reporters(walk, count), ..params::committee(&[]) };
        }
    }
    let group = walk.view.group(&walk.group)?;
    let authority = if walk.rng.random_ratio(1, 8) { group.guardian } else { group.admin };
    Some(change([&authority, &walk.group], &committee.market, params).into())
}

pub fn post_forecast(walk: &mut Walk) -> Option<Order> {
    let (_, committee) = committee(walk)?;
    let seats: Vec<Pubkey> = committee.seats().iter().map(|seat| seat.reporter).collect();
    let reporter = match walk.pick(&seats) {
        Some(reporter) if !walk.seldom(10) => reporter,
        None if !walk.seldom(6) => return None,
        // Most likely without a seat: refused.
        _ => walk.pick(&walk.cast.owners.clone())?,
    };
    let measured = walk.rows()[usize::from(committee.row)].volatility().higher().0;
    let depth = walk.view.market(&committee.market)?.depth_atoms;
    // Three quarters to one and a half, or anything.
    let mut around = |value: u64| match walk.rng.random_range(0..4) {
        0 => 1 << walk.rng.random_range(0..60),
        _ => value / 100 * walk.rng.random_range(75..150),
    };
    let args = ForecastArgs { variance_q64: around(measured), depth_atoms: around(depth) };
    Some(post(&reporter, &committee.market, args).into())
}

/// A committee of the main group.
fn committee(walk: &mut Walk) -> Option<(Pubkey, Committee)> {
    let own = walk.view.committees().filter(|(_, committee)| committee.group == walk.group);
    let own: Vec<(Pubkey, Committee)> = own.map(|(key, committee)| (*key, *committee)).collect();
    walk.pick(&own)
}

/// So many different owners.
fn reporters(walk: &mut Walk, count: usize) -> Vec<Pubkey> {
    let mut owners = walk.cast.owners.clone();
    while owners.len() > count {
        let spare = walk.rng.random_range(0..owners.len());
        owners.remove(spare);
    }
    owners
}
