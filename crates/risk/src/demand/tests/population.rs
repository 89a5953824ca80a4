use std::println;
use std::vec::Vec;

use super::{figures, SideSums};
use crate::demand::{
    depth_cap, distance, initial_multiplier, price_bin, tightened_cap, tightening, Band, CurveTerms,
    DemandShard, DemandSide, DistanceInput, Lookahead, Registration, Window, BINS,
};
use crate::exposure::{position_within_share, GrowthLimit};
use crate::math::reference::Random;
use crate::units::{Ppm, Price, Scale, Side};

/// Depth per unit of ln price; one percent of it, D, is 10^10 atoms.
const DEPTH: u64 = 1_000_000_000_000;
const D: f64 = 1e10;
const INITIAL: f64 = 0.05;
const MAINTENANCE: f64 = 0.03;
const BAND: Band = Band { start: Ppm(500_000), stop: Ppm(900_000) };
const ACCOUNTS: usize = 1_500;

struct Account {
    side: Side,
    leverage: f64,
    units: u64,
    equity: f64,
    registered: Option<Registration>,
}

/// One market with its sums in one shard.
struct Market {
    price: f64,
    window: Window,
    epoch: u16,
    bins: [[u64; BINS]; 2],
    far: [u64; 2],
    stale: [u64; 2],
    open_units: [u64; 2],
    r: [Ppm; 2],
    limits: [GrowthLimit; 2],
}

#[derive(Clone, Copy)]
struct Rule {
    uses_r: bool,
    /// Ratio of the cap to D.
    ratio: u32,
}

/// How many pairs of fills are offered, and how far the price goes from one to the next.
#[derive(Clone, Copy)]
struct Scene {
    fills: u32,
    step: f64,
}

/// As many fills as would make 30 D, while the price moves by 1.7 %.
const RUSH: Scene = Scene { fills: 3_000, step: 0.0003 };
/// A price that moves by half, while everybody who survives adds and adds.
const AGES: Scene = Scene { fills: 40_000, step: 0.002 };

struct Outcome {
    /// Open interest of a side over D, at most, when a fill had raised it above that of the fold.
    highest: f64,
    last: f64,
    leverage: f64,
    admitted: u32,
    offered: u32,
    liquidated: u32,
    worst_r: f64,
}

impl Market {
    fn fixed_price(&self) -> Price {
        Price((self.price * 2f64.powi(32)) as u64)
    }

    fn value(&self, units: u64) -> f64 {
        units as f64 / 65_536.0 * self.price
    }

    fn register(&mut self, account: &mut Account) {
        let bin = price_bin(self.fixed_price()).unwrap();
        let notional = self.value(account.units);
        let away = distance(&DistanceInput {
            excess: (account.equity - MAINTENANCE * notional) as i128,
            joint: 0,
            notional: notional as u64,
            side: account.side,
        });
        let new = self.window.registration(account.side, account.units, bin, away);
        let [long_bins, short_bins] = &mut self.bins;
        let [long_far, short_far] = &mut self.far;
        let [long_stale, short_stale] = &mut self.stale;
        let sides = [
            DemandSide { bins: long_bins, far: long_far, stale: long_stale },
            DemandSide { bins: short_bins, far: short_far, stale: short_stale },
        ];
        let mut shard = DemandShard { epoch: &mut self.epoch, sides }.entered(self.window).unwrap();
        match account.registered {
            Some(old) => shard.replace(&old, &new).unwrap(),
            None => shard.register(&new).unwrap(),
        }
        account.registered = Some(new);
    }

