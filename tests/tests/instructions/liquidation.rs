//! `liquidate`: what a takeover changes, what leaves everything as it was, and what is refused.

use anchor_lang::solana_program::instruction::Instruction;
use firebreak::{
    error::FirebreakError,
    events::LiquidationStepped,
    instructions::LiquidationOutcome,
    state::{MarginAccount, MarketLedger, Position},
};
use firebreak_client::{
    instructions::{liquidate, AccountKeys, Overlay, Target},
    pda,
};
use firebreak_tests::{
    params::{self, DOLLAR},
    Failure, Trade, Trader, World,
};

use crate::{
    bounds::rehearse,
    chain::edit,
    effect::{acts, emits, idles, registered, units},
    stage::{overlay, Cast, Stage},
};

/// ceil(6 800 / 5 000 000 * 2^40): 6 800 dollars at a depth of five million.
const IMPACT_Q40: u64 = 1_495_335_814;

fn take(world: &World, by: &AccountKeys, from: &Trader, lots_max: u64) -> Instruction {
    let target = Target { market: world.markets[0].key, liquidatee: from.account, lots_max };
    liquidate(by, &target, &overlay(world))
}

fn attempt(world: &mut World, cast: &Cast, instruction: Instruction) -> Result<(), Failure> {
    rehearse(world, instruction, &[&cast.keeper.owner]).map(|_| ())
}

