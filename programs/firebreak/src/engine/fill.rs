//! Deciding a fill: pure on accounts, shared by `apply_fill` and `check_fill`.

use anchor_lang::prelude::*;
use firebreak_interface::fill::{FillArgs, FillLeg, FillOutcome, Refusal, OUTCOME_VERSION, PARTY_NONE};
use firebreak_risk::{
    exposure::{position_within_share, GrowthLimit},
    health::{notional_ceil, Health, MarketTerms},
    math::fixed::{mul_ppm_ceil, mul_ppm_floor},
    oracle::{Action, Permit},
    side::side_of,
    trade::{apply_trade, base_of_lots, is_reduction, trade_quote},
    units::{Base, Lots, Ppm, QuoteAtoms, Side, Units, PRICE_BITS},
    RiskError,
};

use super::{
    demand::Standing,
    health::{clamp, health_with},
    rows::RowReader,
};
use crate::{
    constants::{MAKERS_MAX, NOTIONAL_ATOMS_MAX, POSITIONS_MAX, SHARD_COUNT},
    error::{FirebreakError, OrFail},
    state::{MarginAccount, Position, Row, ShardUnits, Venue, VenueMarket},
};

/// What a fill is decided on, besides the accounts of its parties.
pub struct FillContext<'a> {
    /// Rows, overlaid where the venue passed oracle accounts.
    pub rows: &'a RowReader<'a>,
    /// The traded market's row.
    pub row: &'a Row,
    /// Its margin terms.
    pub terms: MarketTerms,
    /// Bit of the venue in approvals.
    pub venue_index: u16,
    /// Largest fees relative to notional.
    pub fee_max: Ppm,
    /// Why nobody may open risk in this market now; `None` when they may.
    pub opening_refusal: Option<Refusal>,
}

/// One party's side of the fill, ready to be stored.
#[derive(Clone, Copy, Debug)]
pub struct PartyPlan {
    /// Position before the fill, for the shard.
    pub before: Position,
    /// Position after it.
    pub position: Position,
    /// Fraction withheld by rounding, for the shard.
    pub residue_q48: u64,
    /// Health after the fill.
    pub health: Health,
    /// Where the party stands after it, for the demand curve.
    pub standing: Standing,
}

/// Totals of a fill.
#[derive(Clone, Copy, Debug, Default)]
pub struct FillTotals {
    /// Lots with all makers together.
    pub lots: u64,
    /// Quote with all makers together.
    pub notional_atoms: u64,
    /// Fees of all parties together, rebates taken off.
    pub fees_atoms: u64,
}

/// A refusal with the numbers behind it.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// Whose: 0 the taker, 1 to 4 the maker of that leg, [`PARTY_NONE`] nobody's in particular.
    pub party: u8,
    /// Why.
    pub reason: Refusal,
    /// Row the reason is about.
    pub row: u16,
    /// Equity of the party after the fill, where it was the reason.
    pub equity: i128,
    /// Requirement of the party after the fill, where it was the reason.
    pub requirement: i128,
}

/// Either a value or a refusal; calculation failures are errors of their own.
pub type Decision<T> = core::result::Result<T, Refused>;

impl Refused {
    /// A refusal that is nobody's in particular, without numbers.
    pub fn because(reason: Refusal, row: u16) -> Self {
        Self { party: PARTY_NONE, reason, row, equity: 0, requirement: 0 }
    }

    /// The same refusal of one party.
    pub fn of(self, party: u8) -> Self {
        Self { party, ..self }
    }

    /// The return data of this refusal.
    pub fn outcome(&self, snapshot_sequence: u64) -> FillOutcome {
        FillOutcome {
            version: OUTCOME_VERSION,
            admitted: 0,
            party: self.party,
            reason: self.reason as u8,
            row: self.row,
            equity_atoms: clamp(self.equity),
            requirement_atoms: clamp(self.requirement),
            snapshot_sequence,
            ..FillOutcome::default()
        }
    }
}

/// The return data of an admitted fill.
pub fn admitted_outcome(
    totals: &FillTotals,
    taker: &Health,
    row: u16,
    snapshot_sequence: u64,
) -> FillOutcome {
    FillOutcome {
        version: OUTCOME_VERSION,
        admitted: 1,
        party: PARTY_NONE,
        reason: Refusal::None as u8,
        row,
        equity_atoms: clamp(taker.initial_equity),
        requirement_atoms: clamp(taker.initial),
        lots: totals.lots,
        notional_atoms: totals.notional_atoms,
        snapshot_sequence,
        ..FillOutcome::default()
    }
}

