//! Who may change what. ARCHITECTURE.md lists the writers of each kind of account; each instruction here names the key
//! whose signature it needs, and the key is looked up in the accounts, not in the instruction.

use anchor_lang::prelude::Pubkey;
use firebreak::state::Group;

use super::{ensure, Breach, Transition};
use crate::view::{Entry, State};

/// Kinds of accounts with the instructions that may write them.
const WRITERS: [(&str, &[&str]); 14] = [
    (
        "Group",
        &[
            "create_group",
            "create_shard",
            "add_collateral",
            "add_market",
            "register_venue",
            "add_venue_market",
            "activate",
            "update_group",
            "update_collateral",
            "update_market",
            "update_oracle",
            "set_authorities",
            "accept_admin",
        ],
    ),
    // Nothing on the trading or liquidation path writes the snapshot: architecture invariant 6.
    (
        "Snapshot",
        &[
            "create_group",
            "add_collateral",
            "add_market",
            "update_group",
            "update_collateral",
            "update_market",
            "update_oracle",
            "pause",
            "resume",
            "refresh",
            "fold",
            "recover_breaker",
            "resolve_bankruptcy",
        ],
    ),
    // Fills write shards and never the ledger: architecture invariant 7.
    (
        "Shard",
        &[
            "create_shard",
            "add_market",
            "apply_fill",
            "liquidate",
            "liquidate_collateral",
            "settle_pnl",
            "deposit",
            "withdraw",
            "register_demand",
        ],
    ),
    ("Market", &["add_market", "add_venue_market", "update_market", "create_committee"]),
    ("Committee", &["create_committee", "update_committee", "post_forecast"]),
    (
        "Ledger",
        &[
            "add_market",
            "liquidate",
            "settle_pnl",
            "resolve_bankruptcy",
            "fold",
            "collect_venue_fees",
            "collect_protocol_fees",
        ],
    ),
    (
        "Bank",
        &[
            "add_collateral",
            "update_collateral",
            "deposit",
            "withdraw",
            "liquidate_collateral",
            "resolve_bankruptcy",
            "collect_protocol_fees",
        ],
    ),
    ("Venue", &["register_venue", "freeze_venue"]),
    (
        "VenueMarket",
        &["add_venue_market", "sync_venue_market", "apply_fill", "post_premium", "collect_venue_fees"],
    ),
    (
        "Margin",
        &[
            "open_account",
            "close_account",
            "approve_venue",
            "deposit",
            "withdraw",
            "settle_pnl",
            "register_demand",
            "apply_fill",
            "liquidate",
            "liquidate_collateral",
            "resolve_bankruptcy",
            "collect_venue_fees",
            "collect_protocol_fees",
        ],
    ),
    (
        "Insurance",
        &[
            "create_group",
            "fund_insurance",
            "stake",
            "unstake",
            "cancel_unstake",
            "collect_protocol_fees",
            "resolve_bankruptcy",
        ],
    ),
    ("Stake", &["open_stake", "stake", "request_unstake", "cancel_unstake", "unstake", "close_stake"]),
    (
        "Tokens",
        &[
            "create_group",
            "add_collateral",
            "deposit",
            "withdraw",
            "fund_insurance",
            "stake",
            "unstake",
            "resolve_bankruptcy",
            "collect_protocol_fees",
        ],
    ),
    ("Mint", &[]),
];

pub fn check(transition: &Transition) -> Result<(), Breach> {
    let name = transition.call.name;
    for change in &transition.changes {
        let kind = change.after.or(change.before).map_or("", |entry| entry.state.kind());
        let writers =
            WRITERS.iter().find(|(written, _)| *written == kind).map_or(&[][..], |(_, names)| names);
        ensure(writers.contains(&name), || format!("{name} changed {kind} {}", change.key))?;
        if let (Some(State::Tokens(old)), Some(after)) = (change.before.map(state), change.after) {
            let is_taken = !matches!(&after.state, State::Tokens(new) if new.atoms >= old.atoms && new.owner == old.owner);
            ensure(!is_taken || may_take(transition, &old.owner), || {
                format!("{name} took tokens of {} out of {}", old.owner, change.key)
            })?;
        }
    }
    if transition.changes.is_empty() {
        return Ok(());
    }
    let missing = missing_signature(transition)?;
    ensure(missing.is_none(), || format!("{name} without the signature of {missing:?}"))
}

fn state(entry: &Entry) -> &State {
    &entry.state
}

