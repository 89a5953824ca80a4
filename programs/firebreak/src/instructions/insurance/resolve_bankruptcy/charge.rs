//! One market in which a bankrupt account owes: what its sides hold, and charging them.

use anchor_lang::prelude::*;
use firebreak_risk::{
    bankruptcy::{Cover, Debt},
    side::LossCharge,
    units::{Side, UnixTime},
};

use crate::{
    engine::rows::side_index,
    error::{fail, FirebreakError, OrFail},
    state::{is_known, Market, MarketLedger, Position, Row, Shards},
};

/// A market with a debt.
pub struct DebtMarket<'info> {
    market: AccountLoader<'info, Market>,
    ledger: AccountLoader<'info, MarketLedger>,
    /// Row of the market.
    pub row: u16,
    /// Side that a loss is charged to: the one opposite the bankrupt position.
    pub side: Side,
    /// What is owed and who could bear it.
    pub debt: Debt,
    /// What the insurance already paid for this debt, in quote atoms.
    pub drawn_atoms: u64,
    side_units: u64,
    claim_units: u64,
}

impl<'info> DebtMarket<'info> {
    /// Loads and checks market and ledger.
    ///
    /// # Errors
    /// `WrongGroup`, `NewerVersion`, and Anchor's for accounts of another type.
    pub fn load(group: &Pubkey, pair: &'info [AccountInfo<'info>]) -> Result<Self> {
        let [market, ledger] = pair else {
            return Err(fail(FirebreakError::DebtMarkets));
        };
        ensure!(ledger.is_writable, ErrorCode::ConstraintMut);
        let market = AccountLoader::<Market>::try_from(market)?;
        let ledger = AccountLoader::<MarketLedger>::try_from(ledger)?;
        ensure!(is_known(&market) && is_known(&ledger), FirebreakError::NewerVersion);
        let row = {
            let config = market.load()?;
            ensure!(config.group == *group, FirebreakError::WrongGroup);
            config.row
        };
        ensure!(ledger.load()?.market == market.key(), FirebreakError::WrongGroup);
        let debt = Debt::default();
        Ok(Self {
            market,
            ledger,
            row,
            side: Side::Long,
            debt,
            drawn_atoms: 0,
            side_units: 0,
            claim_units: 0,
        })
    }

    /// Measures debt and bearers. `balance_atoms` is the insurance's.
    ///
    /// # Errors
    /// `DebtMarkets` when nothing is owed here; those of the shards.
    pub fn measured(
        mut self,
        position: &Position,
        row: &Row,
        shards: &Shards,
        balance_atoms: u64,
        now: UnixTime,
    ) -> Result<Self> {
        ensure!(position.quote_atoms < 0, FirebreakError::DebtMarkets);
        self.side = position.last_side().ok_or(FirebreakError::NotBankrupt)?.opposite();
        let config = self.market.load()?;
        let haircut = row.haircut();
        let (side, mut side_units, mut claim_units) = (self.side.index(), 0u64, 0u64);
        for sums in shards.rows(config.market_index)? {
            let (units, claims) = (sums.open_interest_units[side], sums.live_claim_units(&haircut));
            side_units = side_units.checked_add(units).ok_or(FirebreakError::MathOverflow)?;
            claim_units = claim_units.checked_add(claims).ok_or(FirebreakError::MathOverflow)?;
        }
        (self.side_units, self.claim_units) = (side_units, claim_units);
        let allowance = self.ledger.load()?.cover_allowance();
        let room = allowance.room_floor(&config.cover_day(), balance_atoms, now).or_fail()?;
        drop(config);
        self.drawn_atoms = position.insurance_drawn_atoms;
        self.debt = Debt {
            debt_atoms: position.quote_atoms.unsigned_abs(),
            market_room_atoms: room,
            claims_atoms: haircut.value_of_units_floor(self.claim_units).or_fail()?,
            has_opposite_side: self.side_units > 0,
        };
        Ok(self)
    }

    /// Charges claims and side, and books everything in the ledger. `mark` is the position's contribution to its counts.
    ///
    /// # Errors
    /// `MathOverflow` when an index or total does not fit.
    pub fn charge(
        &self,
        row: &mut Row,
        cover: &Cover,
        balance_atoms: u64,
        mark: u8,
        now: UnixTime,
    ) -> Result<()> {
        let mut ledger = self.ledger.load_mut()?;
        if cover.haircut_atoms > 0 {
            let haircut = row.haircut().haircut(self.claim_units, cover.haircut_atoms).or_fail()?;
            ensure!(haircut.taken_atoms == cover.haircut_atoms, FirebreakError::MathOverflow);
            row.set_haircut(haircut.index);
            ledger.add_residue(haircut.residue_q48)?;
        }
        if cover.socialized_loss_atoms > 0 {
            let side = &mut row.sides[self.side.index()];
            let carry = &mut ledger.loss_carry_q48[self.side.index()];
            let charge = LossCharge {
                oi_units: self.side_units,
                loss_atoms: cover.socialized_loss_atoms,
                carry_q48: *carry,
            };
            let (index, after) = side_index(side).charge_loss(self.side, &charge).or_fail()?;
            side.set_earned(index.earned);
            *carry = after;
        }
        self.book(&mut ledger, cover, balance_atoms, mark, now)
    }

    /// Cash and insurance flow into the pool of settled losses; totals.
    fn book(
        &self,
        ledger: &mut MarketLedger,
        cover: &Cover,
        balance_atoms: u64,
        mark: u8,
        now: UnixTime,
    ) -> Result<()> {
        let market = self.market.load()?;
        let payout = cover.insurance_payout_atoms;
        let inflow = cover.cash_atoms.checked_add(payout).ok_or(FirebreakError::MathOverflow)?;
        let pool = ledger.pool().credit(&market.payout_limiter(), inflow, now).or_fail()?;
        ledger.set_pool(pool);
        if payout > 0 {
            let used = ledger.cover_allowance().charge(&market.cover_day(), balance_atoms, payout, now);
            ledger.set_cover_allowance(used.or_fail()?);
        }
        ledger.move_shortfall(mark, 0);
        ledger.on_bad_debt(cover);
        ledger.touch();
        Ok(())
    }
}
