//! What only ever moves one way, and what moves only for a stated reason. Where each is stated:
//!
//! - sequences: on the field `sequence` of each account, "raised by each mutation";
//! - counters of group and ledger, fees, volumes, totals of losses: on their fields, "since creation", "only grows";
//! - withheld fractions: INV-06 and INV-46, they belong to the system and nothing pays them out;
//! - the latest clock and slot that were seen: on their fields of the snapshot;
//! - times of allowances, impact, funding and premiums: `risk::{allowance, impact, funding}`, "never goes backwards";
//! - publish times of sources: INV-16, an older reading never replaces a newer one;
//! - the haircut factor: INV-47 and `risk::claim`, lowered by losses alone, one again when its epoch is raised;
//! - the earned indices: INV-07 and INV-59. A fold moves both sides by the same step, at most an hour's largest funding;
//!   a bankruptcy moves a side against its holders; nothing else moves them;
//! - the value of a share of the insurance: INV-68 and INV-69, lowered by losses alone.

use firebreak::state::{
    CollateralBank, Committee, Group, InsuranceVault, MarginAccount, Market, MarketLedger, Row, VenueMarket,
};
use firebreak_client::accounts::{ShardView, SnapshotView};

use super::{ensure, worth::signed, Breach, Transition};
use crate::view::State;

/// The least haircut factor that is kept, and the factor of an untouched market: 2^-12 and one, in 2^-48.
const FACTORS: [u64; 2] = [1 << 36, 1 << 48];
/// Longest time that one fold charges, in seconds.
const FUNDING_SECS_MAX: i128 = 3_600;
const MILLION: i128 = 1_000_000;
/// Shares and atoms of nobody, which every share price includes.
const NOBODY: [u128; 2] = [1_000, 1];

pub fn check(transition: &Transition) -> Result<(), Breach> {
    for change in &transition.changes {
        let (Some(before), Some(after)) = (change.before, change.after) else { continue };
        let name = after.state.kind();
        let within =
            |result: Result<(), Breach>| result.map_err(|breach| format!("{name} {}: {breach}", change.key));
        if let [Some(old), Some(new)] = [&before.state, &after.state].map(sequence) {
            within(ensure(new > old, || format!("changed at sequence {old}, which became {new}")))?;
        }
        within(match (&before.state, &after.state) {
            (State::Group(old), State::Group(new)) => group(old, new),
            (State::Snapshot(old), State::Snapshot(new)) => snapshot(transition, old, new),
            (State::Shard(old), State::Shard(new)) => shard(old, new),
            (State::Market(old), State::Market(new)) => market(old, new),
            (State::Committee(old), State::Committee(new)) => committee(old, new),
            (State::Ledger(old), State::Ledger(new)) => ledger(old, new),
            (State::Bank(old), State::Bank(new)) => bank(old, new),
            (State::VenueMarket(old), State::VenueMarket(new)) => venue_market(old, new),
            (State::Margin(old), State::Margin(new)) => margin(old, new),
            (State::Insurance(old), State::Insurance(new)) => insurance(transition, old, new),
            (old, new) => ensure(old.kind() == new.kind(), || format!("was a {}", old.kind())),
        })?;
    }
    Ok(())
}

fn sequence(state: &State) -> Option<u64> {
    Some(match state {
        State::Group(group) => group.sequence,
        State::Snapshot(snapshot) => snapshot.header.sequence,
        State::Shard(shard) => shard.header.sequence,
        State::Market(market) => market.sequence,
        State::Committee(committee) => committee.sequence,
        State::Ledger(ledger) => ledger.sequence,
        State::Bank(bank) => bank.sequence,
        State::Venue(venue) => venue.sequence,
        State::VenueMarket(venue_market) => venue_market.sequence,
        State::Margin(account) => account.sequence,
        State::Insurance(insurance) => insurance.sequence,
        State::Stake(stake) => stake.sequence,
        State::Tokens(_) | State::Mint => return None,
    })
}

