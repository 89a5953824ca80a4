//! What the keeper wants to do.

use std::fmt;

use anchor_lang::prelude::Pubkey;
use firebreak_client::instructions::OracleRow;

/// Kinds of work. The numbers index counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Job {
    /// Reading oracle accounts into the snapshot.
    Refresh = 0,
    /// Taking positions over, and starting and stopping liquidation clocks.
    Liquidate = 1,
    /// Covering debts beyond equity.
    ResolveBankruptcy = 2,
    /// Taking breakers back to normal.
    RecoverBreaker = 3,
    /// Moving losses into the markets' pools.
    SettlePnl = 4,
    /// Whatever the embedder's hook does with the inventory.
    Inventory = 5,
    /// Buying collateral of accounts that owe quote.
    ConvertCollateral = 6,
    /// Adding the shards of markets up, and accruing their funding.
    Fold = 7,
    /// Bringing accounts' places in the demand curves up to date.
    RegisterDemand = 8,
}

/// What only one transaction at a time may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A row.
    Refresh(u16),
    /// A margin account in distress.
    Liquidate(Pubkey),
    /// A bankrupt margin account.
    ResolveBankruptcy(Pubkey),
    /// A market's breaker.
    RecoverBreaker(u16),
    /// A margin account's position in the market of a row.
    SettlePnl(Pubkey, u16),
    /// The keeper's own inventory.
    Inventory,
    /// Collateral of a margin account that owes quote.
    ConvertCollateral(Pubkey),
    /// A market's fold.
    Fold(u16),
    /// A margin account's registrations.
    RegisterDemand(Pubkey),
}

/// Why a liquidation is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To take over a position.
    TakeOver {
        /// Lots that are expected to move.
        lots: u64,
        /// Discount that is expected, in ppm.
        discount_ppm: u32,
        /// Notional that is expected to move, in quote atoms.
        notional_atoms: u64,
    },
    /// To start the clock: nothing can be taken yet.
    StartClock,
    /// To stop the clock: the account is above its target.
    StopClock,
}

/// One action, complete: it can be sent without looking at the view again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Refresh these rows.
    Refresh {
        /// Rows with their oracle accounts.
        rows: Vec<OracleRow>,
    },
    /// Liquidate in one market.
    Liquidate {
        /// Margin account in distress.
        liquidatee: Pubkey,
        /// The market.
        market: Pubkey,
        /// Most lots to take over.
        lots_max: u64,
        /// Rows that are read from their oracle accounts; the market's is among them.
        overlay: Vec<OracleRow>,
        /// Why.
        purpose: Purpose,
    },
    /// Cover what an account owes.
    ResolveBankruptcy {
        /// Bankrupt margin account.
        account: Pubkey,
        /// The markets in which it owes, by ascending row.
        markets: Vec<Pubkey>,
    },
    /// Take a breaker back to normal.
    RecoverBreaker {
        /// Row of the market.
        row: u16,
    },
    /// Fold a market.
    Fold {
        /// The market.
        market: Pubkey,
        /// Its row.
        row: u16,
        /// Records of all its venues, in order.
        venue_markets: Vec<Pubkey>,
        /// Whether its committee of reporters has to be brought.
        has_committee: bool,
    },
    /// Settle one position.
    SettlePnl {
        /// The margin account.
        account: Pubkey,
        /// The market.
        market: Pubkey,
        /// Row of the market.
        row: u16,
        /// Rows that are read from their oracle accounts.
        overlay: Vec<OracleRow>,
    },
    /// Buy collateral of an account that owes quote, or start its clock.
    ConvertCollateral {
        /// Margin account that owes quote.
        liquidatee: Pubkey,
        /// Mint of the collateral.
        mint: Pubkey,
        /// Most atoms to buy.
        atoms_max: u64,
        /// Rows that are read from their oracle accounts; the collateral's is among them.
        overlay: Vec<OracleRow>,
        /// Quote that is expected to be paid, in atoms. 0: only the clock starts.
        quote_atoms: u64,
        /// Discount that is expected, in ppm.
        discount_ppm: u32,
    },
    /// Register all positions of an account anew.
    RegisterDemand {
        /// The margin account.
        account: Pubkey,
    },
}

/// An action with the version of the state that it was planned on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The action.
    pub action: Action,
    /// Version of each key's state, in the order of [`Intent::keys`]: the same action is not sent twice on one.
    pub versions: Vec<u64>,
}

impl Job {
    /// All jobs, in the order of their numbers.
    pub const ALL: [Job; 9] = [
        Job::Refresh,
        Job::Liquidate,
        Job::ResolveBankruptcy,
        Job::RecoverBreaker,
        Job::SettlePnl,
        Job::Inventory,
        Job::ConvertCollateral,
        Job::Fold,
        Job::RegisterDemand,
    ];

    /// Name in logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Job::Refresh => "refresh",
            Job::Liquidate => "liquidate",
            Job::ResolveBankruptcy => "resolve_bankruptcy",
            Job::RecoverBreaker => "recover_breaker",
            Job::SettlePnl => "settle_pnl",
            Job::Inventory => "inventory",
            Job::ConvertCollateral => "convert_collateral",
            Job::Fold => "fold",
            Job::RegisterDemand => "register_demand",
        }
    }
}

impl Intent {
    /// Its kind of work.
    pub fn job(&self) -> Job {
        match &self.action {
            Action::Refresh { .. } => Job::Refresh,
            Action::Liquidate { .. } => Job::Liquidate,
            Action::ResolveBankruptcy { .. } => Job::ResolveBankruptcy,
            Action::RecoverBreaker { .. } => Job::RecoverBreaker,
            Action::SettlePnl { .. } => Job::SettlePnl,
            Action::ConvertCollateral { .. } => Job::ConvertCollateral,
            Action::Fold { .. } => Job::Fold,
            Action::RegisterDemand { .. } => Job::RegisterDemand,
        }
    }

    /// What it is about.
    pub fn keys(&self) -> Vec<Key> {
        match &self.action {
            Action::Refresh { rows } => rows.iter().map(|row| Key::Refresh(row.row)).collect(),
            Action::Liquidate { liquidatee, .. } => vec![Key::Liquidate(*liquidatee)],
            Action::ResolveBankruptcy { account, .. } => vec![Key::ResolveBankruptcy(*account)],
            Action::RecoverBreaker { row } => vec![Key::RecoverBreaker(*row)],
            Action::SettlePnl { account, row, .. } => vec![Key::SettlePnl(*account, *row)],
            Action::ConvertCollateral { liquidatee, .. } => vec![Key::ConvertCollateral(*liquidatee)],
            Action::Fold { row, .. } => vec![Key::Fold(*row)],
            Action::RegisterDemand { account } => vec![Key::RegisterDemand(*account)],
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Refresh(row) | Key::RecoverBreaker(row) | Key::Fold(row) => write!(formatter, "row {row}"),
            Key::Liquidate(account)
            | Key::ResolveBankruptcy(account)
            | Key::ConvertCollateral(account)
            | Key::RegisterDemand(account) => account.fmt(formatter),
            Key::SettlePnl(account, row) => write!(formatter, "{account} row {row}"),
            Key::Inventory => formatter.write_str("own"),
        }
    }
}
