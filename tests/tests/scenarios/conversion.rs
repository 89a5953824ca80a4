//! Collateral of accounts that owe quote is bought, so that losses are paid in what winners are owed.
//!
//! A token counts 80 % for maintenance. Conversions of the first collateral may hold 100 000 dollars, the discount rises to
//! 5 % within a minute, and healthy accounts may owe 100 dollars.

use anchor_lang::{AnchorDeserialize, Discriminator};
use firebreak::{
    engine::conversion::ConversionOutcome, error::FirebreakError, events::CollateralConverted,
    instructions::LiquidationOutcome,
};
use firebreak_client::instructions::{close_account, Overlay};
use firebreak_tests::{
    banks::Token,
    oracle::Quote,
    params::{self, DOLLAR, TOKEN},
    Trade, Trader, World,
};
use proptest::prelude::*;

use super::{dollars, LOT};

/// Converts and checks what holds for every conversion; the audit ran before. Returns what was reported.
#[track_caller]
fn convert(
    world: &mut World,
    token: &Token,
    (keeper, victim): (&Trader, &Trader),
    atoms_max: u64,
) -> (ConversionOutcome, Option<CollateralConverted>) {
    let before = world.health(&victim.account).health.equity;
    let vault = world.bank(&token.mint).deposits_atoms;
    let (outcome, meta) =
        world.convert_of(token, keeper, &victim.account, atoms_max).expect("no error for a keeper");
    let event = meta.events.first().map(|event| {
        let fields = event.strip_prefix(CollateralConverted::DISCRIMINATOR).expect("a conversion");
        CollateralConverted::deserialize(&mut &*fields).expect("its fields")
    });
    // No token moves.
    assert_eq!(world.bank(&token.mint).deposits_atoms, vault);
    if let Some(event) = &event {
        let after = world.health(&victim.account).health.equity;
        assert!(after >= before, "equity fell from {before} to {after}: {event:?}");
        // An atom of these tokens is worth less than one of quote, so what it lacks is met exactly.
        assert!(event.quote_atoms <= event.deficit_before_atoms, "more than it lacked: {event:?}");
        assert_pays_the_price(world, token, event);
    }
    (outcome, event)
}

/// The seller gets no less than the risk price less the discount, and the discount is within its bound.
#[track_caller]
fn assert_pays_the_price(world: &World, token: &Token, event: &CollateralConverted) {
    let snapshot = world.snapshot();
    let row = snapshot.row(token.row).expect("its row");
    let bank = world.bank(&token.mint);
    assert!(event.discount_ppm <= bank.discount_ppm);
    assert!(event.discount_ppm <= 1_000_000 - row.maintenance_weight_ppm);
    // Products of 50, 38 and 20 bits.
    let net = u128::from(1_000_000 - event.discount_ppm);
    let worth = u128::from(event.atoms) * u128::from(row.price_q32) * net;
    let paid = (u128::from(event.quote_atoms) * 1_000_000) << 32;
    assert!(paid >= worth, "{event:?}");
}

/// Nobody, with ten tokens and no quote, bought 1 000 lots at 2 dollars and sold them at 1.8: owes 200 dollars.
struct Debtor {
    world: World,
    debtor: Trader,
    winner: Trader,
    keeper: Trader,
}

impl Debtor {
    fn new(lots: i64) -> Self {
        let mut world = World::new();
        let debtor = world.trader(0, 10 * TOKEN);
        let winner = world.trader(10_000 * DOLLAR, 0);
        let keeper = world.trader(10_000 * DOLLAR, 0);
        world.trade(&Trade::new(&debtor, &winner, lots, LOT));
        world.advance(1);
        world.tick(180_000_000);
        world.trade(&Trade::new(&debtor, &winner, -lots, 1_800_000));
        Self { world, debtor, winner, keeper }
    }
}

