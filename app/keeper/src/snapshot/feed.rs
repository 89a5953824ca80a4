//! The subscription: account changes over WebSocket, opened anew whenever it ends or falls silent.

use std::{str::FromStr, time::Duration};

use anchor_lang::prelude::Pubkey;
use backon::{BackoffBuilder, ExponentialBuilder};
use futures::{stream::select_all, StreamExt};
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::{
    config::CommitmentConfig,
    response::{Response, RpcKeyedAccount},
};
use tokio::{sync::mpsc, time::timeout};

use super::{apply::kinds, fetch::account_filter, RawAccount};
use crate::{config::Config, error::KeeperError};

/// Time for connecting and subscribing.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const RETRY_MIN: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(15);

/// What the subscription tells.
#[derive(Debug)]
pub enum FeedEvent {
    /// It is open; what changed before is not in it.
    Connected,
    /// An account changed.
    Update(RawAccount),
    /// It ended; a new one will be opened.
    Lost(KeeperError),
}

/// A subscription to one group.
pub struct Feed {
    ws_url: String,
    group: Pubkey,
    commitment: CommitmentConfig,
    silence: Duration,
}

impl Feed {
    /// As configured.
    pub fn new(config: &Config) -> Self {
        Self {
            ws_url: config.ws_url.clone(),
            group: config.group_key(),
            commitment: config.commitment.config(),
            silence: Duration::from_secs(config.ws_silence_secs),
        }
    }

    /// Follows the group until nobody listens any more.
    pub async fn run(self, events: mpsc::Sender<FeedEvent>) {
        let delays = ExponentialBuilder::default()
            .with_min_delay(RETRY_MIN)
            .with_max_delay(RETRY_MAX)
            .with_jitter()
            .without_max_times();
        let mut delay = delays.build();
        while !events.is_closed() {
            let mut received: u64 = 0;
            let ended = self.follow(&events, &mut received).await;
            if received > 0 {
                delay = delays.build();
            }
            let Err(error) = ended else {
                return;
            };
            if events.send(FeedEvent::Lost(error)).await.is_err() {
                return;
            }
            tokio::time::sleep(delay.next().unwrap_or(RETRY_MAX)).await;
        }
    }

    /// One subscription. `Ok`: nobody listens any more.
    async fn follow(&self, events: &mpsc::Sender<FeedEvent>, received: &mut u64) -> Result<(), KeeperError> {
        let client = timeout(CONNECT_TIMEOUT, PubsubClient::new(self.ws_url.as_str()))
            .await
            .map_err(|_| KeeperError::Subscription(format!("{} does not answer", self.ws_url)))??;
        let mut streams = Vec::with_capacity(kinds().len());
        for kind in kinds() {
            let filter = account_filter(kind, &self.group, self.commitment);
            let subscribed = timeout(CONNECT_TIMEOUT, client.program_subscribe(&firebreak::ID, Some(filter)));
            let (stream, _unsubscribe) = subscribed.await.map_err(|_| {
                KeeperError::Subscription("the node does not confirm a subscription".into())
            })??;
            // Each stream's end is the end of all: a subscription with holes would go unnoticed.
            streams.push(stream.map(Some).chain(futures::stream::iter([None])).boxed());
        }
        if events.send(FeedEvent::Connected).await.is_err() {
            return Ok(());
        }
        let mut updates = select_all(streams);
        loop {
            let next = timeout(self.silence, updates.next())
                .await
                .map_err(|_| KeeperError::Subscription(format!("silent for {:?}", self.silence)))?;
            let Some(Some(notification)) = next else {
                return Err(KeeperError::Subscription("closed by the node".into()));
            };
            *received = received.saturating_add(1);
            if events.send(FeedEvent::Update(decode(notification)?)).await.is_err() {
                return Ok(());
            }
        }
    }
}

fn decode(notification: Response<RpcKeyedAccount>) -> Result<RawAccount, KeeperError> {
    let keyed = notification.value;
    let unreadable = || KeeperError::Subscription(format!("unreadable notification about {}", keyed.pubkey));
    let address = Pubkey::from_str(&keyed.pubkey).map_err(|_| unreadable())?;
    let account = keyed.account.to_account().ok_or_else(unreadable)?;
    Ok(RawAccount { address, owner: account.owner, slot: notification.context.slot, data: account.data })
}
