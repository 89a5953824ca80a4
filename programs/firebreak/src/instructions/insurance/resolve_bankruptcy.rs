//! `resolve_bankruptcy`: what an account without positions and other collateral owes, in all markets at once, is paid by
//! its own cash, then by the insurance vault, then by realised but unpaid profits, then by the opposite side of each
//! market. Anyone may call it. Who bears how much is `firebreak_risk::bankruptcy`'s to say.

mod charge;

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use firebreak_risk::{
    bankruptcy::{event_room_floor, plan_cover, Cover, Debt, DEBTS_MAX},
    units::{Ppm, UnixTime},
};

use charge::DebtMarket;

use crate::{
    constants::{QUOTE_ROW, SHARD_COUNT},
    error::{FirebreakError, OrFail},
    events::{emit, BankruptcyResolved, DebtResolved},
    instructions::tokens::Transfer,
    state::{
        is_known, CollateralBank, Group, InsuranceVault, MarginAccount, RiskSnapshot, Shards, SnapshotRows,
    },
};

/// Accounts of `resolve_bankruptcy`. Remaining accounts: all shards of the group, in order, read-only; then market and
/// ledger (writable) of each market in which the account owes, by ascending row.
#[event_cpi]
#[derive(Accounts)]
pub struct ResolveBankruptcy<'info> {
    /// The group.
    #[account(
        has_one = quote_mint @ FirebreakError::WrongGroup,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
    /// Its snapshot; haircut factors and earned indices of the charged markets move.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The bankrupt account.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&margin_account) @ FirebreakError::NewerVersion
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Record of the insurance vault.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = insurance.load()?.vault == insurance_vault.key() @ FirebreakError::WrongGroup,
        constraint = is_known(&insurance) @ FirebreakError::NewerVersion
    )]
    pub insurance: AccountLoader<'info, InsuranceVault>,
    /// Token account of the insurance vault.
    #[account(mut)]
    pub insurance_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Bank of the quote mint.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = bank.load()?.row == QUOTE_ROW @ FirebreakError::WrongGroup,
        constraint = bank.load()?.vault == bank_vault.key() @ FirebreakError::WrongGroup,
        constraint = is_known(&bank) @ FirebreakError::NewerVersion
    )]
    pub bank: AccountLoader<'info, CollateralBank>,
    /// Token account of the bank.
    #[account(mut)]
    pub bank_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The quote mint.
    pub quote_mint: Box<InterfaceAccount<'info, Mint>>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

impl<'info> ResolveBankruptcy<'info> {
    fn validate(&self) -> Result<()> {
        // group, snapshot, insurance, bank and their vaults: attributes. shards and markets: the handler's helpers.
        let account = self.margin_account.load()?;
        ensure!(account.is_flat(), FirebreakError::PositionsRemain);
        let has_other = account.collaterals().iter().any(|c| c.row != QUOTE_ROW && c.atoms > 0);
        ensure!(!has_other, FirebreakError::CollateralRemains);
        Ok(())
    }

