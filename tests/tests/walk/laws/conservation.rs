//! Every atom has an owner: by the client's audit, and by sums that are written down a second time here.
//!
//! - No tokens of a mint appear or vanish, whatever moved between wallets and vaults.
//! - Each vault holds what margin accounts are owed, and the quote vault the markets' pools besides. Tokens that somebody
//!   sends to a vault uninvited are the only surplus, are counted here, and move no balance.
//! - In each market the units of all positions add up to zero, exactly.
//! - What positions are owed, with withheld fractions, carries and unpaid fees, is the pool, to 2^-48 of an atom.
//! - Each shard counts exactly the units and claims of its own accounts.
//! - The insurance's shares are those of its stakes.

use anchor_lang::prelude::Pubkey;
use firebreak::state::{Market, MarketLedger, Row, ShardRow};
use firebreak_client::conservation::{audit, GroupAccounts, MarketReport, VaultReport};
use solana_account::ReadableAccount;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    ensure,
    worth::{settled_q48, signed, whole},
    Breach, Transition,
};
use crate::{
    call::Call,
    view::{Change, State, View},
};

pub fn check(transition: &Transition) -> Result<(), Breach> {
    tokens(transition)?;
    groups(transition).iter().try_for_each(|group| audited(transition, group))?;
    own(transition)
}

/// The sums of this test's own.
pub fn own(transition: &Transition) -> Result<(), Breach> {
    let after = transition.after;
    for group in groups(transition) {
        vaults(transition, &group)?;
        markets(after, &group)?;
        shares(transition, &group)?;
    }
    Ok(())
}

/// Groups of which anything changed.
fn groups(transition: &Transition) -> BTreeSet<Pubkey> {
    let group = |change: &Change| {
        let after = transition.after.group_of(&change.key);
        after.or_else(|| transition.before.group_of(&change.key))
    };
    transition.changes.iter().filter_map(group).collect()
}

/// Tokens of each mint, wherever they are.
fn tokens(transition: &Transition) -> Result<(), Breach> {
    let totals = |view: &View| {
        let mut totals: BTreeMap<Pubkey, u128> = BTreeMap::new();
        for (_, tokens) in view.token_accounts() {
            *totals.entry(tokens.mint).or_default() += u128::from(tokens.atoms);
        }
        totals.retain(|_, total| *total > 0);
        totals
    };
    let (before, after) = (totals(transition.before), totals(transition.after));
    ensure(before == after, || format!("tokens per mint {before:?} became {after:?}"))
}

/// The audit that the client and the demonstration use.
fn audited(transition: &Transition, group: &Pubkey) -> Result<(), Breach> {
    let view = transition.after;
    let owned = view.entries().map(|(key, entry)| (*key, entry.account.data()));
    let token_account = |key: &Pubkey| view.entry(key).map(|entry| entry.account.data().to_vec());
    let accounts = GroupAccounts::collect(group, owned, token_account).map_err(|error| error.to_string())?;
    // A group is audited from its creation on; before its quote bank exists there is nothing in it.
    let report = audit(&accounts).map_err(|error| error.to_string())?;
    let is_exact = report.markets.iter().all(MarketReport::is_exact)
        && report.vaults.iter().all(|vault| is_vault_exact(transition, vault))
        && report.stakes.is_exact();
    ensure(is_exact, || format!("the audit finds {report:#?}"))
}

/// A vault holds what is owed and booked, and what it was given besides.
fn is_vault_exact(transition: &Transition, report: &VaultReport) -> bool {
    let bank = transition.after.bank(&report.owner).map(|bank| bank.vault);
    let insurance = || transition.after.insurance(&report.owner).map(|insurance| insurance.vault);
    let given = bank.or_else(insurance).map_or(0, |vault| given(transition, &vault));
    report.vault_atoms == report.owed_atoms + i128::from(given) && report.booked_atoms == report.owed_atoms
}

fn given(transition: &Transition, vault: &Pubkey) -> u64 {
    transition.gifts.get(vault).copied().unwrap_or_default()
}

/// Tokens that somebody who could take them out sent to a vault instead of a wallet: the vault, and how many.
pub fn gift(call: &Call, changes: &[Change], before: &View) -> Option<(Pubkey, u64)> {
    let destination = call.find("destination")?;
    let change = changes.iter().find(|change| change.key == destination)?;
    let [Some(State::Tokens(old)), Some(State::Tokens(new))] =
        [change.before, change.after].map(|entry| entry.map(|entry| &entry.state))
    else {
        return None;
    };
    let is_vault = matches!(before.entry(&old.owner)?.state, State::Bank(_) | State::Insurance(_));
    is_vault.then(|| (destination, new.atoms.saturating_sub(old.atoms)))
}

fn vaults(transition: &Transition, group: &Pubkey) -> Result<(), Breach> {
    let view = transition.after;
    for (key, bank) in view.banks().filter(|(_, bank)| bank.group == *group) {
        let accounts = view.margins().filter(|(_, account)| account.group == *group);
        let mut owed: i128 = accounts.map(|(_, account)| i128::from(account.atoms_of(bank.row))).sum();
        if bank.row == 0 {
            let ledgers = view.ledgers().filter(|(_, ledger)| ledger.group == *group);
            owed += ledgers.map(|(_, ledger)| i128::from(ledger.pool_atoms)).sum::<i128>();
        }
        let held = view.tokens(&bank.vault).map_or(0, |tokens| i128::from(tokens.atoms));
        let held = held - i128::from(given(transition, &bank.vault));
        let booked = i128::from(bank.deposits_atoms);
        ensure(held == owed && booked == owed, || {
            format!("bank {key} owes {owed}, holds {held} and books {booked} atoms")
        })?;
    }
    Ok(())
}

