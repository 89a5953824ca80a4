//! The same instruction on the same accounts costs the same on a bank as in the transaction engine alone, so the table of
//! compute units (`compute_units.toml`), which is measured there, holds for the network.
//!
//! Each situation is built on LiteSVM and copied over: every account, the clock, the slot.

use anchor_lang::{
    prelude::{Clock, Pubkey},
    solana_program::instruction::Instruction,
};
use anchor_spl::token;
use firebreak::oracle::{PYTH_RECEIVER, SWITCHBOARD_ON_DEMAND};
use firebreak_bank_tests::Chain;
use firebreak_client::instructions::{self as build, Overlay, Target};
use firebreak_tests::{
    params::{self, DOLLAR, TOKEN},
    Trade, Trader, World,
};
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

const LOT_ATOMS: u64 = 2 * DOLLAR;
const MILLION: u64 = 1_000_000 * DOLLAR;

/// A situation of the table, and the instruction that succeeds in it.
struct Case {
    name: &'static str,
    world: World,
    instruction: Instruction,
    signer: Option<Keypair>,
}

/// What the instruction costs in the engine alone.
fn in_engine(case: &Case) -> u64 {
    let world = &case.world;
    let keys: Vec<&Keypair> = std::iter::once(&world.admin).chain(&case.signer).collect();
    let message = Message::new(std::slice::from_ref(&case.instruction), Some(&world.admin.pubkey()));
    let transaction = Transaction::new(&keys, message, world.svm.latest_blockhash());
    let simulated = world.svm.simulate_transaction(transaction);
    simulated.expect("the instruction succeeds").meta.compute_units_consumed
}

/// What it costs on a bank with the same accounts.
async fn on_bank(case: &Case) -> u64 {
    let mut chain = Chain::new().await;
    let clock = case.world.svm.get_sysvar::<Clock>();
    let behind = clock.slot - chain.clock().await.slot;
    chain.skip_slots(behind).await;
    chain.set_time(clock.unix_timestamp).await;
    let owners: [Pubkey; 4] = [firebreak::ID, token::ID, PYTH_RECEIVER, SWITCHBOARD_ON_DEMAND];
    for (key, account) in owners.iter().flat_map(|owner| case.world.svm.get_program_accounts(owner)) {
        chain.set_account(&key, account);
    }
    let signers: Vec<&Keypair> = case.signer.iter().collect();
    chain.simulate(&case.instruction, &signers).await
}

#[tokio::test]
async fn a_bank_charges_what_the_engine_alone_charges() {
    let [fill, crowded_fill] = [1, 4].map(fill_of);
    for case in [fill, crowded_fill, liquidation(), refresh(1), refresh(6), bankruptcy()] {
        let (engine, bank) = (in_engine(&case), on_bank(&case).await);
        println!("{}: engine {engine}, bank {bank}", case.name);
        // Within 2 %.
        assert!(50 * bank.abs_diff(engine) <= engine, "{}: {bank}, not {engine}", case.name);
    }
}

fn trader_with_positions(world: &mut World, other: &Trader, positions: usize) -> Trader {
    let trader = world.trader(MILLION, 0);
    for market in 0..positions {
        world.trade(&Trade::new(&trader, other, 1_000, LOT_ATOMS).in_market(market));
    }
    trader
}

/// Parties with four positions each.
fn fill_of(count: usize) -> Case {
    let mut world = World::with_markets(4, params::market);
    world.is_auditing = false;
    let other = world.trader(100 * MILLION, 0);
    let taker = trader_with_positions(&mut world, &other, 4);
    let makers: Vec<Trader> = (0..4).map(|_| trader_with_positions(&mut world, &other, 4)).collect();
    let mut trade = Trade::new(&taker, &makers[0], 10, LOT_ATOMS).with_fees(1_000, -100);
    trade.makers = makers[..count].iter().map(|maker| maker.account).collect();
    let instruction = build::apply_fill(&world.place(0), &trade.fill()).expect("one to four makers");
    let name = match count {
        1 => "apply_fill_4_positions_1_makers_fresh",
        _ => "apply_fill_4_positions_4_makers_fresh",
    };
    let signer = Some(world.venue_authority.insecure_clone());
    Case { name, world, instruction, signer }
}

/// Eight positions and two collaterals below maintenance; the liquidator holds two other positions.
fn liquidation() -> Case {
    const MARKETS: usize = 8;
    let mut world = World::with_markets(MARKETS, params::market);
    world.is_auditing = false;
    let other = world.trader(100 * MILLION, 0);
    let keeper = world.trader(MILLION, 0);
    for market in [1, 2] {
        world.trade(&Trade::new(&keeper, &other, 1_000, LOT_ATOMS).in_market(market));
    }
    let victim = world.trader(4_500 * DOLLAR, TOKEN);
    for market in 0..MARKETS {
        world.trade(&Trade::new(&victim, &other, 2_500, LOT_ATOMS).in_market(market));
    }
    world.advance(1);
    for market in 0..MARKETS {
        world.set_market_price(market, 185_000_000);
    }
    world.refresh();
    let target = Target { market: world.markets[0].key, liquidatee: victim.account, lots_max: u64::MAX };
    let instruction = build::liquidate(&keeper.keys, &target, &Overlay::none());
    Case { name: "liquidate_8_positions_fresh", world, instruction, signer: Some(keeper.owner) }
}

fn refresh(count: usize) -> Case {
    let mut world = World::with_markets(6, params::market);
    world.advance(1);
    for market in 0..6 {
        world.set_market_price(market, 201_234_567);
    }
    let instruction = build::refresh(&world.group, &world.oracle_rows()[1..=count]);
    let name = if count == 1 { "refresh_1_row" } else { "refresh_6_rows" };
    Case { name, world, instruction, signer: None }
}

/// A bankrupt account whose loss is paid by its cash, the insurance and the other side.
fn bankruptcy() -> Case {
    let mut world = World::new();
    let victim = world.trader(1_000 * DOLLAR, 0);
    let other = world.trader(MILLION, 0);
    let keeper = world.trader(MILLION, 0);
    world.fund_insurance(&keeper, 200 * DOLLAR);
    world.trade(&Trade::new(&victim, &other, 4_000, LOT_ATOMS));
    world.advance(1);
    world.tick(170_000_000);
    world.liquidate(&keeper, &victim.account, u64::MAX).expect("below maintenance");
    let markets = [world.markets[0].key];
    let instruction = build::resolve_bankruptcy(&world.group, &victim.account, &markets, &world.quote);
    Case { name: "resolve_bankruptcy", world, instruction, signer: None }
}
