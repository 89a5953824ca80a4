//! A row with a third source.

use super::{
    accounts::{aggregator_account, put},
    rows::{clock, code, row, Source, World},
    *,
};
use crate::{
    engine::{Moment, Overlay, RowReader},
    error::FirebreakError,
    oracle::{assess_row, take_sources, RowReading, SWITCHBOARD_V2},
    state::Row,
};
use anchor_lang::prelude::{Error, Pubkey};
use firebreak_risk::{oracle::Verdict, units::Price};

const THIRD_KEY: Pubkey = Pubkey::new_from_array([4; 32]);

/// A row of Pyth, On-Demand and a Switchboard V2 aggregator.
struct Three {
    world: World,
    third: Source,
}

impl Three {
    fn new() -> Three {
        let mut world = World::new();
        world.row.third_key = THIRD_KEY;
        world.row.third_kind = SourceKind::SwitchboardV2 as u8;
        let third = Source { key: THIRD_KEY, owner: SWITCHBOARD_V2, data: aggregator_account(), lamports: 1 };
        Three { world, third }
    }

    /// All three say `price` in dollars with 8 decimals.
    fn with_prices(pyth: i64, on_demand: i64, third: i64) -> Three {
        let mut three = Three::new();
        let message = PriceFeedMessage { price: pyth, ..message(SOL_USD) };
        three.world.primary.data = pyth_account(VerificationLevel::Full, message);
        let mut feed = sound_feed(9);
        feed.result.value = i128::from(on_demand) * 10_000_000_000;
        three.world.secondary.data = switchboard_account(&feed);
        put(&mut three.third.data, 366, &i128::from(third).to_le_bytes());
        three
    }

    fn assess(&mut self) -> Result<RowReading, Error> {
        let World { row, primary, secondary } = &mut self.world;
        assess_row(row, &[primary.info(), secondary.info(), self.third.info()], &clock())
    }
}

/// 141.00, 140.80 and 140.90: the median is the third's, 14 090 000 000 * 10^-11 * 2^32 = 605 160 892.41.
#[test]
fn the_median_of_three_is_the_risk_price_and_every_publish_time_is_kept() {
    let mut three = Three::with_prices(14_100_000_000, 14_080_000_000, 14_090_000_000);
    put(&mut three.third.data, 358, &1_799_999_990i64.to_le_bytes());
    let reading = three.assess().unwrap();
    assert_eq!((reading.assessment.verdict, reading.assessment.price), (Verdict::Good, Price(605_160_892)));
    assert_eq!(reading.assessment.publish, UnixTime(1_799_999_990));
    assert_eq!(reading.third_publish, Some(UnixTime(1_799_999_990)));
    let mut stored = three.world.row;
    stored.store_reading(&reading, &clock());
    let times = (stored.primary_publish_ts, stored.secondary_publish_ts, stored.third_publish_ts);
    assert_eq!(times, (1_800_000_000, 1_800_000_000, 1_799_999_990));
    // The same reading may come again, an older one is a replay.
    three.world.row = stored;
    assert_eq!(three.assess().unwrap().third_publish, Some(UnixTime(1_799_999_990)));
    put(&mut three.third.data, 358, &1_799_999_989i64.to_le_bytes());
    let replayed = three.assess().unwrap();
    assert_eq!((replayed.third_publish, replayed.assessment.verdict), (None, Verdict::Good));
    // Without it the primary's price is the risk price: 14 100 000 000 * 10^-11 * 2^32 = 605 590 388.73.
    assert_eq!(replayed.assessment.price, Price(605_590_388));
    stored.store_reading(&replayed, &clock());
    assert_eq!(stored.third_publish_ts, 1_799_999_990);
}