fn shares(transition: &Transition, group: &Pubkey) -> Result<(), Breach> {
    let view = transition.after;
    for (_, insurance) in view.insurances().filter(|(_, insurance)| insurance.group == *group) {
        let held = view.tokens(&insurance.vault).map_or(0, |tokens| tokens.atoms);
        ensure(held == insurance.balance_atoms + given(transition, &insurance.vault), || {
            format!("the insurance holds {held} and books {} atoms", insurance.balance_atoms)
        })?;
        let stakes = view.stakes().filter(|(_, stake)| stake.group == *group);
        let shares: u128 = stakes.map(|(_, stake)| u128::from(stake.shares)).sum();
        ensure(shares == u128::from(insurance.share_count), || {
            format!("stakes hold {shares} shares of {}", insurance.share_count)
        })?;
    }
    Ok(())
}

fn markets(view: &View, group: &Pubkey) -> Result<(), Breach> {
    let rows = Transition::rows(view, group);
    for (key, market) in view.markets().filter(|(_, market)| market.group == *group) {
        let row = &rows[usize::from(market.row)];
        let ledgers = view.ledgers().find(|(_, ledger)| ledger.market == *key);
        let (_, ledger) = ledgers.ok_or_else(|| format!("market {key} has no ledger"))?;
        balanced(view, group, row)?;
        pooled(view, (key, market), row, ledger)?;
        counted(view, group, market, row)?;
        marked(view, group, row, ledger)?;
    }
    Ok(())
}

/// No base appears or vanishes, exactly: as long as no side was deleveraged, units are base.
fn balanced(view: &View, group: &Pubkey, row: &Row) -> Result<(), Breach> {
    let is_one = row.sides.iter().all(|side| side.scale == 1 << 62);
    ensure(is_one, || format!("row {} was deleveraged, which nothing does", row.index))?;
    let accounts = view.margins().filter(|(_, account)| account.group == *group);
    let units = accounts.filter_map(|(_, account)| account.position_of(row.index)).map(|p| p.units);
    let sum: i128 = units.map(i128::from).sum();
    ensure(sum == 0, || format!("the units of row {} add up to {sum}", row.index))
}

/// What everybody is owed is in the pool of settled losses.
fn pooled(
    view: &View,
    (key, market): (&Pubkey, &Market),
    row: &Row,
    ledger: &MarketLedger,
) -> Result<(), Breach> {
    let accounts = view.margins().filter(|(_, account)| account.group == market.group);
    let positions = accounts.filter_map(|(_, account)| account.position_of(row.index));
    let mut owed: i128 = positions.map(|position| settled_q48(position, row)).sum();
    owed += signed(ledger.residue_q48);
    owed += ledger.loss_carry_q48.iter().map(|carry| i128::from(*carry)).sum::<i128>();
    for sums in shard_rows(view, &market.group, market.market_index) {
        owed += signed(sums.1.residue_q48) + whole(sums.1.protocol_fees_atoms.into());
    }
    let venues = view.venue_markets().filter(|(_, venue_market)| venue_market.market == *key);
    owed += whole(venues.map(|(_, venue_market)| i128::from(venue_market.fees_atoms)).sum());
    owed -= whole(i128::from(ledger.fees_paid_atoms) + i128::from(ledger.fee_loss_atoms));
    let pool = whole(ledger.pool_atoms.into());
    ensure(owed == pool, || {
        format!("market {key} owes {owed} and pools {pool} in 2^-48, a difference of {}", owed - pool)
    })
}

/// Shard by shard, not only in sum: a position that is counted in the wrong shard uses somebody else's room.
fn counted(view: &View, group: &Pubkey, market: &Market, row: &Row) -> Result<(), Breach> {
    for (index, sums) in shard_rows(view, group, market.market_index) {
        let own = view.margins().filter(|(_, account)| account.group == *group && account.shard == index);
        let (mut units, mut claims) = ([0u64; 2], 0u64);
        for position in own.filter_map(|(_, account)| account.position_of(row.index)) {
            units[usize::from(position.units < 0)] += position.units.unsigned_abs();
            claims += if position.claim_epoch == row.haircut_epoch { position.claim_units } else { 0 };
        }
        let counted = if sums.claim_epoch == row.haircut_epoch { sums.claim_units } else { 0 };
        ensure(units == sums.open_interest_units && claims == counted, || {
            format!("shard {index} of row {} counts {:?} and {counted} claims, and its accounts hold {units:?} and {claims}",
                row.index, sums.open_interest_units)
        })?;
    }
    Ok(())
}

/// The ledger counts the bankrupt positions that are marked.
fn marked(view: &View, group: &Pubkey, row: &Row, ledger: &MarketLedger) -> Result<(), Breach> {
    let accounts = view.margins().filter(|(_, account)| account.group == *group);
    let marks: Vec<u8> = accounts
        .filter_map(|(_, account)| account.position_of(row.index))
        .map(|p| p.shortfall_state)
        .collect();
    let found = [1, 2].map(|least| marks.iter().filter(|mark| **mark >= least).count());
    let counted = [ledger.bankrupt_count, ledger.shortfall_count].map(|count| count as usize);
    ensure(found == counted, || {
        format!("row {} counts {counted:?} bankrupt positions of {found:?}", row.index)
    })
}

/// Rows of a market in all shards, with the shard's number.
fn shard_rows<'a>(
    view: &'a View,
    group: &'a Pubkey,
    market_index: u16,
) -> impl Iterator<Item = (u8, &'a ShardRow)> {
    let shards = view.shards().filter(|(_, shard)| shard.header.group == *group);
    shards.map(move |(_, shard)| (shard.header.index, &shard.rows[usize::from(market_index)]))
}
