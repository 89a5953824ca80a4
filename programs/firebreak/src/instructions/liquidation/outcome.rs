//! What `liquidate` answers as return data.

/// What a call to `liquidate` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LiquidationOutcome {
    /// The account is above maintenance and was not in liquidation; nothing changed.
    NotLiquidatable = 0,
    /// The account is back above its target; its clock was stopped.
    Recovered = 1,
    /// Everything the account needs was taken over.
    Completed = 2,
    /// Part of it was taken over; the budget, the keeper or the price admitted no more.
    Partial = 3,
    /// The budget has no room now; the clock runs.
    BudgetExhausted = 4,
    /// The account has no position in this market.
    NoPosition = 5,
    /// The position holds the account's requirement down: another one has to go.
    Hedge = 6,
}

impl LiquidationOutcome {
    /// The outcome of a first byte of return data, zero where the runtime cut it; `None` for a byte that no outcome has.
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::NotLiquidatable,
            1 => Self::Recovered,
            2 => Self::Completed,
            3 => Self::Partial,
            4 => Self::BudgetExhausted,
            5 => Self::NoPosition,
            6 => Self::Hedge,
            _ => return None,
        })
    }
}