/// Tokens leave a wallet by its owner's signature, and a vault by an instruction that pays out of it.
fn may_take(transition: &Transition, owner: &Pubkey) -> bool {
    let name = transition.call.name;
    match transition.before.entry(owner).map(state) {
        Some(State::Bank(_)) => ["withdraw", "collect_protocol_fees"].contains(&name),
        Some(State::Insurance(_)) => ["unstake", "resolve_bankruptcy"].contains(&name),
        _ => transition.call.is_signed_by(owner),
    }
}

/// A key that had to sign and did not.
fn missing_signature(transition: &Transition) -> Result<Option<Pubkey>, Breach> {
    let (call, before) = (transition.call, transition.before);
    let group = || before.group(&call.slot("group")).ok_or("no group");
    let stored =
        |slot: &str, owner: Option<Pubkey>| owner.ok_or_else(|| format!("no {slot} before {}", call.name));
    let margin = |slot: &str| stored(slot, before.margin(&call.slot(slot)).map(|account| account.owner));
    let needed = match call.name {
        "create_shard" | "add_collateral" | "add_market" | "register_venue" | "add_venue_market"
        | "activate" | "set_authorities" | "resume" | "create_committee" | "update_committee" => {
            group()?.admin
        }
        "post_forecast" => {
            let committee = before.committee(&call.slot("committee")).ok_or("no committee")?;
            let own = committee.seats().iter().find(|seat| call.is_signed_by(&seat.reporter));
            return Ok(own.is_none().then(|| call.slot("reporter")));
        }
        "accept_admin" => group()?.proposed_admin,
        "update_group" | "update_collateral" | "update_market" | "update_oracle" | "pause"
        | "freeze_venue" => return administered(transition, group()?),
        "create_group" => transition.after.group(&call.slot("group")).ok_or("no group")?.admin,
        "approve_venue" | "withdraw" | "close_account" => margin("margin_account")?,
        "open_account" => {
            let opened = transition.after.margin(&call.slot("margin_account"));
            stored("margin_account", opened.map(|account| account.owner))?
        }
        "liquidate" | "liquidate_collateral" => margin("liquidator")?,
        "stake" | "request_unstake" | "cancel_unstake" | "unstake" | "close_stake" => {
            stored("stake", before.stake(&call.slot("stake")).map(|stake| stake.owner))?
        }
        "open_stake" => {
            stored("stake", transition.after.stake(&call.slot("stake")).map(|stake| stake.owner))?
        }
        "apply_fill" | "post_premium" | "collect_venue_fees" => {
            stored("venue", before.venue(&call.slot("venue")).map(|venue| venue.authority))?
        }
        // Whoever pays in owns the tokens, which is checked above.
        "deposit" | "fund_insurance" => return Ok(None),
        "refresh"
        | "fold"
        | "recover_breaker"
        | "settle_pnl"
        | "register_demand"
        | "view_account"
        | "resolve_bankruptcy"
        | "sync_venue_market"
        | "collect_protocol_fees"
        | "check_fill" => return Ok(None),
        name => return Err(format!("no law says who signs {name}")),
    };
    Ok((!call.is_signed_by(&needed)).then_some(needed))
}

/// The administrator signed; or the guardian, and nothing was loosened.
fn administered(transition: &Transition, group: &Group) -> Result<Option<Pubkey>, Breach> {
    let call = transition.call;
    if call.is_signed_by(&group.admin) {
        return Ok(None);
    }
    if !call.is_signed_by(&group.guardian) || group.guardian == Pubkey::default() {
        return Ok(Some(group.admin));
    }
    let key = call.slot("group");
    let [old, new] = [transition.before, transition.after].map(|view| Transition::rows(view, &key));
    for (old, new) in old.iter().zip(new) {
        let is_tighter = new.maintenance_ppm == old.maintenance_ppm
            && new.size_free_atoms == old.size_free_atoms
            && new.maintenance_weight_ppm == old.maintenance_weight_ppm
            && new.initial_ppm >= old.initial_ppm
            && new.initial_weight_ppm <= old.initial_weight_ppm
            && new.open_interest_cap_atoms <= old.open_interest_cap_atoms
            && new.position_share_ppm <= old.position_share_ppm
            && new.primary_key == old.primary_key
            && new.secondary_key == old.secondary_key;
        ensure(is_tighter, || format!("the guardian loosened row {}", old.index))?;
    }
    for change in &transition.changes {
        if let [Some(State::Venue(_)), Some(State::Venue(venue))] =
            [change.before, change.after].map(|e| e.map(state))
        {
            ensure(venue.is_frozen == 1, || "the guardian thawed a venue".to_owned())?;
        }
    }
    Ok(None)
}
