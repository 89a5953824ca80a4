//! `add_collateral`: a bank with its vault, and a row in the snapshot. The quote mint comes first and needs no oracle.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use firebreak_risk::units::PPM_ONE;

use super::{quantum_exponent, space_for_mint, OracleParams, PortfolioParams};
use crate::{
    constants::*,
    error::FirebreakError,
    events::{emit, CollateralAdded},
    instructions::{grow, require_bounds},
    state::{is_known, snapshot_space, CollateralBank, Group, RiskSnapshot, Row, RowKind, SnapshotRows},
};

/// Parameters of a collateral.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddCollateralArgs {
    /// Largest total of deposits, in atoms.
    pub deposit_cap_atoms: u64,
    /// Weight in maintenance equity, in ppm. Not used for the quote mint.
    pub maintenance_weight_ppm: u32,
    /// Weight in initial equity, in ppm. Not used for the quote mint.
    pub initial_weight_ppm: u32,
    /// Share of the vault that can leave per window, in ppm.
    pub outflow_share_ppm: u32,
    /// Withdrawals allowed per window whatever the vault holds, in atoms.
    pub outflow_floor_atoms: u64,
    /// Outflow window, in seconds.
    pub outflow_window_secs: u32,
    /// Conversion of the mint when an account owes quote. None for the quote mint, and only for it.
    pub conversion: Option<ConversionParams>,
    /// Oracles. None for the quote mint, and only for it.
    pub oracle: Option<OracleParams>,
    /// How the mint counts in portfolios. None for the quote mint, and only for it.
    pub portfolio: Option<PortfolioParams>,
}

/// How a collateral is converted into quote when its owner owes quote.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionParams {
    /// Quote notional that would move the log price by one, in quote atoms.
    pub depth_atoms: u64,
    /// Impact that conversions may hold in the price at once, in ppm of the log price.
    pub impact_cap_ppm: u32,
    /// Decay time of impact, in seconds.
    pub impact_decay_secs: u32,
    /// Largest discount, in ppm; at most what the maintenance weight takes off, so that no conversion lowers equity.
    pub discount_ppm: u32,
    /// Time over which the discount rises to it, in seconds.
    pub discount_ramp_secs: u32,
}

impl AddCollateralArgs {
    /// Checks every parameter against its bounds, and those that constrain each other.
    ///
    /// # Errors
    /// `QuoteBankFirst` when oracle, conversion and portfolio parameters are given for the quote mint or missing for another; the bounds
    /// error of the first parameter that is out of range.
    pub fn validate(&self, is_quote: bool) -> Result<()> {
        // The quote row needs no oracle and exists from the start; every other row needs two.
        let parts = [self.oracle.is_none(), self.conversion.is_none(), self.portfolio.is_none()];
        ensure!(parts.iter().all(|is_none| *is_none == is_quote), FirebreakError::QuoteBankFirst);
        require_bounds(self.outflow_share_ppm.into(), OUTFLOW_SHARE_PPM, FirebreakError::OutflowBounds)?;
        require_bounds(self.outflow_floor_atoms, OUTFLOW_FLOOR_ATOMS, FirebreakError::OutflowBounds)?;
        require_bounds(self.outflow_window_secs.into(), OUTFLOW_WINDOW_SECS, FirebreakError::OutflowBounds)?;
        let (Some(oracle), Some(conversion), Some(portfolio)) =
            (&self.oracle, &self.conversion, &self.portfolio)
        else {
            return Ok(());
        };
        oracle.validate()?;
        portfolio.validate(false)?;
        let weight = FirebreakError::CollateralWeightBounds;
        require_bounds(self.maintenance_weight_ppm.into(), COLLATERAL_WEIGHT_PPM, weight)?;
        ensure!(
            self.initial_weight_ppm <= self.maintenance_weight_ppm,
            FirebreakError::CollateralWeightBounds
        );
        conversion.validate(self.maintenance_weight_ppm)
    }

