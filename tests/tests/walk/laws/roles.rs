//! What may happen to whose account. An account that takes no part in an instruction keeps every byte, and what it is
//! owed changes only where funding is charged or a loss is divided. An account that takes part keeps everything but
//! what its part is about; and one that covers its maintenance margin, by sums of this test's own, is neither
//! liquidated nor converted nor declared bankrupt.

use anchor_lang::prelude::Pubkey;
use firebreak::{
    instruction,
    state::{MarginAccount, Position},
};
use firebreak_risk::units::UnixTime;

use super::{
    ensure,
    worth::{book_q48, fair_q48, settled_q48, whole, worth},
    Breach, Transition,
};
use crate::view::State;

const MILLION: i128 = 1_000_000;
/// Atoms that one instruction may round off per account.
const ROUNDED_ATOMS: i128 = 3;

/// What an account is to an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Bystander,
    /// Named in the slot `margin_account`, or party of a fill.
    Named,
    /// Takes over or buys, by its owner's order.
    Liquidator,
    Liquidatee,
}

/// One account before and after.
struct Pair<'a> {
    old: &'a MarginAccount,
    new: &'a MarginAccount,
}

pub fn check(transition: &Transition) -> Result<(), Breach> {
    for change in &transition.changes {
        let states = [change.before, change.after].map(|entry| entry.map(|entry| &entry.state));
        let role = role(transition, &change.key);
        let within = |breach| format!("{} was {role:?} in {}: {breach}", change.key, transition.call.name);
        match states {
            [Some(State::Margin(old)), Some(State::Margin(new))] => {
                changed(transition, role, &Pair { old, new }).map_err(within)?;
            }
            [None, Some(State::Margin(new))] => {
                ensure(is_empty(new), || within("was opened full".to_owned()))?
            }
            [Some(State::Margin(old)), None] => {
                ensure(is_empty(old), || within("was closed full".to_owned()))?
            }
            _ => {}
        }
    }
    bystanders(transition)?;
    if ["liquidate", "liquidate_collateral"].contains(&transition.call.name) {
        traded_fairly(transition)?;
    }
    Ok(())
}

fn is_empty(account: &MarginAccount) -> bool {
    account.collateral_count == 0 && account.position_count == 0
}

fn role(transition: &Transition, key: &Pubkey) -> Role {
    let call = transition.call;
    let is_in = |slot| call.find(slot) == Some(*key);
    match call.name {
        "liquidate" | "liquidate_collateral" if is_in("liquidator") => Role::Liquidator,
        "liquidate" | "liquidate_collateral" if is_in("liquidatee") => Role::Liquidatee,
        "apply_fill" if is_in("taker") || call.rest.contains(key) => Role::Named,
        _ if is_in("margin_account") => Role::Named,
        _ => Role::Bystander,
    }
}

fn changed(transition: &Transition, role: Role, pair: &Pair) -> Result<(), Breach> {
    let call = transition.call;
    match (role, call.name) {
        (Role::Bystander, _) => Err("a bystander changed".to_owned()),
        (Role::Liquidator, _) => pair.clock_stays(),
        (Role::Liquidatee, "liquidate") => liquidated(transition, pair),
        (Role::Liquidatee, _) => converted(transition, pair),
        (_, "approve_venue" | "register_demand") => {
            pair.positions_stay(None)?;
            pair.collaterals_stay()?;
            pair.clock_stays()
        }
        (_, "deposit") => {
            let atoms = call.args::<instruction::Deposit>().atoms;
            pair.moves_collateral(transition, i128::from(atoms))
        }
        (_, "withdraw") => {
            let atoms = call.args::<instruction::Withdraw>().atoms;
            pair.moves_collateral(transition, -i128::from(atoms))?;
            let is_free = pair.new.positions().iter().all(|p| p.units == 0 && p.quote_atoms >= 0);
            ensure(is_free || worth(pair.new, transition.seen).is_healthy_or_nearly(), || {
                "a withdrawal left it below maintenance".to_owned()
            })
        }
        (_, "settle_pnl") => settled(transition, pair),
        (_, "apply_fill") => filled(transition, pair),
        (_, "collect_venue_fees" | "collect_protocol_fees") => {
            pair.positions_stay(None)?;
            pair.clock_stays()?;
            ensure(pair.new.atoms_of(0) > pair.old.atoms_of(0), || "was paid nothing".to_owned())
        }
        (_, "resolve_bankruptcy") => resolved(transition, pair),
        (_, name) => Err(format!("{name} changes no account")),
    }
}