impl<'a> FillContext<'a> {
    /// Prepares the decision of a venue's fills in one market.
    ///
    /// # Errors
    /// `NoSuchRow` when the row is no market, `MathOverflow` when drift leaves its range.
    pub fn new(rows: &'a RowReader<'a>, venue: &Venue, market: &VenueMarket) -> Result<Self> {
        let row = rows.market(market.row)?;
        let prices = rows.prices(row);
        let terms = rows.market_terms(row, &prices)?;
        let opening_refusal = if rows.is_grace() {
            Some(Refusal::GracePeriod)
        } else if rows.is_paused(row) {
            Some(Refusal::Paused)
        } else if !prices.is_fresh() {
            Some(Refusal::StaleRow)
        } else if venue.is_frozen != 0 || prices.permits(Action::OpenRisk) != Permit::Full {
            Some(Refusal::ReduceOnly)
        } else if !row.is_folded_at(rows.now()) {
            Some(Refusal::StaleFold)
        } else {
            None
        };
        let fee_max = Ppm(market.fee_max_ppm);
        Ok(Self { rows, row, terms, venue_index: venue.index, fee_max, opening_refusal })
    }

    /// Checks the legs on their own and adds them up.
    ///
    /// # Errors
    /// `FillShape` when the counts are out of range; a refusal for anything else.
    pub fn totals(&self, args: &FillArgs) -> Result<Decision<FillTotals>> {
        let legs = usize::from(args.leg_count);
        ensure!((1..=MAKERS_MAX).contains(&legs), FirebreakError::FillShape);
        let mut totals = FillTotals::default();
        let mut fees = i128::from(args.taker_fee_atoms);
        for (party, leg) in (1u8..).zip(args.legs()) {
            let notional = match self.leg_notional(leg) {
                Ok(notional) => notional,
                Err(reason) => return Ok(Err(Refused::because(reason, self.row.index).of(party))),
            };
            totals.lots = totals.lots.checked_add(leg.lots).ok_or(FirebreakError::MathOverflow)?;
            totals.notional_atoms =
                totals.notional_atoms.checked_add(notional).ok_or(FirebreakError::MathOverflow)?;
            fees += i128::from(leg.maker_fee_atoms);
            if leg.maker_fee_atoms.max(0).unsigned_abs() > mul_ppm_ceil(notional, self.fee_max).or_fail()? {
                return Ok(Err(Refused::because(Refusal::FeeBound, self.row.index).of(party)));
            }
        }
        let bound = mul_ppm_ceil(totals.notional_atoms, self.fee_max).or_fail()?;
        if args.taker_fee_atoms > bound || fees < 0 {
            return Ok(Err(Refused::because(Refusal::FeeBound, self.row.index)));
        }
        totals.fees_atoms = u64::try_from(fees).map_err(|_| FirebreakError::MathOverflow)?;
        Ok(Ok(totals))
    }

    fn leg_notional(&self, leg: &FillLeg) -> core::result::Result<u64, Refusal> {
        if leg.lots == 0 || leg.price_atoms == 0 {
            return Err(Refusal::MalformedLeg);
        }
        let risk_price = self.terms.point.price.0;
        let band = mul_ppm_floor(risk_price, Ppm(self.row.price_band_ppm)).map_err(|_| Refusal::PriceBand)?;
        let price = leg.price_atoms.checked_mul(1 << PRICE_BITS).ok_or(Refusal::PriceBand)?;
        if price.abs_diff(risk_price) > band {
            return Err(Refusal::PriceBand);
        }
        trade_quote(leg.lots, leg.price_atoms).map_err(|_| Refusal::MalformedLeg)
    }

    /// Decides one party: `lots` positive buys. `quote` is what it receives (negative: pays), fees included. `shard` is
    /// what the party's shard holds after the parties before it, and takes this one in: makers of one shard add up.
    ///
    /// # Errors
    /// Those of the valuation, `ShardInconsistent`; everything about the party itself is a refusal.
    pub fn decide(
        &self,
        account: &MarginAccount,
        shard: &mut ShardUnits,
        (lots, quote): (i64, i64),
    ) -> Result<Decision<PartyPlan>> {
        let refuse = |reason| Ok(Err(Refused::because(reason, self.row.index)));
        if !account.approves(self.venue_index) {
            return refuse(Refusal::NotApproved);
        }
        let stored = account.position_of(self.row.index);
        if stored.is_none() && account.positions().len() == POSITIONS_MAX {
            return refuse(Refusal::NoSlot);
        }
        let before = stored.copied().unwrap_or_else(|| Position::open(self.row.index));
        let traded = base_of_lots(Lots(lots)).and_then(|base| {
            apply_trade(&before.state(), &self.terms.sides, &self.terms.haircut, base, QuoteAtoms(quote))
        });
        let traded = match traded {
            Ok(traded) => traded,
            Err(RiskError::PositionTooLarge) => return refuse(Refusal::PositionSize),
            Err(error) => return Err(FirebreakError::from(error).into()),
        };
        let reduces = is_reduction(Units(before.units), traded.position.units);
        shard.replace(before.units, traded.position.units.0)?;
        if !reduces {
            if let Some(reason) = self.refuses_opening(account, traded.position.units, shard)? {
                return refuse(reason);
            }
        }
        let mut position = before;
        position.set_state(traded.position);
        self.decide_margin(account, &before, position, traded.residue_q48, reduces)
    }

