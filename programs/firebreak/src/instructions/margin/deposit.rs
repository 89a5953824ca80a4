//! `deposit`: tokens into an account. Anyone may deposit for anyone.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use firebreak_risk::units::UnixTime;

use crate::{
    engine::{
        demand::{register, Standing},
        Moment, Overlay, RowReader,
    },
    error::{FirebreakError, OrFail},
    events::{emit, Deposited},
    instructions::tokens::Transfer,
    state::{
        is_known, CollateralBank, ExposureShard, Group, MarginAccount, RiskSnapshot, ShardRows, SnapshotRows,
    },
};

/// Accounts of `deposit`.
#[event_cpi]
#[derive(Accounts)]
pub struct Deposit<'info> {
    /// Owner of the source tokens.
    pub depositor: Signer<'info>,
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// Its snapshot.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The credited account.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&margin_account) @ FirebreakError::NewerVersion
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Its shard.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = shard.load()?.index == margin_account.load()?.shard @ FirebreakError::WrongShard,
        constraint = is_known(&shard) @ FirebreakError::NewerVersion
    )]
    pub shard: AccountLoader<'info, ExposureShard>,
    /// The collateral.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        has_one = mint,
        has_one = vault,
        constraint = is_known(&bank) @ FirebreakError::NewerVersion
    )]
    pub bank: AccountLoader<'info, CollateralBank>,
    /// Its token account.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Source of the tokens; the token program checks its owner and mint.
    #[account(mut)]
    pub source: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The mint.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

impl<'info> Deposit<'info> {
    fn validate(&self, atoms: u64) -> Result<()> {
        // margin_account, bank, vault, mint: has_one. depositor, source: checked by the token program's transfer.
        ensure!(self.group.load()?.is_active(), FirebreakError::GroupNotActive);
        ensure!(atoms > 0, FirebreakError::ZeroAmount);
        ensure!(self.source.key() != self.vault.key(), FirebreakError::DuplicateAccount);
        let bank = self.bank.load()?;
        let total = bank.deposits_atoms.checked_add(atoms).ok_or(FirebreakError::MathOverflow)?;
        require_gte!(bank.deposit_cap_atoms, total, FirebreakError::DepositCap);
        Ok(())
    }

    /// Moves the tokens and credits what arrived.
    ///
    /// # Errors
    /// `GroupNotActive`, `ZeroAmount`, `DepositCap`, `CollateralSlotsFull`, `VaultMismatch`.
    pub fn handler(ctx: Context<'info, Self>, atoms: u64) -> Result<()> {
        ctx.accounts.validate(atoms)?;
        let accounts = &*ctx.accounts;
        Transfer {
            from: &accounts.source,
            to: &accounts.vault,
            mint: &accounts.mint,
            token_program: &accounts.token_program,
        }
        .receive(&accounts.depositor, atoms)?;
        let now = UnixTime(Clock::get()?.unix_timestamp);
        let (row, balance_atoms, deposits_atoms, sequence) = {
            let mut account = accounts.margin_account.load_mut()?;
            let mut bank = accounts.bank.load_mut()?;
            let signed = i64::try_from(atoms).map_err(|_| FirebreakError::MathOverflow)?;
            account.add_atoms(bank.row, signed)?;
            // Whoever deposits may take as much out again without using up what the vault allows others.
            let credit = account.credit_of(bank.row);
            let deposited = bank.outflow().deposit(&bank.outflow_params(), &credit, atoms, now);
            let (outflow, credit) = deposited.or_fail()?;
            account.set_credit(bank.row, credit);
            account.touch();
            accounts.register(&mut account)?;
            bank.set_outflow(outflow);
            bank.on_inflow(atoms)?;
            (bank.row, account.atoms_of(bank.row), bank.deposits_atoms, account.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &Deposited {
                group: accounts.group.key(),
                margin_account: accounts.margin_account.key(),
                depositor: accounts.depositor.key(),
                row,
                atoms,
                balance_atoms,
                deposits_atoms,
                sequence,
            },
        )?;
        Ok(())
    }

    /// Registers the account's positions at stored prices: a deposit waits for nobody's oracle.
    fn register(&self, account: &mut MarginAccount) -> Result<()> {
        if account.positions().is_empty() {
            return Ok(());
        }
        let moment = Moment::within(&*self.snapshot.load()?, Clock::get()?.unix_timestamp);
        let (rows, overlay) = (self.snapshot.rows()?, Overlay::default());
        let reader = RowReader::new(&rows, &overlay, moment);
        let standing = Standing::of(account, &reader);
        register(account, &mut self.shard.rows_mut()?, &reader, &standing)
    }
}
