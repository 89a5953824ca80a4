//! Oracle accounts as the official crates encode them.

use anchor_lang::{prelude::Pubkey, AccountSerialize};
use anyhow::{Context, Result};
use firebreak::oracle::{PYTH_RECEIVER, SWITCHBOARD_ON_DEMAND};
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use switchboard_on_demand::on_demand::accounts::pull_feed::PullFeedAccountData;

use super::chain::write_account;

/// Decimals of the Pyth mantissa.
const PYTH_EXPONENT: i32 = -8;
/// 10^(8 - 6): Pyth mantissa of one micro-dollar.
const PYTH_PER_MICRO: i64 = 100;
/// 10^(18 - 6): Switchboard value of one micro-dollar.
const SWITCHBOARD_PER_MICRO: i128 = 1_000_000_000_000;
const SWITCHBOARD_DISCRIMINATOR: [u8; 8] = firebreak::oracle::switchboard::DISCRIMINATOR;
const SAMPLES: u8 = 5;

/// The two accounts of one price.
#[derive(Clone, Copy, Debug)]
pub struct OracleKeys {
    /// Pyth price update.
    pub pyth: Pubkey,
    /// Switchboard pull feed.
    pub switchboard: Pubkey,
    /// Feed id inside the Pyth account.
    pub feed_id: [u8; 32],
}

/// A price at a time.
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    /// Micro-dollars.
    pub price_micros: i64,
    /// Half-width of the confidence interval, in micro-dollars.
    pub confidence_micros: i64,
    /// Publish time.
    pub publish_ts: i64,
}

impl OracleKeys {
    /// Writes both accounts.
    pub async fn publish(&self, client: &RpcClient, quote: &Quote) -> Result<()> {
        let pyth = pyth_bytes(&self.feed_id, quote)?;
        let switchboard = switchboard_bytes(quote);
        tokio::try_join!(
            write_account(client, &self.pyth, &PYTH_RECEIVER, &pyth),
            write_account(client, &self.switchboard, &SWITCHBOARD_ON_DEMAND, &switchboard),
        )?;
        Ok(())
    }
}

fn pyth_bytes(feed_id: &[u8; 32], quote: &Quote) -> Result<Vec<u8>> {
    let price = quote.price_micros * PYTH_PER_MICRO;
    let conf = u64::try_from(quote.confidence_micros * PYTH_PER_MICRO).context("a negative confidence")?;
    let update = PriceUpdateV2 {
        write_authority: Pubkey::default(),
        verification_level: VerificationLevel::Full,
        price_message: PriceFeedMessage {
            feed_id: *feed_id,
            price,
            conf,
            exponent: PYTH_EXPONENT,
            publish_time: quote.publish_ts,
            prev_publish_time: quote.publish_ts,
            ema_price: price,
            ema_conf: conf,
        },
        posted_slot: 0,
    };
    let mut bytes = Vec::new();
    update.try_serialize(&mut bytes).context("encoding a Pyth account")?;
    bytes.resize(firebreak::oracle::pyth::LEN, 0);
    Ok(bytes)
}

fn switchboard_bytes(quote: &Quote) -> Vec<u8> {
    let mut feed: PullFeedAccountData = bytemuck::Zeroable::zeroed();
    feed.min_sample_size = SAMPLES;
    feed.last_update_timestamp = quote.publish_ts;
    feed.result.value = i128::from(quote.price_micros) * SWITCHBOARD_PER_MICRO;
    feed.result.std_dev = i128::from(quote.confidence_micros) * SWITCHBOARD_PER_MICRO;
    feed.result.num_samples = SAMPLES;
    let mut bytes = SWITCHBOARD_DISCRIMINATOR.to_vec();
    bytes.extend_from_slice(bytemuck::bytes_of(&feed));
    bytes
}
