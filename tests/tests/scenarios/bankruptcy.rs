//! Bankruptcy: own cash, then insurance, then the other side.

use firebreak::{error::FirebreakError, instructions::LiquidationOutcome};
use firebreak_client::instructions::Overlay;
use firebreak_tests::{
    params::{self, DOLLAR},
    Trade, Trader, World,
};

use super::{dollars, LOT};

/// What a short position pays for a charged loss, in whole atoms: its units times what `earned` rose by.
fn charged_atoms(world: &World, trader: &Trader) -> i128 {
    let row = world.row(0);
    let position = world.margin(&trader.account).positions()[0];
    let gain = row.sides[1].earned().0 - position.state().checkpoint.0;
    -((i128::from(position.units) * gain) >> 48)
}

#[test]
fn a_loss_beyond_equity_falls_on_cash_then_insurance_then_the_other_side() {
    let mut world = World::new();
    let victim = world.trader(1_000 * DOLLAR, 0);
    let large = world.trader(100_000 * DOLLAR, 0);
    let small = world.trader(100_000 * DOLLAR, 0);
    let keeper = world.trader(100_000 * DOLLAR, 0);
    world.fund_insurance(&keeper, 150 * DOLLAR);
    world.trade(&Trade::new(&victim, &large, 3_000, LOT));
    world.trade(&Trade::new(&victim, &small, 1_000, LOT));
    world.advance(1);
    // 15 % down: 4 000 lots lose 1 200 dollars, 200 more than the account has.
    world.tick(170_000_000);
    assert_eq!(world.health(&victim.account).health.equity, -200_000_000);
    world
        .resolve(&victim.account)
        .expect_err("it still has a position")
        .assert_is(FirebreakError::PositionsRemain);
    let (outcome, _) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("bankrupt");
    assert_eq!(outcome, LiquidationOutcome::Completed);
    // Below zero there is no discount: 4 000 * 1.7 - 8 000 = -1 200.
    let left = world.margin(&victim.account).positions()[0];
    assert_eq!((left.units, left.quote_atoms), (0, dollars(-1_200)));

    world.resolve(&victim.account).expect("bankrupt");
    // 1 000 of cash; the insurance may draw half of its 150; the other 125 are charged to 4 000 short lots.
    let account = world.margin(&victim.account);
    assert_eq!((account.collateral_count, account.position_count), (0, 0));
    assert_eq!(account.liquidation_started_ts, 0);
    assert_eq!(world.insurance().balance_atoms, 75_000_000);
    let ledger = world.ledger(0);
    assert_eq!(ledger.pool_atoms, 1_075_000_000);
    assert_eq!(ledger.bad_debt_atoms, 200_000_000);
    assert_eq!((ledger.insurance_payout_atoms, ledger.socialized_loss_atoms), (75_000_000, 125_000_000));
    // 125 / 4 000 = 31 250 atoms per lot, without a rest.
    assert_eq!(world.row(0).sides[1].earned().0, 31_250 << 32);
    assert_eq!(ledger.loss_carry_q48, [0, 0]);
    assert_eq!(charged_atoms(&world, &large), 93_750_000);
    assert_eq!(charged_atoms(&world, &small), 31_250_000);
    // 100 000 + 1 000 * (2 - 1.7) - 31.25.
    assert_eq!(world.health(&small.account).health.equity, 100_268_750_000);
    // Longs, and the keeper among them, pay nothing.
    assert_eq!(world.row(0).sides[0].earned().0, 0);
    assert_eq!(world.health(&keeper.account).health.equity, 100_000_000_000);
    world.resolve(&victim.account).expect_err("nothing is left").assert_is(FirebreakError::NotBankrupt);
}

