//! Making one price of up to three sources, of which two may belong to the same network.

use super::{
    combine::{banded, share, without_price, Assessment, Fault, Reading, SourceLimits},
    Verdict,
};
use crate::units::Price;

/// A judged source, and the oracle network that stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Number of the network. Sources of one network fail together, so they count as one opinion.
    pub network: u8,
    /// What [`super::judge`] made of it.
    pub reading: Result<Reading, Fault>,
}

/// Makes one assessment of up to three judged sources, in the order of their rank.
///
/// The risk price is the median of three usable prices; of fewer, the first. It is [`Verdict::Good`] when readings of
/// at least two networks lie within the deviation bound of it: a third that is off or unusable then neither halts
/// the row nor moves the price beyond the other two. Otherwise nothing was confirmed by a second network: the verdict
/// is `SingleSource` when all that is usable agrees, `Diverged` when any of it contradicts. So two sources of one
/// network never outvote another network.
///
/// Two sources of different networks give exactly what [`super::combine`] gives.
pub fn combine_sources(sources: &[Source], limits: &SourceLimits) -> Assessment {
    let Some(risk) = risk_reading(sources) else {
        return without_price(Verdict::Dead);
    };
    let mut confidence = risk.confidence.0;
    let mut network = None;
    let (mut is_confirmed, mut is_contradicted) = (false, false);
    for source in sources {
        let Ok(reading) = &source.reading else { continue };
        let difference = reading.price.0.abs_diff(risk.price.0);
        // Relative to the smaller price, so that the answer does not depend on which source is off.
        if difference > share(reading.price.min(risk.price), limits.deviation_max) {
            is_contradicted = true;
            continue;
        }
        confidence = confidence.max(reading.confidence.0).max(difference);
        is_confirmed |= *network.get_or_insert(source.network) != source.network;
    }
    match (is_confirmed, is_contradicted) {
        (true, _) => banded(Verdict::Good, &risk, Price(confidence), limits),
        (false, false) => banded(Verdict::SingleSource, &risk, Price(confidence), limits),
        (false, true) => without_price(Verdict::Diverged),
    }
}

/// The reading whose price is the risk price: the median of three, else the first usable one.
fn risk_reading(sources: &[Source]) -> Option<Reading> {
    let mut usable = sources.iter().filter_map(|source| source.reading.ok());
    let first = usable.next()?;
    let (Some(second), Some(third)) = (usable.next(), usable.next()) else {
        return Some(first);
    };
    let (low, high) = (first.price.min(second.price), first.price.max(second.price));
    let median = low.max(high.min(third.price));
    // Of equal prices the first in rank is taken.
    [first, second, third].into_iter().find(|reading| reading.price == median)
}
