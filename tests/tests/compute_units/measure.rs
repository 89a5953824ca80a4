//! The measurements. Each builds the situation that its name describes and reads one transaction's cost.

use firebreak::{
    constants::SHARD_COUNT,
    engine::conversion::ConversionOutcome,
    instructions::{AuthoritiesArgs, ForecastArgs, LiquidationOutcome, MarketParams},
};
use firebreak_client::instructions::{
    accept_admin, add_venue_market, close_account, freeze_venue, pause, recover_breaker, register_demand,
    resume, set_authorities, sync_venue_market, update_collateral, update_group, update_market,
    update_oracle, Overlay,
};
use firebreak_tests::{
    params::{self, DOLLAR, START_MICROS, TOKEN},
    scenes::{self, reprice, trader_with_positions, LOT_ATOMS, MARKETS, MILLION},
    Trade, World,
};
use solana_signer::Signer;
use std::collections::BTreeMap;

type Costs = BTreeMap<String, u64>;

/// Every measurement.
pub fn everything() -> Costs {
    let mut costs = Costs::new();
    single_instructions(&mut costs);
    changes(&mut costs);
    bankruptcy(&mut costs);
    conversion(&mut costs);
    stakes(&mut costs);
    breaker(&mut costs);
    fills(&mut costs);
    portfolios(&mut costs);
    for (name, is_aged) in [("fresh", false), ("aged", true)] {
        costs.insert(format!("liquidate_8_positions_{name}"), liquidation(is_aged));
        health_slopes(&mut costs, name, 1, |world| {
            if is_aged {
                age(world);
            }
        });
    }
    // One position alone is no portfolio yet.
    health_slopes(&mut costs, "portfolio", 2, |world| {
        scenes::margin_as_portfolios(world, 500_000);
        scenes::stir(world, MARKETS, START_MICROS);
    });
    costs.insert("health_check_1_position".to_owned(), health_check(1 << 52));
    costs.insert("health_check_1_large_position".to_owned(), health_check(DOLLAR));
    refreshes(&mut costs);
    folds(&mut costs);
    committees(&mut costs);
    fees(&mut costs);
    registration(&mut costs);
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
fn health_check(size_free_atoms: u64) -> u64 {
    let mut world = World::with_market(|feed| MarketParams { size_free_atoms, ..params::market(feed) });
    let [owner, other, flat] = [(); 3].map(|()| world.trader(MILLION, 0));
    world.trade(&Trade::new(&owner, &other, 1_000, LOT_ATOMS));
    let none = Overlay::none();
    let checked = world.withdraw(&owner, DOLLAR, &none).expect("far above the initial margin");
    let free = world.withdraw(&flat, DOLLAR, &none).expect("it owes nothing");
    checked.compute_units - free.compute_units
}

/// Registering anew what a move of the price left behind.
fn registration(costs: &mut Costs) {
    let mut world = World::new();
    let [owner, other] = [(); 2].map(|()| world.trader(MILLION, 0));
    world.trade(&Trade::new(&owner, &other, 1_000, LOT_ATOMS));
    world.advance(1);
    world.tick(190_000_000);
    world.must(&[register_demand(&world.group, &owner.account)], &[]);
    world.view(&owner.account, 86_400);
    merge(costs, &world);
}

fn bankruptcy(costs: &mut Costs) {
    let mut scene = scenes::bankruptcy();
    scene.world.resolve(&scene.victim.account).expect("bankrupt");
    merge(costs, &scene.world);
}

/// A flat account that owes quote and holds tokens, and one below maintenance with eight positions and two collaterals; the
/// buyer holds two positions.
fn conversion(costs: &mut Costs) {
    let (mut world, other, keeper) = scenes::eight_markets();
    let debtor = world.trader(0, 10 * TOKEN);
    world.trade(&Trade::new(&debtor, &other, 1_000, LOT_ATOMS));
    // 500 dollars and 30 tokens: eight longs of 5 000 need 4 000 to be opened, and 2 000 of maintenance.
    let victim = scenes::eight_longs(&mut world, &other, 500 * DOLLAR, 30 * TOKEN);
    // At 8 % below, 3 200 are lost: 500 and 80 % of 30 * 184 make 1 716 of 1 840 that are needed.
    reprice(&mut world, MARKETS, 184_000_000);
    world.refresh();
    world.trade(&Trade::new(&debtor, &other, -1_000, 1_840_000));
    let (outcome, meta) = world.convert(&keeper, &debtor.account, u64::MAX).expect("it owes 160");
    assert_eq!(outcome, ConversionOutcome::Completed);
    costs.insert("liquidate_collateral".into(), meta.compute_units);
    let (outcome, meta) = world.convert(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    assert_eq!(outcome, ConversionOutcome::Completed);
    costs.insert("liquidate_collateral_8_positions".into(), meta.compute_units);
}

/// The life of a stake. An exit is shown the ledgers of all markets: eight here, and what each of them adds.
fn stakes(costs: &mut Costs) {
    let mut exits = [0; 2];
    for (exit, markets) in exits.iter_mut().zip([1, MARKETS]) {
        let mut world = World::with_markets(markets, params::market);
        let other = world.staker(MILLION);
        let staker = world.staker(1_000 * DOLLAR);
        world.request_unstake(&staker, world.stake_of(&staker).shares).expect("all of them");
        // Earnings that are given up make cancelling dearer.
        world.fund_insurance(&other, MILLION);
        world.cancel_unstake(&staker).expect("a request");
        world.request_unstake(&staker, world.stake_of(&staker).shares).expect("all of them");
        world.advance(86_400);
        *exit = world.unstake(&staker).expect("a day").compute_units;
        world.close_stake(&staker).expect("empty");
        merge(costs, &world);
    }
    costs.insert("unstake_8_markets".to_owned(), exits[1]);
    costs.insert("unstake_per_further_market".to_owned(), (exits[1] - exits[0]) / (MARKETS as u64 - 1));
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

/// Lets all rows age beyond fresh and refreshes the first market only, so that the others are widened by drift.
fn age(world: &mut World) {
    world.advance(100);
    world.publish(&world.markets[0].feed.clone(), START_MICROS);
    let rows = world.oracle_rows();
    world.refresh_rows(&rows[1..2]).expect("a row");
    world.fold_all();
}

fn fills(costs: &mut Costs) {
    for (name, is_aged) in [("fresh", false), ("aged", true)] {
        let (mut world, taker, makers) = scenes::crowd();
        if is_aged {
            age(&mut world);
        }
        for count in [1, 4] {
            let trade = scenes::trade_with(&taker, &makers, count);
            let apply = world.trade(&trade).compute_units;
            let check = world.check(&trade).1.compute_units;
            costs.insert(format!("apply_fill_4_positions_{count}_makers_{name}"), apply);
            costs.insert(format!("check_fill_4_positions_{count}_makers_{name}"), check);
        }
    }
}

/// The same where accounts are margined as portfolios, with other loadings than in calm markets.
fn portfolios(costs: &mut Costs) {
    let (mut world, taker, makers) = scenes::crowd();
    scenes::margin_as_portfolios(&mut world, 500_000);
    scenes::stir(&mut world, 4, START_MICROS);
    for count in [1, 4] {
        let trade = scenes::trade_with(&taker, &makers, count);
        let apply = world.trade(&trade).compute_units;
        costs.insert(format!("apply_fill_4_positions_{count}_makers_portfolio"), apply);
    }
    let scenes::Scene { mut world, keeper, victim } = scenes::liquidation();
    scenes::margin_as_portfolios(&mut world, 950_000);
    scenes::stir(&mut world, MARKETS, 185_000_000);
    let (outcome, meta) = world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    assert_eq!(outcome, LiquidationOutcome::Completed);
    costs.insert("liquidate_8_positions_portfolio".to_owned(), meta.compute_units);
}

/// Cost of one more position, measured where nothing else depends on their number: `liquidate` values a healthy
/// account and leaves it alone. In `check_fill` a position costs more, because it is also searched for.
fn health_slopes(costs: &mut Costs, name: &str, fewest: usize, prepare: impl Fn(&mut World)) {
    let mut world = World::with_markets(MARKETS, params::market);
    world.is_auditing = false;
    let other = world.trader(100 * MILLION, 0);
    let keeper = world.trader(MILLION, 0);
    let few = trader_with_positions(&mut world, &other, fewest);
    let all = trader_with_positions(&mut world, &other, MARKETS);
    prepare(&mut world);
    let slope = |costs: [u64; 2]| (costs[1] - costs[0]) / (MARKETS - fewest) as u64;
    let looks = [&few, &all].map(|trader| {
        let (outcome, meta) = world.liquidate(&keeper, &trader.account, u64::MAX).expect("no error");
        assert_eq!(outcome, LiquidationOutcome::NotLiquidatable);
        meta.compute_units
    });
    costs.insert(format!("health_per_position_{name}"), slope(looks));
    let registrations = [&few, &all]
        .map(|trader| world.must(&[register_demand(&world.group, &trader.account)], &[]).compute_units);
    costs.insert(format!("register_per_position_{name}"), slope(registrations));
    let checks =
        [&few, &all].map(|taker| world.check(&Trade::new(taker, &keeper, 10, LOT_ATOMS)).1.compute_units);
    costs.insert(format!("check_fill_per_position_{name}"), slope(checks));
}

fn liquidation(is_aged: bool) -> u64 {
    let scenes::Scene { mut world, keeper, victim } = scenes::liquidation();
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
    reprice(&mut world, 6, 201_234_567);
    let rows = world.oracle_rows();
    let one = world.refresh_rows(&rows[1..2]).expect("one row").compute_units;
    reprice(&mut world, 6, 202_345_678);
    let six = world.refresh_rows(&rows[1..7]).expect("six rows").compute_units;
    costs.insert("refresh_1_row".into(), one);
    costs.insert("refresh_6_rows".into(), six);
    costs.insert("refresh_per_further_row".into(), (six - one) / 5);
}

/// Folds of a market with open interest, funding and so many venues, each with a premium.
fn folds(costs: &mut Costs) {
    let mut world = World::new();
    open_in_every_shard(&mut world);
    for venue in 1..=8u16 {
        world.advance(1);
        world.tick(START_MICROS);
        world.post_premium(2_010_000 << 32).expect("a fresh row");
        world.advance(4);
        let units = world.fold(0).expect("a fold").compute_units;
        if [1, 2, 8].contains(&venue) {
            costs.insert(format!("fold_{venue}_venues"), units);
        }
        if venue < 8 {
            admit_venue(&mut world, venue);
        }
    }
    // A market that no venue was admitted to.
    let feed = world.new_feed();
    world.add_market(&feed, params::market(&feed));
    let units = world.fold(1).expect("a fold").compute_units;
    costs.insert("fold_0_venues".to_owned(), units);
    merge(costs, &world);
    costs.insert("fold_8_venues_both_sides".to_owned(), dearest_fold());
}

/// Positions in every shard, so that every curve has to be added up.
fn open_in_every_shard(world: &mut World) {
    let other = world.trader(MILLION, 0);
    let mut shards = [false; SHARD_COUNT as usize];
    while shards.contains(&false) {
        let trader = world.trader(MILLION, 0);
        world.trade(&Trade::new(&trader, &other, 1_000, LOT_ATOMS));
        shards[usize::from(world.margin(&trader.account).shard)] = true;
    }
}

/// Admits another venue of the same authority to the first market, and makes it the one that trades.
fn admit_venue(world: &mut World, index: u16) {
    let (admin, authority) = (world.admin.pubkey(), world.venue_authority.pubkey());
    world.venue = world.add_venue(index, &authority);
    let admit = add_venue_market([&admin, &world.group], &world.venue, &world.markets[0].key);
    world.must(&[admit], &[]);
}

/// Everything that makes a fold dear: the last one is older than ten seconds, so that both sides are folded; eight venues,
/// each with open interest and with a premium of another age; limits that follow demand; a backlog that has to be paced.
fn dearest_fold() -> u64 {
    let mut world =
        World::with_market(|feed| MarketParams { demand: params::demand(), ..params::market(feed) });
    open_in_every_shard(&mut world);
    for venue in 1..=8u16 {
        world.advance(5);
        world.tick(START_MICROS);
        // 2 000 of notional with 300 of equity: below maintenance from a fall by 10.6 % on.
        let (long, short) = (world.trader(300 * DOLLAR, 0), world.trader(MILLION, 0));
        world.trade(&Trade::new(&long, &short, 1_000, LOT_ATOMS));
        world.post_premium(2_010_000 << 32).expect("a fresh row");
        if venue < 8 {
            admit_venue(&mut world, venue);
        }
    }
    world.advance(60);
    world.set_price(165_000_000);
    let rows = world.oracle_rows();
    world.refresh_rows(&rows).expect("few rows");
    let units = world.fold(0).expect("a fold").compute_units;
    // Maintenance margin may not rise on the side that has so much in its backlog.
    assert_eq!(world.row(0).maintenance_limit_ppm, [50_000, 79_000]);
    units
}

/// A committee with all of its seats, all of which have reported, and what it adds to fold and refresh of its market.
fn committees(costs: &mut Costs) {
    let mut world = World::with_market(|feed| MarketParams {
        dynamic: params::dynamic_margins(),
        ..params::market(feed)
    });
    world.refresh();
    let fold = |world: &mut World| {
        world.advance(1);
        world.tick(START_MICROS);
        world.advance(1);
        world.publish(&world.markets[0].feed.clone(), START_MICROS);
        let rows = world.oracle_rows();
        let refreshed = world.refresh_rows(&rows[1..2]).expect("a row").compute_units;
        // Of one side, as the one before.
        [world.fold(0).expect("a fold").compute_units, refreshed]
    };
    let without = fold(&mut world);
    let reporters = world.add_committee(0, 8);
    for (reporter, share) in reporters.iter().zip(1..) {
        let args = ForecastArgs { variance_q64: share << 40, depth_atoms: share << 40 };
        world.report(0, reporter, args).expect("a seat");
    }
    world.update_committee(0, params::committee(&reporters));
    let with = fold(&mut world);
    for ((name, without), with) in ["fold", "refresh"].iter().zip(without).zip(with) {
        costs.insert(format!("{name}_by_8_reporters"), with.saturating_sub(without));
    }
    merge(costs, &world);
}

/// Fees that a settled loss pays.
fn fees(costs: &mut Costs) {
    let mut world = World::new();
    let [owner, other, idle] = [(); 3].map(|()| world.trader(MILLION, 0));
    world.trade(&Trade::new(&owner, &other, 10_000, LOT_ATOMS).with_fees(10 * DOLLAR, 0));
    world.advance(1);
    world.tick(195_000_000);
    world.trade(&Trade::new(&owner, &other, -10_000, 1_950_000));
    world.settle(&owner.account).expect("a loss");
    let admin = world.admin_account();
    assert!(world.collect_venue_fees(&idle.account) > 0);
    assert!(world.collect_protocol_fees(&admin).expect("no error") > 0);
    merge(costs, &world);
}
