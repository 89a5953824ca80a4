//! Every option of the keeper, once: name, default and meaning.
//!
//! The table below is the file's keys, the environment's variables (`FIREBREAK_KEEPER_` and the name in capitals) and
//! the command's flags (`--` and the name with dashes). Reading them is in `load`, bounds are in `validate`.

mod load;
mod render;
#[cfg(test)]
mod tests;
mod validate;
mod values;

pub use load::{load, load_keypair};
pub use render::render;
pub use values::{Address, BadValue, Commitment, LogFormat, RowFilter};

use serde::{Deserialize, Serialize};

/// Prefix of environment variables.
pub const ENV_PREFIX: &str = "FIREBREAK_KEEPER_";

/// What the example file says about one option.
pub struct OptionDoc {
    /// Its key.
    pub name: &'static str,
    /// Its meaning, one line each.
    pub doc: &'static [&'static str],
}

macro_rules! options {
    ($($(#[doc = $doc:literal])+ [$($arg:tt)*] $name:ident: $kind:ident = $default:expr;)+) => {
        /// The keeper's configuration.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $name: $kind,)+
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        /// The same options as flags; an option that is left out keeps what environment or file say.
        #[derive(Clone, Debug, Default, Serialize, clap::Args)]
        pub struct Flags {
            $(
                $(#[doc = $doc])+
                #[arg(long, global = true, $($arg)*)]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$kind>,
            )+
        }

        /// All options in order.
        pub const OPTIONS: &[OptionDoc] = &[
            $(OptionDoc { name: stringify!($name), doc: &[$($doc),+] },)+
        ];
    };
}

options! {
    /// JSON-RPC endpoint.
    [] rpc_url: String = "http://127.0.0.1:8899".to_owned();
    /// WebSocket endpoint. Empty: no subscription, only full sweeps.
    [] ws_url: String = "ws://127.0.0.1:8900".to_owned();
    /// Address of the group to work for. Required.
    [] group: Address = Address::default();
    /// File with the key that pays fees and owns the liquidator's margin account.
    [] keypair_path: String = "keeper.json".to_owned();
    /// Index of the margin account of that key which takes positions over.
    [] margin_account_index: u16 = 0;
    /// How sure of a state to be before acting on it: processed, confirmed or finalized.
    [] commitment: Commitment = Commitment::Confirmed;
    /// Seconds after which an RPC request is given up.
    [] rpc_timeout_secs: u64 = 10;

    /// Job: read oracle accounts into the snapshot.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    refresh: bool = true;
    /// Job: add up the open interest of markets and accrue their funding, without which nobody opens a position.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    fold: bool = true;
    /// Job: take positions over from accounts below maintenance margin.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    liquidate: bool = true;
    /// Job: buy collateral of accounts that owe quote.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    convert_collateral: bool = true;
    /// Job: have debts beyond equity covered.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    resolve_bankruptcy: bool = true;
    /// Job: take breakers back to normal when they may.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    recover_breaker: bool = true;
    /// Job: bring accounts' places in the demand curves of their markets up to date, so that limits follow what is there.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    register_demand: bool = true;
    /// Job: move unsettled losses from cash into the markets' pools, so that winners can be paid.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    settle_pnl: bool = false;

    /// Rows that this keeper works on. Empty: all. Accounts are liquidated only in markets of these rows, and only
    /// collateral of these rows is bought.
    [] rows: RowFilter = RowFilter::default();
    /// Among how many keepers the accounts are divided for settling, resolving and registering, so that they do not get in
    /// each other's way. Liquidations are not divided: there, whoever is first helps most.
    [] shard_count: u64 = 1;
    /// Which part this keeper works on, from 0.
    [] shard_index: u64 = 0;
    /// Age in seconds at which a row is refreshed even if its oracle accounts have nothing new.
    [] refresh_after_secs: u64 = 4;
    /// Shortest time in seconds between two refreshes of a row because its oracle accounts have something new.
    [] refresh_min_secs: u64 = 1;
    /// Rows of one refresh transaction.
    [] refresh_rows_per_tx: usize = 6;
    /// Age in seconds at which a market is folded again. After ten seconds nobody could open a position any more.
    [] fold_after_secs: u64 = 4;
    /// Most lots that one liquidation may take over.
    [] lots_max: u64 = 1 << 36;
    /// Smallest discount in ppm for which a position is taken over or collateral is bought. Positions of accounts
    /// without equity have none, so anything above 0 leaves them to others.
    [] min_discount_ppm: u32 = 0;
    /// Smallest unsettled loss in quote atoms that the settling job moves.
    [] settle_loss_min_atoms: u64 = 1_000_000;
    /// Registrations in flight at once, so that a market's new epoch, which makes all of them due, leaves room for others.
    [] register_in_flight_max: usize = 8;
    /// Smallest error in bins of 3 % for which an account is registered anew before its registration is old. One bin is
    /// within rounding: the price moves it there and back while nothing has changed.
    [] register_error_min_bins: u16 = 2;

    /// Transactions in flight at once.
    [] in_flight_max: usize = 16;
    /// Wait in milliseconds before a failed action is tried again; doubles with each further failure.
    [] backoff_initial_millis: u64 = 500;
    /// Longest such wait in milliseconds.
    [] backoff_max_millis: u64 = 60_000;
    /// Longest time in milliseconds for which an action that succeeded waits for its effect to be seen.
    [] settle_millis: u64 = 2_000;

    /// Period in milliseconds in which clock and oracle accounts are fetched and the plan is made anew.
    [] poll_millis: u64 = 400;
    /// Shortest time in milliseconds between two plans when updates arrive in bursts.
    [] plan_min_millis: u64 = 25;
    /// Seconds between two sweeps that fetch all accounts and correct what the subscription missed.
    [] full_sweep_secs: u64 = 30;
    /// The same while there is no subscription.
    [] degraded_sweep_secs: u64 = 2;
    /// Seconds without any notification after which the subscription is taken for dead and opened anew.
    [] ws_silence_secs: u64 = 60;

    /// Compute units requested for a refresh, per row.
    [] refresh_row_units: u32 = 25_000;
    /// Compute units requested for a fold.
    [] fold_units: u32 = 60_000;
    /// Compute units requested for a liquidation.
    [] liquidate_units: u32 = 200_000;
    /// Compute units requested for a purchase of collateral.
    [] convert_collateral_units: u32 = 150_000;
    /// Compute units requested for a bankruptcy.
    [] resolve_bankruptcy_units: u32 = 150_000;
    /// Compute units requested for the recovery of a breaker.
    [] recover_breaker_units: u32 = 40_000;
    /// Compute units requested for a settlement.
    [] settle_pnl_units: u32 = 100_000;
    /// Compute units requested for a registration.
    [] register_demand_units: u32 = 60_000;
    /// Compute units requested for transactions of the inventory hook (embedded keepers only).
    [] inventory_units: u32 = 400_000;
    /// Price of a compute unit for a refresh, in micro-lamports.
    [] refresh_unit_price: u64 = 1_000;
    /// Price of a compute unit for a fold, in micro-lamports.
    [] fold_unit_price: u64 = 1_000;
    /// Price of a compute unit for a liquidation, in micro-lamports.
    [] liquidate_unit_price: u64 = 10_000;
    /// Price of a compute unit for a purchase of collateral, in micro-lamports.
    [] convert_collateral_unit_price: u64 = 10_000;
    /// Price of a compute unit for a bankruptcy, in micro-lamports.
    [] resolve_bankruptcy_unit_price: u64 = 1_000;
    /// Price of a compute unit for the recovery of a breaker, in micro-lamports.
    [] recover_breaker_unit_price: u64 = 1_000;
    /// Price of a compute unit for a settlement, in micro-lamports.
    [] settle_pnl_unit_price: u64 = 1_000;
    /// Price of a compute unit for a registration, in micro-lamports.
    [] register_demand_unit_price: u64 = 1_000;
    /// Price of a compute unit for transactions of the inventory hook, in micro-lamports.
    [] inventory_unit_price: u64 = 1_000;
    /// Bytes of account data that one transaction may load, the program included. 0: the runtime's own limit.
    [] loaded_accounts_data_bytes: u32 = 4_194_304;

    /// Send without having the node simulate first: faster, but failures cost fees.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    skip_preflight: bool = false;
    /// Seconds after which a blockhash is fetched anew.
    [] blockhash_secs: u64 = 5;
    /// Period in milliseconds in which the states of sent transactions are asked for, all in one request.
    [] confirm_poll_millis: u64 = 400;
    /// Milliseconds after which a transaction that has not landed is sent again, unchanged.
    [] resend_millis: u64 = 2_000;
    /// Seconds after which a transaction that has not landed is given up.
    [] confirm_timeout_secs: u64 = 40;
    /// Ask for each confirmed transaction how many compute units it used: one more request each.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    fetch_units: bool = false;

    /// Simulate and log what would be sent; send nothing.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    dry_run: bool = false;
    /// Make one plan, carry it out and stop.
    [num_args = 0..=1, require_equals = true, default_missing_value = "true"]
    run_once: bool = false;
    /// Form of the log: text or json.
    [] log_format: LogFormat = LogFormat::Text;
    /// What is logged, as `level` or `target=level,...`.
    [] log_filter: String = "info".to_owned();
}
