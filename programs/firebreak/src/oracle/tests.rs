//! The adapters against the encoders and decoders of the official crates.

use anchor_lang::{AccountDeserialize, AccountSerialize};
use firebreak_risk::{
    oracle::{Decoded, Fault},
    units::UnixTime,
};
use proptest::prelude::*;
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};
use switchboard_on_demand::{Discriminator, PullFeedAccountData};

use super::{pyth, switchboard, SourceKind};

mod accounts;
mod older;
mod rows;
mod three;

/// Pyth's feed of SOL/USD.
const SOL_USD: [u8; 32] = [
    0xef, 0x0d, 0x8b, 0x6f, 0xda, 0x2c, 0xeb, 0xa4, 0x1d, 0xa1, 0x5d, 0x40, 0x95, 0xd1, 0xda, 0x39, 0x2a,
    0x0d, 0x2f, 0x8e, 0xd0, 0xc6, 0xc7, 0xbc, 0x0f, 0x4c, 0xfa, 0xc8, 0xc2, 0x80, 0xb5, 0x6d,
];
/// Byte strings that each adapter is given beyond those of the property tests.
const MUTANTS: u32 = 120_000;

/// SplitMix64: a fixed seed, so that a failure comes back.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn fill(&mut self, data: &mut [u8]) {
        for chunk in data.chunks_mut(8) {
            let bytes = self.next().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }

    /// Up to eight bytes changed, preferably at the given offsets; sometimes cut or prolonged, sometimes noise.
    fn mutant(&mut self, sound: &[u8], offsets: &[usize]) -> Vec<u8> {
        let mut data = sound.to_vec();
        if self.below(16) == 0 {
            self.fill(&mut data);
            return data;
        }
        for _ in 0..self.below(9) {
            let offset =
                if self.below(2) == 0 { offsets[self.below(offsets.len())] } else { self.below(data.len()) };
            // Small numbers and single bits are what flags and tags are made of.
            data[offset] = match self.below(3) {
                0 => self.below(4) as u8,
                1 => data[offset] ^ (1 << self.below(8)),
                _ => self.next() as u8,
            };
        }
        match self.below(16) {
            0 => data.truncate(self.below(sound.len())),
            1 => data.resize(sound.len() + self.below(64), 0xff),
            _ => (),
        }
        data
    }
}

fn message(feed_id: [u8; 32]) -> PriceFeedMessage {
    PriceFeedMessage {
        feed_id,
        price: 14_061_593_700,
        conf: 13_793_699,
        exponent: -8,
        publish_time: 1_800_000_000,
        prev_publish_time: 1_799_999_999,
        ema_price: 14_000_000_001,
        ema_conf: 2,
    }
}

/// As the receiver program writes it: discriminator, borsh, and what is left of the allocated 134 bytes.
fn pyth_account(verification_level: VerificationLevel, price_message: PriceFeedMessage) -> Vec<u8> {
    let update = PriceUpdateV2 {
        write_authority: [7; 32].into(),
        verification_level,
        price_message,
        posted_slot: 300_000_000,
    };
    let mut data = Vec::new();
    update.try_serialize(&mut data).unwrap();
    data.resize(PriceUpdateV2::LEN, 0);
    data
}

fn sol_account() -> Vec<u8> {
    pyth_account(VerificationLevel::Full, message(SOL_USD))
}

fn sol_decoded() -> Decoded {
    Decoded {
        mantissa: 14_061_593_700,
        confidence: 13_793_699,
        exponent: -8,
        publish: UnixTime(1_800_000_000),
    }
}

/// What the official decoder makes of it, under the rules of ORACLES: allocated length, full level, right feed.
fn official_pyth(data: &[u8], feed_id: &[u8; 32]) -> Option<Decoded> {
    let update = PriceUpdateV2::try_deserialize(&mut &*data).ok()?;
    let message = update.price_message;
    let is_sound = data.len() >= PriceUpdateV2::LEN
        && update.verification_level == VerificationLevel::Full
        && message.feed_id == *feed_id;
    is_sound.then_some(Decoded {
        mantissa: message.price.into(),
        confidence: message.conf.into(),
        exponent: message.exponent,
        publish: UnixTime(message.publish_time),
    })
}

