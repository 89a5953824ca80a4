//! A chain with both programs, one market and five funded traders. Firebreak's accounts are written directly, so
//! that a test of the venue needs none of Firebreak's other instructions.

use anchor_lang::{
    prelude::{AnchorDeserialize, Clock, Pubkey},
    solana_program::instruction::Instruction,
    Discriminator,
};
use bytemuck::Zeroable;
use example_venue::{
    client,
    engine::OrderKind,
    error::VenueError,
    events::OrderPlaced,
    instructions::{CancelOrderArgs, CreateMarketArgs, PlaceOrderArgs, PlaceOrderResult},
    state::Side,
};
use firebreak::state::{
    shard_space, Collateral, ExposureShard, Group, MarginAccount, RiskSnapshot, Row, RowKind, SideRow, Venue,
    VenueMarket,
};
use firebreak_interface::{layout, pda};
use litesvm::LiteSVM;
use solana_account::Account;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

/// Risk price, in quote atoms per lot.
pub const PRICE: u64 = 1_000_000;
/// Row of the market.
const ROW: u16 = 1;
const TRADERS: usize = 5;
const NOW: i64 = 1_800_000_000;
const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/deploy/");

pub struct Chain {
    svm: LiteSVM,
    traders: Vec<Keypair>,
    keys: client::FirebreakKeys,
    market: Pubkey,
    logs: Vec<String>,
    /// Of the last transaction that succeeded.
    pub units_consumed: u64,
}

/// The number by which a failed transaction names this error.
pub fn code_of(error: VenueError) -> u32 {
    error.into()
}

fn account_data<T: Discriminator + bytemuck::Pod>(value: &T) -> Vec<u8> {
    [T::DISCRIMINATOR, bytemuck::bytes_of(value)].concat()
}

impl Chain {
    pub fn new() -> Self {
        let mut svm = LiteSVM::new().with_sigverify(false).with_blockhash_check(false);
        for (id, file) in [(firebreak::ID, "firebreak.so"), (example_venue::ID, "example_venue.so")] {
            let path = format!("{DEPLOY}{file}");
            svm.add_program_from_file(id, &path).unwrap_or_else(|error| {
                panic!("cannot load {path} ({error}); build it with `cargo xtask sbf`")
            });
        }
        let group = pda::find_group(&Pubkey::default(), 0).0;
        let venue = pda::find_venue(&group, 0).0;
        let firebreak_market = pda::find_market(&group, 0).0;
        let keys = client::FirebreakKeys {
            group,
            venue,
            venue_market: pda::find_venue_market(&venue, &firebreak_market).0,
            snapshot: pda::find_snapshot(&group).0,
        };
        let traders = (0..TRADERS).map(|_| Keypair::new()).collect();
        let market = Pubkey::default();
        let mut chain = Self { svm, traders, keys, market, logs: Vec::new(), units_consumed: 0 };
        chain.warp_secs(0);
        chain.write_group(firebreak_market);
        for trader in 0..TRADERS {
            let owner = chain.traders[trader].pubkey();
            chain.svm.airdrop(&owner, 10_000_000_000).unwrap();
            chain.set_collateral(trader, 100 * PRICE);
        }
        let admin = chain.traders[0].pubkey();
        let args = CreateMarketArgs { tick_atoms: 10, taker_fee_ppm: 500, maker_rebate_ppm: 100 };
        chain.send(0, client::create_market(admin, &chain.keys, args)).unwrap();
        chain.market = client::find_market(&chain.keys.venue_market, &admin).0;
        chain
    }

    /// Moves the clock. The snapshot stays as it is.
    pub fn warp_secs(&mut self, secs: i64) {
        self.svm.set_sysvar(&Clock { unix_timestamp: NOW + secs, slot: 100, ..Clock::default() });
    }

    fn write(&mut self, key: Pubkey, data: Vec<u8>) {
        let account = Account { lamports: 1_000_000_000, data, owner: firebreak::ID, ..Account::default() };
        self.svm.set_account(key, account).unwrap();
    }

