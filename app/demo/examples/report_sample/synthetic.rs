//! An invented run: the real path and population with made-up liquidations. It shows what a page looks like and says
//! nothing about what the program does.

use {
    anyhow::Result,
    firebreak_demo::{
        demand::DemandCurve,
        path::{PricePath, Resolution},
        population::{Population, PopulationParams},
        report::{
            explained::{Budget, Check, DebtRow, Explained, KeeperRow, Spared, SparedRow, VenueRow},
            peaks, ComputeRow, Conservation, Day, FailureRow, Parameter, Report, Row, Sample, Term,
            Transactions, Value,
        },
        scenario::{Scenario, ScenarioId},
    },
    firebreak_risk::{circuit::State, units::Side},
};

const CAP_PPM: u32 = 20_000;
/// One percent of the price per 300 000 dollars.
const DEPTH_ATOMS: u64 = 30_000_000_000_000;
/// Width of a bin in ln price.
const BIN: f64 = 0.03;
const HEALTHY_SHARE_PPM: u32 = 600_000;

/// A report of an invented run of a day.
pub fn report(id: ScenarioId, seed: u64) -> Result<Report> {
    let scenario: &Scenario = id.scenario();
    let path = PricePath::build(scenario, seed, Resolution::FULL)?;
    let population = Population::build(&PopulationParams::of(scenario)?, seed)?;
    let samples = samples(&path, &population);
    Ok(Report {
        day: Day::of(scenario),
        seed,
        is_fast: false,
        chain_start_ts: 1_795_430_000,
        r_limits_ppm: Some((500_000, 900_000)),
        healthy_share_ppm: HEALTHY_SHARE_PPM,
        parameters: parameters(),
        end: end(&samples),
        samples,
        explained: explained(),
        compute: compute(),
        transactions: Transactions {
            sent: 18_342,
            landed: 18_305,
            failed: vec![
                FailureRow {
                    reason: "AccountHealthy".to_owned(),
                    explanation: Some("another keeper was first".to_owned()),
                    count: 31,
                },
                FailureRow { reason: "BlockhashNotFound".to_owned(), explanation: None, count: 6 },
            ],
        },
        conservation: conservation(),
    })
}

/// Triggers of one side: the price at which a trader's equity is gone, and what is then sold.
fn triggers(population: &Population, side: Side, first: f64) -> Vec<(f64, u64)> {
    let sign = if side == Side::Long { -1.0 } else { 1.0 };
    let mine = population.traders.iter().filter(|trader| trader.side == side);
    let trigger = |leverage_milli| first * (1.0 + sign * 900.0 / f64::from(leverage_milli));
    mine.map(|trader| (trigger(trader.leverage_milli), trader.notional_atoms)).collect()
}

/// Everything that was not sold, by its distance from the price.
fn demand(longs: &[(f64, u64)], shorts: &[(f64, u64)], price: f64, furthest: (f64, f64)) -> DemandCurve {
    let mut curve = DemandCurve::default();
    let add = |bins: &mut [u64], distance: f64, atoms: u64| {
        if let Some(bin) = bins.get_mut((distance / BIN) as usize) {
            *bin += atoms;
        }
    };
    for (limit, atoms) in longs.iter().filter(|(limit, _)| *limit < furthest.0) {
        add(&mut curve.long_atoms, (price / limit).ln(), *atoms);
    }
    for (limit, atoms) in shorts.iter().filter(|(limit, _)| *limit > furthest.1) {
        add(&mut curve.short_atoms, (limit / price).ln(), *atoms);
    }
    curve
}

/// Demand per unit of ln price over three bins, which is R times the depth.
fn delta(atoms: &[u64]) -> u64 {
    let near: u64 = atoms.iter().take(3).sum();
    (near as f64 / (3.0 * BIN)) as u64
}

/// What a run remembers from tick to tick.
struct Walk {
    ema: f64,
    variance: f64,
    before: (i64, f64),
    furthest: (f64, f64),
    level: f64,
    done: u64,
    /// When the price was last far from its average.
    tripped_at: Option<i64>,
    worst_debt: u64,
}

impl Walk {
    /// Takes the next price.
    fn follow(&mut self, offset_secs: i64, price: f64) {
        let elapsed = (offset_secs - self.before.0).max(1) as f64;
        let change = (price / self.before.1).ln();
        self.before = (offset_secs, price);
        self.ema += (price - self.ema) * (1.0 - (-elapsed / 1_800.0).exp());
        self.variance += (change * change / elapsed - self.variance) * (1.0 - (-elapsed / 1_800.0).exp());
        self.level *= (-elapsed / 120.0).exp();
        self.furthest = (self.furthest.0.min(price), self.furthest.1.max(price));
        if (price / self.ema).ln() < -0.06 {
            self.tripped_at = Some(offset_secs);
        }
    }

