//! `resolve_bankruptcy`: what an account without positions and collateral still owes in one market is paid by its own
//! cash, then by the insurance vault, then by the opposite side of that market. Anyone may call it.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{transfer_checked, Mint, TokenAccount, TokenInterface, TransferChecked};
use firebreak_risk::{
    insurance::{split_loss, LossSplit},
    side::LossCharge,
    units::{Ppm, Side, UnixTime},
};

use crate::{
    constants::{INSURANCE, QUOTE_ROW},
    engine::rows::side_index,
    error::{FirebreakError, OrFail},
    events::BankruptcyResolved,
    state::{
        is_known, CollateralBank, Group, InsuranceVault, MarginAccount, Market, MarketLedger, Position,
        RiskSnapshot, ShardSums, SnapshotRows,
    },
};

/// Accounts of `resolve_bankruptcy`. Remaining accounts: all shards of the group, in order, read-only.
#[event_cpi]
#[derive(Accounts)]
pub struct ResolveBankruptcy<'info> {
    /// The group.
    #[account(
        has_one = quote_mint @ FirebreakError::WrongGroup,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
    /// Its snapshot; the earned index of the opposite side falls.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The market.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&market) @ FirebreakError::NewerVersion
    )]
    pub market: AccountLoader<'info, Market>,
    /// Its ledger.
    #[account(
        mut,
        has_one = market @ FirebreakError::WrongGroup,
        constraint = is_known(&ledger) @ FirebreakError::NewerVersion
    )]
    pub ledger: AccountLoader<'info, MarketLedger>,
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

/// What the account owes in this market and how it is covered, in quote atoms.
struct Cover {
    cash: u64,
    split: LossSplit,
    side: Side,
}

impl<'info> ResolveBankruptcy<'info> {
    /// Resolves the account's debt in this market.
    ///
    /// # Errors
    /// `PositionsRemain`, `CollateralRemains`, `NotBankrupt`, `ShardsMissing`, and `OppositeSideEmpty` when neither
    /// cash nor insurance is left and nobody holds the opposite side.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = &*ctx.accounts;
        let (row, market_index) = {
            let market = accounts.market.load()?;
            (market.row, market.market_index)
        };
        let shards = ctx.remaining_accounts;
        let open_interest = ShardSums::read(&accounts.group.key(), shards, market_index)?.open_interest_units;
        let mut account = accounts.margin_account.load_mut()?;
        let mut position = *account.position_of(row).ok_or(FirebreakError::NoPosition)?;
        let mut cover = accounts.cover(&account, &position)?;
        let side_units = open_interest[cover.side.index()];
        if side_units == 0 {
            // Nobody to charge: what the insurance does not pay stays a debt of the account, in the open.
            cover.split.socialized_loss_atoms = 0;
        }
        let paid = u128::from(cover.cash)
            + u128::from(cover.split.insurance_payout_atoms)
            + u128::from(cover.split.socialized_loss_atoms);
        require!(paid > 0, FirebreakError::OppositeSideEmpty);
        let paid = i64::try_from(paid).map_err(|_| FirebreakError::MathOverflow)?;

