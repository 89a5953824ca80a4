//! Oracle accounts as the official crates encode them.

use anchor_lang::{prelude::Pubkey, AccountSerialize};
use anyhow::{Context, Result};
use firebreak::oracle::{PYTH_RECEIVER, SWITCHBOARD_ON_DEMAND};
use firebreak_client::health::OracleAccount;
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use switchboard_on_demand::on_demand::accounts::pull_feed::PullFeedAccountData;

use super::chain::write_account;
use crate::path::Tick;

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

impl Quote {
    /// A price in the place of a tick's own, with its confidence.
    pub fn of(tick: &Tick, price_micros: i64, publish_ts: i64) -> Self {
        Self { price_micros, confidence_micros: tick.confidence_micros, publish_ts }
    }
}

impl OracleKeys {
    /// Both accounts as they would be with this price, primary first.
    pub fn accounts(&self, quote: &Quote) -> Result<[OracleAccount; 2]> {
        let pyth = pyth_bytes(&self.feed_id, quote)?;
        let switchboard = switchboard_bytes(quote);
        Ok([
            OracleAccount { key: self.pyth, owner: PYTH_RECEIVER, data: pyth },
            OracleAccount { key: self.switchboard, owner: SWITCHBOARD_ON_DEMAND, data: switchboard },
        ])
    }

    /// Writes both accounts.
    pub async fn publish(&self, client: &RpcClient, quote: &Quote) -> Result<()> {
        let [primary, secondary] = self.accounts(quote)?;
        let write = |account: OracleAccount| async move {
            write_account(client, &account.key, &account.owner, &account.data).await
        };
        tokio::try_join!(write(primary), write(secondary))?;
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
