//! Firebreak: the risk and clearing layer that perpetual-futures venues on Solana plug into.
//!
//! This file only names the instructions. Rules live in `instructions`, formulas in `firebreak_risk`, layouts in
//! `state`.
#![deny(unsafe_code)]

use anchor_lang::prelude::*;
#[cfg(target_os = "solana")]
use sbf_builtins as _;

#[cfg(all(target_os = "solana", feature = "custom-heap", not(feature = "no-entrypoint")))]
#[global_allocator]
static HEAP: sbf_builtins::heap::Heap = sbf_builtins::heap::Heap::of_program();

#[macro_use]
mod macros;

#[cfg_attr(not(feature = "idl-build"), deny(missing_docs))]
pub mod constants;
#[cfg_attr(not(feature = "idl-build"), deny(missing_docs))]
pub mod engine;
#[cfg_attr(not(feature = "idl-build"), deny(missing_docs))]
pub mod error;
pub mod events;
pub mod instructions;
#[cfg_attr(not(feature = "idl-build"), deny(missing_docs))]
pub mod oracle;
pub mod state;

use instructions::*;

declare_id!("CEXoaXU6334mKJNEoxMQSqW7YdugkQit55hjn3n1qE3f");

#[cfg(not(feature = "no-entrypoint"))]
solana_security_txt::security_txt! {
    name: "Firebreak",
    project_url: "see SECURITY.md of the source",
    contacts: "other:private vulnerability report of the source repository",
    policy: "see SECURITY.md of the source",
    preferred_languages: "en",
    auditors: "none yet"
}

#[program]
pub mod firebreak {
    use super::*;

