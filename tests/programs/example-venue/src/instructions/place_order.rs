//! Matches an order and lets the rest of it stand.

use anchor_lang::prelude::*;
use firebreak_interface::{
    cpi::ApplyFillInfos,
    fill::OVERLAY_ROWS_MAX,
    layout::{MarginAccount, View},
    pda::PROGRAM_ID as FIREBREAK,
};

use crate::{
    clearing::{FillTerms, FirebreakClearing},
    constants::*,
    engine::{execute, Execution, NewOrder, OrderKind, Stop},
    error::VenueError,
    events::OrderPlaced,
    state::{Market, OrderBook, Side},
};

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct PlaceOrderArgs {
    /// Buying or selling.
    pub side: Side,
    /// What becomes of the part that does not trade at once.
    pub kind: OrderKind,
    /// Limit price, in quote atoms per lot.
    pub limit_price_atoms: u64,
    /// Lots.
    pub lots: u64,
    /// Number chosen by the client; comes back in events.
    pub client_id: u64,
    /// Rows whose oracle accounts are passed along, so that Firebreak need not rely on a crank.
    pub overlay_rows: [u16; OVERLAY_ROWS_MAX],
    /// Rows in use of `overlay_rows`.
    pub overlay_count: u8,
}

/// What became of an order: the return data of `place_order`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct PlaceOrderResult {
    /// Id in the book. 0: the order does not stand.
    pub order_id: u64,
    /// Lots traded.
    pub filled_lots: u64,
    /// Quote atoms traded.
    pub notional_atoms: u64,
    /// Fee of the taker, in quote atoms.
    pub taker_fee_atoms: u64,
    /// Lots that stand in the book.
    pub resting_lots: u64,
    /// Why matching ended.
    pub stop: Stop,
    /// Firebreak's reason when `stop` is `Refused`, as a number. 0: none.
    pub refusal: u8,
}

/// Accounts of `place_order`. Remaining accounts: see [`crate::example_venue::place_order`].
#[derive(Accounts)]
pub struct PlaceOrder<'info> {
    /// Owner of the margin account.
    pub owner: Signer<'info>,
    /// The market.
    #[account(
        has_one = book @ VenueError::WrongMarketAccount,
        has_one = group @ VenueError::WrongMarketAccount,
        has_one = venue @ VenueError::WrongMarketAccount,
        has_one = venue_market @ VenueError::WrongMarketAccount,
        has_one = snapshot @ VenueError::WrongMarketAccount
    )]
    pub market: AccountLoader<'info, Market>,
    /// Its book.
    #[account(mut)]
    pub book: AccountLoader<'info, OrderBook>,
    /// CHECK: margin account of the order; read by its layout.
    #[account(mut, owner = FIREBREAK)]
    pub margin: UncheckedAccount<'info>,
    /// CHECK: exposure shard of the margin account; Firebreak checks it.
    #[account(mut)]
    pub shard: UncheckedAccount<'info>,
    /// CHECK: signs fills; the runtime derives it from the seeds.
    pub venue_authority: UncheckedAccount<'info>,
    /// CHECK: checked by the market's has_one.
    pub group: UncheckedAccount<'info>,
    /// CHECK: checked by the market's has_one.
    pub venue: UncheckedAccount<'info>,
    /// CHECK: checked by the market's has_one.
    #[account(mut)]
    pub venue_market: UncheckedAccount<'info>,
    /// CHECK: checked by the market's has_one.
    pub snapshot: UncheckedAccount<'info>,
    /// CHECK: Firebreak checks it.
    pub event_authority: UncheckedAccount<'info>,
    /// CHECK: checked by its address.
    #[account(address = FIREBREAK)]
    pub firebreak_program: UncheckedAccount<'info>,
}

impl<'info> PlaceOrder<'info> {
    /// Checks the order and whose it is. Returns it for the engine.
    fn validate(&self, args: &PlaceOrderArgs, tick_atoms: u64) -> Result<NewOrder> {
        // owner, market, book, group, venue, venue_market, snapshot, program: checked in the #[account] attributes.
        // margin: of the signer and of the market's group.
        let data = self.margin.try_borrow_data()?;
        let margin = View::<MarginAccount>::new(&data);
        let margin = margin.map_err(|_| error!(VenueError::MalformedFirebreakAccount))?;
        require!(margin.owner() == self.owner.key().to_bytes(), VenueError::NotTheOwner);
        require!(margin.group() == self.group.key().to_bytes(), VenueError::WrongGroup);
        require_gte!(args.lots, 1, VenueError::NoLots);
        let price_atoms = args.limit_price_atoms;
        require!(price_atoms > 0 && price_atoms.is_multiple_of(tick_atoms), VenueError::PriceOffTick);
        let notional_atoms = price_atoms.saturating_mul(args.lots);
        require_gte!(NOTIONAL_ATOMS_MAX, notional_atoms, VenueError::NotionalTooLarge);
        Ok(NewOrder {
            margin: self.margin.key(),
            shard: margin.shard(),
            side: args.side,
            kind: args.kind,
            limit_price_atoms: price_atoms,
            lots: args.lots,
            client_id: args.client_id,
        })
    }