    fn fold(&mut self, rule: Rule) {
        let bin = price_bin(self.fixed_price()).unwrap();
        self.window = self.window.followed(bin);
        for (index, side) in [(0, Side::Long), (1, Side::Short)] {
            let mut sums =
                SideSums { bins: self.bins[index], far: self.far[index], stale: self.stale[index] };
            if self.epoch != self.window.epoch {
                sums = SideSums { stale: sums.open(), ..SideSums::default() };
            }
            let terms = CurveTerms {
                window: self.window,
                price_bin: bin,
                price: self.fixed_price(),
                scale: Scale::ONE,
                depth_atoms: DEPTH,
                look: Lookahead { span: 3, reach: 1 },
                cluster_level: Ppm(900_000),
            };
            self.r[index] = figures(&sums, side, &terms).r;
            let cap = depth_cap(DEPTH, Ppm(rule.ratio * 1_000_000));
            let open = self.value(self.open_units[index]) as u64;
            let factor = if rule.uses_r { tightening(self.r[index], BAND) } else { Ppm(1_000_000) };
            let cap_atoms = tightened_cap(cap, open, factor);
            let (folded_units, price) = (self.open_units[index], self.fixed_price());
            self.limits[index] = GrowthLimit { cap_atoms, folded_units, price, shard_count: 1 };
        }
    }

    /// True if the position may grow by these units.
    fn admits(&self, account: &Account, units: u64, rule: Rule) -> bool {
        let index = account.side.index();
        let limit = &self.limits[index];
        let open = self.open_units[index];
        let after = self.value(account.units + units) as u64;
        let cap = depth_cap(DEPTH, Ppm(rule.ratio * 1_000_000));
        limit.admits_growth(limit.folded_units, open + units)
            && position_within_share(cap, Ppm(100_000), after)
    }

    /// Adds units with as much margin as the account's leverage asks for, or the market if that is more.
    fn open(&mut self, account: &mut Account, units: u64, rule: Rule) {
        let side = account.side.index();
        let most = if rule.uses_r { Ppm(3_000_000) } else { Ppm(1_000_000) };
        let multiplier = f64::from(initial_multiplier(self.r[side], BAND, most).0) / 1e6;
        account.units += units;
        account.equity += self.value(units) / account.leverage.min(1.0 / (INITIAL * multiplier));
        self.open_units[side] += units;
        self.register(account);
    }
}

fn population(random: &mut Random) -> Vec<Account> {
    (0..ACCOUNTS)
        .map(|index| Account {
            side: if index % 2 == 0 { Side::Long } else { Side::Short },
            // Median 6, two thirds between 3.3 and 10.9; nobody beyond what initial margin allows.
            leverage: (6.0 * (0.6 * random.normal()).exp()).clamp(1.0, 1.0 / INITIAL),
            units: 0,
            equity: 0.0,
            registered: None,
        })
        .collect()
}

/// Fills without end: at each step a long and a short want to grow at the present price, and bring what margin they
/// need for the leverage that they like and are allowed. Whoever is below maintenance margin is closed.
fn run(seed: u64, rule: Rule, scene: Scene) -> Outcome {
    let mut random = Random(seed);
    let mut accounts = population(&mut random);
    let none = GrowthLimit { cap_atoms: 0, folded_units: 0, price: Price(1), shard_count: 1 };
    let mut market = Market {
        price: 100.0,
        window: Window { anchor: price_bin(Price(100 << 32)).unwrap(), epoch: 0 },
        epoch: 0,
        bins: [[0; BINS]; 2],
        far: [0; 2],
        stale: [0; 2],
        open_units: [0; 2],
        r: [Ppm(0); 2],
        limits: [none; 2],
    };
    let (mut admitted, mut liquidated, mut highest, mut worst_r) = (0, 0, 0.0f64, 0.0f64);
    for step in 0..scene.fills {
        let old_price = market.price;
        market.price *= (scene.step * random.normal()).exp();
        let epoch = market.window.epoch;
        if step % 5 == 0 {
            market.fold(rule);
        }
        for account in accounts.iter_mut().filter(|account| account.units > 0) {
            let sign = if account.side == Side::Long { 1.0 } else { -1.0 };
            account.equity += sign * account.units as f64 / 65_536.0 * (market.price - old_price);
            if account.equity < MAINTENANCE * market.value(account.units) {
                market.open_units[account.side.index()] -= account.units;
                (account.units, account.equity) = (0, 0.0);
                market.register(account);
                liquidated += 1;
            } else if market.window.epoch != epoch {
                // Keepers register everybody again when an epoch begins.
                market.register(account);
            }
        }
        let pick = 2 * random.below(ACCOUNTS as u64 / 2) as usize;
        let other = 2 * random.below(ACCOUNTS as u64 / 2) as usize + 1;
        let units = (0.01 * D * (0.8 * random.normal()).exp() / market.price * 65_536.0) as u64;
        if [pick, other].iter().all(|index| market.admits(&accounts[*index], units, rule)) {
            admitted += 1;
            for index in [pick, other] {
                let account = &mut accounts[index];
                market.open(account, units, rule);
                let side = account.side.index();
                // What was liquidated since the fold may be opened again even where the price has lifted all above
                // the cap; that is no growth.
                if market.open_units[side] > market.limits[side].folded_units {
                    highest = highest.max(market.value(market.open_units[side]) / D);
                }
            }
        }
        worst_r = worst_r.max(f64::from(market.r[0].0.max(market.r[1].0)) / 1e6);
    }
    let notional: f64 = accounts.iter().map(|account| market.value(account.units)).sum();
    let equity: f64 = accounts.iter().map(|account| account.equity).sum();
    let last = market.value(market.open_units[0].max(market.open_units[1])) / D;
    Outcome {
        highest,
        last,
        leverage: notional / equity,
        admitted,
        offered: scene.fills,
        liquidated,
        worst_r,
    }
}

