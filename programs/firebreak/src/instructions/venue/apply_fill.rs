//! `apply_fill`: admits a trade that a venue matched, or refuses it.
//!
//! A refusal is return data, not an error, and changes nothing: every party is decided on before any account is
//! written.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use firebreak_interface::fill::{self, FillOutcome, Refusal, OVERLAY_ROWS_MAX};
use firebreak_risk::{math::fixed::mul_ppm_floor, units::Ppm};

use super::FillArgs;
use crate::{
    constants::{LAYOUT_VERSION, MAKERS_MAX},
    engine::{
        fill::{
            admitted_outcome, maker_amounts, taker_amounts, Decision, FillContext, FillTotals, PartyPlan,
            Refused,
        },
        Moment, Overlay, RowReader,
    },
    error::{FirebreakError, OrFail},
    events::FillApplied,
    state::{
        is_known, ExposureShard, Group, MarginAccount, RiskSnapshot, ShardRows, SnapshotRows, Venue,
        VenueMarket,
    },
};

/// Parties of a fill: one taker and up to four makers.
const PARTIES_MAX: usize = 1 + MAKERS_MAX;

/// Accounts of `apply_fill`. Remaining accounts: per leg the maker's margin account and its shard, both writable; then
/// per overlay row the primary and secondary oracle account.
#[event_cpi]
#[derive(Accounts)]
pub struct ApplyFill<'info> {
    /// The venue's program-derived address.
    pub authority: Signer<'info>,
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// The venue.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        has_one = authority @ FirebreakError::NotVenueAuthority,
        constraint = is_known(&venue) @ FirebreakError::NewerVersion
    )]
    pub venue: AccountLoader<'info, Venue>,
    /// The snapshot.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&snapshot) @ FirebreakError::NewerVersion
    )]
    pub snapshot: AccountLoader<'info, RiskSnapshot>,
    /// The venue's record for the market.
    #[account(
        mut,
        has_one = venue @ FirebreakError::WrongVenueMarket,
        constraint = is_known(&venue_market) @ FirebreakError::NewerVersion
    )]
    pub venue_market: AccountLoader<'info, VenueMarket>,
    /// The taker.
    #[account(
        mut,
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&taker) @ FirebreakError::NewerVersion
    )]
    pub taker: AccountLoader<'info, MarginAccount>,
    /// The taker's shard.
    #[account(mut, constraint = is_known(&taker_shard) @ FirebreakError::NewerVersion)]
    pub taker_shard: AccountLoader<'info, ExposureShard>,
}

/// One party's accounts.
struct Party<'info> {
    account: AccountLoader<'info, MarginAccount>,
    shard: AccountLoader<'info, ExposureShard>,
}

/// Every party's plan, and who came first to be refused.
type Plans = core::result::Result<Box<[Option<PartyPlan>; PARTIES_MAX]>, (Option<u8>, Refused)>;

impl<'info> ApplyFill<'info> {
    /// Decides the fill and, if admitted, applies it.
    ///
    /// # Errors
    /// `FillShape`, `RemainingAccounts`, `WrongGroup`, `WrongShard`, `NotVenueAuthority`, `WrongVenueMarket`, and
    /// those of the overlay. Everything else is a refusal in the return data.
    pub fn handler(ctx: Context<'info, Self>, args: FillArgs) -> Result<()> {
        let accounts = &*ctx.accounts;
        let args = args.to_interface();
        let legs = usize::from(args.leg_count);
        let overlays = usize::from(args.overlay_count);
        let is_shaped = (1..=MAKERS_MAX).contains(&legs) && overlays <= OVERLAY_ROWS_MAX;
        require!(is_shaped, FirebreakError::FillShape);
        let pairs = ctx.remaining_accounts.get(..legs * 2).ok_or(FirebreakError::RemainingAccounts)?;
        let parties = accounts.parties(pairs)?;
        let oracles = &ctx.remaining_accounts[legs * 2..];
        let (plans, totals, row, snapshot_sequence) = accounts.decide(&args, &parties, oracles)?;
        let plans = match plans {
            Ok(plans) => plans,
            Err((party, refused)) => {
                set_return_data(bytemuck::bytes_of(&refused.outcome(party, snapshot_sequence)));
                return Ok(());
            }
        };
        let event = accounts.apply(&args, &parties, &plans, &totals)?;
        let taker = plans[0].map(|plan| plan.health).unwrap_or_default();
        let outcome: FillOutcome = admitted_outcome(&totals, &taker, row, snapshot_sequence);
        emit_cpi!(event);
        // Each CPI clears return data, so it is set after the event.
        set_return_data(bytemuck::bytes_of(&outcome));
        Ok(())
    }