impl super::worth::Worth {
    /// Above maintenance, or so close that rounding decides.
    fn is_healthy_or_nearly(&self) -> bool {
        !self.is_below_maintenance()
    }
}

impl Pair<'_> {
    /// All positions but that of one row are as they were, in whatever place, their registrations apart.
    fn positions_stay(&self, but: Option<u16>) -> Result<(), Breach> {
        let rest = |account: &MarginAccount| {
            let mut rest: Vec<Position> =
                account.positions().iter().filter(|p| Some(p.row) != but).map(unregistered).collect();
            rest.sort_by_key(|position| position.row);
            rest
        };
        ensure(rest(self.old) == rest(self.new), || "another position changed".to_owned())
    }

    fn collaterals_stay(&self) -> Result<(), Breach> {
        ensure(self.old.collaterals() == self.new.collaterals(), || "collateral changed".to_owned())
    }

    fn clock_stays(&self) -> Result<(), Breach> {
        let clocks = [self.old, self.new].map(|account| account.liquidation_started_ts);
        ensure(clocks[0] == clocks[1], || format!("its clock moved: {clocks:?}"))
    }

    /// Exactly these atoms of the instruction's bank came or went, and nothing else.
    fn moves_collateral(&self, transition: &Transition, atoms: i128) -> Result<(), Breach> {
        self.positions_stay(None)?;
        self.clock_stays()?;
        let bank = transition.before.bank(&transition.call.slot("bank")).ok_or("no bank")?;
        for row in 0..64 {
            let moved = i128::from(self.new.atoms_of(row)) - i128::from(self.old.atoms_of(row));
            let expected = if row == bank.row { atoms } else { 0 };
            ensure(moved == expected, || format!("{moved} atoms of row {row} moved, not {expected}"))?;
        }
        Ok(())
    }

    fn units(&self, row: u16) -> [i64; 2] {
        [self.old, self.new].map(|account| account.position_of(row).map_or(0, |position| position.units))
    }
}

/// A position without its registration, which every change of an account renews.
fn unregistered(position: &Position) -> Position {
    let mut rest = *position;
    rest.set_registration(None);
    rest.on_registered(UnixTime(0));
    rest
}

fn market_row(transition: &Transition) -> Result<u16, Breach> {
    let market = transition.before.market(&transition.call.slot("market"));
    market.map(|market| market.row).ok_or_else(|| "no market".to_owned())
}

/// A settlement moves quote between position and cash, and nobody is worth less or more for it.
fn settled(transition: &Transition, pair: &Pair) -> Result<(), Breach> {
    let row = market_row(transition)?;
    pair.positions_stay(Some(row))?;
    pair.clock_stays()?;
    let units = pair.units(row);
    ensure(units[0] == units[1], || format!("its units went from {} to {}", units[0], units[1]))?;
    let [before, after] = [pair.old, pair.new].map(|account| book_q48(account, transition.seen));
    let lost = before - after;
    ensure((0..=whole(ROUNDED_ATOMS)).contains(&lost), || format!("it lost {lost} in 2^-48 atoms"))
}