    /// Resolves all debts of the account.
    ///
    /// # Errors
    /// `PositionsRemain`, `CollateralRemains`, `NotBankrupt`, `ShardsMissing`, `DebtMarkets` unless exactly the markets in
    /// which the account owes are passed, in order.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = &*ctx.accounts;
        let now = UnixTime(Clock::get()?.unix_timestamp);
        let count = usize::from(SHARD_COUNT);
        let shards = ctx.remaining_accounts.get(..count).ok_or(FirebreakError::ShardsMissing)?;
        let shards = Shards::check(&accounts.group.key(), shards)?;
        let markets = accounts.debt_markets(&ctx.remaining_accounts[count..], &shards, now)?;
        let mut covers = Box::new([Cover::default(); DEBTS_MAX]);
        let covers = covers.get_mut(..markets.len()).ok_or(FirebreakError::DebtMarkets)?;
        accounts.plan(&markets, covers, now)?;
        let event = accounts.apply(&markets, covers, now)?;
        emit(&ctx.accounts.event_authority, &event)?;
        Ok(())
    }

    /// The markets in which the account owes: exactly the passed ones.
    fn debt_markets(
        &self,
        infos: &'info [AccountInfo<'info>],
        shards: &Shards,
        now: UnixTime,
    ) -> Result<Vec<DebtMarket<'info>>> {
        let account = self.margin_account.load()?;
        let debts = account.positions().iter().filter(|position| position.quote_atoms < 0).count();
        ensure!(debts > 0, FirebreakError::NotBankrupt);
        ensure!(infos.len() == debts * 2, FirebreakError::DebtMarkets);
        let rows = self.snapshot.rows()?;
        let balance = self.insurance.load()?.balance_atoms;
        let mut markets: Vec<DebtMarket<'info>> = Vec::with_capacity(debts);
        for pair in infos.chunks_exact(2) {
            let market = DebtMarket::load(&self.group.key(), pair)?;
            // Ascending rows: none can be passed twice, and as many as there are debts means all of them.
            let is_next = markets.last().is_none_or(|last| last.row < market.row);
            ensure!(is_next, FirebreakError::DebtMarkets);
            let position = account.position_of(market.row).ok_or(FirebreakError::DebtMarkets)?;
            let row = rows.get(usize::from(market.row)).ok_or(FirebreakError::NoSuchRow)?;
            markets.push(market.measured(position, row, shards, balance, now)?);
        }
        Ok(markets)
    }

    fn plan(&self, markets: &[DebtMarket], covers: &mut [Cover], now: UnixTime) -> Result<()> {
        let account = self.margin_account.load()?;
        let rows = self.snapshot.rows()?;
        // Profits in other markets count for the account: only what it owes on the whole is anybody else's loss.
        let mut owed_atoms = 0u64;
        for position in account.positions() {
            let row = rows.get(usize::from(position.row)).ok_or(FirebreakError::NoSuchRow)?;
            let claim = row.haircut().value_floor(&position.state().claim).or_fail()?;
            owed_atoms = owed_atoms.checked_add(claim).ok_or(FirebreakError::MathOverflow)?;
        }
        let cash = account.atoms_of(QUOTE_ROW).max(0).unsigned_abs();
        let mut debts = Box::new([Debt::default(); DEBTS_MAX]);
        let debts = debts.get_mut(..markets.len()).ok_or(FirebreakError::DebtMarkets)?;
        let mut drawn_atoms = 0u64;
        for (debt, market) in debts.iter_mut().zip(markets) {
            *debt = market.debt;
            drawn_atoms = drawn_atoms.saturating_add(market.drawn_atoms);
        }
        let group = self.group.load()?;
        let insurance = self.insurance.load()?;
        let day_room = insurance
            .day_allowance()
            .room_floor(&group.cover_day(), insurance.balance_atoms, now)
            .or_fail()?;
        let share = Ppm(group.cover_event_ppm);
        let room = event_room_floor(insurance.balance_atoms, drawn_atoms, share, day_room).or_fail()?;
        let is_bankrupt = plan_cover(cash, owed_atoms, room, debts, covers).or_fail()?;
        ensure!(is_bankrupt, FirebreakError::NotBankrupt);
        Ok(())
    }

    fn apply(&self, markets: &[DebtMarket], covers: &[Cover], now: UnixTime) -> Result<BankruptcyResolved> {
        let mut account = self.margin_account.load_mut()?;
        let balance = self.insurance.load()?.balance_atoms;
        let mut total = Cover::default();
        let mut debts = Vec::with_capacity(markets.len());
        for (market, cover) in markets.iter().zip(covers) {
            let mut position = *account.position_of(market.row).ok_or(FirebreakError::NoPosition)?;
            let freed = i64::try_from(cover.total_atoms()).map_err(|_| FirebreakError::MathOverflow)?;
            position.quote_atoms =
                position.quote_atoms.checked_add(freed).ok_or(FirebreakError::MathOverflow)?;
            // One bankruptcy is one event, however often it is resolved in part.
            position.insurance_drawn_atoms =
                position.insurance_drawn_atoms.saturating_add(cover.insurance_payout_atoms);
            let mark = position.shortfall_state;
            position.shortfall_state = 0;
            {
                let mut rows = self.snapshot.rows_mut()?;
                let row = rows.get_mut(usize::from(market.row)).ok_or(FirebreakError::NoSuchRow)?;
                market.charge(row, cover, balance, mark, now)?;
            }
            account.store_position(position)?;
            total = add_covers(&total, cover)?;
            debts.push(DebtResolved::new(market.row, market.side, cover, position.quote_atoms));
        }
        let cash = i64::try_from(total.cash_atoms).map_err(|_| FirebreakError::MathOverflow)?;
        account.add_atoms(QUOTE_ROW, -cash)?;
        if account.position_count == 0 {
            account.liquidation_started_ts = 0;
        }
        account.touch();
        let sequence = account.sequence;
        drop(account);
        {
            let mut snapshot = self.snapshot.load_mut()?;
            snapshot.touch(&Clock::get()?);
            snapshot.on_insurance_drawn(total.insurance_payout_atoms, balance, now.0);
        }
        self.draw_insurance(total.insurance_payout_atoms, now)?;
        Ok(BankruptcyResolved {
            group: self.group.key(),
            margin_account: self.margin_account.key(),
            own_cash_atoms: total.cash_atoms,
            insurance_payout_atoms: total.insurance_payout_atoms,
            haircut_atoms: total.haircut_atoms,
            socialized_loss_atoms: total.socialized_loss_atoms,
            uncollectable_atoms: total.uncollectable_atoms,
            debts,
            sequence,
        })
    }

    /// Moves the insurance's share into the bank's vault.
    fn draw_insurance(&self, atoms: u64, now: UnixTime) -> Result<()> {
        if atoms == 0 {
            return Ok(());
        }
        let day = self.group.load()?.cover_day();
        {
            let mut insurance = self.insurance.load_mut()?;
            let balance = insurance.balance_atoms;
            let used = insurance.day_allowance().charge(&day, balance, atoms, now).or_fail()?;
            insurance.set_day_allowance(used);
            insurance.on_payout(atoms)?;
            self.bank.load_mut()?.on_inflow(atoms)?;
        }
        Transfer {
            from: &self.insurance_vault,
            to: &self.bank_vault,
            mint: &self.quote_mint,
            token_program: &self.token_program,
        }
        .pay_from_insurance(&self.insurance, atoms)
    }
}

fn add_covers(left: &Cover, right: &Cover) -> Result<Cover> {
    let add = |a: u64, b: u64| a.checked_add(b).ok_or(FirebreakError::MathOverflow);
    Ok(Cover {
        cash_atoms: add(left.cash_atoms, right.cash_atoms)?,
        insurance_payout_atoms: add(left.insurance_payout_atoms, right.insurance_payout_atoms)?,
        haircut_atoms: add(left.haircut_atoms, right.haircut_atoms)?,
        socialized_loss_atoms: add(left.socialized_loss_atoms, right.socialized_loss_atoms)?,
        uncollectable_atoms: add(left.uncollectable_atoms, right.uncollectable_atoms)?,
    })
}