    /// Loads and checks the accounts of every party.
    fn parties(&self, pairs: &'info [AccountInfo<'info>]) -> Result<Vec<Party<'info>>> {
        let mut parties = Vec::with_capacity(PARTIES_MAX);
        parties.push(Party { account: self.taker.clone(), shard: self.taker_shard.clone() });
        for pair in pairs.chunks_exact(2) {
            require!(pair[0].is_writable && pair[1].is_writable, ErrorCode::ConstraintMut);
            parties.push(Party {
                account: AccountLoader::try_from(&pair[0])?,
                shard: AccountLoader::try_from(&pair[1])?,
            });
        }
        let group = self.group.key();
        for party in &parties {
            let account = party.account.load()?;
            let shard = party.shard.load()?;
            require_keys_eq!(account.group, group, FirebreakError::WrongGroup);
            require_keys_eq!(shard.group, group, FirebreakError::WrongGroup);
            require!(account.shard == shard.index, FirebreakError::WrongShard);
            let newest = account.version.max(shard.version);
            require_gte!(LAYOUT_VERSION, newest, FirebreakError::NewerVersion);
        }
        Ok(parties)
    }

    fn decide(
        &self,
        args: &fill::FillArgs,
        parties: &[Party<'info>],
        oracles: &[AccountInfo<'info>],
    ) -> Result<(Plans, FillTotals, u16, u64)> {
        let clock = Clock::get()?;
        let (sequence, moment) = {
            let header = self.snapshot.load()?;
            (header.sequence, Moment::of(&header, &clock))
        };
        let rows = self.snapshot.rows()?;
        let overlay = Overlay::read(&rows, args.overlay_rows(), oracles, &clock)?;
        let reader = RowReader::new(&rows, &overlay, moment);
        let context = FillContext::new(reader, &*self.venue.load()?, &*self.venue_market.load()?)?;
        let row = context.row.index;
        let totals = match context.totals(args)? {
            Ok(totals) => totals,
            Err(refused) => return Ok((Err((None, refused)), FillTotals::default(), row, sequence)),
        };
        let plans = self.plan(args, parties, &context, &totals)?;
        Ok((plans, totals, row, sequence))
    }

    fn plan(
        &self,
        args: &fill::FillArgs,
        parties: &[Party<'info>],
        context: &FillContext,
        totals: &FillTotals,
    ) -> Result<Plans> {
        let mut plans = Box::new([None; PARTIES_MAX]);
        for (index, party) in (0u8..).zip(parties) {
            let place = usize::from(index);
            if parties[..place].iter().any(|other| other.account.key() == party.account.key()) {
                let refused =
                    Refused { reason: Refusal::SelfTrade, row: context.row.index, equity: 0, requirement: 0 };
                return Ok(Err((Some(index), refused)));
            }
            let (lots, quote) = match place.checked_sub(1) {
                None => taker_amounts(args, totals)?,
                Some(leg) => maker_amounts(args, &args.legs()[leg])?,
            };
            let decision: Decision<PartyPlan> = context.decide(&*party.account.load()?, lots, quote)?;
            match decision {
                Ok(plan) => plans[place] = Some(plan),
                Err(refused) => return Ok(Err((Some(index), refused))),
            }
        }
        Ok(Ok(plans))
    }

    fn apply(
        &self,
        args: &fill::FillArgs,
        parties: &[Party<'info>],
        plans: &[Option<PartyPlan>; PARTIES_MAX],
        totals: &FillTotals,
    ) -> Result<FillApplied> {
        let (market_index, row_index) = {
            let venue_market = self.venue_market.load()?;
            (venue_market.market_index, venue_market.row)
        };
        let rows = self.snapshot.rows()?;
        let row = rows.get(usize::from(row_index)).ok_or(FirebreakError::NoSuchRow)?;
        let mut sequences = [0u64; PARTIES_MAX];
        for (index, (party, plan)) in parties.iter().zip(plans).enumerate() {
            let plan = plan.as_ref().ok_or(FirebreakError::FillShape)?;
            let mut account = party.account.load_mut()?;
            account.store_position(plan.position)?;
            account.touch();
            sequences[index] = account.sequence;
            let mut sums = party.shard.row_mut(market_index)?;
            sums.move_position(row, &plan.before, &plan.position, plan.residue_q48)?;
        }
        let mut venue_market = self.venue_market.load_mut()?;
        let share = Ppm(venue_market.protocol_fee_share_ppm);
        let protocol_fees_atoms = mul_ppm_floor(totals.fees_atoms, share).or_fail()?;
        self.taker_shard.row_mut(market_index)?.add_protocol_fees(protocol_fees_atoms)?;
        let venue_fees_atoms = totals.fees_atoms - protocol_fees_atoms;
        venue_market.on_fill(totals.notional_atoms, venue_fees_atoms)?;
        Ok(FillApplied {
            group: self.group.key(),
            venue: self.venue.key(),
            row: venue_market.row,
            taker: self.taker.key(),
            taker_sequence: sequences[0],
            makers: parties[1..].iter().map(|party| party.account.key()).collect(),
            is_buyer: args.taker_is_buyer != 0,
            lots: totals.lots,
            notional_atoms: totals.notional_atoms,
            venue_fees_atoms,
            protocol_fees_atoms,
            sequence: venue_market.sequence,
        })
    }
}