/// Party of a fill: approved by its owner, units by the fill's arguments, collateral untouched.
fn filled(transition: &Transition, pair: &Pair) -> Result<(), Breach> {
    let call = transition.call;
    let venue = transition.before.venue(&call.slot("venue")).ok_or("no venue")?;
    let is_approved = pair.old.venue_approvals >> venue.index & 1 == 1;
    ensure(is_approved, || format!("its owner did not approve venue {}", venue.index))?;
    let venue_market = transition.before.venue_market(&call.slot("venue_market")).ok_or("no venue market")?;
    pair.positions_stay(Some(venue_market.row))?;
    pair.collaterals_stay()?;
    pair.clock_stays()?;
    let args = call.args::<instruction::ApplyFill>().args;
    let sign = if args.taker_is_buyer == 1 { 1 } else { -1 };
    let legs = args.legs.iter().take(args.leg_count.into());
    let is_taker =
        transition.before.margin(&call.slot("taker")).is_some_and(|taker| is_same(taker, pair.old));
    let lots: i128 = if is_taker {
        legs.map(|leg| i128::from(leg.lots)).sum::<i128>() * sign
    } else {
        let makers = call.rest.iter().step_by(2);
        let own = makers
            .zip(legs)
            .find(|(maker, _)| transition.before.margin(maker).is_some_and(|maker| is_same(maker, pair.old)));
        own.map_or(0, |(_, leg)| -i128::from(leg.lots) * sign)
    };
    let units = pair.units(venue_market.row);
    ensure(i128::from(units[1]) - i128::from(units[0]) == lots << 16, || {
        format!("its units went from {} to {} in a fill of {lots} lots", units[0], units[1])
    })
}

fn is_same(left: &MarginAccount, right: &MarginAccount) -> bool {
    (left.owner, left.index, left.group) == (right.owner, right.index, right.group)
}

/// A takeover: of an account below maintenance, or in liquidation and not yet above its target; never more than it has.
fn liquidated(transition: &Transition, pair: &Pair) -> Result<(), Breach> {
    pair.collaterals_stay()?;
    let row = market_row(transition)?;
    pair.positions_stay(Some(row))?;
    let units = pair.units(row);
    let sums = worth(pair.old, transition.seen);
    if units[0] != units[1] {
        in_distress(transition, pair)?;
        let shrank = units[1].unsigned_abs() < units[0].unsigned_abs()
            && (units[1] == 0 || (units[0] < 0) == (units[1] < 0));
        ensure(shrank, || format!("its units went from {} to {}", units[0], units[1]))?;
    }
    let clocks = [pair.old, pair.new].map(|account| account.liquidation_started_ts);
    match clocks {
        [0, 0] => Ok(()),
        [0, started] => {
            ensure(!sums.is_healthy(), || "the clock of a healthy account started".to_owned())?;
            ensure(started == transition.clock.unix_timestamp, || format!("its clock started at {started}"))
        }
        [_, 0] => ensure(!sums.is_below_maintenance(), || "its clock stopped below maintenance".to_owned()),
        [old, new] => ensure(old == new, || format!("its clock moved from {old} to {new}")),
    }
}

fn in_distress(transition: &Transition, pair: &Pair) -> Result<(), Breach> {
    let sums = worth(pair.old, transition.seen);
    let snapshot = transition.before.snapshot(&transition.call.slot("snapshot")).ok_or("no snapshot")?;
    let spared = match pair.old.liquidation_started_ts {
        0 => sums.is_healthy(),
        _ => sums.is_above_target(snapshot.header.target_buffer_ppm),
    };
    ensure(!spared, || format!("it was healthy: {sums:?}"))
}

/// A conversion: in distress, or owing more for certain than the group lets anybody owe; never to its loss.
fn converted(transition: &Transition, pair: &Pair) -> Result<(), Breach> {
    pair.positions_stay(None)?;
    let [before, after] = [pair.old, pair.new].map(|account| worth(account, transition.seen));
    if pair.old.collaterals() == pair.new.collaterals() {
        return match [pair.old, pair.new].map(|account| account.liquidation_started_ts) {
            [0, started] if started != 0 => {
                ensure(!before.is_healthy(), || "the clock of a healthy account started".to_owned())
            }
            _ => ensure(!before.is_below_maintenance(), || "its clock stopped below maintenance".to_owned()),
        };
    }
    let lost = (before.equity - after.equity) / MILLION;
    ensure(lost <= whole(ROUNDED_ATOMS), || format!("its equity fell by {lost} in 2^-48 atoms"))?;
    let group = transition.before.group(&transition.call.slot("group")).ok_or("no group")?;
    let owed = -certain_q48(transition, pair.old);
    if owed <= whole(group.quote_debt_limit_atoms.into()) - whole(ROUNDED_ATOMS * 17) {
        in_distress(transition, pair)?;
    }
    let bank = transition.before.bank(&transition.call.slot("bank")).ok_or("no bank")?;
    ensure(pair.new.atoms_of(bank.row) < pair.old.atoms_of(bank.row), || "it sold nothing".to_owned())?;
    ensure(pair.new.atoms_of(0) >= pair.old.atoms_of(0), || "it paid for its own collateral".to_owned())
}

