//! `stake`: quote tokens into the insurance vault, for shares of it.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use firebreak_risk::stake::SharePool;

use crate::{
    constants::STAKE_SHARES_PER_ATOM_MAX,
    error::{FirebreakError, OrFail},
    events::{emit, Staked},
    instructions::tokens::Transfer,
    state::{is_known, Group, InsuranceStake, InsuranceVault},
};

/// Accounts of `stake`.
#[event_cpi]
#[derive(Accounts)]
pub struct Stake<'info> {
    /// Owner of the stake and of the source tokens.
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
    /// Source of the tokens; the token program checks its owner and mint.
    #[account(mut)]
    pub source: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The quote mint.
    pub quote_mint: Box<InterfaceAccount<'info, Mint>>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

/// What a stake buys and costs.
struct Purchase {
    shares: u64,
    cost_atoms: u64,
    after: SharePool,
}

/// As many whole shares as the atoms buy, for what these cost.
fn plan_purchase(pool: &SharePool, atoms_max: u64) -> Result<Purchase> {
    // Below this value a stake would buy so many shares that a small one could use up all that can be counted, and keep
    // everybody else out. No staker is hurt by waiting: those of before have lost all but a thousandth already.
    let worth = pool.atoms_for_shares_floor(STAKE_SHARES_PER_ATOM_MAX).or_fail()?;
    ensure!(worth > 0, FirebreakError::ShareValueTooLow);
    let shares = pool.shares_for_deposit_floor(atoms_max).or_fail()?;
    ensure!(shares > 0, FirebreakError::ZeroShares);
    let cost_atoms = pool.cost_of_shares_ceil(shares).or_fail()?;
    let (after, shares) = pool.deposit(cost_atoms).or_fail()?;
    Ok(Purchase { shares, cost_atoms, after })
}

impl<'info> Stake<'info> {
    fn validate(&self, atoms_max: u64) -> Result<()> {
        // insurance, stake, vault, quote_mint: has_one. owner, source: checked by the token program's transfer.
        ensure!(self.group.load()?.is_active(), FirebreakError::GroupNotActive);
        ensure!(atoms_max > 0, FirebreakError::ZeroAmount);
        ensure!(self.source.key() != self.vault.key(), FirebreakError::DuplicateAccount);
        Ok(())
    }

    /// Moves at most `atoms_max` into the vault and credits the shares they buy.
    ///
    /// # Errors
    /// `GroupNotActive`, `ZeroAmount`, `DuplicateAccount`, `ZeroShares` when a share costs more, `ShareValueTooLow`,
    /// `VaultMismatch`, `MathOverflow` when the shares of all stakers would not fit 64 bits.
    pub fn handler(ctx: Context<'info, Self>, atoms_max: u64) -> Result<()> {
        ctx.accounts.validate(atoms_max)?;
        let accounts = &*ctx.accounts;
        let Purchase { shares, cost_atoms, after } =
            plan_purchase(&accounts.insurance.load()?.pool(), atoms_max)?;
        Transfer {
            from: &accounts.source,
            to: &accounts.vault,
            mint: &accounts.quote_mint,
            token_program: &accounts.token_program,
        }
        .receive(&accounts.owner, cost_atoms)?;
        let sequence = {
            let mut insurance = accounts.insurance.load_mut()?;
            insurance.set_pool(&after);
            insurance.touch();
            insurance.sequence
        };
        let (stake_shares, stake_sequence) = {
            let mut stake = accounts.stake.load_mut()?;
            stake.shares = stake.shares.checked_add(shares).ok_or(FirebreakError::MathOverflow)?;
            stake.touch();
            (stake.shares, stake.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &Staked {
                group: accounts.group.key(),
                stake: accounts.stake.key(),
                owner: accounts.owner.key(),
                atoms: cost_atoms,
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
}
