//! Changes of the view. Pure: bytes in, new view out, no chain.
//!
//! Versions of an account are ordered by its `sequence`, which rises with each of its mutations: finer than slots,
//! of which one can hold many versions, and true also on nodes that repeat an old slot with each notification. A lower
//! sequence is believed only from a newer slot: the account was closed and opened again, or the fork it was seen on
//! is gone.

use std::collections::{BTreeMap, BTreeSet};

use anchor_lang::{
    prelude::{Clock, Pubkey},
    solana_program::sysvar::SysvarId,
    Discriminator,
};
use firebreak::state::{
    CollateralBank, InsuranceVault, MarginAccount, Market, MarketLedger, RiskSnapshot, VenueMarket,
};
use firebreak_client::{accounts, health::OracleAccount, instructions::MintKeys, ClientError};

use super::{ClockReading, RawAccount, Versioned, View};

/// What an update did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The view has changed.
    Changed,
    /// The view knew as much or more.
    Stale,
    /// The account is of no interest here.
    Foreign,
    /// The account should be readable and is not.
    Malformed,
}

/// All accounts of the group, as fetched by one sweep.
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    /// The view's tick when the sweep was asked for.
    pub tick: u64,
    /// The accounts.
    pub accounts: Vec<RawAccount>,
}

/// Accounts that are not the program's, or not filtered by group: fetched by address.
#[derive(Clone, Debug, Default)]
pub struct Poll {
    /// Local monotonic time, in milliseconds.
    pub at_millis: u64,
    /// The accounts that exist.
    pub accounts: Vec<RawAccount>,
}

/// What a sweep corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Corrections {
    /// Accounts that the subscription had missed or kept at another version.
    pub changed: usize,
    /// Accounts that are gone.
    pub removed: usize,
    /// Accounts that could not be read.
    pub malformed: usize,
}

/// A decoded account with its place in the view.
enum Decoded {
    Snapshot(accounts::SnapshotView),
    Market(Market),
    Ledger(MarketLedger),
    Insurance(InsuranceVault),
    Bank(CollateralBank),
    Margin(Box<MarginAccount>),
    VenueMarket(Box<VenueMarket>),
}

/// How an update is weighed against what is known.
#[derive(Clone, Copy)]
struct Arrival {
    sequence: u64,
    slot: u64,
    tick: u64,
    /// Entries that were not written after this tick are replaced whatever their version.
    overrules: Option<u64>,
}

impl View {
    /// Takes over one account of the program, if it is newer than what is known.
    pub fn apply_update(&mut self, raw: &RawAccount) -> Applied {
        self.apply(raw, None)
    }

    /// Takes over a sweep: corrects accounts that differ and forgets accounts that are gone. What was written since
    /// the sweep was asked for is judged by version, as any update.
    pub fn apply_sweep(&mut self, sweep: &Sweep) -> Corrections {
        let mut corrections = Corrections::default();
        for raw in &sweep.accounts {
            match self.apply(raw, Some(sweep.tick)) {
                Applied::Changed => corrections.changed += 1,
                Applied::Malformed => corrections.malformed += 1,
                Applied::Stale | Applied::Foreign => {}
            }
        }
        let present: BTreeSet<&Pubkey> = sweep.accounts.iter().map(|raw| &raw.address).collect();
        let before = self.accounts.len();
        self.accounts.retain(|address, account| present.contains(address) || account.tick > sweep.tick);
        corrections.removed = before.saturating_sub(self.accounts.len());
        corrections
    }

    /// Takes over clock, group, mint and oracle accounts. True when prices, the group or the clock's second changed.
    pub fn apply_poll(&mut self, poll: &Poll) -> bool {
        let mut is_changed = false;
        for raw in &poll.accounts {
            is_changed |= if raw.address == Clock::id() {
                self.apply_clock(raw, poll.at_millis)
            } else if raw.address == self.group_key {
                self.apply_group(raw)
            } else if self.group.as_ref().is_some_and(|group| group.value.quote_mint == raw.address) {
                self.quote = Some(MintKeys { mint: raw.address, token_program: raw.owner });
                false
            } else {
                self.apply_oracle(raw)
            };
        }
        is_changed
    }

