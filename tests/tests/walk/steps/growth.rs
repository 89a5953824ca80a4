//! Growth: further markets, collaterals and venues of the group that everybody trades in, and whole new groups beside
//! it, built up step by step in more or less the right order.

use anchor_lang::prelude::Pubkey;
use firebreak::{constants::SHARD_COUNT, instructions::CreateGroupArgs, state::Group};
use firebreak_client::{
    instructions::{
        activate as open, add_collateral as add_bank, add_market as list, add_venue_market as admit,
        create_group as found, create_shard as extend, register_venue as register, NewVenue,
    },
    pda,
};
use firebreak_tests::params;
use rand::Rng;

use crate::{
    cast,
    walk::{Order, Walk},
};

/// A walk stays small, so that its laws stay fast.
const GROUPS_MAX: usize = 4;
const MARKETS_MAX: u16 = 4;
const MINTS_MAX: usize = 6;
const VENUES_MAX: u16 = 4;

pub fn create_group(walk: &mut Walk) -> Option<Order> {
    let creator = walk.cast.admins[0];
    let count = walk.view.groups().count();
    let mut args = CreateGroupArgs { id: u32::try_from(count).ok()?, ..params::group() };
    if count >= GROUPS_MAX || walk.seldom(5) {
        args.critical_ppm = 0;
    }
    Some(found(&creator, &walk.world.quote.clone(), args).into())
}

/// A group that is not active yet, or else the main one, in which there is nothing left to set up.
fn site(walk: &Walk) -> Option<(Pubkey, Group)> {
    let unfinished = walk.view.groups().find(|(_, group)| !group.is_active());
    let (key, group) = unfinished.or_else(|| Some((&walk.group, walk.view.group(&walk.group)?)))?;
    Some((*key, *group))
}

pub fn create_shard(walk: &mut Walk) -> Option<Order> {
    let (key, group) = site(walk)?;
    let index = if walk.seldom(8) { walk.rng.random_range(0..=SHARD_COUNT) } else { group.shard_count };
    Some(extend(&group.admin, &key, index).into())
}

pub fn add_collateral(walk: &mut Walk) -> Option<Order> {
    let (key, group) = site(walk)?;
    let quote = walk.world.quote;
    if walk.view.bank(&pda::bank(&key, &quote.mint)).is_none() {
        return Some(add_bank([&group.admin, &key], &quote, params::quote_collateral()).into());
    }
    let admin = walk.view.group(&walk.group)?.admin;
    let mut args = params::token_collateral(walk.sky.feeds().next()?);
    let mint = if walk.cast.mints.len() < MINTS_MAX {
        let (feed, mint) = (walk.world.new_feed(), walk.world.new_mint(params::COLLATERAL_DECIMALS));
        walk.sky.add(feed);
        walk.cast.mints.push(mint);
        walk.cast.supply(&mut walk.world);
        walk.resync();
        args = params::token_collateral(&feed);
        mint
    } else {
        // A mint that has a bank already, or parameters beyond their bounds.
        args.initial_weight_ppm = args.maintenance_weight_ppm + 1;
        let mints = walk.cast.mints.clone();
        walk.pick(&mints)?
    };
    Some(add_bank([&admin, &walk.group], &mint, args).into())
}

pub fn add_market(walk: &mut Walk) -> Option<Order> {
    let (key, group) = site(walk)?;
    let is_site = group.market_count == 0 && (group.shard_count == SHARD_COUNT || walk.seldom(4));
    let (key, group) = if is_site { (key, group) } else { (walk.group, *walk.view.group(&walk.group)?) };
    let feed = match is_site || group.market_count >= MARKETS_MAX {
        true => *walk.sky.feeds().next()?,
        false => {
            let feed = walk.world.new_feed();
            walk.sky.add(feed);
            feed
        }
    };
    let mut params = cast::market(group.market_count.into(), &feed);
    if group.market_count >= MARKETS_MAX || walk.seldom(6) {
        params.depth_atoms = 0;
    }
    Some(list([&group.admin, &key], group.market_count, params).into())
}

pub fn register_venue(walk: &mut Walk) -> Option<Order> {
    let group = *walk.view.group(&walk.group)?;
    let is_full = group.venue_count >= VENUES_MAX;
    let authority = match is_full || walk.seldom(4) {
        // Nobody signs for the default key.
        true => Pubkey::default(),
        false => walk.cast.join(&mut walk.world),
    };
    let new = NewVenue { index: group.venue_count, authority, program: example_venue::ID };
    Some(register(&group.admin, &walk.group, &new).into())
}

pub fn add_venue_market(walk: &mut Walk) -> Option<Order> {
    let admin = walk.view.group(&walk.group)?.admin;
    let venues = walk.view.venues().filter(|(_, venue)| venue.group == walk.group);
    let venues: Vec<Pubkey> = venues.map(|(key, _)| *key).collect();
    let (market, _) = walk.market()?;
    let venue = walk.pick(&venues)?;
    Some(admit([&admin, &walk.group], &venue, &market).into())
}

pub fn activate(walk: &mut Walk) -> Option<Order> {
    let (key, group) = site(walk)?;
    let is_ready = group.market_count > 0 && !group.is_active();
    let (key, group) = match is_ready || walk.seldom(3) {
        true => (key, group),
        false => (walk.group, *walk.view.group(&walk.group)?),
    };
    // Without a bank as proof the account does not even exist.
    let mint = walk.world.quote.mint;
    let (key, group) = match walk.view.bank(&pda::bank(&key, &mint)) {
        Some(_) => (key, group),
        None => (walk.group, *walk.view.group(&walk.group)?),
    };
    Some(open(&group.admin, &key, &mint).into())
}
