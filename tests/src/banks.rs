//! Collateral banks: their limits, further ones, and conversions of what is in them.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    engine::conversion::ConversionOutcome, instructions::AddCollateralArgs, state::CollateralBank,
};
use firebreak_client::{
    accounts::decode_bank,
    instructions::{
        add_collateral, deposit, liquidate_collateral, ConversionTarget, MintKeys, OracleRow, Overlay,
        Transfer,
    },
    pda,
};
use solana_signer::Signer;

use crate::{
    oracle::Feed,
    send::{Failure, Meta},
    tokens::token_account,
    Trader, World,
};

/// Tokens of a wallet that is made for one deposit.
const WALLET_ATOMS: u64 = 1 << 50;

/// A further collateral of the test group.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// The mint.
    pub mint: MintKeys,
    /// Its row in the snapshot.
    pub row: u16,
    /// Its oracles.
    pub feed: Feed,
}

impl Token {
    /// Its row with its oracles.
    pub fn oracle_row(&self) -> OracleRow {
        OracleRow { row: self.row, primary: self.feed.pyth, secondary: self.feed.switchboard, third: None }
    }
}

impl World {
    /// The bank of a mint.
    #[track_caller]
    pub fn bank(&self, mint: &MintKeys) -> CollateralBank {
        decode_bank(&self.data(&pda::bank(&self.group, &mint.mint))).expect("a bank")
    }

    /// Changes a bank by hand, as no instruction of this version does.
    #[track_caller]
    pub fn edit_bank(&mut self, mint: &MintKeys, change: impl FnOnce(&mut CollateralBank)) {
        let key = pda::bank(&self.group, &mint.mint);
        let mut account = self.svm.get_account(&key).expect("a bank");
        let bytes = &mut account.data[8..8 + size_of::<CollateralBank>()];
        let mut bank: CollateralBank = bytemuck::pod_read_unaligned(bytes);
        change(&mut bank);
        bytes.copy_from_slice(bytemuck::bytes_of(&bank));
        self.svm.set_account(key, account).expect("rent exempt");
    }

    /// The first collateral beside quote, as one of [`Token`].
    pub fn first_token(&self) -> Token {
        Token { mint: self.token, row: self.token_row, feed: self.markets[0].feed }
    }

    /// Adds a collateral with oracles of its own, at the start price, and reads them.
    #[track_caller]
    pub fn add_token(&mut self, args: impl Fn(&Feed) -> AddCollateralArgs) -> Token {
        let (feed, mint) = (self.new_feed(), self.new_mint(crate::params::COLLATERAL_DECIMALS));
        let (admin, group) = (self.admin.pubkey(), self.group);
        let row = self.snapshot().header.row_count;
        self.must(&[add_collateral([&admin, &group], &mint, args(&feed))], &[]);
        let token = Token { mint, row, feed };
        self.refresh_rows(&[token.oracle_row()]).expect("a new row");
        token
    }

    /// Deposits a further collateral.
    #[track_caller]
    pub fn deposit_of(&mut self, token: &Token, trader: &Trader, atoms: u64) -> Meta {
        let wallet = self.new_keypair().pubkey();
        let account = token_account(token.mint.mint, trader.owner.pubkey(), WALLET_ATOMS);
        self.svm.set_account(wallet, account).expect("rent exempt");
        let transfer = Transfer { mint: token.mint, wallet, atoms };
        self.must(&[deposit(&trader.owner.pubkey(), &trader.keys, &transfer)], &[&trader.owner])
    }

    /// Converts the first collateral of an account, its row read from its oracles.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn convert(
        &mut self,
        liquidator: &Trader,
        liquidatee: &Pubkey,
        atoms_max: u64,
    ) -> Result<(ConversionOutcome, Meta), Failure> {
        self.convert_of(&self.first_token(), liquidator, liquidatee, atoms_max)
    }

    /// Converts a collateral of an account, its row read from its oracles.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn convert_of(
        &mut self,
        token: &Token,
        liquidator: &Trader,
        liquidatee: &Pubkey,
        atoms_max: u64,
    ) -> Result<(ConversionOutcome, Meta), Failure> {
        let target = ConversionTarget { mint: token.mint.mint, liquidatee: *liquidatee, atoms_max };
        let overlay = Overlay::new(&[token.oracle_row()]).expect("one row");
        let instruction = liquidate_collateral(&liquidator.keys, &target, &overlay);
        let meta = self.send(&[instruction], &[&liquidator.owner])?;
        Ok((conversion_outcome(&meta), meta))
    }
}

/// What a conversion answered.
pub fn conversion_outcome(meta: &Meta) -> ConversionOutcome {
    let code = meta.return_data.first().copied().unwrap_or_default();
    ConversionOutcome::from_u8(code).expect("a known outcome")
}