    fn write_group(&mut self, market: Pubkey) {
        let client::FirebreakKeys { group, venue, venue_market, snapshot } = self.keys;
        let value = Group { status: 1, row_count: 2, market_count: 1, version: 1, ..Group::zeroed() };
        self.write(group, account_data(&value));
        let authority = client::find_venue_authority().0;
        let value = Venue { group, authority, program: example_venue::ID, version: 1, ..Venue::zeroed() };
        self.write(venue, account_data(&value));
        let value = VenueMarket {
            group,
            venue,
            market,
            fee_max_ppm: 10_000,
            row: ROW,
            version: 1,
            ..VenueMarket::zeroed()
        };
        self.write(venue_market, account_data(&value));
        let value = RiskSnapshot { group, row_count: 2, version: 1, ..RiskSnapshot::zeroed() };
        let quote = Row { kind: RowKind::Quote as u8, ..Row::default() };
        let traded = Row {
            kind: RowKind::Market as u8,
            index: ROW,
            price_q32: PRICE << 32,
            ema_q32: PRICE << 32,
            publish_ts: NOW,
            update_ts: NOW,
            // Good.
            verdict: 1,
            initial_ppm: 100_000,
            initial_side_ppm: [100_000; 2],
            position_cap_atoms: [u64::MAX; 2],
            sides: [SideRow { growth_cap_atoms: u64::MAX, ..Row::default().sides[0] }; 2],
            maintenance_ppm: 50_000,
            price_band_ppm: 50_000,
            fold_sequence: 1,
            fold_ts: NOW,
            open_interest_cap_atoms: 1 << 50,
            position_share_ppm: 1_000_000,
            ..Row::default()
        };
        let rows = [quote, traded];
        self.write(snapshot, [account_data(&value), bytemuck::cast_slice(&rows).to_vec()].concat());
        for index in 0..8u8 {
            let value = ExposureShard { group, index, row_count: 1, version: 1, ..ExposureShard::zeroed() };
            let mut data = account_data(&value);
            data.resize(shard_space(1), 0);
            self.write(pda::find_exposure(&group, index).0, data);
        }
    }

    fn trader(&self, trader: usize) -> client::Trader {
        let owner = self.traders[trader].pubkey();
        let margin = pda::find_margin_account(&self.keys.group, &owner, 0).0;
        client::Trader { owner, margin, shard: u8::try_from(trader).unwrap() % 8 }
    }

    /// Writes a margin account that holds this much quote and nothing else.
    pub fn set_collateral(&mut self, trader: usize, atoms: u64) {
        let client::Trader { owner, margin, shard } = self.trader(trader);
        let mut value = MarginAccount {
            group: self.keys.group,
            owner,
            venue_approvals: 1,
            shard,
            collateral_count: 1,
            version: 1,
            ..MarginAccount::zeroed()
        };
        value.collaterals[0] = Collateral { atoms: i64::try_from(atoms).unwrap(), ..Collateral::default() };
        self.write(margin, account_data(&value));
    }

    /// What closing a margin account leaves: nothing.
    pub fn close(&mut self, trader: usize) {
        let margin = self.trader(trader).margin;
        self.svm.set_account(margin, Account::default()).unwrap();
    }

    /// Sends one instruction, paid and signed by a trader. Err: the custom code of the error.
    fn send(&mut self, signer: usize, instruction: Instruction) -> Result<Vec<u8>, u32> {
        let message = Message::new(&[instruction], Some(&self.traders[signer].pubkey()));
        match self.svm.send_transaction(Transaction::new_unsigned(message)) {
            Ok(meta) => {
                self.units_consumed = meta.compute_units_consumed;
                self.logs = meta.logs;
                Ok(meta.return_data.data)
            }
            Err(failed) => {
                let text = format!("{:?}", failed.err);
                let code = text.split("Custom(").nth(1).and_then(|rest| rest.split(')').next()?.parse().ok());
                Err(code.unwrap_or_else(|| panic!("{text}\n{}", failed.meta.logs.join("\n"))))
            }
        }
    }

