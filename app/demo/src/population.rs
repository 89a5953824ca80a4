//! Who trades the day: traders, makers, keepers and insurance, drawn from a seed.
//!
//! Only what they own and what they mean to do, in integer atoms; nothing here speaks to a chain. Everybody is drawn in
//! dollars, so that the same people come on a day when a SOL costs 20 dollars and on one when it costs 200.
//!
//! Rules for the totals, checked by [`Population::validate`]:
//! - makers of each venue: Σ equity × 2 ≥ 1.5 × the larger side of that venue's traders, so that they stay below leverage
//!   2 with half as much again to spare, even while no trader of the other side has come yet;
//! - keepers: each owns a quarter of the larger side, enough to carry half of it at leverage 2;
//! - insurance: a set share of the larger side.

#[cfg(test)]
mod tests;
mod traders;

use {
    crate::{
        money::{LAMPORTS_PER_SOL, MICROS_PER_DOLLAR},
        random,
        scenario::Scenario,
        table::HOUR_SECS,
    },
    anyhow::{ensure, Result},
    firebreak_risk::units::{Side, PPM_ONE},
    rand::Rng,
};

/// Fewest traders of a demonstration.
pub const TRADERS_MIN: usize = 300;
/// Venues that clear the same market.
pub const VENUES: usize = 2;
/// Makers of one venue: fewest and most.
pub const VENUE_MAKERS: (usize, usize) = (2, 4);
/// Keepers, all of whom try every liquidation.
pub const KEEPERS: usize = 3;
/// Bounds of a trader's leverage, in thousandths: below the 10x that an initial margin of 10 % allows.
pub const LEVERAGE_MILLI: (u32, u32) = (1_500, 9_500);
/// Bounds of a trader's equity, in quote atoms.
pub const EQUITY_ATOMS: (u64, u64) = (100 * DOLLAR_ATOMS, 200_000 * DOLLAR_ATOMS);

/// Leverage up to which makers' capital is counted.
const MAKER_LEVERAGE: u128 = 2;
/// What makers can carry, in halves of the larger side.
const MAKER_CAPACITY_HALVES: u128 = 3;
/// Capital of one keeper as a share of the larger side.
const KEEPER_PPM: u32 = 250_000;
// as-safety: a positive constant.
const DOLLAR_ATOMS: u64 = MICROS_PER_DOLLAR as u64;
/// Random streams by purpose; the path of an hour uses the hour's number, the makers of a venue the venue's.
const TRADER_STREAM: u64 = 1_000;
const VENUE_STREAM: u64 = 1_001;
const TIME_STREAM: u64 = 1_002;
const MAKER_STREAM: u64 = 1_100;

/// What the population is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PopulationParams {
    /// At least [`TRADERS_MIN`].
    pub trader_count: usize,
    /// Within [`VENUE_MAKERS`].
    pub venue_maker_count: usize,
    /// Traders of the first venue, exactly to the nearest trader; the others trade on the second.
    pub first_venue_ppm: u32,
    /// Traders who are long, exactly to the nearest trader.
    pub long_ppm: u32,
    /// Traders who hold a part of their collateral in SOL, exactly to the nearest trader.
    pub sol_holder_ppm: u32,
    /// Share of SOL's value that counts as collateral.
    pub sol_counted_ppm: u32,
    /// Insurance as a share of the larger side's notional.
    pub insurance_ppm: u32,
    /// Price at which SOL deposits are sized: the day's first, in micro-dollars.
    pub reference_price_micros: i64,
    /// Second after which nobody enters any more.
    pub last_entry_secs: i64,
}

impl PopulationParams {
    /// The population of a scenario: the same people every day, who bring SOL at the day's first price and enter
    /// before its crash.
    pub fn of(scenario: &Scenario) -> Result<Self> {
        let first = scenario.hours()?.first().map(|hour| hour.open_micros);
        Ok(Self {
            trader_count: 320,
            venue_maker_count: 3,
            first_venue_ppm: 600_000,
            // Share of longs among accounts on 10 October 2025; taken for the other days as well.
            long_ppm: 840_000,
            sol_holder_ppm: 150_000,
            sol_counted_ppm: 850_000,
            insurance_ppm: 15_000,
            reference_price_micros: first.unwrap_or_default(),
            last_entry_secs: scenario.last_entry_secs(),
        })
    }
}