    /// Why a party may not end with these units, margin apart.
    fn refuses_opening(
        &self,
        account: &MarginAccount,
        after: Units,
        shard: &ShardUnits,
    ) -> Result<Option<Refusal>> {
        if self.opening_refusal.is_some() {
            return Ok(self.opening_refusal);
        }
        if account.is_in_liquidation() {
            return Ok(Some(Refusal::ReduceOnly));
        }
        let (cap, share) = (self.row.open_interest_cap_atoms, Ppm(self.row.position_share_ppm));
        let notional = notional_of(&self.terms, after)?;
        let by_demand = after.side().map_or(u64::MAX, |side| self.row.position_cap_atoms[side.index()]);
        if notional > NOTIONAL_ATOMS_MAX.min(by_demand) || !position_within_share(cap, share, notional) {
            return Ok(Some(Refusal::PositionSize));
        }
        let is_admitted = after.side().is_none_or(|side| self.admits_growth(side, shard));
        Ok((!is_admitted).then_some(Refusal::OpenInterestCap))
    }

    /// True when the shard may hold what it now holds on this side.
    fn admits_growth(&self, side: Side, shard: &ShardUnits) -> bool {
        let limit = GrowthLimit {
            cap_atoms: self.row.sides[side.index()].growth_cap_atoms,
            folded_units: self.row.open_interest_units[side.index()],
            price: self.terms.point.price,
            shard_count: SHARD_COUNT,
        };
        limit.admits_growth(shard.baseline.units[side.index()], shard.open[side.index()])
    }

    fn decide_margin(
        &self,
        account: &MarginAccount,
        before: &Position,
        position: Position,
        residue_q48: u64,
        reduces: bool,
    ) -> Result<Decision<PartyPlan>> {
        let after = health_with(account, self.rows, &position)?;
        let plan = PartyPlan {
            before: *before,
            position,
            residue_q48,
            health: after.health,
            standing: Standing::from(&after),
        };
        let is_covered = after.health.covers_initial() && after.stale_row.is_none();
        if is_covered {
            return Ok(Ok(plan));
        }
        if reduces {
            // A reduction passes when it leaves the account no worse than it was: nobody is locked in.
            let now = health_with(account, self.rows, before)?;
            if after.health.initial_excess() >= now.health.initial_excess() {
                return Ok(Ok(plan));
            }
        }
        // Margin at a price that is too old says nothing about the party: the row is the reason.
        if let Some(row) = after.stale_row {
            return Ok(Err(Refused::because(Refusal::StaleRow, row)));
        }
        Ok(Err(Refused {
            equity: after.health.initial_equity,
            requirement: after.health.initial,
            ..Refused::because(Refusal::InitialMargin, self.row.index)
        }))
    }
}

/// True when a position of these units is larger than can be margined.
///
/// # Errors
/// `MathOverflow` when its notional leaves 64 bits.
pub fn exceeds_notional(terms: &MarketTerms, units: Units) -> Result<bool> {
    Ok(notional_of(terms, units)? > NOTIONAL_ATOMS_MAX)
}

/// Notional of a position of these units at the risk price, in quote atoms, rounded up.
fn notional_of(terms: &MarketTerms, units: Units) -> Result<u64> {
    let base = match units.side() {
        Some(side) => side_of(&terms.sides, side).base_of(units).or_fail()?,
        None => Base(0),
    };
    notional_ceil(base, terms.point.price).or_fail()
}

/// Lots and quote of the taker, fee included: it buys (positive lots, pays) or sells.
///
/// # Errors
/// `MathOverflow` when an amount does not fit 63 bits.
pub fn taker_amounts(args: &FillArgs, totals: &FillTotals) -> Result<(i64, i64)> {
    signed_amounts(
        args.taker_is_buyer != 0,
        totals.lots,
        totals.notional_atoms,
        i128::from(args.taker_fee_atoms),
    )
}

/// Lots and quote of one maker, fee or rebate included.
///
/// # Errors
/// `MathOverflow` when an amount does not fit 63 bits.
pub fn maker_amounts(args: &FillArgs, leg: &FillLeg) -> Result<(i64, i64)> {
    let notional = trade_quote(leg.lots, leg.price_atoms).or_fail()?;
    signed_amounts(args.taker_is_buyer == 0, leg.lots, notional, i128::from(leg.maker_fee_atoms))
}

fn signed_amounts(is_buyer: bool, lots: u64, notional: u64, fee: i128) -> Result<(i64, i64)> {
    let lots = i64::try_from(lots).map_err(|_| FirebreakError::MathOverflow)?;
    let sign = if is_buyer { 1 } else { -1 };
    let quote = -i128::from(sign) * i128::from(notional) - fee;
    Ok((lots * sign, i64::try_from(quote).map_err(|_| FirebreakError::MathOverflow)?))
}
