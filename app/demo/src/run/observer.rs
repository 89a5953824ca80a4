//! Watching the day: one sample per tick from the accounts themselves, and what is needed to explain it afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anchor_lang::{prelude::Pubkey, Discriminator};
use anyhow::{Context, Result};
use firebreak::{
    constants::SHARD_COUNT,
    state::{MarginAccount, MarketLedger, Row, ShardRow},
};
use firebreak_client::{
    accounts::{self, SnapshotView},
    health, pda,
};
use firebreak_risk::{
    health::{drift, value_floor},
    impact::ImpactParams,
    units::{Base, Price, Seconds, UnixTime, VarianceRate, PRICE_BITS},
};
use solana_rpc_client_api::{
    config::{RpcAccountInfoConfig, RpcProgramAccountsConfig, UiAccountEncoding},
    filter::{Memcmp, RpcFilterType},
};

use super::{driver::Feed, rpc::Rpc, setup::World, CLOCK};
use crate::{
    demand::DemandCurve,
    footprint::log_ppm,
    report::Sample,
    scenario::Grid,
    spared::{Record, Seen},
    table::HOUR_SECS,
};

/// Accounts of a sample before the shards; the records of the venues follow these.
const FIRST_SHARD: usize = 4;

/// Reads the market's state.
pub struct Observer {
    rpc: Rpc,
    world: Arc<World>,
    /// Accounts that were ever seen in liquidation.
    distressed: BTreeSet<Pubkey>,
    /// Most accounts below maintenance at once.
    peak_under_margin: u32,
    samples: Vec<Sample>,
    seen: Observed,
    impact: ImpactParams,
    impact_cap_ppm: u32,
    depth_atoms: u64,
    /// Position of the market in each shard.
    market_index: u16,
}

/// What is kept for the explanations at the end.
#[derive(Clone, Default)]
pub struct Observed {
    /// Snapshots by tick. Its path is filled in by whoever knows it.
    pub record: Record,
    /// Each account each time it was seen changed.
    pub histories: BTreeMap<Pubkey, Vec<Seen>>,
    /// The ledger's liquidations by time.
    pub flow: Vec<FlowPoint>,
    /// Largest open notional that each venue's fills stood for, in quote atoms.
    pub venue_peaks: Vec<u64>,
}

/// What had been liquidated at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowPoint {
    /// The chain's clock when it was read.
    pub chain_ts: i64,
    /// Sequence of the ledger.
    pub ledger_sequence: u64,
    /// Notional liquidated so far, in quote atoms.
    pub liquidated_atoms: u64,
}

/// What the end table says about people.
#[derive(Clone, Copy, Debug, Default)]
pub struct Distress {
    /// Accounts that were in liquidation at some time.
    pub ever: u64,
    /// Of those, the ones that still hold a position at the end.
    pub holding: u64,
    /// Most accounts below maintenance at once.
    pub peak: u64,
}

/// The accounts of one sample.
struct Read {
    snapshot: SnapshotView,
    ledger: MarketLedger,
    insurance_atoms: u64,
    chain_ts: i64,
    /// The market's row of every shard.
    shards: Vec<ShardRow>,
    /// Open units of each venue's record: both parties of every fill.
    venue_units: Vec<u64>,
}

impl Observer {
    /// Reads what does not change.
    pub async fn open(rpc: Rpc, world: Arc<World>) -> Result<Self> {
        let market = accounts::decode_market(&rpc.data(&world.market).await?)?;
        let venue_peaks = vec![0; world.venues.len()];
        Ok(Self {
            rpc,
            world,
            distressed: BTreeSet::new(),
            peak_under_margin: 0,
            samples: Vec::new(),
            seen: Observed { venue_peaks, ..Observed::default() },
            impact: market.impact_params(),
            impact_cap_ppm: market.impact_cap_ppm,
            depth_atoms: market.depth_atoms,
            market_index: market.market_index,
        })
    }

    /// The market's impact parameters.
    pub fn impact_params(&self) -> ImpactParams {
        self.impact
    }

    /// Samples so far.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// What was kept for the end.
    pub fn into_seen(self) -> Observed {
        self.seen
    }

