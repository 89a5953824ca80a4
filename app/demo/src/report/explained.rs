//! Rows that explain the figures: who cleared where, who was faster, who would have been spared, who paid which loss.

/// One venue of the market. Amounts in quote atoms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VenueRow {
    /// Its name.
    pub name: String,
    /// Traders who trade on it.
    pub traders: u64,
    /// Makers who quote on it.
    pub makers: u64,
    /// Fills that Firebreak admitted.
    pub fills: u64,
    /// Notional of these fills.
    pub volume_atoms: u64,
    /// Fees owed to it.
    pub fees_atoms: u64,
    /// Largest open notional that its fills stood for.
    pub open_peak_atoms: u64,
    /// Notional liquidated from its traders and makers.
    pub liquidated_atoms: u64,
    /// Part of it in the steepest window of the market.
    pub steepest_atoms: u64,
}

/// The market's one budget against what all venues used of it in the steepest window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Longest window that was looked at, in seconds.
    pub window_secs: i64,
    /// Where the steepest one began, in seconds since the replayed window began.
    pub start_secs: i64,
    /// Where it ended.
    pub end_secs: i64,
    /// Notional liquidated in it, in quote atoms.
    pub charged_atoms: u64,
    /// The most that the budget admits in any window of that length, in quote atoms.
    pub allowed_atoms: u64,
}

/// One keeper in the race for liquidations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeeperRow {
    /// Its name.
    pub name: String,
    /// Liquidations that it sent.
    pub sent: u64,
    /// Steps that it won: it took something over.
    pub won: u64,
    /// Notional that it took over, in quote atoms.
    pub taken_atoms: u64,
    /// Calls that started, stopped or corrected a clock or a mark, and took nothing.
    pub notices: u64,
    /// Races lost: the account was already safe (`NotLiquidatable`).
    pub late_safe: u64,
    /// Races lost: the position was already gone (`NoPosition`).
    pub late_gone: u64,
    /// Races lost: the budget was already used up (`BudgetExhausted`).
    pub late_budget: u64,
    /// Refused with an error.
    pub refused: u64,
    /// Never landed.
    pub unlanded: u64,
}

impl KeeperRow {
    /// What became of all that it sent.
    pub fn accounted(&self) -> u64 {
        self.won + self.notices + self.late() + self.refused + self.unlanded
    }

    /// Races that somebody else won.
    pub fn late(&self) -> u64 {
        self.late_safe + self.late_gone + self.late_budget
    }
}

/// A liquidated account that the undisturbed path would have spared. Amounts in quote atoms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SparedRow {
    /// Who.
    pub account: String,
    /// First step, in seconds since the replayed window began.
    pub first_secs: i64,
    /// Notional liquidated.
    pub taken_atoms: u64,
    /// Paid to liquidators as discounts.
    pub discount_atoms: u64,
    /// Equity over maintenance at the worst undisturbed price, in ppm.
    pub nearest_ppm: i64,
    /// What it would have been worth at the end less what it is worth, both at the path's last price with collateral in
    /// full; deposits after the first step taken off.
    pub worse_off_atoms: i128,
}

/// Who was liquidated, and who of them the undisturbed path would have spared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spared {
    /// How much keepers' trades move the price, as text.
    pub strength: String,
    /// Accounts from which something was taken.
    pub liquidated: u64,
    /// Notional taken from them, in quote atoms.
    pub liquidated_atoms: u64,
    /// Accounts that changed unseen between the last look and their first step.
    pub inexact: u64,
    /// Accounts that the undisturbed path would have lost as well, but later than here.
    pub hastened: u64,
    /// The most that one of them was early, in seconds.
    pub hastened_secs_max: i64,
    /// The spared ones, in the order of their first steps.
    pub rows: Vec<SparedRow>,
}

/// A bankrupt account and what paid its debt. Amounts in quote atoms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DebtRow {
    /// Who.
    pub account: String,
    /// Its first liquidation step, in seconds since the replayed window began; `None`: nothing was taken before.
    pub first_secs: Option<i64>,
    /// When the debt was covered.
    pub resolved_secs: i64,
    /// Notional liquidated before.
    pub taken_atoms: u64,
    /// What it owed.
    pub debt_atoms: u64,
    /// Paid by its own cash.
    pub own_cash_atoms: u64,
    /// Paid by the insurance.
    pub insurance_atoms: u64,
    /// Taken from realised, unpaid profits.
    pub haircut_atoms: u64,
    /// Charged to the opposite side.
    pub socialized_atoms: u64,
    /// Borne by whoever is owed fees.
    pub fees_atoms: u64,
}

impl DebtRow {
    /// What others bore: the bad debt.
    pub fn bad_debt_atoms(&self) -> u64 {
        self.insurance_atoms + self.haircut_atoms + self.socialized_atoms + self.fees_atoms
    }
}

/// Two counts of the same thing that must agree; a run in which they don't has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What must hold.
    pub label: String,
    /// Both sides, as text.
    pub detail: String,
    /// Whether it does.
    pub is_met: bool,
}

/// Everything that explains the figures of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explained {
    /// In the order of their registration.
    pub venues: Vec<VenueRow>,
    /// The budget that they share.
    pub budget: Budget,
    /// In order.
    pub keepers: Vec<KeeperRow>,
    /// Who would have been spared.
    pub spared: Spared,
    /// In the order in which debts were covered.
    pub debts: Vec<DebtRow>,
    /// Counts that must agree.
    pub checks: Vec<Check>,
}
