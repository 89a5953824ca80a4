//! One source dead, both dead, both alive and in contradiction.

use firebreak::{error::FirebreakError, instructions::LiquidationOutcome};
use firebreak_client::instructions::Overlay;
use firebreak_interface::fill::Refusal;
use firebreak_risk::oracle::Verdict;
use firebreak_tests::{
    oracle::Quote,
    params::{DOLLAR, TOKEN},
    Trade, Trader, World,
};

use super::{Cast, LOT};

/// Only the second oracle publishes; the first is 31 s old, one more than its row allows.
fn tick_secondary(world: &mut World, price_micros: u64) {
    world.advance(31);
    let feed = world.markets[0].feed;
    let quote = Quote { price_micros, confidence_micros: 0, publish_ts: world.now() };
    world.set_switchboard(&feed, &quote);
    world.refresh();
}

fn verdict(world: &World) -> Verdict {
    Verdict::from_u8(world.row(0).verdict)
}

#[test]
fn with_one_source_nothing_opens_and_reductions_pass() {
    let Cast { mut world, victim, other, keeper } = Cast::new();
    tick_secondary(&mut world, 195_000_000);
    assert_eq!(verdict(&world), Verdict::SingleSource);
    let price = 1_950_000;
    assert_eq!(world.refused(&Trade::new(&keeper, &other, 1, price)), Refusal::ReduceOnly);
    // The maker would open, so the taker's reduction does not help it.
    assert_eq!(world.refused(&Trade::new(&victim, &keeper, -1, price)), Refusal::ReduceOnly);
    world.trade(&Trade::new(&victim, &other, -1_000, price));
    // One source is enough to take money out: 1 000 - 200 (the loss) - 585 (initial margin of 3 000 lots).
    world.withdraw(&victim, 100 * DOLLAR, &Overlay::none()).expect("margin is left");
}

#[test]
fn with_one_source_liquidations_go_at_half_size() {
    let Cast { mut world, victim, keeper, .. } = Cast::new();
    tick_secondary(&mut world, 184_000_000);
    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("one source is left");
    assert_eq!(outcome, LiquidationOutcome::Partial);
    // 745 lots would be needed (see stale_rows): half of them, in whole lots.
    assert_eq!(world.margin(&keeper.account).positions()[0].units >> 16, 372);
}

/// 745 lots are needed, so the reading permits 372. Whoever takes one of them leaves 371 to the others; asked for none,
/// or for more than that, it gives none. Each position has its own half.
#[test]
fn one_reading_permits_half_of_a_position_in_however_many_pieces() {
    let Cast { mut world, victim, other, keeper } = Cast::new();
    let second = world.trader(1_000 * DOLLAR, 0);
    world.trade(&Trade::new(&second, &other, 4_000, LOT));
    tick_secondary(&mut world, 184_000_000);
    let taken = |world: &mut World, from: &Trader, lots_max| {
        let before = world.margin(&from.account).positions()[0].units;
        let (outcome, _) = world.liquidate(&keeper, &from.account, lots_max).expect("one source is left");
        (outcome, (before - world.margin(&from.account).positions()[0].units) >> 16)
    };
    let exhausted = (LiquidationOutcome::BudgetExhausted, 0);
    let partial = |lots| (LiquidationOutcome::Partial, lots);
    assert_eq!(taken(&mut world, &victim, 0), exhausted);
    assert_eq!(taken(&mut world, &victim, 1), partial(1));
    assert_eq!(taken(&mut world, &victim, u64::MAX), partial(371));
    assert_eq!(taken(&mut world, &victim, u64::MAX), exhausted);
    assert_eq!(taken(&mut world, &second, u64::MAX), partial(372));
    // The next reading of the same source permits half of what is still needed: of 373 lots, or less where the discount
    // of half a minute has made each lot dearer for the account.
    tick_secondary(&mut world, 184_000_000);
    let (outcome, lots) = taken(&mut world, &victim, u64::MAX);
    assert_eq!(outcome, LiquidationOutcome::Partial);
    assert!((187..=372).contains(&lots), "{lots} lots");
    assert_eq!(taken(&mut world, &victim, u64::MAX), exhausted);
}

