//! The guide's venue on the VM.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use firebreak_client::{
    instructions::{add_venue_market, approve_venue, close_account},
    pda,
};
use firebreak_interface::fill::{FillArgs, FillLeg, FillOutcome, Refusal};
use firebreak_tests::{params::DOLLAR, Meta, Trader, World};
use guide_venue::instruction::Trade;
use solana_account::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

const GUIDE_VENUE_SO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/deploy/guide_venue.so");
const LOT: u64 = 2 * DOLLAR;
/// The venue's record: lots, then quote atoms.
const BOOK: Pubkey = Pubkey::new_from_array([9; 32]);

/// A group with the guide's venue beside the test venue.
struct Exchange {
    world: World,
    venue: Pubkey,
    authority: Pubkey,
    bump: u8,
}

impl Exchange {
    fn new() -> Self {
        let mut world = World::new();
        world.svm.add_program_from_file(guide_venue::ID, GUIDE_VENUE_SO).expect("built by `cargo xtask sbf`");
        let (authority, bump) = Pubkey::find_program_address(&[b"venue_authority"], &guide_venue::ID);
        let venue = world.add_venue(1, &authority);
        let admin = world.admin.pubkey();
        let market = world.markets[0].key;
        world.must(&[add_venue_market([&admin, &world.group], &venue, &market)], &[]);
        let book =
            Account { lamports: DOLLAR, data: vec![0; 16], owner: guide_venue::ID, ..Account::default() };
        world.svm.set_account(BOOK, book).expect("rent exempt");
        Self { world, venue, authority, bump }
    }

    fn trader(&mut self, quote_atoms: u64) -> Trader {
        let trader = self.world.trader(quote_atoms, 0);
        self.world.must(&[approve_venue(&trader.keys, &self.venue, true)], &[&trader.owner]);
        trader
    }

    /// `taker` buys these lots of each maker at the start price; fee and rebate are 500 and 100 ppm.
    fn buy(&self, owner: &Pubkey, taker: &Pubkey, makers: &[(&Trader, u64)]) -> Instruction {
        let group = self.world.group;
        let market = self.world.markets[0].key;
        let mut accounts = vec![
            AccountMeta::new_readonly(self.authority, false),
            AccountMeta::new_readonly(group, false),
            AccountMeta::new_readonly(self.venue, false),
            AccountMeta::new_readonly(pda::snapshot(&group), false),
            AccountMeta::new(pda::venue_market(&self.venue, &market), false),
            AccountMeta::new(*taker, false),
            AccountMeta::new(pda::exposure_of(&group, taker), false),
            AccountMeta::new_readonly(pda::event_authority(), false),
            AccountMeta::new_readonly(firebreak::ID, false),
            AccountMeta::new_readonly(*owner, true),
            AccountMeta::new(BOOK, false),
        ];
        let mut orders = Vec::new();
        for (maker, lots) in makers {
            accounts.push(AccountMeta::new(maker.account, false));
            accounts.push(AccountMeta::new(pda::exposure_of(&group, &maker.account), false));
            let rebate_atoms = i64::try_from(lots * LOT / 10_000).expect("small");
            orders.push(FillLeg { lots: *lots, price_atoms: LOT, maker_fee_atoms: -rebate_atoms });
        }
        let trade = Trade { authority_bump: self.bump, taker_fee_ppm: 500, orders };
        Instruction { program_id: guide_venue::ID, accounts, data: trade.encode() }
    }

    fn fill(&mut self, taker: &Trader, makers: &[(&Trader, u64)]) -> (FillOutcome, Meta) {
        let instruction = self.buy(&taker.owner.pubkey(), &taker.account, makers);
        let meta = self.world.must(&[instruction], &[&taker.owner]);
        (FillOutcome::from_return_data(&meta.return_data).expect("Firebreak's answer"), meta)
    }

    /// Lots and quote atoms that the venue has booked.
    fn booked(&self) -> [u64; 2] {
        let data = self.world.data(&BOOK);
        [0, 8].map(|at| u64::from_le_bytes(data[at..at + 8].try_into().expect("eight bytes")))
    }

    /// Units and quote atoms of a position in the first market.
    fn position(&self, trader: &Trader) -> (i64, i64) {
        let margin = self.world.margin(&trader.account);
        margin.positions().first().map_or((0, 0), |position| (position.units, position.quote_atoms))
    }
}

#[test]
fn a_fill_through_the_guides_venue_is_admitted_and_booked() {
    let mut exchange = Exchange::new();
    let [taker, first, second] = [(); 3].map(|()| exchange.trader(1_000 * DOLLAR));
    let (outcome, _) = exchange.fill(&taker, &[(&first, 100), (&second, 50)]);
    assert!(outcome.is_admitted(), "{outcome:?}");
    // 150 lots at 2 dollars are 300 dollars.
    assert_eq!((outcome.lots, outcome.notional_atoms), (150, 300 * DOLLAR));
    assert_eq!(exchange.booked(), [150, 300 * DOLLAR]);
    // 500 ppm of 300 dollars are 150 000 atoms; 100 ppm of 200 and 100 dollars are 20 000 and 10 000.
    assert_eq!(exchange.position(&taker), (150 << 16, -300_150_000));
    assert_eq!(exchange.position(&first), (-100 << 16, 200_020_000));
    assert_eq!(exchange.position(&second), (-50 << 16, 100_010_000));
}