fn switchboard_account(feed: &PullFeedAccountData) -> Vec<u8> {
    [PullFeedAccountData::DISCRIMINATOR, bytemuck::bytes_of(feed)].concat()
}

/// A sound feed among noise: every byte that has no meaning here is random.
fn sound_feed(seed: u64) -> Box<PullFeedAccountData> {
    let mut noise = [0; core::mem::size_of::<PullFeedAccountData>()];
    Random(seed).fill(&mut noise);
    let mut feed: Box<PullFeedAccountData> = Box::new(bytemuck::pod_read_unaligned(&noise));
    feed.permit_write_by_authority = 0;
    feed.min_sample_size = 3;
    feed.last_update_timestamp = 1_800_000_000;
    feed.result.value = 140_615_937_000_000_000_000;
    feed.result.std_dev = 137_936_990_000_000_000;
    feed.result.num_samples = 3;
    feed
}

fn official_switchboard(data: &[u8]) -> Result<Decoded, Fault> {
    let size = core::mem::size_of::<PullFeedAccountData>();
    let body = data.strip_prefix(PullFeedAccountData::DISCRIMINATOR).ok_or(Fault::WrongAccount)?;
    let feed: PullFeedAccountData =
        bytemuck::pod_read_unaligned(body.get(..size).ok_or(Fault::WrongAccount)?);
    let result = feed.result;
    if feed.permit_write_by_authority != 0
        || result.num_samples < feed.min_sample_size
        || result.num_samples == 0
    {
        return Err(Fault::Halted);
    }
    Ok(Decoded {
        mantissa: result.value,
        confidence: result.std_dev.try_into().map_err(|_| Fault::BadConfidence)?,
        exponent: -18,
        publish: UnixTime(feed.last_update_timestamp),
    })
}

/// The account of SOL/USD on the main network, laid out by hand: 8 discriminator, 40 level, 41 feed, 73 price,
/// 81 confidence, 89 exponent, 93 publish time.
#[test]
fn a_mainnet_price_update_is_read() {
    let mut data = [0; 134];
    let fields: [(usize, &[u8]); 7] = [
        (0, &[0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd]),
        (40, &[1]),
        (41, &SOL_USD),
        (73, &14_061_593_700i64.to_le_bytes()),
        (81, &13_793_699u64.to_le_bytes()),
        (89, &(-8i32).to_le_bytes()),
        (93, &1_800_000_000i64.to_le_bytes()),
    ];
    for (offset, bytes) in fields {
        data[offset..offset + bytes.len()].copy_from_slice(bytes);
    }
    assert_eq!(pyth::decode(&data, &SOL_USD), Ok(sol_decoded()));
    assert_eq!(official_pyth(&data, &SOL_USD), Some(sol_decoded()));
}

#[test]
fn lengths_and_discriminators_are_the_official_ones() {
    assert_eq!(pyth::LEN, PriceUpdateV2::LEN);
    assert_eq!(switchboard::LEN, 8 + core::mem::size_of::<PullFeedAccountData>());
    assert_eq!(switchboard::DISCRIMINATOR, PullFeedAccountData::DISCRIMINATOR);
    assert_eq!(sol_account()[..8], pyth::DISCRIMINATOR);
}

/// A partial level shifts every later field by one byte; it must not be read at all, also not where the shifted
/// bytes happen to show the right feed.
#[test]
fn a_partially_verified_update_is_refused() {
    for num_signatures in 0..=u8::MAX {
        let data = pyth_account(VerificationLevel::Partial { num_signatures }, message(SOL_USD));
        assert_eq!(pyth::decode(&data, &SOL_USD), Err(Fault::WrongAccount), "{num_signatures} signatures");
        let seen: [u8; 32] = data[41..73].try_into().unwrap();
        assert_eq!(pyth::decode(&data, &seen), Err(Fault::WrongAccount), "{num_signatures} signatures");
    }
    let mut data = sol_account();
    for level in (0..=u8::MAX).filter(|level| *level != 1) {
        data[40] = level;
        assert_eq!(pyth::decode(&data, &SOL_USD), Err(Fault::WrongAccount), "level {level}");
    }
}