/// The case in which money was stuck: nothing to liquidate, nothing to settle from, nobody to be paid.
#[test]
fn a_flat_account_that_owes_quote_and_holds_tokens_is_converted_settled_and_closed() {
    let Debtor { mut world, debtor, winner, keeper } = Debtor::new(1_000);
    let token = world.first_token();
    let debt = world.margin(&debtor.account).positions()[0];
    assert_eq!((debt.units, debt.quote_atoms), (0, dollars(-200)));
    world.settle(&debtor.account).expect("nothing to settle from");
    assert_eq!(world.ledger(0).pool_atoms, 0);
    let close = close_account(&debtor.keys);
    let failure = world.send(std::slice::from_ref(&close), &[&debtor.owner]).expect_err("it owes");
    failure.assert_is(FirebreakError::AccountNotEmpty);

    let (outcome, event) = convert(&mut world, &token, (&keeper, &debtor), u64::MAX);
    let event = event.expect("a conversion");
    assert_eq!(
        (outcome, event.state, event.deficit_before_atoms),
        (ConversionOutcome::Completed, 0, 200_000_000)
    );
    // Twice the limit is owed, so the discount is the largest. ceil(g * 0.95) = 200 000 000 has g = 210 526 315 as its least
    // solution, and 0.18 atoms per atom are 773 094 113 / 2^32: floor(210 526 314 * 2^32 / 773 094 113) + 1.
    assert_eq!(event.discount_ppm, 50_000);
    assert_eq!(
        (event.atoms, event.quote_atoms, event.notional_atoms),
        (1_169_590_634, 200_000_000, 210_526_315)
    );
    let held = |world: &World, trader: &Trader| world.margin(&trader.account).atoms_of(token.row);
    assert_eq!(world.margin(&debtor.account).atoms_of(0), dollars(200));
    assert_eq!(held(&world, &keeper), i64::try_from(event.atoms).expect("few"));
    assert_eq!(held(&world, &debtor) + held(&world, &keeper), 10_000_000_000);
    assert_eq!(world.margin(&keeper.account).atoms_of(0), dollars(9_800));
    // Whoever comes too late finds nothing to do.
    let (outcome, event) = convert(&mut world, &token, (&keeper, &debtor), u64::MAX);
    assert_eq!((outcome, event.is_none()), (ConversionOutcome::NotLiquidatable, true));

    world.settle(&debtor.account).expect("a loss");
    assert_eq!(world.ledger(0).pool_atoms, 200_000_000);
    world.settle(&winner.account).expect("a profit");
    assert_eq!(world.margin(&debtor.account).position_count, 0);
    let rest = held(&world, &debtor).unsigned_abs();
    world.withdraw_token(&debtor, rest, &Overlay::none()).expect("it owes nothing");
    world.must(&[close], &[&debtor.owner]);
}

/// 2 000 lots lose 0.2 dollars each: 400 are owed. A reading of one source permits 200 of them, in two pieces or in one,
/// however often it is asked; the next one half of the other 200. The 100 that are left are within the limit.
#[test]
fn one_reading_permits_half_of_what_collateral_is_converted_for() {
    let Debtor { mut world, debtor, keeper, .. } = Debtor::new(2_000);
    let token = world.first_token();
    let read_one_source = |world: &mut World| {
        world.advance(31);
        let quote = Quote { price_micros: 180_000_000, confidence_micros: 0, publish_ts: world.now() };
        world.set_switchboard(&token.feed, &quote);
        world.refresh();
    };
    let bought = |world: &mut World, atoms_max| {
        let (outcome, event) = convert(world, &token, (&keeper, &debtor), atoms_max);
        (outcome, event.map_or(0, |event| event.quote_atoms))
    };
    let exhausted = (ConversionOutcome::BudgetExhausted, 0);
    read_one_source(&mut world);
    assert_eq!(bought(&mut world, 0), exhausted);
    // An atom of a token for an atom of quote.
    assert_eq!(bought(&mut world, 1), (ConversionOutcome::Partial, 1));
    assert_eq!(bought(&mut world, u64::MAX), (ConversionOutcome::Partial, 199_999_999));
    assert_eq!(bought(&mut world, u64::MAX), exhausted);
    read_one_source(&mut world);
    assert_eq!(bought(&mut world, u64::MAX), (ConversionOutcome::Partial, 100_000_000));
    assert_eq!(bought(&mut world, u64::MAX), (ConversionOutcome::NotLiquidatable, 0));
}