/// Fails when a named field became smaller.
macro_rules! grow {
    ($old:ident, $new:ident: $($field:ident)+) => {
        $(ensure($new.$field >= $old.$field, || {
            format!("{} fell from {:?} to {:?}", stringify!($field), $old.$field, $new.$field)
        })?;)+
    };
}

/// Fails when a named field changed.
macro_rules! stay {
    ($old:ident, $new:ident: $($field:ident)+) => {
        $(ensure($new.$field == $old.$field, || format!("{} changed", stringify!($field)))?;)+
    };
}

fn group(old: &Group, new: &Group) -> Result<(), Breach> {
    grow!(old, new: parameter_epoch market_count row_count venue_count shard_count status);
    stay!(old, new: quote_mint id quote_decimals bump version);
    Ok(())
}

fn market(old: &Market, new: &Market) -> Result<(), Breach> {
    grow!(old, new: venue_count has_committee);
    stay!(old, new: group row market_index name lot_exponent base_decimals);
    Ok(())
}

fn committee(old: &Committee, new: &Committee) -> Result<(), Breach> {
    stay!(old, new: group market row bump);
    Ok(())
}

fn ledger(old: &MarketLedger, new: &MarketLedger) -> Result<(), Breach> {
    grow!(old, new: liquidated_atoms liquidation_count bad_debt_atoms insurance_payout_atoms socialized_loss_atoms
        haircut_atoms fee_loss_atoms fee_loss_borne_atoms fees_paid_atoms protocol_fees_atoms protocol_fees_paid_atoms
        fold_sequence impact_updated_ts payout_updated_ts cover_updated_ts funding_updated_ts);
    stay!(old, new: group market row market_index);
    let residues = [old, new].map(|ledger| signed(ledger.residue_q48));
    ensure(residues[1] >= residues[0], || format!("the residue fell: {residues:?}"))?;
    ensure(new.fee_loss_borne_atoms <= new.fee_loss_atoms, || "fees bore more than their loss".to_owned())
}

fn bank(old: &CollateralBank, new: &CollateralBank) -> Result<(), Breach> {
    grow!(old, new: outflow_updated_ts impact_updated_ts);
    stay!(old, new: group mint vault row decimals);
    Ok(())
}

fn venue_market(old: &VenueMarket, new: &VenueMarket) -> Result<(), Breach> {
    grow!(old, new: fees_atoms volume_atoms fill_count fees_paid_atoms premium_updated_ts);
    stay!(old, new: group venue market row market_index ordinal);
    ensure(new.fees_paid_atoms <= new.fees_atoms, || "more fees were paid than earned".to_owned())
}

fn margin(old: &MarginAccount, new: &MarginAccount) -> Result<(), Breach> {
    stay!(old, new: group owner index shard bump);
    grow!(old, new: halved_publish_ts);
    let cash = new.collaterals().iter().all(|collateral| collateral.atoms > 0);
    ensure(cash, || "a collateral is in use and not above zero".to_owned())
}

fn shard(old: &ShardView, new: &ShardView) -> Result<(), Breach> {
    let (headers, rows) = ((&old.header, &new.header), old.rows.iter().zip(&new.rows));
    ensure(headers.1.row_count >= headers.0.row_count, || "rows vanished".to_owned())?;
    for (old, new) in rows {
        grow!(old, new: protocol_fees_atoms fold_sequence);
        let residues = [old, new].map(|row| signed(row.residue_q48));
        ensure(residues[1] >= residues[0], || format!("the residue fell: {residues:?}"))?;
    }
    Ok(())
}

