use anchor_lang::{InstructionData, ToAccountMetas};
use bytemuck::Zeroable;
use firebreak::{
    instruction,
    state::{CollateralBank, Group as GroupState, Market as MarketState, RiskSnapshot, Venue, VenueMarket},
};
use firebreak_client::accounts::SnapshotView;

use super::*;
use crate::init::Address;

fn local() -> Params {
    Params::parse(include_str!("../../../params/localnet.toml")).unwrap()
}

fn admin() -> Pubkey {
    Pubkey::new_from_array([7; 32])
}

/// A chain that has what the file says.
fn found(params: &Params) -> Found {
    let address = pda::group(&admin(), params.group.id);
    let mut group = GroupState { admin: admin(), guardian: params.group.guardian.0, ..Zeroable::zeroed() };
    params.group.args().params().write_group(&mut group);
    let quote = Row { kind: 1, ..Row::default() };
    let mut snapshot = SnapshotView { header: RiskSnapshot::zeroed(), rows: vec![quote] };
    let mut found = Found { group: Some(group), ..Found::default() };
    for (index, collateral) in (0u16..).zip(&params.collateral) {
        let mut bank = CollateralBank { row: index, decimals: collateral.decimals, ..Zeroable::zeroed() };
        collateral.args().write_bank(&mut bank);
        found.banks.insert(collateral.mint.0, bank);
        if index > 0 {
            let mut row = Row { index, kind: 2, ..Row::default() };
            collateral.args().write_row(&mut row);
            snapshot.rows.push(row);
        }
    }
    for (index, market) in (2u16..).zip(&params.market) {
        let mut state = MarketState { row: index, ..Zeroable::zeroed() };
        let mut row = Row { index, kind: 3, ..Row::default() };
        market.args().unwrap().write_market(&mut state);
        market.args().unwrap().write_row(&mut row);
        found.markets.push(state);
        snapshot.rows.push(row);
    }
    found.snapshot = Some(snapshot);
    found.venues.push(Venue::zeroed());
    let copies = VenueMarket {
        fee_max_ppm: params.market[0].fee_max_ppm,
        protocol_fee_share_ppm: params.group.protocol_fee_share_ppm,
        ..Zeroable::zeroed()
    };
    let key = pda::venue_market(&pda::venue(&address, 0), &pda::market(&address, 0));
    found.venue_markets.insert(key, copies);
    found
}

/// Data of the planned instructions.
fn data(update: &Update) -> Vec<Vec<u8>> {
    let sent = update.plan.steps.iter().map(|step| match &step.todo {
        Todo::Send(instruction) => instruction.data.clone(),
        other => panic!("{other:?}"),
    });
    sent.collect()
}

#[test]
fn a_chain_that_follows_the_file_is_left_alone() {
    let params = local();
    let update = update(&admin(), &params, &found(&params)).unwrap();
    assert_eq!(update.lines, [""; 0]);
    assert_eq!(update.plan.steps, []);
}

