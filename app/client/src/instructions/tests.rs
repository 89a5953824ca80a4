//! The rules about remaining accounts, and agreement with what venues build.

use firebreak::constants::SHARD_COUNT;
use firebreak_interface::{cpi, fill};

use super::*;
use crate::pda;

fn key(number: u8) -> Pubkey {
    Pubkey::new_from_array([number; 32])
}

fn oracle_row(row: u16) -> OracleRow {
    OracleRow { row, primary: key(100), secondary: key(101), third: None }
}

#[test]
fn an_overlay_has_at_most_four_rows() {
    let rows: Vec<OracleRow> = (0..5).map(oracle_row).collect();
    assert!(Overlay::new(&rows[..4]).is_ok());
    assert_eq!(Overlay::new(&rows), Err(ClientError::TooManyOverlayRows { count: 5, max: 4 }));
}

#[test]
fn all_shards_of_the_group_are_passed_in_order_before_the_markets() {
    let (group, market) = (key(1), key(2));
    let quote = MintKeys { mint: key(3), token_program: key(4) };
    let resolve = resolve_bankruptcy(&group, &key(5), &[market], &quote);
    let (shards, markets) = resolve.accounts[resolve.accounts.len() - usize::from(SHARD_COUNT) - 2..]
        .split_at(usize::from(SHARD_COUNT));
    let ledger = AccountMeta::new(pda::ledger(&market), false);
    assert_eq!(markets, [AccountMeta::new_readonly(market, false), ledger]);
    for (index, meta) in (0..SHARD_COUNT).zip(shards) {
        assert_eq!(*meta, AccountMeta::new_readonly(pda::exposure(&group, index), false));
    }
    // In a fold the records of the market's venues follow, as they are given.
    let folded = fold([&group, &market], &[key(7), key(6)], false);
    let (rest, venues) = folded.accounts.split_at(folded.accounts.len() - 2);
    assert_eq!(rest[rest.len() - usize::from(SHARD_COUNT)..], *shards);
    assert_eq!(*venues, [key(7), key(6)].map(|key| AccountMeta::new_readonly(key, false)));
}

/// An account that is not there is named by the program's own key; only one place of the fold differs.
#[test]
fn a_fold_brings_the_committee_where_there_is_one() {
    let (group, market) = (key(1), key(2));
    let [without, with] = [false, true].map(|it| fold([&group, &market], &[], it).accounts);
    let differing: Vec<_> = without.iter().zip(&with).filter(|(old, new)| old != new).collect();
    let place = AccountMeta::new_readonly(pda::committee(&market), false);
    assert_eq!(differing, [(&AccountMeta::new_readonly(firebreak::ID, false), &place)]);
}

#[test]
fn an_exit_from_the_insurance_passes_the_ledgers_of_all_markets_in_order() {
    let keys = StakeKeys::new(&key(1), &key(2));
    let quote = MintKeys { mint: key(3), token_program: key(4) };
    let exit = unstake(&keys, &Payout { quote, wallet: key(5), market_count: 3 });
    let ledgers = &exit.accounts[exit.accounts.len() - 3..];
    for (index, meta) in (0..3).zip(ledgers) {
        let ledger = pda::ledger(&pda::market(&key(1), index));
        assert_eq!(*meta, AccountMeta::new_readonly(ledger, false));
    }
}

#[test]
fn a_client_builds_the_same_fills_as_a_venue() {
    let place = FillPlace { group: key(1), venue: key(2), market: key(3), authority: key(4) };
    let maker = MakerLeg { margin_account: key(6), lots: 7, price_atoms: 8, fee_atoms: -9 };
    let overlay = Overlay::new(&[oracle_row(2)]).expect("one row");
    let request = Fill { taker: key(5), is_buyer: true, taker_fee_atoms: 10, makers: vec![maker], overlay };
    let mut args =
        fill::FillArgs { taker_fee_atoms: 10, leg_count: 1, taker_is_buyer: 1, ..Default::default() };
    args.legs[0] = fill::FillLeg { lots: 7, price_atoms: 8, maker_fee_atoms: -9 };
    (args.overlay_rows[0], args.overlay_count) = (2, 1);
    let party = |margin| cpi::PartyKeys { margin, shard: pda::exposure_of(&place.group, &margin) };
    let oracles = [cpi::OracleKeys { primary: key(100), secondary: key(101), third: None }];
    let keys = cpi::ApplyFillKeys {
        venue_authority: place.authority,
        group: place.group,
        venue: place.venue,
        snapshot: pda::snapshot(&place.group),
        venue_market: pda::venue_market(&place.venue, &place.market),
        taker: party(key(5)),
        event_authority: pda::event_authority(),
    };
    let expected = cpi::apply_fill_instruction(&keys, &[party(key(6))], &oracles, &args);
    assert_eq!(apply_fill(&place, &request), Ok(expected));
    let keys = cpi::CheckFillKeys {
        group: keys.group,
        venue: keys.venue,
        snapshot: keys.snapshot,
        venue_market: keys.venue_market,
        taker: party(key(5)),
    };
    let expected = cpi::check_fill_instruction(&keys, &[party(key(6))], &oracles, &args);
    assert_eq!(check_fill(&place, &request), Ok(expected));
}

#[test]
fn a_fill_has_one_to_four_makers() {
    let place = FillPlace { group: key(1), venue: key(2), market: key(3), authority: key(4) };
    let maker = MakerLeg { margin_account: key(6), lots: 7, price_atoms: 8, fee_atoms: 0 };
    for count in [0, 5] {
        let request = Fill {
            taker: key(5),
            is_buyer: true,
            taker_fee_atoms: 0,
            makers: vec![maker; count],
            overlay: Overlay::none(),
        };
        assert_eq!(apply_fill(&place, &request), Err(ClientError::MakerCount { count, max: 4 }));
    }
}

#[test]
fn a_client_builds_the_same_premiums_and_collections_as_a_venue() {
    let place = FillPlace { group: key(1), venue: key(2), market: key(3), authority: key(4) };
    let keys = cpi::VenueKeys {
        venue_authority: place.authority,
        venue: place.venue,
        market: place.market,
        venue_market: pda::venue_market(&place.venue, &place.market),
        event_authority: pda::event_authority(),
    };
    let expected = cpi::post_premium_instruction(&keys, &pda::snapshot(&place.group), 7);
    assert_eq!(post_premium(&place, 7), expected);
    let expected = cpi::collect_venue_fees_instruction(&keys, &pda::ledger(&place.market), &key(5));
    assert_eq!(collect_venue_fees(&place, &key(5)), expected);
}