    /// Sells what the room of the budget allows of what is due, and returns both.
    fn sell(&mut self, due: u64) -> (u64, u64) {
        let room = ((f64::from(CAP_PPM) * 0.97 - self.level) * 30.0 * 1e6).max(0.0) as u64;
        let sold = due.saturating_sub(self.done).min(room);
        self.done += sold;
        self.level += sold as f64 / 1e6 / 30.0;
        let backlog = due - self.done;
        self.worst_debt = self.worst_debt.max(backlog / 1_500);
        (sold, backlog)
    }

    /// Elevated in wild hours; halted, reduce only and recovering one after the other after a fall.
    fn state(&self, offset_secs: i64) -> State {
        match self.tripped_at.map(|at| offset_secs - at) {
            Some(0..60) => State::Halted,
            Some(60..300) => State::ReduceOnly,
            Some(300..1_200) => State::Recovery,
            _ if self.sigma() > 0.03 => State::Elevated,
            _ => State::Normal,
        }
    }

    fn sigma(&self) -> f64 {
        (self.variance * 3_600.0).sqrt()
    }
}

/// Longs whose equity is gone below a price are "liquidated" at a pace of the impact level's decay.
fn samples(path: &PricePath, population: &Population) -> Vec<Sample> {
    let first = path.ticks().first().map_or(1.0, |tick| tick.price_micros as f64);
    let longs = triggers(population, Side::Long, first);
    let shorts = triggers(population, Side::Short, first);
    let all: u64 = longs.iter().map(|(_, notional)| notional).sum();
    let mut walk = Walk {
        ema: first,
        variance: 0.013 * 0.013 / 3_600.0,
        before: (0, first),
        furthest: (f64::MAX, 0.0),
        level: 0.0,
        done: 0,
        tripped_at: None,
        worst_debt: 0,
    };
    let mut maintenance = 0.05_f64;
    let mut samples = Vec::new();
    for tick in path.ticks() {
        let price = tick.price_micros as f64;
        walk.follow(tick.offset_secs, price);
        let lowest = walk.furthest.0;
        let due = longs.iter().filter(|(limit, _)| *limit > lowest).map(|(_, notional)| notional / 2).sum();
        let (sold, backlog) = walk.sell(due);
        let waiting = u32::try_from(backlog / (all / 300)).unwrap_or(0);
        let curve = demand(&longs, &shorts, price, walk.furthest);
        let delta_atoms = [delta(&curve.long_atoms), delta(&curve.short_atoms)];
        let reproduction_ppm = delta_atoms.map(|delta| (delta as f64 / DEPTH_ATOMS as f64 * 1e6) as u32);
        let initial = (7.0 * walk.sigma()).clamp(0.1, 0.5);
        maintenance = maintenance.max((3.6 * walk.sigma()).min(maintenance + 0.000_02)).min(0.25);
        let factor = |r_ppm: u32| 1.0 + ((f64::from(r_ppm) / 1e6 - 0.5) / 0.4).clamp(0.0, 1.0);
        samples.push(Sample {
            offset_secs: tick.offset_secs,
            recorded_micros: tick.price_micros + tick.price_micros / 200,
            reported_micros: tick.price_micros,
            price_micros: tick.price_micros,
            ema_micros: walk.ema as i64,
            breaker_state: walk.state(tick.offset_secs) as u8,
            sigma_ppm: (walk.sigma() * 1e6) as u32,
            initial_ppm: (initial * 1e6) as u32,
            initial_side_ppm: reproduction_ppm.map(|r| (initial * factor(r) * 1e6) as u32),
            maintenance_ppm: (maintenance * 1e6) as u32,
            reproduction_ppm,
            delta_atoms,
            depth_atoms: DEPTH_ATOMS,
            demand: curve,
            impact_level_ppm: walk.level as u32,
            impact_cap_ppm: CAP_PPM,
            accounts_under_margin: waiting + u32::from(sold > 0) * 3,
            accounts_in_liquidation: waiting * 4 / 5 + u32::from(sold > 0) * 2,
            insurance_atoms: population.insurance_atoms - walk.worst_debt,
            liquidated_notional_cum_atoms: walk.done,
            bad_debt_cum_atoms: walk.worst_debt,
            open_interest_atoms: all - walk.done,
        });
    }
    samples
}

fn end(samples: &[Sample]) -> Vec<Row> {
    let money = |value: fn(&Sample) -> u64| {
        Value::Money(samples.last().map_or(0, |sample| i64::try_from(value(sample)).unwrap_or(i64::MAX)))
    };
    let mut rows = vec![
        Row::headline("liquidated notional", money(|sample| sample.liquidated_notional_cum_atoms)),
        Row::headline("liquidation slices", Value::Count(412)),
        Row::new("accounts liquidated", Value::Count(118)),
        Row::headline("accounts spared", Value::Count(41)),
        Row::headline("bad debt", money(|sample| sample.bad_debt_cum_atoms)),
        Row::new("insurance drawn", money(|sample| sample.bad_debt_cum_atoms)),
        Row::headline("socialized loss", Value::Money(0)),
        Row::new("largest impact level, share of cap", Value::SharePpm(970_000)),
        Row::new("time in ReduceOnly", Value::Text("8 min 20 s".to_owned())),
    ];
    rows.extend(peaks::rows(samples));
    rows
}