/// 31 lots long against shorts of 7, 11 and 13: every division has a rest.
#[test]
fn an_odd_loss_is_divided_without_losing_a_fraction() {
    let mut world = World::new();
    let victim = world.trader(7_000_001, 0);
    let shorts = [7, 11, 13].map(|lots| (world.trader(1_000 * DOLLAR, 0), lots));
    let keeper = world.trader(1_000 * DOLLAR, 0);
    for (short, lots) in &shorts {
        world.trade(&Trade::new(&victim, short, *lots, LOT));
    }
    world.advance(1);
    // 31 lots lose 0.5 dollars each: 15 500 000 - 7 000 001 = 8 499 999 atoms are missing.
    world.tick(150_000_000);
    world.liquidate(&keeper, &victim.account, u64::MAX).expect("bankrupt");
    world.resolve(&victim.account).expect("bankrupt");
    assert_eq!(world.ledger(0).socialized_loss_atoms, 8_499_999);
    assert_eq!(world.ledger(0).pool_atoms, 7_000_001);

    // Each short pays its lots' share of ceil(8 499 999 * 2^32 / 31) per lot, rounded up.
    let per_lot_q32 = (8_499_999i128 << 32) / 31 + 1;
    let mut paid = 0;
    for (short, lots) in &shorts {
        let share = (i128::from(*lots) * per_lot_q32 + (1 << 32) - 1) >> 32;
        assert_eq!(charged_atoms(&world, short), share);
        paid += share;
        // The keeper is long 31 lots and sells them back.
        world.trade(&Trade::new(short, &keeper, *lots, 1_500_000));
        let left = world.margin(&short.account).positions()[0];
        // A profit that was realised is a claim; no loss has reached claims, so a unit is an atom.
        assert_eq!((left.units, left.quote_atoms), (0, 0));
        assert_eq!(i128::from(left.claim_units), i128::from(*lots) * 500_000 - share);
        world.settle(&short.account).expect("a profit and a pool");
    }
    // Everybody is out. What the pool still holds are the atoms that rounding took from the shorts.
    let left = i128::from(world.ledger(0).pool_atoms);
    assert_eq!(left, paid - 8_499_999);
    assert!((1..=3).contains(&left), "{left}");
    let residue: i128 = world.shard_rows(0).iter().map(|row| row.residue()).sum();
    assert_eq!(residue + i128::from(world.ledger(0).loss_carry_q48[1]), left << 48);
    assert_eq!(world.shard_rows(0).iter().map(|row| row.open_interest_units[0]).sum::<u64>(), 0);
}

/// The victim pays a fee of 8 dollars, so the market owes its winner 1 200 and its fee takers 8. The victim's 1 000 of
/// cash are paid to the winner, who has a claim of 200 left; the insurance is empty. Of the 208 that are missing the
/// claim bears 200, and the last 8 fall on the fees.
#[test]
fn a_debt_that_neither_profit_nor_position_can_bear_is_taken_off_the_fees() {
    let mut world = World::with_market(|feed| firebreak::instructions::MarketParams {
        payout_floor_atoms: 10_000 * DOLLAR,
        ..params::market(feed)
    });
    let [victim, other, third, keeper] =
        [1_000, 100_000, 100_000, 100_000].map(|dollars| world.trader(dollars * DOLLAR, 0));
    world.trade(&Trade::new(&victim, &other, 4_000, LOT).with_fees(8 * DOLLAR, 0));
    world.advance(1);
    world.tick(170_000_000);
    // The winner passes its short on and has a claim of 1 200.
    world.trade(&Trade::new(&other, &third, 4_000, 1_700_000));
    // One lot starts the clock; in liquidation the whole loss is settled at the price.
    world.liquidate(&keeper, &victim.account, 1).expect("bankrupt");
    world.settle(&victim.account).expect("a loss");
    world.settle(&other.account).expect("1 000 of 1 200");
    assert_eq!(world.margin(&other.account).positions()[0].claim_units, 200_000_000);
    world.liquidate(&keeper, &victim.account, u64::MAX).expect("bankrupt");
    world.trade(&Trade::new(&third, &keeper, 4_000, 1_700_000));
    assert_eq!(world.margin(&victim.account).positions()[0].quote_atoms, dollars(-208));
    assert_eq!(world.ledger(0).shortfall_count, 1);
    world.resolve(&victim.account).expect("bankrupt");
    let ledger = world.ledger(0);
    assert_eq!((ledger.haircut_atoms, ledger.socialized_loss_atoms), (200_000_000, 0));
    assert_eq!(ledger.fee_loss_atoms, 8_000_000);
    assert_eq!((ledger.bad_debt_atoms, ledger.pool_atoms), (208_000_000, 0));
    assert_eq!((ledger.bankrupt_count, ledger.shortfall_count), (0, 0));
    assert_eq!(world.margin(&victim.account).position_count, 0);
}

