//! A row's two accounts together.

use anchor_lang::prelude::{AccountInfo, Clock, Error, Pubkey};
use firebreak_risk::{
    circuit::State,
    hourly::variance_of_hourly_sigma,
    oracle::Verdict,
    units::{Ppm, Price},
};

use super::*;
use crate::{
    engine::Moment,
    error::FirebreakError,
    oracle::{assess_row, RowReading, PYTH_RECEIVER, PYTH_RECEIVER_COMPATIBLE, SWITCHBOARD_ON_DEMAND},
    state::{BreakerParams, Row, RowKind},
};

const PRIMARY_KEY: Pubkey = Pubkey::new_from_array([1; 32]);
const SECONDARY_KEY: Pubkey = Pubkey::new_from_array([2; 32]);
/// One second after the accounts below were published.
pub(super) const NOW: i64 = 1_800_000_001;
/// 14 061 593 700 * 10^(-8 - 3) * 2^32 = 603 940 850.71...
pub(super) const PRICE: u64 = 603_940_850;

/// An account as the runtime would hand it over.
pub(super) struct Source {
    pub key: Pubkey,
    pub owner: Pubkey,
    pub data: Vec<u8>,
    pub lamports: u64,
}

impl Source {
    pub fn info(&mut self) -> AccountInfo<'_> {
        AccountInfo::new(&self.key, false, false, &mut self.lamports, &mut self.data, &self.owner, false)
    }
}

/// A row of SOL and its two accounts, one change away from every refusal.
pub(super) struct World {
    pub row: Row,
    pub primary: Source,
    pub secondary: Source,
}

impl World {
    pub fn new() -> World {
        let source = |key, owner, data| Source { key, owner, data, lamports: 1 };
        World {
            row: row(),
            primary: source(PRIMARY_KEY, PYTH_RECEIVER, sol_account()),
            secondary: source(SECONDARY_KEY, SWITCHBOARD_ON_DEMAND, switchboard_account(&sound_feed(7))),
        }
    }

    fn assess(&mut self) -> Result<RowReading, Error> {
        assess_row(&self.row, &[self.primary.info(), self.secondary.info()], &clock())
    }

    pub fn verdict(&mut self) -> Verdict {
        self.assess().unwrap().assessment.verdict
    }
}

pub(super) fn clock() -> Clock {
    Clock { slot: 77, unix_timestamp: NOW, ..Clock::default() }
}

pub(super) fn row() -> Row {
    Row {
        primary_key: PRIMARY_KEY,
        secondary_key: SECONDARY_KEY,
        feed_id: SOL_USD,
        primary_kind: SourceKind::PythReceiver as u8,
        secondary_kind: SourceKind::SwitchboardOnDemand as u8,
        kind: RowKind::Market as u8,
        quantum_exponent: -3,
        reading_age_secs: 30,
        confidence_ppm: 10_000,
        deviation_ppm: 20_000,
        ema_tau_secs: 3_600,
        ema_move_ppm_per_sec: 100,
        variance_reference_q64: variance_of_hourly_sigma(Ppm(10_000)).0,
        breaker: breaker(),
        ..Row::default()
    }
}

/// A row that was refreshed before: slow price far below, and a first reading beyond the trip level.
fn row_before_tripping() -> Row {
    Row {
        ema_q32: PRICE / 2,
        update_ts: NOW,
        breaker_updated_ts: NOW - 10,
        breaker_publish_ts: 1_799_999_990,
        // It reached the second of three levels.
        breaker_history: 2,
        breaker_stay_secs: u32::MAX,
        ..row()
    }
}

/// Reductions only from four deviations on.
fn breaker() -> BreakerParams {
    BreakerParams {
        elevated_enter_milli: 3_000,
        elevated_exit_milli: 1_000,
        reduce_enter_milli: 4_000,
        reduce_exit_milli: 2_000,
        halt_enter_milli: u16::MAX,
        halt_exit_milli: 4_000,
        r_elevated_enter_ppm: 1,
        r_reduce_enter_ppm: 2,
        runway_exit_secs: 1,
        positions_share_ppm: 500_000,
        reading_gap_secs: 3_600,
        blind_secs: 3_600,
        elevated_min_secs: 10,
        elevated_max_secs: 60,
        reduce_min_secs: 60,
        reduce_max_secs: 600,
        halt_min_secs: 60,
        halt_max_secs: 600,
        recovery_min_secs: 10,
        recovery_max_secs: 60,
        budget_secs: 43_200,
        raised_margin_milli: 1_000,
        hits: 2,
        readings: 2,
        ..BreakerParams::default()
    }
}