#[test]
fn a_healthy_account_may_owe_up_to_the_limit() {
    // 500 lots lose 0.2 dollars each: exactly 100 dollars.
    let Debtor { mut world, debtor, keeper, .. } = Debtor::new(500);
    let token = world.first_token();
    let before = world.accounts_of_group();
    let (outcome, _) = convert(&mut world, &token, (&keeper, &debtor), u64::MAX);
    assert_eq!(outcome, ConversionOutcome::NotLiquidatable);
    assert_eq!(before, world.accounts_of_group());
}

/// A loss on paper is no debt: the price may come back.
#[test]
fn a_loss_on_paper_forces_no_healthy_account_to_sell() {
    let mut world = World::new();
    let token = world.first_token();
    let owner = world.trader(0, 50 * TOKEN);
    let other = world.trader(100_000 * DOLLAR, 0);
    let keeper = world.trader(10_000 * DOLLAR, 0);
    world.trade(&Trade::new(&owner, &other, 4_000, LOT));
    world.advance(1);
    world.tick(180_000_000);
    // 800 dollars down, eight times the limit, and 80 % of 9 000 to cover it.
    assert_eq!(world.health(&owner.account).health.equity / 1_000_000, 6_399);
    let (outcome, _) = convert(&mut world, &token, (&keeper, &owner), u64::MAX);
    assert_eq!(outcome, ConversionOutcome::NotLiquidatable);
}

/// What an account is owed elsewhere pays its debts before its collateral does.
#[test]
fn a_profit_elsewhere_spares_the_collateral() {
    let mut world = World::with_markets(2, params::market);
    let token = world.first_token();
    let owner = world.trader(0, 50 * TOKEN);
    let other = world.trader(100_000 * DOLLAR, 0);
    let keeper = world.trader(10_000 * DOLLAR, 0);
    world.trade(&Trade::new(&owner, &other, 4_000, LOT));
    world.trade(&Trade::new(&owner, &other, -4_000, LOT).in_market(1));
    world.advance(1);
    for market in 0..2 {
        world.set_market_price(market, 190_000_000);
    }
    world.refresh();
    // Closed with a loss of 400 dollars here, and 400 up on paper there.
    world.trade(&Trade::new(&owner, &other, -4_000, 1_900_000));
    let (outcome, _) = convert(&mut world, &token, (&keeper, &owner), u64::MAX);
    assert_eq!(outcome, ConversionOutcome::NotLiquidatable);
    // At 198 dollars only 80 are left of the profit: 320 are lacking, and 400 are owed for certain.
    world.advance(1);
    world.set_market_price(1, 198_000_000);
    world.set_market_price(0, 198_000_000);
    world.refresh();
    let (outcome, event) = convert(&mut world, &token, (&keeper, &owner), u64::MAX);
    let deficit = event.expect("a conversion").deficit_before_atoms;
    assert_eq!((outcome, deficit), (ConversionOutcome::Completed, 320_000_000));
}

#[test]
fn conversion_and_takeover_together_end_a_crash() {
    let mut world = World::new();
    let token = world.first_token();
    // 10 000 lots need 2 000 dollars: 1 000 in cash, and ten tokens that count 1 400.
    let victim = world.trader(1_000 * DOLLAR, 10 * TOKEN);
    let other = world.trader(100_000 * DOLLAR, 0);
    let keeper = world.trader(100_000 * DOLLAR, 0);
    world.fund_insurance(&keeper, 150 * DOLLAR);
    world.trade(&Trade::new(&victim, &other, 10_000, LOT));
    world.advance(1);
    // A quarter down: 5 000 dollars lost, 1 000 in cash, ten tokens at 150 count 1 200, less what rounding takes.
    world.tick(150_000_000);
    let equity = world.health(&victim.account).health.equity;
    assert!((-2_800_000_003..=-2_800_000_000).contains(&equity), "{equity}");
    // Both orders are possible. Here the tokens go first.
    let (outcome, event) = convert(&mut world, &token, (&keeper, &victim), u64::MAX);
    let event = event.expect("a conversion");
    assert_eq!((outcome, event.atoms), (ConversionOutcome::Partial, 10_000_000_000));
    assert_eq!((event.deficit_before_atoms, event.state), (4_000_000_000, 4));
    let proceeds = i64::try_from(event.quote_atoms).expect("few");
    assert_eq!(world.margin(&victim.account).atoms_of(0), dollars(1_000) + proceeds);
    let (outcome, event) = convert(&mut world, &token, (&keeper, &victim), u64::MAX);
    assert_eq!((outcome, event.is_none()), (ConversionOutcome::NoCollateral, true));

    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("bankrupt");
    assert_eq!(outcome, LiquidationOutcome::Completed);
    world.resolve(&victim.account).expect("bankrupt");
    // 5 000 - 1 000 - the proceeds are anybody else's loss.
    let bad_debt = dollars(4_000) - proceeds;
    assert_eq!(world.ledger(0).bad_debt_atoms, bad_debt.unsigned_abs());
    let account = world.margin(&victim.account);
    assert_eq!((account.collateral_count, account.position_count, account.liquidation_started_ts), (0, 0, 0));
}

