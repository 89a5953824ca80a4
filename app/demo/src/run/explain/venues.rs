//! Several venues, one budget.

use anyhow::{Context, Result};

use super::{venue_name, Evidence};
use crate::{
    report::explained::{Budget, VenueRow},
    run::observer::FlowPoint,
};

/// The venues, and the steepest window of the market that they share.
pub(super) fn rows(evidence: &Evidence) -> Result<(Vec<VenueRow>, Budget)> {
    let limits = &evidence.limits;
    let window_secs = limits.decay_secs;
    let (from, until) = steepest(&evidence.seen.flow, window_secs);
    let budget = Budget {
        window_secs,
        start_secs: from.chain_ts - evidence.start_ts,
        end_secs: until.chain_ts - evidence.start_ts,
        charged_atoms: until.liquidated_atoms - from.liquidated_atoms,
        allowed_atoms: allowed_atoms(limits.depth_atoms, limits.cap_ppm),
    };
    let mut rows: Vec<VenueRow> = Vec::new();
    for (number, totals) in evidence.totals.venues.iter().enumerate() {
        let of_venue = || evidence.people.values().filter(|person| person.venue == Some(number));
        let makers = of_venue().filter(|person| person.is_maker).count();
        rows.push(VenueRow {
            name: venue_name(number),
            traders: u64::try_from(of_venue().count() - makers)?,
            makers: u64::try_from(makers)?,
            fills: totals.fills,
            volume_atoms: totals.volume_atoms,
            fees_atoms: totals.fees_atoms,
            open_peak_atoms: evidence.seen.venue_peaks.get(number).copied().unwrap_or(0),
            ..VenueRow::default()
        });
    }
    for (_, step) in evidence.steps() {
        let venue = evidence.people.get(&step.liquidatee).and_then(|person| person.venue);
        // A keeper that is liquidated itself belongs to no venue; its row is added at the end.
        let number = venue.unwrap_or(evidence.totals.venues.len());
        if number == rows.len() {
            rows.push(VenueRow { name: "keepers' own".to_owned(), ..VenueRow::default() });
        }
        let row = rows.get_mut(number).context("a venue is missing")?;
        row.liquidated_atoms += step.notional_atoms;
        let is_in_window = step.ledger_sequence > from.ledger_sequence;
        if is_in_window && step.ledger_sequence <= until.ledger_sequence {
            row.steepest_atoms += step.notional_atoms;
        }
    }
    Ok((rows, budget))
}

/// The two moments, at most `window_secs` apart, between which most was liquidated.
pub(super) fn steepest(flow: &[FlowPoint], window_secs: i64) -> (FlowPoint, FlowPoint) {
    let mut best = (FlowPoint::default(), FlowPoint::default());
    let mut first = 0;
    for until in flow {
        let is_older = |from: &FlowPoint| until.chain_ts - from.chain_ts > window_secs;
        first += flow.iter().skip(first).take_while(|from| is_older(from)).count();
        let Some(from) = flow.get(first) else { continue };
        let charged = |pair: &(FlowPoint, FlowPoint)| pair.1.liquidated_atoms - pair.0.liquidated_atoms;
        if charged(&(*from, *until)) > charged(&best) {
            best = (*from, *until);
        }
    }
    best
}

/// The law of `firebreak_risk::impact`: within any T seconds at most depth × cap × (1 + rate × T) is charged. Over one time
/// constant, rate × T is one, so it is twice the cap.
pub(super) fn allowed_atoms(depth_atoms: u64, cap_ppm: u32) -> u64 {
    let allowed = u128::from(depth_atoms) * u128::from(cap_ppm) * 2 / 1_000_000;
    u64::try_from(allowed).unwrap_or(u64::MAX)
}
