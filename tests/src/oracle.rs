//! Oracle accounts, written with the encoders of the official crates.

use anchor_lang::{prelude::Pubkey, AccountSerialize};
use bytemuck::Zeroable;
use firebreak::oracle::{PYTH_RECEIVER, SWITCHBOARD_ON_DEMAND};
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};
use solana_account::Account;
use switchboard_on_demand::{Discriminator, PullFeedAccountData};

/// Bytes that Pyth allocates for a price update.
const PYTH_LEN: usize = 134;
/// Pyth publishes most prices with this exponent.
const PYTH_EXPONENT: i32 = -8;
/// 10^8 / 10^6: from millionths of a dollar to Pyth's mantissa.
const PYTH_PER_MICRO: u64 = 100;
/// 10^18 / 10^6: from millionths of a dollar to Switchboard's mantissa.
const SWITCHBOARD_PER_MICRO: i128 = 1_000_000_000_000;
const SAMPLES: u8 = 3;

/// What one source publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Price in millionths of a dollar per whole token.
    pub price_micros: u64,
    /// Confidence interval or standard deviation, same unit.
    pub confidence_micros: u64,
    /// Publish time.
    pub publish_ts: i64,
}

/// The two oracle accounts of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Pyth price update.
    pub pyth: Pubkey,
    /// Switchboard On-Demand pull feed.
    pub switchboard: Pubkey,
    /// Pyth's id of the feed.
    pub id: [u8; 32],
}

/// A Pyth price update as the receiver program writes it.
pub fn pyth_account(feed_id: [u8; 32], quote: &Quote) -> Account {
    let price = i64::try_from(quote.price_micros * PYTH_PER_MICRO).expect("a test price fits");
    let update = PriceUpdateV2 {
        write_authority: Pubkey::default(),
        verification_level: VerificationLevel::Full,
        price_message: PriceFeedMessage {
            feed_id,
            price,
            conf: quote.confidence_micros * PYTH_PER_MICRO,
            exponent: PYTH_EXPONENT,
            publish_time: quote.publish_ts,
            prev_publish_time: quote.publish_ts - 1,
            ema_price: price,
            ema_conf: 0,
        },
        posted_slot: 1,
    };
    let mut data = Vec::with_capacity(PYTH_LEN);
    update.try_serialize(&mut data).expect("a vector grows");
    data.resize(PYTH_LEN, 0);
    owned_by(PYTH_RECEIVER, data)
}

/// A Switchboard pull feed as the on-demand program writes it.
pub fn switchboard_account(quote: &Quote) -> Account {
    let mut feed = Box::new(PullFeedAccountData::zeroed());
    let value = i128::from(quote.price_micros) * SWITCHBOARD_PER_MICRO;
    feed.min_sample_size = SAMPLES;
    feed.last_update_timestamp = quote.publish_ts;
    feed.result.value = value;
    feed.result.mean = value;
    feed.result.min_value = value;
    feed.result.max_value = value;
    feed.result.std_dev = i128::from(quote.confidence_micros) * SWITCHBOARD_PER_MICRO;
    feed.result.num_samples = SAMPLES;
    let mut data = PullFeedAccountData::DISCRIMINATOR.to_vec();
    data.extend_from_slice(bytemuck::bytes_of(feed.as_ref()));
    owned_by(SWITCHBOARD_ON_DEMAND, data)
}

fn owned_by(owner: Pubkey, data: Vec<u8>) -> Account {
    Account { lamports: 1_000_000_000, data, owner, executable: false, rent_epoch: u64::MAX }
}
