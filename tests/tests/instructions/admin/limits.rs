//! How many markets, rows and venues a group takes: the last one works, one more does not.

use firebreak::{
    constants::{MARKETS_MAX, ROWS_MAX, VENUES_MAX},
    error::FirebreakError,
};
use firebreak_client::instructions::{add_collateral, add_market, register_venue, NewVenue};
use firebreak_tests::{params, Trade, World};
use solana_signer::Signer;

use crate::{bounds::rehearse, stage::LOT};
use firebreak_tests::params::DOLLAR;

#[test]
fn a_group_takes_32_markets_and_64_rows() {
    let mut world = World::new();
    world.is_auditing = false;
    let (admin, group) = (world.admin.pubkey(), world.group);
    let feed = world.markets[0].feed;
    for index in 1..MARKETS_MAX {
        world.add_market(&feed, params::market(&feed));
        assert_eq!(world.markets.len(), usize::from(index) + 1);
    }
    let more = add_market([&admin, &group], MARKETS_MAX, params::market(&feed));
    let failure = rehearse(&mut world, more.clone(), &[]).expect_err("32 are all");
    failure.assert_is(FirebreakError::MarketsFull);
    // Quote row, token row and 32 markets: 30 collaterals more.
    for _ in 34..ROWS_MAX {
        let mint = world.new_mint(9);
        world.must(&[add_collateral([&admin, &group], &mint, params::token_collateral(&feed))], &[]);
    }
    assert_eq!(world.snapshot().rows.len(), 64);
    let mint = world.new_mint(9);
    let collateral = add_collateral([&admin, &group], &mint, params::token_collateral(&feed));
    world.send(&[collateral], &[]).expect_err("64 are all").assert_is(FirebreakError::RowsFull);
    world.send(&[more], &[]).expect_err("64 are all").assert_is(FirebreakError::RowsFull);
}

#[test]
fn a_group_takes_64_venues_and_the_last_one_works() {
    let mut world = World::new();
    let (admin, group) = (world.admin.pubkey(), world.group);
    let authority = world.venue_authority.pubkey();
    for index in 1..VENUES_MAX {
        world.venue = world.add_venue(index, &authority);
    }
    let new = NewVenue { index: VENUES_MAX, authority, program: example_venue::ID };
    let failure = world.send(&[register_venue(&admin, &group, &new)], &[]);
    failure.expect_err("64 are all").assert_is(FirebreakError::VenuesFull);
    // Traders approve venue 63, the highest bit of the map.
    let market = world.markets[0].key;
    let admit = firebreak_client::instructions::add_venue_market([&admin, &group], &world.venue, &market);
    world.must(&[admit], &[]);
    let [buyer, seller] = [(); 2].map(|()| world.trader(100 * DOLLAR, 0));
    assert_eq!(world.margin(&buyer.account).venue_approvals, 1 << 63);
    world.trade(&Trade::new(&buyer, &seller, 1, LOT));
}
