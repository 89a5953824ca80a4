//! A small perpetual-futures venue that clears its fills through Firebreak: a worked example and a test fixture.
//!
//! It matches orders by price and time in one on-chain book per market, and holds no money. Every fill goes to
//! Firebreak's `apply_fill`, which decides whether taker and makers can afford it. Where a real venue would differ:
//! orders never expire, self-trade prevention knows one rule, and a maker without collateral is found out only
//! when an order of his is about to trade.

use anchor_lang::prelude::*;
use sbf_builtins as _;

pub mod clearing;
#[cfg(not(target_os = "solana"))]
pub mod client;
pub mod constants;
pub mod engine;
pub mod error;
pub mod events;
pub mod fees;
pub mod instructions;
pub mod state;

use instructions::*;

declare_id!("64P7BiN4sVkCmVTH8UT67g6AAU9ytvuzH92zwadNTrzN");

/// The venue's instructions.
#[program]
pub mod example_venue {
    use super::*;

    /// Opens a book for a market that Firebreak lets this venue trade.
    pub fn create_market(ctx: Context<CreateMarket>, args: CreateMarketArgs) -> Result<()> {
        CreateMarket::create_market(ctx, args)
    }

    /// Matches an order and lets the rest of it stand. Remaining accounts: margin account and exposure shard of
    /// each maker, best price first; then primary and secondary oracle account of each overlay row.
    pub fn place_order<'info>(
        ctx: Context<'info, PlaceOrder<'info>>,
        args: PlaceOrderArgs,
    ) -> Result<PlaceOrderResult> {
        PlaceOrder::place_order(ctx, args)
    }

    /// Removes one of the signer's orders.
    pub fn cancel_order(ctx: Context<CancelOrder>, args: CancelOrderArgs) -> Result<()> {
        CancelOrder::cancel_order(ctx, args)
    }

    /// Removes all orders of one of the signer's margin accounts.
    pub fn cancel_all(ctx: Context<CancelOrder>) -> Result<()> {
        CancelOrder::cancel_all(ctx)
    }
}