    pub fn place(
        &mut self,
        trader: usize,
        side: Side,
        kind: OrderKind,
        (limit_price_atoms, lots): (u64, u64),
        makers: &[usize],
    ) -> Result<PlaceOrderResult, u32> {
        let args = PlaceOrderArgs {
            side,
            kind,
            limit_price_atoms,
            lots,
            client_id: 7,
            overlay_rows: [0; 4],
            overlay_count: 0,
        };
        let makers: Vec<_> = makers
            .iter()
            .map(|maker| self.trader(*maker))
            .map(|maker| client::Maker { margin: maker.margin, shard: maker.shard })
            .collect();
        let market = client::read_market(&self.data(self.market)).unwrap();
        let who = self.trader(trader);
        let instruction = client::place_order((&self.market, &market), &who, (&makers, &[]), args);
        self.send(trader, instruction).map(|data| client::read_result(&data).unwrap())
    }

    pub fn ask(&mut self, trader: usize, price: u64, lots: u64) {
        let result = self.place(trader, Side::Sell, OrderKind::Limit, (price, lots), &[]).unwrap();
        assert_eq!(result.resting_lots, lots);
    }

    pub fn buy(
        &mut self,
        trader: usize,
        price: u64,
        lots: u64,
        makers: &[usize],
    ) -> Result<PlaceOrderResult, u32> {
        self.place(trader, Side::Buy, OrderKind::Limit, (price, lots), makers)
    }

    pub fn take(
        &mut self,
        trader: usize,
        price: u64,
        lots: u64,
        makers: &[usize],
    ) -> Result<PlaceOrderResult, u32> {
        self.place(trader, Side::Buy, OrderKind::ImmediateOrCancel, (price, lots), makers)
    }

    /// Cancels an order; `who` is the signer and whose margin account it names.
    pub fn cancel(&mut self, who: (usize, usize), side: Side, order_id: u64) -> Result<(), u32> {
        let owner = self.traders[who.0].pubkey();
        let trader = client::Trader { owner, ..self.trader(who.1) };
        let instruction = client::cancel_order(&self.market, &trader, CancelOrderArgs { side, order_id });
        self.send(who.0, instruction).map(|_| ())
    }

    pub fn cancel_all(&mut self, trader: usize) -> Result<(), u32> {
        let instruction = client::cancel_all(&self.market, &self.trader(trader));
        self.send(trader, instruction).map(|_| ())
    }

    fn data(&self, key: Pubkey) -> Vec<u8> {
        self.svm.get_account(&key).unwrap().data
    }

    /// Units of a trader in the market, read the way an integrator does.
    pub fn units(&self, trader: usize) -> i64 {
        let data = self.data(self.trader(trader).margin);
        layout::View::<layout::MarginAccount>::new(&data).unwrap().units_of(ROW)
    }

    pub fn venue_fees_atoms(&self) -> u64 {
        let data = self.data(self.keys.venue_market);
        layout::View::<layout::VenueMarket>::new(&data).unwrap().fees_atoms()
    }

    /// (trader, price, lots) of each ask, best first.
    pub fn asks(&self) -> Vec<(usize, u64, u64)> {
        let book = client::read_book(&self.data(client::find_book(&self.market).0)).unwrap();
        let owner = |margin| (0..TRADERS).find(|trader| self.trader(*trader).margin == margin).unwrap();
        book.asks.by_priority().map(|order| (owner(order.margin), order.price_atoms, order.lots)).collect()
    }

    /// The event of the last order.
    pub fn last_placed(&self) -> OrderPlaced {
        let lines = self.logs.iter().filter_map(|line| line.strip_prefix("Program data: "));
        let mut events = lines.filter_map(|text| {
            let data = anchor_lang::__private::base64::Engine::decode(
                &anchor_lang::__private::base64::engine::general_purpose::STANDARD,
                text,
            );
            data.ok()?
                .strip_prefix(OrderPlaced::DISCRIMINATOR)
                .map(|rest| OrderPlaced::try_from_slice(rest).unwrap())
        });
        events.next_back().unwrap()
    }
}
