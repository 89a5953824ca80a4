//! From intents to signed transactions.

use firebreak_client::instructions::{
    self as build, AccountKeys, ConversionTarget, MintKeys, Overlay, Target,
};
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::{Hash, Instruction, Message, Transaction};

use super::Order;
use crate::{
    config::Config,
    error::KeeperError,
    plan::{Action, Intent, Job, Purpose},
};

/// Different values of the salt that makes equal transactions different.
pub const SALTS: u32 = 256;
/// Fewest units of a refresh: the part that does not depend on the number of rows.
const REFRESH_BASE_UNITS: u32 = 20_000;

/// What an intent needs beside itself.
pub struct Context<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The keeper's margin account.
    pub liquidator: &'a AccountKeys,
    /// The quote mint, once it is known.
    pub quote: Option<MintKeys>,
}

/// The order that carries an intent out.
///
/// # Errors
/// `Client` for more overlay rows than an instruction takes, `Transaction` when the quote mint is not known yet.
pub fn order(intent: &Intent, context: &Context) -> Result<Order, KeeperError> {
    let group = &context.liquidator.group;
    let instruction = match &intent.action {
        Action::Refresh { rows } => build::refresh(group, rows),
        Action::Liquidate { liquidatee, market, lots_max, overlay, .. } => {
            let target = Target { market: *market, liquidatee: *liquidatee, lots_max: *lots_max };
            build::liquidate(context.liquidator, &target, &Overlay::new(overlay)?)
        }
        Action::ConvertCollateral { liquidatee, mint, atoms_max, overlay, .. } => {
            let target = ConversionTarget { mint: *mint, liquidatee: *liquidatee, atoms_max: *atoms_max };
            build::liquidate_collateral(context.liquidator, &target, &Overlay::new(overlay)?)
        }
        Action::ResolveBankruptcy { account, markets } => {
            let unknown = || KeeperError::Transaction("the quote mint is not known yet".to_owned());
            build::resolve_bankruptcy(group, account, markets, &context.quote.ok_or_else(unknown)?)
        }
        Action::RecoverBreaker { row } => build::recover_breaker(group, *row),
        Action::Fold { market, venue_markets, has_committee, .. } => {
            build::fold([group, market], venue_markets, *has_committee)
        }
        Action::SettlePnl { account, market, overlay, .. } => {
            build::settle_pnl([group, market], account, &Overlay::new(overlay)?)
        }
        Action::RegisterDemand { account } => build::register_demand(group, account),
    };
    let (units, unit_price) = budget(intent, context.config);
    Ok(Order {
        job: intent.job(),
        keys: intent.keys(),
        label: label(intent),
        instructions: vec![instruction],
        units,
        unit_price,
    })
}

/// The order that carries instructions of the inventory hook.
pub fn inventory_order(instructions: Vec<Instruction>, config: &Config) -> Order {
    Order {
        job: Job::Inventory,
        keys: vec![crate::plan::Key::Inventory],
        label: "inventory".to_owned(),
        instructions,
        units: config.inventory_units,
        unit_price: config.inventory_unit_price,
    }
}

fn budget(intent: &Intent, config: &Config) -> (u32, u64) {
    match &intent.action {
        Action::Refresh { rows } => {
            let rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            let units = config.refresh_row_units.saturating_mul(rows).saturating_add(REFRESH_BASE_UNITS);
            (units, config.refresh_unit_price)
        }
        Action::Liquidate { .. } => (config.liquidate_units, config.liquidate_unit_price),
        Action::ConvertCollateral { .. } => {
            (config.convert_collateral_units, config.convert_collateral_unit_price)
        }
        Action::ResolveBankruptcy { .. } => {
            (config.resolve_bankruptcy_units, config.resolve_bankruptcy_unit_price)
        }
        Action::RecoverBreaker { .. } => (config.recover_breaker_units, config.recover_breaker_unit_price),
        Action::SettlePnl { .. } => (config.settle_pnl_units, config.settle_pnl_unit_price),
        Action::Fold { .. } => (config.fold_units, config.fold_unit_price),
        Action::RegisterDemand { .. } => (config.register_demand_units, config.register_demand_unit_price),
    }
}

fn label(intent: &Intent) -> String {
    match &intent.action {
        Action::Refresh { rows } => format!("refresh {} rows", rows.len()),
        Action::Liquidate { purpose, .. } => match purpose {
            Purpose::TakeOver { lots, discount_ppm, notional_atoms } => {
                format!("take {lots} lots, notional {notional_atoms}, at a discount of {discount_ppm} ppm")
            }
            Purpose::StartClock => "start the clock".to_owned(),
            Purpose::StopClock => "stop the clock".to_owned(),
        },
        Action::ConvertCollateral { quote_atoms: 0, .. } => "start the clock".to_owned(),
        Action::ConvertCollateral { quote_atoms, discount_ppm, .. } => {
            format!("buy collateral for {quote_atoms} at a discount of {discount_ppm} ppm")
        }
        Action::ResolveBankruptcy { .. } => "resolve the bankruptcy".to_owned(),
        Action::RecoverBreaker { .. } => "recover the breaker".to_owned(),
        Action::SettlePnl { .. } => "settle a loss".to_owned(),
        Action::Fold { .. } => "fold the market".to_owned(),
        Action::RegisterDemand { .. } => "register the positions anew".to_owned(),
    }
}

/// Signs an order. The salt is added to the compute unit limit, where it costs almost nothing.
///
/// # Errors
/// `Transaction` when signing fails.
pub fn sign(
    order: &Order,
    keypair: &Keypair,
    blockhash: Hash,
    (config, salt): (&Config, u32),
) -> Result<Transaction, KeeperError> {
    let mut instructions = vec![
        ComputeBudgetInstruction::set_compute_unit_limit(order.units.saturating_add(salt)),
        ComputeBudgetInstruction::set_compute_unit_price(order.unit_price),
    ];
    if config.loaded_accounts_data_bytes > 0 {
        let bytes = config.loaded_accounts_data_bytes;
        instructions.push(ComputeBudgetInstruction::set_loaded_accounts_data_size_limit(bytes));
    }
    instructions.extend(order.instructions.iter().cloned());
    let message = Message::new_with_blockhash(&instructions, Some(&keypair.pubkey()), &blockhash);
    let mut transaction = Transaction::new_unsigned(message);
    transaction
        .try_sign(&[keypair], blockhash)
        .map_err(|error| KeeperError::Transaction(error.to_string()))?;
    Ok(transaction)
}