/// What an account is owed or owes whatever prices do: closed positions, claims, and what open ones earned or owe since.
fn certain_q48(transition: &Transition, account: &MarginAccount) -> i128 {
    let rows = transition.seen;
    let open = account.positions().iter().filter(|position| position.units != 0);
    // The quote of an open position is mostly what its base cost.
    let costs: i128 = open.map(|position| whole(position.quote_atoms.into())).sum();
    book_q48(account, rows) - costs
}

/// A bankruptcy: of an account without base and other collateral that owes more than it has.
fn resolved(transition: &Transition, pair: &Pair) -> Result<(), Breach> {
    let rows = transition.seen;
    let is_flat = pair.old.positions().iter().all(|position| position.units == 0);
    ensure(is_flat, || "it still held base".to_owned())?;
    ensure(pair.old.collaterals().iter().all(|c| c.row == 0), || "it still held collateral".to_owned())?;
    let owned = book_q48(pair.old, rows);
    ensure(owned < 0, || format!("it was solvent by {owned} in 2^-48 atoms"))?;
    let gained = pair.new.positions().iter().all(|new| {
        let old =
            pair.old.position_of(new.row).map_or(0, |old| settled_q48(old, &rows[usize::from(new.row)]));
        settled_q48(new, &rows[usize::from(new.row)]) <= 0.max(old)
    });
    ensure(gained, || "it gained beyond its debts".to_owned())
}

/// Nobody else is worth more or less, but by funding and by losses that are divided.
fn bystanders(transition: &Transition) -> Result<(), Breach> {
    let name = transition.call.name;
    if name == "fold" {
        return Ok(());
    }
    for (key, account) in transition.after.margins() {
        if role(transition, key) != Role::Bystander || transition.before.margin(key).is_none() {
            continue;
        }
        let [before, after] = [transition.before, transition.after]
            .map(|view| book_q48(account, Transition::rows(view, &account.group)));
        let is_fair = if name == "resolve_bankruptcy" { after <= before } else { after == before };
        ensure(is_fair, || {
            format!("{name} changed what {key} is owed from {before} to {after} in 2^-48 atoms")
        })?;
    }
    Ok(())
}

/// What the account in distress loses at the risk price, the other one gains; and it is at most the largest discount.
fn traded_fairly(transition: &Transition) -> Result<(), Breach> {
    let (call, rows) = (transition.call, transition.seen);
    let side = |slot: &str, name: &str| {
        let found = [transition.before, transition.after].map(|view| view.margin(&call.slot(slot)));
        let [Some(old), Some(new)] = found else { return Err(format!("no {name}")) };
        Ok((fair_q48(new, rows) - fair_q48(old, rows), old, new))
    };
    let (lost, old, new) = side("liquidatee", "account in distress")?;
    let (gained, ..) = side("liquidator", "liquidator")?;
    ensure((-whole(2 * ROUNDED_ATOMS)..=0).contains(&(lost + gained)), || {
        format!("a takeover lost {lost} and gained {gained} in 2^-48 atoms")
    })?;
    let (moved, discount_ppm) = match call.find("market") {
        Some(market) => {
            let market = transition.before.market(&market).ok_or("no market")?;
            let pair = Pair { old, new };
            let units = pair.units(market.row);
            let price = i128::from(rows[usize::from(market.row)].price_q32);
            ((i128::from(units[0]) - i128::from(units[1])).abs() * price, market.discount_ppm)
        }
        None => {
            let bank = transition.before.bank(&call.slot("bank")).ok_or("no bank")?;
            let atoms = i128::from(old.atoms_of(bank.row)) - i128::from(new.atoms_of(bank.row));
            ((atoms * i128::from(rows[usize::from(bank.row)].price_q32)) << 16, bank.discount_ppm)
        }
    };
    let largest = moved / MILLION * i128::from(discount_ppm) + whole(ROUNDED_ATOMS);
    ensure(-lost <= largest, || format!("a takeover cost {lost} in 2^-48 atoms where {largest} is the most"))
}
