//! State times action, in one place.

use super::State;
use crate::oracle;

/// What somebody wants to do in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open or enlarge a position.
    OpenRisk,
    /// Take collateral out of an account that holds positions.
    Withdraw,
    /// Take collateral out of an account without positions.
    WithdrawFlat,
    /// Add collateral.
    Deposit,
    /// Make a position smaller.
    ReduceRisk,
    /// Liquidate.
    Liquidate,
    /// Pay a profit out of the settled-loss pool.
    SettleProfit,
}

/// How far an action may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Without restriction.
    Full,
    /// With initial margin times [`State::margin_factor`].
    RaisedMargin,
    /// At half the size.
    Half,
    /// Not at all.
    Refused,
}

/// The table. Money can always come in, positions can always shrink, and whoever has none can always leave.
///
/// | state | open, withdraw | deposit, reduce, withdraw flat | liquidate | settle profit |
/// |---|---|---|---|---|
/// | normal | full | full | full | full |
/// | elevated | raised margin | full | full | full |
/// | reduce-only | refused | full | full | full |
/// | halted | refused | full | refused | refused |
/// | recovery | raised margin | full | half | full |
///
/// The verdict's table ([`crate::oracle::permit`]) applies as well; the stricter answer counts.
pub const fn permit(state: State, action: Action) -> Permit {
    use Action::{Deposit, Liquidate, OpenRisk, ReduceRisk, SettleProfit, Withdraw, WithdrawFlat};
    use State::{Elevated, Halted, Normal, Recovery, ReduceOnly};
    match (state, action) {
        (_, Deposit | ReduceRisk | WithdrawFlat) | (Normal, _) => Permit::Full,
        (Elevated | Recovery, OpenRisk | Withdraw) => Permit::RaisedMargin,
        (ReduceOnly | Halted, OpenRisk | Withdraw) => Permit::Refused,
        (Halted, Liquidate | SettleProfit) => Permit::Refused,
        (Recovery, Liquidate) => Permit::Half,
        (Elevated | ReduceOnly, Liquidate) => Permit::Full,
        (Elevated | ReduceOnly | Recovery, SettleProfit) => Permit::Full,
    }
}

/// The stricter of what the table of verdicts and this one answer; a raised margin is no bound on the size.
pub const fn stricter(verdict: oracle::Permit, state: Permit) -> oracle::Permit {
    use oracle::Permit as Verdict;
    match (verdict, state) {
        (Verdict::Refused, _) | (_, Permit::Refused) => Verdict::Refused,
        (Verdict::Half, _) | (_, Permit::Half) => Verdict::Half,
        (Verdict::Full, Permit::Full | Permit::RaisedMargin) => Verdict::Full,
    }
}

impl From<oracle::Action> for Action {
    fn from(action: oracle::Action) -> Self {
        match action {
            oracle::Action::OpenRisk => Action::OpenRisk,
            oracle::Action::Withdraw => Action::Withdraw,
            oracle::Action::ReduceRisk => Action::ReduceRisk,
            oracle::Action::Liquidate => Action::Liquidate,
            oracle::Action::SettleProfit => Action::SettleProfit,
        }
    }
}
