//! `settle_pnl`: losses into the pool, profits out of it.

use firebreak::{
    error::FirebreakError,
    events::PnlSettled,
    state::{Collateral, MarketLedger, Position},
};
use firebreak_client::{
    instructions::{settle_pnl, Overlay},
    pda,
};
use firebreak_tests::{oracle::Quote, Trader, World};

use super::touched;
use crate::{
    chain::{edit, Chain},
    effect::{acts, clock, emits, idles, units},
    stage::{overlay, Stage},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};

fn settle(world: &World, trader: &Trader) -> Instruction {
    settle_pnl([&world.group, &world.markets[0].key], &trader.account, &overlay(world))
}

/// Atoms move between a position and the cash of its account (positive: into cash), by way of the pool.
fn moved(world: &World, chain: &mut Chain, account: &Pubkey, atoms: i64) {
    touched(chain, account, |account| {
        account.collaterals[0].atoms += atoms;
        account.positions[0].quote_atoms -= atoms;
    });
    edit::<MarketLedger>(chain, &pda::ledger(&world.markets[0].key), |ledger| {
        ledger.sequence += 1;
        ledger.pool_atoms = ledger.pool_atoms.checked_add_signed(-atoms).expect("it fits");
        ledger.payout_updated_ts = clock(world).unix_timestamp;
    });
    // Any touch of the shard remembers what was folded.
    units(world, chain, account, 0, [0, 0]);
}

#[test]
fn a_loss_leaves_cash_for_the_pool() {
    // 4 000 lots lose 0.1 dollars each, and the slow price has confirmed it.
    let mut stage = Stage::at_price(190_000_000);
    stage.follow(190_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let folds = world.ledger(0).sequence;
    let alice = cast.alice.account;
    let instruction = settle(world, &cast.alice);
    let meta = acts(world, instruction.clone(), &[], |world, chain| {
        moved(world, chain, &alice, -400_000_000);
    });
    assert_eq!(meta.return_data, (-400_000_000i64).to_le_bytes());
    let event = PnlSettled {
        margin_account: alice,
        market: world.markets[0].key,
        settled_atoms: -400_000_000,
        pool_atoms: 400_000_000,
        // The folds of all those refreshes, and this.
        ledger_sequence: folds + 1,
        sequence: 5,
    };
    emits(&meta, event);
    // What is settled is settled: a second call finds neither loss nor profit.
    idles(world, instruction, &[]);
}

#[test]
fn a_loss_beyond_cash_takes_all_cash_and_leaves_the_rest() {
    // 4 000 lots lose 0.3 dollars each, 200 dollars more than there are.
    let mut stage = Stage::at_price(170_000_000);
    stage.follow(170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let alice = cast.alice.account;
    let instruction = settle(world, &cast.alice);
    let meta = acts(world, instruction.clone(), &[], |world, chain| {
        moved(world, chain, &alice, -1_000_000_000);
        edit::<firebreak::state::MarginAccount>(chain, &alice, |account| {
            account.collaterals[0] = Collateral::default();
            account.collateral_count = 0;
        });
    });
    assert_eq!(meta.return_data, (-1_000_000_000i64).to_le_bytes());
    idles(world, instruction, &[]);
}

#[test]
fn a_profit_is_paid_from_settled_losses_and_at_a_limited_rate() {
    let mut stage = Stage::at_price(190_000_000);
    // A profit counts at the worse of the price and the slow price, which has arrived.
    stage.follow(190_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let folds = world.ledger(0).sequence;
    let bob = cast.bob.account;
    let instruction = settle(world, &cast.bob);
    // Nobody has paid in.
    idles(world, instruction.clone(), &[]);
    world.must(&[settle(world, &cast.alice)], &[]);
    // A fifth of the pool's 400 is less than the floor of 100 dollars per hour.
    let meta = acts(world, instruction.clone(), &[], |world, chain| {
        moved(world, chain, &bob, 100_000_000);
        edit::<MarketLedger>(chain, &pda::ledger(&world.markets[0].key), |ledger| {
            ledger.payout_used_atoms = 100_000_000;
        });
    });
    assert_eq!(meta.return_data[..4], 100_000_000u32.to_le_bytes());
    let event = PnlSettled {
        margin_account: bob,
        market: world.markets[0].key,
        settled_atoms: 100_000_000,
        pool_atoms: 300_000_000,
        // The folds, the loss, and this.
        ledger_sequence: folds + 2,
        // Opened, approved, two deposits, traded, and this.
        sequence: 6,
    };
    emits(&meta, event);
    idles(world, instruction, &[]);
}

#[test]
fn a_position_that_was_closed_settles_to_nothing_and_frees_its_place() {
    let mut stage = Stage::at_price(190_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let alice = cast.alice.account;
    world.trade(&firebreak_tests::Trade::new(&cast.alice, &cast.keeper, -4_000, 1_900_000));
    world.advance(100_000);
    // No position is left whose price would have to be known.
    let instruction = settle_pnl([&world.group, &world.markets[0].key], &alice, &Overlay::none());
    acts(world, instruction.clone(), &[], |world, chain| {
        moved(world, chain, &alice, -400_000_000);
        edit::<firebreak::state::MarginAccount>(chain, &alice, |account| {
            account.positions[0] = Position::default();
            account.position_count = 0;
        });
    });
    idles(world, instruction, &[]);
}

#[test]
fn an_open_position_needs_a_fresh_price() {
    let mut stage = Stage::at_price(190_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let stored = settle_pnl([&world.group, &world.markets[0].key], &cast.alice.account, &Overlay::none());
    world.advance(5);
    crate::bounds::rehearse(world, stored.clone(), &[]).expect("five seconds are fresh");
    world.advance(1);
    let failure = world.send(&[stored], &[]).expect_err("six seconds are not");
    failure.assert_is(FirebreakError::StaleRow);
    // Its oracle accounts make up for it.
    world.set_market_price(0, 190_000_000);
    world.must(&[settle(world, &cast.alice)], &[]);
}

/// A price that its sources doubt by 1 %, where 0.5 % is allowed, pays no profit of an open position.
#[test]
fn a_doubtful_price_pays_no_profit_of_an_open_position() {
    let mut stage = Stage::at_price(190_000_000);
    stage.follow(190_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    world.must(&[settle(world, &cast.alice)], &[]);
    world.advance(1);
    let feed = world.markets[0].feed;
    let doubtful = Quote { price_micros: 190_000_000, confidence_micros: 1_900_000, publish_ts: world.now() };
    world.set_pyth(&feed, &doubtful);
    world.set_switchboard(&feed, &doubtful);
    let instruction = settle(world, &cast.bob);
    idles(world, instruction.clone(), &[]);
    world.set_market_price(0, 190_000_000);
    let meta = world.must(&[instruction], &[]);
    assert_eq!(meta.return_data[..4], 100_000_000u32.to_le_bytes());
}
