//! A day of funding: two venues post premiums of changing sign while traders trade, settle and collect in random order.
//!
//! The harness audits the group after each transaction, so every atom that one side pays is one that the other side is
//! owed, whenever either of them looks. Here it is decided what happens next, and checked that it did happen.

use firebreak::instructions::MarketParams;
use firebreak_client::instructions::{add_venue_market, approve_venue, Overlay};
use firebreak_tests::{
    params::{self, DOLLAR, START_MICROS},
    Trade, Trader, World,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solana_signer::Signer;
use std::collections::BTreeMap;

const SEEDS: [u64; 3] = [11, 12, 13];
const TRADERS: usize = 6;
const DAY: i64 = 86_400;

struct Day {
    world: World,
    rng: ChaCha8Rng,
    venues: [anchor_lang::prelude::Pubkey; 2],
    traders: Vec<Trader>,
    admin: anchor_lang::prelude::Pubkey,
    price_micros: u64,
    counts: BTreeMap<&'static str, u64>,
    /// Funding steps of both signs, in 2^-32 atoms per lot.
    paid_q32: [i128; 2],
}

impl Day {
    fn new(seed: u64) -> Self {
        let mut world = World::with_market(|feed| MarketParams {
            breaker: params::breaker(50_000),
            funding_window_secs: 3_600,
            funding_max_ppm: 50_000,
            premium_tau_secs: 60,
            ..params::market(feed)
        });
        let admin_key = world.admin.pubkey();
        let authority = world.venue_authority.pubkey();
        let venues = [world.venue, world.add_venue(1, &authority)];
        let market = world.markets[0].key;
        world.must(&[add_venue_market([&admin_key, &world.group], &venues[1], &market)], &[]);
        let traders: Vec<Trader> = (0..TRADERS).map(|_| world.trader(1_000_000 * DOLLAR, 0)).collect();
        for trader in &traders {
            world.must(&[approve_venue(&trader.keys, &venues[1], true)], &[&trader.owner]);
        }
        let admin = world.admin_account();
        Self {
            world,
            rng: ChaCha8Rng::seed_from_u64(seed),
            venues,
            traders,
            admin,
            price_micros: START_MICROS,
            counts: BTreeMap::new(),
            paid_q32: [0; 2],
        }
    }

    fn count(&mut self, what: &'static str, times: u64) {
        *self.counts.entry(what).or_default() += times;
    }

    /// Time passes, the price moves a little, and rows are usually read.
    fn pass(&mut self) {
        let secs = if self.rng.random_ratio(1, 8) { 3_000 } else { self.rng.random_range(1..300) };
        self.world.advance(secs);
        let permille = self.rng.random_range(995..=1_005);
        self.price_micros = (self.price_micros * permille / 1_000).clamp(50_000_000, 800_000_000);
        self.world.set_price(self.price_micros);
        let rows = self.world.oracle_rows();
        if !self.rng.random_ratio(1, 6) {
            self.world.refresh_rows(&rows).expect("all rows");
        }
    }

    fn fold(&mut self) {
        let before = self.world.row(0).sides.map(|side| side.earned().0);
        self.world.fold(0).expect("a fold");
        let after = self.world.row(0).sides.map(|side| side.earned().0);
        let step = before[0] - after[0];
        assert_eq!(step, before[1] - after[1], "one side pays what the other receives");
        self.paid_q32[usize::from(step < 0)] += step.abs();
        self.count("fold", 1);
    }

    fn post(&mut self) {
        self.world.venue = self.venues[self.rng.random_range(0..2)];
        let permille = self.rng.random_range(960..=1_040);
        let mark_q32 = ((self.price_micros / params::LOTS_PER_TOKEN * permille / 1_000) << 32) + 12_345;
        if self.world.post_premium(mark_q32).is_ok() {
            self.count("premium", 1);
        }
    }

    fn trade(&mut self) {
        self.world.venue = self.venues[self.rng.random_range(0..2)];
        let (taker, maker) = (self.rng.random_range(0..TRADERS), self.rng.random_range(0..TRADERS));
        let lots = self.rng.random_range(-4_000i64..4_000);
        let price = self.price_micros / params::LOTS_PER_TOKEN;
        let fee = price * lots.unsigned_abs() / 2_000;
        let trade = Trade::new(&self.traders[taker], &self.traders[maker], lots, price).with_fees(fee, 0);
        let is_admitted = self.world.fill(&trade).0.is_admitted();
        self.count("fill", is_admitted.into());
    }

    fn settle(&mut self) {
        let account = self.traders[self.rng.random_range(0..TRADERS)].account;
        if self.world.settle(&account).is_ok_and(|meta| meta.return_data.iter().any(|byte| *byte != 0)) {
            self.count("settle", 1);
        }
    }

    fn collect(&mut self) {
        if self.rng.random_bool(0.5) {
            self.world.venue = self.venues[self.rng.random_range(0..2)];
            let account = self.traders[self.rng.random_range(0..TRADERS)].account;
            let paid = self.world.collect_venue_fees(&account);
            self.count("venue fees", paid);
        } else {
            let paid = self.world.collect_protocol_fees(&self.admin).expect("no error");
            self.count("protocol fees", paid);
        }
    }

    fn withdraw(&mut self) {
        let trader = &self.traders[self.rng.random_range(0..TRADERS)];
        let is_paid = self.world.withdraw(trader, DOLLAR, &Overlay::none()).is_ok();
        self.count("withdraw", is_paid.into());
    }

    fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0..22 => self.pass(),
            22..42 => self.fold(),
            42..57 => self.post(),
            57..80 => self.trade(),
            80..90 => self.settle(),
            90..96 => self.collect(),
            _ => self.withdraw(),
        }
    }
}

#[test]
fn a_day_of_premiums_conserves_every_fraction() {
    let mut totals: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut paid_q32 = [0i128; 2];
    for seed in SEEDS {
        println!("seed {seed}");
        let mut day = Day::new(seed);
        let end = day.world.now() + DAY;
        while day.world.now() < end {
            day.step();
        }
        for (what, count) in day.counts {
            *totals.entry(what).or_default() += count;
        }
        for (total, paid) in paid_q32.iter_mut().zip(day.paid_q32) {
            *total += paid;
        }
    }
    println!("{totals:#?}\nlongs paid and shorts paid, in 2^-32 atoms per lot: {paid_q32:?}");
    // A day on which nothing happens proves nothing.
    for what in ["fold", "premium", "fill", "settle", "venue fees", "protocol fees", "withdraw"] {
        assert!(totals.get(what).is_some_and(|count| *count > 0), "no {what}: {totals:#?}");
    }
    assert!(paid_q32.iter().all(|paid| *paid > 1_000 << 32), "both sides paid: {paid_q32:?}");
}
