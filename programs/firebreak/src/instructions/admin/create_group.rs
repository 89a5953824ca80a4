//! `create_group`: the group, its snapshot (quote row included) and its insurance vault record.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use firebreak_risk::units::{PPM_ONE, PRICE_BITS};

use super::{space_for_mint, GroupParams};
use crate::{
    constants::*,
    error::FirebreakError,
    events::{emit, GroupCreated},
    state::{snapshot_space, Group, GroupStatus, InsuranceVault, RiskSnapshot, Row, RowKind},
};

/// Group-wide parameters.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct CreateGroupArgs {
    /// Number that distinguishes groups of one creator.
    pub id: u32,
    /// Key that may tighten and pause. Default key: nobody.
    pub guardian: Pubkey,
    /// Buffer above maintenance at which a liquidation stops, in ppm of the requirement.
    pub target_buffer_ppm: u32,
    /// Share of maintenance below which an account is critical, in ppm.
    pub critical_ppm: u32,
    /// Share of the insurance vault that one bankruptcy can draw, in ppm.
    pub cover_event_ppm: u32,
    /// Protocol's share of trading fees, in ppm.
    pub protocol_fee_share_ppm: u32,
    /// Share of the insurance vault that one day can draw, in ppm.
    pub cover_day_ppm: u32,
    /// Share of the protocol's fees that goes to the insurance, in ppm.
    pub insurance_fee_share_ppm: u32,
    /// Time between asking for an exit from the insurance and taking it, in seconds.
    pub unstake_cooldown_secs: u32,
    /// Quote that an account may owe beyond its cash before its collateral is converted, in quote atoms.
    pub quote_debt_limit_atoms: u64,
    /// Share of the sum over positions that an account needs at least, in ppm. All of it: no account is margined as a
    /// portfolio.
    pub portfolio_floor_ppm: u32,
}

impl CreateGroupArgs {
    /// What can be changed later. Every field is named, so that a new one is either among them or left out on purpose.
    pub fn params(&self) -> GroupParams {
        let Self {
            id: _,
            guardian: _,
            target_buffer_ppm,
            critical_ppm,
            cover_event_ppm,
            protocol_fee_share_ppm,
            cover_day_ppm,
            insurance_fee_share_ppm,
            unstake_cooldown_secs,
            quote_debt_limit_atoms,
            portfolio_floor_ppm,
        } = *self;
        GroupParams {
            target_buffer_ppm,
            critical_ppm,
            cover_event_ppm,
            protocol_fee_share_ppm,
            cover_day_ppm,
            insurance_fee_share_ppm,
            unstake_cooldown_secs,
            quote_debt_limit_atoms,
            portfolio_floor_ppm,
        }
    }
}

/// Accounts of `create_group`.
#[event_cpi]
#[derive(Accounts)]
#[instruction(args: CreateGroupArgs)]
pub struct CreateGroup<'info> {
    /// Becomes the administrator and pays rent.
    #[account(mut)]
    pub admin: Signer<'info>,
    /// The new group.
    #[account(
        init,
        payer = admin,
        space = space_for_mint::<Group>(&quote_mint)?,
        seeds = [GROUP, admin.key().as_ref(), &args.id.to_le_bytes()],
        bump
    )]
    pub group: AccountLoader<'info, Group>,
    /// Its snapshot, with room for the quote row.
    #[account(init, payer = admin, space = snapshot_space(1), seeds = [SNAPSHOT, group.key().as_ref()], bump)]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// Record of the insurance vault.
    #[account(
        init,
        payer = admin,
        space = 8 + core::mem::size_of::<InsuranceVault>(),
        seeds = [INSURANCE, group.key().as_ref()],
        bump
    )]
    pub insurance: AccountLoader<'info, InsuranceVault>,
    /// Token account of the insurance vault.
    #[account(
        init,
        payer = admin,
        seeds = [INSURANCE_VAULT, insurance.key().as_ref()],
        bump,
        token::mint = quote_mint,
        token::authority = insurance,
        token::token_program = token_program
    )]
    pub insurance_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint in which profit and loss are counted.
    pub quote_mint: Box<InterfaceAccount<'info, Mint>>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateGroup<'info> {
    fn validate(&self, args: &CreateGroupArgs) -> Result<()> {
        // admin: signs for itself. group, snapshot, insurance, insurance_vault: created here at their addresses.
        // token_program, system_program: checked by type. quote_mint: by the group's space.
        args.params().validate()
    }

    /// Creates the group in `Setup`.
    ///
    /// # Errors
    /// A bounds error of the parameter that is out of range; those of `validate_mint`.
    pub fn handler(ctx: Context<'info, Self>, args: CreateGroupArgs) -> Result<()> {
        ctx.accounts.validate(&args)?;
        let accounts = &ctx.accounts;
        let clock = Clock::get()?;
        {
            let mut group = accounts.group.load_init()?;
            group.admin = accounts.admin.key();
            group.quote_mint = accounts.quote_mint.key();
            group.id = args.id;
            group.guardian = args.guardian;
            args.params().write_group(&mut group);
            group.row_count = 1;
            group.status = GroupStatus::Setup as u8;
            group.quote_decimals = accounts.quote_mint.decimals;
            group.bump = ctx.bumps.group;
            group.version = LAYOUT_VERSION;
            group.touch();
        }
        {
            let mut snapshot = accounts.snapshot.load_init()?;
            snapshot.group = accounts.group.key();
            args.params().write_header(&mut snapshot);
            snapshot.row_count = 1;
            snapshot.bump = ctx.bumps.snapshot;
            snapshot.version = LAYOUT_VERSION;
            snapshot.touch(&clock);
        }
        accounts.write_quote_row()?;
        {
            let mut insurance = accounts.insurance.load_init()?;
            insurance.group = accounts.group.key();
            insurance.vault = accounts.insurance_vault.key();
            insurance.bump = ctx.bumps.insurance;
            insurance.vault_bump = ctx.bumps.insurance_vault;
            insurance.version = LAYOUT_VERSION;
        }
        emit(
            &ctx.accounts.event_authority,
            &GroupCreated {
                group: accounts.group.key(),
                admin: accounts.admin.key(),
                guardian: args.guardian,
                quote_mint: accounts.quote_mint.key(),
                id: args.id,
                target_buffer_ppm: args.target_buffer_ppm,
                critical_ppm: args.critical_ppm,
                cover_event_ppm: args.cover_event_ppm,
                protocol_fee_share_ppm: args.protocol_fee_share_ppm,
                slot: clock.slot,
            },
        )?;
        Ok(())
    }

    /// The quote row: one atom is worth one atom, always.
    fn write_quote_row(&self) -> Result<()> {
        // The discriminator of a new account is written when the instruction ends; the row is reached by offset.
        let info: &AccountInfo = self.snapshot.as_ref();
        let mut data = info.try_borrow_mut_data()?;
        let space = snapshot_space(0);
        let bytes = data.get_mut(space..).ok_or(FirebreakError::SnapshotMalformed)?;
        let rows: &mut [Row] =
            bytemuck::try_cast_slice_mut(bytes).map_err(|_| FirebreakError::SnapshotMalformed)?;
        let row = rows.first_mut().ok_or(FirebreakError::SnapshotMalformed)?;
        *row = Row {
            price_q32: 1 << PRICE_BITS,
            ema_q32: 1 << PRICE_BITS,
            maintenance_weight_ppm: PPM_ONE,
            initial_weight_ppm: PPM_ONE,
            index: QUOTE_ROW,
            kind: RowKind::Quote as u8,
            ..Row::default()
        };
        Ok(())
    }
}
