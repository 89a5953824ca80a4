//! Accounts in distress, and what limits a takeover.

use super::*;
use crate::{size::FreeSize, trade::apply_trade, units::UnixTime};

pub(super) const ONE_LOT: i64 = 1 << UNIT_BITS;

/// An account in distress: one position in the touched market, and the sums of everything else.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) terms: MarketTerms,
    pub(super) position: PositionState,
    pub(super) rest: Health,
    pub(super) levels: LiquidationLevels,
    pub(super) discount: Ppm,
}

/// What admits less than the account needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) dust_atoms: u64,
    pub(super) room_atoms: u64,
    pub(super) lots_max: u64,
    pub(super) quota: Quota,
}

pub(super) const UNLIMITED: Limits =
    Limits { dust_atoms: 0, room_atoms: u64::MAX, lots_max: u64::MAX, quota: Quota::Whole };

impl Case {
    pub(super) fn health(&self) -> Health {
        self.rest.plus(&position_health(&self.terms, &self.position).unwrap())
    }

    pub(super) fn side(&self) -> Side {
        self.position.units.side().unwrap()
    }

    /// Quanta held; all cases are at scale one.
    pub(super) fn held(&self) -> u64 {
        self.position.units.0.unsigned_abs()
    }

    pub(super) fn plan(&self, limits: &Limits) -> Option<Takeover> {
        let health = self.health();
        plan_takeover(&TakeoverInput {
            health: &health,
            position: &self.position,
            terms: &self.terms,
            netting: None,
            levels: &self.levels,
            discount: self.discount,
            dust_atoms: limits.dust_atoms,
            room_atoms: limits.room_atoms,
            lots_max: limits.lots_max,
            quota: limits.quota,
        })
        .unwrap()
    }

    /// The account after some lots were taken over.
    pub(super) fn after(&self, lots: u64) -> Health {
        let base = Base(self.position.units.0.signum() * (lots << UNIT_BITS).cast_signed());
        let quote = takeover_quote(self.side(), base, self.terms.point.price, self.discount).unwrap();
        let MarketTerms { sides, haircut, .. } = &self.terms;
        let after = apply_trade(&self.position, sides, haircut, Base(-base.0), quote).unwrap();
        self.rest.plus(&position_health(&self.terms, &after.position).unwrap())
    }

    pub(super) fn is_saved_by(&self, lots: u64) -> bool {
        self.spare_after(lots) >= 0
    }

    /// Equity beyond the target after some lots were taken over.
    pub(super) fn spare_after(&self, lots: u64) -> i128 {
        let after = self.after(lots);
        after.equity - target_requirement(after.maintenance, &self.levels).unwrap()
    }

    /// What rounding may take when a trade's profit becomes a claim, in atoms: none while the factor is one.
    pub(super) fn claim_rounding(&self) -> i128 {
        i128::from(self.terms.haircut.factor_q48 != FACTOR_ONE_Q48)
    }

    /// What one lot gains against the target: 1 000 000ths of a quantum of 2^-32 atoms, exactly.
    /// price * maintenance * (1 + buffer) + confidence - price * discount
    pub(super) fn gain_per_lot(&self) -> i128 {
        let million = i128::from(PPM_ONE);
        let price = i128::from(self.terms.point.price.0);
        let requirement = i128::from(self.terms.maintenance.0);
        let buffer = million + i128::from(self.levels.target_buffer.0);
        price * requirement / million * buffer + (i128::from(self.terms.point.confidence.0)) * million
            - price * i128::from(self.discount.0)
    }

    /// The same in atoms, rounded down.
    pub(super) fn atoms_per_lot(&self) -> i128 {
        (self.gain_per_lot() / i128::from(PPM_ONE)) >> PRICE_BITS
    }
}

/// Numbers from which a case is made.
#[derive(Clone, Debug)]
struct Draw {
    quanta: i64,
    is_short: bool,
    price: u64,
    confidence_ppm: u64,
    maintenance: u32,
    /// Notional without premium, relative to the position's, in thousandths; zero: no premium.
    free_permille: u64,
    levels: LiquidationLevels,
    /// Equity relative to the maintenance requirement, in thousandths.
    equity_permille: i128,
    rest: (i128, i128),
    earned: i128,
    discount: u32,
    /// What was paid for the position relative to its value, in thousandths: a profit below 1 000 for a long.
    cost_permille: i128,
    claim: Claim,
    factor_q48: u64,
}