#[test]
fn every_truncation_is_refused() {
    let (pyth, feed) = (sol_account(), switchboard_account(&sound_feed(1)));
    for len in 0..pyth.len() {
        assert_eq!(pyth::decode(&pyth[..len], &SOL_USD), Err(Fault::WrongAccount), "{len} bytes");
    }
    for len in 0..feed.len() {
        assert_eq!(switchboard::decode(&feed[..len]), Err(Fault::WrongAccount), "{len} bytes");
    }
    assert!(pyth::decode(&pyth, &SOL_USD).is_ok() && switchboard::decode(&feed).is_ok());
}

#[test]
fn any_wrong_bit_of_discriminator_level_or_feed_is_refused() {
    for bit in (0..8 * 8).chain(40 * 8..73 * 8) {
        let mut data = sol_account();
        data[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(pyth::decode(&data, &SOL_USD), Err(Fault::WrongAccount), "bit {bit}");
    }
    for bit in 0..8 * 8 {
        let mut data = switchboard_account(&sound_feed(2));
        data[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(switchboard::decode(&data), Err(Fault::WrongAccount), "bit {bit}");
    }
}

#[test]
fn an_account_of_zeros_is_refused() {
    assert_eq!(pyth::decode(&[0; 134], &[0; 32]), Err(Fault::WrongAccount));
    assert_eq!(switchboard::decode(&[0; 3_208]), Err(Fault::WrongAccount));
    // With the right discriminator alone there are no samples and no full level.
    let mut data = [0; 3_208];
    data[..8].copy_from_slice(&switchboard::DISCRIMINATOR);
    assert_eq!(switchboard::decode(&data), Err(Fault::Halted));
    data[..8].copy_from_slice(&pyth::DISCRIMINATOR);
    assert_eq!(pyth::decode(&data, &[0; 32]), Err(Fault::WrongAccount));
}

#[test]
fn a_feed_that_its_authority_may_write_is_refused() {
    let mut feed = sound_feed(3);
    for permission in 1..=u8::MAX {
        feed.permit_write_by_authority = permission;
        assert_eq!(switchboard::decode(&switchboard_account(&feed)), Err(Fault::Halted), "{permission}");
    }
}

#[test]
fn too_few_samples_are_refused() {
    let mut feed = sound_feed(4);
    // minimum, used, sound; a minimum of zero still needs one.
    let table = [(3, 2, false), (3, 3, true), (3, 4, true), (0, 0, false), (0, 1, true), (255, 254, false)];
    for (min_sample_size, num_samples, is_sound) in table {
        (feed.min_sample_size, feed.result.num_samples) = (min_sample_size, num_samples);
        let decoded = switchboard::decode(&switchboard_account(&feed));
        let expected = if is_sound { None } else { Some(Fault::Halted) };
        assert_eq!(decoded.err(), expected, "{num_samples} of {min_sample_size}");
    }
}

#[test]
fn a_negative_deviation_is_refused() {
    let mut feed = sound_feed(5);
    for std_dev in [-1, i128::MIN] {
        feed.result.std_dev = std_dev;
        assert_eq!(switchboard::decode(&switchboard_account(&feed)), Err(Fault::BadConfidence));
    }
}

/// Whatever the bytes are: no panic, and a price exactly where the official decoder finds one in a sound account.
#[test]
fn mutated_price_updates_are_read_as_the_official_decoder_reads_them() {
    let mut random = Random(0x0f1e_2d3c);
    let sound = sol_account();
    let offsets: Vec<usize> = (0..9).chain(40..43).chain(70..101).collect();
    let mut accepted = 0;
    for _ in 0..MUTANTS {
        let data = random.mutant(&sound, &offsets);
        let decoded = pyth::decode(&data, &SOL_USD);
        assert_eq!(decoded.ok(), official_pyth(&data, &SOL_USD), "{data:02x?}");
        assert!(decoded.is_ok() || decoded == Err(Fault::WrongAccount));
        accepted += u32::from(decoded.is_ok());
    }
    // Neither all nor none: the mutants reach both sides.
    assert!(accepted > MUTANTS / 20 && accepted < MUTANTS / 2, "{accepted}");
}

#[test]
fn mutated_pull_feeds_are_read_as_the_official_layout_says() {
    let mut random = Random(0x4b5a_6978);
    let sound = switchboard_account(&sound_feed(6));
    let offsets: Vec<usize> = (0..8).chain(2_212..2_225).chain(2_262..2_298).chain(2_359..2_362).collect();
    let mut outcomes = [0u32; 4];
    for _ in 0..MUTANTS {
        let data = random.mutant(&sound, &offsets);
        let decoded = switchboard::decode(&data);
        assert_eq!(decoded, official_switchboard(&data));
        outcomes[match decoded {
            Ok(_) => 0,
            Err(Fault::WrongAccount) => 1,
            Err(Fault::Halted) => 2,
            Err(_) => 3,
        }] += 1;
    }
    assert!(outcomes.iter().all(|count| *count > 200), "{outcomes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn a_price_update_is_decoded_to_what_was_encoded(
        feed_id: [u8; 32], price: i64, conf: u64, exponent: i32, publish_time: i64,
        others: (i64, i64, u64), extra in 0usize..100,
    ) {
        let (prev_publish_time, ema_price, ema_conf) = others;
        let message = PriceFeedMessage {
            feed_id, price, conf, exponent, publish_time, prev_publish_time, ema_price, ema_conf,
        };
        let mut data = pyth_account(VerificationLevel::Full, message);
        data.resize(data.len() + extra, 0xaa);
        let expected = Decoded {
            mantissa: price.into(), confidence: conf.into(), exponent, publish: UnixTime(publish_time),
        };
        prop_assert_eq!(pyth::decode(&data, &feed_id), Ok(expected));
    }

    #[test]
    fn a_pull_feed_is_decoded_to_what_was_encoded(
        seed: u64, value: i128, std_dev in 0..=i128::MAX, publish: i64, min in 0u8..=255, more in 0u8..=255,
    ) {
        let mut feed = sound_feed(seed);
        (feed.result.value, feed.result.std_dev, feed.last_update_timestamp) = (value, std_dev, publish);
        (feed.min_sample_size, feed.result.num_samples) = (min, min.saturating_add(more).max(1));
        let expected = Decoded {
            mantissa: value, confidence: std_dev.unsigned_abs(), exponent: -18, publish: UnixTime(publish),
        };
        prop_assert_eq!(switchboard::decode(&switchboard_account(&feed)), Ok(expected));
    }

    #[test]
    fn noise_is_never_a_price(noise in prop::collection::vec(any::<u8>(), 0..4_000), feed_id: [u8; 32]) {
        prop_assume!(!noise.starts_with(&pyth::DISCRIMINATOR) && !noise.starts_with(&switchboard::DISCRIMINATOR));
        prop_assert_eq!(pyth::decode(&noise, &feed_id), Err(Fault::WrongAccount));
        prop_assert_eq!(switchboard::decode(&noise), Err(Fault::WrongAccount));
    }
}

#[test]
fn every_kind_has_its_own_owner_and_its_network() {
    let kinds = [
        (SourceKind::None, 0, None),
        (SourceKind::PythReceiver, 1, Some("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ")),
        (SourceKind::PythReceiverCompatible, 1, Some("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp")),
        (SourceKind::SwitchboardOnDemand, 2, Some("SBondMDrcV3K4kxZR1HNVT7osZxAHVHgYXL5Ze1oMUv")),
        (SourceKind::SwitchboardOnDemandDevnet, 2, Some("Aio4gaXjXzJNVLtzwtNVmSqGKpANtXhybbkhtAC94ji2")),
        (SourceKind::PythClassic, 1, Some("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH")),
        (SourceKind::PythClassicDevnet, 1, Some("gSbePebfvPy7tRqimPoVecS2UsBvYv46ynrzWocc92s")),
        (SourceKind::SwitchboardV2, 2, Some("SW1TCH7qEPTdLsDHRgPuMQjbQxKdH2aBStViMFnt64f")),
        (SourceKind::SwitchboardV2Devnet, 2, Some("2TfB33aLaneQb5TNVwyDz3jSZXS6jdW2ARw1Dgf84XCG")),
    ];
    for (index, (kind, network, owner)) in kinds.into_iter().enumerate() {
        assert_eq!(SourceKind::from_u8(index as u8), kind);
        assert_eq!(kind.network(), network);
        assert_eq!(kind.owner().map(|key| key.to_string()).as_deref(), owner);
    }
    for value in 9..=u8::MAX {
        assert_eq!(SourceKind::from_u8(value), SourceKind::None);
    }
}
