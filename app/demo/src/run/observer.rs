//! Watching the day: one sample per tick from the accounts themselves, and the tally of all transactions.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use anchor_lang::{prelude::Pubkey, Discriminator};
use anyhow::{Context, Result};
use firebreak::state::{MarginAccount, Row};
use firebreak_client::{
    accounts::{self, SnapshotView},
    health, pda,
};
use firebreak_risk::{
    breaker::BreakerState,
    health::value_floor,
    units::{Base, UnixTime, LOG_BITS, PRICE_BITS},
};
use futures::StreamExt;
use solana_commitment_config::CommitmentConfig;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::{
    config::{
        RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcTransactionLogsConfig, RpcTransactionLogsFilter,
        UiAccountEncoding,
    },
    filter::{Memcmp, RpcFilterType},
};

use super::{driver::Feed, logs::Tally, params::LOTS_PER_SOL, rpc::Rpc, setup::World};
use crate::report::Sample;

/// Reads the market's state.
pub struct Observer {
    rpc: Rpc,
    world: Arc<World>,
    /// Accounts that were ever seen in liquidation.
    distressed: BTreeSet<Pubkey>,
    /// Most accounts below maintenance at once.
    peak_under_margin: u32,
    samples: Vec<Sample>,
    impact: firebreak_risk::impact::ImpactParams,
    impact_cap_ppm: u32,
}

/// What the end table says about people.
#[derive(Clone, Copy, Debug, Default)]
pub struct Distress {
    /// Accounts that were in liquidation at some time.
    pub ever: u64,
    /// Of those, the ones that still hold a position at the end.
    pub spared: u64,
    /// Most accounts below maintenance at once.
    pub peak: u64,
}

impl Observer {
    /// Reads what does not change.
    pub async fn open(rpc: Rpc, world: Arc<World>) -> Result<Self> {
        let market = accounts::decode_market(&rpc.data(&world.market).await?)?;
        Ok(Self {
            rpc,
            world,
            distressed: BTreeSet::new(),
            peak_under_margin: 0,
            samples: Vec::new(),
            impact: market.impact_params(),
            impact_cap_ppm: market.impact_cap_ppm,
        })
    }

    /// Samples so far.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Takes a sample.
    pub async fn sample(&mut self, now: &Feed) -> Result<Sample> {
        let keys = [
            pda::snapshot(&self.world.group),
            pda::ledger(&self.world.market),
            pda::insurance(&self.world.group),
        ];
        let read = self.rpc.client().get_multiple_accounts(&keys).await.context("reading the market")?;
        let data = |place: usize| -> Result<&[u8]> {
            let account = read.get(place).and_then(Option::as_ref);
            Ok(account.context("an account of the market is missing")?.data.as_slice())
        };
        let snapshot = accounts::decode_snapshot(data(0)?)?;
        let ledger = accounts::decode_ledger(data(1)?)?;
        let insurance = accounts::decode_insurance(data(2)?)?;
        let row = *snapshot.row(self.world.market_row)?;
        let margins = margin_accounts(&self.rpc, &self.world.group).await?;
        let counts = self.count(&margins, &snapshot, now)?;
        let impact = ledger.impact().decayed(&self.impact, UnixTime(now.chain_ts));
        let sample = Sample {
            offset_secs: now.offset_secs,
            price_micros: micros(row.price_q32),
            ema_micros: micros(row.ema_q32),
            breaker_state: BreakerState::from_u8(row.breaker_state),
            impact_level_ppm: log_ppm(impact.level_q40),
            impact_cap_ppm: self.impact_cap_ppm,
            accounts_under_margin: counts.under,
            accounts_in_liquidation: counts.in_liquidation,
            insurance_atoms: insurance.balance_atoms,
            liquidated_notional_cum_atoms: ledger.liquidated_atoms,
            bad_debt_cum_atoms: ledger.bad_debt_atoms,
            open_interest_atoms: counts.open_interest(&row)?,
        };
        // Before the first refresh there is no price to show.
        if sample.price_micros > 0 {
            self.samples.push(sample);
        }
        Ok(sample)
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
        let spared =
            margins.iter().filter(|(key, account)| self.distressed.contains(key) && !account.is_flat());
        Ok(Distress {
            ever: u64::try_from(self.distressed.len())?,
            spared: u64::try_from(spared.count())?,
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

impl Counts {
    fn open_interest(&self, row: &Row) -> Result<u64> {
        // Scale one all day: nothing in this version deleverages, so units are base.
        let value = value_floor(Base(self.long_units), row.price());
        let value = value.map_err(|error| anyhow::anyhow!("valuing open interest: {error:?}"))?;
        Ok(u64::try_from(value.0)?)
    }
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

/// Collects the logs of every transaction, until the returned task is aborted.
pub async fn tally(ws_url: &str) -> Result<(Arc<Mutex<Tally>>, tokio::task::JoinHandle<()>)> {
    let client = PubsubClient::new(ws_url).await.context("opening the WebSocket for logs")?;
    let tally = Arc::new(Mutex::new(Tally::default()));
    let shared = Arc::clone(&tally);
    let task = tokio::spawn(async move {
        let filter = RpcTransactionLogsFilter::All;
        let config = RpcTransactionLogsConfig { commitment: Some(CommitmentConfig::processed()) };
        match client.logs_subscribe(filter, config).await {
            Ok((mut stream, _)) => {
                while let Some(message) = stream.next().await {
                    let error = message.value.err.as_ref().map(|error| format!("{error:?}"));
                    let mut tally = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    tally.add(&message.value.logs, error.as_deref());
                }
            }
            Err(error) => tracing::warn!(%error, "logs are not available; compute units will be missing"),
        }
    });
    Ok((tally, task))
}

/// A price per lot in 2^-32 quote atoms as micro-dollars per SOL; an atom is a micro-dollar.
fn micros(price_q32: u64) -> i64 {
    let per_sol = (u128::from(price_q32) * u128::from(LOTS_PER_SOL)) >> PRICE_BITS;
    i64::try_from(per_sol).unwrap_or(i64::MAX)
}

fn log_ppm(level_q40: u64) -> u32 {
    let ppm = (u128::from(level_q40) * 1_000_000) >> LOG_BITS;
    u32::try_from(ppm).unwrap_or(u32::MAX)
}