fn insurance(transition: &Transition, old: &InsuranceVault, new: &InsuranceVault) -> Result<(), Breach> {
    grow!(old, new: funded_atoms paid_atoms day_updated_ts);
    stay!(old, new: group vault);
    if transition.call.name == "resolve_bankruptcy" {
        return ensure(new.share_count == old.share_count, || "a loss moved shares".to_owned());
    }
    let [before, after] = [old, new].map(|vault| {
        [u128::from(vault.share_count) + NOBODY[0], u128::from(vault.balance_atoms) + NOBODY[1]]
    });
    // Atoms per share, cross-multiplied.
    ensure(after[1] * before[0] >= before[1] * after[0], || {
        format!("the value of a share fell without a loss: {before:?} became {after:?}")
    })
}

fn snapshot(transition: &Transition, old: &SnapshotView, new: &SnapshotView) -> Result<(), Breach> {
    ensure(new.rows.len() >= old.rows.len(), || "rows vanished".to_owned())?;
    let [old_header, new_header] = [&old.header, &new.header];
    grow!(old_header, new_header: updated_ts updated_slot);
    for (old, new) in old.rows.iter().zip(&new.rows) {
        let within = |breach| format!("row {}: {breach}", old.index);
        row(transition, old, new).map_err(within)?;
        earned(transition, old, new).map_err(within)?;
    }
    Ok(())
}

fn row(transition: &Transition, old: &Row, new: &Row) -> Result<(), Breach> {
    stay!(old, new: index market_index quantum_exponent kind);
    grow!(old, new: fold_sequence parameter_epoch);
    let name = transition.call.name;
    if name != "update_oracle" {
        grow!(old, new: primary_publish_ts secondary_publish_ts third_publish_ts);
    }
    let is_kept = [old, new].map(|row| (row.haircut_q48, row.haircut_epoch));
    if is_kept[0] == is_kept[1] {
        return Ok(());
    }
    ensure(name == "resolve_bankruptcy", || format!("{name} moved the haircut {is_kept:?}"))?;
    let is_cut = new.haircut_epoch == old.haircut_epoch && new.haircut_q48 < old.haircut_q48;
    let is_new = new.haircut_epoch == old.haircut_epoch + 1 && new.haircut_q48 == FACTORS[1];
    let is_within = FACTORS[0] <= new.haircut_q48 && new.haircut_q48 <= FACTORS[1];
    ensure((is_cut || is_new) && is_within, || {
        format!("the haircut went from {:?} to {:?}", is_kept[0], is_kept[1])
    })
}

/// The earned indices, long side then short side.
fn earned(transition: &Transition, old: &Row, new: &Row) -> Result<(), Breach> {
    let steps = [0, 1].map(|side| signed(new.sides[side].earned) - signed(old.sides[side].earned));
    if steps == [0, 0] {
        return Ok(());
    }
    match transition.call.name {
        "fold" => {
            ensure(steps[0] == steps[1], || format!("funding moved the sides by {steps:?}"))?;
            let market = transition.before.market(&transition.call.slot("market"));
            let market = market.ok_or("a fold without a market")?;
            let ledger = transition.before.ledger(&transition.call.slot("ledger"));
            let since = ledger.ok_or("a fold without a ledger")?.funding_updated_ts;
            let secs = i128::from(transition.clock.unix_timestamp - since).clamp(0, FUNDING_SECS_MAX);
            let largest = i128::from(old.price_q32) * i128::from(market.funding_max_ppm) * secs;
            let largest = largest / (MILLION * i128::from(market.funding_window_secs)) + 1;
            let is_own = market.row == old.index && steps[0].abs() <= largest;
            ensure(is_own, || format!("a step of {} where {largest} is the largest", steps[0]))
        }
        // Longs hold positive units and lose when their index falls, shorts the other way round.
        "resolve_bankruptcy" => {
            ensure(steps[0] <= 0 && steps[1] >= 0, || format!("a loss moved the sides by {steps:?}"))?;
            ensure(steps[0] == 0 || steps[1] == 0, || format!("a loss moved both sides by {steps:?}"))
        }
        name => Err(format!("{name} moved the sides by {steps:?}")),
    }
}
