//! Bounds of the options.

use anchor_lang::prelude::Pubkey;
use firebreak::constants::{FOLD_SECS, REFRESH_ROWS_MAX};

use super::{Address, Config};
use crate::error::KeeperError;

/// Compute units that one transaction can have.
const UNITS_MAX: u64 = 1_400_000;
/// Bytes that one transaction can load.
const LOADED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Collects everything that is wrong, so that a file is corrected in one go.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn bounds(&mut self, name: &str, value: u64, (min, max): (u64, u64)) {
        if value < min || value > max {
            self.0.push(format!("{name} must be {min} to {max}, not {value}"));
        }
    }

    fn rule(&mut self, holds: bool, message: &str) {
        if !holds {
            self.0.push(message.to_owned());
        }
    }
}

impl Config {
    /// Checks every option against its bounds.
    ///
    /// # Errors
    /// `Config` with all findings, each with the bounds it breaks.
    pub fn validate(&self) -> Result<(), KeeperError> {
        let mut findings = Findings::default();
        self.check_addresses(&mut findings);
        self.check_jobs(&mut findings);
        self.check_timing(&mut findings);
        self.check_compute(&mut findings);
        if findings.0.is_empty() {
            return Ok(());
        }
        Err(KeeperError::Config(findings.0.join("; ")))
    }

    /// The group's address.
    pub fn group_key(&self) -> Pubkey {
        self.group.0
    }

    fn check_addresses(&self, findings: &mut Findings) {
        let is_http = self.rpc_url.starts_with("http://") || self.rpc_url.starts_with("https://");
        findings.rule(is_http, "rpc_url must start with http:// or https://");
        let is_ws = self.ws_url.starts_with("ws://") || self.ws_url.starts_with("wss://");
        findings.rule(self.ws_url.is_empty() || is_ws, "ws_url must be empty or start with ws:// or wss://");
        findings.rule(self.group != Address::default(), "group must be set to the address of a group");
        findings.rule(!self.log_filter.is_empty(), "log_filter must not be empty");
    }

    fn check_jobs(&self, findings: &mut Findings) {
        let rows_max = u64::try_from(REFRESH_ROWS_MAX).unwrap_or(u64::MAX);
        let rows_per_tx = u64::try_from(self.refresh_rows_per_tx).unwrap_or(u64::MAX);
        // Without lookup tables a transaction has room for six rows.
        findings.bounds("refresh_rows_per_tx", rows_per_tx, (1, rows_max.min(6)));
        findings.bounds("refresh_after_secs", self.refresh_after_secs, (1, 300));
        findings.bounds("refresh_min_secs", self.refresh_min_secs, (1, self.refresh_after_secs.max(1)));
        // A fold takes time to land, so the last second before it is too late is left.
        let fold_max = FOLD_SECS.unsigned_abs().saturating_sub(1);
        findings.bounds("fold_after_secs", self.fold_after_secs, (1, fold_max));
        findings.bounds("lots_max", self.lots_max, (1, 1 << 36));
        findings.bounds("min_discount_ppm", u64::from(self.min_discount_ppm), (0, 100_000));
        findings.bounds("settle_loss_min_atoms", self.settle_loss_min_atoms, (1, u64::MAX));
        let registrations = u64::try_from(self.register_in_flight_max).unwrap_or(u64::MAX);
        findings.bounds("register_in_flight_max", registrations, (1, 256));
        // There are 128 bins; what is farther away is one.
        findings.bounds("register_error_min_bins", u64::from(self.register_error_min_bins), (1, 128));
        findings.bounds("shard_count", self.shard_count, (1, 1_024));
        findings.bounds("shard_index", self.shard_index, (0, self.shard_count.saturating_sub(1)));
        let in_flight = u64::try_from(self.in_flight_max).unwrap_or(u64::MAX);
        findings.bounds("in_flight_max", in_flight, (1, 256));
    }

    fn check_timing(&self, findings: &mut Findings) {
        findings.bounds("rpc_timeout_secs", self.rpc_timeout_secs, (1, 120));
        findings.bounds("backoff_initial_millis", self.backoff_initial_millis, (1, 60_000));
        let longest = (self.backoff_initial_millis, 3_600_000);
        findings.bounds("backoff_max_millis", self.backoff_max_millis, longest);
        findings.bounds("settle_millis", self.settle_millis, (0, 60_000));
        findings.bounds("poll_millis", self.poll_millis, (50, 60_000));
        findings.bounds("plan_min_millis", self.plan_min_millis, (1, 10_000));
        findings.bounds("full_sweep_secs", self.full_sweep_secs, (1, 86_400));
        findings.bounds("degraded_sweep_secs", self.degraded_sweep_secs, (1, self.full_sweep_secs.max(1)));
        findings.bounds("ws_silence_secs", self.ws_silence_secs, (5, 3_600));
        findings.bounds("blockhash_secs", self.blockhash_secs, (1, 30));
        findings.bounds("confirm_poll_millis", self.confirm_poll_millis, (50, 10_000));
        findings.bounds("resend_millis", self.resend_millis, (200, 60_000));
        findings.bounds("confirm_timeout_secs", self.confirm_timeout_secs, (5, 150));
    }

    fn check_compute(&self, findings: &mut Findings) {
        for (name, units) in [
            ("refresh_row_units", self.refresh_row_units),
            ("fold_units", self.fold_units),
            ("liquidate_units", self.liquidate_units),
            ("convert_collateral_units", self.convert_collateral_units),
            ("resolve_bankruptcy_units", self.resolve_bankruptcy_units),
            ("recover_breaker_units", self.recover_breaker_units),
            ("settle_pnl_units", self.settle_pnl_units),
            ("register_demand_units", self.register_demand_units),
            ("inventory_units", self.inventory_units),
        ] {
            findings.bounds(name, u64::from(units), (1_000, UNITS_MAX));
        }
        let bytes = u64::from(self.loaded_accounts_data_bytes);
        findings.bounds("loaded_accounts_data_bytes", bytes, (0, LOADED_BYTES_MAX));
    }
}