#[test]
fn several_collaterals_are_bought_one_after_the_other() {
    let mut world = World::new();
    let first = world.first_token();
    let second = world.add_token(params::token_collateral);
    let victim = world.trader(0, 3 * TOKEN);
    world.deposit_of(&second, &victim, 4 * TOKEN);
    let other = world.trader(100_000 * DOLLAR, 0);
    let keeper = world.trader(100_000 * DOLLAR, 0);
    // Seven tokens of 200 dollars count 980 for opening, and 4 000 lots need 800.
    world.trade(&Trade::new(&victim, &other, 4_000, LOT));
    world.advance(1);
    // 4 000 lots lose 0.4 dollars each; the second token keeps its price: 80 % of 3 * 160 + 4 * 200 = 1 024 are left.
    world.set_price(160_000_000);
    world.publish(&second.feed, 200_000_000);
    world.refresh();
    world.refresh_rows(&[second.oracle_row()]).expect("the second token");
    assert_eq!(world.health(&victim.account).health.equity / 1_000_000, -576);
    let (outcome, event) = convert(&mut world, &first, (&keeper, &victim), u64::MAX);
    assert_eq!((outcome, event.expect("all of it").atoms), (ConversionOutcome::Partial, 3_000_000_000));
    let (outcome, event) = convert(&mut world, &second, (&keeper, &victim), u64::MAX);
    assert_eq!((outcome, event.expect("all of it").atoms), (ConversionOutcome::Partial, 4_000_000_000));
    assert_eq!(world.margin(&victim.account).collaterals().len(), 1);
    // Each bank has a budget of its own.
    let levels = [&first, &second].map(|token| world.bank(&token.mint).impact_level_q40);
    // 480 and 800 dollars at a depth of five million, rounded up.
    assert!(levels[0].abs_diff(105_553_117) <= 1 && levels[1].abs_diff(175_921_861) <= 1, "{levels:?}");
}

#[test]
fn a_bankrupt_account_is_rid_of_all_its_tokens_and_resolved() {
    let Debtor { mut world, debtor, winner, keeper } = Debtor::new(1_000);
    let token = world.first_token();
    world.trade(&Trade::new(&keeper, &winner, 100, 1_800_000));
    world.advance(1);
    // Ten tokens at 19 dollars are worth 190, and count 152, of the 200 that are owed.
    world.tick(19_000_000);
    let failure = world.resolve(&debtor.account).expect_err("tokens are left");
    failure.assert_is(FirebreakError::CollateralRemains);
    let (outcome, event) = convert(&mut world, &token, (&keeper, &debtor), u64::MAX);
    let event = event.expect("a conversion");
    assert_eq!((outcome, event.state, event.atoms), (ConversionOutcome::Partial, 4, 10_000_000_000));
    world.resolve(&debtor.account).expect("bankrupt");
    assert_eq!(world.ledger(0).bad_debt_atoms, 200_000_000 - event.quote_atoms);
    assert_eq!(world.margin(&debtor.account).position_count, 0);
}

