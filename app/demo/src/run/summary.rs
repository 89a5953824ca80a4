//! The end of the run: figures, costs, failures and conservation, as the report wants them.

use std::sync::Arc;

use anchor_lang::prelude::{Clock, Pubkey};
use anyhow::{Context, Result};
use firebreak::{constants::R_STOP_NEVER, instructions::MarketParams};
use firebreak_client::{
    accounts::{self, SnapshotView},
    conservation::{audit, ConservationReport, GroupAccounts},
    health::{account_health, refreshed_row},
    pda,
};
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcProgramAccountsConfig, UiAccountEncoding};
use solana_signer::Signer;

use super::{
    events,
    explain::{self, Evidence, Limits, Totals, VenueTotals},
    keepers::KeeperWork,
    logs::{explanation, Tally},
    observer::{Distress, Observed, Observer},
    oracle::Quote,
    params,
    rpc::Rpc,
    setup::World,
};
use crate::{
    footprint::Strength,
    path::Tick,
    population::Population,
    report::{
        explained::Explained, peaks, ComputeRow, Conservation, Day, FailureRow, Report, Row, Sample, Term,
        Transactions, Value,
    },
    scenario::Scenario,
    spared::PathPoint,
};

/// What a run was started with, and what its keepers did.
pub struct Setting {
    /// The day.
    pub scenario: &'static Scenario,
    /// Seed of path and population.
    pub seed: u64,
    /// Less detail.
    pub is_fast: bool,
    /// How much keepers' trades move the price.
    pub strength: Strength,
    /// Time of the chain at which the window began here.
    pub chain_start_ts: i64,
    /// The market.
    pub market: MarketParams,
    /// What each keeper did.
    pub keepers: Vec<KeeperWork>,
}

/// What every task of the day works with.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// Connection to the chain.
    pub rpc: &'a Rpc,
    /// Addresses and keys.
    pub world: &'a Arc<World>,
    /// Who trades.
    pub population: &'a Arc<Population>,
    /// The undisturbed path.
    pub ticks: &'a [Tick],
    /// Seconds since midnight at which the window begins.
    pub midnight_secs: i64,
}

/// Gathers everything. True: the audit found every atom.
pub async fn report(
    stage: &Stage<'_>,
    observer: Observer,
    tally: &Tally,
    setting: &Setting,
) -> Result<(Report, bool)> {
    let Stage { rpc, world, .. } = *stage;
    let group = read_group(rpc, &world.group).await?;
    let conserved = audit(&group)?;
    let (samples, distress) = (observer.samples().to_vec(), observer.distress().await?);
    let explained = explained(stage, observer.into_seen(), &group, tally, setting).await?;
    let sent = rpc.sent() + setting.keepers.iter().map(|work| work.sent).sum::<u64>();
    let report = Report {
        day: Day::of(setting.scenario),
        seed: setting.seed,
        is_fast: setting.is_fast,
        chain_start_ts: setting.chain_start_ts,
        r_limits_ppm: r_limits(&setting.market),
        healthy_share_ppm: params::IMPACT_HEALTHY_PPM,
        parameters: params::described(&setting.market, setting.strength),
        end: end_rows(stage, &group, (&samples, distress), (setting, &explained))?,
        samples,
        explained,
        compute: compute_rows(tally),
        transactions: transactions(sent, tally),
        conservation: conservation(world, &group, &conserved),
    };
    Ok((report, conserved.is_exact()))
}

/// Reproduction numbers between which a market's limits tighten, in ppm.
fn r_limits(market: &MarketParams) -> Option<(u32, u32)> {
    let (start, stop) = (market.demand.r_start_ppm, market.demand.r_stop_ppm);
    (stop != R_STOP_NEVER).then_some((start, stop))
}

