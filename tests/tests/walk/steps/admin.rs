//! What administrator and guardian do: parameters, authorities, pauses. Every update states a whole set; one or two
//! values of it are moved, now and then beyond their bounds, and now and then everything goes back to the start.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    instructions::{AddCollateralArgs, AuthoritiesArgs, GroupParams, MarketParams, OracleParams},
    oracle::SourceKind,
    state::Group,
};
use firebreak_client::{
    instructions::{
        accept_admin as accept, freeze_venue as freeze, pause as halt, resume as go_on,
        set_authorities as appoint, update_collateral as set_collateral, update_group as set_group,
        update_market as set_market, update_oracle as set_oracle,
    },
    pda,
};
use firebreak_tests::params::{self, DOLLAR};
use rand::Rng;

use crate::{
    cast,
    walk::{Order, Walk},
};

/// Feeds beyond which no source is replaced any more.
const FEEDS_MAX: usize = 9;

/// Mostly the administrator, sometimes the guardian.
fn authority(walk: &mut Walk, of: u32) -> Option<Pubkey> {
    let group: Group = *walk.view.group(&walk.group)?;
    let has_guardian = group.guardian != Pubkey::default();
    Some(if has_guardian && walk.seldom(of) { group.guardian } else { group.admin })
}

pub fn update_group(walk: &mut Walk) -> Option<Order> {
    let mut params = GroupParams::read(walk.view.group(&walk.group)?);
    match walk.rng.random_range(0..9) {
        0 => params.target_buffer_ppm = walk.rng.random_range(50_000..400_000),
        1 => params.critical_ppm = walk.rng.random_range(300_000..700_000),
        2 => params.cover_event_ppm = walk.rng.random_range(100_000..=1_000_000),
        3 => params.protocol_fee_share_ppm = walk.rng.random_range(0..=500_000),
        4 => params.cover_day_ppm = walk.rng.random_range(100_000..=1_000_000),
        5 => params.insurance_fee_share_ppm = walk.rng.random_range(0..=1_000_000),
        6 => params.quote_debt_limit_atoms = walk.rng.random_range(1..200 * DOLLAR),
        7 => params.unstake_cooldown_secs = 3_599,
        _ => params = cast::group(),
    }
    Some(set_group([&authority(walk, 4)?, &walk.group], params).into())
}

pub fn update_collateral(walk: &mut Walk) -> Option<Order> {
    let mints = walk.mints();
    let (mint, row) = walk.pick(&mints)?;
    let bank = walk.view.bank(&pda::bank(&walk.group, &mint.mint))?;
    let mut args = AddCollateralArgs::read(bank, &walk.rows()[usize::from(row)]);
    match walk.rng.random_range(0..8) {
        0 => args.deposit_cap_atoms = walk.rng.random_range(1 << 40..1 << 60),
        1 => args.initial_weight_ppm = walk.rng.random_range(0..=args.maintenance_weight_ppm),
        2 => args.outflow_floor_atoms = walk.rng.random_range(1 << 30..1 << 60),
        3 => args.outflow_share_ppm = walk.rng.random_range(10_000..=1_000_000),
        4 => args.outflow_window_secs = 59,
        5 if row != 0 => args.maintenance_weight_ppm = walk.rng.random_range(700_000..=900_000),
        6 if row != 0 => args.conversion = None,
        _ => {
            let oracle = args.oracle;
            let usual = params::token_collateral(walk.sky.feeds().next()?);
            let usual = if row == 0 { params::quote_collateral() } else { usual };
            args = AddCollateralArgs { oracle, ..usual };
        }
    }
    Some(set_collateral([&authority(walk, 4)?, &walk.group], &mint.mint, args).into())
}

pub fn update_market(walk: &mut Walk) -> Option<Order> {
    let (key, market) = walk.market()?;
    let old = MarketParams::read(&market, &walk.rows()[usize::from(market.row)]);
    let mut params = old;
    match walk.rng.random_range(0..19) {
        0 => params.initial_ppm = walk.rng.random_range(50_000..200_000),
        1 => params.maintenance_ppm = walk.rng.random_range(25_000..60_000),
        2 => params.profit_weight_ppm = walk.rng.random_range(0..=950_000),
        3 => params.price_band_ppm = walk.rng.random_range(10_000..60_000),
        4 => params.depth_atoms = walk.rng.random_range(100_000..10_000_000) * DOLLAR,
        5 => params.discount_ppm = walk.rng.random_range(1_000..=30_000),
        6 => params.payout_floor_atoms = walk.rng.random_range(0..10_000 * DOLLAR),
        7 => params.fee_max_ppm = walk.rng.random_range(0..=2_000),
        8 => params.open_interest_cap_atoms = walk.rng.random_range(10_000..5_000_000) * DOLLAR,
        9 => params.position_share_ppm = walk.rng.random_range(10_000..=1_000_000),
        10 => params.funding_max_ppm = walk.rng.random_range(0..=50_000),
        11 => params.funding_window_secs = walk.rng.random_range(3_600..=86_400),
        12 => params.breaker = params::breaker(walk.rng.random_range(10_000..=50_000)),
        13 => params.dust_atoms = walk.rng.random_range(0..=1_000 * DOLLAR),
        14 => params.name[0] ^= 1,
        15 => params.maintenance_ppm = 0,
        16 => params.size_free_atoms = walk.rng.random_range(1_000..1_000_000) * DOLLAR,
        _ => {
            let usual = cast::market(market.market_index.into(), walk.sky.feeds().next()?);
            params = MarketParams { oracle: old.oracle, name: old.name, ..usual };
        }
    }
    Some(set_market([&authority(walk, 4)?, &walk.group], &key, params).into())
}

