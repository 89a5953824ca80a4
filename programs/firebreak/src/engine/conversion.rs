//! Deciding a conversion of collateral into quote: pure on accounts, shared by `liquidate_collateral` and keepers.
//!
//! An account is converted
//! - in liquidation, by the rules and the clock of `liquidate`: what cash and positions lack at the fair price. A flat and
//!   bankrupt account is such a case: without positions, what it lacks is what it owes;
//! - healthy, when what it owes for certain exceeds the group's limit, at a discount that needs no clock: then all of it.
//!   Down to the limit would not do: each further atom of funding would call for a conversion again, and until then
//!   winners would wait for money that is there.
//!
//! Never more is bought than brings cash and positions to zero.

use anchor_lang::prelude::*;
use firebreak_risk::{
    conversion::{conversion_discount, forced_discount, plan_conversion, Conversion, ConversionInput},
    health::Health,
    impact::ImpactBucket,
    liquidation::{assess, AccountState, HalfTaken, LiquidationLevels},
    oracle::{Action, Permit},
    units::{Ppm, Seconds, UnixTime},
};

use super::{
    clock::ClockStep,
    health::{collateral_equity, maintenance_health, settled_quote},
    rows::{CurrentPrices, RowReader},
};
use crate::{
    error::{FirebreakError, OrFail},
    state::{CollateralBank, MarginAccount, Row},
};

/// What a call to `liquidate_collateral` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ConversionOutcome {
    /// The account lacks no quote for which it would be converted now.
    NotLiquidatable = 0,
    /// The account is back above its target; its clock was stopped.
    Recovered = 1,
    /// All that the account lacked was bought.
    Completed = 2,
    /// Part of it was bought; the budget, the keeper, the price or the balance admitted no more.
    Partial = 3,
    /// Nothing can be bought now: the budget has no room.
    BudgetExhausted = 4,
    /// The account has no collateral of this mint.
    NoCollateral = 5,
}

impl ConversionOutcome {
    /// The outcome of a first byte of return data, zero where the runtime cut it; `None` for a byte that no outcome has.
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::NotLiquidatable,
            1 => Self::Recovered,
            2 => Self::Completed,
            3 => Self::Partial,
            4 => Self::BudgetExhausted,
            5 => Self::NoCollateral,
            _ => return None,
        })
    }
}

/// What is to be decided.
#[derive(Clone, Copy)]
pub struct ConversionRequest<'a> {
    /// The account that may owe quote.
    pub account: &'a MarginAccount,
    /// Bank of the collateral.
    pub bank: &'a CollateralBank,
    /// Group-wide levels.
    pub levels: LiquidationLevels,
    /// Quote that a healthy account may owe, in atoms.
    pub quote_debt_limit_atoms: u64,
    /// Most atoms of the collateral to buy.
    pub atoms_max: u64,
}

/// What was decided.
#[derive(Clone, Copy, Debug)]
pub struct ConversionDecision {
    /// What the call does.
    pub outcome: ConversionOutcome,
    /// State of the account before.
    pub state: AccountState,
    /// Sums of the account before: equity, maintenance, notional.
    pub health: Health,
    /// Quote for which the account is converted, in atoms.
    pub deficit_atoms: u64,
    /// Discount to the risk price.
    pub discount: Ppm,
    /// What is bought; `None`: nothing.
    pub conversion: Option<Conversion>,
    /// The bank's impact bucket afterwards.
    pub impact_after: ImpactBucket,
    /// What the account is to remember of the reading, in quote atoms; `None`: nothing.
    pub half_taken: Option<HalfTaken>,
    /// The account's liquidation clock afterwards, in unix time. 0: not in liquidation.
    pub started_ts: i64,
}

