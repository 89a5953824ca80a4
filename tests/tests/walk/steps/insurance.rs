//! What stakers and donors of the insurance do.

use anchor_lang::prelude::Pubkey;
use firebreak::state::InsuranceStake;
use firebreak_client::instructions::{
    cancel_unstake as cancel, close_stake as close, fund_insurance as fund, open_stake as open,
    request_unstake as request, stake as pay_in, unstake as leave, Payout, StakeKeys,
};
use rand::Rng;

use crate::walk::{Order, Walk};

pub fn fund_insurance(walk: &mut Walk) -> Option<Order> {
    let funder = walk.pick(&walk.cast.owners.clone())?;
    let atoms = walk.amount(26);
    let transfer = walk.cast.transfer(&funder, &walk.world.quote.clone(), atoms);
    Some(fund(&funder, &walk.group, &transfer).into())
}

pub fn open_stake(walk: &mut Walk) -> Option<Order> {
    let owner = walk.pick(&walk.cast.owners.clone())?;
    Some(open(&StakeKeys::new(&walk.group, &owner), &walk.cast.payer).into())
}

pub fn stake(walk: &mut Walk) -> Option<Order> {
    let (keys, _) = find(walk, |_| true)?;
    let atoms = walk.amount(28);
    let transfer = walk.cast.transfer(&keys.owner, &walk.world.quote.clone(), atoms);
    Some(pay_in(&keys, &transfer).into())
}

pub fn request_unstake(walk: &mut Walk) -> Option<Order> {
    let (keys, stake) = find(walk, |stake| stake.shares > 0 && stake.exit_shares == 0)?;
    let shares = match walk.rng.random_range(0..4) {
        0 => stake.shares.saturating_add(1),
        1 => walk.rng.random_range(0..=stake.shares),
        _ => stake.shares,
    };
    Some(request(&keys, shares).into())
}

pub fn cancel_unstake(walk: &mut Walk) -> Option<Order> {
    let (keys, _) = find(walk, |stake| stake.exit_shares > 0)?;
    Some(cancel(&keys).into())
}

pub fn unstake(walk: &mut Walk) -> Option<Order> {
    let cooldown_secs = i64::from(walk.view.group(&walk.group)?.unstake_cooldown_secs);
    let (now, is_early) = (walk.world.now(), walk.seldom(4));
    let is_ripe = |stake: &InsuranceStake| is_early || now - stake.exit_requested_ts >= cooldown_secs;
    let (keys, _) = find(walk, |stake| stake.exit_shares > 0 && is_ripe(stake))?;
    let market_count = walk.view.group(&walk.group)?.market_count;
    let wallet = walk.cast.transfer(&keys.owner, &walk.world.quote.clone(), 0).wallet;
    let payout = Payout { quote: walk.world.quote, wallet, market_count };
    Some(leave(&keys, &payout).into())
}

pub fn close_stake(walk: &mut Walk) -> Option<Order> {
    let (keys, _) = find(walk, |stake| stake.shares == 0)?;
    Some(close(&keys).into())
}

/// A stake of the main group, mostly one that is fit for what is meant.
fn find(walk: &mut Walk, fit: impl Fn(&InsuranceStake) -> bool) -> Option<(StakeKeys, InsuranceStake)> {
    let is_open = walk.seldom(8);
    let own = walk.view.stakes().filter(|(_, stake)| stake.group == walk.group);
    let found: Vec<(Pubkey, InsuranceStake)> =
        own.filter(|(_, stake)| is_open || fit(stake)).map(|(_, stake)| (stake.owner, *stake)).collect();
    let (owner, stake) = walk.pick(&found)?;
    Some((StakeKeys::new(&walk.group, &owner), stake))
}