/// Another fee bound, of which the venues' copies are out of date until they are copied again.
pub fn fee_bound(walk: &mut Walk) -> Option<Order> {
    let (key, market) = walk.market()?;
    let old = MarketParams::read(&market, &walk.rows()[usize::from(market.row)]);
    let params = MarketParams { fee_max_ppm: walk.rng.random_range(500..=1_500), ..old };
    let admin = walk.view.group(&walk.group)?.admin;
    Some(set_market([&admin, &walk.group], &key, params).into())
}

pub fn update_oracle(walk: &mut Walk) -> Option<Order> {
    let rows: Vec<_> = walk.rows().iter().filter(|row| !row.is_quote()).copied().collect();
    let row = walk.pick(&rows)?;
    let mut oracle = OracleParams::read(&row);
    match walk.rng.random_range(0..8) {
        0 => oracle.reading_age_secs = walk.rng.random_range(10..60),
        1 => oracle.confidence_ppm = walk.rng.random_range(1_000..20_000),
        2 => oracle.ema_tau_secs = walk.rng.random_range(60..1_200),
        3 => oracle.deviation_ppm = 999,
        4 if walk.sky.feeds().count() < FEEDS_MAX => {
            // Other accounts, the same asset.
            let feed = walk.world.new_feed();
            walk.sky.follow(feed, &row.primary_key);
            let usual = params::oracle(&feed);
            oracle = OracleParams { hourly_sigma_ppm: oracle.hourly_sigma_ppm, ..usual };
        }
        5 if oracle.third_kind == SourceKind::None as u8 => {
            oracle.third_key = walk.sky.third(&mut walk.world, &row.primary_key)?;
            oracle.third_kind = SourceKind::PythReceiverCompatible as u8;
        }
        _ => oracle.hourly_sigma_ppm = walk.rng.random_range(20_000..60_000),
    }
    Some(set_oracle([&authority(walk, 6)?, &walk.group], row.index, oracle).into())
}

pub fn set_authorities(walk: &mut Walk) -> Option<Order> {
    let admin = walk.view.group(&walk.group)?.admin;
    let guardian = walk.pick(&walk.cast.guardians.clone())?;
    let proposed = walk.pick(&walk.cast.admins.clone())?;
    let args = AuthoritiesArgs {
        guardian: if walk.seldom(8) { Pubkey::default() } else { guardian },
        proposed_admin: if walk.seldom(4) { Pubkey::default() } else { proposed },
    };
    Some(appoint(&admin, &walk.group, args).into())
}

pub fn accept_admin(walk: &mut Walk) -> Option<Order> {
    let proposed = walk.view.group(&walk.group)?.proposed_admin;
    let other = walk.pick(&walk.cast.admins.clone())?;
    let accepting = if proposed == Pubkey::default() || walk.seldom(4) { other } else { proposed };
    Some(accept(&accepting, &walk.group).into())
}

pub fn pause(walk: &mut Walk) -> Option<Order> {
    let row = scope(walk)?;
    let secs = if walk.seldom(6) { 59 } else { walk.rng.random_range(60..200) };
    Some(halt([&authority(walk, 2)?, &walk.group], row, secs).into())
}

pub fn resume(walk: &mut Walk) -> Option<Order> {
    let now = walk.world.now();
    let header = walk.view.snapshot(&pda::snapshot(&walk.group))?.header;
    let paused: Vec<u16> =
        walk.rows().iter().filter(|row| i64::from(row.paused_until_ts) > now).map(|row| row.index).collect();
    let row = match walk.pick(&paused) {
        Some(row) => Some(row),
        None if header.paused_until_ts > now => None,
        None => scope(walk)?,
    };
    Some(go_on([&authority(walk, 6)?, &walk.group], row).into())
}

/// The whole group or a market.
fn scope(walk: &mut Walk) -> Option<Option<u16>> {
    let (_, market) = walk.market()?;
    Some(if walk.seldom(3) { None } else { Some(market.row) })
}

pub fn freeze_venue(walk: &mut Walk) -> Option<Order> {
    let venues = walk.view.venues().filter(|(_, venue)| venue.group == walk.group);
    let venues: Vec<(Pubkey, u8)> = venues.map(|(key, venue)| (*key, venue.is_frozen)).collect();
    let frozen: Vec<(Pubkey, u8)> = venues.iter().filter(|(_, is_frozen)| *is_frozen != 0).copied().collect();
    let thaws = !frozen.is_empty() && !walk.seldom(8);
    if frozen.is_empty() && !walk.seldom(3) {
        return None;
    }
    let (venue, _) = if thaws { walk.pick(&frozen)? } else { walk.pick(&venues)? };
    Some(freeze([&authority(walk, 3)?, &walk.group], &venue, !thaws).into())
}