    /// The parameters of a collateral as they are. The quote mint has no weights: zero.
    pub fn read(bank: &CollateralBank, row: &Row) -> Self {
        let is_other = !row.is_quote();
        Self {
            deposit_cap_atoms: bank.deposit_cap_atoms,
            maintenance_weight_ppm: if is_other { row.maintenance_weight_ppm } else { 0 },
            initial_weight_ppm: if is_other { row.initial_weight_ppm } else { 0 },
            outflow_share_ppm: bank.outflow_share_ppm,
            outflow_floor_atoms: bank.outflow_floor_atoms,
            outflow_window_secs: bank.outflow_window_secs,
            conversion: is_other.then(|| ConversionParams::read(bank)),
            oracle: is_other.then(|| OracleParams::read(row)),
            portfolio: is_other.then(|| PortfolioParams::read(row)),
        }
    }

    /// Copies what deposits, withdrawals and conversions need into the bank.
    pub fn write_bank(&self, bank: &mut CollateralBank) {
        bank.deposit_cap_atoms = self.deposit_cap_atoms;
        bank.outflow_share_ppm = self.outflow_share_ppm;
        bank.outflow_floor_atoms = self.outflow_floor_atoms;
        bank.outflow_window_secs = self.outflow_window_secs;
        if let Some(conversion) = &self.conversion {
            conversion.write(bank);
        }
    }

    /// Copies what health needs into the row. The quote row is the same in every group and left alone.
    pub fn write_row(&self, row: &mut Row) {
        if let Some(oracle) = &self.oracle {
            oracle.write(row);
            row.maintenance_weight_ppm = self.maintenance_weight_ppm;
            row.initial_weight_ppm = self.initial_weight_ppm;
        }
        if let Some(portfolio) = &self.portfolio {
            portfolio.write(row);
        }
    }
}

impl ConversionParams {
    /// The parameters of a bank as they are.
    pub fn read(bank: &CollateralBank) -> Self {
        Self {
            depth_atoms: bank.depth_atoms,
            impact_cap_ppm: bank.impact_cap_ppm,
            impact_decay_secs: bank.impact_decay_secs,
            discount_ppm: bank.discount_ppm,
            discount_ramp_secs: bank.discount_ramp_secs,
        }
    }

    /// Checks every parameter against its bounds.
    ///
    /// # Errors
    /// The bounds error of the first parameter that is out of range.
    pub fn validate(&self, maintenance_weight_ppm: u32) -> Result<()> {
        require_bounds(self.depth_atoms, DEPTH_ATOMS, FirebreakError::DepthBounds)?;
        require_bounds(self.impact_cap_ppm.into(), IMPACT_CAP_PPM, FirebreakError::ImpactCapBounds)?;
        require_bounds(self.impact_decay_secs.into(), IMPACT_DECAY_SECS, FirebreakError::ImpactDecayBounds)?;
        require_bounds(self.discount_ppm.into(), DISCOUNT_PPM, FirebreakError::DiscountBounds)?;
        ensure!(
            self.discount_ppm <= PPM_ONE.saturating_sub(maintenance_weight_ppm),
            FirebreakError::ConversionDiscount
        );
        require_bounds(self.discount_ramp_secs.into(), DISCOUNT_RAMP_SECS, FirebreakError::DiscountRampBounds)
    }

    /// Copies the parameters into a bank.
    pub fn write(&self, bank: &mut CollateralBank) {
        bank.depth_atoms = self.depth_atoms;
        bank.impact_cap_ppm = self.impact_cap_ppm;
        bank.impact_decay_secs = self.impact_decay_secs;
        bank.discount_ppm = self.discount_ppm;
        bank.discount_ramp_secs = self.discount_ramp_secs;
    }
}

