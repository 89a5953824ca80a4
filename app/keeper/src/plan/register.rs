//! Registrations: whose places in the demand curves of their markets are of another epoch, old or wrong.
//!
//! Where a position belongs is what the instruction decides, by the program's own function, on stored prices as the
//! instruction reads them. Triggers move with other markets, margins and funding, and nobody pays for that but a keeper.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    engine::{
        demand::{register, Standing},
        RowReader,
    },
    state::{MarginAccount, Position, Row, ShardRow},
};
use firebreak_risk::{
    demand::{Place, Registration},
    units::Side,
};

use super::{Action, Context, Intent, Key};

/// Which account goes first: the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// False for what counts as if at the price, so that others are limited by it: it goes first.
    is_counted_in_place: bool,
    /// Bins that the price is away from the trigger, as registered or as it should be, whichever is nearer. Negative for
    /// one that the price has passed.
    bins: i32,
    registered_ts: u32,
}

/// Registers accounts on paper.
struct Registrar<'a> {
    context: &'a Context<'a>,
    reader: RowReader<'a>,
    /// Age by row from which a registration is renewed, in seconds.
    ages: Vec<Option<i64>>,
    /// A shard that nobody else is registered in.
    shard: Vec<ShardRow>,
}

impl Context<'_> {
    /// Registrations of accounts that need one, as many as may be in flight: those of another epoch, then the nearest to
    /// liquidation, then the oldest.
    pub(super) fn registrations(&self) -> Vec<Intent> {
        let is_registration = |key: &Key| matches!(key, Key::RegisterDemand(_));
        let in_flight = self.inputs.state.in_flight(is_registration);
        let room = self.inputs.config.register_in_flight_max.saturating_sub(in_flight);
        if room == 0 {
            return Vec::new();
        }
        let mut registrar = Registrar::new(self);
        let mut due: Vec<(Rank, Pubkey, u64)> = Vec::new();
        for (key, account) in self.inputs.view.accounts.iter().filter(|(key, _)| self.is_in_shard(key)) {
            let version = account.sequence;
            if account.value.is_flat() || !self.admits(Key::RegisterDemand(*key), version) {
                continue;
            }
            due.extend(registrar.rank(&account.value).map(|rank| (rank, *key, version)));
        }
        due.sort_unstable();
        let intents = due.into_iter().take(room).map(|(_, account, version)| Intent {
            versions: vec![version],
            action: Action::RegisterDemand { account },
        });
        intents.collect()
    }
}

impl<'a> Registrar<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        let rows = context.prices.stored();
        let age = |row: &Row| {
            let (_, market) = context.inputs.view.market_of_row(row.index)?;
            // A market that was made before there were registrations has no such age.
            (market.register_secs > 0).then_some(i64::from(market.register_secs / 2))
        };
        let markets = rows.iter().filter(|row| row.is_market()).map(|row| usize::from(row.market_index) + 1);
        Self {
            context,
            reader: context.prices.reader(rows),
            ages: rows.iter().map(age).collect(),
            shard: vec![ShardRow::default(); markets.max().unwrap_or(0)],
        }
    }

    /// How urgent it is to register an account; `None` when there is no need, or when the program would refuse.
    fn rank(&mut self, account: &MarginAccount) -> Option<Rank> {
        let renewed = self.renewed(account)?;
        let rows = &self.context.inputs.config.rows;
        let positions = account.positions().iter().filter(|position| rows.contains(position.row));
        positions.filter_map(|position| self.rank_of(position, &renewed)).min()
    }

    /// The account as `register_demand` would leave it. What it adds does not depend on what it had added, so that is left
    /// out: the real shard is not known here. The one on paper is emptied, so that no sum ever overflows.
    fn renewed(&mut self, account: &MarginAccount) -> Option<MarginAccount> {
        let standing = Standing::of(account, &self.reader);
        let mut renewed = *account;
        let count = renewed.positions().len();
        for position in renewed.positions.iter_mut().take(count) {
            let row = self.reader.market(position.row).ok()?;
            *self.shard.get_mut(usize::from(row.market_index))? = ShardRow::default();
            position.set_registration(None);
        }
        register(&mut renewed, &mut self.shard, &self.reader, &standing).ok()?;
        Some(renewed)
    }

    fn rank_of(&self, position: &Position, renewed: &MarginAccount) -> Option<Rank> {
        let row = self.reader.market(position.row).ok()?;
        // A closed position belongs nowhere.
        let new = renewed.position_of(position.row)?.registration()?;
        let new_bins = bins_to(&new, row);
        let Some(old) = position.registration() else {
            // In no curve at all, though its units are open interest.
            return Some(Rank { is_counted_in_place: false, bins: new_bins, registered_ts: 0 });
        };
        let is_counted_in_place = old.epoch == row.demand_epoch;
        let age = self.reader.now().saturating_sub(i64::from(position.registered_ts));
        let age_max = self.ages.get(usize::from(position.row)).copied().flatten();
        let is_old = age_max.is_some_and(|age_max| age > age_max);
        let is_wrong = error_bins(&old, &new) >= self.context.inputs.config.register_error_min_bins;
        let bins = bins_to(&old, row).min(new_bins);
        let rank = Rank { is_counted_in_place, bins, registered_ts: position.registered_ts };
        (!is_counted_in_place || is_old || is_wrong).then_some(rank)
    }
}

/// Bins from the price to a registration, in the direction that its side fears.
fn bins_to(registration: &Registration, row: &Row) -> i32 {
    let (bin, price_bin) = (i32::from(registration.bin), i32::from(row.price_bin));
    match (registration.place, registration.side) {
        (Place::Far, _) => i32::MAX,
        // Differences of 16-bit numbers.
        (Place::Near, Side::Long) => price_bin.saturating_sub(bin),
        (Place::Near, Side::Short) => bin.saturating_sub(price_bin),
    }
}

/// Bins between two registrations of a position in one epoch. Its side is the same: who changes it registers it. What is far is at least one bin beyond the outermost.
fn error_bins(old: &Registration, new: &Registration) -> u16 {
    old.bin.abs_diff(new.bin).saturating_add(u16::from(old.place != new.place))
}
