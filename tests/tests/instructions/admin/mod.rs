//! Administration: what is created, and in which order.

mod authorities;
mod copies;
mod exits;
mod growth;
mod limits;
mod oracle;
mod order;
mod pauses;
pub mod update_rights;
mod updates;

use anchor_lang::prelude::Pubkey;
use firebreak::{
    constants::{self, LAYOUT_VERSION},
    events::{GroupActivated, GroupCreated, ShardCreated, VenueMarketAdded, VenueRegistered},
    instructions::CreateGroupArgs,
    state::{
        shard_space, snapshot_space, ExposureShard, Group, InsuranceVault, Market, RiskSnapshot, Row,
        RowKind, Venue, VenueMarket,
    },
};
use firebreak_client::{
    instructions::{activate, add_venue_market, create_group, create_shard, register_venue, NewVenue},
    pda,
};
use firebreak_tests::{params, tokens::token_account, World};
use solana_signer::Signer;

use crate::{
    chain::{edit, Chain},
    effect::{acts, bytes_of, clock, created, emits, owned},
    zeroed,
};

/// Bump of an address.
fn bump(seeds: &[&[u8]]) -> u8 {
    Pubkey::find_program_address(seeds, &firebreak::ID).1
}

/// An administrator's transaction raises the group's sequence.
fn touched(chain: &mut Chain, group: &Pubkey, change: impl FnOnce(&mut Group)) {
    edit::<Group>(chain, group, |group| {
        group.sequence += 1;
        change(group);
    });
}

/// A group that has nothing but itself.
fn bare_group(world: &mut World) -> Pubkey {
    let (admin, quote) = (world.admin.pubkey(), world.quote);
    world.must(&[create_group(&admin, &quote, CreateGroupArgs { id: 7, ..params::group() })], &[]);
    pda::group(&admin, 7)
}

fn expected_group(world: &World, guardian: Pubkey) -> Group {
    let admin = world.admin.pubkey();
    Group {
        admin,
        guardian,
        quote_mint: world.quote.mint,
        sequence: 1,
        id: 7,
        target_buffer_ppm: 200_000,
        critical_ppm: 500_000,
        cover_event_ppm: 500_000,
        protocol_fee_share_ppm: 200_000,
        cover_day_ppm: 1_000_000,
        insurance_fee_share_ppm: 500_000,
        unstake_cooldown_secs: 86_400,
        quote_debt_limit_atoms: 100_000_000,
        portfolio_floor_ppm: 1_000_000,
        row_count: 1,
        quote_decimals: 6,
        bump: bump(&[constants::GROUP, admin.as_ref(), &7u32.to_le_bytes()]),
        version: LAYOUT_VERSION,
        ..zeroed()
    }
}

/// Header and quote row.
fn expected_snapshot(world: &World, group: Pubkey) -> Vec<u8> {
    let header = RiskSnapshot {
        group,
        sequence: 1,
        updated_ts: clock(world).unix_timestamp,
        updated_slot: clock(world).slot,
        target_buffer_ppm: 200_000,
        critical_ppm: 500_000,
        portfolio_floor_ppm: 1_000_000,
        row_count: 1,
        bump: bump(&[constants::SNAPSHOT, group.as_ref()]),
        version: LAYOUT_VERSION,
        ..zeroed()
    };
    // One quote atom is worth one: 2^32 in 2^-32. Scales start at one, 2^62.
    let mut quote_row = Row {
        price_q32: 1 << 32,
        ema_q32: 1 << 32,
        maintenance_weight_ppm: 1_000_000,
        initial_weight_ppm: 1_000_000,
        kind: RowKind::Quote as u8,
        haircut_q48: 1 << 48,
        ..zeroed()
    };
    quote_row.sides[0].scale = 1 << 62;
    quote_row.sides[1].scale = 1 << 62;
    quote_row.haircut_q48 = 1 << 48;
    let data = [bytes_of(&header).as_slice(), bytemuck::bytes_of(&quote_row)].concat();
    assert_eq!(data.len(), snapshot_space(1));
    data
}