fn report(name: &str, outcome: &Outcome) {
    let Outcome { highest, last, leverage, admitted, offered, liquidated, worst_r } = outcome;
    println!(
        "{name}: open interest / D at most {highest:.1}, at the end {last:.1}; leverage {leverage:.1}; \
         {admitted} of {offered} fills; {liquidated} liquidated; R at most {worst_r:.2}"
    );
}

fn outcomes(name: &str, seed: u64, scene: Scene) -> [Outcome; 4] {
    // The ratio of 1 000 never binds: what binds is R alone, then the depth, then both.
    let rules = [
        ("no limits", Rule { uses_r: false, ratio: 1_000 }),
        ("R alone", Rule { uses_r: true, ratio: 1_000 }),
        ("depth alone", Rule { uses_r: false, ratio: 16 }),
        ("R and depth", Rule { uses_r: true, ratio: 16 }),
    ];
    rules.map(|(rule_name, rule)| {
        let outcome = run(seed, rule, scene);
        report(&std::format!("{name}, seed {seed}, {rule_name}"), &outcome);
        outcome
    })
}

#[test]
fn a_rush_of_fills_reaches_the_ruinous_open_interest_without_limits_and_not_with_r_alone() {
    for seed in 1..=3 {
        let [free, r_alone, _, both] = outcomes("rush", seed, RUSH);
        assert!(free.highest >= 24.0 && free.worst_r > 0.9, "seed {seed}: {}", free.highest);
        assert!(r_alone.highest < 24.0, "seed {seed}: {}", r_alone.highest);
        assert!(both.highest < 1.05 * 16.0 && both.worst_r < 0.9, "seed {seed}: {}", both.highest);
    }
}

/// Who is near the price is liquidated, who is far from it stays: in the end R is below its stop with any open interest,
/// held at low leverage. So R alone does not bound open interest, and the cap that knows the depth is needed beside it.
#[test]
fn in_the_long_run_only_r_and_the_depth_together_keep_out_the_ruinous_open_interest() {
    for seed in 1..=3 {
        let [free, r_alone, _, both] = outcomes("ages", seed, AGES);
        assert!(free.highest >= 24.0, "seed {seed}: {}", free.highest);
        assert!(r_alone.highest >= 24.0, "seed {seed}: {}", r_alone.highest);
        // What is open may rise with the price between a fold and a fill, no fill is admitted beyond the cap at the fold.
        assert!(both.highest < 1.05 * 16.0, "seed {seed}: {}", both.highest);
    }
}