    /// Takes a sample.
    pub async fn sample(&mut self, now: &Feed) -> Result<Sample> {
        let read = self.read().await?;
        let row = *read.snapshot.row(self.world.market_row)?;
        let margins = margin_accounts(&self.rpc, &self.world.group).await?;
        let counts = self.count(&margins, &read.snapshot, now)?;
        let impact = read.ledger.impact().decayed(&self.impact, UnixTime(now.chain_ts));
        let sample = Sample {
            offset_secs: now.offset_secs,
            recorded_micros: now.recorded_micros,
            reported_micros: now.price_micros,
            price_micros: price_micros(row.price_q32, &self.world.grid),
            ema_micros: price_micros(row.ema_q32, &self.world.grid),
            breaker_state: row.breaker_state,
            sigma_ppm: hourly_sigma_ppm(row.variance_fast_q64)?,
            initial_ppm: row.initial_ppm,
            initial_side_ppm: row.initial_side_ppm,
            maintenance_ppm: row.maintenance_ppm,
            reproduction_ppm: row.sides.map(|side| side.reproduction_ppm),
            delta_atoms: row.sides.map(|side| side.demand_delta_atoms),
            depth_atoms: self.depth_atoms,
            demand: DemandCurve::of(&row, read.shards.iter())?,
            impact_level_ppm: u32::try_from(log_ppm(impact.level_q40))?,
            impact_cap_ppm: self.impact_cap_ppm,
            accounts_under_margin: counts.under,
            accounts_in_liquidation: counts.in_liquidation,
            insurance_atoms: read.insurance_atoms,
            liquidated_notional_cum_atoms: read.ledger.liquidated_atoms,
            bad_debt_cum_atoms: read.ledger.bad_debt_atoms,
            open_interest_atoms: value_of(counts.long_units, &row)?,
        };
        self.keep(now.place, &read, margins, &row)?;
        // Before the first refresh there is no price to show.
        if sample.price_micros > 0 {
            self.samples.push(sample);
        }
        Ok(sample)
    }

    /// All accounts of the market in one request, so that they belong to one moment.
    async fn read(&self) -> Result<Read> {
        let group = &self.world.group;
        let mut keys =
            vec![pda::snapshot(group), pda::ledger(&self.world.market), pda::insurance(group), CLOCK];
        keys.extend(pda::exposures(group));
        keys.extend(self.world.venues.iter().map(|keys| keys.record));
        let read = self.rpc.client().get_multiple_accounts(&keys).await.context("reading the market")?;
        let data = |place: usize| -> Result<&[u8]> {
            let account = read.get(place).and_then(Option::as_ref);
            Ok(account.context("an account of the market is missing")?.data.as_slice())
        };
        let first_venue = FIRST_SHARD + usize::from(SHARD_COUNT);
        let shards = (FIRST_SHARD..first_venue).map(|place| {
            let shard = accounts::decode_shard(data(place)?)?;
            let row = shard.rows.get(usize::from(self.market_index));
            row.copied().context("a shard lacks the market")
        });
        let venues = (first_venue..keys.len())
            .map(|place| Ok(accounts::decode_venue_market(data(place)?)?.open_units));
        Ok(Read {
            snapshot: accounts::decode_snapshot(data(0)?)?,
            ledger: accounts::decode_ledger(data(1)?)?,
            insurance_atoms: accounts::decode_insurance(data(2)?)?.balance_atoms,
            chain_ts: super::clock_ts(data(3)?)?,
            shards: shards.collect::<Result<_>>()?,
            venue_units: venues.collect::<Result<_>>()?,
        })
    }

    /// Remembers what the end needs.
    fn keep(
        &mut self,
        tick: usize,
        read: &Read,
        margins: Vec<(Pubkey, Box<MarginAccount>)>,
        row: &Row,
    ) -> Result<()> {
        self.seen.flow.push(FlowPoint {
            chain_ts: read.chain_ts,
            ledger_sequence: read.ledger.sequence,
            liquidated_atoms: read.ledger.liquidated_atoms,
        });
        for (peak, units) in self.seen.venue_peaks.iter_mut().zip(&read.venue_units) {
            // Both parties of a fill are counted, so half of it is the notional of one side.
            *peak = (*peak).max(value_of(i64::try_from(*units / 2)?, row)?);
        }
        for (key, account) in margins {
            let history = self.seen.histories.entry(key).or_default();
            if history.last().is_none_or(|seen| seen.account.sequence != account.sequence) {
                history.push(Seen { tick, account });
            }
        }
        self.seen.record.snapshots.push((tick, read.snapshot.clone()));
        Ok(())
    }