    /// Creates a group, its snapshot and its insurance vault.
    pub fn create_group<'info>(ctx: Context<'info, CreateGroup<'info>>, args: CreateGroupArgs) -> Result<()> {
        CreateGroup::handler(ctx, args)
    }

    /// Creates the next exposure shard of a group.
    pub fn create_shard<'info>(ctx: Context<'info, CreateShard<'info>>, index: u8) -> Result<()> {
        CreateShard::handler(ctx, index)
    }

    /// Adds a collateral mint.
    pub fn add_collateral<'info>(
        ctx: Context<'info, AddCollateral<'info>>,
        args: AddCollateralArgs,
    ) -> Result<()> {
        AddCollateral::handler(ctx, args)
    }

    /// Adds a market.
    pub fn add_market<'info>(ctx: Context<'info, AddMarket<'info>>, params: MarketParams) -> Result<()> {
        AddMarket::handler(ctx, params)
    }

    /// Admits a venue.
    pub fn register_venue<'info>(ctx: Context<'info, RegisterVenue<'info>>) -> Result<()> {
        RegisterVenue::handler(ctx)
    }

    /// Admits a venue to a market.
    pub fn add_venue_market<'info>(ctx: Context<'info, AddVenueMarket<'info>>) -> Result<()> {
        AddVenueMarket::handler(ctx)
    }

    /// Opens a group for deposits.
    pub fn activate<'info>(ctx: Context<'info, Activate<'info>>) -> Result<()> {
        Activate::handler(ctx)
    }

    /// Replaces the group-wide parameters.
    pub fn update_group<'info>(ctx: Context<'info, UpdateGroup<'info>>, params: GroupParams) -> Result<()> {
        UpdateGroup::handler(ctx, params)
    }

    /// Replaces the parameters of a collateral.
    pub fn update_collateral<'info>(
        ctx: Context<'info, UpdateCollateral<'info>>,
        args: AddCollateralArgs,
    ) -> Result<()> {
        UpdateCollateral::handler(ctx, args)
    }

    /// Replaces the parameters of a market.
    pub fn update_market<'info>(
        ctx: Context<'info, UpdateMarket<'info>>,
        params: MarketParams,
    ) -> Result<()> {
        UpdateMarket::handler(ctx, params)
    }

    /// Replaces sources and guards of a row.
    pub fn update_oracle<'info>(
        ctx: Context<'info, UpdateGroup<'info>>,
        row: u16,
        params: OracleParams,
    ) -> Result<()> {
        UpdateOracle::handler(ctx, row, params)
    }

    /// Copies a venue's limits from market and group again.
    pub fn sync_venue_market<'info>(ctx: Context<'info, SyncVenueMarket<'info>>) -> Result<()> {
        SyncVenueMarket::handler(ctx)
    }

    /// Appoints the guardian and proposes an administrator.
    pub fn set_authorities<'info>(
        ctx: Context<'info, SetAuthorities<'info>>,
        args: AuthoritiesArgs,
    ) -> Result<()> {
        SetAuthorities::handler(ctx, args)
    }

    /// Makes the proposed administrator the administrator.
    pub fn accept_admin<'info>(ctx: Context<'info, AcceptAdmin<'info>>) -> Result<()> {
        AcceptAdmin::handler(ctx)
    }

    /// Stops new risk in the whole group or one market for a while.
    pub fn pause<'info>(ctx: Context<'info, PauseGroup<'info>>, row: Option<u16>, secs: u32) -> Result<()> {
        PauseGroup::pause(ctx, row, secs)
    }

    /// Ends a pause early.
    pub fn resume<'info>(ctx: Context<'info, PauseGroup<'info>>, row: Option<u16>) -> Result<()> {
        PauseGroup::resume(ctx, row)
    }

    /// Lets a venue report nothing but reductions, or takes that back.
    pub fn freeze_venue<'info>(ctx: Context<'info, FreezeVenue<'info>>, is_frozen: bool) -> Result<()> {
        FreezeVenue::handler(ctx, is_frozen)
    }

    /// Reads oracle accounts into the snapshot.
    pub fn refresh<'info>(ctx: Context<'info, Refresh<'info>>, rows: Vec<u16>) -> Result<()> {
        Refresh::handler(ctx, rows)
    }

    /// Opens a margin account.
    pub fn open_account<'info>(ctx: Context<'info, OpenAccount<'info>>, index: u16) -> Result<()> {
        OpenAccount::handler(ctx, index)
    }

    /// Lets a venue report fills of an account, or takes that back.
    pub fn approve_venue<'info>(ctx: Context<'info, ApproveVenue<'info>>, is_approved: bool) -> Result<()> {
        ApproveVenue::handler(ctx, is_approved)
    }

    /// Deposits tokens.
    pub fn deposit<'info>(ctx: Context<'info, Deposit<'info>>, atoms: u64) -> Result<()> {
        Deposit::handler(ctx, atoms)
    }

    /// Withdraws tokens.
    pub fn withdraw<'info>(
        ctx: Context<'info, Withdraw<'info>>,
        atoms: u64,
        overlay: OverlayArgs,
    ) -> Result<()> {
        Withdraw::handler(ctx, atoms, overlay)
    }

    /// Settles a position's profit or loss against the market's pool.
    pub fn settle_pnl<'info>(ctx: Context<'info, SettlePnl<'info>>, overlay: OverlayArgs) -> Result<()> {
        SettlePnl::handler(ctx, overlay)
    }

    /// Registers an account's positions in the demand curves of their markets.
    pub fn register_demand<'info>(ctx: Context<'info, RegisterDemand<'info>>) -> Result<()> {
        RegisterDemand::handler(ctx)
    }

    /// Says where an account stands.
    pub fn view_account<'info>(
        ctx: Context<'info, ViewAccount<'info>>,
        horizon_secs: u32,
        overlay: OverlayArgs,
    ) -> Result<()> {
        ViewAccount::handler(ctx, horizon_secs, overlay)
    }

    /// Closes an empty margin account.
    pub fn close_account<'info>(ctx: Context<'info, CloseAccount<'info>>) -> Result<()> {
        CloseAccount::handler(ctx)
    }

    /// Admits and applies a venue's fill, or refuses it as return data.
    pub fn apply_fill<'info>(ctx: Context<'info, ApplyFill<'info>>, args: FillArgs) -> Result<()> {
        ApplyFill::handler(ctx, args)
    }

    /// Says what `apply_fill` would answer.
    pub fn check_fill<'info>(ctx: Context<'info, CheckFill<'info>>, args: FillArgs) -> Result<()> {
        CheckFill::handler(ctx, args)
    }

    /// Adds a market's shards up and accrues its funding.
    pub fn fold<'info>(ctx: Context<'info, Fold<'info>>) -> Result<()> {
        Fold::handler(ctx)
    }

    /// Takes a venue's mark price into its average premium.
    pub fn post_premium<'info>(ctx: Context<'info, PostPremium<'info>>, mark_price_q32: u64) -> Result<()> {
        PostPremium::handler(ctx, mark_price_q32)
    }

    /// Pays a venue its fees.
    pub fn collect_venue_fees<'info>(ctx: Context<'info, CollectVenueFees<'info>>) -> Result<()> {
        CollectVenueFees::handler(ctx)
    }

    /// Pays the protocol's fees, a share of them to the insurance.
    pub fn collect_protocol_fees<'info>(ctx: Context<'info, CollectProtocolFees<'info>>) -> Result<()> {
        CollectProtocolFees::handler(ctx)
    }

    /// Takes over part of a position in distress.
    pub fn liquidate<'info>(
        ctx: Context<'info, Liquidate<'info>>,
        lots_max: u64,
        overlay: OverlayArgs,
    ) -> Result<()> {
        Liquidate::handler(ctx, lots_max, overlay)
    }

    /// Buys collateral of an account that owes quote.
    pub fn liquidate_collateral<'info>(
        ctx: Context<'info, LiquidateCollateral<'info>>,
        atoms_max: u64,
        overlay: OverlayArgs,
    ) -> Result<()> {
        LiquidateCollateral::handler(ctx, atoms_max, overlay)
    }

    /// Pays into the insurance vault.
    pub fn fund_insurance<'info>(ctx: Context<'info, FundInsurance<'info>>, atoms: u64) -> Result<()> {
        FundInsurance::handler(ctx, atoms)
    }

    /// Opens an empty stake in the insurance.
    pub fn open_stake<'info>(ctx: Context<'info, OpenStake<'info>>) -> Result<()> {
        OpenStake::handler(ctx)
    }

    /// Pays into the insurance vault for shares of it.
    pub fn stake<'info>(ctx: Context<'info, Stake<'info>>, atoms_max: u64) -> Result<()> {
        Stake::handler(ctx, atoms_max)
    }

    /// Starts the cooldown of an exit from the insurance.
    pub fn request_unstake<'info>(ctx: Context<'info, RequestUnstake<'info>>, shares: u64) -> Result<()> {
        RequestUnstake::handler(ctx, shares)
    }

    /// Takes a request for an exit back.
    pub fn cancel_unstake<'info>(ctx: Context<'info, CancelUnstake<'info>>) -> Result<()> {
        CancelUnstake::handler(ctx)
    }

    /// Pays out an exit after its cooldown.
    pub fn unstake<'info>(ctx: Context<'info, Unstake<'info>>) -> Result<()> {
        Unstake::handler(ctx)
    }

    /// Closes an empty stake.
    pub fn close_stake<'info>(ctx: Context<'info, CloseStake<'info>>) -> Result<()> {
        CloseStake::handler(ctx)
    }

    /// Covers a debt beyond equity.
    pub fn resolve_bankruptcy<'info>(ctx: Context<'info, ResolveBankruptcy<'info>>) -> Result<()> {
        ResolveBankruptcy::handler(ctx)
    }

    /// Takes a market's breaker back to normal.
    pub fn recover_breaker<'info>(ctx: Context<'info, RecoverBreaker<'info>>, row: u16) -> Result<()> {
        RecoverBreaker::handler(ctx, row)
    }
}
