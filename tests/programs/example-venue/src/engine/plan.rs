//! One round: which resting orders trade in one fill.

use anchor_lang::prelude::*;
use firebreak_interface::fill::MAKERS_MAX;

use super::{Leg, NewOrder};
use crate::state::BookSide;

/// Why a round has no further leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanEnd {
    /// Every lot of the taker is in a leg.
    Filled,
    /// No further order reaches the taker's limit.
    NoCross,
    /// The next order is of a fifth maker, or of a maker who already has a leg at another price.
    LegsFull,
    /// The accounts of the next order's maker were not passed.
    MakerMissing,
}

/// The legs of one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    legs: [Leg; MAKERS_MAX],
    count: usize,
    /// Why there is no further leg.
    pub end: PlanEnd,
}

impl Plan {
    /// The legs, best price first.
    pub fn legs(&self) -> &[Leg] {
        &self.legs[..self.count]
    }

    /// Lots of all legs.
    pub fn lots(&self) -> u64 {
        self.legs().iter().map(|leg| leg.lots).sum()
    }

    /// The leg that takes orders of this maker at this price: the maker's leg or a new one.
    ///
    /// Firebreak allows a maker one leg and a leg one price, so a maker at a second price ends the round.
    fn leg_for(&mut self, fresh: Leg) -> Option<&mut Leg> {
        let found = self.legs().iter().position(|leg| leg.maker == fresh.maker);
        let place = found.unwrap_or(self.count);
        if found.is_none() && self.count < MAKERS_MAX {
            self.legs[place] = fresh;
            self.count += 1;
        }
        self.legs.get_mut(place).filter(|leg| leg.price_atoms == fresh.price_atoms)
    }
}

/// Collects the best orders of up to four makers for `taker`. Stops at the first order that cannot take part, so
/// the legs are always the front of the book.
pub fn plan_round(makers: &BookSide, taker: &NewOrder, supplied: &[Pubkey]) -> Plan {
    let mut plan = Plan { legs: Default::default(), count: 0, end: PlanEnd::NoCross };
    let mut open_lots = taker.lots;
    for order in makers.by_priority() {
        if !taker.side.crosses(taker.limit_price_atoms, order.price_atoms) {
            return plan;
        }
        let Some(place) = supplied.iter().position(|maker| *maker == order.margin) else {
            plan.end = PlanEnd::MakerMissing;
            return plan;
        };
        // as-safety: at most MAKER_ACCOUNTS_MAX makers are passed.
        let fresh = Leg { maker: order.margin, price_atoms: order.price_atoms, lots: 0, place: place as u8 };
        let Some(leg) = plan.leg_for(fresh) else {
            plan.end = PlanEnd::LegsFull;
            return plan;
        };
        let lots = open_lots.min(order.lots);
        leg.lots += lots;
        open_lots -= lots;
        if open_lots == 0 {
            plan.end = PlanEnd::Filled;
            return plan;
        }
    }
    plan
}
