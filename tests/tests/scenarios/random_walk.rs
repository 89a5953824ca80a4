//! Many random days: whatever traders, keepers and prices do, every atom keeps its owner.
//!
//! The harness audits the group after each transaction and checks that a refused fill changed nothing and that
//! `check_fill` gave the same answer. Here it is only decided what happens next, and which errors may come of it.

use firebreak::{error::FirebreakError, instructions::LiquidationOutcome};
use firebreak_client::instructions::{recover_breaker, Overlay};
use firebreak_tests::{
    params::{self, DOLLAR, START_MICROS, TOKEN},
    send::{Failure, Meta},
    Trade, Trader, World,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=8;
const STEPS: usize = 500;
const TRADERS: usize = 6;

/// Errors that would mean that the program has lost track of its own books.
const NEVER: [FirebreakError; 5] = [
    FirebreakError::MathOverflow,
    FirebreakError::SnapshotMalformed,
    FirebreakError::ShardMalformed,
    FirebreakError::ShardInconsistent,
    FirebreakError::VaultMismatch,
];

struct Walk {
    world: World,
    rng: ChaCha8Rng,
    traders: Vec<Trader>,
    keeper: Trader,
    price_micros: u64,
    /// How often each thing happened.
    counts: BTreeMap<String, usize>,
}

impl Walk {
    fn new(seed: u64) -> Self {
        // A loose breaker and thin margins: crashes should reach the accounts.
        let mut world = World::with_market(|feed| firebreak::instructions::MarketParams {
            initial_ppm: 60_000,
            price_band_ppm: 40_000,
            breaker: params::breaker(55_000),
            ..params::market(feed)
        });
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Every other trader holds tokens too; who holds quote alone can go bankrupt all the way.
        let traders: Vec<Trader> = (0..TRADERS)
            .map(|index| {
                let tokens = if index % 2 == 0 { 0 } else { rng.random_range(1..3 * TOKEN) };
                world.trader(rng.random_range(1..1_000 * DOLLAR), tokens)
            })
            .collect();
        let keeper = world.trader(1_000_000 * DOLLAR, 0);
        world.fund_insurance(&keeper, 20 * DOLLAR);
        Self { world, rng, traders, keeper, price_micros: START_MICROS, counts: BTreeMap::new() }
    }

    fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    /// Counts an outcome. An error must be one of the program's own, and none that speaks of broken books.
    fn note(&mut self, what: &str, result: Result<Meta, Failure>) {
        match result {
            Ok(_) => self.count(what),
            Err(failure) => {
                let code = failure.code.unwrap_or_else(|| panic!("{what}: {failure:?}"));
                let is_broken = NEVER.iter().any(|error| u32::from(*error) == code);
                assert!(!is_broken, "{what}: {failure:?}");
                self.count(format!("{what} refused"));
            }
        }
    }

    fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0..25 => self.move_price(),
            25..65 => self.trade(),
            65..73 => self.move_money(),
            73..80 => self.liquidate(),
            80..90 => self.settle(),
            90..96 => self.resolve(),
            _ => self.recover(),
        }
    }

    fn move_price(&mut self) {
        let secs = self.rng.random_range(1..20);
        self.world.advance(secs);
        let reach = if self.rng.random_ratio(1, 6) { 150 } else { 20 };
        let permille = 1_000 + self.rng.random_range(-reach..=reach);
        let moved = i64::try_from(self.price_micros).expect("below 2^63") * permille / 1_000;
        self.price_micros = u64::try_from(moved).expect("positive").clamp(20_000_000, 2_000_000_000);
        self.world.set_price(self.price_micros);
        if !self.rng.random_ratio(1, 10) {
            self.world.refresh();
        }
    }

    fn trade(&mut self) {
        let (taker, maker) = (self.rng.random_range(0..TRADERS), self.rng.random_range(0..TRADERS));
        let lots = self.rng.random_range(-4_000i64..4_000);
        let offset = self.rng.random_range(-30i64..=30);
        let lot_atoms = i64::try_from(self.price_micros / 100).expect("below 2^63");
        let price = u64::try_from(lot_atoms * (1_000 + offset) / 1_000).expect("positive");
        // At most 0.12 % where 0.1 % is allowed, and now and then a rebate above the fee.
        let notional = i64::try_from(price * lots.unsigned_abs()).expect("below 2^63");
        let fee = u64::try_from(notional * self.rng.random_range(0..1_200) / 1_000_000).expect("positive");
        let rebate = -notional * self.rng.random_range(0..100) / 1_000_000;
        let trade =
            Trade::new(&self.traders[taker], &self.traders[maker], lots, price).with_fees(fee, rebate);
        let (outcome, _) = self.world.fill(&trade);
        self.count(format!("fill {:?}", outcome.refusal()));
    }

    fn move_money(&mut self) {
        let index = self.rng.random_range(0..TRADERS);
        let trader = &self.traders[index];
        let atoms = self.rng.random_range(1..500 * DOLLAR);
        let none = Overlay::none();
        let (what, result) = match self.rng.random_range(0..4) {
            0 => ("deposit", Ok(self.world.deposit(trader, atoms))),
            1 => ("deposit token", Ok(self.world.deposit_token(trader, atoms))),
            2 => ("withdraw", self.world.withdraw(trader, atoms, &none)),
            _ => ("withdraw token", self.world.withdraw_token(trader, atoms, &none)),
        };
        self.note(what, result);
    }

    /// Any trader, or the one in the worst state.
    fn pick(&mut self) -> usize {
        if self.rng.random_bool(0.5) {
            return self.rng.random_range(0..TRADERS);
        }
        let excess = |index: &usize| {
            let health = self.world.health(&self.traders[*index].account).health;
            health.equity - health.maintenance
        };
        (0..TRADERS).min_by_key(excess).unwrap_or_default()
    }

    fn liquidate(&mut self) {
        let index = self.pick();
        let lots_max = self.rng.random_range(1..8_000);
        let liquidatee = self.traders[index].account;
        match self.world.liquidate(&self.keeper, &liquidatee, lots_max) {
            Ok((outcome, _)) => self.count(format!("liquidate {outcome:?}")),
            Err(failure) => self.note("liquidate", Err(failure)),
        }
    }

    fn settle(&mut self) {
        let index = self.rng.random_range(0..=TRADERS);
        let account = self.traders.get(index).unwrap_or(&self.keeper).account;
        let result = self.world.settle(&account);
        self.note("settle", result);
    }

    fn resolve(&mut self) {
        let index = self.pick();
        let account = self.traders[index].account;
        // Tokens come first; a route for them comes later, so the owner takes them out if that is allowed.
        let tokens = self.world.margin(&account).atoms_of(self.world.token_row);
        if let (Ok(atoms @ 1..), true) = (u64::try_from(tokens), self.world.margin(&account).is_flat()) {
            let result = self.world.withdraw_token(&self.traders[index], atoms, &Overlay::none());
            self.note("withdraw token", result);
        }
        let result = self.world.resolve(&account);
        self.note("resolve", result);
    }

    fn recover(&mut self) {
        let row = self.world.markets[0].row;
        let result = self.world.send(&[recover_breaker(&self.world.group, row)], &[]);
        self.note("recover", result);
    }
}

