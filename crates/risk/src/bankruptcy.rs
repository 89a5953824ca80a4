//! Who bears what a bankrupt account owes: all of its debts at once, market by market in the same proportion.
//!
//! An account without positions may owe in several markets. Its cash, and what the insurance may pay for it, are divided
//! over these markets in proportion to its debts, so that neither the order in which somebody passes the markets nor the
//! order in which its positions were closed favours anyone. Within a market the loss falls on the insurance, then on
//! realised but unpaid profits, then on the opposite side; what even that cannot bear is uncollectable.
//!
//! Symbols: d_i = debt in market i, S = Σ d_i, c = cash, o = what other markets owe the account, D = S − c − o.
//! Result: market i is freed of (c + D)·d_i/S; of this c·d_i/S comes from cash and at most R·D_i/D from the insurance, R
//! being all that it may pay for this account. Each share is the difference of two running sums that are rounded down, so
//! the parts add up exactly and none is off by more than an atom.

use crate::{
    error::{Result, RiskError},
    math::fixed::mul_div_floor,
};

#[cfg(test)]
mod tests;

/// Markets that one account can owe in.
pub const DEBTS_MAX: usize = 16;

/// A debt in one market, and who could bear it. All in quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Debt {
    /// What the account owes; above zero.
    pub debt_atoms: u64,
    /// What the insurance may still pay for this market.
    pub market_room_atoms: u64,
    /// Realised, unpaid profits in this market.
    pub claims_atoms: u64,
    /// True when somebody holds the opposite side.
    pub has_opposite_side: bool,
}

/// Who pays for one debt. All in quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// The account's own cash.
    pub cash_atoms: u64,
    /// The insurance.
    pub insurance_payout_atoms: u64,
    /// Realised, unpaid profits.
    pub haircut_atoms: u64,
    /// The opposite side.
    pub socialized_loss_atoms: u64,
    /// Nobody: there is neither profit nor position left, so whoever is owed fees bears it.
    pub uncollectable_atoms: u64,
}

impl Cover {
    /// The loss beyond the account's own means.
    pub const fn bad_debt_atoms(&self) -> u64 {
        self.insurance_payout_atoms
            .saturating_add(self.haircut_atoms)
            .saturating_add(self.socialized_loss_atoms)
            .saturating_add(self.uncollectable_atoms)
    }

    /// What the debt falls by.
    pub const fn total_atoms(&self) -> u64 {
        self.cash_atoms.saturating_add(self.bad_debt_atoms())
    }
}

/// Divides a total in proportion to weights that are asked one after the other; the shares add up exactly.
#[derive(Clone, Copy, Debug)]
struct ProRata {
    total: u64,
    weights: u64,
    seen: u64,
    given: u64,
}

impl ProRata {
    const fn new(total: u64, weights: u64) -> Self {
        Self { total, weights, seen: 0, given: 0 }
    }

    fn next(&mut self, weight: u64) -> Result<u64> {
        self.seen = self.seen.checked_add(weight).ok_or(RiskError::Overflow)?;
        let until = mul_div_floor(self.total, self.seen, self.weights)?;
        // The running sum does not fall.
        let share = until.saturating_sub(self.given);
        self.given = until;
        Ok(share)
    }
}

/// Plans who bears the debts: `covers[i]` for `debts[i]`.
///
/// `cash_atoms` is the account's own, `owed_atoms` what other markets owe it as realised profit, `room_atoms` what the
/// insurance may pay for this account now. Returns false, and plans nothing, when the account is not bankrupt: what it
/// has and is owed covers what it owes.
///
/// # Errors
/// `DomainError` for more than [`DEBTS_MAX`] debts or arrays of different length; `Overflow` when the debts do not fit.
pub fn plan_cover(
    cash_atoms: u64,
    owed_atoms: u64,
    room_atoms: u64,
    debts: &[Debt],
    covers: &mut [Cover],
) -> Result<bool> {
    if debts.len() != covers.len() || debts.len() > DEBTS_MAX {
        return Err(RiskError::DomainError);
    }
    let mut sum = 0u64;
    for debt in debts {
        sum = sum.checked_add(debt.debt_atoms).ok_or(RiskError::Overflow)?;
    }
    let own = cash_atoms.checked_add(owed_atoms).ok_or(RiskError::Overflow)?;
    let Some(deficit) = sum.checked_sub(own).filter(|deficit| *deficit > 0) else {
        return Ok(false);
    };
    // Cash and deficit together are the debts less what other markets owe.
    let freed = cash_atoms.saturating_add(deficit);
    let mut deficits = [0u64; DEBTS_MAX];
    divide_cash(cash_atoms, freed, sum, debts, covers, &mut deficits)?;
    let mut room = ProRata::new(room_atoms.min(deficit), deficit);
    for ((debt, cover), loss) in debts.iter().zip(covers).zip(deficits) {
        bear(cover, debt, loss, room.next(loss)?);
    }
    Ok(true)
}

/// Gives each market its share of the cash, and says what is missing there.
fn divide_cash(
    cash_atoms: u64,
    freed: u64,
    sum: u64,
    debts: &[Debt],
    covers: &mut [Cover],
    deficits: &mut [u64; DEBTS_MAX],
) -> Result<()> {
    let (mut freed_shares, mut cash_shares) = (ProRata::new(freed, sum), ProRata::new(cash_atoms, sum));
    // What one market cannot use because its share was rounded the other way goes to the next.
    let mut left = 0u64;
    for ((debt, cover), deficit) in debts.iter().zip(covers.iter_mut()).zip(deficits.iter_mut()) {
        let share = freed_shares.next(debt.debt_atoms)?;
        let cash = cash_shares.next(debt.debt_atoms)?.saturating_add(left);
        let used = cash.min(share);
        left = cash.saturating_sub(used);
        *cover = Cover { cash_atoms: used, ..Cover::default() };
        *deficit = share.saturating_sub(used);
    }
    for (cover, deficit) in covers.iter_mut().zip(deficits.iter_mut()) {
        let more = left.min(*deficit);
        left = left.saturating_sub(more);
        cover.cash_atoms = cover.cash_atoms.saturating_add(more);
        *deficit = deficit.saturating_sub(more);
    }
    Ok(())
}

/// Insurance, then claims, then the opposite side.
fn bear(cover: &mut Cover, debt: &Debt, loss: u64, room: u64) {
    cover.insurance_payout_atoms = loss.min(room).min(debt.market_room_atoms);
    let left = loss.saturating_sub(cover.insurance_payout_atoms);
    cover.haircut_atoms = left.min(debt.claims_atoms);
    let left = left.saturating_sub(cover.haircut_atoms);
    if debt.has_opposite_side {
        cover.socialized_loss_atoms = left;
    } else {
        cover.uncollectable_atoms = left;
    }
}

/// What the insurance may pay for one bankrupt account now: a share of the vault as it was before this account drew
/// from it, less what it drew, and at most what the day and the vault leave. Asking again draws nothing more.
///
/// # Errors
/// `Overflow` for a share above one.
pub fn event_room_floor(
    vault_atoms: u64,
    drawn_atoms: u64,
    event_share: crate::units::Ppm,
    day_room_atoms: u64,
) -> Result<u64> {
    let before = vault_atoms.checked_add(drawn_atoms).ok_or(RiskError::Overflow)?;
    let share = crate::math::fixed::mul_ppm_floor(before, event_share)?;
    Ok(share.saturating_sub(drawn_atoms).min(vault_atoms).min(day_room_atoms))
}
