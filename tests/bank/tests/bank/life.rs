//! A whole life: from an empty chain to closed accounts, with the example venue in between.

use anchor_lang::{prelude::Pubkey, AnchorDeserialize};
use example_venue::{
    client::{
        best_makers, create_market, find_book, find_market, place_order, read_book, read_market,
        FirebreakKeys, Trader as Party,
    },
    engine::{OrderKind, Stop},
    instructions::{CreateMarketArgs, PlaceOrderArgs, PlaceOrderResult},
    state::Side,
};
use firebreak::instructions::{shard_of, LiquidationOutcome};
use firebreak_bank_tests::{Group, Trader, LOT};
use firebreak_client::{
    accounts::{decode_bank, decode_insurance, decode_ledger, decode_token_amount},
    instructions::{self as build, Overlay, Target},
    pda,
};
use firebreak_tests::params::DOLLAR;

const LOTS: u64 = 4_000;
/// Price after the fall in millionths of a dollar, and in quote atoms per lot.
const FALLEN_MICROS: u64 = 170_000_000;
const FALLEN_LOT: u64 = 1_700_000;

/// The example venue lists the first market.
async fn list(group: &mut Group) -> Pubkey {
    let venue = pda::venue(&group.key, 1);
    let keys = FirebreakKeys {
        group: group.key,
        venue,
        venue_market: pda::venue_market(&venue, &group.markets[0]),
        snapshot: pda::snapshot(&group.key),
    };
    let args = CreateMarketArgs { tick_atoms: 1_000, taker_fee_ppm: 500, maker_rebate_ppm: 100 };
    let admin = group.admin();
    group.chain.must(&[create_market(admin, &keys, args)], &[]).await;
    find_market(&keys.venue_market, &admin).0
}

/// An order at the start price on the example venue.
async fn order(group: &mut Group, market_key: &Pubkey, trader: &Trader, side: Side) -> PlaceOrderResult {
    let market = read_market(&group.chain.data(market_key).await).expect("a market");
    let book = read_book(&group.chain.data(&find_book(market_key).0).await).expect("a book");
    let makers = best_makers(&book, side, LOT, LOTS, &trader.account());
    let party =
        Party { owner: trader.keys.owner, margin: trader.account(), shard: shard_of(&trader.account()) };
    let args = PlaceOrderArgs {
        side,
        kind: OrderKind::Limit,
        limit_price_atoms: LOT,
        lots: LOTS,
        client_id: 1,
        overlay_rows: [0; 4],
        overlay_count: 0,
    };
    let instruction = place_order((market_key, &market), &party, (&makers, &[]), args);
    let mut data = group.chain.must(&[instruction], &[&trader.owner]).await.return_data;
    // The runtime cuts trailing zeros off return data.
    data.resize(64, 0);
    PlaceOrderResult::deserialize(&mut data.as_slice()).expect("a result")
}

async fn balance(group: &Group, token_account: &Pubkey) -> u64 {
    decode_token_amount(&group.chain.data(token_account).await).expect("a token account")
}

/// Settles until nothing is left to settle; the market's pool pays a share of itself per hour.
async fn settle_all(group: &mut Group, trader: &Trader) {
    let (key, market) = (group.key, group.markets[0]);
    for _ in 0..200 {
        if group.margin(trader).await.positions().is_empty() {
            return;
        }
        group.tick(600, FALLEN_MICROS).await;
        let settle = build::settle_pnl([&key, &market], &trader.account(), &Overlay::none());
        group.chain.must(&[settle], &[]).await;
    }
    panic!("unsettled: {:?}", group.margin(trader).await.positions());
}

/// Withdraws everything and closes the account. Its rent goes to its owner.
async fn leave(group: &mut Group, trader: &Trader) -> u64 {
    let atoms = u64::try_from(group.margin(trader).await.atoms_of(0)).expect("no debt");
    if atoms > 0 {
        let withdraw = build::withdraw(&trader.keys, &group.transfer(trader, atoms), &Overlay::none());
        group.chain.must(&[withdraw], &[&trader.owner]).await;
    }
    let rent = group.chain.lamports(&trader.account()).await;
    let before = group.chain.lamports(&trader.keys.owner).await;
    group.chain.must(&[build::close_account(&trader.keys)], &[&trader.owner]).await;
    assert!(rent > 0);
    assert_eq!(group.chain.lamports(&trader.keys.owner).await, before + rent);
    assert_eq!(group.chain.account(&trader.account()).await, None);
    atoms
}