/// Decides a conversion at the rows' prices and time.
///
/// # Errors
/// `StaleRow` when the collateral's row is not fresh or another one of the account not usable, `VerdictRefuses` when the
/// verdict on the collateral liquidates nobody; those of the valuation.
pub fn decide_conversion(request: &ConversionRequest, reader: &RowReader) -> Result<Box<ConversionDecision>> {
    let (account, bank, now) = (request.account, request.bank, UnixTime(reader.now()));
    let row = reader.row(bank.row)?;
    let prices = reader.prices(row);
    ensure!(prices.is_fresh(), FirebreakError::StaleRow);
    let sums = maintenance_health(account, reader)?;
    ensure!(sums.stale_row.is_none(), FirebreakError::StaleRow);
    let state = assess(&sums.health, &request.levels).or_fail()?;
    let step = ClockStep::of(state, account.liquidation_started_ts, now);
    let mut decision = Box::new(ConversionDecision {
        outcome: match step {
            ClockStep::Stops => ConversionOutcome::Recovered,
            _ => ConversionOutcome::NotLiquidatable,
        },
        state,
        health: sums.health,
        deficit_atoms: deficit(request, step, &sums.health, reader)?,
        discount: Ppm(0),
        conversion: None,
        impact_after: bank.impact().decayed(&bank.impact_params(), now),
        half_taken: None,
        started_ts: step.started_ts(),
    });
    if decision.deficit_atoms == 0 {
        return Ok(decision);
    }
    ensure!(prices.permits(Action::Liquidate) != Permit::Refused, FirebreakError::VerdictRefuses);
    decision.plan(request, step, (row, &prices), now)?;
    Ok(decision)
}

/// Quote that the account lacks and for which it is converted now, in atoms. Zero: it is left alone.
fn deficit(request: &ConversionRequest, step: ClockStep, health: &Health, reader: &RowReader) -> Result<u64> {
    let account = request.account;
    let owed = match step {
        ClockStep::Runs(_) => i128::MAX,
        ClockStep::Rests | ClockStep::Stops => {
            let owed = settled_quote(account, reader)?.saturating_neg();
            if owed <= i128::from(request.quote_debt_limit_atoms) {
                return Ok(0);
            }
            owed
        }
    };
    // Cash and positions together are what equity has beyond other collateral. A healthy account whose open positions
    // earned on paper what it owes elsewhere is an unpaid winner itself, and keeps its collateral.
    let lacking = collateral_equity(account, reader)?.saturating_sub(health.equity);
    u64::try_from(owed.min(lacking).max(0)).map_err(|_| FirebreakError::MathOverflow.into())
}

impl ConversionDecision {
    /// Discount, size and budget.
    fn plan(
        &mut self,
        request: &ConversionRequest,
        step: ClockStep,
        (row, prices): (&Row, &CurrentPrices),
        now: UnixTime,
    ) -> Result<()> {
        let bank = request.bank;
        let held = request.account.atoms_of(bank.row);
        if held <= 0 {
            self.outcome = ConversionOutcome::NoCollateral;
            return Ok(());
        }
        let params = bank.conversion_discount(Ppm(row.maintenance_weight_ppm));
        self.discount = match step {
            ClockStep::Runs(started_ts) => {
                conversion_discount(&params, Seconds::between(UnixTime(started_ts), now))
            }
            ClockStep::Rests | ClockStep::Stops => {
                forced_discount(&params, self.deficit_atoms, request.quote_debt_limit_atoms)
            }
        }
        .or_fail()?;
        let budget = bank.impact_params();
        let quota = prices.quota(request.account.half_converted());
        let permitted_atoms = quota.permitted(self.deficit_atoms, self.deficit_atoms.div_ceil(2));
        let input = ConversionInput {
            deficit_atoms: permitted_atoms,
            held_atoms: held.unsigned_abs(),
            limit_atoms: request.atoms_max,
            // What is left is the account's own, however little: more than it lacks is never taken.
            dust_atoms: 0,
            room_atoms: self.impact_after.room_atoms_floor(&budget, self.state.is_critical()),
            // The risk price itself, where equity counts the low end of its band: the seller gets no less.
            price: prices.point.price,
            discount: self.discount,
        };
        let Some(conversion) = plan_conversion(&input).or_fail()? else {
            self.outcome = ConversionOutcome::BudgetExhausted;
            return Ok(());
        };
        self.impact_after = self.impact_after.charge_ceil(&budget, conversion.notional_atoms).or_fail()?;
        let is_covered = !conversion.is_limited && conversion.quote_atoms >= self.deficit_atoms;
        self.outcome = match is_covered {
            true => ConversionOutcome::Completed,
            false => ConversionOutcome::Partial,
        };
        self.half_taken = quota.after(permitted_atoms, conversion.quote_atoms);
        self.conversion = Some(conversion);
        Ok(())
    }
}