/// Accounts of `add_collateral`.
#[event_cpi]
#[derive(Accounts)]
pub struct AddCollateral<'info> {
    /// Administrator; pays rent.
    #[account(mut)]
    pub admin: Signer<'info>,
    /// The group.
    #[account(
        mut,
        has_one = admin @ FirebreakError::NotAdmin,
        constraint = is_known(&group) @ FirebreakError::NewerVersion
    )]
    pub group: AccountLoader<'info, Group>,
    /// Its snapshot; grows by one row unless the mint is the quote mint.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The mint.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The new bank.
    #[account(
        init,
        payer = admin,
        space = space_for_mint::<CollateralBank>(&mint)?,
        seeds = [BANK, group.key().as_ref(), mint.key().as_ref()],
        bump
    )]
    pub bank: AccountLoader<'info, CollateralBank>,
    /// The bank's token account.
    #[account(
        init,
        payer = admin,
        seeds = [BANK_VAULT, bank.key().as_ref()],
        bump,
        token::mint = mint,
        token::authority = bank,
        token::token_program = token_program
    )]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

impl<'info> AddCollateral<'info> {
    fn validate(&self, args: &AddCollateralArgs) -> Result<()> {
        // admin: has_one. snapshot: has_one. bank, vault: created here at their addresses. mint: by the bank's space.
        let group = self.group.load()?;
        let is_quote = group.quote_mint == self.mint.key();
        args.validate(is_quote)?;
        if is_quote {
            return Ok(());
        }
        ensure!(usize::from(group.row_count) < ROWS_MAX, FirebreakError::RowsFull);
        quantum_exponent(&group, self.mint.decimals, 0).map(|_| ())
    }

    /// Adds the collateral.
    ///
    /// # Errors
    /// `QuoteBankFirst`, `RowsFull`, those of `validate_mint`, or a bounds error.
    pub fn handler(ctx: Context<'info, Self>, args: AddCollateralArgs) -> Result<()> {
        ctx.accounts.validate(&args)?;
        let accounts = &ctx.accounts;
        let row = accounts.add_row(&args)?;
        {
            let mut bank = accounts.bank.load_init()?;
            bank.group = accounts.group.key();
            bank.mint = accounts.mint.key();
            bank.vault = accounts.vault.key();
            args.write_bank(&mut bank);
            bank.row = row;
            bank.decimals = accounts.mint.decimals;
            bank.bump = ctx.bumps.bank;
            bank.vault_bump = ctx.bumps.vault;
            bank.version = LAYOUT_VERSION;
        }
        let sequence = accounts.group.load()?.sequence;
        emit(
            &ctx.accounts.event_authority,
            &CollateralAdded {
                group: accounts.group.key(),
                bank: accounts.bank.key(),
                mint: accounts.mint.key(),
                row,
                deposit_cap_atoms: args.deposit_cap_atoms,
                maintenance_weight_ppm: args.maintenance_weight_ppm,
                initial_weight_ppm: args.initial_weight_ppm,
                sequence,
            },
        )?;
        Ok(())
    }

    fn add_row(&self, args: &AddCollateralArgs) -> Result<u16> {
        let mut group = self.group.load_mut()?;
        group.touch();
        if args.oracle.is_none() {
            return Ok(QUOTE_ROW);
        }
        let index = group.row_count;
        group.row_count += 1;
        let mut row = Row {
            index,
            kind: RowKind::Collateral as u8,
            quantum_exponent: quantum_exponent(&group, self.mint.decimals, 0)?,
            ..Row::default()
        };
        args.write_row(&mut row);
        drop(group);
        append_row(&self.snapshot, row, &self.admin, &self.system_program)?;
        Ok(index)
    }
}

/// Grows the snapshot by one row.
///
/// # Errors
/// `SnapshotMalformed` when the account and its row count disagree.
pub(super) fn append_row<'info>(
    snapshot: &AccountLoader<'info, RiskSnapshot>,
    row: Row,
    payer: &Signer<'info>,
    system: &Program<'info, System>,
) -> Result<()> {
    let info: &AccountInfo<'info> = snapshot.as_ref();
    grow(info, snapshot_space(usize::from(row.index) + 1), payer.as_ref(), system.as_ref())?;
    {
        let mut header = snapshot.load_mut()?;
        header.row_count = row.index + 1;
        header.touch(&Clock::get()?);
    }
    let mut rows = snapshot.rows_mut()?;
    *rows.get_mut(usize::from(row.index)).ok_or(FirebreakError::SnapshotMalformed)? = row;
    Ok(())
}
