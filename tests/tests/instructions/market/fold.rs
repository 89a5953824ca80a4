//! `fold`: what it writes, and what it must be given.

use anchor_lang::{prelude::Clock, solana_program::instruction::Instruction};
use firebreak::{constants::SHARD_COUNT, error::FirebreakError, events::MarketFolded};
use firebreak_client::{
    instructions::{add_venue_market, fold},
    pda,
};
use firebreak_tests::{Failure, Trade, World};
use solana_signer::Signer;

use super::ledger;
use crate::{
    bounds::rehearse,
    demand::blank_figures,
    effect::{acts_besides, clock, emits, row, touched_snapshot},
    stage::{Stage, LOT},
};

/// Admits one more venue to the first market.
fn add_venue(world: &mut World, index: u16) -> Result<(), Failure> {
    let authority = world.new_keypair().pubkey();
    let venue = world.add_venue(index, &authority);
    let admin = world.admin.pubkey();
    let instruction = add_venue_market([&admin, &world.group], &venue, &world.markets[0].key);
    world.send(&[instruction], &[]).map(|_| ())
}

fn attempt(world: &mut World, instruction: &Instruction) -> Result<(), Failure> {
    rehearse(world, instruction.clone(), &[]).map(|_| ())
}

#[test]
fn a_fold_adds_the_shards_up_and_changes_row_and_ledger_only() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    // Fees of 1 000 atoms less a rebate of 400: 120 are the protocol's.
    world.trade(&Trade::new(&cast.keeper, &cast.bob, 10, LOT).with_fees(1_000, -400));
    world.advance(2);
    let now = world.now();
    let instruction = world.fold_instruction(0);
    let writable: Vec<_> = instruction.accounts.iter().filter(|meta| meta.is_writable).collect();
    let market = world.markets[0].key;
    assert_eq!(
        writable.iter().map(|meta| meta.pubkey).collect::<Vec<_>>(),
        [pda::snapshot(&world.group), pda::ledger(&market)]
    );
    let meta = acts_besides(blank_figures, world, instruction, |world, chain| {
        row(world, chain, 2, |row| {
            row.open_interest_units = [4_010 << 16; 2];
            // The first fold came with the first refresh.
            row.fold_sequence = 2;
            row.fold_ts = now;
        });
        touched_snapshot(world, chain);
        ledger(world, chain, |ledger| {
            ledger.protocol_fees_atoms = 120;
            ledger.fold_sequence = 2;
            ledger.funding_updated_ts = now;
        });
    });
    let row = world.row(0);
    let event = MarketFolded {
        group: world.group,
        market,
        row: 2,
        open_interest_units: [4_010 << 16; 2],
        protocol_fees_atoms: 120,
        premium_ppm: 0,
        funding_step_q32: 0,
        delta_atoms: row.sides.map(|side| side.demand_delta_atoms),
        gamma_atoms: row.sides.map(|side| side.demand_gamma_atoms),
        reproduction_ppm: row.sides.map(|side| side.reproduction_ppm),
        cluster_bins: row.sides.map(|side| side.cluster_bins),
        is_pace_infeasible: [0; 2],
        growth_cap_atoms: row.sides.map(|side| side.growth_cap_atoms),
        maintenance_limit_ppm: row.maintenance_limit_ppm,
        // Five million dollars.
        depth_atoms: 5_000_000_000_000,
        forecast_variance_q64: 0,
        fold_sequence: 2,
        ledger_sequence: 2,
        sequence: world.snapshot().header.sequence,
        slot: clock(world).slot,
    };
    emits(&meta, event);
}

#[test]
fn a_fold_in_the_same_second_counts_again() {
    let mut stage = Stage::calm();
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    world.fold(0).expect("a fold");
    world.trade(&Trade::new(&cast.keeper, &cast.bob, 10, LOT));
    world.fold(0).expect("in the same second");
    assert_eq!(world.row(0).open_interest_units, [4_010 << 16; 2]);
    assert_eq!((world.row(0).fold_sequence, world.ledger(0).fold_sequence), (3, 3));
}