        let cash = i64::try_from(cover.cash).map_err(|_| FirebreakError::MathOverflow)?;
        account.add_atoms(QUOTE_ROW, -cash)?;
        position.quote_atoms = position.quote_atoms.checked_add(paid).ok_or(FirebreakError::MathOverflow)?;
        // One bankruptcy is one event, however often it is resolved in part.
        position.insurance_drawn_atoms =
            position.insurance_drawn_atoms.saturating_add(cover.split.insurance_payout_atoms);
        account.store_position(position)?;
        if account.position_count == 0 {
            account.liquidation_started_ts = 0;
        }
        account.touch();
        let sequence = account.sequence;
        drop(account);
        accounts.charge_side(row, side_units, &cover)?;
        let ledger_sequence = accounts.book(&cover)?;
        accounts.draw_insurance(cover.split.insurance_payout_atoms)?;
        emit_cpi!(BankruptcyResolved {
            group: accounts.group.key(),
            market: accounts.market.key(),
            margin_account: accounts.margin_account.key(),
            own_cash_atoms: cover.cash,
            insurance_payout_atoms: cover.split.insurance_payout_atoms,
            socialized_loss_atoms: cover.split.socialized_loss_atoms,
            unresolved_atoms: position.quote_atoms.min(0).unsigned_abs(),
            charged_side: cover.side.index() as u8,
            charged_units: side_units,
            ledger_sequence,
            sequence,
        });
        Ok(())
    }

    /// How the debt is covered, before it is known whether anybody holds the opposite side.
    fn cover(&self, account: &MarginAccount, position: &Position) -> Result<Cover> {
        require!(account.is_flat(), FirebreakError::PositionsRemain);
        let has_other = account.collaterals().iter().any(|c| c.row != QUOTE_ROW && c.atoms > 0);
        require!(!has_other, FirebreakError::CollateralRemains);
        let side = position.last_side().ok_or(FirebreakError::NotBankrupt)?.opposite();
        let cash = account.atoms_of(QUOTE_ROW).max(0);
        // Profits in other markets count for the account: only what it owes on the whole is anybody else's loss.
        let owed: i128 = account.positions().iter().map(|p| -i128::from(p.quote_atoms)).sum();
        let deficit = owed - i128::from(cash);
        require!(deficit > 0 && position.quote_atoms < 0, FirebreakError::NotBankrupt);
        let owed_here = -i128::from(position.quote_atoms);
        let cash_here = owed_here.min(i128::from(cash));
        let deficit_here = (owed_here - cash_here).min(deficit);
        let group = self.group.load()?;
        let deficit_here = u64::try_from(deficit_here).map_err(|_| FirebreakError::MathOverflow)?;
        let vault = self.insurance.load()?.balance_atoms;
        Ok(Cover {
            cash: u64::try_from(cash_here).map_err(|_| FirebreakError::MathOverflow)?,
            split: split_loss(
                deficit_here,
                vault,
                position.insurance_drawn_atoms,
                Ppm(group.cover_event_ppm),
            )
            .or_fail()?,
            side,
        })
    }

    /// Lowers the earned index of the charged side.
    fn charge_side(&self, row: u16, oi_units: u64, cover: &Cover) -> Result<()> {
        if cover.split.socialized_loss_atoms == 0 {
            return Ok(());
        }
        let clock = Clock::get()?;
        let mut ledger = self.ledger.load_mut()?;
        {
            let mut rows = self.snapshot.rows_mut()?;
            let stored = rows.get_mut(usize::from(row)).ok_or(FirebreakError::NoSuchRow)?;
            let side = &mut stored.sides[cover.side.index()];
            let charge = LossCharge {
                oi_units,
                loss_atoms: cover.split.socialized_loss_atoms,
                carry_q48: ledger.loss_carry_q48[cover.side.index()],
            };
            let (index, carry) = side_index(side).charge_loss(cover.side, &charge).or_fail()?;
            side.set_earned(index.earned);
            ledger.loss_carry_q48[cover.side.index()] = carry;
        }
        self.snapshot.load_mut()?.touch(&clock);
        Ok(())
    }

    /// Books the loss in the ledger; cash and insurance flow into the pool of settled losses.
    fn book(&self, cover: &Cover) -> Result<u64> {
        let now = UnixTime(Clock::get()?.unix_timestamp);
        let limiter = self.market.load()?.payout_limiter();
        let mut ledger = self.ledger.load_mut()?;
        let split = &cover.split;
        let inflow =
            cover.cash.checked_add(split.insurance_payout_atoms).ok_or(FirebreakError::MathOverflow)?;
        let pool = ledger.pool().credit(&limiter, inflow, now).or_fail()?;
        ledger.set_pool(pool);
        let bad_debt = split.insurance_payout_atoms.saturating_add(split.socialized_loss_atoms);
        ledger.bad_debt_atoms = ledger.bad_debt_atoms.saturating_add(bad_debt);
        ledger.insurance_payout_atoms =
            ledger.insurance_payout_atoms.saturating_add(split.insurance_payout_atoms);
        ledger.socialized_loss_atoms =
            ledger.socialized_loss_atoms.saturating_add(split.socialized_loss_atoms);
        ledger.touch();
        Ok(ledger.sequence)
    }

    /// Moves the insurance's share into the bank's vault.
    fn draw_insurance(&self, atoms: u64) -> Result<()> {
        if atoms == 0 {
            return Ok(());
        }
        let (group, bump) = {
            let mut insurance = self.insurance.load_mut()?;
            insurance.balance_atoms =
                insurance.balance_atoms.checked_sub(atoms).ok_or(FirebreakError::VaultMismatch)?;
            insurance.paid_atoms = insurance.paid_atoms.saturating_add(atoms);
            insurance.touch();
            let mut bank = self.bank.load_mut()?;
            bank.deposits_atoms =
                bank.deposits_atoms.checked_add(atoms).ok_or(FirebreakError::MathOverflow)?;
            bank.touch();
            (insurance.group, insurance.bump)
        };
        let seeds: &[&[u8]] = &[INSURANCE, group.as_ref(), &[bump]];
        let transfer = TransferChecked {
            from: self.insurance_vault.to_account_info(),
            mint: self.quote_mint.to_account_info(),
            to: self.bank_vault.to_account_info(),
            authority: self.insurance.to_account_info(),
        };
        let signer = [seeds];
        let context = CpiContext::new_with_signer(self.token_program.key(), transfer, &signer);
        transfer_checked(context, atoms, self.quote_mint.decimals)
    }
}