/// What an account brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Quote atoms.
    pub quote_atoms: u64,
    /// Lamports of SOL collateral; mostly zero.
    pub sol_lamports: u64,
}

/// What a trader does after entering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Watches.
    Passive,
    /// Deposits once more when equity falls below this multiple of the maintenance requirement.
    TopsUpOnce {
        /// Equity over maintenance requirement.
        below_ppm: u32,
        /// Quote atoms.
        amount_atoms: u64,
    },
    /// Changes the position during the day.
    Trades(Vec<TradeIntent>),
}

/// One later trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeIntent {
    /// Seconds since the day began.
    pub offset_secs: i64,
    /// Change of the position as a share of the first notional: positive adds to it, negative reduces it.
    pub change_ppm: i32,
}

/// A trader. Equity is what counts as collateral at the reference price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trader {
    /// Number of the venue on which it trades.
    pub venue: usize,
    /// Side of the position.
    pub side: Side,
    /// What it brings.
    pub deposit: Deposit,
    /// Counted value of the deposit, in quote atoms.
    pub equity_atoms: u64,
    /// Notional over equity, in thousandths.
    pub leverage_milli: u32,
    /// Position it opens, in quote atoms at the price of its entry.
    pub notional_atoms: u64,
    /// When it opens, in seconds since the day began.
    pub entry_offset_secs: i64,
    /// What it does afterwards.
    pub activity: Activity,
}

/// A maker: takes the other side of every trader of its venue, in proportion to its equity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maker {
    /// Number of the venue on which it quotes.
    pub venue: usize,
    /// Quote atoms.
    pub equity_atoms: u64,
}

/// A keeper: liquidates into its own margin account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeper {
    /// Quote atoms.
    pub equity_atoms: u64,
}

/// Everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// In no particular order.
    pub traders: Vec<Trader>,
    /// Venue by venue, largest first.
    pub makers: Vec<Maker>,
    /// All alike.
    pub keepers: Vec<Keeper>,
    /// Quote atoms of the insurance vault.
    pub insurance_atoms: u64,
}

/// Sums over the population, in quote atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Notional of all longs.
    pub long_notional_atoms: u64,
    /// Notional of all shorts.
    pub short_notional_atoms: u64,
    /// Counted equity of all traders.
    pub trader_equity_atoms: u64,
    /// Equity of all makers.
    pub maker_equity_atoms: u64,
    /// Equity of all keepers.
    pub keeper_equity_atoms: u64,
}

impl Totals {
    /// Notional of the larger side: what makers must be able to carry at worst.
    pub fn larger_side_atoms(&self) -> u64 {
        self.long_notional_atoms.max(self.short_notional_atoms)
    }

    /// What makers carry when everyone has entered.
    pub fn net_notional_atoms(&self) -> u64 {
        self.long_notional_atoms.abs_diff(self.short_notional_atoms)
    }
}

impl PopulationParams {
    fn validate(&self) -> Result<()> {
        ensure!(self.trader_count >= TRADERS_MIN, "at least {TRADERS_MIN} traders are needed");
        let (fewest, most) = VENUE_MAKERS;
        let is_enough = (fewest..=most).contains(&self.venue_maker_count);
        ensure!(is_enough, "a venue must have {fewest} to {most} makers");
        let shares = [
            self.first_venue_ppm,
            self.long_ppm,
            self.sol_holder_ppm,
            self.sol_counted_ppm,
            self.insurance_ppm,
        ];
        ensure!(shares.iter().all(|share| *share <= PPM_ONE), "a share must be at most 1 000 000 ppm");
        ensure!(self.last_entry_secs > HOUR_SECS, "traders need time to enter: more than an hour");
        ensure!(self.sol_counted_ppm > 0, "SOL must count for something as collateral");
        ensure!(self.reference_price_micros > 0, "the reference price must be positive");
        Ok(())
    }
}

