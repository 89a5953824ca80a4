//! The end of the run: figures, costs, failures and conservation, as the report wants them.

use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result};
use firebreak::instructions::MarketParams;
use firebreak_client::{
    accounts,
    conservation::{audit, ConservationReport, GroupAccounts},
    pda,
};
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcProgramAccountsConfig, UiAccountEncoding};

use super::{
    keepers::KeeperWork,
    logs::{explanation, Tally},
    observer::Observer,
    params,
    rpc::Rpc,
    setup::World,
};
use crate::report::{ComputeRow, Conservation, FailureRow, Report, Row, Term, Transactions, Value};

/// What a run was started with.
pub struct Setting {
    /// Seed of path and population.
    pub seed: u64,
    /// Less detail.
    pub is_fast: bool,
    /// Unix time at which the replayed day begins.
    pub replay_start_ts: i64,
    /// Time of the chain at which it began here.
    pub chain_start_ts: i64,
    /// The market.
    pub market: MarketParams,
    /// What the keepers did.
    pub keepers: KeeperWork,
}

/// Gathers everything.
pub async fn report(
    rpc: &Rpc,
    world: &Arc<World>,
    observer: &Observer,
    tally: &Tally,
    setting: &Setting,
) -> Result<(Report, ConservationReport)> {
    let group = read_group(rpc, &world.group).await?;
    let conserved = audit(&group)?;
    let mut report = Report {
        seed: setting.seed,
        is_fast: setting.is_fast,
        replay_start_ts: setting.replay_start_ts,
        chain_start_ts: setting.chain_start_ts,
        healthy_share_ppm: params::IMPACT_HEALTHY_PPM,
        parameters: params::described(&setting.market),
        samples: observer.samples().to_vec(),
        end: end_rows(rpc, world, observer, &setting.keepers).await?,
        compute: compute_rows(tally),
        transactions: transactions(rpc.sent() + setting.keepers.sent, tally),
        conservation: Vec::new(),
    };
    report.conservation = conservation(world, &group, &conserved);
    Ok((report, conserved))
}

async fn end_rows(rpc: &Rpc, world: &World, observer: &Observer, keepers: &KeeperWork) -> Result<Vec<Row>> {
    let ledger = accounts::decode_ledger(&rpc.data(&pda::ledger(&world.market)).await?)?;
    let insurance = accounts::decode_insurance(&rpc.data(&pda::insurance(&world.group)).await?)?;
    let distress = observer.distress().await?;
    let money = |atoms: u64| Value::Money(i64::try_from(atoms).unwrap_or(i64::MAX));
    let peak_impact = observer.samples().iter().map(|sample| sample.impact_level_ppm).max().unwrap_or(0);
    let lowest = observer.samples().iter().map(|sample| sample.price_micros).min().unwrap_or(0);
    Ok(vec![
        Row::headline("Liquidation steps", Value::Count(ledger.liquidation_count)),
        Row::headline("Notional liquidated", money(ledger.liquidated_atoms)),
        Row::headline("Bad debt", money(ledger.bad_debt_atoms)),
        Row::headline("Accounts in liquidation at some time", Value::Count(distress.ever)),
        Row::headline("Of those, spared (still hold a position)", Value::Count(distress.spared)),
        Row::new("Most accounts below maintenance at once", Value::Count(distress.peak)),
        Row::new("Lowest price", Value::Money(lowest)),
        Row::new("Highest impact level seen", Value::SharePpm(peak_impact)),
        Row::new("Insurance draw", money(ledger.insurance_payout_atoms)),
        Row::new("Insurance left", money(insurance.balance_atoms)),
        Row::new("Socialized loss", money(ledger.socialized_loss_atoms)),
        Row::new("Settled-loss pool", money(ledger.pool_atoms)),
        Row::new("Keepers' plans", Value::Count(keepers.plans)),
        Row::new("Keepers' last plan took at most", Value::Text(format!("{} µs", keepers.plan_micros))),
    ])
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
