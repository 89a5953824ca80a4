use alloc::{vec, vec::Vec};
use bytemuck::Zeroable;
use core::mem::offset_of;
use proptest::prelude::*;

use super::*;

fn account<T: Layout>(value: &T) -> Vec<u8> {
    let mut data = T::DISCRIMINATOR.to_vec();
    data.extend_from_slice(bytemuck::bytes_of(value));
    data
}

fn margin_account() -> MarginAccount {
    let mut margin = MarginAccount {
        group: [1; 32],
        owner: [2; 32],
        sequence: 7,
        venue_approvals: 1 << 63 | 1,
        shard: 5,
        collateral_count: 2,
        position_count: 1,
        version: 1,
        ..Zeroable::zeroed()
    };
    margin.collaterals[1] = Collateral { atoms: 250, row: 3, ..Zeroable::zeroed() };
    margin.positions[0] = Position { units: -65_536, row: 4, ..Zeroable::zeroed() };
    // Leftovers beyond the counts are not part of the account.
    margin.positions[1] = Position { units: 9, row: 8, ..Zeroable::zeroed() };
    margin
}

#[test]
fn a_margin_account_reads_the_same_by_field_and_by_value() {
    let margin = margin_account();
    let data = account(&margin);
    let view = View::<MarginAccount>::new(&data).unwrap();
    assert_eq!(view.to_owned_layout(), margin);
    assert_eq!((view.group(), view.owner()), ([1; 32], [2; 32]));
    assert_eq!((view.sequence(), view.shard(), view.version()), (7, 5, 1));
    assert!(view.approves(0) && view.approves(63));
    assert!(!view.approves(1) && !view.approves(64));
    assert!(!view.is_in_liquidation());
    assert_eq!((view.atoms_of(3), view.atoms_of(9)), (250, 0));
    // -65 536 units of 2^-16 lots: one lot short.
    assert_eq!((view.units_of(4), view.units_of(8)), (-65_536, 0));
}

#[test]
fn alignment_of_the_data_does_not_matter() {
    let data = account(&margin_account());
    let mut shifted = vec![0];
    shifted.extend_from_slice(&data);
    let view = View::<MarginAccount>::new(&shifted[1..]).unwrap();
    assert_eq!(view.units_of(4), -65_536);
}

#[test]
fn counts_beyond_the_arrays_are_cut() {
    let mut margin = margin_account();
    margin.position_count = 255;
    margin.collateral_count = 255;
    let data = account(&margin);
    let view = View::<MarginAccount>::new(&data).unwrap();
    assert_eq!((view.positions().count(), view.collaterals().count()), (16, 8));
}

#[test]
fn short_foreign_and_newer_accounts_are_refused() {
    let data = account(&margin_account());
    let short = View::<MarginAccount>::new(&data[..data.len() - 1]);
    assert_eq!(short.err(), Some(LayoutError::TooShort));
    assert_eq!(View::<MarginAccount>::new(&data[..7]).err(), Some(LayoutError::TooShort));
    assert_eq!(View::<MarginAccount>::new(&[]).err(), Some(LayoutError::TooShort));

    let foreign = View::<VenueMarket>::new(&data);
    assert_eq!(foreign.err(), Some(LayoutError::WrongDiscriminator));

    let mut newer = data.clone();
    newer[8 + offset_of!(MarginAccount, version)] = LAYOUT_VERSION + 1;
    assert_eq!(View::<MarginAccount>::new(&newer).err(), Some(LayoutError::NewerVersion));
    newer[8 + offset_of!(MarginAccount, version)] = 0;
    assert!(View::<MarginAccount>::new(&newer).is_ok());
}

fn snapshot(rows: &[Row]) -> Vec<u8> {
    let header = SnapshotHeader {
        group: [3; 32],
        sequence: 11,
        row_count: u16::try_from(rows.len()).unwrap(),
        breaker_state: 2,
        version: 1,
        ..Zeroable::zeroed()
    };
    let mut data = account(&header);
    data.extend_from_slice(bytemuck::cast_slice(rows));
    data
}

#[test]
fn rows_follow_the_header_of_a_snapshot() {
    // 250 atoms per quantum: 250 * 2^32.
    let market = Row {
        price_q32: 250 << 32,
        update_ts: 1_700_000_000,
        kind: ROW_KIND_MARKET,
        breaker_state: 1,
        ..Zeroable::zeroed()
    };
    let data = snapshot(&[Row::zeroed(), market]);
    // 8 + 248 + 2 * 768 = 1 792.
    assert_eq!(data.len(), 1_792);
    let view = View::<SnapshotHeader>::new(&data).unwrap();
    assert_eq!((view.group(), view.sequence(), view.breaker_state()), ([3; 32], 11, 2));
    assert_eq!(view.row(1), Some(market));
    assert_eq!(view.row_price_q32(1), Some(250 << 32));
    assert_eq!(view.row_update_ts(1), Some(1_700_000_000));
    assert_eq!((view.row_kind(1), view.row_breaker_state(1)), (Some(ROW_KIND_MARKET), Some(1)));
    assert_eq!(view.row(2), None);
    assert_eq!(view.row_price_q32(u16::MAX), None);
}

#[test]
fn a_snapshot_shorter_than_its_row_count_is_refused() {
    let data = snapshot(&[Row::zeroed(), Row::zeroed()]);
    let short = View::<SnapshotHeader>::new(&data[..data.len() - 1]);
    assert_eq!(short.err(), Some(LayoutError::TooShort));
}

#[test]
fn earned_joins_its_halves_with_their_sign() {
    // -1 is all ones in both halves. 2^64 is one in the high half.
    let side = |earned| SideRow { earned, ..Zeroable::zeroed() };
    assert_eq!(side([u64::MAX, u64::MAX]).earned(), -1);
    assert_eq!(side([0, 1]).earned(), 1 << 64);
}

#[test]
fn a_venue_market_reads_its_fields() {
    let value = VenueMarket {
        group: [1; 32],
        venue: [2; 32],
        market: [3; 32],
        fees_atoms: 77,
        fee_max_ppm: 1_000,
        row: 6,
        version: 1,
        ..Zeroable::zeroed()
    };
    let data = account(&value);
    let view = View::<VenueMarket>::new(&data).unwrap();
    assert_eq!((view.group(), view.venue(), view.market()), ([1; 32], [2; 32], [3; 32]));
    assert_eq!((view.row(), view.fee_max_ppm(), view.fees_atoms()), (6, 1_000, 77));
}

proptest! {
    /// Whatever the bytes, a view is refused or every getter answers; nothing panics.
    #[test]
    fn arbitrary_bytes_never_panic(mut data in prop::collection::vec(any::<u8>(), 0..4_000), kind in 0..3) {
        let discriminator = [MarginAccount::DISCRIMINATOR, SnapshotHeader::DISCRIMINATOR, VenueMarket::DISCRIMINATOR]
            [usize::try_from(kind).unwrap()];
        if data.len() >= 8 {
            data[..8].copy_from_slice(&discriminator);
        }
        if let Ok(view) = View::<MarginAccount>::new(&data) {
            view.positions().chain([view.to_owned_layout().positions[0]]).for_each(|held| {
                view.units_of(held.row);
            });
        }
        if let Ok(view) = View::<SnapshotHeader>::new(&data) {
            prop_assert!((0..view.row_count()).all(|row| view.row(row).is_some()));
        }
        if let Ok(view) = View::<VenueMarket>::new(&data) {
            view.row();
        }
    }
}
