//! `unstake`: pays out an exit from the insurance after its cooldown.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{FirebreakError, OrFail},
    events::{emit, Unstaked},
    instructions::tokens::Transfer,
    state::{is_known, Group, InsuranceStake, InsuranceVault, MarketLedger},
};

/// Accounts of `unstake`. Remaining accounts: the ledgers of all markets of the group, by market index, read-only.
#[event_cpi]
#[derive(Accounts)]
pub struct Unstake<'info> {
    /// Owner of the stake.
    pub owner: Signer<'info>,
    /// The group.
    #[account(
        has_one = quote_mint @ FirebreakError::WrongGroup,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
    /// Record of the vault.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        has_one = vault,
        constraint = is_known(&insurance) @ FirebreakError::NewerVersion
    )]
    pub insurance: AccountLoader<'info, InsuranceVault>,
    /// The stake.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        has_one = owner @ FirebreakError::NotOwner,
        constraint = is_known(&stake) @ FirebreakError::NewerVersion
    )]
    pub stake: AccountLoader<'info, InsuranceStake>,
    /// Token account of the vault.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Destination of the tokens; the token program checks its mint.
    #[account(mut)]
    pub destination: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The quote mint.
    pub quote_mint: Box<InterfaceAccount<'info, Mint>>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

impl<'info> Unstake<'info> {
    fn validate(&self, ledgers: &'info [AccountInfo<'info>]) -> Result<()> {
        // insurance, stake, vault, quote_mint: has_one. owner: signs. destination: the token program.
        ensure!(self.destination.key() != self.vault.key(), FirebreakError::DuplicateAccount);
        let stake = self.stake.load()?;
        ensure!(stake.has_request(), FirebreakError::ExitRequest);
        let cooldown_secs = i64::from(self.group.load()?.unstake_cooldown_secs);
        let waited_secs = Clock::get()?.unix_timestamp.saturating_sub(stake.exit_requested_ts);
        require_gte!(waited_secs, cooldown_secs, FirebreakError::UnstakeCooldown);
        self.require_no_loss(ledgers)
    }

    /// Fails while any market has a loss that nobody was charged with yet.
    ///
    /// SECURITY: only `add_market` makes ledgers, one per market index, so group and index identify the one ledger.
    fn require_no_loss(&self, ledgers: &'info [AccountInfo<'info>]) -> Result<()> {
        let market_count = self.group.load()?.market_count;
        ensure!(ledgers.len() == usize::from(market_count), FirebreakError::LedgersMissing);
        for (market_index, info) in (0..market_count).zip(ledgers) {
            let ledger = AccountLoader::<MarketLedger>::try_from(info)?;
            ensure!(is_known(&ledger), FirebreakError::NewerVersion);
            let ledger = ledger.load()?;
            ensure!(ledger.group == self.group.key(), FirebreakError::WrongGroup);
            ensure!(ledger.market_index == market_index, FirebreakError::LedgersMissing);
            let is_settled = ledger.bankrupt_count == 0 && ledger.shortfall_count == 0;
            ensure!(is_settled, FirebreakError::ExitsFrozen);
        }
        Ok(())
    }

    /// Pays what the shares of the request are worth, but not more than when the exit was asked for. The rest of their
    /// value stays with the other stakers.
    ///
    /// # Errors
    /// `DuplicateAccount`, `ExitRequest` without a request, `UnstakeCooldown`, `LedgersMissing`, `ExitsFrozen`.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        ctx.accounts.validate(ctx.remaining_accounts)?;
        let accounts = &*ctx.accounts;
        let (shares, stake_shares, stake_sequence, request) = {
            let mut stake = accounts.stake.load_mut()?;
            let request = stake.request();
            let burnt = stake.end_request(0);
            stake.touch();
            (burnt, stake.shares, stake.sequence, request)
        };
        let (after, atoms, sequence) = {
            let mut insurance = accounts.insurance.load_mut()?;
            let (after, atoms) = insurance.pool().exit(&request).or_fail()?;
            insurance.set_pool(&after);
            insurance.touch();
            (after, atoms, insurance.sequence)
        };
        accounts.pay_out(atoms)?;
        emit(
            &ctx.accounts.event_authority,
            &Unstaked {
                group: accounts.group.key(),
                stake: accounts.stake.key(),
                owner: accounts.owner.key(),
                destination: accounts.destination.key(),
                atoms,
                shares,
                stake_shares,
                balance_atoms: after.balance_atoms,
                share_count: after.total_shares,
                stake_sequence,
                sequence,
            },
        )?;
        Ok(())
    }

    fn pay_out(&self, atoms: u64) -> Result<()> {
        if atoms == 0 {
            return Ok(());
        }
        Transfer {
            from: &self.vault,
            to: &self.destination,
            mint: &self.quote_mint,
            token_program: &self.token_program,
        }
        .pay_from_insurance(&self.insurance, atoms)
    }
}