/// Reads what liquidations did and explains it.
async fn explained(
    stage: &Stage<'_>,
    mut seen: Observed,
    group: &GroupAccounts,
    tally: &Tally,
    setting: &Setting,
) -> Result<Explained> {
    let Stage { rpc, world, population, ticks, .. } = *stage;
    let done = events::read_all(rpc, &tally.noted).await?;
    let (_, first) = seen.record.snapshots.first().context("the day was never sampled")?;
    seen.record.path = undisturbed(world, first.clone(), ticks, setting.chain_start_ts)?;
    let owners: Vec<Pubkey> = world.keepers.iter().map(|member| member.keypair.pubkey()).collect();
    explain::explain(&Evidence {
        people: &explain::people(world, population),
        keepers: &owners,
        done: &done,
        seen: &seen,
        work: &setting.keepers,
        totals: &totals(world, group)?,
        end: (&group.margin_accounts, &group.snapshot),
        limits: Limits {
            depth_atoms: setting.market.depth_atoms,
            cap_ppm: setting.market.impact_cap_ppm,
            decay_secs: setting.market.impact_decay_secs.into(),
        },
        start_ts: setting.chain_start_ts,
        strength: setting.strength,
    })
}

/// Time of the chain at the last price.
fn end_ts(stage: &Stage<'_>, setting: &Setting) -> i64 {
    stage.ticks.last().map_or(0, |tick| setting.chain_start_ts + tick.offset_secs)
}

/// The rows as the program's own adapters read them from the recorded prices, tick by tick.
fn undisturbed(
    world: &World,
    mut snapshot: SnapshotView,
    ticks: &[Tick],
    start_ts: i64,
) -> Result<Vec<PathPoint>> {
    // What the rows remember of the disturbed path must not reach the other one: no reading is older than these.
    for row in &mut snapshot.rows {
        (row.primary_publish_ts, row.secondary_publish_ts, row.publish_ts) = (0, 0, 0);
    }
    let mut path = Vec::with_capacity(ticks.len());
    for (tick, price) in ticks.iter().enumerate() {
        let chain_ts = start_ts + price.offset_secs;
        let quote = Quote::of(price, price.price_micros, chain_ts);
        let [primary, secondary] = world.oracle.accounts(&quote)?;
        let clock = Clock { unix_timestamp: chain_ts, ..Clock::default() };
        for index in [world.sol_row, world.market_row] {
            let row = snapshot.rows.get_mut(usize::from(index)).context("a row is missing")?;
            *row = refreshed_row(row, &[&primary, &secondary], &clock)?;
        }
        path.push(PathPoint { tick, chain_ts, rows: snapshot.rows.clone() });
    }
    Ok(path)
}

/// What the market's accounts say at the end.
fn totals(world: &World, group: &GroupAccounts) -> Result<Totals> {
    let mut ledgers = group.ledgers.values();
    let ledger = ledgers.find(|ledger| ledger.market == world.market).context("the ledger is missing")?;
    let venues = world.venues.iter().map(|keys| {
        let record = group.venue_markets.get(&keys.record).context("a venue's record is missing")?;
        Ok(VenueTotals {
            fills: record.fill_count,
            volume_atoms: record.volume_atoms,
            fees_atoms: record.fees_atoms,
        })
    });
    Ok(Totals {
        steps: ledger.liquidation_count,
        liquidated_atoms: ledger.liquidated_atoms,
        bad_debt_atoms: ledger.bad_debt_atoms,
        venues: venues.collect::<Result<_>>()?,
    })
}

/// Accounts whose equity is below zero at the end, and what they lack in all, in quote atoms: losses that nobody has had
/// to bear yet.
fn underwater(group: &GroupAccounts, end_ts: i64) -> Result<(u64, i64)> {
    let (mut count, mut lacking) = (0, 0);
    for (key, account) in &group.margin_accounts {
        let equity = account_health(account, &group.snapshot, end_ts)?.health.equity;
        if equity < 0 {
            let (collaterals, positions) = (account.collaterals(), account.positions());
            tracing::debug!(%key, equity, ?collaterals, ?positions, account.liquidation_started_ts, "no equity");
            count += 1;
            lacking += i64::try_from(-equity)?;
        }
    }
    Ok((count, lacking))
}