#[test]
fn a_group_is_created_with_its_snapshot_its_quote_row_and_its_insurance() {
    let mut world = World::new();
    let (admin, quote) = (world.admin.pubkey(), world.quote);
    let guardian = world.new_keypair().pubkey();
    let args = CreateGroupArgs { id: 7, guardian, ..params::group() };
    let key = pda::group(&admin, 7);
    let meta = acts(&mut world, create_group(&admin, &quote, args), &[], |world, chain| {
        created(world, chain, key, &expected_group(world, guardian));
        chain.insert(pda::snapshot(&key), owned(world, expected_snapshot(world, key)));
        let insurance_key = pda::insurance(&key);
        let vault = pda::insurance_vault(&insurance_key);
        let insurance = InsuranceVault {
            group: key,
            vault,
            bump: bump(&[constants::INSURANCE, key.as_ref()]),
            vault_bump: bump(&[constants::INSURANCE_VAULT, insurance_key.as_ref()]),
            version: LAYOUT_VERSION,
            ..zeroed()
        };
        created(world, chain, insurance_key, &insurance);
        let mut account = token_account(quote.mint, insurance_key, 0);
        account.lamports = world.svm.minimum_balance_for_rent_exemption(account.data.len());
        chain.insert(vault, account);
    });
    let event = GroupCreated {
        group: key,
        admin,
        guardian,
        quote_mint: quote.mint,
        id: 7,
        target_buffer_ppm: 200_000,
        critical_ppm: 500_000,
        cover_event_ppm: 500_000,
        protocol_fee_share_ppm: 200_000,
        slot: clock(&world).slot,
    };
    emits(&meta, event);
}

#[test]
fn a_shard_is_created_empty() {
    let mut world = World::new();
    let group = bare_group(&mut world);
    let admin = world.admin.pubkey();
    for index in 0..2u8 {
        let key = pda::exposure(&group, index);
        let meta = acts(&mut world, create_shard(&admin, &group, index), &[], |world, chain| {
            let shard = ExposureShard {
                group,
                index,
                bump: bump(&[constants::EXPOSURE, group.as_ref(), &[index]]),
                version: LAYOUT_VERSION,
                ..zeroed()
            };
            assert_eq!(bytes_of(&shard).len(), shard_space(0));
            created(world, chain, key, &shard);
            touched(chain, &group, |group| group.shard_count += 1);
        });
        // The group itself was the first mutation.
        emits(&meta, ShardCreated { group, shard: key, index, sequence: 2 + u64::from(index) });
    }
}

#[test]
fn a_venue_is_registered_under_the_next_index() {
    let mut world = World::new();
    let (admin, group) = (world.admin.pubkey(), world.group);
    let authority = world.new_keypair().pubkey();
    let key = pda::venue(&group, 1);
    let new = NewVenue { index: 1, authority, program: example_venue::ID };
    let meta = acts(&mut world, register_venue(&admin, &group, &new), &[], |world, chain| {
        let venue = Venue {
            group,
            authority,
            program: example_venue::ID,
            index: 1,
            bump: bump(&[constants::VENUE, group.as_ref(), &1u16.to_le_bytes()]),
            version: LAYOUT_VERSION,
            ..zeroed()
        };
        created(world, chain, key, &venue);
        touched(chain, &group, |group| group.venue_count += 1);
    });
    // 1 creation, 8 shards, 2 collaterals, 1 market, 1 venue, 1 market of it, 1 activation: 15, and this is the 16th.
    let event =
        VenueRegistered { group, venue: key, authority, program: example_venue::ID, index: 1, sequence: 16 };
    emits(&meta, event);
}

#[test]
fn a_venue_is_admitted_to_a_market_with_copies_of_its_bounds() {
    let mut world = World::new();
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    let authority = world.new_keypair().pubkey();
    let venue = world.add_venue(1, &authority);
    let key = pda::venue_market(&venue, &market);
    let meta = acts(&mut world, add_venue_market([&admin, &group], &venue, &market), &[], |world, chain| {
        let record = VenueMarket {
            group,
            venue,
            market,
            fee_max_ppm: 1_000,
            protocol_fee_share_ppm: 200_000,
            row: 2,
            market_index: 0,
            // The test venue is the first.
            ordinal: 1,
            bump: bump(&[constants::VENUE_MARKET, venue.as_ref(), market.as_ref()]),
            version: LAYOUT_VERSION,
            ..zeroed()
        };
        created(world, chain, key, &record);
        edit::<Market>(chain, &market, |market| {
            market.venue_count = 2;
            market.sequence += 1;
        });
        touched(chain, &group, |_| {});
    });
    emits(&meta, VenueMarketAdded { group, venue, market, venue_market: key, sequence: 17 });
}

#[test]
fn activation_changes_the_status_and_nothing_else() {
    let mut world = World::configured(1, params::market);
    let (admin, group, quote) = (world.admin.pubkey(), world.group, world.quote.mint);
    let meta = acts(&mut world, activate(&admin, &group, &quote), &[], |_, chain| {
        touched(chain, &group, |group| group.status = 1);
    });
    emits(&meta, GroupActivated { group, sequence: 15, slot: clock(&world).slot });
}
