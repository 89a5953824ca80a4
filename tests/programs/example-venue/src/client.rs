//! What clients need beside Anchor's generated types: addresses, and which makers to pass. Not part of the program.

use anchor_lang::{
    prelude::*,
    solana_program::instruction::{AccountMeta, Instruction},
    InstructionData,
};
use firebreak_interface::{
    cpi::{OracleKeys, PartyKeys},
    pda::{find_event_authority, find_exposure, PROGRAM_ID as FIREBREAK},
};

use crate::{
    accounts,
    constants::*,
    instruction,
    instructions::{CancelOrderArgs, CreateMarketArgs, PlaceOrderArgs, PlaceOrderResult},
    state::{Market, OrderBook, Side},
    ID,
};

/// A maker whose accounts go along with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maker {
    /// Margin account.
    pub margin: Pubkey,
    /// Index of its exposure shard.
    pub shard: u8,
}

impl Maker {
    /// The two accounts to pass.
    pub fn keys(&self, group: &Pubkey) -> PartyKeys {
        PartyKeys { margin: self.margin, shard: find_exposure(group, self.shard).0 }
    }
}

/// The makers that an order can trade with, in the order in which it reaches them, each once and at most
/// [`MAKER_ACCOUNTS_MAX`]. Asking for more `lots` than the order has yields spare makers, with whom it goes on
/// if Firebreak refuses one.
pub fn best_makers(book: &OrderBook, side: Side, limit: u64, lots: u64, taker: &Pubkey) -> Vec<Maker> {
    let mut makers: Vec<Maker> = Vec::new();
    let mut open_lots = lots;
    for order in book.side(side.opposite()).by_priority() {
        if open_lots == 0 || !side.crosses(limit, order.price_atoms) {
            break;
        }
        // The program cancels the taker's own orders in the way.
        if order.margin == *taker {
            continue;
        }
        if makers.iter().all(|maker| maker.margin != order.margin) {
            if makers.len() == MAKER_ACCOUNTS_MAX {
                break;
            }
            makers.push(Maker { margin: order.margin, shard: order.shard });
        }
        open_lots = open_lots.saturating_sub(order.lots);
    }
    makers
}

/// The market that `admin` opened for a Firebreak venue market.
pub fn find_market(venue_market: &Pubkey, admin: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[MARKET_SEED, venue_market.as_ref(), admin.as_ref()], &ID)
}

/// The book of a market.
pub fn find_book(market: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[BOOK_SEED, market.as_ref()], &ID)
}

/// The key that signs fills; to be registered with Firebreak as `Venue.authority`.
pub fn find_venue_authority() -> (Pubkey, u8) {
    Pubkey::find_program_address(&[AUTHORITY_SEED], &ID)
}

/// Reads a market account's data. `None` when it is no market.
pub fn read_market(data: &[u8]) -> Option<Market> {
    read_account(data)
}

/// Reads a book account's data. `None` when it is no book.
pub fn read_book(data: &[u8]) -> Option<Box<OrderBook>> {
    read_account(data).map(Box::new)
}

/// Reads the return data of `place_order`. The runtime cuts its trailing zeros, which are put back here.
pub fn read_result(data: &[u8]) -> Option<PlaceOrderResult> {
    // Five numbers of 8 bytes and two of one byte.
    let mut bytes = [0u8; 42];
    bytes.get_mut(..data.len())?.copy_from_slice(data);
    PlaceOrderResult::try_from_slice(&bytes).ok()
}

fn read_account<T: anchor_lang::Discriminator + bytemuck::Pod>(data: &[u8]) -> Option<T> {
    let bytes = data.strip_prefix(T::DISCRIMINATOR)?;
    bytemuck::try_pod_read_unaligned(bytes.get(..core::mem::size_of::<T>())?).ok()
}

/// The Firebreak accounts of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirebreakKeys {
    /// The group.
    pub group: Pubkey,
    /// This venue, as registered with the group.
    pub venue: Pubkey,
    /// This venue's use of the market.
    pub venue_market: Pubkey,
    /// The group's snapshot.
    pub snapshot: Pubkey,
}

/// Builds `create_market`.
pub fn create_market(admin: Pubkey, keys: &FirebreakKeys, args: CreateMarketArgs) -> Instruction {
    let market = find_market(&keys.venue_market, &admin).0;
    let named = accounts::CreateMarket {
        admin,
        market,
        book: find_book(&market).0,
        group: keys.group,
        venue: keys.venue,
        venue_market: keys.venue_market,
        snapshot: keys.snapshot,
        system_program: anchor_lang::system_program::ID,
    };
    let data = instruction::CreateMarket { args }.data();
    Instruction { program_id: ID, accounts: named.to_account_metas(None), data }
}

/// Who acts on which market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trader {
    /// Signs.
    pub owner: Pubkey,
    /// Margin account of the owner.
    pub margin: Pubkey,
    /// Index of its exposure shard.
    pub shard: u8,
}

/// Builds `place_order` against the makers of [`best_makers`]. `oracles`: one pair per overlay row of `args`.
pub fn place_order(
    market: (&Pubkey, &Market),
    trader: &Trader,
    counterparts: (&[Maker], &[OracleKeys]),
    args: PlaceOrderArgs,
) -> Instruction {
    let (market_key, market) = market;
    let (makers, oracles) = counterparts;
    let named = accounts::PlaceOrder {
        owner: trader.owner,
        market: *market_key,
        book: market.book,
        margin: trader.margin,
        shard: find_exposure(&market.group, trader.shard).0,
        venue_authority: find_venue_authority().0,
        group: market.group,
        venue: market.venue,
        venue_market: market.venue_market,
        snapshot: market.snapshot,
        event_authority: find_event_authority().0,
        firebreak_program: FIREBREAK,
    };
    let mut metas = named.to_account_metas(None);
    for maker in makers {
        let keys = maker.keys(&market.group);
        metas.push(AccountMeta::new(keys.margin, false));
        metas.push(AccountMeta::new(keys.shard, false));
    }
    for row in oracles {
        metas.push(AccountMeta::new_readonly(row.primary, false));
        metas.push(AccountMeta::new_readonly(row.secondary, false));
    }
    Instruction { program_id: ID, accounts: metas, data: instruction::PlaceOrder { args }.data() }
}

fn cancel_metas(market: &Pubkey, trader: &Trader) -> Vec<AccountMeta> {
    let named = accounts::CancelOrder {
        owner: trader.owner,
        market: *market,
        book: find_book(market).0,
        margin: trader.margin,
    };
    named.to_account_metas(None)
}

/// Builds `cancel_order`.
pub fn cancel_order(market: &Pubkey, trader: &Trader, args: CancelOrderArgs) -> Instruction {
    let data = instruction::CancelOrder { args }.data();
    Instruction { program_id: ID, accounts: cancel_metas(market, trader), data }
}

/// Builds `cancel_all`.
pub fn cancel_all(market: &Pubkey, trader: &Trader) -> Instruction {
    let data = instruction::CancelAll {}.data();
    Instruction { program_id: ID, accounts: cancel_metas(market, trader), data }
}