#[test]
fn a_takeover_changes_both_accounts_their_shards_and_the_ledger() {
    // 15 % down: alice has 1 000 dollars and lost 1 200.
    let mut stage = Stage::at_price(170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let (alice, keeper) = (&cast.alice, &cast.keeper);
    let instruction = take(world, &keeper.keys, alice, u64::MAX);
    let market = world.markets[0].key;
    let now = world.now();
    let meta = acts(world, instruction, &[&keeper.owner], |world, chain| {
        let position = Position { row: 2, last_side: 1, ..Position::default() };
        edit::<MarginAccount>(chain, &alice.account, |account| {
            account.sequence += 1;
            account.liquidation_started_ts = now;
            // 4 000 lots are taken over at 1.7 dollars; beyond equity there is no discount.
            // The loss is certain: nothing is left that could make up for it.
            account.positions[0] = Position { quote_atoms: -1_200_000_000, shortfall_state: 2, ..position };
        });
        edit::<MarginAccount>(chain, &keeper.account, |account| {
            account.sequence += 1;
            account.position_count = 1;
            account.positions[0] = Position { units: 4_000 << 16, quote_atoms: -6_800_000_000, ..position };
        });
        units(world, chain, &alice.account, 0, [-4_000 << 16, 0]);
        units(world, chain, &keeper.account, 0, [4_000 << 16, 0]);
        edit::<MarketLedger>(chain, &pda::ledger(&market), |ledger| {
            ledger.sequence += 1;
            ledger.impact_level_q40 = IMPACT_Q40;
            ledger.impact_updated_ts = now;
            ledger.liquidated_atoms = 6_800_000_000;
            ledger.liquidation_count = 1;
            (ledger.bankrupt_count, ledger.shortfall_count) = (1, 1);
        });
    });
    assert_eq!(meta.return_data, [LiquidationOutcome::Completed as u8]);
    let event = LiquidationStepped {
        group: world.group,
        market,
        liquidator: keeper.account,
        liquidatee: alice.account,
        outcome: LiquidationOutcome::Completed as u8,
        // Bankrupt.
        state: 4,
        base_q16: 4_000 << 16,
        quote_atoms: 6_800_000_000,
        notional_atoms: 6_800_000_000,
        discount_ppm: 0,
        equity_before_atoms: -200_000_000,
        // 5 % of 6 800, and an atom.
        maintenance_before_atoms: 340_000_001,
        impact_level_q40: IMPACT_Q40,
        started_ts: now,
        // Two folds, and this.
        ledger_sequence: 3,
        // Opened, approved, deposited, traded, and this.
        sequence: 5,
    };
    emits(&meta, event);
}

#[test]
fn a_healthy_account_is_left_alone() {
    // 1 000 - 4 000 * 0.15 = 400 dollars of 370.
    let mut stage = Stage::at_price(185_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let instruction = take(world, &cast.keeper.keys, &cast.alice, u64::MAX);
    idles(world, instruction, &[&cast.keeper.owner]);
    // Nobody at all is below maintenance without a position.
    let instruction = take(world, &cast.keeper.keys, &cast.dora, u64::MAX);
    idles(world, instruction, &[&cast.keeper.owner]);
}

#[test]
fn a_recovery_stops_the_clock_and_takes_nothing() {
    let mut stage = Stage::at_price(184_000_000);
    {
        let Stage { world, casts: [cast, _], .. } = &mut stage;
        world.liquidate(&cast.keeper, &cast.alice.account, 1).expect("below maintenance");
    }
    stage.move_price(200_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let instruction = take(world, &cast.keeper.keys, &cast.alice, u64::MAX);
    let meta = acts(world, instruction.clone(), &[&cast.keeper.owner], |world, chain| {
        registered(world, chain, &cast.alice.account);
        edit::<MarginAccount>(chain, &cast.alice.account, |account| {
            account.sequence += 1;
            account.liquidation_started_ts = 0;
        });
    });
    assert_eq!(meta.return_data, [LiquidationOutcome::Recovered as u8]);
    assert_eq!(meta.events.len(), 1);
    idles(world, instruction, &[&cast.keeper.owner]);
}

#[test]
fn nobody_liquidates_themselves() {
    let mut stage = Stage::at_price(170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let instruction = take(world, &cast.alice.keys, &cast.alice, u64::MAX);
    let result = rehearse(world, instruction, &[&cast.alice.owner]);
    result.expect_err("the same account").assert_is(FirebreakError::SelfLiquidation);
}

#[test]
fn only_its_owner_uses_a_liquidators_account() {
    let mut stage = Stage::at_price(170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let keys = AccountKeys { owner: cast.dora.keys.owner, ..cast.keeper.keys };
    let instruction = take(world, &keys, &cast.alice, u64::MAX);
    let result = rehearse(world, instruction, &[&cast.dora.owner]);
    result.expect_err("a stranger").assert_is(FirebreakError::NotLiquidatorOwner);
}

#[test]
fn each_account_comes_with_its_own_shard() {
    let mut stage = Stage::at_price(170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let right = take(world, &cast.keeper.keys, &cast.alice, u64::MAX);
    for slot in [6, 8] {
        for shard in pda::exposures(&world.group) {
            let mut wrong = right.clone();
            if std::mem::replace(&mut wrong.accounts[slot].pubkey, shard) != shard {
                let failure = attempt(world, cast, wrong).expect_err("another shard");
                failure.assert_is(FirebreakError::WrongShard);
            }
        }
    }
}

#[test]
fn the_liquidated_market_needs_a_fresh_price() {
    let mut stage = Stage::at_price(170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let target = Target { market: world.markets[0].key, liquidatee: cast.alice.account, lots_max: 1 };
    let stored = liquidate(&cast.keeper.keys, &target, &Overlay::none());
    world.advance(5);
    attempt(world, cast, stored.clone()).expect("five seconds are fresh");
    world.advance(1);
    attempt(world, cast, stored).expect_err("six are not").assert_is(FirebreakError::StaleRow);
    world.set_market_price(0, 170_000_000);
    let overlaid = take(world, &cast.keeper.keys, &cast.alice, 1);
    attempt(world, cast, overlaid).expect("its oracles make up for it");
}

#[test]
fn the_liquidator_covers_what_it_takes() {
    let mut stage = Stage::calm();
    let poor = stage.world.trader(10 * DOLLAR, 0);
    stage.move_price(170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    // Initial margin is counted at the worse of the price and the slow price, which is a second old: 1.9995 dollars.
    // 50 lots need 9.9975 of the ten dollars, 51 need 10.1974.
    for (lots, is_covered) in [(50, true), (51, false)] {
        let instruction = take(world, &poor.keys, &cast.alice, lots);
        match rehearse(world, instruction, &[&poor.owner]) {
            Ok(_) => assert!(is_covered, "{lots} lots"),
            Err(failure) => {
                assert!(!is_covered, "{lots} lots: {failure:?}");
                failure.assert_is(FirebreakError::LiquidatorMargin);
            }
        }
    }
}

#[test]
fn another_market_than_the_positions_starts_the_clock_and_takes_nothing() {
    let mut stage = Stage::at_price(170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let target = Target { market: world.markets[1].key, liquidatee: cast.alice.account, lots_max: u64::MAX };
    let instruction = liquidate(&cast.keeper.keys, &target, &Overlay::none());
    let now = world.now();
    let meta = acts(world, instruction.clone(), &[&cast.keeper.owner], |world, chain| {
        registered(world, chain, &cast.alice.account);
        edit::<MarginAccount>(chain, &cast.alice.account, |account| {
            account.sequence += 1;
            account.liquidation_started_ts = now;
        });
    });
    assert_eq!(meta.return_data, [LiquidationOutcome::NoPosition as u8]);
    assert_eq!(meta.events.len(), 1);
    idles(world, instruction, &[&cast.keeper.owner]);
}

#[test]
fn nothing_is_taken_when_nothing_is_wanted() {
    let mut stage = Stage::at_price(170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    world.trade(&Trade::new(&cast.keeper, &cast.bob, 1, 1_700_000));
    let instruction = take(world, &cast.keeper.keys, &cast.alice, 0);
    let now = world.now();
    let market = world.markets[0].key;
    let meta = acts(world, instruction, &[&cast.keeper.owner], |world, chain| {
        registered(world, chain, &cast.alice.account);
        edit::<MarginAccount>(chain, &cast.alice.account, |account| {
            account.sequence += 1;
            account.liquidation_started_ts = now;
            account.positions[0].shortfall_state = 1;
        });
        edit::<MarketLedger>(chain, &pda::ledger(&market), |ledger| {
            ledger.sequence += 1;
            ledger.bankrupt_count = 1;
        });
    });
    assert_eq!(meta.return_data, [LiquidationOutcome::BudgetExhausted as u8]);
    assert_eq!(world.margin(&cast.alice.account).positions()[0].units, 4_000 << 16);
}

#[test]
fn a_liquidators_position_has_at_most_2_to_the_52_atoms_of_notional() {
    let mut world = World::new();
    let [whale, other] = [(); 2].map(|()| world.trader(1 << 50, 0));
    let victim = world.trader(801 * DOLLAR, 0);
    let third = world.trader(10_000 * DOLLAR, 0);
    // The most that can be traded at 2 dollars per lot, on the side that the victim has as well.
    world.trade(&Trade::new(&other, &whale, 2_251_799_813, 2 * DOLLAR));
    world.trade(&Trade::new(&third, &victim, 4_000, 2 * DOLLAR));
    world.advance(1);
    // 801 - 4 000 * 0.11 = 361 dollars of 422; the large position has grown beyond 2^52 by itself.
    world.tick(211_000_000);
    let failure = world.liquidate(&whale, &victim.account, 1).expect_err("one lot more");
    failure.assert_is(FirebreakError::LiquidatorPositionSize);
    let keeper = world.trader(1_000 * DOLLAR, 0);
    world.liquidate(&keeper, &victim.account, 1).expect("somebody else takes it");
}

#[test]
fn a_liquidator_needs_a_free_place_for_a_new_position() {
    let mut world = World::with_markets(17, params::market);
    world.is_auditing = false;
    let [keeper, other, third] = [(); 3].map(|()| world.trader(100_000 * DOLLAR, 0));
    let victim = world.trader(1_000 * DOLLAR, 0);
    for market in 0..16 {
        world.trade(&Trade::new(&keeper, &other, 1, 2 * DOLLAR).in_market(market));
    }
    world.trade(&Trade::new(&victim, &third, 4_000, 2 * DOLLAR).in_market(16));
    world.advance(1);
    world.set_market_price(16, 170_000_000);
    let rows = world.oracle_rows();
    world.refresh_rows(&rows[17..]).expect("the last market");
    let attempt =
        |world: &mut World| world.liquidate_in(16, &keeper, &victim.account, 1, &Overlay::none()).map(|_| ());
    attempt(&mut world).expect_err("16 positions").assert_is(FirebreakError::PositionSlotsFull);
    world.refresh_rows(&rows[1..2]).expect("the first market");
    world.trade(&Trade::new(&keeper, &other, -1, 2 * DOLLAR));
    attempt(&mut world).expect("a place is free");
}