fn explained() -> Explained {
    const DOLLAR: u64 = 1_000_000;
    let keeper = |name: &str, won| KeeperRow {
        name: name.to_owned(),
        sent: won + 47,
        won,
        taken_atoms: won * 4_100 * DOLLAR,
        notices: 5,
        late_safe: 20,
        late_gone: 4,
        late_budget: 12,
        refused: 5,
        unlanded: 1,
    };
    let venue = |name: &str, traders, steepest_atoms| VenueRow {
        name: name.to_owned(),
        traders,
        makers: 3,
        fills: traders * 6,
        volume_atoms: traders * 31_000 * DOLLAR,
        fees_atoms: traders * 12 * DOLLAR,
        open_peak_atoms: traders * 12_000 * DOLLAR,
        liquidated_atoms: traders * 5_000 * DOLLAR,
        steepest_atoms,
    };
    Explained {
        venues: vec![venue("venue A", 192, 301_000 * DOLLAR), venue("venue B", 128, 183_000 * DOLLAR)],
        budget: Budget {
            window_secs: 300,
            start_secs: 76_564,
            end_secs: 76_725,
            charged_atoms: 484_000 * DOLLAR,
            allowed_atoms: 500_000 * DOLLAR,
        },
        keepers: vec![keeper("keeper 1", 150), keeper("keeper 2", 141), keeper("keeper 3", 121)],
        spared: Spared {
            strength: "100 %".to_owned(),
            liquidated: 118,
            liquidated_atoms: 1_690_000 * DOLLAR,
            inexact: 2,
            hastened: 31,
            hastened_secs_max: 240,
            rows: vec![SparedRow {
                account: "trader 17, venue A, long 7.2x".to_owned(),
                first_secs: 76_699,
                taken_atoms: 8_412 * DOLLAR,
                discount_atoms: 33 * DOLLAR,
                nearest_ppm: 1_034_211,
                worse_off_atoms: 912_340_000,
            }],
        },
        debts: vec![DebtRow {
            account: "trader 201, venue B, long 9.4x".to_owned(),
            first_secs: Some(76_564),
            resolved_secs: 76_730,
            taken_atoms: 20_311 * DOLLAR,
            debt_atoms: 410 * DOLLAR,
            own_cash_atoms: 4 * DOLLAR,
            insurance_atoms: 406 * DOLLAR,
            ..DebtRow::default()
        }],
        checks: vec![Check {
            label: "Steps won by the keepers are the steps of the ledger".to_owned(),
            detail: "412 and 412".to_owned(),
            is_met: true,
        }],
    }
}

fn compute() -> Vec<ComputeRow> {
    let row = |instruction: &str, count, median, max| ComputeRow {
        instruction: instruction.to_owned(),
        count,
        median,
        max,
    };
    vec![
        row("refresh", 14_204, 14_120, 17_905),
        row("apply_fill", 1_480, 24_310, 28_770),
        row("liquidate", 412, 31_040, 38_210),
        row("deposit", 391, 11_020, 12_480),
        row("settle_pnl", 640, 9_310, 10_004),
        row("resolve_bankruptcy", 7, 18_220, 19_480),
    ]
}

fn conservation() -> Vec<Conservation> {
    let term = |label: &str, atoms| Term { label: label.to_owned(), atoms };
    vec![
        Conservation {
            asset: "USDC".to_owned(),
            decimals: 6,
            vault_atoms: 12_480_331_204_117,
            owed: vec![
                term("margin accounts", 12_341_870_004_010),
                term("settled profits not paid out", 19_220_100_107),
                term("insurance vault", 118_030_000_000),
                term("fees", 1_211_100_000),
            ],
        },
        Conservation {
            asset: "SOL".to_owned(),
            decimals: 9,
            vault_atoms: 412_331_204_117,
            owed: vec![term("margin accounts", 412_331_204_117)],
        },
    ]
}

fn parameters() -> Vec<Parameter> {
    let parameter = |name: &str, value: &str| Parameter { name: name.to_owned(), value: value.to_owned() };
    vec![
        parameter("traders", "320"),
        parameter("initial margin", "10 %"),
        parameter("maintenance margin", "5 %"),
        parameter("impact cap", "2 % of price"),
        parameter("open to healthier accounts", "60 % of the cap"),
        parameter("decay of the impact level", "120 s"),
        parameter("notional that moves the price by 1 %", "$300,000"),
        parameter("breaker trips at", "4 standard deviations"),
    ]
}