fn case_of(draw: Draw) -> Case {
    let side = SideIndex { earned: Earned(draw.earned), ..SideIndex::default() };
    let mut terms = MarketTerms {
        point: PricePoint {
            price: Price(draw.price),
            confidence: Price(draw.price / 1_000_000 * draw.confidence_ppm),
            ema: Price(draw.price),
            drift: Price(0),
        },
        initial: Ppm(PPM_ONE),
        maintenance: Ppm(draw.maintenance),
        free_size: FreeSize::UNLIMITED,
        profit_weight: Ppm(0),
        sides: [side, side],
        haircut: HaircutIndex { factor_q48: draw.factor_q48, ..HaircutIndex::default() },
    };
    let quanta = if draw.is_short { -draw.quanta } else { draw.quanta };
    // as-safety: below 2^45.
    let cost = ((i128::from(quanta) * i128::from(draw.price) * draw.cost_permille / 1_000) >> 48) as i64;
    let position = PositionState {
        units: Units(quanta),
        quote: QuoteAtoms(-cost - 777),
        checkpoint: Earned(1 << 30),
        claim: draw.claim,
    };
    let whole = position_health(&terms, &position).unwrap().notional;
    // as-safety: below 2^45.
    terms.free_size = FreeSize::of_atoms((whole * i128::from(draw.free_permille)) as u64 / 1_000);
    let own = position_health(&terms, &position).unwrap();
    let (maintenance, notional) = draw.rest;
    let mut rest = health(0, maintenance, notional.max(maintenance));
    let wanted = (own.maintenance + maintenance) * draw.equity_permille / 1_000;
    rest.equity = wanted - own.equity;
    // As `discount` bounds it.
    let bound = wanted.max(0) * i128::from(PPM_ONE) / (own.notional + rest.notional).max(1);
    let discount = Ppm(draw.discount.min(u32::try_from(bound).unwrap_or(u32::MAX)));
    Case { terms, position, rest, levels: draw.levels, discount }
}

/// One, or down to 2^-8: the claims of the largest position then still fit their units.
fn any_factor() -> impl Strategy<Value = u64> {
    let cut = (FACTOR_ONE_Q48 / 2..FACTOR_ONE_Q48, 0u32..8).prop_map(|(factor, shift)| factor >> shift);
    prop_oneof![Just(FACTOR_ONE_Q48), cut]
}

/// None, a live one, or one of another epoch.
fn any_claim() -> impl Strategy<Value = Claim> {
    (prop_oneof![Just(0u64), 1u64..1 << 40], prop_oneof![4 => Just(0u16), 1 => Just(7u16)])
        .prop_map(|(units, epoch)| Claim { units, epoch })
}

/// Accounts that hold at most so many lots, some with a fraction of a lot, at a price of 1 to 2^20 atoms, with
/// equity between zero and the target.
pub(super) fn any_case(lots_max: i64, is_whole_price: bool) -> impl Strategy<Value = Case> {
    let size = (1..=lots_max, prop_oneof![3 => Just(0i64), 1 => 0..ONE_LOT], any::<bool>());
    let price = ((1u64 << 32)..1 << 52, 0u32..20).prop_map(move |(price, shift)| {
        let price = (price >> shift).max(1 << 32);
        if is_whole_price {
            price >> 32 << 32
        } else {
            price
        }
    });
    let free_permille = prop_oneof![2 => Just(0u64), 1 => 1u64..1_200];
    let margin = (5_000u32..=500_000, free_permille, any_levels(), prop_oneof![Just(0u64), 0u64..20_000]);
    let rest = prop_oneof![Just((0i128, 0i128)), (0i128..1 << 30, 0i128..1 << 33)];
    let realised = (500i128..1_500, any_claim(), any_factor());
    (size, price, margin, 1i128..1_000, rest, -(1i128 << 34)..1 << 34, 0u32..=100_000, realised).prop_map(
        |(
            (lots, fraction, is_short),
            price,
            (maintenance, free_permille, levels, confidence_ppm),
            equity_permille,
            rest,
            earned,
            discount,
            (cost_permille, claim, factor_q48),
        )| {
            case_of(Draw {
                quanta: (lots * ONE_LOT - fraction).max(1),
                is_short,
                price,
                confidence_ppm,
                maintenance,
                free_permille,
                levels,
                equity_permille,
                rest,
                earned,
                discount,
                cost_permille,
                claim,
                factor_q48,
            })
        },
    )
}

pub(super) fn any_limits() -> impl Strategy<Value = Limits> {
    let amount =
        || prop_oneof![1 => Just(u64::MAX), 4 => (0u64..1 << 50, 0u32..50).prop_map(|(x, s)| x >> s)];
    let dust = prop_oneof![Just(0u64), 0u64..1 << 20];
    (dust, amount(), amount(), any_quota()).prop_map(|(dust_atoms, room_atoms, lots_max, quota)| Limits {
        dust_atoms,
        room_atoms,
        lots_max,
        quota,
    })
}

/// A reading that permits half and takes something for the first time.
pub(super) const HALF: Quota =
    Quota::Half { taken: HalfTaken { publish: UnixTime(0), left: 0 }, reading: UnixTime(1) };

fn any_quota() -> impl Strategy<Value = Quota> {
    let repeated = (0u64..1 << 40).prop_map(|left| Quota::Half {
        taken: HalfTaken { publish: UnixTime(1), left: left >> UNIT_BITS << UNIT_BITS },
        reading: UnixTime(1),
    });
    prop_oneof![2 => Just(Quota::Whole), 1 => Just(HALF), 1 => repeated]
}