#[test]
fn random_days_conserve_every_atom() {
    let mut totals: BTreeMap<String, usize> = BTreeMap::new();
    let mut losses = [0; 4];
    for seed in SEEDS {
        println!("seed {seed}");
        let mut walk = Walk::new(seed);
        for _ in 0..STEPS {
            walk.step();
        }
        let ledger = walk.world.ledger(0);
        let by_layer = [
            ledger.insurance_payout_atoms,
            ledger.haircut_atoms,
            ledger.socialized_loss_atoms,
            ledger.fee_loss_atoms,
        ];
        for (total, atoms) in losses.iter_mut().zip(by_layer) {
            *total += atoms;
        }
        for (what, count) in walk.counts {
            *totals.entry(what).or_default() += count;
        }
    }
    println!("{totals:#?}\ninsurance, haircut, socialized, fees {losses:?}");
    // A walk on which nothing happens proves nothing.
    assert!(losses[0] > 0 && losses[1] > 0, "no loss beyond equity: {losses:?} {totals:#?}");
    for what in ["fill Some(None)", "fill Some(InitialMargin)", "settle", "resolve", "withdraw"] {
        assert!(totals.contains_key(what), "no {what}: {totals:#?}");
    }
    for outcome in [LiquidationOutcome::Completed, LiquidationOutcome::Partial, LiquidationOutcome::Recovered]
    {
        let what = format!("liquidate {outcome:?}");
        assert!(totals.contains_key(&what), "no {what}: {totals:#?}");
    }
}
