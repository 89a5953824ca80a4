//! Who was liquidated that the undisturbed path would have spared?
//!
//! The undisturbed path is the recorded one, without what keepers' selling added to it here ([`crate::footprint`]). For
//! each account of which a liquidation took anything, the question is answered with the program's own health formula:
//!
//! - until its first liquidation step, the account at each price of the path as it was seen then: its own trades and
//!   deposits are its own;
//! - from then on, frozen as it was last seen before that step: position, cash and collateral unchanged, no funding and
//!   no charged losses, because a frozen account is one that nobody touched;
//! - prices and their confidence as the program's oracle adapters would have read them from the recorded price.
//!
//! Result: the account is *spared* when its equity covers maintenance at every price from its first position to the end
//! of the window.
//!
//! What this does not say: the recorded price already holds the selling of the real market's liquidations of that day.
//! A spared account was ruined by selling *here*; one that is not spared may still have been ruined by selling *there*.

#[cfg(test)]
mod tests;

use {
    anyhow::{Context, Result},
    firebreak::state::{MarginAccount, Row},
    firebreak_client::{accounts::SnapshotView, health::account_health},
    firebreak_risk::units::PPM_ONE,
};

const PPM: i128 = 1_000_000;

/// All rows at one price of the undisturbed path.
#[derive(Clone)]
pub struct PathPoint {
    /// Number of the price.
    pub tick: usize,
    /// Time of the chain.
    pub chain_ts: i64,
    /// Only prices count: indices and parameters are those of the snapshots.
    pub rows: Vec<Row>,
}

/// An account when it was seen changed.
#[derive(Clone)]
pub struct Seen {
    /// Number of the price that was in force.
    pub tick: usize,
    /// As read.
    pub account: Box<MarginAccount>,
}

/// What was seen of the whole day.
#[derive(Clone, Default)]
pub struct Record {
    /// Snapshots with the number of the price that was in force, oldest first.
    pub snapshots: Vec<(usize, SnapshotView)>,
    /// The undisturbed path, oldest first, one point per price.
    pub path: Vec<PathPoint>,
}

/// What the undisturbed path would have done to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counterfactual {
    /// Number of the first price at which it would have been below maintenance; `None`: it is spared.
    pub lost_tick: Option<usize>,
    /// Its least equity over the requirement, in ppm: below 1 000 000 it is below maintenance.
    pub nearest_ppm: i64,
    /// What it would have been worth at the end, in quote atoms: equity with collateral counted in full.
    pub end_equity_atoms: i128,
    /// Changes of the account between the last time it was seen and its first liquidation step, less the notices that
    /// started its clock. Zero: it was frozen exactly as it was.
    pub unseen_changes: u64,
}

/// A liquidated account.
#[derive(Clone, Copy)]
pub struct Liquidated<'a> {
    /// The account each time it was seen changed, oldest first.
    pub history: &'a [Seen],
    /// Its sequence after the first step that took something.
    pub step_sequence: u64,
    /// Sequences of notices about it that changed nothing but its clock.
    pub notices: &'a [u64],
}

impl Counterfactual {
    /// True when the undisturbed path would have spared the account.
    pub fn is_spared(&self) -> bool {
        self.lost_tick.is_none()
    }
}

impl Liquidated<'_> {
    /// The account as it was last seen before its first step.
    fn frozen(&self) -> Option<&Seen> {
        self.before_step().last()
    }

    fn before_step(&self) -> impl Iterator<Item = &Seen> {
        self.history.iter().take_while(|seen| seen.account.sequence < self.step_sequence)
    }

    /// The account that counts at a price.
    fn at(&self, tick: usize) -> Option<&Seen> {
        self.before_step().take_while(|seen| seen.tick <= tick).last()
    }

    fn unseen_changes(&self, frozen: &Seen) -> u64 {
        let gap = self.step_sequence.saturating_sub(frozen.account.sequence).saturating_sub(1);
        let is_between =
            |sequence: &&u64| (frozen.account.sequence + 1..self.step_sequence).contains(*sequence);
        let notices = self.notices.iter().filter(is_between).count();
        gap.saturating_sub(u64::try_from(notices).unwrap_or(u64::MAX))
    }
}

impl Record {
    /// Follows an account over the undisturbed path.
    pub fn follow(&self, liquidated: &Liquidated) -> Result<Counterfactual> {
        let frozen = liquidated.frozen().context("the account was never seen before its first step")?;
        let mut found = Counterfactual {
            lost_tick: None,
            nearest_ppm: i64::MAX,
            end_equity_atoms: 0,
            unseen_changes: liquidated.unseen_changes(frozen),
        };
        for point in &self.path {
            let Some(seen) = liquidated.at(point.tick) else { continue };
            let indices = self.snapshot_at(point.tick.min(frozen.tick)).context("no snapshot was read")?;
            let priced = with_prices(indices, &point.rows);
            let health = account_health(&seen.account, &priced, point.chain_ts)?.health;
            if self.path.last().is_some_and(|last| last.tick == point.tick) {
                found.end_equity_atoms = worth(&seen.account, priced, point.chain_ts)?;
            }
            if health.maintenance > 0 {
                let ratio = health.equity.saturating_mul(PPM) / health.maintenance;
                found.nearest_ppm = found.nearest_ppm.min(clamped(ratio));
            }
            if !seen.account.is_flat() && !health.covers_maintenance() {
                found.lost_tick.get_or_insert(point.tick);
            }
        }
        Ok(found)
    }

    /// What an account is worth at the last prices of the path, with the indices of a snapshot: what it became, valued like
    /// what it would have become.
    pub fn worth_at_end(&self, account: &MarginAccount, snapshot: &SnapshotView) -> Result<i128> {
        let last = self.path.last().context("the path is empty")?;
        worth(account, with_prices(snapshot, &last.rows), last.chain_ts)
    }

    /// The newest snapshot that is not newer than a price; before the first one, the first.
    fn snapshot_at(&self, tick: usize) -> Option<&SnapshotView> {
        let count = self.snapshots.partition_point(|(at, _)| *at <= tick);
        self.snapshots.get(count.saturating_sub(1)).map(|(_, snapshot)| snapshot)
    }
}

/// A snapshot with the prices of other rows. Indices, haircuts and parameters stay.
fn with_prices(snapshot: &SnapshotView, prices: &[Row]) -> SnapshotView {
    let mut priced = snapshot.clone();
    for (row, price) in priced.rows.iter_mut().zip(prices) {
        row.price_q32 = price.price_q32;
        row.confidence_q32 = price.confidence_q32;
        row.ema_q32 = price.ema_q32;
        row.publish_ts = price.publish_ts;
        row.update_ts = price.update_ts;
        row.verdict = price.verdict;
    }
    priced
}

/// Equity with collateral counted in full: what maintenance takes off it for safety is not lost.
fn worth(account: &MarginAccount, mut snapshot: SnapshotView, now: i64) -> Result<i128> {
    for row in &mut snapshot.rows {
        row.maintenance_weight_ppm = PPM_ONE;
    }
    Ok(account_health(account, &snapshot, now)?.health.equity)
}

fn clamped(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
