//! Who takes part in a fill, and what becomes of each: the same for `apply_fill` and `check_fill`, so that both answer
//! alike.

use anchor_lang::prelude::*;
use firebreak_interface::fill::{FillArgs, Refusal, OVERLAY_ROWS_MAX};

use crate::{
    constants::{LAYOUT_VERSION, MAKERS_MAX},
    engine::{
        fill::{maker_amounts, taker_amounts, FillContext, FillTotals, PartyPlan, Refused},
        Moment, RowReader,
    },
    error::FirebreakError,
    state::{ExposureShard, MarginAccount, RiskSnapshot, ShardRows, ShardUnits, Venue, VenueMarket},
};

/// Parties of a fill: one taker and up to four makers.
pub(super) const PARTIES_MAX: usize = 1 + MAKERS_MAX;

/// One party's accounts.
pub(super) struct Party<'info> {
    pub account: AccountLoader<'info, MarginAccount>,
    pub shard: AccountLoader<'info, ExposureShard>,
    /// Which of the group's shards it is; known once the accounts were checked.
    shard_index: u8,
}

impl<'info> Party<'info> {
    pub fn new(
        account: AccountLoader<'info, MarginAccount>,
        shard: AccountLoader<'info, ExposureShard>,
    ) -> Self {
        Self { account, shard, shard_index: 0 }
    }

    fn is_account_of(&self, other: &Party) -> bool {
        let (own, others): (&AccountInfo, &AccountInfo) = (self.account.as_ref(), other.account.as_ref());
        own.key == others.key
    }
}

/// Where a fill happens.
pub(super) struct Place<'a, 'info> {
    pub venue: &'a AccountLoader<'info, Venue>,
    pub snapshot: &'a AccountLoader<'info, RiskSnapshot>,
    pub venue_market: &'a AccountLoader<'info, VenueMarket>,
}

/// A fill as decided.
pub(super) struct Decided {
    /// Every party's plan; or who came first to be refused, and why.
    pub plans: core::result::Result<Plans, Refused>,
    pub totals: FillTotals,
    /// Row of the market.
    pub row: u16,
    /// Position of the market in each shard.
    pub market_index: u16,
    /// Sequence of the snapshot that was used.
    pub snapshot_sequence: u64,
}

/// One plan per party, the taker's first.
pub(super) type Plans = Box<[Option<PartyPlan>; PARTIES_MAX]>;

/// Splits remaining accounts into the makers' pairs (margin account and shard) and the overlay's oracles.
///
/// # Errors
/// `FillShape` when the counts are out of range, `RemainingAccounts` when makers are missing.
pub(super) fn split<'a, 'info>(
    args: &FillArgs,
    remaining: &'a [AccountInfo<'info>],
) -> Result<(&'a [AccountInfo<'info>], &'a [AccountInfo<'info>])> {
    let legs = usize::from(args.leg_count);
    let is_shaped = (1..=MAKERS_MAX).contains(&legs) && usize::from(args.overlay_count) <= OVERLAY_ROWS_MAX;
    ensure!(is_shaped, FirebreakError::FillShape);
    remaining.split_at_checked(legs * 2).ok_or_else(|| FirebreakError::RemainingAccounts.into())
}

/// Loads and checks the accounts of every party.
///
/// # Errors
/// `WrongGroup`, `WrongShard`, `NewerVersion`, and Anchor's for accounts of another kind.
pub(super) fn load<'info>(
    group: &Pubkey,
    taker: Party<'info>,
    pairs: &'info [AccountInfo<'info>],
) -> Result<Vec<Party<'info>>> {
    let mut parties = Vec::with_capacity(PARTIES_MAX);
    parties.push(taker);
    for pair in pairs.chunks_exact(2) {
        parties.push(Party::new(AccountLoader::try_from(&pair[0])?, AccountLoader::try_from(&pair[1])?));
    }
    for party in &mut parties {
        let account = party.account.load()?;
        let shard = party.shard.load()?;
        ensure!(account.group == *group, FirebreakError::WrongGroup);
        ensure!(shard.group == *group, FirebreakError::WrongGroup);
        ensure!(account.shard == shard.index, FirebreakError::WrongShard);
        require_gte!(LAYOUT_VERSION, account.version.max(shard.version), FirebreakError::NewerVersion);
        party.shard_index = shard.index;
    }
    Ok(parties)
}

impl<'info> Place<'_, 'info> {
    /// The moment of the instruction.
    ///
    /// # Errors
    /// Anchor's when the snapshot is already borrowed.
    pub fn moment(&self, clock: &Clock) -> Result<Moment> {
        Ok(Moment::of(&*self.snapshot.load()?, clock))
    }

    /// Decides a fill without writing anything.
    ///
    /// # Errors
    /// Those of the valuation; everything about the fill itself is a refusal.
    pub fn decide(&self, args: &FillArgs, parties: &[Party<'info>], reader: &RowReader) -> Result<Decided> {
        let snapshot_sequence = self.snapshot.load()?.sequence;
        let venue_market = self.venue_market.load()?;
        let context = FillContext::new(reader, &*self.venue.load()?, &venue_market)?;
        let (totals, plans) = match context.totals(args)? {
            Ok(totals) => (totals, plan(args, parties, &context, (&totals, venue_market.market_index))?),
            Err(refused) => (FillTotals::default(), Err(refused)),
        };
        Ok(Decided {
            plans,
            totals,
            row: context.row.index,
            market_index: venue_market.market_index,
            snapshot_sequence,
        })
    }
}

fn plan(
    args: &FillArgs,
    parties: &[Party],
    context: &FillContext,
    (totals, market_index): (&FillTotals, u16),
) -> Result<core::result::Result<Plans, Refused>> {
    let mut plans = Box::new([None; PARTIES_MAX]);
    let mut shards = [ShardUnits::default(); PARTIES_MAX];
    for (index, party) in (0u8..).zip(parties) {
        let place = usize::from(index);
        if parties[..place].iter().any(|other| other.is_account_of(party)) {
            let refused = Refused::because(Refusal::SelfTrade, context.row.index);
            return Ok(Err(refused.of(index)));
        }
        let amounts = match place.checked_sub(1) {
            None => taker_amounts(args, totals)?,
            Some(leg) => maker_amounts(args, &args.legs()[leg])?,
        };
        // Parties of one shard see what the parties before them do to it.
        let earlier = parties[..place].iter().rposition(|other| other.shard_index == party.shard_index);
        shards[place] = match earlier {
            Some(earlier) => shards[earlier],
            None => party.shard.row(market_index)?.units_since(context.row.fold_sequence),
        };
        match context.decide(&*party.account.load()?, &mut shards[place], amounts)? {
            Ok(plan) => plans[place] = Some(plan),
            Err(refused) => return Ok(Err(refused.of(index))),
        }
    }
    Ok(Ok(plans))
}