    fn apply(&mut self, raw: &RawAccount, overrules: Option<u64>) -> Applied {
        // SECURITY: bytes prove nothing about who wrote them, the owner does.
        if raw.owner != firebreak::ID {
            return Applied::Foreign;
        }
        let decoded = match decode(&raw.data) {
            Ok(Some(decoded)) => decoded,
            Ok(None) => return Applied::Foreign,
            Err(_) => return Applied::Malformed,
        };
        if decoded.group() != self.group_key {
            return Applied::Foreign;
        }
        let tick = self.tick.saturating_add(1);
        let arrival = Arrival { sequence: decoded.sequence(), slot: raw.slot, tick, overrules };
        let is_changed = match decoded {
            Decoded::Snapshot(value) => put(&mut self.snapshot, value, arrival),
            Decoded::Insurance(value) => put(&mut self.insurance, value, arrival),
            Decoded::Bank(value) => put_in(&mut self.banks, raw.address, value, arrival),
            Decoded::Market(value) => put_in(&mut self.markets, raw.address, value, arrival),
            Decoded::Ledger(value) => put_in(&mut self.ledgers, value.market, value, arrival),
            Decoded::Margin(value) => put_in(&mut self.accounts, raw.address, value, arrival),
            Decoded::VenueMarket(value) => put_in(&mut self.venue_markets, raw.address, value, arrival),
        };
        if !is_changed {
            return Applied::Stale;
        }
        self.tick = tick;
        Applied::Changed
    }

    fn apply_clock(&mut self, raw: &RawAccount, at_millis: u64) -> bool {
        let Some(clock) = decode_clock(&raw.data) else {
            return false;
        };
        let before = self.clock.as_ref().map(|reading| reading.clock.unix_timestamp);
        let is_changed = before != Some(clock.unix_timestamp);
        self.clock = Some(ClockReading { clock, at_millis });
        is_changed
    }

    fn apply_group(&mut self, raw: &RawAccount) -> bool {
        if raw.owner != firebreak::ID {
            return false;
        }
        let Ok(group) = accounts::decode_group(&raw.data) else {
            return false;
        };
        let arrival = self.arrival_of(group.sequence, raw.slot);
        put(&mut self.group, group, arrival)
    }

    fn apply_oracle(&mut self, raw: &RawAccount) -> bool {
        let known = self.oracles.get(&raw.address);
        let is_new = known.is_none_or(|known| raw.slot >= known.slot && raw.data != known.value.data);
        if !is_new {
            return false;
        }
        let value = OracleAccount { key: raw.address, owner: raw.owner, data: raw.data.clone() };
        let tick = self.tick.saturating_add(1);
        self.oracles.insert(raw.address, Versioned { value, sequence: 0, slot: raw.slot, tick });
        self.tick = tick;
        true
    }

    fn arrival_of(&self, sequence: u64, slot: u64) -> Arrival {
        Arrival { sequence, slot, tick: self.tick.saturating_add(1), overrules: None }
    }
}

impl Arrival {
    fn supersedes<T>(&self, known: &Versioned<T>) -> bool {
        match self.overrules {
            Some(tick) if known.tick <= tick => self.sequence != known.sequence,
            // Written while the sweep was under way: its slot says nothing about which of the two is newer.
            Some(_) => self.sequence > known.sequence,
            None => {
                let is_reset = self.sequence < known.sequence && self.slot > known.slot;
                self.sequence > known.sequence || is_reset
            }
        }
    }

    fn version<T>(&self, value: T, known_slot: u64) -> Versioned<T> {
        Versioned { value, sequence: self.sequence, slot: self.slot.max(known_slot), tick: self.tick }
    }
}