    /// Matches an order and lets the rest of it stand.
    ///
    /// When nobody else is affected, a reason not to trade is an error and the order is not placed. Once a fill
    /// was made or a maker's orders were removed, the instruction succeeds and the result says why it ended early.
    pub fn place_order(ctx: Context<'info, Self>, args: PlaceOrderArgs) -> Result<PlaceOrderResult> {
        let accounts = &ctx.accounts;
        let market = accounts.market.load()?;
        let order = accounts.validate(&args, market.tick_atoms)?;
        let (makers, oracles) = split_remaining(ctx.remaining_accounts, args.overlay_count)?;
        let supplied: Vec<Pubkey> = makers.chunks_exact(2).map(|pair| *pair[0].key).collect();
        let mut clearing = FirebreakClearing {
            infos: accounts.infos(),
            makers,
            oracles,
            terms: FillTerms {
                taker_fee_ppm: market.taker_fee_ppm,
                maker_rebate_ppm: market.maker_rebate_ppm,
                row: market.row,
                is_taker_buyer: args.side == Side::Buy,
                overlay_rows: args.overlay_rows,
                overlay_count: args.overlay_count,
            },
            authority_bump: market.authority_bump,
            taker_fee_atoms: 0,
        };
        // The book stays borrowed during the calls; Firebreak never receives it.
        let execution = execute(&mut *accounts.book.load_mut()?, &order, &supplied, &mut clearing)?;
        refuse_if_nothing_changed(&execution)?;
        let result = PlaceOrderResult {
            order_id: execution.order_id,
            filled_lots: order.lots - execution.open_lots,
            notional_atoms: execution.notional_atoms(),
            taker_fee_atoms: clearing.taker_fee_atoms,
            resting_lots: execution.resting_lots,
            stop: execution.stop,
            refusal: execution.refusal,
        };
        accounts.emit_placed(&order, &result, execution)?;
        Ok(result)
    }

    fn infos(&self) -> ApplyFillInfos<'_, 'info> {
        ApplyFillInfos {
            venue_authority: self.venue_authority.as_ref(),
            group: self.group.as_ref(),
            venue: self.venue.as_ref(),
            snapshot: self.snapshot.as_ref(),
            venue_market: self.venue_market.as_ref(),
            taker_margin: self.margin.as_ref(),
            taker_shard: self.shard.as_ref(),
            event_authority: self.event_authority.as_ref(),
            program: self.firebreak_program.as_ref(),
        }
    }

    fn emit_placed(&self, order: &NewOrder, result: &PlaceOrderResult, execution: Execution) -> Result<()> {
        emit!(OrderPlaced {
            market: self.market.key(),
            margin: order.margin,
            order_id: result.order_id,
            client_id: order.client_id,
            side: order.side,
            limit_price_atoms: order.limit_price_atoms,
            lots: order.lots,
            filled_lots: result.filled_lots,
            notional_atoms: result.notional_atoms,
            taker_fee_atoms: result.taker_fee_atoms,
            resting_lots: result.resting_lots,
            stop: result.stop,
            refusal: result.refusal,
            fills: execution.fills,
            removals: execution.removals,
            slot: Clock::get()?.slot,
        });
        Ok(())
    }
}

/// Splits the remaining accounts into maker pairs and oracle pairs.
fn split_remaining<'a, 'info>(
    remaining: &'a [AccountInfo<'info>],
    overlay_count: u8,
) -> Result<(&'a [AccountInfo<'info>], &'a [AccountInfo<'info>])> {
    let overlays = usize::from(overlay_count);
    let makers = remaining.len().checked_sub(2 * overlays).ok_or(VenueError::RemainingAccounts)?;
    let is_in_pairs = makers.is_multiple_of(2) && makers <= 2 * MAKER_ACCOUNTS_MAX;
    require!(is_in_pairs && overlays <= OVERLAY_ROWS_MAX, VenueError::RemainingAccounts);
    Ok(remaining.split_at(makers))
}

/// Turns an early end into an error, unless that would undo something that must persist.
fn refuse_if_nothing_changed(execution: &Execution) -> Result<()> {
    if execution.is_worth_keeping() {
        return Ok(());
    }
    match execution.stop {
        Stop::MakerMissing => err!(VenueError::MakerAccountMissing),
        Stop::BookFull => err!(VenueError::BookFull),
        Stop::WouldCross => err!(VenueError::PostOnlyWouldCross),
        Stop::Refused => Err(VenueError::from_refusal(execution.refusal).into()),
        Stop::Filled | Stop::Rests | Stop::Unmatched | Stop::RoundsUsed => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `count` remaining accounts split, and into how many of makers and oracles.
    fn split(count: usize, overlay_count: u8) -> Option<(usize, usize)> {
        let (key, owner) = (Pubkey::default(), Pubkey::default());
        let (mut lamports, mut data) = (vec![0; count], vec![[0; 0]; count]);
        let infos: Vec<_> = lamports
            .iter_mut()
            .zip(data.iter_mut())
            .map(|(lamports, data)| AccountInfo::new(&key, false, false, lamports, data, &owner, false))
            .collect();
        let (makers, oracles) = split_remaining(&infos, overlay_count).ok()?;
        Some((makers.len(), oracles.len()))
    }

    #[test]
    fn remaining_accounts_are_maker_pairs_then_oracle_pairs() {
        // 2 makers * 2 + 3 rows * 2 = 10.
        assert_eq!(split(10, 3), Some((4, 6)));
        assert_eq!(split(0, 0), Some((0, 0)));
        assert_eq!(split(16, 0), Some((16, 0)));
        // Odd, fewer than the rows need, more than 8 makers, more than 4 rows.
        assert_eq!((split(3, 0), split(2, 2), split(18, 0), split(10, 5)), (None, None, None, None));
    }
}
