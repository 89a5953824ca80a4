//! `collect_protocol_fees`: pays the protocol's fees of one market out of its pool of settled losses, a share of them to
//! the insurance. Anyone may call it; who is paid does not depend on who calls.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use firebreak_risk::{
    math::fixed::mul_ppm_ceil,
    units::{Ppm, UnixTime},
};

use crate::{
    constants::QUOTE_ROW,
    error::{FirebreakError, OrFail},
    events::{emit, ProtocolFeesCollected},
    instructions::tokens::Transfer,
    state::{is_known, CollateralBank, Group, InsuranceVault, MarginAccount, Market, MarketLedger},
};

/// Accounts of `collect_protocol_fees`.
#[event_cpi]
#[derive(Accounts)]
pub struct CollectProtocolFees<'info> {
    /// The group.
    #[account(
        has_one = quote_mint @ FirebreakError::WrongGroup,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
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
    /// The margin account that is paid: one of the group's administrator.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = margin_account.load()?.owner == group.load()?.admin @ FirebreakError::NotAdmin,
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

impl<'info> CollectProtocolFees<'info> {
    /// Pays what the limiter allows now of the fees that the last fold counted. Return data: the atoms that were paid, 8
    /// bytes. Nothing to pay is no error: it returns 0 and changes nothing.
    ///
    /// # Errors
    /// `CollateralSlotsFull` when the account has no place for quote, `VaultMismatch`.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = &*ctx.accounts;
        let now = UnixTime(Clock::get()?.unix_timestamp);
        let limiter = accounts.market.load()?.payout_limiter();
        let (payment, pool_atoms, ledger_sequence) = {
            let mut ledger = accounts.ledger.load_mut()?;
            let unpaid = ledger.unpaid_protocol_fees_atoms();
            let payment = ledger.pay_fees(&limiter, unpaid, now)?;
            let settled = ledger.protocol_fees_paid_atoms.checked_add(payment.settled_atoms());
            ledger.protocol_fees_paid_atoms = settled.ok_or(FirebreakError::MathOverflow)?;
            (payment, ledger.pool_atoms, ledger.sequence)
        };
        if payment.settled_atoms() == 0 {
            set_return_data(&0u64.to_le_bytes());
            return Ok(());
        }
        let paid_atoms = payment.paid_atoms;
        // Rounded up: in favour of the insurance.
        let share = Ppm(accounts.group.load()?.insurance_fee_share_ppm);
        let insurance_atoms = mul_ppm_ceil(paid_atoms, share).or_fail()?.min(paid_atoms);
        let sequence = {
            let mut account = accounts.margin_account.load_mut()?;
            account.pay_in(QUOTE_ROW, paid_atoms - insurance_atoms)?;
            account.sequence
        };
        accounts.insure(insurance_atoms)?;
        emit(
            &ctx.accounts.event_authority,
            &ProtocolFeesCollected {
                group: accounts.group.key(),
                market: accounts.market.key(),
                margin_account: accounts.margin_account.key(),
                paid_atoms,
                lost_atoms: payment.lost_atoms,
                insurance_atoms,
                pool_atoms,
                ledger_sequence,
                sequence,
            },
        )?;
        // Each CPI clears return data, so it is set after the event.
        set_return_data(&paid_atoms.to_le_bytes());
        Ok(())
    }

    /// Moves the insurance's share out of the bank's vault.
    fn insure(&self, atoms: u64) -> Result<()> {
        if atoms == 0 {
            return Ok(());
        }
        self.insurance.load_mut()?.on_funding(atoms)?;
        self.bank.load_mut()?.on_outflow(atoms)?;
        let transfer = Transfer {
            from: &self.bank_vault,
            to: &self.insurance_vault,
            mint: &self.quote_mint,
            token_program: &self.token_program,
        };
        transfer.pay_from_bank(&self.bank, atoms)?;
        transfer.require_received(atoms)
    }
}
