//! Removes one order, or all orders of a margin account.

use anchor_lang::prelude::*;
use firebreak_interface::{
    layout::{MarginAccount, View},
    pda::PROGRAM_ID as FIREBREAK,
};

use crate::{
    error::VenueError,
    events::OrdersCancelled,
    state::{Market, Order, OrderBook, Side},
};

/// Which order.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct CancelOrderArgs {
    /// Side on which it stands.
    pub side: Side,
    /// Its id.
    pub order_id: u64,
}

/// Accounts of `cancel_order` and `cancel_all`.
#[derive(Accounts)]
pub struct CancelOrder<'info> {
    /// Owner of the margin account.
    pub owner: Signer<'info>,
    /// The market.
    #[account(has_one = book @ VenueError::WrongMarketAccount)]
    pub market: AccountLoader<'info, Market>,
    /// Its book.
    #[account(mut)]
    pub book: AccountLoader<'info, OrderBook>,
    /// CHECK: margin account of the orders; read by its layout.
    #[account(owner = FIREBREAK)]
    pub margin: UncheckedAccount<'info>,
}

impl CancelOrder<'_> {
    fn validate(&self) -> Result<()> {
        // owner, market, book: checked in the #[account] attributes.
        // margin: of the signer. Its group does not matter: orders name the margin account itself.
        let data = self.margin.try_borrow_data()?;
        let margin = View::<MarginAccount>::new(&data);
        let margin = margin.map_err(|_| error!(VenueError::MalformedFirebreakAccount))?;
        require!(margin.owner() == self.owner.key().to_bytes(), VenueError::NotTheOwner);
        Ok(())
    }

    /// Removes one order.
    pub fn cancel_order(ctx: Context<Self>, args: CancelOrderArgs) -> Result<()> {
        ctx.accounts.validate()?;
        let cancelled = ctx.accounts.remove(&[args.side], |order| order.id == args.order_id)?;
        require!(!cancelled.is_empty(), VenueError::OrderNotFound);
        ctx.accounts.emit_cancelled(&cancelled)
    }

    /// Removes all orders of the margin account. Succeeds when there are none.
    pub fn cancel_all(ctx: Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let cancelled = ctx.accounts.remove(&[Side::Buy, Side::Sell], |_| true)?;
        ctx.accounts.emit_cancelled(&cancelled)
    }

    /// Removes those orders of the margin account that are `wanted`. Returns (id, lots) of each.
    fn remove(&self, sides: &[Side], wanted: impl Fn(&Order) -> bool) -> Result<Vec<(u64, u64)>> {
        let margin = self.margin.key();
        let mut book = self.book.load_mut()?;
        let mut cancelled = Vec::new();
        for side in sides {
            book.side_mut(*side).remove_where(
                |order| order.margin == margin && wanted(order),
                |order| cancelled.push((order.id, order.lots)),
            );
        }
        Ok(cancelled)
    }

    fn emit_cancelled(&self, cancelled: &[(u64, u64)]) -> Result<()> {
        emit!(OrdersCancelled {
            market: self.market.key(),
            margin: self.margin.key(),
            order_ids: cancelled.iter().map(|(id, _)| *id).collect(),
            // Wraps only in a message: 64 orders of 2^52 lots still fit 64 bits.
            lots: cancelled.iter().map(|(_, lots)| *lots).sum(),
            slot: Clock::get()?.slot,
        });
        Ok(())
    }
}