#[test]
fn without_sources_reductions_pass_and_nothing_else() {
    let Cast { mut world, victim, other, keeper } = Cast::new();
    let flat = world.trader(500 * DOLLAR, 3 * TOKEN);
    world.advance(31);
    world.refresh();
    assert_eq!(verdict(&world), Verdict::Dead);
    // The last price stays and ages.
    assert_eq!(world.row(0).price_q32, (2 * DOLLAR) << 32);
    assert_eq!(world.refused(&Trade::new(&keeper, &other, 1, LOT)), Refusal::StaleRow);
    let failure = world.liquidate(&keeper, &victim.account, u64::MAX).expect_err("no price");
    failure.assert_is(FirebreakError::StaleRow);
    let failure = world.withdraw(&victim, 1, &Overlay::none()).expect_err("no price");
    failure.assert_is(FirebreakError::VerdictRefuses);

    // Whoever holds no position needs no price.
    world.withdraw(&flat, 500 * DOLLAR, &Overlay::none()).expect("flat");
    world.withdraw_token(&flat, 3 * TOKEN, &Overlay::none()).expect("flat");
    world.trade(&Trade::new(&victim, &other, -4_000, LOT));
    // Bought and sold at the same price, so nothing is owed and the position is gone.
    world.withdraw(&victim, 1_000 * DOLLAR, &Overlay::none()).expect("flat");
    assert_eq!(world.margin(&victim.account).collateral_count, 0);
}

/// A profit that is not paid yet keeps nobody in: the account owes nothing.
#[test]
fn an_unsettled_profit_does_not_hold_an_account_without_prices() {
    let mut world = World::new();
    let winner = world.trader(1_000 * DOLLAR, 3 * TOKEN);
    let loser = world.trader(10_000 * DOLLAR, 0);
    world.trade(&Trade::new(&winner, &loser, 1_000, LOT));
    world.advance(1);
    // 1 % up: 1 000 lots at 2.02 instead of 2 dollars win 20.
    world.tick(202_000_000);
    world.trade(&Trade::new(&winner, &loser, -1_000, 2_020_000));
    let position = world.margin(&winner.account).positions()[0];
    assert_eq!((position.units, position.quote_atoms, position.claim_units), (0, 0, 20_000_000));
    world.advance(600);
    world.withdraw(&winner, 1_000 * DOLLAR, &Overlay::none()).expect("it owes nothing");
    world.withdraw_token(&winner, 3 * TOKEN, &Overlay::none()).expect("it owes nothing");
    // The loser owes 20 and stays behind its margin.
    let failure = world.withdraw(&loser, 10_000 * DOLLAR, &Overlay::none()).expect_err("it owes 20");
    failure.assert_is(FirebreakError::WithdrawalMargin);
}

#[test]
fn contradicting_sources_liquidate_nobody() {
    let Cast { mut world, victim, keeper, .. } = Cast::new();
    world.advance(1);
    world.tick(184_000_000);
    // A second later one source says 170: 8 % apart, where 1 % is allowed.
    world.advance(1);
    let feed = world.markets[0].feed;
    let publish_ts = world.now();
    world.set_pyth(&feed, &Quote { price_micros: 170_000_000, confidence_micros: 0, publish_ts });
    world.set_switchboard(&feed, &Quote { price_micros: 184_000_000, confidence_micros: 0, publish_ts });
    world.refresh();
    assert_eq!(verdict(&world), Verdict::Diverged);
    assert_eq!(world.row(0).price_q32, 1_840_000 << 32);
    let before = world.accounts_of_group();
    let failure = world.liquidate(&keeper, &victim.account, u64::MAX).expect_err("sources contradict");
    failure.assert_is(FirebreakError::VerdictRefuses);
    assert_eq!(before, world.accounts_of_group());
}

#[test]
fn a_source_that_doubts_itself_halves_liquidations_and_moves_the_band_no_further() {
    let Cast { mut world, victim, keeper, .. } = Cast::new();
    world.advance(1);
    let feed = world.markets[0].feed;
    let publish_ts = world.now();
    // 10 dollars of doubt on 184; a good reading has at most 0.5 % = 0.92 dollars.
    let quote = Quote { price_micros: 184_000_000, confidence_micros: 10_000_000, publish_ts };
    world.set_pyth(&feed, &quote);
    world.set_switchboard(&feed, &quote);
    world.refresh();
    assert_eq!(verdict(&world), Verdict::Uncertain);
    assert_eq!(world.row(0).confidence_q32, 9_200 << 32);
    // Longs are valued at 1.84 - 0.0092: 1 000 - 8 000 + 4 000 * 1.8308 = 323.2.
    assert_eq!(world.health(&victim.account).health.equity, 323_200_000);
    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    assert_eq!(outcome, LiquidationOutcome::Partial);
}

#[test]
fn an_older_reading_never_replaces_a_newer_one() {
    let mut world = World::new();
    let feed = world.markets[0].feed;
    let old = world.now();
    world.advance(2);
    world.tick(201_000_000);
    // Both accounts go back to the earlier second: replays, so both sources are unusable.
    let quote = Quote { price_micros: 150_000_000, confidence_micros: 0, publish_ts: old };
    world.set_pyth(&feed, &quote);
    world.set_switchboard(&feed, &quote);
    world.refresh();
    assert_eq!(verdict(&world), Verdict::Dead);
    assert_eq!(world.row(0).price_q32, 2_010_000 << 32);
}
