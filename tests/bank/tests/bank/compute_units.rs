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
    params,
    scenes::{self, Scene},
    World,
};
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

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

fn fill_of(count: usize) -> Case {
    let (world, taker, makers) = scenes::crowd();
    let trade = scenes::trade_with(&taker, &makers, count);
    let instruction = build::apply_fill(&world.place(0), &trade.fill()).expect("one to four makers");
    let name = match count {
        1 => "apply_fill_4_positions_1_makers_fresh",
        _ => "apply_fill_4_positions_4_makers_fresh",
    };
    let signer = Some(world.venue_authority.insecure_clone());
    Case { name, world, instruction, signer }
}

fn liquidation() -> Case {
    let Scene { world, keeper, victim } = scenes::liquidation();
    let target = Target { market: world.markets[0].key, liquidatee: victim.account, lots_max: u64::MAX };
    let instruction = build::liquidate(&keeper.keys, &target, &Overlay::none());
    Case { name: "liquidate_8_positions_fresh", world, instruction, signer: Some(keeper.owner) }
}

fn refresh(count: usize) -> Case {
    let mut world = World::with_markets(6, params::market);
    scenes::reprice(&mut world, 6, 201_234_567);
    let instruction = build::refresh(&world.group, &world.oracle_rows()[1..=count]);
    let name = if count == 1 { "refresh_1_row" } else { "refresh_6_rows" };
    Case { name, world, instruction, signer: None }
}

fn bankruptcy() -> Case {
    let Scene { world, victim, .. } = scenes::bankruptcy();
    let markets = [world.markets[0].key];
    let instruction = build::resolve_bankruptcy(&world.group, &victim.account, &markets, &world.quote);
    Case { name: "resolve_bankruptcy", world, instruction, signer: None }
}
