//! Bounds, and the seeds of the venue's addresses.

/// First seed of a market: venue_market (of Firebreak), admin.
pub const MARKET_SEED: &[u8] = b"market";
/// First seed of an order book: market.
pub const BOOK_SEED: &[u8] = b"book";
/// Seed of the key that signs fills; registered with Firebreak as `Venue.authority`. One for all markets.
pub const AUTHORITY_SEED: &[u8] = b"venue_authority";

/// Orders on one side of a book. 2 * 64 orders of 72 bytes stay below the 10 240 bytes that one instruction can
/// create.
pub const SIDE_ORDERS_MAX: usize = 64;
/// Calls of Firebreak that one `place_order` makes. One is the rule; another is needed after a maker was refused
/// or when one maker stands at two prices.
pub const ROUNDS_MAX: usize = 4;
/// Makers whose accounts one `place_order` takes: two rounds of four, as many as a transaction has room for.
pub const MAKER_ACCOUNTS_MAX: usize = 8;

/// Largest notional of one order, in quote atoms: Firebreak's bound for a position.
pub const NOTIONAL_ATOMS_MAX: u64 = 1 << 52;
/// Coarsest price step, in quote atoms per lot.
pub const TICK_ATOMS_MAX: u64 = 1_000_000_000;
/// Largest taker fee: 1 %, Firebreak's bound.
pub const FEE_PPM_MAX: u32 = 10_000;
/// One, in ppm.
pub const PPM_ONE: u64 = 1_000_000;
/// Seconds after which a row that nobody refreshed counts as abandoned, so that makers who depend on it may lose
/// their orders. Twice the age at which Firebreak stops using it.
pub const ABANDONED_ROW_SECS: i64 = 600;
/// Seconds for which a row's stored price is good enough to call an order mispriced: Firebreak's own bound.
pub const FRESH_ROW_SECS: i64 = 5;
/// Layout version of the venue's accounts.
pub const LAYOUT_VERSION: u8 = 1;

// Notional of everything that one order can trade: it fits 64 bits even if each resting order is of full size.
const _: () = assert!(NOTIONAL_ATOMS_MAX.checked_mul(SIDE_ORDERS_MAX as u64).is_some());