fn end_rows(
    stage: &Stage<'_>,
    group: &GroupAccounts,
    (samples, distress): (&[Sample], Distress),
    (setting, explained): (&Setting, &Explained),
) -> Result<Vec<Row>> {
    let keepers = &setting.keepers;
    let mut ledgers = group.ledgers.values();
    let ledger = ledgers.find(|ledger| ledger.market == stage.world.market);
    let ledger = ledger.context("the ledger is missing")?;
    let (underwater, lacking) = underwater(group, end_ts(stage, setting))?;
    let money = |atoms: u64| Value::Money(i64::try_from(atoms).unwrap_or(i64::MAX));
    let peak_impact = samples.iter().map(|sample| sample.impact_level_ppm).max().unwrap_or(0);
    let lowest = |price: fn(&Sample) -> i64| Value::Money(samples.iter().map(price).min().unwrap_or(0));
    let moved = |sample: &Sample| {
        let moved = i128::from((sample.reported_micros - sample.recorded_micros).abs()) * 1_000_000;
        u32::try_from(moved / i128::from(sample.recorded_micros.max(1))).unwrap_or(u32::MAX)
    };
    let furthest = samples.iter().map(moved).max().unwrap_or(0);
    let spared = u64::try_from(explained.spared.rows.len())?;
    let early_secs = explained.spared.hastened_secs_max;
    let plan_micros = keepers.iter().map(|work| work.plan_micros).max().unwrap_or(0);
    let figures = vec![
        Row::headline("Liquidation steps", Value::Count(ledger.liquidation_count)),
        Row::headline("Notional liquidated", money(ledger.liquidated_atoms)),
        Row::headline("Accounts liquidated", Value::Count(explained.spared.liquidated)),
        Row::headline("Of those, the undisturbed path would have spared", Value::Count(spared)),
        Row::new("Of the others, liquidated earlier than by it", Value::Count(explained.spared.hastened)),
        Row::new("The earliest of them by", Value::Text(format!("{early_secs} s"))),
        Row::headline("Bad debt", money(ledger.bad_debt_atoms)),
        Row::new("Accounts in liquidation at some time", Value::Count(distress.ever)),
        Row::new("Of those, still holding a position at the end", Value::Count(distress.holding)),
        Row::new("Most accounts below maintenance at once", Value::Count(distress.peak)),
        Row::new("Lowest price as recorded", lowest(|sample| sample.recorded_micros)),
        Row::new("Lowest price with the keepers' selling", lowest(|sample| sample.reported_micros)),
        Row::new("Furthest that it moved the price", Value::SharePpm(furthest)),
        Row::new("Highest impact level seen", Value::SharePpm(peak_impact)),
    ];
    let leftovers = vec![
        Row::new("Accounts without equity at the end, not resolved", Value::Count(underwater)),
        Row::new("What they lack", Value::Money(lacking)),
        Row::new("Insurance drawn", money(ledger.insurance_payout_atoms)),
        Row::new("Insurance left", money(group.insurance.1.balance_atoms)),
        Row::new("Taken from unpaid profits", money(ledger.haircut_atoms)),
        Row::new("Socialized loss", money(ledger.socialized_loss_atoms)),
        Row::new("Settled-loss pool", money(ledger.pool_atoms)),
        Row::new("Keepers' plans", Value::Count(keepers.iter().map(|work| work.plans).sum())),
        Row::new("Keepers' last plan took at most", Value::Text(format!("{plan_micros} µs"))),
    ];
    Ok([figures, peaks::rows(samples), leftovers].concat())
}

fn compute_rows(tally: &Tally) -> Vec<ComputeRow> {
    let row = |(name, units): (&String, &Vec<u64>)| {
        let mut sorted = units.clone();
        sorted.sort_unstable();
        ComputeRow {
            instruction: name.clone(),
            count: u64::try_from(sorted.len()).unwrap_or(u64::MAX),
            median: sorted.get(sorted.len() / 2).copied().unwrap_or(0),
            max: sorted.last().copied().unwrap_or(0),
        }
    };
    tally.units.iter().map(row).collect()
}

