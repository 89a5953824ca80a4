//! Copies of parameters: venues' limits and the epochs of rows.

use firebreak::{
    events::VenueMarketSynced,
    instructions::{GroupParams, MarketParams},
    state::VenueMarket,
};
use firebreak_client::{
    instructions::{sync_venue_market, update_collateral, update_group, update_market},
    pda,
};
use firebreak_tests::{params, World};
use solana_signer::Signer;

use crate::{
    chain::edit,
    effect::{acts, emits, idles},
};

#[test]
fn a_venue_follows_the_limits_of_market_and_group() {
    let mut world = World::new();
    let (admin, group, venue, market) =
        (world.admin.pubkey(), world.group, world.venue, world.markets[0].key);
    let sync = sync_venue_market(&group, &venue, &market);
    idles(&mut world, sync.clone(), &[]);
    let fees = MarketParams { fee_max_ppm: 700, ..params::market(&world.markets[0].feed) };
    let share = GroupParams { protocol_fee_share_ppm: 300_000, ..params::group().params() };
    world.must(&[update_market([&admin, &group], &market, fees)], &[]);
    world.must(&[update_group([&admin, &group], share)], &[]);
    let key = pda::venue_market(&venue, &market);
    let meta = acts(&mut world, sync, &[], |_, chain| {
        edit::<VenueMarket>(chain, &key, |copies| {
            copies.sequence += 1;
            copies.fee_max_ppm = 700;
            copies.protocol_fee_share_ppm = 300_000;
        });
    });
    let event = VenueMarketSynced {
        group,
        market,
        venue_market: key,
        old_fee_max_ppm: 1_000,
        new_fee_max_ppm: 700,
        old_protocol_fee_share_ppm: 200_000,
        new_protocol_fee_share_ppm: 300_000,
        sequence: 1,
    };
    emits(&meta, event);
}

#[test]
fn the_parameter_epoch_counts_changes_and_each_row_has_its_last_one() {
    let mut world = World::new();
    let (admin, group, market, mint) =
        (world.admin.pubkey(), world.group, world.markets[0].key, world.token.mint);
    let feed = world.markets[0].feed;
    world.must(&[update_market([&admin, &group], &market, params::market(&feed))], &[]);
    world.must(&[update_group([&admin, &group], params::group().params())], &[]);
    world.must(&[update_collateral([&admin, &group], &mint, params::token_collateral(&feed))], &[]);
    let rows: Vec<u32> = world.snapshot().rows.iter().map(|row| row.parameter_epoch).collect();
    assert_eq!(rows, [0, 3, 1]);
    let found = firebreak_client::accounts::decode_group(&world.data(&group)).expect("a group");
    assert_eq!(found.parameter_epoch, 3);
}
