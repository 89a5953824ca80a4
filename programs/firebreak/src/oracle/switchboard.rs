//! Switchboard On-Demand pull feed, read by offset.
//!
//! Layout (little-endian): 2176 minimum responses, 2213 permission of the authority to write, 2215 minimum samples,
//! 2216 time of the last update, 2264 value, 2280 standard deviation (both with 18 decimals), 2360 samples used.

use firebreak_risk::{
    oracle::{Decoded, Fault},
    units::UnixTime,
};

use super::bytes::{i128_at, i64_at};

/// First bytes of a pull feed account.
pub const DISCRIMINATOR: [u8; 8] = [0xc4, 0x1b, 0x6c, 0xc4, 0x0a, 0xd7, 0xdb, 0x28];
/// Bytes of a pull feed account.
pub const LEN: usize = 3_208;

const PERMIT_WRITE_BY_AUTHORITY: usize = 2_213;
const MIN_SAMPLE_SIZE: usize = 2_215;
const LAST_UPDATE: usize = 2_216;
const VALUE: usize = 2_264;
const STD_DEV: usize = 2_280;
const NUM_SAMPLES: usize = 2_360;
/// Power of ten of every value.
pub const EXPONENT: i32 = -18;

/// Reads an account's bytes.
///
/// # Errors
/// `WrongAccount` for another discriminator or length; `Halted` when the feed's authority may write prices itself
/// (one key would then be the oracle) or fewer samples than required were used; `BadConfidence` for a negative
/// deviation. Other numbers are not judged here.
pub fn decode(data: &[u8]) -> Result<Decoded, Fault> {
    if data.len() < LEN || !data.starts_with(&DISCRIMINATOR) {
        return Err(Fault::WrongAccount);
    }
    let flag = |offset: usize| data.get(offset).copied().ok_or(Fault::WrongAccount);
    if flag(PERMIT_WRITE_BY_AUTHORITY)? != 0 {
        return Err(Fault::Halted);
    }
    if flag(NUM_SAMPLES)? < flag(MIN_SAMPLE_SIZE)?.max(1) {
        return Err(Fault::Halted);
    }
    let deviation = i128_at(data, STD_DEV).ok_or(Fault::WrongAccount)?;
    Ok(Decoded {
        mantissa: i128_at(data, VALUE).ok_or(Fault::WrongAccount)?,
        confidence: u128::try_from(deviation).map_err(|_| Fault::BadConfidence)?,
        exponent: EXPONENT,
        publish: UnixTime(i64_at(data, LAST_UPDATE).ok_or(Fault::WrongAccount)?),
    })
}