/// Between the last takeover and the assignment of the loss the winner cannot be paid out.
#[test]
fn winners_cannot_leave_between_a_certain_loss_and_its_assignment() {
    let mut world = World::new();
    let [victim, other, third, keeper] =
        [1_000, 100_000, 100_000, 100_000].map(|dollars| world.trader(dollars * DOLLAR, 0));
    world.trade(&Trade::new(&victim, &other, 4_000, LOT));
    world.advance(1);
    world.tick(170_000_000);
    world.trade(&Trade::new(&other, &third, 4_000, 1_700_000));
    world.liquidate(&keeper, &victim.account, 1_000).expect("bankrupt");
    assert_eq!((world.ledger(0).bankrupt_count, world.ledger(0).shortfall_count), (1, 0));
    // The victim's cash is settled, and a fifth of it could be paid now on the claim of 1 200.
    world.settle(&victim.account).expect("a loss");
    assert_eq!(world.ledger(0).pool_atoms, 1_000_000_000);
    world.liquidate(&keeper, &victim.account, u64::MAX).expect("bankrupt");
    assert_eq!((world.ledger(0).bankrupt_count, world.ledger(0).shortfall_count), (1, 1));
    let failure = world.settle(&other.account).expect_err("200 are not assigned");
    failure.assert_is(FirebreakError::ShortfallOpen);
    world.resolve(&victim.account).expect("bankrupt");
    world.settle(&other.account).expect("it is assigned now");
    // The claim bears 200 of its 1 200, and a fifth of the pool is paid.
    assert_eq!(world.ledger(0).haircut_atoms, 200_000_000);
    assert_eq!(world.ledger(0).pool_atoms, 800_000_000);
}

/// An account owes 600 in one market and 300 in another and has 90: each market is freed of the same share, whichever
/// order it is passed in, and both are resolved by one transaction.
#[test]
fn debts_in_several_markets_are_resolved_at_once_and_in_proportion() {
    let mut world = World::with_markets(2, params::market);
    let victim = world.trader(1_000 * DOLLAR, 0);
    let other = world.trader(100_000 * DOLLAR, 0);
    let keeper = world.trader(100_000 * DOLLAR, 0);
    world.trade(&Trade::new(&victim, &other, 2_000, LOT));
    world.trade(&Trade::new(&victim, &other, 1_000, LOT).in_market(1));
    world.advance(1);
    // 40 % down in both: 2 000 lots lose 1 600, 1 000 lots lose 800; 1 400 are missing.
    world.set_market_price(1, 120_000_000);
    world.tick(120_000_000);
    for market in [0, 1] {
        let none = Overlay::none();
        world.liquidate_in(market, &keeper, &victim.account, u64::MAX, &none).expect("bankrupt");
    }
    let failure = world.resolve_in(&[0], &victim.account).expect_err("it owes in both");
    failure.assert_is(FirebreakError::DebtMarkets);
    let failure = world.resolve_in(&[1, 0], &victim.account).expect_err("not by ascending row");
    failure.assert_is(FirebreakError::DebtMarkets);
    world.resolve_in(&[0, 1], &victim.account).expect("bankrupt");
    // Cash 1 000 goes 2 : 1, rounded down in the first; the rest is charged to the shorts of each market.
    let ledgers = [world.ledger(0), world.ledger(1)];
    assert_eq!(ledgers.map(|ledger| ledger.pool_atoms), [666_666_666, 333_333_334]);
    assert_eq!(ledgers.map(|ledger| ledger.socialized_loss_atoms), [933_333_334, 466_666_666]);
    assert_eq!(world.margin(&victim.account).position_count, 0);
}

/// The victim, with 1 000 dollars, closes a short of the second market with a profit of 300 that nobody has paid yet, and is
/// then taken over in the first, where it lost 1 600.
fn owe_in_one_market_and_earn_in_another(
    world: &mut World,
    victim: &Trader,
    other: &Trader,
    keeper: &Trader,
) {
    world.trade(&Trade::new(victim, other, 2_000, LOT));
    world.trade(&Trade::new(victim, other, -1_000, LOT).in_market(1));
    world.advance(1);
    // 15 % down in the second market: a short of 1 000 lots earns 0.3 each.
    world.set_market_price(1, 170_000_000);
    world.tick(200_000_000);
    world.trade(&Trade::new(victim, other, 1_000, 1_700_000).in_market(1));
    assert_eq!(world.margin(&victim.account).positions()[1].claim_units, 300_000_000);
    world.advance(1);
    // 40 % down in the first: 2 000 lots lose 0.8 each.
    world.set_market_price(1, 170_000_000);
    world.tick(120_000_000);
    world.liquidate(keeper, &victim.account, u64::MAX).expect("bankrupt");
}

