//! The table: what each instruction locks, and the most bytes of a transaction that carries it alone.
//!
//! Instructions with overlays have none here and fills have one maker; `capacity` adds them.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use anchor_spl::token;
use firebreak::instructions::{AuthoritiesArgs, CommitteeParams, ForecastArgs};
use firebreak_client::instructions::{
    self as build, AccountKeys, Fill, FillPlace, MakerLeg, MintKeys, OracleRow, Overlay, StakeKeys,
};
use firebreak_tests::{oracle::Feed, params};

/// One instruction.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Accounts that it changes, the fee payer's not counted.
    pub writes: &'static [&'static str],
    /// Ceiling for the bytes of its transaction.
    pub bytes_max: usize,
    /// An example.
    pub instruction: Instruction,
}

/// A key. Its first byte modulo 8 is the shard, if it is a margin account's.
pub fn key(number: u8) -> Pubkey {
    Pubkey::new_from_array([number; 32])
}

pub const GROUP: Pubkey = Pubkey::new_from_array([1; 32]);
const ADMIN: Pubkey = Pubkey::new_from_array([2; 32]);
const OWNER: Pubkey = Pubkey::new_from_array([3; 32]);
const MINT: MintKeys = MintKeys { mint: Pubkey::new_from_array([4; 32]), token_program: token::ID };
const VENUE: Pubkey = Pubkey::new_from_array([5; 32]);
pub const MARKET: Pubkey = Pubkey::new_from_array([6; 32]);
/// An account in shard 0; the numbers behind it are in the shards behind that.
pub const ACCOUNT: u8 = 16;

pub fn account() -> AccountKeys {
    AccountKeys { group: GROUP, owner: OWNER, margin_account: key(ACCOUNT) }
}

pub fn transfer() -> build::Transfer {
    build::Transfer { mint: MINT, wallet: key(7), atoms: 1 }
}

/// A fill with makers in the accounts of these numbers.
pub fn fill(makers: &[u8], overlay: Overlay) -> (FillPlace, Fill) {
    let place = FillPlace { group: GROUP, venue: VENUE, market: MARKET, authority: key(8) };
    let leg = |number: &u8| MakerLeg { margin_account: key(*number), lots: 1, price_atoms: 1, fee_atoms: 0 };
    let makers = makers.iter().map(leg).collect();
    (place, Fill { taker: key(ACCOUNT), is_buyer: true, taker_fee_atoms: 0, makers, overlay })
}

pub fn target() -> build::Target {
    build::Target { market: MARKET, liquidatee: key(ACCOUNT + 1), lots_max: u64::MAX }
}

/// Rows with two or three oracles each, all different.
pub fn oracle_rows(count: u8, sources: u8) -> Vec<OracleRow> {
    let oracle = |row: u8, source: u8| key(100 + 3 * row + source);
    let third = |row| (sources == 3).then(|| oracle(row, 2));
    let row_of = |row: u8| OracleRow {
        row: row.into(),
        primary: oracle(row, 0),
        secondary: oracle(row, 1),
        third: third(row),
    };
    (0..count).map(row_of).collect()
}

pub fn overlay(count: u8, sources: u8) -> Overlay {
    Overlay::new(&oracle_rows(count, sources)).expect("at most four rows")
}

pub fn resolve(markets: u8) -> Instruction {
    let markets: Vec<Pubkey> = (0..markets).map(|number| key(100 + number)).collect();
    build::resolve_bankruptcy(&GROUP, &key(ACCOUNT), &markets, &MINT)
}

pub fn add_market() -> Instruction {
    build::add_market([&ADMIN, &GROUP], 0, params::market(&feed()))
}

fn feed() -> Feed {
    Feed { pyth: key(9), switchboard: key(10), id: [11; 32] }
}

/// The fold of a market in which so many venues trade.
pub fn fold(venues: u8) -> Instruction {
    let venue_markets: Vec<Pubkey> = (0..venues).map(|number| key(100 + number)).collect();
    build::fold([&GROUP, &MARKET], &venue_markets, true)
}

/// An exit from the insurance of a group with so many markets.
pub fn unstake(market_count: u8) -> Instruction {
    let payout = build::Payout { quote: MINT, wallet: key(7), market_count: market_count.into() };
    build::unstake(&StakeKeys::new(&GROUP, &OWNER), &payout)
}