#[test]
fn a_clock_that_went_back_is_harmless() {
    let mut stage = Stage::calm();
    let Stage { world, .. } = &mut stage;
    world.fold(0).expect("a fold");
    let updated = world.ledger(0).funding_updated_ts;
    let now = world.svm.get_sysvar::<Clock>();
    world.svm.set_sysvar(&Clock { unix_timestamp: now.unix_timestamp - 100, ..now.clone() });
    world.fold(0).expect("at an earlier time");
    assert_eq!(world.ledger(0).funding_updated_ts, updated, "funding never goes back");
    assert_eq!(world.row(0).fold_ts, updated - 100);
    // Time that was charged once is not charged again.
    world.svm.set_sysvar(&now);
    world.fold(0).expect("at the time of the first");
    assert_eq!(world.ledger(0).funding_updated_ts, updated);
}

#[test]
fn a_fold_is_given_all_shards_in_order_then_all_venues_in_order() {
    let mut stage = Stage::calm();
    let admin = stage.world.admin.pubkey();
    // The second venue is in no market yet.
    let Stage { world, other, .. } = &mut stage;
    let venue = pda::venue(&world.group, 1);
    for market in 0..2 {
        let market = world.markets[market].key;
        world.must(&[add_venue_market([&admin, &world.group], &venue, &market)], &[]);
    }
    let right = world.fold_instruction(0);
    let venues = right.accounts.len() - 2;
    let shards = venues - usize::from(SHARD_COUNT);
    let changed = |change: &dyn Fn(&mut Instruction)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        wrong
    };
    let second_market = pda::venue_market(&world.venue, &world.markets[1].key);
    let foreign = pda::exposure(&other.group, 0);
    let cases = [
        (changed(&|fold| fold.accounts.truncate(venues - 1)), FirebreakError::ShardsMissing),
        (changed(&|fold| fold.accounts.swap(shards, shards + 7)), FirebreakError::ShardsMissing),
        (
            changed(&|fold| fold.accounts[shards + 1] = fold.accounts[shards].clone()),
            FirebreakError::ShardsMissing,
        ),
        (changed(&|fold| fold.accounts[shards].pubkey = foreign), FirebreakError::WrongGroup),
        (changed(&|fold| fold.accounts.truncate(venues + 1)), FirebreakError::MarketVenues),
        (changed(&|fold| fold.accounts.push(fold.accounts[venues].clone())), FirebreakError::MarketVenues),
        (changed(&|fold| fold.accounts.swap(venues, venues + 1)), FirebreakError::MarketVenues),
        (changed(&|fold| fold.accounts[venues].pubkey = second_market), FirebreakError::MarketVenues),
    ];
    for (wrong, error) in &cases {
        attempt(world, wrong).expect_err("not the accounts of the market").assert_is(*error);
    }
    attempt(world, &right).expect("the accounts of the market");
}

#[test]
fn a_market_takes_eight_venues_and_a_fold_of_them_fits() {
    let mut world = World::new();
    for index in 1..8 {
        add_venue(&mut world, index).expect("at most eight");
        assert_eq!(world.venue_markets_of(0).len(), usize::from(index) + 1);
    }
    add_venue(&mut world, 8).expect_err("the ninth").assert_is(FirebreakError::MarketVenues);
    // The harness refuses what does not fit a packet.
    let meta = world.fold(0).expect("eight venues");
    assert!(meta.compute_units < 20_000, "{} compute units", meta.compute_units);
}

#[test]
fn open_interest_is_folded_before_activation_and_time_is_not_charged() {
    let mut world = World::configured(1, firebreak_tests::params::market);
    world.fold(0).expect("a group in setup");
    let ledger = world.ledger(0);
    assert_eq!((ledger.funding_updated_ts, ledger.fold_sequence), (world.now(), 1));
    assert_eq!(world.row(0).sides[0].earned, [0; 2]);
    let none = fold([&world.group, &world.markets[0].key], &[], false);
    attempt(&mut world, &none).expect_err("a venue is missing").assert_is(FirebreakError::MarketVenues);
}

/// Time is charged once: a clock that went back does not bring the time of the last fold back with it.
#[test]
fn a_clock_that_goes_back_moves_no_fold_back() {
    let mut world = World::new();
    // Without open interest on both sides nothing is charged, and time passes all the same.
    world.advance(100);
    world.fold(0).expect("a fold");
    let folded = world.now();
    assert_eq!(world.ledger(0).funding_updated_ts, folded);
    let mut clock = world.svm.get_sysvar::<Clock>();
    clock.unix_timestamp -= 60;
    world.svm.set_sysvar(&clock);
    world.fold(0).expect("a fold");
    assert_eq!(world.now(), folded - 60);
    assert_eq!(world.ledger(0).funding_updated_ts, folded);
}