fn put<T>(place: &mut Option<Versioned<T>>, value: T, arrival: Arrival) -> bool {
    let known_slot = match place {
        Some(known) if !arrival.supersedes(known) => return false,
        Some(known) => known.slot,
        None => 0,
    };
    *place = Some(arrival.version(value, known_slot));
    true
}

fn put_in<T>(places: &mut BTreeMap<Pubkey, Versioned<T>>, key: Pubkey, value: T, arrival: Arrival) -> bool {
    let known_slot = match places.get(&key) {
        Some(known) if !arrival.supersedes(known) => return false,
        Some(known) => known.slot,
        None => 0,
    };
    places.insert(key, arrival.version(value, known_slot));
    true
}

impl Decoded {
    fn group(&self) -> Pubkey {
        match self {
            Decoded::Snapshot(value) => value.header.group,
            Decoded::Bank(value) => value.group,
            Decoded::Market(value) => value.group,
            Decoded::Ledger(value) => value.group,
            Decoded::Insurance(value) => value.group,
            Decoded::Margin(value) => value.group,
            Decoded::VenueMarket(value) => value.group,
        }
    }

    fn sequence(&self) -> u64 {
        match self {
            Decoded::Snapshot(value) => value.header.sequence,
            Decoded::Bank(value) => value.sequence,
            Decoded::Market(value) => value.sequence,
            Decoded::Ledger(value) => value.sequence,
            Decoded::Insurance(value) => value.sequence,
            Decoded::Margin(value) => value.sequence,
            Decoded::VenueMarket(value) => value.sequence,
        }
    }
}

type Decoder = fn(&[u8]) -> Result<Decoded, ClientError>;

/// Kinds of accounts that the keeper follows, and how each is read. What is not here is neither asked for nor known.
const DECODERS: [(&[u8], Decoder); 7] = [
    (MarginAccount::DISCRIMINATOR, |data| Ok(Decoded::Margin(accounts::decode_margin_account(data)?))),
    (RiskSnapshot::DISCRIMINATOR, |data| Ok(Decoded::Snapshot(accounts::decode_snapshot(data)?))),
    (Market::DISCRIMINATOR, |data| Ok(Decoded::Market(accounts::decode_market(data)?))),
    (MarketLedger::DISCRIMINATOR, |data| Ok(Decoded::Ledger(accounts::decode_ledger(data)?))),
    (CollateralBank::DISCRIMINATOR, |data| Ok(Decoded::Bank(accounts::decode_bank(data)?))),
    (InsuranceVault::DISCRIMINATOR, |data| Ok(Decoded::Insurance(accounts::decode_insurance(data)?))),
    (VenueMarket::DISCRIMINATOR, |data| {
        Ok(Decoded::VenueMarket(Box::new(accounts::decode_venue_market(data)?)))
    }),
];

/// Discriminators of the accounts that are swept and subscribed to: all that can be read.
pub fn kinds() -> impl ExactSizeIterator<Item = &'static [u8]> {
    DECODERS.iter().map(|(kind, _)| *kind)
}

/// `None`: an account of a kind that the keeper does not follow.
fn decode(data: &[u8]) -> Result<Option<Decoded>, ClientError> {
    let found = DECODERS.iter().find(|(kind, _)| data.starts_with(kind));
    found.map(|(_, decoder)| decoder(data)).transpose()
}

/// Reads the clock sysvar: five little-endian numbers of 64 bits.
fn decode_clock(data: &[u8]) -> Option<Clock> {
    let word = |index: usize| -> Option<[u8; 8]> { data.get(index * 8..index * 8 + 8)?.try_into().ok() };
    Some(Clock {
        slot: u64::from_le_bytes(word(0)?),
        epoch_start_timestamp: i64::from_le_bytes(word(1)?),
        epoch: u64::from_le_bytes(word(2)?),
        leader_schedule_epoch: u64::from_le_bytes(word(3)?),
        unix_timestamp: i64::from_le_bytes(word(4)?),
    })
}