#[test]
fn every_difference_is_named_and_every_set_is_sent_once() {
    let params = local();
    let mut other = params.clone();
    let guardian = Pubkey::new_from_array([9; 32]);
    other.group.guardian = Address(guardian);
    other.group.cover_event_ppm -= 1;
    other.collateral[0].deposit_cap_atoms += 1;
    other.collateral[1].initial_weight_ppm -= 1;
    other.collateral[1].oracle.as_mut().unwrap().reading_age_secs += 1;
    other.market[0].initial_ppm += 1;
    other.market[0].fee_max_ppm += 1;
    other.market[0].oracle.feed_id = [0xab; 32];
    let update = update(&admin(), &other, &found(&params)).unwrap();
    let feed = hex::encode(params.market[0].oracle.feed_id);
    let nobody = Pubkey::default();
    let expected = [
        "group 1: cover_event_ppm: 250000 -> 249999 (tightens)".to_owned(),
        format!("group 1: guardian: {nobody} -> {guardian}"),
        "collateral USD: deposit_cap_atoms: 1000000000000000 -> 1000000000000001 (loosens)".to_owned(),
        "collateral SOL: oracle: reading_age_secs: 60 -> 61 (loosens)".to_owned(),
        "collateral SOL: initial_weight_ppm: 800000 -> 799999 (tightens)".to_owned(),
        format!("market SOL-PERP: oracle: feed_id: {feed} -> {} (loosens)", "ab".repeat(32)),
        "market SOL-PERP: initial_ppm: 100000 -> 100001 (tightens)".to_owned(),
        "market SOL-PERP: fee_max_ppm: 2000 -> 2001 (loosens)".to_owned(),
    ];
    assert_eq!(update.lines, expected);
    let authorities = AuthoritiesArgs { guardian, proposed_admin: nobody };
    let sol = other.collateral[1].args();
    let market = other.market[0].args().unwrap();
    let sent = [
        instruction::UpdateGroup { params: other.group.args().params() }.data(),
        instruction::SetAuthorities { args: authorities }.data(),
        instruction::UpdateCollateral { args: other.collateral[0].args() }.data(),
        instruction::UpdateOracle { row: 1, params: sol.oracle.unwrap() }.data(),
        instruction::UpdateCollateral { args: sol }.data(),
        instruction::UpdateOracle { row: 2, params: market.oracle }.data(),
        instruction::UpdateMarket { params: market }.data(),
        instruction::SyncVenueMarket {}.data(),
    ];
    assert_eq!(data(&update), sent);
}

#[test]
fn copies_that_an_earlier_run_left_behind_are_made_up_for() {
    let params = local();
    let mut found = found(&params);
    found.venue_markets.values_mut().for_each(|copies| copies.protocol_fee_share_ppm += 1);
    let update = update(&admin(), &params, &found).unwrap();
    assert_eq!(update.lines, [""; 0]);
    assert_eq!(data(&update), [instruction::SyncVenueMarket {}.data()]);
}

#[test]
fn what_never_changes_and_what_is_missing_are_errors() {
    let params = local();
    let chain = found(&params);
    let error = |params: &Params, found: &Found| update(&admin(), params, found).unwrap_err().to_string();
    let mut lots = params.clone();
    lots.market[0].lot_exponent += 1;
    assert!(error(&lots, &chain).contains("lot_exponent = 7, which never change"));
    let mut decimals = params.clone();
    decimals.collateral[1].decimals += 1;
    assert!(error(&decimals, &chain).contains("has 9 decimals, which never change"));
    let mut name = params.clone();
    name.market[0].name = "OTHER-PERP".to_owned();
    assert!(error(&name, &chain).contains("market OTHER-PERP is missing; `init` adds it"));
    let mut mint = params.clone();
    mint.collateral[1].mint = Address(Pubkey::new_from_array([5; 32]));
    assert!(error(&mint, &chain).contains("collateral SOL is missing; `init` adds it"));
    assert!(error(&params, &Found::default()).contains("`init` creates it"));
    let mut foreign = found(&params);
    foreign.group.as_mut().unwrap().admin = Pubkey::default();
    assert!(error(&params, &foreign).contains("the administrator of"));
}

#[test]
fn a_changed_market_is_the_one_of_that_name() {
    let params = local();
    let mut chain = found(&params);
    // Another market comes first on the chain.
    chain.markets.insert(0, MarketState { name: *b"FIRST-PERP\0\0\0\0\0\0", ..Zeroable::zeroed() });
    let mut other = params.clone();
    other.market[0].dust_atoms += 1;
    let update = update(&admin(), &other, &chain).unwrap();
    let key = pda::market(&update.plan.group, 1);
    let sent = match &update.plan.steps[0].todo {
        Todo::Send(instruction) => instruction,
        todo => panic!("{todo:?}"),
    };
    let named = firebreak::accounts::UpdateMarket {
        authority: admin(),
        group: update.plan.group,
        snapshot: pda::snapshot(&update.plan.group),
        market: key,
        event_authority: pda::event_authority(),
        program: firebreak::ID,
    };
    assert_eq!(sent.accounts, named.to_account_metas(None));
}