/// Tokens too few to be worth an atom of quote stand in nobody's way.
#[test]
fn worthless_dust_does_not_block_a_resolution() {
    let mut world = World::new();
    let token = world.first_token();
    let victim = world.trader(1_000 * DOLLAR, 1);
    let other = world.trader(100_000 * DOLLAR, 0);
    let keeper = world.trader(100_000 * DOLLAR, 0);
    world.trade(&Trade::new(&victim, &other, 4_000, LOT));
    world.advance(1);
    world.tick(170_000_000);
    world.liquidate(&keeper, &victim.account, u64::MAX).expect("bankrupt");
    let (_, event) = convert(&mut world, &token, (&keeper, &victim), u64::MAX);
    let event = event.expect("a conversion");
    // A sixth of an atom of quote, rounded up.
    assert_eq!((event.atoms, event.quote_atoms), (1, 1));
    world.resolve(&victim.account).expect("bankrupt");
}

#[test]
fn the_budget_of_the_bank_stops_healthy_accounts_at_their_share() {
    let Debtor { mut world, debtor, keeper, .. } = Debtor::new(1_000);
    let token = world.first_token();
    // 2 % of 5 000 dollars: 100 of impact, 60 of them for accounts that are not critical.
    world.edit_bank(&token.mint, |bank| bank.depth_atoms = 5_000 * DOLLAR);
    let (outcome, event) = convert(&mut world, &token, (&keeper, &debtor), u64::MAX);
    let event = event.expect("a conversion");
    assert_eq!(outcome, ConversionOutcome::Partial);
    // The cap is rounded down to 2^-40; an atom of the token is worth less than one of quote.
    assert_eq!(event.notional_atoms, 59_999_999);
    let (outcome, event) = convert(&mut world, &token, (&keeper, &debtor), u64::MAX);
    assert_eq!((outcome, event.is_none()), (ConversionOutcome::BudgetExhausted, true));
    // After a decay time 63 % of it are free again.
    world.advance(600);
    world.tick(180_000_000);
    let (_, event) = convert(&mut world, &token, (&keeper, &debtor), u64::MAX);
    // 60 * (1 - 1 / e) = 37.927 dollars.
    assert_eq!(event.expect("a conversion").notional_atoms / 1_000, 37_927);
}

/// One source is enough for half of what is needed.
#[test]
fn with_one_source_half_of_it_is_bought() {
    let Debtor { mut world, debtor, keeper, .. } = Debtor::new(1_000);
    let token = world.first_token();
    world.advance(31);
    let feed = token.feed;
    let quote = firebreak_tests::oracle::Quote {
        price_micros: 180_000_000,
        confidence_micros: 0,
        publish_ts: world.now(),
    };
    world.set_switchboard(&feed, &quote);
    let (outcome, event) = convert(&mut world, &token, (&keeper, &debtor), u64::MAX);
    let event = event.expect("a conversion");
    assert_eq!(outcome, ConversionOutcome::Partial);
    // To the atom of quote, because half of the tokens is rounded up.
    assert!(event.quote_atoms.abs_diff(100_000_000) <= 1, "{event:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the price, the waiting time, the keeper's limit and the largest discount, also where it is all that the
    /// weight leaves: no conversion lowers equity, underpays the seller or loses an atom.
    #[test]
    fn no_conversion_lowers_equity(
        micros in 100_000_001u64..199_999_999,
        wait in 0u64..100,
        atoms_max in 1u64..20_000_000_000,
        tokens in 1u64..10_000_000_000,
        discount_ppm in 0u32..=200_000,
    ) {
        let mut world = World::new();
        let token = world.first_token();
        let victim = world.trader(1_000 * DOLLAR, tokens);
        let other = world.trader(1_000_000 * DOLLAR, 0);
        let keeper = world.trader(1_000_000 * DOLLAR, 0);
        world.edit_bank(&token.mint, |bank| bank.discount_ppm = discount_ppm);
        world.trade(&Trade::new(&victim, &other, 5_000, LOT));
        world.advance(1);
        world.tick(micros);
        // The clock, if there is one to start.
        convert(&mut world, &token, (&keeper, &victim), 0);
        world.advance(wait);
        world.tick(micros);
        convert(&mut world, &token, (&keeper, &victim), atoms_max);
        convert(&mut world, &token, (&keeper, &victim), u64::MAX);
    }
}
