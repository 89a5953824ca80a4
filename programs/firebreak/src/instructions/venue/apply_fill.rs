//! `apply_fill`: admits a trade that a venue matched, or refuses it.
//!
//! A refusal is return data, not an error, and changes nothing: every party is decided on before any account is
//! written.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use firebreak_interface::fill;
use firebreak_risk::{math::fixed::mul_ppm_floor, units::Ppm};

use super::{
    parties::{self, Decided, Party, Place, Plans, PARTIES_MAX},
    FillArgs,
};
use crate::{
    engine::{demand::register, fill::admitted_outcome, Overlay, RowReader},
    error::{FirebreakError, OrFail},
    events::{emit, FillApplied},
    state::{
        is_known, shard_row, ExposureShard, FillBooking, Group, MarginAccount, RiskSnapshot, ShardRows,
        SnapshotRows, Venue, VenueMarket,
    },
};

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

impl<'info> ApplyFill<'info> {
    /// Decides the fill and, if admitted, applies it.
    ///
    /// # Errors
    /// `FillShape`, `RemainingAccounts`, `WrongGroup`, `WrongShard`, `NotVenueAuthority`, `WrongVenueMarket`, and
    /// those of the overlay. Everything else is a refusal in the return data.
    pub fn handler(ctx: Context<'info, Self>, args: FillArgs) -> Result<()> {
        let accounts = &*ctx.accounts;
        let args = args.to_interface();
        let (pairs, oracles) = parties::split(&args, ctx.remaining_accounts)?;
        ensure!(pairs.iter().all(|info| info.is_writable), ErrorCode::ConstraintMut);
        let taker = Party::new(accounts.taker.clone(), accounts.taker_shard.clone());
        let parties = parties::load(&accounts.group.key(), taker, pairs)?;
        let place = Place {
            venue: &accounts.venue,
            snapshot: &accounts.snapshot,
            venue_market: &accounts.venue_market,
        };
        let clock = Clock::get()?;
        let moment = place.moment(&clock)?;
        let rows = accounts.snapshot.rows()?;
        let overlay = Overlay::read(&rows, args.overlay_rows(), oracles, (&clock, &moment))?;
        let reader = RowReader::new(&rows, &overlay, moment);
        let decided = place.decide(&args, &parties, &reader)?;
        let plans = match &decided.plans {
            Ok(plans) => plans,
            Err(refused) => {
                set_return_data(bytemuck::bytes_of(&refused.outcome(decided.snapshot_sequence)));
                return Ok(());
            }
        };
        let event = accounts.apply(&args, &parties, (plans, &decided), &reader)?;
        let taker = plans[0].map(|plan| plan.health).unwrap_or_default();
        let outcome = admitted_outcome(&decided.totals, &taker, decided.row, decided.snapshot_sequence);
        emit(&ctx.accounts.event_authority, &event)?;
        // Each CPI clears return data, so it is set after the event.
        set_return_data(bytemuck::bytes_of(&outcome));
        Ok(())
    }

    fn apply(
        &self,
        args: &fill::FillArgs,
        parties: &[Party<'info>],
        (plans, decided): (&Plans, &Decided),
        reader: &RowReader,
    ) -> Result<FillApplied> {
        let (totals, market_index) = (&decided.totals, decided.market_index);
        let row = reader.market(decided.row)?;
        let mut sequences = [0u64; PARTIES_MAX];
        let mut booking = FillBooking { notional_atoms: totals.notional_atoms, ..FillBooking::default() };
        for (index, (party, plan)) in parties.iter().zip(plans.iter()).enumerate() {
            let plan = plan.as_ref().ok_or(FirebreakError::FillShape)?;
            let mut account = party.account.load_mut()?;
            account.store_position(plan.position)?;
            account.touch();
            sequences[index] = account.sequence;
            let mut shard = party.shard.rows_mut()?;
            let sums = shard_row(&mut shard, market_index)?;
            sums.move_position(row, &plan.before, &plan.position, plan.residue_q48)?;
            register(&mut account, &mut shard, reader, &plan.standing)?;
            booking.add_units(plan.before.units, plan.position.units)?;
        }
        let mut venue_market = self.venue_market.load_mut()?;
        let share = Ppm(venue_market.protocol_fee_share_ppm);
        let protocol_fees_atoms = mul_ppm_floor(totals.fees_atoms, share).or_fail()?;
        self.taker_shard.row_mut(market_index)?.add_protocol_fees(protocol_fees_atoms)?;
        booking.fees_atoms = totals.fees_atoms - protocol_fees_atoms;
        venue_market.on_fill(&booking)?;
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
            venue_fees_atoms: booking.fees_atoms,
            protocol_fees_atoms,
            sequence: venue_market.sequence,
        })
    }
}