pub(super) fn code(result: Result<RowReading, Error>) -> u32 {
    match result {
        Err(Error::AnchorError(error)) => error.error_code_number,
        other => panic!("not a program error: {other:?}"),
    }
}

#[test]
fn two_sound_sources_make_a_good_price() {
    let reading = World::new().assess().unwrap();
    assert_eq!(reading.assessment.verdict, Verdict::Good);
    assert_eq!(reading.assessment.price, Price(PRICE));
    // Both sources say 0.13793699: 13 793 699 * 10^-11 * 2^32 = 592 434.86.
    assert_eq!(reading.assessment.confidence, Price(592_434));
    assert_eq!(reading.assessment.publish, UnixTime(1_800_000_000));
    assert_eq!(reading.primary_publish, Some(UnixTime(1_800_000_000)));
    assert_eq!(reading.secondary_publish, Some(UnixTime(1_800_000_000)));
    // The first price is also the first slow price.
    assert_eq!(reading.ema, Price(PRICE));
}

#[test]
fn a_source_of_another_owner_is_unusable() {
    for owner in [Pubkey::default(), PYTH_RECEIVER_COMPATIBLE, SWITCHBOARD_ON_DEMAND, crate::ID] {
        let mut world = World::new();
        world.primary.owner = owner;
        let reading = world.assess().unwrap();
        assert_eq!(reading.assessment.verdict, Verdict::SingleSource, "owned by {owner}");
        assert_eq!((reading.primary_publish, reading.secondary_publish.is_some()), (None, true));
        world.secondary.owner = Pubkey::default();
        assert_eq!(world.verdict(), Verdict::Dead);
    }
    let mut world = World::new();
    world.secondary.owner = PYTH_RECEIVER;
    assert_eq!(world.verdict(), Verdict::SingleSource);
    // The compatible receiver's accounts count where the row says so, and the original's do not.
    let mut world = World::new();
    world.row.primary_kind = SourceKind::PythReceiverCompatible as u8;
    assert_eq!(world.verdict(), Verdict::SingleSource);
    world.primary.owner = PYTH_RECEIVER_COMPATIBLE;
    assert_eq!(world.verdict(), Verdict::Good);
}

/// 6000 + 201.
#[test]
fn another_account_than_the_configured_one_is_an_error() {
    assert_eq!(u32::from(FirebreakError::OracleKey), 6_201);
    let mut world = World::new();
    world.primary.key = Pubkey::new_from_array([3; 32]);
    assert_eq!(code(world.assess()), 6_201);
    let mut world = World::new();
    world.secondary.key = Pubkey::new_from_array([3; 32]);
    assert_eq!(code(world.assess()), 6_201);
    let mut world = World::new();
    let swapped = assess_row(&world.row, &[world.secondary.info(), world.primary.info()], &clock());
    assert_eq!(code(swapped), 6_201);
}

/// 6000 + 202.
#[test]
fn a_row_without_an_oracle_is_an_error() {
    assert_eq!(u32::from(FirebreakError::RowWithoutOracle), 6_202);
    let mut world = World::new();
    for kind in [0, 9, 255] {
        world.row.primary_kind = kind;
        assert_eq!(code(world.assess()), 6_202);
    }
}

