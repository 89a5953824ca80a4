//! `liquidate_collateral`: what a conversion changes, what leaves everything as it was or only moves the clock, and what is
//! refused.

use anchor_lang::solana_program::instruction::Instruction;
use firebreak::{
    engine::conversion::ConversionOutcome,
    error::FirebreakError,
    events::CollateralConverted,
    state::{Collateral, CollateralBank, MarginAccount},
};
use firebreak_client::{
    instructions::{
        liquidate_collateral, withdraw, AccountKeys, ConversionTarget, OracleRow, Overlay, Transfer,
    },
    pda,
};
use firebreak_tests::{
    banks::conversion_outcome,
    oracle::Quote,
    params::{DOLLAR, TOKEN},
    Failure, Meta, Trader, World,
};

use crate::{
    bounds::rehearse,
    chain::edit,
    effect::{acts, emits, idles, registered},
    stage::{oracle_row, token_overlay, Cast, Stage},
};

/// 0.17 atoms per atom are 730 144 440 / 2^32: floor(199 999 999 * 2^32 / 730 144 440) + 1.
const ATOMS: i64 = 1_176_470_583;
/// ceil(200 / 5 000 000 * 2^40): 200 dollars at a depth of five million.
const IMPACT_Q40: u64 = 43_980_466;

/// Alice has 1 000 dollars and `tokens` tokens besides 4 000 lots long at 2 dollars.
fn pledged(tokens: u64, price_micros: u64) -> Stage {
    let mut stage = Stage::calm();
    if tokens > 0 {
        stage.world.deposit_token(&stage.casts[0].alice, tokens * TOKEN);
    }
    stage.move_price(price_micros);
    stage
}

fn buy(world: &World, by: &AccountKeys, from: &Trader, atoms_max: u64) -> Instruction {
    let target = ConversionTarget { mint: world.token.mint, liquidatee: from.account, atoms_max };
    liquidate_collateral(by, &target, &token_overlay(world))
}

fn attempt(world: &mut World, cast: &Cast, instruction: Instruction) -> Result<Meta, Failure> {
    rehearse(world, instruction, &[&cast.keeper.owner])
}

/// The call changes nothing but the start of alice's clock, says so in an event and, asked again, does nothing.
#[track_caller]
fn only_starts_the_clock(stage: &mut Stage, instruction: Instruction, outcome: ConversionOutcome) {
    let Stage { world, casts: [cast, _], .. } = stage;
    let now = world.now();
    let meta = acts(world, instruction.clone(), &[&cast.keeper.owner], |world, chain| {
        registered(world, chain, &cast.alice.account);
        edit::<MarginAccount>(chain, &cast.alice.account, |account| {
            account.sequence += 1;
            account.liquidation_started_ts = now;
        });
    });
    assert_eq!((conversion_outcome(&meta), meta.events.len()), (outcome, 1));
    let meta = idles(world, instruction, &[&cast.keeper.owner]);
    assert_eq!(conversion_outcome(&meta), outcome);
}

