//! One row per adapter: where its fields are, written down from the layouts and not taken from the adapters, and what
//! the oracle's own rules say about an account's bytes.

use core::ops::Range;

use super::{
    accounts::{aggregator_account, classic_account, put},
    *,
};

/// A number inside an account.
#[derive(Clone, Copy)]
pub struct Field {
    pub at: usize,
    pub width: usize,
}

/// What a spoiled account is refused for; `None` where the layout has nothing of the kind.
pub type Spoil = Option<(fn(&mut Vec<u8>), Fault)>;

/// Everything that the tests know about an adapter.
pub struct Adapter {
    pub kinds: &'static [SourceKind],
    pub sound: fn() -> Vec<u8>,
    /// True for the lengths that a sound account can be cut or prolonged to.
    pub is_length: fn(usize) -> bool,
    /// Bytes of which no bit may differ.
    pub identity: &'static [Field],
    pub price: Field,
    pub confidence: Field,
    pub publish: Field,
    /// The exponent and some values of it that cannot be converted, here or after the row's own 10^-3.
    pub exponent: Option<(Field, &'static [i128])>,
    /// Bytes that the rules look at beside those above.
    pub flags: &'static [Field],
    /// The source says that it is not trading, or too few answered.
    pub halted: Spoil,
    /// Verified partially, which shifts every later field by one byte.
    pub shifted: Spoil,
    /// One key may write the price.
    pub authority: Spoil,
    /// What the account says, if the oracle's own rules call it sound.
    pub says: fn(&[u8]) -> Option<Said>,
}

/// A price as an account says it, in the account's own decimals.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    pub mantissa: i128,
    pub exponent: i32,
    pub confidence: u128,
    pub confidence_exponent: i32,
    pub publish: i64,
}

impl Field {
    pub fn range(self) -> Range<usize> {
        self.at..self.at + self.width
    }
}

const fn field(at: usize, width: usize) -> Field {
    Field { at, width }
}

/// Little-endian and signed.
pub fn signed(data: &[u8], field: Field) -> i128 {
    let bytes = &data[field.range()];
    let top = i128::from(bytes[field.width - 1].cast_signed());
    bytes[..field.width - 1].iter().rev().fold(top, |value, byte| (value << 8) | i128::from(*byte))
}

/// Little-endian and unsigned.
fn unsigned(data: &[u8], field: Field) -> u128 {
    let bytes = &data[field.range()];
    bytes.iter().rev().fold(0, |value, byte| (value << 8) | u128::from(*byte))
}

/// Writes the low bytes of a number.
pub fn write(data: &mut [u8], field: Field, value: i128) {
    put(data, field.at, &value.to_le_bytes()[..field.width]);
}

/// The table. A kind of source without a row fails `every_kind_has_one_row`.
pub const ADAPTERS: [Adapter; 4] = [
    Adapter {
        kinds: &[SourceKind::PythReceiver, SourceKind::PythReceiverCompatible],
        sound: sol_account,
        is_length: |len| len >= 134,
        identity: &[field(0, 8), field(40, 33)],
        price: field(73, 8),
        confidence: field(81, 8),
        publish: field(93, 8),
        exponent: Some((field(89, 4), &[-26, 16, i32::MIN as i128, i32::MAX as i128])),
        flags: &[],
        // A receiver stores what was verified; it has no status of its own.
        halted: None,
        shifted: Some((
            |data| *data = pyth_account(VerificationLevel::Partial { num_signatures: 3 }, message(SOL_USD)),
            Fault::WrongAccount,
        )),
        // The write authority can only bring messages that Pyth signed.
        authority: None,
        says: price_update_says,
    },
    Adapter {
        kinds: &[SourceKind::SwitchboardOnDemand, SourceKind::SwitchboardOnDemandDevnet],
        sound: || switchboard_account(&sound_feed(1)),
        is_length: |len| len >= 3_208,
        identity: &[field(0, 8)],
        price: field(2_264, 16),
        confidence: field(2_280, 16),
        publish: field(2_216, 8),
        // Always 18 decimals.
        exponent: None,
        flags: &[field(2_213, 1), field(2_215, 1), field(2_360, 1)],
        halted: Some((|data| data[2_360] = 2, Fault::Halted)),
        shifted: None,
        authority: Some((|data| data[2_213] = 1, Fault::Halted)),
        says: pull_feed_says,
    },
    Adapter {
        kinds: &[SourceKind::PythClassic, SourceKind::PythClassicDevnet],
        sound: || classic_account(3_312),
        is_length: |len| len == 3_312 || len == 12_576,
        identity: &[field(0, 12), field(16, 1)],
        price: field(208, 8),
        confidence: field(216, 8),
        publish: field(96, 8),
        exponent: Some((field(20, 4), &[-26, 16, i32::MIN as i128, i32::MAX as i128])),
        flags: &[field(184, 24), field(224, 1)],
        // Halted a minute ago: what counts is the previous price, with its own time.
        halted: Some((
            |data| {
                data[224] = 2;
                write(data, field(200, 8), 1_799_999_940);
            },
            Fault::TooOld,
        )),
        shifted: None,
        // Publishers write components; the aggregate is the program's.
        authority: None,
        says: classic_says,
    },
    Adapter {
        kinds: &[SourceKind::SwitchboardV2, SourceKind::SwitchboardV2Devnet],
        sound: aggregator_account,
        is_length: |len| len >= 3_851,
        identity: &[field(0, 8)],
        price: field(366, 16),
        confidence: field(386, 16),
        publish: field(358, 8),
        // Decimals count downwards: 26 become -29 with the row's -3.
        exponent: Some((field(382, 4), &[26, 29, i32::MAX as i128, u32::MAX as i128])),
        flags: &[field(236, 4), field(341, 4), field(402, 4), field(3_712, 1)],
        halted: Some((|data| write(data, field(341, 4), 2), Fault::Halted)),
        shifted: None,
        // An authority changes jobs, not results.
        authority: None,
        says: aggregator_says,
    },
];