/// An account owes 1 600 in one market, has 1 000 and is owed 300 as an unpaid profit in another. Only the 300 that are
/// missing on the whole are anybody else's loss; the rest of the debt stays until its own profit is paid.
#[test]
fn an_unpaid_profit_in_another_market_counts_before_anybody_else_pays() {
    let mut world = World::with_markets(2, params::market);
    let victim = world.trader(1_000 * DOLLAR, 0);
    let other = world.trader(100_000 * DOLLAR, 0);
    let keeper = world.trader(100_000 * DOLLAR, 0);
    owe_in_one_market_and_earn_in_another(&mut world, &victim, &other, &keeper);
    world.resolve(&victim.account).expect("bankrupt");
    let ledgers = [world.ledger(0), world.ledger(1)];
    assert_eq!(ledgers.map(|ledger| ledger.socialized_loss_atoms), [300_000_000, 0]);
    assert_eq!(ledgers.map(|ledger| ledger.pool_atoms), [1_000_000_000, 0]);
    let account = world.margin(&victim.account);
    let [debt, profit] = [0, 1].map(|index| account.positions()[index]);
    assert_eq!((debt.quote_atoms, debt.claim_units), (dollars(-300), 0));
    assert_eq!((profit.quote_atoms, profit.claim_units), (0, 300_000_000));
    world
        .resolve(&victim.account)
        .expect_err("its profit covers the rest")
        .assert_is(FirebreakError::NotBankrupt);
}

/// One bankruptcy is one event, however often it is resolved: an account that owes 300 more than it has, and 300 that its
/// profit in another market would cover, draws 200 of an insurance of 400. Then another bankruptcy takes that profit,
/// with 100 of the insurance, and the first one owes 300 again. Half of 100 + 200 is less than the 200 it already drew.
#[test]
fn the_insurance_counts_what_a_bankruptcy_already_drew() {
    let mut world = World::with_markets(2, params::market);
    let [victim, second, other, keeper] =
        [1_000, 500, 100_000, 100_000].map(|dollars| world.trader(dollars * DOLLAR, 0));
    world.fund_insurance(&keeper, 400 * DOLLAR);
    world.trade(&Trade::new(&second, &other, 1_000, LOT).in_market(1));
    owe_in_one_market_and_earn_in_another(&mut world, &victim, &other, &keeper);
    world.resolve(&victim.account).expect("bankrupt");
    let paid = |world: &World| [0, 1].map(|market| world.ledger(market).insurance_payout_atoms);
    assert_eq!(paid(&world), [200_000_000, 0]);
    // A day later nothing limits the insurance but the event. 1 000 lots lost 0.9 each, 400 more than there are.
    world.advance(86_400);
    world.set_market_price(1, 110_000_000);
    world.tick(120_000_000);
    let none = Overlay::none();
    world.liquidate_in(1, &keeper, &second.account, u64::MAX, &none).expect("bankrupt");
    world.resolve_in(&[1], &second.account).expect("bankrupt");
    assert_eq!(paid(&world), [200_000_000, 100_000_000]);
    assert_eq!(world.ledger(1).haircut_atoms, 300_000_000);

    world.advance(86_400);
    world.resolve(&victim.account).expect("its profit is gone");
    assert_eq!(paid(&world), [200_000_000, 100_000_000]);
    assert_eq!(world.ledger(0).socialized_loss_atoms, 100_000_000 + 300_000_000);
}

/// A bankrupt account that is saved by a deposit, and whose clock is stopped through another market, leaves its mark in the
/// first one; whoever looks at it there takes it away.
#[test]
fn a_mark_of_a_bankruptcy_goes_when_the_account_has_recovered_elsewhere() {
    let mut world = World::with_markets(2, params::market);
    let [victim, other, keeper] = [1_000, 100_000, 100_000].map(|dollars| world.trader(dollars * DOLLAR, 0));
    world.trade(&Trade::new(&victim, &other, 2_000, LOT));
    world.trade(&Trade::new(&victim, &other, 1_000, LOT).in_market(1));
    world.advance(1);
    world.set_market_price(1, 120_000_000);
    world.tick(120_000_000);
    let none = Overlay::none();
    let look = |world: &mut World, market| {
        world.liquidate_in(market, &keeper, &victim.account, 1, &none).expect("no error").0
    };
    for market in [0, 1] {
        assert_eq!(look(&mut world, market), LiquidationOutcome::Partial);
    }
    let marks = |world: &World| [0, 1].map(|market| world.ledger(market).bankrupt_count);
    assert_eq!(marks(&world), [1, 1]);
    world.deposit(&victim, 50_000 * DOLLAR);
    assert_eq!(look(&mut world, 1), LiquidationOutcome::Recovered);
    assert_eq!(marks(&world), [1, 0]);
    assert_eq!(look(&mut world, 0), LiquidationOutcome::NotLiquidatable);
    assert_eq!(marks(&world), [0, 0]);
}