#[test]
fn a_conversion_changes_both_accounts_and_the_bank() {
    // 4 000 lots lose 1 200 dollars, 200 more than alice has. 208 dollars of equity are left of 340 that are needed.
    let mut stage = pledged(3, 170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let (alice, keeper) = (&cast.alice, &cast.keeper);
    let instruction = buy(world, &keeper.keys, alice, u64::MAX);
    let now = world.now();
    let bank = pda::bank(&world.group, &world.token.mint);
    let meta = acts(world, instruction.clone(), &[&keeper.owner], |world, chain| {
        registered(world, chain, &alice.account);
        registered(world, chain, &keeper.account);
        edit::<MarginAccount>(chain, &alice.account, |account| {
            account.sequence += 1;
            account.liquidation_started_ts = now;
            account.collaterals[0].atoms += 200_000_000;
            account.collaterals[1].atoms -= ATOMS;
        });
        edit::<MarginAccount>(chain, &keeper.account, |account| {
            account.sequence += 1;
            account.collateral_count = 2;
            account.collaterals[0].atoms -= 200_000_000;
            account.collaterals[1] = Collateral { atoms: ATOMS, row: 1, ..Collateral::default() };
        });
        edit::<CollateralBank>(chain, &bank, |bank| {
            bank.sequence += 1;
            bank.impact_level_q40 = IMPACT_Q40;
            bank.impact_updated_ts = now;
        });
    });
    assert_eq!(conversion_outcome(&meta), ConversionOutcome::Completed);
    let event = CollateralConverted {
        group: world.group,
        bank,
        liquidator: keeper.account,
        liquidatee: alice.account,
        row: 1,
        outcome: 2,
        // Below maintenance.
        state: 2,
        atoms: ATOMS.unsigned_abs(),
        quote_atoms: 200_000_000,
        notional_atoms: 200_000_000,
        // The clock has just started.
        discount_ppm: 0,
        deficit_before_atoms: 200_000_000,
        // -200, and 80 % of three tokens, rounded down twice.
        equity_before_atoms: 207_999_999,
        impact_level_q40: IMPACT_Q40,
        started_ts: now,
        // Alice's deposit, bob's, and this.
        bank_sequence: 3,
        // Opened, approved, deposited, traded, deposited, and this.
        sequence: 6,
    };
    emits(&meta, event);
    // All that was lacking has been bought; the rest is for `liquidate`.
    let meta = idles(world, instruction, &[&keeper.owner]);
    assert_eq!(conversion_outcome(&meta), ConversionOutcome::NotLiquidatable);
}

#[test]
fn a_healthy_account_without_debts_is_left_alone() {
    // 1 000 - 4 000 * 0.15 = 400 dollars of 370, and three tokens.
    let mut stage = pledged(3, 185_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    for whom in [&cast.alice, &cast.bob, &cast.dora] {
        let instruction = buy(world, &cast.keeper.keys, whom, u64::MAX);
        let meta = idles(world, instruction, &[&cast.keeper.owner]);
        assert_eq!(conversion_outcome(&meta), ConversionOutcome::NotLiquidatable);
    }
}

#[test]
fn cash_that_covers_its_losses_spares_the_collateral() {
    // 1 000 - 640 = 360 dollars, and a hundredth of a token, of 368: in liquidation, but nothing is owed beyond the cash.
    let mut stage = pledged(0, 184_000_000);
    stage.world.deposit_token(&stage.casts[0].alice, TOKEN / 100);
    let instruction = buy(&stage.world, &stage.casts[0].keeper.keys, &stage.casts[0].alice, u64::MAX);
    only_starts_the_clock(&mut stage, instruction, ConversionOutcome::NotLiquidatable);
}

#[test]
fn an_account_without_the_collateral_has_its_clock_started() {
    let mut stage = pledged(0, 170_000_000);
    let instruction = buy(&stage.world, &stage.casts[0].keeper.keys, &stage.casts[0].alice, u64::MAX);
    only_starts_the_clock(&mut stage, instruction, ConversionOutcome::NoCollateral);
}

#[test]
fn nothing_is_bought_when_nothing_is_wanted() {
    let mut stage = pledged(3, 170_000_000);
    let instruction = buy(&stage.world, &stage.casts[0].keeper.keys, &stage.casts[0].alice, 0);
    only_starts_the_clock(&mut stage, instruction, ConversionOutcome::BudgetExhausted);
}

#[test]
fn a_recovery_stops_the_clock_and_buys_nothing() {
    let mut stage = pledged(3, 170_000_000);
    {
        let Stage { world, casts: [cast, _], .. } = &mut stage;
        world.convert(&cast.keeper, &cast.alice.account, 0).expect("below maintenance");
    }
    stage.move_price(200_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let instruction = buy(world, &cast.keeper.keys, &cast.alice, u64::MAX);
    let meta = acts(world, instruction.clone(), &[&cast.keeper.owner], |world, chain| {
        registered(world, chain, &cast.alice.account);
        edit::<MarginAccount>(chain, &cast.alice.account, |account| {
            account.sequence += 1;
            account.liquidation_started_ts = 0;
        });
    });
    assert_eq!(conversion_outcome(&meta), ConversionOutcome::Recovered);
    let event = CollateralConverted {
        group: world.group,
        bank: pda::bank(&world.group, &world.token.mint),
        liquidator: cast.keeper.account,
        liquidatee: cast.alice.account,
        row: 1,
        outcome: 1,
        state: 0,
        atoms: 0,
        quote_atoms: 0,
        notional_atoms: 0,
        discount_ppm: 0,
        deficit_before_atoms: 0,
        // 1 000 dollars, and 80 % of three tokens: a fifth of an atom, rounded down to 2^-32, makes them an atom less than
        // 600 dollars.
        equity_before_atoms: 1_479_999_999,
        impact_level_q40: 0,
        started_ts: 0,
        // Alice's deposit and bob's.
        bank_sequence: 2,
        // Opened, approved, deposited, traded, deposited, started, and this.
        sequence: 7,
    };
    emits(&meta, event);
    let meta = idles(world, instruction, &[&cast.keeper.owner]);
    assert_eq!(conversion_outcome(&meta), ConversionOutcome::NotLiquidatable);
}

#[test]
fn nobody_buys_from_themselves() {
    let mut stage = pledged(3, 170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let instruction = buy(world, &cast.alice.keys, &cast.alice, u64::MAX);
    let result = rehearse(world, instruction, &[&cast.alice.owner]);
    result.expect_err("the same account").assert_is(FirebreakError::SelfLiquidation);
}

#[test]
fn only_its_owner_buys_with_an_account() {
    let mut stage = pledged(3, 170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let keys = AccountKeys { owner: cast.dora.keys.owner, ..cast.keeper.keys };
    let instruction = buy(world, &keys, &cast.alice, u64::MAX);
    let result = rehearse(world, instruction, &[&cast.dora.owner]);
    result.expect_err("a stranger").assert_is(FirebreakError::NotLiquidatorOwner);
}

#[test]
fn quote_is_not_bought_for_quote() {
    let mut stage = pledged(3, 170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let target =
        ConversionTarget { mint: world.quote.mint, liquidatee: cast.alice.account, atoms_max: u64::MAX };
    let instruction = liquidate_collateral(&cast.keeper.keys, &target, &Overlay::none());
    let failure = attempt(world, cast, instruction).expect_err("quote");
    failure.assert_is(FirebreakError::QuoteNotConvertible);
}

#[test]
fn the_collateral_needs_a_fresh_price() {
    let mut stage = pledged(3, 170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let target = ConversionTarget { mint: world.token.mint, liquidatee: cast.alice.account, atoms_max: 1 };
    let stored = liquidate_collateral(&cast.keeper.keys, &target, &Overlay::none());
    world.advance(5);
    attempt(world, cast, stored.clone()).expect("five seconds are fresh");
    world.advance(1);
    attempt(world, cast, stored).expect_err("six are not").assert_is(FirebreakError::StaleRow);
    world.set_market_price(0, 170_000_000);
    let overlaid = buy(world, &cast.keeper.keys, &cast.alice, 1);
    attempt(world, cast, overlaid).expect("its oracles make up for it");
}

#[test]
fn every_other_row_of_the_account_is_at_most_five_minutes_old() {
    let mut stage = pledged(3, 170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    world.advance(300);
    world.set_market_price(0, 170_000_000);
    let instruction = buy(world, &cast.keeper.keys, &cast.alice, 1);
    attempt(world, cast, instruction.clone()).expect("300 seconds are usable");
    world.advance(1);
    world.set_market_price(0, 170_000_000);
    attempt(world, cast, instruction).expect_err("301 are not").assert_is(FirebreakError::StaleRow);
    // The market as well from its oracles.
    let rows = [world.first_token().oracle_row(), oracle_row(world, 0)];
    let overlay = Overlay::new(&rows).expect("two rows");
    let target = ConversionTarget { mint: world.token.mint, liquidatee: cast.alice.account, atoms_max: 1 };
    let instruction = liquidate_collateral(&cast.keeper.keys, &target, &overlay);
    attempt(world, cast, instruction).expect("both are read");
}

#[test]
fn contradicting_sources_convert_nothing() {
    let mut stage = pledged(3, 170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    world.advance(1);
    world.set_market_price(0, 170_000_000);
    let feed = world.markets[0].feed;
    // 5 % apart, where 1 % is allowed.
    let quote = Quote { price_micros: 178_500_000, confidence_micros: 0, publish_ts: world.now() };
    world.set_switchboard(&feed, &quote);
    let instruction = buy(world, &cast.keeper.keys, &cast.alice, u64::MAX);
    let failure = attempt(world, cast, instruction).expect_err("contradicting sources");
    failure.assert_is(FirebreakError::VerdictRefuses);
}

#[test]
fn a_buyer_pays_from_cash_and_covers_its_initial_margin() {
    let mut stage = pledged(3, 170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let take = |world: &mut World, trader: &Trader, atoms: u64| {
        let transfer = Transfer { mint: world.quote, wallet: trader.quote_wallet, atoms };
        world.must(&[withdraw(&trader.keys, &transfer, &Overlay::none())], &[&trader.owner]);
    };
    // One token costs 170 dollars.
    take(world, &cast.keeper, 99_999 * DOLLAR);
    let instruction = buy(world, &cast.keeper.keys, &cast.alice, TOKEN);
    let failure = attempt(world, cast, instruction).expect_err("a dollar");
    failure.assert_is(FirebreakError::InsufficientCollateral);
    world.deposit(&cast.keeper, 200 * DOLLAR);
    let instruction = buy(world, &cast.keeper.keys, &cast.alice, TOKEN);
    attempt(world, cast, instruction.clone()).expect("201 dollars");
    // 1 000 lots at 1.7 need 170 dollars. Of 201, 31 and what the token counts are left: 70 % of 170 is 119.
    world.trade(&firebreak_tests::Trade::new(&cast.keeper, &cast.bob, 1_000, 1_700_000));
    let failure = attempt(world, cast, instruction).expect_err("the token counts less than it costs");
    failure.assert_is(FirebreakError::LiquidatorMargin);
}

/// The row of another collateral does not stand in for that of the one that is bought.
#[test]
fn an_overlay_takes_the_configured_oracles_only() {
    let mut stage = pledged(3, 170_000_000);
    let Stage { world, casts: [cast, _], .. } = &mut stage;
    let other = world.markets[1].feed;
    let row = OracleRow { row: 1, primary: other.pyth, secondary: other.switchboard, third: None };
    let target = ConversionTarget { mint: world.token.mint, liquidatee: cast.alice.account, atoms_max: 1 };
    let instruction =
        liquidate_collateral(&cast.keeper.keys, &target, &Overlay::new(&[row]).expect("one row"));
    attempt(world, cast, instruction).expect_err("another feed").assert_is(FirebreakError::OracleKey);
}
