//! The measurements. Each builds the situation that its name describes and reads one transaction's cost.

use firebreak::{
    engine::conversion::ConversionOutcome,
    instructions::{AuthoritiesArgs, LiquidationOutcome, MarketParams},
};
use firebreak_client::instructions::{
    accept_admin, close_account, freeze_venue, pause, recover_breaker, resume, set_authorities,
    sync_venue_market, update_collateral, update_group, update_market, update_oracle, Overlay,
};
use firebreak_tests::{
    params::{self, DOLLAR, START_MICROS, TOKEN},
    Trade, Trader, World,
};
use solana_signer::Signer;
use std::collections::BTreeMap;

type Costs = BTreeMap<String, u64>;

/// Quote atoms per lot at the start price.
const LOT_ATOMS: u64 = 2 * DOLLAR;
const MARKETS: usize = 8;
const MILLION: u64 = 1_000_000 * DOLLAR;

/// Every measurement.
pub fn everything() -> Costs {
    let mut costs = Costs::new();
    single_instructions(&mut costs);
    changes(&mut costs);
    bankruptcy(&mut costs);
    conversion(&mut costs);
    breaker(&mut costs);
    fills(&mut costs);
    for (name, is_aged) in [("fresh", false), ("aged", true)] {
        costs.insert(format!("liquidate_8_positions_{name}"), liquidation(is_aged));
        health_slopes(&mut costs, name, is_aged);
    }
    costs.insert("health_check_1_position".to_owned(), health_check());
    refreshes(&mut costs);
    costs
}

fn merge(costs: &mut Costs, world: &World) {
    for (name, units) in &world.costs {
        let highest = costs.entry(name.clone()).or_default();
        *highest = (*units).max(*highest);
    }
}

/// Set-up, and the life of two accounts without distress.
fn single_instructions(costs: &mut Costs) {
    let mut world = World::new();
    let owner = world.trader(MILLION, 100 * TOKEN);
    let other = world.trader(MILLION, 100 * TOKEN);
    world.trade(&Trade::new(&owner, &other, 1_000, LOT_ATOMS).with_fees(DOLLAR, -1_000));
    world.withdraw(&owner, DOLLAR, &Overlay::none()).expect("far above the initial margin");
    world.tick(190_000_000);
    world.settle(&owner.account).expect("a loss to settle");
    world.settle(&other.account).expect("a profit to settle");
    let flat = world.trader(DOLLAR, 0);
    world.withdraw(&flat, DOLLAR, &Overlay::none()).expect("a flat account withdraws all");
    world.must(&[close_account(&flat.keys)], &[&flat.owner]);
    merge(costs, &world);
}

/// Administration of an open group, where everything differs.
fn changes(costs: &mut Costs) {
    let mut world = World::new();
    let (admin, group, market) = (world.admin.pubkey(), world.group, world.markets[0].key);
    let (row, venue, mint) = (world.markets[0].row, world.venue, world.token.mint);
    let keys = [&admin, &group];
    let next = world.new_keypair();
    let feed = world.new_feed();
    let market_params = MarketParams { fee_max_ppm: 700, ..params::market(&world.markets[0].feed) };
    let collateral = params::token_collateral(&world.markets[0].feed);
    let authorities = AuthoritiesArgs { guardian: next.pubkey(), proposed_admin: next.pubkey() };
    for instruction in [
        update_group(keys, params::group().params()),
        update_market(keys, &market, market_params),
        update_collateral(keys, &mint, collateral),
        sync_venue_market(&group, &venue, &market),
        update_oracle(keys, row, params::oracle(&feed)),
        pause(keys, Some(row), 60),
        resume(keys, Some(row)),
        pause(keys, None, 60),
        freeze_venue(keys, &venue, true),
        set_authorities(&admin, &group, authorities),
    ] {
        world.must(&[instruction], &[]);
    }
    world.must(&[accept_admin(&next.pubkey(), &group)], &[&next]);
    merge(costs, &world);
}

