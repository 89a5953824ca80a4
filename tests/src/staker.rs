//! What stakers of the insurance do, and a whole bankruptcy that they pay for.

use anchor_lang::prelude::Pubkey;
use firebreak::{instructions::LiquidationOutcome, state::InsuranceStake};
use firebreak_client::{
    accounts::decode_insurance_stake,
    conservation::claimable_atoms,
    instructions::{
        cancel_unstake, close_stake, open_stake, request_unstake, stake, unstake, Payout, StakeKeys, Transfer,
    },
};
use solana_signer::Signer;

use crate::{
    params::{DOLLAR, START_MICROS},
    send::{Failure, Meta},
    Trade, Trader, World,
};

/// Lots of the position that fails, and what they cost at the start price.
const RUIN_LOTS: i64 = 4_000;
const LOT_ATOMS: u64 = 2 * DOLLAR;
/// Margin of the account that fails.
const RUIN_CASH: u64 = 1_000 * DOLLAR;
/// Millionths of a dollar per atom of a lot's price: a lot is a hundredth of a token.
const MICROS_PER_LOT_ATOM: u64 = 100;

/// Three accounts with which a loss beyond equity is made. Between two losses nobody holds a position.
pub struct Ruin {
    /// Fails.
    pub victim: Trader,
    /// Takes the other side.
    pub winner: Trader,
    /// Takes the position over.
    pub keeper: Trader,
}

impl World {
    /// The addresses of a trader's stake in this group's insurance.
    pub fn stake_keys(&self, trader: &Trader) -> StakeKeys {
        StakeKeys::new(&self.group, &trader.owner.pubkey())
    }

    /// Where this trader's exits are paid to.
    pub fn payout(&self, trader: &Trader) -> Payout {
        let market_count = u16::try_from(self.markets.len()).expect("few markets");
        Payout { quote: self.quote, wallet: trader.quote_wallet, market_count }
    }

    /// A stake as it is stored.
    #[track_caller]
    pub fn stake_of(&self, trader: &Trader) -> InsuranceStake {
        decode_insurance_stake(&self.data(&self.stake_keys(trader).stake)).expect("a stake")
    }

    /// What a stake could take if its cooldown were over, in quote atoms.
    #[track_caller]
    pub fn stake_atoms(&self, trader: &Trader) -> u64 {
        claimable_atoms(&self.insurance().pool(), &self.stake_of(trader)).expect("it fits")
    }

    /// Opens a stake.
    #[track_caller]
    pub fn open_stake(&mut self, trader: &Trader) -> Meta {
        let instruction = open_stake(&self.stake_keys(trader), &self.admin.pubkey());
        self.must(&[instruction], &[&trader.owner])
    }

    /// A new owner with wallets and a stake of at most these atoms.
    #[track_caller]
    pub fn staker(&mut self, atoms: u64) -> Trader {
        let trader = self.empty_trader();
        self.open_stake(&trader);
        if atoms > 0 {
            self.stake(&trader, atoms).unwrap_or_else(|failure| panic!("{failure:?}"));
        }
        trader
    }

    /// Stakes at most these atoms.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn stake(&mut self, trader: &Trader, atoms: u64) -> Result<Meta, Failure> {
        let transfer = Transfer { mint: self.quote, wallet: trader.quote_wallet, atoms };
        self.send(&[stake(&self.stake_keys(trader), &transfer)], &[&trader.owner])
    }

    /// Asks for an exit.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn request_unstake(&mut self, trader: &Trader, shares: u64) -> Result<Meta, Failure> {
        self.send(&[request_unstake(&self.stake_keys(trader), shares)], &[&trader.owner])
    }

    /// Takes the request back.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn cancel_unstake(&mut self, trader: &Trader) -> Result<Meta, Failure> {
        self.send(&[cancel_unstake(&self.stake_keys(trader))], &[&trader.owner])
    }

    /// Takes the exit.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn unstake(&mut self, trader: &Trader) -> Result<Meta, Failure> {
        self.send(&[unstake(&self.stake_keys(trader), &self.payout(trader))], &[&trader.owner])
    }

    /// Closes the stake.
    ///
    /// # Errors
    /// The transaction's failure.
    pub fn close_stake(&mut self, trader: &Trader) -> Result<Meta, Failure> {
        self.send(&[close_stake(&self.stake_keys(trader))], &[&trader.owner])
    }
}

impl Ruin {
    /// The three accounts; the victim's is empty.
    #[track_caller]
    pub fn new(world: &mut World) -> Self {
        Self {
            victim: world.empty_trader(),
            winner: world.trader(1_000_000 * DOLLAR, 0),
            keeper: world.trader(1_000_000 * DOLLAR, 0),
        }
    }

    /// The victim's account.
    pub fn account(&self) -> Pubkey {
        self.victim.account
    }

    /// The price is 200 dollars again, and the slow one has followed.
    #[track_caller]
    pub fn calm(&self, world: &mut World) {
        for _ in 0..12 {
            world.advance(600);
            world.tick(START_MICROS);
        }
    }

    /// 8 000 dollars bought with 1 000; then the price falls to this number of millionths, below 175 dollars, and the
    /// position is taken over. What is owed beyond 1 000 dollars is a certain loss from here on.
    #[track_caller]
    pub fn fail(&self, world: &mut World, price_micros: u64) {
        world.deposit(&self.victim, RUIN_CASH);
        world.trade(&Trade::new(&self.victim, &self.winner, RUIN_LOTS, LOT_ATOMS));
        world.advance(1);
        world.tick(price_micros);
        let account = self.account();
        let (outcome, _) = world.liquidate(&self.keeper, &account, u64::MAX).expect("bankrupt");
        assert_eq!(outcome, LiquidationOutcome::Completed);
    }

    /// The loss is assigned, and whoever still holds a position closes it at this price.
    #[track_caller]
    pub fn resolve(&self, world: &mut World, price_micros: u64) {
        world.resolve(&self.account()).expect("bankrupt");
        let price_atoms = price_micros / MICROS_PER_LOT_ATOM;
        world.trade(&Trade::new(&self.winner, &self.keeper, RUIN_LOTS, price_atoms));
    }
}