pub fn conversion(overlay: &Overlay) -> Instruction {
    let target = build::ConversionTarget { mint: key(15), liquidatee: key(ACCOUNT + 1), atoms_max: u64::MAX };
    build::liquidate_collateral(&account(), &target, overlay)
}

/// All rows, in the order of the program.
pub fn rows() -> Vec<Row> {
    let mut rows = admin();
    rows.extend(prices_and_margin());
    rows.extend(fills_and_folds());
    rows.extend(losses());
    rows
}

fn row(
    name: &'static str,
    writes: &'static [&'static str],
    bytes_max: usize,
    instruction: Instruction,
) -> Row {
    Row { name, writes, bytes_max, instruction }
}

const SHARDS_AND_MARKET: &[&str] = &[
    "group", "snapshot", "market", "ledger", "shard 0", "shard 1", "shard 2", "shard 3", "shard 4",
    "shard 5", "shard 6", "shard 7",
];

fn admin() -> Vec<Row> {
    let (keys, mint) = ([&ADMIN, &GROUP], &MINT.mint);
    let collateral = params::token_collateral(&feed());
    let authorities = AuthoritiesArgs { guardian: key(12), proposed_admin: key(13) };
    let venue = build::NewVenue { index: 0, authority: key(8), program: key(14) };
    let found = build::create_group(&ADMIN, &MINT, params::group());
    let group = build::update_group(keys, params::group().params());
    let market = build::update_market(keys, &MARKET, params::market(&feed()));
    let oracle = build::update_oracle(keys, 1, params::oracle(&feed()));
    vec![
        row("create_group", &["group", "snapshot", "insurance", "its vault"], 650, found),
        row("create_shard", &["group", "shard"], 450, build::create_shard(&ADMIN, &GROUP, 0)),
        row(
            "add_collateral",
            &["group", "snapshot", "bank", "vault"],
            750,
            build::add_collateral(keys, &MINT, collateral),
        ),
        row("add_market", SHARDS_AND_MARKET, 1_150, add_market()),
        row("register_venue", &["group", "venue"], 500, build::register_venue(&ADMIN, &GROUP, &venue)),
        row(
            "add_venue_market",
            &["group", "market", "venue market"],
            500,
            build::add_venue_market(keys, &VENUE, &MARKET),
        ),
        row("activate", &["group"], 400, build::activate(&ADMIN, &GROUP, mint)),
        row("update_group", &["group", "snapshot"], 450, group),
        row(
            "update_collateral",
            &["group", "snapshot", "bank"],
            650,
            build::update_collateral(keys, mint, collateral),
        ),
        row("update_market", &["group", "snapshot", "market"], 800, market),
        row("update_oracle", &["group", "snapshot"], 550, oracle),
        row("sync_venue_market", &["venue market"], 450, build::sync_venue_market(&GROUP, &VENUE, &MARKET)),
        row("set_authorities", &["group"], 450, build::set_authorities(&ADMIN, &GROUP, authorities)),
        row("accept_admin", &["group"], 350, build::accept_admin(&ADMIN, &GROUP)),
        row("pause", &["snapshot"], 400, build::pause(keys, Some(1), 60)),
        row("resume", &["snapshot"], 400, build::resume(keys, Some(1))),
        row("freeze_venue", &["venue"], 400, build::freeze_venue(keys, &VENUE, true)),
    ]
}

/// A committee with all of its seats.
fn committee() -> CommitteeParams {
    CommitteeParams { reporters: (0..8).map(|number| key(60 + number)).collect(), ..params::committee(&[]) }
}

fn committees() -> Vec<Row> {
    let (keys, args) = ([&ADMIN, &GROUP], ForecastArgs { variance_q64: 1, depth_atoms: 1 });
    let create = build::create_committee(keys, &MARKET, committee());
    vec![
        row("create_committee", &["market", "committee"], 750, create),
        row("update_committee", &["committee"], 650, build::update_committee(keys, &MARKET, committee())),
        row("post_forecast", &["committee"], 400, build::post_forecast(&key(60), &MARKET, args)),
    ]
}

