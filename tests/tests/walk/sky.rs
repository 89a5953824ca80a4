//! What nobody in the group decides: time, prices and the health of oracles.
//!
//! Time stands still, runs, jumps, runs without slots (a halt of the network) and now and then backwards. Prices drift
//! and crash. An oracle falls silent, one of its sources dies, doubts itself, or contradicts the other. Some rows are given
//! a third source.

use anchor_lang::prelude::{Clock, Pubkey};
use firebreak::oracle::PYTH_RECEIVER_COMPATIBLE;
use firebreak_tests::{
    oracle::{pyth_account, Feed, Quote},
    params::START_MICROS,
    World,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use solana_account::Account;
use solana_signer::Signer;

/// Prices stay within these, so that a walk neither dies of a price of nothing nor outgrows its wallets.
const PRICES: [u64; 2] = [40_000_000, 900_000_000];

/// How a feed's two sources are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Good,
    /// None publishes.
    Silent,
    /// Only the first publishes.
    FirstOnly,
    /// Only the second publishes.
    SecondOnly,
    /// All doubt themselves beyond the bound of a good reading.
    Doubtful,
    /// The first two contradict each other.
    Contradicting,
}

struct Source {
    feed: Feed,
    /// A third account of the asset, where a row was given one.
    third: Option<Pubkey>,
    price_micros: u64,
    weather: Weather,
}

/// All feeds.
pub struct Sky {
    sources: Vec<Source>,
}

impl Sky {
    /// Good weather at the start price.
    pub fn new(feeds: Vec<Feed>) -> Self {
        let mut sky = Self { sources: Vec::new() };
        feeds.into_iter().for_each(|feed| sky.watch(feed, START_MICROS));
        sky
    }

    /// Watches another feed.
    pub fn add(&mut self, feed: Feed) {
        self.watch(feed, START_MICROS);
    }

    fn watch(&mut self, feed: Feed, price_micros: u64) {
        self.sources.push(Source { feed, third: None, price_micros, weather: Weather::Good });
    }

    /// A third account of the asset whose feed has this first oracle account. It publishes from now on.
    pub fn third(&mut self, world: &mut World, primary: &Pubkey) -> Option<Pubkey> {
        let source = self.sources.iter_mut().find(|source| source.feed.pyth == *primary)?;
        source.third = source.third.or_else(|| Some(world.new_keypair().pubkey()));
        source.third
    }

    /// All feeds.
    pub fn feeds(&self) -> impl Iterator<Item = &Feed> {
        self.sources.iter().map(|source| &source.feed)
    }

    /// Watches another feed of the asset whose feed has this first oracle account.
    pub fn follow(&mut self, feed: Feed, primary: &Pubkey) {
        let known = self.sources.iter().find(|source| source.feed.pyth == *primary);
        let price_micros = known.map_or(START_MICROS, |source| source.price_micros);
        self.watch(feed, price_micros);
    }

    /// Time moves and the feeds publish. Says what happened.
    pub fn change(&mut self, world: &mut World, rng: &mut ChaCha8Rng) -> String {
        let mut told = pass(world, rng);
        for source in &mut self.sources {
            source.drift(rng);
            source.turn(rng);
            source.publish(world, rng);
            told += &format!(", {} {:?}", source.price_micros, source.weather);
        }
        told
    }
}

impl Source {
    fn drift(&mut self, rng: &mut ChaCha8Rng) {
        let permille: i64 = match rng.random_range(0..100) {
            0..7 => rng.random_range(-300..=-60),
            7..11 => rng.random_range(60..=300),
            _ => rng.random_range(-8..=8),
        };
        let moved = i64::try_from(self.price_micros).expect("below 2^63") * (1_000 + permille) / 1_000;
        // Back to the start from both ends, slowly.
        let pull = (i64::try_from(START_MICROS).expect("below 2^63") - moved) / 50;
        self.price_micros = u64::try_from(moved + pull).expect("positive").clamp(PRICES[0], PRICES[1]);
    }

    fn turn(&mut self, rng: &mut ChaCha8Rng) {
        self.weather = match (self.weather, rng.random_range(0..100)) {
            (Weather::Good, 0..2) => Weather::Silent,
            (Weather::Good, 2..3) => Weather::FirstOnly,
            (Weather::Good, 3..4) => Weather::SecondOnly,
            (Weather::Good, 4..5) => Weather::Doubtful,
            (Weather::Good, 5..6) => Weather::Contradicting,
            (Weather::Good, _) | (_, 0..40) => Weather::Good,
            (weather, _) => weather,
        };
    }

    fn publish(&self, world: &mut World, rng: &mut ChaCha8Rng) {
        if self.weather == Weather::Silent {
            return;
        }
        let now = world.now();
        let quote = |price_micros: u64, lag: i64| Quote {
            price_micros,
            confidence_micros: price_micros / if self.weather == Weather::Doubtful { 100 } else { 5_000 },
            publish_ts: now - lag,
        };
        let lag = rng.random_range(0..=2);
        let apart = if self.weather == Weather::Contradicting { 30 } else { 1_000 };
        if self.weather != Weather::SecondOnly {
            world.set_pyth(&self.feed, &quote(self.price_micros, 0));
        }
        if let (Some(third), false) = (self.third, self.weather == Weather::SecondOnly) {
            let reading = quote(self.price_micros - self.price_micros / 2_000, lag);
            let account = Account { owner: PYTH_RECEIVER_COMPATIBLE, ..pyth_account(self.feed.id, &reading) };
            world.svm.set_account(third, account).expect("rent exempt");
        }
        if self.weather != Weather::FirstOnly {
            world.set_switchboard(&self.feed, &quote(self.price_micros + self.price_micros / apart, lag));
        }
    }
}

/// Moves the clock.
fn pass(world: &mut World, rng: &mut ChaCha8Rng) -> String {
    let secs: u64 = match rng.random_range(0..100) {
        0..16 => 0,
        16..70 => rng.random_range(1..=4),
        70..84 => rng.random_range(5..60),
        84..96 => rng.random_range(60..1_200),
        96..98 => rng.random_range(3_000..20_000),
        98..99 => return set_clock(world, i64::from(rng.random_range(60..400)), "without slots"),
        _ => return set_clock(world, -i64::from(rng.random_range(1..20)), "backwards"),
    };
    world.advance(secs);
    format!("{secs} s pass")
}

/// Time passes while no slot does.
fn set_clock(world: &mut World, secs: i64, how: &str) -> String {
    let mut clock = world.svm.get_sysvar::<Clock>();
    clock.unix_timestamp += secs;
    world.svm.set_sysvar(&clock);
    format!("{secs} s pass {how}")
}
