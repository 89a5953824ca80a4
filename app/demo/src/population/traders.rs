//! The draw of the traders.

use {
    super::{
        lamports, Activity, Deposit, PopulationParams, TradeIntent, Trader, DOLLAR_ATOMS, EQUITY_ATOMS,
        LEVERAGE_MILLI,
    },
    crate::{random::log_normal_within, table::HOUR_SECS},
    firebreak_risk::units::{Side, PPM_ONE},
    rand::{seq::SliceRandom, Rng},
    rand_chacha::ChaCha8Rng,
};

/// Equity: median $2 000, one in a hundred above about $40 000.
const EQUITY_MEDIAN_DOLLARS: f64 = 2_000.0;
const EQUITY_SIGMA: f64 = 1.3;
/// Leverage before its bounds cut the upper tail; inside them the median is 6.
const LEVERAGE_MEDIAN: f64 = 7.3;
const LEVERAGE_SIGMA: f64 = 0.5;
/// Accounts above this equity use at most this leverage, as large accounts do.
const LARGE_EQUITY_ATOMS: u64 = 50_000 * DOLLAR_ATOMS;
const LARGE_LEVERAGE_MILLI: u32 = 5_000;
/// Traders who hold their position when the day begins; the others enter from its second hour on.
const EARLY_SHARE: f64 = 0.6;
/// Shares of what traders do; the rest watches.
const TOP_UP_SHARE: f64 = 0.25;
const TRADES_SHARE: f64 = 0.15;

/// Sources of randomness: who somebody is does not depend on the day, when somebody acts does.
pub(super) struct Draws {
    pub people: ChaCha8Rng,
    pub times: ChaCha8Rng,
}

/// Draws all traders.
pub(super) fn draw(params: &PopulationParams, mut draws: Draws) -> Vec<Trader> {
    let is_long = exact_share(params.trader_count, params.long_ppm, &mut draws.people);
    let has_sol = exact_share(params.trader_count, params.sol_holder_ppm, &mut draws.people);
    let kinds = is_long.into_iter().zip(has_sol);
    kinds.map(|(is_long, has_sol)| trader(params, is_long, has_sol, &mut draws)).collect()
}

/// A share of all places, exact to the nearest one, in random places.
pub(super) fn exact_share(count: usize, ppm: u32, rng: &mut ChaCha8Rng) -> Vec<bool> {
    let chosen = (count as u64 * u64::from(ppm) + u64::from(PPM_ONE) / 2) / u64::from(PPM_ONE);
    let mut places: Vec<bool> = (0..count as u64).map(|place| place < chosen).collect();
    places.shuffle(rng);
    places
}

fn trader(params: &PopulationParams, is_long: bool, has_sol: bool, draws: &mut Draws) -> Trader {
    let Draws { people: rng, times } = draws;
    // as-safety: whole cents within the bounds of equity.
    let bounds = (EQUITY_ATOMS.0 as f64 / 1e4, EQUITY_ATOMS.1 as f64 / 1e4);
    let cents = log_normal_within(rng, EQUITY_MEDIAN_DOLLARS * 100.0, EQUITY_SIGMA, bounds);
    let drawn_atoms = (cents.round() as u64) * (DOLLAR_ATOMS / 100);
    let (deposit, equity_atoms) = if has_sol {
        mixed_deposit(params, drawn_atoms, rng.random_range(200_000..=900_000))
    } else {
        (Deposit { quote_atoms: drawn_atoms, sol_lamports: 0 }, drawn_atoms)
    };
    let bounds = (f64::from(LEVERAGE_MILLI.0), f64::from(LEVERAGE_MILLI.1));
    // as-safety: within the bounds of leverage.
    let drawn = log_normal_within(rng, LEVERAGE_MEDIAN * 1e3, LEVERAGE_SIGMA, bounds) as u32;
    let is_large = drawn_atoms > LARGE_EQUITY_ATOMS;
    let leverage_milli = if is_large { drawn.min(LARGE_LEVERAGE_MILLI) } else { drawn };
    let is_early = rng.random::<f64>() < EARLY_SHARE;
    let entry_offset_secs = if is_early { 0 } else { times.random_range(HOUR_SECS..=params.last_entry_secs) };
    Trader {
        // Who trades where is drawn afterwards.
        venue: 0,
        side: if is_long { Side::Long } else { Side::Short },
        deposit,
        equity_atoms,
        leverage_milli,
        // At most 2 * 10^11 atoms times 9 500: far below 64 bits.
        notional_atoms: equity_atoms * u64::from(leverage_milli) / 1_000,
        entry_offset_secs,
        activity: activity(drawn_atoms, entry_offset_secs, draws),
    }
}

/// A deposit of which a part is SOL, and its counted value: SOL counts less than it is worth.
fn mixed_deposit(params: &PopulationParams, drawn_atoms: u64, sol_ppm: u64) -> (Deposit, u64) {
    let one = u64::from(PPM_ONE);
    let sol_value = drawn_atoms / one * sol_ppm;
    let sol_lamports = lamports(sol_value, params.reference_price_micros);
    let quote_atoms = drawn_atoms - sol_value;
    let counted = sol_value * u64::from(params.sol_counted_ppm) / one;
    (Deposit { quote_atoms, sol_lamports }, quote_atoms + counted)
}

fn activity(equity_atoms: u64, entry_offset_secs: i64, draws: &mut Draws) -> Activity {
    let Draws { people: rng, times } = draws;
    let kind = rng.random::<f64>();
    if kind < TOP_UP_SHARE {
        let share_ppm = rng.random_range(200_000..=600_000_u64);
        return Activity::TopsUpOnce {
            below_ppm: rng.random_range(1_150_000..=1_600_000),
            amount_atoms: equity_atoms / u64::from(PPM_ONE) * share_ppm,
        };
    }
    if kind >= TOP_UP_SHARE + TRADES_SHARE {
        return Activity::Passive;
    }
    let mut offsets: Vec<i64> = (0..times.random_range(2..=5))
        .map(|_| times.random_range(entry_offset_secs + 60..24 * HOUR_SECS))
        .collect();
    offsets.sort_unstable();
    offsets.dedup();
    let intent = |offset_secs| {
        // Reductions are a little more frequent than additions; neither turns the position around at once.
        let size = times.random_range(100_000..=400_000);
        TradeIntent { offset_secs, change_ppm: if times.random::<f64>() < 0.45 { size } else { -size } }
    };
    Activity::Trades(offsets.into_iter().map(intent).collect())
}