    fn count(
        &mut self,
        margins: &[(Pubkey, Box<MarginAccount>)],
        snapshot: &SnapshotView,
        now: &Feed,
    ) -> Result<Counts> {
        let mut counts = Counts::default();
        for (key, account) in margins {
            if account.is_in_liquidation() {
                counts.in_liquidation += 1;
                self.distressed.insert(*key);
            }
            let position = account.position_of(self.world.market_row);
            counts.long_units += position.map_or(0, |p| p.units.max(0));
            let sums = health::account_health(account, snapshot, now.chain_ts)?;
            if !account.is_flat() && !sums.health.covers_maintenance() {
                counts.under += 1;
            }
        }
        self.peak_under_margin = self.peak_under_margin.max(counts.under);
        Ok(counts)
    }

    /// Who was in distress, and what became of them.
    pub async fn distress(&self) -> Result<Distress> {
        let margins = margin_accounts(&self.rpc, &self.world.group).await?;
        let holding =
            margins.iter().filter(|(key, account)| self.distressed.contains(key) && !account.is_flat());
        Ok(Distress {
            ever: u64::try_from(self.distressed.len())?,
            holding: u64::try_from(holding.count())?,
            peak: self.peak_under_margin.into(),
        })
    }
}

#[derive(Default)]
struct Counts {
    under: u32,
    in_liquidation: u32,
    long_units: i64,
}

/// Standard deviation of an hour's log return in ppm, rounded up: how far a price of a million may drift in an hour.
fn hourly_sigma_ppm(variance_q64: u64) -> Result<u32> {
    let hour = Seconds(HOUR_SECS.unsigned_abs());
    let sigma = drift(Price(1_000_000), VarianceRate(variance_q64), hour, 1);
    let sigma = sigma.map_err(|error| anyhow::anyhow!("the deviation of an hour: {error:?}"))?;
    Ok(u32::try_from(sigma.0)?)
}

/// Notional of units at a row's price, in quote atoms.
fn value_of(units: i64, row: &Row) -> Result<u64> {
    // Scale one all day: nothing in this version deleverages, so units are base.
    let value = value_floor(Base(units), row.price());
    let value = value.map_err(|error| anyhow::anyhow!("valuing open interest: {error:?}"))?;
    Ok(u64::try_from(value.0)?)
}

/// All margin accounts of a group.
pub async fn margin_accounts(rpc: &Rpc, group: &Pubkey) -> Result<Vec<(Pubkey, Box<MarginAccount>)>> {
    let filters = vec![
        RpcFilterType::Memcmp(Memcmp::new_raw_bytes(0, MarginAccount::DISCRIMINATOR.to_vec())),
        RpcFilterType::Memcmp(Memcmp::new_raw_bytes(8, group.to_bytes().to_vec())),
    ];
    let config = RpcProgramAccountsConfig {
        filters: Some(filters),
        account_config: RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            ..RpcAccountInfoConfig::default()
        },
        ..RpcProgramAccountsConfig::default()
    };
    let found = rpc.client().get_program_ui_accounts_with_config(&firebreak::ID, config).await;
    let mut margins = Vec::new();
    for (key, account) in found.context("reading margin accounts")? {
        let data = account.data.decode().context("a margin account is not base64")?;
        margins.push((key, accounts::decode_margin_account(&data)?));
    }
    Ok(margins)
}

/// A price per lot in 2^-32 quote atoms as micro-dollars per SOL; an atom is a micro-dollar.
pub fn price_micros(price_q32: u64, grid: &Grid) -> i64 {
    let per_sol = (u128::from(price_q32) * u128::from(grid.lots_per_sol())) >> PRICE_BITS;
    i64::try_from(per_sol).unwrap_or(i64::MAX)
}