fn prices_and_margin() -> Vec<Row> {
    let (none, keys) = (Overlay::none(), account());
    let settle = build::settle_pnl([&GROUP, &MARKET], &keys.margin_account, &none);
    let mut rows = vec![row("refresh", &["snapshot"], 450, build::refresh(&GROUP, &oracle_rows(1, 2)))];
    rows.extend(committees());
    rows.extend([
        row("open_account", &["margin account"], 450, build::open_account([&OWNER, &OWNER], &GROUP, 0)),
        row("approve_venue", &["margin account"], 400, build::approve_venue(&keys, &VENUE, true)),
        row(
            "deposit",
            &["margin account", "its shard", "bank", "vault", "wallet"],
            600,
            build::deposit(&OWNER, &keys, &transfer()),
        ),
        row(
            "withdraw",
            &["margin account", "its shard", "bank", "vault", "wallet"],
            650,
            build::withdraw(&keys, &transfer(), &none),
        ),
        row("settle_pnl", &["ledger", "margin account", "shard"], 550, settle),
        row(
            "register_demand",
            &["margin account", "its shard"],
            450,
            build::register_demand(&GROUP, &keys.margin_account),
        ),
        row("view_account", &[], 350, build::view_account(&GROUP, &keys.margin_account, 3_600, &none)),
        row("close_account", &["margin account"], 350, build::close_account(&keys)),
    ]);
    rows
}

const FILL: &[&str] = &["venue market", "taker", "its shard", "maker", "its shard"];
const LIQUIDATE: &[&str] = &["ledger", "liquidator", "its shard", "liquidatee", "its shard"];
const CONVERT: &[&str] = &["bank", "liquidator", "its shard", "liquidatee", "its shard"];
const RESOLVE: &[&str] =
    &["snapshot", "margin account", "insurance", "its vault", "bank", "its vault", "ledger"];
const PROTOCOL_FEES: &[&str] = &["ledger", "margin account", "insurance", "its vault", "bank", "its vault"];

fn fills_and_folds() -> Vec<Row> {
    let (place, fill) = fill(&[ACCOUNT + 1], Overlay::none());
    let apply = build::apply_fill(&place, &fill).expect("one maker");
    let check = build::check_fill(&place, &fill).expect("one maker");
    let (market, account) = ([&GROUP, &MARKET], key(ACCOUNT));
    vec![
        row("apply_fill", FILL, 700, apply),
        row("check_fill", &[], 700, check),
        row("fold", &["snapshot", "ledger"], 800, fold(1)),
        row("post_premium", &["venue market"], 450, build::post_premium(&place, 1)),
        row(
            "collect_venue_fees",
            &["ledger", "venue market", "margin account"],
            500,
            build::collect_venue_fees(&place, &account),
        ),
        row(
            "collect_protocol_fees",
            PROTOCOL_FEES,
            650,
            build::collect_protocol_fees(market, &account, &MINT),
        ),
    ]
}

fn losses() -> Vec<Row> {
    let fund = build::fund_insurance(&OWNER, &GROUP, &transfer());
    let keys = StakeKeys::new(&GROUP, &OWNER);
    let none = Overlay::none();
    vec![
        row("liquidate", LIQUIDATE, 600, build::liquidate(&account(), &target(), &none)),
        row("liquidate_collateral", CONVERT, 600, conversion(&none)),
        row("fund_insurance", &["insurance", "its vault", "wallet"], 550, fund),
        row("open_stake", &["stake"], 450, build::open_stake(&keys, &OWNER)),
        row("stake", &["insurance", "stake", "vault", "wallet"], 550, build::stake(&keys, &transfer())),
        row("request_unstake", &["stake"], 400, build::request_unstake(&keys, 1)),
        row("cancel_unstake", &["insurance", "stake"], 400, build::cancel_unstake(&keys)),
        row("unstake", &["insurance", "stake", "vault", "wallet"], 600, unstake(1)),
        row("close_stake", &["stake"], 350, build::close_stake(&keys)),
        row("resolve_bankruptcy", RESOLVE, 950, resolve(1)),
        row("recover_breaker", &["snapshot"], 350, build::recover_breaker(&GROUP, 1)),
    ]
}
