//! An invented run: the real path and population with made-up liquidations. It shows what a page looks like and says
//! nothing about what the program does.

use {
    anyhow::Result,
    firebreak_demo::{
        path::{PricePath, Resolution},
        population::{Population, PopulationParams},
        report::{
            explained::{Budget, Check, DebtRow, Explained, KeeperRow, Spared, SparedRow, VenueRow},
            ComputeRow, Conservation, Day, FailureRow, Parameter, Report, Row, Sample, Term, Transactions,
            Value,
        },
        scenario::{Scenario, ScenarioId},
    },
    firebreak_risk::{breaker::BreakerState, units::Side},
};

const CAP_PPM: u32 = 20_000;
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

/// Longs whose equity is gone below a price are "liquidated" at a pace of the impact level's decay.
fn samples(path: &PricePath, population: &Population) -> Vec<Sample> {
    let first = path.ticks().first().map_or(1.0, |tick| tick.price_micros as f64);
    let longs: Vec<(f64, u64)> = population
        .traders
        .iter()
        .filter(|trader| trader.side == Side::Long)
        .map(|trader| (first * (1.0 - 900.0 / f64::from(trader.leverage_milli)), trader.notional_atoms))
        .collect();
    let all: u64 = longs.iter().map(|(_, notional)| notional).sum();
    let (mut ema, mut level, mut done, mut before) = (first, 0.0_f64, 0_u64, 0_i64);
    let (mut lowest, mut tripped_at, mut worst_debt) = (f64::MAX, None, 0_u64);
    let mut samples = Vec::new();
    for tick in path.ticks() {
        let price = tick.price_micros as f64;
        let elapsed = (tick.offset_secs - before) as f64;
        before = tick.offset_secs;
        ema += (price - ema) * (1.0 - (-elapsed / 1_800.0).exp());
        level *= (-elapsed / 120.0).exp();
        lowest = lowest.min(price);
        let due: u64 =
            longs.iter().filter(|(limit, _)| *limit > lowest).map(|(_, notional)| notional / 2).sum();
        // One percent of the price per 300 000 dollars.
        let room = ((f64::from(CAP_PPM) * 0.97 - level) * 30.0 * 1e6).max(0.0) as u64;
        let sold = due.saturating_sub(done).min(room);
        done += sold;
        level += sold as f64 / 1e6 / 30.0;
        let backlog = due - done;
        if (price / ema).ln() < -0.06 {
            tripped_at = Some(tick.offset_secs);
        }
        let is_tripped = tripped_at.is_some_and(|at| tick.offset_secs - at < 300);
        worst_debt = worst_debt.max(backlog / 1_500);
        let waiting = u32::try_from(backlog / (all / 300)).unwrap_or(0);
        samples.push(Sample {
            offset_secs: tick.offset_secs,
            recorded_micros: tick.price_micros + tick.price_micros / 200,
            reported_micros: tick.price_micros,
            price_micros: tick.price_micros,
            ema_micros: ema as i64,
            breaker_state: if is_tripped { BreakerState::ReduceOnly } else { BreakerState::Normal },
            impact_level_ppm: level as u32,
            impact_cap_ppm: CAP_PPM,
            accounts_under_margin: waiting + u32::from(sold > 0) * 3,
            accounts_in_liquidation: waiting * 4 / 5 + u32::from(sold > 0) * 2,
            insurance_atoms: population.insurance_atoms - worst_debt,
            liquidated_notional_cum_atoms: done,
            bad_debt_cum_atoms: worst_debt,
            open_interest_atoms: all - done,
        });
    }
    samples
}

fn end(samples: &[Sample]) -> Vec<Row> {
    let money = |value: fn(&Sample) -> u64| {
        Value::Money(samples.last().map_or(0, |sample| i64::try_from(value(sample)).unwrap_or(i64::MAX)))
    };
    vec![
        Row::headline("liquidated notional", money(|sample| sample.liquidated_notional_cum_atoms)),
        Row::headline("liquidation slices", Value::Count(412)),
        Row::new("accounts liquidated", Value::Count(118)),
        Row::headline("accounts spared", Value::Count(41)),
        Row::headline("bad debt", money(|sample| sample.bad_debt_cum_atoms)),
        Row::new("insurance drawn", money(|sample| sample.bad_debt_cum_atoms)),
        Row::headline("socialized loss", Value::Money(0)),
        Row::new("largest impact level, share of cap", Value::SharePpm(970_000)),
        Row::new("time in ReduceOnly", Value::Text("8 min 20 s".to_owned())),
    ]
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
