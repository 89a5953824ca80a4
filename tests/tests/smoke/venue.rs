//! The example venue end to end: its book, its CPI into Firebreak, its answer to a refusal.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, AnchorDeserialize};
use example_venue::{
    client::{
        best_makers, create_market, find_book, find_market, find_venue_authority, place_order, read_book,
        read_market, FirebreakKeys, Trader as Party,
    },
    engine::{OrderKind, Stop},
    error::VenueError,
    instructions::{CreateMarketArgs, PlaceOrderArgs, PlaceOrderResult},
    state::Side,
};
use firebreak_client::{
    instructions::{add_venue_market, approve_venue},
    pda,
};
use firebreak_tests::{params::DOLLAR, Trader, World};
use solana_signer::Signer;

const LOT: u64 = 2 * DOLLAR;

/// A group with the example venue as its second venue, and the venue's market.
struct Exchange {
    world: World,
    market: Pubkey,
}

impl Exchange {
    fn new() -> Self {
        let mut world = World::new();
        let venue = world.add_venue(1, &find_venue_authority().0);
        let admin = world.admin.pubkey();
        let listed = world.markets[0].key;
        world.must(&[add_venue_market([&admin, &world.group], &venue, &listed)], &[]);
        let keys = FirebreakKeys {
            group: world.group,
            venue,
            venue_market: pda::venue_market(&venue, &listed),
            snapshot: pda::snapshot(&world.group),
        };
        let args = CreateMarketArgs { tick_atoms: 1_000, taker_fee_ppm: 500, maker_rebate_ppm: 100 };
        world.must(&[create_market(admin, &keys, args)], &[]);
        Self { world, market: find_market(&keys.venue_market, &admin).0 }
    }

    fn trader(&mut self, quote_atoms: u64) -> Trader {
        let trader = self.world.trader(quote_atoms, 0);
        let venue = pda::venue(&self.world.group, 1);
        self.world.must(&[approve_venue(&trader.keys, &venue, true)], &[&trader.owner]);
        trader
    }

    fn order(&self, trader: &Trader, side: Side, lots: u64) -> Instruction {
        let market = read_market(&self.world.data(&self.market)).expect("a market");
        let book = read_book(&self.world.data(&find_book(&self.market).0)).expect("a book");
        let makers = best_makers(&book, side, LOT, lots, &trader.account);
        let party = Party {
            owner: trader.owner.pubkey(),
            margin: trader.account,
            shard: firebreak::instructions::shard_of(&trader.account),
        };
        let args = PlaceOrderArgs {
            side,
            kind: OrderKind::Limit,
            limit_price_atoms: LOT,
            lots,
            client_id: 1,
            overlay_rows: [0; 4],
            overlay_count: 0,
        };
        place_order((&self.market, &market), &party, (&makers, &[]), args)
    }

    fn place(&mut self, trader: &Trader, side: Side, lots: u64) -> PlaceOrderResult {
        let instruction = self.order(trader, side, lots);
        let meta = self.world.must(&[instruction], &[&trader.owner]);
        // The runtime cuts trailing zeros off return data.
        let mut data = meta.return_data;
        data.resize(64, 0);
        PlaceOrderResult::deserialize(&mut data.as_slice()).expect("a result")
    }

    fn units(&self, trader: &Trader) -> i64 {
        self.world.margin(&trader.account).positions().first().map_or(0, |position| position.units)
    }
}

#[test]
fn an_order_on_the_example_venue_is_cleared() {
    let mut exchange = Exchange::new();
    let maker = exchange.trader(1_000 * DOLLAR);
    let taker = exchange.trader(1_000 * DOLLAR);
    let resting = exchange.place(&maker, Side::Sell, 100);
    assert_eq!((resting.filled_lots, resting.resting_lots), (0, 100));
    let bought = exchange.place(&taker, Side::Buy, 60);
    assert_eq!((bought.stop, bought.filled_lots, bought.notional_atoms), (Stop::Filled, 60, 120 * DOLLAR));
    assert_eq!((exchange.units(&taker), exchange.units(&maker)), (60 << 16, -(60 << 16)));
    // 500 ppm of 120 dollars from the taker, 100 ppm to the maker.
    let quote = |trader: &Trader| exchange.world.margin(&trader.account).positions()[0].quote_atoms;
    assert_eq!((quote(&taker), quote(&maker)), (-120_060_000, 120_012_000));
}

/// Firebreak answers with return data; it is the venue that turns the answer into an error for its client.
#[test]
fn a_taker_without_margin_is_told_why_and_changes_nothing() {
    let mut exchange = Exchange::new();
    let maker = exchange.trader(1_000 * DOLLAR);
    // 100 lots need 20 dollars of initial margin.
    let taker = exchange.trader(10 * DOLLAR);
    exchange.place(&maker, Side::Sell, 100);
    let before = exchange.world.accounts_of_group();
    let instruction = exchange.order(&taker, Side::Buy, 100);
    let refused = exchange.world.send(&[instruction], &[&taker.owner]).expect_err("10 of 20 dollars");
    assert_eq!(refused.code, Some(VenueError::RefusedInitialMargin.into()));
    assert_eq!(before, exchange.world.accounts_of_group());
}
