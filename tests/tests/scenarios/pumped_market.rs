//! The pattern that emptied two venues in 2022: pump the price of a market of one's own and borrow against the profit.
//!
//! Three accounts of one attacker bring money. Two of them take both sides of a thin market, whose price then rises
//! tenfold in half an hour. The winner tries to take money out in every way there is: settling and withdrawing, and
//! losing its paper profit to the third account by trading the main market at the edge of the price band. Honest people
//! have settled losses in the main market, so there is money to be had. Then the price comes back.
//!
//! The third account keeps what it brought until the end: without margin of its own it could trade only once, and nobody
//! would notice that paper profit is margin.

use firebreak::instructions::MarketParams;
use firebreak_client::instructions::{settle_pnl, Overlay};
use firebreak_tests::{
    params::{self, DOLLAR},
    Trade, Trader, World,
};

const THIN: usize = 1;
const LOT: u64 = 2 * DOLLAR;
const BROUGHT: u64 = 100_000 * DOLLAR;

struct Attack {
    world: World,
    winner: Trader,
    loser: Trader,
    accomplice: Trader,
    withdrawn: u64,
    is_over: bool,
}

impl Attack {
    fn new(profit_weight_ppm: u32) -> Self {
        let mut world = World::with_markets(2, |feed| MarketParams {
            profit_weight_ppm,
            payout_floor_atoms: 1_000_000 * DOLLAR,
            ..params::market(feed)
        });
        let [long, short] = [(); 2].map(|()| world.trader(BROUGHT, 0));
        world.trade(&Trade::new(&long, &short, 20_000, LOT));
        world.advance(1);
        // The honest long loses 2 000 dollars, settles them, and the honest short has not taken them yet.
        world.set_market_price(THIN, 200_000_000);
        world.tick(190_000_000);
        world.trade(&Trade::new(&long, &short, -20_000, 1_900_000));
        settle(&mut world, 0, &long);
        assert_eq!(world.ledger(0).pool_atoms, 2_000 * DOLLAR);
        let [winner, loser, accomplice] = [(); 3].map(|()| world.trader(BROUGHT, 0));
        world.trade(&Trade::new(&winner, &loser, 20_000, LOT).in_market(THIN));
        Self { world, winner, loser, accomplice, withdrawn: 0, is_over: false }
    }

    fn step(&mut self, thin_micros: u64, secs: u64) {
        self.world.advance(secs);
        self.world.set_market_price(THIN, thin_micros);
        self.world.tick(190_000_000);
    }

    /// Everything that turns paper into money.
    fn loot(&mut self) {
        // At the edge of the band the winner buys too dear from the accomplice, and sells too cheaply back.
        for (lots, price) in [(40_000, 1_990_000), (-40_000, 1_810_000)] {
            let trade = Trade::new(&self.winner, &self.accomplice, lots, price);
            self.world.fill(&trade);
        }
        for market in [0, THIN] {
            for trader in [&self.loser, &self.winner, &self.accomplice] {
                settle(&mut self.world, market, trader);
            }
        }
        for trader in [&self.winner, &self.loser, &self.accomplice] {
            if !self.is_over && trader.account == self.accomplice.account {
                continue;
            }
            // Any amount that passes: from 2^38 atoms down.
            for bits in (10..39).rev() {
                while self.world.withdraw(trader, 1 << bits, &Overlay::none()).is_ok() {
                    self.withdrawn += 1 << bits;
                }
            }
        }
    }
}

/// Settles if there is anything to settle and the price allows it.
fn settle(world: &mut World, market: usize, trader: &Trader) {
    let (group, key) = (world.group, world.markets[market].key);
    let _ = world.send(&[settle_pnl([&group, &key], &trader.account, &Overlay::none())], &[]);
}

/// The whole attack, with this weight of unsettled profit in both markets.
fn attack(profit_weight_ppm: u32) -> Attack {
    let mut attack = Attack::new(profit_weight_ppm);
    let mut price = 200_000_000;
    for _ in 0..30 {
        // 8 % a minute is tenfold in half an hour.
        price = price * 108 / 100;
        attack.step(price, 60);
        attack.loot();
    }
    assert!(price > 1_900_000_000, "{price}");
    for _ in 0..30 {
        price = (price * 92 / 100).max(200_000_000);
        attack.step(price, 60);
        attack.loot();
    }
    // A day later they take what is left.
    attack.is_over = true;
    for _ in 0..24 {
        attack.step(200_000_000, 3_600);
        attack.loot();
    }
    println!("weight {profit_weight_ppm}: left with {}", attack.withdrawn);
    attack
}

/// Whatever paper profit counts for: it margins its own market alone. With a weight of 0.25 that counted in other markets the
/// attacker left with all that the honest long had settled.
#[test]
fn whoever_pumps_a_thin_market_leaves_with_no_more_than_was_brought() {
    let brought = 3 * BROUGHT;
    for profit_weight_ppm in [0, 250_000, 950_000] {
        let attack = attack(profit_weight_ppm);
        assert!(attack.withdrawn <= brought, "{} of {brought}", attack.withdrawn);
        // The attack moved money between its own accounts, so the test is not one of accounts that could do nothing.
        assert!(attack.withdrawn > BROUGHT, "{}", attack.withdrawn);
        // What the honest long settled is still there for the honest short.
        let pool_atoms = attack.world.ledger(0).pool_atoms;
        assert!(pool_atoms >= 2_000 * DOLLAR, "{pool_atoms}");
    }
}