impl Population {
    /// Draws a population; the same seed and parameters draw the same one.
    pub fn build(params: &PopulationParams, seed: u64) -> Result<Self> {
        params.validate()?;
        let draws = traders::Draws {
            people: random::stream(seed, TRADER_STREAM),
            times: random::stream(seed, TIME_STREAM),
        };
        let mut traders = traders::draw(params, draws);
        let is_first = traders::exact_share(
            params.trader_count,
            params.first_venue_ppm,
            &mut random::stream(seed, VENUE_STREAM),
        );
        for (trader, is_first) in traders.iter_mut().zip(is_first) {
            trader.venue = usize::from(!is_first);
        }
        let mut population = Self { traders, makers: Vec::new(), keepers: Vec::new(), insurance_atoms: 0 };
        for venue in 0..VENUES {
            let needed = population.totals_of(venue).larger_side_atoms();
            population.makers.extend(draw_makers(venue, needed, params.venue_maker_count, seed));
        }
        let larger_side = population.totals().larger_side_atoms();
        population.keepers = vec![Keeper { equity_atoms: share_ceil(larger_side, KEEPER_PPM) }; KEEPERS];
        population.insurance_atoms = share_ceil(larger_side, params.insurance_ppm);
        population.validate()?;
        Ok(population)
    }

    /// Sums over everyone.
    pub fn totals(&self) -> Totals {
        self.sums(|_| true)
    }

    /// Sums over those of one venue, and all keepers.
    pub fn totals_of(&self, venue: usize) -> Totals {
        self.sums(|number| number == venue)
    }

    fn sums(&self, is_counted: impl Fn(usize) -> bool) -> Totals {
        let traders = || self.traders.iter().filter(|trader| is_counted(trader.venue));
        let makers = self.makers.iter().filter(|maker| is_counted(maker.venue));
        let side = |side| {
            let of_side = traders().filter(|trader| trader.side == side);
            of_side.map(|trader| trader.notional_atoms).sum()
        };
        Totals {
            long_notional_atoms: side(Side::Long),
            short_notional_atoms: side(Side::Short),
            trader_equity_atoms: traders().map(|trader| trader.equity_atoms).sum(),
            maker_equity_atoms: makers.map(|maker| maker.equity_atoms).sum(),
            keeper_equity_atoms: self.keepers.iter().map(|keeper| keeper.equity_atoms).sum(),
        }
    }

    /// The rules for the totals, see the module.
    pub fn validate(&self) -> Result<()> {
        for venue in 0..VENUES {
            let totals = self.totals_of(venue);
            let needed = u128::from(totals.larger_side_atoms()) * MAKER_CAPACITY_HALVES;
            let capacity = u128::from(totals.maker_equity_atoms) * MAKER_LEVERAGE * 2;
            let is_enough = capacity >= needed;
            ensure!(is_enough, "makers of venue {venue} carry {capacity} of {needed} half atoms");
        }
        let keeper_floor = share_ceil(self.totals().larger_side_atoms(), KEEPER_PPM);
        let is_funded = self.keepers.iter().all(|keeper| keeper.equity_atoms >= keeper_floor);
        ensure!(is_funded, "every keeper should own {keeper_floor} atoms");
        Ok(())
    }
}

/// Makers of unequal size whose sum meets the rule for the larger side of their venue.
fn draw_makers(venue: usize, larger_side: u64, count: usize, seed: u64) -> Vec<Maker> {
    // as-safety: one of a handful of venues.
    let mut rng = random::stream(seed, MAKER_STREAM + venue as u64);
    let weights: Vec<u64> = (0..count).map(|_| rng.random_range(100..400)).collect();
    let sum: u64 = weights.iter().sum();
    // equity × 2 ≥ 1.5 × side, so equity ≥ 3/4 of it; rounding each share up keeps the sum above.
    let needed = (u128::from(larger_side) * MAKER_CAPACITY_HALVES).div_ceil(2 * MAKER_LEVERAGE);
    let equity = |weight: u64| (needed * u128::from(weight)).div_ceil(u128::from(sum.max(1)));
    let mut makers: Vec<Maker> = weights
        .into_iter()
        .map(|weight| Maker { venue, equity_atoms: u64::try_from(equity(weight)).unwrap_or(u64::MAX) })
        .collect();
    makers.sort_by_key(|maker| std::cmp::Reverse(maker.equity_atoms));
    makers
}

/// A share of an amount, rounded up.
fn share_ceil(atoms: u64, ppm: u32) -> u64 {
    let share = (u128::from(atoms) * u128::from(ppm)).div_ceil(u128::from(PPM_ONE));
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// Lamports that a value buys: atoms are micro-dollars, so atoms over the price are SOL. Rounded down.
fn lamports(value_atoms: u64, price_micros: i64) -> u64 {
    let price = u128::from(price_micros.unsigned_abs()).max(1);
    u64::try_from(u128::from(value_atoms) * u128::from(LAMPORTS_PER_SOL) / price).unwrap_or(u64::MAX)
}