/// A whole health check with one position, fixed part included: what `withdraw` costs more for an account with a
/// position (which is checked) than for one that owes nothing (which is not). Reading clock, snapshot and rows counts.
fn health_check() -> u64 {
    let mut world = World::new();
    let [owner, other, flat] = [(); 3].map(|()| world.trader(MILLION, 0));
    world.trade(&Trade::new(&owner, &other, 1_000, LOT_ATOMS));
    let none = Overlay::none();
    let checked = world.withdraw(&owner, DOLLAR, &none).expect("far above the initial margin");
    let free = world.withdraw(&flat, DOLLAR, &none).expect("it owes nothing");
    checked.compute_units - free.compute_units
}

/// A bankrupt account whose loss is paid by its cash, the insurance and the other side.
fn bankruptcy(costs: &mut Costs) {
    let mut world = World::new();
    let victim = world.trader(1_000 * DOLLAR, 0);
    let other = world.trader(MILLION, 0);
    let keeper = world.trader(MILLION, 0);
    world.fund_insurance(&keeper, 200 * DOLLAR);
    world.trade(&Trade::new(&victim, &other, 4_000, LOT_ATOMS));
    world.advance(1);
    world.tick(170_000_000);
    world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    world.resolve(&victim.account).expect("bankrupt");
    merge(costs, &world);
}

