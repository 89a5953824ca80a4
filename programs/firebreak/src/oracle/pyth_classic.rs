//! Pyth classic price account, read by offset.
//!
//! Layout (little-endian): 0 magic, 4 version, 8 account type, 16 price type, 20 exponent, 96 time of the aggregate,
//! 184 previous price, 192 previous confidence, 200 previous time, 208 price, 216 confidence, 224 status. The
//! previous fields hold the last aggregate that was trading, so they are what an account that is not trading still
//! vouches for, at its own time.

use firebreak_risk::{
    oracle::{Decoded, Fault},
    units::UnixTime,
};

use super::bytes::{i32_at, i64_at, u64_at};

/// First bytes of every account of the program: magic, version 2, type "price".
pub const HEADER: [u8; 12] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 0, 0, 3, 0, 0, 0];
/// Bytes of a price account with room for 32 publishers.
pub const LEN: usize = 3_312;
/// Bytes of a price account of Pythnet, with room for 128 publishers and cumulative prices behind them.
pub const LEN_PYTHNET: usize = 12_576;

const PRICE_TYPE: usize = 16;
/// The only price type there is; zero is an account that was never set up.
const PRICE_TYPE_PRICE: u8 = 1;
const EXPONENT: usize = 20;
const STATUS: usize = 224;
const STATUS_TRADING: u8 = 1;

/// Offsets of one price and what belongs to it.
struct Fields {
    price: usize,
    confidence: usize,
    publish: usize,
}

const AGGREGATE: Fields = Fields { price: 208, confidence: 216, publish: 96 };
const PREVIOUS: Fields = Fields { price: 184, confidence: 192, publish: 200 };

/// Reads an account's bytes. The address alone says which price it is: these accounts carry no feed id.
///
/// # Errors
/// `WrongAccount` for another magic, version, type or length. Numbers are not judged here; an account that has been
/// halted for long fails by the age of its previous price.
pub fn decode(data: &[u8]) -> Result<Decoded, Fault> {
    let is_sized = data.len() == LEN || data.len() == LEN_PYTHNET;
    if !is_sized || !data.starts_with(&HEADER) || data.get(PRICE_TYPE) != Some(&PRICE_TYPE_PRICE) {
        return Err(Fault::WrongAccount);
    }
    let is_trading = data.get(STATUS) == Some(&STATUS_TRADING);
    decode_fields(data, if is_trading { &AGGREGATE } else { &PREVIOUS }).ok_or(Fault::WrongAccount)
}

fn decode_fields(data: &[u8], fields: &Fields) -> Option<Decoded> {
    Some(Decoded {
        mantissa: i128::from(i64_at(data, fields.price)?),
        confidence: u128::from(u64_at(data, fields.confidence)?),
        exponent: i32_at(data, EXPONENT)?,
        publish: UnixTime(i64_at(data, fields.publish)?),
    })
}