#[tokio::test]
async fn from_an_empty_chain_to_closed_accounts_every_atom_has_an_owner() {
    let mut group = Group::new().await;
    let book = list(&mut group).await;
    let alice = group.trader(1_000 * DOLLAR).await;
    let [bob, keeper] = [group.trader(100_000 * DOLLAR).await, group.trader(100_000 * DOLLAR).await];
    let fund = build::fund_insurance(&keeper.keys.owner, &group.key, &group.transfer(&keeper, 200 * DOLLAR));
    group.chain.must(&[fund], &[&keeper.owner]).await;

    // Bob's order rests, Alice takes it: 4 000 lots at 2 dollars. The venue calls Firebreak.
    let resting = order(&mut group, &book, &bob, Side::Sell).await;
    assert_eq!((resting.filled_lots, resting.resting_lots), (0, LOTS));
    let bought = order(&mut group, &book, &alice, Side::Buy).await;
    assert_eq!((bought.stop, bought.filled_lots), (Stop::Filled, LOTS));
    assert_eq!(group.margin(&alice).await.positions()[0].units, i64::try_from(LOTS << 16).expect("few"));
    group.assert_conserved().await;

    // 15 % of 8 000 dollars are 1 200, more than Alice has. The keeper takes all of it at the risk price.
    group.tick(1, FALLEN_MICROS).await;
    let target = Target { market: group.markets[0], liquidatee: alice.account(), lots_max: u64::MAX };
    let liquidate = build::liquidate(&keeper.keys, &target, &Overlay::none());
    let meta = group.chain.must(&[liquidate], &[&keeper.owner]).await;
    assert_eq!(meta.return_data, [LiquidationOutcome::Completed as u8]);
    group.assert_conserved().await;

    let markets = group.markets.clone();
    let resolve = build::resolve_bankruptcy(&group.key, &alice.account(), &markets, &group.quote);
    group.chain.must(&[resolve], &[]).await;
    assert!(group.margin(&alice).await.positions().is_empty());
    assert_eq!(group.margin(&alice).await.atoms_of(0), 0);
    group.assert_conserved().await;

    // Bob buys back from the keeper at the fallen price; then nobody holds anything.
    let close = group.fill_at(FALLEN_LOT, &bob, &keeper, LOTS);
    let outcome = group.report(&close).await;
    assert!(outcome.is_admitted(), "{outcome:?}");
    settle_all(&mut group, &keeper).await;
    settle_all(&mut group, &bob).await;
    group.assert_conserved().await;
    assert_left_behind(&mut group, [&alice, &bob, &keeper]).await;
}

/// Alice lost 1 000 dollars and owed 1 200 and a fee of 500 ppm of 8 000: 204 are missing. One bankruptcy draws half of the
/// insurance's 200, and the 104 that remain are Bob's, who stood on the other side. He had won 1 200 and a rebate of 80
/// cents. What the venue and the protocol earned stays in the pool: 3.20 dollars.
async fn assert_left_behind(group: &mut Group, [alice, bob, keeper]: [&Trader; 3]) {
    assert_eq!(leave(group, alice).await, 0);
    let won = leave(group, bob).await;
    // 100 000 + 1 200.80 - 104 dollars; a rounding costs at most an atom.
    let expected = 101_096_800_000;
    assert!((expected - 1..=expected).contains(&won), "{won}");
    assert_eq!(leave(group, keeper).await, 100_000 * DOLLAR);
    group.assert_conserved().await;

    let bank = pda::bank(&group.key, &group.quote.mint);
    let left = 3_200_000 + (expected - won);
    assert_eq!(decode_bank(&group.chain.data(&bank).await).expect("a bank").deposits_atoms, left);
    assert_eq!(balance(group, &pda::bank_vault(&bank)).await, left);
    let ledger = group.chain.data(&pda::ledger(&group.markets[0])).await;
    assert_eq!(decode_ledger(&ledger).expect("a ledger").pool_atoms, left);
    let insurance = pda::insurance(&group.key);
    let record = decode_insurance(&group.chain.data(&insurance).await).expect("a record");
    assert_eq!(record.balance_atoms, 100 * DOLLAR);
    assert_eq!(balance(group, &pda::insurance_vault(&insurance)).await, 100 * DOLLAR);
}
