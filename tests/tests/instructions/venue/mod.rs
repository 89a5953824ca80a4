//! Fills: what an admitted one changes, and what `check_fill` says without changing anything.

mod caps;
mod refusals;
mod shape;

use firebreak::{
    events::FillApplied,
    state::{Position, VenueMarket},
};
use firebreak_client::{
    instructions::{apply_fill, check_fill, FillPlace},
    pda,
};
use firebreak_interface::fill::{FillOutcome, OUTCOME_VERSION, PARTY_NONE};
use firebreak_tests::{Meta, Trade, Trader, World};
use solana_signer::Signer;

use crate::{
    chain::{edit, Chain},
    effect::{acts, emits, idles, shard, units},
    stage::{Stage, LOT},
};

fn place(world: &World) -> FillPlace {
    FillPlace {
        group: world.group,
        venue: world.venue,
        market: world.markets[0].key,
        authority: world.venue_authority.pubkey(),
    }
}

fn outcome(meta: &Meta) -> FillOutcome {
    let mut data = meta.return_data.clone();
    data.resize(size_of::<FillOutcome>(), 0);
    FillOutcome::from_return_data(&data).expect("a fill outcome")
}

/// A party's position and its contribution to open interest after a trade in an index that earned nothing.
fn traded(world: &World, chain: &mut Chain, trader: &Trader, position: Position, opened: [i64; 2]) {
    edit::<firebreak::state::MarginAccount>(chain, &trader.account, |account| {
        account.sequence += 1;
        account.position_count = 1;
        account.positions[0] = position;
    });
    units(world, chain, &trader.account, 0, opened);
}

fn position(lots: i64, quote_atoms: i64) -> Position {
    let last_side = if lots > 0 { 1 } else { 2 };
    Position { units: lots << 16, quote_atoms, row: 2, last_side, ..Position::default() }
}

#[test]
fn an_admitted_fill_changes_both_parties_their_shards_and_the_venues_record() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let (keeper, bob) = (&cast.keeper, &cast.bob);
    // Ten lots are 20 dollars. The taker pays 1 000 atoms, the maker gets 400; a fifth of the rest is the protocol's.
    let trade = Trade::new(keeper, bob, 10, LOT).with_fees(1_000, -400);
    let fill = trade.fill();
    let authority = world.venue_authority.insecure_clone();
    let ask = check_fill(&place(world), &fill).expect("one maker");
    let asked = outcome(&idles(world, ask, &[]));
    let instruction = apply_fill(&place(world), &fill).expect("one maker");
    let record = pda::venue_market(&world.venue, &world.markets[0].key);
    let meta = acts(world, instruction, &[&authority], |world, chain| {
        traded(world, chain, keeper, position(10, -20_001_000), [10 << 16, 0]);
        traded(world, chain, bob, position(-4_010, 8_020_000_400), [0, 10 << 16]);
        // The taker's shard is written a second time for the protocol's fees.
        shard(world, chain, &keeper.account, 0, |row| row.protocol_fees_atoms += 120);
        edit::<VenueMarket>(chain, &record, |record| {
            record.sequence += 1;
            record.fees_atoms += 480;
            record.volume_atoms += 20_000_000;
            // Ten lots more on each side.
            record.open_units += 20 << 16;
            record.fill_count += 1;
        });
    });
    let event = FillApplied {
        group: world.group,
        venue: world.venue,
        row: 2,
        taker: keeper.account,
        // Opened, approved, deposited, and this.
        taker_sequence: 4,
        makers: vec![bob.account],
        is_buyer: true,
        lots: 10,
        notional_atoms: 20_000_000,
        venue_fees_atoms: 480,
        protocol_fees_atoms: 120,
        sequence: 2,
    };
    emits(&meta, event);
    let expected = FillOutcome {
        version: OUTCOME_VERSION,
        admitted: 1,
        party: PARTY_NONE,
        row: 2,
        // 100 000 dollars less the fee; 10 % of 20 dollars and an atom.
        equity_atoms: 99_999_999_000,
        requirement_atoms: 2_000_001,
        lots: 10,
        notional_atoms: 20_000_000,
        snapshot_sequence: world.snapshot().header.sequence,
        ..FillOutcome::default()
    };
    assert_eq!(outcome(&meta), expected);
    assert_eq!(asked, expected);
}

#[test]
fn four_makers_share_a_fill() {
    let mut stage = Stage::calm();
    let mut makers = Vec::new();
    for _ in 0..4 {
        makers.push(stage.world.trader(firebreak_tests::params::DOLLAR * 100, 0));
    }
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let mut trade = Trade::new(&cast.keeper, &makers[0], -3, LOT);
    trade.makers = makers.iter().map(|maker| maker.account).collect();
    let authority = world.venue_authority.insecure_clone();
    let record = pda::venue_market(&world.venue, &world.markets[0].key);
    let instruction = apply_fill(&place(world), &trade.fill()).expect("four makers");
    let meta = acts(world, instruction, &[&authority], |world, chain| {
        traded(world, chain, &cast.keeper, position(-12, 24_000_000), [0, 12 << 16]);
        for maker in &makers {
            traded(world, chain, maker, position(3, -6_000_000), [3 << 16, 0]);
        }
        shard(world, chain, &cast.keeper.account, 0, |_| {});
        edit::<VenueMarket>(chain, &record, |record| {
            record.sequence += 1;
            record.volume_atoms += 24_000_000;
            // Twelve lots more on each side.
            record.open_units += 24 << 16;
            record.fill_count += 1;
        });
    });
    let event = FillApplied {
        group: world.group,
        venue: world.venue,
        row: 2,
        taker: cast.keeper.account,
        taker_sequence: 4,
        makers: trade.makers.clone(),
        is_buyer: false,
        lots: 12,
        notional_atoms: 24_000_000,
        venue_fees_atoms: 0,
        protocol_fees_atoms: 0,
        sequence: 2,
    };
    emits(&meta, event);
}

#[test]
fn a_position_that_ends_at_nothing_frees_its_place() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    // Alice sells at the price at which she bought.
    let trade = Trade::new(&cast.alice, &cast.keeper, -4_000, LOT);
    let authority = world.venue_authority.insecure_clone();
    let record = pda::venue_market(&world.venue, &world.markets[0].key);
    let instruction = apply_fill(&place(world), &trade.fill()).expect("one maker");
    acts(world, instruction, &[&authority], |world, chain| {
        edit::<firebreak::state::MarginAccount>(chain, &cast.alice.account, |account| {
            account.sequence += 1;
            account.position_count = 0;
            account.positions[0] = Position::default();
        });
        units(world, chain, &cast.alice.account, 0, [-4_000 << 16, 0]);
        shard(world, chain, &cast.alice.account, 0, |_| {});
        traded(world, chain, &cast.keeper, position(4_000, -8_000_000_000), [4_000 << 16, 0]);
        edit::<VenueMarket>(chain, &record, |record| {
            record.sequence += 1;
            record.volume_atoms += 8_000_000_000;
            // Alice closes what the keeper opens: open interest and the venue's part in it stay as they are.
            record.fill_count += 1;
        });
    });
}
