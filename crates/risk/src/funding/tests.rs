use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::{
    math::reference::{big, Big, Random},
    side::{side_of, SideIndex, RESIDUE_BITS},
    units::{Earned, Ppm, Price, Scale, Seconds, Units, UnixTime},
    RiskError,
};

mod accrual;
mod premium;

/// The clamp that the program uses: 5 %.
const CLAMP: i32 = 50_000;

fn any_price() -> impl Strategy<Value = Price> {
    (1u64..=u64::MAX, 0u32..64).prop_map(|(price, shift)| Price((price >> shift).max(1)))
}

fn any_premium() -> impl Strategy<Value = i32> {
    prop_oneof![Just(CLAMP), Just(-CLAMP), Just(0), -CLAMP..=CLAMP]
}

/// A position of the market in the test below.
struct Account {
    units: i64,
    checkpoint: Earned,
    quote: i128,
}

struct Market {
    sides: [SideIndex; 2],
    accounts: Vec<Account>,
    residue_q48: i128,
    settlements: u64,
}

impl Market {
    fn settle(&mut self, who: usize) {
        self.settlements += 1;
        let account = &mut self.accounts[who];
        let Some(side) = Units(account.units).side() else { return };
        let index = side_of(&self.sides, side);
        let (atoms, residue) = index.pending(Units(account.units), account.checkpoint).unwrap();
        account.quote += i128::from(atoms.0);
        account.checkpoint = index.earned;
        self.residue_q48 += i128::from(residue);
    }

    /// Moves units from one account to another after both were settled; either may turn around.
    fn trade(&mut self, seller: usize, buyer: usize, units: i64) {
        for (who, signed) in [(seller, -units), (buyer, units)] {
            self.settle(who);
            let account = &mut self.accounts[who];
            account.units += signed;
            if let Some(side) = Units(account.units).side() {
                account.checkpoint = side_of(&self.sides, side).earned;
            }
        }
    }

    /// Quotes, residues and what is not settled yet, in 2^-48 atoms.
    fn books(&self) -> i128 {
        let owed = self.accounts.iter().map(|account| {
            let unsettled = Units(account.units).side().map_or(0, |side| {
                let gain = side_of(&self.sides, side).earned.0 - account.checkpoint.0;
                i128::from(account.units) * gain
            });
            (account.quote << RESIDUE_BITS) + unsettled
        });
        owed.sum::<i128>() + self.residue_q48
    }
}

/// 64 accounts, 10^5 settlements in random order between random steps of funding and random trades.
#[test]
fn funding_sums_to_zero_to_the_last_fraction_over_100_000_settlements() {
    let mut random = Random(2_026);
    let account = || Account { units: 0, checkpoint: Earned(0), quote: 0 };
    let accounts = (0..64).map(|_| account()).collect();
    let sides = [SideIndex::default(); 2];
    let mut market = Market { sides, accounts, residue_q48: 0, settlements: 0 };
    let mut state = FundingState { carry: 0, updated: UnixTime(1_700_000_000) };
    let (mut now, mut steps, mut residues, mut turned) = (state.updated.0, [0u64; 2], 0u64, 0i128);
    while market.settlements < 100_000 {
        match random.below(4) {
            0 => {
                now += random.below(4_000).cast_signed();
                let input = FundingInput {
                    // Up to 2^20 atoms per lot.
                    price: Price(random.any_length() >> 12 | 1),
                    premium_ppm: i32::try_from(random.below(100_001)).unwrap() - CLAMP,
                    max: Ppm(20_000),
                    window: Seconds(3_600 + random.below(86_400)),
                };
                let (step, next) = accrue(&state, &input, UnixTime(now)).unwrap();
                state = next;
                market.sides = charge_funding(&market.sides, step).unwrap();
                steps[usize::from(step < 0)] += u64::from(step != 0);
            }
            1 => {
                let (seller, buyer) = (random.below(64) as usize, random.below(64) as usize);
                // Up to 2^30 whole lots, with fractions.
                let units = (random.any_length() >> 18).cast_signed();
                if seller != buyer {
                    market.trade(seller, buyer, units);
                }
            }
            _ => market.settle(random.below(64) as usize),
        }
        residues = residues.max(u64::try_from(market.residue_q48).unwrap());
        turned = turned.max(market.accounts[0].quote.abs());
        assert_eq!(market.books(), 0, "after {} settlements", market.settlements);
    }
    (0..64).for_each(|who| market.settle(who));
    let quotes: i128 = market.accounts.iter().map(|account| account.quote).sum();
    assert_eq!((quotes << RESIDUE_BITS) + market.residue_q48, 0);
    // The market was no idle one: steps of both signs, fractions withheld, money moved.
    assert!(steps[0] > 1_000 && steps[1] > 1_000 && residues > 0 && turned > 1_000_000);
}