fn transactions(sent: u64, tally: &Tally) -> Transactions {
    let failed = tally.failed.iter().map(|(reason, count)| FailureRow {
        reason: reason.clone(),
        explanation: explanation(reason),
        count: *count,
    });
    let mut failed: Vec<FailureRow> = failed.collect();
    let seen = tally.landed + failed.iter().map(|row| row.count).sum::<u64>();
    if let Some(lost) = sent.checked_sub(seen).filter(|lost| *lost > 0) {
        failed.push(FailureRow {
            reason: "never landed".to_owned(),
            explanation: Some(
                "the replay moved the clock past their blockhash, or the day ended while they were under way"
                    .to_owned(),
            ),
            count: lost,
        });
    }
    Transactions { sent, landed: tally.landed, failed }
}

/// Every account of the group and its vaults.
async fn read_group(rpc: &Rpc, group: &Pubkey) -> Result<GroupAccounts> {
    let config = RpcProgramAccountsConfig {
        account_config: RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            ..RpcAccountInfoConfig::default()
        },
        ..RpcProgramAccountsConfig::default()
    };
    let found = rpc.client().get_program_ui_accounts_with_config(&firebreak::ID, config).await;
    let mut owned: Vec<(Pubkey, Vec<u8>)> = Vec::new();
    for (key, account) in found.context("reading all accounts")? {
        owned.push((key, account.data.decode().context("an account is not base64")?));
    }
    let mut vaults = Vec::new();
    for (key, data) in &owned {
        let vault = accounts::decode_bank(data)
            .map(|bank| bank.vault)
            .or_else(|_| accounts::decode_insurance(data).map(|insurance| insurance.vault));
        if let Ok(vault) = vault {
            vaults.push((vault, rpc.data(&vault).await.with_context(|| format!("reading vault of {key}"))?));
        }
    }
    let lookup = |key: &Pubkey| vaults.iter().find(|(vault, _)| vault == key).map(|(_, data)| data.clone());
    let views = owned.iter().map(|(key, data)| (*key, data.as_slice()));
    Ok(GroupAccounts::collect(group, views, lookup)?)
}

/// Vault tokens against what is owed, per mint.
fn conservation(world: &World, group: &GroupAccounts, report: &ConservationReport) -> Vec<Conservation> {
    let term = |label: &str, atoms: i128| Term { label: label.to_owned(), atoms };
    let held_by = |owner: &Pubkey| report.vaults.iter().find(|vault| vault.owner == *owner);
    let vault_of = |owner: &Pubkey| held_by(owner).map_or(0, |vault| vault.vault_atoms);
    let unsigned = |atoms: i128| u64::try_from(atoms).unwrap_or(0);
    let collateral = |row: u16| -> i128 {
        group.margin_accounts.values().map(|account| i128::from(account.atoms_of(row))).sum()
    };
    let sum = |part: fn(&firebreak_client::conservation::MarketReport) -> i128| -> i128 {
        report.markets.iter().map(part).sum()
    };
    let fractions = sum(|market| market.positions_q48 + market.residue_q48 + market.carry_q48);
    let quote_bank = pda::bank(&world.group, &world.quote.mint);
    let sol_bank = pda::bank(&world.group, &world.sol.mint);
    let insurance = pda::insurance(&world.group);
    vec![
        Conservation {
            asset: "USDC".to_owned(),
            decimals: params::QUOTE_DECIMALS.into(),
            vault_atoms: unsigned(vault_of(&quote_bank) + vault_of(&insurance)),
            owed: vec![
                term("cash of margin accounts", collateral(0)),
                term("positions, rounding remainders included", fractions >> 48),
                term("fees of venue and protocol", sum(|market| market.fees_q48) >> 48),
                term("insurance", i128::from(group.insurance.1.balance_atoms)),
            ],
        },
        Conservation {
            asset: "SOL".to_owned(),
            decimals: params::SOL_DECIMALS.into(),
            vault_atoms: unsigned(vault_of(&sol_bank)),
            owed: vec![term("collateral of margin accounts", collateral(world.sol_row))],
        },
    ]
}