#[test]
fn any_one_of_three_may_fail_unless_one_network_is_left() {
    let verdict = |pyth, on_demand, third| {
        let reading = Three::with_prices(pyth, on_demand, third).assess().unwrap();
        reading.assessment.verdict
    };
    let (sound, off) = (14_061_593_700, 15_000_000_000);
    assert_eq!(verdict(sound, sound, off), Verdict::Good);
    assert_eq!(verdict(sound, off, sound), Verdict::Good);
    assert_eq!(verdict(sound, sound, -1), Verdict::Good);
    assert_eq!(verdict(sound, -1, sound), Verdict::Good);
    // Both feeds of Switchboard against Pyth, and with Pyth silent.
    assert_eq!(verdict(off, sound, sound), Verdict::Diverged);
    assert_eq!(verdict(-1, sound, sound), Verdict::SingleSource);
    assert_eq!(verdict(sound, -1, off), Verdict::Diverged);
    assert_eq!(verdict(-1, -1, sound), Verdict::SingleSource);
    assert_eq!(verdict(-1, -1, -1), Verdict::Dead);
}

/// The accounts of a row are counted by its own sources.
#[test]
fn a_row_takes_exactly_its_own_accounts() {
    let mut three = Three::new();
    let key = u32::from(FirebreakError::OracleKey);
    let shape = u32::from(FirebreakError::RemainingAccounts);
    three.third.key = Pubkey::new_from_array([5; 32]);
    assert_eq!(code(three.assess()), key);
    three.third.key = THIRD_KEY;
    let World { row, primary, secondary } = &mut three.world;
    let infos = [primary.info(), secondary.info(), three.third.info()];
    assert!(assess_row(row, &infos, &clock()).is_ok());
    assert_eq!(code(assess_row(row, &infos[..2], &clock())), shape);
    let two = Row { third_kind: 0, ..*row };
    assert_eq!(code(assess_row(&two, &infos, &clock())), shape);
    assert!(assess_row(&two, &infos[..2], &clock()).is_ok());
    // A kind that does not exist is no source.
    assert_eq!(Row { third_kind: 200, ..two }.source_count(), 2);
}

#[test]
fn sources_are_taken_from_the_front_until_too_few_are_left() {
    let mut three = Three::new();
    let World { row: with_third, primary, secondary } = &mut three.world;
    let infos = [primary.info(), secondary.info(), three.third.info()];
    let keys = |accounts: &[anchor_lang::prelude::AccountInfo]| -> Vec<Pubkey> {
        accounts.iter().map(|account| *account.key).collect()
    };
    let mut left = &infos[..];
    assert_eq!(keys(take_sources(&row(), &mut left).unwrap()), keys(&infos[..2]));
    assert_eq!(keys(left), [THIRD_KEY]);
    assert!(take_sources(&row(), &mut left).is_err());
    let mut left = &infos[..];
    assert_eq!(keys(take_sources(with_third, &mut left).unwrap()), keys(&infos));
    assert!(left.is_empty());
}

/// A row of three sources between two rows of two: seven accounts, no more and no fewer.
#[test]
fn an_overlay_takes_the_accounts_of_its_rows_in_order() {
    let mut three = Three::with_prices(14_100_000_000, 14_080_000_000, 14_090_000_000);
    let World { row: with_third, primary, secondary } = &mut three.world;
    let with_index = |index, row: Row| Row { index, ..row };
    let rows = [with_index(0, row()), with_index(1, *with_third), with_index(2, row())];
    let (pair, third) = ([primary.info(), secondary.info()], three.third.info());
    let accounts = [&pair[..], &pair, &[third], &pair].concat();
    let overlay =
        Overlay::read(&rows, &[0, 1, 2], &accounts, (&clock(), &Moment::at(clock().unix_timestamp))).unwrap();
    let reader = RowReader::new(&rows, &overlay, Moment::at(clock().unix_timestamp));
    let prices = [0, 1, 2].map(|index: usize| reader.prices(&rows[index]).point.price.0);
    // Two rows see Pyth's 141.00, the one between them the median 140.90.
    assert_eq!(prices, [605_590_388, 605_160_892, 605_590_388]);
    let shape = u32::from(FirebreakError::RemainingAccounts);
    let longer = [&accounts[..], &pair[..1]].concat();
    for wrong in [&accounts[..6], &longer[..]] {
        let error = Overlay::read(&rows, &[0, 1, 2], wrong, (&clock(), &Moment::at(clock().unix_timestamp)))
            .expect_err("another number of accounts");
        assert!(matches!(error, Error::AnchorError(error) if error.error_code_number == shape));
    }
}
