//! Classic Pyth accounts and Switchboard V2 aggregators: what counts, and when.

use super::{
    accounts::{aggregator_account, classic_account, put},
    *,
};
use crate::oracle::{pyth_classic, switchboard_v2};

/// An aggregator with this result and deviation, each a number and its decimals.
fn aggregator(result: (i128, u32), deviation: (i128, u32)) -> Vec<u8> {
    let mut data = aggregator_account();
    for (offset, (mantissa, scale)) in [(366, result), (386, deviation)] {
        put(&mut data, offset, &mantissa.to_le_bytes());
        put(&mut data, offset + 16, &scale.to_le_bytes());
    }
    data
}

fn decimals(result: (i128, u32), deviation: (i128, u32)) -> Result<(i128, u128, i32), Fault> {
    let decoded = switchboard_v2::decode(&aggregator(result, deviation))?;
    Ok((decoded.mantissa, decoded.confidence, decoded.exponent))
}

#[test]
fn a_classic_account_that_trades_is_read_in_both_sizes() {
    for len in [3_312, 12_576] {
        assert_eq!(pyth_classic::decode(&classic_account(len)), Ok(sol_decoded()), "{len} bytes");
    }
}

/// Statuses: 0 unknown, 1 trading, 2 halted, 3 auction, 4 ignored.
#[test]
fn a_classic_account_that_does_not_trade_says_its_previous_price_with_its_own_time() {
    let previous = Decoded {
        mantissa: 13_900_000_000,
        confidence: 20_000_000,
        exponent: -8,
        publish: UnixTime(1_799_999_996),
    };
    let mut data = classic_account(3_312);
    for status in (0..=u8::MAX).filter(|status| *status != 1) {
        data[224] = status;
        assert_eq!(pyth_classic::decode(&data), Ok(previous), "status {status}");
    }
}

#[test]
fn only_the_two_sizes_of_a_classic_account_are_read() {
    let data = classic_account(12_577);
    for len in (0..12_577).filter(|len| *len != 3_312 && *len != 12_576) {
        assert_eq!(pyth_classic::decode(&data[..len]), Err(Fault::WrongAccount), "{len} bytes");
    }
    // Product and mapping accounts have types 2 and 1, and a price type other than 1 was never set up.
    for (offset, wrong) in [(8, 2), (8, 1), (4, 1), (4, 3), (16, 0), (16, 2)] {
        let mut data = classic_account(3_312);
        data[offset] = wrong;
        assert_eq!(pyth_classic::decode(&data), Err(Fault::WrongAccount), "{wrong} at {offset}");
    }
}

/// What the account of SOL_USD on the main network held: 3 522 158 332 with 8 decimals, 35.22158332.
#[test]
fn a_mainnet_aggregator_is_read() {
    let mut data = vec![0; 3_851];
    put(&mut data, 0, &[0xd9, 0xe6, 0x41, 0x65, 0xc9, 0xa2, 0x1b, 0x7d]);
    put(&mut data, 341, &[1]);
    put(&mut data, 366, &3_522_158_332i128.to_le_bytes());
    put(&mut data, 382, &8u32.to_le_bytes());
    let expected = Decoded { mantissa: 3_522_158_332, confidence: 0, exponent: -8, publish: UnixTime(0) };
    assert_eq!(switchboard_v2::decode(&data), Ok(expected));
}

/// A round needs its minimum and at least one answer; sliding results need no round; other modes do not exist.
#[test]
fn an_aggregator_counts_when_it_slides_or_enough_oracles_answered() {
    let sound = Ok(sol_decoded());
    let table = [
        // mode, minimum, answers
        (0, 3u32, 3u32, sound),
        (0, 3, 2, Err(Fault::Halted)),
        (0, 0, 1, sound),
        (0, 0, 0, Err(Fault::Halted)),
        (0, 256, 255, Err(Fault::Halted)),
        (0, u32::MAX, u32::MAX, sound),
        (1, 3, 0, sound),
        (2, 3, 3, Err(Fault::WrongAccount)),
        (255, 3, 3, Err(Fault::WrongAccount)),
    ];
    for (mode, minimum, answers, expected) in table {
        let mut data = aggregator_account();
        put(&mut data, 236, &minimum.to_le_bytes());
        put(&mut data, 341, &answers.to_le_bytes());
        data[3_712] = mode;
        assert_eq!(switchboard_v2::decode(&data), expected, "mode {mode}: {answers} of {minimum}");
    }
}

#[test]
fn a_result_and_its_deviation_get_the_same_decimals() {
    // 0.137 is 0.13700000.
    assert_eq!(decimals((14_061_593_700, 8), (137, 3)), Ok((14_061_593_700, 13_700_000, -8)));
    // A result of 1 without decimals, 0.0004 around it: 1.0000.
    assert_eq!(decimals((1, 0), (4, 4)), Ok((10_000, 4, -4)));
    // Beyond 18 decimals a deviation is cut, upwards: 4e-20 to 1e-18, and exactly 400e-20 to 4e-18.
    assert_eq!(decimals((1, 0), (4, 20)), Ok((1_000_000_000_000_000_000, 1, -18)));
    assert_eq!(decimals((1, 0), (400, 20)), Ok((1_000_000_000_000_000_000, 4, -18)));
    // A result keeps the decimals it has: 28 are the most.
    assert_eq!(decimals((7, 28), (1, 27)), Ok((7, 10, -28)));
    assert_eq!(decimals((7, 28), (1, 28)), Ok((7, 1, -28)));
    assert_eq!(decimals((7, 20), (11, 21)), Ok((7, 2, -20)));
    assert_eq!(decimals((-35, 0), (1, 1)), Ok((-350, 1, -1)));
}

#[test]
fn decimals_that_the_network_does_not_use_are_refused() {
    assert_eq!(decimals((7, 29), (1, 8)), Err(Fault::BadExponent));
    assert_eq!(decimals((7, u32::MAX), (1, 8)), Err(Fault::BadExponent));
    assert_eq!(decimals((7, 8), (1, 29)), Err(Fault::BadConfidence));
    assert_eq!(decimals((7, 8), (1, u32::MAX)), Err(Fault::BadConfidence));
    assert_eq!(decimals((7, 8), (-1, 8)), Err(Fault::BadConfidence));
    assert_eq!(decimals((7, 8), (i128::MIN, 8)), Err(Fault::BadConfidence));
    // 2^126 with ten more decimals needs 160 bits, whichever of the two it is.
    assert_eq!(decimals((1 << 126, 0), (1, 10)), Err(Fault::BadPrice));
    assert_eq!(decimals((1, 10), (1 << 126, 0)), Err(Fault::BadConfidence));
}

#[test]
fn an_aggregator_cut_short_is_refused() {
    let data = aggregator_account();
    for len in 0..3_851 {
        assert_eq!(switchboard_v2::decode(&data[..len]), Err(Fault::WrongAccount), "{len} bytes");
    }
    assert_eq!(switchboard_v2::decode(&data), Ok(sol_decoded()));
}
