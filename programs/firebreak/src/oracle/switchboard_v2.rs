//! Switchboard V2 aggregator, read by offset.
//!
//! Layout (little-endian, packed in the declared order): 236 minimum oracle results, 341 oracles that answered in the
//! latest confirmed round, 358 time when that round was opened, 366 its result, 386 its standard deviation (each an
//! `i128` followed by a `u32` of decimals), 3712 resolution mode. The official crate of this program is compiled to
//! another order of fields by newer compilers and misreads real accounts; nothing here depends on it.

use firebreak_risk::{
    oracle::{Decoded, Fault},
    units::UnixTime,
};

use super::bytes::{i128_at, i64_at, u32_at};

/// First bytes of an aggregator account.
pub const DISCRIMINATOR: [u8; 8] = [0xd9, 0xe6, 0x41, 0x65, 0xc9, 0xa2, 0x1b, 0x7d];
/// Bytes of an aggregator account.
pub const LEN: usize = 3_851;

const MIN_ORACLE_RESULTS: usize = 236;
const NUM_SUCCESS: usize = 341;
const ROUND_OPEN_TIME: usize = 358;
const RESULT: usize = 366;
const STD_DEV: usize = 386;
/// From a decimal's number to its scale.
const SCALE: usize = 16;
const RESOLUTION_MODE: usize = 3_712;
const MODE_ROUND: u8 = 0;
const MODE_SLIDING: u8 = 1;
/// Most decimals that the network's own numbers can have.
const SCALE_MAX: u32 = 28;
/// Decimals that a result is widened to when its deviation has more than it: as many as On-Demand feeds have.
const SCALE_WIDENED: u32 = 18;

struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// Reads an account's bytes.
///
/// # Errors
/// `WrongAccount` for another discriminator, length or mode; `Halted` when results count by the round and fewer
/// oracles answered than required; `BadExponent`, `BadPrice` and `BadConfidence` for decimals beyond what the network
/// uses, and for a negative deviation. Other numbers are not judged here.
pub fn decode(data: &[u8]) -> Result<Decoded, Fault> {
    if data.len() < LEN || !data.starts_with(&DISCRIMINATOR) {
        return Err(Fault::WrongAccount);
    }
    let number = |offset: usize| u32_at(data, offset).ok_or(Fault::WrongAccount);
    match data.get(RESOLUTION_MODE) {
        // Results slide from one oracle to the next: there is no round that could be incomplete.
        Some(&MODE_SLIDING) => (),
        Some(&MODE_ROUND) if number(NUM_SUCCESS)? >= number(MIN_ORACLE_RESULTS)?.max(1) => (),
        Some(&MODE_ROUND) => return Err(Fault::Halted),
        _ => return Err(Fault::WrongAccount),
    }
    let decimal = |offset: usize| {
        let mantissa = i128_at(data, offset).ok_or(Fault::WrongAccount)?;
        Ok(Decimal { mantissa, scale: number(offset + SCALE)? })
    };
    let (result, deviation) = (decimal(RESULT)?, decimal(STD_DEV)?);
    if result.scale > SCALE_MAX {
        return Err(Fault::BadExponent);
    }
    // A round result such as 35 has no decimals, and a deviation cut to none would be nothing or everything.
    let scale = result.scale.max(deviation.scale.min(SCALE_WIDENED));
    Ok(Decoded {
        mantissa: widen(result.mantissa, scale - result.scale).ok_or(Fault::BadPrice)?,
        confidence: confidence_ceil(&deviation, scale).ok_or(Fault::BadConfidence)?,
        // At most SCALE_MAX.
        exponent: -scale.cast_signed(),
        publish: UnixTime(i64_at(data, ROUND_OPEN_TIME).ok_or(Fault::WrongAccount)?),
    })
}

fn widen(mantissa: i128, decimals: u32) -> Option<i128> {
    mantissa.checked_mul(10i128.checked_pow(decimals)?)
}

/// A deviation with `scale` decimals, rounded up: a band is never narrower than what the oracle says. `None` when it
/// is negative or does not fit.
fn confidence_ceil(deviation: &Decimal, scale: u32) -> Option<u128> {
    let mantissa = u128::try_from(deviation.mantissa).ok()?;
    if deviation.scale > SCALE_MAX {
        return None;
    }
    let power = 10u128.checked_pow(deviation.scale.abs_diff(scale))?;
    if deviation.scale <= scale {
        mantissa.checked_mul(power)
    } else {
        Some(mantissa.div_ceil(power))
    }
}
