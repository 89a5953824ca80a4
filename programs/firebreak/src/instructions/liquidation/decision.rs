//! Deciding a takeover: clock, discount, size and budget.

use anchor_lang::prelude::*;
use firebreak_risk::{
    health::{Health, MarketTerms},
    impact::ImpactBucket,
    liquidation::{
        discount, health_after, is_hedge, plan_takeover, AccountState, DiscountParams, LiquidationLevels,
        Quota, Takeover, TakeoverInput,
    },
    portfolio::Netting,
    trade::Traded,
    units::{Ppm, Seconds, UnixTime},
};

use super::LiquidationOutcome;
use crate::{
    engine::{clock::ClockStep, demand::Standing, AccountHealth},
    error::OrFail,
    state::{Market, Position, Row},
};

/// What a takeover depends on, besides the account's sums.
pub(super) struct Request<'a> {
    pub market: &'a Market,
    pub row: &'a Row,
    pub terms: &'a MarketTerms,
    pub position: &'a Position,
    /// Its place among the account's positions.
    pub place: usize,
    pub netting: Option<Netting>,
    pub levels: &'a LiquidationLevels,
    pub lots_max: u64,
    pub quota: Quota,
}

/// What was decided about the liquidatee.
pub(super) struct Decision {
    pub outcome: LiquidationOutcome,
    pub state: AccountState,
    pub health: Health,
    pub discount: Ppm,
    pub takeover: Option<Takeover>,
    /// The liquidator's position afterwards.
    pub received: Option<(Position, Traded)>,
    /// Where the liquidatee stands afterwards.
    pub standing: Standing,
    /// Where the liquidator stands afterwards.
    pub liquidator_standing: Option<Standing>,
    pub impact_after: ImpactBucket,
    pub started_ts: i64,
    /// Contribution to the ledger's counts of bankrupt positions, before and after.
    pub mark: (u8, u8),
}

impl Decision {
    /// Nothing is to be done.
    pub fn new(state: AccountState, sums: &AccountHealth, impact: ImpactBucket, started_ts: i64) -> Self {
        Self {
            outcome: LiquidationOutcome::NotLiquidatable,
            state,
            health: sums.health,
            discount: Ppm(0),
            takeover: None,
            received: None,
            standing: Standing::from(sums),
            liquidator_standing: None,
            impact_after: impact,
            started_ts,
            mark: (0, 0),
        }
    }

    /// Starts or stops the clock. False: nothing more is to be done.
    pub fn enter(&mut self, now: UnixTime) -> bool {
        let step = ClockStep::of(self.state, self.started_ts, now);
        self.started_ts = step.started_ts();
        if step == ClockStep::Stops {
            self.outcome = LiquidationOutcome::Recovered;
        }
        matches!(step, ClockStep::Runs(_))
    }

    /// Discount, size and budget.
    pub fn plan(&mut self, request: &Request, now: UnixTime) -> Result<()> {
        let Request { market, row, terms, position, place, levels, lots_max, quota, ref netting } = *request;
        let params = market.impact_params();
        let discounts = DiscountParams {
            max: Ppm(market.discount_ppm),
            ramp: Seconds(u64::from(market.discount_ramp_secs)),
        };
        let elapsed = Seconds::between(UnixTime(self.started_ts), now);
        self.discount = discount(&discounts, &self.health, elapsed).or_fail()?;
        let input = TakeoverInput {
            health: &self.health,
            position: &position.state(),
            terms,
            netting: netting.as_ref(),
            levels,
            discount: self.discount,
            dust_atoms: market.dust_atoms,
            room_atoms: self.impact_after.room_atoms_floor(&params, self.state.is_critical()),
            lots_max,
            quota,
        };
        let Some(takeover) = plan_takeover(&input).or_fail()? else {
            let is_hedge = is_hedge(&input).or_fail()?;
            self.outcome =
                if is_hedge { LiquidationOutcome::Hedge } else { LiquidationOutcome::BudgetExhausted };
            return Ok(());
        };
        self.impact_after = self.impact_after.charge_ceil(&params, takeover.notional_atoms).or_fail()?;
        self.outcome =
            if takeover.is_limited { LiquidationOutcome::Partial } else { LiquidationOutcome::Completed };
        // Valuing the whole account once more would find the same.
        let after = health_after(&input, &takeover.after.position).or_fail()?;
        self.standing.excess = after.equity.saturating_sub(after.maintenance);
        // Of positions only this one changed; one contribution has 64 bits.
        let taken = u64::try_from(self.health.notional.saturating_sub(after.notional)).unwrap_or(u64::MAX);
        if let Some(notional) = self.standing.notionals.get_mut(place) {
            let left = notional.saturating_sub(taken);
            let gone = row.exposure(*notional) - row.exposure(left);
            self.standing.joint_atoms += if position.units < 0 { gone } else { -gone };
            *notional = left;
        }
        self.takeover = Some(takeover);
        Ok(())
    }
}
