//! Traders and what they do.

use anchor_lang::prelude::Pubkey;
use firebreak::instructions::LiquidationOutcome;
use firebreak_client::instructions::{
    apply_fill, approve_venue, check_fill, collect_protocol_fees, collect_venue_fees, deposit,
    fund_insurance, liquidate, open_account, post_premium, resolve_bankruptcy, settle_pnl, view_account,
    withdraw, AccountKeys, Fill, FillPlace, MakerLeg, MintKeys, Overlay, Target, Transfer,
};
use firebreak_interface::{
    fill::{FillOutcome, Refusal},
    standing::AccountStanding,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{
    send::{Failure, Meta},
    tokens::token_account,
    World,
};

/// Tokens that every wallet starts with.
const WALLET_ATOMS: u64 = 1 << 50;

/// An owner with one margin account, which approved the test venue.
pub struct Trader {
    /// Owner.
    pub owner: Keypair,
    /// Owner and account.
    pub keys: AccountKeys,
    /// The margin account.
    pub account: Pubkey,
    /// Token account of the quote mint.
    pub quote_wallet: Pubkey,
    /// Token account of the other mint.
    pub token_wallet: Pubkey,
}

/// A trade that the test venue reports: one taker, makers in the order of the legs.
#[derive(Clone, Debug)]
pub struct Trade {
    /// Index of the market.
    pub market: usize,
    /// Margin account of the taker.
    pub taker: Pubkey,
    /// Margin accounts of the makers; each gets the same lots.
    pub makers: Vec<Pubkey>,
    /// Lots per maker; positive: the taker buys.
    pub lots: i64,
    /// Quote atoms per lot.
    pub price_atoms: u64,
    /// Fee of the taker.
    pub taker_fee_atoms: u64,
    /// Fee of each maker.
    pub maker_fee_atoms: i64,
    /// Rows read from their oracles.
    pub overlay: Overlay,
}

impl Trade {
    /// The taker buys (positive lots) from or sells to one maker, without fees.
    pub fn new(taker: &Trader, maker: &Trader, lots: i64, price_atoms: u64) -> Self {
        Self {
            market: 0,
            taker: taker.account,
            makers: vec![maker.account],
            lots,
            price_atoms,
            taker_fee_atoms: 0,
            maker_fee_atoms: 0,
            overlay: Overlay::none(),
        }
    }

    /// The same in another market.
    pub fn in_market(self, market: usize) -> Self {
        Self { market, ..self }
    }

    /// The same with fees.
    pub fn with_fees(self, taker_fee_atoms: u64, maker_fee_atoms: i64) -> Self {
        Self { taker_fee_atoms, maker_fee_atoms, ..self }
    }

    /// The same with rows read from their oracles.
    pub fn with_overlay(self, overlay: Overlay) -> Self {
        Self { overlay, ..self }
    }

    /// The fill as the client builds it.
    pub fn fill(&self) -> Fill {
        let legs = self.makers.iter().map(|maker| MakerLeg {
            margin_account: *maker,
            lots: self.lots.unsigned_abs(),
            price_atoms: self.price_atoms,
            fee_atoms: self.maker_fee_atoms,
        });
        Fill {
            taker: self.taker,
            is_buyer: self.lots > 0,
            taker_fee_atoms: self.taker_fee_atoms,
            makers: legs.collect(),
            overlay: self.overlay.clone(),
        }
    }
}

impl World {
    /// A new owner with wallets and an empty margin account.
    #[track_caller]
    pub fn empty_trader(&mut self) -> Trader {
        let owner = self.new_keypair();
        let keys = AccountKeys::new(&self.group, &owner.pubkey(), 0);
        let quote_wallet = self.new_wallet(&self.quote.clone(), &owner.pubkey());
        let token_wallet = self.new_wallet(&self.token.clone(), &owner.pubkey());
        let payer = self.admin.pubkey();
        self.must(&[open_account([&owner.pubkey(), &payer], &self.group, 0)], &[&owner]);
        self.must(&[approve_venue(&keys, &self.venue, true)], &[&owner]);
        Trader { owner, keys, account: keys.margin_account, quote_wallet, token_wallet }
    }

    /// A new owner whose account holds these amounts.
    #[track_caller]
    pub fn trader(&mut self, quote_atoms: u64, token_atoms: u64) -> Trader {
        let trader = self.empty_trader();
        if quote_atoms > 0 {
            self.deposit(&trader, quote_atoms);
        }
        if token_atoms > 0 {
            self.deposit_token(&trader, token_atoms);
        }
        trader
    }

    fn new_wallet(&mut self, mint: &MintKeys, owner: &Pubkey) -> Pubkey {
        let key = self.new_keypair().pubkey();
        let account = token_account(mint.mint, *owner, WALLET_ATOMS);
        self.svm.set_account(key, account).expect("the account is rent exempt");
        key
    }

    /// Deposits quote tokens.
    #[track_caller]
    pub fn deposit(&mut self, trader: &Trader, atoms: u64) -> Meta {
        let transfer = Transfer { mint: self.quote, wallet: trader.quote_wallet, atoms };
        self.must(&[deposit(&trader.owner.pubkey(), &trader.keys, &transfer)], &[&trader.owner])
    }

    /// Deposits collateral tokens.
    #[track_caller]
    pub fn deposit_token(&mut self, trader: &Trader, atoms: u64) -> Meta {
        let transfer = Transfer { mint: self.token, wallet: trader.token_wallet, atoms };
        self.must(&[deposit(&trader.owner.pubkey(), &trader.keys, &transfer)], &[&trader.owner])
    }

    /// Withdraws quote tokens.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn withdraw(&mut self, trader: &Trader, atoms: u64, overlay: &Overlay) -> Result<Meta, Failure> {
        let transfer = Transfer { mint: self.quote, wallet: trader.quote_wallet, atoms };
        self.send(&[withdraw(&trader.keys, &transfer, overlay)], &[&trader.owner])
    }

    /// Withdraws collateral tokens.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn withdraw_token(
        &mut self,
        trader: &Trader,
        atoms: u64,
        overlay: &Overlay,
    ) -> Result<Meta, Failure> {
        let transfer = Transfer { mint: self.token, wallet: trader.token_wallet, atoms };
        self.send(&[withdraw(&trader.keys, &transfer, overlay)], &[&trader.owner])
    }

    /// Where the test venue's fills in a market happen.
    pub fn place(&self, market: usize) -> FillPlace {
        FillPlace {
            group: self.group,
            venue: self.venue,
            market: self.markets[market].key,
            authority: self.venue_authority.pubkey(),
        }
    }

    /// Reports a trade and returns Firebreak's answer. Checks that a refusal changed nothing, and that `check_fill`
    /// gave the same answer before.
    #[track_caller]
    pub fn fill(&mut self, trade: &Trade) -> (FillOutcome, Meta) {
        let checked = self.check(trade).0;
        let before = self.accounts_of_group();
        let instruction = apply_fill(&self.place(trade.market), &trade.fill()).expect("one to four makers");
        let authority = self.venue_authority.insecure_clone();
        let meta = self.must(&[instruction], &[&authority]);
        let outcome = outcome_of(&meta);
        assert_eq!(checked, outcome, "check_fill (left) and apply_fill (right)");
        if !outcome.is_admitted() {
            assert_eq!(before, self.accounts_of_group(), "a refusal changed something");
        }
        (outcome, meta)
    }

    /// Asks what Firebreak would answer.
    #[track_caller]
    pub fn check(&mut self, trade: &Trade) -> (FillOutcome, Meta) {
        let instruction = check_fill(&self.place(trade.market), &trade.fill()).expect("one to four makers");
        let meta = self.must(&[instruction], &[]);
        (outcome_of(&meta), meta)
    }

    /// Reports a trade that must be admitted.
    #[track_caller]
    pub fn trade(&mut self, trade: &Trade) -> Meta {
        let (outcome, meta) = self.fill(trade);
        assert!(outcome.is_admitted(), "refused: {:?} {outcome:?}", outcome.refusal());
        meta
    }

    /// Reports a trade that must be refused, and says why.
    #[track_caller]
    pub fn refused(&mut self, trade: &Trade) -> Refusal {
        let (outcome, _) = self.fill(trade);
        assert!(!outcome.is_admitted(), "admitted: {outcome:?}");
        outcome.refusal().expect("a known reason")
    }

    /// Liquidates.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn liquidate(
        &mut self,
        liquidator: &Trader,
        liquidatee: &Pubkey,
        lots_max: u64,
    ) -> Result<(LiquidationOutcome, Meta), Failure> {
        self.liquidate_in(0, liquidator, liquidatee, lots_max, &Overlay::none())
    }

    /// Liquidates in a given market, with rows read from their oracles.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn liquidate_in(
        &mut self,
        market: usize,
        liquidator: &Trader,
        liquidatee: &Pubkey,
        lots_max: u64,
        overlay: &Overlay,
    ) -> Result<(LiquidationOutcome, Meta), Failure> {
        let target = Target { market: self.markets[market].key, liquidatee: *liquidatee, lots_max };
        let meta = self.send(&[liquidate(&liquidator.keys, &target, overlay)], &[&liquidator.owner])?;
        Ok((liquidation_outcome(&meta), meta))
    }

    /// Asks where an account stands, and how likely it is to go bankrupt within so many seconds.
    #[track_caller]
    pub fn view(&mut self, account: &Pubkey, horizon_secs: u32) -> AccountStanding {
        let instruction = view_account(&self.group, account, horizon_secs, &Overlay::none());
        let meta = self.must(&[instruction], &[]);
        AccountStanding::from_return_data(&meta.return_data).expect("an answer")
    }

    /// Settles an account's position in the first market.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn settle(&mut self, account: &Pubkey) -> Result<Meta, Failure> {
        let market = self.markets[0].key;
        self.send(&[settle_pnl([&self.group, &market], account, &Overlay::none())], &[])
    }

    /// The test venue posts a mark price of the first market, in quote atoms per lot in 2^-32.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn post_premium(&mut self, mark_price_q32: u64) -> Result<Meta, Failure> {
        let authority = self.venue_authority.insecure_clone();
        self.send(&[post_premium(&self.place(0), mark_price_q32)], &[&authority])
    }

    /// Pays the test venue's fees in the first market to an account. Returns what was paid.
    #[track_caller]
    pub fn collect_venue_fees(&mut self, account: &Pubkey) -> u64 {
        let authority = self.venue_authority.insecure_clone();
        let meta = self.must(&[collect_venue_fees(&self.place(0), account)], &[&authority]);
        atoms_of(&meta)
    }

    /// Pays the protocol's fees in the first market to an account. Returns what was paid.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn collect_protocol_fees(&mut self, account: &Pubkey) -> Result<u64, Failure> {
        let market = self.markets[0].key;
        let instruction = collect_protocol_fees([&self.group, &market], account, &self.quote);
        self.send(&[instruction], &[]).map(|meta| atoms_of(&meta))
    }

    /// Opens a margin account of the administrator.
    #[track_caller]
    pub fn admin_account(&mut self) -> Pubkey {
        let admin = self.admin.pubkey();
        self.must(&[open_account([&admin, &admin], &self.group, 0)], &[]);
        AccountKeys::new(&self.group, &admin, 0).margin_account
    }

    /// Pays into the insurance vault.
    #[track_caller]
    pub fn fund_insurance(&mut self, funder: &Trader, atoms: u64) -> Meta {
        let transfer = Transfer { mint: self.quote, wallet: funder.quote_wallet, atoms };
        let instruction = fund_insurance(&funder.owner.pubkey(), &self.group, &transfer);
        self.must(&[instruction], &[&funder.owner])
    }

    /// Resolves a bankruptcy in the first market.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn resolve(&mut self, account: &Pubkey) -> Result<Meta, Failure> {
        self.resolve_in(&[0], account)
    }

    /// Resolves a bankruptcy in these markets.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn resolve_in(&mut self, markets: &[usize], account: &Pubkey) -> Result<Meta, Failure> {
        let markets: Vec<Pubkey> = markets.iter().map(|market| self.markets[*market].key).collect();
        self.send(&[resolve_bankruptcy(&self.group, account, &markets, &self.quote)], &[])
    }
}

/// Reads eight bytes of return data from which the runtime cut trailing zeros.
fn atoms_of(meta: &Meta) -> u64 {
    let mut data = meta.return_data.clone();
    data.resize(8, 0);
    u64::from_le_bytes(data.try_into().expect("eight bytes"))
}

/// Reads return data from which the runtime cut trailing zeros.
fn outcome_of(meta: &Meta) -> FillOutcome {
    let mut data = meta.return_data.clone();
    data.resize(size_of::<FillOutcome>(), 0);
    FillOutcome::from_return_data(&data).expect("a fill outcome")
}

fn liquidation_outcome(meta: &Meta) -> LiquidationOutcome {
    let code = meta.return_data.first().copied().unwrap_or_default();
    LiquidationOutcome::from_u8(code).expect("a known outcome")
}
