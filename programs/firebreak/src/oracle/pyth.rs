//! Pyth `PriceUpdateV2`, read by offset.
//!
//! Layout (little-endian): 0 discriminator, 8 write authority, 40 verification level. A full level is one byte, so
//! the message starts at 41; a partial level carries a count and shifts every later field by one byte. Only a full
//! level is accepted here, so there is one set of offsets and a shifted account can never be misread.

use firebreak_risk::{
    oracle::{Decoded, Fault},
    units::UnixTime,
};

use super::bytes::{array, i32_at, i64_at, u64_at};

/// First bytes of a `PriceUpdateV2` account.
pub const DISCRIMINATOR: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
/// Bytes of a `PriceUpdateV2` account with a full verification level.
pub const LEN: usize = 134;

const LEVEL: usize = 40;
const LEVEL_FULL: u8 = 1;
const FEED_ID: usize = 41;
const PRICE: usize = 73;
const CONFIDENCE: usize = 81;
const EXPONENT: usize = 89;
const PUBLISH_TIME: usize = 93;

/// Reads an account's bytes.
///
/// # Errors
/// `WrongAccount` for another discriminator, length, level or feed. Numbers are not judged here.
pub fn decode(data: &[u8], feed_id: &[u8; 32]) -> Result<Decoded, Fault> {
    if data.len() < LEN || !data.starts_with(&DISCRIMINATOR) {
        return Err(Fault::WrongAccount);
    }
    if data.get(LEVEL) != Some(&LEVEL_FULL) || array::<32>(data, FEED_ID).as_ref() != Some(feed_id) {
        return Err(Fault::WrongAccount);
    }
    decode_message(data).ok_or(Fault::WrongAccount)
}

fn decode_message(data: &[u8]) -> Option<Decoded> {
    Some(Decoded {
        mantissa: i128::from(i64_at(data, PRICE)?),
        confidence: u128::from(u64_at(data, CONFIDENCE)?),
        exponent: i32_at(data, EXPONENT)?,
        publish: UnixTime(i64_at(data, PUBLISH_TIME)?),
    })
}