/// A name, and what breaks the world.
type Fault = (&'static str, fn(&mut World));

#[test]
fn each_fault_of_a_source_lowers_the_verdict() {
    let faults: [Fault; 9] = [
        ("no secondary kind", |world| world.row.secondary_kind = 0),
        ("another feed", |world| world.row.feed_id[31] ^= 1),
        ("cut by a byte", |world| world.primary.data.truncate(133)),
        ("closed", |world| world.secondary.data.clear()),
        ("zeroed", |world| world.primary.data.fill(0)),
        ("replayed", |world| world.row.primary_publish_ts = 1_800_000_001),
        ("replayed secondary", |world| world.row.secondary_publish_ts = 1_800_000_001),
        ("partially verified", |world| {
            let level = VerificationLevel::Partial { num_signatures: 12 };
            world.primary.data = pyth_account(level, message(SOL_USD));
        }),
        ("negative price", |world| {
            let message = PriceFeedMessage { price: -1, ..message(SOL_USD) };
            world.primary.data = pyth_account(VerificationLevel::Full, message);
        }),
    ];
    for (name, break_it) in faults {
        let mut world = World::new();
        break_it(&mut world);
        assert_eq!(world.verdict(), Verdict::SingleSource, "{name}");
    }
    let mut world = World::new();
    world.row.reading_age_secs = 0;
    assert_eq!(world.verdict(), Verdict::Dead);
}

#[test]
fn a_source_that_is_being_written_is_unusable() {
    let mut world = World::new();
    let infos = [world.primary.info(), world.secondary.info()];
    let writer = infos[0].try_borrow_mut_data().unwrap();
    let reading = assess_row(&world.row, &infos, &clock()).unwrap();
    assert_eq!(reading.assessment.verdict, Verdict::SingleSource);
    drop(writer);
    let reading = assess_row(&world.row, &infos, &clock()).unwrap();
    assert_eq!(reading.assessment.verdict, Verdict::Good);
}

/// Without a price the row keeps its own, ageing; only the verdict and the accepted publish times are new.
#[test]
fn contradicting_sources_change_nothing_but_the_verdict() {
    let mut world = World::new();
    world.row = row_before_tripping();
    let mut feed = sound_feed(8);
    // 3 % more than the primary's price.
    feed.result.value = 144_834_415_110_000_000_000;
    world.secondary.data = switchboard_account(&feed);
    let reading = world.assess().unwrap();
    assert_eq!(reading.assessment.verdict, Verdict::Diverged);
    assert_eq!(reading.ema, Price(PRICE / 2));
    let mut stored = world.row;
    stored.store_reading(&reading, &clock());
    let expected = Row {
        verdict: Verdict::Diverged as u8,
        primary_publish_ts: 1_800_000_000,
        secondary_publish_ts: 1_800_000_000,
        ..world.row
    };
    assert_eq!(stored, expected);
}

/// ln 2 = 0.69 is 69 deviations of 1 %: the second reading beyond the level trips. An uncertain one is evidence of
/// nothing, and a collateral has no breaker.
#[test]
fn only_a_certain_reading_of_a_market_moves_the_breaker() {
    let after = |world: &World, reading: &RowReading| {
        world.row.circuit_after(reading, &Moment::at(NOW)).expect("within bounds")
    };
    let mut world = World::new();
    world.row = row_before_tripping();
    let reading = world.assess().unwrap();
    let tripped = after(&world, &reading);
    assert_eq!((tripped.state(), tripped.stay_secs, tripped.updated), (State::ReduceOnly, 0, UnixTime(NOW)));

    let mut uncertain = World::new();
    uncertain.row = row_before_tripping();
    // 0.13793699 of 140.615937 is 981 ppm.
    uncertain.row.confidence_ppm = 900;
    let reading = uncertain.assess().unwrap();
    assert_eq!(reading.assessment.verdict, Verdict::Uncertain);
    let same = after(&uncertain, &reading);
    assert_eq!((same.state(), same.history, same.published), (State::Normal, 2, UnixTime(1_799_999_990)));

    let mut collateral = World::new();
    collateral.row = Row { kind: RowKind::Collateral as u8, ..row_before_tripping() };
    let reading = collateral.assess().unwrap();
    assert_eq!(after(&collateral, &reading), collateral.row.circuit());
}

/// 10 seconds at 100 ppm per second: the slow price moves by at most a thousandth of itself, rounded up to a quantum.
#[test]
fn the_slow_price_follows_within_its_bound() {
    let mut world = World::new();
    world.row = Row { ema_q32: 400_000_000, update_ts: NOW - 10, ..row() };
    let reading = world.assess().unwrap();
    // By its time constant it would move 203 940 850 * (1 - e^(-10/3600)) = 565 716, which the bound cuts.
    assert_eq!(reading.ema, Price(400_400_000));
    let mut stored = world.row;
    stored.store_reading(&reading, &clock());
    assert_eq!((stored.price_q32, stored.ema_q32), (PRICE, 400_400_000));
    assert_eq!((stored.publish_ts, stored.update_ts, stored.update_slot), (1_800_000_000, NOW, 77));
    assert_eq!(stored.verdict, Verdict::Good as u8);
}