/// The same number in possibly more decimals, and a band that is the same or wider by less than its last one.
pub fn assert_says(decoded: &Decoded, said: &Said) {
    assert_eq!(decoded.publish.0, said.publish);
    let power = |exponent: i32| 10i128.pow(exponent.unsigned_abs());
    let more = said.exponent - decoded.exponent;
    assert!(more >= 0, "{decoded:?} has fewer decimals than {said:?}");
    assert_eq!(Some(decoded.mantissa), said.mantissa.checked_mul(power(more)), "{said:?}");
    let difference = said.confidence_exponent - decoded.exponent;
    let unit = power(difference).unsigned_abs();
    if difference >= 0 {
        assert_eq!(Some(decoded.confidence), said.confidence.checked_mul(unit), "{said:?}");
    } else {
        assert!(decoded.confidence * unit >= said.confidence, "{decoded:?} is narrower than {said:?}");
        assert!(decoded.confidence.saturating_sub(1) * unit <= said.confidence, "{decoded:?} for {said:?}");
        assert_eq!(decoded.confidence == 0, said.confidence == 0);
    }
}

fn price_update_says(data: &[u8]) -> Option<Said> {
    let is_sound = data.len() >= 134
        && data[..8] == [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd]
        && data[40] == 1
        && data[41..73] == SOL_USD;
    is_sound.then(|| fixed_scale(data, [73, 81, 89, 93]))
}

/// Price, confidence, exponent and time at these offsets, as Pyth writes them.
fn fixed_scale(data: &[u8], [price, confidence, exponent, publish]: [usize; 4]) -> Said {
    let exponent = signed(data, field(exponent, 4)) as i32;
    Said {
        mantissa: signed(data, field(price, 8)),
        exponent,
        confidence: unsigned(data, field(confidence, 8)),
        confidence_exponent: exponent,
        publish: signed(data, field(publish, 8)) as i64,
    }
}

fn pull_feed_says(data: &[u8]) -> Option<Said> {
    let is_sound = data.len() >= 3_208
        && data[..8] == [0xc4, 0x1b, 0x6c, 0xc4, 0x0a, 0xd7, 0xdb, 0x28]
        && data[2_213] == 0
        && data[2_360] > 0
        && data[2_360] >= data[2_215]
        && signed(data, field(2_280, 16)) >= 0;
    is_sound.then(|| Said {
        mantissa: signed(data, field(2_264, 16)),
        exponent: -18,
        confidence: unsigned(data, field(2_280, 16)),
        confidence_exponent: -18,
        publish: signed(data, field(2_216, 8)) as i64,
    })
}

fn classic_says(data: &[u8]) -> Option<Said> {
    let is_sound = (data.len() == 3_312 || data.len() == 12_576)
        && unsigned(data, field(0, 4)) == 0xa1b2_c3d4
        && unsigned(data, field(4, 4)) == 2
        && unsigned(data, field(8, 4)) == 3
        && data[16] == 1;
    let offsets = if is_sound && data[224] == 1 { [208, 216, 20, 96] } else { [184, 192, 20, 200] };
    is_sound.then(|| fixed_scale(data, offsets))
}

fn aggregator_says(data: &[u8]) -> Option<Said> {
    if data.len() < 3_851 || data[..8] != [0xd9, 0xe6, 0x41, 0x65, 0xc9, 0xa2, 0x1b, 0x7d] {
        return None;
    }
    let (minimum, answers) = (unsigned(data, field(236, 4)), unsigned(data, field(341, 4)));
    let is_complete = data[3_712] == 1 || (data[3_712] == 0 && answers > 0 && answers >= minimum);
    let (decimals, other) = (unsigned(data, field(382, 4)), unsigned(data, field(402, 4)));
    let is_sound = is_complete && decimals <= 28 && other <= 28 && signed(data, field(386, 16)) >= 0;
    is_sound.then(|| Said {
        mantissa: signed(data, field(366, 16)),
        exponent: -(decimals as i32),
        confidence: unsigned(data, field(386, 16)),
        confidence_exponent: -(other as i32),
        publish: signed(data, field(358, 8)) as i64,
    })
}