#[test]
fn asking_first_gives_the_answer_of_the_fill() {
    // guide: ask first
    use firebreak_interface::cpi::{check_fill_instruction, CheckFillKeys, PartyKeys};
    // guide: end

    let mut exchange = Exchange::new();
    let [taker, maker] = [(); 2].map(|()| exchange.trader(1_000 * DOLLAR));
    let (group, venue) = (exchange.world.group, exchange.venue);
    let snapshot = pda::snapshot(&group);
    let venue_market = pda::venue_market(&venue, &exchange.world.markets[0].key);
    let (taker_margin, maker_margin) = (taker.account, maker.account);
    let [taker_shard, maker_shard] = [taker_margin, maker_margin].map(|key| pda::exposure_of(&group, &key));
    // 100 lots at 2 dollars with the fee and the rebate that the venue charges: 500 and 100 ppm of 200 dollars.
    let mut args =
        FillArgs { taker_fee_atoms: 100_000, leg_count: 1, taker_is_buyer: 1, ..FillArgs::default() };
    args.legs[0] = FillLeg { lots: 100, price_atoms: LOT, maker_fee_atoms: -20_000 };
    // guide: ask first
    let keys = CheckFillKeys {
        group,
        venue,
        snapshot,
        venue_market,
        taker: PartyKeys { margin: taker_margin, shard: taker_shard },
    };
    let makers = [PartyKeys { margin: maker_margin, shard: maker_shard }];
    let instruction = check_fill_instruction(&keys, &makers, &[], &args);
    // guide: end
    let meta = exchange.world.must(&[instruction], &[]);
    let asked = FillOutcome::from_return_data(&meta.return_data).expect("Firebreak's answer");
    let (filled, _) = exchange.fill(&taker, &[(&maker, 100)]);
    assert!(asked.is_admitted());
    assert_eq!(asked, filled);
}

#[test]
fn a_refusal_is_an_answer_and_books_nothing() {
    let mut exchange = Exchange::new();
    let maker = exchange.trader(1_000 * DOLLAR);
    // 100 lots need 20 dollars of initial margin.
    let taker = exchange.trader(10 * DOLLAR);
    let before = exchange.world.accounts_of_group();
    let (outcome, _) = exchange.fill(&taker, &[(&maker, 100)]);
    assert_eq!((outcome.is_admitted(), outcome.refusal()), (false, Some(Refusal::InitialMargin)));
    // The taker is party 0.
    assert_eq!(outcome.party, 0);
    assert_eq!(before, exchange.world.accounts_of_group());
    assert_eq!(exchange.booked(), [0, 0]);
}

#[test]
fn an_order_of_a_closed_account_is_dropped_and_the_rest_is_filled() {
    let mut exchange = Exchange::new();
    let [taker, open] = [(); 2].map(|()| exchange.trader(1_000 * DOLLAR));
    let gone = exchange.trader(0);
    exchange.world.must(&[close_account(&gone.keys)], &[&gone.owner]);
    let (outcome, _) = exchange.fill(&taker, &[(&gone, 100), (&open, 50)]);
    assert!(outcome.is_admitted(), "{outcome:?}");
    assert_eq!(exchange.booked(), [50, 100 * DOLLAR]);
    // The fee is that of what was filled: 500 ppm of 100 dollars.
    assert_eq!(exchange.position(&taker), (50 << 16, -100_050_000));
    assert_eq!(exchange.position(&open), (-50 << 16, 100_010_000));

    // Nobody is left: no call, no answer, no error.
    let alone = exchange.buy(&taker.owner.pubkey(), &taker.account, &[(&gone, 100)]);
    let meta = exchange.world.must(&[alone], &[&taker.owner]);
    assert!(meta.return_data.is_empty());
    assert_eq!(exchange.booked(), [50, 100 * DOLLAR]);
}

#[test]
fn only_its_owner_trades_an_account() {
    let mut exchange = Exchange::new();
    let [taker, maker] = [(); 2].map(|()| exchange.trader(1_000 * DOLLAR));
    let thief: &Keypair = &maker.owner;
    let instruction = exchange.buy(&thief.pubkey(), &taker.account, &[(&maker, 10)]);
    let refused = exchange.world.send(&[instruction], &[thief]).expect_err("another owner");
    assert!(refused.error.contains("MissingRequiredSignature"), "{}", refused.error);
    let mut unsigned = exchange.buy(&taker.owner.pubkey(), &taker.account, &[(&maker, 10)]);
    unsigned.accounts[9].is_signer = false;
    let refused = exchange.world.send(&[unsigned], &[]).expect_err("nobody signs");
    assert!(refused.error.contains("MissingRequiredSignature"), "{}", refused.error);
    assert_eq!(exchange.booked(), [0, 0]);
}