/// A flat account that owes quote and holds tokens, and one below maintenance with eight positions and two collaterals; the
/// buyer holds two positions.
fn conversion(costs: &mut Costs) {
    let mut world = World::with_markets(MARKETS, params::market);
    world.is_auditing = false;
    let other = world.trader(100 * MILLION, 0);
    let keeper = world.trader(MILLION, 0);
    for market in [1, 2] {
        world.trade(&Trade::new(&keeper, &other, 1_000, LOT_ATOMS).in_market(market));
    }
    let debtor = world.trader(0, 10 * TOKEN);
    world.trade(&Trade::new(&debtor, &other, 1_000, LOT_ATOMS));
    // 500 dollars and 30 tokens: eight longs of 5 000 need 4 000 to be opened, and 2 000 of maintenance.
    let victim = world.trader(500 * DOLLAR, 30 * TOKEN);
    for market in 0..MARKETS {
        world.trade(&Trade::new(&victim, &other, 2_500, LOT_ATOMS).in_market(market));
    }
    // At 8 % below, 3 200 are lost: 500 and 80 % of 30 * 184 make 1 716 of 1 840 that are needed.
    world.advance(1);
    for market in 0..MARKETS {
        world.set_market_price(market, 184_000_000);
    }
    world.refresh();
    world.trade(&Trade::new(&debtor, &other, -1_000, 1_840_000));
    let (outcome, meta) = world.convert(&keeper, &debtor.account, u64::MAX).expect("it owes 160");
    assert_eq!(outcome, ConversionOutcome::Completed);
    costs.insert("liquidate_collateral".into(), meta.compute_units);
    let (outcome, meta) = world.convert(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    assert_eq!(outcome, ConversionOutcome::Completed);
    costs.insert("liquidate_collateral_8_positions".into(), meta.compute_units);
}

fn breaker(costs: &mut Costs) {
    let mut world = World::new();
    for _ in 0..2 {
        world.advance(1);
        world.tick(150_000_000);
    }
    world.advance(600);
    world.must(&[recover_breaker(&world.group, world.markets[0].row)], &[]);
    merge(costs, &world);
}

/// A trader with positions in the first `positions` markets.
fn trader_with_positions(world: &mut World, other: &Trader, positions: usize) -> Trader {
    let trader = world.trader(MILLION, 0);
    for market in 0..positions {
        world.trade(&Trade::new(&trader, other, 1_000, LOT_ATOMS).in_market(market));
    }
    trader
}

/// Lets all rows age beyond fresh and refreshes the first market only, so that the others are widened by drift.
fn age(world: &mut World) {
    world.advance(100);
    world.publish(&world.markets[0].feed.clone(), START_MICROS);
    let rows = world.oracle_rows();
    world.refresh_rows(&rows[1..2]).expect("a row");
}

fn fills(costs: &mut Costs) {
    for (name, is_aged) in [("fresh", false), ("aged", true)] {
        let mut world = World::with_markets(4, params::market);
        world.is_auditing = false;
        let other = world.trader(100 * MILLION, 0);
        let taker = trader_with_positions(&mut world, &other, 4);
        let makers: Vec<Trader> = (0..4).map(|_| trader_with_positions(&mut world, &other, 4)).collect();
        if is_aged {
            age(&mut world);
        }
        for count in [1, 4] {
            let mut trade = Trade::new(&taker, &makers[0], 10, LOT_ATOMS).with_fees(1_000, -100);
            trade.makers = makers[..count].iter().map(|maker| maker.account).collect();
            let apply = world.trade(&trade).compute_units;
            let check = world.check(&trade).1.compute_units;
            costs.insert(format!("apply_fill_4_positions_{count}_makers_{name}"), apply);
            costs.insert(format!("check_fill_4_positions_{count}_makers_{name}"), check);
        }
    }
}

/// Cost of one more position, measured where nothing else depends on their number: `liquidate` values a healthy
/// account and leaves it alone. In `check_fill` a position costs more, because it is also searched for.
fn health_slopes(costs: &mut Costs, name: &str, is_aged: bool) {
    let mut world = World::with_markets(MARKETS, params::market);
    world.is_auditing = false;
    let other = world.trader(100 * MILLION, 0);
    let keeper = world.trader(MILLION, 0);
    let one = trader_with_positions(&mut world, &other, 1);
    let all = trader_with_positions(&mut world, &other, MARKETS);
    if is_aged {
        age(&mut world);
    }
    let slope = |costs: [u64; 2]| (costs[1] - costs[0]) / (MARKETS as u64 - 1);
    let looks = [&one, &all].map(|trader| {
        let (outcome, meta) = world.liquidate(&keeper, &trader.account, u64::MAX).expect("no error");
        assert_eq!(outcome, LiquidationOutcome::NotLiquidatable);
        meta.compute_units
    });
    costs.insert(format!("health_per_position_{name}"), slope(looks));
    let checks =
        [&one, &all].map(|taker| world.check(&Trade::new(taker, &keeper, 10, LOT_ATOMS)).1.compute_units);
    costs.insert(format!("check_fill_per_position_{name}"), slope(checks));
}

/// Eight positions and two collaterals below maintenance; the liquidator holds two other positions.
fn liquidation(is_aged: bool) -> u64 {
    let mut world = World::with_markets(MARKETS, params::market);
    world.is_auditing = false;
    let other = world.trader(100 * MILLION, 0);
    let keeper = world.trader(MILLION, 0);
    for market in [1, 2] {
        world.trade(&Trade::new(&keeper, &other, 1_000, LOT_ATOMS).in_market(market));
    }
    // 4 500 dollars, and a token that counts 160 of its 200: eight longs of 5 000 need 2 000 of maintenance.
    let victim = world.trader(4_500 * DOLLAR, TOKEN);
    for market in 0..MARKETS {
        world.trade(&Trade::new(&victim, &other, 2_500, LOT_ATOMS).in_market(market));
    }
    // At 7.5 % below, 3 000 are lost: 1 648 are left of 1 850 that are needed.
    world.advance(1);
    for market in 0..MARKETS {
        world.set_market_price(market, 185_000_000);
    }
    world.refresh();
    if is_aged {
        world.advance(100);
        world.set_price(185_000_000);
        let rows = world.oracle_rows();
        world.refresh_rows(&rows[1..2]).expect("a row");
    }
    let (outcome, meta) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    assert_eq!(outcome, LiquidationOutcome::Completed);
    meta.compute_units
}

fn refreshes(costs: &mut Costs) {
    let mut world = World::with_markets(6, params::market);
    world.advance(1);
    for market in 0..6 {
        world.set_market_price(market, 201_234_567);
    }
    let rows = world.oracle_rows();
    let one = world.refresh_rows(&rows[1..2]).expect("one row").compute_units;
    world.advance(1);
    for market in 0..6 {
        world.set_market_price(market, 202_345_678);
    }
    let six = world.refresh_rows(&rows[1..7]).expect("six rows").compute_units;
    costs.insert("refresh_1_row".into(), one);
    costs.insert("refresh_6_rows".into(), six);
    costs.insert("refresh_per_further_row".into(), (six - one) / 5);
}
